"""penalties="tuned": weights by what short anneals break.

A bound says what a constraint must weigh for the ground state to keep it. What an annealer breaks
on its way there is another matter: a weight that is too small is broken for the objective's sake,
and one that is too large freezes its variables before the other constraints have settled. So
weights are tried. Each trial is an anneal of a few hundred sweeps, and its share of reads that keep
all constraints is what counts, then their mean objective.

1. Start from the bounds, but charge a row a x <= b for a typical step and not for its smallest: its
   bound over the mean of a^2. (Of generalised assignments 0.08 of the reads are then feasible at
   once, where none was; `tests.benchmarks.tuned`.)
2. *Balance*: raise what is violated and lower what is slack, each constraint by itself, by its
   share of violated reads less the mean share. Then try all weights together, heavier or lighter,
   and each family of constraints by itself.
3. Each of these directions has a step of its own, that grows where a trial was better than the best
   so far and else turns round and shrinks (Rosenbrock 1960, "An automatic method for finding the
   greatest or least value of a function", without the rotation). Until all steps are small, or the
   rounds are used up.

This room stands above `qopt.anneal` for the sake of this module alone, which anneals what it
compiles. Nothing there knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...kit.checks import require, require_count
from ...kit.threads import available_threads
from ..model.arrays import Bools, Floats
from ..model.families import family, numbered
from ..model.rows import sums
from ..model.scoring import sampleset
from ..qubos.qubo import Qubo
from .assembly import assemble
from .weighed import Trial, Weighed

FIRST_STEP = 1.0  # of the logarithm of a weight
SMALLEST_STEP = 0.1
GROW = 1.5  # a step is so many times as long after one that was better
TURN = -0.6  # and goes back, and less far, after one that was not
BALANCE = "balance of all"
ALL = "all together"
BLOCK = 2**22  # numbers that are judged at a time
WORK = 2e9  # spin updates of one tuning: some seconds on two cores
SWEEPS = 32, 256  # of a trial, at least and at most


@dataclass(frozen=True)
class Tuner:
    """How weights are tuned; "tuned" is `Tuner()`.

    Parameters
    ----------
    num_reads, num_sweeps
        Of one trial. The sweeps are 256 without, and fewer in models of more than a thousand bits,
        down to 32.
    rounds
        Trials, at most. Of models of more than ten thousand bits there are fewer: tuning is for
        seconds, not for hours.
    goal
        Share of feasible reads in (0, 1], above which only their objective counts.
    seed
        0 or more: the same seed gives the same weights on any number of threads.
    num_threads
        Without, one a core.
    """

    num_reads: int = 256
    num_sweeps: int | None = None
    rounds: int = 32
    goal: float = 0.95
    seed: int = 0
    num_threads: int | None = None

    def __post_init__(self) -> None:
        for name in ("num_reads", "rounds"):
            require_count(name, getattr(self, name))
        require_count("seed", self.seed, least=0)
        for name in ("num_sweeps", "num_threads"):
            require_count(name, getattr(self, name), optional=True)
        require(0 < self.goal <= 1, "goal", self.goal, "a share of the reads above 0, at most 1")

    def fitted(self, num_bits: int) -> tuple[int, int]:
        """Sweeps of a trial, and trials, for so many bits; the clock has no say, so it replays."""
        each = WORK / (self.num_reads * max(num_bits, 1))
        sweeps = self.num_sweeps or int(np.clip(each / self.rounds, *SWEEPS))
        return sweeps, min(self.rounds, max(4, int(each / sweeps)))


def tune(compiled: Weighed, tuner: Tuner) -> tuple[Floats, list[Trial]]:
    """The best weights, float64[m' + v], and the trials that led to them."""
    bench = _Bench(compiled, tuner)
    if not bench.hard.any():
        return _start(compiled), []
    trials = [replace(bench.trial("start", _start(compiled), 0), kept=True)]
    steps = bench.first_steps(trials[0])
    while max(map(abs, steps.values())) > SMALLEST_STEP and len(trials) < bench.rounds:
        for direction in steps:
            best = _best(trials, tuner)
            change = bench.change(direction, best)
            if len(trials) < bench.rounds and change.any():
                change *= steps[direction]
                trial = bench.trial(
                    _told(direction, change), best.weights * np.exp(change), len(trials)
                )
                better = _best([*trials, trial], tuner) is trial
                trials.append(replace(trial, kept=better))
                steps[direction] *= GROW if better else TURN
            else:
                steps[direction] *= TURN
    return _best(trials, tuner).weights, trials


def _best(trials: list[Trial], tuner: Tuner) -> Trial:
    """Of those with the best feasible share the one of least mean objective."""
    most = min(max(trial.feasible for trial in trials), tuner.goal)
    if most == 0:
        return min(trials, key=lambda trial: float(trial.violated.sum()))
    error = np.sqrt(most * (1 - most) / tuner.num_reads)
    return min(
        (trial for trial in trials if trial.feasible >= most - error), key=lambda trial: trial.mean
    )


def _start(compiled: Weighed) -> Floats:
    """The bounds, over the mean square of a step for rows with slack and equalities."""
    model, rows = compiled.model, compiled.rows
    entries, count = model.rows.tocoo(), np.maximum(np.diff(model.rows.indptr), 1)
    size = entries.data * rows.scale[entries.row] * model.step[entries.col]
    mean = sums(len(count), entries.row, size**2) / count
    charged = np.isin(compiled.treatments.name, ["square", "slack"]) & model.hard
    return np.concatenate(
        [
            compiled.weights / np.where(charged, np.maximum(mean, 1), 1),
            compiled.validity_weighed.value,
        ]
    )


def _told(direction: str, change: Floats) -> str:
    largest = float(change[np.argmax(np.abs(change))])
    return f"{direction} x {np.exp(largest):.3g}"


class _Bench:
    """Where weights are tried."""

    def __init__(self, compiled: Weighed, tuner: Tuner) -> None:
        labels = [*compiled.model.labels, *compiled.validity.labels]
        self.compiled, self.tuner = compiled, tuner
        self.sweeps, self.rounds = tuner.fitted(compiled.qubo.num_variables)
        self.hard = np.concatenate(
            [compiled.model.hard, np.ones(len(compiled.validity.labels), dtype=bool)]
        )
        self.family, self.names = numbered(family(label) for label in labels)

    def first_steps(self, start: Trial) -> dict[str, float]:
        """Heavier where many reads break it; lighter where few do, and where all are feasible."""
        steps = {
            BALANCE: FIRST_STEP,
            ALL: FIRST_STEP if start.feasible < self.tuner.goal else -FIRST_STEP,
        }
        broken = sums(len(self.names), self.family, start.violated) / np.bincount(self.family)
        for k in np.argsort(-broken, kind="stable") if len(self.names) > 1 else ():
            steps[self.names[k]] = FIRST_STEP if broken[k] > broken.mean() else -FIRST_STEP
        return steps

    def change(self, direction: str, best: Trial) -> Floats:
        """float64[m' + v]: by how much each weight changes, in logarithms and at most 1."""
        if direction == BALANCE:
            violated = np.where(self.hard, best.violated, 0.0)
            change = violated - violated[self.hard].mean()
            change /= np.abs(change).max() or 1.0
        elif direction == ALL:
            change = np.ones(len(self.hard))
        else:
            change = (self.family == self.names.index(direction)).astype(np.float64)
        return np.where(self.hard, change, 0.0)

    def trial(self, change: str, weights: Floats, number: int) -> Trial:
        m = self.compiled.model.num_constraints
        qubo = assemble(self.compiled, weights[:m], weights[m:])
        seed = int(np.random.SeedSequence([self.tuner.seed, number]).generate_state(1)[0])
        threads = self.tuner.num_threads
        bits = short_anneal(
            qubo,
            num_reads=self.tuner.num_reads,
            num_sweeps=self.sweeps,
            seed=seed,
            num_threads=threads,
        )
        violated, feasible, objectives = _judged(self.compiled, bits)
        kept = objectives[feasible]
        best, mean = (float(kept.min()), float(kept.mean())) if len(kept) else (np.inf, np.inf)
        return Trial(change, weights, violated, float(feasible.mean()), best, mean)


def short_anneal(
    qubo: Qubo, *, num_reads: int, num_sweeps: int, seed: int, num_threads: int | None = None
) -> Bools:
    """bool[k, num_bits]: one read of each replica, `num_reads` or more, and not the best."""
    from ...anneal import warm
    from ...anneal.core.ising import Ising
    from ...anneal.ising.layout import Layout
    from ...anneal.ising.search import Search

    layout = Layout(
        ising := Ising.from_qubo(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
    )
    warm.warm_up_model()
    warm.warm_up(layout.form)
    batches = -(-num_reads // layout.form.replicas)
    search = Search(
        ising,
        method="annealing",
        rounds=[[num_sweeps]] * batches,
        num_batches=batches,
        num_threads=num_threads or available_threads(),
        seed=seed,
        layout=layout,
    )
    bits: Bools = search.run(batches * layout.form.replicas).states > 0
    return bits


def _judged(compiled: Weighed, bits: Bools) -> tuple[Floats, Bools, Floats]:
    """The share of reads that break each constraint; whether each is feasible; objectives."""
    model, validity, encoding = compiled.model, compiled.validity, compiled.encoding
    broken, feasible, objectives = np.zeros(model.num_constraints + len(validity.labels)), [], []
    block = max(1, BLOCK // (model.num_constraints + model.num_variables + 1))
    for start in range(0, len(bits), block):
        part = bits[start : start + block].astype(np.float64)
        scored = sampleset(encoding.decode(part[:, : encoding.num_bits]), model).record
        broken += np.concatenate([~scored.is_satisfied, validity.broken(part)], axis=1).sum(axis=0)
        feasible.append(scored.is_feasible)
        objectives.append(scored.energy)
    return broken / len(bits), np.concatenate(feasible), np.concatenate(objectives)
