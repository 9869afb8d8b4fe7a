#!/usr/bin/python3
"""Does what README.md and the other pages say, block by block:  run.py --build BUILD

Of a page, blocks marked `sh` and `python` are run, in order, in an empty folder that has `examples`; a block marked `c`
becomes app.c there. Other blocks are only to be read.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "python/README.md", "examples/custom/README.md"]


def try_page(page, environment):
    with tempfile.TemporaryDirectory(prefix="coil-readme-") as folder:
        folder = pathlib.Path(folder)
        (folder / "examples").symlink_to(SOURCE / "examples")
        (folder / "altra").mkdir()
        text = (SOURCE / page).read_text()
        for match in re.finditer(r"^```(sh|python|c)\n(.*?)^```$", text, re.S | re.M):
            language, block = match.groups()
            line = text.count("\n", 0, match.start()) + 1
            if language == "c":
                (folder / "app.c").write_text(block)
                continue
            print(f"--- {page}:{line}\n{block}", end="", flush=True)
            command = ["bash", "-euo", "pipefail", "-c"] if language == "sh" else [sys.executable, "-c"]
            if code := subprocess.run([*command, block], cwd=folder, env=environment).returncode:
                sys.exit(f"{page}:{line}: ends with status {code}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", type=pathlib.Path, default=SOURCE / "build")
    options = arguments.parse_args()
    environment = dict(os.environ, PATH=f"{options.build.resolve() / 'bin'}:{os.environ['PATH']}",
                       PYTHONPATH=str(SOURCE / "python"))
    for page in PAGES:
        try_page(page, environment)
    print("every block did what it should")


if __name__ == "__main__":
    main()
