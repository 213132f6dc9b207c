"""A study that was read: all that is wrong in it at once, or its trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import QoptError
from ...kit.yaml import Document, Way, told
from ...plugins import make_solver, problem_class
from ..posting import require_address
from ..recipe import MODEL
from ..trial import Trial, folder_of
from .document import read_document
from .entries import (
    PATTERNS,
    CompareEntry,
    LimitsEntry,
    ProblemEntry,
    RunEntry,
    ServiceEntry,
    SolverEntry,
    StudyEntry,
    TrackEntry,
)
from .expansion import Mistake, Shelf, parameters_of, solver_mistakes, trials_of, tuning_of
from .sweeps import mistakes

EACH = -1  # in a way: every place of a list
NAMES_A_SOLVER: tuple[Way, ...] = (
    ("compare", "baseline"),
    ("slo", EACH, "solver"),
    ("solvers", EACH, "fallback", "to"),
)


@dataclass(frozen=True)
class Study:
    """A study that was checked: its trials, in order, and the folder for their results."""

    name: str
    output: Path
    trials: tuple[Trial, ...]
    limits: LimitsEntry
    run: RunEntry
    compare: CompareEntry | None
    track: TrackEntry
    slo: tuple[ServiceEntry, ...]
    texts: Mapping[Path, str]
    tuning: Mapping[str, Study] = field(default_factory=dict)  # by the labels of solvers


def read_study(path: str | Path, *, ready: bool = True) -> Study:
    """Read and check a study; problems are built and solvers looked up, but nothing is run.

    A `file` is found beside the study. Without `ready` solvers may lack what they need to run here,
    as a token: to be asked for their price.

    Raises StudyError with every complaint, or FileError for a file that is not YAML.
    """
    document = read_document(Path(path))
    if document.unset:
        raise document.told(document.complaints)
    wrong: list[Mistake] = []
    try:
        study = StudyEntry.model_validate(document.data)
    except ValidationError as error:
        wrong += [told(dict(found), StudyEntry, PATTERNS) for found in error.errors()]
        study = None
    # what is well-formed by itself is looked up even where something else is not
    shelf = Shelf(document)
    for at, problem in _each(ProblemEntry, document.data, "problems"):
        shelf.of(at, problem, {})
    for at, solver in _each(SolverEntry, document.data, "solvers"):
        wrong += [
            ((("solvers", at, *way)), text) for way, text in _solver_complaints(solver, ready)
        ]
    wrong += _labels_missing(document.data)
    if study is not None:
        wrong += _across(study)
    trials: tuple[Trial, ...] = ()
    tuning: dict[str, tuple[Trial, ...]] = {}
    if study is not None and not wrong and not shelf.wrong:
        wrong += solver_mistakes(study)
        shelf.sweep = study.sweep
        trials = () if wrong else trials_of(study, shelf)
        wrong += _untried(study, trials) if trials else []
        tuning = _tuning(study, document, trials, wrong)
    complaints = [document.complaint(way, text) for way, text in [*wrong, *shelf.wrong]]
    if complaints or document.complaints or study is None:
        raise document.told([*document.complaints, *complaints])
    if not trials:
        raise document.told(
            [document.complaint(("solvers",), "no solver's `only` names the kind of any problem")]
        )
    output = Path(study.output or f"runs/{study.name}")
    whole = Study(
        study.name,
        output,
        trials,
        study.limits,
        study.run,
        study.compare,
        study.track,
        tuple(study.slo),
        document.texts,
    )
    once = study.run.model_copy(update={"until": "done"})
    training = replace(whole, compare=None, slo=(), run=once, track=TrackEntry())
    parts = {
        label: replace(training, output=output / "tuning" / folder_of(label), trials=found)
        for label, found in tuning.items()
    }
    return replace(whole, tuning=parts)


def _tuning(
    study: StudyEntry, document: Document, trials: Sequence[Trial], wrong: list[Mistake]
) -> dict[str, tuple[Trial, ...]]:
    """The trials of each solver that is tuned; what is wrong there is added to `wrong`."""
    known = {trial.instance.content for trial in trials}
    found = {}
    for at, solver in enumerate(study.solvers):
        if solver.tune is None:
            continue
        root: Way = ("solvers", at, "tune", "training")
        shelf = Shelf(document, root=root)
        try:
            label, mine = tuning_of(at, study, shelf)
            for trial in mine:
                make_solver(trial.solver, dict(trial.parameters))
        except QoptError as error:
            wrong.append((("solvers", at, "tune", "parameters"), str(error)))
            continue
        wrong += shelf.wrong
        both = sorted({t.instance.name for t in mine if t.instance.content in known})
        if both:
            text = f"{', '.join(both)}: the study compares on it; train on other instances"
            wrong.append((root, text))
        found[label] = mine
    return found


Entry = TypeVar("Entry", bound=BaseModel)


def _each(model: type[Entry], data: Any, key: str) -> Iterator[tuple[int, Entry]]:
    """The well-formed entries of a list, with their numbers."""
    entries = data.get(key) if isinstance(data, dict) else None
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        try:
            yield at, model.model_validate(entry)
        except ValidationError:
            continue


def _solver_complaints(solver: SolverEntry, ready: bool) -> Iterator[Mistake]:
    try:
        make_solver(solver.name, solver.parameters, ready=ready)
    except QoptError as complaint:
        yield (), str(complaint)
    for place, kind in enumerate(solver.only or []):
        try:
            if kind != MODEL:
                problem_class(kind)
        except QoptError as complaint:
            yield ("only", place), str(complaint)


def _labels_missing(data: Any) -> Iterator[Mistake]:
    """Where the label of a solver stands that is not there, whatever else is wrong in the file."""
    labels = {}
    for way, name in _texts(data, ("solvers", EACH, "name")):
        labels[way[:2]] = name
    for way, label in _texts(data, ("solvers", EACH, "label")):
        labels[way[:2]] = label
    there = sorted(set(labels.values()))
    for named in NAMES_A_SOLVER:
        for way, label in _texts(data, named):
            of_a_sweep = named[-1] != "to" and label.partition(" [")[0] in there
            if there and label not in there and not of_a_sweep:
                text = f"no solver is called {label!r} here; there are: {', '.join(there)}"
                yield way, text


def _untried(study: StudyEntry, trials: Sequence[Trial]) -> Iterator[Mistake]:
    """Solvers that something is asked of, and that no trial is of: by `only`, or as a sweep renames
    them.
    """
    asked: list[tuple[Way, str]] = [
        (("slo", at, "solver"), service.solver) for at, service in enumerate(study.slo)
    ]
    if study.compare is not None:
        asked.append((("compare", "baseline"), study.compare.baseline))
    tried = sorted({trial.solver_name for trial in trials})
    for way, label in asked:
        if label not in tried:
            yield way, f"no trial is of {label!r}; there are trials of: {', '.join(tried)}"


def _texts(data: Any, way: Way, above: Way = ()) -> Iterator[tuple[Way, str]]:
    """The texts at the end of a way, where EACH stands for every place of a list."""
    if not way:
        if isinstance(data, str):
            yield above, data
    elif way[0] == EACH and isinstance(data, list):
        for at, item in enumerate(data):
            yield from _texts(item, way[1:], (*above, at))
    elif isinstance(data, dict) and way[0] in data:
        yield from _texts(data[way[0]], way[1:], (*above, way[0]))


def _addresses(track: TrackEntry) -> Iterator[tuple[Way, str]]:
    if track.mlflow is not None:
        yield ("track", "mlflow", "address"), track.mlflow.address
    if track.opentelemetry is not None:
        yield ("track", "opentelemetry"), track.opentelemetry


def _across(study: StudyEntry) -> Iterator[Mistake]:
    """What is wrong between entries that are each well-formed."""
    labels: dict[str, int] = {}
    for at, solver in enumerate(study.solvers):
        label = solver.label or solver.name
        if label in labels:
            first = study.solvers[labels[label]]
            apart = first.only is not None and solver.only is not None
            if not apart or set(first.only or ()) & set(solver.only or ()):
                way: Way = ("solvers", at, "label" if solver.label else "name")
                text = f"two solvers are called {label!r}; give this one another `label`"
                yield way, text
        labels.setdefault(label, at)
    known = {
        "solver": set(labels),
        "problem": {name for p in study.problems for name in (p.kind, p.label) if name},
        "compile": {name for s in study.solvers for name in parameters_of(s.name)},
    }
    yield from mistakes(study.sweep, known)
    for at, solver in enumerate(study.solvers):
        own = solver.label or solver.name
        if solver.fallback is not None and solver.fallback.to == own:
            yield ("solvers", at, "fallback", "to"), f"{own} cannot be solved by itself instead"
    if "output" in study.model_fields_set and not (study.output or "").strip():
        yield ("output",), "it is empty; give the name of a folder, or leave the key out"
    seen: set[int] = set()
    for at, seed in enumerate(study.seeds):
        if seed in seen:
            yield ("seeds", at), f"the seed {seed} is given twice, and would give the same again"
        seen.add(seed)
    limits = [study.time_limit, *(s.time_limit for s in study.solvers if s.time_limit is not None)]
    if study.compare is not None and (study.compare.horizon or 0) > max(limits):
        text = f"no trial runs so long: the longest time limit is {max(limits):g} s"
        yield ("compare", "horizon"), text
    if study.run.until == "decided" and study.compare is None:
        yield ("run", "until"), "say under `compare` what is to be decided"
    for name, address in _addresses(study.track):
        try:
            require_address(".".join(map(str, name[1:])), address)
        except QoptError as error:
            yield name, str(error)
    if study.run.address is not None and study.run.executor != "dask":
        yield ("run", "address"), "an address is for `executor: dask` only"
