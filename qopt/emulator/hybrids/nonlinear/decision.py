"""What every kind of decision symbol offers the search."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Decision(ABC, Generic[Value]):
    """A decision symbol of a locked model, whose values are copied and never changed in place.

    `size` counts what its moves choose from: a symbol is chosen in proportion to it.
    """

    def __init__(self, symbol: Any, size: int) -> None:
        self.symbol, self.size = symbol, size

    def has_state(self, index: int) -> bool:
        """Whether the model came with a value in its state of that number."""
        return bool(self.symbol.has_state(index))

    @abstractmethod
    def read(self, index: int) -> Value:
        """The value in the model's state of that number."""

    @abstractmethod
    def drawn(self, draw: random.Random) -> Value:
        """A value by chance. One that the symbol refuses when it is set is drawn in vain."""

    @abstractmethod
    def moved(self, value: Value, draw: random.Random) -> Value | None:
        """A value near by, None where the chosen move is impossible."""

    def set(self, index: int, value: Value) -> None:
        """Put it into the model's state of that number. Raises ValueError for one that the symbol
        does not take.
        """
        self.symbol.set_state(index, self.state(value))

    def state(self, value: Value) -> Any:
        """The value as the symbol takes it."""
        return value


def below(draw: random.Random, count: int) -> int:
    """A whole number of 0 to `count` - 1; twice as fast as `randrange`."""
    return int(draw.random() * count)


def two(draw: random.Random, count: int) -> tuple[int, int]:
    """Two different ones, `count` at least 2."""
    first, second = below(draw, count), below(draw, count - 1)
    return first, second + (second >= first)
