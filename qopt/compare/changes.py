"""Runs that were measured before and after a change of a device are not compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .records import Run, by_solver

Key = tuple[str, int]  # the solver and the seed of a run on an instance


@dataclass(frozen=True)
class Change:
    """So many `runs` of two solvers on a `device` were left out, as it changed meanwhile, on these
    `instances`; of those in `gone` no pair of runs is left.
    """

    device: str
    runs: int
    instances: tuple[str, ...]
    gone: tuple[str, ...]

    def sentence(self, solver: str, baseline: str) -> str:
        """What was left out, and where."""
        were = "1 run was" if self.runs == 1 else f"{self.runs} runs were"
        note = (
            f"{self.device} changed between runs of {solver} and {baseline} on "
            f"{', '.join(self.instances)}: {were} left out of their comparison, as the other "
            "has no run with the same seed in the same state of the device"
        )
        if self.gone:
            note += f"; none are left on {', '.join(self.gone)}"
        return f"{note}."


def unchanged(
    groups: Mapping[str, Sequence[Run]], solver: str, baseline: str
) -> tuple[dict[str, Sequence[Run]], tuple[Change, ...]]:
    """The runs that may be compared, and what was left out, by device.

    On an instance where both solvers ran on a device that changed meanwhile, only those runs on it
    are kept whose counterpart, the other solver's run with the same seed, was made in the same
    state of it, or failed before it reached it. So both sides have as many runs in each state.
    Runs on different devices, or on none, are kept: no change came between them.
    """
    kept: dict[str, Sequence[Run]] = {}
    left: dict[str, Counter[str]] = {}
    gone: dict[str, list[str]] = {}
    for instance, runs in groups.items():
        apart = by_solver(run for run in runs if run.solver in (solver, baseline))
        dropped = dict(_unmatched(apart))
        for device in dropped.values():
            left.setdefault(device, Counter())[instance] += 1
        kept[instance] = [run for run in runs if _key(run) not in dropped]
        if dropped and len(by_solver(run for run in kept[instance] if run.solver in apart)) < 2:
            kept[instance] = [run for run in kept[instance] if run.solver not in apart]
            for device in set(dropped.values()):
                gone.setdefault(device, []).append(instance)
    changes = tuple(
        Change(device, sum(counts.values()), tuple(counts), tuple(gone.get(device, ())))
        for device, counts in sorted(left.items())
    )
    return kept, changes


def _unmatched(apart: Mapping[str, Sequence[Run]]) -> Iterator[tuple[Key, str]]:
    """(solver and seed, device) of each run that the other solver has no counterpart of, where it
    must have one. A counterpart that reached no device, as it failed, is one.
    """
    if len(apart) < 2:
        return
    states = {_key(run): run.snapshot for runs in apart.values() for run in runs}
    devices = [{device_of(run) for run in runs} for runs in apart.values()]
    for device in sorted(set[str].intersection(*devices) - {""}):
        own = [run for runs in apart.values() for run in runs if device_of(run) == device]
        if len({run.snapshot for run in own}) < 2:
            continue
        for run in own:
            (other,) = apart.keys() - {run.solver}
            if states.get((other, run.seed), "no run") not in (run.snapshot, None):
                yield _key(run), device


def device_of(run: Run) -> str:
    """The device that a run was made on; "" for none that is known."""
    return (run.snapshot or "").rpartition(":")[0]


def _key(run: Run) -> Key:
    return run.solver, run.seed
