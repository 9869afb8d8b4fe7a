#!/usr/bin/python3
"""Trains the network of this example and writes what is committed beside this file:

  digits.onnx          a small convolutional network; the batch size is dynamic
  images.u8 labels.u8  the test images (8x8 pixels, 0 to 16) and what they show, one byte a value
  test_data_set_0/     the same images as the network takes them, and its answers computed here by numpy
  data.json            how closely a compiled model must agree with those answers

The data are the handwritten digits that scikit-learn carries (Debian: python3-sklearn). The last fifth, in
their own order, is never trained on. Everything is numpy: a convolution is a matrix product over patches.
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

HERE = pathlib.Path(__file__).resolve().parent
TEST_IMAGES = 360
EPOCHS, BATCH, RATE = 60, 64, 2e-3


def patches(x):
    """[n,c,h,w] -> [n,h,w,c*9]: the 3x3 neighbourhood of each pixel, zero outside."""
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))  # n,c,h,w,3,3
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, h, w, c * 9)


class Conv:
    """3x3 convolution with padding 1, Relu and 2x2 max pooling."""

    def __init__(self, random, inputs, outputs):
        self.weight = (random.standard_normal((outputs, inputs, 3, 3)) * np.sqrt(2 / (inputs * 9))).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)
        self.parameters = [self.weight, self.bias]

    def forward(self, x):
        self.shape, self.patches = x.shape, patches(x)
        outputs = len(self.bias)
        y = np.maximum(self.patches @ self.weight.reshape(outputs, -1).T + self.bias, 0)  # n,h,w,o
        n, h, w, _ = y.shape
        blocks = y.reshape(n, h // 2, 2, w // 2, 2, outputs)
        pooled = blocks.max((2, 4))
        self.passes = (blocks == pooled[:, :, None, :, None, :]) & (blocks > 0)
        return pooled.transpose(0, 3, 1, 2)

    def backward(self, gradient):
        spread = self.passes * gradient.transpose(0, 2, 3, 1)[:, :, None, :, None, :]
        n, c, h, w = self.shape
        outputs = len(self.bias)
        flat = spread.reshape(-1, outputs)
        self.gradients = [(flat.T @ self.patches.reshape(-1, c * 9)).reshape(self.weight.shape), flat.sum(0)]
        columns = (flat @ self.weight.reshape(outputs, -1)).reshape(n, h, w, c, 3, 3)
        padded = np.zeros((n, c, h + 2, w + 2), np.float32)
        for i in range(3):
            for j in range(3):
                padded[:, :, i:i + h, j:j + w] += columns[..., i, j].transpose(0, 3, 1, 2)
        return padded[:, :, 1:-1, 1:-1]


class Dense:
    def __init__(self, random, inputs, outputs, relu):
        self.weight = (random.standard_normal((outputs, inputs)) * np.sqrt(2 / inputs)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)
        self.relu, self.parameters = relu, [self.weight, self.bias]

    def forward(self, x):
        self.x = x
        y = x @ self.weight.T + self.bias
        self.passes = y > 0
        return np.maximum(y, 0) if self.relu else y

    def backward(self, gradient):
        gradient = gradient * self.passes if self.relu else gradient
        self.gradients = [gradient.T @ self.x, gradient.sum(0)]
        return gradient @ self.weight


class Network:
    def __init__(self, random):
        self.convolutions = [Conv(random, 1, 16), Conv(random, 16, 32)]
        self.dense = [Dense(random, 32 * 2 * 2, 64, relu=True), Dense(random, 64, 10, relu=False)]
        self.layers = self.convolutions + self.dense

    def forward(self, x):
        for layer in self.convolutions:
            x = layer.forward(x)
        x = x.reshape(len(x), -1)
        for layer in self.dense:
            x = layer.forward(x)
        x = np.exp(x - x.max(1, keepdims=True))
        return x / x.sum(1, keepdims=True)

    def backward(self, gradient):
        for layer in reversed(self.dense):
            gradient = layer.backward(gradient)
        gradient = gradient.reshape(-1, 32, 2, 2)
        for layer in reversed(self.convolutions):
            gradient = layer.backward(gradient)


def shifted(random, images):
    """Each image moved by up to one pixel."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return np.stack([image[:, i:i + 8, j:j + 8] for image, i, j in
                     zip(padded, random.integers(0, 3, len(images)), random.integers(0, 3, len(images)))])


def train(images, labels):
    random = np.random.default_rng(7)
    network = Network(random)
    state = [[np.zeros_like(p), np.zeros_like(p)] for layer in network.layers for p in layer.parameters]
    step = 0
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = random.permutation(len(images))
        for start in range(0, len(order), BATCH):
            batch = order[start:start + BATCH]
            probability = network.forward(shifted(random, images[batch]))
            probability[np.arange(len(batch)), labels[batch]] -= 1
            network.backward(probability / len(batch))
            step += 1  # Adam
            pairs = [(p, g) for layer in network.layers for p, g in zip(layer.parameters, layer.gradients)]
            for (parameter, gradient), (mean, square) in zip(pairs, state):
                mean += 0.1 * (gradient - mean)
                square += 0.001 * (gradient * gradient - square)
                parameter -= rate * (mean / (1 - 0.9 ** step)) / (np.sqrt(square / (1 - 0.999 ** step)) + 1e-8)
    return network


def export(network, path):
    names = ["conv1", "conv2", "dense1", "dense2"]
    weights = [numpy_helper.from_array(value, f"{name}.{kind}") for name, layer in zip(names, network.layers)
               for kind, value in zip(("weight", "bias"), layer.parameters)]
    nodes, value = [], "image"

    def node(op, name, *parameters, **attributes):
        nonlocal value
        nodes.append(helper.make_node(op, [value, *parameters], [name], name=name, **attributes))
        value = name

    for name in names[:2]:
        node("Conv", name, f"{name}.weight", f"{name}.bias", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        node("Relu", f"{name}.relu")
        node("MaxPool", f"{name}.pool", kernel_shape=[2, 2], strides=[2, 2])
    node("Flatten", "flat")
    node("Gemm", "dense1", "dense1.weight", "dense1.bias", transB=1)
    node("Relu", "dense1.relu")
    node("Gemm", "dense2", "dense2.weight", "dense2.bias", transB=1)
    node("Softmax", "probability", axis=-1)
    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", 10])], weights)
    model = helper.make_model(graph, producer_name="examples/digits/train.py", ir_version=8,
                              opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def main():
    digits = load_digits()
    images = (digits.images[:, None] / 16).astype(np.float32)
    labels = digits.target
    network = train(images[:-TEST_IMAGES], labels[:-TEST_IMAGES])
    test = images[-TEST_IMAGES:]
    probability = network.forward(test)
    right = (probability.argmax(1) == labels[-TEST_IMAGES:]).sum()
    print(f"{right} of {TEST_IMAGES} test images right: {right / TEST_IMAGES:.1%}")

    export(network, HERE / "digits.onnx")
    (HERE / "images.u8").write_bytes(digits.images[-TEST_IMAGES:].astype(np.uint8).tobytes())
    (HERE / "labels.u8").write_bytes(labels[-TEST_IMAGES:].astype(np.uint8).tobytes())
    folder = HERE / "test_data_set_0"
    folder.mkdir(exist_ok=True)
    for name, value, tensor in [("input_0", test, "image"), ("output_0", probability, "probability")]:
        (folder / f"{name}.pb").write_bytes(numpy_helper.from_array(value, tensor).SerializeToString())
    (HERE / "data.json").write_text('{"rtol": 0.001, "atol": 1e-05}\n')


if __name__ == "__main__":
    main()
