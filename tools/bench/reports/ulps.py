# SPDX-License-Identifier: GPL-2.0
"""What an I/O takes by the ULPs of patches/ulps, with phyr and without."""
from .records import dump, fields_of, gain, load, print_about, record_of

# What is counted for each I/O, what a table calls it, and how wide its column is.
COUNTED = {
    "iovas": ("iovas", 7),
    "maps": ("maps", 7),
    "mrs": ("mrs", 6),
    "wrs": ("wrs", 7),
    "allocs": ("al", 8),
}
# How data moves through phyr: mapped for each I/O, or in the target's buffers, which stay mapped.
WAYS = ["phyr", "premapped"]


def ulps(args):
    """Records of the rows: each count is of one I/O."""
    records = []
    for fields in fields_of(args.console, "ulp"):
        row = record_of(args, fields)
        row["allocs"] = row["kmallocs"] + row["slabs"]
        row["insns"] = round(row["insns"] / row["nr"])
        for name in COUNTED:
            row[name] = round(row.get(name, 0) / row["nr"], 2)
        records.append({"device": args.device, **row})
    dump(records)


def functions_of(record):
    """The fields that say what an I/O takes in a function of the ULP."""
    return [name for name in record if name.startswith("in_")]


def ios_of(records):
    """By ULP, device, direction and size: the least that an I/O has taken with phyr, and without.

    What it takes more at times is not of the ULPs: somebody to be woken up, or pages that do not adjoin."""
    ios = {}
    for record in records:
        of = tuple(record[part] for part in ("of", "device", "iommu", "mode", "rw", "bytes"))
        way = ios.setdefault(of, {}).setdefault(record["path"], {})
        for name in ("insns", *COUNTED, *functions_of(record)):
            way[name] = min(way.get(name, record[name]), record[name])
    for ways in ios.values():
        for way in ways.values():
            way["of_ulp"] = sum(way[name] for name in functions_of(way))
    # A table has all sizes of a direction.
    return dict(sorted(ios.items()))


def ulps_table(args):
    """All that the guest does for an I/O, host and target, client and server."""
    records = load(args.records)
    print_about(records)
    print("\nInstructions of the guest for one I/O, those of the ULP's own functions with all that they "
          "call, IOVA allocations, calls to\nmap through the IOMMU, MRs, lists of work requests that are "
          "posted, and allocations; gain of phyr in either, +ve is better. premapped: with patches/premapped.")
    rows = [(way, of, bytes_, ways[way], ways["before"])
            for (*of, bytes_), ways in ios_of(records).items() for way in WAYS if way in ways]
    before = None
    slower = 0
    heads = "".join(f"{head:>{width}}" for head, width in COUNTED.values())
    for way, of, bytes_, ours, without in sorted(rows, key=lambda row: (row[1], WAYS.index(row[0]), row[2])):
        if (way, of) != before:
            before = (way, of)
            ulp, device, iommu, mode, rw = of
            print(f"\n{ulp}, {device}, {iommu} {mode}, {rw}s:")
            print(f"{'':>9}{way:>11}{'':>{9 + len(heads)}}{'without':>11}")
            print(f"{'bytes':>9}" + f"{'insns':>11}{'ulp':>9}{heads}" * 2 + f"{'insns':>8}{'ulp':>8}")
        print(f"{bytes_:>9}" + "".join(
            f"{way['insns']:>11}{way['of_ulp']:>9}" +
            "".join(f"{way[name]:>{width}g}" for name, (_, width) in COUNTED.items())
            for way in (ours, without)) + "".join(
                f"{gain(ours[of], without[of]):>+7.1f}%" for of in ("insns", "of_ulp")))
        slower += ours["of_ulp"] > without["of_ulp"]
    print(f"\nphyr takes more in {slower} of {len(rows)}")
