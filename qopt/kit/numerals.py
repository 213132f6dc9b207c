"""Numbers as people write them in tables: 1,234.50, 1.234,50, 1 234,50, 1'234.50, $5, 5 EUR, (5), 5-, 5 %, and gaps.

Of point and comma one parts the decimals, the other thousands. Which is which is seen from the numbers of a whole table: 1,5
and 1.234,5 can be read in one way only, 1,234 in two. Spaces of any width and apostrophes part thousands alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import QoptError

GAPS = (
    "", ".", "..", "...", ":", "-", "--", "---", "\u2013", "\u2014", "?", "na", "n/a", "n.a.", "#n/a", "#n/a n/a", "#na",
    "<na>", "nan", "-nan", "#nan", "nat", "null", "#null!", "none", "nil", "nd", "n.d.", "missing", "n.v.", "#nv", "k.a.",
    "#value!", "#wert!", "#ref!", "#bezug!", "#div/0!", "#num!", "#zahl!", "#name?",
)  # fmt: skip
CODES = (
    "AUD|BRL|CAD|CHF|CNH|CNY|CZK|DKK|EUR|GBP|GBX|GBp|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NZD|"
    "PHP|PLN|RMB|RUB|SAR|SEK|SGD|THB|TRY|TWD|USD|VND|ZAR|ZAc"
)
CURRENCY = rf"{CODES}|(?:US|AU|CA|NZ|HK|[ACRS])?\$|[€£¥₹₩₽₺₫₪₴₦฿]|S?Fr\.|Rs\.?|kr\.?|zł|Kč|Ft"
SPACE = "[ \u00a0\u2009\u202f]"
EXPONENT = "(?:[eE][-+]?[0-9]+)?"
PLAIN = rf"^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+){EXPONENT}$"
NUMERAL = (
    rf"^(?P<open>\()?(?P<sign>[-+\u2212])?(?P<before>{CURRENCY})?{SPACE}?(?P<inner>[-+\u2212])?"
    rf"(?P<body>[0-9](?:(?:[0-9.,'\u2019]|{SPACE})*[0-9.,])?{EXPONENT}|[.,][0-9]+{EXPONENT})"
    rf"{SPACE}?(?P<percent>%)?{SPACE}?(?P<after>{CURRENCY})?(?P<close>\))?(?P<last>-)?$"
)
PARTS = ("open", "sign", "before", "inner", "body", "percent", "after", "close", "last")


def _fitting(decimal: str) -> str:
    """What the digits look like if `decimal` parts decimals; Indians part thousands above the first by two digits."""
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
    """A column of texts looked at as numbers, as polars Series of equal length.

    `gap` and `number` say which are gaps, and which have the form of a number by one decimal sign or the other; the rest are
    words. `parts` has a column for each of PARTS, null where a text has none.
    """

    texts: pl.Series
    gap: pl.Series
    number: pl.Series
    parts: pl.DataFrame

    @classmethod
    def of(cls, texts: pl.Series) -> Numerals:
        texts = texts.cast(pl.String).fill_null("").str.strip_chars()
        gap = texts.str.to_lowercase().is_in(list(GAPS))
        plain = texts.str.contains(PLAIN)
        if (plain | gap).all():  # by far the most tables, and twenty times as fast
            return cls(texts, gap, plain, _plain_parts(texts, plain))
        parts = texts.str.extract_groups(NUMERAL).struct.unnest()
        given = {name: parts[name].is_not_null() for name in PARTS}
        signs = sum(
            (given[name].cast(pl.Int64) for name in ("sign", "inner", "open", "last")),
            start=pl.zeros(len(texts), eager=True, dtype=pl.Int64),
        )
        fits = parts["body"].str.contains(FITTING["."]) | parts["body"].str.contains(FITTING[","])
        number = (
            (fits.fill_null(False) & (signs <= 1) & (given["open"] == given["close"]))
            & ~(given["before"] & given["after"])
            & ~gap
        )
        return cls(texts, gap, number, parts)

    def fits(self, decimal: str) -> pl.Series:
        """Which of the numbers can be read with this decimal sign."""
        return self.parts["body"].str.contains(FITTING[decimal]).fill_null(False) & self.number

    def marked(self) -> pl.Series:
        """Which of the numbers have a point or a comma."""
        return self.parts["body"].str.contains("[.,]").fill_null(False) & self.number

    def values(self, decimal: str) -> npt.NDArray[np.float64]:
        """float64 with NaN where `fits` does not hold, which has gaps and words among it. A percentage is divided by 100."""
        group = "," if decimal == "." else "."
        digits = self.parts["body"].str.replace_all(rf"[{group}'\u2019]|{SPACE}", "")
        numbers = digits.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        minus = self.parts["sign"].is_in(["-", "\u2212"]) | self.parts["inner"].is_in(
            ["-", "\u2212"]
        )
        negative = (
            minus.fill_null(False)
            | self.parts["open"].is_not_null()
            | self.parts["last"].is_not_null()
        ).to_numpy()
        found = numbers.fill_null(float("nan")).to_numpy() * np.where(negative, -1.0, 1.0)
        found = np.where(self.parts["percent"].is_not_null().to_numpy(), found / 100, found)
        return np.where(self.fits(decimal).to_numpy(), found, np.nan)

    def currencies(self) -> list[str | None]:
        """The currency of each number that has one."""
        return self.parts["before"].fill_null(self.parts["after"]).to_list()


def is_numeral(text: str) -> bool:
    """Whether a text is a number by one decimal sign or the other."""
    found = ONE_NUMERAL.match(text.strip())
    return found is not None and any(re.match(form, found["body"]) for form in FITTING.values())


def decimal_of(
    columns: Mapping[int, Numerals], *, given: str | None = None, delimiter: str | None = None
) -> str:
    """The decimal sign of the numbers in the columns of a table, which they have in common: the one `given`, or as seen.

    What can be read by one sign only decides. Where all numbers can be read by both, as 1,234, three things do: in a column
    that has 1234 without a mark, no mark parts thousands; in a file whose cells are parted by commas, points part decimals; and
    where nothing is marked it does not matter.

    Raises QoptError, with the place ("cell", row, column), where two numbers contradict each other and where nothing decides.
    """
    if given is not None:
        if given not in (".", ","):
            raise QoptError(f"decimal={given!r}: give '.' or ','", ("decimal",))
        return given
    only = {sign: _first(columns, sign) for sign in (".", ",")}
    if (point := only["."]) and (comma := only[","]):
        raise QoptError(
            f"{_text(columns, comma)!r} has a decimal comma and {_text(columns, point)!r} a decimal point; "
            "give decimal=',' or decimal='.', or mend one of them",
            ("cell", *comma),
        )
    if decided := next((sign for sign, at in only.items() if at), None):
        return decided
    doubtful = [
        (column, numerals, row)
        for column, numerals in columns.items()
        for row in numerals.marked().arg_true().to_list()[:1]
    ]
    signs = {
        sign
        for _, numerals, _ in doubtful
        for sign in (".", ",")
        if numerals.parts["body"].str.contains(sign, literal=True).any()
    }
    if len(signs) == 1:
        (sign,) = signs
        if (sign == "." and delimiter == ",") or any(_ungrouped(n) for _, n, _ in doubtful):
            return sign
    for column, numerals, row in doubtful:
        text = numerals.texts[row]
        raise QoptError(
            f"{text!r} may mean two numbers, and none in the table says which; "
            "give decimal='.' or decimal=','",
            ("cell", row, column),
        )
    return "."


def _plain_parts(texts: pl.Series, plain: pl.Series) -> pl.DataFrame:
    """The parts of numbers that are a sign, digits and a decimal point."""
    sign = texts.str.extract("^([-+])").alias("sign")
    body = texts.str.strip_chars_start("-+").alias("body")
    none = pl.Series("", [None] * len(texts), dtype=pl.String)
    given = {"sign": sign, "body": pl.select(pl.when(plain).then(body)).to_series()}
    return pl.DataFrame({name: given.get(name, none) for name in PARTS})


def _first(columns: Mapping[int, Numerals], sign: str) -> tuple[int, int] | None:
    """Row and column of the first number that can be read with this decimal sign and not with the other."""
    other = "," if sign == "." else "."
    for column, numerals in columns.items():
        rows = (numerals.fits(sign) & ~numerals.fits(other)).arg_true()
        if len(rows):
            return int(rows[0]), column
    return None


def _text(columns: Mapping[int, Numerals], at: tuple[int, int]) -> str:
    return str(columns[at[1]].texts[at[0]])[:40]


def _ungrouped(numerals: Numerals) -> bool:
    """Whether a number of the column has four digits or more and no mark that would part its thousands."""
    return bool(numerals.parts["body"].str.contains("^[0-9]{4,}$").fill_null(False).any())
