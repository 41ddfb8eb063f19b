# SPDX-License-Identifier: GPL-2.0
"""From what callers have to DMA ranges and back."""
from .records import dump, gain, load, printed, ways_of

SOURCES = {
    "request": "a block request",
    "iov_iter": "an iov_iter of bio_vecs",
    "user_iov_iter": "an iov_iter of user memory, pinned",
    "user": "user memory, registered",
}


def sources(args):
    dump(printed(args, "source"))


def source_table(args):
    """From what a caller has to DMA ranges and back: phyr, and each other way beside it."""
    ways = ways_of(load(args.records))
    before = None
    for (iommu, mode, of, layout, n), rows in ways.items():
        others = [path for path in rows if path != "phyr"]
        if (iommu, mode, of, layout) != before:
            before = (iommu, mode, of, layout)
            print(f"\n{iommu} {mode}, {layout} pages in {SOURCES[of]}:\n"
                  "instructions to map and unmap; gain of phyr, +ve is better")
            print(f"{'n':>5}{'runs':>6}{'phyr':>8}" +
                  "".join(f"{path:>{len(path) + 2}}{'gain':>8}" for path in others))
        ours = rows["phyr"]["both_insns"]
        print(f"{n:>5}{rows['phyr']['runs']:>6}{ours:>8}" +
              "".join(f"{rows[path]['both_insns']:>{len(path) + 2}}"
                      f"{gain(ours, rows[path]['both_insns']):>+7.1f}%" for path in others))
    slower = sum(rows["phyr"]["both_insns"] > row["both_insns"]
                 for rows in ways.values() for row in rows.values())
    print(f"\nphyr takes more in {slower} of {sum(len(rows) - 1 for rows in ways.values())}")


def guard_sources(args):
    """Whether phyr takes more than another way from any source, however many pages there are."""
    verdicts = {}
    for (iommu, mode, of, layout, n), rows in ways_of(load(args.records)).items():
        ours = rows["phyr"]["both_insns"]
        name = f"{iommu} {mode}, {layout} pages in {SOURCES[of]}"
        verdicts.setdefault(name, []).extend(
            f"{ours} for {n}, {path} {row['both_insns']}"
            for path, row in rows.items() if ours > row["both_insns"])
    for name, more in verdicts.items():
        print(f"fail:{name}: phyr takes more: {'; '.join(more)}" if more else f"pass:{name}:")
    if not verdicts:
        print("fail:sources: none was measured")
