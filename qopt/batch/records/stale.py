"""Why a trial is solved again: what its answer depends on, before and now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def reasons(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Each difference in a few words; none for equal parts."""
    return list(_differences(before, now))


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in now:
        was, is_now = before.get(name), now[name]
        if was == is_now:
            continue
        if name == "instance":
            yield "the instance's content, or its options, changed"
        elif name == "parameters":
            yield from _parameters(was or {}, is_now)
        elif name == "algorithm_version":
            yield f"the solver's algorithm is version {is_now}, and was {was}"
        else:
            yield f"{name} is {is_now!r}, and was {was!r}"


def _parameters(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*before, *now}):
        if key not in now:
            yield f"the parameter {key} is left out, and was {before[key]!r}"
        elif key not in before:
            yield f"the parameter {key} is {now[key]!r}, and was left out"
        elif before[key] != now[key]:
            yield f"the parameter {key} is {now[key]!r}, and was {before[key]!r}"
