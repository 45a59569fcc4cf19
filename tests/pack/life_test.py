#!/usr/bin/env python3
"""Signatures that do not count yet, and exceptions, through aupscan replay and aupscan check.

usage: life_test.py AUPSCAN SOURCE_DIR [unittest options]
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

AUPSCAN, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
sys.path.insert(0, str(SOURCE / "tests/cli"))
import captures  # noqa: E402

EXCEPTION = """exceptions:
  - id: lab-1
    signatures: [{signatures}]
    subject: {subject}
    owner: abuse-desk
    reason: a contracted benchmark
    ticket: AUP-1042
    expires: {expires}
"""


class Life(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)
        (self.path / "miner.pcap").write_bytes(captures.pcap(captures.miner()))
        (self.path / "aupscan.yaml").write_text("exceptions_file: exceptions.yaml\n")
        self.permit()

    def permit(self, signatures=None, subject="ip:192.0.2.1", expires="2031-12-31"):
        signatures = signatures or "equihash"
        (self.path / "exceptions.yaml").write_text(EXCEPTION.format(signatures=signatures, subject=subject, expires=expires))

    def aupscan(self, *arguments):
        return subprocess.run([AUPSCAN, *arguments], cwd=self.path, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def replay(self, *arguments, signatures=SOURCE / "signatures"):
        run = self.aupscan("replay", "--signatures", str(signatures), "--declaration", str(SOURCE / "config/declaration.yaml"), "--events", "-", *arguments, "miner.pcap")
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()], run.stderr

    def test_permitted_conduct_is_told_as_permitted_and_nothing_is_proposed(self):
        judged, _ = self.replay()
        sources = sorted({finding["signature"]["id"] for event in judged for finding in event["data"]["findings"] if finding.get("signature")})
        self.assertTrue(sources)
        self.permit(", ".join(sources))
        permitted, told = self.replay("--config", "aupscan.yaml")
        self.assertEqual({event["type"] for event in permitted}, {"aupscan.permitted.v1"})
        self.assertEqual(permitted[-1]["data"]["stage"], judged[-1]["data"]["stage"])
        self.assertEqual(len(permitted[-1]["data"]["findings"]), len(judged[-1]["data"]["findings"]))
        self.assertEqual(permitted[-1]["data"]["proposal"]["measures"], [])
        self.assertIn("permitted by the exception 'lab-1' (ticket AUP-1042, owner abuse-desk, until 2031-12-31): a contracted benchmark", permitted[-1]["data"]["proposal"]["reasons"])
        self.assertRegex(told, r"exception +lab-1 permitted \d+ finding")
        self.assertIn("0 breaches, 0 indicators, 1 permitted", told)
        run = self.aupscan("replay", "--config", "aupscan.yaml", "--signatures", str(SOURCE / "signatures"), "--declaration", str(SOURCE / "config/declaration.yaml"), "--fail-on", "indicator", "miner.pcap")
        self.assertEqual(run.returncode, 0)

    def test_what_the_exception_does_not_name_is_judged_as_ever(self):
        judged, _ = self.replay()
        claims = [(event["type"], event["data"]["stage"], event["data"]["incident"]) for event in judged]
        for change in ({"subject": "ip:192.0.2.99"}, {"signatures": "ethereum-stratum-1"}, {"expires": "1970-01-02"}):
            self.permit(**{"signatures": "bitcoin-stratum, cryptonote, signature-findings", **change})
            others, _ = self.replay("--config", "aupscan.yaml")
            self.assertEqual([(event["type"], event["data"]["stage"], event["data"]["incident"]) for event in others], claims, change)

    def test_check_refuses_what_is_too_broad_and_warns_of_ends_and_unknown_names(self):
        arguments = ["check", "--config", "aupscan.yaml", "--signatures", str(SOURCE / "signatures"), "--declaration", str(SOURCE / "config/declaration.yaml")]
        self.permit("no-such-signature", expires="2020-01-01")
        run = self.aupscan(*arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("1 exception ", run.stdout)
        self.assertRegex(run.stderr, r"the exception 'lab-1' ended \d+ days ago")
        self.assertIn("names 'no-such-signature', and there is no such signature", run.stderr)
        self.permit(subject="'*'")
        run = self.aupscan(*arguments)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, r"exceptions\.yaml:4:\d+: error\[X102\]")

    def test_a_signature_in_shadow_is_counted_and_never_told(self):
        pack = self.path / "pack/mining.pool"
        pack.mkdir(parents=True)
        text = (SOURCE / "signatures/mining.pool/stratum-opening.yaml").read_text()
        opening = captures.Dialogue().client('{"id": 1, "method": "mining.subscribe", "params": ["cgminer/4.9.0"]}\n')
        (self.path / "miner.pcap").write_bytes(captures.pcap(opening))
        counted = {}
        for status in ("active", "shadow", "experimental", "deprecated"):
            (pack / "opening.yaml").write_text(re.sub(r"(?m)^status: .*$", f"status: {status}", text))
            events, told = self.replay(signatures=self.path / "pack")
            counted[status] = (len(events) > 0, re.search(r"shadow +mining\.pool\.stratum-opening( \(experimental\))?: 1 hit of 1 subject, 1 with no other sign of mining\.pool", " ".join(told.split())) is not None)
        self.assertEqual(counted, {"active": (True, False), "shadow": (False, True), "experimental": (False, True), "deprecated": (False, False)})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
