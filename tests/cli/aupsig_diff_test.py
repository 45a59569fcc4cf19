#!/usr/bin/env python3
"""aupsig diff, observations, profile and coverage, as their users call them.

usage: aupsig_diff_test.py AUPSIG SOURCE_DIR CORPUS_DIR [unittest options]
"""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

import captures

AUPSIG, SOURCE, CORPUS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
SHIPPED = str(SOURCE / "signatures")
RULES = ["--declaration", str(SOURCE / "config/declaration.yaml")]

WORD = """id: mining.pool.any-login
title: A word
activity: mining.pool
field: stream.client
stage: contact
weight: 0.3
status: active
owner: tests
revision: 1
patterns:
  word: {literal: '"method":"login"'}
condition: word
references: [https://example.org]
known_false_positives: []
examples: {match: ['{"method":"login"}'], no_match: [login]}
"""


class Workbench(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)
        for name, talk in {"mined/pool.pcap": captures.miner(), "mined/refused.pcap": captures.refused(), "clean/page.pcap": captures.browsing()}.items():
            (self.path / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / "corpus" / name).write_bytes(captures.pcap(talk))

        # Without the signatures on processes, which take a second to compile and none of these captures needs.
        self.base = str(self.path / "base")
        shutil.copytree(SHIPPED, self.base, ignore=shutil.ignore_patterns("mining.software"))

    def pack(self, change):
        pack = self.path / "pack"
        shutil.copytree(self.base, pack)
        change(pack)
        return str(pack)

    def with_word(self):
        """One more signature, on a word that the miner and the refused one say and the page does not."""
        return self.pack(lambda pack: (pack / "mining.pool/any-login.yaml").write_text(WORD))

    def aupsig(self, *arguments):
        return subprocess.run([AUPSIG, *arguments], cwd=self.path, capture_output=True, timeout=300, stdin=subprocess.DEVNULL)

    def test_nothing_changes_between_a_pack_and_itself(self):
        run = self.aupsig("diff", self.base, self.base, "corpus", *RULES)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(run.stdout.startswith(b"nothing changes in 3 captures\n"), run.stdout)
        self.assertEqual(run.stderr, b"")

    def test_a_change_is_told_in_text_json_and_reports_and_by_the_exit_code(self):
        pack = self.with_word()
        run = self.aupsig("diff", self.base, pack, "corpus", *RULES, "--report", "change.html", "--report", "change.md", "--format", "json")
        self.assertEqual(run.returncode, 4, run.stderr)
        told = json.loads(run.stdout)
        self.assertEqual([entry["id"] for entry in told["pack"]["signatures"]], ["mining.pool.any-login"])
        changed = {entry["file"]: entry["changes"] for entry in told["captures"]}
        self.assertEqual(set(changed), {"corpus/mined/pool.pcap", "corpus/mined/refused.pcap"})
        for changes in changed.values():
            self.assertTrue(any(line == "+ mining.pool.any-login r1" for change in changes for line in change["signatures"]), changes)
        # The breach is what it was: a share was accepted, which no signature tells.
        after = [change["after"] for change in changed["corpus/mined/pool.pcap"]]
        self.assertEqual([verdict["stage"] for verdict in after], ["proof"])
        page, review = (self.path / "change.html").read_text(), (self.path / "change.md").read_text()
        self.assertTrue(page.startswith("<!DOCTYPE html>"))
        for text in (page, review):
            self.assertIn("refused.pcap", text)
            self.assertIn(told["after"]["ruleset"][:16], text)
            self.assertIn("What it costs", text)

    def test_a_damaged_and_an_unreadable_capture_are_told(self):
        whole = (self.path / "corpus/mined/pool.pcap").read_bytes()
        (self.path / "corpus/mined/pool.pcap").write_bytes(whole[:-20])
        (self.path / "corpus/noise.pcap").write_bytes(b"no capture at all")
        run = self.aupsig("diff", self.base, self.base, "corpus", *RULES)
        self.assertEqual(run.returncode, 2)
        self.assertIn(b"used up to its damage", run.stdout)
        self.assertIn(b"noise.pcap: not read", run.stdout)

    def test_mistakes_of_the_command_line(self):
        self.assertEqual(self.aupsig("diff", self.base).returncode, 1)
        run = self.aupsig("diff", self.base, self.base)
        self.assertEqual((run.returncode, run.stdout), (1, b""))
        self.assertIn(b"name a corpus", run.stderr)
        self.assertEqual(self.aupsig("diff", self.base, "nowhere", "corpus", *RULES).returncode, 1)
        self.assertEqual(self.aupsig("diff", self.base, self.base, "nowhere", *RULES).returncode, 1)
        self.assertEqual(self.aupsig("diff", self.base, self.base, "corpus", "--report", "no/such/place.html", *RULES).returncode, 1)

    def test_a_pack_is_held_against_stored_observations(self):
        run = self.aupsig("observations", "corpus", "-o", "past.ndjson", "--content")
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [json.loads(line) for line in (self.path / "past.ndjson").read_text().splitlines()]
        self.assertEqual(lines[0]["aupscan_observations"], 1)
        self.assertIn("none", lines[0]["redaction"])
        self.assertIn("stream.client", {line["field"] for line in lines[1:]})
        run = self.aupsig("diff", self.base, self.with_word(), "--observations", "past.ndjson", "--format", "json", *RULES)
        self.assertEqual(run.returncode, 4, run.stderr)
        change, = json.loads(run.stdout)["observations"]["changes"]
        self.assertEqual((change["signature"], change["hits"], change["texts"]), ("mining.pool.any-login", "after", 2))

    def test_observations_are_names_alone_by_default(self):
        run = self.aupsig("observations", "corpus", "-o", "-")
        fields = {json.loads(line)["field"] for line in run.stdout.splitlines()[1:]}
        self.assertTrue(fields <= {"dns.name", "tls.sni", "tls.certificate", "tls.ja4", "http.host", "socks.host"}, fields)
        self.assertNotIn(b"login", run.stdout)

    def test_profile_has_every_searched_signature_and_a_budget_decides(self):
        run = self.aupsig("profile", self.with_word(), "corpus", "--rounds", "1", "--format", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        told = json.loads(run.stdout)
        login = next(entry for entry in told["signatures"] if entry["id"] == "mining.pool.any-login")
        self.assertEqual(login["matches"], 2)
        self.assertAlmostEqual(sum(entry["share"] for entry in told["signatures"]), 1, places=6)
        shares = [entry["share"] for entry in told["signatures"]]
        self.assertEqual(shares, sorted(shares, reverse=True))
        run = self.aupsig("profile", self.base, "--budget", "signature.database_bytes=1")
        self.assertEqual(run.returncode, 3)
        self.assertTrue(run.stdout.startswith(b"over the budget"))

    def test_coverage_tells_holes_and_draws(self):
        run = self.aupsig("coverage", self.base, "corpus", "--cases", str(SOURCE / "tests/scenario"), "--picture", "coverage.svg", "--format", "json", *RULES)
        self.assertEqual(run.returncode, 0, run.stderr)
        told = json.loads(run.stdout)
        flags = {entry["activity"]: entry["flags"] for entry in told["activities"]}
        self.assertEqual(flags["mining.pool"], [])
        self.assertIn("no signature, no dialect", flags["abuse.flood"])
        self.assertTrue((self.path / "coverage.svg").read_text().startswith("<?xml"))
        self.assertEqual(self.aupsig("coverage", self.base, "--picture", "coverage.png", *RULES).returncode, 1)

    @unittest.skipUnless((CORPUS / "positive").is_dir(), "no labelled corpus beside the checkout")
    def test_real_captures_fit_in_memory_and_only_what_changed_changes(self):
        def drop(pack):
            (pack / "dialects/cryptonote.yaml").unlink()
        run = self.aupsig("diff", self.base, self.pack(drop), str(CORPUS / "positive"), *RULES, "--format", "json", "--threads", "2")
        self.assertEqual(run.returncode, 4, run.stderr)
        told = json.loads(run.stdout)
        self.assertGreater(told["corpus"]["captures"], 10)
        self.assertGreater(told["verdicts"]["before"]["breach"], told["verdicts"]["after"]["breach"])
        self.assertGreater(told["verdicts"]["after"]["breach"], 0)
        if not os.environ.get("AUPSCAN_SANITIZE"):  # sanitizers keep books of their own
            self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 500 * 1024)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
