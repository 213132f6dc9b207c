"""A chip that answers jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ...devices import Description
from ...devices.timing import JobTime
from ...errors import UnknownName
from ...kit import checks
from ...kit.threads import available_threads
from ..backends import Refused
from . import annealing, answers, settings
from .answers import Answered
from .noise import NOISES, Controls
from .problem import Floats, Graph, Problem
from .settings import Settings

PLANCK, FLUX_QUANTUM = 6.62607015e-34, 2.067833848e-15  # joule seconds, webers
_FROZEN, _READS = 10, 11  # streams of random numbers
HOT = 100.0  # times the temperature: where a read of a degraded chip freezes out


class Chip:
    """An annealer with a device's graph, ranges, clock and temperature, and with noise.

    `noise` is "none", "typical" or "early", see `noise.NOISES`; `seed` fixes the chip's own flaws,
    the drift from job to job and every read. `degraded` is the share of reads, 0 to 1, that freeze
    out at a hundred times the temperature and so are all but random: a drop in success of about
    that size, planted for tests.
    """

    def __init__(
        self,
        description: Description,
        *,
        noise: str = "none",
        seed: int = 0,
        degraded: float = 0.0,
        num_threads: int | None = None,
    ) -> None:
        if noise not in NOISES:
            raise UnknownName("noise", noise, NOISES)
        checks.require_count("seed", seed, least=0)
        checks.require(0 <= degraded <= 1, "degraded", degraded, "a share from 0 to 1")
        self.description, self.noise, self.seed = description, NOISES[noise], seed
        self.degraded = degraded
        self.controls = Controls(
            self.noise,
            seed=seed,
            num_qubits=len(description.qubits),
            num_couplers=len(description.couplers),
        )
        self._threads = num_threads or available_threads()
        self._graph = Graph(description)

    def check(
        self, type: str, linear: npt.ArrayLike, quadratic: npt.ArrayLike, params: Mapping[str, Any]
    ) -> None:
        """Raise Refused for a job that a device of this description refuses; arguments as of
        `answer`. The text is one line."""
        self._accepted(type, linear, quadratic, params)

    def estimate(
        self, type: str, linear: npt.ArrayLike, quadratic: npt.ArrayLike, params: Mapping[str, Any]
    ) -> float:
        """Seconds that the job would be charged; arguments and errors as of `answer`."""
        problem, chosen = self._accepted(type, linear, quadratic, params)
        return self._time(problem, chosen).access / 1e6

    def answer(
        self,
        type: str,
        linear: npt.ArrayLike,
        quadratic: npt.ArrayLike,
        params: Mapping[str, Any],
        *,
        job: int = 0,
    ) -> Answered:
        """Run a job.

        `type` is "ising" or "qubo"; `linear` float64[qubits] has a bias for each qubit of the
        device, NaN where it is not used, and `quadratic` one for each coupler between used qubits,
        in the device's order. `params` are a solver's parameters, times in microseconds. `job`
        counts the chip's jobs: noise is drawn for each, and drifts from one to the next. The same
        chip, job and number give the same answer. Raises Refused as `check` does.
        """
        problem, chosen = self._accepted(type, linear, quadratic, params)
        factor = self._factor(problem) if chosen.auto_scale else 1.0
        spins = self._reads(problem, chosen, factor, job)
        samples, energies, occurrences = answers.rows(problem, chosen, spins)
        return Answered(
            active=self.description.qubits[problem.places],
            samples=samples,
            energies=energies,
            occurrences=occurrences,
            timing=answers.timing(self._time(problem, chosen)),
            facts={
                "emulated": True,
                "device": self.description.name,
                "like": self.description.like,
                "noise": self.noise.name,
                "seed": self.seed,
                "job": job,
                "temperature": self.description.temperature,
                "scale": factor,
                "sweeps": annealing.sweeps(chosen.annealing_time),
                "degraded": self.degraded,
            },
        )

    def _accepted(
        self, type: str, linear: npt.ArrayLike, quadratic: npt.ArrayLike, params: Mapping[str, Any]
    ) -> tuple[Problem, Settings]:
        chosen = settings.read(self.description, params)
        problem = self._graph.problem(type, linear, quadratic)
        if not chosen.auto_scale:
            wrong = self.description.ranges.violation(
                h=problem.h, j=problem.j, places=problem.places, couplers=problem.couplers
            )
            if wrong is not None:
                raise Refused(f"{wrong}: give smaller biases, or leave auto_scale on")
        settings.require_run_duration(self.description, chosen, len(problem.places))
        return problem, chosen

    def _factor(self, problem: Problem) -> float:
        return self.description.ranges.factor(h=problem.h, j=problem.j, couplers=problem.couplers)

    def _time(self, problem: Problem, chosen: Settings) -> JobTime:
        return self.description.job_time(
            num_qubits=len(problem.places),
            num_reads=chosen.num_reads,
            annealing_time=chosen.annealing_time,
            programming_thermalization=chosen.programming_thermalization,
            readout_thermalization=chosen.readout_thermalization,
            reduce_intersample_correlation=chosen.reduce_intersample_correlation,
        )

    def _reads(
        self, problem: Problem, chosen: Settings, factor: float, job: int
    ) -> npt.NDArray[np.int8]:
        """int8[num_reads, k] in {-1, +1}: what is read, in order."""
        from ...anneal.core.ising import Ising
        from ...anneal.ising.cooling import cool
        from ...anneal.warm import warm_up_cooling

        warm_up_cooling()
        h, j = self.controls.programmed(
            problem,
            problem.h / factor,
            problem.j / factor,
            job=job,
            compensated=chosen.flux_drift_compensation,
        )
        if chosen.flux_biases is not None:
            h = h + of_flux(self.description, chosen.flux_biases[problem.places])
        model = Ising.from_arrays(h, problem.row, problem.col, j)
        dice = np.random.default_rng([self.seed, job, _FROZEN])
        hot = dice.random(chosen.num_reads) < self.degraded
        spins = np.empty((chosen.num_reads, len(problem.places)), dtype=np.int8)
        for part, times in ((~hot, 1.0), (hot, HOT)):
            if part.any():
                spins[part] = cool(
                    model,
                    betas=annealing.betas(
                        times * self.description.temperature, chosen.annealing_time
                    ),
                    num_reads=int(part.sum()),
                    seed=[self.seed, job, _READS, int(times)],
                    num_threads=self._threads,
                    susceptibility=self.noise.susceptibility,
                    stiff=-annealing.BEYOND * self.description.j_range[0],
                    stiff_beta=1 / annealing.chain_temperature(self.description),
                )
        self.controls.misread(spins, job=job)
        return spins


def of_flux(device: Description, flux: Floats) -> Floats:
    """The h that a flux, in units of the flux quantum, is worth on a device.

    At the point where B(s) is `critical_gigahertz`, with the persistent current I from B = 2 M I^2
    (D-Wave's documentation of flux biases): the signs of flux and h are opposite.
    """
    scale = device.critical_gigahertz * 1e9 * PLANCK
    current = np.sqrt(scale / (2 * device.coupler_picohenry * 1e-12))
    return np.asarray(-2 * current * FLUX_QUANTUM / scale * flux)
