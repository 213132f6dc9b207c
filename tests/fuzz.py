"""How many examples a property that mangles its input is tried on."""

from __future__ import annotations

import os


def examples(default: int) -> int:
    """`default`, or as many as the environment variable QOPT_FUZZ says."""
    return int(os.environ.get("QOPT_FUZZ", default))
