"""What a run takes on an Altra, counted under QEMU: instructions and modeled Neoverse N1 cycles, of COIL and of ONNX Runtime.

Instructions are exact and repeat to the digit; cycles are a model's (llvm-mca's Neoverse N1 on the hot blocks, and
caches), never checked on a machine: read them as ratios. One thread. The variable COIL_LAB names a built copy of the
measuring lab; its folder 'models' has the kernels, the corpus the models. ONNX Runtime's rows are kept in the build
folder, as they do not change. Each row leaves NAME/coil.hot and NAME/ort.hot there: 'cyclemodel.py FILE --top 5 --asm'
of the lab prints the hottest code."""
import concurrent.futures
import fnmatch
import hashlib
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

import coiltest

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ("dtln_1,silero_vad_16k_op15,silero_vad_v5,ten_vad,gtcrn_simple,hello_deepa,mnist_mlp,oww_melspectrogram,"
          "vespa_transformer,torch_bert_tiny_static,torch_bilstm_tagger,torch_gpt2_past_tiny,torch_mobilenet_v2_025,"
          "torch_mobilenet_v3_s,torch_resnet20_cifar,torch_vit_tiny,quant_bert_tiny_qdq,quant_resnet20_qdq,"
          "stories260k_decode_static,stories260k_kv")
LAB = """COIL_LAB: {}
'altra' needs a built copy of the lab that counts instructions of AArch64 programs under QEMU: a folder with measure.py,
cyclemodel.py, insnmix.so, ort_bench.arm64, sysroot-n1, peers/ort/arm64 and models. Its README says how to build it
(peers.sh, build.sh, mksysroot.sh, mkmodels.py, mkmodels2.py); then: COIL_LAB=FOLDER test/bench/bench.py altra"""
PARTS = ["measure.py", "cyclemodel.py", "insnmix.so", "ort_bench.arm64", "sysroot-n1", "peers/ort/arm64/libonnxruntime.so.1",
         "models"]


def arguments(parser):
    parser.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    parser.add_argument("--corpus", type=pathlib.Path, default=coiltest.corpus())
    parser.add_argument("--models", default="*", metavar="PATTERN[,PATTERN...]",
                        help="of the lab's kernels and the usual small models; one that matches none of these is looked for"
                        " in the corpus (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="measured at once; the numbers do not depend on it")
    parser.add_argument("--timeout", type=int, default=900, metavar="SECONDS", help="for each program")


def find_lab():
    lab = os.environ.get("COIL_LAB")
    if not lab:
        sys.exit(LAB.format("not set"))
    missing = [part for part in PARTS if not (pathlib.Path(lab) / part).exists()]
    if missing:
        sys.exit(LAB.format(f"{lab} has no {', '.join(missing)}"))
    return pathlib.Path(lab).resolve()


def find_models(options, lab):
    """[(kind, name, model, folder of its data or None)]"""
    patterns = options.models.split(",")
    wanted = lambda name: any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    found = [("kernels", path.stem, path, None) for path in sorted((lab / "models").glob("*.onnx")) if wanted(path.stem)]
    if options.corpus:
        paths = {path.parent.name: path for path in sorted((options.corpus / "models").glob("*/model.onnx"))}
        usual = [name for name in MODELS.split(",") if name in paths and wanted(name)]
        names = usual or ([] if found else [name for name in paths if wanted(name)])
        found += [("models", name, paths[name], paths[name].parent / "test_data_set_0") for name in names]
    if not found:
        sys.exit(f"no model is called {options.models}, in {lab / 'models'} or in {options.corpus or 'the corpus, which is not there'}")
    return found


def checked(command, timeout):
    outcome = coiltest.run([str(part) for part in command], timeout)
    if outcome.code:
        raise RuntimeError(coiltest.complaint(outcome, timeout))
    return outcome.output


def marked_program(build, work):
    """coil-run for AArch64, with the marks that the lab counts between."""
    program = work / "coil-run-marked"
    sources = sorted((coiltest.SOURCE / "tools" / "coil-run").glob("*.c")) + [HERE / "marked.c"]
    compiler, _ = coiltest.c_compiler("altra")
    checked([*compiler, "-O2", "-std=gnu11", "-I", coiltest.SOURCE / "include", *sources, "-Wl,--wrap=run", "-lm",
             "-o", program], 120)
    return program


def counted(lab, folder, who, command, timeout):
    """What the lab's measure.py says of a program: a JSON object."""
    line = checked([sys.executable, lab / "measure.py", "--cpu", "n1", "--keep", folder / who, "--", *command], timeout)
    return json.loads(line.strip().splitlines()[-1])


def measure(options, lab, program, work, entry):
    """(COIL's numbers, ONNX Runtime's) of one model."""
    _, name, model, data = entry
    folder = work / name
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "model.so"
    checked([coiltest.tool(options.build, "coilc"), model, "-o", library, "--target=altra", "--threads=1"], options.timeout)
    if not data:
        data = folder / "data"
        if not (data / "input_0.pb").exists():
            checked([coiltest.tool(options.build, "coil-run"), library, "--outputs", data], options.timeout)
    ours = counted(lab, folder, "coil", [program, library, "--bench", "--json", "--warmup", "2", "--runs", "1", "--threads", "1",
                                         "--inputs", *sorted(data.glob("input_*.pb"), key=lambda p: int(p.stem[6:]))], options.timeout)
    peer = lab / "peers/ort/arm64/libonnxruntime.so.1"
    state = hashlib.sha256(model.read_bytes())
    for path in [*sorted(data.glob("input_*.pb")), lab / "insnmix.so", lab / "cyclemodel.py", peer]:
        state.update(path.read_bytes())
    kept, key = folder / "ort.json", state.hexdigest()
    theirs = json.loads(kept.read_text()) if kept.exists() else {}
    if theirs.get("key") != key:
        inputs = [part for path in sorted(data.glob("input_*.pb"), key=lambda p: int(p.stem[6:])) for part in ("-i", path)]
        theirs = counted(lab, folder, "ort", [lab / "ort_bench.arm64", "-F", "-w", "2", "-l", peer, *inputs, model], options.timeout)
        kept.write_text(json.dumps(theirs | {"key": key}))
    return ours, theirs


def run(options):
    lab = find_lab()
    work = options.build.resolve() / "test" / "bench" / "altra"
    work.mkdir(parents=True, exist_ok=True)
    program = marked_program(options.build, work)
    print("one run on Altra, one thread: thousands of instructions and of modeled Neoverse N1 cycles; peak: share of the f32 or"
          " int8 peak; ratios COIL / ONNX Runtime")
    print(f"{'model':<30}{'kinsn':>11}{'ORT':>11}{'ratio':>7}{'kcycles':>11}{'ORT':>11}{'ratio':>7}{'peak':>6}{'ORT':>6}", flush=True)

    def row(entry):
        try:
            return entry, measure(options, lab, program, work, entry), None
        except (RuntimeError, json.JSONDecodeError) as error:
            return entry, None, str(error)

    ratios = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (kind, name, _, _), both, problem in pool.map(row, find_models(options, lab)):
            if problem:
                print(f"{name:<30}{problem}", flush=True)
                continue
            ours, theirs = both
            pair = [ours[what] / theirs[what] for what in ("insns", "cycles")]
            ratios.setdefault(kind, []).append(pair)
            peak = [max(r["peak_fraction"], r["ipeak_fraction"]) for r in both]
            print(f"{name:<30}{ours['insns'] / 1e3:>11.0f}{theirs['insns'] / 1e3:>11.0f}{pair[0]:>7.2f}{ours['cycles'] / 1e3:>11.0f}"
                  f"{theirs['cycles'] / 1e3:>11.0f}{pair[1]:>7.2f}{peak[0]:>6.0%}{peak[1]:>6.0%}", flush=True)
    if len(ratios) == 2:
        ratios["all"] = ratios["kernels"] + ratios["models"]
    for kind, pairs in ratios.items():
        insns, cycles = (math.exp(statistics.mean(math.log(pair[i]) for pair in pairs)) for i in (0, 1))
        print(f"{len(pairs)} {kind}: geometric mean of instructions {insns:.2f}, of cycles {cycles:.2f};"
              f" worst of cycles {max(pair[1] for pair in pairs):.2f}")
    return 0
