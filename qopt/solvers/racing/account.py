"""Who found what: the account of a race, as values for its result and as a sentence."""

from __future__ import annotations

from typing import Any

from ...problem import Sense
from .course import Course
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


def ran_by(racer: Racer) -> str:
    """The solver that ran: the one that `auto` chose."""
    chosen = {} if racer.finish is None else racer.finish.info
    return str(chosen.get("chosen", racer.entry.name))


def sentence(course: Course) -> str:
    """For the planner: who found the best plan and when, what the others had, what is proved."""
    winner, sense = course.winner, course.task.problem.sense
    others = [racer for racer in course.racers if racer is not winner]
    if winner is None or winner.best is None:
        told = ["no solver found a feasible plan"]
        told += [f"{racer.label}: {error}" for racer in others if (error := _error(racer))]
    else:
        shared = " from another's" if winner.best.shared else ""
        told = [f"{winner.label} found the best plan{shared} after {winner.best.seconds:.1f} s"]
        told += [_beside(racer, winner.best.objective, sense) for racer in others]
    return "; ".join([*told, *_proofs(course)])


def _beside(racer: Racer, objective: float, sense: Sense) -> str:
    if racer.best is None:
        error = _error(racer)
        return f"{racer.label} found none" + ("" if error is None else f" ({error})")
    if racer.best.objective == objective:
        return f"{racer.label} found one as good after {racer.best.seconds:.1f} s"
    worse = "more" if sense == "min" else "less"
    far = abs(racer.best.objective - objective)
    if objective == 0:
        return f"{racer.label} had {far:.6g} {worse}"
    return f"{racer.label} had {100 * far / abs(objective):.2g} % {worse}"


def _error(racer: Racer) -> str | None:
    return None if racer.finish is None else racer.finish.error


def _proofs(course: Course) -> list[str]:
    """Of the first solver that proves the best plan optimal, or that no plan is feasible."""
    for racer in course.racers:
        if racer.finish is not None and course.proves_none(racer.finish):
            return [f"{racer.label} proved that there is none"]
        if racer.finish is not None and course.proves_best(racer.finish):
            return [f"{racer.label} proved that there is no better one"]
    return []
