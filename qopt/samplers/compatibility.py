"""What `SimulatedAnnealingSampler` takes and this annealer does not need: what is made of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from ..errors import InputWarning
from ..kit.checks import require, require_count

TYPES = ("linear", "geometric", "custom")
CRITERIA = ("Metropolis", "Gibbs")


@dataclass(frozen=True)
class Compatible:
    """The arguments of these names, checked; None where one was not given.

    A schedule of inverse temperatures is that of one anneal, and tempering has none. Its ends and
    its length are taken, so that it is cooled as far and as long.
    """

    interrupt_function: Callable[[], bool] | None = None
    beta_schedule: Sequence[float] | None = None
    beta_schedule_type: str | None = None
    num_sweeps_per_beta: int | None = None
    randomize_order: bool | None = None
    proposal_acceptance_criteria: str | None = None

    def __post_init__(self) -> None:
        kind, criteria = self.beta_schedule_type, self.proposal_acceptance_criteria
        require(kind in (None, *TYPES), "beta_schedule_type", kind, " or ".join(map(repr, TYPES)))
        known = criteria is None or str(criteria).title() in CRITERIA
        wanted = " or ".join(map(repr, CRITERIA))
        require(known, "proposal_acceptance_criteria", criteria, wanted)
        require_count("num_sweeps_per_beta", self.num_sweeps_per_beta, optional=True)
        given = self.beta_schedule is not None
        custom = kind == "custom" if given else kind != "custom"
        wanted = "'custom' with a beta_schedule, and another without"
        require(custom or (given and kind is None), "beta_schedule_type", kind, wanted)
        if given:
            self._require_rising()
            warnings.warn(
                "beta_schedule: only its ends and its length are used; the annealer spaces its own "
                "temperatures",
                InputWarning,
                stacklevel=4,
            )

    def interrupt(self, interrupt: Callable[[], bool] | None) -> Callable[[], bool] | None:
        """`interrupt` for the annealer, under whichever of its names it was given."""
        other = self.interrupt_function
        only_one = interrupt is None or other is None
        require(only_one, "interrupt_function", other, "it or interrupt, not both")
        return interrupt or other

    def ends(self, beta_range: Any) -> Any:
        """`beta_range` for the annealer: what was given, as a tuple where it is an array, or that
        of the schedule.
        """
        if self.beta_schedule is None or beta_range is not None:
            return tuple(beta_range) if hasattr(beta_range, "tolist") else beta_range
        warm = [float(beta) for beta in self.beta_schedule if beta > 0]
        return warm[0], warm[-1]

    def sweeps(self, num_sweeps: Any) -> Any:
        """`num_sweeps` for the annealer: as long as the schedule, where nothing else was given."""
        if self.beta_schedule is None or num_sweeps is not None:
            return num_sweeps
        return len(self.beta_schedule) * int(self.num_sweeps_per_beta or 1)

    def notes(self) -> list[str]:
        unused = [
            field.name
            for field in fields(self)
            if field.name not in _USED and getattr(self, field.name) is not None
        ]
        if self.beta_schedule is not None:
            ends = "beta_schedule: its ends and its length are used, its steps are not"
            return [ends, *(f"{name}: not used" for name in unused if name not in _OF_SCHEDULES)]
        return [f"{name}: not used, the annealer sweeps in its own way" for name in unused]

    def _require_rising(self) -> None:
        given: Any = self.beta_schedule
        betas = list(given) if hasattr(given, "__len__") else []
        numbers = all(isinstance(beta, Real) and 0 <= float(beta) < math.inf for beta in betas)
        rising = numbers and any(betas) and betas[-1] == max(betas)
        wanted = "inverse temperatures of 0 or more, the last of them the largest and above 0"
        require(rising, "beta_schedule", self.beta_schedule, wanted)


_USED = ("interrupt_function", "beta_schedule")
_OF_SCHEDULES = ("beta_schedule_type", "num_sweeps_per_beta")  # used with one
