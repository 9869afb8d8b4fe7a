"""The lit tests: .mlir and .test files in the folders of test/ that mirror the rooms.

A test may use coilc, coil-tune, coil-opt, coil-run, mlir-opt, FileCheck, not, split-file and
  %python                 the Python that has numpy and onnx
  %onnx-text              test/tools/onnx-text.py:  %python %onnx-text IN.txt OUT.onnx
  %src, %build            the repository, the build folder
and the features `host-x86_64`, `host-aarch64`, `qemu-aarch64`, `asan`.
A test whose tools are not there is unsupported, not failed, and lit says which tool it was.
"""
import os
import platform
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "tools"))
from littools import ShTestWithTools

config.name = "coil"
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "conformance", "house", "install", "models", "numeric", "python",
                   "readme", "runtime", "tools"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.build_dir, "test", "lit")

bin_dir = os.path.join(config.build_dir, "bin")
path = os.pathsep.join([bin_dir, config.llvm_tools_dir, os.environ["PATH"]])
config.environment["PATH"] = path

ours = ["coilc", "coil-tune", "coil-opt", "coil-run", "coil-lsp-server", "coil-reduce"]
absent = [tool for tool in ours if not shutil.which(tool, path=bin_dir)]
absent += [tool for tool in ["FileCheck", "not", "split-file", "mlir-opt"] if not shutil.which(tool, path=path)]
if absent:
    lit_config.note(f"not there, their tests are left out: {', '.join(absent)}")
config.test_format = ShTestWithTools(absent)

machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
config.available_features.add(f"host-{machine}")
if shutil.which("qemu-aarch64"):
    config.available_features.add("qemu-aarch64")
if os.path.basename(config.build_dir).endswith("asan"):
    config.available_features.add("asan")

config.substitutions += [
    ("%python", config.python),
    ("%onnx-text", os.path.join(config.source_dir, "test", "tools", "onnx-text.py")),
    ("%src", config.source_dir),
    ("%build", config.build_dir),
]
