# SPDX-License-Identifier: GPL-2.0
"""RDMA READs and WRITEs, beside rdma/rw.h."""
from .records import dump, fields_of, gain, load, print_about, printed, record_of

OTHERS = {"rdma_rw_ctx_init": "init", "rdma_rw_ctx_init_bvec": "init_bvec"}
# What each way takes, what a table calls it, and how wide its column is.
TAKES = {
    "both_insns": ("insns", 9),
    "ranges": ("wrs", 5),
    "mrs": ("mrs", 5),
    "allocs": ("al", 4),
    "kept": ("kept", 7),
}
# With which errors a list is refused that a way is not made for: an MR of rdma/rw.h's has no gaps.
NOT_TAKEN = {5, 22}
# Of rdma_rw_ctx_init(), for 1 MiB in folios of 16 pages.
SHARE = 0.6
# Bytes of the context itself, which the caller has.
CONTEXTS = {"phyr": 192, "rdma_rw_ctx_init": 136, "rdma_rw_ctx_init_bvec": 120}
# Of an entry: rdma_rw_ctx_init_bvec() has room for one less in some lists.
ENTRY = 16


def rdma(args):
    """Records of the rows, and of what was refused."""
    rows = printed(args, "rdma") + [record_of(args, fields)
                                    for fields in fields_of(args.console, "refused-rdma")]
    dump([{"device": args.device, **row} for row in rows])


def lists_of(records):
    """By device, operation, layout and number of entries: what each way takes, or the error."""
    lists = {}
    for record in records:
        of = tuple(record[part] for part in ("device", "iommu", "mode", "of", "layout", "n"))
        lists.setdefault(of, {})[record["path"]] = record
    return {of: ways for of, ways in lists.items()
            if any("errno" not in row for row in ways.values())}


def title(device, iommu, mode, of, layout):
    return f"{device}, {iommu} {mode}, RDMA {of.upper()} of {layout}"


def rdma_table(args):
    """To prepare an RDMA READ or WRITE of a list and to destroy it: phyr, and rdma/rw.h beside it."""
    records = load(args.records)
    print_about(records)
    print("\nInstructions, work requests, MRs, allocations and bytes that are kept, of phyr, of "
          "rdma_rw_ctx_init() and of\nrdma_rw_ctx_init_bvec(), which refuse the lists for which "
          "they have none; gain of phyr, +ve is better.")
    before = None
    slower = compared = 0
    heads = "".join(f"{head:>{width}}" for head, width in TAKES.values())
    for (*of, n), ways in lists_of(records).items():
        if of != before:
            before = of
            print(f"\n{title(*of)}:")
            print(f"{'':>14}{'phyr':>9}{'':>21}" +
                  "".join(f"{name:>9}{'':>29}" for name in OTHERS.values()).rstrip())
            print(f"{'n':>5}{'bytes':>9}{heads}" + f"{heads}{'gain':>8}" * len(OTHERS))
        ours = ways["phyr"]
        line = f"{n:>5}{ours['bytes']:>9}{columns(ours)}"
        for path in OTHERS:
            row = ways.get(path, {})
            line += columns(row)
            if "both_insns" not in row or "both_insns" not in ours:
                line += f"{'-':>8}"
                continue
            line += f"{gain(ours['both_insns'], row['both_insns']):>+7.1f}%"
            slower += ours["both_insns"] > row["both_insns"]
            compared += 1
        print(line)
    print(f"\nphyr takes more in {slower} of {compared}")


def columns(row):
    return "".join(f"{row.get(count, '-'):>{width}}" for count, (_, width) in TAKES.items())


def guard_rdma(args):
    """Whether phyr takes more of anything than rdma/rw.h, or more than it was to take."""
    verdicts = {}
    for (*of, n), ways in lists_of(load(args.records)).items():
        verdicts.setdefault(title(*of), []).extend(
            f"{what} for {n}" for what in wrong_with(of[-1], n, ways))
    for name, wrong in verdicts.items():
        print(f"fail:{name}: {'; '.join(wrong)}" if wrong else f"pass:{name}:")
    if not verdicts:
        print("fail:rdma: none was measured")


def wrong_with(layout, n, ways):
    """What a list should not take."""
    ours = ways["phyr"]
    if "errno" in ours:
        yield f"phyr fails with {ours['errno']}, another does not,"
        return
    for path in OTHERS:
        row = ways.get(path)
        if not row:
            yield f"{path} was not measured"
        elif "errno" in row:
            if row["errno"] not in NOT_TAKEN:
                yield f"{path} fails with {row['errno']}"
        else:
            yield from more_than(row, ours)
    theirs = ways.get("rdma_rw_ctx_init", {}).get("both_insns")
    if (layout, n) == ("folio16", 256) and theirs and ours["both_insns"] > int(SHARE * theirs):
        yield f"{ours['both_insns']} instructions, more than {SHARE} of rdma_rw_ctx_init(),"


def more_than(row, ours):
    """Of what phyr takes more than another way."""
    for count, what in (("both_insns", "instructions"), ("ranges", "work requests"), ("mrs", "MRs")):
        if ours[count] > row[count]:
            yield f"{ours[count]} {what}, {row['path']} {row[count]},"
    beside, theirs = (way["kept"] - CONTEXTS[way["path"]] for way in (ours, row))
    if beside > theirs + ENTRY:
        yield f"{beside} bytes beside the context, {row['path']} {theirs},"
    # SGEs are fewer where entries adjoin, and so are work requests where there was more than one.
    merges = ours["runs"] <= ours["n"] / 2 and not ours["mrs"]
    if merges and row["ranges"] > 1 and ours["ranges"] == row["ranges"]:
        yield f"{ours['ranges']} work requests, as many as {row['path']},"
