"""Every number of a page, from its evidence alone: what `qopt verify` computes again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ..batch.comparing import compared, runs_of
from ..batch.service import Service, asked_of, services
from ..compare import BreakEven, Comparison, break_even
from ..compare import Run as Compared
from ..errors import QoptError
from ..figures import Bars, Chart, Figure, Forest, Segment, curves, forest
from .evidence import Evidence
from .sections.causes import WORDS, Cause, causes
from .sections.costs import Cost, costs
from .sections.decision import Decision, decision
from .sections.registration import Registration, registration

STYLES = {"feasible": "good", "infeasible": "warn", "none-found": "none"}


@dataclass(frozen=True)
class Findings:
    """What an evidence says. `asked` is False where no baseline is known: then there is no verdict,
    and each solver stands by itself.
    """

    evidence: Evidence

    @property
    def asked(self) -> bool:
        return "baseline" in self.evidence.question

    @cached_property
    def runs(self) -> tuple[Compared, ...]:
        return tuple(runs_of(self.evidence.records))

    @property
    def comparison(self) -> Comparison | None:
        """None where the records cannot be compared."""
        return self._compared[0]

    @property
    def trouble(self) -> str:
        """Why the records cannot be compared, and what to do; "" where they can."""
        return self._compared[1]

    @cached_property
    def _compared(self) -> tuple[Comparison | None, str]:
        if not self.runs:
            return None, "no trial came to an end"
        first = min(run.solver for run in self.runs)
        asked = {"baseline": first, "margin": 1.0, **self.evidence.question}
        try:
            return compared(self.evidence.records, asked), ""
        except QoptError as error:
            return None, str(error)

    @cached_property
    def registration(self) -> Registration:
        given = self.evidence
        return registration(given.registered, given.records, asked_late=given.asked_late)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The study's objectives of service."""
        return tuple(services(self.evidence.records, asked_of(self.evidence.question)))

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        return causes(self.evidence.records)

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        return costs(self.evidence.records)

    @cached_property
    def break_evens(self) -> tuple[BreakEven, ...]:
        """Whether each solver pays, at the rates that were given; of objectives alone."""
        rates, found = self.evidence.rates, self.comparison
        if rates is None or found is None or not self.asked:
            return ()
        return tuple(
            break_even(each, rates) for each in found.differences if each.metric == "objective"
        )

    @cached_property
    def decision(self) -> Decision:
        return decision(
            self.comparison if self.asked else None,
            self.break_evens,
            self.registration,
            self.evidence.records,
            self.evidence.missing,
        )

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        if self.comparison is None:
            return ()
        first: Forest | None = forest(self.comparison) if self.asked else None
        lines: tuple[Chart, ...] = curves(self.comparison, self.runs)
        return (*([first] if first is not None else []), *lines, self._outcomes(self.comparison))

    def _outcomes(self, comparison: Comparison) -> Bars:
        feasible = sum(each.outcomes.get("feasible", 0) for each in comparison.solvers)
        runs = sum(each.runs for each in comparison.solvers)
        bars = tuple(
            (
                each.solver,
                tuple(
                    Segment(_ended(name), each.outcomes.get(name, 0), STYLES.get(name, "bad"))
                    for name in ("feasible", *WORDS)
                    if each.outcomes.get(name, 0)
                ),
            )
            for each in comparison.solvers
        )
        sentence = f"{feasible:,} of {runs:,} runs ended with a feasible plan."
        return Bars("outcomes", "How runs ended", sentence, bars)

    def _gaps(self) -> dict[str, list[float]]:
        """The curve of each solver's gap over time, as it is drawn."""
        drawn = (each for each in self.figures if isinstance(each, Chart) and each.key == "gaps")
        return {line.name: list(line.ys) for chart in drawn for line in chart.series}

    def to_document(self) -> dict[str, Any]:
        """All numbers, in JSON's values."""
        known = self.comparison
        return {
            "trouble": self.trouble,
            "comparison": None if known is None else known.to_dict(),
            "gaps": self._gaps(),
            "break_evens": [each.to_dict() for each in self.break_evens],
            "services": [asdict(each) for each in self.services],
            "causes": [asdict(each) for each in self.causes],
            "costs": [asdict(each) for each in self.costs],
            "decision": asdict(self.decision),
            "registration": asdict(self.registration),
        }


def _ended(outcome: str) -> str:
    return {"feasible": "feasible", "none-found": "none found"}.get(outcome, outcome)
