"""coil-run, driven over the hand-written models of model.c.

usage: coil_run_test.py COIL_RUN FOLDER_WITH_TOY.SO FOLDER_WITH_STUBS
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

COIL_RUN, MODELS, STUBS = (Path(argument).resolve() for argument in sys.argv[1:4])
TOY = MODELS / "toy.so"
TYPES = {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9,
         "float16": 10, "float64": 11, "uint32": 12, "uint64": 13}


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def chunk(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


BITS = {21: 4, 22: 4, 23: 4, 25: 2, 26: 2}  # of types of which several elements share a byte of a file


def tensor_proto(array, typed=False, packed=True, kind=None):
    """The bytes of a TensorProto, its data raw or in the typed field."""
    array = np.asarray(array)
    kind = kind or TYPES[array.dtype.name]
    head = b"".join(varint(1 << 3) + varint(d) for d in array.shape) + varint(2 << 3) + varint(kind)
    if kind in BITS:
        bits, shared = BITS[kind], np.zeros(-(-array.size * BITS[kind] // 8), np.uint8)
        for i, value in enumerate(array.flat):
            shared[i * bits // 8] |= (int(value) & 2**bits - 1) << i * bits % 8
        array = shared
    if not typed:
        return head + chunk(9, array.tobytes())
    if array.dtype == np.float32:
        number, wire, items = 4, 5, [struct.pack("<f", v) for v in array.flat]
    elif array.dtype == np.float64:
        number, wire, items = 10, 1, [struct.pack("<d", v) for v in array.flat]
    else:
        number = {"int64": 7, "uint32": 11, "uint64": 11}.get(array.dtype.name, 5)
        wire, values = 0, array.view(np.uint16) if array.dtype == np.float16 else array
        items = [varint(int(v)) for v in values.flat]
    if packed:
        return head + chunk(number, b"".join(items))
    return head + b"".join(varint(number << 3 | wire) + item for item in items)


def sequence_proto(arrays):
    return varint(2 << 3) + varint(1) + b"".join(chunk(3, tensor_proto(array)) for array in arrays)


def optional_proto(value):
    """Of an array, a list of them, or nothing."""
    if value is None:
        return varint(2 << 3) + varint(0)
    if isinstance(value, list):
        return varint(2 << 3) + varint(3) + chunk(5, sequence_proto(value))
    return varint(2 << 3) + varint(1) + chunk(3, tensor_proto(value))


def read_proto(path):
    """(dtype number, dims, raw data) of a TensorProto that coil-run wrote."""
    data, at, dims, kind, raw = path.read_bytes(), 0, [], None, None

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        value = number()
        if key & 7 == 2:
            if key >> 3 == 9:
                raw = data[at:at + value]
            at += value
        elif key >> 3 == 1:
            dims.append(value)
        elif key >> 3 == 2:
            kind = value
    return kind, dims, raw


class CoilRun(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        self.x = np.linspace(-0.5, 1, 12, dtype=np.float32).reshape(4, 3)
        self.mask = np.array([3, 0, 2**60, 1], np.int64)

    def coil_run(self, *arguments, code=0, error=None, env=None):
        done = subprocess.run([COIL_RUN, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=env)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        if error is not None:
            self.assertIn(error, done.stderr)
            self.assertTrue(done.stderr.startswith("coil-run: error: "), done.stderr)
        else:
            self.assertEqual(done.stderr, "")
        return done.stdout

    def write_set(self, name, typed=False, packed=True, **changes):
        """A test data set whose outputs are right but for `changes`."""
        y = np.sin(2 * self.x)
        tensors = {"input_0": self.x, "input_1": self.mask, "output_0": y, "output_1": y.sum(),
                   "output_2": self.mask[self.mask > 0], **changes}
        folder = self.folder / name
        folder.mkdir()
        for file, array in tensors.items():
            if array is not None:
                (folder / f"{file}.pb").write_bytes(tensor_proto(array, typed, packed))
        return folder

    # Agreement and difference.

    def test_agreement(self):
        self.write_set("test_data_set_0")
        self.write_set("test_data_set_2", typed=True)
        self.write_set("test_data_set_10", typed=True, packed=False)
        (self.folder / "data.json").write_text('{"rtol": 1e-4, "atol": 1e-5}')
        text = self.coil_run(TOY, "--test-data", self.folder)
        self.assertIn("set 10 output 'kept' i64[3]: max abs 0, max rel 0: ok", text)
        self.assertIn("set 0 output 'y' f32[4,3]: max abs ", text)
        self.assertLess(text.index("set 2 "), text.index("set 10 "))
        self.assertTrue(text.endswith("agreement: 0 of 9 outputs differ in 3 sets (rtol 0.0001, atol 1e-05)\n"), text)

    def test_one_set_takes_the_tolerances_of_its_case(self):
        folder = self.write_set("test_data_set_7", output_1=None)
        (self.folder / "data.json").write_text('{"rtol": 0.5, "atol": 0.25}')
        self.assertIn("0 of 2 outputs differ in 1 set (rtol 0.5, atol 0.25)", self.coil_run(TOY, "--test-data", folder))
        self.assertIn("(rtol 0.1, atol 0.25)", self.coil_run(TOY, "--test-data", folder, "--rtol=0.1"))

    def test_difference(self):
        y = np.sin(2 * self.x)
        y[1, 2] += 0.25
        folder = self.write_set("a", output_0=y)
        text = self.coil_run(TOY, "--test-data", folder, code=1)
        self.assertIn("DIFFERENT, 1 of 12 elements, first at 5: ", text)
        self.assertIn("DIFFERENCE: 1 of 3 outputs", text)
        self.coil_run(TOY, "--test-data", folder, "--atol", "0.3")

    def test_difference_of_shape_type_and_nan(self):
        y = np.sin(2 * self.x)
        text = self.coil_run(TOY, "--test-data", self.write_set("a", output_0=y[:3]), code=1)
        self.assertIn("f32[4,3]: expected f32[3,3]: DIFFERENT", text)
        self.coil_run(TOY, "--test-data", self.write_set("b", output_0=y.astype(np.float64)), code=1)
        y[0, 0] = np.nan
        self.coil_run(TOY, "--test-data", self.write_set("c", output_0=y), "--atol", "9e99", code=1)
        self.x[0, 0] = np.nan
        with np.errstate(all="ignore"):
            self.coil_run(TOY, "--test-data", self.write_set("d"))

    def test_large_integers_are_compared_exactly(self):
        folder = self.write_set("a", output_2=np.array([3, 2**60 + 1, 1]))
        self.assertIn("'kept' i64[3]: max abs 1,", self.coil_run(TOY, "--test-data", folder, "--rtol", 0, code=1))

    def test_json_of_a_comparison(self):
        report = json.loads(self.coil_run(TOY, "--test-data", self.write_set("a", output_0=self.x[:1]), "--json", code=1))
        self.assertFalse(report["agrees"])
        self.assertEqual([o["agrees"] for o in report["outputs"]], [False, True, True])
        self.assertIsNone(report["outputs"][0]["max_abs"])

    # Inputs and outputs.

    def test_npy_inputs_and_outputs(self):
        np.save(self.folder / "x.npy", np.asfortranarray(self.x))
        np.save(self.folder / "mask.npy", self.mask)
        out = self.folder / "out"
        self.coil_run(TOY, "--inputs", self.folder / "x.npy", self.folder / "mask.npy", "--outputs", out)
        np.testing.assert_allclose(np.load(out / "output_0.npy"), np.sin(2 * self.x), rtol=1e-6)
        self.assertEqual(np.load(out / "output_1.npy").shape, ())
        kind, dims, raw = read_proto(out / "output_2.pb")
        self.assertEqual((kind, dims, raw), (7, [3], self.mask[self.mask > 0].tobytes()))
        self.assertFalse((out / "input_0.pb").exists())

    def test_generated_inputs_make_a_test_data_set(self):
        out = self.folder / "out"
        text = self.coil_run(TOY, "--outputs", out, "--shape", "x=5x3")
        self.assertIn("output 'y' f32[5,3]: min ", text)
        self.assertEqual(read_proto(out / "input_1.pb")[1], [5])  # batch is one dimension
        self.assertIn("0 of 3 outputs differ", self.coil_run(TOY, "--test-data", out, "--rtol", 0, "--atol", 0))
        first = (out / "input_0.pb").read_bytes()
        self.coil_run(TOY, "--outputs", out, "--shape", "x=5x3")
        self.assertEqual((out / "input_0.pb").read_bytes(), first)

    def test_dynamic_dimensions_are_1_unless_given(self):
        self.assertIn("output 'y' f32[1,3]", self.coil_run(TOY))
        report = json.loads(self.coil_run(TOY, "--json"))
        self.assertEqual([o["dims"] for o in report["outputs"]][:2], [[1, 3], []])

    def test_every_type(self):
        plain = [np.array([0.1, -np.inf, np.nan], np.float32)]
        plain += [np.array([np.iinfo(t).min, 7, np.iinfo(t).max], t)
                  for t in (np.uint8, np.int8, np.uint16, np.int16, np.int32, np.int64)]
        plain += [np.array([False, True, True]), np.array([6e-8, -65504, np.nan], np.float16),
                  np.array([1e300, -0.0, np.inf])]
        plain += [np.array([0, 7, np.iinfo(t).max], t) for t in (np.uint32, np.uint64)]
        tensors = [(a, None) for a in plain] + [(np.array([0x3f80, 0x7f80, 0xc000], np.uint16), 16)]
        tensors += [(np.array([0, 0x7f, 0xba], np.uint8), kind) for kind in (17, 18, 19, 20)]
        tensors += [(np.array([0, 8, 15], np.uint8), 21), (np.array([-8, -1, 7], np.int8), 22)]
        tensors += [(np.array([0, 5, 15], np.uint8), 23), (np.array([0, 127, 255], np.uint8), 24)]
        tensors += [(np.array([0, 2, 3], np.uint8), 25), (np.array([-2, -1, 1], np.int8), 26)]
        echo = MODELS / "echo.so"
        for number, (typed, packed) in enumerate([(False, False), (True, True), (True, False)]):
            folder = self.folder / f"test_data_set_{number}"
            folder.mkdir()
            for j, (array, kind) in enumerate(tensors):
                for end in ("input", "output"):
                    (folder / f"{end}_{j}.pb").write_bytes(tensor_proto(array, typed, packed, kind))
        text = self.coil_run(echo, "--test-data", self.folder, "--outputs", self.folder / "out", "--rtol=0", "--atol=0")
        self.assertIn("agreement: 0 of 69 outputs", text)
        for j, (array, kind) in enumerate(tensors):
            loaded = np.load(self.folder / f"out/test_data_set_1/output_{j}.npy")
            self.assertEqual((loaded.dtype, loaded.tobytes()), (array.dtype, array.tobytes()))
            np.save(self.folder / f"{j}.npy", array)
        # Where numpy has no name for a type, its file says the integer of that size.
        files = [self.folder / f"{j}.npy" for j in range(23)]
        self.coil_run(echo, "--inputs", *files, "--outputs", self.folder / "npy")
        for j, (array, kind) in enumerate(tensors):
            self.assertEqual(np.load(self.folder / f"npy/output_{j}.npy").tobytes(), array.tobytes())
        self.coil_run(echo, "--inputs", *files[:13], *reversed(files[13:]), code=2,
                      error="input 'f8e4m3fn': type is i8 (3), expected f8e4m3fn")
        text = self.coil_run(echo, "--test-data", self.folder / "test_data_set_0", "--json")
        self.assertEqual(len(json.loads(text)["outputs"]), 23)

    def test_generator(self):
        out = self.folder / "out"
        self.coil_run(MODELS / "echo.so", "--shape", "i64=1000", "--outputs", out)
        load = [np.load(out / f"output_{j}.npy") for j in range(23)]
        load[12] = (load[12].astype(np.uint32) << 16).view(np.float32)
        for j in (0, 8, 9, 12):
            values = load[j].astype(np.float64)
            self.assertTrue(-1 <= values.min() < -0.9 and 0.9 < values.max() < 1 and abs(values.mean()) < 0.1, j)
        for j in (3, 4, 5, 6, 10, 11):
            self.assertEqual(set(load[j].tolist()), {0, 1, 2, 3})
        self.assertEqual((load[1].min(), load[1].max(), load[2].min(), load[2].max()), (0, 255, -128, 127))
        self.assertEqual(load[7].view(np.uint8).max(), 1)
        for j, (low, high) in {17: (0, 15), 18: (-8, 7), 21: (0, 3), 22: (-2, 1)}.items():
            self.assertEqual((load[j].min(), load[j].max()), (low, high))
        for j in (13, 14, 15, 16):  # below 2, as the upper half of exponents is
            self.assertTrue((load[j] & 0x40 == 0).all() and len(set(load[j].tolist())) > 100, j)

    # Sequences and optional values.

    def write_lists(self, name, maybe=None, any=None, **changed):
        folder = self.folder / name
        folder.mkdir()
        xs = [np.arange(3 * n, dtype=np.float32).reshape(n, 3) for n in (1, 2, 0)]
        ys = [-xs[1], xs[0], xs[2], -xs[1], -xs[1], -xs[1]]
        files = {"input_0": sequence_proto(xs), "input_1": tensor_proto(np.int64(1)), "input_2": optional_proto(maybe),
                 "input_3": optional_proto(any), "output_0": sequence_proto(ys), "output_1": tensor_proto(np.int64(6)),
                 "output_2": optional_proto(maybe), "output_3": optional_proto(any), **changed}
        for file, content in files.items():
            if content is not None:
                (folder / f"{file}.pb").write_bytes(content)
        return folder

    def test_sequences(self):
        lists, some = MODELS / "lists.so", [np.float32(3), np.zeros((2, 1, 2), np.float32)]
        text = self.coil_run(lists, "--test-data", self.write_lists("none"))
        self.assertIn("set 0 output 'ys[2]' f32[0,3]: max abs 0, max rel 0: ok", text)
        self.assertIn("output 'maybe' absent: max abs 0", text)
        self.assertIn("agreement: 0 of 9 outputs differ", text)
        out = self.folder / "out"
        folder = self.write_lists("some", np.array([4, 5]), some)
        self.assertIn("agreement: 0 of 10 ", self.coil_run(lists, "--test-data", folder, "--outputs", out))
        np.testing.assert_array_equal(np.load(out / "output_3_1.npy"), some[1])
        np.testing.assert_array_equal(np.load(out / "output_2.npy"), [4, 5])
        for j in range(4):  # what is written is what was read
            (folder / f"output_{j}.pb").write_bytes((out / f"output_{j}.pb").read_bytes())
        self.assertIn("agreement: 0 of 10 ", self.coil_run(lists, "--test-data", folder, "--rtol=0", "--atol=0"))
        report = json.loads(self.coil_run(lists, "--test-data", folder, "--json"))
        self.assertEqual([o["name"] for o in report["outputs"]][-2:], ["any[0]", "any[1]"])

    def test_sequences_that_differ(self):
        lists = MODELS / "lists.so"
        folder = self.write_lists("length", output_0=sequence_proto([np.zeros((1, 3), np.float32)]))
        self.assertIn("'ys' sequence of 6: expected sequence of 1: DIFFERENT",
                      self.coil_run(lists, "--test-data", folder, code=1))
        folder = self.write_lists("there", output_2=optional_proto(np.array([1])))
        self.assertIn("'maybe' absent: expected i64[1]: DIFFERENT", self.coil_run(lists, "--test-data", folder, code=1))
        xs = [np.arange(3, dtype=np.float32).reshape(1, 3)] * 6
        self.assertIn("'ys[0]' f32[2,3]: expected f32[1,3]: DIFFERENT", self.coil_run(
            lists, "--test-data", self.write_lists("rows", output_0=sequence_proto(xs)), code=1))
        for name, content, error in [("tensor", tensor_proto(np.int64(1)), "not an optional tensor"),
                                     ("deep", optional_proto([np.float32(1)]), "not an optional tensor")]:
            self.coil_run(lists, "--test-data", self.write_lists(name, input_2=content), code=2, error=error)
        self.coil_run(lists, "--test-data", self.write_lists("maps", input_0=chunk(6, b"")), code=2,
                      error="not a sequence of tensors")
        for file in ("input_0", "input_2"):
            self.coil_run(lists, "--test-data", self.write_lists(f"empty_{file}", **{file: b""}), code=2,
                          error=f"{file}.pb': an empty file")

    def test_generated_sequences(self):
        lists, out = MODELS / "lists.so", self.folder / "out"
        text = self.coil_run(lists, "--outputs", out, "--shape", "xs=2x3", "--shape", "any=2x1x2")
        self.assertIn("output 'any[1]' f32[2,1,2]: min", text)
        self.assertIn("agreement: 0 of 9 ", self.coil_run(lists, "--test-data", out, "--rtol=0", "--atol=0"))
        self.assertIn("output 'any[0]' f32[]: min", self.coil_run(lists))
        self.coil_run(lists, "--shape", "any=1x1x1x1x1x1x1x1x1", code=2, error="more than 8 dimensions")

    # Time.

    def test_bench(self):
        self.assertRegex(self.coil_run(TOY, "--bench", "--runs", 5), r"p50 .* ms, p90 .* ms, p99 .* ms \(5 runs, ")
        report = json.loads(self.coil_run(TOY, "--bench", "--json", "--runs=7", "--warmup=1", "--threads=2",
                                          "--test-data", self.write_set("a")))
        self.assertEqual(list(report), ["p50_ms", "p90_ms", "p99_ms", "runs", "threads", "regions", "load_ms",
                                        "first_ms", "peak_rss_kb"])
        self.assertEqual((report["runs"], report["threads"]), (7, 2))
        self.assertTrue(0 < report["p50_ms"] <= report["p90_ms"] <= report["p99_ms"])
        report = json.loads(self.coil_run(TOY, "--bench", "--json", "--runs=3", "--threads=3", "--pin"))
        self.assertEqual((report["runs"], report["threads"]), (3, 3))

    def test_profile(self):
        text = self.coil_run(TOY, "--profile", "--runs", 4)
        self.assertRegex(text, r"scale +/double/Mul\n")
        report = json.loads(self.coil_run(TOY, "--profile", "--bench", "--json"))
        rows = {row["kernel"]: row for row in report["profile"]}
        self.assertEqual(rows["sine"]["nodes"], ["/Sin"])
        self.assertEqual(rows["scale"]["calls"], 1)
        self.assertIn("p50_ms", report)

    # Outputs in an input's buffer.

    def test_shares(self):
        grow, out = MODELS / "grow.so", self.folder / "out"
        text = self.coil_run(grow, "--shape", "past=2x3x3", "--shape", "rows=2x2x3", "--outputs", out)
        self.assertIn("output 'present' f32[2,5,3]", text)
        read = lambda name, dtype: np.frombuffer(read_proto(out / name)[2], dtype).reshape(read_proto(out / name)[1])
        past, rows = read("input_0.pb", np.float32), read("input_1.pb", np.float32)
        np.testing.assert_array_equal(np.load(out / "output_0.npy"), np.concatenate([past, rows], 1))
        before, after = read("input_2.pb", np.int64), np.load(out / "output_1.npy")
        np.testing.assert_array_equal(after, before + 1)
        self.assertIn("agreement: 0 of 2 outputs differ", self.coil_run(grow, "--test-data", out))
        self.coil_run(grow, "--bench", "--runs", 3)
        self.coil_run(grow, "--shape", "past=1x4x3", "--shape", "rows=1x2x3", code=2, error="has room for 5")
        self.coil_run(grow, "--shape", "past=1x6x3", code=2, error="its buffer, which output 'present' shares, has room for 5")

    # Weights.

    def test_weights(self):
        good = struct.pack("<8sQQ40x4f", b"COILWTS", 16, 0x1234, 1, 2, 3, 4)
        file = self.folder / "w"
        file.write_bytes(good)
        self.assertIn("max 12.", self.coil_run(MODELS / "heavy.so", "--weights", file))
        file.write_bytes(good[:70])
        self.coil_run(MODELS / "heavy.so", "--weights", file, code=2, error="cut short, it has 70 bytes, expected 80")
        self.coil_run(MODELS / "heavy.so", code=2, error="heavy.weights': No such file or directory")
        beside = self.folder / "model.so"
        beside.write_bytes((MODELS / "heavy.so").read_bytes())
        (self.folder / "heavy.weights").write_bytes(good)
        self.coil_run(beside)
        self.coil_run(os.path.relpath(beside))

    # Errors.

    def test_bad_options(self):
        for arguments, error in [([], "no library given"), ([TOY, "--nonsense"], "unknown option '--nonsense'"),
                                 ([TOY, "--runs"], "--runs needs a value"), ([TOY, "--runs", "x"], "'x' is not a count"),
                                 ([TOY, "--rtol", "-1"], "'-1' is not a tolerance"), ([TOY, TOY], "two libraries"),
                                 ([TOY, "--shape", "z=2"], "expected INPUT=2x3"),
                                 ([TOY, "--shape", "x=2"], "expected 2 dimensions"),
                                 ([TOY, "--shape", "x=2x4"], "input 'x': dimension 1 is 4, expected 3"),
                                 ([TOY, "--threads", "5000"], "threads is 5000, expected 0 to 1024"),
                                 ([TOY, "--inputs", "a.txt"], "1 files, the model has 2 inputs"),
                                 ([TOY, "--outputs", "/proc/nowhere"], "/proc/nowhere")]:
            with self.subTest(arguments):
                self.coil_run(*arguments, code=2, error=error)
        self.assertIn("--test-data DIR", self.coil_run("--help"))

    def test_bad_libraries(self):
        whole = TOY.read_bytes()
        cases = {"empty.so": (b"", "not a library"), "text.so": (b"hello\n" * 100, "not a library"),
                 "cut.so": (whole[:len(whole) // 2], ""), "head.so": (whole[:64], "damaged library")}
        for name, (content, error) in cases.items():
            (self.folder / name).write_bytes(content)
            with self.subTest(name):
                self.coil_run(self.folder / name, code=2, error=error)
        self.coil_run(self.folder / "none.so", code=2, error="No such file")
        self.coil_run(self.folder, code=2, error="not a file")
        self.coil_run(MODELS / "both.so", code=2, error="several models, ")
        self.coil_run(STUBS / "libm.so.6", code=2, error="no compiled model in it")

    def test_damaged_tables_are_refused(self):
        whole = bytearray(TOY.read_bytes())
        whole[18:20] = struct.pack("<H", 243)  # no machine here: looked at, never loaded
        (self.folder / "foreign.so").write_bytes(whole)
        self.coil_run(self.folder / "foreign.so", code=2, error="the library is for an unknown machine")
        tables = [*range(20, 64), *range(64, 568, 3), *range(568, 1400, 11), *range(len(whole) - 1400, len(whole), 7)]
        for place in tables:
            damaged = bytearray(whole)
            damaged[place] ^= 0xff
            (self.folder / "damaged.so").write_bytes(damaged)
            with self.subTest(place):
                self.coil_run(self.folder / "damaged.so", code=2, error="")

    def test_foreign_abi(self):
        whole = TOY.read_bytes()
        header = Path(__file__).resolve().parents[2] / "include" / "coil" / "runtime.h"
        known = int(re.search(r"#define COIL_ABI (\d+)", header.read_text())[1])
        model = struct.pack("<6i", known, 2, 3, 2, 3, 0)
        self.assertEqual(whole.count(model), 1)
        (self.folder / "abi.so").write_bytes(whole.replace(model, struct.pack("<6i", 99, 2, 3, 2, 3, 0)))
        self.coil_run(self.folder / "abi.so", code=2, error=f"its ABI is 99, this coil-run knows ABI {known}")

    def npy(self, header):
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()

    def test_bad_tensors(self):
        good = tensor_proto(self.x)
        mask = self.folder / "mask.pb"
        mask.write_bytes(tensor_proto(self.mask))
        huge = varint(1 << 3) + varint(2**62) + varint(1 << 3) + varint(2**62) + varint(2 << 3) + varint(1)
        npy = b"\x93NUMPY\x01\x00\x76\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }".ljust(118)
        cases = {"empty.pb": (b"", "an empty file"), "cut.pb": (good[:-3], "truncated"),
                 "short.pb": (good[:6] + chunk(9, bytes(44)), "it holds 44 bytes of data, its dimensions take 48"),
                 "text.pb": (b"hello, world", "'"), "huge.pb": (huge, "exceed the address space"),
                 "long.pb": (varint(9 << 3 | 2) + varint(2**63) + b"x", "truncated"),
                 "string.pb": (varint(2 << 3) + varint(8), "it holds 0 strings, its dimensions take 1"),
                 "negative.pb": (varint(1 << 3) + varint(-2) + varint(2 << 3) + varint(1), "is -2, which is negative"),
                 "double.pb": (tensor_proto(self.x.astype(np.float64)), "input 'x': type is f64 (11), expected f32"),
                 "cut.npy": (npy + bytes(40), "it holds 40 bytes of data, its shape takes 48"),
                 "text.npy": (b"hello, world", "not a .npy file"), "stub.npy": (npy[:30], "truncated"),
                 "object.npy": (npy.replace(b"'<f4'", b"'|O8'") + bytes(48), "is not supported"),
                 "big.npy": (npy.replace(b"'<f4'", b"'>f4'") + bytes(48), "big-endian")}

        def strings(descr, data):
            return self.npy(f"{{'fortran_order': False, 'shape': (3,), 'descr': '{descr}', }}") + data

        # Headers that end in the middle of the type.
        plain, known, damaged = "not of one plain type", "is not supported", "the width of its strings is damaged"
        for i, (cut, error) in enumerate([("", plain), ("'", plain), ("'<", known), ("'>", known), ("'<f", known),
                                          ("'<f4", known), ("'<U", damaged), ("'<U3", damaged)]):
            header = "{'fortran_order': False, 'shape': (3,), 'descr':" + cut
            cases[f"type{i}.npy"] = self.npy(header), error
        # 2**62 + 1 characters, which would be four bytes of 64 bits.
        cases |= {"wide.npy": (strings("<U4611686018427387905", bytes(12)), "truncated"),
                  "sign.npy": (strings("<U-1", bytes(12)), damaged),
                  "far.npy": (strings("<U1", struct.pack("<3I", 97, 0x110000, 0)), "0x110000 in string 1 is no character"),
                  "half.npy": (strings("<U1", struct.pack("<3I", 0xd800, 97, 0)), "0xd800 in string 0 is no character")}
        for name, (content, error) in cases.items():
            path = self.folder / name
            path.write_bytes(content)
            with self.subTest(name):
                self.coil_run(TOY, "--inputs", path, mask, code=2, error=error)

    def test_bad_test_data(self):
        self.coil_run(TOY, "--test-data", self.folder / "none", code=2, error="No such file")
        self.coil_run(TOY, "--test-data", self.folder, code=2, error="no test data")
        self.coil_run(TOY, "--test-data", self.write_set("a", input_1=None), code=2,
                      error="input_1.pb': missing, it is input 'mask' of the model")
        self.coil_run(TOY, "--test-data", self.write_set("b", input_2=self.x), code=2, error="more inputs than the model")
        self.coil_run(TOY, "--test-data", self.write_set("c", input_1=self.mask[:3]), code=2,
                      error="input 'mask': dimension 0 ('batch') is 3, but it is 4 in dimension 0 of input 'x'")
        self.mask[2] = -5
        self.coil_run(TOY, "--test-data", self.write_set("d"), code=2, error="toy: node 'Keep': mask is negative")

    # Emulation.

    @unittest.skipIf(MODELS.name == os.uname().machine, "the library is for this machine")
    def test_emulation(self):
        self.coil_run(MODELS / "one.so")  # on a machine with AmpereOne's instructions
        self.coil_run(TOY, code=2, error="needs qemu-aarch64", env={"PATH": "/nowhere"})
        alone = self.folder / "coil-run"
        alone.write_bytes(COIL_RUN.read_bytes())
        alone.chmod(0o755)
        done = subprocess.run([alone, TOY], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("coil-run-aarch64': it is built and installed beside coil-run", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
