"""The model of a layout: `at[f,l]` says that facility f is at location l.

Every facility is placed once and every location used at most once, or once where there are as many
of both: a permutation, which annealers that know it keep by exchanging two facilities. The
objective has a coupling for each two facilities with a flow and each two locations, so the model
grows as facilities^2 x locations^2: 378,000 couplings for 30, 8 million for 64. Larger ones are
improved in parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize
from qopt.kit.models import assignment, at_most, chosen, exactly_one, labels, minimise

if TYPE_CHECKING:
    import dimod

    from qopt.kit.models import Bits, Floats


@dataclass(frozen=True, eq=False)
class PlacesModel:
    """Facilities in places; `alone` [facilities, locations] is what one costs there by itself."""

    flow: Floats
    distance: Floats
    alone: Floats
    facilities: Sequence[str]
    locations: Sequence[str]

    @cached_property
    def _at(self) -> Any:
        return labels("at", self.facilities, self.locations)

    def size(self) -> ModelSize:
        facilities, locations = self.alone.shape
        apart = ~np.eye(locations, dtype=np.bool_)
        i, j = np.triu_indices(facilities, 1)
        both = np.stack([self.flow[i, j], self.flow[j, i]])
        flows, times = np.unique(both, axis=1, return_counts=True)
        couplings = 0
        for (there, back), count in zip(flows.T.tolist(), times.tolist(), strict=True):
            if there or back:
                costs = there * self.distance + back * self.distance.T
                couplings += count * int(np.count_nonzero(costs[apart]))
        return ModelSize(facilities * locations, couplings, facilities + locations)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        facilities, locations = self.alone.shape
        cqm = minimise(self._at, self.alone, self._couplings())
        exactly_one(cqm, "placed", self.facilities, self._at)
        if facilities == locations:
            exactly_one(cqm, "used", self.locations, self._at.T)
        else:
            for location, column in zip(self.locations, self._at.T, strict=True):
                at_most(cqm, f"used[{location}]", column, np.ones(facilities), 1.0)
        return cqm

    def _couplings(self) -> Any:
        """What two facilities cost together, for each two with a flow, in each two locations."""
        facilities, locations = self.alone.shape
        flow, distance = self.flow, self.distance
        cell = np.arange(facilities * locations).reshape(facilities, locations)
        i, j = np.triu_indices(facilities, 1)
        flows = (flow[i, j] != 0) | (flow[j, i] != 0)
        i, j = i[flows], j[flows]
        k, m = np.nonzero(~np.eye(locations, dtype=np.bool_))  # no plan has two at one location
        bias = np.outer(flow[i, j], distance[k, m]) + np.outer(flow[j, i], distance[m, k])
        pair, way = np.nonzero(bias)
        return cell[i[pair], k[way]], cell[j[pair], m[way]], bias[pair, way]

    def chosen(self, sample: Mapping[Any, float]) -> Bits:
        """bool[facilities, locations]"""
        return chosen(sample, self._at)

    def sample(self, placed: Bits) -> dict[Any, float]:
        return assignment(self._at, placed)
