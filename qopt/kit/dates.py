"""Dates as people write them in a column, and the order of day and month as the whole column shows
it.

Read are ISO dates and times, with zones or without, 20240131, dates with the names of months in
seven languages, months, quarters, weeks, and days and months in numbers. Of the last, 31/1/2024 and
1/31/2024 tell their order, and 31.1.2024 is a day first wherever points are used. Where all numbers
are 12 or less the column decides if, of the orders it could have, one alone gives dates that go
forward or backward in even steps; else it is refused, and the remedy is a `date_format`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..errors import QoptError

MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january januar janvier janv jän jänner enero ene gennaio gen januari janeiro",
            "feb february februar février févr fév fevrier febrero febbraio februari fevereiro fev",
            "mar march märz mär mrz maerz mars marzo maart mrt março marco",
            "apr april avril avr abril abr aprile",
            "may mai mayo maggio mag mei maio",
            "jun june juni juin junio giugno giu junho",
            "jul july juli juillet juil julio luglio lug julho",
            "aug august août aout agosto ago augustus",
            "sep sept september septembre septiembre settembre set setembro",
            "oct october oktober okt octobre octubre ottobre ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december dezember dez décembre déc diciembre dic dicembre dezembro desember des",
        ),
        1,
    )
    for name in names.split()
}
NAME = r"(?P<name>[^\W\d_]{3,10})\.?"
TIME = (
    r"(?:(?:[T ]|,\s*)\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d+))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4})?)?"
)
YEAR = r"(?P<year>(?:1[6-9]|20|21)\d{2})"
SHORT = rf"{YEAR[:-1]}|'?\d{{2}})"
WEEKDAY = re.compile(
    r"^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|"
    r"mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)\.?,?\s+",
    re.IGNORECASE,
)
SHAPES = tuple(
    re.compile(f"^{shape}{TIME}$")
    for shape in (
        rf"{YEAR}(?P<mark>[-/. ])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})",
        rf"{YEAR}[-/](?P<month>\d{{1,2}})",
        rf"{YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})",
        r"(?P<one>\d{1,2})(?P<mark>[-/.]| )(?P<two>\d{1,2})(?P=mark)(?P<three>\d{4}|\d{2})",
        rf"(?P<month>\d{{1,2}})[-/]{YEAR}",
        rf"(?P<day>\d{{1,2}})[-./]?\s*{NAME}[-./,]?\s*{SHORT}",
        rf"{NAME}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{YEAR}",
        rf"{NAME}[-/,]?\s*{SHORT}",
        rf"{YEAR}[-/ ]{NAME}(?:[-/ ](?P<day>\d{{1,2}}))?",
        rf"{YEAR}[-/ ]?Q(?P<quarter>[1-4])",
        rf"Q(?P<quarter>[1-4])[-/ ]?{YEAR}",
        rf"{YEAR}-?W(?P<week>\d{{2}})(?:-?(?P<weekday>[1-7]))?",
    )
)
ORDERS = {"day, month, year": "dmy", "month, day, year": "mdy", "year, month, day": "ymd"}
FORMATS = {"dmy": "%d{0}%m{0}%{1}", "mdy": "%m{0}%d{0}%{1}", "ymd": "%{1}{0}%m{0}%d"}
EVEN, UNEVEN = 5, 10  # the longest step over the middle one: of a calendar, and of one misread
CENTURY = 69  # two digits of a year below it are of this century, as in POSIX

Seen = dict[str, str]


@dataclass(frozen=True)
class Dates:
    """A column of dates: `moments` in UTC and `written` as they stand, both without a zone.

    `note` says how the order of day and month was decided where it was in doubt.
    """

    moments: tuple[dt.datetime, ...]
    written: tuple[dt.datetime, ...]
    note: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The days as people read them, with the time where several rows share a day."""
        days = [moment.date().isoformat() for moment in self.written]
        if len(set(days)) == len(set(self.moments)):
            return tuple(days)
        return tuple(moment.isoformat(" ") for moment in self.written)


def dated(text: str) -> bool:
    """Whether a text is a date, in some order of day and month."""
    seen = _seen(text.strip())
    return seen is not None and any(_suits(_ordered(seen, order)) for order in ORDERS.values())


def dates_of(texts: Sequence[str], date_format: str | None = None) -> Dates:
    """The dates that texts mean, by `date_format` as in `datetime.strptime` where it is given.

    Raises QoptError, with the place ("row", k), for the first that is no date, and ("date_format",)
    where the order of day and month is open.
    """
    rows: dict[str, int] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text.strip(), row)
    try:
        distinct = _distinct(list(rows), date_format)
    except QoptError as error:
        kind, *at = error.place
        place = (kind, *(list(rows.values())[k] for k in at if isinstance(k, int)))
        raise QoptError(str(error), place) from None
    position = {text: k for k, text in enumerate(rows)}
    each = [position[text.strip()] for text in texts]
    moments, written = distinct.moments, distinct.written
    return Dates(tuple(moments[k] for k in each), tuple(written[k] for k in each), distinct.note)


def _distinct(texts: list[str], date_format: str | None) -> Dates:
    """The dates of texts of which none comes twice; places count among these."""
    if date_format is not None:
        return _dates([_by_format(text, date_format, k) for k, text in enumerate(texts)])
    seen = [_seen(text) or {} for text in texts]
    for k, date in enumerate(seen):
        if not date:
            raise QoptError(f"{texts[k][:40]!r} is no date", ("row", k))
    numeric = [k for k, date in enumerate(seen) if "one" in date]
    if not numeric:
        return _dates([_moment(date, texts[k], k) for k, date in enumerate(seen)])
    return _by_order(texts, seen, numeric)


def _by_order(texts: list[str], seen: list[Seen], numeric: list[int]) -> Dates:
    """Dates some of which are numbers of day, month and year, in the order that they all have in
    common.

    The year comes first only where it has four digits or a dash behind it, as in 24-01-31.
    """
    possible: dict[str, list[dt.datetime]] = {}
    dashed = seen[numeric[0]]["mark"] == "-"
    for said, order in ORDERS.items():
        if order == "ymd" and not dashed:
            continue
        try:
            moments = [_moment(_ordered(date, order), texts[k], k) for k, date in enumerate(seen)]
        except QoptError:
            continue
        possible[said] = moments
    if not possible:
        raise QoptError(*_no_order(texts, seen, numeric))
    first, *others = possible.values()
    if all(other == first for other in others):
        return _dates(first)
    example = texts[numeric[0]][:20]
    if seen[numeric[0]]["mark"] == "." and "day, month, year" in possible:
        return _dates(possible["day, month, year"], f"dates as {example} are day.month.year")
    even = [said for said, moments in possible.items() if _stretch(moments) <= EVEN]
    uneven = [said for said, moments in possible.items() if _stretch(moments) > UNEVEN]
    if len(even) == 1 and len(uneven) == len(possible) - 1:
        return _dates(
            possible[even[0]],
            f"dates as {example} are read as {even[0]}: in that order alone they go in even steps",
        )
    mark, long = seen[numeric[0]]["mark"], "Y" if len(seen[numeric[0]]["three"]) == 4 else "y"
    formats = [FORMATS[ORDERS[said]].format(mark, long) for said in possible]
    raise QoptError(
        f"dates as {example!r} may have the day or the month first; give date_format="
        + " or ".join(map(repr, formats)),
        ("row", numeric[0]),
    )


def _no_order(
    texts: list[str], seen: list[Seen], numeric: list[int]
) -> tuple[str, tuple[str, int]]:
    """What to say where no order of day and month suits all dates: the first date that none suits,
    or the two that differ.
    """
    suits = {k: {o for o in ORDERS.values() if _suits(_ordered(seen[k], o))} for k in numeric}
    orders = set(ORDERS.values())
    for k in numeric:
        if not suits[k]:
            return f"{texts[k][:40]!r} is no date", ("row", k)
        if not orders & suits[k]:
            first = next(j for j in numeric if not suits[j] & suits[k] or suits[j] != suits[k])
            said = (
                f"{texts[k][:40]!r} has day and month in another order than {texts[first][:40]!r}"
            )
            return said, ("row", k)
        orders &= suits[k]
    return f"{texts[numeric[0]][:40]!r} is no date", ("row", numeric[0])


def _seen(text: str) -> Seen | None:
    """The parts of a date, by name; None where it is none."""
    text = WEEKDAY.sub("", text)
    if not 5 <= len(text) <= 60:
        return None
    for shape in SHAPES:
        if match := shape.match(text):
            seen = {key: value for key, value in match.groupdict().items() if value is not None}
            if "name" in seen:
                month = MONTHS.get(seen["name"].lower())
                if month is None:
                    continue
                seen["month"] = str(month)
            return seen
    return None


def _ordered(found: Seen, order: str) -> Seen:
    """With the numbers of a date named by their order."""
    if "one" not in found:
        return found
    names = {"d": "day", "m": "month", "y": "year"}
    return found | {
        names[part]: found[key] for part, key in zip(order, ("one", "two", "three"), strict=True)
    }


def _suits(found: Seen) -> bool:
    try:
        _moment(found, "", 0)
    except QoptError:
        return False
    return True


def _moment(found: Seen, text: str, row: int) -> dt.datetime:
    """The moment that the parts of a date mean, of a span its beginning; with a zone where there
    was one.
    """
    try:
        day = _day(found)
        hour = int(found.get("hour", 0))
        if "half" in found:
            hour = hour % 12 + (12 if found["half"][0] in "Pp" else 0)
        part = int((found.get("part", "") + "000000")[:6])
        clock = dt.time(hour, int(found.get("minute", 0)), int(found.get("second", 0)), part)
        return dt.datetime.combine(day, clock, _zone(found.get("zone", "")))
    except (ValueError, OverflowError):
        raise QoptError(f"{text[:40]!r} is no date", ("row", row)) from None


def _day(found: Seen) -> dt.date:
    digits = found["year"].lstrip("'")
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < CENTURY else 1900
    if "quarter" in found:
        return dt.date(year, 3 * int(found["quarter"]) - 2, 1)
    if "week" in found:
        return dt.date.fromisocalendar(year, int(found["week"]), int(found.get("weekday", 1)))
    return dt.date(year, int(found["month"]), int(found.get("day", 1)))


def _zone(text: str) -> dt.tzinfo | None:
    """The zone by its offset; one by name, as EST, is taken for that of the whole column and left
    out.
    """
    if text in ("Z", "UTC", "GMT"):
        return dt.UTC
    if text[:1] in ("+", "-"):
        offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
        return dt.timezone(offset if text[0] == "+" else -offset)
    return None


def _by_format(text: str, date_format: str, row: int) -> dt.datetime:
    try:
        return dt.datetime.strptime(text, date_format)
    except (ValueError, re.error) as error:
        if "bad directive" in str(error) or "stray" in str(error) or isinstance(error, re.error):
            said = f"date_format={date_format!r}: give a format as of strptime, as '%d/%m/%Y'"
            raise QoptError(said, ("date_format",)) from None
        raise QoptError(
            f"{text[:40]!r} is no date by date_format={date_format!r}", ("row", row)
        ) from None


def _dates(moments: Sequence[dt.datetime], note: str = "") -> Dates:
    written = tuple(moment.replace(tzinfo=None) for moment in moments)
    return Dates(tuple(map(_in_utc, moments)), written, note)


def _in_utc(moment: dt.datetime) -> dt.datetime:
    try:
        return (moment.astimezone(dt.UTC) if moment.tzinfo else moment).replace(tzinfo=None)
    except OverflowError:  # in the first or the last hours of the calendar
        return moment.replace(tzinfo=None)


def _stretch(moments: Sequence[dt.datetime]) -> float:
    """How often the longest step has the middle one's length; infinite where they do not all go one
    way, or are under four.
    """
    steps = [(b - a).total_seconds() for a, b in pairwise(map(_in_utc, moments))]
    if len(steps) < 3 or not (min(steps) > 0 or max(steps) < 0):
        return float("inf")
    lengths = sorted(map(abs, steps))
    return lengths[-1] / lengths[len(lengths) // 2]
