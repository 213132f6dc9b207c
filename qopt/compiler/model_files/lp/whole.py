"""What is looked at when all of an LP file is read: names that were meant otherwise, and bounds."""

from __future__ import annotations

from math import inf

from . import grammar
from .place import Place
from .variables import Variables


def require_names(place: Place) -> None:
    """Refuse names that were meant otherwise."""
    program = place.program
    for name in program.names:
        reason = _misread(name)
        if reason:
            raise program.error(f"{name!r} {reason}", place.line(place.find(name, 0)))
    exponents = any(name[0] in "eE" and name[1:2].isdigit() for name in program.names)
    for match in grammar.AMBIGUOUS.finditer(place.content) if exponents else ():
        if match[1] in program.names:
            place.at = match.start()
            two = f"a number, or a coefficient of {match[1]!r}"
            place.refuse(f"{match[0]!r} is {two}; write a space between them")


def require_known(place: Place, variables: Variables) -> None:
    """Refuse a listed name that stands nowhere else: it may be a heading misspelt."""
    program = place.program
    used = set(variables.bounded).union(*(one.members for one in program.sets))
    for total in (program.objective, *(row.sum for row in program.rows)):
        used.update(total.column, total.first, total.second)
    used.update(row.when[0] for row in program.rows if row.when)
    for v in range(len(program.names)):
        if v not in used:
            name = program.label(v)
            said = "is listed, and is in no row, bound or objective; is it a heading misspelt?"
            raise program.error(f"{name!r} {said}", place.line(place.find(name, 0)))


def confine_binaries(variables: Variables) -> None:
    """Listed as binary, a variable is 0 or 1, whatever else is said of it."""
    program, wider = variables.program, []
    for v in variables.binary:
        low, high = program.lower.get(v, 0.0), program.upper.get(v, inf)
        if low < 0 or (high > 1 and high != inf):
            wider.append(program.label(v))
        program.lower[v], program.upper[v] = max(low, 0.0), min(high, 1.0)
    if wider:
        program.notes.append(f"binary, whatever their bounds: {_few(wider)}")
    twice = [program.label(v) for v in variables.binary if v in variables.listed]
    if twice:
        program.notes.append(f"listed as binary and as integer, taken as binary: {_few(twice)}")


def settle_semis(variables: Variables) -> None:
    """A semi-continuous variable is 0 or within its bounds.

    That is nothing new where 0 is within them or beside them, and refused elsewhere.
    """
    program, plain = variables.program, []
    for v, line in variables.semi.items():
        low, name = program.lower.get(v, 0.0), program.label(v)
        if low > 0 and not (v in program.whole and low <= 1):
            remedy = (
                f"write {name} - {low:g} b >= 0 with a binary b of your own, "
                f"and {name} - u b <= 0 with its upper bound u"
            )
            raise program.error(f"{name!r} is 0 or at least {low:g}: {remedy}", line)
        program.lower[v] = min(low, 0.0)
        plain.append(name)
    if plain:
        program.notes.append(f"semi-continuous with 0 within their bounds: {_few(plain)}")


def require_lower_bounds(variables: Variables) -> None:
    """Refuse an upper bound below 0 alone, which readers take in two ways."""
    program = variables.program
    for v, high in program.upper.items():
        if high < 0 and v not in program.lower:
            name = program.label(v)
            said = (
                f"{name!r} has an upper bound below 0 and no lower one, which some readers take "
                f"for 0 and some for -inf; write both, as '-inf <= {name} <= {high:g}'"
            )
            raise program.error(said, program.places.get(v))


def _misread(name: str) -> str:
    """What a name seems to be if it is none; "" where it is one."""
    if grammar.RESERVED.fullmatch(name):
        return "is a heading, which begins a line; a variable needs another name"
    if not name.isascii() and any(one.isdigit() and not one.isascii() for one in name):
        return "has a digit that is none of 0 to 9; squares are written x^2, in brackets"
    if name[-1] in ",;":
        return f"is not a name; words stand between spaces here, without {name[-1]!r}"
    if ("(" in name or ")" in name) and not _balanced(name):
        return "is half of something in parentheses: multiply them out; a name has no spaces"
    return ""


def _balanced(name: str) -> bool:
    open_ = 0
    for letter in name:
        open_ += (letter == "(") - (letter == ")")
        if open_ < 0:
            return False
    return open_ == 0


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
