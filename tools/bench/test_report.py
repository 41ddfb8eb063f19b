#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Whether the guard of report.py fails when it should."""
import argparse
import contextlib
import copy
import io
import json
import os
import tempfile
import unittest

import report

LIST = {"iommu": "none", "mode": "direct", "layout": "contiguous", "n": 256}
TAKES = {"phyr_c": 2850, "phyr_rust": 2900, "sg": 45000, "twostep_blk": 3549, "limit": 1940}


def records():
    return [{**LIST, "path": path, "both_insns": insns, "kept": 32, "ranges": 1, "allocs": 0}
            for path, insns in TAKES.items()]


def printed(run, **args):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        run(argparse.Namespace(**args))
    return out.getvalue()


class Guard(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        measured = self.write("measured", records())
        self.baseline = self.write("baseline",
                                   json.loads(printed(report.baseline, records=measured)))

    def write(self, name, what):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="ascii") as file:
            json.dump(what, file)
        return path

    def failures(self, measured):
        lines = printed(report.guard, baseline=self.baseline,
                        records=self.write("records", measured), most=3.0).splitlines()
        self.assertTrue(lines)
        return [line for line in lines if not line.startswith("pass:")]

    def changed(self, path, **fields):
        measured = copy.deepcopy(records())
        for record in measured:
            if record["path"] == path:
                record.update(fields)
        return measured

    def test_what_is_as_it_was_passes(self):
        self.assertEqual(self.failures(records()), [])

    def test_less_passes(self):
        self.assertEqual(self.failures(self.changed("phyr_c", both_insns=2000)), [])

    def test_a_little_more_passes(self):
        self.assertEqual(self.failures(self.changed("phyr_rust", both_insns=2980)), [])

    def test_more_than_3_percent_more_fails(self):
        for path in report.OURS:
            more = int(TAKES[path] * 1.04)
            [line] = self.failures(self.changed(path, both_insns=more))
            self.assertIn(path, line)

    def test_a_bound_that_is_newly_broken_fails(self):
        # As much as before, but more than the loop of the block layer.
        for line in self.failures(self.changed("twostep_blk", both_insns=2800)):
            self.assertIn("the block layer's loop", line)
        self.assertEqual(len(self.failures(self.changed("twostep_blk", both_insns=2800))), 2)
        [line] = self.failures(self.changed("phyr_c", kept=49))
        self.assertIn("bytes kept", line)
        [line] = self.failures(self.changed("phyr_rust", allocs=1))
        self.assertIn("allocations", line)

    def test_a_list_that_is_not_measured_fails(self):
        self.assertTrue(self.failures([{**record, "n": 64} for record in records()]))


class Bounds(unittest.TestCase):
    """Which bounds a list breaks, by what is measured of it."""

    USUAL = {"iovas": 1, "syncs": 1, "deferred": 1, "allocs": 0, "kept": 48, "ranges": 1}

    def broken(self, layout, n=64, mode="lazy", iommu="intel", **fields):
        rows = {path: {**self.USUAL, "both_insns": insns} for path, insns in
                {"phyr_c": 900, "sg": 1000, "twostep_blk": 900, "limit": 900}.items()}
        rows["phyr_c"].update(fields)
        return [name for name, _, _ in report.broken((iommu, mode, layout, n), rows, "phyr_c")]

    def test_shares_behind_vtd(self):
        for layout, share in [("contiguous", 0.40), ("folio16", 0.50), ("scattered", 0.93),
                              ("misaligned", 0.93)]:
            most = int(1000 * share)
            name = f"{share:.2f} of dma_map_sgtable()"
            self.assertNotIn(name, self.broken(layout, both_insns=most))
            self.assertIn(name, self.broken(layout, both_insns=most + 1))
        self.assertIn("0.45 of dma_map_sgtable()", self.broken("folio16", n=256, both_insns=451))
        self.assertEqual(self.broken("scattered", n=8, both_insns=900), [])

    def test_shares_are_those_without_an_iommu_if_it_passes_all_through(self):
        self.assertEqual(self.broken("scattered", mode="direct", both_insns=500), [])
        self.assertEqual(self.broken("scattered", mode="direct", both_insns=501),
                         ["0.50 of dma_map_sgtable()"])

    def test_misaligned_lists(self):
        self.assertEqual(self.broken("misaligned"), [])
        self.assertEqual(self.broken("misaligned", iovas=2), ["IOVA allocations"])
        self.assertEqual(self.broken("misaligned", n=1, iovas=2), ["IOVA allocations"])
        self.assertEqual(self.broken("misaligned", syncs=2), ["syncs"])
        self.assertEqual(self.broken("misaligned", mode="strict", syncs=2), [])
        self.assertEqual(self.broken("misaligned", mode="strict", syncs=3), ["syncs"])
        self.assertEqual(self.broken("misaligned", deferred=2), ["entries of the flush queue"])
        self.assertEqual(self.broken("misaligned", deferred=0),
                         ["unseen entries of the flush queue"])


def rows_of(n, **takes):
    """Records of every count, of one list."""
    counts = {count: 9999 for count in report.COUNTS}
    return [{**LIST, **counts, "n": n, "path": path, "both_insns": insns, "both_spread": 0,
             "kept_per_mib": 16384.0} for path, insns in takes.items()]


class Table(unittest.TestCase):
    def test_it_fits_into_a_commit_message(self):
        most = dict.fromkeys(report.OURS + report.PEERS, 134001503)
        records = [{**row, "iommu": "virtio", "mode": "strict", "layout": "contiguous"}
                   for n in (256, 65536) for row in rows_of(n, **most)]
        lines = table_of(records).splitlines()
        self.assertGreater(len(lines), 8)
        self.assertEqual([line for line in lines if len(line) > 75], [])

    def test_columns_are_apart(self):
        [line] = [line for line in table_of(rows_of(1, phyr_c=120, sg=480, twostep_blk=100,
                                                    phys=60, limit=90)).splitlines()
                  if line.startswith("    1    ") and "%" in line]
        self.assertEqual(line.split(),
                         ["1", "+75.0%", "-20.0%", "-100.0%", "-", "30", "0"])


def table_of(records):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(records, file)
        file.flush()
        return printed(report.table, records=file.name)


class Compare(unittest.TestCase):
    def compare(self, phyr, sg, n=1, most=1.0):
        records = [{"iommu": "none", "mode": "direct", "layout": "contiguous", "n": n,
                    "path": path, "both_insns": insns}
                   for path, insns in (("phyr_c", phyr), ("sg", sg))]
        table = table_of([{**row, "layout": "contiguous"} for row in
                          rows_of(1, phyr_c=200, sg=600, limit=90) +
                          rows_of(2, phyr_c=300, sg=700, limit=95)])
        with (tempfile.NamedTemporaryFile("w", suffix=".txt") as old,
              tempfile.NamedTemporaryFile("w", suffix=".json") as new):
            old.write(table)
            old.flush()
            json.dump(records, new)
            new.flush()
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                status = report.compare(argparse.Namespace(old=old.name, new=new.name, most=most))
        return status, out.getvalue()

    def test_the_same_is_no_difference(self):
        status, out = self.compare(200, 600)
        self.assertEqual(status, 0)
        self.assertIn("0 of 2 rows differ by 1% or more", out)
        self.assertIn("4 are only in the first, 0 only in the second", out)

    def test_any_difference_is_told_and_phyrs_loss_fails(self):
        self.assertEqual(self.compare(200, 607)[0], 0)
        self.assertIn("1 of 2 rows differ", self.compare(200, 607)[1])
        self.assertEqual(self.compare(203, 600)[0], 1)
        self.assertEqual(self.compare(201, 600)[0], 0)

    def test_nothing_to_compare_fails(self):
        self.assertEqual(self.compare(200, 600, n=64)[0], 1)


class Reasons(unittest.TestCase):
    """A bound that is broken by more than the call takes, and loops to begin, has no reason."""

    def reason(self, takes, call, loop, once=0):
        def row(path, file, insns, once=False):
            return {"path": path, "module": "phyr", "file": file, "insns": insns, "once": once}

        own = {"phyr_c": report.Own.counted([row("phyr_c", "entry/phyrs.rs", call),
                                             row("phyr_c", "plan/usual/direct.rs", once, True),
                                             row("phyr_c", "plan/usual/direct.rs", loop)]),
               "limit": report.Own.counted([row("limit", None, 500)])}
        return report.reason("above limit", takes, 200, own, "phyr_c")

    def test_what_the_call_takes_is_one(self):
        self.assertEqual(self.reason(takes=250, call=150, loop=700), "the call 150")

    def test_what_is_done_once_is_one(self):
        self.assertEqual(self.reason(takes=270, call=150, loop=700, once=20),
                         "the call 150, to begin and to end 20")

    def test_what_the_bound_has_for_the_call_is_not_counted_twice(self):
        self.assertEqual(self.reason(takes=251, call=50, loop=701), "151")

    def test_the_call_is_none_for_what_is_no_instruction(self):
        own = {"phyr_c": report.Own(100, 0, 100, 0)}
        self.assertEqual(report.reason("allocations", 2, 1, own, "phyr_c"), "1")

    def test_what_a_loop_takes_is_none(self):
        self.assertEqual(self.reason(takes=251, call=150, loop=701), "151")

    def test_what_the_kernel_takes_is_one(self):
        self.assertEqual(self.reason(takes=270, call=150, loop=600),
                         "the call 150, to begin and to end 0, the kernel 20")

    def test_long_lists_follow_from_short_ones(self):
        def rows(insns):
            return [{"path": "limit", "module": "phyr_bench", "file": None, "insns": insns,
                     "once": False}]

        counted = {("none", "direct", "contiguous", n): rows(100 + 7 * n) for n in (64, 256)}
        own = report.Own.of(counted, ("none", "direct", "contiguous", 1024), "limit")
        self.assertEqual(own.all, 100 + 7 * 1024)
        self.assertIn("64 and 256", own.mark)

    def test_what_is_not_counted_is_none(self):
        self.assertEqual(report.reason("above limit", 170, 100, {}, "phyr_c"), "170")


class Sources(unittest.TestCase):
    def lines(self, run, *lines, **args):
        with tempfile.NamedTemporaryFile("w", suffix=".log") as console:
            console.write("\n".join(lines))
            console.flush()
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                run(argparse.Namespace(console=console.name, about=[], **args))
        return out.getvalue()

    def table(self, *insns):
        rows = [f"[ 1.0] phyr_bench: source of=request layout=scattered n=4 path={path} "
                f"both_insns={takes} runs=4 bytes=16384 kept=64"
                for path, takes in zip(["phyr", "blk_rq_map_sg"], insns)]
        records = self.lines(report.sources, "[ 0.9] phyr_bench: row layout=x n=1", *rows,
                             iommu="none", mode="direct")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(records)
            file.flush()
            return self.lines(report.source_table, records=file.name)

    def test_what_takes_less_has_a_gain(self):
        self.assertRegex(self.table(750, 1000), r"4 +4 +750 +1000 +\+25\.0%")
        self.assertIn("phyr takes more in 0 of 1", self.table(750, 1000))

    def test_what_takes_more_is_counted(self):
        self.assertIn("phyr takes more in 1 of 1", self.table(1001, 1000))

    def test_shares_are_of_each_kind_that_there_is(self):
        out = self.lines(report.metadata,
                         "[ 1.0] phyr_bench: metadata 8 100 400 200 0 pieces of some kind")
        self.assertRegex(out, r"pieces of some kind +8 +100 +400 +0\.250 +200 +0\.500 +- +-")


if __name__ == "__main__":
    unittest.main()
