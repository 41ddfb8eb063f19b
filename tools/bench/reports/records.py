# SPDX-License-Identifier: GPL-2.0
"""Records of the rows that phyr_bench.ko prints: JSON, a list of objects."""
import json

PEERS = ["sg", "phys", "twostep_blk", "twostep_each", "limit"]
OURS = ["phyr_c", "phyr_rust"]
# What phyr promises, by hand in C: no peer, but what shows whether a bound can be held.
BY_HAND = "by_hand"


def fields_of(console, kind):
    """What each line of that kind on the console says."""
    with open(console, encoding="ascii", errors="replace") as file:
        for line in file:
            _, found, fields = line.partition(f"phyr_bench: {kind} ")
            if found:
                yield fields


def printed(args, kind):
    """A record for each row of that kind that is on the console."""
    records = [record_of(args, fields) for fields in fields_of(args.console, kind)]
    for record in records:
        record["kept_per_mib"] = round(record["kept"] * 2**20 / record["bytes"], 1)
    return records


def record_of(args, fields):
    """A line, with what it is about."""
    row = dict(field.split("=", 1) for field in fields.split())
    return {**dict(pair.split("=", 1) for pair in args.about),
            "iommu": args.iommu, "mode": args.mode,
            **{key: int(value) if value.isdigit() else value for key, value in row.items()}}


def print_about(records):
    """What all of a table is about, a line each."""
    for what in ("phyr", "kernel", "qemu"):
        for value in dict.fromkeys(record[what] for record in records if what in record):
            print(f"{what:<7}{value}")


def join(args):
    dump([record for path in args.records for record in load(path)])


def dump(records):
    print("[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]")


def load(path):
    with open(path, encoding="ascii") as file:
        return json.load(file)


def key(record):
    return tuple(record[part] for part in ("iommu", "mode", "layout", "n", "path"))


def by_list(records):
    """The records of each list, by path, in the order in which they were measured."""
    lists = {}
    for record in records:
        lists.setdefault(key(record)[:4], {})[record["path"]] = record
    return lists


def ways_of(records):
    """By source, layout and number of pages: each way to map them."""
    ways = {}
    for record in records:
        of = tuple(record[part] for part in ("iommu", "mode", "of", "layout", "n"))
        ways.setdefault(of, {})[record["path"]] = record
    return ways


def gain(of, against):
    """How much less it takes, in percent: more is better."""
    return 100.0 * (against - of) / against
