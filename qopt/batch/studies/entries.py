"""What a study says, as pydantic models: the keys, their types, ranges and meanings.

The descriptions become the JSON Schema that editors use (`qopt schema`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Count = Annotated[int, Field(ge=1)]
NAME, LABEL = r"^\w[\w.-]*$", r"^[^\s/\\][^/\\\n\r\t]*$"
PATTERNS = {
    NAME: "give letters, digits, '.', '_' and '-', beginning with none of '.' and '-'",
    LABEL: "give words on one line without slashes, not beginning with a space",
}
Name = Annotated[str, Field(pattern=NAME)]
Label = Annotated[str, Field(pattern=LABEL, max_length=80)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProblemEntry(Strict):
    """Problems of one kind: from files, bundled instances, or generated."""

    kind: str = Field(
        description="A kind of problem, as `qopt problems` lists them; or `model`, for files of "
        "models as they stand: LP, MPS, QUBOs."
    )
    file: str | None = Field(default=None, description="A file, found beside the study.")
    files: str | None = Field(
        default=None,
        description="A pattern for several files, found beside the study: `data/*.vrp`.",
    )
    instance: str | None = Field(default=None, description="The name of a bundled instance.")
    instances: Annotated[list[str], Field(min_length=1)] | None = Field(
        default=None, description="The names of bundled instances."
    )
    generate: dict[str, Any] | None = Field(
        default=None,
        description="Parameters of the kind's generator. Of lists of values, "
        "every combination is generated.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="Options of the kind's reader."
    )
    label: Label | None = Field(
        default=None,
        description="What the instance is called in the results; its own name otherwise.",
    )


class FallbackEntry(Strict):
    """Who solves a trial instead, and when; the record says so, with the rule."""

    to: str = Field(description="The label of another solver of the study.")
    on: Annotated[list[Literal["failed", "none-found", "budget", "worse"]], Field(min_length=1)] = (
        Field(
            default=["failed", "none-found", "budget"],
            description="`failed`: it failed, refused, hung or was killed; `none-found`: it found "
            "no feasible plan; `budget`: there is no money or device time left for it; `worse`: "
            "its gap was larger on average over the `last` trials that both solved.",
        )
    )
    last: Count = Field(default=10, description="The number of trials that `worse` looks at.")


class TuneEntry(Strict):
    """Parameters that are chosen on instances of their own before the study is run.

    What it takes is charged to the solver.
    """

    parameters: Annotated[dict[str, Annotated[list[Any], Field(min_length=1)]], Field(min_length=1)]
    training: Annotated[list[ProblemEntry], Field(min_length=1)] = Field(
        description="Problems, none of them one that the study compares on."
    )
    seeds: Annotated[list[Seed], Field(min_length=1)] = [0]


class SolverEntry(Strict):
    """One solver with its parameters."""

    name: str = Field(description="A solver, as `qopt solvers` lists them.")
    label: Label | None = Field(
        default=None,
        description="What it is called in the results; needed where a solver stands twice.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="The solver's own parameters."
    )
    time_limit: Positive | None = Field(
        default=None, description="Seconds a trial, for this solver instead of the study's."
    )
    only: list[str] | None = Field(
        default=None, description="The kinds of problem that it is for; all where this is left out."
    )
    price: NotNegative | None = Field(
        default=None,
        description="Money for one call, where the solver does not know its price itself.",
    )
    fallback: FallbackEntry | None = None
    tune: TuneEntry | None = None


class SweepEntry(Strict):
    """Values to try, by the way to what they are values of.

    A way is `solver.LABEL.PARAMETER`, `problem.KIND.OPTION` (of the generator, or of the reader;
    or by the problem's label), `compile.PARAMETER` of all solvers that compile, or `time_limit`.
    Where several of the three are given, all their combinations are tried.
    """

    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        default_factory=dict, description="Every combination of the values."
    )
    zip: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        default_factory=dict, description="The first of each, the second of each, and so on."
    )
    listed: Annotated[list[dict[str, Any]], Field(min_length=1)] | None = Field(
        default=None, alias="list", description="Each entry is one combination, written out."
    )


class LimitsEntry(Strict):
    """What the whole study may take, and what ends a trial that does not end itself."""

    wall: Positive | None = Field(
        default=None,
        description="Seconds after which no further trial is begun; run again to go on.",
    )
    device_seconds: NotNegative | None = Field(
        default=None, description="Seconds of a device that the study may take; more is refused."
    )
    money: NotNegative | None = Field(
        default=None, description="Money that the study may cost; what would cost more is refused."
    )
    memory: Positive | None = Field(
        default=None, description="Gigabytes that the process of a trial may take."
    )
    grace: Positive = Field(
        default=60.0,
        description="Seconds after its time limit in which a trial compiles, decodes and ends; "
        "then its process is ended.",
    )


class CompareEntry(Strict):
    """The question that the study is to answer, fixed before its first trial."""

    baseline: str = Field(description="The label of the solver that others are compared with.")
    metric: Literal["objective", "anytime", "time", "money"] = Field(
        default="objective",
        description="`objective`: the gap of the plans; `anytime`: the mean gap from the start to "
        "the horizon; `time`: seconds to the target; `money`: what runs and gaps cost.",
    )
    margin: Positive = Field(
        default=1.0,
        description="The least difference that matters: in percent, with `metric: money` in money.",
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        default=0.05,
        description="How often a verdict may be wrong by chance: 0.05 is one in twenty.",
    )
    horizon: Positive | None = Field(
        default=None,
        description="Seconds at which all solvers are compared; the shortest time limit.",
    )
    target: Annotated[float, Field(ge=0, lt=100)] = Field(
        default=1.0, description="A plan is good enough whose gap is at most so many percent."
    )
    quantile: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.99, description="How surely repeated runs shall reach the target."
    )
    worth_of_percent: NotNegative | None = Field(
        default=None, description="Money that one percent of the objective is worth."
    )
    currency: str = Field(default="units of money", description="The name of the money.")


class RunEntry(Strict):
    """How the trials are run."""

    executor: Literal["processes", "inline", "dask"] = Field(
        default="processes",
        description="`processes` of this machine; `inline`, one after the other in this process; "
        "`dask`, on a cluster.",
    )
    workers: Count | None = Field(
        default=None, description="Trials at a time; as many as there are cores for `threads` each."
    )
    threads: Count = Field(
        default=1, description="Threads of each trial, and cores where they can be set."
    )
    address: str | None = Field(
        default=None,
        description="Of a Dask scheduler; without it `dask` begins a cluster on this machine.",
    )
    submissions: Count = Field(
        default=4,
        description="Trials at a time that cost money and wait for a device; one "
        "at a time of solvers that keep no journal.",
    )
    retries: Annotated[int, Field(ge=0)] = Field(
        default=0, description="How often a trial is tried again that was killed, or hung."
    )
    until: Literal["done", "decided"] = Field(
        default="done",
        description="`decided`: the seeds are run in `looks` parts, and no further one once every "
        "verdict is there; the risk is split among the looks.",
    )
    looks: Annotated[int, Field(ge=1, le=3)] = Field(
        default=3, description="How often `until: decided` looks."
    )
    order: Literal["blocks", "given"] = Field(
        default="blocks",
        description="`blocks`: instance by instance, in each the trials are shuffled, so that what "
        "slows the machine down for a while hits all solvers; `given`: as they are written.",
    )


class MLflowEntry(Strict):
    """An MLflow server."""

    address: str = Field(description="Of the server: http://HOST:PORT.")
    experiment: str | None = Field(default=None, description="Its name there; the study's.")


class ServiceEntry(Strict):
    """What a solver must keep for its service to be good enough; `qopt run` says whether it did."""

    solver: str = Field(description="The label of a solver.")
    feasible: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="The least share of trials with a feasible plan."
    )
    gap: NotNegative | None = Field(
        default=None, description="The largest mean gap, in percent; without a plan it is 100."
    )
    seconds: Positive | None = Field(
        default=None, description="The most seconds that 95 of 100 trials take."
    )


class TrackEntry(Strict):
    """Who is told of the trials, besides the study's own folder; nobody where this is left out."""

    prometheus: str | None = Field(
        default=None, description="A file for the textfile collector of Prometheus; ends in .prom."
    )
    mlflow: MLflowEntry | None = None
    opentelemetry: str | None = Field(
        default=None, description="The address of a collector: http://HOST:4318."
    )


class StudyEntry(Strict):
    """A study: problems, solvers and seeds, each with each."""

    name: Name = Field(description="Letters, digits, `.`, `_` and `-`; also names the folder.")
    extends: str | None = Field(
        default=None, description="Another study's file; what is not said here is as it says."
    )
    problems: Annotated[list[ProblemEntry], Field(min_length=1)]
    solvers: Annotated[list[SolverEntry], Field(min_length=1)]
    seeds: Annotated[list[Seed], Field(min_length=1)] = Field(
        default=[0], description="Each solver solves each problem once for each of them."
    )
    time_limit: Positive = Field(10.0, description="Seconds a trial.")
    output: str | None = Field(default=None, description="The folder of the results; `runs/NAME`.")
    sweep: SweepEntry = SweepEntry()
    limits: LimitsEntry = LimitsEntry()
    compare: CompareEntry | None = None
    run: RunEntry = RunEntry()
    track: TrackEntry = TrackEntry()
    slo: list[ServiceEntry] = Field(
        default=[], description="Objectives of service, checked at the end of each run."
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of a study's file."""
    made = StudyEntry.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "qopt study",
        **made,
    }
