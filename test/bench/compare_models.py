"""The same models and inputs by COIL and by ONNX Runtime on this machine: p50 of each, and their ratio.

In turns: each round runs one and then the other, each in a process of its own, and gives one ratio; the table has the
median ratio with the least and the greatest. Below 1 COIL is faster. Of the same processes: the time from loading to
the end of the first run (for ONNX Runtime without the loading of its library), and the peak of the memory (for ONNX
Runtime without that of node before it is loaded). The inputs are the first reference data set of the model. ONNX Runtime is that of npm (onnxruntime-node, in the build folder; the first run installs it)."""
import fnmatch
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

import coiltest

HERE = pathlib.Path(__file__).resolve().parent
ONNXRUNTIME = "onnxruntime-node@1.30.0"


def arguments(parser):
    parser.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    parser.add_argument("--corpus", type=pathlib.Path, default=coiltest.corpus())
    parser.add_argument("--models", default="*", metavar="PATTERN[,PATTERN...]", help="default: %(default)s")
    parser.add_argument("--threads", default="1", help="numbers of threads with commas between (default: %(default)s)")
    parser.add_argument("--rounds", type=coiltest.positive, default=5, help="pairs (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, help="about so long a run of each (default: %(default)s)")
    parser.add_argument("--timeout", type=int, default=600, metavar="SECONDS")


def onnxruntime(build):
    """The folder that has the npm package."""
    folder = build.resolve() / "test" / "bench" / "npm"
    if not (folder / "node_modules" / "onnxruntime-node").is_dir():
        print(f"installing {ONNXRUNTIME} into {folder}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), "--ignore-scripts", ONNXRUNTIME], check=True)
    return folder


def write_inputs(model, data, folder):
    """Writes the data set's inputs as ONNX Runtime's script reads them; in a process of its own, as onnx is large."""
    program = """
import json, pathlib, sys
import onnx, onnx.numpy_helper
model, data, folder = map(pathlib.Path, sys.argv[1:])
graph = onnx.load(model, load_external_data=False).graph
weights = {w.name for w in graph.initializer}
names = [i.name for i in graph.input if i.name not in weights]
inputs = []
for number, name in enumerate(names):
    path = data / f"input_{number}.pb"
    if not path.exists():
        break
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    array = onnx.numpy_helper.to_array(tensor)
    (folder / f"{number}.bin").write_bytes(array.tobytes())
    inputs.append({"name": tensor.name or name, "type": str(array.dtype), "dims": list(array.shape),
                   "file": str(folder / f"{number}.bin")})
(folder / "inputs.json").write_text(json.dumps(inputs))
"""
    subprocess.run([sys.executable, "-c", program, str(model), str(data), str(folder)], check=True)
    return folder / "inputs.json"


def number(command, timeout, **extra):
    """The JSON object that a program prints last; its complaint where it prints none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **extra)
    except subprocess.TimeoutExpired:
        return None, f"no end after {timeout} s"
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["?"])[-1][:120]
    return json.loads(done.stdout.strip().splitlines()[-1]), None


class Pair:
    """One model, ready for both."""

    def __init__(self, options, name, model, work):
        self.options, self.model, self.folder = options, model, coiltest.fresh_folder(work / name)
        self.data = model.parent
        self.library = self.folder / "model.so"
        outcome = coiltest.run([coiltest.tool(options.build, "coilc"), str(model), "-o", str(self.library), "--target=host"],
                               options.timeout)
        self.problem = outcome.code and coiltest.complaint(outcome, options.timeout)
        if not self.problem:
            self.inputs = write_inputs(model, self.data / "test_data_set_0", self.folder)

    def coil(self, threads, runs):
        return number([coiltest.tool(self.options.build, "coil-run"), str(self.library), "--bench", "--json", "--warmup", "3",
                       "--runs", str(runs), "--threads", str(threads), "--test-data", str(self.data)], self.options.timeout)

    def peer(self, threads, runs):
        environment = os.environ | {"COIL_ORT": str(onnxruntime(self.options.build))}
        return number(["node", str(HERE / "onnxruntime.mjs"), str(self.model), str(self.inputs), str(threads), "3", str(runs)],
                      self.options.timeout, env=environment)


def compare(pair, threads):
    """[(COIL's numbers, ONNX Runtime's) of a round] or what went wrong."""
    first, problem = pair.peer(threads, 3)
    if problem:
        return None, f"ONNX Runtime: {problem}"
    runs = max(5, min(2000, int(pair.options.seconds * 1000 / max(first["p50_ms"], 0.001))))
    rounds = []
    for _ in range(pair.options.rounds):
        mine, problem = pair.coil(threads, runs)
        if problem:
            return None, f"COIL: {problem}"
        other, problem = pair.peer(threads, runs)
        if problem:
            return None, f"ONNX Runtime: {problem}"
        mine |= {"first_ms": mine["load_ms"] + mine["first_ms"], "memory_kb": mine["peak_rss_kb"]}
        rounds.append((mine, other))
    return rounds, None


MEASURES = {"p50_ms": "p50", "first_ms": "load and first run", "memory_kb": "peak memory"}


def print_row(name, rounds):
    """One model's row; returns its ratios by measure."""
    median = lambda who, what: statistics.median(both[who][what] for both in rounds)
    ratios = {what: [mine[what] / max(other[what], 1e-6) for mine, other in rounds] for what in MEASURES}
    middle = {what: statistics.median(values) for what, values in ratios.items()}
    print(f"{name:<30}{median(0, 'p50_ms'):>10.3f}{median(1, 'p50_ms'):>10.3f}{middle['p50_ms']:>7.2f}{min(ratios['p50_ms']):>7.2f}"
          f"{max(ratios['p50_ms']):>7.2f} |{median(0, 'first_ms'):>9.1f}{median(1, 'first_ms'):>9.1f}{middle['first_ms']:>7.2f} |"
          f"{median(0, 'memory_kb') / 1024:>8.1f}{median(1, 'memory_kb') / 1024:>8.1f}{middle['memory_kb']:>7.2f}", flush=True)
    return middle


def geometric_mean(values):
    return math.exp(statistics.mean(map(math.log, values)))


def run(options):
    if not options.corpus or not (options.corpus / "models").is_dir():
        sys.exit(f"{options.corpus or 'no corpus'}: has no folder 'models': give --corpus FOLDER or set COIL_CORPUS")
    work = options.build.resolve() / "test" / "bench" / "compare"
    patterns = options.models.split(",")
    models = [path for path in sorted((options.corpus / "models").glob("*/model.onnx"))
              if any(fnmatch.fnmatchcase(path.parent.name, pattern) for pattern in patterns)]
    if not models:
        sys.exit(f"{options.corpus / 'models'}: no model is called {options.models}")
    for threads in map(int, options.threads.split(",")):
        print(f"{threads} thread(s), median of {options.rounds} pairs: milliseconds a run; milliseconds from load to the end of the"
              " first run; MB of peak memory; ratios COIL / ONNX Runtime")
        print(f"{'model':<30}{'p50':>10}{'ORT':>10}{'ratio':>7}{'least':>7}{'most':>7} |{'first':>9}{'ORT':>9}{'ratio':>7} |"
              f"{'peak':>8}{'ORT':>8}{'ratio':>7}", flush=True)
        small, large = [], []
        for model in models:
            name = model.parent.name
            pair = Pair(options, name, model, work)
            rounds, problem = (None, pair.problem) if pair.problem else compare(pair, threads)
            if problem:
                print(f"{name:<30}{problem}", flush=True)
                continue
            ratios = print_row(name, rounds)
            (large if statistics.median(other["p50_ms"] for _, other in rounds) >= 0.5 else small).append(ratios)
        for kind, rows in ("all", small + large), ("of 0.5 ms or more", large), ("of less", small):
            if rows:
                print(f"{len(rows)} models {kind}: " + "; ".join(
                    f"{title}: geometric mean {geometric_mean([row[what] for row in rows]):.2f}, worst {max(row[what] for row in rows):.2f}"
                    for what, title in MEASURES.items()))
    return 0
