# SPDX-License-Identifier: GPL-2.0
"""In which functions the instructions are."""
import re
import subprocess

from .records import BY_HAND, dump, key, load

WAYS = "plan/usual/"
LOOPS = "in loops"
FUNCTION_PATHS = ["phyr_c", "phyr_rust", BY_HAND, "twostep_blk", "limit"]


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
