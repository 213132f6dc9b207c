"""Objects that refuse changes, for classes whose arguments are no longer what they keep."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any, NoReturn


class Frozen:
    """A base of classes whose objects stay as they were made, as frozen dataclasses do.

    A constructor says what it knows by `_set`; the class names its attributes with their types.
    """

    def _set(self, **values: Any) -> None:
        vars(self).update(values)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")
