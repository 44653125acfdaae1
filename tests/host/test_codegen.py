#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: test_codegen.py OBJECT ours|both	(prints TAP)

Look at what the compiler has made of tests/codegen/hot.rs, on x86-64.  The object is of a kernel
with our Rust layer, or of one with both; then ours may not take more than upstream's.
Set OBJDUMP= to use another disassembler than llvm-objdump.
"""

import os
import re
import subprocess
import sys
import unittest

import tap

# What each function may take: instructions from its beginning to its return when no branch is
# taken, which is how the compiler lays out the likely way; instructions in all; and calls.
# Of a call the callee is out of line: growing, freeing, or for an index that is too large to panic.
SPECIFICATION = {
    # Save three registers for the call, compare, store, increment, restore.
    "push": (15, 34, 1),
    "push_byte": (15, 34, 1),
    # To compare, store and increment is what there is to do.
    "push_within_capacity": (11, 11, 0),
    "pop": (11, 11, 0),
    "len": (2, 2, 0),
    # Compare, load; the call is the panic that std has there, too.
    "at": (6, 11, 1),
    "drop": (16, 16, 1),
}
# What has to be the same code as for a slice: no bounds are checked, loops are unrolled alike.
LIKE_SLICES = {"sum": "slice_sum", "index": "slice_index"}
# What there is of upstream's vectors on every kernel.
EVERY_UPSTREAM = {"push", "push_byte", "sum", "index", "at", "len", "drop"}
# Nothing but these may panic.
MAY_PANIC = {"at"}

PADDING = {"nop", "nopw", "nopl", "int3", "cs", "data16", "xchg", "endbr64"}
INSTRUCTION = re.compile(r"\s+[0-9a-f]+:\s+(?:cs\s+)?([a-z]\w*)(.*)")


def disassembled(path):
    """{function: [(mnemonic, operands and relocation)]}, of all names of a function."""
    tool = os.environ.get("OBJDUMP", "llvm-objdump")

    def run(*options):
        return subprocess.run([tool, *options, path], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()

    code, here, section = {}, None, ""
    for line in run("-d", "-r", "--no-show-raw-insn"):
        if match := re.match(r"Disassembly of section (.*):$", line):
            section, here = match.group(1), None
        elif match := re.match(r"([0-9a-f]+) <(.*)>:$", line):
            here = code.setdefault((section, int(match.group(1), 16)), [])
        elif "R_X86_64" in line and here:
            here[-1] = (here[-1][0], here[-1][1] + " " + line.strip())
        elif here is not None and (match := INSTRUCTION.match(line)):
            if match.group(1) not in PADDING:
                here.append(match.groups())
    # Functions of the same code may be one, with several names.
    names = {}
    for line in run("-t"):
        if match := re.match(r"([0-9a-f]+) g\s+F (\S+)\s+\S+\s+(\w+)$", line):
            names[match.group(3)] = code[match.group(2), int(match.group(1), 16)]
    return names


def straight_on(function):
    """How many instructions there are to the first return."""
    for n, (mnemonic, _) in enumerate(function, 1):
        if mnemonic.startswith(("ret", "jmp")):
            return n
    raise AssertionError("does not return")


def calls(function):
    return [operands for mnemonic, operands in function if mnemonic.startswith("call")]


class Codegen(unittest.TestCase):
    path = families = ""

    @classmethod
    def setUpClass(cls):
        cls.names = disassembled(cls.path)

    def test_no_more_than_specified(self):
        """instructions and calls are as specified"""
        for name, (straight, all_of_it, called) in SPECIFICATION.items():
            with self.subTest(name):
                function = self.names[f"ours_{name}"]
                self.assertLessEqual(straight_on(function), straight)
                self.assertLessEqual(len(function), all_of_it)
                self.assertLessEqual(len(calls(function)), called)

    def test_loops_are_those_of_slices(self):
        """loops are what they are over a slice"""
        for name, like in LIKE_SLICES.items():
            with self.subTest(name):
                ours, slices = self.names[f"ours_{name}"], self.names[like]
                self.assertEqual([m for m, _ in ours], [m for m, _ in slices])
                self.assertEqual(calls(ours), [])

    def test_no_panics(self):
        """nothing panics but an index that is too large"""
        for name, function in self.names.items():
            if name.startswith("ours_") and name.removeprefix("ours_") not in MAY_PANIC:
                with self.subTest(name):
                    self.assertFalse([o for _, o in function if "panic" in o])

    def test_no_more_than_upstream(self):
        """ours takes no more instructions than upstream's, where there is upstream's"""
        theirs = {name.removeprefix("upstream_"): function
                  for name, function in self.names.items() if name.startswith("upstream_")}
        there = EVERY_UPSTREAM if self.families == "both" else set()
        self.assertLessEqual(there, set(theirs))
        for name, upstream in theirs.items():
            with self.subTest(name):
                ours = self.names[f"ours_{name}"]
                self.assertLessEqual(len(ours), len(upstream))
                self.assertLessEqual(straight_on(ours), straight_on(upstream))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in ("ours", "both"):
        sys.exit(__doc__.splitlines()[0])
    Codegen.path, Codegen.families = sys.argv[1:]
    sys.exit(tap.run([("codegen", Codegen)]))
