#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""tools/kvstat shows what the kernel's files say, in every shell that it may meet.

usage: test_kvstat.py      (prints TAP)

The files are made up.  Where time matters a "sleep" of ours stands in for the real one and
changes them, as a kernel would meanwhile.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tap  # noqa: E402: beside this file, which must be known first

TOP = Path(__file__).resolve().parent.parent.parent
KVSTAT = TOP / "tools/kvstat"

STATS = """size               slab      vmalloc     failed           live           peak
64                   12            0          0            768           1024
65536        4294967297   3000000001          2     5368709120     6442450944
total        4294967309   3000000001          2     5368709888     6442451968
"""
NOTHING = """size               slab      vmalloc     failed           live           peak
total                 0            0          0              0              0
"""
CALLERS = "     count     fuzzed          bytes   smallest    largest  caller\n" + "".join(
    f"{30 - i:10} {i:10} {(30 - i) << 20:14} {4097:10} {65536:10}  caller{i}+0x1c/0x90 [mod]\n"
    for i in range(15)) + "# 7 fallbacks found no room in the tables of call sites\n"


class KvstatTest(unittest.TestCase):
    """Each shell brings its own awk, as far as it has one."""

    shell = ["dash"]
    applets = None
    sleep = None

    def setUp(self):
        if not shutil.which(self.shell[0]):
            self.skipTest(f"needs {self.shell[0]}")
        self.folder = Path(tempfile.mkdtemp(prefix="kvstat-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.dir = self.folder / "kvmalloc"
        self.dir.mkdir()
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        path = os.environ["PATH"]
        if self.applets:
            # Nothing else, so that no other awk is found.
            for applet in self.applets:
                (self.bin / applet).symlink_to(shutil.which(self.shell[0]))
            path = ""
        self.env = {"PATH": f"{self.bin}:{path}", "LC_ALL": "C"}
        self.give(stats=STATS, callers=CALLERS, enable="1\n")

    def give(self, **files):
        for name, text in files.items():
            (self.dir / name).write_text(text)

    def sleep_that(self, script):
        """Have SCRIPT run for "sleep", in the folder of the files."""
        self.sleep = f"sleep() ( cd {self.dir}; {script}; )"

    def run_kvstat(self, *args, here=True, **env):
        where = ["-d", str(self.dir)] if here else []
        shell = [shutil.which(self.shell[0]), *self.shell[1:]]
        # A function comes before a builtin, which busybox's sleep is.
        script = ["-c", f"{self.sleep}; . {KVSTAT}", "kvstat"] if self.sleep else [str(KVSTAT)]
        return subprocess.run([*shell, *script, *where, *args], env=self.env | env,
                              capture_output=True, text=True, timeout=60, check=False)

    def good(self, *args, **kwargs):
        """The words of each line of a run that has nothing to complain of."""
        run = self.run_kvstat(*args, **kwargs)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertLessEqual(max(map(len, run.stdout.splitlines())), 80)
        return [line.split() for line in run.stdout.splitlines()]

    def bad(self, status, *args, **kwargs):
        """The one line of a run that is refused."""
        run = self.run_kvstat(*args, **kwargs)
        self.assertEqual((run.returncode, run.stdout), (status, ""))
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertTrue(run.stderr.startswith("kvstat: "), run.stderr)
        return run.stderr

    def test_report(self):
        """what was counted, to the last digit"""
        self.assertEqual(self.good(), [
            ["up", "to", "slab", "vmalloc", "failed", "vmalloc%", "live", "peak"],
            ["64", "12", "0", "0", "0.0", "768", "1K"],
            ["64K", "4294967297", "3000000001", "2", "41.1", "5G", "6G"],
            ["total", "4294967309", "3000000001", "2", "41.1", "5.0G", "6.0G"]])

    def test_sizes(self):
        """bytes in units of 1024"""
        for size, text in ((8, "8"), (1023, "1023"), (1024, "1K"), (1536, "1.5K"),
                           (1 << 20, "1M"), (5 << 30, "5G"), (3 << 39, "1.5T")):
            self.give(stats=f"size slab vmalloc failed live peak\ntotal 1 0 0 {size} 0\n")
            self.assertEqual(self.good()[1][5], text)

    def test_nothing_yet(self):
        """a share of nothing is none"""
        self.give(stats=NOTHING)
        self.assertEqual(self.good()[1], ["total", "0", "0", "0", "-", "0", "0"])

    def test_callers(self):
        """-c shows ten call sites, -n any number, and the kernel's remark"""
        for args, nr in (([], None), (["-c"], 10), (["-n", "3"], 3), (["-n", "99"], 15),
                         (["-n", "3", "-c"], 3)):
            lines = self.good(*args)
            if nr is None:
                self.assertEqual(len(lines), 4)
                continue
            self.assertEqual(lines[4:6], [[], ["fallbacks", "fuzzed", "bytes", "smallest",
                                               "largest", "caller"]])
            callers = lines[6:-1]
            self.assertEqual(len(callers), nr)
            self.assertEqual(callers[2], ["28", "2", "28M", "4.0K", "64K", "caller2+0x1c/0x90",
                                          "[mod]"])
            self.assertEqual(lines[-1][:3], ["#", "7", "fallbacks"])

    def test_remark_in_stats(self):
        """the kernel's remark on the table is passed on"""
        self.give(stats=STATS + "# 5 requests found no room\n")
        self.assertEqual(self.good()[-1][:3], ["#", "5", "requests"])

    def test_rates(self):
        """a line an interval: what came to it, a second"""
        for i, total in enumerate(("1000 500 0 4096 8192", "3000 1500 20 2048 8192"), 1):
            self.give(**{f"stats{i}": "size slab vmalloc failed live peak\n"
                                      f"64 9 9 9 9 9\ntotal {total}\n"})
        self.give(stats="size slab vmalloc failed live peak\ntotal 0 0 0 0 0\n", n="0\n")
        self.sleep_that('read -r n <n; n=$((n + 1)); echo $n >n; cat "stats$n" >stats; '
                        'command sleep "$1"')
        lines = self.good("1", "2")
        self.assertEqual(lines[0], ["slab/s", "vmalloc/s", "failed/s", "vmalloc%", "live", "peak"])
        self.assertEqual(len(lines), 3)
        for line, slab, vmalloc, failed, rest in (
                (lines[1], 1000, 500, 0, ["33.3", "4K", "8K"]),
                (lines[2], 2000, 1000, 20, ["33.3", "2K", "8K"])):
            # An interval on a busy machine is longer, never shorter.
            self.assertTrue(slab / 5 <= int(line[0]) <= slab * 1.01, line)
            self.assertTrue(vmalloc / 5 <= int(line[1]) <= vmalloc * 1.01, line)
            self.assertTrue(failed / 5 <= int(line[2]) <= failed * 1.01, line)
            self.assertEqual(line[3:], rest)

    def test_header_again(self):
        """a header every twenty lines"""
        self.sleep_that(":")
        lines = self.good("1", "41")
        self.assertEqual([i for i, line in enumerate(lines) if line[0] == "slab/s"], [0, 21, 42])
        self.assertEqual(len(lines), 44)

    def test_reset_meanwhile(self):
        """counters that begin anew give no negative rate"""
        self.sleep_that("printf 'size slab\\ntotal 7 3 0 100 100\\n' >stats")
        line = self.good("1", "1")[1]
        self.assertEqual(line[3:], ["30.0", "100", "100"])
        self.assertGreater(int(line[0]), 0)

    def test_interrupted(self):
        """without a count it goes on until it is stopped"""
        self.sleep_that("exit 130")
        run = self.run_kvstat("1")
        self.assertEqual(run.returncode, 130)
        self.assertEqual(len(run.stdout.splitlines()), 1)

    def test_elsewhere(self):
        """KVSTAT_DIR says where, -d has the last word"""
        self.assertEqual(len(self.good(here=False, KVSTAT_DIR=str(self.dir))), 4)
        self.assertEqual(len(self.good(KVSTAT_DIR="/nowhere")), 4)

    def test_off(self):
        """nothing is counted: how to begin"""
        self.give(enable="0\n", stats=NOTHING)
        for args in ([], ["-c"], ["1"]):
            self.assertIn(f"echo 1 >{self.dir}/enable", self.bad(1, *args))

    def test_was_on(self):
        """what was counted before it was switched off is shown, with a word"""
        self.give(enable="0\n")
        run = self.run_kvstat()
        self.assertEqual(run.returncode, 0)
        self.assertEqual(len(run.stdout.splitlines()), 4)
        self.assertEqual(len(run.stderr.splitlines()), 1)
        self.assertIn(f"echo 1 >{self.dir}/enable", run.stderr)
        self.assertIn("echo 1", self.bad(1, "1"))

    def test_off_meanwhile(self):
        """nor does it go on when counting has ended"""
        self.sleep_that("echo 0 >enable")
        run = self.run_kvstat("1", "5")
        self.assertEqual(run.returncode, 1)
        self.assertIn("echo 1", run.stderr)
        self.assertEqual(len(run.stdout.splitlines()), 1)

    def test_no_stats(self):
        """a kernel without counters: what it takes"""
        (self.dir / "stats").unlink()
        self.assertIn("CONFIG_KVMALLOC_STATS", self.bad(1))
        self.assertIn("CONFIG_KVMALLOC_STATS", self.bad(1, "1"))

    def test_broken(self):
        """a file that is not what it should be"""
        self.give(stats="size slab vmalloc failed live peak\n")
        self.sleep_that(":")
        self.assertIn("total", self.bad(1, "1", "1"))

    def test_no_debugfs(self):
        """without debugfs: how to mount it"""
        if " debugfs " in Path("/proc/mounts").read_text():
            self.skipTest("needs a machine, or a container, without debugfs")
        self.assertIn("mount -t debugfs", self.bad(1, here=False))

    def test_misuse(self):
        """one line, and the way to the help"""
        for args in (["0"], ["x"], ["-1"], ["1.5"], ["1", "0"], ["1", "x"], ["1", "2", "3"],
                     ["-n", "0"], ["-n", "x"], ["-c", "1"], ["99999999999"], [""],
                     ["-x"], ["-n"]):
            self.assertIn("-h", self.bad(2, *args))

    def test_help(self):
        """-h says what there is"""
        run = self.run_kvstat("-h", here=False)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        for word in ("INTERVAL", "COUNT", "-c", "-n", "-d", "-h"):
            self.assertIn(word, run.stdout)


class BashTest(KvstatTest):
    shell = ["bash"]


class BusyboxTest(KvstatTest):
    shell = ["busybox", "sh"]
    applets = ("awk", "sleep", "cat")


if __name__ == "__main__":
    sys.exit(tap.run([("dash", KvstatTest), ("bash", BashTest), ("busybox", BusyboxTest)]))
