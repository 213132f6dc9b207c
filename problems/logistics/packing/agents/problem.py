"""Generalized assignment: each job to one agent, none above its capacity, for the most profit.

Formulation: `assign[j,a]` says that agent a does job j. Every job is done once (one-hot), and an
agent's jobs fit in its capacity, a linear row each; annealers that keep the groups by their moves
shift a job or exchange two. As a penalty QUBO the capacities need slack bits.

Source: Martello and Toth, Knapsack Problems (1990), chapter 7; `greedy` is their heuristic MTHG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import axis, quantities, require_count
from qopt.kit.models import assignment, at_most, chosen, exactly_one, labels, minimise

from ..excess import TOLERANCE, excess
from ..loads import Loads, draw_loads
from .files import read_agents
from .parts import done_anew

if TYPE_CHECKING:
    import dimod

    from qopt.kit.models import Bits, Floats


@dataclass(frozen=True, eq=False)
class GeneralizedAssignment:
    """Jobs to agents of limited capacity, for the largest sum of profits.

    Parameters
    ----------
    profit
        float64[jobs, agents], of giving the job to the agent; costs are profits below 0.
    load
        float64[jobs, agents], at least 0: what the job takes of that agent's capacity.
    capacity
        float64[agents], at least 0.
    jobs, agents
        Names; by default the labels of the tables, which are put in the order of the names, or
        numbers from 1, and "agent 1" and on.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the job and the agent, and for a job that no agent can
        do.
    """

    profit: Floats
    load: Floats
    capacity: Floats
    jobs: Sequence[str] = ()
    agents: Sequence[str] = ()
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "max"
    plan_type: ClassVar = Loads
    formats: ClassVar = (
        "OR-Library gap text, of several problems or one: profits, loads, capacities"
    )

    def __post_init__(self) -> None:
        tables = ("profit", self.profit), ("load", self.load)
        jobs = axis("job", self.jobs, *((*table, 0) for table in tables))
        by_agent = *((*table, 1) for table in tables), ("capacity", self.capacity, 0)
        agents = axis("agent", self.agents, *by_agent, prefix="agent ")
        made = {
            "profit": quantities("profit", self.profit, jobs, agents),
            "load": quantities("load", self.load, jobs, agents, least=0),
            "capacity": quantities("capacity", self.capacity, agents, least=0),
            "jobs": jobs[1],
            "agents": agents[1],
        }
        for field, value in made.items():
            object.__setattr__(self, field, value)
        for j in np.flatnonzero(~self._fits(self.capacity).any(axis=1)).tolist():
            raise QoptError(
                f"job {self.jobs[j]} takes more than the capacity of every agent; "
                "split it or raise one",
                ("load", j),
            )

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        problem: int | str | None = None,
        costs: bool | None = None,
    ) -> GeneralizedAssignment:
        """Read the OR-Library's text, or a file of one problem.

        `problem` is the number, from 1, of one of several. A problem is "agents jobs", the profits
        and the loads agent by agent, and the capacities. Raises FileError with the line.

        With `costs`, as of gapa to gape, the figures are costs, which are profits below 0 here; the
        files do not say so.
        """
        return read_agents(path, problem, costs=costs).make(cls)

    @classmethod
    def generate(cls, *, jobs: int = 24, agents: int = 4, seed: int = 0) -> GeneralizedAssignment:
        """Profits 15 to 25, loads 5 to 25, capacities for four fifths of the mean load.

        That is how the OR-Library's gap1 to gap12 are.
        """
        require_count("jobs", jobs)
        require_count("agents", agents)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        profit, load = (
            random.integers(low, 26, (jobs, agents)).astype(np.float64) for low in (15, 5)
        )
        capacity = np.maximum(np.floor(0.8 * load.sum(axis=0) / agents), 25.0)
        return cls(profit, load, capacity, name=f"random-{agents}x{jobs}-s{seed}")

    @cached_property
    def _assign(self) -> Any:
        return labels("assign", self.jobs, self.agents)

    @cached_property
    def _job_number(self) -> dict[str, int]:
        return {job: j for j, job in enumerate(self.jobs)}

    @cached_property
    def _agent_number(self) -> dict[str, int]:
        return {agent: a for a, agent in enumerate(self.agents)}

    def model_size(self) -> ModelSize:
        jobs, agents = self.profit.shape
        return ModelSize(jobs * agents, 0, jobs + agents)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        cqm = minimise(self._assign, -self.profit)
        exactly_one(cqm, "done", self.jobs, self._assign)
        for agent, column, load, capacity in zip(
            self.agents, self._assign.T, self.load.T, self.capacity, strict=True
        ):
            at_most(cqm, f"capacity[{agent}]", column, load, float(capacity))
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Loads:
        return self._loads(chosen(sample, self._assign))

    def encode(self, plan: Loads) -> dict[Any, float]:
        """The plan's assignment. Raises QoptError for a job or an agent that does not exist."""
        return assignment(self._assign, plan.held(self.jobs, self.agents))

    def evaluate(self, plan: Loads) -> Evaluation:
        """The profit.

        Broken are jobs not done just once, agents above their capacity, and names that do not
        exist.
        """
        row, column = self._job_number, self._agent_number
        violations = list(plan.misplaced("job", self.jobs, self.agents))
        profit, used = 0.0, np.zeros(len(self.agents))
        for part in plan.loads:
            a = column.get(part.holder)
            jobs = [row[job] for job in part.items if job in row]
            if a is not None:
                profit += float(self.profit[jobs, a].sum())
                used[a] += self.load[jobs, a].sum()
        for agent, load, capacity in zip(
            self.agents, used.tolist(), self.capacity.tolist(), strict=True
        ):
            if over := excess(load, capacity):
                violations.append(Violation(f"capacity[{agent}]", over, "units"))
        room = float(self.capacity.sum())
        return Evaluation(
            profit, tuple(violations), {"load_factor": float(used.sum()) / room if room else 0.0}
        )

    def greedy(self) -> Loads:
        """The best of three: by profit, by a job's load, and by its share of the agent."""
        share = self.load / np.where(self.capacity > 0, self.capacity, 1.0)
        plans = [self._by_regret(worth) for worth in (self.profit, -self.load, -share)]
        scores = {plan: self.evaluate(plan) for plan in plans}
        return min(
            plans,
            key=lambda plan: (
                sum(v.amount for v in scores[plan].violations),
                -scores[plan].objective,
            ),
        )

    def _by_regret(self, desired: Floats) -> Loads:
        """The job that would lose most by its second best agent goes first, to its best.

        One that fits nowhere any more goes where most room is left, and breaks that capacity. Then
        each job once to a better agent that still has room.
        """
        room, todo = self.capacity.copy(), np.ones(len(self.jobs), dtype=np.bool_)
        held = np.zeros(self.profit.shape, dtype=np.bool_)
        while todo.any():
            worth = np.where(self._fits(room) & todo[:, None], desired, -np.inf)
            job = int(np.argmax(_regret(worth) if np.isfinite(worth).any() else todo))
            agent = int(
                np.argmax(worth[job] if np.isfinite(worth[job]).any() else room - self.load[job])
            )
            held[job, agent], todo[job] = True, False
            room[agent] -= self.load[job, agent]
        for job, agent in np.argwhere(held).tolist():
            worth = np.where(self._fits(room)[job], self.profit[job], -np.inf)
            better = int(np.argmax(worth))
            if worth[better] > self.profit[job, agent]:
                held[job, [agent, better]] = False, True
                room[[agent, better]] += self.load[job, agent], -self.load[job, better]
        return self._loads(held)

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("agents", "jobs")

    def neighbourhood(
        self,
        plan: Loads,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some jobs done anew: with "agents" all jobs of some agents, among these.

        With "jobs" any, among all agents. Jobs that nobody does are always free. None where a freed
        job has no room: of a plan that breaks capacities.
        """
        held = plan.held(self.jobs, self.agents)
        part = done_anew(held, self.load, self.capacity, kind, size, random)
        if part is None:
            return None
        inside = np.ix_(part.jobs, part.agents)
        problem = GeneralizedAssignment(
            self.profit[inside],
            self.load[inside],
            part.room,
            [self.jobs[j] for j in part.jobs.tolist()],
            [self.agents[a] for a in part.agents.tolist()],
        )

        def back(again: Loads) -> Loads:
            """The other jobs stay where they are."""
            whole = part.staying.copy()
            whole[inside] = again.held(problem.jobs, problem.agents)
            return self._loads(whole)

        return Neighbourhood(problem, problem._loads(held[inside]), back)

    def draw(self, plan: Loads, axes: Any) -> None:
        """A bar an agent, its jobs one after another.

        Raises QoptError for a job or an agent that does not exist.
        """
        plan.held(self.jobs, self.agents)
        row, column = self._job_number, self._agent_number
        draw_loads(
            plan,
            lambda job, agent: self.load[row[job], column[agent]],
            lambda agent: self.capacity[column[agent]],
            axes,
        )
        axes.set_title(f"{self.name or 'assignment'}: profit {self.evaluate(plan).objective:g}")

    def _fits(self, room: Floats) -> Bits:
        """[jobs, agents]: whether the job alone fits in that much room."""
        fits: Bits = self.load <= room + TOLERANCE * np.maximum(1.0, self.capacity)
        return fits

    def _loads(self, held: Bits) -> Loads:
        return Loads.of(held, self.jobs, self.agents, self.load)


def _regret(worth: Floats) -> Floats:
    """[jobs]: what a job loses by its second best agent, -inf for those that fit nowhere."""
    best = worth.max(axis=1)
    second = (
        np.partition(worth, -2, axis=1)[:, -2]
        if worth.shape[1] > 1
        else np.full(len(best), -np.inf)
    )
    regret: Floats = np.full(len(best), -np.inf)
    fitting = np.isfinite(best)
    regret[fitting] = best[fitting] - second[fitting]  # infinite where there is no second
    return regret
