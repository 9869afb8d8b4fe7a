"""Random programs for run.py: small graphs of the operators that the passes of `structure` and `bufferize` move about,
so that what is inserted, cut out, padded, transposed and read twice meets in ways nobody thought of. A seed always gives
the same program.
"""
import random

FEW = 40000  # elements of a tensor, at most


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.values, self.constants, self.weights, self.inputs, self.masks = [], [], [], [], [], []
        self.used = set()
        self.dynamic = self.random.random() < 0.4
        shape = (1, *(self.random.choice(sizes) for sizes in ([4, 8, 12, 16], [4, 6, 7, 8], [4, 5, 6, 8])))
        for _ in range(self.random.choice([1, 2])):
            self.inputs.append(self.name(shape))
        self.count = len(self.inputs)
        for _ in range(self.random.randint(4, 16)):
            value = self.random.choice(self.values[-6:])
            self.random.choice(STEPS)(self, *value)

    def name(self, shape):
        self.values.append((f"v{len(self.values)}", tuple(shape)))
        return self.values[-1]

    def numbers(self, *numbers):
        name = f"c{len(self.constants)}"
        self.constants.append(f"int64[{len(numbers)}] {name} = {{{', '.join(map(str, numbers))}}}")
        return name

    def weight(self, *shape):
        self.weights.append((f"w{len(self.weights)}", shape))
        return self.weights[-1][0]

    def mask(self, size):
        """One for `size` x `size` scores, which a run may repeat along rows and the batch."""
        self.masks.append((f"m{len(self.masks)}", size))
        return self.masks[-1][0]

    def say(self, shape, operator, *operands, **attributes):
        if min(shape) < 1 or shape[0] * shape[1] * shape[2] * shape[3] > FEW:
            return None
        return self.say_all([shape], operator, *operands, **attributes)[0]

    def say_all(self, shapes, operator, *operands, **attributes):
        results = [self.name(shape)[0] for shape in shapes]
        written = ", ".join(f"{key} = {list(value) if isinstance(value, (list, tuple)) else value}" for key, value in attributes.items())
        self.lines.append(f"  {', '.join(results)} = {operator}{f'<{written}>' if written else ''}({', '.join(operands)})")
        self.used.update(operands)
        return results

    def others(self, fits):
        return [(name, shape) for name, shape in self.values if fits(shape)]

    def text(self):
        made = self.values[self.count:]
        outputs = [value for value in made if value[0] not in self.used]
        if made and self.random.random() < 0.5:
            outputs.append(self.random.choice(made))
        typed = lambda name, shape, batch: f"float[{', '.join([batch, *map(str, shape[1:])])}] {name}"
        batch = "N" if self.dynamic else "1"
        inputs = [typed(*value, batch) for value in self.inputs]
        inputs += [f"float[{', '.join(map(str, shape))}] {name}" for name, shape in self.weights]
        inputs += [f"float[{'M' if self.dynamic else 1}, 1, R{size}, {size}] {name}" for name, size in self.masks]
        results = [typed(*value, batch) for value in dict.fromkeys(outputs)]
        head = ["// tolerance: 1e-3 1e-4"] + [f"// weights: {name}" for name, _ in self.weights]
        sizes = sorted({size for _, size in self.masks})
        once, each = (" ".join([""] + [f"R{size}={rows or size}" for size in sizes]) for rows in (1, 0))
        head += [f"// run: N=1 M=1{each}", f"// run: N=3 M=1{once}", f"// run: N=3 M=3{each}"] if self.dynamic else [f"// run:{once}", f"// run:{each}"] if sizes else []
        constants = [f"<{', '.join(self.constants)}>"] if self.constants else []
        return "\n".join([*head, '<ir_version: 8, opset_import: ["" : 17]>', f"program ({', '.join(inputs)}) => ({', '.join(results)})",
                          *constants, "{", *self.lines, "}", ""]) if outputs else None


def unary(p, value, shape):
    p.say(shape, p.random.choice(["Relu", "Sigmoid", "Tanh", "Neg"]), value)


def binary(p, value, shape):
    p.say(shape, p.random.choice(["Add", "Mul", "Sub"]), value, p.random.choice(p.others(lambda s: s == shape))[0])


def concat(p, value, shape):
    axis = p.random.choice([1, 1, 1, 2, 3])
    fitting = p.others(lambda s: all(s[i] == shape[i] for i in range(4) if i != axis))
    parts = [p.random.choice(fitting) for _ in range(p.random.choice([1, 1, 2]))] + [(value, shape)]
    p.random.shuffle(parts)
    size = sum(s[axis] for _, s in parts)
    p.say((*shape[:axis], size, *shape[axis + 1:]), "Concat", *(name for name, _ in parts), axis=axis)


def cut(p, value, shape):
    axis = p.random.choice([1, 2, 3])
    first = p.random.randint(0, shape[axis] - 1)
    last, step = p.random.randint(first + 1, shape[axis]), p.random.choice([1, 1, 2])
    size = (last - first + step - 1) // step
    p.say((*shape[:axis], size, *shape[axis + 1:]), "Slice", value, *(p.numbers(n) for n in (first, last, axis, step)))


def split(p, value, shape):
    axis = p.random.choice([1, 2, 3])
    if shape[axis] < 2:
        return
    size = p.random.randint(1, shape[axis] - 1)
    shapes = [(*shape[:axis], n, *shape[axis + 1:]) for n in (size, shape[axis] - size)]
    p.say_all(shapes, "Split", value, p.numbers(size, shape[axis] - size), axis=axis)


def transpose(p, value, shape):
    order = [0, *p.random.sample([1, 2, 3], 3)]
    p.say(tuple(shape[i] for i in order), "Transpose", value, perm=order)


def reshape(p, value, shape):
    n, c, h, w = shape
    to = p.random.choice([(n, c * h, 1, w), (n, 1, c, h * w), (n, h, c, w)])
    p.say(to, "Reshape", value, p.numbers(0, *to[1:]))


def pad(p, value, shape):
    before, after = ([0, *(p.random.randint(0, 2) for _ in range(3))] for _ in range(2))
    size = tuple(map(sum, zip(shape, before, after)))
    p.say(size, "Pad", value, p.numbers(*before, *after), mode=p.random.choice(['"constant"', '"edge"']))


def convolve(p, value, shape):
    n, c, h, w = shape
    groups, side, stride = p.random.choice([1, 1, c, 1 if c % 2 else 2]), p.random.choice([1, 3]), p.random.choice([1, 1, 2, 3])
    filters = c * p.random.choice([1, 1, 2]) if groups > 1 else p.random.choice([1, 4, 8, 13])
    around, sizes = side // 2, [(size + 2 * (side // 2) - side) // stride + 1 for size in (h, w)]
    if min(h, w) >= side:
        p.say((n, filters, *sizes), "Conv", value, p.weight(filters, c // groups, side, side), kernel_shape=[side, side],
              pads=[around] * 4, strides=[stride, stride], group=groups)


def upsample(p, value, shape):
    n, c, h, w = shape
    side, filters, before = p.random.choice([2, 3, 4]), p.random.choice([3, 16, 20]), p.random.choice([0, 1])
    sizes = [2 * (size - 1) + side - before for size in (h, w)]
    p.say((n, filters, *sizes), "ConvTranspose", value, p.weight(c, filters, side, side), kernel_shape=[side, side],
          pads=[before, before, 0, 0], strides=[2, 2])


def pool(p, value, shape):
    if min(shape[2:]) >= 3:
        p.say(shape, p.random.choice(["MaxPool", "AveragePool"]), value, kernel_shape=[3, 3], pads=[1] * 4)


def softmax(p, value, shape):
    p.say(shape, p.random.choice(["Softmax", "Softmax", "LogSoftmax"]), value, axis=p.random.choice([1, 1, 2, 3, 3]))


def normalize_along(p, value, shape):
    """A normalization along one dimension or more, as exporters write it."""
    axes = sorted(p.random.sample([1, 2, 3], p.random.choice([1, 1, 2])))
    sums = tuple(1 if i in axes else size for i, size in enumerate(shape))
    p.constants.append(f"float[1] c{len(p.constants)} = {{0.1}}")
    small = f"c{len(p.constants) - 1}"
    apart = p.say(shape, "Sub", value, p.say(sums, "ReduceMean", value, axes=axes))
    variance = p.say(sums, "ReduceMean", p.say(shape, "Mul", apart, apart), axes=axes)
    p.say(shape, "Div", apart, p.say(sums, "Sqrt", p.say(sums, "Add", variance, small)))


def normalize(p, value, shape):
    # Rows of equal numbers are likely here: a small epsilon would make much of what they differ by.
    p.say(shape, "LayerNormalization", value, p.weight(shape[3]), p.weight(shape[3]), epsilon=0.1)


def residual(p, value, shape):
    # Twice a layer in a transformer: a sum that its normalization and the next sum read.
    total = p.say(shape, "Add", value, p.random.choice(p.others(lambda s: s == shape))[0])
    normal = total and p.say(shape, "LayerNormalization", total, p.weight(shape[3]), p.weight(shape[3]), epsilon=0.1)
    if normal and p.random.random() < 0.7:
        p.say(shape, "Add", total, p.say(shape, "Tanh", normal))


def multiply(p, value, shape):
    size = p.random.choice([1, 5, 16])
    p.say((*shape[:3], size), "MatMul", value, p.weight(shape[3], size))


def repeat_heads(p, value, shape):
    """Keys or values whose heads are as many as their half, each repeated, as exporters write it."""
    n, c, h, w = shape
    half = p.say((n, c // 2, h, w), "Slice", value, p.numbers(0), p.numbers(c // 2), p.numbers(1))
    number = len(p.lines)
    axis, sizes, merged = p.numbers(2), p.numbers(1, c // 2, 2, 1, 1), p.numbers(0, c, h, w)
    p.lines.append(f"  u{number} = Unsqueeze({half}, {axis})")
    p.lines.append(f"  x{number} = Expand(u{number}, {sizes})")
    return p.say(shape, "Reshape", f"x{number}", merged)


def attend(p, value, shape):
    n, c, h, w = shape
    query = value
    if c % 2 == 0 and p.random.random() < 0.5:
        value = repeat_heads(p, value, shape)
    keys = p.say((n, c, w, h), "Transpose", value, perm=[0, 1, 3, 2])
    scores = keys and p.say((n, c, h, h), "MatMul", query, keys)
    if scores and p.random.random() < 0.5:
        scores = p.say((n, c, h, h), "Add", scores, p.random.choice([p.weight, p.weight, lambda h, _: p.mask(h)])(h, h))
    shares = scores and p.say((n, c, h, h), "Softmax", scores)
    if shares:
        p.say(shape, "MatMul", shares, value)


def reduce(p, value, shape):
    p.say((*shape[:2], 1, 1), p.random.choice(["GlobalAveragePool", "GlobalMaxPool"]), value)


STEPS = [unary, unary, binary, binary, concat, concat, concat, cut, split, transpose, reshape, pad, convolve, convolve, upsample, pool, softmax,
         normalize, normalize_along, residual, multiply, attend, reduce]


def write(folder, first, count):
    """Writes so many cases, by seed."""
    for seed in range(first, first + count):
        if text := Program(seed).text():
            (folder / f"program-{seed}.txt").write_text(text)
