"""The runtime's archive: how large it is, what it takes and what it gives.

usage: archive_test.py FOLDER_WITH_LIBCOIL_RT.A FOLDER_WITH_STUB_LISTS
"""

import subprocess
import sys
from pathlib import Path

ARCHIVE, LISTS = Path(sys.argv[1]) / "libcoil_rt.a", Path(sys.argv[2])
LIMIT = 16 * 1024  # bytes of code and constants; 9 KiB when this was written


def tool(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


symbols = [line.split()[-2:] for line in tool("llvm-nm-22", "--extern-only", ARCHIVE).splitlines()
           if line and not line.endswith(":")]
given = {name for kind, name in symbols if kind != "U"}
taken = {name for kind, name in symbols if kind == "U"} - given
allowed = {line for list in LISTS.glob("*.txt") for line in list.read_text().split("\n") if not line.startswith("#")}
size = int(tool("llvm-size-22", "-t", ARCHIVE).splitlines()[-1].split()[0])

print(f"{ARCHIVE}: {size} bytes, {len(taken)} functions of libc")
assert size < LIMIT, f"the runtime has grown beyond {LIMIT} bytes"
assert taken <= allowed, f"the stubs lack {taken - allowed}"
# builtins.c stands in for the compiler's own library, under its names.
builtins = {"__truncdfhf2"}
assert all(name.startswith("coil_") or name in builtins for name in given), f"names of others: {given}"
