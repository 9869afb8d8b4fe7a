"""Cases of the element types that python3-onnx 1.12 does not know, and of conversions at their limits. What they expect
comes from tables: the value of each code by the format's definition, and a number's code by search among these."""
import numpy as np
from onnx import TensorProto as T, helper as h

IR = 12
# name -> (number, bits of exponent, of mantissa, bias, special values)
FLOATS = {"FLOAT8E4M3FN": (17, 4, 3, 7, "fn"), "FLOAT8E4M3FNUZ": (18, 4, 3, 8, "fnuz"),
          "FLOAT8E5M2": (19, 5, 2, 15, "ieee"), "FLOAT8E5M2FNUZ": (20, 5, 2, 16, "fnuz"),
          "FLOAT4E2M1": (23, 2, 1, 1, "none")}
E8M0 = 24
INTEGERS = {"UINT4": (21, 0, 15), "INT4": (22, -8, 7), "UINT2": (25, 0, 3), "INT2": (26, -2, 1)}
NUMPY = {"FLOAT": (1, np.float32), "UINT8": (2, np.uint8), "INT8": (3, np.int8), "UINT16": (4, np.uint16),
         "INT16": (5, np.int16), "INT32": (6, np.int32), "INT64": (7, np.int64), "BOOL": (9, np.bool_),
         "FLOAT16": (10, np.float16), "DOUBLE": (11, np.float64), "UINT32": (12, np.uint32), "UINT64": (13, np.uint64)}
NUMBER = {name: row[0] for table in (FLOATS, INTEGERS, NUMPY) for name, row in table.items()} | {"FLOAT8E8M0": E8M0}


def decode(name):
    """The value of each code."""
    if name == "FLOAT8E8M0":
        return np.append(2.0 ** (np.arange(255) - 127), np.nan)
    if name in INTEGERS:
        _, low, high = INTEGERS[name]
        codes = np.arange(high - low + 1)
        return np.where(codes > high, codes - len(codes), codes).astype(float)
    _, exponent, mantissa, bias, kind = FLOATS[name]
    codes = np.arange(2 ** (exponent + mantissa))
    e, m = codes >> mantissa, codes & (2 ** mantissa - 1)
    values = np.where(e > 0, (1 + m / 2 ** mantissa) * 2.0 ** (e - bias), m / 2 ** mantissa * 2.0 ** (1 - bias))
    if kind == "ieee":
        values[e == 31] = np.where(m[e == 31] == 0, np.inf, np.nan)
    elif kind == "fn":
        values[-1] = np.nan
    both = np.concatenate([values, -values])
    if kind == "fnuz":
        both[len(values)] = np.nan
    return both


def encode(name, x, saturate=True, mode="up"):
    """The code of each number."""
    if name in INTEGERS:
        with np.errstate(invalid="ignore"):
            return x.astype(np.int32) & (2 ** (2 if "2" in name else 4) - 1)
    values, result = decode(name), []
    for number in np.asarray(x, np.float64):
        if name == "FLOAT8E8M0":
            result.append(power(number, saturate, mode))
            continue
        kind, half = FLOATS[name][4], len(values) // 2
        finite = values[:half][np.isfinite(values[:half])]
        sign = half if np.signbit(number) else 0
        if np.isnan(number):
            result.append({"fn": half - 1, "ieee": half - 2}.get(kind, half))
            continue
        # The first number that would not fit, as if the format went on; ties go to the even code.
        beyond = finite[-1] + (finite[-1] - finite[-2])
        steps = np.append(finite, beyond)
        away = np.abs(steps - min(abs(number), beyond))
        nearest = np.flatnonzero(away == away.min())
        code = int(nearest[0] if len(nearest) == 1 or nearest[0] % 2 == 0 else nearest[1])
        if code == len(finite):
            code = (code - 1 if saturate or kind == "none" else
                    {"fn": half - 1, "ieee": code, "fnuz": half}[kind])
        result.append(code if code == 0 and kind == "fnuz" else code | sign)
    return np.array(result)


def power(number, saturate, mode):
    if np.isnan(number) or not saturate and not 2.0 ** -127 <= number <= 2.0 ** 127:
        return 255
    if number >= 2.0 ** 127:
        return 254
    if number <= 2.0 ** -127:
        return 0
    fraction, exponent = np.frexp(number)  # in [0.5, 1)
    down = exponent - 1 + 127
    up = {"up": fraction > 0.5, "down": False, "nearest": fraction >= 0.75}[mode]
    return int(down + up)


def tensor(name, codes, dims=None, field="raw"):
    """A TensorProto of codes, or of numbers of a type that numpy has."""
    codes = np.asarray(codes)
    proto = T(data_type=NUMBER[name], dims=codes.shape if dims is None else dims)
    if name in NUMPY:
        proto.raw_data = codes.astype(NUMPY[name][1]).tobytes()
        return proto
    flat, bits = codes.ravel(), len(decode(name)).bit_length() - 1
    packed = np.zeros(-(-len(flat) * bits // 8), np.uint8)
    for i, code in enumerate(flat):
        packed[i * bits // 8] |= int(code) << i * bits % 8
    if field == "raw":
        proto.raw_data = packed.tobytes()
    else:
        proto.int32_data.extend(packed.tolist())
    return proto


class Case:
    """A model and its data, grown node by node."""

    def __init__(self, root, name, opset=25):
        self.opset = opset
        self.folder, self.nodes, self.initializers, self.inputs, self.outputs = root / name, [], [], [], []

    def input(self, proto):
        name = f"x{len(self.inputs)}"
        self.inputs.append((name, proto))
        return name

    def constant(self, proto):
        proto.name = f"w{len(self.initializers)}"
        self.initializers.append(proto)
        return proto.name

    def output(self, operator, inputs, expected, **attributes):
        name = f"y{len(self.outputs)}"
        self.nodes.append(h.make_node(operator, inputs, [name], **attributes))
        self.outputs.append((name, expected))
        return name

    def save(self):
        data = self.folder / "test_data_set_0"
        data.mkdir(parents=True)
        info = lambda values: [h.make_tensor_value_info(n, p.data_type, p.dims) for n, p in values]
        graph = h.make_graph(self.nodes, "case", info(self.inputs), info(self.outputs), self.initializers)
        model = h.make_model(graph, ir_version=IR, opset_imports=[h.make_opsetid("", self.opset), h.make_opsetid("com.microsoft", 1)])
        (self.folder / "model.onnx").write_bytes(model.SerializeToString())
        for kind, values in (("input", self.inputs), ("output", self.outputs)):
            for i, (name, proto) in enumerate(values):
                (data / f"{kind}_{i}.pb").write_bytes(proto.SerializeToString())


def interesting(name):
    """Every value of a small type, each point between two and its neighbours, and what lies beyond."""
    values = decode(name)
    values = np.unique(values[np.isfinite(values)])
    middle = (values[1:] + values[:-1]) / 2
    largest = values[-1]
    beyond = largest * np.array([1.01, 1 + 2.0 ** -5, 1.0625, 1.07, 1.125, 1.5, 2, 1e3])
    x = np.concatenate([values, middle, np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf), beyond, -beyond,
                        [0, -0.0, np.nan, np.inf, -np.inf, 1e-30, -1e-30, 1e300]])
    return x[x >= 0] if name == "FLOAT8E8M0" else x


def conversions(root):
    for small in [*FLOATS, "FLOAT8E8M0"]:
        case = Case(root, f"test_types_cast_to_{small}")
        for source in ("DOUBLE", "FLOAT", "FLOAT16"):
            with np.errstate(over="ignore"):
                x = np.unique(interesting(small).astype(NUMPY[source][1]))
            x = np.concatenate([x, [-0.0]]).astype(x.dtype) if small in FLOATS else x[~np.isnan(x)]
            name = case.input(tensor(source, x))
            for saturate in (1, 0):
                for mode in ("up", "down", "nearest") if small == "FLOAT8E8M0" else ("up",):
                    codes = encode(small, x, saturate, mode)
                    case.output("Cast", [name], tensor(small, codes), to=NUMBER[small], saturate=saturate,
                                round_mode=mode)
        case.save()
    for small in [*FLOATS, "FLOAT8E8M0", *INTEGERS]:
        values = decode(small)
        case = Case(root, f"test_types_cast_from_{small}")
        x = case.input(tensor(small, np.arange(len(values))))
        for to in ("DOUBLE", "FLOAT"):
            case.output("Cast", [x], tensor(to, values), to=NUMBER[to])
        case.output("Cast", [x], tensor("BOOL", values != 0), to=NUMBER["BOOL"])
        whole = np.arange(len(values))[np.isfinite(values) & (np.abs(values) < 2e9)]
        x = case.input(tensor(small, whole))
        for to in ("INT32", "INT64"):
            case.output("Cast", [x], tensor(to, values[whole].astype(np.int64)), to=NUMBER[to])
        for to in [*FLOATS, *INTEGERS]:
            case.output("Cast", [x], tensor(to, encode(to, values[whole])), to=NUMBER[to])
        case.save()
    case = Case(root, "test_types_cast_integers_to_few_bits")
    for source in ("INT8", "INT64", "UINT8", "UINT32"):
        x = np.arange(-12, 20).astype(NUMPY[source][1])
        name = case.input(tensor(source, x))
        for to in INTEGERS:
            case.output("Cast", [name], tensor(to, encode(to, x.astype(np.int32))), to=NUMBER[to])
        for to in FLOATS:
            case.output("Cast", [name], tensor(to, encode(to, x.astype(np.float64))), to=NUMBER[to])
    case.save()


def out_of_range(root):
    """What x86-64's conversion instruction gives, and with it numpy there: the least i32 (i64 for types of 32 bits
    without sign and wider), whose low bits a narrower type takes."""
    x = np.array([0.5, -0.5, 1.9, -1.9, 127, 128, -129, 255.9, 256, 300, -1, -300, 32768, 65536.5, 70000, -70000,
                  2.0 ** 31, -2.0 ** 31, 3e9, -3e9, 2.0 ** 32, 2.0 ** 63, -2.0 ** 63, 1.5 * 2.0 ** 63, 2.0 ** 64, 1e30,
                  -1e30, np.inf, -np.inf, np.nan])
    case = Case(root, "test_types_cast_out_of_range")
    for source in ("FLOAT", "DOUBLE"):
        values = x.astype(NUMPY[source][1])
        name = case.input(tensor(source, values))
        wide = values.astype(np.float64)
        to32 = [int(v) if abs(v) < 2 ** 31 else -2 ** 31 for v in wide]
        to64 = [int(v) if abs(v) < 2 ** 63 else -2 ** 63 for v in wide]
        top = [n % 2 ** 64 if np.isnan(v) else int(v) if 2 ** 63 <= v < 2 ** 64 else 0 if v >= 2 ** 64 else n % 2 ** 64 for v, n in zip(wide, to64)]
        for to in ("INT8", "UINT8", "INT16", "UINT16", "INT32"):
            case.output("Cast", [name], tensor(to, np.array(to32).astype(NUMPY[to][1])), to=NUMBER[to])
        for to in ("UINT32", "INT64"):
            case.output("Cast", [name], tensor(to, np.array(to64).astype(NUMPY[to][1])), to=NUMBER[to])
        case.output("Cast", [name], tensor("UINT64", np.array(top, np.uint64)), to=NUMBER["UINT64"])
    case.save()


def branch(name, value):
    return h.make_graph([h.make_node("Identity", [value], [name])], name, [],
                        [h.make_tensor_value_info(name, T.UNDEFINED, None)])


def movement(root):
    """Operators to which an element is an element."""
    for small in [*FLOATS, "FLOAT8E8M0", *INTEGERS]:
        codes = np.arange(15).reshape(3, 5) % len(decode(small))
        case = Case(root, f"test_types_move_{small}")
        x = case.input(tensor(small, codes))
        ints = lambda *values: case.constant(tensor("INT64", np.array(values)))
        case.output("Identity", [x], tensor(small, codes))
        case.output("Reshape", [x, ints(5, 3)], tensor(small, codes.reshape(5, 3)))
        case.output("Flatten", [x], tensor(small, codes), axis=1)
        case.output("Unsqueeze", [x, ints(1)], tensor(small, codes[:, None]))
        case.output("Transpose", [x], tensor(small, codes.T))
        case.output("Shape", [x], tensor("INT64", np.array([3, 5])))
        case.output("Size", [x], tensor("INT64", np.array(15)))
        for field in ("raw", "int32"):
            case.output("Identity", [case.constant(tensor(small, codes, field=field))], tensor(small, codes))
            many = np.tile(codes, (50, 1))
            case.output("Transpose", [case.constant(tensor(small, many, field=field))], tensor(small, many.T))
        case.output("Constant", [], tensor(small, codes[0]), value=tensor(small, codes[0]))
        one = tensor(small, codes[0, 1:2])
        case.output("ConstantOfShape", [ints(2, 3)], tensor(small, np.full((2, 3), codes[0, 1])), value=one)
        case.output("ConstantOfShape", [ints(40, 3)], tensor(small, np.full((40, 3), codes[0, 1])), value=one)
        flag = case.input(tensor("BOOL", np.array(False)))
        other = case.constant(tensor(small, codes[::-1]))
        case.output("If", [flag], tensor(small, codes[::-1]), then_branch=branch("t", x), else_branch=branch("e", other))
        row = h.make_tensor_value_info("row", NUMBER[small], [5])
        body = h.make_graph([h.make_node("Identity", ["row"], ["copy"])], "body", [row],
                            [h.make_tensor_value_info("copy", NUMBER[small], [5])])
        case.output("Scan", [x], tensor(small, codes[::-1]), body=body, num_scan_inputs=1, scan_output_directions=[1])
        carried = [h.make_tensor_value_info("i", T.INT64, []), h.make_tensor_value_info("c", T.BOOL, []),
                   h.make_tensor_value_info("v", NUMBER[small], [3, 5])]
        body = h.make_graph([h.make_node("Identity", ["c"], ["c2"]), h.make_node("Identity", ["v"], ["v2"])], "loop",
                            carried, [h.make_tensor_value_info("c2", T.BOOL, []),
                                      h.make_tensor_value_info("v2", NUMBER[small], [3, 5])])
        case.output("Loop", [case.constant(tensor("INT64", np.array(3))), "", x], tensor(small, codes), body=body)
        case.save()


def bits(root):
    case = Case(root, "test_types_bitcast", opset=26)
    codes = np.arange(256).astype(np.uint8)
    x = case.input(tensor("UINT8", codes))
    for to in ("FLOAT8E4M3FN", "FLOAT8E5M2FNUZ", "FLOAT8E8M0"):
        y = case.output("BitCast", [x], tensor(to, codes), to=NUMBER[to])
        case.output("BitCast", [y], tensor("INT8", codes.view(np.int8)), to=NUMBER["INT8"])
    halves = np.array([1.5, -2, np.nan, np.inf, 6e-8, -0.0], np.float16)
    y = case.input(tensor("FLOAT16", halves))
    case.output("BitCast", [y], tensor("UINT16", halves.view(np.uint16)), to=NUMBER["UINT16"])
    nibbles = case.input(tensor("INT4", np.arange(16)))
    case.output("BitCast", [nibbles], tensor("UINT4", np.arange(16)), to=NUMBER["UINT4"])
    case.output("BitCast", [nibbles], tensor("FLOAT4E2M1", np.arange(16)), to=NUMBER["FLOAT4E2M1"])
    case.save()


def quantized(root):
    x = np.array([[-9.3, -3.1, -0.26, 0, 0.24, 0.5], [1.1, 2.5, 3.49, 6.1, 11, 500]], np.float32)
    scale = np.array([0.5, 2], np.float32)
    for small in [*FLOATS, *INTEGERS]:
        case = Case(root, f"test_types_quantize_{small}")
        input, whole, rows = case.input(tensor("FLOAT", x)), np.float32(0.25), scale[:, None]
        blocks = np.array([[0.5, 1, 2], [4, 0.25, 0.125]], np.float32)
        zero = 1 if small in INTEGERS else 0
        values = decode(small)

        def code(real):
            if small in FLOATS:
                return encode(small, real.ravel()).reshape(real.shape)
            _, low, high = INTEGERS[small]
            return np.clip(np.rint(real).astype(np.int64) + zero, low, high) & (len(values) - 1)

        for s, each, more in ((whole, whole, {}), (scale, rows, {"axis": 0}),
                              (blocks, np.repeat(blocks, 2, axis=1), {"axis": 1, "block_size": 2})):
            parameter = case.constant(tensor("FLOAT", s))
            zeros = case.constant(tensor(small, np.full(np.shape(s), zero)))
            q = code(x / each)
            y = case.output("QuantizeLinear", [input, parameter, zeros], tensor(small, q), **more)
            case.output("DequantizeLinear", [y, parameter, zeros],
                        tensor("FLOAT", (values[q] - zero) * each), **more)
        zero = 0
        parameter = case.constant(tensor("FLOAT", whole))
        y = case.output("QuantizeLinear", [input, parameter], tensor(small, code(x / whole)),
                        output_dtype=NUMBER[small])
        exponents = case.constant(tensor("FLOAT8E8M0", np.array([126, 128])))
        case.output("DequantizeLinear", [y, exponents], tensor("FLOAT", values[code(x / whole)] * [[0.5], [2]]), axis=0,
                    output_dtype=1)
        case.save()


    case = Case(root, "test_types_gather_block_quantized")
    codes = np.arange(3 * 32).reshape(3, 32) * 7 % 16
    indices = case.input(tensor("INT64", np.array([2, -3])))
    scale = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    parameter = case.constant(tensor("FLOAT", scale))
    each = np.repeat(scale, 16, axis=1)[[2, 0]]
    for small in ("INT4", "UINT4"):
        q = decode(small)[codes[[2, 0]]]
        data = case.constant(tensor(small, codes))
        zeros = case.constant(tensor(small, np.array([[1, 2], [3, 4], [5, 6]])))
        case.output("GatherBlockQuantized", [data, indices, parameter], tensor("FLOAT", q * each), block_size=16,
                    domain="com.microsoft")
        case.output("GatherBlockQuantized", [data, indices, parameter, zeros], tensor("FLOAT", (q - each) * each),
                    block_size=16, domain="com.microsoft")
    case.save()


def sixteen_bits(root):
    """Rounding, overflow, subnormals and signs of what is stored in 16 bits."""
    x = np.array([1 + 2.0 ** -8, 1 + 3 * 2.0 ** -8, 1 + 2.0 ** -8 + 2.0 ** -40, 1 + 2.0 ** -11, 1 + 2.0 ** -11 + 2.0 ** -40,
                  1 + 3 * 2.0 ** -11, 3.3895314e38, 3.4028235e38, 1e300, 65519.9, 65520, 65504, 5.97e-8, 2.0 ** -25,
                  2.0 ** -25 + 2.0 ** -60, 6.1e-5, 1e-40, 9.2e-41, 4e-41, 1e-300, 0.1, 0, np.inf, np.nan])
    x = np.concatenate([x, -x])
    case = Case(root, "test_types_cast_16_bits")
    for source in ("DOUBLE", "FLOAT"):
        with np.errstate(over="ignore", invalid="ignore"):
            values = x.astype(NUMPY[source][1])
            halves = values.astype(np.float16)
            name = case.input(tensor(source, values))
            y = case.output("Cast", [name], tensor("FLOAT16", halves), to=NUMBER["FLOAT16"])
            case.output("Cast", [y], tensor("DOUBLE", halves.astype(np.float64)), to=NUMBER["DOUBLE"])
            codes = np.array([brain(v) for v in values.astype(np.float64)], np.uint16)
            proto = T(data_type=16, dims=codes.shape, raw_data=codes.tobytes())
            y = case.output("Cast", [name], proto, to=16)
            wide = (codes.astype(np.uint32) << 16).view(np.float32)
            case.output("Cast", [y], tensor("FLOAT", wide), to=1)
            case.output("Cast", [y], tensor("FLOAT16", wide.astype(np.float16)), to=NUMBER["FLOAT16"])
    case.save()


def brain(x):
    """The bfloat16 nearest to a double, ties to even."""
    sign = 0x8000 if np.signbit(x) else 0
    if np.isnan(x):
        return 0x7fc0 | sign
    value = lambda code: float((np.array([code], np.uint32) << 16).view(np.float32)[0]) if code < 0x7f80 else 2.0 ** 128
    low, high = 0, 0x7f80
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if value(middle) <= abs(x) else (low, middle)
    below, above = abs(x) - value(low), value(high) - abs(x)
    return sign | (low if below < above or below == above and low % 2 == 0 else high)


def generate(root):
    for family in (conversions, out_of_range, sixteen_bits, movement, bits, quantized):
        family(root / "node")
