"""Vehicle routing by slots: `visit[c,truck k,p]` says that customer c is the p-th stop of truck k.

With the saving s_ab = d_a0 + d_0b - d_ab of driving from a straight to b,

    distance = sum_a (d_0a + d_a0) - sum_k,p,a,b s_ab visit[a,k,p] visit[b,k,p+1]

for every plan that serves each customer once, an empty stop standing for the depot. The first sum is the same for all plans,
so only savings are left to the couplings: nothing rewards a customer left out, and no penalty need outweigh round trips.
Capacity is one linear row a truck. An empty stop between two customers is a return to the depot, which is never shorter than
driving on where the triangle inequality holds; where it does not, rows say that a truck fills its stops in turn.

It grows as customers x trucks x stops, where route sets explode. As penalties it anneals badly: the slack bits of a capacity
row hold each truck's load in place (E-n13-k4: none of 160 reads feasible after 1000 sweeps, where route sets have 0.59 of them;
`python -m tests.benchmarks.choices`).
Annealers that keep permutations and capacities by their moves want this form.

Source: savings of Clarke and Wright (1964).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qopt import ModelSize, QoptError

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]


def savings_matrix(distance: Floats) -> Floats:
    """s[a, b] of customers a + 1 and b + 1, 0 on the diagonal: no customer follows itself."""
    savings: Floats = distance[1:, :1] + distance[:1, 1:] - distance[1:, 1:]
    np.fill_diagonal(savings, 0.0)
    return savings


@dataclass(frozen=True, eq=False)
class Slots:
    """The model of `trucks` trucks with `stops` stops each."""

    distance: Floats
    demand: Floats
    capacity: float
    vehicles: int
    stops: int

    def size(self) -> ModelSize:
        n, k, p = len(self.demand) - 1, self.vehicles, self.stops
        couplings = int(np.count_nonzero(savings_matrix(self.distance))) * k * (p - 1)
        return ModelSize(n * k * p, couplings, n + k * p + k + (k * (p - 1) if self._in_turn() else 0))

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        n, trucks, stops = len(self.demand) - 1, self.vehicles, self.stops
        cell = np.arange(n * trucks * stops).reshape(n, trucks, stops)
        labels = [_label(c + 1, k, p) for c in range(n) for k in range(trucks) for p in range(stops)]
        savings = savings_matrix(self.distance)
        a, b = np.nonzero(savings)
        row, col = cell[a][:, :, :-1], cell[b][:, :, 1:]
        bias = np.broadcast_to(-savings[a, b][:, None, None], row.shape)
        round_trips = float(self.distance[0, 1:].sum() + self.distance[1:, 0].sum())
        objective = dimod.BinaryQuadraticModel.from_numpy_vectors(
            np.zeros(cell.size), (row.ravel(), col.ravel(), bias.ravel()), round_trips, "BINARY", variable_order=labels
        )
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(objective)
        for c in range(n):
            terms = [(labels[v], 1.0) for v in cell[c].ravel()]
            cqm.add_constraint_from_iterable(terms, "==", rhs=1.0, label=f"served[{c + 1}]")
        for k in range(trucks):
            for p in range(stops):
                terms = [(labels[v], 1.0) for v in cell[:, k, p]]
                cqm.add_constraint_from_iterable(terms, "<=", rhs=1.0, label=f"stop[truck {k + 1},{p + 1}]")
            terms = [(labels[v], self.demand[c + 1]) for c in range(n) for v in cell[c, k]]
            cqm.add_constraint_from_iterable(terms, "<=", rhs=self.capacity, label=f"capacity[truck {k + 1}]")
            for p in range(1, stops if self._in_turn() else 1):
                terms = [(labels[v], 1.0) for v in cell[:, k, p]] + [(labels[v], -1.0) for v in cell[:, k, p - 1]]
                cqm.add_constraint_from_iterable(terms, "<=", rhs=0.0, label=f"in turn[truck {k + 1},{p + 1}]")
        return cqm

    def _in_turn(self) -> bool:
        """Whether some way by the depot is shorter than the straight one."""
        return bool(savings_matrix(self.distance).min() < 0)

    def trucks(self, sample: Mapping[Any, float]) -> list[list[int]]:
        """Each truck's customers by stop; two at one stop follow each other, and stops left empty are skipped."""
        customers = range(1, len(self.demand))
        return [
            [c for p in range(self.stops) for c in customers if sample[_label(c, k, p)] > 0.5] for k in range(self.vehicles)
        ]

    def sample(self, routes: Sequence[Sequence[int]]) -> dict[Any, float]:
        """The assignment of one route a truck. Raises QoptError for a route with too many stops."""
        cells = ((c, k, p) for c in range(1, len(self.demand)) for k in range(self.vehicles) for p in range(self.stops))
        sample = dict.fromkeys((_label(*cell) for cell in cells), 0.0)
        for k, route in enumerate(routes):
            if len(route) > self.stops:
                raise QoptError(f"truck {k + 1} makes {len(route)} stops; its capacity allows {self.stops}")
            for p, customer in enumerate(route):
                sample[_label(customer, k, p)] = 1.0
        return sample


def _label(customer: int, truck: int, stop: int) -> str:
    return f"visit[{customer},truck {truck + 1},{stop + 1}]"
