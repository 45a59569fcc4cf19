#!/usr/bin/env python3
"""The aupscan program as its users call it.

usage: cli_test.py AUPSCAN SOURCE_DIR [unittest options]
"""
import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import captures

AUPSCAN, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
RULES = ["--signatures", str(SOURCE / "signatures"), "--declaration", str(SOURCE / "config/declaration.yaml")]


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)
        self.put("miner.pcap", captures.pcap(captures.miner()))
        self.put("clean.pcap", captures.pcap(captures.browsing()))
        self.put("refused.pcap", captures.pcap(captures.refused()))

    def put(self, name, content):
        (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(self.path / name)

    def aupscan(self, *arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([AUPSCAN, *arguments], cwd=self.path, capture_output=True, timeout=60, **options)

    def replay(self, *arguments, **options):
        return self.aupscan("replay", *RULES, *arguments, **options)

    def events(self, *arguments, **options):
        run = self.replay("--events", "-", *arguments, **options)
        return run, [json.loads(line) for line in run.stdout.splitlines()]

    # What it says.

    def test_events_on_standard_output_are_all_that_is_there(self):
        run, events = self.events("miner.pcap")
        self.assertEqual(run.returncode, 0)
        self.assertEqual(events[-1]["data"]["stage"], "proof")
        self.assertEqual(events[-1]["subject"], "ip:192.0.2.1")
        self.assertIn(b"1 breach, 0 indicators", run.stderr)
        self.assertEqual(events[0]["data"]["provenance"]["replay"].split()[-1], "miner.pcap")

    def test_the_table_is_the_default_and_has_no_colour_in_a_pipe(self):
        run = self.replay("miner.pcap")
        self.assertEqual(run.returncode, 0)
        self.assertTrue(run.stdout.startswith(b"BREACH"))
        self.assertIn(b"2 accepted of 2 submitted", self.replay(self.put("m.pcap", captures.pcap(captures.miner(2)))).stdout)
        self.assertNotIn(b"\x1b", run.stdout)
        self.assertEqual(run.stderr, b"")

    def test_nothing_found_comes_with_coverage(self):
        run = self.replay("clean.pcap")
        self.assertEqual(run.returncode, 0)
        self.assertTrue(run.stdout.startswith(b"nothing found\n"))
        self.assertIn(b"5 packets", run.stdout)

    def test_events_to_a_file_and_the_table_go_together(self):
        run = self.replay("--events", "out.ndjson", "miner.pcap")
        self.assertTrue(run.stdout.startswith(b"BREACH"))
        self.assertEqual(json.loads((self.path / "out.ndjson").read_text().splitlines()[-1])["data"]["stage"], "proof")

    def test_both_forms_can_be_had_at_once(self):
        run, events = self.events("--format", "table", "miner.pcap")
        self.assertEqual(events[-1]["data"]["stage"], "proof")
        self.assertTrue(run.stderr.startswith(b"BREACH"))
        run = self.replay("--format", "ndjson", "--events", "out.ndjson", "miner.pcap")
        self.assertEqual(run.stdout, (self.path / "out.ndjson").read_bytes())

    def test_other_formats_are_printed_or_written_beside_our_own(self):
        run = self.replay("--format", "ocsf", "--events", "own.ndjson", "--export", "ecs=ecs.ndjson", "--export", "stix=bundle.json", "--export", "rfc5424=messages", "miner.pcap")
        self.assertEqual(run.returncode, 0)
        own = [json.loads(line) for line in (self.path / "own.ndjson").read_text().splitlines()]
        self.assertEqual([json.loads(line)["metadata"]["uid"] for line in run.stdout.splitlines()], [event["id"] for event in own])
        self.assertEqual([json.loads(line)["event"]["id"] for line in (self.path / "ecs.ndjson").read_text().splitlines()], [event["id"] for event in own])
        self.assertEqual(json.loads((self.path / "bundle.json").read_text())["type"], "bundle")
        self.assertEqual(len((self.path / "messages").read_bytes().splitlines()), len(own))

    def test_a_format_goes_to_standard_output_alone_and_to_a_file_of_its_own(self):
        self.assertEqual(self.replay("--format", "stix", "clean.pcap").stdout.count(b"\n"), 1)
        self.assertIn(b"standard output can take one", self.refuses("--events", "-", "--format", "ocsf", "miner.pcap"))
        self.assertIn(b"only one output", self.refuses("--events", "x", "--export", "ocsf=x", "miner.pcap"))
        self.assertIn(b"is one of the captures", self.refuses("--export", "ocsf=miner.pcap", "miner.pcap"))
        self.assertIn(b"there is no format 'xml'", self.refuses("--export", "xml=x", "miner.pcap"))
        self.assertIn(b"not of the form FORMAT=FILE", self.refuses("--export", "ocsf", "miner.pcap"))

    def refuses(self, *arguments):
        run = self.replay(*arguments)
        self.assertEqual((run.returncode, run.stdout), (1, b""))
        return run.stderr

    def test_quiet_is_quiet(self):
        run, _ = self.events("--quiet", "clean.pcap")
        self.assertEqual((run.stdout, run.stderr), (b"", b""))

    def test_a_terminal_gets_colour_unless_it_does_not_want_it(self):
        self.assertIn(b"\x1b[1;31mBREACH", self.on_a_terminal({"TERM": "xterm"}))
        self.assertNotIn(b"\x1b", self.on_a_terminal({"TERM": "xterm", "NO_COLOR": "1"}))
        self.assertNotIn(b"\x1b", self.on_a_terminal({"TERM": "dumb"}))

    def on_a_terminal(self, environment):
        ours, theirs = pty.openpty()
        child = subprocess.Popen([AUPSCAN, "replay", *RULES, "miner.pcap"], cwd=self.path, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL,
                                 env={**os.environ, "NO_COLOR": "", **environment})
        os.close(theirs)
        output = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            output += piece
        os.close(ours)
        child.wait()
        return output

    def test_standard_input_is_read_while_it_is_written(self):
        capture = captures.pcap(captures.miner())
        child = subprocess.Popen([AUPSCAN, "replay", *RULES, "--events", "-", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        child.stdin.write(capture)
        child.stdin.flush()
        first = json.loads(child.stdout.readline())  # comes although the input is still open
        self.assertEqual(first["subject"], "ip:192.0.2.1")
        child.stdin.close()
        rest = child.stdout.read()
        child.stdout.close()
        self.assertEqual(child.wait(), 0)
        self.assertEqual(json.loads(rest.splitlines()[-1])["data"]["state"], "closed")

    def test_control_c_judges_what_came_until_then(self):
        child = subprocess.Popen([AUPSCAN, "replay", *RULES, "--events", "-", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdin.write(captures.pcap(captures.miner()))
        child.stdin.flush()
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        child.wait(timeout=30)  # the input stays open: had it ended, everything would have been read
        output, errors = child.communicate()
        self.assertEqual(child.returncode, 2)
        self.assertIn(b"interrupted", errors)
        self.assertEqual(json.loads(output.splitlines()[-1])["data"]["state"], "closed")

    # How it ends.

    def test_usage_errors(self):
        for arguments in [], ["replay"], ["replay", "--banana", "miner.pcap"], ["replay", "--local", "banana", "miner.pcap"], ["replay", "--threads", "0", "miner.pcap"], ["banana"]:
            run = self.aupscan(*arguments)
            self.assertEqual(run.returncode, 1, arguments)
            self.assertEqual(run.stdout, b"", arguments)
            self.assertEqual(run.stderr.count(b"\n"), 1, run.stderr)

    def test_a_bad_filter(self):
        run = self.replay("--filter", "tcp port banana", "miner.pcap")
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"filter \"tcp port banana\"", run.stderr)

    def test_a_filter_that_lets_nothing_through(self):
        run = self.replay("--filter", "udp", "miner.pcap")
        self.assertEqual(run.returncode, 0)
        self.assertTrue(run.stdout.startswith(b"nothing found"))

    def test_what_cannot_be_read(self):
        self.assertEqual(self.replay("missing.pcap").returncode, 1)
        self.assertEqual(self.replay(self.put("text", "no capture at all, but long enough to look at\n")).returncode, 1)
        self.assertEqual(self.replay(self.put("empty", b"")).returncode, 1)
        self.assertEqual(self.replay(".").returncode, 1)
        run = self.replay("miner.pcap", "missing.pcap")
        self.assertEqual(run.returncode, 2)
        self.assertIn(b"missing.pcap", run.stderr)
        self.assertTrue(run.stdout.startswith(b"BREACH"))

    def test_a_damaged_capture_is_used_up_to_the_damage(self):
        run, events = self.events(self.put("cut.pcap", (self.path / "miner.pcap").read_bytes()[:-30]))
        self.assertEqual(run.returncode, 2)
        self.assertEqual(events[-1]["data"]["activity"], "mining.pool")

    def test_fail_on(self):
        for level, capture, code in [("breach", "miner.pcap", 3), ("indicator", "miner.pcap", 3), ("breach", "refused.pcap", 0), ("indicator", "refused.pcap", 3),
                                     ("breach", "clean.pcap", 0), ("indicator", "clean.pcap", 0)]:
            self.assertEqual(self.replay("--fail-on", level, capture).returncode, code, (level, capture))

    def test_exit_codes_go_before_each_other(self):
        self.put("silence.ndjson", "")
        arguments = ["--fail-on", "breach", "--expect", "silence.ndjson", "miner.pcap", "missing.pcap"]
        self.assertEqual(self.replay(*arguments).returncode, 4)
        self.assertEqual(self.replay("--fail-on", "breach", "miner.pcap", "missing.pcap").returncode, 3)
        self.assertEqual(self.replay("--events", "/dev/full", *arguments).returncode, 1)

    def test_expect(self):
        self.replay("--events", "expected.ndjson", "miner.pcap")
        self.assertEqual(self.replay("--expect", "expected.ndjson", "miner.pcap").returncode, 0)
        self.assertEqual(self.replay("--expect", "expected.ndjson", "--threads", "2", "miner.pcap").returncode, 0)
        run = self.replay("--expect", "expected.ndjson", "refused.pcap")
        self.assertEqual(run.returncode, 4)
        self.assertIn(b"missing", run.stderr)
        self.put("outline.yaml", "- {subject: 192.0.2.1, activity: mining.pool, type: breach, stage: proof, shares: {accepted: 3}}\n")
        self.assertEqual(self.replay("--expect", "outline.yaml", "miner.pcap").returncode, 0)
        self.assertEqual(self.replay("--expect", "outline.yaml", "clean.pcap").returncode, 4)
        for content in "{\n", "- {subjct: 192.0.2.1}\n":
            self.assertEqual(self.replay("--expect", self.put("bad", content), "miner.pcap").returncode, 1)
        self.assertEqual(self.replay("--expect", "missing", "miner.pcap").returncode, 1)

    # What it writes.

    def test_a_full_disk_is_said(self):
        for option in "--events", "--flows", "--report":
            run = self.replay(option, "/dev/full", "miner.pcap")
            self.assertEqual(run.returncode, 1, option)
            self.assertIn(b"/dev/full: No space left on device", run.stderr, option)
        with open("/dev/full", "wb") as full:
            run = subprocess.run([AUPSCAN, "replay", *RULES, "miner.pcap"], cwd=self.path, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"standard output: No space left on device", run.stderr)

    def test_a_closed_pipe_is_said(self):
        child = subprocess.Popen([AUPSCAN, "replay", *RULES, "--events", "-", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.close()
        _, errors = child.communicate(captures.pcap(captures.miner()))
        self.assertEqual(child.returncode, 1)
        self.assertIn(b"standard output: Broken pipe", errors)

    def test_a_place_that_cannot_be_written_is_said_before_the_run(self):
        for option in "--events", "--flows", "--report", "--evidence":
            run = self.replay(option, "/nowhere/at/all", "miner.pcap")
            self.assertEqual(run.returncode, 1, option)
            self.assertEqual(run.stdout, b"", option)

    def test_a_capture_is_never_overwritten(self):
        before = (self.path / "miner.pcap").read_bytes()
        for option in "--events", "--flows", "--report":
            self.assertEqual(self.replay(option, "miner.pcap", "miner.pcap").returncode, 1)
        self.assertEqual((self.path / "miner.pcap").read_bytes(), before)

    def test_standard_output_takes_one_thing(self):
        self.assertEqual(self.replay("--events", "-", "--flows", "-", "miner.pcap").returncode, 1)
        run = self.replay("--flows", "-", "miner.pcap")
        self.assertTrue(run.stdout.startswith(b"first_seen\t"))
        self.assertEqual(len(run.stdout.splitlines()), 2)

    def test_evidence(self):
        run = self.replay("--evidence", "slices", "miner.pcap", "refused.pcap")
        self.assertEqual(run.returncode, 0)
        self.assertIn(b"not encrypted", run.stderr)
        entries = [json.loads(line) for line in (self.path / "slices/manifest.ndjson").read_text().splitlines()]
        self.assertEqual(os.stat(self.path / "slices").st_mode & 0o777, 0o700)
        for entry in entries:
            _, events = self.events("slices/" + entry["file"])
            self.assertEqual([entry[key] for key in ("subject", "activity", "stage")], [events[-1]["subject"], events[-1]["data"]["activity"], events[-1]["data"]["stage"]])
        run = self.replay("--evidence", "slices", "-")
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"standard input", run.stderr)

    # Configuration.

    def test_the_command_line_goes_before_the_configuration(self):
        self.put("aupscan.yaml", "local: [203.0.113.0/24]\n")
        run, events = self.events("--config", "aupscan.yaml", "miner.pcap")
        self.assertEqual(events, [])
        run, events = self.events("--config", "aupscan.yaml", "--local", "192.0.2.0/24", "miner.pcap")
        self.assertEqual(events[-1]["subject"], "ip:192.0.2.1")

    def test_the_configuration_shows_in_the_provenance(self):
        self.put("aupscan.yaml", "limits: {incidents: 100}\n")
        ids = [self.events(*arguments, "miner.pcap")[1][0]["data"]["provenance"]["config"] for arguments in ([], ["--config", str(SOURCE / "config/aupscan.yaml")], ["--config", "aupscan.yaml"])]
        self.assertEqual(ids[0], ids[1])
        self.assertNotEqual(ids[0], ids[2])

    def test_check_tells_every_mistake_in_its_place(self):
        run = self.aupscan("check", *RULES, "--config", str(SOURCE / "config/aupscan.yaml"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(b"configuration", run.stdout)
        self.put("aupscan.yaml", "local: [banana]\nlimits:\n  flows: 3\n")
        run = self.aupscan("check", *RULES, "--config", "aupscan.yaml")
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"aupscan.yaml:1:9: error", run.stderr)
        self.assertIn(b"aupscan.yaml:3:3: error", run.stderr)
        self.assertEqual(self.replay("--config", "aupscan.yaml", "miner.pcap").returncode, 1)

    def test_a_hash_key_gives_references(self):
        self.put("aupscan.yaml", "privacy: {hash_key_file: hash.key}\n")
        self.put("hash.key", b"k" * 32)
        os.chmod(self.path / "hash.key", 0o644)
        self.assertEqual(self.replay("--config", "aupscan.yaml", "miner.pcap").returncode, 1)
        os.chmod(self.path / "hash.key", 0o600)
        _, events = self.events("--config", "aupscan.yaml", "miner.pcap")
        self.assertRegex(events[-1]["data"]["mining"][0]["worker_ref"], "^hmac-sha256:[0-9a-f]{32}$")
        _, events = self.events("miner.pcap")
        self.assertIsNone(events[-1]["data"]["mining"][0]["worker_ref"])

    # Recording.

    def in_a_network_of_its_own(self, script):
        """Runs Python with `aupscan`, `frames` (a miner's) and `send` in a new network namespace."""
        front = f"""
import json, pathlib, signal, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
frames = [bytes.fromhex(text) for text in {[frame.hex() for _, frame in captures.miner().packets]}]
def send():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("lo", 0))
        for frame in frames:
            sender.send(frame)
def aupscan(*arguments):
    child = subprocess.Popen(["{AUPSCAN}", *arguments], stderr=subprocess.PIPE, text=True)
    said = ""
    while "captured" not in said:
        line = child.stderr.readline()
        if not line:
            break
        said += line
    return child
"""
        run = subprocess.run(["unshare", "-n", sys.executable, "-c", front + script], cwd=self.path, capture_output=True, text=True, timeout=60)
        if "unshare failed" in run.stderr:
            self.skipTest("a network namespace is not permitted: " + run.stderr.strip())
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_a_miner_that_was_recorded_is_judged_by_replay(self):
        said = self.in_a_network_of_its_own("""
child = aupscan("record", "--output", "r", "--interface", "lo", "--filter", "tcp port 3333")
send()
child.send_signal(signal.SIGINT)
print(child.communicate()[1], child.returncode)
""")
        self.assertIn(f"recorded {len(captures.miner().packets)} packets and ", said)
        self.assertTrue(said.endswith(" 0\n"), said)
        run, events = self.events("r.pcapng")
        self.assertEqual(run.returncode, 0, run.stderr)
        # The host's processes are recorded too, and an innocent one may well carry a word of ours.
        mining = [event["data"] for event in events if event["data"]["activity"].startswith("mining.") and event["data"]["mining"]]
        self.assertEqual(mining[-1]["stage"], "proof")
        self.assertEqual(mining[-1]["quality"]["packets_dropped"], 0)
        again = self.aupscan("record", "--output", "r", "--duration", "1s")
        self.assertEqual(again.returncode, 1)
        self.assertIn(b"exists already", again.stderr)

    def test_a_recording_ends_by_itself(self):
        said = self.in_a_network_of_its_own("""
child = aupscan("record", "--output", "timed", "--interface", "lo", "--duration", "1s")
print(child.communicate()[1], child.returncode)
child = aupscan("record", "--output", "bound", "--interface", "lo", "--max-bytes", "1K")
send()
print(child.communicate()[1], child.returncode)
""")
        self.assertIn("recorded 0 packets", said)
        self.assertIn("the recording has reached its bound", said)
        self.assertLessEqual((self.path / "bound.pcapng").stat().st_size + (self.path / "bound.ndjson").stat().st_size, 1024)
        self.assertEqual(self.replay("bound.pcapng").returncode, 0)
        self.assertEqual(self.replay("timed.pcapng").returncode, 0)

    def test_a_scan_tells_what_runs_and_what_it_did_not_see(self):
        rules = RULES + ["--panel", str(SOURCE / "config/panel.yaml")]
        stand_in = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "--algo", "rx/0", "-o", "stratum+tcp://pool.example.net:3333",
                                     "-u", "made-up-wallet", "--donate-level", "1"])
        self.addCleanup(lambda: (stand_in.kill(), stand_in.wait()))
        run = self.aupscan("scan", "--seconds", "1", "--events", "events", *rules)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout.decode(), r"covered +[\d,]+ process")
        events = [json.loads(line)["data"] for line in (self.path / "events").read_text().splitlines()]
        own = [event for event in events if f'"pid":{stand_in.pid}' in json.dumps(event, separators=(",", ":"))]
        self.assertTrue(own, run.stdout.decode())
        self.assertEqual({(event["activity"], event["stages"]["process"]) for event in own}, {("mining.software", "contact")})
        self.assertEqual(self.aupscan("scan", "--seconds", "1", "--quiet", "--fail-on", "indicator", *rules).returncode, 3)

    def test_what_cannot_be_recorded(self):
        for arguments in [], ["--output", "x", "--duration", "soon"], ["--output", "x", "--filter", "host pool.example"], ["--output", "x", "--snaplen", "1"], ["--output", "no/such/x"], ["--output", "x", "--interface", "nowhere"]:
            run = self.aupscan("record", *arguments)
            self.assertEqual(run.returncode, 1, arguments)
            self.assertEqual(run.stdout, b"", arguments)
        self.assertEqual(sorted(path.name for path in self.path.iterdir()), ["clean.pcap", "miner.pcap", "refused.pcap"])

    # Documentation.

    def test_help_and_manual_name_the_same_options(self):
        manual = (SOURCE / "scanner/docs/aupscan.1").read_text().replace("\\-", "-")
        sections = re.split(r"^\.SS (.+)$", manual.split(".SH OPTIONS")[1].split(".SH EXIT STATUS")[0], flags=re.M)
        named = {sections[i].split()[-1]: set(re.findall(r"(?<![\w-])--[a-z-]+", sections[i + 1])) for i in range(1, len(sections), 2)}
        for command in "replay", "record", "check", "verify", "agent", "ctl", "scan":
            text = self.aupscan(command, "--help").stdout.decode()
            options = set(re.findall(r"^\s+(?:-\w,)?(--[a-z-]+)", text, flags=re.M)) - {"--help"}
            self.assertEqual(options, named[command], command)

    def test_help_has_examples_and_exit_codes(self):
        text = self.aupscan("replay", "--help").stdout.decode()
        self.assertIn("Examples:", text)
        self.assertIn("Exit status:", text)
        self.assertEqual(self.aupscan("--version").stdout.decode().split()[0], "aupscan")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
