"""The innermost loops of compiled kernels, by llvm-mca's Neoverse N1: products a cycle of the two that are possible.

The hottest loop of a kernel is the block that jumps to itself and has most products. Spills are its loads and stores
of vectors on the stack. Dispatch is set to 8 operations a cycle, as Arm documents; LLVM's own model says 3."""
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

import coiltest
import host_kernels

MCA = "/usr/lib/llvm-22/bin/llvm-mca"
PRODUCT = re.compile(r"\s*(fmla|fmls|sdot|udot|usdot|smmla|ummla|bfdot|bfmmla)\s")
SPILL = re.compile(r"\s*(ldr|str|ldp|stp)\s+q\d+.*\[sp")
USUAL = "gemm_512x512x512,gemm_100*,gemm_512_two*,gemm_512_bias*,gemm_u8s8_512*,gemm_16x*,conv_3x3_64*,conv_1x1_64*,conv_7x7*,conv_dw3x3_*,conv_u8s8*"


def arguments(parser):
    parser.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    parser.add_argument("--models", default=USUAL, metavar="PATTERN[,PATTERN...]", help="of those of 'kernels' (default: %(default)s)")
    parser.add_argument("--asm", action="store_true", help="print the loops")
    parser.add_argument("--timeout", type=int, default=600, metavar="SECONDS")


def loops(assembly):
    """The bodies of all loops that are one block."""
    found, label, body = [], None, []
    for line in assembly.splitlines():
        if match := re.match(r"(\.?\w+):", line):
            label, body = match[1], []
        elif re.match(r"\s+[a-z]", line) and not line.strip().startswith("."):
            body.append(line.split("//")[0].rstrip())
            if re.match(r"\s+(b|b\.\w+|cbn?z|tbn?z)\s", body[-1]):
                if label and body[-1].split()[-1] == label:
                    found.append(body)
                label, body = None, []
    return found


def cycles(body):
    """Of one more iteration, once it runs evenly."""
    text = "\n".join(body)
    total = lambda n: json.loads(subprocess.run(
        [MCA, "-mtriple=aarch64", "-mcpu=neoverse-n1", "-dispatch=8", f"-iterations={n}", "-json", "-instruction-info=false",
         "-resource-pressure=false"], input=text, capture_output=True, text=True, check=True).stdout)["CodeRegions"][0]["SummaryView"]["TotalCycles"]
    return (total(200) - total(100)) / 100


def run(options):
    work = options.build.resolve() / "test" / "bench" / "kernels"
    work.mkdir(parents=True, exist_ok=True)
    patterns = options.models.split(",")
    names = [name for name in host_kernels.make_models(work) if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    if not names:
        sys.exit(f"no kernel is called {options.models}")
    print("the loop with most products of each kernel, compiled for altra; cycles of one iteration by llvm-mca for Neoverse N1")
    print(f"{'kernel':<32}{'insns':>8}{'products':>10}{'cycles':>9}{'a cycle':>9}{'spills':>8}", flush=True)
    for name in names:
        assembly = work / "models" / name / "altra.s"
        outcome = coiltest.run([coiltest.tool(options.build, "coilc"), str(work / "models" / name / "model.onnx"), "-o", str(assembly),
                                "--target=altra", "--emit=asm"], options.timeout)
        if outcome.code:
            print(f"{name:<32}{coiltest.complaint(outcome, options.timeout)}", flush=True)
            continue
        count = lambda body: sum(bool(PRODUCT.match(line)) for line in body)
        body = max(loops(assembly.read_text()), key=count, default=[])
        products = count(body)
        if not products:
            print(f"{name:<32}no loop of one block has products", flush=True)
            continue
        taken = cycles(body)
        print(f"{name:<32}{len(body):>8}{products:>10}{taken:>9.1f}{products / taken:>9.3f}{sum(bool(SPILL.match(line)) for line in body):>8}", flush=True)
        if options.asm:
            print("\n".join(body))
    return 0
