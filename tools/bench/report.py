#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads what phyr_bench.ko printed, and makes records, tables and verdicts of it.

    report.py read --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE  > records
    report.py sources --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE  > records
    report.py join RECORDS ...                                         > records
    report.py table RECORDS
    report.py source-table RECORDS
    report.py guard-sources RECORDS
    report.py rdma --device DEVICE --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE
                                                                       > records
    report.py rdma-table RECORDS
    report.py guard-rdma RECORDS
    report.py ulps --device DEVICE --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE
                                                                       > records
    report.py ulps-table RECORDS
    report.py premapped --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE  > records
    report.py premapped-table RECORDS
    report.py guard-premapped RECORDS
    report.py metadata CONSOLE
    report.py bounds [--known BOUNDS] RECORDS
    report.py functions --iommu IOMMU --mode MODE --module KO CONSOLE  > functions
    report.py by-function FUNCTIONS
    report.py compare [--most PERCENT] OLD NEW
    report.py baseline RECORDS                                         > baseline
    report.py guard [--most PERCENT] BASELINE RECORDS
    report.py plots RECORDS
    report.py scale --iommu IOMMU --mode MODE CONSOLE
    report.py data --iommu IOMMU --mode MODE --layout LAYOUT RECORDS   > for gnuplot

RECORDS are JSON: a list of objects, one for each row that was measured; FUNCTIONS are, too:
one for each function of each row, and for each file of a function of phyr.ko.
"""
import argparse
import sys

from reports.bounds import bounds
from reports.changes import compare
from reports.functions import by_function, functions
from reports.guard import baseline, guard
from reports.lists import data, plots, read, table
from reports.memory import metadata
from reports.premapped import guard_premapped, premapped, premapped_table
from reports.rdma import guard_rdma, rdma, rdma_table
from reports.records import join
from reports.scale import scale
from reports.sources import guard_sources, source_table, sources
from reports.ulps import ulps, ulps_table


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    def command(name, run, *names):
        one = commands.add_parser(name)
        one.set_defaults(run=run)
        for argument in names:
            one.add_argument(argument)
        return one

    def of_guest(name, run, *options):
        """Of what one guest printed: which one, and whatever else the table is to say of it."""
        one = command(name, run, "console")
        for option in ("--iommu", "--mode", *options):
            one.add_argument(option, required=True)
        one.add_argument("--about", action="append", default=[])

    of_guest("read", read)
    of_guest("sources", sources)
    command("source-table", source_table, "records")
    command("guard-sources", guard_sources, "records")
    of_guest("rdma", rdma, "--device")
    command("rdma-table", rdma_table, "records")
    command("guard-rdma", guard_rdma, "records")
    of_guest("ulps", ulps, "--device")
    command("ulps-table", ulps_table, "records")
    of_guest("premapped", premapped)
    command("premapped-table", premapped_table, "records")
    command("guard-premapped", guard_premapped, "records")
    command("metadata", metadata, "console")
    of_guest("scale", scale)
    command("table", table, "records")
    one = command("bounds", bounds, "records")
    one.add_argument("--known")
    of_guest("functions", functions, "--module")
    command("by-function", by_function, "functions")
    command("plots", plots, "records")
    one = command("compare", compare, "old", "new")
    one.add_argument("--most", type=float, default=3.0)
    commands.add_parser("join").set_defaults(run=join)
    commands.choices["join"].add_argument("records", nargs="+")
    command("baseline", baseline, "records")
    one = command("guard", guard, "baseline", "records")
    one.add_argument("--most", type=float, default=3.0)
    one = command("data", data, "records")
    for option in ("--iommu", "--mode", "--layout"):
        one.add_argument(option, required=True)
    args = parser.parse_args()
    return args.run(args) or 0


if __name__ == "__main__":
    sys.exit(main())
