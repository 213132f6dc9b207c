"""A travelling salesman's penalty QUBO: QuboAnnealer and dwave-samplers' simulated annealing, the
same seconds on one thread.

    python -m tests.benchmarks.tour [--instances DIR] [--name berlin52] [--penalty 1000] [--seconds
    10] [--seeds 1 2 3]

Variables x[city, place]; the distance between cities in neighbouring places, and penalty * (1 - sum
x)^2 for every city and place: n^2 variables that single flips can hardly move between tours.
dwave-samplers runs read after read of each number of sweeps, with its own temperatures. Tours are
measured again by the distances. `--name random-12` is 12 cities at random.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from dwave.samplers import SimulatedAnnealingSampler

from qopt.compiler import Qubo
from qopt.samplers import QuboAnnealer

from .instances import NotAtHand
from .peers import bits_of
from .tables import Table


def distances(name: str, folder: str | None) -> np.ndarray:
    """float64[n, n], rounded as TSPLIB's EUC_2D says."""
    if name.startswith("random-"):
        places = np.random.default_rng(1).uniform(0, 1000, (int(name.removeprefix("random-")), 2))
    else:
        path = Path(folder or os.environ.get("QOPT_INSTANCES") or "") / "tsp" / f"{name}.tsp"
        if not path.exists():
            raise NotAtHand(f"{path}: not there; give --instances DIR, or --name random-12")
        lines = [line.split() for line in path.read_text().splitlines()]
        places = np.array(
            [line[1:] for line in lines if len(line) == 3 and line[0].isdigit()], dtype=float
        )
    return np.rint(np.linalg.norm(places[:, None] - places, axis=2))


def penalty_qubo(distance: np.ndarray, penalty: float) -> Qubo:
    n = len(distance)
    variable = np.arange(n * n).reshape(n, n)  # of city, place
    first, second = np.triu_indices(n, 1)
    a, b = np.nonzero(~np.eye(n, dtype=bool))
    rows, columns, weights = [], [], []
    for place in range(n):
        one_city = variable[first, place], variable[second, place], np.full(len(first), 2 * penalty)
        one_place = (
            variable[place, first],
            variable[place, second],
            np.full(len(first), 2 * penalty),
        )
        leg = variable[a, place], variable[b, (place + 1) % n], distance[a, b]
        for row, column, weight in (one_city, one_place, leg):
            rows.append(row)
            columns.append(column)
            weights.append(weight)
    linear = np.full(n * n, -2 * penalty)
    return Qubo.from_arrays(
        linear,
        np.concatenate(rows),
        np.concatenate(columns),
        np.concatenate(weights),
        2 * n * penalty,
    )


def length(distance: np.ndarray, bits: np.ndarray) -> float:
    """Of the tour, infinite where the bits are none."""
    chosen = bits.reshape(distance.shape)
    if not ((chosen.sum(axis=0) == 1).all() and (chosen.sum(axis=1) == 1).all()):
        return float("inf")
    order = chosen.argmax(axis=0)
    return float(distance[order, np.roll(order, -1)].sum())


def ours(qubo: Qubo, seconds: float, seed: int) -> Iterator[np.ndarray]:
    yield from (
        QuboAnnealer()
        .sample_arrays(
            qubo, num_reads=64, time_limit=seconds, seed=seed, num_threads=1, structure="off"
        )
        .states
    )


def theirs(qubo: Qubo, seconds: float, seed: int, sweeps: int) -> Iterator[np.ndarray]:
    bqm, deadline, read = qubo.bqm(), time.perf_counter() + seconds, 0
    while time.perf_counter() < deadline:
        found = SimulatedAnnealingSampler().sample(
            bqm, num_reads=1, num_sweeps=sweeps, seed=1000 * seed + read
        )
        read += 1
        yield bits_of(found)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instances", help="folder of benchmark instances; default QOPT_INSTANCES")
    parser.add_argument("--name", default="berlin52")
    parser.add_argument("--penalty", type=float, default=1000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument(
        "--sweeps", type=int, nargs="+", default=[1000, 10_000], help="of dwave-samplers' reads"
    )
    chosen = parser.parse_args(arguments)
    try:
        distance = distances(chosen.name, chosen.instances)
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    qubo = penalty_qubo(distance, chosen.penalty)
    table = Table({"sampler": 16, "seed": 4, "feasible": 12, "shortest tour": 13}, texts=1)
    for seed in chosen.seeds:
        runs = {"qopt": ours(qubo, chosen.seconds, seed)}
        runs |= {
            f"dwave-sa {sweeps}": theirs(qubo, chosen.seconds, seed, sweeps)
            for sweeps in chosen.sweeps
        }
        for name, states in runs.items():
            tours = [length(distance, state) for state in states]
            feasible = [tour for tour in tours if tour < float("inf")]
            table.row(
                name,
                str(seed),
                f"{len(feasible)} of {len(tours)}",
                f"{min(feasible):g}" if feasible else "none",
            )


if __name__ == "__main__":
    main()
