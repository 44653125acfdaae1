#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turn what the bench printed into tables, results.json, charts and documentation.

usage: bench_report.py [--document] BENCH_DIR SERIES...

Of each kernel BENCH_DIR has the console of two boots (SERIES-1.log, SERIES-2.log), which must give
the same counts, and as far as it was measured SERIES-uml.log and SERIES-size-{ours,upstream}.txt.
--document puts tables and charts into Documentation/performance.rst, too.  Exit status 0 if all
was measured and was the same twice; a bar that is not met is shown, and does not change that.
"""

import importlib.machinery
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
DOCUMENT = TOP / "Documentation/performance.rst"
CHARTS = TOP / "Documentation/performance"

# Two runs of one tree are the same if no count differs by more.
TOLERANCE = 0.005

RESULT = re.compile(r"kvbench: ([\w/.+-]+) (instructions|ns|bytes) ([\w+-]+) (\d+(?:\.\d+)?)$")
FAILED = re.compile(r"kvbench: (failed: .*|.* failed)$")
VERSION = re.compile(r"Linux version (\S+)")
KIB = {"": 1, "K": 1 << 10, "M": 1 << 20}
PAGE = 4096
PMD = 2 << 20


class Broken(Exception):
    """Says in one line what was not measured."""


def load_verdict():
    """scripts/verdict knows what a kernel says when something is wrong."""
    loader = importlib.machinery.SourceFileLoader("verdict", str(TOP / "scripts/verdict"))
    spec = importlib.util.spec_from_loader("verdict", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def size_of(word):
    """The number that "64K" stands for."""
    match = re.fullmatch(r"(\d+)([KM]?)", word)
    return int(match[1]) * KIB[match[2]] if match else 0


class Run:
    """What one boot printed: {name: {who: value}}, in the order of the log."""

    def __init__(self, path, alarm):
        self.values, self.units, self.version = {}, {}, None
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            raise Broken(f"{path} is missing: the bench did not run") from None
        done = False
        for line in text.splitlines():
            line = line.rstrip()
            if match := RESULT.search(line):
                name, unit, who, value = match.groups()
                if who in self.values.setdefault(name, {}):
                    raise Broken(f"{path} has {name} of {who} twice")
                self.values[name][who] = float(value)
                self.units[name] = unit
            elif match := FAILED.search(line):
                raise Broken(f"{path}: {match[1]}")
            elif "kvbench: done" in line:
                done = True
            elif alarm.search(line):
                raise Broken(f"{path}: the kernel says: {line.strip()}")
            elif self.version is None and (match := VERSION.search(line)):
                self.version = match[1]
        if not done:
            raise Broken(f"{path} does not come to its end")
        if not self.values:
            raise Broken(f"{path} has no result")


def compare_runs(first, second):
    """(number of counts, of identical ones, the largest difference, what differs too much)"""
    total = same = 0
    largest, faults = 0.0, []
    for name in first.values | second.values:
        one, two = first.values.get(name, {}), second.values.get(name, {})
        for who in one | two:
            total += 1
            if who not in one or who not in two:
                faults.append(f"{name} of {who} was measured once only")
                continue
            a, b = one[who], two[who]
            same += a == b
            difference = abs(a - b) / max(a, b) if a != b else 0.0
            largest = max(largest, difference)
            if difference > TOLERANCE:
                faults.append(f"{name} of {who} differs by {100 * difference:.2f} %: "
                              f"{number(a)} and {number(b)}")
    return total, same, largest, faults


def text_size(path):
    """All text that stays after booting, of what llvm-size -A printed."""
    sizes = re.findall(r"^\.(?!init|exit|ref|head)(?:\w+\.)*text(?:\.\S*)?\s+(\d+)",
                       path.read_text(encoding="utf-8"), re.M)
    if not sizes:
        raise Broken(f"{path} has no .text")
    return sum(map(int, sizes))


def as_results(run):
    """The list of results.json."""
    results = []
    for name, values in run.values.items():
        ours, upstream = values.get("ours"), values.get("upstream")
        results.append({
            "name": name,
            "unit": run.units[name],
            "ours": ours,
            "upstream": upstream,
            "peers": {who: value for who, value in values.items()
                      if who not in ("ours", "upstream")},
            "ratio": round(upstream / ours, 4) if ours and upstream else None,
        })
    return results


class Kernel:
    """All that was measured of one kernel."""

    def __init__(self, folder, series, alarm):
        self.series = series
        self.run = Run(folder / f"{series}-1.log", alarm)
        self.repeated = compare_runs(self.run, Run(folder / f"{series}-2.log", alarm))
        self.version = self.run.version or series
        sizes = [folder / f"{series}-size-{who}.txt" for who in ("ours", "upstream")]
        if all(path.exists() for path in sizes):
            self.run.values["size/vmlinux-text"] = {
                who: float(text_size(path)) for who, path in zip(("ours", "upstream"), sizes)}
            self.run.units["size/vmlinux-text"] = "bytes"
        self.uml, self.uml_fault = None, "not run"
        try:
            self.uml = Run(folder / f"{series}-uml.log", alarm)
        except Broken as broken:
            if (folder / f"{series}-uml.log").exists():
                self.uml_fault = str(broken)
        self.config = ""
        config = folder / f"{series}-config"
        if config.exists():
            self.config = " ".join(re.findall(r"^CONFIG_\w+=\S.*$",
                                              config.read_text(encoding="utf-8"), re.M))

    def get(self, name, who):
        return self.run.values.get(name, {}).get(who)

    def names(self, prefix):
        return [name for name in self.run.values if name.startswith(prefix)]

    def as_json(self):
        total, same, largest, _ = self.repeated
        return {
            "kernel": self.version,
            "config": self.config,
            "repeated": {"counts": total, "identical": same,
                         "largest_difference": round(largest, 6)},
            "results": as_results(self.run),
            "cross_check": {
                "what": "User-mode Linux, run natively: nanoseconds of a real machine, not counts",
                "results": as_results(self.uml),
            } if self.uml else None,
        }


def number(value):
    if value is None:
        return "-"
    if value < 1000 and value != int(value):
        return f"{value:.1f}"
    return f"{value:,.0f}"


def ratio(a, b, digits=3):
    return f"{a / b:.{digits}f}" if a is not None and b else "-"


#
# The bars of the bench.
#

def worst(kernel, prefixes, peer, most=None):
    """(ratio of ours to a peer, name) where it is highest, or None."""
    found = []
    for prefix in prefixes:
        for name in kernel.names(prefix):
            ours, theirs = kernel.get(name, "ours"), kernel.get(name, peer)
            if most is not None and size_of(name.rsplit("/", 1)[1]) > most:
                continue
            if ours is not None and theirs:
                found.append((ours / theirs, name))
    return max(found, default=None)


def bars(kernel):
    """[(what, wanted, measured, met or None if unknown, by how much)]"""
    rows = []

    def bar(what, found, limit, wanted=None, strict=False, digits=3):
        wanted = wanted or f"at most {limit:g}"
        if found is None:
            rows.append((what, wanted, "not measured", None, ""))
            return
        value, where = found
        met = value < limit if strict else value <= limit
        by = f"{abs(value / limit - 1) * 100:.1f} % {'below' if value <= limit else 'ABOVE'}"
        if value > 2 * limit:
            by = f"{value / limit:.1f} times the bar"
        rows.append((what, wanted, f"{value:.{digits}f} ({where})", met, by))

    def pair(name, peer, scale=1.0):
        ours, theirs = kernel.get(name, "ours"), kernel.get(name, peer)
        return (ours / theirs * scale, name) if ours is not None and theirs else None

    both = [f"alloc-free{zero}/{kind}/" for zero in ("", "-zero")
            for kind in ("constant", "variable")]
    constant = [prefix for prefix in both if "constant" in prefix]
    variable = [prefix for prefix in both if "variable" in prefix]
    bar("constant size up to a page / kmalloc", worst(kernel, constant, "kmalloc", PAGE), 1.05)
    bar("variable size up to a page / kmalloc", worst(kernel, variable, "kmalloc", PAGE), 1.08)
    bar("the same / upstream", worst(kernel, variable, "upstream", PAGE), 1.0, "below 1",
        strict=True)
    bar("any size / upstream", worst(kernel, both, "upstream"), 1.02)
    bar("doubling 64 KiB to 256 MiB / upstream", pair("grow/doubling/64K-256M", "upstream"),
        1 / 6, "at most 1/6", digits=4)
    bar("steps of 64 KiB to 32 MiB / upstream", pair("grow/steps/64K-32M", "upstream"),
        1 / 1000, "at most 1/1000", digits=5)

    # How much is needed for page tables: one for each 2 MiB, and those above.
    found = []
    for name in kernel.names("peak/doubling"):
        final = size_of(name.rsplit("-", 1)[1])
        tables = (final / PMD + 4) * PAGE
        if (ours := kernel.get(name, "ours")) is not None:
            found.append(((ours - tables) / final, name))
    bar("peak while doubling, less page tables / final size", max(found, default=None), 1.01)

    pushes = kernel.names("kvvec/push") + kernel.names("grow/push")
    found = [(kernel.get(name, "ours") / kernel.get(name, "upstream"), name) for name in pushes
             if kernel.get(name, "ours") is not None and kernel.get(name, "upstream")]
    bar("KVVec push, reserved or not / upstream", max(found, default=None), 1.0)
    found = [(kernel.get(name, "ours") / kernel.get(name, "c-loop"), name)
             for name in kernel.names("kvvec/push-reserved/")
             if kernel.get(name, "ours") is not None and kernel.get(name, "c-loop")]
    bar("KVVec push, reserved / C loop", max(found, default=None), 1.1)
    bar("vmlinux text / upstream", pair("size/vmlinux-text", "upstream"), 1.002, digits=5)
    return rows


#
# When a growing buffer had better leave slab.
#

def leaving(kernel):
    """(places where to leave, {final size: {place: instructions}})

    A buffer that doubles from 8 KiB stays with krealloc() below a place, is copied out of slab
    there, and grows in vmalloc from then on.
    """
    def step(kind, size, who):
        return kernel.get(f"step/{kind}/{short(size)}", who)

    sizes = [8192 << i for i in range(10)]
    table = {}
    for final in [2 * size for size in sizes]:
        costs = {}
        for place in [size for size in sizes if size < final] + [None]:
            parts = []
            for size in [size for size in sizes if size < final]:
                if place is None or size < place:
                    parts.append(step("slab", size, "krealloc"))
                elif size == place:
                    parts.append(step("slab", size, "leave"))
                elif size == 2 * place:
                    parts.append(step("vmalloc", size, "ours"))
                else:
                    parts.append(step("grown", size, "ours"))
            if all(part is not None for part in parts):
                costs[place] = sum(parts)
        if costs:
            table[final] = costs
    return sizes, table


def short(size):
    """The name of a size: 64K."""
    for unit in ("M", "K"):
        if size >= KIB[unit]:
            return f"{size // KIB[unit]}{unit}"
    return str(size)


#
# Tables, as rows of words: for the terminal and for the documentation.
#

def layout(rows, rule=None):
    """Lines of a table whose first row is its heading; with a rule, as reStructuredText."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for number_of_row, row in enumerate(rows):
        words = [word.ljust(width) if i == 0 else word.rjust(width)
                 for i, (word, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(words).rstrip())
        if number_of_row == 0 and rule:
            lines.append("  ".join(rule * width for width in widths))
    if rule:
        lines = [lines[1], *lines, lines[1]]
    return lines


def peers_of(kernel, prefixes):
    order = {}
    for prefix in prefixes:
        for name in kernel.names(prefix):
            order.update(dict.fromkeys(kernel.run.values[name]))
    return [who for who in order if who not in ("ours", "upstream")]


def result_table(kernel, prefixes, strip=0):
    """What there is of these names, by name; strip: leave out so many parts of it."""
    peers = peers_of(kernel, prefixes)
    rows = [["", "ours", "upstream", *peers, "upstream / ours"]]
    for prefix in prefixes:
        for name in kernel.names(prefix):
            ours, upstream = kernel.get(name, "ours"), kernel.get(name, "upstream")
            ratio_of = ratio(upstream, ours, 2) if ours else "-"
            rows.append(["/".join(name.split("/")[strip:]), number(ours), number(upstream),
                         *(number(kernel.get(name, who)) for who in peers), ratio_of])
    return rows if len(rows) > 1 else None


def bar_table(kernel):
    rows = [["bar", "wanted", "measured", "met", "by"]]
    for what, wanted, measured, met, by in bars(kernel):
        rows.append([what, wanted, measured, {True: "yes", False: "NO", None: "?"}[met], by])
    return rows


def leaving_table(kernel):
    sizes, table = leaving(kernel)
    if not table:
        return None
    rows = [["grown to", *(short(size) for size in sizes), "never", "best"]]
    for final, costs in table.items():
        best = min(costs, key=costs.get)
        rows.append([short(final),
                     *(f"{costs[place] / 1000:,.1f}" if place in costs else "-"
                       for place in [*sizes, None]),
                     "never" if best is None else short(best)])
    return rows


def uml_table(kernel):
    if not kernel.uml:
        return None
    rows = [["", "ours, ms", "upstream, ms", "upstream / ours", "by instructions"]]
    for name, values in kernel.uml.values.items():
        if not name.startswith(("grow/", "life/")) or not {"ours", "upstream"} <= set(values):
            continue
        counted = kernel.get(name, "ours")
        rows.append([name, f"{values['ours'] / 1e6:.2f}", f"{values['upstream'] / 1e6:.2f}",
                     ratio(values["upstream"], values["ours"], 1),
                     ratio(kernel.get(name, "upstream"), counted, 1) if counted else "-"])
    return rows if len(rows) > 1 else None


def repeat_line(kernel):
    total, same, largest, faults = kernel.repeated
    return (f"Linux {kernel.version}: two boots, {total} counts, {same} of them identical, "
            f"largest difference {100 * largest:.3f} %, {len(faults)} above "
            f"{100 * TOLERANCE:g} %")


#
# Charts.
#

COLOURS = {"ours": "#0060ad", "upstream": "#dd181f", "kmalloc": "#7f7f7f", "vmalloc": "#e0a030",
           "by-hand": "#a05a2c", "c-loop": "#404040"}


def quoted(text):
    return '"' + text.replace("_", "\\_") + '"'


def block(name, rows):
    """A gnuplot data block."""
    lines = [f"${name} << EOD"]
    lines += [" ".join("NaN" if value is None else str(value) for value in row) for row in rows]
    return "\n".join(lines + ["EOD"])


def line_chart(title, label, series, logarithmic):
    """By size: series is [(what, who, colour, [(size, value)])]."""
    script = ["set key outside top center horizontal", "set logscale x 2", "set grid",
              "set xlabel 'size'",
              f"set ylabel {quoted(label)}", f"set title {quoted(title)}"]
    sizes = sorted({size for _, _, points in series for size, _ in points})
    ticks = ", ".join(f'"{short(size)}" {size}' for size in sizes[::2])
    script.append(f"set xtics ({ticks}) rotate by -45")
    if logarithmic:
        script += ["set logscale y", "set format y '10^{%T}'"]
    plots = []
    for i, (what, style, points) in enumerate(series):
        script.append(block(f"d{i}", points))
        plots.append(f"$d{i} using 1:2 with linespoints {style} title {quoted(what)}")
    return "\n".join([*script, "plot " + ", ".join(plots)])


def bar_chart(title, label, names, whos, value, logarithmic=False):
    """Bars in groups: one group a name, one bar of it for each of whos."""
    script = ["set style data histogram", "set style histogram cluster gap 1",
              "set style fill solid border -1", "set grid y",
              "set key outside top center horizontal",
              f"set ylabel {quoted(label)}", f"set title {quoted(title)}",
              "set xtics rotate by -30"]
    rows = [[quoted(name.split("/", 1)[1]), *(value(name, who) for who in whos)] for name in names]
    if logarithmic:
        # A bar on such an axis begins anywhere: here, so that the lowest is seen.
        lowest = min(value for row in rows for value in row[1:] if value)
        script += ["set logscale y", "set format y '10^{%T}'", f"set yrange [{lowest / 3}:*]"]
    else:
        script.append("set yrange [0:*]")
    script.append(block("d", rows))
    plots = [f"$d using {i + 2}:xtic(1) linecolor rgb '{COLOURS.get(who, '#309030')}' "
             f"title {quoted(who)}" for i, who in enumerate(whos)]
    return "\n".join([*script, "plot " + ", ".join(plots)])


def charts(kernel):
    """{file name without ending: gnuplot script}"""
    made, on = {}, f"Linux {kernel.version}"

    def points(prefix, who, base=None):
        found = []
        for name in kernel.names(prefix):
            value, size = kernel.get(name, who), size_of(name.rsplit("/", 1)[1])
            below = kernel.get(name, base) if base else 1
            if value and below and (base is None or size <= PAGE):
                found.append((size, value / below))
        return found

    def style(who, kind=7, dash=1):
        return f"linecolor rgb '{COLOURS[who]}' pointtype {kind} dashtype {dash} linewidth 2"

    lines = [(who, style(who), points("alloc-free/variable/", who))
             for who in ("vmalloc", "upstream", "ours", "kmalloc")]
    if all(found for _, _, found in lines):
        made["alloc-free"] = line_chart(f"kvmalloc() and kvfree(), variable size, {on}",
                                        "instructions a pair", lines, True)
    lines = [(f"{who}, {kind} size", style(who, 7 if kind == "constant" else 6,
                                           1 if kind == "constant" else 2),
              points(f"alloc-free/{kind}/", who, "kmalloc"))
             for who in ("upstream", "ours") for kind in ("constant", "variable")]
    if all(found for _, _, found in lines):
        made["small"] = line_chart(f"Up to a page, beside kmalloc() and kfree(), {on}",
                                   "instructions / those of kmalloc()", lines, False)
    for key, prefix, title, label, logarithmic in (
            ("growth", "grow/", "Growing", "instructions", True),
            ("fragments", "fragments/", "A request, memory being fragmented", "instructions",
             True)):
        names = kernel.names(prefix)
        whos = [who for who in ("ours", "upstream", "vmalloc", "by-hand")
                if any(kernel.get(name, who) for name in names)]
        if names:
            made[key] = bar_chart(f"{title}, {on}", label, names, whos, kernel.get, logarithmic)
    names = kernel.names("peak/")
    if names:
        made["peak"] = bar_chart(
            f"Most memory while growing, {on}", "peak / final size", names, ["ours", "upstream"],
            lambda name, who: (kernel.get(name, who) or 0) / size_of(name.rsplit("-", 1)[1]))
    names = [name for name in kernel.names("kvvec/") if kernel.get(name, "c-loop")
             and kernel.get(name, "ours") and name.endswith("/u64")]
    if names:
        made["kvvec"] = bar_chart(
            f"KVVec beside a loop in C, {on}", "instructions / those of the loop in C", names,
            ["ours", "upstream"],
            lambda name, who: kernel.get(name, who) / kernel.get(name, "c-loop")
            if kernel.get(name, who) is not None else None)
    return made


def draw(script, path):
    """path.svg and path.png"""
    for ending, terminal in (("svg", "svg size 900,480 font 'sans,13' background '#ffffff'"),
                             ("png", "pngcairo size 900,480 font 'sans,10'")):
        text = f"set terminal {terminal}\nset output '{path}.{ending}'\n{script}\n"
        done = subprocess.run(["gnuplot"], input=text, text=True, capture_output=True, check=False)
        if done.returncode:
            raise Broken(f"gnuplot fails for {path.name}: {done.stderr.strip().splitlines()[-1]}")


#
# Documentation.
#

SECTIONS = {
    "bars": bar_table,
    "small": lambda kernel: result_table(kernel, [
        f"alloc-free{zero}/{kind}/" for zero in ("", "-zero")
        for kind in ("constant", "variable")]),
    "free": lambda kernel: result_table(kernel, ["free/"], 1),
    "growth": lambda kernel: result_table(kernel, ["grow/", "life/"]),
    "peak": lambda kernel: result_table(kernel, ["peak/"], 1),
    "fragments": lambda kernel: result_table(kernel, ["fragments/"], 1),
    "steps": lambda kernel: result_table(kernel, ["step/"], 1),
    "leaving": leaving_table,
    "rust": lambda kernel: result_table(kernel, ["kvvec/", "kvbox/"]),
    "size": lambda kernel: result_table(kernel, ["size/"], 1),
    "uml": uml_table,
}


def section(kernels, name):
    """The generated part of that name, in reStructuredText."""
    lines = []
    for kernel in kernels:
        if name == "repeated":
            lines += [f"* {repeat_line(kernel)}"]
            continue
        rows = SECTIONS[name](kernel)
        lines += [f"Linux {kernel.version}:", ""]
        if rows is None:
            lines += ["*Not measured.*", ""]
            continue
        # An empty first column would end the row.
        rows = [[row[0] or "\\", *row[1:]] for row in rows]
        lines += [*layout(rows, "="), ""]
    return "\n".join(lines).rstrip("\n")


def fill_in(text, kernels):
    """The document with everything between its marks made anew."""
    def generated(match):
        name = match[1]
        if name != "repeated" and name not in SECTIONS:
            raise Broken(f"performance.rst wants {name}, which nobody makes")
        return f".. bench:begin {name}\n\n{section(kernels, name)}\n\n.. bench:end {name}\n"

    new, found = re.subn(r"^\.\. bench:begin (\w+)\n.*?^\.\. bench:end \1\n", generated, text,
                         flags=re.M | re.S)
    if not found:
        raise Broken("performance.rst has no marks")
    return new


#
# The terminal.
#

def show(kernel):
    print(f"\nLinux {kernel.version}, instructions unless it says bytes\n")
    for prefixes in (["alloc-free/"], ["alloc-free-zero/"], ["free/"], ["grow/", "life/"],
                     ["peak/"], ["fragments/"], ["step/"], ["kvvec/", "kvbox/"], ["size/"]):
        rows = result_table(kernel, prefixes)
        if rows:
            print("\n".join("  " + line for line in layout(rows)) + "\n")
    rows = leaving_table(kernel)
    if rows:
        print("  doubling from 8K, thousands of instructions, by where the buffer leaves slab\n")
        print("\n".join("  " + line for line in layout(rows)) + "\n")
    rows = uml_table(kernel)
    if rows:
        print("  cross-check: User-mode Linux on this machine, milliseconds\n")
        print("\n".join("  " + line for line in layout(rows)) + "\n")
    else:
        print(f"  no cross-check under User-mode Linux: {kernel.uml_fault}\n")
    print("\n".join("  " + line for line in layout(bar_table(kernel))) + "\n")


def report(folder, series_list, document):
    alarm = load_verdict().ALARM
    kernels, faults = [], []
    for series in series_list:
        try:
            kernels.append(Kernel(folder, series, alarm))
        except Broken as broken:
            faults.append(f"Linux {series}: {broken}")
    for kernel in kernels:
        show(kernel)
    for kernel in kernels:
        print(repeat_line(kernel))
        faults += [f"Linux {kernel.version}: {fault}" for fault in kernel.repeated[3]]

    results = folder / "results.json"
    results.write_text(json.dumps({"kernels": [kernel.as_json() for kernel in kernels]},
                                  indent=1) + "\n", encoding="utf-8")
    drawn = folder / "charts"
    shutil.rmtree(drawn, ignore_errors=True)
    drawn.mkdir()
    try:
        for kernel in kernels:
            for name, script in charts(kernel).items():
                draw(script, drawn / f"{name}-{kernel.series}")
    except FileNotFoundError:
        faults.append("no gnuplot: install it, or use the sysroot")
    except Broken as broken:
        faults.append(str(broken))
    print(f"results: {results}, charts: {drawn}")

    if document and not faults:
        text = fill_in(DOCUMENT.read_text(encoding="utf-8"), kernels)
        DOCUMENT.write_text(text, encoding="utf-8")
        CHARTS.mkdir(exist_ok=True)
        for path in sorted(drawn.iterdir()):
            shutil.copyfile(path, CHARTS / path.name)
        print(f"documentation: {DOCUMENT.relative_to(TOP)}")
    for fault in faults:
        print(f"failed: {fault}")
    return 1 if faults else 0


def main():
    arguments = sys.argv[1:]
    document = arguments[:1] == ["--document"]
    arguments = arguments[document:]
    if len(arguments) < 2 or arguments[0].startswith("-"):
        sys.exit(__doc__.split("\n\n")[1])
    try:
        return report(Path(arguments[0]), arguments[1:], document)
    except Broken as broken:
        print(f"failed: {broken}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
