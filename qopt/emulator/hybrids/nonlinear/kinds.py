"""Which decision symbols the search knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ....errors import QoptError
from .decision import Decision
from .numbers import NumbersDecision
from .orders import DisjointListsDecision, ListDecision
from .sets import DisjointSetsDecision, SetDecision

if TYPE_CHECKING:
    from dwave.optimization import Model

# by the name of the symbol's class in `dwave.optimization.symbols`
KINDS: dict[str, Callable[[Any], Decision[Any]]] = {
    "BinaryVariable": NumbersDecision,
    "IntegerVariable": NumbersDecision,
    "ListVariable": ListDecision,
    "SetVariable": SetDecision,
    "DisjointLists": DisjointListsDecision,
    "DisjointBitSets": DisjointSetsDecision,
}


def require_known(model: Model) -> None:
    """Raise QoptError for a decision that the search has no moves for, or an input, which is for a
    model's user to set.
    """
    for symbol in model.iter_decisions():
        if (name := type(symbol).__name__) not in KINDS:
            raise QoptError(
                f"decision symbol {name} is not known to the emulator; it takes {', '.join(KINDS)}"
            )
    if model.num_inputs():
        raise QoptError("the model has an Input symbol, whose value only its user can set")


def decisions(model: Model) -> list[Decision[Any]]:
    """The decisions of a locked model, in its order. Raises QoptError for an unknown one."""
    require_known(model)
    return [KINDS[type(symbol).__name__](symbol) for symbol in model.iter_decisions()]
