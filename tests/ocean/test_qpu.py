"""Solver `qpu` on Ocean's mock of a device, and on fakes that fail or cost too much.

No quantum annealer is asked.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dimod
import pytest
from dwave.cloud.exceptions import (
    CanceledFutureError,
    InvalidProblemError,
    PollingTimeout,
    SolverAuthenticationError,
    SolverError,
    SolverFailureError,
    SolverOfflineError,
    UseAfterCloseError,
)
from dwave.samplers import RandomSampler
from dwave.system.testing import MockDWaveSampler
from minorminer.busclique import busgraph_cache
from requests.exceptions import ConnectionError as NoConnection

import qopt
from qopt import NotReady, QoptError, Result
from qopt.ocean import anneals
from qopt.ocean.qpu import Qpu
from qopt.ocean.reading import broken_share

from .. import tiny
from . import account


def zephyr(
    kind: type[MockDWaveSampler] = MockDWaveSampler, shape: tuple[int, int] = (3, 4), **options: Any
) -> Any:
    """A mock that samples, where Ocean's default would put the ground state first."""
    return kind(
        topology_type="zephyr", topology_shape=list(shape), exact_solver_cutoff=0, **options
    )


class Priced(MockDWaveSampler):
    """A mock that says what a device says of its time and itself, and counts submissions."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.microseconds, self.submitted = 25_000.0, 0
        self.asked: list[tuple[int, int]] = []
        self.options: list[dict[str, Any]] = []
        self.solver = SimpleNamespace(
            properties=self.properties,
            estimate_qpu_access_time=self._estimate,
            identity=SimpleNamespace(name="Advantage9", version=SimpleNamespace(graph_id="0a1b")),
        )

    def _estimate(self, num_qubits: int, num_reads: int, **options: Any) -> float:
        self.asked.append((num_qubits, num_reads))
        self.options.append(options)
        return self.microseconds

    def sample(self, bqm: Any, **options: Any) -> Any:
        self.submitted += 1
        return super().sample(bqm, **options)


class Failing(MockDWaveSampler):
    """A mock that raises what it is told to."""

    error: Exception

    def sample(self, bqm: Any, **options: Any) -> Any:
        raise self.error


def _solve(device: Any, problem: Any = None, **changes: Any) -> Result[Any]:
    options = {"time_limit": 5, "seed": 1, "num_reads": 30} | changes
    return qopt.solve(problem or tiny.routing(), solver="qpu", device=device, **options)


@pytest.fixture(scope="module")
def result() -> Result[Any]:
    return _solve(zephyr())


def test_the_plan_is_scored_by_the_domain() -> None:
    problem = tiny.shop()
    found = qopt.solve(problem, solver="qpu", device=zephyr(), time_limit=5, seed=1, num_reads=100)
    assert found.best is not None
    assert found.objective == problem.evaluate(found.best).objective == tiny.optimum(problem)


def test_every_read_is_counted(result: Result[Any]) -> None:
    assert sum(ranked.occurrences for ranked in result.plans) == 30


def test_samples_are_over_the_models_variables_without_slack_bits(result: Result[Any]) -> None:
    assert result.samples is not None
    assert set(result.samples.variables) == set(tiny.routing().model().variables)


def test_provenance_says_which_device_and_how_it_was_used(result: Result[Any]) -> None:
    facts = result.provenance["solver"]
    assert facts["device"] == "MockDWaveSampler"
    assert facts["topology"] == {"type": "zephyr", "shape": [3, 4]}
    assert facts["qubits_on_device"] == 336
    assert facts["timing_us"]["qpu_access_time"] > 0
    assert facts["device_seconds"] == facts["timing_us"]["qpu_access_time"] / 1e6
    assert facts["chain_strength"] > 0
    assert 0 <= facts["chain_break_fraction"] <= 1
    assert 1 <= facts["longest_chain"] <= facts["qubits"] <= 336
    assert facts["problem_id"]
    assert facts["estimated_seconds"] is None  # a mock has no price


def test_waiting_searching_and_scoring_are_timed_apart(result: Result[Any]) -> None:
    assert {"compile", "queue", "sample", "decode", "evaluate"} <= set(result.timing)


def test_such_a_result_survives_its_file(result: Result[Any], tmp_path: Path) -> None:
    again = Result.load(result.save(tmp_path / "qpu.json"))
    assert again.best == result.best
    assert again.provenance == result.provenance
    assert again.samples is not None
    assert result.samples is not None
    assert list(again.samples.samples(sorted_by=None)) == list(
        result.samples.samples(sorted_by=None)
    )


def test_the_search_for_an_embedding_has_the_seed_and_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Same seed, same embedding, whatever the seed of the solve is."""
    searched: list[Any] = []
    search = anneals.embed

    def watched(*given: Any, **options: Any) -> Any:
        searched.append(options)
        return search(*given, **options)

    monkeypatch.setattr(anneals, "embed", watched)
    _solve(zephyr(), seed=11, embedding_seed=3, time_limit=7)
    _solve(zephyr(), seed=12, time_limit=5)
    assert [each["seed"] for each in searched] == [3, 0]
    assert [each["time_limit"] for each in searched] == pytest.approx([7, 5], abs=0.5)


def test_a_chain_strength_is_obeyed() -> None:
    assert _solve(zephyr(), chain_strength=77).provenance["solver"]["chain_strength"] == 77.0


def test_an_annealing_time_reaches_the_device_and_its_estimate() -> None:
    device = zephyr(Priced, parameter_warnings=False)
    seen: list[Any] = []
    sample = device.sample
    device.sample = lambda bqm, **options: (seen.append(options), sample(bqm, **options))[1]
    result = _solve(device, annealing_time=40.0, num_reads=7)
    assert (seen[0]["annealing_time"], seen[0]["num_reads"]) == (40.0, 7)
    facts = result.provenance["solver"]
    assert set(device.asked[:1]) == {(facts["qubits"], 7)}
    assert device.options[0] == {"annealing_time": 40.0}


def test_the_label_names_the_instance() -> None:
    device = zephyr(Priced)
    seen: list[Any] = []
    sample = device.sample
    device.sample = lambda bqm, **options: (seen.append(options["label"]), sample(bqm, **options))[
        1
    ]
    _solve(device)
    assert seen == ["qopt square"]


def test_the_price_and_the_graph_are_kept() -> None:
    device = zephyr(Priced)
    facts = _solve(device).provenance["solver"]
    assert facts["estimated_seconds"] == pytest.approx(0.025)
    assert facts["graph_id"] == "0a1b"
    assert device.submitted == 1


def test_nothing_above_the_limit_is_submitted() -> None:
    device = zephyr(Priced)
    device.microseconds = 1_000_001.0
    with pytest.raises(
        QoptError,
        match=r"30 reads would take up to 1 s .* max_access_seconds=1; nothing was submitted",
    ):
        _solve(device)
    assert device.submitted == 0


def test_the_limit_is_the_users() -> None:
    device = zephyr(Priced)
    with pytest.raises(
        QoptError, match=r"up to 0\.025 s of device time, above max_access_seconds=0\.02;"
    ):
        _solve(device, max_access_seconds=0.02)
    assert device.submitted == 0
    assert _solve(device, problem=tiny.shop(), max_access_seconds=0.03).objective is not None
    assert device.submitted == 1


@pytest.mark.parametrize(
    "error",
    [
        KeyError("selected solver is missing required property ``problem_timing_data``"),
        ValueError("no such version"),
    ],
)
def test_what_has_no_price_is_not_submitted(error: Exception) -> None:
    """Ocean's own complaints about a device without timing data become one line, and nothing is
    spent.
    """
    device = zephyr(Priced)

    def refuse(*arguments: Any, **options: Any) -> float:
        raise error

    device.solver.estimate_qpu_access_time = refuse
    with pytest.raises(QoptError) as raised:
        _solve(device)
    assert "\n" not in str(raised.value)
    assert f"({error})" in str(raised.value)
    assert device.submitted == 0


def test_a_model_too_dense_for_the_device_is_told_in_one_line() -> None:
    with pytest.raises(QoptError, match=r"43 couplings.* or solver 'annealer' or 'leap-bqm'"):
        qopt.solve(
            tiny.portfolio(), solver="qpu", time_limit=1, seed=1, device=zephyr(shape=(1, 1))
        )


def test_another_value_error_is_not_taken_for_a_missing_embedding() -> None:
    device = zephyr(Failing)
    device.error = ValueError("something else")
    with pytest.raises(ValueError, match="something else"):
        _solve(device)


@pytest.mark.parametrize(
    "error",
    [
        SolverError("Problem not accepted\nand a second line"),
        SolverFailureError("Internal SAPI error"),
        SolverOfflineError("solver is offline"),
        NoConnection("Max retries exceeded with url: /sapi/v2"),
        InvalidProblemError("Problem graph incompatible with solver."),
        CanceledFutureError(),
        PollingTimeout("polling timed out"),
        UseAfterCloseError("client closed"),
        SolverError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_oceans_client_raises_becomes_one_line(error: Exception) -> None:
    device = zephyr(Failing)
    device.error = error
    with pytest.raises(QoptError) as raised:
        _solve(device)
    told = str(raised.value)
    assert told.startswith(f"D-Wave: {type(error).__name__}: ")
    assert (str(error).splitlines() or ["no further word"])[0] in told
    assert "\n" not in told
    assert raised.value.__suppress_context__


def test_a_refused_token_says_what_to_set() -> None:
    device = zephyr(Failing)
    device.error = SolverAuthenticationError("Invalid token or access denied")
    with pytest.raises(
        NotReady, match="D-Wave refused the token; run `dwave setup`, or set DWAVE_API_TOKEN"
    ):
        _solve(device)


def test_connecting_fails_in_one_line_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    account.forget(monkeypatch, tmp_path)
    monkeypatch.setenv("QOPT_JOURNAL", str(tmp_path / "jobs.sqlite"))
    monkeypatch.setenv("DWAVE_API_TOKEN", "not-a-token")
    monkeypatch.setenv("DWAVE_API_ENDPOINT", "http://127.0.0.1:9/sapi")
    with pytest.raises(
        QoptError, match=r"http://127.0.0.1:9/sapi\S* gives no answer: .*nothing was sent"
    ) as raised:
        qopt.solve(tiny.shop(), solver="qpu", seed=1)
    assert "\n" not in str(raised.value)


def test_without_a_token_it_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    account.forget(monkeypatch, tmp_path)
    with pytest.raises(NotReady) as raised:
        qopt.solve(tiny.shop(), solver="qpu", seed=1)
    assert str(raised.value) == (
        "solver 'qpu': no D-Wave token; run `dwave setup`, or set DWAVE_API_TOKEN to the token of "
        "your Leap account; without one, `qopt emulator` is a place to rehearse"
    )


def test_a_wrong_profile_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    account.forget(monkeypatch, tmp_path)
    (tmp_path / "dwave.conf").write_text("[work]\ntoken = not-a-token\n")
    with pytest.raises(NotReady, match="'wrok' not found") as raised:
        qopt.solve(tiny.shop(), solver="qpu", profile="wrok", seed=1)
    assert "\n" not in str(raised.value)


def test_the_token_of_a_profile_is_enough_to_be_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    (tmp_path / "dwave.conf").write_text(
        "[work]\ntoken = not-a-token\n[home]\nregion = eu-central-1\n"
    )
    assert Qpu(profile="work").missing() is None
    assert Qpu(profile="home").missing() is not None


def test_a_damaged_configuration_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    (tmp_path / "dwave.conf").write_text("token = without a section\n")
    with pytest.raises(NotReady, match="Ocean's configuration: ") as raised:
        qopt.solve(tiny.shop(), solver="qpu", seed=1)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"num_reads": 0}, "num_reads=0"),
        ({"num_reads": 2.5}, "num_reads=2.5"),
        ({"annealing_time": -1}, "annealing_time=-1"),
        ({"chain_strength": 0}, "chain_strength=0"),
        ({"max_access_seconds": -1}, "max_access_seconds=-1"),
        ({"penalties": "strong"}, "penalties='strong'"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_wrong_parameter_is_named_and_nothing_submitted(wrong: dict[str, Any], told: str) -> None:
    """Ocean's client checks no ranges: such values would reach the device."""
    device = zephyr(Priced)
    with pytest.raises(QoptError) as raised:
        _solve(device, **wrong)
    assert told in str(raised.value)
    assert device.submitted == 0


# the mock hands the label on to the sampler behind it, which warns of an argument it has no use for
@pytest.mark.filterwarnings(
    "ignore:Ignoring unknown kwarg. 'label':dimod.exceptions.SamplerUnknownArgWarning"
)
def test_reads_with_broken_chains_are_mended_and_counted() -> None:
    """A chain strength of next to nothing: chains break, and every read is still an assignment to
    the model.
    """
    noisy = zephyr(substitute_sampler=RandomSampler(), substitute_kwargs={"seed": 1})
    result = _solve(noisy, chain_strength=0.001, num_reads=50)
    assert result.provenance["solver"]["chain_break_fraction"] > 0.05
    assert sum(ranked.occurrences for ranked in result.plans) == 50


def test_the_share_of_broken_chains_is_that_of_all_reads() -> None:
    """The first read breaks every chain, and three others none; or the other way round; or equal
    reads come as one row.
    """
    assert _broken_chains([1, 0, 0, 0]) == pytest.approx(0.25)
    assert _broken_chains([0, 1, 1, 1]) == pytest.approx(0.75)
    assert _broken_chains([1, 0], reads=[1, 3]) == pytest.approx(0.25)


def _broken_chains(shares: list[float], reads: list[int] | None = None) -> float:
    found = dimod.SampleSet.from_samples(
        [{"x": 0}] * len(shares),
        energy=0.0,
        vartype="BINARY",
        chain_break_fraction=shares,
        num_occurrences=reads or [1] * len(shares),
    )
    return broken_share([found])


def test_nothing_is_charged_for_a_model_that_compiling_solves() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(a - 2 * b)
    cqm.add_constraint(a + b >= 2, label="both")
    device = zephyr(Priced)
    assert _solve(device, cqm).objective == -1
    assert device.submitted == 0
    assert device.asked == []


def test_parts_of_a_plan_go_to_the_device() -> None:
    """hybrid sends parts no larger than the device's largest clique, and only as many as it was
    allowed.
    """
    device = zephyr(Priced)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x{k}") for k in range(60)]
    cqm.set_objective(
        dimod.quicksum((-1) ** k * x[k] for k in range(60))
        + dimod.quicksum(a * b for a, b in pairwise(x))
    )
    part = {"device": device, "num_reads": 10}
    with pytest.raises(
        QoptError, match=r"each round sends 2 parts to 'qpu', which costs: give num_rounds="
    ):
        qopt.solve(cqm, solver="hybrid", subsolver="qpu", subparameters=part, time_limit=30, seed=1)
    assert device.submitted == 0
    result = qopt.solve(
        cqm,
        solver="hybrid",
        subsolver="qpu",
        subparameters=part,
        num_rounds=3,
        time_limit=30,
        seed=1,
    )
    assert device.submitted == 3  # a submission a round
    largest = len(busgraph_cache(device.to_networkx_graph()).largest_clique())
    assert max(arm["size"] for arm in result.provenance["solver"]["neighbourhoods"]) == largest
    assert Qpu(device=device).for_parts(as_given=True, cleaned=False).capacity() == largest < 60
    smaller = qopt.solve(
        cqm, solver="hybrid", subsolver="qpu", subparameters=part, num_rounds=1, size=8, seed=1
    )
    assert max(arm["size"] for arm in smaller.provenance["solver"]["neighbourhoods"]) == 8
