"""What a model was compiled to, for people: a line a family of constraints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...pages import Page, Section
from ...pages.content import numbers, words
from ..model.arrays import Ints
from ..model.families import family, numbered
from ..model.rows import sums
from ..weights.weighed import Weighed
from .precision import Precision

FIRST = 5  # of what presolve took away, and of trials, so many are shown


def report(compiled: Weighed) -> Page:
    """Sizes, structure, encodings, presolve, weights and dynamic range."""
    bits, couplings = compiled.qubo.num_variables, len(compiled.qubo.quad)
    variables, constraints = len(compiled.cqm.variables), len(compiled.cqm.constraints)
    model = f"{variables:,} variables and {constraints:,} constraints"
    sections = [
        _constraints(compiled),
        _variables(compiled),
        _structure(compiled),
        _presolve(compiled),
        _weights(compiled),
        _precision(compiled),
        _tuning(compiled),
    ]
    return Page(
        f"{model}: {bits:,} bits and {couplings:,} couplings",
        [s for s in sections if s.rows or s.lines],
    )


def _constraints(compiled: Weighed) -> Section:
    sizes, v = compiled.sizes(), len(compiled.validity.labels)
    kinds = [*compiled.structure.kind.tolist(), *["validity"] * v]
    treatments = [
        *compiled.treatments.name.tolist(),
        *np.where(compiled.validity.one_hot, "square", "product").tolist(),
    ]
    place, families = _families(sizes.labels, kinds, treatments)
    counted = [
        _summed(place, values)
        for values in (np.ones(len(place)), sizes.slack_bits, sizes.couplings)
    ]
    rows: list[list[Any]] = [
        [*key, *(int(count[k]) for count in counted)] for k, key in enumerate(families)
    ]
    rows.append(["(objective)", "", "", "", "", sizes.objective_couplings])
    columns = words("family", "kind", "treatment")
    columns += numbers("number", "slack bits", "couplings")
    return Section("Constraints", columns, rows)


def _variables(compiled: Weighed) -> Section:
    model, encoding = compiled.model, compiled.encoding
    ranges = [f"{low:g}..{high:g}" for low, high in zip(model.lower, model.upper, strict=True)]
    codes = np.where(
        encoding.bits > 1, encoding.code, np.where(encoding.bits == 1, "one bit", "fixed")
    ).tolist()
    place, families = _families(model.variables, ranges, codes)
    counted = [_summed(place, values) for values in (np.ones(len(place)), encoding.bits)]
    slack = compiled.slack
    rows: list[list[Any]] = [
        [*key, *(int(count[k]) for count in counted)] for k, key in enumerate(families)
    ]
    for code, count in sorted(Counter(slack.code[slack.bits > 0].tolist()).items()):
        mine = (slack.code == code) & (slack.bits > 0)
        widest = f"0..{slack.upper[mine].max():g}"
        rows.append(["(slacks)", widest, code, count, int(slack.bits[mine].sum())])
    columns = words("family", "range", "encoding") + numbers("number", "bits")
    return Section("Variables", columns, rows)


def _structure(compiled: Weighed) -> Section:
    structure, lines = compiled.structure, []
    kinds = Counter(structure.kind[c] for c in structure.kept_rows())
    if kinds:
        groups = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
        lines.append(f"groups that moves can keep: {groups}")
    for (rows, columns), count in Counter(
        (len(rows), len(columns)) for rows, columns in structure.permutations()
    ).items():
        lines.append(f"permutations: {count:,} of {rows} x {columns}")
    if indicators := len(set(structure.indicator[structure.indicator >= 0].tolist())):
        lines.append(f"indicators: {indicators:,} binaries whose value follows from others")
    return Section("Structure", lines=lines)


def _presolve(compiled: Weighed) -> Section:
    presolved, log = compiled.presolved, compiled.presolved.log
    if not log:
        return Section("Presolve")
    kinds = Counter(removed.kind for removed in log)
    counts = sorted(kinds.items(), reverse=True)  # variables first
    gone = " and ".join(f"{count:,} {kind}{'s' if count > 1 else ''}" for kind, count in counts)
    variables, constraints = presolved.model.num_variables, presolved.model.num_constraints
    rest = f"left are {variables:,} variables and {constraints:,} constraints"
    lines = [f"took away {gone}; {rest}", *(str(removed) for removed in log[:FIRST])]
    lines += [f"and {len(log) - FIRST:,} more"] if len(log) > FIRST else []
    return Section("Presolve", lines=lines)


def _weights(compiled: Weighed) -> Section:
    rows: list[list[Any]] = []
    for weights in (compiled.weighed, compiled.validity_weighed):
        labels, reasons = weights.model.labels, weights.reason
        place, families = _families(labels, weights.why.tolist())
        for k, (name, _) in enumerate(families):
            mine = np.flatnonzero(place == k)
            heaviest = int(mine[np.argmax(weights.value[mine])])
            why = (
                reasons[heaviest] if len(mine) == 1 else f"{labels[heaviest]}: {reasons[heaviest]}"
            )
            least, most = weights.value[mine].min(), weights.value[mine].max()
            shown = f"{least:.4g}" if least == most else f"{least:.4g}..{most:.4g}"
            sure = int(weights.proven[mine].sum())
            proven = "all" if sure == len(mine) else f"{sure:,} of {len(mine):,}"
            rows.append([name, shown, proven, why])
    if not rows:
        return Section("Weights")
    line = (
        "proven: no assignment that breaks the constraint has the lowest energy, "
        "if any assignment keeps them all"
    )
    columns = words("family") + numbers("weight") + words("proven", "why")
    return Section("Weights", columns, rows, lines=[line])


def _precision(compiled: Weighed) -> Section:
    precisions = [Precision.of(compiled, target) for target in ("advantage2", "float32")]
    first = precisions[0]
    times = f"the largest bias is {first.dynamic_range:.4g} times the smallest"
    lines = [f"{times}: {first.bits:.1f} bits"]
    for precision in precisions:
        apart = f"{precision.target.name} tells biases of {precision.resolution:.3g} apart"
        lines.append(f"{apart}: {precision.lost:.0%} of the objective's are smaller")
    if not first.fits and first.culprit is not None:
        remedy = "Compiled.precision().remedy looks for a way out"
        lines.append(f"most of the range goes to {first.culprit!r}; {remedy}")
    return Section("Dynamic range", lines=lines)


def _tuning(compiled: Weighed) -> Section:
    trials = compiled.tuning
    kept = [trial for trial in trials if trial.kept]
    rows: list[list[Any]] = [
        [trial.change, trial.feasible, trial.best, trial.mean] for trial in kept
    ]
    columns = words("tuning")
    columns += numbers("feasible share", "best objective", "mean objective")
    line = f"{len(trials):,} trials; shown are those that became the best so far"
    return Section("Tuning", columns, rows, lines=[line] if trials else [])


def _families(labels: Sequence[Any], *others: Sequence[str]) -> tuple[Ints, list[tuple[str, ...]]]:
    """The place of each label's family, and the families: a name and what is the same in all."""
    return numbered(zip(map(family, labels), *others, strict=True))


def _summed(place: Ints, values: Any) -> Ints:
    totals: Ints = sums(int(place.max(initial=-1)) + 1, place, values).astype(np.int64)
    return totals
