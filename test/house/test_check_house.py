#!/usr/bin/python3
"""Each rule of check-house.py against a house that breaks it."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).with_name("check-house.py")
LLVM = pathlib.Path("/usr/lib/llvm-22")
TABLEGEN = LLVM / "bin/llvm-tblgen"

PASSES_TD = '''include "mlir/Pass/PassBase.td"
def FoldThingPass : Pass<"structure-fold-thing"> {
  let summary = "Folds a thing.";
  let description = [{ Before: a. After: b. }];
}
'''
GOOD = {
    "include/coil/runtime.h": "#include <stdint.h>\n",
    "include/coil/Compiler.h": "#include <string>\n",
    "dialects/onnx/Onnx.h": '#include "mlir/IR/Dialect.h"\n',
    "passes/Pipeline.cpp": '#include "passes/structure/Passes.h"\n#include "passes/support/Types.h"\n',
    "passes/support/Types.h": '#include "dialects/onnx/Onnx.h"\n',
    "passes/structure/Passes.td": PASSES_TD,
    "passes/structure/Passes.h": '#include "passes/structure/Passes.h.inc"\n',
    "passes/structure/FoldThing.cpp": '#include "passes/structure/Passes.h"\n// cl::opt, getenv(): words only\n',
    "passes/schedule/Passes.h": '#include "passes/support/Types.h"\n',
    "lib/driver/Driver.cpp": '#include "coil/Compiler.h"\n#include "passes/Pipeline.h"\n',
    "runtime/rt.c": '#include "coil/runtime.h"\n#include "runtime/rt.h"\n#include "rt.h"\n',
    "tools/coilc.cpp": '#include "lib/driver/Driver.h"\nllvm::cl::opt<int> level("O");\n',
    "tools/coilc/coilc.cpp": '#include "tools/coilc/Options.inc"\n',
    "tools/coil-opt.cpp": '#include "dialects/onnx/Onnx.h"\n',
    "test/passes/structure/fold-thing.mlir": "// RUN: true\n",
}
READMES = ["include", "dialects", "passes", "lib", "runtime", "tools", "test", "dialects/onnx", "lib/driver",
           "passes/structure", "passes/schedule", "passes/support"]


class HouseRules(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="house-"))
        self.addCleanup(shutil.rmtree, self.root)
        for path, text in GOOD.items():
            self.write(path, text)
        for room in READMES:
            self.write(f"{room}/README.md", "# A room\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def check(self, passes=False):
        command = [sys.executable, CHECK, "--root", self.root]
        if passes:
            command += ["--tablegen", TABLEGEN, "--mlir-include", LLVM / "include"]
        result = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 0 if "in order" in result.stdout else 1)
        return result.stdout

    def refuses(self, path, text, complaint, passes=False):
        self.write(path, text)
        output = self.check(passes)
        self.assertIn(complaint, output)
        self.assertEqual(output.count("\n"), 1, output)

    def test_a_good_house(self):
        self.assertIn("in order", self.check())

    def test_layers(self):
        for path, target, complaint in [
            ("dialects/onnx/A.cpp", "passes/Pipeline.h", "dialects/ may not include passes/"),
            ("passes/structure/A.cpp", "lib/driver/Driver.h", "passes/ may not include lib/"),
            ("passes/structure/A.cpp", "coil/Compiler.h", "passes/ may not include include/"),
            ("tools/coilc.cpp", "dialects/onnx/Onnx.h", "tools/ may not include dialects/"),
            ("tools/coilc/A.cpp", "tools/coil-run/run.h", "tools/ may not include tools/"),
            ("runtime/a.c", "lib/driver/Driver.h", "runtime/ may not include lib/"),
            ("runtime/a.c", "coil/Compiler.h", "knows coil/runtime.h only"),
            ("include/coil/A.h", "lib/driver/Driver.h", "include/ may not include lib/"),
            ("lib/driver/A.h", "../import/Importer.h", "spell it from the repository root"),
        ]:
            with self.subTest(path=path, target=target):
                self.refuses(path, f'\n#include "{target}"\n', f'{path}:2: "{target}": ')
                self.assertIn(complaint, self.check())
                self.write(path, GOOD.get(path, ""))

    def test_stages_do_not_know_each_other(self):
        self.refuses("passes/schedule/A.cpp", '#include "passes/structure/Passes.h"\n',
                     "passes/schedule/A.cpp:1: ")
        self.write("passes/schedule/A.cpp", "\n")

    def test_only_passes_h_of_a_stage_is_public(self):
        self.refuses("passes/Pipeline.cpp", '#include "passes/structure/Detail.h"\n', "only Passes.h is public")

    def test_options_and_environment(self):
        self.refuses("lib/driver/A.cpp", "static llvm::cl::opt<bool> flag;\n", "lib/driver/A.cpp:1: cl::opt belongs")
        self.refuses("lib/driver/A.cpp", "auto *p = std::getenv(\"X\");\n", "lib/driver/A.cpp:1: reads the environment")

    def test_length(self):
        self.refuses("lib/driver/A.cpp", "int a;\n" * 601, "the limit is 600")

    def test_white_space(self):
        self.refuses("lib/driver/A.cpp", "int a; \n", "lib/driver/A.cpp:1: white space")
        self.refuses("lib/driver/A.cpp", "int a;", "ends with one newline")
        self.refuses("lib/driver/A.cpp", "int a;\n\n", "ends with one newline")

    def test_readmes(self):
        self.refuses("lib/driver/README.md", "text\n" * 81, "lib/driver/README.md:1: 81 lines")
        (self.root / "lib/driver/README.md").unlink()
        self.assertIn("lib/driver/README.md:1: every room says why", self.check())

    @unittest.skipUnless(TABLEGEN.exists(), f"no {TABLEGEN}")
    def test_passes(self):
        td = "passes/structure/Passes.td"
        self.assertIn("in order", self.check(passes=True))
        self.write("passes/schedule/Passes.td", PASSES_TD.replace("structure", "schedule"))
        self.assertIn("passes/schedule/FoldThing.cpp does not exist", self.check(passes=True))
        (self.root / "passes/schedule/Passes.td").unlink()
        for old, new, complaint in [
            ('"structure-fold', '"schedule-fold', "its name starts with its stage, 'structure-'"),
            ("def FoldThingPass", "def FoldPass", "its class is FoldThingPass, not FoldPass"),
            ("Before:", "", "no IR under 'Before:'"),
            ("After:", "", "no IR under 'After:'"),
            ("PassBase.td", "NoSuch.td", "could not find include file"),
        ]:
            with self.subTest(complaint=complaint):
                self.write(td, PASSES_TD.replace(old, new))
                self.assertIn(complaint, self.check(passes=True))
        self.write(td, PASSES_TD)
        for path in ["passes/structure/FoldThing.cpp", "test/passes/structure/fold-thing.mlir"]:
            with self.subTest(path=path):
                (self.root / path).unlink()
                self.assertIn(f"{path} does not exist", self.check(passes=True))
                self.write(path, "\n")

    @unittest.skipUnless(TABLEGEN.exists(), f"no {TABLEGEN}")
    def test_a_pass_may_repeat_its_stage(self):
        self.write("passes/lower/README.md", "# A room\n")
        self.write("test/passes/lower/rt.mlir", "// RUN: true\n")
        td = PASSES_TD.replace("structure-fold-thing", "lower-rt").replace("FoldThing", "LowerRt")
        self.write("passes/lower/LowerRt.cpp", "// A pass.\n")
        self.write("passes/lower/Passes.td", td)
        self.assertIn("in order", self.check(passes=True))
        self.refuses("passes/lower/Passes.td", td.replace("def LowerRt", "def Rt"), "its class is LowerRtPass, not RtPass",
                     passes=True)
        (self.root / "passes/lower/LowerRt.cpp").unlink()
        self.assertIn("passes/lower/Rt.cpp does not exist", self.check(passes=True))


if __name__ == "__main__":
    unittest.main()
