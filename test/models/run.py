#!/usr/bin/python3
"""Compiles whole models for each target, runs them on their reference data and prints what that took.

Models: those in examples/, and of the ONNX corpus folder (--corpus, $COIL_CORPUS or ../shared/corpus) those in its
models/. Each is compiled as it is written; one with dynamic dimensions once more with the dimensions of a data set
given by --dim, under the name MODEL:fixed. Tolerances are those of the model's data.json. Peak memory is that of
coilc. What is known not to work stands in ledger.tsv, with its reason.
"""
import argparse
import concurrent.futures
import dataclasses
import fnmatch
import json
import multiprocessing
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import coiltest  # noqa: E402

TARGETS = ["host", "altra"]
HEAVY = "light_*"  # ImageNet networks at full size: minutes each under QEMU


@dataclasses.dataclass
class Variant:
    name: str
    model: pathlib.Path
    data: pathlib.Path  # folder with test_data_set_K and data.json
    nodes: int
    dims: list  # --dim options


@dataclasses.dataclass
class Result:
    problem: str | None
    largest_error: str = "-"
    seconds: float = 0
    peak_mb: float = 0
    file_bytes: int = 0
    arena_bytes: object = "-"


def facts(path):
    """(number of nodes, [(name, value) of the dynamic dimensions in the first data set that fixes them], the data sets
    of the same shapes).
    Run in a process of its own: onnx is large, and would be counted into the compiler's peak memory."""
    import onnx
    model = onnx.load(path, load_external_data=False)
    graph = model.graph

    def count(nodes):
        return sum(1 + sum(count(a.g.node) for a in node.attribute) for node in nodes)

    weights = {value.name for value in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]

    def shapes(folder):
        result = []
        for index in range(len(inputs)):
            tensor = onnx.TensorProto()
            tensor.ParseFromString((folder / f"input_{index}.pb").read_bytes())
            result.append(list(tensor.dims))
        return result

    def names(shapes):
        """{name: value}, or {} where a name has two values or the value 0, as of an empty cache."""
        result = {}
        for value, dims in zip(inputs, shapes):
            for dim, number in zip(value.type.tensor_type.shape.dim, dims):
                if dim.dim_param and (number == 0 or result.setdefault(dim.dim_param, number) != number):
                    return {}
        return result

    folders = {folder: shapes(folder) for folder in sorted(path.parent.glob("test_data_set_*"))}
    first = next((found for found in folders.values() if names(found)), None)
    dims = sorted(names(first).items()) if first else []
    return count(graph.node), dims, [folder for folder, found in folders.items() if found == first]


def find_models(options):
    models = sorted((coiltest.SOURCE / "examples").glob("*/*.onnx"))
    if options.corpus:
        models += sorted((options.corpus / "models").glob("*/model.onnx"))
    models = [model for model in models if list(model.parent.glob("test_data_set_*"))]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        known = list(pool.map(facts, models))
    variants = []
    for model, (nodes, dims, same_shapes) in zip(models, known):
        name = model.parent.name
        variants.append(Variant(name, model, model.parent, nodes, []))
        if dims:
            data = coiltest.fresh_folder(options.work / "data" / name)
            for source in [*same_shapes, model.parent / "data.json"]:
                if source.exists():
                    (data / source.name).symlink_to(source.resolve())
            variants.append(Variant(f"{name}:fixed", model, data, nodes, [f"--dim={k}={v}" for k, v in dims]))
    return [v for v in variants if any(fnmatch.fnmatchcase(v.name, p) for p in options.filter.split(","))]


def run_model(options, variant, target):
    work = coiltest.fresh_folder(options.work / target / variant.name.replace(":", "-"))
    library = work / "model.so"
    compiled = coiltest.run([options.coilc, str(variant.model), "-o", str(library), f"--target={target}",
                             *variant.dims], options.timeout)
    result = Result(None, seconds=compiled.seconds, peak_mb=compiled.peak_kb / 1024)
    if compiled.code:
        result.problem = coiltest.complaint(compiled, options.timeout)
        return result
    result.file_bytes = sum(f.stat().st_size for f in (library, library.with_suffix(".weights")) if f.exists())
    arena = json.loads(library.with_suffix(".json").read_text())["arena_bytes"]
    result.arena_bytes = "-" if arena is None else arena  # it may depend on dynamic dimensions
    ran = coiltest.run([options.coil_run, str(library), "--test-data", str(variant.data)], options.timeout)
    errors = re.findall(r"max abs ([0-9.e+-]+|nan|inf)", ran.output)
    result.largest_error = max(errors, key=float) if errors else "-"
    if ran.code:
        said = "differs" if ran.code == 1 else "does not run"
        result.problem = f"{said}: {coiltest.complaint(ran, options.timeout)}"
    return result


def table(variants, results, targets):
    """Rows of strings, the first a heading."""
    yield ["model", "nodes", *(column for t in targets for column in (t, "largest error", "compile s", "peak MB",
                                                                      "bytes", "arena"))]
    for variant in variants:
        row = [variant.name, str(variant.nodes)]
        for target in targets:
            result = results.get((variant.name, target))
            if result is None:
                row += ["skipped", "-", "-", "-", "-", "-"]
            else:
                row += ["FAILED" if result.problem else "ok", result.largest_error, f"{result.seconds:.2f}",
                        f"{result.peak_mb:.0f}", str(result.file_bytes), str(result.arena_bytes)]
        yield row


def print_table(rows, path):
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(f"{cell:<{w}}" if i == 0 else f"{cell:>{w}}" for i, (cell, w) in enumerate(zip(row, widths))))
    if path:
        path.write_text("".join("\t".join(row) + "\n" for row in rows))


def parse():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    arguments.add_argument("--corpus", type=pathlib.Path, default=coiltest.corpus())
    arguments.add_argument("--filter", default="*", metavar="PATTERN[,PATTERN...]", help="only these models")
    arguments.add_argument("--target", default=",".join(TARGETS), help="only these targets (default: %(default)s)")
    arguments.add_argument("--quick", action="store_true", help=f"leave {HEAVY} out where QEMU would run them")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--timeout", type=int, default=900, metavar="SECONDS", help="for each compile and each run")
    arguments.add_argument("--ledger", type=pathlib.Path, default=HERE / "ledger.tsv")
    arguments.add_argument("--ledger-check", action="store_true",
                           help="run what the ledger leaves out too, and fail if some of it passes")
    arguments.add_argument("--update-ledger", action="store_true", help="add what fails to the ledger, to be edited")
    arguments.add_argument("--table", type=pathlib.Path, metavar="FILE", help="write the table with tabs, too")
    options = arguments.parse_args()
    options.coilc = coiltest.tool(options.build, "coilc")
    options.coil_run = coiltest.tool(options.build, "coil-run")
    options.work = options.build.resolve() / "test" / "models"
    return options


def main():
    options = parse()
    ledger = coiltest.Ledger(options.ledger)
    variants, targets = find_models(options), options.target.split(",")
    if not options.corpus:
        print("no ONNX corpus folder: only the models in examples/")
    tasks, results, failures, passing, skipped = [], {}, {}, [], 0
    for variant in variants:
        for target in targets:
            known = ledger.reason(variant.name, target)
            slow = options.quick and target != "host" and fnmatch.fnmatchcase(variant.name, HEAVY)
            if slow or known is not None and not options.ledger_check:
                skipped += 1
            else:
                tasks.append((variant, target, known))
    print(f"{len(variants)} models and variants, {options.target}: {len(tasks)} to run", flush=True)

    tally = coiltest.Tally(len(tasks))
    tally.skipped = skipped
    one = lambda task: run_model(options, task[0], task[1])
    for (variant, target, known), result in coiltest.parallel(options.jobs, one, tasks):
        if known is not None:
            tally.add("skipped")
            if not result.problem:
                passing.append((variant.name, target, known))
            continue
        results[variant.name, target] = result
        if result.problem:
            failures[variant.name, target] = result.problem
        tally.add("failed" if result.problem else "passed",
                  result.problem and f"FAILED {variant.name} ({target}): {result.problem}")

    print_table(table(variants, results, targets), options.table)
    if options.update_ledger and failures:
        ledger.append(failures)
        print(f"{options.ledger}: failures added")
    for name, target, known in sorted(passing):
        print(f"in the ledger, but passes: {name} ({target}): {known}")
    return tally.close() or bool(passing)


if __name__ == "__main__":
    sys.exit(main())
