"""Cases that neither the ONNX corpus nor python3-onnx has: what the specifications of ONNX and of ONNX Runtime's
operators say, as numpy formulas. Called by generate.py."""
import json

import numpy as np
import onnx
from onnx import helper, numpy_helper

import corners
import learning
import sequences
import texts

MICROSOFT = "com.microsoft"
OPSET = 28
VERSIONS = {learning.ML: 5}  # of other domains, if not 1


class Writer:
    """Writes a case of one node: `dynamic` makes all dimensions symbols, `constants` are inputs by their number. With
    `atol=0` a result must be equal; so must those of a case without floating-point results."""

    def __init__(self, folder):
        self.folder = folder
        self.random = np.random.RandomState(0)

    def floats(self, *shape):
        return self.random.randn(*shape).astype(np.float32)

    def bytes(self, *shape, below=256):
        return self.random.randint(0, below, shape).astype(np.uint8)

    def __call__(self, name, op, inputs, outputs, domain="", dynamic=False, constants=(), atol=None, **attributes):
        names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
        results = ["" if y is None else f"y{i}" for i, y in enumerate(outputs)]
        given = {names[i]: x for i, x in enumerate(inputs) if x is not None and i not in constants}
        self.graph(name, [helper.make_node(op, names, results, domain=domain, **attributes)], given,
                   {results[i]: y for i, y in enumerate(outputs) if y is not None},
                   {names[i]: inputs[i] for i in constants if inputs[i] is not None}, domain, dynamic, atol)

    def graph(self, name, nodes, inputs, outputs, constants={}, domain="", dynamic=False, atol=None, typed=False):
        """A case of several nodes. A list is a sequence, whose elements have the rank of the first if `typed`; what is
        an Optional may be absent."""
        case = self.folder / f"test_formula_{name}"
        data = case / "test_data_set_0"
        data.mkdir(parents=True)
        if atol is None:
            atol = 1e-5 if any(map(is_real, outputs.values())) else 0
        (case / "data.json").write_text(json.dumps({"rtol": 1e-3 if atol else 0, "atol": atol}))
        proto = lambda x, key="": numpy_helper.from_array(np.ascontiguousarray(x).reshape(np.shape(x)), key)

        def declare(tensors, kind):
            infos = []
            for key, x in tensors.items():
                if isinstance(x, sequences.Optional):
                    (data / f"{kind}_{len(infos)}.pb").write_bytes(x.proto(key).SerializeToString())
                    infos.append(helper.make_value_info(key, x.type(dynamic)))
                    continue
                one = numpy_helper.from_list(x, key) if isinstance(x, list) else proto(x, key)
                (data / f"{kind}_{len(infos)}.pb").write_bytes(one.SerializeToString())
                if isinstance(x, list):
                    infos.append(helper.make_value_info(key, sequences.type_of(x, typed)))
                    continue
                shape = [f"{key}_{i}" for i in range(x.ndim)] if dynamic else x.shape
                infos.append(helper.make_tensor_value_info(key, one.data_type, shape))
            return infos

        graph = helper.make_graph(nodes, "formula", declare(inputs, "input"), declare(outputs, "output"),
                                  [proto(x, key) for key, x in constants.items()])
        sets = [helper.make_opsetid("", OPSET)] + ([helper.make_opsetid(domain, VERSIONS.get(domain, 1))] if domain else [])
        (case / "model.onnx").write_bytes(helper.make_model(graph, opset_imports=sets).SerializeToString())


def is_real(x):
    """Whether what a result holds is rounded."""
    if isinstance(x, list):
        return any(map(is_real, x))
    return isinstance(x, sequences.Optional) or np.asarray(x).dtype.kind in "fcV"


def parts(x):
    return np.stack([x.real, x.imag], -1).astype(np.float32)


def fourier(case):
    for n in (1, 7, 33, 37, 64, 360, 521):  # products of small primes, primes, powers of two
        x = case.floats(2, n, 1)
        case(f"dft_{n}", "DFT", [x], [parts(np.fft.fft(x[..., 0]))], atol=2e-5)
    x = case.floats(2, 12, 3, 2)
    z = x[..., 0] + 1j * x[..., 1]
    for axis in (0, 1, -2):
        at, along = np.array(axis), axis if axis >= 0 else 2
        case(f"dft_axis{axis}", "DFT", [x, None, at], [parts(np.fft.fft(z, axis=along))], dynamic=True)
        for n in (5, 20):  # cut, and filled with zeros
            length = np.array(n)
            case(f"dft_inverse_axis{axis}_{n}", "DFT", [x, length, at], [parts(np.fft.ifft(z, n, along))], inverse=1)
            case(f"dft_half_axis{axis}_{n}", "DFT", [x[..., :1], length, at], [parts(np.fft.rfft(z.real, n, along))],
                 dynamic=True, onesided=1)
            case(f"dft_mirrored_axis{axis}_{n}", "DFT", [x, length, at],
                 [np.fft.irfft(z, n, along)[..., None].astype(np.float32)], constants=(1, 2), inverse=1, onesided=1)
    x, window = case.floats(2, 128, 1), np.hanning(16).astype(np.float32)
    frames = np.stack([x[:, i:i + 16, 0] for i in range(0, 113, 8)], 1)
    case("stft_window", "STFT", [x, np.array(8), window, np.array(16)], [parts(np.fft.rfft(frames * window))], dynamic=True)
    case("stft_all", "STFT", [x, np.array(8), None, np.array(16)], [parts(np.fft.fft(frames))], constants=(1, 3), onesided=0)


def linear_attention(case):
    for rule in ("linear", "gated", "delta", "gated_delta"):
        heads, groups, d, e, steps = 2, 2, 4, 3, 5
        q, k, v = case.floats(1, steps, heads * groups * d), .4 * case.floats(1, steps, heads * d), case.floats(1, steps, heads * e)
        decay = -np.abs(case.floats(1, steps, heads)) if rule.startswith("gated") else None
        beta = .3 * np.abs(case.floats(1, steps, 1)) if rule.endswith("delta") else None
        state = first = case.floats(1, heads, d, e)
        rows = []
        for t in range(steps):
            key, value = k[:, t].reshape(1, heads, d), v[:, t].reshape(1, heads, e)
            if decay is not None:
                state = state * np.exp(decay[:, t])[..., None, None]
            if beta is not None:
                value = beta[:, t, :, None] * (value - np.einsum("bhde,bhd->bhe", state, key))
            state = state + key[..., None] * value[..., None, :]
            query = q[:, t].reshape(1, heads, groups, d)
            rows.append(np.einsum("bhgd,bhde->bhge", query, state).reshape(1, -1) / np.sqrt(d))
        for dynamic in (False, True):
            case(f"linear_attention_{rule}{'_dynamic' * dynamic}", "LinearAttention", [q, k, v, first, decay, beta],
                 [np.stack(rows, 1).astype(np.float32), state.astype(np.float32)], dynamic=dynamic,
                 q_num_heads=heads * groups, kv_num_heads=heads, update_rule=rule)


def parameters_of_the_run(case):
    """Lists whose length only a dimension tells: the model states the rank of the result."""
    x = case.floats(1, 3, 1, 2)
    for axes in ([0], [-2], [0, 2]):
        case(f"squeeze_{len(axes)}_{axes[0]}", "Squeeze", [x, np.array(axes)], [np.squeeze(x, tuple(axes))], dynamic=True)
        case(f"sum_{len(axes)}_{axes[0]}", "ReduceSum", [x, np.array(axes)], [x.sum(tuple(axes))], dynamic=True, keepdims=0)
        case(f"unsqueeze_{len(axes)}_{axes[0]}", "Unsqueeze", [x, np.array(axes)], [np.expand_dims(x, tuple(axes))],
             dynamic=True)
    case("squeeze_all", "Squeeze", [x], [np.squeeze(x)], dynamic=True)
    case("reshape", "Reshape", [x, np.array([2, -1])], [x.reshape(2, -1)], dynamic=True)
    case("expand", "Expand", [x[0, :, 0, :1], np.array([4])], [np.broadcast_to(x[0, :, 0, :1], (3, 4))], dynamic=True)
    case("fill", "ConstantOfShape", [np.array([2, 3])], [np.zeros((2, 3), np.float32)], dynamic=True)
    a, b = case.floats(1, 3), case.floats(4, 1)
    case("broadcast", "Add", [a, b], [a + b], dynamic=True)


def packed(q, bits):
    q = q.reshape(*q.shape[:-1], -1, 8 // bits).astype(np.uint32)
    return (q << (bits * np.arange(8 // bits, dtype=np.uint32))).sum(-1).astype(np.uint8)


def few_bits(case):
    for bits in (2, 4, 8):
        q, scales, zeros = case.bytes(5, 4, 16, below=1 << bits), np.abs(case.floats(5, 4)) + .1, case.bytes(5, 4, below=1 << bits)
        a = case.floats(3, 64)
        for form, zero, operand in (("middle", np.float32(1 << (bits - 1)), None), ("packed", zeros[..., None], packed(zeros, bits)),
                                    ("float", zeros[..., None], zeros.astype(np.float32))):
            w = ((q - np.float32(1) * zero) * scales[..., None]).reshape(5, 64)
            case(f"matmul_{bits}_bits_{form}", "MatMulNBits", [a, packed(q, bits), scales, operand], [a @ w.T], MICROSOFT,
                 atol=1e-3, constants=(1, 2, 3), K=64, N=5, bits=bits, block_size=16)


def sums_of_products(case):
    operands = {"b": 3, "k": 5, "n": 4, "h": 2}
    for i, equation in enumerate(("bk,nk,n->bn", "bk,bnk,n->bn", "b,n->bn", "bn->nb", "bb->b", "b,b,b->b", "bhk,hkn,bn,h->bhn", "b,k,n->")):
        terms = [case.floats(*(operands[c] for c in term)) for term in equation.split("->")[0].split(",")]
        y = np.einsum(equation, *terms)
        for dynamic in (False, True):
            case(f"einsum_{i}{'_dynamic' * dynamic}", "Einsum", terms, [y], dynamic=dynamic, atol=1e-5, equation=equation)


def experts(case):
    x, router, up, down = case.floats(5, 6), case.floats(5, 4), case.floats(4, 8, 6), case.floats(4, 6, 8)
    share = np.exp(router) / np.exp(router).sum(-1, keepdims=True)
    y = np.zeros((5, 6), np.float32)
    for n in range(5):
        for e in np.argsort(-router[n])[:2]:
            h = up[e] @ x[n]
            y[n] += share[n, e] * (down[e] @ (h / (1 + np.exp(-h))))
    case("experts", "MoE", [x, router, up, None, down], [y], MICROSOFT, atol=1e-4, k=2, activation_type="silu")
    m = case.floats(3, 4, 4) + 2 * np.eye(4, dtype=np.float32)
    m[0, 0, 0] = 0  # a pivot that is not on the diagonal
    case("inverse", "Inverse", [m], [np.linalg.inv(m)], MICROSOFT, atol=1e-4, dynamic=True)


def write(folder):
    case = Writer(folder)
    for family in (fourier, linear_attention, parameters_of_the_run, few_bits, sums_of_products, experts):
        family(case)
    learning.write(case)
    sequences.write(case)
    texts.write(case)
    corners.write(case)
