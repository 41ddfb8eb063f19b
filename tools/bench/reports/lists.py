# SPDX-License-Identifier: GPL-2.0
"""Lists, by phyr and by each peer: records, a table, what to plot."""
from .records import BY_HAND, OURS, PEERS, by_list, dump, gain, load, printed

# What a table calls each count, and how wide its column is.
COUNTS = {
    "ranges": ("ranges", 7),
    "calls": ("calls", 6),
    "links": ("links", 6),
    "walks": ("walks", 6),
    "unmaps": ("unmaps", 7),
    "iovas": ("iovas", 6),
    "syncs": ("syncs", 6),
    "deferred": ("fq", 4),
    "requests": ("reqs", 6),
    "allocs": ("allocs", 7),
}
# What the paths are called where there is no room: a table has to fit into a commit message.
SHORT = {"phyr_rust": "rust", "twostep_blk": "blk", "twostep_each": "each", "by_hand": "hand"}
LONG = {short: path for path, short in SHORT.items()}
# What a record says of what it was measured with.
MEASURED_WITH = ["phyr", "kernel", "config", "cc", "rustc", "qemu"]


def read(args):
    dump(printed(args, "row"))


def table(args):
    records = load(args.records)
    for what in MEASURED_WITH:
        for value in dict.fromkeys(record[what] for record in records if what in record):
            print(f"{what:<7}{value:.68}")
    layouts = {}
    for (iommu, mode, layout, n), rows in by_list(records).items():
        layouts.setdefault((iommu, mode, layout), []).append((n, rows))
    for (iommu, mode, layout), lists in layouts.items():
        title = f"{iommu} {mode}, {layout}:"
        print(f"\n{title} instructions to map and unmap")
        print(f"{'n':>5}" + "".join(f"{SHORT.get(path, path):>10}" for path in OURS + PEERS))
        for n, rows in lists:
            print(f"{n:>5}" + "".join(f"{rows[path]['both_insns'] if path in rows else '-':>10}"
                                      for path in OURS + PEERS))
        print(f"\n{title} gain of phyr_c, +ve is better; above limit")
        print(f"{'n':>5}{'on sg':>9}{'on blk':>9}{'on phys':>9}{'on each':>9}"
              f"{'above limit':>12}{'spread':>9}{'by hand':>11}")
        for n, rows in lists:
            ours = rows["phyr_c"]["both_insns"]
            print(f"{n:>5}" + "".join(
                f"{gain(ours, rows[peer]['both_insns']):>+8.1f}%" if peer in rows else f"{'-':>9}"
                for peer in ("sg", "twostep_blk", "phys", "twostep_each")) +
                f"{ours - rows['limit']['both_insns']:>12}{rows['phyr_c']['both_spread']:>9}"
                f"{rows[BY_HAND]['both_insns'] if BY_HAND in rows else '-':>11}")
    for (iommu, mode, layout), lists in layouts.items():
        for n, rows in lists:
            if n in (16, 256):
                print(f"\n{iommu} {mode}, {n} of {layout}: calls below; bytes kept for a MiB")
                print(f"{'':<6}" + "".join(f"{name:>{width}}" for name, width in COUNTS.values()) +
                      f"{'kept':>8}")
                for path, row in rows.items():
                    print(f"{SHORT.get(path, path):<6}" + "".join(
                        f"{row[count]:>{width}}" for count, (_, width) in COUNTS.items()) +
                        f"{row['kept_per_mib']:>8}")


def plots(args):
    """What there is to plot: lists of several lengths."""
    lengths = {}
    for iommu, mode, layout, n in by_list(load(args.records)):
        lengths.setdefault((iommu, mode, layout), []).append(n)
    for of, ns in lengths.items():
        if len(ns) > 1:
            print(*of)


def data(args):
    paths = OURS + PEERS
    print("n " + " ".join(paths))
    for (iommu, mode, layout, n), rows in by_list(load(args.records)).items():
        if (iommu, mode, layout) == (args.iommu, args.mode, args.layout):
            # gnuplot leaves out what is no number.
            print(n, *(rows[path]["both_insns"] if path in rows else "-" for path in paths))
