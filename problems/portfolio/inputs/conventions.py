"""What a person may say of a table of prices, where the table does not say it itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypedDict, get_args

from qopt import QoptError

Kind = Literal["prices", "returns"]
Gaps = Literal["drop", "forward", "assets", "refuse"]
Returns = Literal["simple", "log"]
Decimal = Literal[".", ","]


class Reading(TypedDict, total=False):
    """The options of everything that reads prices; `Conventions` explains them."""

    kind: Kind
    gaps: Gaps
    returns: Returns
    field: str | None
    decimal: Decimal | None
    date_format: str | None


@dataclass(frozen=True)
class Conventions:
    """How a table is read and what becomes of it.

    Parameters
    ----------
    kind
        Whether the table holds "prices" or "returns", as fractions or with percent signs.
    gaps
        What becomes of dates at which an asset has no price:
        "drop"      a date without a price of every asset is left out; a return then spans it, from
                    the date before to the next;
        "forward"   the last price stands, so that nothing was earned; dates before an asset's first
                    price are left out;
        "assets"    an asset with any gap is left out;
        "refuse"    a gap is an error.
    returns
        Of prices: "simple" ones, p_t / p_(t-1) - 1, add up over assets and are what a portfolio
        earns; "log" ones, log(p_t / p_(t-1)), add up over time.
    field
        Of open, high, low and closing prices of each day, which: as "close". Default: adjusted
        closing ones, else closing ones.
    decimal
        "." or ",", what parts decimals. Default: as the numbers of the whole table show it.
    date_format
        How dates are written, as for `datetime.strptime`, as "%d/%m/%Y". Default: as the whole
        column of dates shows it.

    Raises
    ------
    QoptError
        For a value that does not exist, naming those that do.
    """

    kind: Kind = "prices"
    gaps: Gaps = "drop"
    returns: Returns = "simple"
    field: str | None = None
    decimal: Decimal | None = None
    date_format: str | None = None

    def __post_init__(self) -> None:
        for what, value, known in (
            ("kind", self.kind, get_args(Kind)),
            ("gaps", self.gaps, get_args(Gaps)),
            ("returns", self.returns, get_args(Returns)),
            ("decimal", self.decimal, (None, *get_args(Decimal))),
        ):
            if value not in known:
                choices = ", ".join(repr(k) if what == "decimal" else k for k in known if k)
                raise QoptError(f"{what}={value!r}: give one of {choices}", (what,))
        for what, text in (("field", self.field), ("date_format", self.date_format)):
            if not isinstance(text, str | None):
                raise QoptError(f"{what}={text!r}: give a text", (what,))
        if self.kind == "returns" and self.gaps == "forward":
            raise QoptError("gaps='forward' is for prices: returns have no last price", ("gaps",))
        if self.kind == "returns" and self.returns == "log":
            raise QoptError(
                "returns='log' is for prices: returns are taken as they are", ("returns",)
            )

    @classmethod
    def split(cls, options: Mapping[str, Any]) -> tuple[Conventions, dict[str, Any]]:
        """The conventions among options, those that are not None, and the other options."""
        own = {key: value for key, value in options.items() if key in NAMES and value is not None}
        return cls(**own), {key: value for key, value in options.items() if key not in NAMES}

    def given(self) -> list[str]:
        """The names of those that are not the default."""
        return [name for name in NAMES if getattr(self, name) != getattr(Conventions, name)]


NAMES = tuple(field.name for field in fields(Conventions))
