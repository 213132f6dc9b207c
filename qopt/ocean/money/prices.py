"""What a job costs in money, by the user's own table.

    # prices.yaml
    currency: EUR
    prices:
      "Advantage2*": {access: 0.55}          # a second of access time of QPUs of such a name
      hybrid: {charge: 0.10, job: 0.01}      # a second that a hybrid service charges, and a job

A solver is named by a pattern of its name or by its category: qpu, hybrid, bqm, cqm or nl. The
first entry that fits, and has a price for it, counts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...kit.checks import require, require_name
from .budget import Cost, require_amount

HYBRIDS = ("bqm", "cqm", "dqm", "nl")


@dataclass(frozen=True)
class Price:
    """Money for a second that is charged, and for a job whatever it takes."""

    per_second: float = 0.0
    per_job: float = 0.0

    def __post_init__(self) -> None:
        for name in ("per_second", "per_job"):
            require_amount(name, getattr(self, name))

    def cost(self, seconds: float) -> Cost:
        """Of one job that takes so many seconds."""
        return Cost(seconds, self.per_job + self.per_second * seconds)


FREE = Price()


@dataclass(frozen=True)
class Tariff:
    """Prices of the solvers of a pattern or category: money for a second of `access` time of a QPU,
    for a second that a hybrid service charges (`charge`), None where not given, and for a `job`.
    """

    solver: str
    access: float | None = None
    charge: float | None = None
    job: float = 0.0

    def __post_init__(self) -> None:
        require_name("solver", self.solver)
        for name in ("access", "charge", "job"):
            require_amount(name, getattr(self, name), optional=name != "job")
        given = self.access is not None or self.charge is not None
        require(given, "access", self.access, "a price of `access`, of `charge`, or of both")

    def price(self, solver: str, kind: str) -> Price | None:
        """None where it has none for this solver."""
        group = "hybrid" if kind in HYBRIDS else kind
        second = self.access if kind == "qpu" else self.charge
        fits = self.solver in (kind, group) or fnmatchcase(solver, self.solver)
        return Price(second, self.job) if fits and second is not None else None


@dataclass(frozen=True)
class Prices:
    """The table: the first tariff that fits counts."""

    tariffs: tuple[Tariff, ...] = ()
    currency: str = ""

    @classmethod
    def read(cls, path: str | Path) -> Prices:
        """Raises FileError, or `qopt.kit.yaml.Mistakes`, with the lines of what is wrong."""
        from ...kit.yaml import Document, told

        document = Document.read(Path(path))
        try:
            entry = PricesEntry.model_validate(document.data)
        except ValidationError as error:
            wrong = (told(each, PricesEntry, {}) for each in error.errors(include_url=False))
            complaints = (document.complaint(*each) for each in wrong)
            raise document.told([*document.complaints, *complaints]) from None
        empty = (n for n, each in entry.prices.items() if each.access is each.charge is None)
        complaints = (document.complaint(("prices", n), "give `access` or `charge`") for n in empty)
        if found := [*document.complaints, *complaints]:
            raise document.told(found)
        return cls.of({n: each.model_dump() for n, each in entry.prices.items()}, entry.currency)

    @classmethod
    def of(cls, prices: Mapping[str, Mapping[str, float | None]], currency: str = "") -> Prices:
        """By pattern or category, `access`, `charge` and `job`, as a policy has them too.

        Raises QoptError.
        """
        made = (
            Tariff(name, p.get("access"), p.get("charge"), p.get("job") or 0.0)
            for name, p in prices.items()
        )
        return cls(tuple(made), currency)

    @classmethod
    def of_user(cls) -> Prices:
        """Of the file that `QOPT_PRICES` names; an empty table where it names none."""
        named = os.environ.get("QOPT_PRICES")
        return cls.read(named) if named else cls()

    def price(self, solver: str, kind: str) -> Price | None:
        """None where there is none. `kind` is "qpu", "bqm", "cqm" or "nl"."""
        found = (tariff.price(solver, kind) for tariff in self.tariffs)
        return next((price for price in found if price is not None), None)

    def at_most(
        self, kind: str, seconds: float, *, jobs: int = 1, solver: str | None = None
    ) -> float | None:
        """Money for so many seconds in so many jobs, of the solver where it is known, else of the
        dearest of its kind that a tariff may be of; None where there is none.
        """
        if solver is not None:
            price = self.price(solver, kind)
            return None if price is None else price.per_second * seconds + price.per_job * jobs
        group = "hybrid" if kind in HYBRIDS else kind
        others = {"qpu", "hybrid", *HYBRIDS} - {kind, group}
        found = (t.price(t.solver, kind) for t in self.tariffs if t.solver not in others)
        return max(
            (p.per_second * seconds + p.per_job * jobs for p in found if p is not None),
            default=None,
        )


class PriceEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    access: float | None = Field(None, ge=0, allow_inf_nan=False)
    charge: float | None = Field(None, ge=0, allow_inf_nan=False)
    job: float = Field(0.0, ge=0, allow_inf_nan=False)


class PricesEntry(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    currency: str = ""
    prices: dict[str, PriceEntry]
