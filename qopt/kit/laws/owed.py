"""A law that is broken: what was found, and what is owed."""

from __future__ import annotations

NEAR = 1e-6  # relative and absolute, within which two sums of the same terms are the same


class Broken(AssertionError):
    """What was found, and what is owed."""


def hold(holds: bool, owed: str, found: object) -> None:
    """Raise `Broken` unless the law holds."""
    if not holds:
        raise Broken(f"owed: {owed}; found: {found}")
