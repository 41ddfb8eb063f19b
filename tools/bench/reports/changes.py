# SPDX-License-Identifier: GPL-2.0
"""What has changed from one run to another."""
import re

from .lists import LONG
from .records import OURS, gain, key, load
from .sources import SOURCES


def rows_of_table(lines):
    """The records that a table was made of, as far as it has them."""
    of = paths = None
    for line in lines:
        title = re.match(r"(\S+) (\S+), (\S+): instructions to map and unmap", line)
        words = line.split()
        if title:
            of, paths = title.groups(), None
        elif not words:
            of = None
        elif of and not paths:
            paths = [LONG.get(word, word) for word in words[1:]]
        elif of:
            for path, insns in zip(paths, words[1:]):
                if insns == "-":
                    continue
                yield {"iommu": of[0], "mode": of[1], "layout": of[2], "n": int(words[0]),
                       "path": path, "both_insns": int(insns)}


def rows_of_source_table(lines):
    """The same of a table of sources."""
    of = paths = None
    named = {name: source for source, name in SOURCES.items()}
    for line in lines:
        title = re.match(r"(\S+) (\S+), (\S+) pages in (.*):", line)
        words = line.split()
        if title:
            of = title.groups()
        elif words[:3] == ["n", "runs", "phyr"]:
            paths = [word for word in words[2:] if word != "gain"]
        elif not words:
            of = paths = None
        elif of and paths:
            insns = [word for word in words[2:] if not word.endswith("%")]
            for path, takes in zip(paths, insns):
                yield {"iommu": of[0], "mode": of[1], "of": named[of[3]], "layout": of[2],
                       "n": int(words[0]), "path": path, "both_insns": int(takes)}


def measured(path):
    """Records, from where they are, or from a table."""
    if path.endswith(".json"):
        return load(path)
    with open(path, encoding="ascii") as file:
        lines = list(file)
    return list(rows_of_table(lines)) + list(rows_of_source_table(lines))


def compare(args):
    old, new = ({(record.get("of", ""), *key(record)): record["both_insns"]
                 for record in measured(path)} for path in (args.old, args.new))
    other = worse = 0
    for of, insns in new.items():
        if of not in old:
            continue
        change = gain(insns, old[of])
        if abs(change) < args.most:
            continue
        other += 1
        worse += change < 0 and of[-1] in [*OURS, "phyr"]
        name = " ".join(str(part) for part in of if part != "")
        print(f"{name:<54}{old[of]:>12}{insns:>12}{change:>+8.1f}%")
    both = old.keys() & new.keys()
    print(f"{other} of {len(both)} rows differ by {args.most:g}% or more, of phyr's {worse} are worse; "
          f"{len(old) - len(both)} are only in the first, {len(new) - len(both)} only in the second")
    return 1 if worse or not both else 0
