"""A sampler of constrained quadratic models on this machine, with the call of Leap's hybrid solver."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import dimod
import numpy as np

from ..compile.arrays import Floats, ModelArrays
from ..compile.scoring import sampleset
from ..errors import QoptError
from .cqm_run import CqmRun

if TYPE_CHECKING:
    from ..anneal.constrained.search import Found


class CqmAnnealer:
    """Anneals a CQM as it stands, over its own variables, by moves that keep what they can of its constraints.

    Groups keep their sums (the 1 of an exactly-one group moves on, two places of a permutation change hands, an item of an
    exactly-k set is exchanged, one holding gives to another), indicators follow the variables that need them, and what moves
    cannot keep has a price on its violation that rises while it is broken and falls while all is well: there are no slack
    bits and no penalty weights. A drop-in for `dwave.system.LeapHybridCQMSampler`, offline.
    """

    properties: Mapping[str, Any] = {"category": "software"}  # as dimod's samplers have it
    parameters: Mapping[str, Any] = {
        name: []
        for name in (
            "time_limit",
            "label",
            *(field.name for field in fields(CqmRun)),
            "initial_states",
        )
    }

    def sample_cqm(
        self,
        cqm: dimod.ConstrainedQuadraticModel,
        time_limit: float | None = None,
        label: str | None = None,
        *,
        seed: int | None = None,
        num_reads: int = 16,
        num_sweeps: int | Sequence[int] | Sequence[Sequence[int]] | None = None,
        method: str = "tempering",
        temperature_range: tuple[float, float] | None = None,
        num_replicas: int | None = None,
        num_threads: int | None = None,
        target: float | None = None,
        initial_states: Any = None,
        interrupt: Callable[[], bool] | None = None,
        on_progress: Callable[[Found], None] | None = None,
    ) -> dimod.SampleSet:
        """Sample good feasible assignments.

        Parameters
        ----------
        cqm
            Binary, spin and bounded integer variables; linear and quadratic constraints, hard and soft.
        time_limit
            Seconds, above 0, counted from the call; compiling the kernels is not counted.
        label
            Kept in `info["label"]`.
        seed
            0 or more; drawn and recorded when None.
        num_reads
            Samples to return, at least 1: the best of as many walkers, feasible ones first, lowest energy first. Walkers run in
            batches of 16, fewer from 20,000 variables on, as `info["num_replicas"]` says; all of them count. A run that ends
            before every batch has begun gives fewer.
        num_sweeps
            Sweeps of one run of the method, as in `QuboAnnealer.sample`. A sweep is as many proposed moves for each walker as
            there are variables, at least 100 and at most 2048. Default: 1000 without a `time_limit` or `target`, else as many
            as those allow.
        method
            "tempering": walkers exchange temperatures and pay the same prices. "annealing": each an anneal by itself.
        temperature_range
            (hot, cold), hot >= cold > 0, in units of the objective. Default: from how fast states are forgotten.
        num_replicas
            Walkers a batch, at least 4. Fewer make a short call of many on small models shorter.
        num_threads
            At least 1; default one a core. A timed run has a batch of walkers for each.
        target
            Stop once a feasible read has this energy or less.
        initial_states
            What dimod takes for samples of `cqm`; the result is never worse than those that are feasible.
        interrupt
            Asked every few milliseconds, from the calling thread; True ends the sampling with what it has.
        on_progress
            Called with the best states so far, at most every 0.1 s, from the calling thread.

        Returns
        -------
        dimod.SampleSet
            With `is_feasible` and, by constraint, `is_satisfied`, as Leap's. Energies are the objective and what broken soft
            constraints charge. Also as with Leap's, `first` is the lowest energy, feasible or not: filter by `is_feasible`
            before. `info` has seed and num_sweeps (pass both to replay), sweeps, stopped_by, temperatures,
            num_replicas, how many constraints are kept, excluded pairs or priced, timing, and, where no assignment can be
            feasible, `infeasible`: the reason.

        Raises
        ------
        QoptError
            For an argument out of its range, a REAL or unbounded variable, or a bias that is not finite.
        """
        started = time.perf_counter()
        run = CqmRun(
            num_reads=num_reads,
            num_sweeps=num_sweeps,
            method=method,
            temperature_range=temperature_range,
            num_replicas=num_replicas,
            seed=seed,
            time_limit=time_limit,
            target=target,
            num_threads=num_threads,
            interrupt=interrupt,
            on_progress=on_progress,
        )
        if not isinstance(cqm, dimod.ConstrainedQuadraticModel):
            raise QoptError(
                f"sample_cqm takes a dimod ConstrainedQuadraticModel, not a {type(cqm).__name__}"
            )
        model = ModelArrays.from_cqm(cqm)
        initial = (
            None if initial_states is None else _best_first(_states(model, initial_states), model)
        )
        walked = run(model, initial=initial, started=started)
        samples = sampleset(walked.values, model)
        samples.info.update(walked.info, label=label)
        if walked.impossible is not None:
            samples.info["infeasible"] = walked.impossible
        return samples


def _best_first(states: Floats, model: ModelArrays) -> Floats:
    """So that it is the worst of them that no walker is left for."""
    scored = sampleset(states, model).record
    return np.asarray(states[np.lexsort((scored.energy, ~scored.is_feasible))])


def _states(model: ModelArrays, samples: Any) -> Floats:
    """float64[k, n] in the model's order."""
    values, labels = dimod.as_samples(samples, dtype=np.float64)
    if set(labels) != set(model.variables) or not len(values):
        raise QoptError("initial_states must give every variable of the model, and no other")
    place = {label: k for k, label in enumerate(labels)}
    states = values[:, [place[label] for label in model.variables]]
    outside = (
        (states < model.lower) | (states > model.upper) | ((states - model.lower) % model.step != 0)
    )
    if outside.any():
        state, variable = np.argwhere(outside)[0]
        raise QoptError(
            f"initial_states: {model.variables[variable]!r} is {states[state, variable]:g}; give one of its values, "
            f"{model.lower[variable]:g}..{model.upper[variable]:g}"
        )
    return np.asarray(states)
