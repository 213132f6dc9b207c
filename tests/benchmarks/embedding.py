"""Embeddings and packing: seconds, qubits and chains, without a device.

    python -m tests.benchmarks.embedding [--parts bars threshold packing] [--device advantage2]
    [--sizes 20 40 60] [--densities 0.1 0.25 0.5] [--seeds 2] [--seconds 30] [--jobs 100]
    [--variables 8 16]

`bars`: K100 and a 3-regular graph of 400, found and kept. `threshold`: a clique against minorminer
by density, so that it is seen where the one is better than the other. `packing`: so many problems
in as few submissions as there are, and the device's time for them against one by one, 100 reads
each.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dimod
import networkx as nx
import numpy as np

from qopt import devices
from qopt.errors import NotEmbedded
from qopt.ocean.embedding import Store, embed
from qopt.ocean.packing import packed

from .tables import Table, save

PARTS = ("bars", "threshold", "packing")


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What is returned, None where nothing was found, and the seconds."""
    began = time.perf_counter()
    try:
        found = call()
    except NotEmbedded:
        found = None
    return found, time.perf_counter() - began


def bars(chosen: argparse.Namespace, device: Any, store: Store) -> list[str]:
    columns = {"problem": 14, "cold": 8, "kept": 8, "qubits": 7, "longest": 7, "method": 12}
    table = Table(columns)
    sources = {"K100": nx.complete_graph(100), "cubic 400": nx.random_regular_graph(3, 400, seed=1)}
    embed([("a", "b")], device, store=Store(None))  # imports are no search
    for name, source in sources.items():
        cold: list[float] = []
        kept: list[float] = []
        for seed in range(chosen.seeds):
            fresh = Store(Path(tempfile.mkdtemp()))
            for times in (cold, kept):
                found, seconds = timed(lambda: embed(source, device, seed=seed, store=fresh))  # noqa: B023  # called here
                times.append(seconds)
        if found is None:
            table.row(name, *["-"] * 5)
            continue
        table.row(
            name,
            f"{max(cold):.2f} s",
            f"{max(kept):.3f} s",
            str(found.qubits),
            str(found.longest),
            found.method,
        )
    return table.lines


def threshold(chosen: argparse.Namespace, device: Any, store: Store) -> list[str]:
    columns = {"n": 4, "density": 8}
    for name in ("clique", "minorminer"):
        columns |= {f"{name} longest": 8, f"{name} qubits": 8, f"{name} s": 8}
    table = Table(columns, texts=0)
    for n in chosen.sizes:
        for density in chosen.densities:
            cells = [str(n), f"{density:g}"]
            for method in ("clique", "minorminer"):
                rows = []
                for seed in range(chosen.seeds):
                    source = nx.gnp_random_graph(n, density, seed=seed)
                    options = {"method": method, "seed": seed, "time_limit": chosen.seconds}
                    rows.append(timed(lambda: embed(source, device, store=store, **options)))  # noqa: B023  # called here
                if any(found is None for found, _ in rows):
                    cells += ["-", "-", f"{max(seconds for _, seconds in rows):.1f}"]
                    continue
                cells += [
                    f"{statistics.mean(found.longest for found, _ in rows):.1f}",
                    f"{statistics.mean(found.qubits for found, _ in rows):.0f}",
                    f"{statistics.median(seconds for _, seconds in rows):.2f}",
                ]
            table.row(*cells)
    return table.lines


def problem(n: int, seed: int) -> dimod.BinaryQuadraticModel:
    rng = np.random.default_rng(seed)
    pairs = {(u, v): rng.normal() for u in range(n) for v in range(u)}
    return dimod.BinaryQuadraticModel.from_ising({k: rng.normal() for k in range(n)}, pairs)


def packing(chosen: argparse.Namespace, device: Any, store: Store) -> list[str]:
    columns = {"variables": 9, "problems": 8, "submissions": 11, "at a time": 9, "search": 8}
    columns |= {"again": 8, "one by one": 10, "packed": 8, "times": 6}
    table = Table(columns, texts=0)
    for n in chosen.variables:
        bqms = [problem(n, seed) for seed in range(chosen.jobs)]
        limits = {"store": store, "time_limit": 60.0}
        packs, search = timed(lambda: list(packed(bqms, device, **limits)))  # noqa: B023  # called here
        _, again = timed(lambda: list(packed(bqms, device, **limits)))  # noqa: B023  # called here
        alone = embed(bqms[0], device, store=store).qubits
        one_by_one = len(bqms) * device.access_time(num_qubits=alone, num_reads=100)
        together = sum(device.access_time(num_qubits=one.qubits, num_reads=100) for one in packs)
        table.row(
            str(n),
            str(len(bqms)),
            str(len(packs)),
            str(max(len(one.tiles) for one in packs)),
            f"{search:.1f} s",
            f"{again:.1f} s",
            f"{one_by_one:.2f} s",
            f"{together:.3f} s",
            f"{one_by_one / together:.0f}",
        )
    return table.lines


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--device", default="advantage2")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 40, 60])
    parser.add_argument("--densities", type=float, nargs="+", default=[0.1, 0.2, 0.3, 0.5])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each search")
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--variables", type=int, nargs="+", default=[8, 16])
    parser.add_argument("--output", help="JSON file; the tables go beside it as .md")
    chosen = parser.parse_args(arguments)
    device = devices.described(chosen.device)
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in chosen.parts:
            lines += [*globals()[part](chosen, device, Store(Path(folder))), ""]
    save(chosen.output, vars(chosen), lines)
    return lines


if __name__ == "__main__":
    main()
