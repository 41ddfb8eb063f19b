# SPDX-License-Identifier: GPL-2.0
"""What it takes to use a buffer that is mapped already, beside mapping it each time."""
from .records import by_list, dump, load, print_about, printed

# What it may take at most to find the mapping, to keep it, and to leave it again.  It should be less than 150.
MOST = 149

# What asks an IOMMU for something, or memory.
COUNTS = ["calls", "links", "unmaps", "iovas", "syncs", "deferred", "requests", "allocs"]

OURS = ["lookup", "premapped"]
OTHERS = ["phyr_c", "sg"]

# How wide the columns of each way are.
WIDTHS = {"lookup": 8, "premapped": 11, **{path: 9 for path in OTHERS}}


def premapped(args):
    dump(printed(args, "premapped"))


def asked(row):
    """How often something was asked of others."""
    return sum(row[count] for count in COUNTS)


def premapped_table(args):
    """Instructions, and what is asked of others, for each use."""
    records = load(args.records)
    print_about(records)
    print("\nInstructions to use a list: as a buffer that is mapped already, of which its mapping is looked "
          "up, or also handed over and\nback, and its DMA ranges are asked for; and mapped and unmapped each "
          "time.\nasked: map and unmap calls, IOVA allocations, flushes of the IOTLB and allocations, all of "
          "them together.")
    before = None
    for (*of, nr), rows in by_list(records).items():
        if of != before:
            before = of
            print(f"\n{of[0]} {of[1]}, {of[2]}:")
            print(f"{'n':>7}{'ranges':>8}" + "".join(
                f"{path:>{width}}{'asked':>7}" for path, width in WIDTHS.items()))
        print(f"{nr:>7}{rows['premapped']['ranges']:>8}" + "".join(
            f"{rows[path]['both_insns']:>{width}}{asked(rows[path]):>7}" for path, width in WIDTHS.items()))


def guard_premapped(args):
    """Whether a lookup stays within its bound, and each use asks nobody for anything and, where there
    is an IOMMU, takes no more than to map the list does."""
    verdicts = {}
    for (iommu, mode, layout, nr), rows in by_list(load(args.records)).items():
        lookup, ours = (rows[path] for path in OURS)
        name = f"premapped: {iommu} {mode}, {layout}"
        bad = verdicts.setdefault(name, [])
        if lookup["both_insns"] > MOST:
            bad.append(f"{lookup['both_insns']} instructions to look up {nr} entries, more than {MOST}")
        if asked(ours):
            bad.append(f"{asked(ours)} calls for {nr} entries")
        if mode != "direct":
            bad += [f"{ours['both_insns']} instructions for {nr} entries, {path} {rows[path]['both_insns']}"
                    for path in OTHERS if ours["both_insns"] > rows[path]["both_insns"]]
    for name, bad in verdicts.items():
        print(f"fail:{name}: {'; '.join(bad)}" if bad else f"pass:{name}:")
    if not verdicts:
        print("fail:premapped: none was measured")
