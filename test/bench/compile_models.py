"""What a compile takes: the median time by the clock and of all cores, peak memory, bytes of what comes out."""
import fnmatch
import pathlib
import statistics
import subprocess
import sys

import coiltest

HERE = pathlib.Path(__file__).resolve().parent
SYNTHETIC = ["one-op", "thirty-nodes", "large-weights"]
USUAL = "one-op,thirty-nodes,large-weights,digits,light_resnet50,quant_yolox_nano_qdq,torch_vit_tiny,stories260k_kv"


def arguments(parser):
    parser.add_argument("--coilc", action="append", type=pathlib.Path, metavar="FILE",
                        help="the compiler; several are measured in turns (default: that of the build folder)")
    parser.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    parser.add_argument("--corpus", type=pathlib.Path, default=coiltest.corpus())
    parser.add_argument("--models", default=USUAL, metavar="PATTERN[,PATTERN...]", help="default: %(default)s")
    parser.add_argument("--target", default="host,altra", help="default: %(default)s")
    parser.add_argument("--runs", type=coiltest.positive, default=5, help="of each compile; the table has the median")
    parser.add_argument("--timeout", type=int, default=900, metavar="SECONDS", help="for each compile")
    parser.add_argument("flags", nargs="*", help="after --: flags for coilc, e.g. --threads=1")


def find_models(options, work):
    """{name: path} of those asked for, the synthetic ones made."""
    wanted = lambda name: any(fnmatch.fnmatchcase(name, pattern) for pattern in options.models.split(","))
    models = {}
    for name in filter(wanted, SYNTHETIC):
        models[name] = work / name / "model.onnx"
        if not models[name].exists():
            # In a process of its own: what onnx takes would be counted into the memory of the compiler.
            subprocess.run([sys.executable, HERE / "synthetic.py", name, models[name].parent], check=True)
    paths = sorted((coiltest.SOURCE / "examples").glob("*/*.onnx"))
    if options.corpus:
        paths += sorted((options.corpus / "models").glob("*/model.onnx"))
    models.update((path.parent.name, path) for path in paths if wanted(path.parent.name))
    return models


def measure(options, coilc, model, target, work):
    library = coiltest.fresh_folder(work / "out") / "model.so"
    outcome = coiltest.run([str(coilc), str(model), "-o", str(library), f"--target={target}", *options.flags],
                           options.timeout)
    if outcome.code:
        sys.exit(f"{coilc}: {model}: {coiltest.complaint(outcome, options.timeout)}")
    weights = library.with_suffix(".weights")
    return outcome, library.stat().st_size, weights.stat().st_size if weights.exists() else 0


def rows(options, models, compilers, work):
    yield ["model", "target", "compiler", "seconds", "of all cores", "peak MB", "bytes", "weights"]
    for name, model in models.items():
        for target in options.target.split(","):
            results = {coilc: [] for coilc in compilers}
            for _ in range(options.runs):
                for coilc in compilers:
                    results[coilc].append(measure(options, coilc, model, target, work))
            for number, (coilc, measured) in enumerate(results.items(), 1):
                median = lambda value: statistics.median(value(outcome) for outcome, _, _ in measured)
                yield [name, target, str(number), f"{median(lambda o: o.seconds):.3f}",
                       f"{median(lambda o: o.cpu_seconds):.3f}", f"{median(lambda o: o.peak_kb) / 1024:.0f}",
                       *map(str, measured[-1][1:])]


def run(options):
    compilers = options.coilc or [coiltest.tool(options.build, "coilc")]
    work = options.build.resolve() / "test" / "bench"
    models = find_models(options, work)
    if not models:
        sys.exit(f"no model is called {options.models}")
    for number, coilc in enumerate(compilers, 1):
        print(f"compiler {number}: {coilc}; median of {options.runs} runs")
    for row in rows(options, models, compilers, work):
        print(f"{row[0]:<24}{row[1]:<8}" + "".join(f"{cell:>14}" for cell in row[2:]), flush=True)
    return 0
