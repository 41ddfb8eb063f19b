# SPDX-License-Identifier: GPL-2.0
"""How many lists threads map."""
from .records import OURS, PEERS, fields_of


def scale(args):
    """How many lists threads map: against one thread of the same path, and against each other."""
    lists = {}
    granule = 0
    for fields in fields_of(args.console, "scale"):
        row = dict(field.split("=", 1) for field in fields.split())
        granule = int(row["granule"])
        lists.setdefault(int(row["threads"]), {})[row["path"]] = int(row["lists"])
    paths = OURS + PEERS
    print(f"\n{args.iommu} {args.mode}, lists of {granule} pages: as many times what sg maps with "
          "as many threads (and what the path itself maps with one)")
    print(f"{'threads':>7}" + "".join(f"{path:>16}" for path in paths))
    for threads, rows in lists.items():
        print(f"{threads:>7}" + "".join(
            f"{times(rows[path], rows['sg']):>9}"
            f"{'(' + times(rows[path], lists[1][path]) + ')':>7}"
            for path in paths))


def times(of, against):
    """As many times, if there is anything to compare with."""
    return f"{of / against:.2f}" if against else "-"
