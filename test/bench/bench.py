#!/usr/bin/python3
"""Measures COIL and prints tables; README.md says what a number means. bench.py COMMAND --help has a command's options."""
import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import altra_models  # noqa: E402
import compare_models  # noqa: E402
import compile_models  # noqa: E402
import host_kernels  # noqa: E402
import inner_loops  # noqa: E402
import result_errors  # noqa: E402

COMMANDS = {"compile": compile_models, "compare": compare_models, "kernels": host_kernels, "altra": altra_models,
            "mca": inner_loops, "errors": result_errors}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.arguments(commands.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__))
    options = parser.parse_args()
    return COMMANDS[options.command].run(options)


if __name__ == "__main__":
    sys.exit(main())
