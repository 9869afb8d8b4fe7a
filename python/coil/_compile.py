"""Calls coilc."""
import pathlib
import shutil
import subprocess


class CompileError(Exception):
    """coilc refused the model or its options. The text is coilc's own message."""

    def __init__(self, message, command):
        super().__init__(message)
        self.command = command


def find_coilc():
    """bin/coilc of the prefix or virtual environment this package is in, or of the tree's build; else of PATH."""
    for parent in pathlib.Path(__file__).resolve().parents:
        for path in (parent / "bin/coilc", parent / "build/bin/coilc"):
            if path.is_file():
                return str(path)
    found = shutil.which("coilc")
    if not found:
        raise FileNotFoundError("no coilc beside this package nor in PATH; give its path as coilc=")
    return found


def flags(options):
    """{'name': 'm', 'dim': {'batch': 4}, 'remarks': True, 'O': 3} -> --name=m --dim=batch=4 --remarks -O3"""
    result = []
    for key, value in options.items():
        flag = f"--{key.replace('_', '-')}"
        if key == "O":
            result.append(f"-O{value}")
        elif isinstance(value, bool):
            result += [flag] if value else []
        elif isinstance(value, dict):
            result += [f"{flag}={name}={number}" for name, number in value.items()]
        elif isinstance(value, (list, tuple)):
            result += [f"{flag}={item}" for item in value]
        else:
            result.append(f"{flag}={value}")
    return result


def compile(path, target="host", output=None, *, coilc=None, **options):
    """Compiles the ONNX model at `path` and returns the path of the library.

    output: where to write it; by default beside the model, with the suffix .so. The header and the manifest
    are written beside it. options are coilc's flags, e.g. name="digits", dim={"batch": 4}, O=3, remarks=True.
    """
    path = pathlib.Path(path)
    output = pathlib.Path(output) if output else path.with_suffix(".so")
    command = [str(coilc or find_coilc()), str(path), "-o", str(output), f"--target={target}", *flags(options)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise CompileError(done.stderr.strip() or f"coilc ended with status {done.returncode}", command)
    return output
