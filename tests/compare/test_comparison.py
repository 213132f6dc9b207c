from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from qopt.compare import Question, Run, Verdict, compare, control
from qopt.errors import QoptError

from .planted import noisy, run, runs

QUESTION = Question("a", 0.5)


def test_a_better_solver_is_called_better_in_a_sentence() -> None:
    found = compare(noisy({"a": 4.0, "b": 2.0}, instances=12, seeds=4), QUESTION).of("b")
    assert found.verdict is Verdict.BETTER
    assert found.estimate == pytest.approx(2.0, abs=0.3)
    assert (found.instances, found.seeds, found.wins, found.losses) == (12, 4.0, 12, 0)
    assert found.win_share == 1.0
    assert found.p == 2 / 2**12
    low, high = found.outer.low, found.outer.high
    assert found.sentence() == (
        f"b is better than a by {found.estimate:.1f} % (95 % interval {low:.1f} to {high:.1f} %) "
        "on 12 instances; the margin was 0.5 %."
    )


def test_a_worse_and_an_equivalent_one() -> None:
    given = noisy({"a": 2.0, "b": 4.0, "c": 2.05}, instances=14, seeds=4)
    worse, same = compare(given, QUESTION).differences
    assert worse.verdict is Verdict.WORSE
    assert worse.sentence() == (
        f"b is worse than a by {-worse.estimate:.1f} % (95 % interval {-worse.outer.high:.1f} to "
        f"{-worse.outer.low:.1f} %) on 14 instances; the margin was 0.5 %."
    )
    assert same.verdict is Verdict.EQUIVALENT
    assert same.sentence().startswith("c is equivalent to a on 14 instances: c is 0.")
    assert "90 % interval from" in same.sentence()


def test_too_little_says_how_much_more() -> None:
    found = compare(noisy({"a": 4.0, "b": 3.5}, instances=5, seeds=2), QUESTION).of("b")
    assert found.verdict is Verdict.UNDECIDED
    assert found.needed is not None
    assert found.needed.instances is not None
    assert found.sentence().startswith("not enough data to tell b from a on 5 instances: b is ")
    assert found.sentence().endswith(" on each instance would probably decide.")


def test_the_estimate_by_hand() -> None:
    """Seeds are averaged within instances, and these count alike however many runs they have."""
    given = [
        *runs({("one", "a"): [125, 100], ("one", "b"): [100]}, best_known=100.0),
        *runs({("two", "a"): [80, 80], ("two", "b"): [100, 50, 60]}, best_known=100.0, sense="max"),
    ]
    found = compare(given, QUESTION).of("b")
    assert found.by_instance == pytest.approx({"one": 10.0, "two": 20 - 30})
    assert found.estimate == pytest.approx(0.0)
    assert (found.wins, found.ties, found.losses, found.win_share) == (1, 0, 1, 0.5)


def test_a_run_without_a_plan_counts_a_hundred_percent() -> None:
    given = runs({("one", "a"): [100, 100], ("one", "b"): [100, None]})
    summary = compare(given, QUESTION).solvers[1]
    assert (summary.solver, summary.gap, summary.feasible, summary.runs) == ("b", 50.0, 1, 2)
    assert summary.outcomes == {"feasible": 1, "infeasible": 1}
    assert summary.gap_profile.shares == (0.5,)
    assert summary.sentence().startswith("b: 1 of 2 runs have a feasible plan; the gap is 50.00 %")


def test_of_one_instance_the_claim_is_about_it_alone() -> None:
    given = runs({("ulm", "a"): [110, 111, 112, 113, 114], ("ulm", "b"): [100, 101, 102, 103, 104]})
    found = compare(given, QUESTION).of("b")
    assert (found.verdict, found.method, found.single) == (Verdict.BETTER, "Welch's t", "ulm")
    assert found.p == 2 / math.comb(10, 5)
    assert found.sentence().endswith(
        " on ulm; the margin was 0.5 %; this holds of that instance only."
    )


def test_of_one_instance_the_test_must_agree_with_the_interval() -> None:
    """Two runs a side without any spread look sure, but all dealings of four runs are only six."""
    few = runs({("ulm", "a"): [110, 110], ("ulm", "b"): [100, 100]})
    found = compare(few, QUESTION).of("b")
    assert (found.verdict, found.p) == (Verdict.UNDECIDED, 2 / 6)
    assert found.needed is not None
    assert found.needed.seeds == 3
    single = compare(runs({("ulm", "a"): [110], ("ulm", "b"): [100]}), QUESTION).of("b")
    assert (single.verdict, single.outer.low, single.outer.high) == (
        Verdict.UNDECIDED,
        -math.inf,
        math.inf,
    )
    assert "how sure this is cannot be said" in single.sentence()


def on_one_instance(a: list[float], b: list[float]) -> list[Run]:
    """Runs with the gaps given, in percent."""
    gaps = {("ulm", "a"): a, ("ulm", "b"): b}
    return runs(
        {at: [100 / (1 - gap / 100) for gap in some] for at, some in gaps.items()},
        best_known=100.0,
    )


def test_of_one_instance_a_rare_dealing_is_not_enough_for_the_test() -> None:
    """The interval is beyond the margin, and 14 of 252 dealings differ as much: 5.6 %."""
    given = on_one_instance([7, 12, 9, 10, 14], [4, 7, 4, 10, 2])
    found = compare(given, QUESTION).of("b")
    assert found.outer.low > 0.5
    assert found.p == pytest.approx(14 / 252)
    assert found.verdict is Verdict.UNDECIDED
    assert compare(given, replace(QUESTION, alpha=0.06)).of("b").verdict is Verdict.BETTER


def test_of_one_instance_solvers_can_be_equivalent() -> None:
    given = on_one_instance([7.0, 7.1, 7.2, 7.1, 7.0], [7.1, 7.0, 7.2, 7.1, 7.05])
    found = compare(given, QUESTION).of("b")
    assert found.p > 0.5
    assert found.verdict is Verdict.EQUIVALENT


def test_fewer_than_five_instances_have_no_verdict() -> None:
    found = compare(noisy({"a": 9.0, "b": 2.0}, instances=4, seeds=5), QUESTION).of("b")
    assert found.outer.low > 0.5
    assert found.verdict is Verdict.UNDECIDED
    assert found.needed is not None
    assert found.needed.instances == 1
    enough = compare(noisy({"a": 9.0, "b": 2.0}, instances=5, seeds=5), QUESTION).of("b")
    assert enough.verdict is Verdict.BETTER
    assert enough.p == 2 / 2**5  # and yet never "significant"


def test_holm_is_over_all_solvers() -> None:
    given = noisy({"a": 4.0, "b": 2.0, "c": 4.0, "d": 3.0}, instances=8, seeds=3)
    b, c, d = compare(given, QUESTION).differences
    assert (b.p, b.p_holm) == (2 / 2**8, 3 * 2 / 2**8)
    assert d.p_holm >= d.p
    assert c.p_holm == c.p


def test_solvers_of_different_time_limits_are_compared_at_the_shorter() -> None:
    """b had twice the time, and had found the better plan only then."""
    short = runs({("ulm", "a"): [110.0] * 5}, best_known=100.0)
    trace = ((6.0, 120.0), (15.0, 100.0))
    long = runs({("ulm", "b"): [100.0] * 5}, best_known=100.0, deadline=20.0, seconds=20.0)
    found = compare([*short, *(replace(one, trace=trace) for one in long)], QUESTION)
    assert found.horizon == 10.0
    assert found.of("b").estimate == pytest.approx(100 * (10 / 110 - 20 / 120))
    assert found.of("b").verdict is Verdict.WORSE
    assert "All solvers are compared at 10 seconds." in found.notes


def test_times_are_compared_in_percent_of_the_longer() -> None:
    def arriving(solver: str, times: list[float]) -> list[Run]:
        return [
            run(100.0, solver=solver, instance=f"i{k}", trace=((time, 100.0),))
            for k, time in enumerate(times)
        ]

    given = [*arriving("a", [4, 4, 2, 5, 8, 9]), *arriving("b", [2, 1, 4, 5, 2, 3])]
    found = compare(given, Question("a", 5.0, metric="time")).of("b")
    percents = [50, 75, -50, 0, 75, 100 * 6 / 9]
    assert list(found.by_instance.values()) == pytest.approx(percents)
    assert "in the time to the target" in found.sentence()


def test_money_is_the_cost_and_the_lost_worth() -> None:
    given = [
        *runs({(f"i{k}", "a"): [125.0] for k in range(6)}, best_known=100.0, cost=1.0),
        *runs({(f"i{k}", "b"): [100.0] for k in range(6)}, best_known=100.0, cost=30.0),
    ]
    asked = Question("a", 2.0, metric="money", worth_of_percent=1.0, currency="EUR")
    dear = compare(given, asked).of("b")
    assert dear.estimate == pytest.approx(1 + 20 - 30)
    assert dear.verdict is Verdict.WORSE
    assert dear.sentence() == (
        "b is worse than a in total cost by 9.0 EUR (95 % interval 9.0 to 9.0 EUR) "
        "on 6 instances; the margin was 2 EUR."
    )
    assert compare(given, replace(asked, worth_of_percent=2.0)).of("b").estimate == (
        pytest.approx(1 + 40 - 30)
    )


def test_roundoff_makes_no_difference() -> None:
    """0.1 + 0.2 is not 0.3, and a solver is no better for it."""
    given = [
        *runs({(f"i{k}", "a"): [0.3 * (k + 1)] for k in range(8)}, best_known=0.1),
        *runs({(f"i{k}", "b"): [(0.1 + 0.2) * (k + 1)] for k in range(8)}, best_known=0.1),
    ]
    found = compare(given, QUESTION).of("b")
    assert (found.estimate, found.ties, found.p) == (0.0, 8, 1.0)
    assert found.verdict is Verdict.EQUIVALENT
    assert "b is the same on average" in found.sentence()


def test_references_of_zero_and_below_are_safe() -> None:
    zeros = {(f"i{k}", solver): [0.0, 0.0] for k in range(3) for solver in "ab"}
    negative = {(f"n{k}", "a"): [-90.0] for k in range(3)}
    negative |= {(f"n{k}", "b"): [-100.0] for k in range(3)}
    found = compare(runs(zeros | negative), QUESTION).of("b")
    assert found.by_instance == pytest.approx(
        dict.fromkeys(["i0", "i1", "i2"], 0.0) | dict.fromkeys(["n0", "n1", "n2"], 10.0)
    )
    lost = {(f"i{k}", solver): [None, None] for k in range(6) for solver in "ab"}
    nothing = compare(runs(lost), QUESTION)
    assert nothing.of("b").estimate == 0.0
    assert "On 6 of 6 instances, no solver found a plan." in nothing.notes


def test_instances_of_one_solver_alone_are_named_and_left_out() -> None:
    given = runs(
        {("one", "a"): [1.0], ("two", "a"): [1.0], ("two", "b"): [1.0], ("three", "c"): [1]}
    )
    found = compare(given, QUESTION)
    assert found.of("b").left_out == ("one",)
    assert "b and a did not both run on one: left out of their comparison." in found.notes
    assert "c shares no instance with a: not compared." in found.notes
    with pytest.raises(QoptError, match="no solver in the comparison named 'c'"):
        found.of("c")


def test_a_baseline_without_runs_is_refused() -> None:
    with pytest.raises(
        QoptError, match="no solver with runs named 'anealer'; did you mean annealer"
    ):
        compare([run(solver="annealer")], Question("anealer", 0.5))


def test_the_baseline_against_itself() -> None:
    found = compare(noisy({"a": 4.0, "b": 2.0}, instances=10, seeds=6), QUESTION)
    assert found.control is not None
    assert found.control.holds
    assert found.control.difference.solver == "a under other seeds"
    assert found.control.difference.seeds == 3.0
    assert "The control holds" in found.sentence()
    alone = compare(noisy({"a": 4.0, "b": 2.0}, instances=10, seeds=1), QUESTION)
    assert alone.control is None


def test_a_control_that_fails_is_said_loudly() -> None:
    """The second half of the runs was made on a machine twice as slow, say."""
    slow = [replace(one, objective=one.objective * 1.1) for one in
            noisy({"a": 4.0}, instances=10, seeds=3) if one.objective]  # fmt: skip
    found = control(noisy({"a": 4.0}, instances=10, seeds=3, seed=2), slow, QUESTION)
    assert not found.holds
    assert found.sentence().startswith(
        "The control FAILS, so believe none of the verdicts: a under"
    )
    with pytest.raises(QoptError, match="share no instance"):
        control([], slow, QUESTION)
    with pytest.raises(QoptError, match="share no instance"):
        control([], [], QUESTION)


def test_a_tie_in_the_summary_of_times() -> None:
    given = [
        run(100.0, solver=solver, instance=name, seed=seed, trace=((time, 100.0),))
        for solver, name, time in (
            ("a", "x", 2.0),
            ("a", "y", 4.0),
            ("b", "x", 1.0),
            ("b", "y", 4.0),
        )
        for seed in (1, 2)
    ]
    a, b = compare(given, QUESTION).solvers
    assert (a.waiting.seconds, a.waiting.shares) == ((2.0, 4.0), (0.5, 0.0))
    assert (a.waiting.mean, b.waiting.mean) == (3.0, 2.5)
    assert (a.primal_integral, a.gap_over_time) == pytest.approx((3.0, 30.0))
    assert (b.time_profile.values, b.time_profile.shares) == ((1.0,), (1.0,))
    assert (a.time_profile.values, a.time_profile.shares) == ((1.0, 2.0), (0.5, 1.0))
    assert [one.seconds for one in b.times_to_solution.times] == [1.25, 5.0]  # 1/8 and 1/2 of 10


def test_all_of_it_is_json_and_comes_out_the_same_again() -> None:
    given = noisy({"a": 4.0, "b": 2.0, "c": 3.9}, instances=14, seeds=3)
    given += runs({("lost", solver): [None] for solver in "abc"})
    first = compare(given, QUESTION).to_dict()
    text = json.dumps(first, allow_nan=False)
    read = [Run.from_dict(json.loads(json.dumps(one.to_dict()))) for one in given[::-1]]
    again = compare(read, Question.from_dict(json.loads(text)["question"])).to_dict()
    assert json.dumps(again) == text
    assert json.loads(text)["differences"][0]["verdict"] == "better"


def test_many_runs_are_compared_with_few_arrays() -> None:
    """Ten thousand runs on five thousand instances: it must not need all their pairs as objects."""
    random = np.random.default_rng(1)
    given: list[Run] = [
        run(float(100 + random.exponential()), instance=f"i{k}", solver=solver, best_known=99.0)
        for k in range(5000)
        for solver in "ab"
    ]
    found = compare(given, QUESTION).of("b")
    assert (found.instances, found.verdict) == (5000, Verdict.EQUIVALENT)


def test_comparing_needs_no_scipy_stats() -> None:
    code = """
import sys
from qopt.compare import Question, Run, compare
given = [Run(f"i{k}", s, j, "min", 1.0 + k * (s == "b") * (j + 1), "feasible", 1.0, 1.0)
         for k in range(6) for s in "ab" for j in range(2)]
compare(given, Question("a", 0.5))
print(sorted({"scipy.stats", "pandas", "polars", "numba", "dimod"} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
