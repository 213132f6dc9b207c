"""A dimod sampler over the annealing core."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import dimod
import numpy as np

from ..anneal.core.ising import Ising, Spins
from ..errors import QoptError
from ..kit.checks import require
from .anneal_run import AnnealRun
from .compatibility import Compatible
from .drop_in import DropIn, require_label
from .initial_states import as_states, extended, of_bits, require_generator
from .structured_run import StructuredRun

if TYPE_CHECKING:
    from ..anneal.ising.search import Found
    from ..compiler import Qubo

DEFAULT_READS = 16
# seconds for a number of variables, between which a line is drawn: about a thousand sweeps of a
# sparse model
LEAST = ((1, 3.0), (10_000, 3.0), (1_000_000, 100.0))


@dataclass(frozen=True)
class ArraySamples:
    """`states` int8[num_reads, n] over {0, 1}, `energies` float64[num_reads], lowest first, and the
    `info` of a sample set.
    """

    states: np.ndarray[Any, np.dtype[np.int8]]
    energies: np.ndarray[Any, np.dtype[np.float64]]
    info: dict[str, Any]


class QuboAnnealer(DropIn, dimod.Sampler):
    """Low-energy states of a QUBO or Ising model, on this machine: 16 to 64 replicas a core at a
    time.

    Every read ends in a descent, so it is a local minimum (with a float32 field's rounding, where
    biases are not whole numbers). The same `seed` and `num_sweeps` give the same bytes on any
    number of threads. A drop-in for `dwave.samplers.SimulatedAnnealingSampler` and for
    `dwave.system.LeapHybridSampler`.
    """

    default_solver: ClassVar = {
        "supported_problem_types__contains": "bqm",
        "order_by": "-properties.version",
    }
    _name = "qopt_qubo_annealer"
    _types = ("bqm",)

    @property
    def parameters(self) -> dict[str, list[str]]:
        run = (field.name for field in fields(AnnealRun))
        ours = ("structure", "label", "initial_states", "initial_states_generator")
        compatible = (field.name for field in fields(Compatible))
        options: dict[str, list[str]] = {name: [] for name in (*run, *ours, *compatible)}
        return options | {"beta_schedule_type": ["beta_schedule_options"]}

    @property
    def properties(self) -> dict[str, Any]:
        return super().properties | {
            "minimum_time_limit": [list(point) for point in LEAST],
            "beta_schedule_options": ("linear", "geometric", "custom"),
        }

    def min_time_limit(self, bqm: dimod.BinaryQuadraticModel) -> float:
        """Seconds that are worth giving to a model; any number above 0 is taken for a limit."""
        sizes, seconds = zip(*LEAST, strict=True)
        return float(np.interp(bqm.num_variables, sizes, seconds))

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        time_limit: float | None = None,
        *,
        label: str | None = None,
        num_reads: int | None = None,
        num_sweeps: int
        | Sequence[int]
        | Sequence[Sequence[int]]
        | Mapping[str, Sequence[Any]]
        | None = None,
        structure: str = "auto",
        beta_range: tuple[float, float] | None = None,
        method: str = "tempering",
        seed: int | None = None,
        target: float | None = None,
        initial_states: Any = None,
        initial_states_generator: str = "tile",
        num_threads: int | None = None,
        interrupt: Callable[[], bool] | None = None,
        on_progress: Callable[[Found], None] | None = None,
        beta: float | None = None,
        burn_in: int | None = None,
        thinning: int | None = None,
        interrupt_function: Callable[[], bool] | None = None,
        beta_schedule: Sequence[float] | None = None,
        beta_schedule_type: str | None = None,
        num_sweeps_per_beta: int | None = None,
        randomize_order: bool | None = None,
        proposal_acceptance_criteria: str | None = None,
        **unknown: Any,
    ) -> dimod.SampleSet:
        """Sample low-energy states of `bqm`.

        Parameters
        ----------
        bqm
            Of either vartype; the samples come back in it.
        time_limit
            Seconds, above 0, counted from the call; compiling the kernels is not counted.
        label
            A text, kept in `info["problem_label"]`.
        num_reads
            Samples to return, at least 1: the best of as many replicas, lowest energy first.
            Replicas run in batches of 16, 32 or 64, as `info["num_replicas"]` says; all of them
            count. Default: 16, or as many as `initial_states` if more.
        num_sweeps
            Sweeps of one run of the method; or a sequence, for runs in turn of which each replica
            keeps its best; or, as a timed run on several threads records it, a sequence of
            sequences, one a batch. Default: 2000 without a `time_limit` or `target`, else as many
            as those allow. Empty, as a timed run records it that completed no run: the states that
            a run begins with. Or, as a run on two roads records it, a mapping (see `structure`).
        structure
            "auto": where the numbers show that somebody made the model of constraints, these are
            read back. It is then annealed on two roads, with the constraints and as it is, each for
            a twentieth of the time, and on the better one for the rest; without a time limit on
            each for `num_sweeps` (default 1000 with constraints). "off": as it is, only. That is
            also what is done with another method, a `beta_range` or lists of sweeps, where no rows
            are found, and where reading them back is expected to take more than a quarter of the
            time.
        beta_range
            First and last inverse temperature, 0 < hot <= cold, in 1 / energy. Default: from what
            flips cost at local minima of the model; tempering narrows that to where states are
            forgotten and where one exchange remains.
        method
            "tempering": replicas exchange temperatures (up to 512 sweeps: anneals). "annealing":
            each replica an anneal. "descent": random states brought downhill; its sweeps are
            restarts. "gibbs": sampling at one `beta`.
        seed
            0 or more; drawn and recorded when None.
        target
            Stop once a read has this energy or less.
        initial_states
            What dimod takes for samples of `bqm`; the result is never worse than they are.
        initial_states_generator
            Where there are fewer of them than reads: "tile" repeats them, "random" adds random
            states, "none" refuses.
        num_threads
            At least 1; default one a core. A timed run has a batch of replicas for each.
        interrupt
            Asked every few milliseconds, from the calling thread; True ends the sampling with what
            it has.
        on_progress
            Called with the best states so far, at most every 0.1 s, from the calling thread.
        beta, burn_in, thinning
            Of method "gibbs": the inverse temperature; sweeps before the first sample (default
            1000) and between samples of a chain (default 10). `num_reads` samples come back in the
            order drawn.
        interrupt_function
            Another name of `interrupt`.
        beta_schedule, beta_schedule_type, num_sweeps_per_beta, randomize_order,
        proposal_acceptance_criteria
            Of `SimulatedAnnealingSampler`, which sweeps otherwise: a `beta_schedule` gives its ends
            for `beta_range` and its length for `num_sweeps`, with an `InputWarning`; the others are
            not used, as `info["notes"]` says.

        Returns
        -------
        dimod.SampleSet
            With `info`: seed, num_sweeps (pass both to replay), sweeps, beta_range, ladder and
            exchange_rates of a tempering, stopped_by ("sweeps", "time", "target", "interrupt";
            "presolve" where there is no variable), kernel, num_replicas, num_threads,
            spin_updates_per_second, `timing`: seconds of set-up, jit and sampling, and `notes` of
            what was not used and of a run without a whole round. `structure` is None where none was
            looked for, or else a dict: rows by kind, slack_bits, share of the couplings that the
            rows explain, seconds of reading back, energies of the first stage on each road, and the
            "road" that was better, "rows" or "qubo"; sweeps are then of both, and the temperatures
            of the QUBO's, None where that had no turn. Of "gibbs": num_chains and
            effective_sample_size. As of `SimulatedAnnealingSampler`, beta_schedule_type, and
            nanoseconds in `timing`; as of `LeapHybridSampler`, problem_id, problem_label, and
            run_time, charge_time (0) and qpu_access_time (0) in microseconds.

        Raises
        ------
        QoptError
            For an argument out of its range or a bias that is not finite. An unknown argument
            warns, as dimod asks, and so do biases too far apart for single precision
            (`PrecisionWarning`); none is too large or small, the model is scaled.
        """
        started = time.perf_counter()
        self.remove_unknown_kwargs(**unknown)
        _require_bqm(bqm)
        require_label(label)
        require_generator(initial_states_generator)
        compatible = Compatible(
            interrupt_function=interrupt_function,
            beta_schedule=beta_schedule,
            beta_schedule_type=beta_schedule_type,
            num_sweeps_per_beta=num_sweeps_per_beta,
            randomize_order=randomize_order,
            proposal_acceptance_criteria=proposal_acceptance_criteria,
        )
        given = None
        if initial_states is not None:
            require(method != "gibbs", "initial_states", "...", "none with method='gibbs'")
            given = as_states(bqm, initial_states)
        structured = StructuredRun.of(
            structure,
            compatible.sweeps(num_sweeps),
            num_reads=_reads(num_reads, given),
            beta_range=compatible.ends(beta_range),
            method=method,
            seed=seed,
            time_limit=time_limit,
            target=target,
            num_threads=num_threads,
            interrupt=compatible.interrupt(interrupt),
            on_progress=on_progress,
            beta=beta,
            burn_in=burn_in,
            thinning=thinning,
        )
        run, initial = structured.run, None
        if given is not None:
            initial = extended(given, run.num_reads, initial_states_generator, run.chosen_seed)
        prepared = structured.ready(_ising(bqm), lambda: _qubo(bqm))
        annealed = prepared(initial=initial, started=started, jit=prepared.jit)
        samples = dimod.SampleSet.from_samples(
            (annealed.states, list(bqm.variables)),
            energy=annealed.energies,
            info=annealed.info,
            vartype=dimod.SPIN,
            sort_labels=False,
        )
        samples.change_vartype(bqm.vartype, inplace=True)
        notes = [*compatible.notes(), *annealed.info.get("notes", [])]
        job = self._job(started, annealed.info["timing"]["jit"], label, notes)
        samples.info.update(job, beta_schedule_type=run.method)
        samples.info["timing"] = _timing(annealed.info["timing"], started)
        return samples

    def sample_arrays(
        self, qubo: Qubo, *, initial_states: Any = None, **options: Any
    ) -> ArraySamples:
        """Sample a `qopt.compiler.Qubo` without dimod: for models of a hundred thousand variables
        and more.

        `options` are those of `sample`; `initial_states` is an array [k, n] over {0, 1} with k at
        most `num_reads`. An unknown option is an error here.
        """
        started = time.perf_counter()
        known = [*(f.name for f in fields(AnnealRun)), "structure"]
        for name in options:
            require(name in known, "option", name, f"one of {', '.join(known)}")
        structured = StructuredRun.of(**options)
        ising = _made(Ising.from_qubo, qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
        initial = None
        if initial_states is not None:
            initial = of_bits(initial_states, qubo.num_variables, structured.run.num_reads)
        prepared = structured.ready(ising, lambda: qubo)
        annealed = prepared(initial=initial, started=started, jit=prepared.jit)
        return ArraySamples((annealed.states + 1) // 2, annealed.energies, annealed.info)


def _require_bqm(bqm: object) -> None:
    if not isinstance(bqm, dimod.BinaryQuadraticModel):
        raise QoptError(
            f"sample takes a dimod BinaryQuadraticModel, not a {type(bqm).__name__}; "
            "sample_qubo takes a dict, sample_ising two, CqmAnnealer constraints"
        )


def _reads(num_reads: int | None, given: Spins | None) -> int:
    if num_reads is not None:
        return num_reads
    return max(DEFAULT_READS, 0 if given is None else len(given))


def _timing(seconds: dict[str, float], started: float) -> dict[str, float]:
    """With the nanoseconds that scripts look for: of what came before sampling, of that, and of
    what came after.
    """
    before, during = seconds["setup"] + seconds["jit"], seconds["sample"]
    after = max(0.0, time.perf_counter() - started - before - during)
    stages = {"preprocessing": before, "sampling": during, "postprocessing": after}
    return seconds | {f"{stage}_ns": round(1e9 * spent) for stage, spent in stages.items()}


def _ising(bqm: dimod.BinaryQuadraticModel) -> Ising:
    vectors = bqm.to_numpy_vectors(variable_order=list(bqm.variables))
    row, col, quad = vectors.quadratic
    build = Ising.from_arrays if bqm.vartype is dimod.SPIN else Ising.from_qubo
    return _made(build, vectors.linear_biases, row, col, quad, float(vectors.offset))


def _qubo(bqm: dimod.BinaryQuadraticModel) -> Qubo:
    from ..compiler import Qubo

    vectors = bqm.to_numpy_vectors(variable_order=list(bqm.variables))
    row, col, quad = vectors.quadratic
    return Qubo.from_arrays(
        vectors.linear_biases, row, col, quad, float(vectors.offset), bqm.vartype
    )


def _made(build: Callable[..., Ising], *arrays: Any) -> Ising:
    try:
        return build(*arrays)
    except ValueError as error:
        raise QoptError(str(error)) from None
