"""Rounds of neighbourhoods, on one page.

Every round draws a few neighbourhoods of the present plan, solves them side by side, puts their
plans back and scores the whole. What is no worse than the present plan, or than the one some
rounds ago, is gone on with (late acceptance: Burke and Bykov 2017); the best is kept.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import QoptError
from ...problem import (
    Constructive,
    Evaluation,
    Improvable,
    Neighbourhood,
    Neighbourhoods,
    Plan,
    Preparable,
)
from ...solver import StoppedBy, Task
from .account import Account
from .choice import Arm, Choice
from .first import WholeAnneal
from .parts import PartsSolver, Solution, Together, solved, solved_together, start_of, task_of
from .position import Position

if TYPE_CHECKING:
    from ...problem import Sense

HISTORY = 20  # rounds ago: the plan that a new one has to match
SEEN = 60  # plans remembered for neighbourhoods that recombine
EMPTY = 100  # rounds in a row without any neighbourhood, after which there are none
RECENT = 5  # rounds: one is begun where the fastest of these would end in time
LOCAL, ELSEWHERE = "local search", "other solvers"  # whose gain it is, besides the kinds'


@dataclass
class Search:
    """The state of one run."""

    task: Task
    problem: Neighbourhoods
    parts: PartsSolver
    choice: Choice
    breadth: int
    whole: WholeAnneal | None = None  # where nothing else gives a first plan
    cut_at_first: bool = False  # the clock ended the first plan's anneals: no replay would find it
    first: Evaluation = field(init=False)  # of the first plan
    present: Position = field(init=False)
    best: Position = field(init=False)
    history: deque[tuple[float, float]] = field(init=False)  # ranks of the plans gone on with
    seen: deque[Plan] = field(init=False)  # the plans gone on with
    rounds: int = 0
    taken_over: int = 0  # plans of other solvers: no replay would find the same
    empty: int = 0  # rounds in a row without any neighbourhood
    account: Account = field(default_factory=Account)  # of the parts
    took: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))  # seconds a round

    def prepare(self) -> None:
        """What is made of the whole model, where parts or the first plan need it: compile time."""
        task = self.task
        if isinstance(self.problem, Preparable):
            with task.timing("compile"):
                self.problem.prepare_neighbourhoods()
        if task.initial is None and not isinstance(task.problem, Constructive):
            self.whole = WholeAnneal.of(task)

    def run(self, num_rounds: int | None, num_threads: int) -> StoppedBy:
        self._begin()
        with ThreadPoolExecutor(min(num_threads, self.breadth)) as pool:
            while (ended := self._over(num_rounds)) is None:
                self._take_over()
                began, random = time.perf_counter(), self._random()
                drawn = self._draw_round(random)
                solutions = self._solve(pool, drawn, random)
                self.account.add(solutions)
                cut = next((solution.cut for solution in solutions if solution.cut), None)
                if cut is not None:
                    return cut  # and the round is dropped: no replay would find the same
                self._learn(drawn, solutions)
                self._go_on(drawn, solutions)
                if (error := _error(solutions)) is not None:
                    return self._failed(error)
                self.took.append(time.perf_counter() - began)
        return ended

    def _random(self) -> np.random.Generator:
        return np.random.default_rng([self.task.seed, self.rounds])

    def _begin(self) -> None:
        """The first plan, as good as local search makes it."""
        plan = self.task.initial
        if plan is None and isinstance(self.task.problem, Constructive):
            plan = self.task.problem.greedy()
        elif plan is None:
            assert self.whole is not None
            plan, self.cut_at_first = self.whole.plan(self.task)
        self.first = self.task.evaluate(plan)
        self.present = self.best = self._improved(Position(plan, self.first, {}))
        self.task.offer(self.best.plan)
        self.history = deque([self.present.rank(self._sense)] * HISTORY, maxlen=HISTORY)
        self.seen = deque([self.present.plan], maxlen=SEEN)

    def _take_over(self) -> None:
        """Go on from the plan of another solver, where the task hears of a better one."""
        known = self.task.better_elsewhere()
        if known is None:
            return
        taken = self.best.moved(*known, ELSEWHERE)
        self.present = self.best = self._improved(taken)
        self.taken_over += 1
        self.seen.append(self.present.plan)
        if self.best is not taken:
            self.task.offer(self.best.plan, sweeps=self.rounds)

    def _over(self, num_rounds: int | None) -> StoppedBy | None:
        task = self.task
        if task.interrupt is not None and task.interrupt():
            return "interrupt"
        # a round that is cut short is dropped: one that cannot end in time is not begun
        ready = time.perf_counter() + min(self.took, default=0.0)
        if task.deadline is not None and ready >= task.deadline:
            return "time"
        if num_rounds is not None and self.rounds >= num_rounds:
            return "sweeps"
        return "done" if self.empty > EMPTY else None

    def _draw_round(self, random: np.random.Generator) -> list[tuple[Arm, Neighbourhood]]:
        """As many neighbourhoods of the present plan as the search is broad, less what is none."""
        drawn = []
        for _ in range(self.breadth):
            arm = self.choice.draw(random)
            part = self.problem.neighbourhood(
                self.present.plan, arm.kind, arm.size, random, tuple(self.seen)
            )
            if part is None:
                self.choice.learn(arm, False)
            else:
                drawn.append((arm, part))
        self.empty = 0 if drawn else self.empty + 1
        return drawn

    def _solve(
        self,
        pool: ThreadPoolExecutor,
        drawn: list[tuple[Arm, Neighbourhood]],
        random: np.random.Generator,
    ) -> list[Solution]:
        """The parts side by side, each with a seed of its own; in one call where their solver can
        take several.
        """
        seeds = random.integers(2**31, size=len(drawn)).tolist()
        solvers = [self.parts.solver_for(arm.kind) for arm, _ in drawn]
        starts = [start_of(part) if arm.warm else None for arm, part in drawn]
        parts = [(self.task, part.problem, at) for (_, part), at in zip(drawn, starts, strict=True)]
        if solvers and isinstance(solvers[0], Together):
            tasks = [task_of(*part, seed) for part, seed in zip(parts, seeds, strict=True)]
            return solved_together(tasks, solvers[0])
        waiting = [
            pool.submit(solved, *part, solver, seed)
            for part, solver, seed in zip(parts, solvers, seeds, strict=True)
        ]
        return [one.result() for one in waiting]

    def _learn(self, drawn: list[tuple[Arm, Neighbourhood]], solutions: list[Solution]) -> None:
        for (arm, _), solution in zip(drawn, solutions, strict=True):
            if solution.error is None:
                self.parts.learn(arm.kind, solution.info)

    def _failed(self, error: QoptError) -> StoppedBy:
        """The subsolver failed on the way: the best plan until then stays. Raises where it failed
        from the beginning, as for wrong arguments.
        """
        if not self.account.answered:
            raise error
        why = f"ended in round {self.rounds}, with the best plan until then: {error}"
        self.account.notes[why] = None
        return "budget" if getattr(error, "status", None) == "over-budget" else "failure"

    def _go_on(self, drawn: list[tuple[Arm, Neighbourhood]], solutions: list[Solution]) -> None:
        """Accept what is good enough. All parts are of the plan that the round began with."""
        base, late = self.present, self.history[0]
        for (arm, part), solution in zip(drawn, solutions, strict=True):
            self._accept(base, arm, part, solution.plan, late)
        self.history.append(self.present.rank(self._sense))
        self.rounds += 1
        self.task.tick(sweeps=self.rounds)

    def _accept(
        self,
        base: Position,
        arm: Arm,
        part: Neighbourhood,
        plan: Plan | None,
        late: tuple[float, float],
    ) -> None:
        """Go on with a plan of the part where it makes the whole good enough.

        What it gained is told from `base`, even where an earlier part of the round has replaced
        that meanwhile.
        """
        success = False
        if plan is not None and plan != part.plan:
            moved = self._put_back(base, arm, part, plan)
            now = moved.rank(self._sense)
            success = now < base.rank(self._sense)
            if now <= max(self.present.rank(self._sense), late):
                self.present = moved
                self.seen.append(moved.plan)
            if now < self.best.rank(self._sense):
                self.best = moved
                self.task.offer(moved.plan, sweeps=self.rounds + 1)
        self.choice.learn(arm, success)

    def _put_back(self, base: Position, arm: Arm, part: Neighbourhood, plan: Plan) -> Position:
        whole = part.back(plan)
        return self._improved(base.moved(whole, self.task.evaluate(whole), arm.kind), since=base)

    def _improved(self, position: Position, since: Position | None = None) -> Position:
        """After the problem's own local search, where it has one that finds something.

        Where the part alone was no better than the plan `since`, what both together gained is
        neither's alone.
        """
        if not isinstance(self.problem, Improvable):
            return position
        plan = self.problem.improve(position.plan)
        if plan is position.plan:
            return position
        evaluation = self.task.evaluate(plan)
        if since is not None and since.rank(self._sense) <= position.rank(self._sense):
            return since.moved(plan, evaluation, f"{position.by} and {LOCAL}")
        moved = position.moved(plan, evaluation, LOCAL)
        return moved if moved.rank(self._sense) < position.rank(self._sense) else position

    @property
    def _sense(self) -> Sense:
        return self.task.problem.sense

    def info(self) -> dict[str, Any]:
        """JSON-ready: rounds, what each kind of step gained on the way to the best plan, and how
        often each was tried."""
        sign = 1 if self._sense == "min" else -1
        return {
            "num_rounds": self.rounds,
            "start": self.first.objective,
            "gain": sign * (self.first.objective - self.best.evaluation.objective),
            "gains": {by: sign * gain for by, gain in self.best.gains.items()},
            "neighbourhoods": [
                {
                    "kind": arm.kind,
                    "size": arm.size,
                    "warm": arm.warm,
                    "tried": arm.tried,
                    "improved": arm.improved,
                }
                for arm in self.choice.arms
            ],
            **self.account.info(),
        }


def _error(solutions: list[Solution]) -> QoptError | None:
    return next((one.error for one in solutions if one.error is not None), None)
