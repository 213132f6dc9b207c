"""How surely a drop of a fifth in success is noticed, and how often one that is not there.

    python -m tests.benchmarks.drift

A sequence is a baseline of 15 runs of the reference problem, and further runs: 50 without a change
(a false alarm is an alarm among them), or 10 after a fifth of all reads has become useless (it is
detected where an alarm comes by the last of them). First on shares that are drawn, beta-binomial
with the correlation of reads that a device's noise makes, and with a slow wander; then on the
emulated chips, with their typical noise and its drift from job to job.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from qopt.compare.anytime import clopper_pearson
from qopt.ocean.drift import Reference, Success, judge
from qopt.ocean.drift.detection import BASELINE, HORIZON

DROP = 0.2
AFTER = 10
READS = 100
CELLS = 12
DRAWN = (
    (0.75, 0.01, 0.0),
    (0.75, 0.05, 0.0),
    (0.75, 0.01, 0.02),
    (0.5, 0.05, 0.0),
    (0.95, 0.05, 0),
)
DEVICES = ("advantage2", "advantage")

Make = Callable[[int, bool], Sequence[Success]]


def drawn(mean: float, rho: float, wander: float) -> Make:
    """Shares whose reads correlate by `rho` in a cell and run, and whose mean wanders by so much,
    as a standard deviation, over about 20 runs.
    """

    def make(seed: int, dropped: bool) -> list[Success]:
        random = np.random.default_rng([seed, dropped])
        runs, slow, found = BASELINE + (AFTER if dropped else HORIZON), 0.0, []
        for number in range(runs):
            slow = 0.95 * slow + wander * np.sqrt(1 - 0.95**2) * random.standard_normal()
            at = (mean + slow) * (1 - DROP * (dropped and number >= BASELINE))
            at = min(max(at, 0.01), 0.99)
            ability = random.beta(at * (1 / rho - 1), (1 - at) * (1 / rho - 1), CELLS)
            shares = random.binomial(READS, ability) / READS
            found.append(Success("drawn", tuple(shares.tolist()), READS))
        return found

    return make


def emulated(device: str, noise: str) -> Make:
    """On a chip of its own for each sequence, with its own flaws."""
    from qopt import devices

    description = devices.described(device)
    reference = Reference.of(
        description.graph(), description.properties(), 1, temperature=description.temperature
    )
    linear, quadratic = _biases(reference, description)

    def make(seed: int, dropped: bool) -> list[Success]:
        import dimod

        from qopt.emulator.chip import Chip

        found = []
        sound = Chip(description, noise=noise, seed=seed)
        worse = Chip(description, noise=noise, seed=seed, degraded=DROP)
        for number in range(BASELINE + (AFTER if dropped else HORIZON)):
            chip = worse if dropped and number >= BASELINE else sound
            parameters = {**reference.parameters, "num_reads": READS}
            answer = chip.answer("ising", linear, quadratic, parameters, job=number)
            samples = (answer.samples, answer.active.tolist())
            found.append(
                reference.score(
                    dimod.SampleSet.from_samples(
                        samples,
                        "SPIN",
                        energy=answer.energies,
                        num_occurrences=answer.occurrences,
                    )
                )
            )
        return found

    return make


def _biases(reference: Reference, description: Any) -> tuple[Any, Any]:
    """As the service has them: of all qubits, NaN where unused, and of couplers between used."""
    h, j = reference.h, reference.j
    linear = np.array([h.get(q, np.nan) for q in description.qubits.tolist()])
    used = ~np.isnan(linear)
    between = description.couplers[used[description.ends].all(axis=1)].tolist()
    return linear, np.array([j.get((min(u, v), max(u, v)), 0.0) for u, v in between])


def rates(make: Make, sequences: int) -> tuple[int, int, float]:
    """(detected, false alarms, runs until a drop was noticed on average) of so many sequences."""
    noticed = [judge(make(seed, True), drop=DROP) for seed in range(sequences)]
    false = sum(judge(make(seed, False), drop=DROP).dropped for seed in range(sequences))
    late = [found.at - BASELINE for found in noticed if found.at is not None]
    return len(late), false, float(np.mean(late)) if late else float("nan")


def row(name: str, make: Make, sequences: int) -> str:
    detected, false, late = rates(make, sequences)
    told = []
    for count in (detected, false):
        low, high = clopper_pearson(count, sequences, 0.95)
        told.append(f"{count / sequences:.1%} ({low:.1%} to {high:.1%})")
    return f"| {name} | {sequences} | {told[0]} | {told[1]} | {late:.1f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=1000, help="of each kind that is drawn")
    parser.add_argument("--chips", type=int, default=60, help="of each device that is emulated")
    given = parser.parse_args(arguments)

    def write(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    write("| sequences of | how many | detected | false alarms | runs until then |")
    write("|---|---|---|---|---|")
    for mean, rho, wander in DRAWN:
        name = f"share {mean}, correlation {rho}, wander {wander}"
        write(row(name, drawn(mean, rho, wander), given.sequences))
    for device in DEVICES if find_spec("qopt.emulator.chip") and given.chips else ():
        write(row(f"{device}, typical noise", emulated(device, "typical"), given.chips))


if __name__ == "__main__":
    main()
