#!/usr/bin/env python3
"""Signed packs: made, checked, installed into a running agent, confirmed, given up, rolled back.

usage: pack_test.py AUPSIG AUPSCAN AGENT_PROBE SOURCE_DIR [unittest options]

The agent is the real one on a made-up source of miners that speak a dialect which the first pack
does not know and the second one does.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

AUPSIG, AUPSCAN, PROBE, SOURCE = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])

SIGNATURE = """id: mining.pool.made-up
title: A made-up word
activity: mining.pool
field: stream.client
stage: contact
weight: 0.2
status: active
owner: tests
revision: 1
patterns:
  word: {literal: NO-SUCH-WORD}
condition: word
references: [https://example.org]
known_false_positives: [none known]
examples:
  match: [NO-SUCH-WORD one]
  no_match: [no such thing]
"""


class Packs(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="aupsig-pack-")
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)
        for name in ("old", "new"):
            (self.path / name / "mining.pool").mkdir(parents=True)
            (self.path / name / "mining.pool/made-up.yaml").write_text(SIGNATURE)
        (self.path / "new/dialects").mkdir()
        shutil.copy(SOURCE / "signatures/dialects/cryptonote.yaml", self.path / "new/dialects")
        self.aupsig("keygen", "team")
        (self.path / "aupscan.yaml").write_text(
            "outbox: {directory: box, events_per_subject_hour: 0}\nsinks:\n  file: {path: events.ndjson}\n"
            "agent: {directory: state, stop_seconds: 10}\ncontrol: {socket: control.sock}\nevidence: {directory: evidence}\n"
            "packs: {directory: packs, trusted_keys: [team.pub]}\n")
        self.process = None

    # The programs.

    def aupsig(self, *arguments, code=0):
        run = subprocess.run([AUPSIG, *map(str, arguments)], cwd=self.path, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run.stdout + run.stderr

    def pack(self, signatures, version, *options, key="team.key"):
        self.aupsig("pack", signatures, "--version", version, "--date", "2026-11-30", "--name", "fleet", *options)
        self.aupsig("sign", f"fleet-{version}.aup", "--key", key)
        return f"fleet-{version}.aup"

    def install(self, pack, *options, code=0):
        return self.aupsig("install", pack, "--config", "aupscan.yaml", *options, code=code)

    def start(self):
        # The control socket's path may be short only, and the temporary directory's is.
        self.log = open(self.path / "agent.log", "a")
        self.addCleanup(self.log.close)
        self.process = subprocess.Popen([PROBE, str(self.path / "aupscan.yaml"), str(SOURCE / "config/declaration.yaml"), "1"], stderr=self.log)
        self.addCleanup(self.stop)
        self.until(lambda: self.status().get("ready"), "the agent is ready")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def ctl(self, *arguments):
        run = subprocess.run([AUPSCAN, "ctl", *arguments, "--json", "--socket", str(self.path / "control.sock")], capture_output=True, text=True, timeout=60)
        return json.loads(run.stdout) if run.stdout else {}

    def status(self):
        return self.ctl("status").get("status", {})

    def version(self):
        return (self.status().get("pack") or {}).get("version")

    def until(self, condition, what):
        for _ in range(600):
            if condition():
                return
            if self.process.poll() is not None:
                self.fail(f"the agent ended: {(self.path / 'agent.log').read_text()}")
            time.sleep(0.05)
        self.fail(f"not within half a minute: {what}\n{(self.path / 'agent.log').read_text()}")

    def events(self):
        file = self.path / "events.ndjson"
        return [json.loads(line) for line in file.read_text().split("\n")[:-1]] if file.exists() else []

    def incidents(self):
        return {event["data"]["incident"] for event in self.events() if event["type"] == "aupscan.breach.v1"}

    def health(self, what):
        return [event["data"]["detail"] for event in self.events() if event["data"].get("what") == what]

    def look_on(self, packets=700):
        """Until the agent judged so many packets more."""
        goal = self.status()["engine"]["packets"] + packets
        self.until(lambda: self.status()["engine"]["packets"] >= goal, "packets are judged")

    # From the tuner's desk into the agent and back.

    def test_a_pack_is_made_signed_and_installed_its_events_appear_and_a_rollback_ends_that(self):
        self.install(self.pack("old", 1), "--no-agent")
        self.start()
        self.assertEqual(self.version(), 1)
        self.look_on()
        self.assertEqual(self.incidents(), set())
        told = self.install(self.pack("new", 2))
        self.assertIn("the agent runs it", told)
        self.assertEqual(self.version(), 2)
        self.until(self.incidents, "the event appears")
        self.assertIn("fleet 2 was rolled back to fleet 1", self.aupsig("rollback", "--config", "aupscan.yaml"))
        self.assertEqual(self.version(), 1)
        self.look_on()  # conversations that began under the other rules end
        before = self.incidents()
        self.look_on()
        self.assertEqual(self.incidents(), before)
        self.until(lambda: [one["pack"]["version"] for one in self.health("pack.in_force")] == [2, 1], "health events say so")
        self.assertEqual(os.readlink(self.path / "packs/current"), json.loads((self.path / "packs/state.json").read_text())["current"]["id"])
        self.assertIn("there is no pack before fleet 1 to go back to", self.aupsig("rollback", "--config", "aupscan.yaml", code=3))

    def test_a_pack_is_the_same_bytes_wherever_it_is_made(self):
        one = (self.path / self.pack("new", 3)).read_bytes()
        for name in self.path.glob("new/**/*.yaml"):
            os.utime(name, (1, 1))
        self.aupsig("pack", self.path / "new", "--version", 3, "--date", "2026-11-30", "--name", "fleet", "--output", "again.aup")
        self.assertEqual((self.path / "again.aup").read_bytes(), one)
        self.assertIn("fleet 3", self.aupsig("verify-pack", "fleet-3.aup", "--trust", "team.pub"))
        shown = json.loads(self.aupsig("show", "fleet-3.aup", "--format", "json"))
        self.assertEqual([file["path"] for file in shown["files"]], ["signatures/dialects/cryptonote.yaml", "signatures/mining.pool/made-up.yaml"])

    def test_signatures_whose_examples_fail_are_not_packed(self):
        (self.path / "old/mining.pool/made-up.yaml").write_text(SIGNATURE.replace("[NO-SUCH-WORD one]", "[another word]"))
        told = self.aupsig("pack", "old", "--version", 1, code=3)
        self.assertIn("made-up.yaml", told)
        self.assertFalse((self.path / "aupscan-1.aup").exists())

    def test_a_bundle_is_linted_compared_and_profiled_like_the_directory_it_was_made_of(self):
        self.permit("2099-12-31")
        old, new = self.pack("old", 1), self.pack("new", 2, "--exceptions", "exceptions.yaml")
        told = self.aupsig("lint", new, "--deny-warnings", "--today", "2026-11-30", code=3)
        self.assertIn("fleet 2:signatures/mining.pool/made-up.yaml", told)
        self.assertRegex(told, r"fleet 2:exceptions\.yaml:2:5: warning\[W252\]: the exception 'lab-1' ends in more than a year")
        codes = lambda told: sorted((one["id"], one["line"]) for one in json.loads(told)["problems"] if one["id"] != "W252")
        self.assertEqual(codes(self.aupsig("lint", new, "--format", "json")), codes(self.aupsig("lint", "new", "--format", "json")))
        capture = self.path / "miner.pcap"
        sys.path.insert(0, str(SOURCE / "tests/cli"))
        import captures
        capture.write_bytes(captures.pcap(captures.miner()))
        declaration = ["--declaration", SOURCE / "config/declaration.yaml", "--format", "json", "--quiet"]
        by_bundle = json.loads(self.aupsig("diff", old, new, capture, *declaration, code=4))
        by_directory = json.loads(self.aupsig("diff", "old", "new", capture, *declaration, code=4))
        self.assertEqual(by_bundle["captures"], by_directory["captures"])
        self.assertEqual(by_bundle["captures"][0]["changes"][0]["change"], "appears")
        self.assertEqual(json.loads(self.aupsig("profile", new, "--format", "json"))["signatures"][0]["id"], "mining.pool.made-up")
        (self.path / "broken.aup").write_bytes((self.path / new).read_bytes()[:-2000])
        self.assertIn("broken.aup: ", self.aupsig("lint", "broken.aup", code=1))

    def permit(self, expires):
        (self.path / "exceptions.yaml").write_text(
            "exceptions:\n  - id: lab-1\n    signatures: [signature-findings]\n    tenant: acme\n    owner: abuse-desk\n    reason: a benchmark\n    ticket: AUP-1042\n"
            f"    expires: {expires}\n")

    def test_exceptions_are_checked_before_they_are_packed(self):
        self.permit("2026-10-31")
        told = self.aupsig("pack", "old", "--version", 1, "--date", "2026-11-30", "--exceptions", "exceptions.yaml")
        self.assertRegex(told, r"exceptions\.yaml:2:5: warning\[W250\]: the exception 'lab-1' ended 29 days ago")
        self.permit("summer")
        told = self.aupsig("pack", "old", "--version", 2, "--exceptions", "exceptions.yaml", code=3)
        self.assertRegex(told, r"exceptions\.yaml:8:14: error\[X103\]")
        self.assertFalse((self.path / "aupscan-2.aup").exists())

    def test_a_running_agent_is_profiled_on_what_it_sees(self):
        (self.path / "new/mining.pool/made-up.yaml").write_text(SIGNATURE.replace("NO-SUCH-WORD", "\"login\"").replace("[\"login\" one]", "['\"login\"']").replace("literal: \"login\"", "literal: '\"login\"'"))
        self.install(self.pack("new", 1), "--no-agent")
        self.start()
        profile = ["profile", "fleet-1.aup", "--agent", "--config", "aupscan.yaml", "--seconds", "1"]
        told = json.loads(self.aupsig(*profile, "--format", "json"))
        one = told["signatures"][0]
        self.assertEqual((one["id"], told["agent"]["seconds"], told["corpus"]), ("mining.pool.made-up", 1, None))
        self.assertGreater(one["found"], 0)
        self.assertGreater(one["matches"], 0)
        self.assertGreater(one["ns_per_byte"], 0)
        self.assertGreater(one["database_bytes_alone"], 0)
        self.assertIn("1 second of its traffic", self.aupsig(*profile))
        self.assertIn("the agent runs the ruleset", self.aupsig("profile", "old", "--agent", "--config", "aupscan.yaml", code=1))
        self.assertIn("name one of them", self.aupsig("profile", "new", "somewhere", "--agent", "--config", "aupscan.yaml", code=1))
        counts = {count["id"]: count for count in self.status()["signatures"]}
        self.assertGreater(counts["mining.pool.made-up"]["findings"], 0)

    # Refusals.

    def test_what_was_altered_or_is_not_trusted_is_refused_with_its_reason(self):
        pack = self.pack("new", 2)
        whole, signature = (self.path / pack).read_bytes(), (self.path / (pack + ".minisig")).read_text()
        for at in (0, 700, len(whole) // 2, len(whole) - 1):
            (self.path / pack).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            self.assertIn("the signature is not of this content", self.install(pack, code=3))
        (self.path / pack).write_bytes(whole)
        at = signature.index("\n") + 60
        (self.path / (pack + ".minisig")).write_text(signature[:at] + ("A" if signature[at] != "A" else "B") + signature[at + 1:])
        self.assertIn("is refused: the signature is not of this content", self.install(pack, code=3))
        (self.path / (pack + ".minisig")).write_text(signature.replace("fleet 2", "fleet 9"))
        self.assertIn("the trusted comment of the signature was altered", self.install(pack, code=3))
        os.remove(self.path / (pack + ".minisig"))
        self.assertIn("is refused: it is not signed", self.install(pack, code=3))
        self.aupsig("keygen", "stranger")
        self.aupsig("sign", pack, "--key", "stranger.key")
        self.assertIn("which is not one of the 1 trusted keys", self.install(pack, code=3))
        self.assertEqual(list((self.path).glob("packs/*/pack.aup")), [])

    def test_an_older_pack_is_refused_unless_that_is_meant(self):
        for version in (1, 2):
            self.install(self.pack("old", version), "--no-agent")
        self.start()
        self.assertIn("fleet 1 is older than fleet 2, which was installed; --allow-downgrade", self.install("fleet-1.aup", code=3))
        self.assertEqual(self.version(), 2)
        self.install("fleet-1.aup", "--allow-downgrade")
        self.assertEqual(self.version(), 1)
        self.pack("new", 2)
        self.assertIn("the same version must not mean two things", self.install("fleet-2.aup", code=3))
        self.install(self.pack("new", 3))
        self.assertEqual(self.version(), 3)

    def test_the_agent_checks_by_itself_and_keeps_the_last_good_pack(self):
        self.install(self.pack("old", 1), "--no-agent")
        self.start()
        self.install(self.pack("new", 2))
        state = json.loads((self.path / "packs/state.json").read_text())
        installed = self.path / "packs" / state["current"]["id"] / "pack.aup"
        content = installed.read_bytes()
        installed.write_bytes(content[:2000] + bytes([content[2000] ^ 1]) + content[2001:])
        answer = self.ctl("reload")
        self.assertFalse(answer["ok"])
        self.assertIn("the signature is not of this content", " ".join(answer["problems"]))
        self.assertEqual(self.version(), 2)
        self.assertIn("not of this content", self.status()["pack_trouble"])
        self.until(lambda: self.health("pack.refused"), "a health event says so")
        # Somebody puts the older one into the state by hand.
        installed.write_bytes(content)
        (self.path / "packs/state.json").write_text(json.dumps({"current": state["previous"]}))
        self.assertIn("is older than fleet 2, which is in force", " ".join(self.ctl("reload")["problems"]))
        (self.path / "packs/state.json").write_text(json.dumps(state))
        self.assertTrue(self.ctl("reload")["ok"])
        # What is damaged while nobody runs is passed over for the last good one.
        self.stop()
        installed.write_bytes(content[:-1])
        self.start()
        self.assertEqual(self.version(), 1)
        self.assertIn("pack fleet 2 is refused", (self.path / "agent.log").read_text())
        self.until(lambda: any(one["in_force"]["last_good"] for one in self.health("pack.refused")), "a health event says so")
        self.assertIn("refused:", self.aupsig("show", "--config", "aupscan.yaml", code=3))

    def test_a_pack_that_the_agent_refuses_is_taken_back(self):
        self.install(self.pack("old", 1), "--no-agent")
        self.start()
        self.aupsig("keygen", "second")
        told = self.install(self.pack("new", 2, key="second.key"), "--trust", "second.pub", code=3)
        self.assertIn("the agent: ", told)
        self.assertIn("nothing was changed: fleet 1 stays in force", told)
        self.assertEqual(self.version(), 1)
        self.assertEqual(json.loads((self.path / "packs/state.json").read_text())["current"]["version"], 1)

    def test_an_agent_with_packs_takes_no_directory_of_signatures(self):
        config = (self.path / "aupscan.yaml").read_text()
        (self.path / "aupscan.yaml").write_text(config.replace("stop_seconds: 10", "stop_seconds: 10, signatures: new"))
        run = subprocess.run([AUPSCAN, "check", "--config", str(self.path / "aupscan.yaml")], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("C110", run.stderr)
        (self.path / "aupscan.yaml").write_text(config)
        run = subprocess.run([AUPSCAN, "agent", "--config", str(self.path / "aupscan.yaml"), "--signatures", str(self.path / "new")], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn("would go round the signed packs", run.stderr)
        run = subprocess.run([AUPSCAN, "agent", "--config", str(self.path / "aupscan.yaml")], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn("no pack is installed there", run.stderr)

    # On trial.

    def test_a_pack_that_nobody_confirms_is_given_up_by_the_agent_alone(self):
        self.install(self.pack("old", 1), "--no-agent")
        self.start()
        told = self.install(self.pack("new", 2), "--confirm-within", "8s")
        self.assertIn("or the agent returns to fleet 1", told)
        self.assertEqual(self.version(), 2)
        self.assertIsNotNone(self.status()["pack"]["confirm_until"])
        self.until(lambda: self.version() == 1, "the agent returns to the last good pack")
        self.until(lambda: self.health("pack.given_up"), "a health event says so")
        self.assertIn("nobody confirmed it in time", self.aupsig("show", "--config", "aupscan.yaml"))
        # Tried again and confirmed it stays.
        self.install("fleet-2.aup", "--confirm-within", "8s")
        self.assertIn("fleet 2 was confirmed", self.aupsig("confirm", "--config", "aupscan.yaml"))
        self.assertIsNone(self.status()["pack"]["confirm_until"])
        time.sleep(8.5)
        self.assertEqual(self.version(), 2)
        self.assertIn("waits for no confirmation", self.aupsig("confirm", "--config", "aupscan.yaml", code=3))

    def test_a_trial_that_ends_while_the_agent_is_dead_ends_all_the_same(self):
        self.install(self.pack("old", 1), "--no-agent")
        self.start()
        self.install(self.pack("new", 2), "--confirm-within", "2s")
        self.process.kill()
        self.process.wait()
        time.sleep(2.1)
        self.start()
        self.assertEqual(self.version(), 1)
        self.assertEqual(json.loads((self.path / "packs/state.json").read_text())["current"]["version"], 1)
        self.assertIn("nobody confirmed it in time", (self.path / "agent.log").read_text())

    def test_without_an_agent_that_answers_the_pack_is_in_place_and_that_is_said(self):
        told = self.install(self.pack("old", 1), code=2)
        self.assertIn("it takes the pack when it starts", told)
        self.assertIn("--confirm-within", self.aupsig("install", self.pack("new", 2), "--into", "elsewhere", "--trust", "team.pub", "--confirm-within", "1m", code=3))
        self.aupsig("install", "fleet-2.aup", "--into", "elsewhere", "--trust", "team.pub")
        self.assertIn("in force", self.aupsig("show", "elsewhere", "--trust", "team.pub"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]])
