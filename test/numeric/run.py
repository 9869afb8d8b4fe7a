#!/usr/bin/python3
"""Compares what COIL makes of a program with what the program says: each case is compiled twice, at -O0, which takes
every op by its definition, one element at a time, and as by default; both run on the same generated inputs.

A case is a file in cases/: a model in ONNX's text format (.txt), or a program (.mlir), as it comes into a stage. Lines
`// KEY: VALUE` at its beginning say how it is run:

  tolerance: RTOL ATOL     |got - expected| <= ATOL + RTOL * |expected|; 0 0 where all must be equal
  weights: NAME ...        these inputs become initializers, of random elements
  positive: NAME ...       these of them are greater than zero
  fix: M=1 N=7 ...         a variant: compiled with these dimensions. Any number of lines; none, or one of no words: as it is
  also: TARGET ...         targets that this case is for besides the usual ones
  options: --winograd=4    of coilc, where it optimizes. Any number of lines, each with all variants; none: no options
  run: N=1 ...             a run: with these sizes of the dimensions that are left. Any number; none: one, all are 1

The reference is the host's, for all targets.

With --random the cases are so many programs that programs.py makes up.
"""
import argparse
import dataclasses
import fnmatch
import itertools
import json
import pathlib
import re
import sys

import numpy as np
import onnx
import onnx.mapping
import onnx.numpy_helper
import onnx.parser

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import coiltest  # noqa: E402
import programs  # noqa: E402

TARGETS = ["host", "altra"]
KEYS = {"tolerance", "weights", "positive", "fix", "options", "run", "also"}


@dataclasses.dataclass
class Variant:
    name: str
    path: pathlib.Path
    tolerance: list
    weights: list
    positive: list
    fixed: dict
    options: list
    runs: list
    also: list


class Failure(Exception):
    pass


def sizes(text):
    return {name: int(value) for name, value in (pair.split("=") for pair in text.split())}


def variants_of(path):
    said = {key: [] for key in KEYS}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.startswith("//"):
            break
        if match := re.match(r"// (\w+): ?(.*)", line):
            if match[1] not in KEYS:
                sys.exit(f"{path}:{number}: unknown key '{match[1]}', expected one of: {', '.join(sorted(KEYS))}")
            said[match[1]].append(match[2])
    if len(said["tolerance"]) != 1:
        sys.exit(f"{path}: want one line `// tolerance: RTOL ATOL`")
    words = lambda key: " ".join(said[key]).split()
    for fixed, chosen in itertools.product(said["fix"] or [""], said["options"] or [""]):
        name = path.stem + "".join(":" + word for word in (fixed + " " + chosen).split())
        yield Variant(name, path, words("tolerance"), words("weights"), words("positive"), sizes(fixed), chosen.split(),
                      [sizes(run) for run in said["run"] or [""]], words("also"))


def random_tensor(generator, value, positive):
    """An initializer instead of an input: floats within (-1, 1), integers of a byte over their whole range."""
    kind = onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[value.type.tensor_type.elem_type]
    shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    if value.type.tensor_type.elem_type == onnx.TensorProto.BFLOAT16:
        data = generator.uniform(0.1 if positive else -1, 1, shape).astype(np.float32)
        return onnx.helper.make_tensor(value.name, onnx.TensorProto.BFLOAT16, shape, data.ravel())
    if kind.kind == "f":
        data = generator.uniform(0.1 if positive else -1, 1, shape)
    elif kind.itemsize == 1:
        data = generator.integers(np.iinfo(kind).min, np.iinfo(kind).max, shape, endpoint=True)
    else:
        data = generator.integers(0 if positive else -99, 99, shape, endpoint=True)
    return onnx.numpy_helper.from_array(data.astype(kind), value.name)


def write_model(variant, path):
    """The case as a file for coilc."""
    text = variant.path.read_text()
    if variant.path.suffix == ".mlir":
        path = path.with_suffix(".mlir")
        path.write_text(text)
        return path
    try:
        model = onnx.parser.parse_model("\n".join("" if line.startswith("//") else line for line in text.split("\n")))
    except onnx.parser.ParseError as error:
        sys.exit(f"{variant.path}: {error.args[0].decode()}")
    graph = model.graph
    names = {dim.dim_param for value in graph.input for dim in value.type.tensor_type.shape.dim}
    if unknown := variant.fixed.keys() - names:
        sys.exit(f"{variant.path}: no input has a dimension {', '.join(sorted(unknown))}")
    for value in [*graph.input, *graph.output]:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in variant.fixed:
                dim.dim_value = variant.fixed[dim.dim_param]
    generator = np.random.default_rng(0)
    left = [value for value in graph.input if value.name not in variant.weights]
    for value in graph.input:
        if value.name in variant.weights:
            graph.initializer.append(random_tensor(generator, value, value.name in variant.positive))
    del graph.input[:]
    graph.input.extend(left)
    onnx.save(model, path)
    return path


def call(options, *command):
    outcome = coiltest.run([str(word) for word in command], options.timeout)
    if outcome.code:
        raise Failure(coiltest.complaint(outcome, options.timeout))


def shapes(library, run):
    """coil-run's options for the inputs of dynamic dimensions."""
    for value in json.loads(library.with_suffix(".json").read_text())["inputs"]:
        if any(isinstance(dim, str) for dim in value["dims"]):
            yield "--shape"
            yield value["name"] + "=" + "x".join(str(run.get(dim, 1) if isinstance(dim, str) else dim)
                                                 for dim in value["dims"])


def check(options, variant, targets):
    """{target: None, or why it fails}"""
    work = coiltest.fresh_folder(options.work / variant.name.replace(":", "-"))
    rtol, atol = variant.tolerance
    try:
        model, plain = write_model(variant, work / "model.onnx"), work / "plain.so"
        call(options, options.coilc, model, "-o", plain, "--target=host", "-O0")
        for index, run in enumerate(variant.runs):
            call(options, options.coil_run, plain, "--threads", 1, *shapes(plain, run), "--outputs", work / f"run{index}")
    except Failure as failure:
        return {target: f"at -O0: {failure}" for target in targets}
    results = {}
    for target in targets:
        at = ""
        try:
            library = work / f"{target}.so"
            call(options, options.coilc, model, "-o", library, f"--target={target}", *variant.options)
            for index, run in enumerate(variant.runs):
                at = "".join(f"{name}={size}, " for name, size in run.items())
                call(options, options.coil_run, library, "--test-data", work / f"run{index}", "--rtol", rtol, "--atol", atol)
            results[target] = None
        except Failure as failure:
            results[target] = f"{at}{failure}"
    return results


def parse():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    arguments.add_argument("--cases", type=pathlib.Path, default=HERE / "cases")
    arguments.add_argument("--random", type=int, metavar="COUNT", help="random programs instead of cases")
    arguments.add_argument("--seed", type=int, default=0, help="of the first of them")
    arguments.add_argument("--filter", default="*", metavar="PATTERN[,PATTERN...]", help="only these cases")
    arguments.add_argument("--target", metavar="TARGET[,TARGET...]",
                           help=f"only these targets (default: {','.join(TARGETS)}, and of a case those that it names)")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--timeout", type=int, default=60, metavar="SECONDS", help="for each compile and each run")
    arguments.add_argument("--ledger", type=pathlib.Path, default=HERE / "ledger.tsv")
    options = arguments.parse_args()
    options.coilc = coiltest.tool(options.build, "coilc")
    options.coil_run = coiltest.tool(options.build, "coil-run")
    options.work = options.build.resolve() / "test" / "numeric"
    if options.random:
        options.cases = coiltest.fresh_folder(options.work / "random")
        programs.write(options.cases, options.seed, options.random)
    return options


def main():
    options = parse()
    ledger = coiltest.Ledger(options.ledger)
    variants = [v for path in sorted(options.cases.iterdir()) for v in variants_of(path)
                if any(fnmatch.fnmatchcase(v.name, p) for p in options.filter.split(","))]
    tasks = []
    wanted = {v.name: options.target.split(",") if options.target else [*TARGETS, *v.also] for v in variants}
    tally = coiltest.Tally(sum(map(len, wanted.values())))
    for variant in variants:
        targets = [t for t in wanted[variant.name] if ledger.reason(variant.name, t) is None]
        tally.skipped += len(wanted[variant.name]) - len(targets)
        if targets:
            tasks.append((variant, targets))
    print(f"{len(variants)} variants, {options.target or ','.join(TARGETS)}", flush=True)
    for (variant, _), results in coiltest.parallel(options.jobs, lambda task: check(options, *task), tasks):
        for target, problem in results.items():
            tally.add("failed" if problem else "passed", problem and f"FAILED {variant.name} ({target}): {problem}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
