"""Copies of the working tree, in which faults are planted."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .rooms import ROOT


def grow(to: Path) -> Path:
    """Copy what git knows or would add; returns the new root."""
    shutil.rmtree(to, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def environment(tree: Path) -> dict[str, str]:
    """The environment in which `import qopt` finds the copy."""
    paths = os.pathsep.join(filter(None, [str(tree), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
