"""What a job costs in money, by the user's own table.

    # prices.yaml
    currency: EUR
    prices:
      - solver: "Advantage2*"     # a pattern of solvers' names, or a category
        per_second: 0.55          # of access time at a QPU, of charged time at a hybrid service
      - category: hybrid          # qpu, hybrid, bqm, cqm or nl
        per_second: 0.10
        per_job: 0.01

The first entry that fits counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import QoptError
from ...kit.checks import require
from .budget import Cost, require_amount

HYBRIDS = ("bqm", "cqm", "dqm", "nl")
CATEGORIES = ("qpu", "hybrid", *HYBRIDS)


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
    """A price, and the solvers that have it: a pattern of names, or a category."""

    price: Price
    solver: str | None = None
    category: str | None = None

    def __post_init__(self) -> None:
        one = (self.solver is None) != (self.category is None)
        require(one, "solver", self.solver, "either a pattern of solvers' names or a category")
        known = self.category is None or self.category in CATEGORIES
        require(known, "category", self.category, f"one of {', '.join(CATEGORIES)}")

    def fits(self, solver: str, kind: str) -> bool:
        if self.solver is not None:
            return fnmatchcase(solver, self.solver)
        return self.category == kind or (self.category == "hybrid" and kind in HYBRIDS)


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
            errors = error.errors(include_url=False)
            raise document.told(
                [
                    *document.complaints,
                    *(document.complaint(*told(each, PricesEntry, {})) for each in errors),
                ]
            ) from None
        complaints = list(document.complaints)
        wrong = mistakes_in(document.data["prices"])
        complaints += [document.complaint(way, text) for way, text in wrong]
        if complaints:
            raise document.told(complaints)
        return cls.of(entry)

    @classmethod
    def of(cls, entry: Priced) -> Prices:
        """Of what a file's reader has checked."""
        tariffs = tuple(
            Tariff(Price(each.per_second, each.per_job), each.solver, each.category)
            for each in entry.prices
        )
        return cls(tariffs, entry.currency)

    @classmethod
    def of_user(cls) -> Prices:
        """Of the file that `QOPT_PRICES` names; an empty table where it names none."""
        import os

        named = os.environ.get("QOPT_PRICES")
        return cls.read(named) if named else cls()

    def of_solver(self, solver: str, kind: str) -> Price | None:
        """None where no tariff fits. `kind` is "qpu", "bqm", "cqm" or "nl"."""
        return next((t.price for t in self.tariffs if t.fits(solver, kind)), None)


class Priced(Protocol):
    """A file that has a table among its keys."""

    @property
    def currency(self) -> str: ...
    @property
    def prices(self) -> list[PriceEntry]: ...


def mistakes_in(prices: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The way to each entry of a file's table that the keys alone do not make wrong, and why."""
    for at, entry in enumerate(prices if isinstance(prices, list) else []):
        if isinstance(entry, dict) and ("solver" in entry) == ("category" in entry):
            yield ("prices", at), "give either `solver` or `category`"


class PriceEntry(BaseModel):
    """What a second and a job cost."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    solver: str | None = Field(
        None, min_length=1, description="A solver's name, or a pattern of names: `Advantage2*`."
    )
    category: Literal["qpu", "hybrid", "bqm", "cqm", "dqm", "nl"] | None = Field(
        None, description="Instead of a name: annealers, hybrid services, or one kind of these."
    )
    per_second: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Money for a second that is charged."
    )
    per_job: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Money for a job, whatever it takes."
    )


class PricesEntry(BaseModel):
    """The file, or the section `prices` of a policy with `currency` beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: str = ""
    prices: list[PriceEntry]


def prices_of(entries: Sequence[Any], currency: str = "") -> Prices:
    """Of mappings that another reader has checked for their keys, as a policy's are.

    Raises QoptError for a value that is wrong.
    """
    try:
        return Prices.of(
            PricesEntry.model_validate({"currency": currency, "prices": list(entries)})
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"]))
        raise QoptError(f"{at}: {first['msg']}") from None
