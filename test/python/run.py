#!/usr/bin/python3
"""Tests the `coil` package against libraries compiled here:  run.py --build BUILD"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np
import onnx

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "python"))
import coil  # noqa: E402

SCALE = """<ir_version: 8, opset_import: ["" : 17]>
scale (float[batch, 3] x, float[3] factor) => (float[batch, 3] y, float[batch] total)
<int64[1] axis = {1}> { y = Mul(x, factor)  total = ReduceSum<keepdims = 0>(y, axis) }
"""
FIND = """<ir_version: 8, opset_import: ["" : 17]>
find (float[n] x) => (int64[1, count] at) { at = NonZero(x) }
"""
APPEND = """<ir_version: 8, opset_import: ["" : 17]>
append (float[2, past, 3] past, float[2, new, 3] x, float[4] s) => (float[2, all, 3] present, float[4] t)
{ present = Concat<axis = 1>(past, x)  t = Add(s, s) }
"""
COPY = """<ir_version: 8, opset_import: ["" : 17]>
copy (TYPE[n] x) => (TYPE[n] y) { y = Identity(x) }
"""

def grow():
    """(seq(float[n, 2]) xs, optional(float[k]) w, int64 at) => (seq(float[n, 2]) ys, optional(float[k]) v, float[m, 2] all,
    bool has), which the text format of python3-onnx 1.12 cannot say."""
    h, tensor = onnx.helper, lambda *dims: onnx.helper.make_tensor_type_proto(1, dims)
    sequence, optional = h.make_sequence_type_proto(tensor("n", 2)), h.make_optional_type_proto(tensor("k"))
    value = lambda name, type: h.make_value_info(name, type)
    nodes = [h.make_node("SequenceAt", ["xs", "at"], ["x"]), h.make_node("SequenceInsert", ["xs", "x"], ["ys"]),
             h.make_node("ConcatFromSequence", ["ys"], ["all"], axis=0), h.make_node("Identity", ["w"], ["v"]),
             h.make_node("OptionalHasElement", ["w"], ["has"])]
    graph = h.make_graph(nodes, "grow", [value("xs", sequence), value("w", optional),
                                         h.make_tensor_value_info("at", 7, [])],
                         [value("ys", sequence), value("v", optional), value("all", tensor("m", 2)),
                          h.make_tensor_value_info("has", 9, [])])
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=8)


TYPES = {"float": np.float32, "double": np.float64, "float16": np.float16, "bfloat16": np.uint16, "bool": np.bool_,
         "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
         "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64}


class PythonPackage(unittest.TestCase):
    coilc = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="coil-python-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.library = cls.compile("scale", SCALE)

    @classmethod
    def compile(cls, name, text, /, **options):
        source, model = cls.folder / f"{name}.txt", cls.folder / f"{name}.onnx"
        source.write_text(text)
        subprocess.run([sys.executable, SOURCE / "test/tools/onnx-text.py", source, model], check=True)
        return coil.compile(model, coilc=cls.coilc, **options)

    def fails(self, kind, call):
        with self.assertRaises(coil.Error) as caught:
            call()
        self.assertEqual(caught.exception.kind, kind, caught.exception)
        self.assertTrue(str(caught.exception))

    def test_compile_writes_beside_the_model(self):
        self.assertEqual(self.library, self.folder / "scale.so")
        for suffix in (".h", ".json"):
            self.assertTrue(self.library.with_suffix(suffix).exists(), suffix)

    def test_compile_refuses(self):
        (self.folder / "empty.onnx").touch()
        with self.assertRaises(coil.CompileError) as caught:
            coil.compile(self.folder / "empty.onnx", coilc=self.coilc)
        self.assertIn("empty.onnx", str(caught.exception))
        with self.assertRaises(coil.CompileError):
            coil.compile(self.folder / "scale.onnx", target="abacus", coilc=self.coilc)

    def test_options_become_flags(self):
        library = self.compile("fixed", SCALE, dim={"batch": 4}, name="four", O=1)
        with coil.load(library) as model:
            self.assertEqual(model.name, "four")
            self.assertEqual(model.inputs[0].shape, (4, 3))

    def test_signature(self):
        with coil.load(self.library) as model:
            self.assertEqual(model.name, "scale")
            self.assertEqual(model.inputs, (("x", np.float32, ("batch", 3), "float32", "tensor"),
                                            ("factor", np.float32, (3,), "float32", "tensor")))
            self.assertEqual([value.name for value in model.outputs], ["y", "total"])
            self.assertEqual(model.outputs[0].shape, ("batch", 3))
            self.assertIn("x: float32[batch, 3]", repr(model))

    def test_size_that_only_data_tells(self):
        with coil.load(self.compile("find", FIND)) as model:
            self.assertEqual(model.outputs[0].shape, (1, "?"))
            self.assertIn("at: int64[1, ?]", repr(model))
            for x in ([0, 0.25, 0, -3, 7], [0, 0], [1]):
                np.testing.assert_array_equal(model(x)["at"], np.array(np.nonzero(x)))

    def test_call(self):
        x, factor = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1, 2, 3], np.float32)
        with coil.load(self.library, threads=1) as model:
            for result in (model(x, factor), model(factor=factor, x=x), model(x.tolist(), factor=[1, 2, 3])):
                self.assertEqual(list(result), ["y", "total"])
                np.testing.assert_allclose(result["y"], x * factor, rtol=1e-6)
                np.testing.assert_allclose(result["total"], (x * factor).sum(1), rtol=1e-6)
            first = model(x, factor)["y"]
            model(x + 1, factor)
            np.testing.assert_allclose(first, x * factor, rtol=1e-6)  # a later run leaves it alone
            strided = np.asfortranarray(np.tile(x, 2))[:, ::2]
            np.testing.assert_allclose(model(strided, factor)["y"], strided * factor, rtol=1e-6)
            self.assertEqual(model(np.zeros((0, 3), np.float32), factor)["y"].shape, (0, 3))

    def test_shares(self):
        library = self.compile("append", APPEND, share={"present": "past:5", "t": "s"})
        x, s = np.arange(6, dtype=np.float32).reshape(2, 1, 3), np.ones(4, np.float32)
        with coil.load(library, threads=1) as model:
            # Whatever has no room is copied once; from then on it stays where it is.
            first = model(np.zeros((2, 0, 3), np.float32), x, s)["present"]
            np.testing.assert_array_equal(first, x)
            second = model(first, x + 10, s)["present"]
            np.testing.assert_array_equal(second, np.concatenate([x, x + 10], 1))
            self.assertEqual(second.ctypes.data, first.ctypes.data)
            third = model(past=second, x=x + 20, s=s)["present"]
            self.assertTrue(np.shares_memory(third, first))
            # A buffer of one's own, too; and what has no axis to grow.
            mine = np.zeros((2, 5, 3), np.float32)
            mine[:, :2] = second
            result = model(mine[:, :2], np.tile(x, (1, 3, 1)), s)
            np.testing.assert_array_equal(mine, np.concatenate([second, x, x, x], 1))
            self.assertTrue(np.shares_memory(result["present"], mine) and np.shares_memory(result["t"], s))
            np.testing.assert_array_equal(s, np.full(4, 16, np.float32))
            # What is a part of another array leaves the rest of it alone.
            for part in (np.ones((3, 2, 5, 3), np.float32)[0], np.ones((2, 9, 3), np.float32), np.ones((9, 2, 5, 3), np.float32)[4]):
                model(part[:, :2], x, s)
                np.testing.assert_array_equal(part, np.ones_like(part))
            self.fails("buffer", lambda: model(result["present"], x, s))
            self.fails("shape", lambda: model(np.zeros((2, 6, 3), np.float32), x, s))
            frozen = np.ones(4, np.float32)
            frozen.flags.writeable = False
            np.testing.assert_array_equal(model(np.zeros((2, 0, 3), np.float32), x, frozen)["t"], 2 * frozen)
            np.testing.assert_array_equal(frozen, np.ones(4))

    def test_types(self):
        for name, dtype in TYPES.items():
            with self.subTest(type=name):
                library = self.compile(f"copy_{name}", COPY.replace("TYPE", name))
                with coil.load(library) as model:
                    self.assertEqual(model.inputs[0].dtype, dtype)
                    x = np.array([0, 1, 1, 0, 1], dtype)
                    y = model(x)["y"]
                    self.assertEqual(y.dtype, dtype)
                    np.testing.assert_array_equal(y, x)

    def test_strings(self):
        """str and bytes, in arrays of any kind and in lists; str comes back."""
        library = self.compile("words", """<ir_version: 8, opset_import: ["" : 20]>
words (string[n] x) => (string[n] y, string[n] z) { y = Identity(x)  z = StringConcat(x, y) }""")
        words = ["", "ab", "日本", "nul\0byte"]
        with coil.load(library) as model:
            self.assertEqual(model.inputs[0].type, "string")
            for x in (words, np.array(words), np.array(words, object), np.array([w.encode() for w in words], object),
                      np.array(words[::-1], object)[::-1]):
                result = model(x=x)
                self.assertEqual(result["y"].tolist(), words)
                self.assertEqual(result["z"].tolist(), [w + w for w in words])
            self.assertEqual(model(np.zeros(0, object))["z"].shape, (0,))
            odd = b"\xff"  # no UTF-8: kept all the same
            self.assertEqual(model([odd])["y"][0].encode(errors="surrogateescape"), odd)
            self.fails("type", lambda: model(np.array([1.5])))
            self.fails("type", lambda: model(np.array(["a", 3], object)))

    def test_few_bits(self):
        """Types without a name in numpy are integers of a byte, or what ml_dtypes calls so."""
        for number, name, dtype, x in [(17, "float8e4m3fn", np.uint8, [0, 0x38, 0xff]), (22, "int4", np.int8, [-8, 0, 7]),
                                       (23, "float4e2m1", np.uint8, [0, 7, 15]), (25, "uint2", np.uint8, [3, 0, 1])]:
            with self.subTest(type=name):
                # python3-onnx 1.12 has no name for them either.
                value = lambda name: onnx.helper.make_tensor_value_info(name, number, [3])
                graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "copy", [value("x")],
                                               [value("y")])
                model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 25)], ir_version=10)
                path = self.folder / f"{name}.onnx"
                path.write_bytes(model.SerializeToString())
                with coil.load(coil.compile(path, coilc=self.coilc)) as model:
                    self.assertEqual((model.inputs[0].type, model.inputs[0].dtype), (name, dtype))
                    for given in (x, np.array(x, dtype)):
                        y = model(given)["y"]
                        self.assertEqual((y.dtype, y.tolist()), (dtype, x))
                    self.fails("type", lambda: model(np.array(x, np.int16)))

    def test_sequences(self):
        xs, w = [np.full((n, 2), n, np.float32) for n in (1, 0, 3)], np.arange(4, dtype=np.float32)
        path = self.folder / "grow.onnx"
        path.write_bytes(grow().SerializeToString())
        with coil.load(coil.compile(path, coilc=self.coilc), threads=1) as model:
            self.assertEqual(model.inputs[0], ("xs", np.float32, ("?", 2), "float32", "sequence"))
            self.assertEqual([v.kind for v in model.outputs], ["sequence", "optional tensor", "tensor", "tensor"])
            self.assertIn("xs: sequence of float32[?, 2], w: optional float32[?], at: int64[]", repr(model))
            for given, at in [(xs, 2), (xs[:1], -1), ([x.tolist() for x in xs[::2]], 0)]:
                result = model(given, w, at)
                want = [np.asarray(x, np.float32) for x in [*given, given[at]]]
                self.assertEqual(len(result["ys"]), len(want))
                for y, x in zip(result["ys"], want):
                    np.testing.assert_array_equal(y, x)
                np.testing.assert_array_equal(result["all"], np.concatenate(want))
                np.testing.assert_array_equal(result["v"], w)
                self.assertTrue(result["has"])
            result = model(xs, None, 0)
            self.assertIsNone(result["v"])
            self.assertFalse(result["has"])
            self.fails("data", lambda: model([], w, 0))
            self.fails("data", lambda: model(xs, w, 3))
            self.fails("shape", lambda: model([np.zeros((1, 3), np.float32)], w, 0))
            self.fails("type", lambda: model([np.zeros((1, 2), np.float64)], w, 0))
            self.assertRaises(TypeError, model, xs[0], w, 0)

    def test_wrong_calls(self):
        x, factor = np.ones((2, 3), np.float32), np.ones(3, np.float32)
        with coil.load(self.library) as model:
            self.fails("shape", lambda: model(np.ones((2, 4), np.float32), factor))
            self.fails("shape", lambda: model(x[0], factor))
            self.fails("shape", lambda: model(x.reshape((1,) * 8 + x.shape), factor))
            self.fails("type", lambda: model(x.astype(np.float64), factor))
            self.fails("type", lambda: model(np.array(["a"]), factor))
            for arguments in [(), (x,), (x, factor, x)]:
                self.assertRaises(TypeError, model, *arguments)
            self.assertRaises(TypeError, model, x, x=x)
            self.assertRaises(TypeError, model, x, nothing=x)
            np.testing.assert_array_equal(model(x, factor)["y"], x)  # and it still works

    def test_close(self):
        model = coil.load(self.library)
        model.close()
        model.close()
        self.assertEqual(model.memory, 0)
        self.assertRaises(ValueError, model, np.ones((2, 3), np.float32), np.ones(3, np.float32))

    def test_load_refuses(self):
        self.fails("argument", lambda: coil.load(self.library, threads=-1))
        self.assertRaises(ImportError, coil.load, self.library, name="another")
        self.assertRaises(ImportError, coil.load, self.folder / "scale.onnx")
        self.assertRaises(FileNotFoundError, coil.load, self.folder / "nothing.so")
        cut = self.folder / "cut.so"
        cut.write_bytes(self.library.read_bytes()[:-500])
        self.assertRaises(ImportError, coil.load, cut)
        cross = coil.compile(self.folder / "scale.onnx", target="altra", output=self.folder / "altra.so",
                             coilc=self.coilc)
        if "x86_64" in coil._abi.platform.machine():
            with self.assertRaisesRegex(ImportError, "compiled for aarch64"):
                coil.load(cross)

    def test_weights_file(self):
        library = self.compile("outside", SCALE.replace("x, float[3] factor)", "x)").replace(
            "<int64", "<float[3] factor = {1, 2, 3}, int64"), weights="external")
        weights = library.with_suffix(".weights")
        x = np.ones((1, 3), np.float32)
        with coil.load(library) as model:
            np.testing.assert_array_equal(model(x)["y"], [[1, 2, 3]])
        moved = weights.rename(self.folder / "moved")
        self.fails("weights", lambda: coil.load(library))
        with coil.load(library, weights=moved) as model:
            np.testing.assert_array_equal(model(x)["y"], [[1, 2, 3]])

    def test_threads(self):
        factor, wrong = np.ones(3, np.float32), []

        def work(model, number):
            x = np.full((number, 3), number, np.float32)
            for _ in range(50):
                if not np.array_equal(model(x, factor)["y"], x):
                    wrong.append(number)

        with coil.load(self.library, threads=1) as shared, coil.load(self.library, threads=1) as own:
            threads = [threading.Thread(target=work, args=(model, number))
                       for number, model in enumerate([shared, shared, own], 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])

    def test_pip_install(self):
        """Offline, from a copy of the tree's python/, so that nothing is written there."""
        copy, target = self.folder / "python", self.folder / "site"
        subprocess.run(["cp", "-r", SOURCE / "python", copy], check=True)
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps",
                               "--no-build-isolation", "--disable-pip-version-check", "--root-user-action=ignore",
                               "--target", target, copy], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = subprocess.run([sys.executable, "-c", "import coil; print(coil.__file__, coil.__version__)"],
                              env={"PYTHONPATH": str(target)}, cwd="/", capture_output=True, text=True)
        self.assertIn(str(target), done.stdout, done.stderr)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", type=pathlib.Path, default=SOURCE / "build")
    options, rest = arguments.parse_known_args()
    PythonPackage.coilc = options.build.resolve() / "bin" / "coilc"
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
