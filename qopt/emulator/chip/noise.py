"""The errors of a chip's controls: what it solves is not quite what it was given.

The sizes are those of D-Wave's documentation ("Errors and error correction"), measured on an older
system, a 2X, and given there for two moments of an anneal: early, where large clusters of qubits
freeze, and late, where single qubits do. "typical" has the late spreads, and means of 0: a device
is calibrated so that there is a moment of the anneal where they are, and its drift compensation
takes the rest off h. "early" has the early spreads and means, which is about the most that any
problem suffers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .drift import Drift
from .problem import Floats, Problem

_OWN, _FRESH, _READOUT = 1, 2, 3  # streams of random numbers


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Sizes of the errors, in units of the programmed h and J.

    `h_sigma` and `j_sigma` are standard deviations and `h_mean`, `j_mean_negative` (of J below 0)
    and `j_mean_positive` means of errors drawn for each programming; `flux` is the standard
    deviation of h that flux noise causes, `h_spread` that of the factor that each qubit has on h;
    `h_step` and `j_step` are the steps of the converters; `susceptibility` is chi; `readout_flip`
    the probability that a qubit is read wrongly.

    The documented standard deviations are of all errors together, so what the steps (their square
    over 12) and the flux noise make of it is taken off those of what is drawn.
    """

    name: str
    h_sigma: float = 0.0
    h_mean: float = 0.0
    j_sigma: float = 0.0
    j_mean_negative: float = 0.0
    j_mean_positive: float = 0.0
    flux: float = 0.0
    h_spread: float = 0.0
    h_step: float = 0.0
    j_step: float = 0.0
    susceptibility: float = 0.0
    readout_flip: float = 0.0

    @property
    def h_drawn(self) -> float:
        """Standard deviation of what is drawn for each programming and qubit."""
        return float(np.sqrt(self.h_sigma**2 - self.flux**2 - self.h_step**2 / 12))

    @property
    def j_drawn(self) -> float:
        """The same for each coupler."""
        return float(np.sqrt(self.j_sigma**2 - self.j_step**2 / 12))


NOISES = {
    noise.name: noise
    for noise in (
        Noise(name="none"),
        Noise(
            name="typical",
            h_sigma=0.010,
            j_sigma=0.0095,
            flux=0.0045,
            h_spread=0.01,
            h_step=0.016,
            j_step=0.009,
            susceptibility=-0.015,
            readout_flip=1e-5,
        ),
        Noise(
            name="early",
            h_sigma=0.025,
            h_mean=-0.05,
            j_sigma=0.0155,
            j_mean_negative=0.025,
            j_mean_positive=-0.0175,
            flux=0.009,
            h_spread=0.01,
            h_step=0.016,
            j_step=0.009,
            susceptibility=-0.04,
            readout_flip=0.001,
        ),
    )
}


class Controls:
    """The controls of one chip: its own flaws by `seed`, its drift, and errors of each job."""

    def __init__(self, noise: Noise, *, seed: int, num_qubits: int, num_couplers: int) -> None:
        own = np.random.default_rng([seed, _OWN])
        self.noise, self._seed = noise, seed
        self.gains: Floats = 1 + noise.h_spread * own.standard_normal(num_qubits)
        self._h_phases, self._j_phases = own.random(num_qubits), own.random(num_couplers)
        self.drift = Drift(sigma=noise.flux, seed=seed, num_qubits=num_qubits)

    def programmed(
        self, problem: Problem, h: Floats, j: Floats, *, job: int, compensated: bool = True
    ) -> tuple[Floats, Floats]:
        """(h float64[k], J float64[c]) that the chip has where it is given `h` and `j` of the
        problem's qubits and couplers, but for the susceptibility.

        Rounded to the converters' steps, each control at a phase of its own; h times each qubit's
        gain; plus the errors of this programming and the flux that has drifted up to this job.
        """
        noise = self.noise
        if noise.name == "none":
            return h, j
        fresh = np.random.default_rng([self._seed, job, _FRESH])
        # drawn for every control, so that a control's error is its own whatever else is used
        of_h = fresh.standard_normal(len(self._h_phases))[problem.places]
        of_j = fresh.standard_normal(len(self._j_phases))[problem.couplers]
        h = self.gains[problem.places] * _rounded(h, noise.h_step, self._h_phases[problem.places])
        j = _rounded(j, noise.j_step, self._j_phases[problem.couplers])
        middle = (noise.j_mean_negative + noise.j_mean_positive) / 2
        mean = np.where(j < 0, noise.j_mean_negative, noise.j_mean_positive)
        mean = np.where(problem.j == 0, middle, mean)
        drifted = self.drift.at(job, compensated=compensated)[problem.places]
        return h + noise.h_mean + noise.h_drawn * of_h + drifted, j + mean + noise.j_drawn * of_j

    def misread(self, spins: npt.NDArray[np.int8], *, job: int) -> None:
        """Flip what is read wrongly in `spins` int8[reads, k], in place."""
        if self.noise.readout_flip:
            dice = np.random.default_rng([self._seed, job, _READOUT])
            wrong = dice.binomial(spins.size, self.noise.readout_flip)
            spins.ravel()[np.unique(dice.integers(0, spins.size, wrong))] *= -1


def _rounded(values: Floats, step: float, phases: Floats) -> Floats:
    return np.asarray(step * (np.rint(values / step - phases) + phases))
