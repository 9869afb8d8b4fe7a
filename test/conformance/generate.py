#!/usr/bin/python3
"""Writes the node test cases that Debian's python3-onnx carries as code, and our own of element_types.py and formulas.py:
generate.py OUT
(OUT/node/test_abs/model.onnx, OUT/node/test_abs/test_data_set_0/input_0.pb, ...)."""
import argparse
import pathlib
import shutil
import sys
import warnings

import numpy


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    # ONNX 1.12 was written for a numpy that still had these names.
    for name in ("bool", "float", "int", "object"):
        if name not in numpy.__dict__:
            setattr(numpy, name, getattr(__builtins__, name))
    numpy.random.seed(0)
    import onnx.backend.test.case.model as models
    import onnx.backend.test.cmd_tools as tools
    # Of the others, the "simple" ones are like node cases and "real" ones are only addresses.
    collect = models.collect_testcases
    models.collect_testcases = lambda: [case for case in collect() if case.kind == "simple"]
    tools.generate_data(argparse.Namespace(output=sys.argv[1], op_type=None))
    # Numpy has no bfloat16. ONNX 1.12 writes such data as uint16, of another rank than the model says, and
    # truncated where ONNX rounds: nothing can be compared with it.
    for folder in pathlib.Path(sys.argv[1]).glob("node/*BFLOAT16*"):
        shutil.rmtree(folder)
    import element_types
    element_types.generate(pathlib.Path(sys.argv[1]))
    # Computed with an epsilon that the node does not have.
    shutil.rmtree(pathlib.Path(sys.argv[1]) / "node/test_adam_multiple")
    import formulas
    formulas.write(pathlib.Path(sys.argv[1]) / "node")


if __name__ == "__main__":
    main()
