#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the kernel prints once more is one result.

usage: test_replays.py      (prints TAP)
"""

import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tap  # noqa: E402: beside this file, which must be known first

TOP = Path(__file__).resolve().parent.parent.parent
SCRIPT = TOP / "scripts/without-replays.awk"
REPLAY = "** replaying previous printk message **"
WARNING = ["------------[ cut here ]------------", "WARNING: kv/mm/util.c:186", "Call Trace:"]


class ReplaysTest(unittest.TestCase):

    def cleaned(self, lines):
        done = subprocess.run(["awk", "-f", str(SCRIPT)], input="\n".join(lines) + "\n",
                              capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    def test_nothing_to_do(self):
        """a log without replays stays as it is"""
        log = ["KTAP version 1", "1..2", "", "    ok 1 one", "    ok 2 two"]
        self.assertEqual(self.cleaned(log), log)

    def test_cut_short(self):
        """the part goes, the whole line stays, and so does the warning"""
        log = ["    ok 1 one", "    ok 2 t", *WARNING, REPLAY, "    ok 2 two", "    ok 3 three"]
        self.assertEqual(self.cleaned(log),
                         ["    ok 1 one", *WARNING, "    ok 2 two", "    ok 3 three"])

    def test_whole_line_twice(self):
        """a line that was whole already is there once"""
        log = ["    ok 2 two", *WARNING, REPLAY, "    ok 2 two"]
        self.assertEqual(self.cleaned(log), [*WARNING, "    ok 2 two"])

    def test_nearest_part(self):
        """of several lines that the replay begins with, the last one was cut"""
        log = ["    ok 1", "x", "    ok 1", *WARNING, REPLAY, "    ok 1 one"]
        self.assertEqual(self.cleaned(log), ["    ok 1", "x", *WARNING, "    ok 1 one"])

    def test_no_part(self):
        """a replay of what was not printed at all stays, and takes nothing with it"""
        log = ["    ok 1 one", "", *WARNING, REPLAY, "    ok 2 two"]
        self.assertEqual(self.cleaned(log), ["    ok 1 one", "", *WARNING, "    ok 2 two"])

    def test_two_replays(self):
        """each replay takes out its own part"""
        log = ["    ok 1 o", *WARNING, REPLAY, "    ok 1 one",
               "    not ok 2 t", *WARNING, REPLAY, "    not ok 2 two"]
        self.assertEqual(self.cleaned(log),
                         [*WARNING, "    ok 1 one", *WARNING, "    not ok 2 two"])

    def test_failure_is_kept(self):
        """a result that failed is never taken for a part of another"""
        log = ["    not ok 1 one", *WARNING, REPLAY, "    ok 1 one"]
        self.assertEqual(self.cleaned(log), log[:1] + WARNING + log[-1:])


if __name__ == "__main__":
    sys.exit(tap.run([("replays", ReplaysTest)]))
