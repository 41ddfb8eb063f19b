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
    return [{**LIST, "path": path, "both_insns": insns, "kept": 32, "ranges": 1}
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
        [line] = self.failures(self.changed("twostep_blk", both_insns=2800))
        self.assertIn("the block layer's loop", line)
        [line] = self.failures(self.changed("phyr_c", kept=49))
        self.assertIn("bytes kept", line)

    def test_a_list_that_is_not_measured_fails(self):
        self.assertTrue(self.failures([{**record, "n": 64} for record in records()]))


class Reasons(unittest.TestCase):
    """A bound that is broken by more than the call takes has no reason."""

    def reason(self, takes, call, loop):
        def row(path, file, insns):
            return {"path": path, "module": "phyr", "file": file, "insns": insns}

        own = {"phyr_c": report.Own.counted([row("phyr_c", "entry/phyrs.rs", call),
                                             row("phyr_c", "plan/usual/direct.rs", loop)]),
               "limit": report.Own.counted([row("limit", None, 500)])}
        return report.reason("above limit", takes, 100, own, "phyr_c")

    def test_what_the_call_takes_is_one(self):
        self.assertEqual(self.reason(takes=150, call=50, loop=600), "the call 50")

    def test_what_a_loop_takes_is_none(self):
        self.assertEqual(self.reason(takes=151, call=50, loop=601), "51")

    def test_what_the_kernel_takes_is_one(self):
        self.assertEqual(self.reason(takes=170, call=50, loop=600), "the call 50, the kernel 20")

    def test_long_lists_follow_from_short_ones(self):
        def rows(insns):
            return [{"path": "limit", "module": "phyr_bench", "file": None, "insns": insns}]

        counted = {("none", "direct", "contiguous", n): rows(100 + 7 * n) for n in (64, 256)}
        own = report.Own.of(counted, ("none", "direct", "contiguous", 1024), "limit")
        self.assertEqual(own.all, 100 + 7 * 1024)

    def test_what_is_not_counted_is_none(self):
        self.assertEqual(report.reason("above limit", 170, 100, {}, "phyr_c"), "70")



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
