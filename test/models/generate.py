#!/usr/bin/python3
"""Language models tell the story that they should: examples/stories/generate.c is linked with each compiled model of
the ONNX corpus folder that has a greedy.json, and must print its text. Exits with 77 when there is no corpus folder."""
import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import coiltest  # noqa: E402

MODELS = ["stories260k_kv", "stories260k_gqa", "stories260k_op23"]
# Also with caches that stay where they are.
SHARED = ["--share=present.*=past_key_values.*:{tokens}"]
TARGETS = ["host", "altra"]


def tell(options, name, target, flags):
    """None when the text is right, else what is wrong."""
    folder, work = options.corpus / "models" / name, coiltest.fresh_folder(options.work / target / name)
    flags = [flag.format(tokens=len(json.loads((folder / "greedy.json").read_text())["greedy_ids"])) for flag in flags]
    wanted = json.loads((folder / "greedy.json").read_text())
    text = re.sub(r"<0x([0-9A-F]{2})>", lambda m: chr(int(m[1], 16)), wanted["text"])
    compiler, emulator = coiltest.c_compiler(target)
    for command in [
        [options.coilc, folder / "model.onnx", "-o", work / "stories.so", "--name=stories", f"--target={target}", *flags],
        [*compiler, "-O2", "-I", coiltest.SOURCE / "include", "-DMODEL=stories_model",
         coiltest.SOURCE / "examples/stories/generate.c", "-L", work, "-l:stories.so", f"-Wl,-rpath,{work}",
         "-o", work / "generate"],
        [*emulator, work / "generate", options.corpus / "llm_assets/tok512.bin", wanted["prompt"],
         len(wanted["greedy_ids"])],
    ]:
        outcome = coiltest.run([str(word) for word in command], options.timeout)
        if outcome.code:
            return coiltest.complaint(outcome, options.timeout)
    print(f"--- {name} ({' '.join([target, *flags])})\n{outcome.output}", end="", flush=True)
    return None if outcome.output.strip() == text.strip() else f"expected: {text}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    arguments.add_argument("--corpus", type=pathlib.Path, default=coiltest.corpus())
    arguments.add_argument("--target", default=",".join(TARGETS), help="only these targets (default: %(default)s)")
    arguments.add_argument("--timeout", type=int, default=600, metavar="SECONDS")
    options = arguments.parse_args()
    if not options.corpus:
        print("no ONNX corpus folder: no language model to run")
        return 77
    options.coilc = coiltest.tool(options.build, "coilc")
    options.work = options.build.resolve() / "test" / "generate"
    ledger = coiltest.Ledger(HERE / "ledger.tsv")
    tally = coiltest.Tally(0)
    for name in MODELS:
        for target in options.target.split(","):
            if ledger.reason(name, target):
                tally.add("skipped")
                continue
            for flags in [], SHARED:
                problem = tell(options, name, target, flags)
                tally.add("failed" if problem else "passed",
                          problem and f"FAILED {name} ({' '.join([target, *flags])}): {problem}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
