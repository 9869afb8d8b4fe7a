"""What the runners of test/conformance and test/models share: the tools they drive, their ledgers, their closing line.

A ledger is a list of what is known not to work, each with its reason: lines `PATTERN <tab> TARGETS <tab> REASON`,
where PATTERN is a shell pattern over case names and TARGETS is `*` or target names with commas between.
"""
import concurrent.futures
import dataclasses
import fnmatch
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def corpus():
    """The folder with ONNX cases and models: $COIL_CORPUS, or ../shared/corpus; None if there is none."""
    path = pathlib.Path(os.environ.get("COIL_CORPUS") or SOURCE.parent / "shared" / "corpus")
    return path if path.is_dir() else None


def tool(build, name):
    path = pathlib.Path(build) / "bin" / name
    if not path.exists():
        sys.exit(f"{path} does not exist: build it first (make build)")
    return str(path)


def c_compiler(target):
    """Two commands: a C compiler that links programs for the target, and what runs them here."""
    if target == "host" or platform.machine() == "aarch64":
        return ["clang-22"], []
    root = "/usr/aarch64-linux-gnu"  # Debian's libc6-dev-arm64-cross
    return (["clang-22", "--target=aarch64-linux-gnu", "-fuse-ld=lld", "-nostdlib", "-isystem", f"{root}/include",
             f"-L{root}/lib", f"{root}/lib/crt1.o", "-lc"], ["qemu-aarch64", "-L", root])


@dataclasses.dataclass
class Outcome:
    code: int  # exit status; negative: the signal that ended it
    output: str  # stdout and stderr together
    seconds: float
    cpu_seconds: float  # of all cores
    peak_kb: int  # largest resident set
    timed_out: bool


def run(command, timeout):
    """Runs a command in a process group of its own, which is killed when time is up."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    late = threading.Event()

    def kill():
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(timeout, kill)
    timer.start()
    try:
        output = process.stdout.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        timer.cancel()
        process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Outcome(process.returncode, output, time.monotonic() - start,
                   usage.ru_utime + usage.ru_stime, usage.ru_maxrss, late.is_set())


def complaint(outcome, timeout):
    """Why a command failed, in one line: its first error, else how it ended."""
    if outcome.timed_out:
        return f"no end after {timeout} s"
    lines = [line.strip() for line in outcome.output.splitlines() if line.strip()]
    if outcome.code < 0:
        # A crash says most in its assertion.
        said = next((line[match.start():] for line in lines
                     if (match := re.search("Assertion|LLVM ERROR", line))), "")
        text = f"killed by {signal.Signals(-outcome.code).name}" + (f": {said}" if said else "")
    else:
        text = next((line for line in lines if re.search(r"\berror\b|DIFFERENT", line, re.I)), lines[0] if lines else "")
        text = re.sub(r"^.*?\berror:\s*", "", text)
    # Folders differ from machine to machine, the message does not.
    return re.sub(r"/\S*/", "", text).replace("\t", " ") or f"exit status {outcome.code}"


def general(reason):
    """A reason without the model's file and nodes: what is the same for all cases that fail alike."""
    return re.sub(r"\bnode '[^']*': ", "", re.sub(r"^\S+\.onnx: ", "", reason))


class Ledger:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.entries = []
        self.used = set()
        for number, line in enumerate(self.path.read_text().splitlines() if self.path.exists() else [], 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = line.split("\t")
            if len(fields) != 3:
                sys.exit(f"{self.path}:{number}: want PATTERN <tab> TARGETS <tab> REASON")
            self.entries.append((fields[0], fields[1].split(","), fields[2]))

    def reason(self, case, target):
        """Why this case is left out for this target, or None."""
        for index, (pattern, targets, reason) in enumerate(self.entries):
            if (targets == ["*"] or target in targets) and fnmatch.fnmatchcase(case, pattern):
                self.used.add(index)
                return reason
        return None

    def unused(self):
        return [self.entries[i][0] for i in range(len(self.entries)) if i not in self.used]

    def append(self, failures):
        """Adds failures, {(case, target): reason}, grouped by what they say; for a person to edit afterwards."""
        both = {}
        for (case, target), reason in failures.items():
            reason = general(reason)
            both.setdefault((reason, case), []).append(target)
        text = self.path.read_text() if self.path.exists() else ""
        reason_before = None
        for (reason, case), targets in sorted(both.items()):
            if reason != reason_before:
                text += "\n" if text else ""
                reason_before = reason
            text += f"{case}\t{','.join(sorted(targets))}\t{reason}\n"
        self.path.write_text(text)


def positive(text):
    """A number from 1 on, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


class Tally:
    """Counts results, prints failures as they come and a line of progress now and then."""

    def __init__(self, total, every=15):
        self.total, self.every = total, every
        self.passed = self.failed = self.skipped = 0
        self.shown = time.monotonic()

    def add(self, status, line=None):
        setattr(self, status, getattr(self, status) + 1)
        if line:
            print(line, flush=True)
        if time.monotonic() - self.shown >= self.every:
            self.shown = time.monotonic()
            done = self.passed + self.failed + self.skipped
            print(f"... {done} of {self.total}, {self.failed} failed", flush=True)

    def close(self):
        nothing = self.passed + self.failed + self.skipped == 0
        if nothing:
            print("nothing to run: no case has such a name")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed or nothing else 0


def parallel(jobs, function, items):
    """Yields (item, function(item)) as they finish."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(function, item): item for item in items}
        for future in concurrent.futures.as_completed(futures):
            yield futures[future], future.result()


def fresh_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
