#!/usr/bin/env python3
"""aupsig import, export and dataset as their users call them.

usage: aupsig_rules_test.py AUPSIG SOURCE_DIR [unittest options]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

AUPSIG, SOURCE = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
FIXTURES = SOURCE / "tests/golden/import"


class Rules(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)

    def aupsig(self, *arguments, **options):
        return subprocess.run([AUPSIG, *map(str, arguments)], cwd=self.path, capture_output=True, text=True, timeout=60, **options)

    def test_imported_rules_pass_the_lint(self):
        run = self.aupsig("import", "suricata", FIXTURES / "mining.rules", "-o", "pack", "--date", "2026-11-30")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("refused", run.stdout)
        run = self.aupsig("import", "sigma", FIXTURES / "mining.yml", "-o", "pack", "--format", "json")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertEqual(json.loads(run.stdout)["what"], "Sigma rules")
        lint = self.aupsig("lint", "pack")
        self.assertEqual(lint.returncode, 0, lint.stdout)

    def test_a_rule_from_standard_input(self):
        rule = 'alert tcp any any -> any 3333 (msg:"mining"; content:"mining.subscribe"; sid:7; rev:1;)\n'
        run = self.aupsig("import", "suricata", "-", "-o", "pack", input=rule)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("port in (3333)", (self.path / "pack/mining.pool/suricata-7.yaml").read_text())

    def test_an_export_writes_rules_and_says_what_it_could_not(self):
        run = self.aupsig("export", "suricata", SOURCE / "signatures", "--signature", "mining.pool.*", "-o", "rules")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("Suricata has no buffer like process.cmdline", run.stdout)
        self.assertIn("sid:1000000;", (self.path / "rules/aupscan.rules").read_text())
        run = self.aupsig("export", "sigma", SOURCE / "signatures", "--signature", "no.such*", "-o", "sigma")
        self.assertEqual(run.returncode, 1)

    def test_a_list_becomes_a_data_set_that_is_kept(self):
        (self.path / "list.csv").write_text("domain,coin\npool.example,XMR\ngithub.com,\n")
        run = self.aupsig("import", "pools", "list.csv", "--format", "csv", "--source", "partner", "--licence", "MIT", "--date", "2026-11-01", "-o", "set.tsv")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("popular: github.com", run.stdout)
        run = self.aupsig("dataset", "add", "set.tsv", "gitlab.com", "--source", "desk")
        self.assertEqual(run.returncode, 1)
        self.assertIn("--because", run.stderr)
        self.assertEqual(self.aupsig("dataset", "add", "set.tsv", "b.pool.example:3333", "--source", "desk", "--last-seen", "2026-11-29").returncode, 0)
        run = self.aupsig("dataset", "age", "set.tsv", "--at", "2028-11-01", "--format", "json")
        self.assertEqual({row["host"] for row in json.loads(run.stdout)}, {"pool.example", "github.com", "b.pool.example"})
        self.assertEqual(self.aupsig("dataset", "remove", "set.tsv", "pool.example").returncode, 0)
        self.assertEqual(self.aupsig("dataset", "check", "set.tsv", "--at", "2026-11-30").returncode, 0)
        self.assertEqual(self.aupsig("dataset", "check", "set.tsv", "--at", "2036-11-30").returncode, 3)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]] + sys.argv[3:])
