#!/usr/bin/python3
"""Turns a model in ONNX's text format into a .onnx file:  onnx-text.py IN.txt OUT.onnx

Tests are written in this format, so that a model can be read where it is tested. IN may be `-`.
Lines that start with `//` are left out: RUN and CHECK lines stand in the same file.
"""
import pathlib
import sys

try:
    import onnx.parser
except ImportError:
    sys.exit("onnx-text: needs Python's onnx (Debian: python3-onnx, for /usr/bin/python3)")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    text = sys.stdin.read() if source == "-" else pathlib.Path(source).read_text()
    text = "\n".join("" if line.lstrip().startswith("//") else line for line in text.split("\n"))
    try:
        model = onnx.parser.parse_model(text)
    except onnx.parser.ParseError as error:
        sys.exit(f"onnx-text: {source}: {error.args[0].decode()}")
    pathlib.Path(target).write_bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
