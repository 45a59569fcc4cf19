#!/usr/bin/env python3
"""From a missed capture to a dialect and a test: explain, new and record-test as their users call them.

usage: aupsig_capture_test.py AUPSIG AUPSCAN TRAFFICGEN SOURCE_DIR [unittest options]
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

AUPSIG, AUPSCAN, TRAFFICGEN, SOURCE = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])


class Workbench(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)
        self.run_program(TRAFFICGEN, str(SOURCE / "tests/scenario/made-up-dialect/traffic.yaml"), "-o", "missed.pcapng")
        shutil.copytree(SOURCE / "signatures", self.path / "pack")

    def run_program(self, *arguments, expected=0):
        run = subprocess.run(arguments, cwd=self.path, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, expected, run.stdout + run.stderr)
        return run

    def aupsig(self, *arguments, expected=0):
        rules = ["--signatures", "pack", "--declaration", str(SOURCE / "config/declaration.yaml")]
        return self.run_program(AUPSIG, *arguments, *rules, expected=expected)

    def replay(self, *arguments, expected=0):
        rules = ["--signatures", "pack", "--declaration", str(SOURCE / "config/declaration.yaml")]
        return self.run_program(AUPSCAN, "replay", *rules, *arguments, expected=expected)

    def test_a_missed_dialect_becomes_a_pack_that_sees_it_and_a_test_that_shows_it(self):
        told = self.aupsig("explain", "missed.pcapng").stdout
        self.assertIn("MISSED   contact  no dialect knows the method \"quarry/enter\"", told)
        self.assertIn("no event", told)
        self.assertEqual(self.replay("--events", "-", "missed.pcapng").stdout, "")
        self.aupsig("record-test", "missed.pcapng", "-o", "early", expected=4)

        drafted = self.aupsig("new", "mining.pool", "--from", "missed.pcapng", "--id", "quarry", "-o", "draft").stdout
        self.assertIn("with these files the capture reaches mining.pool proof; without them: none", drafted)
        self.assertEqual(sorted(str(p.relative_to(self.path / "draft")) for p in (self.path / "draft").rglob("*.yaml")), ["dialects/quarry.yaml", "mining.pool/quarry.yaml"])
        shutil.copytree(self.path / "draft", self.path / "pack", dirs_exist_ok=True)
        self.aupsig("new", "mining.pool", "--from", "missed.pcapng", "--id", "quarry", "-o", "other", expected=4)

        events = [json.loads(line) for line in self.replay("--events", "-", "missed.pcapng").stdout.splitlines()]
        self.assertEqual(events[-1]["data"]["stage"], "proof")
        rungs = json.loads(self.aupsig("explain", "--format", "json", "missed.pcapng").stdout)["flows"][0]["rungs"]
        self.assertEqual([r["stage"] for r in rungs if r["reached"]], ["contact", "session", "work", "proof"])

        self.aupsig("record-test", "missed.pcapng", "-o", "case")
        self.replay("--expect", "case/expect.yaml", "case/capture.pcapng")
        self.assertIn("Both give the same claim", (self.path / "case/note.md").read_text())
        self.assertNotIn(b"mason-7", (self.path / "case/capture.pcapng").read_bytes())
        self.aupsig("record-test", "missed.pcapng", "-o", "case", expected=1)  # it holds a test already

    def test_an_event_is_explained_with_the_capture_beside_it(self):
        scenario = SOURCE / "tests/scenario/mining.pool/cryptonote-proof/scenario.yaml"
        self.run_program(TRAFFICGEN, str(scenario), "-o", "miner.pcapng")
        self.replay("--events", "events.ndjson", "miner.pcapng")
        told = self.aupsig("explain", "events.ndjson").stdout
        self.assertIn("confidence = 1 − (1 − 0.99) = 0.99", told)
        self.assertIn("reached  proof", told)
        changed = (self.path / "events.ndjson").read_text().replace('"confidence":0.99', '"confidence":0.5')
        (self.path / "changed.ndjson").write_text(changed)
        self.assertIn("which is NOT what its arithmetic gives", self.aupsig("explain", "changed.ndjson").stdout)

    def test_mistakes_are_told_in_one_line(self):
        self.assertIn("nothing.pcapng", self.aupsig("explain", "nothing.pcapng", expected=1).stderr)
        self.assertIn("--flow takes", self.aupsig("explain", "--flow", "x", "missed.pcapng", expected=1).stderr)
        self.assertIn("there is no signature", self.aupsig("explain", "--signature", "a.b", "missed.pcapng", expected=1).stderr)
        self.assertIn("is no activity", self.aupsig("new", "minning.pool", "--from", "missed.pcapng", "-o", "draft", expected=4).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:])
