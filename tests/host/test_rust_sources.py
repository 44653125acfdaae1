#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""tests/host/rust_sources finds what is not compiled, and what is listed for nothing.

usage: test_rust_sources.py      (prints TAP)

A tree is made up, and what kbuild would have noted down of it.
"""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tap  # noqa: E402: beside this file, which must be known first

SCRIPT = Path(__file__).resolve().parent / "rust_sources"

# As fixdep writes it: the command, which also names what it does not read; the source; the rest.
NOTES = """savedcmd_{object} := rustc --cfg x -o {object} {tree}/{unread}

source_{object} := {tree}/{first}

deps_{object} := \\
    $(wildcard include/config/RUST) \\
  {tree}/{second} \\
  {obj}/rust/libcore.rmeta \\

{object}: $(deps_{object})
"""


class RustSourcesTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="rust-sources-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.tree, self.obj = self.folder / "linux", self.folder / "obj"
        for name in ("rust/kernel/lib.rs", "rust/kernel/alloc.rs", "drivers/a/main.rs",
                     "drivers/a/deep/er.rs", "drivers/a/main.c"):
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text("//\n")
        (self.obj / "rust").mkdir(parents=True)
        (self.obj / "drivers").mkdir()
        (self.obj / "source").symlink_to(self.tree)
        self.list = self.folder / "list"
        self.list.write_text("# nothing\n")
        self.note("rust/.kernel.o.cmd", "rust/kernel/lib.rs", "rust/kernel/alloc.rs",
                  "drivers/a/deep/er.rs")
        self.note("drivers/.main.o.cmd", "drivers/a/main.rs", "drivers/a/deep/er.rs")

    def note(self, path, first, second, unread="x.rs"):
        (self.obj / path).write_text(NOTES.format(
            object="o", tree=self.tree, obj=self.obj, first=first, second=second, unread=unread))

    def run_it(self, status):
        done = subprocess.run([sys.executable, str(SCRIPT), str(self.list), str(self.tree),
                               str(self.obj)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_all_compiled(self):
        """all is compiled"""
        said = self.run_it(0)
        self.assertIn("4 files, 4 compiled, 0 not", said)
        self.assertEqual(said.count("\nok "), 2)

    def test_missing(self):
        """a file is not compiled, though a command names it; listed, it may be so"""
        (self.obj / "drivers/.main.o.cmd").unlink()
        said = self.run_it(1)
        self.assertIn("# drivers/a/deep/er.rs\n# drivers/a/main.rs\nnot ok 1", said)
        self.list.write_text("drivers/a/main.rs not for us\n")
        self.assertIn("# drivers/a/deep/er.rs\nnot ok 1", self.run_it(1))
        self.list.write_text("drivers/*.rs not for us\n")
        self.run_it(0)

    def test_listed_for_nothing(self):
        """a file is listed and compiled all the same"""
        self.list.write_text("drivers/a/main.rs not for us\n")
        self.assertIn("# drivers/a/main.rs\nnot ok 2", self.run_it(1))

    def test_of_other_kernels(self):
        """what another kernel has may be listed"""
        self.list.write_text("drivers/b/main.rs not for us\n")
        self.run_it(0)

    def test_no_reason(self):
        """nothing is listed without a reason"""
        self.list.write_text("drivers/b/main.rs\n")
        self.assertIn("no reason", self.run_it(1))

    def test_nothing_built(self):
        """what was never built is no kernel"""
        shutil.rmtree(self.obj / "rust")
        shutil.rmtree(self.obj / "drivers")
        self.list.write_text("*.rs not for us\n")
        self.assertIn("not ok 1", self.run_it(1))


if __name__ == "__main__":
    sys.exit(tap.run([("rust_sources", RustSourcesTest)]))
