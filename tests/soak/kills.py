"""A batch ended by a kill, by Ctrl-C or by a full disk: what is saved is whole, nothing is left
hidden.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from qopt import Result
from qopt.batch import Run

from .cases import Broken

SPEC = """name: killed
output: {output}
problems:
  - kind: job-shop
    instance: ft06
solvers:
  - name: greedy
  - name: annealer
seeds: [1, 2, 3]
time_limit: 0.3
"""


def check(random: np.random.Generator) -> str:
    """One kill; returns by what."""
    if os.name != "posix":
        return "kills: not on this system"
    with tempfile.TemporaryDirectory() as folder:
        spec, output = Path(folder) / "spec.yaml", Path(folder) / "results"
        spec.write_text(SPEC.format(output=output))
        by = signal.Signals(int(random.choice([signal.SIGKILL, signal.SIGINT, signal.SIGTERM])))
        running = _run(spec)
        time.sleep(float(random.uniform(0.2, 6.0)))
        running.send_signal(by)
        said, wrong = running.communicate(timeout=300)
        _judge(output, by, running.returncode, said, wrong)
        again = _run(spec)
        _, wrong = again.communicate(timeout=300)
        complaints = [line for line in wrong.splitlines() if not line.startswith("qopt: compil")]
        if again.returncode != 0 or complaints:
            raise Broken(f"the next run ends with {again.returncode}: {wrong}")
        done = Run.open(output)
        if done.missing or len(done.records) != 6:
            raise Broken(f"after the next run {done.missing} are missing")
        for record in done.records:
            done.result(record)
    return f"{by.name}: {'ended before' if running.returncode == 0 else 'killed'}"


def check_disk(random: np.random.Generator) -> str:
    """No file may be larger than some bytes: a result is saved whole, or said not to be."""
    if os.name != "posix":
        return "disks: not on this system"
    room = int(10 ** random.uniform(0, 6))
    with tempfile.TemporaryDirectory() as folder:
        spec, output = Path(folder) / "spec.yaml", Path(folder) / "results"
        spec.write_text(SPEC.format(output=output))
        full = _run(spec, room)
        said, wrong = full.communicate(timeout=300)
        told = f"with files of {room} bytes: exit code {full.returncode}: {said}{wrong}"
        if "Traceback" in wrong or full.returncode not in (0, 1, 2):
            raise Broken(told)
        for path in output.glob("results/*.json"):
            Result.load(path)
        if full.returncode == 2 and "cannot be" not in wrong:
            raise Broken(told)
        again = _run(spec)
        _, wrong = again.communicate(timeout=300)
        if again.returncode != 0 or Run.open(output).missing:
            raise Broken(f"{told}; and once there is room: {again.returncode}: {wrong}")
    return f"full disk: exit code {full.returncode}"


LIMITED = """import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
"""


def _run(spec: Path, room: int | None = None) -> subprocess.Popen[str]:
    """`qopt run` on its own, with files of at most `room` bytes."""
    limited = "" if room is None else LIMITED.format(room=room)
    code = f"{limited}from qopt.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", str(spec)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _judge(output: Path, by: signal.Signals, code: int, said: str, wrong: str) -> None:
    """What was saved can be read; Ctrl-C ends with its own code, and none of the three with a
    traceback.
    """
    whole = list(output.glob("results/*.json"))
    for path in whole:
        Result.load(path)
    before_qopt = wrong.rstrip().endswith("KeyboardInterrupt")  # Python's own, while it imports
    if "Traceback" in wrong and not before_qopt:
        raise Broken(f"{by.name}: {wrong}")
    if by is signal.SIGINT and code not in (0, 130, -signal.SIGINT, 1):
        raise Broken(f"Ctrl-C: exit code {code}: {said}{wrong}")
