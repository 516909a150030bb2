#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Line and branch coverage of kmod/ from gcov's JSON.

What headers define is compiled into several objects; a line counts as run when
it was in any of them.
"""

import argparse
import collections
import json
import os
import re
import sys


class File:
    """What is known of one source file."""

    def __init__(self):
        self.lines = collections.Counter()
        self.functions = {}
        # (line, index in the line) -> times taken, over all objects
        self.branches = collections.Counter()

    def merge(self, entry):
        # the same line may stand in several functions (inlined copies)
        seen = collections.Counter()
        for line in entry["lines"]:
            number = line["line_number"]
            self.lines[number] += line["count"]
            for branch in line["branches"]:
                key = (number, seen[number])
                seen[number] += 1
                self.branches[key] += branch["count"]
        for function in entry["functions"]:
            name = function["name"].split(".")[0]
            place = (function["start_line"], function["end_line"])
            count = self.functions.get(name, (0, 0, 0))[2]
            self.functions[name] = (*place, count + function["execution_count"])

    def function_at(self, number):
        for name, (start, end, _) in self.functions.items():
            if start <= number <= end:
                return name
        return "-"


def read_gcov(stream):
    """A document for each object, one behind the other."""
    files = collections.defaultdict(File)
    decoder = json.JSONDecoder()
    text = stream.read()
    position = 0
    while position < len(text):
        document, position = decoder.raw_decode(text, position)
        while position < len(text) and text[position].isspace():
            position += 1
        for entry in document["files"]:
            found = re.search(r"(?:^|/)(kmod/[^/]+\.[ch])$", entry["file"])
            if found and entry["lines"]:
                files[found.group(1)].merge(entry)
    return files


def read_explained(path):
    """Lines "FILE REGEX ## WHY": lines of FILE that match need not be run."""
    explained = []
    if not os.path.exists(path):
        return explained
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            what, _, why = line.rstrip("\n").partition(" ## ")
            file, _, regex = what.strip().partition(" ")
            explained.append([file, re.compile(regex.strip()), why.strip(), 0])
    return explained


def explanation(explained, file, text):
    for entry in explained:
        if entry[0] == file and entry[1].search(text):
            entry[3] += 1
            return entry[2]
    return None


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def annotate(folder, name, file, source):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, os.path.basename(name))
    with open(path, "w", encoding="utf-8") as out:
        for number, text in enumerate(source, 1):
            if number not in file.lines:
                count = ""
            else:
                count = file.lines[number] or "#####"
            ways = [c for (n, _), c in sorted(file.branches.items())
                    if n == number]
            missed = sum(1 for way in ways if not way)
            mark = f"{len(ways) - missed}/{len(ways)}" if missed else ""
            out.write(f"{count:>10} {mark:>6} {number:5} {text}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True)
    parser.add_argument("--explained", required=True)
    parser.add_argument("--annotate")
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("json")
    options = parser.parse_args()

    with open(options.json, encoding="utf-8") as stream:
        files = read_gcov(stream)
    explained = read_explained(options.explained)
    uncovered = []
    total = [0, 0, 0, 0]
    print(f"{'file':28} {'lines':>13} {'':>6}   {'branches':>13}")
    for name in sorted(files):
        file = files[name]
        with open(os.path.join(options.source, name), encoding="utf-8") as code:
            source = code.read().split("\n")
        run = sum(1 for count in file.lines.values() if count)
        taken = sum(1 for count in file.branches.values() if count)
        row = (run, len(file.lines), taken, len(file.branches))
        total = [a + b for a, b in zip(total, row)]
        print(f"{name:28} {run:6}/{row[1]:6} {percent(run, row[1]):6.1f}%"
              f"  {taken:6}/{row[3]:6} {percent(taken, row[3]):6.1f}%")
        for number in sorted(n for n, count in file.lines.items() if not count):
            text = source[number - 1].strip()
            uncovered.append((name, number, file.function_at(number), text,
                              explanation(explained, name, text)))
        if options.annotate:
            annotate(options.annotate, name, file, source)

    for title, wanted in (("Not run, and not explained:", False),
                          ("Not run, for a reason:", True)):
        chosen = [u for u in uncovered if bool(u[4]) == wanted]
        if not chosen:
            continue
        print(f"\n{title}")
        for name, number, function, text, why in chosen:
            print(f"  {name}:{number} {function}: {text}")
            if why:
                print(f"      {why}")
    for file, regex, _, used in explained:
        if not used:
            print(f"\ncoverage.explained: {file} {regex.pattern}: is run"
                  " by now, or gone")

    lines = percent(total[0], total[1])
    print(f"\n{total[0]} of {total[1]} lines ({lines:.1f} %),"
          f" {total[2]} of {total[3]} branches"
          f" ({percent(total[2], total[3]):.1f} %),"
          f" {sum(1 for u in uncovered if not u[4])} lines unexplained")
    if lines < options.least:
        print(f"fewer than {options.least:g} % of the lines")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
