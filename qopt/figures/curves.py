"""The curves of a comparison: gaps over time, targets reached, profiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ..compare import Comparison, Run, Summary
from ..compare.anytime import Profile, gap_curves
from ..compare.sentences import amount
from .chart import Chart, Series
from .scales import Axis

SHORTEST = 1e-4  # of the horizon: what comes before is drawn at the left edge
LEAST_GAP = 0.01  # percent: gaps below are drawn at the left edge
STYLES = 14  # that can be told apart, besides the baseline's: seven colours, each dashed twice
NAMED = 4  # solvers in a sentence
TIMES = 120  # at which the mean gap is computed


def styles(comparison: Comparison) -> dict[str, int]:
    """The number of each solver's colour and dashes: the baseline has 0."""
    others = [each.solver for each in comparison.solvers if each.solver != _baseline(comparison)]
    return {_baseline(comparison): 0} | {name: 1 + k % STYLES for k, name in enumerate(others)}


def curves(comparison: Comparison, runs: Iterable[Run]) -> tuple[Chart, ...]:
    """Gap over time, targets reached over time, and two profiles, which are pictures only."""
    apart = styles(comparison)
    known = list(runs)
    time = _time_axis(comparison.horizon, known)
    return (
        _gaps(comparison, known, time, apart),
        _reached(comparison, time, apart),
        _fastest(comparison, apart),
        _within(comparison, apart),
    )


def _gaps(
    comparison: Comparison, runs: Sequence[Run], time: Axis, apart: Mapping[str, int]
) -> Chart:
    times = [time.low * (time.high / time.low) ** (k / (TIMES - 1)) for k in range(TIMES)]
    found = gap_curves(runs, comparison.references, times)
    best = min(comparison.solvers, key=lambda each: each.gap_over_time)
    highest = max((max(gaps) for gaps in found.values()), default=1.0)
    return Chart(
        "gaps",
        "Gap over time",
        f"On average over the time, {best.solver} is closest to the reference, with a gap of "
        f"{amount(best.gap_over_time)} %. Lower is better; a run without a plan counts 100 %.",
        time,
        Axis("mean gap in percent", 0.0, max(highest, 0.1) * 1.02, unit=" %"),
        tuple(Series(name, apart[name], tuple(times), tuple(found[name]), 100.0) for name in apart),
    )


def _reached(comparison: Comparison, time: Axis, apart: Mapping[str, int]) -> Chart:
    target = comparison.question.target
    found = [(each.waiting.reached, each.waiting.runs, each.solver) for each in comparison.solvers]
    ordered = sorted(found, key=lambda each: -each[0] / each[1])
    told = _listed([f"{name} in {reached} of {runs} runs" for reached, runs, name in ordered])
    return Chart(
        "reached",
        "Target reached",
        f"The target, a gap of at most {target:g} %, is reached by {told}. "
        "Higher and further left is better.",
        time,
        Axis("share of runs", 0.0, 100.0, unit=" %"),
        tuple(
            Series(
                each.solver,
                apart[each.solver],
                each.waiting.seconds,
                tuple(100 * (1 - share) for share in each.waiting.shares),
            )
            for each in _ordered(comparison.solvers, apart)
        ),
    )


def _fastest(comparison: Comparison, apart: Mapping[str, int]) -> Chart:
    lines = _profiles(comparison, apart, lambda each: each.time_profile)
    told = _listed([f"{line.name} on {line.at(1.0):.0f} %" for line in _highest(lines)])
    largest = max((max(line.xs, default=1.0) for line in lines), default=1.0)
    return Chart(
        "profile",
        "Performance profile",
        f"First at the target, as a share of the instances: {told}. "
        "A picture only: it may not rank more than two solvers.",
        Axis("time to the target, times the fastest", 1.0, max(2.0, min(largest, 1e4)), log=True),
        Axis("share of instances", 0.0, 100.0, unit=" %"),
        lines,
    )


def _within(comparison: Comparison, apart: Mapping[str, int]) -> Chart:
    lines = _profiles(comparison, apart, lambda each: each.gap_profile)
    told = _listed([f"{line.name} in {line.at(1.0):.0f} %" for line in _highest(lines)])
    return Chart(
        "within",
        "Runs within a gap",
        f"At {amount(comparison.horizon)} seconds the gap is at most 1 %, as a share of the runs: "
        f"{told}. A picture only, as the performance profile is.",
        Axis("gap in percent", LEAST_GAP, 100.0, log=True, unit=" %"),
        Axis("share of runs", 0.0, 100.0, unit=" %"),
        lines,
    )


def _profiles(
    comparison: Comparison, apart: Mapping[str, int], of: Callable[[Summary], Profile]
) -> tuple[Series, ...]:
    """A profile of each solver, in percent, the baseline first."""
    return tuple(
        Series(
            each.solver,
            apart[each.solver],
            of(each).values,
            tuple(100 * share for share in of(each).shares),
        )
        for each in _ordered(comparison.solvers, apart)
    )


def _highest(lines: Sequence[Series]) -> list[Series]:
    """By their values at 1, the highest first."""
    return sorted(lines, key=lambda line: -line.at(1.0))


def _listed(told: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    left = len(told) - NAMED
    if left < 2:
        return ", ".join(told)
    return f"{', '.join(told[:NAMED])}, and {left} others no more often"


def _time_axis(horizon: float, runs: Iterable[Run]) -> Axis:
    """Logarithmic, from the first plan of any run to the horizon."""
    first = min([0.5 * horizon, *(run.steps[0][0] for run in runs if run.steps)])
    return Axis("seconds", max(0.8 * first, SHORTEST * horizon), horizon, log=True)


def _ordered(solvers: Sequence[Summary], apart: Mapping[str, int]) -> list[Summary]:
    """The baseline first."""
    by_name = {each.solver: each for each in solvers}
    return [by_name[name] for name in apart if name in by_name]


def _baseline(comparison: Comparison) -> str:
    return comparison.question.baseline
