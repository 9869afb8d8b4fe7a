#!/usr/bin/python3
"""Runs ONNX's own test cases: each is compiled for each target and its outputs compared with those ONNX expects.

Cases come from the ONNX corpus folder (--corpus, $COIL_CORPUS or ../shared/corpus) where there is one, and from
Debian's python3-onnx, which carries them as code (generate.py), as far as the corpus lacks them. Those of element types
and operators that neither knows well are COIL's own (element_types.py, formulas.py, learning.py,
sequences.py, texts.py, corners.py).
What is known not to work stands in ledger.tsv, with its reason. Tolerances are coil-run's, which are ONNX's own.

Each case is also run with nothing known but ranks, as dynamic/NAME, and with its small inputs as constants, as
constant/NAME (variants.py), if --variant asks for it. What the ledger leaves out is left out in all forms.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import multiprocessing
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import coiltest  # noqa: E402

SUITES = ["node", "node_old", "simple", "pytorch-operator", "pytorch-converted"]
TARGETS = ["host", "altra"]
VARIANTS = ["static", "dynamic", "constant"]


def cases_under(root):
    """{name: folder}; names are unique across ONNX's suites."""
    return {model.parent.name: model.parent
            for suite in SUITES for model in sorted((root / suite).glob("*/model.onnx"))}


def find_cases(options):
    generated = options.work / "generated"
    script = HERE / "generate.py"
    newest = max(path.stat().st_mtime for path in HERE.glob("*.py") if path.name not in ("run.py", "variants.py"))
    if generated.is_dir() and generated.stat().st_mtime < newest:
        shutil.rmtree(generated)  # of an older script
    if not generated.is_dir():
        print("generating the cases of python3-onnx and our own", flush=True)
        part = coiltest.fresh_folder(options.work / "generated.part")
        subprocess.run([sys.executable, script, part], check=True)
        part.rename(generated)
    cases = cases_under(generated)
    return cases | (cases_under(options.corpus) if options.corpus else {})


def vary(options, cases, variant):
    """The cases in another form, {VARIANT/NAME: folder}, as far as they have one."""
    root = coiltest.fresh_folder(options.work / "variants" / variant)
    lines = "".join(f"{folder.resolve()}\t{root / name}\n" for name, folder in cases.items())
    done = subprocess.run([sys.executable, HERE / "variants.py", variant], input=lines, stdout=subprocess.PIPE,
                          text=True, check=True)
    folders = [pathlib.Path(line.split("\t")[1]) for line in done.stdout.splitlines()]
    return {f"{variant}/{folder.name}": folder for folder in folders}


def operators(folder):
    """The operators of a model, e.g. {'Add', 'com.microsoft.Gelu'}. Run in a process of its own: onnx is large."""
    import onnx
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    names = set()

    def visit(nodes):
        for node in nodes:
            domain = "" if node.domain in ("", "ai.onnx") else node.domain + "."
            names.add(domain + node.op_type)
            for attribute in node.attribute:
                visit(attribute.g.node)
                for graph in attribute.graphs:
                    visit(graph.node)

    visit(model.graph.node)
    return names


def run_case(options, name, folder, target):
    """None when the case passes, else why not."""
    if not all(any(data.glob("output_*.pb")) for data in folder.glob("test_data_set_*")):
        return "a data set has no output to compare with"
    work = coiltest.fresh_folder(options.work / target / name)
    library = str(work / "model.so")
    outcome = coiltest.run([options.coilc, str(folder / "model.onnx"), "-o", library, f"--target={target}"],
                           options.timeout)
    if outcome.code:
        return coiltest.complaint(outcome, options.timeout)
    outcome = coiltest.run([options.coil_run, library, "--test-data", str(folder)], options.timeout)
    if outcome.code == 1:
        return f"differs: {coiltest.complaint(outcome, options.timeout)}"
    if outcome.code:
        return f"does not run: {coiltest.complaint(outcome, options.timeout)}"
    shutil.rmtree(work)
    return None


def variant_of(name):
    return name.split("/")[0] if "/" in name else "static"


def write_table(path, cases, results):
    """One line an operator: how many of the cases in which it occurs passed, failed and were skipped, for each target
    and variant."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        uses = dict(zip(cases, pool.map(operators, cases.values(), chunksize=64)))
    table = collections.defaultdict(collections.Counter)
    kinds = {(target, variant_of(name)) for name, target in results}
    for (name, target), status in results.items():
        for operator in [*uses[name], "all"]:
            table[operator][target, variant_of(name), status] += 1
    with open(path, "w") as out:
        columns = [(*kind, status) for kind in sorted(kinds, key=lambda k: (TARGETS.index(k[0]), VARIANTS.index(k[1])))
                   for status in ("passed", "failed", "skipped")]
        print("operator", *(" ".join(column).replace(" static", "") for column in columns), sep="\t", file=out)
        for operator in sorted(table):
            print(operator, *(table[operator][column] for column in columns), sep="\t", file=out)
    print(f"per operator: {path}")


def patterns(failures, cases):
    """Failures again, with case names that share a beginning and a reason made one pattern, where no other case fits."""
    grouped = collections.defaultdict(set)  # (reason, targets) -> case names
    for name in {name for name, _ in failures}:
        by_reason = collections.defaultdict(list)
        for target in TARGETS:
            if (name, target) in failures:
                by_reason[coiltest.general(failures[name, target])].append(target)
        for reason, targets in by_reason.items():
            grouped[reason, tuple(targets)].add(name)
    result = {}
    for (reason, targets), names in grouped.items():
        left = set(names)
        while left:
            name = min(left)
            words = name.split("_")
            starts = ["_".join(words[:n]) + "*" for n in range(2, len(words) + 1)]
            covered = lambda start: {case for case in cases if fnmatch.fnmatchcase(case, start)}
            pattern = next((s for s in starts if covered(s) <= names and len(covered(s)) > 1), name)
            left -= covered(pattern) | {name}
            result.update({(pattern, target): reason for target in targets})
    return result


def parse():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    arguments.add_argument("--corpus", type=pathlib.Path, default=coiltest.corpus())
    arguments.add_argument("--filter", default="*", metavar="PATTERN[,PATTERN...]", help="only these cases")
    arguments.add_argument("--target", default=",".join(TARGETS), help="only these targets (default: %(default)s)")
    arguments.add_argument("--variant", default="static", metavar="VARIANT[,VARIANT...]",
                           help=f"in these forms, of {', '.join(VARIANTS)} (default: %(default)s)")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--timeout", type=int, default=60, metavar="SECONDS", help="for each compile and each run")
    arguments.add_argument("--ledger", type=pathlib.Path, default=HERE / "ledger.tsv")
    arguments.add_argument("--ledger-check", action="store_true",
                           help="run what the ledger leaves out too, and fail if some of it passes")
    arguments.add_argument("--update-ledger", action="store_true", help="add what fails to the ledger, to be edited")
    arguments.add_argument("--table", metavar="FILE", help="write results per operator")
    options = arguments.parse_args()
    if unknown := set(options.variant.split(",")) - set(VARIANTS):
        arguments.error(f"unknown variant: {', '.join(sorted(unknown))}")
    if options.corpus and not options.corpus.is_dir():
        arguments.error(f"no such folder: {options.corpus}")
    options.coilc = coiltest.tool(options.build, "coilc")
    options.coil_run = coiltest.tool(options.build, "coil-run")
    options.work = options.build.resolve() / "test" / "conformance"
    options.work.mkdir(parents=True, exist_ok=True)
    return options


def main():
    options = parse()
    every = find_cases(options)
    cases = {name: folder for name, folder in sorted(every.items())
             if any(fnmatch.fnmatchcase(name, pattern) for pattern in options.filter.split(","))}
    variants = options.variant.split(",")
    plain, cases = cases, {}
    for variant in VARIANTS:
        if variant in variants:
            cases |= plain if variant == "static" else vary(options, plain, variant)
    ledger = coiltest.Ledger(options.ledger)
    tasks, results, failures, passing = [], {}, {}, []
    for name in cases:
        for target in options.target.split(","):
            known = ledger.reason(name, target) or ledger.reason(name.split("/")[-1], target)
            results[name, target] = "skipped"
            if known is None or options.ledger_check:
                tasks.append((name, target, known))
    print(f"{len(cases)} cases, {options.target}: {len(tasks)} to run"
          + (f", corpus {options.corpus}" if options.corpus else ""), flush=True)

    tally = coiltest.Tally(len(tasks))
    tally.skipped = len(results) - len(tasks)
    one = lambda task: run_case(options, task[0], cases[task[0]], task[1])
    for (name, target, known), reason in coiltest.parallel(options.jobs, one, tasks):
        if known is not None:
            tally.add("skipped")
            if reason is None:
                passing.append((name, target, known))
            continue
        results[name, target] = "failed" if reason else "passed"
        if reason:
            failures[name, target] = reason
        tally.add(results[name, target], reason and f"FAILED {name} ({target}): {reason}")

    if options.table:
        write_table(options.table, cases, results)
    if options.update_ledger and failures:
        ledger.append(patterns(failures, every | cases))
        print(f"{options.ledger}: failures added")
    if options.ledger_check:
        for name, target, known in sorted(passing):
            print(f"in the ledger, but passes: {name} ({target}): {known}")
        for pattern in ledger.unused() if options.filter == "*" else []:
            if variant_of(pattern) not in variants:
                continue
            print(f"in the ledger, but no such case: {pattern}")
    return tally.close() or bool(passing)


if __name__ == "__main__":
    sys.exit(main())
