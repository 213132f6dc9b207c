"""Chains of cities, to be joined to a round trip.

`visit[c,p]` says that chain c, in one of its directions, is the p-th of it.

The first chain stays where it is, which takes the rotations away. Of the others every direction is
an option with variables of its own; each chain is passed once and each place is taken once, so that
options and places make a permutation. With legs d_ab from the end of option a to the beginning of
option b,

    length = inside + sum_a d_0a visit[a,2] + sum_a d_a0 visit[a,k]
             + sum_p,a,b d_ab visit[a,p] visit[b,p+1]

where a and b are of different chains and `inside` is what the chains are long. With k chains, of
which m = k - 1 are free and have o options, there are o m variables and 2 m constraints. Where
every chain is one city this is the travelling salesman's problem. Where the chains are what is left
of a tour without k of its legs, its optimum is the best of all moves that exchange these legs.

Source: permutation form after Hopfield and Tank (1985); k-exchanges after Lin and Kernighan (1973).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, ModelSize, QoptError, Violation
from qopt.kit.models import assignment, chosen, exactly_one, labels, minimise
from qopt.kit.plans import JsonPlan

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Passage(JsonPlan):
    """Options in the order they are passed, after the chain that stays."""

    options: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Reconnection:
    """Free chains and their options; lengths in the units of the distances.

    Parameters
    ----------
    chain
        int64[o]: the free chain of each option, from 0; the options of a chain follow each other.
    turned
        bool[o]: whether it is the chain read backwards; that follows the chain itself.
    first, last
        float64[o]: from the end of the chain that stays to the option, and from the option to its
        beginning.
    leg
        float64[o, o]: from the end of the option of a row to the beginning of that of a column, 0
        within a chain.
    inside
        What all the chains are long.
    names
        A name for each option.
    """

    chain: Ints
    turned: Bits
    first: Floats
    leg: Floats
    last: Floats
    inside: float
    names: tuple[str, ...]

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Passage

    @classmethod
    def of(
        cls,
        chains: Sequence[Ints],
        distance: Floats,
        *,
        both_ways: bool = False,
        names: Sequence[str] | None = None,
    ) -> Reconnection:
        """Chains of cities, at least two, at distances float64[n, n]; the first stays as it is.

        With `both_ways` those of more than one city may be turned round; distances must be
        symmetric then. `names` are the chains'; by default numbers from 1, which is the one that
        stays.
        """
        ends = np.array([(chain[0], chain[-1]) for chain in chains])
        options = 1 + (both_ways & (ends[1:, 0] != ends[1:, 1]))
        chain = np.repeat(np.arange(len(options)), options)
        turned = np.append(False, chain[1:] == chain[:-1])
        begin, end = np.where(turned[:, None], ends[1 + chain, ::-1], ends[1 + chain]).T
        leg = distance[np.ix_(end, begin)]
        leg[chain[:, None] == chain] = 0.0
        known = [str(number) for number in range(1, len(chains) + 1)] if names is None else names
        of_option = tuple(
            known[1 + c] + " turned" * t
            for c, t in zip(chain.tolist(), turned.tolist(), strict=True)
        )
        return cls(
            chain=chain,
            turned=turned,
            first=distance[ends[0, 1], begin],
            leg=leg,
            last=distance[end, ends[0, 0]],
            inside=_inside(chains, distance),
            names=of_option,
        )

    def as_given(self) -> Passage:
        """The chains in the order they came in, none turned round."""
        return Passage(tuple(np.flatnonzero(~self.turned).tolist()))

    def joined(self, chains: Sequence[Ints], plan: Passage) -> Ints:
        """int64[cities]: the tour that a plan makes of the chains it was made `of`."""
        parts = [chains[0]]
        for option in plan.options:
            part = chains[1 + int(self.chain[option])]
            parts.append(part[::-1] if self.turned[option] else part)
        return np.concatenate(parts)

    @property
    def places(self) -> int:
        """How many chains are free."""
        return int(self.chain[-1]) + 1

    def model_size(self) -> ModelSize:
        couplings = int(np.count_nonzero(self.leg)) * (self.places - 1)
        return ModelSize(len(self.chain) * self.places, couplings, 2 * self.places)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        visit = self._variables()
        cell = np.arange(visit.size).reshape(visit.shape)
        linear = np.zeros(visit.shape)
        linear[:, 0] += self.first
        linear[:, -1] += self.last
        a, b = np.nonzero(self.leg)
        row, col = cell[a, :-1], cell[b, 1:]  # [legs, places - 1]
        cqm = minimise(
            visit,
            linear,
            (row.ravel(), col.ravel(), np.repeat(self.leg[a, b], self.places - 1)),
            self.inside,
        )
        for options in np.split(np.arange(len(self.chain)), np.flatnonzero(~self.turned)[1:]):
            exactly_one(cqm, "visited", [self.names[options[0]]], visit[options].reshape(1, -1))
        exactly_one(cqm, "place", self._places(), visit.T)
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Passage:
        """Options by place.

        Those that share one follow each other, and places left empty are skipped.
        """
        _, option = np.nonzero(chosen(sample, self._variables()).T)
        return Passage(tuple(option.tolist()))

    def encode(self, plan: Passage) -> dict[Any, float]:
        """Raises QoptError for a plan that does not pass every chain once."""
        if (broken := self.evaluate(plan).violations) or not plan.options:
            raise QoptError(
                f"a passage with {broken[0] if broken else 'nothing'}: "
                "the model passes every chain once"
            )
        visit = self._variables()
        ones = np.zeros(visit.shape, dtype=bool)
        ones[list(plan.options), np.arange(self.places)] = True
        return assignment(visit, ones)

    def evaluate(self, plan: Passage) -> Evaluation:
        """The length of the round trip; broken are chains not passed just once."""
        way = list(plan.options)
        passed = np.bincount(self.chain[way], minlength=self.places)
        broken = tuple(
            Violation(f"visited[chain {k + 2}]", abs(float(passed[k]) - 1), "visits")
            for k in np.flatnonzero(passed != 1)
        )
        ends = float(self.first[way[0]] + self.last[way[-1]]) if way else 0.0
        return Evaluation(self.inside + ends + float(self.leg[way[:-1], way[1:]].sum()), broken)

    def _places(self) -> list[str]:
        return [str(p) for p in range(2, self.places + 2)]

    def _variables(self) -> npt.NDArray[np.object_]:
        return labels("visit", self.names, self._places())


def _inside(chains: Sequence[Ints], distance: Floats) -> float:
    """How long all the chains are."""
    cities, lengths = np.concatenate(chains), [len(chain) for chain in chains]
    legs = distance[cities[:-1], cities[1:]]
    legs[np.cumsum(lengths[:-1]) - 1] = 0.0  # between two chains
    return float(legs.sum())
