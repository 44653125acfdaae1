#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The verdict sees what went wrong: a run is made up, then one thing about it is broken.

usage: test_verdict.py      (prints TAP)
"""

import importlib.machinery
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tap  # noqa: E402: beside this file, which must be known first

TOP = Path(__file__).resolve().parent.parent.parent
SCRIPT = TOP / "scripts/verdict"

loader = importlib.machinery.SourceFileLoader("verdict", str(SCRIPT))
spec = importlib.util.spec_from_loader("verdict", loader)
verdict = importlib.util.module_from_spec(spec)
loader.exec_module(verdict)

LOG = """[    0.000000] Linux version 6.12.0 (somebody@somewhere)
[    1.000000] kvmalloc_expect_warning: begin
[    1.000001] WARNING: CPU: 0 PID: 1 at kv/mm/util.c:1
[    1.000002] kvmalloc_expect_warning: end
[    2.000000] reboot: Power down
"""
KASAN_REPORT = "[    1.3] BUG: KASAN: vmalloc-out-of-bounds in vmalloc_oob+0x1/0x2 [kasan_test]"
KASAN_LOG = f"""[    0.0] Linux version 6.12.0 (somebody@somewhere)
[    1.0] KTAP version 1
[    1.1] 1..1
[    1.2]     # Subtest: kasan
{KASAN_REPORT}
[    1.4]     ok 1 vmalloc_oob
[    1.5] ok 1 kasan
[    2.0] reboot: Power down
"""
TAP_TEXT = "KTAP version 1\n1..2\n  TAP version 13\n  1..2\n  ok 1 a\n  ok 2 b\nok 1 c\nok 2 d\n"


class VerdictTest(unittest.TestCase):
    def setUp(self):
        self.build = Path(tempfile.mkdtemp(prefix="verdict-test-"))
        self.addCleanup(shutil.rmtree, self.build)
        self.kunit = self.build / "test/6.12"
        self.guest = self.build / "guest/6.12"
        self.host = self.build / "test/host"
        for folder in (self.kunit, self.guest, self.host):
            folder.mkdir(parents=True)
        cases = [{"name": f"rust_doctest_kernel_alloc_{stem}_rs_{i}", "status": "PASS"}
                 for stem, count in verdict.expected_doctests("6.12").items()
                 for i in range(count)]
        groups = [{"name": name, "test_cases": [{"name": "t", "status": "PASS"}]}
                  for name in sorted(verdict.expected_suites() - {verdict.DOCTESTS})]
        groups.append({"name": verdict.DOCTESTS, "test_cases": cases})
        self.report = {"test_cases": [], "sub_groups": groups}
        (self.kunit / "kunit.status").write_text("0\n")
        (self.kunit / "kunit.log").write_text(LOG)
        (self.guest / "test.result").write_text(TAP_TEXT)
        (self.guest / "test.console").write_text(LOG)
        for check in (*verdict.HOST_CHECKS, "builds-6.12", "rustdoc-6.12"):
            (self.host / f"{check}.tap").write_text("1..1\nok 1 x\n")

    def judge(self, *arguments):
        (self.kunit / "kunit.json").write_text(json.dumps(self.report))
        what, *rest = arguments or ("test", "6.12")
        return subprocess.run([str(SCRIPT), what, str(self.build), *rest],
                              capture_output=True, text=True, check=False)

    def passes(self, last, *arguments):
        done = self.judge(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], last)

    def fails(self, *words, of=()):
        done = self.judge(*of)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        last = done.stdout.splitlines()[-1]
        self.assertRegex(last, r"^\d+ passed, [1-9]\d* failed, \d+ skipped$")
        for word in words:
            self.assertIn(word, done.stdout)

    def count(self):
        """How many tests all of it is: besides the suites two logs, three results, the checks."""
        return (sum(len(g["test_cases"]) for g in self.report["sub_groups"])
                + 2 + 3 + len(verdict.HOST_CHECKS) + 2)

    def group(self, name):
        return next(g for g in self.report["sub_groups"] if g["name"] == name)

    def test_good(self):
        """a run in which all is well passes, and is counted"""
        self.passes(f"{self.count()} passed, 0 failed, 0 skipped")

    def test_knows_all_suites(self):
        """the suites in C and in Rust are all known by name"""
        suites = verdict.expected_suites()
        for name in ("kvmalloc_policy", "kvmalloc_realloc", "kvmalloc_rust_vec",
                     "kvmalloc_rust_zst"):
            self.assertIn(name, suites)

    def test_each_suite_is_missed(self):
        """any suite that did not run, and any that ran nothing"""
        for name in verdict.expected_suites():
            with self.subTest(name=name):
                whole = self.report["sub_groups"]
                self.report["sub_groups"] = [g for g in whole if g["name"] != name]
                self.fails(name, "did not run")
                self.report["sub_groups"] = whole

    def test_unexpected_skip(self):
        """a test of ours that was skipped, unless somebody has thought about that"""
        case = self.group("kvmalloc_users")["test_cases"][0]
        case["status"] = "SKIP"
        self.fails("t: skipped")
        case["name"] = "users_profiling"
        self.passes(f"{self.count() - 1} passed, 0 failed, 1 skipped")

    def test_fails_upstream(self):
        """a test that fails on the pristine kernel as well counts as skipped, and no other does"""
        case = self.group("overflow")["test_cases"][0]
        case.update(name="DEFINE_FLEX_test", status="FAIL")
        (self.kunit / "kunit.status").write_text("1\n")
        self.passes(f"{self.count() - 1} passed, 0 failed, 1 skipped")
        case["name"] = "shift_sane_test"
        self.fails("shift_sane_test: FAIL")

    def test_may_skip_names_tests(self):
        """each of these skips names a suite that there is"""
        suites = verdict.expected_suites()
        for pattern in verdict.MAY_SKIP:
            self.assertIn(pattern.split(".")[0], suites)

    def test_failed_case(self):
        """a case that failed, crashed or has a status nobody knows"""
        for status in ("FAIL", "ERROR", "WHATEVER"):
            self.group("kvmalloc_policy")["test_cases"][0]["status"] = status
            self.fails(status)

    def test_missed_example(self):
        """an example in the documentation that did not run"""
        del self.group("rust_doctests_kernel")["test_cases"][0]
        self.fails("examples")

    def test_kunit_is_not_content(self):
        """kunit.py found what its JSON does not show: a plan that was not kept"""
        (self.kunit / "kunit.status").write_text("1\n")
        self.fails("not content")
        (self.kunit / "kunit.status").unlink()
        self.fails("no result")

    def test_missing_subtest(self):
        """what kunit.py puts at the top: a suite that it expected and that never came"""
        self.report["test_cases"] = [{"name": "", "status": "FAIL"}]
        self.fails("kunit")

    def test_warnings(self):
        """a log with something alarming in it"""
        for line in ("WARNING: CPU: 0 PID: 1 at mm/slub.c:1 x+0x1/0x2",
                     "BUG: KASAN: slab-out-of-bounds in x",
                     "BUG kmalloc-64 (Tainted: G    B): Redzone overwritten",
                     "kernel BUG at mm/slub.c:1!", "Oops: general protection fault",
                     "vmalloc error: size 1, exceeds total pages",
                     "vmap allocation for size 1 failed: use vmalloc=<size>",
                     "kmemleak: 1 new suspected memory leaks",
                     "swapper: page allocation failure: order:2",
                     "a.out[1]: segfault at 0 ip 0 sp 0 error 4"):
            with self.subTest(line=line):
                (self.kunit / "kunit.log").write_text(LOG.replace("[    2", f"{line}\n[    2"))
                self.fails(line[:20])

    def test_warning_of_upstream(self):
        """a warning that upstream's example provokes is none, but the same of another is"""
        warning = "[    1.5] WARNING: lib/debugobjects.c:672 at __debug_object_init+0x254/0x2f0\n"
        stack = "[    1.5]  hrtimer_setup+0x22/0xa0\n[    1.5]  {}+0x6d/0x130\n"
        log = LOG.replace("[    2", warning + stack + "[    2", 1)
        (self.kunit / "kunit.log").write_text(log.format("rust_doctest_kernel_time_hrtimer_rs_1"))
        self.assertEqual(self.judge().returncode, 0)
        (self.kunit / "kunit.log").write_text(log.format("kvmalloc_slow"))
        self.fails("debugobjects")
        warning = "kunit_try_catch: page allocation failure: order:0, mode:0x40d00(GFP_NOIO)\n"
        log = LOG.replace("[    2", f"{warning} {{}}+0x19/0x110\n[    2", 1)
        (self.kunit / "kunit.log").write_text(log.format("__pte_alloc_kernel"))
        self.assertEqual(self.judge().returncode, 0)
        (self.kunit / "kunit.log").write_text(log.format("kvmalloc_slow"))
        self.fails("page allocation failure")

    def test_failures_without_memory(self):
        """other tasks may fail while a test holds all memory, but the test and later ones not"""
        others = "kthreadd: vmalloc error: size 0, failed to allocate pages"
        begin, end = "OOM killer disabled.\n", "OOM killer enabled.\n"
        good = f"{begin}{others}\n[    1.9] kworker/0:1: page allocation failure: order:0\n{end}"
        (self.kunit / "kunit.log").write_text(LOG.replace("[    2", good + "[    2"))
        self.assertEqual(self.judge().returncode, 0)
        for bad in (f"{begin}{end}{others}\n", f"{others}\n{begin}{end}",
                    f"{begin}{others.replace('kthreadd', 'kunit_try_catch')}\n{end}",
                    f"{begin}kthreadd: BUG: {others}\n{end}"):
            with self.subTest(bad=bad):
                (self.kunit / "kunit.log").write_text(LOG.replace("[    2", bad + "[    2"))
                self.fails("vmalloc error")

    def test_expected_warning_must_come(self):
        """a test that provokes a warning and gets none, two, or no end"""
        warning = "[    1.000001] WARNING: CPU: 0 PID: 1 at kv/mm/util.c:1\n"
        for log in (LOG.replace(warning, ""), LOG.replace(warning, warning * 2),
                    LOG.replace("[    1.000002] kvmalloc_expect_warning: end\n", "")):
            (self.kunit / "kunit.log").write_text(log)
            self.fails("kernel log")

    def test_log_is_cut(self):
        """no log, an empty one, one without its end"""
        for text in ("", LOG.replace("[    2.000000] reboot: Power down\n", "")):
            (self.guest / "test.console").write_text(text)
            self.fails("log")
        (self.guest / "test.console").unlink()
        self.fails("no log")

    def test_guest_report_is_cut(self):
        """a TAP report without its end, with a failure, or none at all"""
        for text in (TAP_TEXT.replace("ok 2 d\n", ""), TAP_TEXT.replace("  ok 2 b\n", ""),
                     TAP_TEXT.replace("ok 2 b", "not ok 2 b"), ""):
            (self.guest / "test.result").write_text(text)
            self.fails("sample drivers")
        (self.guest / "test.result").unlink()
        self.fails("did not run")

    def test_host_check_is_missing(self):
        """a check of the host that left nothing"""
        for check in (*verdict.HOST_CHECKS, "builds-6.12", "rustdoc-6.12"):
            kept = (self.host / f"{check}.tap").read_text()
            (self.host / f"{check}.tap").unlink()
            self.fails(f"host {check}", "did not run")
            (self.host / f"{check}.tap").write_text(kept)

    def test_parts_expect_their_suites(self):
        """a part knows which suites its kernel has"""
        every = verdict.expected_suites("kunit")
        self.assertLess(verdict.UPSTREAM_SUITES, every)
        self.assertIn("kvmalloc_vaspace", every)
        self.assertEqual(verdict.expected_suites("debug"), every - verdict.UPSTREAM_SUITES)
        for part in verdict.C_PARTS:
            own = {"kvmalloc_nommu"} if part == "nommu" else set()
            self.assertEqual(verdict.expected_suites(part),
                             own | {suite for suite in every - verdict.UPSTREAM_SUITES
                                    if not suite.startswith(("kvmalloc_rust", "rust_"))})
        for part, suite in verdict.SLOW_SUITES.items():
            self.assertNotIn(suite, every)
            self.assertEqual(verdict.expected_suites(part), {suite})

    def test_suite(self):
        """one part: its suites and its log, in full"""
        groups = [{"name": "kvmalloc_stress", "test_cases": [{"name": "t", "status": "PASS"}]}]
        (self.kunit / "stress.json").write_text(json.dumps({"sub_groups": groups}))
        (self.kunit / "stress.status").write_text("0\n")
        self.fails("6.12 stress kernel log", "no log", of=("suite", "stress", "6.12"))
        (self.kunit / "stress.log").write_text(LOG)
        self.passes("2 passed, 0 failed, 0 skipped", "suite", "stress", "6.12")
        self.fails("no result", of=("suite", "stress", "6.12", "7.3"))
        self.fails("no result", of=("suite", "pressure", "6.12"))
        self.fails("no result", of=("suite", "nonsense", "6.12"))

    def test_debug(self):
        """the debug kernel: the suites, and what its userland reports"""
        groups = [g for g in self.report["sub_groups"] if g["name"] not in verdict.UPSTREAM_SUITES]
        (self.kunit / "debug.json").write_text(json.dumps({"sub_groups": groups}))
        (self.kunit / "debug.status").write_text("0\n")
        (self.kunit / "debug.log").write_text(LOG)
        self.fails("drivers and leaks", "did not run", of=("suite", "debug", "6.12"))
        guest = self.build / "guest/6.12-debug"
        guest.mkdir()
        (guest / "suites.result").write_text(TAP_TEXT)
        self.fails("6.12 debug kunit", "no result", of=("suite", "debug", "6.12"))
        kasan = [{"name": "kasan", "test_cases": [{"name": "vmalloc_oob", "status": "PASS"},
                                                  {"name": "vmap_tags", "status": "SKIP"}]}]
        (self.kunit / "debug-kasan.json").write_text(json.dumps({"sub_groups": kasan}))
        (self.kunit / "debug-kasan.status").write_text("0\n")
        (self.kunit / "debug-kasan.log").write_text(KASAN_LOG)
        # Besides the suites: a log, three results in the guest; one test of KASAN, its log.
        self.passes(f"{sum(len(g['test_cases']) for g in groups) + 1 + 3 + 2} passed, 0 failed, "
                    "1 skipped", "suite", "debug", "6.12")
        for log in (KASAN_LOG.replace("[    1.4]", "[    1.4] Oops: general protection fault\n["),
                    KASAN_LOG.replace("# Subtest: kasan", "# Subtest: other"),
                    KASAN_LOG.replace("[    2.0", f"{KASAN_REPORT}\n[    2.0")):
            (self.kunit / "debug-kasan.log").write_text(log)
            self.fails("kernel log of kasan", of=("suite", "debug", "6.12"))
        (self.kunit / "debug-kasan.log").write_text(KASAN_LOG)
        (guest / "suites.result").write_text(TAP_TEXT.replace("ok 2 d", "not ok 2 d"))
        self.fails("drivers and leaks", of=("suite", "debug", "6.12"))

    def test_kcsan(self):
        """a data race fails the run if one of its two functions is ours, and only then"""
        groups = [g for g in self.report["sub_groups"] if g["name"] not in verdict.UPSTREAM_SUITES
                  and not g["name"].startswith(("kvmalloc_rust", "rust_"))]
        (self.kunit / "kcsan.json").write_text(json.dumps({"sub_groups": groups}))
        (self.kunit / "kcsan.status").write_text("0\n")
        race = "[    1.5] BUG: KCSAN: data-race in {} / vfree\n[    2.0"
        (self.kunit / "kcsan.log").write_text(LOG.replace("[    2.0", race.format("find_vm_area")))
        self.fails("no list of our functions", of=("suite", "kcsan", "6.12"))
        (self.kunit / "kcsan.symbols").write_text("kvfree\nkvrealloc_node_align_noprof\n")
        self.passes(f"{sum(len(g['test_cases']) for g in groups) + 1} passed, 0 failed, 0 skipped",
                    "suite", "kcsan", "6.12")
        for line in (race.format("kvfree"), race.format("kvrealloc_node_align_noprof"),
                     "[    1.5] BUG: kernel NULL pointer dereference\n[    2.0"):
            (self.kunit / "kcsan.log").write_text(LOG.replace("[    2.0", line))
            self.fails("kernel log", of=("suite", "kcsan", "6.12"))

    def test_nommu(self):
        """the kernel without an MMU that boots, and those that are compiled"""
        groups = [{"name": name, "test_cases": [{"name": "t", "status": "PASS"}]}
                  for name in verdict.expected_suites("nommu")]
        (self.kunit / "nommu.json").write_text(json.dumps({"sub_groups": groups}))
        (self.kunit / "nommu.status").write_text("0\n")
        (self.kunit / "nommu.log").write_text(LOG)
        self.fails("6.12 nommu compiled", "did not run", of=("suite", "nommu", "6.12"))
        (self.kunit / "nommu-compiled.tap").write_text("1..2\nok 1 a\nnot ok 2 b\n")
        self.fails("6.12 nommu compiled", of=("suite", "nommu", "6.12"))
        (self.kunit / "nommu-compiled.tap").write_text("1..2\nok 1 a\nok 2 b\n")
        self.passes(f"{len(groups) + 1 + 2} passed, 0 failed, 0 skipped",
                    "suite", "nommu", "6.12")
        # Other suites have tests that may be skipped for reasons of their own.
        policy = next(group for group in groups if group["name"] == "kvmalloc_policy")
        policy["test_cases"] = [{"name": "in place", "status": "SKIP"}]
        (self.kunit / "nommu.json").write_text(json.dumps({"sub_groups": groups}))
        self.fails("in place: skipped", of=("suite", "nommu", "6.12"))
        skip = "[    1.5]     ok 1 in place # SKIP needs vmalloc areas: CONFIG_MMU\n"
        (self.kunit / "nommu.log").write_text(LOG.replace("[    2", skip + "[    2"))
        self.passes(f"{len(groups) + 2} passed, 0 failed, 1 skipped", "suite", "nommu", "6.12")
        (self.kunit / "nommu.log").write_text(LOG.replace("[    2", skip.replace("areas", "x")
                                                          + "[    2"))
        self.fails("in place: skipped", of=("suite", "nommu", "6.12"))

    def test_oops_of_arm64(self):
        """a provoked BUG() of arm64 has a second line, which counts only after the first"""
        bug = "kernel BUG at mm/usercopy.c:102!"
        second = "Internal error: Oops - BUG: 00000000f2000800 [#1] SMP"
        warning = "WARNING: CPU: 0 PID: 1 at kv/mm/util.c:1"
        (self.kunit / "kunit.log").write_text(LOG.replace(warning, f"{bug}\n{second}"))
        self.assertEqual(self.judge().returncode, 0)
        for lines in (f"{bug}\n{bug}", f"{bug}\n{second}\n{bug}", f"{warning}\n{second}"):
            (self.kunit / "kunit.log").write_text(LOG.replace(warning, lines))
            self.fails("kernel log")

    def test_rust(self):
        """the drivers in Rust: which were compiled, what using them showed, the log"""
        guest = self.build / "guest/6.12-rust"
        guest.mkdir()
        (guest / "rust.result").write_text(TAP_TEXT)
        (guest / "rust.console").write_text(LOG)
        self.fails("6.12 rust sources", "did not run", of=("suite", "rust", "6.12"))
        (self.kunit / "rust-sources.tap").write_text("1..2\nok 1 a\nok 2 b\n")
        self.fails("6.12 differential", "no result", of=("suite", "rust", "6.12"))
        groups = [{"name": "kvmalloc_rust_differential",
                   "test_cases": [{"name": "t", "status": "PASS"}]}]
        (self.kunit / "differential.json").write_text(json.dumps({"sub_groups": groups}))
        (self.kunit / "differential.status").write_text("0\n")
        (self.kunit / "differential.log").write_text(LOG)
        self.fails("6.12 differential codegen", "did not run", of=("suite", "rust", "6.12"))
        self.fails("6.12 differential codegen", "did not run", of=("suite", "differential", "6.12"))
        (self.kunit / "differential-codegen.tap").write_text("1..1\nok 1 a\n")
        self.passes("3 passed, 0 failed, 0 skipped", "suite", "differential", "6.12")
        # That, the sources, three results in the guest, a log.
        self.passes("9 passed, 0 failed, 0 skipped", "suite", "rust", "6.12")
        self.passes("9 passed, 0 failed, 0 skipped", "all", "6.12:rust")
        (guest / "rust.console").write_text(LOG.replace("[    2", "Oops\n[    2"))
        self.fails("kernel log of drivers", of=("suite", "rust", "6.12"))
        (guest / "rust.console").write_text(LOG)
        (self.kunit / "rust-sources.tap").write_text("1..2\nok 1 a\nnot ok 2 b\n")
        self.fails("6.12 rust sources", of=("suite", "rust", "6.12"))
        (self.kunit / "rust-sources.tap").write_text("1..2\nok 1 a\nok 2 b\n")
        (guest / "rust.result").unlink()
        self.fails("6.12 rust drivers", "did not run", of=("suite", "rust", "6.12"))

    def test_tap_parts(self):
        """fuzz, prove and rustc report in TAP; the proofs are of no kernel"""
        self.fails("prove", "did not run", of=("suite", "prove"))
        self.fails("6.12 fuzz", "did not run", of=("suite", "fuzz", "6.12"))
        (self.build / "test/prove.tap").write_text("1..2\nok 1 a\nok 2 b\n")
        self.passes("2 passed, 0 failed, 0 skipped", "suite", "prove")
        (self.kunit / "fuzz.tap").write_text("1..2\nok 1 a\nnot ok 2 b\n")
        self.fails("  b", of=("suite", "fuzz", "6.12"))
        self.fails("6.12 rustc", "did not run", of=("suite", "rustc", "6.12"))
        (self.kunit / "rustc.tap").write_text("1..1\nok 1 a\n")
        self.passes("1 passed, 0 failed, 0 skipped", "suite", "rustc", "6.12")

    def test_upstream(self):
        """upstream's tests: every suite with its log, and the module's"""
        for suite in verdict.UPSTREAM_SUITES | {verdict.DOCTESTS}:
            name = self.kunit / f"upstream-{suite}"
            Path(f"{name}.json").write_text(json.dumps({"sub_groups": [self.group(suite)]}))
            Path(f"{name}.status").write_text("0\n")
            Path(f"{name}.log").write_text(LOG)
        self.fails("test_vmalloc", "did not run", of=("suite", "upstream", "6.12"))
        (self.guest / "upstream.result").write_text(TAP_TEXT)
        (self.guest / "upstream.console").write_text(LOG)
        self.fails("modules of the pristine kernel", "did not run",
                   of=("suite", "upstream", "6.12"))
        (self.guest / "abi.result").write_text(TAP_TEXT)
        (self.guest / "abi.console").write_text(LOG)
        # Besides the examples: three suites, two guests' three results each, six logs.
        examples = len(self.group(verdict.DOCTESTS)["test_cases"])
        self.passes(f"{examples + 3 + 2 * 3 + 6} passed, 0 failed, 0 skipped",
                    "suite", "upstream", "6.12")
        (self.kunit / "upstream-overflow.json").unlink()
        self.fails("no result", of=("suite", "upstream", "6.12"))

    def test_upstream_rust(self):
        """upstream's tests of kernel::alloc: each suite and each example of the tree must run"""
        folder = self.build / "linux-6.12/rust/kernel/alloc"
        folder.mkdir(parents=True)
        example = "/// ```\n/// assert!(true);\n/// ```\npub fn f() {}\n"
        (folder / "kvec.rs").write_text(2 * example
                                        + "#[macros::kunit_tests(rust_kvec)]\nmod tests {\n}\n")
        (self.build / "linux-6.12/rust/ours.rs").write_text(example)
        (folder / "ours.rs").symlink_to("../../ours.rs")
        self.fails("2 examples, 0 ran", "rust_kvec", "did not run")
        cases = self.group(verdict.DOCTESTS)["test_cases"]
        cases += [{"name": f"rust_doctest_kernel_alloc_upstream_tests_rs_{i}", "status": "PASS"}
                  for i in range(2)]
        self.report["sub_groups"].append(
            {"name": "rust_kvec", "test_cases": [{"name": "t", "status": "PASS"}]})
        self.passes(f"{self.count()} passed, 0 failed, 0 skipped")
        cases.pop()
        self.fails("2 examples, 1 ran")

    def test_all(self):
        """many parts: a line each, which says what failed in it"""
        (self.build / "test/prove.tap").write_text("1..1\nok 1 a\n")
        plan = ("all", "6.12:test", "6.12:host", "prove")
        self.passes(f"{self.count() + 1} passed, 0 failed, 0 skipped", *plan)
        self.fails("6.12 smp", "no result", of=(*plan, "6.12:smp"))
        self.group("kvmalloc_policy")["test_cases"][0]["status"] = "FAIL"
        self.fails("6.12 kvmalloc_policy: t: FAIL", of=plan)

    def test_demo(self):
        """the demo: both drivers, all of the file, the right sums, a clean log"""
        row = "driver={} bytes=27000000 reallocations=9 backing=vmalloc sha256=ab result={}\n"
        good = row.format("c", "pass") + row.format("rust", "pass") + "result=pass\n"
        bad = (good.replace("27000000", "2700000"), row.format("c", "pass") + "result=pass\n",
               row.format("c", "pass") + row.format("rust", "fail") + "result=pass\n",
               good.replace("\nresult=pass", "\nreason=x\nresult=fail"), "")
        for text, log, status in [(good, LOG, 0), (good, "", 1),
                                  (good, LOG.replace("[    2", "Oops\n[    2"), 1),
                                  *((text, LOG, 1) for text in bad)]:
            (self.guest / "demo.result").write_text(text)
            (self.guest / "demo.console").write_text(log)
            done = subprocess.run([str(SCRIPT), "demo", "6.12", str(self.guest)],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, status, text + done.stdout + done.stderr)


if __name__ == "__main__":
    sys.exit(tap.run([("verdict", VerdictTest)]))
