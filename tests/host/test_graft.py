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
                 *graft.RCU_FILES, *(line[0] for line in graft.LINES)})


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

    def grafted(self, mode="replace"):
        done = run("graft", self.tree, "--mode", mode)
        self.assertEqual(done.returncode, 0, done.stderr)

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

    def test_replace_keeps_the_rest(self):
        """replace: what stands outside of the block is as it was"""
        self.grafted()
        name, after = self.source()
        before = self.before[name][2].decode()
        head, _, rest = before.partition("static gfp_t kmalloc_gfp_adjust(")
        tail = rest[rest.index("EXPORT_SYMBOL(kvrealloc"):].split("\n", 1)[1]
        self.assertTrue(after == head + tail)

    def test_beside_renames_the_family(self):
        """beside: everything of upstream's has another name, nothing is lost"""
        self.grafted("beside")
        name, after = self.source()
        before = self.before[name][2].decode()
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
        self.assertTrue(before.startswith(head))
        added = "".join(line for name, line, _ in graft.LINES if name == graft.VMALLOC)
        self.assertEqual(tail.count(added), 1)
        self.assertTrue(before.endswith(tail.replace(added, "")))
        self.assertEqual(run("ungraft", self.tree).returncode, 0)

        self.grafted("beside")
        after = (self.tree / graft.VMALLOC).read_text()
        self.assertTrue(after.replace(f"\n{graft.VREALLOC_INCLUDE}", "").replace(added, "")
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
                ("rust/kernel/lib.rs", "pub mod alloc;")]

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
        """something else where a link belongs"""
        (self.tree / "kv").mkdir()
        self.refused("kv is there already")

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
            for name in EDITED + list(graft.natural_files()):
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
