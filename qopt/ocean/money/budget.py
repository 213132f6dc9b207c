"""Budgets: seconds of a device and money that may be spent under a name, and what is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from numbers import Real
from typing import Any, ClassVar

from ...errors import QoptError
from ...kit.checks import require, require_name

SLACK = 1e-9  # seconds or money: what sums of real numbers may be off by


def require_amount(name: str, value: object, *, optional: bool = False) -> None:
    """Raise QoptError unless `value` is a finite number, 0 or more, or, if `optional`, None."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    fits = (optional and value is None) or (number and 0 <= value < math.inf)  # type: ignore[operator]  # a Real compares
    require(fits, name, value, "a finite number, 0 or more")


class OverBudget(QoptError):
    """A job that its budget has no room for. It was not sent."""

    status: ClassVar[str] = "over-budget"


@dataclass(frozen=True)
class Cost:
    """Seconds of a device and money, 0 or more. Money is in the currency of the price table."""

    seconds: float = 0.0
    money: float = 0.0

    def __post_init__(self) -> None:
        for name in ("seconds", "money"):
            require_amount(name, getattr(self, name))

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.money + other.money)

    def times(self, factor: float) -> Cost:
        return Cost(self.seconds * factor, self.money * factor)


@dataclass(frozen=True)
class Budget:
    """What may be spent under a name, what is spent, and what is reserved for jobs under way.

    A limit of None is none; a limit of 0 lets nothing through that costs anything.

    Example: `Budget("july", seconds=10.0, spent=Cost(9.0)).require_room(Cost(2.0))` raises
    OverBudget.
    """

    name: str
    seconds: float | None = None
    money: float | None = None
    spent: Cost = Cost()
    reserved: Cost = Cost()

    def __post_init__(self) -> None:
        require_name("budget", self.name)
        for name in ("seconds", "money"):
            require_amount(name, getattr(self, name), optional=True)

    def left(self) -> Mapping[str, float | None]:
        """Of seconds and of money, what is neither spent nor reserved; None where there is no
        limit.
        """
        taken = self.spent + self.reserved
        return {
            "seconds": None if self.seconds is None else self.seconds - taken.seconds,
            "money": None if self.money is None else self.money - taken.money,
        }

    def require_room(self, cost: Cost) -> None:
        """Raise OverBudget where a cost is more than what is left, or cannot be known."""
        for what, left in self.left().items():
            asked, unit = getattr(cost, what), "s" if what == "seconds" else "of money"
            if left is None or asked <= left + SLACK:
                continue
            limit, spent = getattr(self, what), getattr(self.spent, what)
            raise OverBudget(
                f"budget {self.name!r} has no room for {asked:.4g} {unit} more: its limit is "
                f"{limit:g}, of which {spent:.4g} are spent and "
                f"{getattr(self.reserved, what):.4g} reserved; "
                f"nothing was sent: raise it with `qopt budget {self.name} --{what} ...`, or ask "
                "for less"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "left": dict(self.left())}
