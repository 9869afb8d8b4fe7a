#!/usr/bin/python3
"""The house rules that a machine can check. Prints `FILE:LINE: what is wrong` and exits 1 if anything is.

  check-house.py [--root DIR] [--tablegen llvm-tblgen --mlir-include DIR...]

Without --tablegen the rules on passes are left out. CONTRIBUTING.md says why the rules are what they are.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

# Which room may include headers of which. `include` means include/coil, spelled "coil/...".
MAY_INCLUDE = {
    "include": {"include"},
    "dialects": {"dialects"},
    "passes": {"dialects", "passes"},
    "lib": {"include", "dialects", "passes", "lib"},
    "runtime": {"include", "runtime"},
    "tools": {"include", "lib"},
}
# Tools that show the IR itself register every dialect and pass.
IR_TOOLS = re.compile(r"tools/coil-(opt|reduce|lsp-server)\b")
# Folders of passes/ that are no stage: what several stages need.
SHARED_BY_STAGES = {"support"}

# Files that are not house: searched neither for length nor for white space.
ROOMS = ["include", "dialects", "passes", "lib", "runtime", "tools", "python", "cmake", "examples", "test", ".ci"]
CODE = {".h", ".c", ".cpp", ".td", ".py", ".cmake"}
TEXT = CODE | {".md", ".txt", ".mlir", ".test", ".sh", ".in", ".toml", ".tsv", ".json", ""}

LONGEST = 600
LONGER_WITH_REASON = {}  # path -> why it is one file all the same
LONGEST_README = 80

HIDDEN_INPUT = re.compile(r"\b(?:secure_)?getenv\s*\(|\bProcess::GetEnv\b")
COMMAND_LINE = re.compile(r"\bcl::(?:opt|list|bits|alias)\b")
INCLUDE = re.compile(r'^\s*(?:#\s*)?include\s+"([^"]+)"')


def without_comments(text):
    """Comments blanked, line numbers kept; string literals stay."""
    pattern = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.S)
    keep = lambda m: m[0] if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0])
    return pattern.sub(keep, text)


def camel(kebab):
    return "".join(word[:1].upper() + word[1:] for word in kebab.split("-"))


class House:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.complaints = []
        self.files = sorted(
            file.relative_to(self.root)
            for room in ROOMS for file in (self.root / room).glob("**/*")
            if file.is_file() and not {"__pycache__", "build"} & set(file.parts) and ".egg-info" not in str(file))

    def complain(self, file, line, message):
        self.complaints.append(f"{file}:{line}: {message}")

    def text(self, file):
        return (self.root / file).read_text(encoding="utf-8")

    def check_text(self):
        top = (f.relative_to(self.root) for f in self.root.iterdir() if f.is_file())
        for file in [*self.files, *sorted(top)]:
            if file.suffix not in TEXT or file.name.startswith("."):
                continue
            try:
                lines = self.text(file).split("\n")
            except UnicodeDecodeError:
                self.complain(file, 1, "not UTF-8")
                continue
            for number, line in enumerate(lines, 1):
                if line != line.rstrip():
                    self.complain(file, number, "white space at the end of the line")
            if lines[-1] or len(lines) > 1 and not lines[-2]:
                self.complain(file, len(lines), "a file ends with one newline")
            if file.suffix in CODE and len(lines) > LONGEST and str(file) not in LONGER_WITH_REASON:
                self.complain(file, 1, f"{len(lines)} lines; split it by family, or give a reason in "
                                       f"check-house.py: the limit is {LONGEST}")

    def check_layers(self):
        for file in self.files:
            room = file.parts[0]
            if room not in MAY_INCLUDE or file.suffix not in {".h", ".c", ".cpp", ".td"}:
                continue
            for number, line in enumerate(without_comments(self.text(file)).split("\n"), 1):
                if match := INCLUDE.match(line):
                    self.check_include(file, number, match[1])
                if COMMAND_LINE.search(line) and room != "tools":
                    self.complain(file, number, "cl::opt belongs in tools/; pass options down from there")
                if HIDDEN_INPUT.search(line):
                    self.complain(file, number, "reads the environment; make it an option")

    def check_include(self, file, number, target):
        room, parts = file.parts[0], target.split("/")
        if ".." in parts:
            return self.complain(file, number, f'"{target}": spell it from the repository root')
        if parts[0] == "coil" and (self.root / "include" / target).exists():
            parts = ["include", *parts]
        if len(parts) == 1 or parts[0] not in MAY_INCLUDE:
            return None  # a neighbour, or not ours
        allowed = MAY_INCLUDE[room] | ({"dialects", "passes"} if IR_TOOLS.match(str(file)) else set())
        if room == "tools" and parts[0] == "tools" and (len(parts) == 2 or parts[:2] == list(file.parts[:2])):
            return None  # a tool's own, e.g. its table of options, or what all have
        if parts[0] not in allowed:
            return self.complain(file, number, f'"{target}": {room}/ may not include {parts[0]}/')
        if room == "runtime" and parts[0] == "include" and target != "coil/runtime.h":
            return self.complain(file, number, f'"{target}": the runtime knows coil/runtime.h only')
        if room == "passes" and parts[0] == "passes" and len(parts) > 2:
            other = parts[1]
            if len(file.parts) == 2:  # passes/Pipeline.cpp and its like
                if other not in SHARED_BY_STAGES and parts[-1] != "Passes.h":
                    self.complain(file, number, f'"{target}": of a stage, only Passes.h is public')
            elif other != file.parts[1] and other not in SHARED_BY_STAGES:
                self.complain(file, number, f'"{target}": stage {file.parts[1]} may not know stage {other}')
        return None

    def check_readmes(self):
        rooms = [r for r in ROOMS if r not in {"cmake", "examples", ".ci"}]
        rooms += [f"{r}/{d.name}" for r in ("dialects", "passes", "lib", "examples")
                  for d in sorted((self.root / r).glob("*/")) if d.name != "__pycache__"]
        for room in rooms:
            if not any((self.root / room).glob("*")):
                continue
            readme = pathlib.Path(room, "README.md")
            if not (self.root / readme).exists():
                self.complain(readme, 1, "every room says why it exists, and why it is not otherwise")
            elif (length := self.text(readme).count("\n")) > LONGEST_README:
                self.complain(readme, 1, f"{length} lines; a room's README is a page, {LONGEST_README} lines")

    def check_passes(self, tablegen, include):
        for td in sorted(self.root.glob("passes/*/Passes.td")):
            dump = subprocess.run([tablegen, "--dump-json", *(f"-I{d}" for d in include), f"-I{self.root}", td],
                                  capture_output=True, text=True)
            if dump.returncode:
                self.complain(td.relative_to(self.root), 1, dump.stderr.strip())
                continue
            records = json.loads(dump.stdout)
            for name in records["!instanceof"].get("PassBase", []):
                self.check_pass(td.relative_to(self.root), records[name])

    def check_pass(self, td, record):
        stage, argument = td.parts[1], record["argument"]
        line = next((n for n, text in enumerate(self.text(td).split("\n"), 1)
                     if re.match(rf"\s*def\s+{record['!name']}\b", text)), 1)
        if not argument.startswith(f"{stage}-"):
            return self.complain(td, line, f"pass {argument}: its name starts with its stage, '{stage}-'")
        short = argument.removeprefix(f"{stage}-")
        # `lower-rt` may be LowerRt: where the rest of the flag says too little, the stage's name is repeated.
        names = [camel(short), camel(argument)]
        here = next((n for n in names if (self.root / f"passes/{stage}/{n}.cpp").exists()), None)
        if here is None:
            self.complain(td, line, f"pass {argument}: passes/{stage}/{names[0]}.cpp does not exist")
        if record["!name"] != f"{here or names[0]}Pass":
            self.complain(td, line, f"pass {argument}: its class is {here or names[0]}Pass, not {record['!name']}")
        if not (self.root / (test := f"test/passes/{stage}/{short}.mlir")).exists():
            self.complain(td, line, f"pass {argument}: {test} does not exist")
        for word in ("Before:", "After:"):
            if word not in record["description"]:
                self.complain(td, line, f"pass {argument}: its description shows no IR under '{word}'")
        return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    arguments.add_argument("--tablegen")
    arguments.add_argument("--mlir-include", nargs="+", default=[], metavar="DIR")
    options = arguments.parse_args()
    house = House(options.root)
    house.check_text()
    house.check_layers()
    house.check_readmes()
    if options.tablegen:
        house.check_passes(options.tablegen, options.mlir_include)
    print("\n".join(house.complaints) or f"the house is in order: {len(house.files)} files")
    return bool(house.complaints)


if __name__ == "__main__":
    sys.exit(main())
