# SPDX-License-Identifier: GPL-2.0
"""Bytes that lists take."""
from .records import fields_of


def metadata(args):
    """Bytes of each kind of list of 1 GiB, and what phyr's are of the others'."""
    kinds = ["sg_table", "bio_vec[]", "page *[]"]
    print("Bytes of a list of 1 GiB, and the share of them that struct phyr_list takes")
    print(f"{'pieces':<20}{'how many':>9}{'phyr_list':>11}" +
          "".join(f"{kind:>12}{'share':>8}" for kind in kinds))
    for fields in fields_of(args.console, "metadata"):
        parts, ours, *others = (int(field) for field in fields.split()[:5])
        name = " ".join(fields.split()[5:])
        print(f"{name:<20}{parts:>9}{ours:>11}" +
              "".join(f"{other:>12}{ours / other:>8.3f}" if other else f"{'-':>12}{'-':>8}"
                      for other in others))
