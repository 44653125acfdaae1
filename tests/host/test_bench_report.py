#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What "make bench" must not get wrong: runs are made up, then one thing about them is changed.

usage: test_bench_report.py      (prints TAP)
"""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tap  # noqa: E402: beside this file, which must be known first

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts/bench_report.py"
spec = importlib.util.spec_from_file_location("bench_report", SCRIPT)
bench_report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench_report)

MIB = 1 << 20
TABLES = (256 * MIB / bench_report.PMD + 4) * 4096


def line(name, who, value, unit="instructions"):
    return f"[    1.000000] kvbench: {name} {unit} {who} {value}\n"


def good_log():
    """Every bar is met."""
    text = "[    0.000000] Linux version 7.3.4 (somebody@somewhere)\n"
    text += "[    0.500000] kvbench: begin, overhead 30 and 200\n"
    for kind in ("constant", "variable"):
        for zero in ("", "-zero"):
            for size, ours in (("64", 104.5), ("4K", 207), ("64K", 1000)):
                name = f"alloc-free{zero}/{kind}/{size}"
                text += line(name, "ours", ours) + line(name, "upstream", 2 * ours)
                text += line(name, "kmalloc", int(ours) - 3)
                text += line(name, "vmalloc", 5000)
    for name, ours, upstream in (("grow/doubling/64K-256M", 1000, 7000),
                                 ("grow/steps/64K-32M", 1000, 2000000),
                                 ("kvvec/push/u64", 700, 800),
                                 ("kvvec/push-reserved/u64", 500, 800)):
        text += line(name, "ours", ours) + line(name, "upstream", upstream)
    text += line("kvvec/push-reserved/u64", "c-loop", 490)
    text += line("peak/doubling/64K-256M", "ours", int(1.009 * 256 * MIB + TABLES), "bytes")
    text += line("peak/doubling/64K-256M", "upstream", 400 * MIB, "bytes")
    for step in range(10):
        size = bench_report.short(8192 << step)
        if step < 9:
            text += line(f"step/slab/{size}", "krealloc", 1000 << step)
        text += line(f"step/slab/{size}", "leave", 10000)
        text += line(f"step/vmalloc/{size}", "ours", 5000)
        text += line(f"step/grown/{size}", "ours", 2000)
    return text + "[    9.000000] kvbench: done\n[    9.000000] reboot: Restarting system\n"


class BenchReportTest(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="bench-test-"))
        self.addCleanup(shutil.rmtree, self.dir)
        for run in (1, 2):
            (self.dir / f"7.3-{run}.log").write_text(good_log())
        for who, size in (("ours", 1001000), ("upstream", 1000000)):
            (self.dir / f"7.3-size-{who}.txt").write_text(
                f"vmlinux.o  :\nsection  size  addr\n.text  {size - 7}  0\n.textile  5 0\n"
                ".init.text  9 0\n.sched.text  3 0\n.text.unlikely.  4 0\n")

    def change(self, old, new, runs=(1, 2)):
        for run in runs:
            path = self.dir / f"7.3-{run}.log"
            text = path.read_text()
            self.assertIn(old, text)
            path.write_text(text.replace(old, new, 1))

    def kernel(self):
        return bench_report.Kernel(self.dir, "7.3", bench_report.load_verdict().ALARM)

    def report(self):
        done = subprocess.run([str(SCRIPT), str(self.dir), "7.3"],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def missed(self):
        """What the bars say is not met, or not known."""
        return [(what, met) for what, _, _, met, _ in bench_report.bars(self.kernel())
                if met is not True]

    def test_good(self):
        """nothing is wrong, and all bars are met"""
        self.assertEqual(self.missed(), [])
        kernel = self.kernel()
        self.assertEqual(kernel.version, "7.3.4")
        self.assertEqual(kernel.repeated[2:], (0.0, []))

    def test_results(self):
        """results.json has what was measured"""
        results = {result["name"]: result for result in self.kernel().as_json()["results"]}
        self.assertEqual(results["alloc-free/constant/64"], {
            "name": "alloc-free/constant/64", "unit": "instructions", "ours": 104.5,
            "upstream": 209, "peers": {"kmalloc": 101, "vmalloc": 5000}, "ratio": 2.0})
        self.assertEqual(results["size/vmlinux-text"]["unit"], "bytes")
        json.dumps(self.kernel().as_json())

    def test_missed(self):
        """each bar can be missed, alone"""
        for old, new, what in (
                ("constant/64 instructions ours 104.5", "constant/64 instructions ours 107",
                 "constant size"),
                ("variable/4K instructions ours 207", "variable/4K instructions ours 221",
                 "variable size"),
                ("variable/4K instructions upstream 414", "variable/4K instructions upstream 207",
                 "the same"),
                ("constant/64K instructions ours 1000", "constant/64K instructions ours 2041",
                 "any size"),
                ("64K-256M instructions upstream 7000", "64K-256M instructions upstream 5999",
                 "doubling"),
                ("64K-32M instructions ours 1000", "64K-32M instructions ours 2001", "steps"),
                (f"bytes ours {int(1.009 * 256 * MIB + TABLES)}",
                 f"bytes ours {int(1.011 * 256 * MIB + TABLES)}", "peak"),
                ("push/u64 instructions ours 700", "push/u64 instructions ours 801",
                 "KVVec push, reserved or not"),
                ("c-loop 490", "c-loop 450", "KVVec push, reserved / C")):
            with self.subTest(what):
                whole = (self.dir / "7.3-1.log").read_text()
                self.change(old, new)
                missed = self.missed()
                self.assertEqual(len(missed), 1, missed)
                self.assertTrue(missed[0][0].startswith(what), missed)
                self.assertIs(missed[0][1], False)
                for run in (1, 2):
                    (self.dir / f"7.3-{run}.log").write_text(whole)
        path = self.dir / "7.3-size-ours.txt"
        path.write_text(path.read_text().replace("1000993", "1001994"))
        self.assertEqual(self.missed(), [("vmlinux text / upstream", False)])

    def test_unknown(self):
        """a bar of which nothing was measured is neither met nor missed"""
        (self.dir / "7.3-size-ours.txt").unlink()
        self.assertEqual(self.missed(), [("vmlinux text / upstream", None)])

    def test_missed_is_no_failure(self):
        """a bar that is missed does not make the bench fail, but it is shown"""
        self.change("64K-32M instructions ours 1000", "64K-32M instructions ours 2001")
        status, said = self.report()
        self.assertRegex(said, r"steps of 64 KiB to 32 MiB.* NO .* ABOVE")
        # Without gnuplot there are no charts, which does.
        if shutil.which("gnuplot"):
            self.assertEqual(status, 0, said)

    def test_not_repeated(self):
        """a count that differs by more than half a percent is named, a smaller one is not"""
        self.change("kvvec/push/u64 instructions ours 700", "kvvec/push/u64 instructions ours 703",
                    (2,))
        self.assertEqual(self.kernel().repeated[3], [])
        self.assertAlmostEqual(self.kernel().repeated[2], 3 / 703)
        self.change("kvvec/push/u64 instructions ours 703", "kvvec/push/u64 instructions ours 704",
                    (2,))
        status, said = self.report()
        self.assertEqual(status, 1)
        self.assertIn("failed: Linux 7.3.4: kvvec/push/u64 of ours differs by 0.57 %", said)

    def test_missing(self):
        """a result that only one boot has, a boot that broke off, and none at all"""
        self.change(line("kvvec/push/u64", "ours", 700), "", (2,))
        status, said = self.report()
        self.assertEqual(status, 1)
        self.assertIn("kvvec/push/u64 of ours was measured once only", said)
        self.change("kvbench: done", "", (1,))
        status, said = self.report()
        self.assertEqual(status, 1)
        self.assertIn("7.3-1.log does not come to its end", said)
        (self.dir / "7.3-1.log").unlink()
        status, said = self.report()
        self.assertEqual(status, 1)
        self.assertIn("7.3-1.log is missing", said)

    def test_faults(self):
        """what the bench or the kernel complains of"""
        for fault, words in (
                ("kvbench: failed: grow/doubling/64K-64M ours", "failed: grow/doubling/64K-64M"),
                ("WARNING: CPU: 0 PID: 1 at mm/vmalloc.c:1", "the kernel says:"),
                ("kvbench: kvvec/push/u64 instructions ours 700", "twice")):
            with self.subTest(words):
                whole = (self.dir / "7.3-1.log").read_text()
                self.change("[    9.000000] kvbench: done",
                            f"[    8.0] {fault}\n[    9.000000] kvbench: done", (1,))
                status, said = self.report()
                self.assertEqual(status, 1)
                self.assertIn(words, said)
                (self.dir / "7.3-1.log").write_text(whole)

    def test_leaving(self):
        """the best place to leave slab is where the sum is smallest"""
        _, table = bench_report.leaving(self.kernel())
        # To 32K: 1000 and 2000 in slab; or 10000 and more.
        self.assertEqual(table[32 << 10], {None: 3000, 8192: 15000, 16384: 11000})
        # To 8M: slab cannot.
        self.assertNotIn(None, table[8 * MIB])
        best = min(table[8 * MIB], key=table[8 * MIB].get)
        self.assertEqual(table[8 * MIB][best], min(
            sum(1000 << i for i in range(place)) + 10000
            + sum(5000 if i == place + 1 else 2000 for i in range(place + 1, 10))
            for place in range(10)))

    def test_document(self):
        """all between marks is made anew, all else is left, and twice gives the same"""
        text = ("before\n.. bench:begin bars\nold\n.. bench:end bars\nbetween\n"
                ".. bench:begin uml\n.. bench:end uml\nafter\n")
        new = bench_report.fill_in(text, [self.kernel()])
        self.assertNotIn("old", new)
        self.assertIn("constant size up to a page", new)
        self.assertIn("*Not measured.*", new)
        for word in ("before\n", "between\n", "after\n"):
            self.assertIn(word, new)
        self.assertEqual(bench_report.fill_in(new, [self.kernel()]), new)
        with self.assertRaises(bench_report.Broken):
            bench_report.fill_in(text.replace("uml", "nonsense"), [self.kernel()])
        with self.assertRaises(bench_report.Broken):
            bench_report.fill_in("no marks", [self.kernel()])

    def test_real_document(self):
        """Documentation/performance.rst has a place for every table"""
        text = bench_report.DOCUMENT.read_text(encoding="utf-8")
        marks = re.findall(r"^\.\. bench:begin (\w+)$", text, re.M)
        self.assertEqual(sorted(marks), sorted([*bench_report.SECTIONS, "repeated"]))
        self.assertEqual(marks, re.findall(r"^\.\. bench:end (\w+)$", text, re.M))


if __name__ == "__main__":
    sys.exit(tap.run([("bench report", BenchReportTest)]))
