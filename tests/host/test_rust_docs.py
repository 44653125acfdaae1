#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_rust_docs.py	(prints TAP)

What rustdoc and clippy do not ask for, of each public item of the Rust layer: an example, its own
or the one that it refers to, and where an error may be returned, which.
"""

import re
import sys
import unittest
from pathlib import Path

import tap

TOP = Path(__file__).resolve().parent.parent.parent
LAYER = TOP / "rust/kernel/alloc"
TABLE = TOP / "tests/rust/gfp.rs"
# Methods that take flags and are not in the table: questions about flags, which allocate nothing,
# and copies from user space, which may sleep whatever the flags are.
NOT_IN_TABLE = {"contains", "with", "extend_from_user", "from_user"}
ITEM = re.compile(r"pub (?:const )?(?:unsafe )?(fn|struct|enum|trait|type) (\w+)")


def items(text):
    """(line, kind, name, documentation, signature) of each public item."""
    lines, said = text.splitlines(), []
    for number, line in enumerate(map(str.strip, lines)):
        if line.startswith("///"):
            said.append(line.removeprefix("///").strip())
            continue
        if match := ITEM.match(line):
            rest = " ".join(map(str.strip, lines[number:]))
            yield number + 1, *match.groups(), said, re.split(r"[{;]", rest, maxsplit=1)[0]
        # Attributes and other comments stand between an item and what is said of it.
        if not line.startswith(("#[", "//", "all(", ")]")) or not line:
            said = []


def has_example(said):
    """A block of code, or a reference to one below the heading."""
    if "```" in said:
        return True
    return "# Examples" in said and any(
        re.match(r"See \[`", line) for line in said[said.index("# Examples"):])


def faults(text):
    """(line, what is missing) of each public item that lacks something."""
    for line, kind, name, said, signature in items(text):
        if not has_example(said):
            yield line, f"{kind} {name} has no example"
        returns = signature.rpartition("->")[2].strip() if "->" in signature else ""
        if returns.startswith("Result") and "# Errors" not in said:
            yield line, f"{kind} {name} does not say which errors it returns"


def take_flags(text):
    """The names of the public functions, and of those of traits, that take flags."""
    code = re.sub(r"^ *//.*$", "", text, flags=re.M)
    for match in re.finditer(r"^ *(pub )?(?:const )?(?:unsafe )?fn (\w+)[^{;]*?\bFlags\b[^{;]*[{;]",
                             code, flags=re.M):
        # A function without "pub" is one of a trait or private, as are pub(super) and others.
        if match[1]:
            yield match[2]


class RustDocs(unittest.TestCase):
    def faults_of(self, text):
        return [fault for _, fault in faults(text)]

    def test_layer(self):
        """each public item has an example, and says which errors it returns"""
        texts = {path.name: path.read_text() for path in sorted(LAYER.glob("kv*.rs"))}
        self.assertGreater(sum(len(list(items(text))) for text in texts.values()), 150)
        self.assertEqual([f"{name}:{line}: {fault}" for name, text in texts.items()
                          for line, fault in faults(text)], [])

    def test_flags(self):
        """each public function that takes flags is a row of the table in tests/rust/gfp.rs"""
        taking = {name for path in sorted(LAYER.glob("kv*.rs"))
                  for name in take_flags(path.read_text())}
        self.assertGreater(len(taking), 40)
        rows = {name.rpartition("::")[2] for name in re.findall(
            r'^ *(?:Grows|Shrinks|Elsewhere) "([\w:]+)"', TABLE.read_text(), flags=re.M)}
        self.assertEqual(taking - rows - NOT_IN_TABLE, set())
        # Those of traits, and of modules without flags of their own, are in the table as well.
        self.assertLessEqual({"alloc", "realloc", "shrink", "try_init", "try_pin_init",
                              "clone_boxed"}, rows)

    def test_finds_flags(self):
        """a public function that takes flags is found, and no other is"""
        self.assertEqual(list(take_flags("pub fn f(\n    a: u8,\n    flags: Flags,\n) -> u8 {\n"
                                         "fn g(flags: Flags) {}\npub fn h(x: u8) -> Flags2 {}\n"
                                         "/// pub fn i(flags: Flags) {}\n")), ["f"])

    def test_finds(self):
        """an item without an example, one without its errors, and neither in one that has both"""
        self.assertEqual(self.faults_of("/// Says.\npub fn f() {}"), ["fn f has no example"])
        self.assertEqual(self.faults_of("/// ```\n/// f();\n/// ```\n#[inline]\npub fn f()\n"
                                        "    -> Result<u8> {\n"),
                         ["fn f does not say which errors it returns"])
        self.assertEqual(self.faults_of("/// # Errors\n///\n/// None.\n///\n/// # Examples\n///\n"
                                        "/// See [`g`].\npub unsafe fn f() -> Result;"), [])
        self.assertEqual(self.faults_of("/// ```\nfn f() {}\npub struct S;"),
                         ["struct S has no example"])


if __name__ == "__main__":
    sys.exit(tap.run([("documentation", RustDocs)]))
