#!/usr/bin/python3
"""The runners of conformance and numeric against tools that fail in every way they must notice; the page of operators."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper

import operators

TEST = pathlib.Path(__file__).resolve().parents[1]
RUN = TEST / "conformance/run.py"
# The case's name says what happens to it.
COILC = """#!/bin/sh
case $1 in
*unknown*) echo "$1:0:0: error: model.onnx: node '$1': 'onnx.Foo' op unknown operator" >&2; exit 1;;
*crash*) echo "Assertion \\`false' failed." >&2; kill -ABRT $$;;
*hang*) sleep 60;;
esac
touch "$3"
echo '{"inputs": []}' > "${3%.so}.json"
"""
COIL_RUN = """#!/bin/sh
case $3 in
*differs*) echo "set 0 output 'y' f32[2]: max abs 1, max rel 1: DIFFERENT, 1 of 2 elements"; exit 1;;
*refuses*) echo "coil-run: error: no memory" >&2; exit 2;;
esac
"""
CASES = ["test_good", "test_unknown_a", "test_unknown_b", "test_crash", "test_hang", "test_differs", "test_refuses"]


class WithTools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="coil-runner-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in [("coilc", COILC), ("coil-run", COIL_RUN)]:
            path = self.root / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)


class Conformance(WithTools):
    def setUp(self):
        super().setUp()
        for case in CASES:
            model = self.root / "corpus/node" / case / "model.onnx"
            model.parent.mkdir(parents=True)
            model.touch()
            (model.parent / "test_data_set_0").mkdir()
            (model.parent / "test_data_set_0/output_0.pb").touch()
        (self.root / "test/conformance/generated").mkdir(parents=True)
        self.ledger = self.root / "ledger.tsv"
        self.ledger.write_text("# none\n")

    def run_it(self, *options):
        done = subprocess.run([sys.executable, RUN, "--build", self.root, "--corpus", self.root / "corpus", "--ledger",
                               self.ledger, "--target", "host", "--timeout", "1", *options],
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def test_every_failure_is_noticed(self):
        code, output = self.run_it()
        self.assertEqual(code, 1)
        self.assertTrue(output.endswith("1 passed, 6 failed, 0 skipped\n"), output)
        for line in ["test_unknown_a (host): model.onnx: node ",
                     "test_crash (host): killed by SIGABRT: Assertion `false' failed.",
                     "test_hang (host): no end after 1 s",
                     "test_differs (host): differs: set 0 output 'y'",
                     "test_refuses (host): does not run: no memory"]:
            self.assertIn(f"FAILED {line}", output)

    def test_ledger(self):
        self.assertEqual(self.run_it("--update-ledger")[0], 1)
        self.assertIn("test_unknown*\thost\t'onnx.Foo' op unknown operator\n", self.ledger.read_text())
        code, output = self.run_it()
        self.assertEqual((code, output.splitlines()[-1]), (0, "1 passed, 0 failed, 6 skipped"))
        with open(self.ledger, "a") as ledger:
            print("test_goo?\taltra,host\tno longer true\ntest_no_such\t*\tgone", file=ledger)
        code, output = self.run_it("--ledger-check")
        self.assertEqual(code, 1)
        self.assertIn("in the ledger, but passes: test_good (host): no longer true", output)
        self.assertIn("in the ledger, but no such case: test_no_such", output)

    def test_filter(self):
        code, output = self.run_it("--filter", "test_good")
        self.assertEqual((code, output.splitlines()[-1]), (0, "1 passed, 0 failed, 0 skipped"))

    def test_nothing_to_run_is_no_success(self):
        code, output = self.run_it("--filter", "test_misspelt")
        self.assertEqual(code, 1)
        self.assertIn("nothing to run", output)

    def test_a_case_without_outputs_shows_nothing(self):
        (self.root / "corpus/node/test_good/test_data_set_0/output_0.pb").unlink()
        code, output = self.run_it("--filter", "test_good")
        self.assertEqual(code, 1)
        self.assertIn("FAILED test_good (host): a data set has no output to compare with", output)

    def test_variants(self):
        dims = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2]) for name in "xyz"]
        graph = onnx.helper.make_graph([onnx.helper.make_node("Add", ["x", "y"], ["z"])], "add", dims[:2], dims[2:])
        data = onnx.numpy_helper.from_array(np.zeros(2, np.float32)).SerializeToString()
        for case in ("test_good", "test_differs"):
            folder = self.root / "corpus/node" / case
            onnx.save(onnx.helper.make_model(graph), folder / "model.onnx")
            for number in range(2):
                (folder / f"test_data_set_0/input_{number}.pb").write_bytes(data)
        forms = ["--filter", "test_good,test_differs", "--variant", "static,dynamic,constant"]
        code, output = self.run_it(*forms)
        self.assertTrue(output.endswith("3 passed, 3 failed, 0 skipped\n"), output)
        self.assertEqual(code, 1)
        for form in ("", "dynamic/", "constant/"):
            self.assertIn(f"FAILED {form}test_differs (host): differs", output)
        # A line of the ledger is of one form, or of all.
        self.ledger.write_text("dynamic/test_differs\thost\tonly so\n")
        self.assertIn("3 passed, 2 failed, 1 skipped", self.run_it(*forms)[1])
        self.ledger.write_text("test_differs\thost\talways\n")
        self.assertEqual(self.run_it(*forms)[1].splitlines()[-1], "3 passed, 0 failed, 3 skipped")

    def test_what_is_dynamic_already_has_no_such_form(self):
        x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n"])
        y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [2])
        graph = onnx.helper.make_graph([onnx.helper.make_node("Abs", ["x"], ["y"])], "abs", [x], [y])
        onnx.save(onnx.helper.make_model(graph), self.root / "corpus/node/test_good/model.onnx")
        code, output = self.run_it("--filter", "test_good", "--variant", "dynamic")
        self.assertEqual(code, 1)
        self.assertIn("nothing to run", output)


class Numeric(WithTools):
    def run_it(self, cases):
        folder = self.root / "cases"
        folder.mkdir()
        for name, text in cases.items():
            (folder / name).write_text(text)
        done = subprocess.run([sys.executable, TEST / "numeric/run.py", "--build", self.root, "--cases", folder,
                               "--target", "host", "--timeout", "1"], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def test_every_failure_is_noticed(self):
        code, output, errors = self.run_it({f"{case}.mlir": "// tolerance: 0 0\n" for case in CASES})
        self.assertEqual((code, errors), (1, ""))
        self.assertTrue(output.endswith("1 passed, 6 failed, 0 skipped\n"), output)
        for line in ["test_unknown_a (host): at -O0: model.onnx: node ",
                     "test_crash (host): at -O0: killed by SIGABRT: Assertion `false' failed.",
                     "test_hang (host): at -O0: no end after 1 s",
                     "test_differs (host): set 0 output 'y'",
                     "test_refuses (host): no memory"]:
            self.assertIn(f"FAILED {line}", output)

    def test_cases_must_be_understood(self):
        unnamed = "// tolerance: 0 0\n// fix: M=1\n<ir_version: 8, opset_import: [\"\" : 17]>\nm (float[N] x) => (float[N] y) { y = Abs(x) }"
        for text, complaint in [("// tolerance: 0 0\n// size: M=1\n", "unknown key 'size'"), ("", "want one line"),
                                (unnamed, "no input has a dimension M"),
                                ("// tolerance: 0 0\nno model", "ParseError")]:
            code, _, errors = self.run_it({"case.txt": text})
            self.assertEqual(code, 1)
            self.assertIn(complaint, errors)
            (self.root / "cases/case.txt").unlink()
            (self.root / "cases").rmdir()


class Operators(unittest.TestCase):
    """The page of supported operators: what its sources say arrives, and a source it cannot read is an error."""

    def test_reasons_find_their_operators(self):
        entries = [("test_cast_FLOAT_to_STRING", ["*"], "no strings"), ("test_castlike_x*", ["*"], "no likes"),
                   ("test_seq", ["*"], "operator 'Gone' of domain 'ai.onnx', opset 12, is not supported"),
                   ("test_model_of_many", ["*"], "too much")]
        of, absent, others = operators.limits(entries, ["Cast", "CastLike"])
        self.assertEqual({name: list(reasons) for name, reasons in of.items()},
                         {"Cast": ["no strings"], "CastLike": ["no likes"]})
        self.assertEqual((list(absent), list(others)), ([("ai.onnx", "Gone")], ["too much"]))

    def test_a_table_that_is_written_otherwise(self):
        with self.assertRaisesRegex(SystemExit, "ledger.tsv: its table is not written as this script reads it"):
            operators.read(TEST, "conformance/ledger.tsv", "no such row", 1)


if __name__ == "__main__":
    unittest.main()
