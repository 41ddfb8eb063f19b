#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads what phyr_bench.ko printed, and makes records, tables and verdicts of it.

    report.py read --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE  > records
    report.py sources --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE  > records
    report.py join RECORDS ...                                         > records
    report.py table RECORDS
    report.py source-table RECORDS
    report.py guard-sources RECORDS
    report.py rdma --iommu IOMMU --mode MODE [--about KEY=VALUE ...] CONSOLE  > records
    report.py rdma-table RECORDS
    report.py guard-rdma RECORDS
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
import json
import re
import subprocess
import sys

PEERS = ["sg", "phys", "twostep_blk", "twostep_each", "limit"]
OURS = ["phyr_c", "phyr_rust"]
# What phyr promises, by hand in C: no peer, but what shows whether a bound can be held.
BY_HAND = "by_hand"
SOURCES = {
    "request": "a block request",
    "iov_iter": "an iov_iter of bio_vecs",
    "user_iov_iter": "an iov_iter of user memory, pinned",
    "user": "user memory, registered",
}
# What a table calls each count, and how wide its column is.
COUNTS = {
    "ranges": ("ranges", 7),
    "calls": ("calls", 6),
    "links": ("links", 6),
    "walks": ("walks", 6),
    "unmaps": ("unmaps", 7),
    "iovas": ("iovas", 6),
    "syncs": ("syncs", 6),
    "deferred": ("fq", 4),
    "requests": ("reqs", 6),
    "allocs": ("allocs", 7),
}


def read(args):
    dump(printed(args, "row"))


def sources(args):
    dump(printed(args, "source"))


def fields_of(console, kind):
    """What each line of that kind on the console says."""
    with open(console, encoding="ascii", errors="replace") as file:
        for line in file:
            _, found, fields = line.partition(f"phyr_bench: {kind} ")
            if found:
                yield fields


def printed(args, kind):
    """A record for each row of that kind that is on the console."""
    about = dict(pair.split("=", 1) for pair in args.about)
    records = []
    for fields in fields_of(args.console, kind):
        row = dict(field.split("=", 1) for field in fields.split())
        record = {**about, "iommu": args.iommu, "mode": args.mode}
        for key, value in row.items():
            record[key] = int(value) if value.isdigit() else value
        record["kept_per_mib"] = round(record["kept"] * 2**20 / record["bytes"], 1)
        records.append(record)
    return records


def ways_of(records):
    """By source, layout and number of pages: each way to map them."""
    ways = {}
    for record in records:
        of = tuple(record[part] for part in ("iommu", "mode", "of", "layout", "n"))
        ways.setdefault(of, {})[record["path"]] = record
    return ways


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


def join(args):
    dump([record for path in args.records for record in load(path)])


def dump(records):
    print("[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]")


def load(path):
    with open(path, encoding="ascii") as file:
        return json.load(file)


def key(record):
    return tuple(record[part] for part in ("iommu", "mode", "layout", "n", "path"))


def by_list(records):
    """The records of each list, by path, in the order in which they were measured."""
    lists = {}
    for record in records:
        lists.setdefault(key(record)[:4], {})[record["path"]] = record
    return lists


def gain(of, against):
    """How much less it takes, in percent: more is better."""
    return 100.0 * (against - of) / against


# What the paths are called where there is no room: a table has to fit into a commit message.
SHORT = {"phyr_rust": "rust", "twostep_blk": "blk", "twostep_each": "each", "by_hand": "hand"}
LONG = {short: path for path, short in SHORT.items()}


# What a record says of what it was measured with.
MEASURED_WITH = ["phyr", "kernel", "config", "cc", "rustc", "qemu"]


def table(args):
    records = load(args.records)
    for what in MEASURED_WITH:
        for value in dict.fromkeys(record[what] for record in records if what in record):
            print(f"{what:<7}{value:.68}")
    layouts = {}
    for (iommu, mode, layout, n), rows in by_list(records).items():
        layouts.setdefault((iommu, mode, layout), []).append((n, rows))
    for (iommu, mode, layout), lists in layouts.items():
        title = f"{iommu} {mode}, {layout}:"
        print(f"\n{title} instructions to map and unmap")
        print(f"{'n':>5}" + "".join(f"{SHORT.get(path, path):>10}" for path in OURS + PEERS))
        for n, rows in lists:
            print(f"{n:>5}" + "".join(f"{rows[path]['both_insns'] if path in rows else '-':>10}"
                                      for path in OURS + PEERS))
        print(f"\n{title} gain of phyr_c, +ve is better; above limit")
        print(f"{'n':>5}{'on sg':>9}{'on blk':>9}{'on phys':>9}{'on each':>9}"
              f"{'above limit':>12}{'spread':>9}{'by hand':>11}")
        for n, rows in lists:
            ours = rows["phyr_c"]["both_insns"]
            print(f"{n:>5}" + "".join(
                f"{gain(ours, rows[peer]['both_insns']):>+8.1f}%" if peer in rows else f"{'-':>9}"
                for peer in ("sg", "twostep_blk", "phys", "twostep_each")) +
                f"{ours - rows['limit']['both_insns']:>12}{rows['phyr_c']['both_spread']:>9}"
                f"{rows[BY_HAND]['both_insns'] if BY_HAND in rows else '-':>11}")
    for (iommu, mode, layout), lists in layouts.items():
        for n, rows in lists:
            if n in (16, 256):
                print(f"\n{iommu} {mode}, {n} of {layout}: calls below; bytes kept for a MiB")
                print(f"{'':<6}" + "".join(f"{name:>{width}}" for name, width in COUNTS.values()) +
                      f"{'kept':>8}")
                for path, row in rows.items():
                    print(f"{SHORT.get(path, path):<6}" + "".join(
                        f"{row[count]:>{width}}" for count, (_, width) in COUNTS.items()) +
                        f"{row['kept_per_mib']:>8}")


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


WAYS = "plan/usual/"
LOOPS = "in loops"


def functions(args):
    """Where the instructions of each list are: in which function, and in phyr in which file."""
    places = {}
    for line in open(args.console, encoding="ascii", errors="replace"):
        _, found, fields = line.partition("phyr_bench: function ")
        if found:
            row = dict(field.split("=", 1) for field in fields.split())
            place = (row["layout"], int(row["n"]), row["path"], row["module"], row["name"],
                     row["at"])
            places[place] = places.get(place, 0) + int(row["insns"])
    files = files_of({place[-2:] for place in places if place[3] == "phyr"}, args.module)
    takes = {}
    for (*of, module, name, at), insns in places.items():
        function = demangled(name)
        file = files.get((name, at)) if module == "phyr" else None
        way = re.match(r"usual::(\w+)::", function)
        if way and not (file or "").startswith(WAYS):
            file = f"{WAYS}{way[1]}.rs"
        elif file and insns > 1 and not file.startswith(WAYS):
            # What is loaded again in each turn has no line of its own.
            file = LOOPS
        place = (*of, module, function, file)
        takes[place] = takes.get(place, 0) + insns
    dump([{"iommu": args.iommu, "mode": args.mode, "layout": layout, "n": n, "path": path,
           "module": module, "function": function, "file": file, "insns": insns}
          for (layout, n, path, module, function, file), insns in takes.items()])


def files_of(places, module):
    """The file of phyr that each place, a symbol and an offset, is of, if that is known."""
    starts = {}
    for line in output("nm", module).splitlines():
        value, kind, name = line.rsplit(" ", 2)
        if kind in "tT":
            starts[name] = int(value, 16)
    places = [(name, at) for name, at in places if name in starts]
    files = {}
    if places:
        where = [hex(starts[name] + int(at, 16)) for name, at in places]
        lines = output("addr2line", "-a", "-i", "-j", ".text", "-e", module, *where)
        for place, lines in zip(places, lines.split("0x")[1:]):
            # The innermost first: an address that is added to is part of what it is added for.
            ours = re.findall(r"drivers/phyr/rust/(\S+):", lines)
            ways = [file for file in ours if file.startswith(WAYS)]
            if ours:
                files[place] = (ways or ours)[0]
    return files


def output(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


FUNCTION_PATHS = ["phyr_c", "phyr_rust", BY_HAND, "twostep_blk", "limit"]


def by_function(args):
    """In which functions the instructions are. Those that take all paths as many are one line."""
    for (iommu, mode, layout, n), rows in by_list_of_functions(load(args.functions)).items():
        paths = paths_of_functions(rows)
        print(f"\n{iommu} {mode}, {n} of {layout}: instructions by function")
        print(f"{'':<44}" + "".join(f"{path:>{width_of(path)}}" for path in paths))
        takes = {}
        for row in rows:
            of = takes.setdefault(row["function"], {}).setdefault(row["file"], {})
            of[row["path"]] = of.get(row["path"], 0) + row["insns"]
        sums = {name: {path: sum(of.get(path, 0) for of in files.values())
                       for path in paths} for name, files in takes.items()}
        alike = {name: of[paths[0]] for name, of in sums.items() if len(set(of.values())) == 1}
        print_insns(f"{len(alike)} functions that are alike",
                    dict.fromkeys(paths, sum(alike.values())))
        for name, of in sums.items():
            if name in alike:
                continue
            print_insns(name, of)
            for file, here in sorted(takes[name].items(), key=lambda pair: pair[0] or ""):
                if file:
                    print_insns(f"    {file}", {path: here.get(path, 0) for path in paths})
        print_insns("sum", {path: sum(of[path] for of in sums.values()) for path in paths})


def paths_of_functions(rows):
    """The paths that are told of: of lists some, of sources all, phyr first."""
    found = {row["path"] for row in rows}
    return [path for path in FUNCTION_PATHS if path in found] or sorted(
        found, key=lambda path: (path != "phyr", path))


def width_of(path):
    return max(13, len(path) + 2)


def by_list_of_functions(records):
    lists = {}
    for record in records:
        lists.setdefault(key(record)[:4], []).append(record)
    return lists


def print_insns(name, of):
    print(f"{name:<44}" + "".join(f"{of[path] or '':>{width_of(path)}}" for path in of))


def demangled(name):
    """What a function of Rust is called, without the crates."""
    if not name.startswith("_R"):
        return name
    plain = output("c++filt", "-s", "rust", name).strip()
    return re.sub(r"<.*?>::|::<.*", "", plain).rpartition("plan::")[2]


def rows_of_table(lines):
    """The records that a table was made of, as far as it has them."""
    of = paths = None
    for line in lines:
        title = re.match(r"(\S+) (\S+), (\S+): instructions to map and unmap", line)
        words = line.split()
        if title:
            of, paths = title.groups(), None
        elif not words:
            of = None
        elif of and not paths:
            paths = [LONG.get(word, word) for word in words[1:]]
        elif of:
            for path, insns in zip(paths, words[1:]):
                if insns == "-":
                    continue
                yield {"iommu": of[0], "mode": of[1], "layout": of[2], "n": int(words[0]),
                       "path": path, "both_insns": int(insns)}


def rows_of_source_table(lines):
    """The same of a table of sources."""
    of = paths = None
    named = {name: source for source, name in SOURCES.items()}
    for line in lines:
        title = re.match(r"(\S+) (\S+), (\S+) pages in (.*):", line)
        words = line.split()
        if title:
            of = title.groups()
        elif words[:3] == ["n", "runs", "phyr"]:
            paths = [word for word in words[2:] if word != "gain"]
        elif not words:
            of = paths = None
        elif of and paths:
            insns = [word for word in words[2:] if not word.endswith("%")]
            for path, takes in zip(paths, insns):
                yield {"iommu": of[0], "mode": of[1], "of": named[of[3]], "layout": of[2],
                       "n": int(words[0]), "path": path, "both_insns": int(takes)}


def measured(path):
    """Records, from where they are, or from a table."""
    if path.endswith(".json"):
        return load(path)
    with open(path, encoding="ascii") as file:
        lines = list(file)
    return list(rows_of_table(lines)) + list(rows_of_source_table(lines))


def compare(args):
    old, new = ({(record.get("of", ""), *key(record)): record["both_insns"]
                 for record in measured(path)} for path in (args.old, args.new))
    other = worse = 0
    for of, insns in new.items():
        if of not in old:
            continue
        change = gain(insns, old[of])
        if abs(change) < args.most:
            continue
        other += 1
        worse += change < 0 and of[-1] in [*OURS, "phyr"]
        name = " ".join(str(part) for part in of if part != "")
        print(f"{name:<54}{old[of]:>12}{insns:>12}{change:>+8.1f}%")
    both = old.keys() & new.keys()
    print(f"{other} of {len(both)} rows differ by {args.most:g}% or more, of phyr's {worse} are worse; "
          f"{len(old) - len(both)} are only in the first, {len(new) - len(both)} only in the second")
    return 1 if worse or not both else 0


def above_limit(records):
    """By list and path, what phyr takes more than the limit beside it, how sure that is, and all
    that it takes."""
    for of, rows in by_list(records).items():
        limit = rows["limit"]
        for path in OURS:
            row = rows[path]
            yield (" ".join(str(part) for part in (*of, path)),
                   row["both_insns"] - limit["both_insns"],
                   row["both_spread"] + limit["both_spread"], row["both_insns"])


def broken_bounds(records):
    """The bounds that phyr breaks, by list and path."""
    return {" ".join(str(part) for part in (*of, path)):
            [name for name, _, _ in broken(of, rows, path)]
            for of, rows in by_list(records).items() for path in OURS}


def baseline(args):
    records = load(args.records)
    parts = {
        "above_limit": {name: insns for name, insns, *_ in above_limit(records)},
        "broken": {name: bounds for name, bounds in broken_bounds(records).items() if bounds},
    }
    # A line for each list.
    print("{\n" + ",\n".join(
        f'"{part}": {{\n' + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}"
                                      for name, value in rows.items()) + "\n}"
        for part, rows in parts.items()) + "\n}")


# What a compiler changes for no reason that is in the source.
FEW = 6


def guard(args):
    """Whether phyr takes more above the limit than it did, or breaks a bound that it held."""
    old = load(args.baseline)
    records = load(args.records)
    seen = set()
    for name, insns, spread, both in above_limit(records):
        seen.add(name)
        before = old["above_limit"].get(name)
        if before is None:
            print(f"fail:{name}: it is not in the baseline")
        # Never more than so much of all that it takes, however far repetitions are apart.
        elif insns > before + max(min(abs(before) * args.most / 100 + spread,
                                      both * args.most / 100), FEW):
            print(f"fail:{name}: {insns} above the limit, was {before}")
        else:
            print(f"pass:{name}:")
    for name in old["above_limit"].keys() - seen:
        print(f"fail:{name}: it was not measured")
    for name, bounds in broken_bounds(records).items():
        new = [bound for bound in bounds if bound not in old["broken"].get(name, [])]
        if new:
            print(f"fail:{name}, bounds: broken, and were not: {', '.join(new)}")
        else:
            print(f"pass:{name}, bounds:")


def plots(args):
    """What there is to plot: lists of several lengths."""
    lengths = {}
    for iommu, mode, layout, n in by_list(load(args.records)):
        lengths.setdefault((iommu, mode, layout), []).append(n)
    for of, ns in lengths.items():
        if len(ns) > 1:
            print(*of)


def data(args):
    paths = OURS + PEERS
    print("n " + " ".join(paths))
    for (iommu, mode, layout, n), rows in by_list(load(args.records)).items():
        if (iommu, mode, layout) == (args.iommu, args.mode, args.layout):
            # gnuplot leaves out what is no number.
            print(n, *(rows[path]["both_insns"] if path in rows else "-" for path in paths))


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

    one = command("read", read, "console")
    one.add_argument("--about", action="append", default=[])
    one.add_argument("--iommu", required=True)
    one.add_argument("--mode", required=True)
    one = command("sources", sources, "console")
    one.add_argument("--about", action="append", default=[])
    one.add_argument("--iommu", required=True)
    one.add_argument("--mode", required=True)
    command("source-table", source_table, "records")
    command("guard-sources", guard_sources, "records")
    one = command("rdma", rdma, "console")
    one.add_argument("--about", action="append", default=[])
    one.add_argument("--iommu", required=True)
    one.add_argument("--mode", required=True)
    command("rdma-table", rdma_table, "records")
    command("guard-rdma", guard_rdma, "records")
    command("metadata", metadata, "console")
    one = command("scale", scale, "console")
    one.add_argument("--iommu", required=True)
    one.add_argument("--mode", required=True)
    command("table", table, "records")
    one = command("bounds", bounds, "records")
    one.add_argument("--known")
    one = command("functions", functions, "console")
    one.add_argument("--iommu", required=True)
    one.add_argument("--mode", required=True)
    one.add_argument("--module", required=True)
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
    one.add_argument("--iommu", required=True)
    one.add_argument("--mode", required=True)
    one.add_argument("--layout", required=True)
    args = parser.parse_args()
    return args.run(args) or 0


if __name__ == "__main__":
    sys.exit(main())
