#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What "make fuzz" must not miss: a run is made up, then one thing about it is broken.

usage: test_fuzz_report.py      (prints TAP)
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tap  # noqa: E402: beside this file, which must be known first

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts/fuzz_report.py"
spec = importlib.util.spec_from_file_location("fuzz_report", SCRIPT)
fuzz_report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fuzz_report)

BEGIN = "[    0.000000] Linux version 6.12.0 (somebody@somewhere)\n"
END = "[    9.000000] reboot: Power down\n"
FIRST_LINES = {
    "kfree": "kernel BUG at arch/x86/mm/physaddr.c:23!",
    "virt_to_phys": "kernel BUG at arch/x86/mm/physaddr.c:23!",
    "scatterlist": "kernel BUG at include/linux/scatterlist.h:187!",
}


class FuzzReportTest(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="fuzz-test-"))
        self.addCleanup(shutil.rmtree, self.dir)
        workloads, stressors = fuzz_report.expected()
        self.some = workloads[3]
        self.stressor = stressors[2]
        for percent in fuzz_report.PERCENTS:
            lines = []
            for name in workloads:
                lines.append(f"workload {name} ok saw 12 of {name}")
                for caller in (name, "anybody"):
                    lines.append(f"site {name} 5 {percent // 20} 100 1 9 {caller}+0x1/0x2")
            lines += [f"stress {name} ok" for name in stressors] + ["end"]
            (self.dir / f"fuzz-{percent}.result").write_text("\n".join(lines) + "\n")
            (self.dir / f"fuzz-{percent}.console").write_text(BEGIN + END)
        result, log = "", BEGIN
        for percent in (0, 100):
            for name, (_, function) in fuzz_report.MISTAKES.items():
                result += f"mistake {name} {percent} {percent and 139}\n"
                log += f"[    1.0] kvwrong: begin {name} at {percent}\n"
                if percent:
                    log += f"[    1.0] {FIRST_LINES[name]}\n[    1.0]  {function}+0x10/0x80\n"
                log += f"[    1.0] kvwrong: end {name} at {percent}\n"
        (self.dir / "fuzz-wrong.result").write_text(result + "end\n")
        (self.dir / "fuzz-wrong.console").write_text(log + END)

    def judge(self):
        done = subprocess.run([str(SCRIPT), "6.12", str(self.dir), str(self.dir / "tap")],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def broken(self, name, old, new):
        """Break one thing, and expect one failure; then mend it."""
        path = self.dir / name
        whole = path.read_text()
        self.assertIn(old, whole)
        path.write_text(whole.replace(old, new, 1))
        status, said = self.judge()
        self.assertEqual(status, 1, f"{name}: {old!r} -> {new!r}: {said}")
        self.assertIn(" 1 failed", said)
        self.assertEqual((self.dir / "tap").read_text().count("\nnot ok "), 1)
        path.write_text(whole)

    def test_good(self):
        """nothing is wrong"""
        status, said = self.judge()
        self.assertEqual(status, 0, said)
        self.assertIn(" 0 failed", said)
        text = (self.dir / "tap").read_text()
        self.assertIn(f"1..{text.count(chr(10) + 'ok ')}\n", text)

    def test_results(self):
        """a result that differs, fails, is missing, is skipped only once"""
        line = f"workload {self.some} ok saw 12"
        for new in (f"workload {self.some} ok saw 13", f"workload {self.some} fail line 3",
                    f"workload {self.some} skip no reason", "x"):
            self.broken("fuzz-50.result", line, new)
        self.broken("fuzz-100.result", f"stress {self.stressor} ok", f"stress {self.stressor} fail")
        self.broken("fuzz-100.result", f"stress {self.stressor} ok", "x")
        self.broken("fuzz-100.result", "end\n", "")

    def test_flips(self):
        """fuzz mode that does nothing, or something at 0 %"""
        self.broken("fuzz-0.result", f"site {self.some} 5 0", f"site {self.some} 5 3")
        self.broken("fuzz-100.result", f"site {self.some} 5 5", f"site {self.some} 5 0")

    def test_kernel(self):
        """a kernel that reports, or dies"""
        for percent in fuzz_report.PERCENTS:
            self.broken(f"fuzz-{percent}.console", END, "BUG: KASAN: vmalloc-out-of-bounds\n" + END)
            self.broken(f"fuzz-{percent}.console", END, "")
        (self.dir / "fuzz-50.console").unlink()
        self.assertEqual(self.judge()[0], 1)

    def test_mistakes(self):
        """a mistake that is noticed too early, not at all, by chance, or by a hang"""
        self.broken("fuzz-wrong.result", "mistake kfree 0 0", "mistake kfree 0 1")
        self.broken("fuzz-wrong.result", "mistake kfree 100 139", "mistake kfree 100 0")
        self.broken("fuzz-wrong.console", "begin kfree at 0\n", "begin kfree at 0\nBUG: x\n")
        for name, line in FIRST_LINES.items():
            self.broken("fuzz-wrong.console", f"{line}\n[    1.0]  wrong_{name}",
                        f"nothing\n[    1.0]  wrong_{name}")
            self.broken("fuzz-wrong.console", f"{line}\n[    1.0]  wrong_{name}",
                        f"BUG: soft lockup\n[    1.0]  wrong_{name}")
            self.broken("fuzz-wrong.console", f"wrong_{name}+0x", "somebody_else+0x")
            self.broken("fuzz-wrong.console", f"end {name} at 100", "x")


if __name__ == "__main__":
    sys.exit(tap.run([("fuzz", FuzzReportTest)]))
