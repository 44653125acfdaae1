#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_unsafe.py KERNEL_TREE...	(prints TAP)

Test scripts/unsafe on text made up for it, and that it counts in the kernel trees."""

import importlib.machinery
import importlib.util
import subprocess
import sys
import unittest
from pathlib import Path

import tap

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts/unsafe"
LOADER = importlib.machinery.SourceFileLoader("unsafe", str(SCRIPT))
unsafe = importlib.util.module_from_spec(importlib.util.spec_from_loader("unsafe", LOADER))
sys.dont_write_bytecode = True
LOADER.exec_module(unsafe)


class Unsafe(unittest.TestCase):
    def counted(self, text, **numbers):
        found = unsafe.count(text)
        self.assertEqual({name: found[name] for name in found if found[name] and name != "lines"},
                         {name.replace("_", " "): n for name, n in numbers.items()})

    def test_each_kind(self):
        self.counted("unsafe trait A {}\nunsafe impl A for B {}\n"
                     "pub unsafe fn f() { unsafe { g() } }\npub const fn h() {}\n"
                     "pub(crate) fn i() {}",
                     unsafe_trait=1, unsafe_impl=1, unsafe_fn=1, blocks=1, functions=2)

    def test_split_over_lines(self):
        self.counted("let x = unsafe\n{ 1 };\nx.map(|y| unsafe { y })", blocks=2)

    def test_comments(self):
        self.counted("// unsafe { }\n/// unsafe { }\n//! unsafe fn f()\n"
                     "/* unsafe { /* unsafe { */ unsafe { */ unsafe { 1 }", blocks=1)

    def test_strings(self):
        self.counted('f("unsafe {", "\\"unsafe {", r#"unsafe { " unsafe {"#, b"unsafe {", "//");\n'
                     "g('\"', '\\'', '\\u{22}'); unsafe { 1 }", blocks=1)

    def test_lifetimes_are_no_characters(self):
        self.counted("fn f<'a>(x: &'a u8) -> &'a u8 { unsafe { x } } // '", blocks=1)

    def test_pointers_to_functions_are_not_functions(self):
        self.counted('type F = unsafe extern "C" fn(u8) -> u8;')

    def test_modules_of_tests(self):
        self.counted("#[cfg(test)]\nmod tests {\n fn f() { unsafe { g() } }\n}\nunsafe { 1 }",
                     blocks=1)

    def test_table_has_a_row_for_each(self):
        text = unsafe.table([("", "n"), ("a", "10"), ("long", "1")])
        self.assertEqual(text, "====  ==\n       n\n====  ==\na     10\nlong   1\n====  ==")

    def test_documented(self):
        """Documentation/rust.rst has our part of the table as it is today"""
        said = subprocess.run([SCRIPT, *TREES], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()
        there = (SCRIPT.parent.parent / "Documentation/rust.rst").read_text().splitlines()
        # Upstream's changes with each release, which is no fault of the document.
        self.assertEqual([line for line in said
                          if line not in there and not line.startswith("Linux")], [])

    def test_kernels(self):
        for tree in map(Path, TREES):
            with self.subTest(tree.name):
                files = unsafe.files_of(tree)
                self.assertIn("kvec.rs", [f.name for f in files])
                self.assertNotIn("kvvec.rs", [f.name for f in files])
                found = unsafe.total([unsafe.count(f.read_text()) for f in files])
                self.assertGreater(found["blocks"], 20)
                # No more than a search for the word finds.
                words = sum(f.read_text().count("unsafe") for f in files)
                self.assertLess(sum(found[n] for n in found if n.startswith(("unsafe", "blocks"))),
                                words)


if __name__ == "__main__":
    TREES = sys.argv[1:]
    sys.exit(tap.run([("counting unsafe code", Unsafe)]))
