#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The graft keeps its word: what it does to a tree, undoes, and refuses.

usage: test_graft.py PRISTINE_TREE...      (prints TAP)

Most of it works on a copy of just the files that a graft looks at; one test grafts each whole
tree.  A pristine tree is only ever read, or copied by hard links.
"""

import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tap  # noqa: E402: beside this file, which must be known first

TOP = Path(__file__).resolve().parent.parent.parent
SCRIPT = TOP / "scripts/graft"

loader = importlib.machinery.SourceFileLoader("graft", str(SCRIPT))
spec = importlib.util.spec_from_loader("graft", loader)
graft = importlib.util.module_from_spec(spec)
loader.exec_module(graft)

EDITED = sorted({"include/linux/slab.h", "mm/util.c", "mm/slub.c", graft.VMALLOC, graft.CRATE,
                 graft.DOCUMENTATION, *graft.RCU_FILES, *(line[0] for line in graft.LINES),
                 *(line[0] for line in graft.REPLACED),
                 *(correction.file for correction in graft.CORRECTIONS)})


def run(*args):
    return subprocess.run([str(SCRIPT), *map(str, args)], capture_output=True, text=True,
                          check=False)


def snapshot(root):
    """{path: what is there} for everything below root."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_dir():
            found[name] = ("dir",)
        else:
            found[name] = (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
    return found


class GraftTest(unittest.TestCase):
    pristine = None

    def setUp(self):
        self.tmp = Path(tempfile.mkdtemp(prefix="graft-test-"))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.tree = self.tmp / "linux"
        for folder in graft.NATURAL:
            (self.tree / folder).mkdir(parents=True)
        for name in EDITED:
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.pristine / name, self.tree / name)
        shutil.copytree(self.pristine / graft.UPSTREAM_RUST, self.tree / graft.UPSTREAM_RUST,
                        dirs_exist_ok=True)
        shutil.copy2(self.pristine / f"{graft.UPSTREAM_RUST}.rs", self.tree / graft.UPSTREAM_RUST
                     / "..")
        self.before = snapshot(self.tree)

    def same(self, now, before=None):
        """Two snapshots are equal; if not, name the paths and not their contents."""
        before = self.before if before is None else before
        differ = [name for name in sorted(now.keys() | before.keys())
                  if now.get(name) != before.get(name)]
        self.assertEqual(differ, [])

    def edit(self, name, change):
        path = self.tree / name
        path.write_text(change(path.read_text()))
        self.before = snapshot(self.tree)

    def refused(self, *words, action="graft"):
        """The action fails with one line that has the words, and touches nothing."""
        now = snapshot(self.tree)
        for mode in ("replace", "beside"):
            done = run(action, self.tree, "--mode", mode)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)
            self.same(snapshot(self.tree), now)

    def grafted(self, mode="replace", *options):
        done = run("graft", self.tree, "--mode", mode, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def source(self):
        name = "mm/slub.c" if "kmalloc_gfp_adjust" in self.before["mm/slub.c"][2].decode() \
            else "mm/util.c"
        return name, (self.tree / name).read_text()

    def test_replace_leaves_nothing_of_the_family(self):
        """replace: no definition and no declaration of upstream's is left"""
        self.grafted()
        for text in ((self.tree / "include/linux/slab.h").read_text(), self.source()[1]):
            for name in ("__kvmalloc_node_noprof", "kmalloc_gfp_adjust", "DEFINE_FREE(kvfree",
                         "EXPORT_SYMBOL(kvfree", "EXPORT_SYMBOL(kvrealloc", "upstream_"):
                self.assertFalse(name in text, name)
        self.assertEqual((self.tree / "include/linux/slab.h").read_text()
                         .count("#include <linux/kvmalloc.h>\n"), 1)

    @staticmethod
    def without_lines(name, text):
        """The text of an edited file without the single lines that the graft adds."""
        for file, line, _ in graft.LINES:
            if file == name:
                text = text.replace(line, "")
        return text

    def test_replace_keeps_the_rest(self):
        """replace: what stands outside of the block is as it was"""
        self.grafted()
        name, after = self.source()
        before = self.before[name][2].decode()
        head, _, rest = before.partition("static gfp_t kmalloc_gfp_adjust(")
        tail = rest[rest.index("EXPORT_SYMBOL(kvrealloc"):].split("\n", 1)[1]
        self.assertTrue(self.without_lines(name, after) == head + tail)

    def test_beside_renames_the_family(self):
        """beside: everything of upstream's has another name, nothing is lost"""
        self.grafted("beside")
        name, after = self.source()
        before = self.before[name][2].decode()
        after = self.without_lines(name, after)
        self.assertTrue(after.replace("upstream_", "") == before)
        for symbol in ("upstream_kvfree(", "upstream_kvfree_sensitive(",
                       "upstream___kvmalloc_node_noprof(", "upstream_kmalloc_gfp_adjust("):
            self.assertTrue(symbol in after, symbol)
        header = (self.tree / "include/linux/slab.h").read_text()
        for symbol in ("upstream_kvmalloc(", "upstream_kvzalloc(", "upstream_kvcalloc(",
                       "upstream_kvrealloc(", "upstream_kvmalloc_array(",
                       "upstream_kmem_buckets_valloc("):
            self.assertTrue(symbol in header, symbol)
        self.assertTrue("#include <linux/kvmalloc.h>\n" in header)

    def test_vrealloc_makes_way(self):
        """vrealloc() and its documentation are replaced by ours, or renamed, and nothing else is"""
        before = self.before[graft.VMALLOC][2].decode()
        self.grafted()
        after = (self.tree / graft.VMALLOC).read_text()
        self.assertEqual(after.count(graft.VREALLOC_INCLUDE), 1)
        self.assertEqual(re.findall(r"^.*\bvrealloc\w*_noprof\b.*$", after, re.M), [])
        self.assertEqual(re.findall(r"^ \* vrealloc\w* - ", after, re.M), [])
        head, tail = after.split(graft.VREALLOC_INCLUDE)
        added = [line for name, line, _ in graft.LINES if name == graft.VMALLOC]
        added += [line for correction in graft.CORRECTIONS if correction.file == graft.VMALLOC
                  for line, _ in correction.edits]

        def without_added(text):
            for line in added:
                text = text.replace(line, "")
            return text

        for line in added:
            self.assertEqual(after.count(line), 1, line)
        self.assertTrue(before.startswith(without_added(head)))
        self.assertTrue(before.endswith(without_added(tail)))
        self.assertEqual(run("ungraft", self.tree).returncode, 0)

        self.grafted("beside")
        after = (self.tree / graft.VMALLOC).read_text()
        self.assertTrue(without_added(after.replace(f"\n{graft.VREALLOC_INCLUDE}", ""))
                        .replace("upstream_", "") == before)
        self.assertTrue(re.search(r"^void \*upstream_vrealloc\w*_noprof\(", after, re.M))
        header = (self.tree / "include/linux/slab.h").read_text()
        self.assertTrue("".join(graft.UPSTREAM_VREALLOC) in header)

    def test_links_lead_to_this_tree(self):
        """every file with a natural place is linked there"""
        self.grafted()
        self.assertEqual((self.tree / "kv").resolve(), TOP)
        names = list(graft.natural_files())
        self.assertIn("include/linux/kvmalloc.h", names)
        self.assertIn("rust/kernel/alloc/kvvec.rs", names)
        for name in names:
            self.assertTrue((self.tree / name).is_symlink())
            self.assertTrue((self.tree / name).read_bytes() == (TOP / name).read_bytes(), name)

    def test_ungraft_restores_every_byte(self):
        """graft and ungraft, in both modes, leave the tree as it was, times and all"""
        for mode in ("replace", "beside"):
            self.grafted(mode)
            self.assertNotEqual(snapshot(self.tree), self.before)
            done = run("ungraft", self.tree)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.same(snapshot(self.tree))

    def test_whole_tree(self):
        """a whole kernel is the same files after graft and ungraft"""
        tree = self.tmp / "whole"
        cache = self.pristine.resolve()
        try:
            subprocess.run(["cp", "-al", cache, tree], check=True, capture_output=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(tree, ignore_errors=True)
            # Another file system: no hard links, but a folder beside the cache has them.
            tree = Path(tempfile.mkdtemp(prefix="graft-test-", dir=cache.parent)) / "whole"
            self.addCleanup(shutil.rmtree, tree.parent)
            subprocess.run(["cp", "-al", cache, tree], check=True)
        self.assertEqual(run("graft", tree).returncode, 0)
        self.assertEqual(run("ungraft", tree).returncode, 0)
        for folder, folders, files in os.walk(tree):
            there = cache / Path(folder).relative_to(tree)
            self.assertEqual(sorted(folders + files), sorted(os.listdir(there)))
            for name in files:
                self.assertTrue(os.path.samestat(os.lstat(os.path.join(folder, name)),
                                                 os.lstat(there / name)), name)

    def test_pristine_is_never_written(self):
        """a file that shares its inode with the pristine one is not written to"""
        for name in EDITED:
            os.unlink(self.tree / name)
            shutil.copy2(self.pristine / name, self.tmp / "kept")
            os.makedirs(self.tmp / "other" / os.path.dirname(name), exist_ok=True)
            os.rename(self.tmp / "kept", self.tmp / "other" / name)
            os.link(self.tmp / "other" / name, self.tree / name)
        self.grafted()
        for name in EDITED:
            self.assertTrue((self.tmp / "other" / name).read_bytes() == self.before[name][2], name)

    def test_twice_is_refused(self):
        """a grafted tree is not grafted again, nor patched"""
        self.grafted()
        self.refused("grafted already", "ungraft")
        self.refused("pristine", action="patch")

    def test_not_grafted_is_refused(self):
        """there is nothing to undo in a pristine tree"""
        self.refused("not grafted", action="ungraft")

    def test_no_kernel_is_refused(self):
        """a folder that is no kernel, and no folder at all"""
        self.assertIn("KDIR=", run("graft", self.tmp).stderr)
        self.assertIn("KDIR=", run("graft", self.tmp / "nothing").stderr)
        self.assertEqual(sorted(os.listdir(self.tmp)), ["linux"])

    def anchors(self):
        source, _ = self.source()
        return [("include/linux/slab.h", "void *__kvmalloc_node_noprof("),
                ("include/linux/slab.h", "extern void kvfree_sensitive("),
                (source, "static gfp_t kmalloc_gfp_adjust("),
                (source, "EXPORT_SYMBOL(kvrealloc"),
                ("rust/helpers/helpers.c", '#include "kunit.c"'),
                ("rust/bindings/bindings_helper.h", "#include <linux/slab.h>"),
                ("rust/kernel/lib.rs", "pub mod alloc;"),
                (graft.DOCUMENTATION, next(
                    line for line in (self.tree / graft.DOCUMENTATION).read_text().splitlines()
                    if re.match(graft.DOCUMENTED, line)))]

    def test_missing_anchor_is_refused(self):
        """each anchor in turn gone: refused and untouched"""
        for name, anchor in self.anchors():
            with self.subTest(anchor=anchor):
                text = (self.tree / name).read_text()
                self.assertIn(anchor, text)
                self.edit(name, lambda t, a=anchor: t.replace(a, "x" + a))
                self.refused("not known")
                self.edit(name, lambda _, t=text: t)

    def test_doubled_anchor_is_refused(self):
        """each anchor in turn twice: refused and untouched"""
        for name, anchor in self.anchors():
            with self.subTest(anchor=anchor):
                text = (self.tree / name).read_text()
                line = next(l for l in text.splitlines(True) if l.startswith(anchor))
                self.edit(name, lambda t, l=line: t + l)
                self.refused("not known")
                self.edit(name, lambda _, t=text: t)

    def test_rcu_says_what_it_frees(self):
        """each definition of kvfree_call_rcu() begins with our line, and none is refused"""
        for mode in ("replace", "beside"):
            self.grafted(mode)
            found = [self.tree / name for name in graft.RCU_FILES
                     if graft.RCU_LINE in (self.tree / name).read_text()]
            self.assertEqual(len(found), 1)
            text = found[0].read_text()
            self.assertEqual(len(re.findall(r"^void kvfree_call_rcu\(.*\)\n\{\n"
                                            + re.escape(graft.RCU_LINE), text, re.M)),
                             len(re.findall(r"^void kvfree_call_rcu\(", text, re.M)))
            self.assertEqual(run("ungraft", self.tree).returncode, 0)
        name = str(found[0].relative_to(self.tree))
        self.edit(name, lambda text: text.replace("void kvfree_call_rcu(", "int kvfree_call_rcu("))
        self.refused("not known")

    def needed(self):
        """The corrections that this kernel needs; 6.12 has the family in mm/util.c."""
        known = {"vmap-purge-worker", "vfree-atomic-poison"}
        if self.source()[0] == "mm/util.c":
            known.add("slub-zero-below-record")
        return [correction for correction in graft.CORRECTIONS if correction.name in known]

    def test_corrections_are_applied(self):
        """each correction that the kernel needs is applied, in both modes, and reported"""
        needed = self.needed()
        for mode in ("replace", "beside"):
            said = self.grafted(mode)
            for correction in graft.CORRECTIONS:
                fate = "applied" if correction in needed else "not needed"
                self.assertIn(f"correction {correction.name}: {fate}", said)
            for correction in needed:
                text = (self.tree / correction.file).read_text()
                for addition, before in correction.edits:
                    self.assertTrue(re.search(f"^{re.escape(addition)}{before}", text, re.M))
                for line, addition in correction.replaced:
                    self.assertIn(addition, text)
                    self.assertFalse(re.search(f"^{line}", text, re.M))
            self.assertEqual(run("ungraft", self.tree).returncode, 0)
            self.same(snapshot(self.tree))

    def test_corrections_are_left_out(self):
        """--without leaves out the correction that it names and nothing else"""
        for left_out in self.needed():
            self.grafted()
            applied = {name: (self.tree / name).read_text() for name in EDITED}
            self.assertEqual(run("ungraft", self.tree).returncode, 0)
            said = self.grafted("replace", "--without", left_out.name)
            self.assertIn(f"correction {left_out.name}: left out", said)
            for name in EDITED:
                expected = applied[name]
                if name == left_out.file:
                    for addition, _ in left_out.edits:
                        expected = expected.replace(addition, "")
                    for line, addition in left_out.replaced:
                        expected = expected.replace(addition, re.search(
                            f"^{line}\n", self.before[name][2].decode(), re.M).group(0))
                self.assertTrue((self.tree / name).read_text() == expected, name)
            patch = run("patch", self.tree, "--without", left_out.name)
            self.assertNotEqual(patch.returncode, 0)
            self.assertEqual(run("ungraft", self.tree).returncode, 0)
            patch = run("patch", self.tree, "--without", left_out.name).stdout
            self.assertFalse(left_out.name in patch)
            self.assertTrue(left_out.name in run("patch", self.tree).stdout)

    def test_unknown_correction_is_refused(self):
        """--without refuses a name that is no correction, and lists those that are"""
        done = run("graft", self.tree, "--without", "nothing-of-that-name")
        self.assertNotEqual(done.returncode, 0)
        for correction in graft.CORRECTIONS:
            self.assertIn(correction.name, done.stderr)
        self.same(snapshot(self.tree))

    def test_upstream_correction_is_kept(self):
        """a kernel that has upstream's own correction is not corrected"""
        mark = '\twq = alloc_workqueue("vmap", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);\n'
        self.edit(graft.VMALLOC, lambda text: text.replace("\tvmap_init_free_space();\n",
                                                           mark + "\tvmap_init_free_space();\n"))
        self.assertIn("correction vmap-purge-worker: upstream's own is there", self.grafted())
        self.assertFalse("vmap-purge-worker" in (self.tree / graft.VMALLOC).read_text())

    def test_kernel_without_the_fault_is_not_corrected(self):
        """a kernel that has not the line with the fault is not corrected"""
        self.edit(graft.VMALLOC, lambda text: text.replace("flush_work(&vn->purge_work)",
                                                           "wait_for(&vn->purge_work)"))
        self.assertIn("correction vmap-purge-worker: not needed", self.grafted())
        self.assertFalse("vmap-purge-worker" in (self.tree / graft.VMALLOC).read_text())

    def test_doubled_fault_is_refused(self):
        """a kernel in which the line with the fault stands twice is refused"""
        line = "\t\t\t\tflush_work(&vn->purge_work);\n"
        self.edit(graft.VMALLOC, lambda text: text.replace(line, 2 * line))
        self.refused("not known")

    def test_corrections_are_documented(self):
        """Documentation/corrections.rst has a section for each correction, and for nothing else"""
        text = (TOP / "Documentation/corrections.rst").read_text()
        self.assertEqual(re.findall(r"^([a-z-]+)\n=+$", text, re.M),
                         [correction.name for correction in graft.CORRECTIONS])

    def test_count_of_edited_files(self):
        """README and --help say how many files the graft edits"""
        self.grafted()
        pristine = self.tree / graft.STATE / "pristine"
        count = sum(path.is_file() for path in pristine.rglob("*"))
        for text in ((TOP / "README.md").read_text(), run("--help").stdout):
            said = re.findall(r"\bedits (\d+) or (\d+)\s+files", text)
            self.assertEqual(len(said), 1)
            self.assertIn(str(count), said[0])

    def documented(self):
        """{file: names of the functions that mm-api.rst takes from it; None for all of them}."""
        text = (self.tree / graft.DOCUMENTATION).read_text()
        found = {}
        for name, option, words in re.findall(
                r"^\.\. kernel-doc:: (\S+)\n(?:   :(\w+):(.*)\n)?", text, re.M):
            found.setdefault(name, set())
            if option == "functions":
                found[name] |= set(words.split())
            elif not option:
                found[name] = None
        return found

    def test_documentation_finds_the_family(self):
        """mm-api.rst takes each function that it names from a file that documents it"""
        in_comment = r"^ \* {}(?:\(\))? - "
        for mode in ("replace", "beside"):
            self.grafted(mode)
            ours = set()
            for name, functions in self.documented().items():
                path = self.tree / name
                if name.startswith("kv/") or path.is_symlink():
                    self.assertIsNone(functions, name)
                    ours |= set(re.findall(r"^ \* (\w+)\(\) - ", path.read_text(), re.M))
                elif functions and path.exists():
                    for function in functions:
                        self.assertFalse(graft.FAMILY.fullmatch(function), function)
                        self.assertTrue(re.search(in_comment.format(function), path.read_text(),
                                                  re.M), f"{name}: {function}")
            self.assertLess({"kvmalloc", "kvmalloc_node", "kvzalloc", "kvcalloc", "kvrealloc",
                             "kvfree", "kvfree_sensitive", "vrealloc", "devm_kvmalloc"}, ours)
            self.assertEqual(run("ungraft", self.tree).returncode, 0)

    def test_upstream_tests_are_extracted(self):
        """replace: every example and every suite of upstream's kernel::alloc is in one module"""
        self.grafted()
        text = (self.tree / graft.TESTS).read_text()
        sources = [path.read_text() for path in
                   (self.tree / "rust/kernel").rglob("alloc*/**/*.rs") if not path.is_symlink()]
        lines = [line.strip() for source in sources for line in source.splitlines()]
        fences = sum(bool(re.match(r"//[/!] ```", line)) for line in lines)
        self.assertGreater(fences, 40)
        self.assertEqual(len(re.findall(r"^ +//! ```", text, re.M)), fences)
        suites = {name: body for source in sources for name, body in re.findall(
            r"^#\[macros::kunit_tests\((\w+)\)\]\n(mod \w+ \{\n.*?^\}\n)", source, re.M | re.S)}
        for name, body in suites.items():
            self.assertEqual(text.count(f"#[macros::kunit_tests({name})]\n{body}"), 1, name)
        self.assertEqual(len(re.findall("kunit_tests", text)), len(suites))
        # None of it is in this repository.
        for path in (TOP / "rust").rglob("*.rs"):
            self.assertFalse(path.name == Path(graft.TESTS).name, path)
        self.assertEqual((self.tree / graft.CRATE).read_text().count(graft.TESTS_MODULE), 1)

        self.assertEqual(run("ungraft", self.tree).returncode, 0)
        self.grafted("beside")
        self.assertFalse((self.tree / graft.TESTS).exists())
        self.assertFalse("alloc_upstream_tests" in (self.tree / graft.CRATE).read_text())

    def test_no_upstream_tests_is_refused(self):
        """replace: a kernel::alloc without tests and examples is refused"""
        for path in (self.tree / graft.UPSTREAM_RUST).rglob("*.rs"):
            path.write_text("// nothing\n")
        now = snapshot(self.tree)
        done = run("graft", self.tree)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no tests and no examples", done.stderr)
        self.same(snapshot(self.tree), now)

    def test_changed_extract_is_not_undone(self):
        """an edit of the extracted tests is not thrown away"""
        self.grafted()
        with open(self.tree / graft.TESTS, "a", encoding="utf-8") as tests:
            tests.write("// mine\n")
        self.refused("alloc_upstream_tests.rs was changed", action="ungraft")

    def test_missing_file_is_refused(self):
        """each edited file in turn gone: refused and untouched"""
        for name in EDITED:
            with self.subTest(name=name):
                kept = (self.tree / name).read_text()
                os.unlink(self.tree / name)
                self.refused(name)
                (self.tree / name).write_text(kept)

    def test_ended_block_before_begun_is_refused(self):
        """an end that stands before the beginning"""
        def swap(text):
            last = next(l for l in text.splitlines(True)
                        if l.startswith("extern void kvfree_sensitive("))
            return last + text.replace(last, "")
        self.edit("include/linux/slab.h", swap)
        self.refused("end of the family before")

    def test_taken_place_is_refused(self):
        """something else where a link or the extracted tests belong"""
        (self.tree / "kv").mkdir()
        self.refused("kv is there already")
        (self.tree / "kv").rmdir()
        (self.tree / graft.TESTS).write_text("// mine\n")
        now = snapshot(self.tree)
        done = run("graft", self.tree)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"{graft.TESTS} is there already", done.stderr)
        self.same(snapshot(self.tree), now)

    def test_changed_result_is_not_undone(self):
        """an edit made after the graft is not thrown away"""
        self.grafted()
        with open(self.tree / "Kbuild", "a", encoding="utf-8") as kbuild:
            kbuild.write("obj-y += mine/\n")
        self.refused("Kbuild was changed", action="ungraft")

    def test_replaced_link_is_not_undone(self):
        """a file put in the place of a link is not thrown away"""
        self.grafted()
        os.unlink(self.tree / "include/linux/kvmalloc.h")
        (self.tree / "include/linux/kvmalloc.h").write_text("mine\n")
        self.refused("kvmalloc.h is not the graft's link", action="ungraft")

    def test_interrupted_graft_is_undone(self):
        """stopped before each step of its way, a graft can be undone, or done again"""
        class Stopped(Exception):
            pass

        real = {name: getattr(os, name) for name in ("link", "symlink", "replace")}
        self.addCleanup(lambda: [setattr(os, n, f) for n, f in real.items()])
        steps = 0
        while True:
            left = steps

            def counted(function):
                def call(*args, **kwargs):
                    nonlocal left
                    if left == 0:
                        raise Stopped
                    left -= 1
                    return function(*args, **kwargs)
                return call

            for name, function in real.items():
                setattr(os, name, counted(function))
            try:
                graft.graft(self.tree, "replace")
                finished = True
            except Stopped:
                finished = False
            for name, function in real.items():
                setattr(os, name, function)
            if (self.tree / graft.STATE).exists():
                graft.ungraft(self.tree)
            self.same(snapshot(self.tree))
            if finished:
                break
            steps += 1
        self.assertGreater(steps, 12)

    def test_patch_equals_graft(self):
        """patch -p1 makes of a pristine tree what the graft makes, with files for links"""
        for mode in ("replace", "beside"):
            done = run("patch", self.tree, "--mode", mode)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.same(snapshot(self.tree))
            patched = self.tmp / f"patched-{mode}"
            shutil.copytree(self.tree, patched)
            subprocess.run(["patch", "-p1", "-s"], cwd=patched, input=done.stdout, text=True,
                           check=True)
            self.grafted(mode)
            made = [graft.TESTS] if mode == "replace" else []
            for name in EDITED + made + list(graft.natural_files()):
                self.assertTrue((patched / name).read_bytes()
                                == (self.tree / name).read_bytes(), name)
                self.assertFalse((patched / name).is_symlink())
            for name in ("Kbuild", "Kconfig", "mm/util.c"):
                self.assertTrue((patched / "kv" / name).read_bytes()
                                == (TOP / name).read_bytes(), name)
            self.assertEqual(run("ungraft", self.tree).returncode, 0)


def main():
    trees = [Path(arg) for arg in sys.argv[1:]]
    if not trees:
        sys.exit(__doc__.split("\n\n")[1])
    return tap.run((tree.name, type(f"Graft_{tree.name}", (GraftTest,), {"pristine": tree}))
                   for tree in trees)


if __name__ == "__main__":
    sys.exit(main())
