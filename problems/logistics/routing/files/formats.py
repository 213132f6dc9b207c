"""Files of routing, whose content tells their format: a VRPLIB file, or one of Solomon's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from qopt import QoptError
from qopt.kit.files import Text

from ...places.published import Routing, with_published
from .solomon import is_solomon, read_solomon
from .vrplib import read_vrplib

RoutingT = TypeVar("RoutingT", bound=Routing)


def read_routing(
    kind: type[RoutingT],
    path: str | Path,
    rounding: str | None,
    take_first: int | None,
    **chosen: Any,
) -> RoutingT:
    """A `VehicleRouting` of what a file says and what is chosen besides.

    Raises FileError with the line.
    """
    text = Text.read(path)
    if is_solomon(text):
        problem = read_solomon(text, take_first, rounding).make(kind, **chosen)
        if take_first is not None:
            return problem  # the plan beside the file serves all customers
        return with_published(
            problem, text, [], lambda other: kind(**read_solomon(text, None, other).values | chosen)
        )
    if take_first is not None:
        only = "only of Solomon's files the first customers can be taken"
        raise QoptError(f"take_first={take_first!r}: {only}", ("take_first",))
    fields = read_vrplib(text, rounding, chosen.get("vehicles"))
    return with_published(
        fields.make(kind, **chosen),
        text,
        fields.kinds,
        lambda other: kind(**read_vrplib(text, other).values | chosen),
    )
