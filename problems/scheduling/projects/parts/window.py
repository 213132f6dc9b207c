"""A part of a project's schedule: some activities free, the others where they are.

Towards the end they are one bucket earlier.

The model asks for a schedule that is one bucket shorter, and has no objective: every feasible
assignment is an improvement. Fixed activities before a cut stay; those behind it are pushed to the
right, as far as they can be for the new end. Where the two clash, activities are freed. Free ones
have starts between what is fixed before and behind them, where what is left of the resources
suffices; where the model would get too large, those nearest to the present ones.

`decode` builds the serial schedule of the order of all starts, of the whole project, so what comes
back is a plan of the whole, feasible and scored as such, also where the sample breaks a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qopt import Evaluation, ModelSize, QoptError

from ..model import ProjectModel
from ..network import Profile, serial
from ..plan import ProjectPlan
from ..project import Project

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class ProjectWindow:
    """Free activities of a project.

    Parameters
    ----------
    project
        The whole.
    starts
        The model of the free activities.
    fixed
        The starts of the others, in buckets.
    end
        The end of the project that the model asks for, in buckets.
    """

    project: Project
    starts: ProjectModel
    fixed: Mapping[int, int]
    end: int

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = ProjectPlan

    @property
    def model_is_exact(self) -> bool:
        """It asks for a shorter schedule, not for the shortest."""
        return False

    def model_size(self) -> ModelSize:
        return self.starts.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self.starts.cqm()

    def decode(self, sample: Mapping[Any, float]) -> ProjectPlan:
        """The schedule of the sampled order.

        An activity without just one start is left out, and what follows it.
        """
        return self.project.scheduled({**self.fixed, **self.starts.chosen(sample)})

    def encode(self, plan: ProjectPlan) -> dict[Any, float]:
        """The assignment with the order of the free activities in `plan`.

        Raises QoptError for a plan that is not complete, and for one that takes longer than the
        model allows.
        """
        network, order = self.starts.network, self.project.order_of(plan)
        late = QoptError("the plan is not shorter than the one that the window was made of")
        if network.makespan(serial(network, order)) > self.end:
            raise late
        profile, chosen = Profile(network.capacity), dict[int, int]()
        for activity, start in self.fixed.items():
            profile.take(start, network.durations[activity], network.needs[activity])
        ends = dict[int, int]()  # of free ones: all starts there are lie behind what is fixed
        for a in sorted(self.starts.members, key=lambda a: (order[a], network.rank[a])):
            ready = max((ends[b] for b in network.before[a] if b in ends), default=0)
            fitting = [
                t
                for t in self.starts.start[self.starts.activity == a].tolist()
                if t >= ready and profile.earliest(t, network.durations[a], network.needs[a]) == t
            ]
            if not fitting:
                raise late
            start = fitting[0]
            profile.take(start, network.durations[a], network.needs[a])
            ends[a], chosen[a] = start + network.durations[a], start
        return self.starts.sample(chosen)

    def evaluate(self, plan: ProjectPlan) -> Evaluation:
        """As a plan of the whole."""
        return self.project.evaluate(plan)
