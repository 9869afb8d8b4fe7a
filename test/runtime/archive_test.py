"""The runtime's archive: how large it is, what it takes and what it gives.

usage: archive_test.py FOLDER_WITH_LIBCOIL_RT.A FOLDER_WITH_STUB_LISTS
"""

import subprocess
import sys
from pathlib import Path

ARCHIVE, LISTS = Path(sys.argv[1]) / "libcoil_rt.a", Path(sys.argv[2])
LIMIT = 16 * 1024  # bytes of code and constants; 13 KiB when this was written
STRINGS = 24 * 1024  # more in a model with both; 16 KiB for strings, 5 of them the table of cases, 4 for sequences


def tool(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# By member: what it gives and takes.
given, wanted = {}, {}
for line in tool("llvm-nm-22", "--extern-only", "-A", ARCHIVE).splitlines():
    member, rest = line[len(str(ARCHIVE)) + 1:].split(": ", 1)
    kind, name = rest.split()[-2:]
    if kind == "U":
        wanted.setdefault(member, set()).add(name)
    else:
        given[name] = member
taken = set().union(*wanted.values()) - set(given)
allowed = {line for list in LISTS.glob("*.txt") for line in list.read_text().split("\n") if not line.startswith("#")}
sizes = {fields[5]: int(fields[0]) for line in tool("llvm-size-22", "-B", ARCHIVE).splitlines()[1:]
         if (fields := line.split())}

# A linker takes members as they are needed. What generated code of a model without strings and sequences calls, and what
# that calls:
needed, more = set(), {given[name] for name in given if name.startswith("coil_rt_")
                       and not name.startswith(("coil_rt_string", "coil_rt_list"))}
while more:
    needed |= more
    more = {given[name] for member in more for name in wanted.get(member, ()) if name in given} - needed
base, strings = (sum(size for member, size in sizes.items() if (member in needed) == plain) for plain in (True, False))

print(f"{ARCHIVE}: {base} bytes, {strings} more with strings and sequences, {len(taken)} functions of libc")
assert base < LIMIT, f"the runtime has grown beyond {LIMIT} bytes"
assert 0 < strings < STRINGS, f"what strings and sequences need is {strings} bytes, expected a part of its own below {STRINGS}"
assert taken <= allowed, f"the stubs lack {taken - allowed}"
# builtins.c stands in for the compiler's own library, under its names.
builtins = {"__truncdfhf2"}
assert all(name.startswith("coil_") or name in builtins for name in given), f"names of others: {sorted(given)}"
