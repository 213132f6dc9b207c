"""Who found what: the account of a race, as values for its result and as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...problem import Sense
from .racer import Racer


def account(racer: Racer) -> dict[str, Any]:
    """JSON-ready.

    `objective` is that of the best plan that the solver found itself, after so many `seconds`;
    `shared` says that it was made from another's, and `taken_over` how many of others' plans it
    went on from. `ended` is why it ended, `error` what it refused or failed with.
    """
    finish, best = racer.finish, racer.best
    row: dict[str, Any] = {
        "solver": racer.entry.name,
        "label": racer.label,
        "threads": racer.threads,
        "parameters": {name: repr(value) for name, value in racer.entry.parameters.items()},
        "objective": None if best is None else float(best.objective),
        "seconds": None if best is None else round(best.seconds, 3),
        "shared": best is not None and best.shared,
    }
    if finish is None:
        return row | {"ended": "it had not ended in time, and its process was ended"}
    if finish.error is not None:
        return row | {"ended": "failed", "error": finish.error}
    return row | {
        "ended": finish.stopped_by,
        "taken_over": finish.taken_over,
        "info": dict(finish.info),
        "timing": dict(finish.timing),
        **({"warnings": list(finish.warnings)} if finish.warnings else {}),
    }


def sentence(winner: Racer | None, racers: Sequence[Racer], sense: Sense) -> str:
    """For the planner: who found the best plan and when, and what the others had."""
    others = [racer for racer in racers if racer is not winner]
    if winner is None or winner.best is None:
        head = "no solver found a feasible plan"
        told = [f"{racer.label}: {_error(racer)}" for racer in others if _error(racer)]
        return "; ".join([head, *told])
    shared = " from another's" if winner.best.shared else ""
    head = f"{winner.label} found the best plan{shared} after {winner.best.seconds:.1f} s"
    return "; ".join([head, *(_beside(racer, winner.best.objective, sense) for racer in others)])


def _beside(racer: Racer, objective: float, sense: Sense) -> str:
    if racer.best is None:
        reason = _error(racer)
        return f"{racer.label} found none" + ("" if reason is None else f" ({reason})")
    if racer.best.objective == objective:
        return f"{racer.label} found one as good after {racer.best.seconds:.1f} s"
    worse = "more" if sense == "min" else "less"
    far = abs(racer.best.objective - objective)
    if objective == 0:
        return f"{racer.label} had {far:.6g} {worse}"
    return f"{racer.label} had {100 * far / abs(objective):.2g} % {worse}"


def _error(racer: Racer) -> str | None:
    return None if racer.finish is None else racer.finish.error
