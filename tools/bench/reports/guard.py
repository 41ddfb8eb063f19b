# SPDX-License-Identifier: GPL-2.0
"""Whether phyr takes more than it did."""
import json

from .bounds import broken
from .records import OURS, by_list, load

# What a compiler changes for no reason that is in the source.
FEW = 6


def above_limit(records):
    """By list and path, what phyr takes more than the limit beside it, how sure that is, and all
    that it takes."""
    for of, rows in by_list(records).items():
        limit = rows["limit"]
        for path in OURS:
            row = rows[path]
            yield (" ".join(str(part) for part in (*of, path)),
                   row["both_insns"] - limit["both_insns"],
                   row["both_spread"] + limit["both_spread"], row["both_insns"])


def broken_bounds(records):
    """The bounds that phyr breaks, by list and path."""
    return {" ".join(str(part) for part in (*of, path)):
            [name for name, _, _ in broken(of, rows, path)]
            for of, rows in by_list(records).items() for path in OURS}


def baseline(args):
    records = load(args.records)
    parts = {
        "above_limit": {name: insns for name, insns, *_ in above_limit(records)},
        "broken": {name: bounds for name, bounds in broken_bounds(records).items() if bounds},
    }
    # A line for each list.
    print("{\n" + ",\n".join(
        f'"{part}": {{\n' + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}"
                                      for name, value in rows.items()) + "\n}"
        for part, rows in parts.items()) + "\n}")


def guard(args):
    """Whether phyr takes more above the limit than it did, or breaks a bound that it held."""
    old = load(args.baseline)
    records = load(args.records)
    seen = set()
    for name, insns, spread, both in above_limit(records):
        seen.add(name)
        before = old["above_limit"].get(name)
        if before is None:
            print(f"fail:{name}: it is not in the baseline")
        # Never more than so much of all that it takes, however far repetitions are apart.
        elif insns > before + max(min(abs(before) * args.most / 100 + spread,
                                      both * args.most / 100), FEW):
            print(f"fail:{name}: {insns} above the limit, was {before}")
        else:
            print(f"pass:{name}:")
    for name in old["above_limit"].keys() - seen:
        print(f"fail:{name}: it was not measured")
    for name, bounds in broken_bounds(records).items():
        new = [bound for bound in bounds if bound not in old["broken"].get(name, [])]
        if new:
            print(f"fail:{name}, bounds: broken, and were not: {', '.join(new)}")
        else:
            print(f"pass:{name}, bounds:")
