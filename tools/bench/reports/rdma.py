# SPDX-License-Identifier: GPL-2.0
"""RDMA READs and WRITEs, beside rdma/rw.h."""
from .records import dump, gain, load, printed, ways_of


def rdma(args):
    dump(printed(args, "rdma"))


def rdma_table(args):
    """To prepare an RDMA READ or WRITE of a list and to destroy it: phyr, and rdma/rw.h beside it."""
    before = None
    slower = rows_told = 0
    for (iommu, mode, of, layout, n), rows in ways_of(load(args.records)).items():
        ours = rows["phyr"]
        others = [path for path in rows if path != "phyr"]
        if (iommu, mode, of, layout) != before:
            before = (iommu, mode, of, layout)
            print(f"\n{iommu} {mode}, RDMA {of.upper()} of {layout}:\n"
                  "instructions, work requests, allocations and bytes that are kept; gain of phyr, "
                  "+ve is better")
            print(f"{'n':>5}{'bytes':>9}{'phyr':>9}{'wqes':>5}{'al':>4}{'kept':>7}" +
                  "".join(f"{path:>{len(path) + 2}}{'wqes':>5}{'al':>4}{'kept':>7}{'gain':>8}"
                          for path in ("rdma_rw_ctx_init", "rdma_rw_ctx_init_bvec")))
        line = (f"{n:>5}{ours['bytes']:>9}{ours['both_insns']:>9}{ours['ranges']:>5}"
                f"{ours['allocs']:>4}{ours['kept']:>7}")
        for path in others:
            row = rows[path]
            line += (f"{row['both_insns']:>{len(path) + 2}}{row['ranges']:>5}{row['allocs']:>4}"
                     f"{row['kept']:>7}{gain(ours['both_insns'], row['both_insns']):>+7.1f}%")
            slower += ours["both_insns"] > row["both_insns"]
            rows_told += 1
        print(line)
    print(f"\nphyr takes more in {slower} of {rows_told}")


def guard_rdma(args):
    """Whether phyr takes more, or more work requests, than rdma/rw.h, or more than it was to take."""
    verdicts = {}
    for (iommu, mode, of, layout, n), rows in ways_of(load(args.records)).items():
        ours = rows["phyr"]
        wrong = verdicts.setdefault(f"{iommu} {mode}, RDMA {of.upper()} of {layout}", [])
        for path, row in rows.items():
            if ours["both_insns"] > row["both_insns"]:
                wrong.append(f"{ours['both_insns']} for {n}, {path} {row['both_insns']}")
            if ours["ranges"] > row["ranges"]:
                wrong.append(f"{ours['ranges']} work requests for {n}, {path} {row['ranges']}")
        most = int(0.6 * rows["rdma_rw_ctx_init"]["both_insns"])
        if (layout, n) == ("folio16", 256) and mode != "direct" and ours["both_insns"] > most:
            wrong.append(f"{ours['both_insns']} for 1 MiB, more than 0.6 of rdma_rw_ctx_init()")
    for name, wrong in verdicts.items():
        print(f"fail:{name}: phyr takes more: {'; '.join(wrong)}" if wrong else f"pass:{name}:")
    if not verdicts:
        print("fail:rdma: none was measured")
