"""Job shop: jobs of operations in a fixed order, each on its machine; the last one done as early as possible.

Formulation: time buckets. `start[j,s,t]` says that step s of job j starts in bucket t of the window its job leaves it;
`makespan[t]` that all is done by bucket t. Constraints: one start an operation and one makespan (one-hot), and pairs that
exclude each other, in product rows without slack: steps of a job out of order, operations at once on a machine, a job's last
step beyond the makespan. Chosen for feasible plans: a penalty row of products is 0 or counts the clashes, so every clash can
be mended by itself, and no slack bit holds anything in place. Order variables (one bit a pair) are fewer, but then the
makespan needs start times behind big-M rows, whose slacks freeze.

`decode` reads only the *order* of the sampled starts and builds the semi-active schedule of that order, so a sample whose
operations all have one start gives a feasible schedule with an exact makespan, whatever the bucket width.

Source: time-indexed QUBO of Venturelli, Marchand and Rojo (2016); semi-active schedules after Baker (1974).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import combinations
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qopt import Evaluation, FileError, ModelSize, QoptError, UnknownName, Violation, require_count

from .schedule import Operation, Schedule

if TYPE_CHECKING:
    import dimod

_INSTANCES = resources.files(__package__) / "instances"
BUCKETS = 100  # the horizon is cut into at most this many, unless `bucket` says otherwise

Step = tuple[int, int]  # (job, step)


@dataclass(frozen=True)
class JobShop:
    """Jobs of ordered steps on machines, all done as early as possible.

    Parameters
    ----------
    jobs
        For each job its steps in order, each a (machine, duration): machines from 0, durations whole and at least 1. A job
        may visit a machine more than once.
    bucket
        Width of a time bucket of the model, at least 1, in time units. 1 makes the model exact; wider ones keep it small,
        rounding durations to buckets, at least one. Default: so that the horizon has at most 100 buckets.
    horizon
        Latest end of a schedule the model can express, in time units. Default: the greedy schedule's makespan.

    Raises
    ------
    QoptError
        For a machine or duration outside these ranges, naming the job and step.
    """

    jobs: tuple[tuple[tuple[int, int], ...], ...]
    bucket: int | None = None
    horizon: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar = "min"
    plan_type: ClassVar = Schedule
    formats: ClassVar = "JSPLIB text: 'jobs machines', then a line of 'machine duration' pairs a job"

    def __post_init__(self) -> None:
        if not self.jobs or not all(self.jobs):
            raise QoptError("a job shop needs at least one job, and every job at least one step")
        jobs = tuple(tuple(_step(j, s, step) for s, step in enumerate(job)) for j, job in enumerate(self.jobs))
        object.__setattr__(self, "jobs", jobs)
        for what, value in (("bucket", self.bucket), ("horizon", self.horizon)):
            if value is not None and not (isinstance(value, Integral) and value >= 1):
                raise QoptError(f"{what}={value!r}: give a whole number of time units, 1 or more")
        least = self._shortest(self._durations)
        if self.horizon is not None and self.horizon < least:
            raise QoptError(f"horizon={self.horizon}: a job or a machine alone takes {least}; give that or more")

    @classmethod
    def read(cls, path: str | Path, *, bucket: int | None = None, horizon: int | None = None) -> JobShop:
        """Read JSPLIB text: `#` comments, "jobs machines", then a line a job of "machine duration" pairs, machines from 0.

        A comment "best known: 55" becomes `best_known`. Raises FileError with the line.
        """
        lines, best = _numbered_lines(Path(path))
        at, header = next(lines, (None, ""))
        jobs, machines = _header(path, at, header)
        rows = []
        for job in range(jobs):
            at, line = next(lines, (None, ""))
            if at is None:
                raise FileError(path, f"the file ends after {job} of {jobs} jobs; is it cut short?")
            rows.append(_job(path, at, line, machines))
        for at, line in lines:
            raise FileError(path, f"{line[:40]!r} follows the last of {jobs} jobs", at)
        return cls(tuple(rows), bucket, horizon, name=Path(path).stem, best_known=best)

    @classmethod
    def bundled(cls, name: str = "ft06", **options: Any) -> JobShop:
        """An instance that comes with qopt; `options` as for `read`."""
        if name not in cls.instances():
            raise UnknownName("bundled job-shop instance", name, cls.instances())
        with resources.as_file(_INSTANCES / f"{name}.txt") as path:
            return cls.read(path, **options)

    @classmethod
    def instances(cls) -> list[str]:
        """The names `bundled` knows."""
        return sorted(Path(file.name).stem for file in _INSTANCES.iterdir())

    @classmethod
    def generate(cls, *, jobs: int = 6, machines: int = 6, seed: int = 0) -> JobShop:
        """Each job visits every machine once in a random order, durations 1 to 99 (as Taillard 1993 draws them)."""
        require_count("jobs", jobs)
        require_count("machines", machines)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        rows = tuple(
            tuple(zip(random.permutation(machines).tolist(), random.integers(1, 100, machines).tolist(), strict=True))
            for _ in range(jobs)
        )
        return cls(rows, name=f"random-{jobs}x{machines}-s{seed}")

    @property
    def model_is_exact(self) -> bool:
        """With buckets of one time unit, and a horizon that the greedy schedule keeps."""
        return self._bucket == 1 and (self.horizon is None or self.horizon >= self.greedy().makespan)

    def model_size(self) -> ModelSize:
        variables = sum(len(window) for window in self._windows.values()) + len(self._makespans)
        order, ends = self._in_order(), self._last_steps()
        couplings = sum(_count(self._windows[a], self._windows[b], None, self._buckets[a]) for a, b in order)
        couplings += sum(_count(self._windows[a], self._makespans, None, self._buckets[a]) for a in ends)
        rivals = self._rivals()
        for a, b in (pair for pairs in rivals.values() for pair in pairs):
            couplings += _count(self._windows[a], self._windows[b], 1 - self._buckets[b], self._buckets[a])
        return ModelSize(variables, couplings, len(self._windows) + 1 + len(order) + len(ends) + len(rivals))

    def model(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        labels = [label for of_step in self._labels.values() for _, label in of_step]
        labels += [f"makespan[{t}]" for t in self._makespans]
        width, least = self._bucket, self._makespans[0]
        late = np.zeros(len(labels))
        late[len(labels) - len(self._makespans) :] = width * np.arange(len(self._makespans))
        cqm = dimod.ConstrainedQuadraticModel()
        none = np.empty(0, dtype=np.int64)
        cqm.set_objective(
            dimod.BinaryQuadraticModel.from_numpy_vectors(
                late, (none, none, none.astype(float)), float(width * least), "BINARY", variable_order=labels
            )
        )
        for (job, step), of_step in self._labels.items():
            terms = [(label, 1.0) for _, label in of_step]
            cqm.add_constraint_from_iterable(terms, "==", rhs=1.0, label=f"once[{job},{step}]")
        cqm.add_constraint_from_iterable([(f"makespan[{t}]", 1.0) for t in self._makespans], "==", rhs=1.0, label="makespan")
        for label, parts in self._clashes():
            first = np.concatenate([a for a, _ in parts])
            second = np.concatenate([b for _, b in parts])
            involved, place = np.unique(np.concatenate([first, second]), return_inverse=True)
            pairs = (place[: len(first)], place[len(first) :], np.ones(len(first)))
            names = [labels[v] for v in involved]
            clash = dimod.BinaryQuadraticModel.from_numpy_vectors(
                np.zeros(len(names)), pairs, 0.0, "BINARY", variable_order=names
            )
            cqm.add_constraint_from_model(clash, "==", rhs=0.0, label=label)
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Schedule:
        """The semi-active schedule of the sampled order. An operation without exactly one start is left out, and with it
        the later steps of its job."""
        starts: dict[Step, int] = {}
        for step, labels in self._labels.items():
            chosen = [t for t, label in labels if sample[label] > 0.5]
            if len(chosen) == 1:
                starts[step] = chosen[0]
        return self.semi_active(starts)

    def encode(self, plan: Schedule) -> dict[Any, float]:
        """The assignment with the plan's order on every machine; a plan that is not semi-active is pushed to the left.

        Raises QoptError for a plan that lacks an operation or whose order ends after the model's horizon.
        """
        order = {(o.job, o.step): o.start for o in plan.operations}
        if set(order) != set(self._windows) or len(order) != len(plan.operations):
            raise QoptError("the plan does not give a start to exactly the operations of the job shop")
        starts = {step: start for step, (start, _) in self._push_left(order, self._buckets).items()}
        end = max(start + self._buckets[step] for step, start in starts.items())
        if end > self._makespans[-1] or any(start not in self._windows[step] for step, start in starts.items()):
            raise QoptError(
                f"the plan ends at {end * self._bucket}, after the model's horizon {self._makespans[-1] * self._bucket}; "
                "give a larger horizon="
            )
        sample = {label: float(t == starts[step]) for step, of_step in self._labels.items() for t, label in of_step}
        return sample | {f"makespan[{t}]": float(t == max(end, self._makespans[0])) for t in self._makespans}

    def evaluate(self, plan: Schedule) -> Evaluation:
        """The makespan; broken are operations missing, repeated, on the wrong machine or of another length, steps before
        their predecessor's end, and two operations at once on a machine."""
        violations: list[Violation] = []
        placed: dict[Step, Operation] = {}
        for operation in plan.operations:
            step = (operation.job, operation.step)
            name = f"[{operation.job},{operation.step}]"
            if step not in self._durations or step in placed:
                violations.append(Violation(f"operation{name}", 1.0, "extra"))
            elif (operation.machine, operation.duration) != self.jobs[operation.job][operation.step]:
                violations.append(Violation(f"operation{name}", 1.0, "changed"))
            placed.setdefault(step, operation)
        for job, index in self._durations:
            operation_, before = placed.get((job, index)), placed.get((job, index - 1))
            if operation_ is None:
                violations.append(Violation(f"operation[{job},{index}]", 1.0, "missing"))
                continue
            ready = before.end if before is not None else 0
            if operation_.start < ready:
                violations.append(Violation(f"order[{job},{index}]", float(ready - operation_.start), "time units"))
        busy_until: dict[int, int] = {}
        for operation in sorted(placed.values(), key=lambda o: (o.machine, o.start, o.end)):
            free = busy_until.get(operation.machine, operation.start)
            if operation.start < free:
                shared = min(free, operation.end) - operation.start
                violations.append(Violation(f"machine[{operation.machine}]", float(shared), "time units"))
            busy_until[operation.machine] = max(free, operation.end)
        work = sum(self._durations.values())
        machines = len({machine for _, _, machine, _ in self._steps()})
        busy = work / (plan.makespan * machines) if plan.makespan else 0.0
        return Evaluation(float(plan.makespan), tuple(violations), {"utilisation": busy})

    def semi_active(self, order: Mapping[Step, int]) -> Schedule:
        """Every operation as early as `order` on its machine and its job allow; steps after a missing one are left out."""
        placed = self._push_left(order, self._durations)
        return Schedule(
            tuple(
                sorted(
                    Operation(self.jobs[job][step][0], start, self._durations[job, step], job, step)
                    for (job, step), (start, _) in placed.items()
                )
            )
        )

    def greedy(self) -> Schedule:
        """The best of three dispatching rules: most work remaining, shortest operation first, first come first served."""
        left = {(j, s): sum(p for _, p in job[s:]) for j, job in enumerate(self.jobs) for s in range(len(job))}
        rules = [{step: -left[step] for step in left}, self._durations, dict.fromkeys(left, 0)]
        schedules = (self.semi_active(self._dispatch(rule, self._durations)) for rule in rules)
        return min(schedules, key=lambda schedule: schedule.makespan)

    def draw(self, plan: Schedule, axes: Any) -> None:
        """A Gantt chart: a row a machine, a colour a job."""
        from matplotlib import colormaps

        colours = colormaps["tab10"]
        for o in plan.operations:
            axes.barh(o.machine, o.duration, left=o.start, color=colours(o.job % 10), edgecolor="white")
            if o.duration * 60 >= plan.makespan * len(str(o.job)):  # else the number is wider than its bar
                middle = o.start + o.duration / 2
                axes.text(middle, o.machine, str(o.job), ha="center", va="center", color="white", fontsize=8)
        machines = sorted({o.machine for o in plan.operations})
        axes.set_yticks(machines, [f"machine {m}" for m in machines])
        axes.invert_yaxis()
        axes.set_xlabel("time")
        axes.set_title(f"{self.name or 'schedule'}: makespan {plan.makespan} (colour and number: job)")

    def _steps(self) -> Iterator[tuple[int, int, int, int]]:
        """(job, step, machine, duration) of every operation."""
        for j, job in enumerate(self.jobs):
            for s, (machine, duration) in enumerate(job):
                yield j, s, machine, duration

    @cached_property
    def _durations(self) -> dict[Step, int]:
        return {(j, s): duration for j, s, _, duration in self._steps()}

    @cached_property
    def _bucket(self) -> int:
        if self.bucket is not None:
            return self.bucket
        return -(-(self.horizon or self.greedy().makespan) // BUCKETS)

    @cached_property
    def _buckets(self) -> dict[Step, int]:
        """Durations in buckets, at least one."""
        return {step: max(1, round(duration / self._bucket)) for step, duration in self._durations.items()}

    @cached_property
    def _makespans(self) -> range:
        """The makespans the model can express, in buckets: from the longest job or machine to the horizon."""
        least = self._shortest(self._buckets)
        most = least if self.horizon is None else -(-self.horizon // self._bucket)
        greedy = self.greedy()
        if self.horizon is None or self.horizon >= greedy.makespan:
            # durations are rounded to buckets: where the greedy schedule keeps the horizon, its order must too
            order = {(o.job, o.step): o.start for o in greedy.operations}
            most = max(most, *(end for _, end in self._push_left(order, self._buckets).values()))
        return range(least, max(least, most) + 1)

    def _shortest(self, durations: Mapping[Step, int]) -> int:
        """The longest job or machine: no schedule is shorter."""
        lengths: dict[tuple[str, int], int] = {}
        for j, s, machine, _ in self._steps():
            for owner in (("job", j), ("machine", machine)):
                lengths[owner] = lengths.get(owner, 0) + durations[j, s]
        return max(lengths.values())

    @cached_property
    def _windows(self) -> dict[Step, range]:
        """The buckets each operation may start in: after the steps before it, early enough for those after it."""
        windows = {}
        for j, job in enumerate(self.jobs):
            lengths = [self._buckets[j, s] for s in range(len(job))]
            for s in range(len(job)):
                windows[j, s] = range(sum(lengths[:s]), self._makespans[-1] - sum(lengths[s:]) + 1)
        return windows

    @cached_property
    def _labels(self) -> dict[Step, list[tuple[int, str]]]:
        """The variables of each operation: bucket and label."""
        return {(j, s): [(t, f"start[{j},{s},{t}]") for t in window] for (j, s), window in self._windows.items()}

    def _clashes(self) -> Iterator[tuple[str, list[tuple[Any, Any]]]]:
        """Constraint labels with pairs of variables (by number, as arrays) that exclude each other."""
        first, count = {}, 0
        for step, window in self._windows.items():
            first[step], count = count, count + len(window)
        ends = np.arange(count, count + len(self._makespans))
        times = {step: np.arange(window.start, window.stop) for step, window in self._windows.items()}

        def pairs(a: Step, b: Step, clash: Any) -> tuple[Any, Any]:
            s, t = np.nonzero(clash(times[a][:, None], times[b][None, :]))
            return first[a] + s, first[b] + t

        for a, b in self._in_order():
            yield f"order[{b[0]},{b[1]}]", [pairs(a, b, lambda x, y, p=self._buckets[a]: y < x + p)]
        for last in self._last_steps():
            done = times[last] + self._buckets[last]
            x, t = np.nonzero(done[:, None] > np.array(self._makespans)[None, :])
            yield f"end[{last[0]}]", [(first[last] + x, ends[t])]
        for machine, rivals in self._rivals().items():
            overlaps = [
                pairs(a, b, lambda x, y, p=self._buckets[a], q=self._buckets[b]: (x < y + q) & (y < x + p)) for a, b in rivals
            ]
            yield f"machine[{machine}]", overlaps

    def _in_order(self) -> list[tuple[Step, Step]]:
        """Steps that follow each other in a job."""
        return [((j, s - 1), (j, s)) for j, job in enumerate(self.jobs) for s in range(1, len(job))]

    def _last_steps(self) -> list[Step]:
        return [(j, len(job) - 1) for j, job in enumerate(self.jobs)]

    def _rivals(self) -> dict[int, list[tuple[Step, Step]]]:
        """The pairs of operations of different jobs on each machine that has any."""
        machines: dict[int, list[Step]] = {}
        for j, s, machine, _ in self._steps():
            machines.setdefault(machine, []).append((j, s))
        pairs = {m: [(a, b) for a, b in combinations(steps, 2) if a[0] != b[0]] for m, steps in sorted(machines.items())}
        return {machine: rivals for machine, rivals in pairs.items() if rivals}

    def _push_left(self, order: Mapping[Step, int], durations: Mapping[Step, int]) -> dict[Step, tuple[int, int]]:
        """(start, end) of each operation, taken in the given order, as early as its job and its machine are free."""
        free: dict[int, int] = {}
        placed: dict[Step, tuple[int, int]] = {}
        heads = {j: 0 for j in range(len(self.jobs)) if (j, 0) in order}
        while heads:
            job = min(heads, key=lambda j: (order[j, heads[j]], j))
            step = heads[job]
            machine = self.jobs[job][step][0]
            start = max(free.get(machine, 0), placed[job, step - 1][1] if step else 0)
            placed[job, step] = (start, start + durations[job, step])
            free[machine] = start + durations[job, step]
            if (job, step + 1) in order:
                heads[job] = step + 1
            else:
                del heads[job]
        return placed

    def _dispatch(self, priority: Mapping[Step, int], durations: Mapping[Step, int]) -> dict[Step, int]:
        """Start times of the non-delay schedule: whenever a machine is free, the waiting operation of least priority number."""
        free: dict[int, int] = {}
        ready = dict.fromkeys(range(len(self.jobs)), 0)
        heads = dict.fromkeys(range(len(self.jobs)), 0)
        starts: dict[Step, int] = {}
        while heads:

            def earliest(j: int) -> int:
                return max(ready[j], free.get(self.jobs[j][heads[j]][0], 0))

            job = min(heads, key=lambda j: (earliest(j), priority[j, heads[j]], j))
            step, start = heads[job], earliest(job)
            starts[job, step] = start
            ready[job] = free[self.jobs[job][step][0]] = start + durations[job, step]
            if step + 1 < len(self.jobs[job]):
                heads[job] = step + 1
            else:
                del heads[job]
        return starts


def _step(job: int, index: int, step: Sequence[Any]) -> tuple[int, int]:
    """(machine, duration), checked."""
    if len(step) != 2 or not all(isinstance(value, Integral) for value in step) or step[0] < 0 or step[1] < 1:
        raise QoptError(
            f"job {job} step {index} is {step!r}; give (machine, duration), whole numbers, machines from 0, durations from 1"
        )
    return int(step[0]), int(step[1])


def _count(a: range, b: range, after: int | None, before: int) -> int:
    """How many pairs x of `a`, y of `b` have x + after <= y < x + before; no lower limit for None."""
    x = np.arange(a.start, a.stop)
    low = np.full(len(x), b.start) if after is None else np.clip(x + after, b.start, b.stop)
    return int(np.maximum(np.clip(x + before, b.start, b.stop) - low, 0).sum())


def _numbered_lines(path: Path) -> tuple[Iterator[tuple[int | None, str]], float | None]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "not a text file") from None
    best = None
    for line in text.splitlines():
        note, _, value = line.lstrip("# ").partition("best known:")
        if line.startswith("#") and not note and value.strip().isdecimal() and len(value) < 20:
            best = float(value)
    numbered = ((k, line.strip()) for k, line in enumerate(text.splitlines(), 1))
    return ((k, line) for k, line in numbered if line and not line.startswith("#")), best


def _numbers(path: str | Path, at: int, line: str) -> list[int]:
    try:
        return [int(word) for word in line.split()]
    except ValueError:
        raise FileError(path, f"{line[:40]!r} holds something that is not a whole number", at) from None


def _header(path: str | Path, at: int | None, line: str) -> tuple[int, int]:
    if at is None:
        raise FileError(path, "the file is empty; it should begin with 'jobs machines'")
    numbers = _numbers(path, at, line)
    if len(numbers) != 2 or min(numbers) < 1:
        raise FileError(path, f"{line[:40]!r}: the first line gives 'jobs machines', both at least 1", at)
    return numbers[0], numbers[1]


def _job(path: str | Path, at: int, line: str, machines: int) -> tuple[tuple[int, int], ...]:
    numbers = _numbers(path, at, line)
    if len(numbers) % 2:
        raise FileError(path, f"{len(numbers)} numbers; a job is pairs of 'machine duration'", at)
    if len(numbers) != 2 * machines:
        raise FileError(path, f"{len(numbers) // 2} steps; a job has one for each of {machines} machines; is it cut short?", at)
    steps: Sequence[tuple[int, int]] = list(zip(numbers[::2], numbers[1::2], strict=True))
    for machine, duration in steps:
        if not 0 <= machine < machines:
            raise FileError(path, f"machine {machine} is outside 0..{machines - 1}", at)
        if duration < 1:
            raise FileError(path, f"duration {duration} is below 1", at)
    return tuple(steps)
