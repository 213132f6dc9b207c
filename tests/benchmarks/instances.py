"""Max-cut graphs to time samplers on: the G-set where it is at hand, else random graphs of the same size."""

from __future__ import annotations

import os
from pathlib import Path

import dimod
import numpy as np

SIZES = {"G1": (800, 19176), "G22": (2000, 19990), "G55": (5000, 12498)}


def maxcut(name: str, folder: str | None = None) -> tuple[str, dimod.BinaryQuadraticModel]:
    """The Ising model whose energy falls by 2 for each unit of cut, and what it is."""
    folder = folder or os.environ.get("QOPT_INSTANCES")
    path = Path(folder or "") / "maxcut" / name
    if folder and path.exists():
        rows = np.loadtxt(path, skiprows=1)
        n, row, col, weight = int(path.read_text().split(None, 1)[0]), rows[:, 0] - 1, rows[:, 1] - 1, rows[:, 2]
        return name, _ising(n, row.astype(np.int64), col.astype(np.int64), weight)
    n, edges = SIZES[name]
    random = np.random.default_rng(n)
    pairs = random.choice(n * (n - 1) // 2, edges, replace=False)
    row, col = (index[pairs] for index in np.triu_indices(n, 1))
    return f"random graph as large as {name}", _ising(n, row, col, np.ones(edges))


def _ising(n: int, row: np.ndarray, col: np.ndarray, weight: np.ndarray) -> dimod.BinaryQuadraticModel:
    return dimod.BinaryQuadraticModel.from_numpy_vectors(np.zeros(n), (row, col, weight), 0.0, "SPIN")
