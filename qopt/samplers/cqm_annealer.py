"""A sampler of constrained models on this machine, called as Leap's hybrid solver is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

import dimod
import numpy as np

from ..compiler.model.arrays import Floats, ModelArrays
from ..compiler.model.confinement import implied, without_huge_bounds
from ..compiler.model.grid import Grid
from ..compiler.model.scoring import sampleset
from ..errors import QoptError
from ..kit.checks import require
from .cqm_run import CqmRun
from .drop_in import UNLIMITED, DropIn, require_label

if TYPE_CHECKING:
    from ..anneal.constrained.search import Found

# the least time limit, in seconds, as Leap's hybrid solver counts it: so much at least, and more
# for a large model
LEAST = 5.0
A_VARIABLE = 1.57e-4
A_BIAS = 4.65e-6
A_VARIABLE_AND_CONSTRAINT = 6.44e-9


class CqmAnnealer(DropIn):
    """Anneals a CQM as it stands, over its own variables, by moves that keep what they can of its
    constraints.

    Groups keep their sums (the 1 of an exactly-one group moves on, two places of a permutation
    change hands, an item of an exactly-k set is exchanged, one holding gives to another),
    indicators follow the variables that need them, and what moves cannot keep has a price on its
    violation that rises while it is broken and falls while all is well: there are no slack bits and
    no penalty weights. A drop-in for `dwave.system.LeapHybridCQMSampler`, and for
    `LeapHybridDQMSampler`, offline.
    """

    default_solver: ClassVar = {
        "supported_problem_types__contains": "cqm",
        "order_by": "-properties.version",
    }
    _name = "qopt_cqm_annealer"
    _types = ("cqm", "dqm")

    @property
    def parameters(self) -> dict[str, list[str]]:
        run = (field.name for field in fields(CqmRun))
        return {name: [] for name in ("time_limit", "label", *run, "reals", "initial_states")}

    @property
    def properties(self) -> dict[str, Any]:
        sizes = ("constraints", "quadratic_variables", "linear_biases_real")
        return super().properties | {
            "minimum_time_limit_s": LEAST,
            "num_variables_multiplier": A_VARIABLE,
            "num_biases_multiplier": A_BIAS,
            "num_constraints_multiplier": A_VARIABLE_AND_CONSTRAINT,
            **{f"maximum_number_of_{of}": UNLIMITED for of in sizes},
        }

    def min_time_limit(
        self, model: dimod.ConstrainedQuadraticModel | dimod.DiscreteQuadraticModel
    ) -> float:
        """Seconds that a model is given where nothing else is said; any number above 0 is taken for
        a limit.
        """
        if isinstance(model, dimod.DiscreteQuadraticModel):
            n, m = model.num_cases(), model.num_variables()
            biases = n + model.num_case_interactions()
        else:
            n, m = len(model.variables), len(model.constraints)
            biases = model.num_biases()
        more = A_VARIABLE * n + A_BIAS * biases + A_VARIABLE_AND_CONSTRAINT * n * m
        return max(LEAST, float(more))

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
        reals: Mapping[Any, float] | float | None = None,
        initial_states: Any = None,
        interrupt: Callable[[], bool] | None = None,
        on_progress: Callable[[Found], None] | None = None,
    ) -> dimod.SampleSet:
        """Sample good feasible assignments.

        Parameters
        ----------
        cqm
            Binary, spin, integer and real variables, with bounds of their own or, real ones, of the
            constraints; linear and quadratic constraints, hard and soft.
        time_limit
            Seconds, above 0, counted from the call; compiling the kernels is not counted. Default:
            `min_time_limit(cqm)`, 5 for a model of ordinary size, unless `num_sweeps` or `target`
            ends the run.
        label
            A text, kept in `info["problem_label"]`.
        seed
            0 or more; drawn and recorded when None.
        num_reads
            Samples to return, at least 1: the best of as many walkers, feasible ones first, lowest
            energy first. Walkers run in batches of 16, fewer from 20,000 variables on, as
            `info["num_replicas"]` says; all of them count. A run that ends before every batch has
            begun gives fewer.
        num_sweeps
            Sweeps of one run of the method, as in `QuboAnnealer.sample`. A sweep is as many
            proposed moves for each walker as there are variables, at least 100 and at most 2048.
            Default: as many as `time_limit` or `target` allow. Empty, as a timed run records it
            that completed no run: the assignments that a run begins with.
        method
            "tempering": walkers exchange temperatures and pay the same prices. "annealing": each an
            anneal by itself.
        temperature_range
            (hot, cold), hot >= cold > 0, in units of the objective. Default: from how fast states
            are forgotten.
        num_replicas
            Walkers a batch, at least 4. Fewer make a short call of many on small models shorter.
        num_threads
            At least 1; default one a core. A timed run has a batch of walkers for each.
        target
            Stop once a feasible read has this energy or less.
        reals
            Steps above 0 in which REAL variables move, from their lower bounds: by variable, or one
            for all. Default: steps that lose nothing, where such are known, as for starts that rows
            compare with whole durations only.
        initial_states
            What dimod takes for samples of `cqm`; the result is never worse than those that are
            feasible. REAL values take the nearest step.
        interrupt
            Asked every few milliseconds, from the calling thread; True ends the sampling with what
            it has.
        on_progress
            Called with the best states so far, at most every 0.1 s, from the calling thread.

        Returns
        -------
        dimod.SampleSet
            With `is_feasible` and, by constraint, `is_satisfied`, as Leap's. Energies are the
            objective and what broken soft constraints charge. Also as with Leap's, `first` is the
            lowest energy, feasible or not: filter by `is_feasible` before. `info` has seed and
            num_sweeps (pass both to replay), sweeps, stopped_by, temperatures, time_limit,
            num_replicas, how many constraints are kept, excluded pairs or priced, timing, `notes`
            of what was chosen or not used, and, where no assignment can be feasible, `infeasible`:
            the reason. As at Leap, also problem_id, problem_label, and run_time, charge_time (0)
            and qpu_access_time (0) in microseconds.

        Raises
        ------
        QoptError
            For an argument out of its range, an unbounded variable, a REAL one whose steps must be
            said, or a bias that is not finite.
        """
        started = time.perf_counter()
        if not isinstance(cqm, dimod.ConstrainedQuadraticModel):
            raise QoptError(
                f"sample_cqm takes a dimod ConstrainedQuadraticModel, not a {type(cqm).__name__}"
            )
        require_label(label)
        notes = []
        if time_limit is None and num_sweeps is None and target is None:
            time_limit = self.min_time_limit(cqm)
            notes.append(f"time_limit: {time_limit:g} s, where none and no num_sweeps was given")
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
        model = ModelArrays.from_cqm(cqm, reals=True)
        bounded = _bounded(model)
        grid = Grid.of(bounded, reals)
        whole = grid.whole(bounded)
        initial = None
        if initial_states is not None:
            states = grid.places(_states(model, initial_states))
            initial = _best_first(states, whole)
        walked = run(whole, initial=initial, started=started)
        samples = sampleset(grid.values(walked.values), model)
        samples.info.update(walked.info, time_limit=time_limit)
        jit = walked.info["timing"]["jit"]
        samples.info.update(
            self._job(started, jit, label, [*notes, *grid.notes, *walked.info["notes"]])
        )
        if walked.impossible is not None:
            samples.info["infeasible"] = walked.impossible
        return samples

    def sample_dqm(
        self,
        dqm: dimod.DiscreteQuadraticModel,
        time_limit: float | None = None,
        compress: bool | None = None,
        compressed: bool | None = None,
        **options: Any,
    ) -> dimod.SampleSet:
        """Sample good assignments of cases to discrete variables, as Leap's sampler of these does.

        `options` are those of `sample_cqm`, without `initial_states`; `compress` and `compressed`
        are about uploading, and not used. Each variable is a group of binaries, exactly one of
        which is 1. Raises QoptError.
        """
        if not isinstance(dqm, dimod.DiscreteQuadraticModel):
            raise QoptError(
                f"sample_dqm takes a dimod DiscreteQuadraticModel, not a {type(dqm).__name__}"
            )
        require("initial_states" not in options, "initial_states", "...", "none with sample_dqm")
        samples = self.sample_cqm(
            dimod.ConstrainedQuadraticModel.from_discrete_quadratic_model(dqm),
            time_limit=time_limit,
            **options,
        )
        for name, given in (("compress", compress), ("compressed", compressed)):
            if given is not None:
                samples.info["notes"].append(f"{name}: not used, nothing is uploaded")
        del samples.info["constraint_labels"]
        cases, variables = _cases(samples, dqm)
        return dimod.SampleSet.from_samples(
            (cases, variables),
            "DISCRETE",
            energy=dqm.energies((cases, variables)),
            info=samples.info,
            sort_labels=False,
        )


def _cases(found: dimod.SampleSet, dqm: dimod.DiscreteQuadraticModel) -> tuple[Any, list[Any]]:
    """int64[k, n], the case of each variable, and the variables."""
    place = {label: k for k, label in enumerate(found.variables)}
    states, variables = found.record.sample, list(dqm.variables)
    cases = np.zeros((len(states), len(variables)), dtype=np.int64)
    for k, variable in enumerate(variables):
        columns = [place[variable, case] for case in range(dqm.num_cases(variable))]
        cases[:, k] = states[:, columns].argmax(axis=1)
    return cases, variables


def _bounded(model: ModelArrays) -> ModelArrays:
    """With the bounds that rows imply for REAL variables that were given none, such as the end of a
    schedule.
    """
    return implied(without_huge_bounds(model)) if (model.step == 0).any() else model


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
    inside = (states >= model.lower) & (states <= model.upper)
    off = (states - model.lower) % np.where(model.step > 0, model.step, 1) != 0
    outside = ~inside | (off & (model.step > 0))
    if outside.any():
        state, variable = np.argwhere(outside)[0]
        raise QoptError(
            f"initial_states: {model.variables[variable]!r} is {states[state, variable]:g}; give "
            "one of its values, "
            f"{model.lower[variable]:g}..{model.upper[variable]:g}"
        )
    return np.asarray(states)
