"""A QUBO with its weights, the model it stands for, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import dimod
import numpy as np

from ..encoding.draft import Draft
from ..model.arrays import Floats
from ..model.scoring import Scorer, sampleset
from ..model.watched import Watched
from ..qubos.qubo import Qubo
from ..sources.sources import Source
from .penalties import Weights


@dataclass(frozen=True, eq=False)
class Trial:
    """One short anneal.

    Attributes
    ----------
    change
        What was changed of the weights of the best trial so far, as "served x 2.72".
    weights, violated
        float64[m' + v] for the constraints and those of the encodings: the weights, and the share
        of reads that broke each.
    feasible
        Share of reads that kept all constraints.
    best, mean
        The least and the mean objective of those; infinite where there are none.
    kept
        Whether these weights were the best so far.
    """

    change: str
    weights: Floats
    violated: Floats
    feasible: float
    best: float
    mean: float
    kept: bool = False


@dataclass(frozen=True, eq=False)
class Weighed(Draft):
    """A QUBO, the model it stands for, and the way back.

    Attributes
    ----------
    weighed, validity_weighed
        The penalty weights, and why, of `model.labels`, which are the constraints that presolve
        left, and of `validity.labels`, the encodings' own constraints.
    qubo
        Its bits are those of the variables (`encoding`), then those of the slacks (`slack`).
    options
        The arguments it was compiled with.
    maker
        What compiled it, to be asked again with other arguments.
    tuning
        The trials of penalties="tuned", in turn.
    """

    weighed: Weights
    validity_weighed: Weights
    qubo: Qubo
    options: Mapping[str, Any]
    maker: Callable[..., Any]
    tuning: tuple[Trial, ...] = ()

    @property
    def weights(self) -> Floats:
        """float64[m']: the penalty weights of `model.labels`."""
        return self.weighed.value

    @property
    def proven(self) -> bool:
        """Whether all weights are: the ground states are then optima, if any plan is feasible."""
        own = self.weighed.proven | ~self.model.hard
        return bool(own.all() and self.validity_weighed.proven.all()) and not self.approximate

    def bqm(self) -> dimod.BinaryQuadraticModel:
        """The plain QUBO, for hardware and for any dimod sampler."""
        return self.qubo.bqm()

    def decode(self, samples: Any) -> dimod.SampleSet:
        """Samples of the QUBO as samples of the model, with `is_feasible` and, by constraint,
        `is_satisfied`.

        The energies are the model's objective, without penalties. `samples` is a SampleSet or
        anything dimod takes for one.
        """
        occurrences = getattr(getattr(samples, "record", None), "num_occurrences", None)
        bits, labels = dimod.as_samples(samples, dtype=np.float64)
        place = {label: k for k, label in enumerate(labels)}
        wanted = [place[label] for label in self.qubo.labels[: self.encoding.num_bits]]
        return self.sampleset(self.values(bits[:, wanted]), occurrences)

    def decode_bits(self, bits: Any) -> dimod.SampleSet:
        """The same from an array [k, num_bits] in the QUBO's own order."""
        return self.sampleset(self.values(np.asarray(bits, dtype=np.float64)))

    def settled(self) -> dimod.SampleSet | None:
        """The only assignment, where presolve has left no bit to sample."""
        return None if self.qubo.num_variables else self.decode_bits(np.zeros((1, 0)))

    def assignment(self, bits: Any) -> dict[Any, float]:
        """One assignment to the model's variables, from its bits [num_bits] in their order."""
        values = self.values(np.asarray(bits, dtype=np.float64)[None, :])
        return dict(zip(self.cqm.variables, values[0].tolist(), strict=True))

    def sampleset(self, values: Floats, occurrences: Any = None) -> dimod.SampleSet:
        """A dimod SampleSet of assignments `values` [k, n] to the variables of `cqm`."""
        samples = sampleset(
            values, self.presolved.full, occurrences=occurrences, scorer=self._scorer
        )
        return _watching(samples, self.watched) if self.watched.labels else samples

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self.presolved.full)

    def encode(self, sample: Mapping[Any, float]) -> Floats:
        """Bits float64[num_bits] of an assignment to the variables of `cqm`, with the slacks that
        suit it.

        What presolve has ruled out is replaced by the nearest that it has not.
        """
        given = np.array([[sample[label] for label in self.cqm.variables]], dtype=np.float64)
        values = self.presolved.reduce(given)[0]
        activity = (self.model.rows @ values) * self.rows.scale
        return np.concatenate(
            [self.encoding.encode(values), self.slack.encode(self.rows.rhs - activity)]
        )

    def again(self, **changes: Any) -> Self:
        """The same model with some arguments of `compile_cqm` changed; mappings by label add to
        what was given before.

        Weights that were tuned are taken over, and not tuned again: those of the encodings' own
        constraints where the encodings stay.
        """
        options = dict(self.options)
        if self.tuning:
            tuned = [(self.model.labels, self.weighed)]
            if "encodings" not in changes:
                tuned.append((self.validity.labels, self.validity_weighed))
            options["penalties"] = {
                label: weight
                for labels, weighed in tuned
                for label, weight in zip(labels, weighed.value.tolist(), strict=True)
            }
        for name, change in changes.items():
            before = options[name]
            if isinstance(change, Mapping) and isinstance(before, Mapping):
                change = {**before, **change}
            elif isinstance(change, Mapping) and name != "penalties" and before is not None:
                change = {**self._for_each(name, before), **change}
            options[name] = change
        again: Self = self.maker(Source(self.cqm, watched=self.watched), **options)
        return again

    def _for_each(self, name: str, choice: Any) -> dict[Any, Any]:
        """What was given for all, by label."""
        full = self.presolved.full
        inequalities = [
            label for label, sense in zip(full.labels, full.sense, strict=True) if sense == "<"
        ]
        return dict.fromkeys(
            [*full.variables, *full.labels] if name == "encodings" else inequalities, choice
        )

    def values(self, bits: Any) -> Floats:
        """Assignments float64[k, n] to the variables of `cqm`, of bits; slacks may be missing."""
        own = np.asarray(bits, dtype=np.float64)[:, : self.encoding.num_bits]
        return self.presolved.restore(self.encoding.decode(own))


def _watching(found: dimod.SampleSet, watched: Watched) -> dimod.SampleSet:
    """With the constraints of a PyQUBO model among those that samples are judged by."""
    record, variables = found.record, list(found.variables)
    kept = np.concatenate(
        [record.is_satisfied, watched.satisfied(record.sample, variables)], axis=1
    )
    return dimod.SampleSet.from_samples(
        (record.sample, variables),
        energy=record.energy,
        num_occurrences=record.num_occurrences,
        vartype=found.vartype,
        info=found.info
        | {"constraint_labels": [*found.info["constraint_labels"], *watched.labels]},
        is_satisfied=kept,
        is_feasible=record.is_feasible & kept.all(axis=1),
        sort_labels=False,
    )
