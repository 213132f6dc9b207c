"""The errors of a chip's controls: what it solves is not quite what it was given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Sizes of the errors, in units of the programmed h and J.

    `h_sigma` and `j_sigma` are standard deviations and `h_mean`, `j_mean_negative` (of J below 0)
    and `j_mean_positive` means of errors drawn for each programming; `flux` is the standard
    deviation of the slow drift of h; `h_spread` that of the factor that each qubit has on h;
    `h_step` and `j_step` are the steps of the converters; `susceptibility` is chi; `readout_flip`
    the probability that a qubit is read wrongly.
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


NOISES = {
    "none": Noise(name="none"),
}
