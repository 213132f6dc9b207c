"""Parameters that are chosen on instances of their own, at the solver's cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qopt.batch import Study, StudyError, Watch, forecast, run

Read = Callable[..., Study]
OLD = "- {name: annealer, parameters: {num_sweeps: 200, num_reads: 4}}"
TRAINING = "training: [{kind: job-shop, generate: {jobs: 5, machines: 4, seed: [7, 8, 9]}}]"
TUNED = (
    "- name: annealer\n    parameters: {num_reads: 4}\n"
    "    tune: {parameters: {num_sweeps: [1, 400]}, seeds: [5, 6], TRAINING}"
).replace("TRAINING", TRAINING)
COMPARED = "compare: {baseline: greedy}\n"


def test_the_better_parameters_are_taken_and_what_it_took_is_said(study: Read) -> None:
    asked = study((OLD, TUNED), more=COMPARED)
    said: list[str] = []
    done = run(asked, watch=Watch(said=said.append))
    mine = [record for record in done.records if record.solver == "annealer"]
    assert {record.parts["parameters"]["num_sweeps"] for record in mine} == {400}
    assert {record.parts["parameters"]["num_reads"] for record in mine} == {4}
    for record in mine:
        assert record.tuned is not None
        assert record.tuned["trials"] == 2 * 3 * 2
        assert record.tuned["seconds"] > 0
    assert len(done.records) == 8
    assert any("annealer is tuned on 3 instances" in text for text in said)
    notes = done.compare().notes
    assert any("annealer was tuned: 12 trials on other instances" in note for note in notes)
    assert "greedy, the baseline, was NOT tuned." in notes


def test_a_second_run_tunes_nothing_again(study: Read) -> None:
    asked = study((OLD, TUNED))
    assert (forecast(asked).trials, forecast(asked).to_solve) == (12 + 8, 12 + 8)
    first = run(asked)
    begun: list[str] = []
    second = run(asked, watch=Watch(begun=lambda trial: begun.append(trial.label)))
    assert begun == []
    assert second.records == first.records
    assert (forecast(asked).done, forecast(asked).stale) == (12 + 8, {})


@pytest.mark.usefixtures("odd_solvers")
def test_the_money_of_tuning_is_the_solver_s(study: Read, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    dear = (
        f"- name: dear\n    price: 1.0\n    tune: {{parameters: {{calls: [{calls}]}}, {TRAINING}}}"
    )
    asked = study((OLD, dear), more="compare: {baseline: greedy, metric: money, "
                  "worth_of_percent: 0}\n")  # fmt: skip
    done = run(asked)
    assert len(calls.read_text().split()) == 3 + 4
    compared = done.compare()
    (dear_costs,) = (s.cost for s in compared.solvers if s.solver == "dear")
    assert dear_costs == pytest.approx(4 + 3)
    assert compared.of("dear").estimate == pytest.approx(-7 / 4)


@pytest.mark.usefixtures("odd_solvers")
def test_the_limit_of_money_is_for_tuning_too(study: Read, tmp_path: Path) -> None:
    calls, prom = tmp_path / "calls", tmp_path / "qopt.prom"
    dear = (
        f"- name: dear\n    price: 1.0\n    tune: {{parameters: {{calls: [{calls}]}}, {TRAINING}}}"
    )
    more = f"limits: {{money: 5}}\ntrack: {{prometheus: {prom}}}\n"
    done = run(study((OLD, dear), more=more))
    assert len(calls.read_text().split()) == 5
    assert "the limit of money is 5: 5 is spent" in (done.stopped or "")
    counted = [line for line in prom.read_text().splitlines() if "trials_total{" in line]
    assert sum(float(line.split()[-1]) for line in counted) == 5 + 4


@pytest.mark.parametrize(
    ("tune", "told"),
    [
        ("{parameters: {num_sweeps: [1]}, training: "
         "[{kind: job-shop, generate: {jobs: 3, machines: 3, seed: 1}}]}",
         "solvers[0].tune.training: random-3x3-s1: the study compares on it"),
        ("{parameters: {num_sweps: [1]}, TRAINING}",
         "solvers[0].tune.parameters: no parameter of solver 'annealer' named 'num_sweps'"),
        ("{parameters: {}, TRAINING}", "tune.parameters: "),
        ("{parameters: {num_sweeps: [1]}, training: []}", "tune.training: "),
        ("{parameters: {num_sweeps: [1]}}", "the key 'training' is missing"),
        ("{parameters: {num_sweeps: [1]}, training: [{kind: job-shp, generate: {}}]}",
         "solvers[0].tune.training[0]: no problem named 'job-shp'"),
    ],
)  # fmt: skip
def test_mistakes_are_told_by_their_place(tune: str, told: str, study: Read) -> None:
    entry = f"- {{name: annealer, tune: {tune.replace('TRAINING', TRAINING)}}}"
    with pytest.raises(StudyError) as raised:
        study((OLD, entry))
    (complaint,) = raised.value.complaints
    assert told in complaint
    assert "study.yaml:5:" in complaint
