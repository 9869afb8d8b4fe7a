"""Single operators on this machine, one thread, against what one core can do at most.

The peak is measured too (peak.c), in turns with the kernel: fused multiply-adds for f32, dot products of bytes for
int8, and for what moves more than it computes a loop that reads and writes as many bytes as the kernel has. The table
has the median time and the median share over the rounds. The models stay in the build folder, so that
'compare --corpus BUILD/test/bench/kernels' measures them beside ONNX Runtime."""
import fnmatch
import json
import pathlib
import statistics
import subprocess
import sys

import coiltest

HERE = pathlib.Path(__file__).resolve().parent
UNITS = {"f32": "GF/s", "int8": "Gop/s", "bytes": "GB/s"}


def arguments(parser):
    parser.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    parser.add_argument("--models", default="*", metavar="PATTERN[,PATTERN...]", help="default: %(default)s")
    parser.add_argument("--rounds", type=coiltest.positive, default=5, help="of peak and kernel (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.2, help="about so long a round of a kernel (default: %(default)s)")
    parser.add_argument("--timeout", type=int, default=600, metavar="SECONDS")


def make_models(work):
    """{name: {"kind", "work"}}; the models are made in a process of its own, once."""
    facts = work / "kernels.json"
    source = HERE / "kernel_models.py"
    if not facts.exists() or facts.stat().st_mtime < source.stat().st_mtime:
        subprocess.run([sys.executable, source, work], check=True)
    return json.loads(facts.read_text())


def checked(command, timeout):
    outcome = coiltest.run([str(part) for part in command], timeout)
    if outcome.code:
        raise RuntimeError(coiltest.complaint(outcome, timeout))
    return outcome.output.strip().splitlines()[-1] if outcome.output.strip() else ""


def measure(options, folder, facts, peak):
    """(milliseconds, share of the peak), medians."""
    library, data = folder / "model.so", folder / "test_data_set_0"
    run = coiltest.tool(options.build, "coil-run")
    checked([coiltest.tool(options.build, "coilc"), folder / "model.onnx", "-o", library, "--target=host"], options.timeout)
    if not data.exists():
        checked([run, library, "--outputs", data], options.timeout)
    times, shares = [], []
    runs = 5
    for _ in range(options.rounds + 1):
        most = float(checked([peak, *(["copy", facts["work"]] if facts["kind"] == "bytes" else [facts["kind"]])], options.timeout))
        bench = [run, library, "--bench", "--json", "--threads", "1", "--warmup", "3", "--runs", runs, "--test-data", folder]
        times.append(json.loads(checked(bench, options.timeout))["p50_ms"])
        shares.append(facts["work"] / times[-1] / 1e6 / most if most else float("nan"))
        runs = max(5, min(5000, int(options.seconds * 1000 / times[-1])))
    return statistics.median(times[1:]), statistics.median(shares[1:])  # the first only told how many runs


def run(options):
    work = options.build.resolve() / "test" / "bench" / "kernels"
    work.mkdir(parents=True, exist_ok=True)
    patterns = options.models.split(",")
    kernels = {name: facts for name, facts in make_models(work).items()
               if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)}
    if not kernels:
        sys.exit(f"no kernel is called {options.models}")
    peak = work / "peak"
    subprocess.run(["clang-22", "-O2", "-march=native", HERE / "peak.c", "-o", peak], check=True)
    print(f"COIL on this machine, one thread, median of {options.rounds} rounds; share: of the peak of fused multiply-adds (GF/s), of dot"
          " products of bytes (Gop/s), or of a loop that moves as many bytes (GB/s)")
    print(f"{'kernel':<32}{'ms':>10}{'rate':>10}{'':>7}{'share':>8}", flush=True)
    for name, facts in kernels.items():
        try:
            ms, share = measure(options, work / "models" / name, facts, peak)
        except RuntimeError as error:
            print(f"{name:<32}{error}", flush=True)
            continue
        print(f"{name:<32}{ms:>10.4f}{facts['work'] / ms / 1e6:>10.1f} {UNITS[facts['kind']]:<6}{share:>8.2f}", flush=True)
    return 0
