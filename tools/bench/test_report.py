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

from reports.bounds import bounds, broken
from reports.changes import compare
from reports.functions import by_function
from reports.guard import baseline, guard
from reports.lists import COUNTS, table
from reports.memory import metadata
from reports.premapped import MOST, guard_premapped, premapped
from reports.rdma import guard_rdma, rdma, rdma_table
from reports.records import BY_HAND, OURS, PEERS
from reports.scale import scale
from reports.sources import guard_sources, source_table, sources
from reports.ulps import ulps, ulps_table

LIST = {"iommu": "none", "mode": "direct", "layout": "contiguous", "n": 256}
TAKES = {"phyr_c": 2850, "phyr_rust": 2900, "sg": 45000, "twostep_blk": 3549, "limit": 1940}


def records():
    return [{**LIST, "path": path, "both_insns": insns, "both_spread": 0, "ranges": 1, "allocs": 0,
             "kept": 16 if path == "limit" else 32} for path, insns in TAKES.items()]


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
                                   json.loads(printed(baseline, records=measured)))

    def write(self, name, what):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="ascii") as file:
            json.dump(what, file)
        return path

    def failures(self, measured):
        lines = printed(guard, baseline=self.baseline, records=self.write("records", measured),
                        most=3.0).splitlines()
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
        self.assertEqual(self.failures(self.changed("phyr_rust", both_insns=2928)), [])

    def test_3_percent_more_of_what_is_above_the_limit_fails(self):
        for path in OURS:
            more = TAKES[path] + int((TAKES[path] - TAKES["limit"]) * 0.03) + 1
            [line] = self.failures(self.changed(path, both_insns=more))
            self.assertIn(path, line)

    def test_how_much_it_varies_is_allowed_for(self):
        more = {"both_insns": 2960, "both_spread": 40}
        self.assertEqual(self.failures(self.changed("phyr_rust", **more)), [])
        self.assertEqual(len(self.failures(self.changed("phyr_rust", both_insns=2960))), 1)

    def test_however_much_it_varies_3_percent_of_all_fails(self):
        more = {"both_insns": int(TAKES["phyr_rust"] * 1.05), "both_spread": 4000}
        self.assertEqual(len(self.failures(self.changed("phyr_rust", **more))), 1)

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
        rows["limit"]["kept"] = 32
        rows["phyr_c"].update(fields)
        return [name for name, _, _ in broken((iommu, mode, layout, n), rows, "phyr_c")]

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
        self.assertEqual(self.broken("misaligned", iovas=0), ["unseen IOVA allocations"])
        self.assertEqual(self.broken("misaligned", syncs=2), ["syncs"])
        self.assertEqual(self.broken("misaligned", syncs=0), ["unseen syncs"])
        self.assertEqual(self.broken("misaligned", kept=49), ["bytes kept"])
        self.assertEqual(self.broken("misaligned", mode="strict", syncs=2), [])
        self.assertEqual(self.broken("misaligned", mode="strict", syncs=3), ["syncs"])
        self.assertEqual(self.broken("misaligned", deferred=2), ["entries of the flush queue"])
        self.assertEqual(self.broken("misaligned", deferred=0),
                         ["unseen entries of the flush queue"])


def rows_of(n, **takes):
    """Records of every count, of one list."""
    counts = {count: 9999 for count in COUNTS}
    return [{**LIST, **counts, "n": n, "path": path, "both_insns": insns, "both_spread": 0,
             "kept": 32, "kept_per_mib": 16384.0} for path, insns in takes.items()]


class Table(unittest.TestCase):
    def test_it_fits_into_a_commit_message(self):
        most = dict.fromkeys(OURS + PEERS + [BY_HAND], 134001503)
        records = [{**row, "iommu": "virtio", "mode": "strict", "layout": "contiguous",
                    "both_spread": 7140000}
                   for n in (256, 65536) for row in rows_of(n, **most)]
        lines = table_of(records).splitlines()
        self.assertGreater(len(lines), 8)
        self.assertEqual([line for line in lines if len(line) > 75], [])
        self.assertEqual([line.split()[-2:] for line in lines if "%" in line],
                         2 * [["7140000", "134001503"]])

    def test_it_says_what_it_was_measured_with(self):
        records = [{**row, "phyr": "0123456789ab", "qemu": 80 * "q"} for row in
                   rows_of(1, phyr_c=120, sg=480, twostep_blk=100, phys=60, limit=90)]
        lines = table_of(records).splitlines()
        self.assertEqual(lines[:2], ["phyr   0123456789ab", "qemu   " + 68 * "q"])

    def test_columns_are_apart(self):
        [line] = [line for line in table_of(rows_of(1, phyr_c=120, sg=480, twostep_blk=100,
                                                    phys=60, limit=90)).splitlines()
                  if line.startswith("    1 ") and "%" in line]
        self.assertEqual(line.split(),
                         ["1", "+75.0%", "-20.0%", "-100.0%", "-", "30", "0", "-"])


def table_of(records):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(records, file)
        file.flush()
        return printed(table, records=file.name)


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
                status = compare(argparse.Namespace(old=old.name, new=new.name, most=most))
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

    def test_sources_are_compared_too(self):
        rows = [{**LIST, "of": of, "n": 1, "path": path, "both_insns": insns, "runs": 1}
                for of in ("request", "iov_iter")
                for path, insns in (("phyr", 500), ("a_way", 600), ("another_way", 700))]
        for change, status in (0, 0), (10, 1):
            new = [{**row, "both_insns": 500 + change} if row["path"] == "phyr" else row
                   for row in rows]
            with (tempfile.NamedTemporaryFile("w", suffix=".json") as records,
                  tempfile.NamedTemporaryFile("w", suffix=".txt") as table):
                json.dump(rows, records)
                records.flush()
                table.write(printed(source_table, records=records.name))
                table.flush()
                records.seek(0)
                json.dump(new, records)
                records.truncate()
                records.flush()
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    failed = compare(argparse.Namespace(old=table.name, new=records.name,
                                                        most=1.0))
            self.assertEqual(failed, status)
            self.assertIn(f"{2 * status} of 6 rows differ", out.getvalue())


class Rdma(unittest.TestCase):
    """What it takes to prepare a transfer, beside rdma/rw.h."""

    TAKES = {"both_insns": 100, "ranges": 4, "mrs": 0, "allocs": 0, "kept": 1}

    def verdicts(self, layout="folio16", n=256, runs=16, refused="", left_out="", **ours):
        ours = {"both_insns": 50, "ranges": 1, **ours}
        rows = [f"[ 1.0] phyr_bench: rdma of=read layout={layout} n={n} path={path} runs={runs} "
                "bytes=1048576 " + " ".join(f"{count}={takes}" for count, takes in row.items())
                for path, row in [("phyr", {**self.TAKES, **ours}), ("rdma_rw_ctx_init", self.TAKES),
                                  ("rdma_rw_ctx_init_bvec", {**self.TAKES, "both_insns": 120})]
                if path not in refused and path != left_out]
        rows += [f"[ 1.0] phyr_bench: refused-rdma of=read layout={layout} n={n} bytes=1048576 {row}"
                 for row in refused.splitlines()]
        records = of_console(rdma, *rows, iommu="intel", mode="strict", device="xlat")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(records)
            file.flush()
            args = argparse.Namespace(records=file.name)
            table = printed(rdma_table, **vars(args))
            self.assertLessEqual(max(len(line) for line in table.splitlines()), 120)
            self.table = [line.split() for line in table.splitlines()]
            return printed(guard_rdma, **vars(args))

    def test_less_passes(self):
        self.assertEqual(self.verdicts(), "pass:xlat, intel strict, RDMA READ of folio16:\n")
        self.assertIn(["256", "1048576", "50", "1", "0", "0", "1", "100", "4", "0", "0", "1", "+50.0%",
                       "120", "4", "0", "0", "1", "+58.3%"], self.table)

    def test_more_of_anything_fails(self):
        self.assertIn("101 instructions, rdma_rw_ctx_init 100, for 256", self.verdicts(both_insns=101))
        self.assertNotIn("rdma_rw_ctx_init_bvec", self.verdicts(both_insns=101))
        self.assertIn("5 work requests, rdma_rw_ctx_init_bvec 4, for 256", self.verdicts(ranges=5))
        self.assertIn("1 MRs, rdma_rw_ctx_init 0, for 256", self.verdicts(mrs=1))
        kept = self.TAKES["kept"] + 192 - 136 + 16
        self.assertIn("bytes beside the context, rdma_rw_ctx_init ", self.verdicts(kept=kept + 1))
        self.assertIn("pass:", self.verdicts(kept=kept - 16))

    def test_what_merges_takes_fewer_work_requests(self):
        self.assertIn("4 work requests, as many as", self.verdicts(ranges=4))
        self.assertIn("pass:", self.verdicts(ranges=4, runs=256))
        self.assertIn("pass:", self.verdicts(ranges=3))

    def test_folios_of_1_mib_take_6_tenths(self):
        self.assertIn("more than 0.6", self.verdicts(both_insns=61))
        self.assertIn("pass:", self.verdicts(both_insns=61, layout="scattered", runs=256))

    def test_what_is_refused(self):
        by_init = "path=rdma_rw_ctx_init errno={}\npath=rdma_rw_ctx_init_bvec errno=5"
        self.assertIn("pass:", self.verdicts(refused=by_init.format(22)))
        self.assertIn(["256", "1048576", "50", "1", "0", "0", "1"] + 12 * ["-"], self.table)
        self.assertIn("rdma_rw_ctx_init fails with 12", self.verdicts(refused=by_init.format(12)))
        self.assertIn("rdma_rw_ctx_init was not measured", self.verdicts(left_out="rdma_rw_ctx_init"))
        self.assertIn("phyr fails with 22, another does not",
                      self.verdicts(refused="path=phyr errno=22"))
        nobody = by_init.format(22) + "\npath=phyr errno=11"
        self.assertIn("none was measured", self.verdicts(refused=nobody))


class ByHand(unittest.TestCase):
    """A bound that is broken by hand, too, is out of reach; another is not."""

    def bounds(self, by_hand, known=None):
        rows = [{**row, "both_insns": by_hand} if row["path"] == BY_HAND else row
                for row in rows_of(2, phyr_c=345, phyr_rust=361, sg=1000, twostep_blk=334,
                                   limit=300, by_hand=0)]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(rows, file)
            file.flush()
            return printed(bounds, records=file.name, known=known)

    def test_what_is_broken_by_hand(self):
        out = self.bounds(by_hand=340)
        self.assertRegex(out, r"phyr_c +the block layer's loop +345 > 334 +by hand: 340\n")
        self.assertIn("2 of 10 bounds are broken, 0 of them not by hand", out)

    def test_what_is_not(self):
        out = self.bounds(by_hand=334)
        self.assertRegex(out, r"phyr_c +the block layer's loop +345 > 334 +not by hand: 334\n")
        self.assertIn("1 of them not by hand", out)

    def test_a_mapping_in_rust_takes_more_by_hand_too(self):
        self.assertRegex(self.bounds(by_hand=334),
                         r"phyr_rust +the block layer's loop +361 > 334 +by hand: 350\n")
        self.assertRegex(self.bounds(by_hand=318),
                         r"phyr_rust +the block layer's loop +361 > 334 +not by hand: 334\n")

    def test_one_that_is_not_known_is_new(self):
        lines = self.bounds(by_hand=340).splitlines()
        for known, new in (lines, []), (lines[:1], ["phyr_rust"]), ([], OURS):
            with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
                # What they take is no part of it.
                file.write("\n".join(known).replace("345", "350"))
                file.flush()
                out = self.bounds(by_hand=340, known=file.name)
            self.assertEqual([line.split()[4] for line in out.splitlines()
                              if line.endswith(", new")], new)


def of_console(run, *lines, **args):
    """What is printed of a console that has these lines."""
    with tempfile.NamedTemporaryFile("w", suffix=".log") as console:
        console.write("\n".join(lines))
        console.flush()
        return printed(run, console=console.name, about=[], **args)


class Sources(unittest.TestCase):
    def of_rows(self, run, *insns):
        rows = [f"[ 1.0] phyr_bench: source of=request layout=scattered n=4 path={path} "
                f"both_insns={takes} runs=4 bytes=16384 kept=64"
                for path, takes in zip(["phyr", "blk_rq_map_sg"], insns)]
        records = of_console(sources, "[ 0.9] phyr_bench: row layout=x n=1", *rows,
                             iommu="none", mode="direct")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(records)
            file.flush()
            return printed(run, records=file.name)

    def table(self, *insns):
        return self.of_rows(source_table, *insns)

    def test_one_that_takes_more_fails(self):
        self.assertRegex(self.of_rows(guard_sources, 1000, 1000), r"^pass:none direct, ")
        self.assertRegex(self.of_rows(guard_sources, 1001, 1000),
                         r"^fail:.*: phyr takes more: 1001 for 4, blk_rq_map_sg 1000")

    def test_none_fails(self):
        self.assertRegex(self.of_rows(guard_sources), r"^fail:")

    def test_what_takes_less_has_a_gain(self):
        self.assertRegex(self.table(750, 1000), r"4 +4 +750 +1000 +\+25\.0%")
        self.assertIn("phyr takes more in 0 of 1", self.table(750, 1000))

    def test_what_takes_more_is_counted(self):
        self.assertIn("phyr takes more in 1 of 1", self.table(1001, 1000))

    def test_shares_are_of_each_kind_that_there_is(self):
        out = of_console(metadata, "[ 1.0] phyr_bench: metadata 8 100 400 200 0 pieces of some kind")
        self.assertRegex(out, r"pieces of some kind +8 +100 +400 +0\.250 +200 +0\.500 +- +-")


class Scale(unittest.TestCase):
    def scale(self, *lists):
        rows = [f"[ 1.0] phyr_bench: scale granule=1 threads={threads} path={path} lists={maps} "
                "seconds=2" for threads, maps in zip((1, 2, 3), lists)
                for path in OURS + PEERS]
        table = of_console(scale, *rows, iommu="none", mode="direct").splitlines()
        self.assertEqual(len({len(line) for line in table[2:]}), 1)
        return [line.split() for line in table]

    def test_threads_are_against_one_and_against_sg(self):
        self.assertEqual([line[:3] for line in self.scale(100, 190, 270)[-3:]],
                         [["1", "1.00", "(1.00)"], ["2", "1.00", "(1.90)"],
                          ["3", "1.00", "(2.70)"]])

    def test_threads_that_mapped_nothing_are_compared_with_nothing(self):
        self.assertEqual([line[:3] for line in self.scale(0, 50)[-2:]],
                         [["1", "-", "(-)"], ["2", "1.00", "(-)"]])
        self.assertEqual(self.scale(50, 0)[-1][:3], ["2", "-", "(0.00)"])


class Functions(unittest.TestCase):
    def table(self, paths):
        rows = [{**LIST, "path": path, "module": "", "function": function, "file": None,
                 "insns": insns}
                for path, insns in paths.items()
                for function, insns in (("alike", 7), ("apart", insns))]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(rows, file)
            file.flush()
            return [line.split() for line in
                    printed(by_function, functions=file.name).splitlines()]

    def test_sources_have_columns_of_their_own(self):
        self.assertEqual(self.table({"extract_iter_to_sg": 30, "phyr": 20})[2:],
                         [["phyr", "extract_iter_to_sg"],
                          ["1", "functions", "that", "are", "alike", "7", "7"],
                          ["apart", "20", "30"], ["sum", "27", "37"]])

    def test_lists_have_those_that_are_told_of(self):
        self.assertEqual(self.table({"limit": 3, "sg": 40, "phyr_c": 5})[2],
                         ["phyr_c", "limit"])


class Ulps(unittest.TestCase):
    """What an I/O takes is what all take, by their number, in a table for each direction."""

    def table(self, phyr=1000):
        row = ("[ 1.0] phyr_bench: ulp of=nfs path={} rw={} bytes={} nr=8 insns=80000 in_send={} in_done={} "
               "kmallocs=8 slabs=12 iovas=16 wrs=24")
        rows = [row.format(path, way, size, (phyr if path == "phyr" else 1000) - 200 + at_times, 250 - at_times)
                for at_times in (0, 50) for path in ("phyr", "before")
                for size in (4096, 65536) for way in ("read", "write")]
        records = of_console(ulps, *rows, iommu="intel", mode="strict", device="xlat")
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
            file.write(records)
            file.flush()
            return printed(ulps_table, records=file.name)

    def test_counts_are_of_one(self):
        self.assertIn("65536      10000     1000      2      0     0      3     2.5", self.table())

    def test_a_direction_has_one_table(self):
        self.assertEqual(self.table().count("reads:"), 1)
        self.assertEqual(self.table().count("writes:"), 1)

    def test_what_takes_more_is_counted(self):
        self.assertIn("takes more in 0 of 4", self.table())
        self.assertIn("takes more in 4 of 4", self.table(phyr=1001))


class Premapped(unittest.TestCase):
    def verdicts(self, **ours):
        row = ("[ 1.0] phyr_bench: premapped layout=contiguous n=4 path={path} map_insns=1 unmap_insns=1 "
               "both_insns={insns} ranges=1 bytes=16384 calls=0 links=0 unmaps=0 iovas=0 syncs=0 "
               "deferred=0 requests=0 allocs={allocs} kept=8")
        ways = {"lookup": {"insns": MOST}, "premapped": {"insns": 900}, "phyr_c": {"insns": 900}, "sg": {"insns": 900}}
        for path, differs in ours.items():
            ways[path].update(differs)
        lines = (row.format(**{"path": path, "allocs": 0, **way}) for path, way in ways.items())
        records = of_console(premapped, *lines, iommu="intel", mode="strict")
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
            file.write(records)
            file.flush()
            return printed(guard_premapped, records=file.name)

    def test_what_is_promised_passes(self):
        self.assertTrue(self.verdicts().startswith("pass:"))

    def test_one_instruction_more_fails(self):
        self.assertTrue(self.verdicts(lookup={"insns": MOST + 1}).startswith("fail:"))

    def test_to_take_more_than_to_map_fails(self):
        self.assertTrue(self.verdicts(premapped={"insns": 901}).startswith("fail:"))

    def test_to_ask_anybody_fails(self):
        self.assertTrue(self.verdicts(premapped={"allocs": 1}).startswith("fail:"))


if __name__ == "__main__":
    unittest.main()
