"""A batch killed, or interrupted, at a random moment: what is saved is whole, and the next run leaves nothing hidden."""

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
        if again.returncode != 0 or wrong:
            raise Broken(f"the next run ends with {again.returncode}: {wrong}")
        names = sorted(path.name for path in output.iterdir())
        if len(names) != 6 or any(name.startswith(".") for name in names):
            raise Broken(f"after the next run there are {names}")
        for path in output.iterdir():
            Result.load(path)
    return f"{by.name}: {'ended before' if running.returncode == 0 else 'killed'}"


def _run(spec: Path) -> subprocess.Popen[str]:
    code = "from qopt.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", str(spec)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _judge(output: Path, by: signal.Signals, code: int, said: str, wrong: str) -> None:
    """What was saved can be read; Ctrl-C ends with its own code, and none of the three with a traceback."""
    whole = list(output.glob("*.json")) if output.exists() else []
    for path in whole:
        Result.load(path)
    before_qopt = wrong.rstrip().endswith("KeyboardInterrupt")  # Python's own, while it imports
    if "Traceback" in wrong and not before_qopt:
        raise Broken(f"{by.name}: {wrong}")
    if by is signal.SIGINT and code not in (0, 130, -signal.SIGINT, 1):
        raise Broken(f"Ctrl-C: exit code {code}: {said}{wrong}")
