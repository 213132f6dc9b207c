"""When a trial is solved by another solver instead."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..job import Reply
from ..records.record import FAILURES, Record
from ..trial import Fallback, Trial


def fails(trial: Trial, reply: Reply) -> str | None:
    """Why what came of a trial sends it to its fallback; None where it does not."""
    if trial.fallback is None:
        return None
    if reply.outcome in FAILURES and "failed" in trial.fallback.on:
        return f"{trial.solver_name} {reply.outcome}: {reply.error}"
    if reply.outcome in ("none-found", "infeasible") and "none-found" in trial.fallback.on:
        return f"{trial.solver_name} found no feasible plan"
    return None


def worse(records: Sequence[Record], solver: str, fallback: Fallback) -> str | None:
    """Why a solver is not begun: its mean gap is larger over the last trials that both solved.

    Gaps are to the best known objective, or else to the better of the two; a trial without a plan
    has a gap of 100 %. None where there are not as many such trials as the rule asks for.
    """
    mine = {_which(record): record for record in records if _by(record, solver)}
    pairs = [
        (mine[_which(record)], record)
        for record in records
        if _by(record, fallback.name) and _which(record) in mine
    ]
    pairs = sorted(pairs, key=lambda pair: pair[0].started or "")[-fallback.last :]
    if len(pairs) < fallback.last:
        return None
    gaps = [_gaps(one, other) for one, other in pairs]
    own, others = fmean(gap for gap, _ in gaps), fmean(gap for _, gap in gaps)
    if own <= others:
        return None
    return (
        f"over the last {fallback.last} trials of both, the mean gap of {solver} was {own:.2%}, "
        f"and that of {fallback.name} {others:.2%}"
    )


def _by(record: Record, solver: str) -> bool:
    """Whether it was this solver that solved it, and no fallback of it."""
    return record.solver == solver and not record.instead and record.outcome != "interrupted"


def _which(record: Record) -> tuple[str, str, int]:
    return record.kind, record.instance, record.seed


def _gaps(one: Record, other: Record) -> tuple[float, float]:
    from ...compare.records import gap

    known = [r.objective for r in (one, other) if r.objective is not None]
    if one.best_known is not None:
        known.append(one.best_known)
    if not known:
        return 1.0, 1.0
    best = min(known) if one.sense == "min" else max(known)
    return gap(one.objective, best), gap(other.objective, best)
