"""One fault planted in a copy of the tree, and the verdict of the tests that reach it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .planting import Mutant
from .rooms import ROOT
from .trees import environment


@dataclass(frozen=True)
class Verdict:
    """`killed` by a test that failed (or did not end); `tests` is how many could have."""

    mutant: Mutant
    killed: bool
    tests: int


def judge(mutant: Mutant, tests: list[str], seconds: float, tree: Path) -> Verdict:
    """Plant the mutant in `tree` and run the tests until one fails.

    They may take four times the `seconds` that they take without the fault, and a minute to start.
    """
    if not tests:
        return Verdict(mutant, killed=False, tests=0)
    file = tree / mutant.path
    file.write_text(mutant.planted())
    try:
        killed = _some_fails(tests, 60 + 4 * seconds, tree)
    finally:
        file.write_text((ROOT / mutant.path).read_text())
    return Verdict(mutant, killed, len(tests))


def _some_fails(tests: list[str], timeout: float, tree: Path) -> bool:
    listed = tree / "planted-tests.txt"  # more of them than a command line holds
    listed.write_text("\n".join(tests))
    options = ["-x", "-q", "-p", "no:cacheprovider", f"@{listed}"]
    command = [sys.executable, "-m", "pytest", *options]
    running = subprocess.Popen(
        command,
        cwd=tree,
        env=environment(tree),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return running.wait(timeout) != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    """End the tests and what they started."""
    try:
        os.killpg(running.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    running.wait()
