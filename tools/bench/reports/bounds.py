# SPDX-License-Identifier: GPL-2.0
"""What phyr may take, and where it takes more."""
from .records import BY_HAND, OURS, by_list, load

# Instructions that phyr may take more than the limit, whatever the list.
CALL = 100
# Bytes of what is kept of a mapping beside its DMA ranges, and of a DMA range.
MAPPING = {"phyr_c": 32, "phyr_rust": 72, BY_HAND: 32}
RANGE = 16


def bounds_of(iommu, mode, layout, n, rows, path):
    """The bounds of a path for a list: what each is called, what it takes and what is the most."""
    row = rows[path]
    ours = row["both_insns"]
    sg = rows["sg"]["both_insns"]
    yield "above limit", ours - rows["limit"]["both_insns"], CALL + 6 * n
    yield "dma_map_sgtable()", ours, sg
    yield "the block layer's loop", ours, rows["twostep_blk"]["both_insns"]
    is_direct = mode == "direct"
    shares = {
        ("intel", "contiguous"): [(64, 0.40)],
        ("intel", "folio16"): [(64, 0.50), (256, 0.45)],
        ("intel", "scattered"): [(16, 0.93)],
        ("intel", "misaligned"): [(16, 0.93)],
        ("direct", "scattered"): [(64, 0.50)],
        ("direct", "contiguous"): [(64, 0.10)],
    }.get(("direct" if is_direct else iommu, layout), [])
    if is_direct and n == 1:
        shares = [(1, 0.40)]
    for least, share in shares:
        if n >= least:
            yield f"{share:.2f} of dma_map_sgtable()", ours, int(share * sg)
    if layout == "misaligned" and not is_direct:
        yield from exactly("IOVA allocations", row["iovas"], 1)
        # Strict modes sync once to map and once to unmap, lazy ones once to map.
        yield from exactly("syncs", row["syncs"], 1 if mode == "lazy" else 2)
        if mode == "lazy":
            yield from exactly("entries of the flush queue", row["deferred"], 1)
    # Of more, slabs want pages, and how many is decided by what was mapped before.
    if n <= 1024:
        yield "allocations", row["allocs"], rows["limit"]["allocs"]
    yield "bytes kept", row["kept"], MAPPING[path] + RANGE * row["ranges"]


def exactly(name, count, right):
    """Bounds on both sides: that there are no more proves nothing if none was seen."""
    yield name, count, right
    yield f"unseen {name}", right - count, 0


def broken(of, rows, path):
    """The bounds that a path breaks for a list."""
    for name, takes, most in bounds_of(*of, rows, path):
        if takes > most:
            yield name, takes, most


def by_hand_of(of, rows, path):
    """What a path would take by hand for each bound of a list, and the most of it.

    A Mapping in Rust takes what a map in C does, and is a value that is kept and dropped.
    """
    hand = dict(rows[BY_HAND])
    hand["both_insns"] += rows[path]["both_insns"] - rows["phyr_c"]["both_insns"]
    return {name: (takes, most)
            for name, takes, most in bounds_of(*of, {**rows, BY_HAND: hand}, BY_HAND)}


def known_bounds(path):
    """The broken bounds that a file has, without what it takes."""
    with open(path, encoding="ascii") as file:
        return {name_of_bound(line) for line in file if " > " in line}


def name_of_bound(line):
    return line.partition(" > ")[0].rsplit(None, 1)[0]


def bounds(args):
    """Each bound that is broken, and whether it is by hand, too; fails if one is not, or not known."""
    total = broken_by = held_by_hand = new = 0
    known = known_bounds(args.known) if args.known else None
    for of, rows in by_list(load(args.records)).items():
        iommu, mode, layout, n = of
        for path in OURS:
            by_hand = by_hand_of(of, rows, path)
            total += len(by_hand)
            for name, takes, most in broken(of, rows, path):
                hand, most_by_hand = by_hand[name]
                line = (f"{iommu:<7}{mode:<8}{layout:<12}{n:>6} {path:<10}{name:<26}"
                        f"{takes:>9} > {most:<9}{'' if hand > most_by_hand else 'not '}"
                        f"by hand: {hand}")
                is_new = known is not None and name_of_bound(line) not in known
                broken_by += 1
                held_by_hand += hand <= most_by_hand
                new += is_new
                print(line + (", new" if is_new else ""))
    print(f"{broken_by} of {total} bounds are broken, {held_by_hand} of them not by hand")
    return 1 if new or held_by_hand else 0
