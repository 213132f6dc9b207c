"""Numbers as people write them in tables: 1,234.50, 1.234,50, 1 234,50, 1'234.50, $5, 5 EUR, (5),
5-, 5 %, and gaps.

Of point and comma one parts the decimals, the other thousands. Which is which is seen from the
numbers of a whole table: 1,5 and 1.234,5 can be read in one way only, 1,234 in two. Spaces of any
width and apostrophes part thousands alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import QoptError

GAPS = (
    "", ".", "..", "...", ":", "-", "--", "---", "\u2013", "\u2014", "?", "na", "n/a", "n.a.",
    "#n/a", "#n/a n/a", "#na", "<na>", "nan", "-nan", "#nan", "nat", "null", "#null!", "none",
    "nil", "nd", "n.d.", "missing", "n.v.", "#nv", "k.a.", "#value!", "#wert!", "#ref!",
    "#bezug!", "#div/0!", "#num!", "#zahl!", "#name?",
)  # fmt: skip
CODES = (
    "AUD|BRL|CAD|CHF|CNH|CNY|CZK|DKK|EUR|GBP|GBX|GBp|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NZD|"
    "PHP|PLN|RMB|RUB|SAR|SEK|SGD|THB|TRY|TWD|USD|VND|ZAR|ZAc"
)
CURRENCY = rf"{CODES}|(?:US|AU|CA|NZ|HK|[ACRS])?\$|[€£¥₹₩₽₺₫₪₴₦฿]|S?Fr\.|Rs\.?|kr\.?|zł|Kč|Ft"
SPACE = "[ \u00a0\u2009\u202f]"
EXPONENT = "(?:[eE][-+]?[0-9]+)?"
PLAIN = rf"^[-+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+){EXPONENT}$"
NUMERAL = (
    rf"^(?P<open>\()?(?P<sign>[-+\u2212])?(?P<before>{CURRENCY})?{SPACE}?(?P<inner>[-+\u2212])?"
    rf"(?P<body>[0-9](?:(?:[0-9.,'\u2019]|{SPACE})*[0-9.,])?{EXPONENT}|[.,][0-9]+{EXPONENT})"
    rf"{SPACE}?(?P<percent>%)?{SPACE}?(?P<after>{CURRENCY})?(?P<close>\))?(?P<last>-)?$"
)


def _fitting(decimal: str) -> str:
    """What the digits look like if `decimal` parts decimals; Indians part thousands above the first
    by two digits.
    """
    point, comma = (r"\.", ",") if decimal == "." else (",", r"\.")
    marks = (comma, SPACE, "['\u2019]")
    thousands = "|".join(f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+" for mark in marks)
    indian = f"[1-9][0-9]?(?:{comma}[0-9]{{2}})+{comma}[0-9]{{3}}"
    plain = f"[0-9]+(?:{point}[0-9]*)?{EXPONENT}|{point}[0-9]+{EXPONENT}"
    return f"^(?:{plain}|(?:{thousands}|{indian})(?:{point}[0-9]*)?)$"


ONE_NUMERAL = re.compile(NUMERAL)
FITTING = {decimal: _fitting(decimal) for decimal in (".", ",")}


@dataclass(frozen=True, eq=False)
class Numerals:
    """A column of texts looked at as numbers: a row of `frame` each, with the columns

    text         without white space at its ends, "" for null;
    gap          whether it says that there is nothing;
    point comma  whether it can be read as a number whose decimals a point parts, and a comma;
    body         the digits and marks of a number, `negative` and `percent` what they are,
                 `currency` what they are in.

    A text that is neither a gap nor a number is a word.
    """

    frame: pl.DataFrame

    @classmethod
    def of(cls, texts: pl.Series) -> Numerals:
        text = pl.col("text")
        frame = (
            pl.DataFrame({"text": texts})
            .select(text.cast(pl.String).fill_null("").str.strip_chars())
            .with_columns(
                gap=text.str.to_lowercase().is_in(list(GAPS)), plain=text.str.contains(PLAIN)
            )
        )
        if frame.select((pl.col("plain") | pl.col("gap")).all()).item():
            return cls(_with_fits(frame.with_columns(PLAIN_PARTS)))  # most tables: much faster
        parts = frame.with_columns(text.str.extract_groups(NUMERAL).alias("parts")).unnest("parts")
        return cls(_with_fits(parts.select("text", "gap", *PARTS)))

    @cached_property
    def texts(self) -> pl.Series:
        return self.frame["text"]

    @cached_property
    def gap(self) -> pl.Series:
        return self.frame["gap"]

    @cached_property
    def number(self) -> pl.Series:
        """Which are numbers, by one decimal sign or the other."""
        return self.frame["point"] | self.frame["comma"]

    def fits(self, decimal: str) -> pl.Series:
        """Which can be read as numbers with this decimal sign."""
        return self.frame["point" if decimal == "." else "comma"]

    def values(self, decimal: str) -> npt.NDArray[np.float64]:
        """float64 with NaN where `fits` does not hold, as of gaps and words. A percentage is
        divided by 100.
        """
        group = "," if decimal == "." else "."
        digits = pl.col("body").str.replace_all(rf"[{group}'\u2019]|{SPACE}", "")
        number = digits.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        signed = pl.when("negative").then(-number).otherwise(number)
        value = pl.when("percent").then(signed / 100).otherwise(signed)
        fits = pl.col("point" if decimal == "." else "comma")
        return (
            self.frame.select(pl.when(fits).then(value).fill_null(float("nan")))
            .to_series()
            .to_numpy()
        )


MINUS = ["-", "\u2212"]
BODY = pl.col("body")
PLAIN_PARTS = (
    pl.when("plain").then(pl.col("text").str.strip_chars_start("-+")).alias("body"),
    pl.col("text").str.starts_with("-").alias("negative"),
    pl.lit(False).alias("percent"),
    pl.lit(None, pl.String).alias("currency"),
    pl.col("plain").alias("formed"),
)
SIGNS = pl.sum_horizontal(*(pl.col(n).is_not_null() for n in ("open", "sign", "inner", "last")))
PARTS = (
    BODY,
    (
        (pl.col("sign").is_in(MINUS) | pl.col("inner").is_in(MINUS)).fill_null(False)
        | pl.col("open").is_not_null()
        | pl.col("last").is_not_null()
    ).alias("negative"),
    pl.col("percent").is_not_null(),
    pl.coalesce("before", "after").alias("currency"),
    (
        (SIGNS <= 1)
        & (pl.col("open").is_null() == pl.col("close").is_null())
        & (pl.col("before").is_null() | pl.col("after").is_null())
        & ~pl.col("gap")
    ).alias("formed"),
)


def _with_fits(frame: pl.DataFrame) -> pl.DataFrame:
    fits = {
        name: (BODY.str.contains(FITTING[sign]) & pl.col("formed")).fill_null(False)
        for name, sign in (("point", "."), ("comma", ","))
    }
    return frame.with_columns(**fits)


def is_numeral(text: str) -> bool:
    """Whether a text is a number by one decimal sign or the other."""
    match = ONE_NUMERAL.match(text.strip())
    return match is not None and any(re.match(form, match["body"]) for form in FITTING.values())


def decimal_of(
    columns: Mapping[int, Numerals], *, given: str | None = None, delimiter: str | None = None
) -> str:
    """The decimal sign of the numbers in the columns of a table, which they have in common: the one
    `given`, or as seen.

    What can be read by one sign only decides. Where all numbers can be read by both, as 1,234,
    three things do: in a column that has 1234 without a mark, no mark parts thousands; in a file
    whose cells are parted by commas, points part decimals; and where nothing is marked it does not
    matter.

    Raises QoptError, with the place ("cell", row, column), where two numbers contradict each other
    and where nothing decides.
    """
    if given is not None:
        if given not in (".", ","):
            raise QoptError(f"decimal={given!r}: give '.' or ','", ("decimal",))
        return given
    places: dict[str, list[tuple[int, int]]] = {kind: [] for kind in EVIDENCE}
    for column, numerals in columns.items():
        for kind, row in numerals.frame.select(**EVIDENCE).row(0, named=True).items():
            places[kind] += [(row, column)] if row is not None else []

    def told(at: tuple[int, int]) -> str:
        return repr(str(columns[at[1]].texts[at[0]])[:40])

    if places["comma"] and places["point"]:
        comma, point = told(places["comma"][0]), told(places["point"][0])
        raise QoptError(
            f"{comma} has a decimal comma and {point} a decimal point; "
            "give decimal=',' or decimal='.', or mend one of them",
            ("cell", *places["comma"][0]),
        )
    if places["comma"] or places["point"]:
        return "," if places["comma"] else "."
    doubtful = places["point?"] + places["comma?"]
    if not doubtful or (not places["comma?"] and delimiter == ","):
        return "."
    ungrouped = {column for _, column in places["whole"]}
    if not (places["point?"] and places["comma?"]) and any(k in ungrouped for _, k in doubtful):
        return "," if places["comma?"] else "."
    raise QoptError(
        f"{told(doubtful[0])} may mean two numbers, and none in the table says which; "
        "give decimal='.' or decimal=','",
        ("cell", *doubtful[0]),
    )


def _first(holds: pl.Expr) -> pl.Expr:
    """The first row at which something holds; null where it never does."""
    return pl.when(holds.any()).then(holds.cast(pl.Int8).arg_max())


POINT, COMMA = pl.col("point"), pl.col("comma")
# numbers that one decimal sign alone reads, that both read in two ways, and 1234 without a mark
EVIDENCE = {
    "point": _first(POINT & ~COMMA),
    "comma": _first(COMMA & ~POINT),
    "point?": _first(POINT & COMMA & BODY.str.contains(".", literal=True)),
    "comma?": _first(POINT & COMMA & BODY.str.contains(",", literal=True)),
    "whole": _first(POINT & BODY.str.contains("^[0-9]{4,}$")),
}
