"""Simulated annealing: every replica an anneal of its own."""

from __future__ import annotations

from collections.abc import Generator

from ..core.temperatures import course
from .replicas import Replicas


def anneal(
    replicas: Replicas, num_sweeps: int, beta_range: tuple[float, float]
) -> Generator[int, None, None]:
    """`num_sweeps` sweeps from hot to cold, from the replicas' present states; yields the sweeps of
    each part done.
    """
    betas = course(beta_range, num_sweeps)
    done = 0
    for part in replicas.pace.parts(num_sweeps):
        replicas.anneal(replicas.layout.scale(betas(done, done + part)), done)
        done += part
        yield part


def descend(
    replicas: Replicas, num_restarts: int | None, seed: list[int]
) -> Generator[int, None, None]:
    """Random states brought down to local minima, over and over; yields 1 after each."""
    restart = 0
    while num_restarts is None or restart < num_restarts:
        replicas.restart([*seed, restart])
        replicas.quench()
        restart += 1
        yield 1
