"""How often the verdicts of `qopt.compare` are wrong, and how often its intervals hold the truth.

    python -m tests.benchmarks.verdicts [--studies 1000] [--seed 1]

Studies are simulated of which the true difference is known: nothing, half the margin, and twice the
margin. Each has 5 to 20 instances and 5 seeds. Instances are easy or hard for both solvers alike,
and differ in how well they suit the solver, by as much as a margin: evenly (normal) or with a long
tail (skewed: exponential; very skewed: lognormal, which is beyond what is promised). Seeds add as
much again. A verdict is wrong where it says "better" or "worse" though the truth lies inside
the margin, or "equivalent" or "worse" though the solver is better by twice the margin.

A second table has solvers of which each run fails with a chance of 20 %, and whose other plans are
better than the baseline's. They win where they do not seem to fail at all; where a failure was
seen, never.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from qopt.compare import Comparison, Question, Run, Verdict, compare

from .tables import Table

MARGIN, SEEDS, KNOWN = 0.5, 5, 1000.0  # percent; runs of each solver on an instance; best known
BASE, HARDNESS = 10.0, 2.0  # the baseline's mean gap in percent, and its spread over instances
EFFECTS = {"nothing": 0.0, "half the margin": MARGIN / 2, "twice the margin": 2 * MARGIN}
QUESTION = Question("baseline", MARGIN)
Numbers = NDArray[np.float64]
# of mean 0 and variance 1: how well instances suit the solver
SHAPES: dict[str, Callable[[np.random.Generator, int], Numbers]] = {
    "normal": lambda random, size: random.normal(size=size),
    "skewed": lambda random, size: 1 - random.exponential(size=size),
    "very skewed": lambda random, size: (
        (math.exp(0.5) - random.lognormal(size=size)) / math.sqrt(math.exp(2) - math.exp(1))
    ),
}


def runs(solver: str, gaps: Numbers, random: np.random.Generator, fails: float) -> Iterator[Run]:
    """Runs on instances whose mean gaps, in percent, are given; some of them fail."""
    for number, mean in enumerate(gaps):
        for seed in range(SEEDS):
            gap = mean + MARGIN * random.normal()
            planned = random.random() >= fails
            yield Run(
                f"instance-{number}",
                solver,
                seed,
                "min",
                KNOWN / (1 - gap / 100) if planned else None,
                "feasible" if planned else "failed",
                10.0,
                10.0,
                best_known=KNOWN,
            )


def study(
    shape: str,
    effect: float,
    instances: int,
    random: np.random.Generator,
    *,
    base: float = BASE,
    fails: float = 0.0,
) -> Comparison:
    """One study in which the solver is better by `effect` percent on average."""
    hard = base + HARDNESS * np.clip(random.normal(size=instances), -2, 2)
    suits = MARGIN * SHAPES[shape](random, instances)
    baseline = runs("baseline", hard, random, 0.0)
    solver = runs("solver", hard - effect - suits, random, fails)
    return compare([*baseline, *solver], QUESTION)


def is_wrong(verdict: Verdict, effect: float) -> bool:
    """Whether a verdict contradicts the true difference."""
    if effect > MARGIN:
        return verdict in (Verdict.EQUIVALENT, Verdict.WORSE)
    return verdict in (Verdict.BETTER, Verdict.WORSE)


def row(
    shape: str, effect: float, studies: int, sizes: Sequence[int], random: np.random.Generator
) -> list[str]:
    """Shares of wrong, right and open verdicts, of intervals that cover, of p values below 5 %."""
    wrong = decided = covered = significant = alarms = 0
    for _ in range(studies):
        found = study(shape, effect, int(random.choice(sizes)), random)
        (against,) = found.differences
        wrong += is_wrong(against.verdict, effect)
        decided += against.verdict is not Verdict.UNDECIDED
        covered += against.outer.low <= effect <= against.outer.high
        significant += against.p < 0.05
        alarms += found.control is not None and not found.control.holds
    shares = (wrong, decided - wrong, studies - decided, covered, significant, alarms)
    return [f"{share / studies:.1%}" for share in shares]


def failing(base: float, effect: float, studies: int, random: np.random.Generator) -> list[str]:
    """Of studies in which a failure was seen: verdicts of a solver that fails in 20 % of its runs.

    `effect` is by how much its surviving plans are better.
    """
    found = []
    for _ in range(studies):
        one = study("normal", effect, int(random.integers(5, 21)), random, base=base, fails=0.2)
        (against,) = one.differences
        if against.reliability.feasible < against.reliability.runs:
            found.append(against.verdict)
    return [str(len(found)), *(str(found.count(verdict)) for verdict in Verdict)]


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--studies", type=int, default=1000, help="simulated, for each row")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    random = np.random.default_rng(options.seed)
    columns = ["wrong", "right", "open", "covers", "p < 5 %", "A/A fails"]
    table = Table({"differences": 11, "true": 16, "instances": 9} | dict.fromkeys(columns, 6), 3)
    for shape in SHAPES:
        for name, effect in EFFECTS.items():
            for sizes in (range(5, 21), range(5, 6)):
                shown = f"{sizes[0]}..{sizes[-1]}" if len(sizes) > 1 else str(sizes[0])
                table.row(shape, name, shown, *row(shape, effect, options.studies, sizes, random))
    table.write()
    columns = ["studies", *Verdict]
    second = Table({"baseline's gap": 14, "survivors better by": 18} | dict.fromkeys(columns, 6), 2)
    for base, effect in ((10.0, 2.0), (10.0, 5.0), (30.0, 25.0)):
        cells = failing(base, effect, options.studies, random)
        second.row(f"{base:g} %", f"{effect:g} %", *cells)
    return table.lines + second.lines


if __name__ == "__main__":
    main()
