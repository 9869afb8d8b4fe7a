#!/usr/bin/python3
"""Writes dialects/onnx/OPERATORS.md, the page of supported operators, from what says so already: the records of the
onnx dialect, the importer's tables of versions and element types, and the ledger of test/conformance.

  operators.py --tablegen llvm-tblgen --mlir-include DIR... [--check]

With --check it writes nothing, and exits 1 if the page is not what it would write.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import textwrap

import coiltest

# Mnemonics begin with these; the rest is the operator's name.
DOMAINS = {"": "ai.onnx", "ml.": "ai.onnx.ml", "microsoft.": "com.microsoft", "preview.": "ai.onnx.preview",
           "training.": "ai.onnx.preview.training"}


def read(root, path, pattern, least):
    """All matches of a pattern in a source that has a table: at least so many, or the table looks otherwise now."""
    found = re.findall(pattern, (root / path).read_text(), re.S)
    if len(found) < least:
        sys.exit(f"operators: {path}: its table is not written as this script reads it: {pattern}")
    return found


def records(root, tablegen, include):
    dump = subprocess.run([tablegen, "--dump-json", *(f"-I{d}" for d in include), f"-I{root}",
                           root / "dialects/onnx/OnnxOps.td"], capture_output=True, text=True)
    if dump.returncode:
        sys.exit(dump.stderr)
    return json.loads(dump.stdout)


class Operator:
    def __init__(self, record, every):
        prefix = max((p for p in DOMAINS if record["opName"].startswith(p)), key=len)
        self.domain, self.name = DOMAINS[prefix], record["opName"].removeprefix(prefix)
        self.opset = record["opset"]
        kinds = lambda dag: [(name, every[kind["def"]]) for kind, name in record[dag]["args"]]
        operands = [index in record["inputs"] for index in range(len(kinds("arguments")))]
        self.inputs = [self.value(*pair) for pair, is_input in zip(kinds("arguments"), operands) if is_input]
        self.inputs = [name + "*" * (record["strings"] >> i & 1) for i, name in enumerate(self.inputs)]
        self.attributes = [self.attribute(*pair) for pair, is_input in zip(kinds("arguments"), operands) if not is_input]
        self.attributes += [name for name, _ in kinds("regions")]
        self.outputs = [self.value(*pair) for pair in kinds("results")]

    @staticmethod
    def value(name, kind):
        classes = kind["!superclasses"]
        return name + ("..." if "Variadic" in classes else "?" if "Onnx_Maybe" in classes else "")

    @staticmethod
    def attribute(name, kind):
        classes = kind["!superclasses"]
        if "DefaultValuedAttr" in classes:
            value = kind["defaultValue"].strip('"')
            return f"{name} = {value[:-1] if 'Float' in classes else value}"
        return name + ("?" if "OptionalAttr" in classes else "")


def operators(root, tablegen, include):
    every = records(root, tablegen, include)
    # Not an operator of ONNX: any that a user declares.
    named = [name for name in every["!instanceof"]["Onnx_OpBase"] if not every[name]["opName"].startswith("custom.")]
    return sorted((Operator(every[name], every) for name in named),
                  key=lambda op: (list(DOMAINS.values()).index(op.domain), op.name))


def first_opsets(root):
    """The opsets that brought operators of the default domain; those of the first are not in the importer's table."""
    rows = read(root, "lib/import/Check.cpp", r'\{(\d+),((?:\s*" ?[\w ]+")+)\}', 10)
    return {name: int(opset) for opset, names in rows for name in names.replace('"', " ").split()}


def older(root):
    """Operators that have no record, because the importer always writes them as others."""
    return read(root, "lib/import/Upgrade.cpp", r'\{"", "(\w+)", always,', 2)


def element_types(root):
    """(those that COIL has, those it has not)."""
    rows = read(root, "lib/import/Types.cpp", r'\{"([A-Z]\w+)", (\w+)', 20)
    rows = [row for row in rows if row[0] != "UNDEFINED"]
    return [n for n, make in rows if make != "nullptr"], [n for n, make in rows if make == "nullptr"]


def limits(entries, names):
    """The ledger's reasons by operator: ({name: reasons}, {operators that are not there: why, or None}, all others). A case
    tells its operator by its name, of which the first words that are one count (test_cast_FLOAT_to_STRING), or in its
    reason."""
    of, absent, others = {}, {}, {}
    spelled = {name.lower(): name for name in names}
    for pattern, _, reason in entries:
        if match := re.match(r"operator '(\w+)' of domain '([\w.]+)'.*is not supported(?:: (.*))?", reason):
            absent[match[2], match[1]] = match[3]
            continue
        words = pattern.removeprefix("test_").rstrip("*").split("_")
        parts = ("".join(words[i:n]).lower() for i in range(len(words)) for n in range(len(words), i, -1))
        name = next((spelled[part] for part in parts if part in spelled), None)
        (of.setdefault(name, {}) if name else others).setdefault(reason)
    return of, absent, others


def page(root, tablegen, include):
    ops = operators(root, tablegen, include)
    first, (types, no_types) = first_opsets(root), element_types(root)
    ledger = coiltest.Ledger(root / "test/conformance/ledger.tsv")
    of, absent, others = limits(ledger.entries, [op.name for op in ops])
    known = {(op.domain, op.name) for op in ops}
    renamed = [name for name in older(root) if ("ai.onnx", name) not in known]
    paragraphs = [
        "# Supported operators",
        "Made by `cmake --build build --target operators` from the dialect's records, the importer's tables and the "
        "conformance ledger; do not edit. `coilc --check MODEL.onnx` says of one model what stands in its way.",
        "**Versions.** An operator is supported in all its forms since the opset that brought it; `form of` is the opset "
        "of the newest, into which the importer rewrites older ones. Operators of the past that are always rewritten as "
        "others: " + ", ".join(renamed) + ".",
        "**Types.** Tensors of " + ", ".join(types) + ". Not of " + ", ".join(no_types) + ". Inputs may hold strings where "
        "the signature has a `*`.",
        "**Signatures.** Inputs, then attributes after `;`, then outputs after `->`. `?` may be absent, `...` is any "
        "number, `=` tells a default.",
        "**Limits.** What the ledger of `test/conformance` says does not work.",
    ]
    lines = "\n\n".join(textwrap.fill(p, 120, break_long_words=False) for p in paragraphs).split("\n")
    for domain in DOMAINS.values():
        of_domain = [op for op in ops if op.domain == domain]
        if not of_domain:
            continue
        lines += ["", f"## {domain}", "", "| operator | since | form of | signature | limits |", "|---|---|---|---|---|"]
        for op in of_domain:
            default = domain == "ai.onnx"
            signature = ", ".join(op.inputs) + ("; " if op.attributes else "") + ", ".join(op.attributes)
            lines.append(f"| {op.name} | {first.get(op.name, 1) if default else 1} | {op.opset} "
                         f"| `{signature} -> {', '.join(op.outputs)}` "
                         f"| {'; '.join(of.get(op.name, {})) if default else ''} |")
    absent = {key: why for key, why in sorted(absent.items()) if key not in known}
    if absent:
        lines += ["", "## Not supported", "", "Of the operators that ONNX has cases for:", ""]
        plain = [key for key, why in absent.items() if not why]
        lines += [f"- {domain}: " + ", ".join(n for d, n in plain if d == domain) for domain in sorted({d for d, _ in plain})]
        lines += [f"- {domain}: {name}; {why}" for (domain, name), why in absent.items() if why]
    if others:
        lines += ["", "## Other limits", "", *(f"- {reason}" for reason in others)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--root", type=pathlib.Path, default=coiltest.SOURCE)
    arguments.add_argument("--tablegen", required=True)
    arguments.add_argument("--mlir-include", nargs="+", required=True, metavar="DIR")
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    text, path = page(options.root, options.tablegen, options.mlir_include), options.root / "dialects/onnx/OPERATORS.md"
    if not options.check:
        path.write_text(text)
    elif not path.exists() or path.read_text() != text:
        sys.exit(f"{path}: not what the sources say now; run: cmake --build build --target operators")


if __name__ == "__main__":
    main()
