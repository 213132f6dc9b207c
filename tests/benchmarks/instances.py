"""Models to time samplers on: published max-cut graphs and QUBOs where they are at hand, random
ones where they are not.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dimod
import numpy as np

from qopt.compiler import Qubo

FAMILIES = ("maxcut", "qubo")
SIZES = {"G1": (800, 19176), "G22": (2000, 19990), "G55": (5000, 12498)}
RANDOM = re.compile(r"random-(\d+)-(\d+)")  # spins and degree


class NotAtHand(Exception):
    """An instance that was asked for is not there; the message is one line with the remedy."""


@dataclass(frozen=True, eq=False)
class Instance:
    """A model and how good its samples are in the instance's own terms: the cut, or the QUBO's
    value.

    `terms` are the rows, columns (from 0) and weights of the file, those of a QUBO once a pair.
    `best_known` is None where no value is published.
    """

    name: str
    qubo: Qubo
    best_known: float | None
    sense: str
    family: str
    terms: tuple[np.ndarray, np.ndarray, np.ndarray]

    def value(self, bits: np.ndarray) -> float:
        """What `bits` are worth by the file's numbers alone: neither `qubo` nor a sampler's energy
        has a say.
        """
        row, col, weight = self.terms
        counts = (
            bits[row] != bits[col]
            if self.family == "maxcut"
            else (bits[row] != 0) & (bits[col] != 0)
        )
        return float(weight[counts].sum())

    def energy(self, value: float) -> float:
        """The energy that the model has where the instance has `value`."""
        return -value if self.sense == "max" else value

    def gap(self, value: float) -> float | None:
        """How far `value` is from the best known, in percent of that."""
        if not self.best_known:
            return None
        return 100 * (self.energy(value) - self.energy(self.best_known)) / abs(self.best_known)


def load(
    names: Sequence[str] | None, folder: str | None = None, families: Sequence[str] = FAMILIES
) -> list[Instance]:
    """The instances of these names, `random-800-4` a random graph of 800 nodes and degree 4;
    without names, all of the index.

    `folder`, by default what QOPT_INSTANCES says, has an index.json and the files it lists. Raises
    NotAtHand.
    """
    if names and all(RANDOM.fullmatch(name) for name in names):
        return [_random(name) for name in names]
    entries = _index(folder or os.environ.get("QOPT_INSTANCES"), families)
    if unknown := [
        name for name in names or () if name not in entries and not RANDOM.fullmatch(name)
    ]:
        raise NotAtHand(f"no instance {unknown[0]!r}; the index has {', '.join(entries)}")
    return [entries[name]() if name in entries else _random(name) for name in names or entries]


def maxcut(name: str, folder: str | None = None) -> tuple[str, dimod.BinaryQuadraticModel]:
    """The Ising model whose energy falls by 2 for each unit of cut, and what it is: a random graph
    where there is no file.
    """
    folder = folder or os.environ.get("QOPT_INSTANCES")
    path = Path(folder or "") / "maxcut" / name
    if folder and path.exists():
        n = int(path.read_text().split(None, 1)[0])
        return name, _ising(n, *_edges(path))
    n, edges = SIZES[name]
    random = np.random.default_rng(n)
    pairs = random.choice(n * (n - 1) // 2, edges, replace=False)
    row, col = (index[pairs] for index in np.triu_indices(n, 1))
    return f"random graph as large as {name}", _ising(n, row, col, np.ones(edges))


def couplings(
    n: int, count: int, seed: int, *, gaussian: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and weights of `count` random couplings, +-1 or gaussian, of n spins; a pair
    may come twice.
    """
    random = np.random.default_rng(seed)
    row = random.integers(0, n, count)
    col = (row + random.integers(1, n, count)) % n
    return (
        row,
        col,
        random.standard_normal(count) if gaussian else random.choice([-1.0, 1.0], count),
    )


def _index(folder: str | None, families: Sequence[str]) -> dict[str, Any]:
    """What loads an instance, by its name."""
    if folder is None:
        raise NotAtHand(
            "no instances: give --instances DIR, set QOPT_INSTANCES, or take a random graph with "
            "--names random-800-4"
        )
    path = Path(folder)
    try:
        index = json.loads((path / "index.json").read_text())
    except OSError as error:
        raise NotAtHand(
            f"{path / 'index.json'}: {error.strerror}; give a folder with an index.json to "
            "--instances"
        ) from None
    return {
        entry["name"]: lambda entry=entry: _published(path, entry)
        for entry in index
        if entry["family"] in families
    }


def _published(folder: Path, entry: dict[str, Any]) -> Instance:
    path = folder / entry["path"]
    terms = _edges(path) if entry["family"] == "maxcut" else _products(path)
    qubo = Qubo.read(path, sense=entry["sense"])
    return Instance(
        entry["name"], qubo, entry.get("best_known"), entry["sense"], entry["family"], terms
    )


def _edges(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.loadtxt(path, skiprows=1, ndmin=2)
    row, col = table[:, :2].T.astype(np.int64) - 1
    return row, col, table[:, 2]


def _products(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`.qubo` files count from 0 and hold each pair's whole weight; the list form counts from 1 and
    holds half of it.
    """
    table = np.loadtxt(path, comments=["#", "c", "p"], ndmin=2)
    base, times = (0, 1.0) if path.suffix == ".qubo" else (1, 2.0)
    row, col = table[:, :2].T.astype(np.int64) - base
    return row, col, np.where(row == col, 1.0, times) * table[:, 2]


def _random(name: str) -> Instance:
    """A max-cut graph with edges of weight 1 at random, the same for the same name; its best cut is
    not known.
    """
    n, degree = (int(number) for number in name.split("-")[1:])
    count = n * degree // 2
    if not 0 < degree < n:
        raise NotAtHand(
            f"{name}: no graph has {n} nodes of degree {degree}; give a degree in 1..{n - 1}"
        )
    pairs = np.random.default_rng([n, degree]).choice(n * (n - 1) // 2, count, replace=False)
    col = ((1 + np.sqrt(1 + 8 * pairs.astype(np.float64))) // 2).astype(
        np.int64
    )  # pairs in order: 01 02 12 03 13 23 ...
    row = pairs - col * (col - 1) // 2
    weight = np.ones(count)
    cut = np.bincount(row, minlength=n) + np.bincount(
        col, minlength=n
    )  # an edge is cut where x + y - 2xy = 1
    return Instance(
        name,
        Qubo.from_arrays(-cut, row, col, 2 * weight),
        None,
        "max",
        "maxcut",
        (row, col, weight),
    )


def _ising(
    n: int, row: np.ndarray, col: np.ndarray, weight: np.ndarray
) -> dimod.BinaryQuadraticModel:
    return dimod.BinaryQuadraticModel.from_numpy_vectors(
        np.zeros(n), (row, col, weight), 0.0, "SPIN"
    )
