"""What a machine of one's own costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...kit.checks import require
from ..records import Document


@dataclass(frozen=True)
class Ownership(Document):
    """What a machine costs: its parts a year, all together `a_year`, and `an_hour` of use."""

    purchase: float
    energy: float
    upkeep: float
    a_year: float
    an_hour: float

    def a_run(self, seconds: float) -> float:
        """Of that length."""
        return self.an_hour * seconds / 3600


def ownership(
    *,
    purchase: float,
    years: float,
    hours_a_year: float,
    kilowatts: float = 0.0,
    price_of_kilowatt_hour: float = 0.0,
    upkeep_a_year: float = 0.0,
) -> Ownership:
    """The cost of owning a machine, from the user's own rates.

    The price is spread evenly over the years that it is used; `upkeep_a_year` is for staff, room
    and repairs. Nothing is assumed that is not given.
    """
    given = locals()
    for name, value in given.items():
        require(0 <= value < math.inf, name, value, "0 or more")
    for name in ("years", "hours_a_year"):
        require(given[name] > 0, name, given[name], "more than 0")
    energy = kilowatts * hours_a_year * price_of_kilowatt_hour
    a_year = purchase / years + energy + upkeep_a_year
    return Ownership(purchase / years, energy, upkeep_a_year, a_year, a_year / hours_a_year)
