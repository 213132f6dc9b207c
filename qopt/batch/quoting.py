"""What the trials of a study would be charged by annealers and services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import QoptError
from ..ocean.money import Prices, Quote, quote
from ..ocean.money.quote import KINDS
from .studies import Study
from .trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Quoted:
    """A trial's quote, or why there is none."""

    trial: Trial
    quote: Quote | None
    why: str = ""


def quote_study(
    study: Study, *, device: str = "advantage2", prices: Prices | None = None
) -> list[Quoted]:
    """Of each trial that is charged, in the study's order. Equal ones are worked out once."""
    return list(_quoted(study.trials, device, prices))


def _quoted(trials: Iterable[Trial], device: str, prices: Prices | None) -> Iterable[Quoted]:
    known: dict[tuple[object, ...], tuple[Quote | None, str]] = {}
    for trial in trials:
        if trial.solver not in KINDS:
            continue
        same = (
            trial.instance.content,
            trial.solver,
            repr(sorted(trial.parameters.items())),
            trial.time_limit,
        )
        if same not in known:
            known[same] = _one(trial, device, prices)
        yield Quoted(trial, *known[same])


def _one(trial: Trial, device: str, prices: Prices | None) -> tuple[Quote | None, str]:
    try:
        return quote(
            trial.instance.problem,
            solver=trial.solver,
            parameters=trial.parameters,
            time_limit=trial.time_limit,
            device=device,
            prices=prices,
        ), ""
    except QoptError as error:
        return None, str(error)
