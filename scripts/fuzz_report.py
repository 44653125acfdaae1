#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judge what "make fuzz" left behind: the guest's results and the kernel's logs.

usage: fuzz_report.py SERIES GUEST_DIR TAP_FILE

Every workload must see, with half and with all of kvmalloc()'s requests sent to vmalloc, what it
sees with none; at 100 % each of them must really have been sent there; the kernel must have nothing
to say.  Each mistake of tests/wrong must go unnoticed without fuzz and be caught with it, by the
report that belongs to it.  What should have run and did not has failed.
"""

import importlib.machinery
import importlib.util
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PERCENTS = (0, 50, 100)

# What catches a mistake: the first line of the report, and a function in its trace.
MISTAKES = {
    "kfree": (r"kernel BUG at .*physaddr\.c|KASAN: invalid-free", "wrong_kfree"),
    "virt_to_phys": (r"kernel BUG at .*physaddr\.c", "wrong_virt_to_phys"),
    "scatterlist": (r"kernel BUG at .*scatterlist\.h", "wrong_scatterlist"),
}


def load_verdict():
    """scripts/verdict as a module: it knows what a kernel's alarms look like."""
    loader = importlib.machinery.SourceFileLoader("verdict", str(TOP / "scripts/verdict"))
    spec = importlib.util.spec_from_loader("verdict", loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def read_lines(path):
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def expected():
    """(workloads, stressors) that have to run."""
    source = (TOP / "tests/guest/callers.c").read_text()
    script = (TOP / "scripts/guest/fuzz.sh").read_text()
    stressors = re.search(r"^STRESSORS='([^']*)'", script, re.M).group(1).split()
    return re.findall(r'^\t\{ "(\w+)", ', source, re.M), stressors[::2]


class Run:
    """What one boot of the guest reported."""

    def __init__(self, path):
        self.results, self.sites, self.flipped, self.ended = {}, {}, {}, False
        for line in read_lines(path):
            word, _, rest = line.partition(" ")
            if word == "workload":
                name, status, *text = rest.split(" ", 2)
                self.results[name] = (status, *text)
            elif word == "stress":
                name, status = rest.split()
                self.results[f"stress-ng {name}"] = (status,)
            elif word == "site":
                self.add_site(rest.split(" ", 6))
            elif word == "end":
                self.ended = True

    def add_site(self, fields):
        workload, fuzzed, caller = fields[0], int(fields[2]), fields[6]
        if fuzzed:
            self.flipped.setdefault(workload, set()).add(caller)
            self.sites[caller] = self.sites.get(caller, 0) + fuzzed

    def idle(self, workloads):
        """Those that drove no caller of their own, but what starting any of them drives."""
        ran = [name for name in workloads if self.results.get(name, ["skip"])[0] != "skip"]
        sites = {name: self.flipped.get(name, set()) for name in ran}
        common = set.intersection(*sites.values()) if sites else set()
        return [name for name in ran if not sites[name] - common]


class Tap:
    def __init__(self):
        self.lines, self.passed, self.failed, self.skipped = [], 0, 0, 0
        self.failures = []

    def add(self, name, fault=None, skip=None):
        number = len([line for line in self.lines if not line.startswith("#")]) + 1
        if fault:
            self.failed += 1
            self.failures.append(f"{name}: {fault}")
            self.lines += [f"# {fault}", f"not ok {number} {name}"]
        elif skip:
            self.skipped += 1
            self.lines.append(f"ok {number} {name} # SKIP {skip}")
        else:
            self.passed += 1
            self.lines.append(f"ok {number} {name}")

    def write(self, path):
        results = self.passed + self.failed + self.skipped
        path.write_text("\n".join(["TAP version 13", f"1..{results}", *self.lines]) + "\n")


def judge_results(tap, names, runs, percent):
    """Counts of (same, different, skipped) results of one run."""
    same = different = skipped = 0
    for name in names:
        what = f"{name} at {percent} %"
        got, want = runs[percent].results.get(name), runs[0].results.get(name)
        if got is None:
            different += 1
            tap.add(what, "did not run")
        elif got[0] == "fail":
            different += 1
            tap.add(what, " ".join(got[1:]) or "failed")
        elif got != want:
            different += 1
            tap.add(what, f"differs: {' '.join(got)}; with none: {' '.join(want or ['nothing'])}")
        elif got[0] == "skip":
            skipped += 1
            tap.add(what, skip=" ".join(got[1:]) or "not on this machine")
        else:
            same += 1
            tap.add(what)
    return same, different, skipped


def judge_flips(tap, workloads, run, percent):
    """Fuzz mode must have done what it says."""
    fault, idle = None, run.idle(workloads)
    if percent == 0 and run.sites:
        fault = f"{sum(run.sites.values())} allocations were flipped"
    elif percent == 100 and idle:
        fault = f"nothing of its own was flipped in {', '.join(idle)}"
    elif percent and not run.sites:
        fault = "nothing was flipped"
    tap.add(f"allocations flipped at {percent} %", fault)


def judge_console(tap, verdict, path, percent):
    """The number of the kernel's reports."""
    what = f"kernel log at {percent} %"
    if not path.exists():
        tap.add(what, "there is none")
        return 0
    found = verdict.alarms(path)
    tap.add(what, f"{found[0]} ({len(found)} in all, see {path})" if found else None)
    return len(found)


def section(lines, name, percent):
    """What the kernel said while a mistake was made; None if that was not finished."""
    marks = [f"kvwrong: {word} {name} at {percent}" for word in ("begin", "end")]
    at = [next((i for i, line in enumerate(lines) if line.endswith(mark)), None) for mark in marks]
    return None if None in at else lines[at[0] + 1:at[1]]


def judge_mistakes(tap, verdict, result, console):
    status = {}
    for line in read_lines(result):
        fields = line.split()
        if fields and fields[0] == "mistake":
            status[fields[1], int(fields[2])] = int(fields[3])
    log = read_lines(console)
    print("\n  mistake       without fuzz  with fuzz")
    for name, (report, function) in MISTAKES.items():
        quiet, loud = section(log, name, 0), section(log, name, 100)
        fault = None
        if quiet is None or status.get((name, 0)) != 0:
            fault = f"status {status.get((name, 0), 'unknown')}"
        elif any(verdict.ALARM.search(line) for line in quiet):
            fault = "the kernel noticed"
        tap.add(f"{name} passes without fuzz", fault)
        print(f"  {name:12}  {'FAILS' if fault else 'passes':12}  ", end="")

        first = next((line for line in loud or [] if verdict.ALARM.search(line)), None)
        fault = None
        if loud is None:
            fault = "the guest did not come that far"
        elif first is None:
            fault = "the kernel said nothing"
        elif not re.search(report, first):
            fault = f"another report than expected: {first}"
        elif not any(f"{function}+0x" in line for line in loud):
            fault = f"{function} is not in the trace"
        elif not status.get((name, 100)):
            fault = "whoever made it lives on"
        tap.add(f"{name} is caught with fuzz", fault)
        said = re.sub(r"^\[[^]]*\] *", "", first or "nothing")
        print(f"{'NOT ' if fault else ''}caught: {said}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("\n\n")[1])
    series, guest, tap_file = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    verdict, tap = load_verdict(), Tap()
    workloads, stressors = expected()
    names = workloads + [f"stress-ng {name}" for name in stressors]
    runs = {percent: Run(guest / f"fuzz-{percent}.result") for percent in PERCENTS}

    print(f"\nLinux {series}: kvmalloc's callers, with vmalloc where slab would do\n")
    print("  fuzzed  run  same  different  skipped  flipped  call sites  kernel reports")
    for percent, run in runs.items():
        same, different, skipped = judge_results(tap, names, runs, percent)
        judge_flips(tap, workloads, run, percent)
        reports = judge_console(tap, verdict, guest / f"fuzz-{percent}.console", percent)
        tap.add(f"the guest's end at {percent} %", None if run.ended else "did not come to it")
        print(f"  {percent:4} %  {len(run.results):3}  {same:4}  {different:9}  {skipped:7}  "
              f"{sum(run.sites.values()):7}  {len(run.sites):10}  {reports:14}")

    top = sorted(runs[100].sites.items(), key=lambda site: (-site[1], site[0]))[:12]
    if top:
        print("\n  flipped most often at 100 %")
        for caller, count in top:
            print(f"  {count:10}  {caller}")
    judge_mistakes(tap, verdict, guest / "fuzz-wrong.result", guest / "fuzz-wrong.console")

    tap_file.parent.mkdir(parents=True, exist_ok=True)
    tap.write(tap_file)
    print()
    for failure in tap.failures:
        print(f"  failed: {failure}")
    print(f"{tap.passed} passed, {tap.failed} failed, {tap.skipped} skipped")
    return 1 if tap.failed or not tap.passed else 0


if __name__ == "__main__":
    sys.exit(main())
