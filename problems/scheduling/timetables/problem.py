"""Timetabling: events to periods and rooms, nobody at two at once, periods as people like them.

Source: the course timetabling of the second international competition (Di Gaspero, McCollum and
Schaerf 2007), without room stability, compactness and minimum days; of its spreading only that of a
course's events over days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import ModelSize, Neighbourhood
from qopt.kit.checks import require_count

from .chart import draw_timetable
from .generated import drawn
from .greedy import fewest_places_first
from .model import PlacesModel
from .parts import rescheduled
from .plan import Timetable
from .week import Week

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True)
class Timetabling(Week):
    """Events to be given a period and a room each.

    Parameters
    ----------
    events, rooms
        At least one each, with names of their own.
    periods
        Their names, in the order of time.
    days
        The day of each period; needed for `spread`. Default: each its own.
    absences
        For people or groups by name, the periods they cannot attend in.
    spread
        What it costs that two events of a course are on one day, 0 or more.

    Raises
    ------
    QoptError
        For names given twice or unknown, and numbers outside these ranges.
    """

    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Timetable
    formats: ClassVar = "JSON: periods, rooms, events, absences"
    kinds: ClassVar = ("periods", "people")

    @classmethod
    def read(cls, path: str | Path) -> Timetabling:
        """Read JSON; what is not needed may be left out.

            {"periods": ["Mon 9", "Mon 11", "Tue 9"], "days": ["Mon", "Mon", "Tue"],
             "rooms": [{"name": "hall", "seats": 80, "unavailable": ["Tue 9"]}],
             "events": [{"name": "algebra 1", "who": ["Noether", "year 1"], "seats": 60,
                         "course": "algebra", "unavailable": [], "rooms": ["hall"],
                         "preferences": {"Mon 9": 2}}],
             "absences": {"Noether": ["Mon 11"]},
             "spread": 5, "name": "faculty", "best_known": 0}

        Needed are periods, rooms with name and seats, and events with name. Raises FileError with
        the line.
        """
        from .files import read_timetabling  # here, as pydantic takes a while to import

        return read_timetabling(Path(path)).make(cls)

    @classmethod
    def generate(
        cls,
        *,
        events: int = 30,
        days: int = 5,
        periods: int = 4,
        rooms: int = 3,
        spread: float = 3.0,
        seed: int = 0,
    ) -> Timetabling:
        """A week of `days` with so many `periods` each, of which there is a timetable.

        Every event has a teacher and a group, and minds each period by 0 to 9. Every course has two
        events.
        """
        counts = {"events": events, "days": days, "periods": periods, "rooms": rooms}
        for what, value in counts.items():
            require_count(what, value)
        require_count("seed", seed, least=0)
        week = drawn(**counts, random=np.random.default_rng(seed))
        return cls(**week, spread=spread, name=f"random-{events}-s{seed}")

    @cached_property
    def _model(self) -> PlacesModel:
        return PlacesModel(self)

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """Raises Infeasible where an event has no place, or someone more events than periods."""
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Timetable:
        """The places of the sample: an event may have several, or none."""
        return self.timetable(self._model.chosen(sample))

    def encode(self, plan: Timetable) -> dict[Any, float]:
        """Raises QoptError for a lecture in a place that its event cannot have."""
        return self._model.sample(plan)

    def greedy(self) -> Timetable:
        """Next is always the event with fewest places left, in the one that costs least.

        Events without any are left out.
        """
        return self.timetable(fewest_places_first(self))

    def neighbourhood(
        self,
        plan: Timetable,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Events to be given places anew while all others keep theirs.

        They are those of a few "periods", among these, or some that share "people", anywhere.
        Events without a place are always among them. Raises QoptError for a lecture of unknown
        names.
        """
        self.require_known(plan)

        def part_of(week: Week) -> Timetabling:
            return Timetabling(
                week.events, week.rooms, week.periods, week.days, week.absences, week.spread
            )

        return rescheduled(self, plan, kind, size, random, part_of)

    def draw(self, plan: Timetable, axes: Any) -> None:
        """A row a room, a column a period; a colour a course.

        Raises QoptError for a lecture of unknown names.
        """
        draw_timetable(self, plan, axes, self.name or "timetable")
