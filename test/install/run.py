#!/usr/bin/python3
"""Installs COIL into an empty prefix, moves the prefix, and builds apps with what lies there:  run.py --build BUILD"""
import argparse
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
APP = pathlib.Path(__file__).resolve().with_name("app")
DIGITS = SOURCE / "examples/digits"


def run(*command, env=None, **options):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, **(env or {})}, **options)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


class Install(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="coil-install-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        run("cmake", "--install", cls.build, "--prefix", cls.folder / "first")
        cls.prefix = (cls.folder / "first").rename(cls.folder / "moved to here")

    def pkg_config(self, *arguments):
        return shlex.split(run("pkg-config", *arguments, "coil",
                   env={"PKG_CONFIG_PATH": f"{self.prefix}/lib/pkgconfig"}))

    def test_what_is_there(self):
        for name in ["bin/coilc", "bin/coil-run", "bin/coil-opt", "include/coil/runtime.h",
                     "lib/coil/x86_64/libcoil_rt.a", "lib/coil/aarch64/libcoil_rt.a"]:
            self.assertTrue((self.prefix / name).is_file(), name)

    def test_cmake(self):
        build = self.folder / "app"
        run("cmake", "-G", "Ninja", "-S", APP, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_C_COMPILER=clang-22", f"-DMODEL={DIGITS}/digits.onnx")
        run("cmake", "--build", build)
        self.assertEqual(run(build / "app", cwd="/"), "two models agree\n")
        self.assertIn("no work to do", run("cmake", "--build", build))

    def test_pkg_config(self):
        folder = self.folder / "pkg"
        folder.mkdir()
        run(*self.pkg_config("--variable=coilc"), DIGITS / "digits.onnx", "-o", folder / "digits.so",
            "--target=host")
        run("clang-22", *self.pkg_config("--cflags"), f"-I{folder}", DIGITS / "classify.c", f"-L{folder}", "-l:digits.so",
            f"-Wl,-rpath,{folder}", "-o", folder / "classify")
        shown = run(folder / "classify", DIGITS / "images.u8", DIGITS / "labels.u8", "0", folder / "out.f32")
        self.assertRegex(shown, r"^\d+ of 360 test images right: 9\d\.\d%\n$")

    def test_two_archives(self):
        folder = self.folder / "static"
        folder.mkdir()
        for name, options in [("digits", []), ("digits2", ["--dim=batch=2"])]:
            run(self.prefix / "bin/coilc", DIGITS / "digits.onnx", "-o", folder / f"{name}.a", "--emit=a",
                "--target=host", f"--name={name}", *options)
        run("clang-22", f"-I{folder}", APP / "app.c", folder / "digits.a", folder / "digits2.a", "-lm", "-lpthread",
            "-o", folder / "app")
        self.assertEqual(run(folder / "app"), "two models agree\n")

    def test_runs_the_other_architecture(self):
        library = self.folder / "altra.so"
        run(self.prefix / "bin/coilc", DIGITS / "digits.onnx", "-o", library, "--target=altra")
        run(self.prefix / "bin/coil-run", library, "--test-data", DIGITS)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", type=pathlib.Path, default=SOURCE / "build")
    options, rest = arguments.parse_known_args()
    Install.build = options.build.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
