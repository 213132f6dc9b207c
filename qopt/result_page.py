"""What a result says to people: of what is known, what there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .pages import Page, Section
from .problem import Evaluation

NOTES = 6  # on the input, that are printed
BROKEN = 5  # violations of the least bad plan, that are printed
PENALISING = ("qubo-annealer", "neal", "qpu", "leap-bqm")  # solvers of the QUBO
PROVING = ("cp-sat", "scip", "exact", "cp-sat-intervals")


@dataclass(frozen=True)
class PrintedResult:
    """What of a result is printed.

    `evaluations` are those of its plans, best first, and `plan` is the best feasible one as it
    prints; None where there is none. `info` is what the solver says of the run, and `seconds` what
    it took, by phase.
    """

    instance: str
    solver: str
    ran_by: str
    status: str
    stopped_by: str
    objective: float | None
    best_known: float | None
    gap: float | None
    evaluations: Sequence[Evaluation]
    plan: str | None
    info: Mapping[str, Any]
    time_limit: float | None
    notes: Sequence[str]
    seconds: Mapping[str, float]

    def page(self) -> Page:
        head = f"{self.instance}: {self.status}, {self.solver}, stopped by {self.stopped_by}"
        if self.plan is None:
            return Page(head, [Section(lines=self._failure())])
        return Page(head, [Section(lines=self._success(), verbatim=self.plan)])

    def notebook_page(self) -> Page:
        """The same in a notebook, with what a line there has room for."""
        feasible = sum(evaluation.feasible for evaluation in self.evaluations)
        facts = {
            "status": f"{self.status}, stopped by {self.stopped_by}",
            "solver": self.solver,
            "chosen": self._choice(),
            "objective": "none" if self.objective is None else f"{self.objective:.10g}",
            "gap to best known": "" if self.gap is None else f"{self.gap:+.2%}",
            "gained": self._account(),
            "charged": self._charge().removeprefix("charged "),
            "notes": "; ".join(self.notes),
            "distinct plans": f"{len(self.evaluations)}, {feasible} feasible",
            "seconds": ", ".join(f"{phase} {spent:.2f}" for phase, spent in self.seconds.items()),
        }
        plan = str(self.page()) if self.plan is None else self.plan
        there = [(name, fact) for name, fact in facts.items() if fact]
        return Page(self.instance, [Section(facts=there, verbatim=plan)])

    def _success(self) -> list[str]:
        scores = [f"objective {self.objective:.10g}"]
        if self.gap is not None:
            scores[0] += f" ({self.gap:+.2%} from the best known {self.best_known:g})"
        kpis = self.evaluations[0].kpis
        scores += [f"{name.replace('_', ' ')} {value:.4g}" for name, value in kpis.items()]
        how = filter(None, [self._choice(), self._account(), self._charge()])
        return [", ".join(scores), *how, *self._noted()]

    def _failure(self) -> list[str]:
        lines = [*filter(None, [self._choice()]), *self._noted()]
        if "infeasible" in self.info:
            lines.append(f"  {self.info['infeasible']}")
        if "model_infeasible" in self.info:
            lines.append(
                "  that is of its model, which allows less than the problem does: "
                f"{self.info['model_infeasible']}"
            )
        broken = self.evaluations[0].violations if self.evaluations else ()
        if broken:
            lines += ["  the least bad plan", *(f"  violates {one}" for one in broken[:BROKEN])]
        if self.status == "none-found":
            lines.append(f"next: {self._next_step()}")
        return lines

    def _choice(self) -> str:
        """Of solver `auto`: which it took, and why."""
        if "chosen" not in self.info:
            return ""
        return f"{self.solver} took {self.info['chosen']}: {self.info['why']}"

    def _charge(self) -> str:
        """Of a solver at a service: what this run was charged there."""
        seconds, money = self.info.get("device_seconds"), self.info.get("money")
        if not seconds or "device" not in self.info:
            return ""
        cost = f", {money:.4g} in money" if money is not None else ""
        return f"charged {seconds:.4g} s by {self.info['device']}{cost}"

    def _next_step(self) -> str:
        """What to try where no feasible plan was found."""
        if "pending" in self.info:
            return "the same call later takes the answer that waits, and does not pay for it again"
        limit = self.time_limit
        more = "a larger budget" if limit is None else f"more time than {limit:g} s"
        step = f"give it {more}, or take another solver"
        if self.ran_by in PENALISING:
            step += " (annealer keeps constraints by its moves, without penalties)"
        elif self.ran_by not in PROVING:
            step += " (cp-sat can prove that there is no plan)"
        return f"{step}; qopt.diagnose says what stands in the way"

    def _noted(self) -> list[str]:
        """The first notes of the input, a line each."""
        lines = [f"note: {note}" for note in self.notes[:NOTES]]
        more = len(self.notes) - NOTES
        return lines + ([f"note: and {more} more, in Result.notes"] if more > 0 else [])

    def _account(self) -> str:
        """Of a solver with several kinds of steps, how much each gained on the way."""
        gains = self.info.get("gains", {})
        if not gains or not self.info["gain"]:
            return ""
        whole, start = self.info["gain"], self.info["start"]
        falling = sorted(gains.items(), key=lambda item: -item[1])
        shares = [(by, gain / whole) for by, gain in falling]
        parts = ", ".join(f"{by} {share:.0%}" for by, share in shares if abs(share) >= 0.005)
        return f"{whole:.6g} better than the {start:.10g} it began with: {parts}"
