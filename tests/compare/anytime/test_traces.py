from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qopt.compare import gap
from qopt.compare.anytime import arrival, common_horizon, mean_gap, objective_at
from qopt.errors import QoptError

from ..planted import run

TRACE = ((1.0, 200.0), (4.0, 125.0), (8.0, 100.0))


def test_the_horizon_is_the_shortest_time_limit_or_what_was_asked() -> None:
    both = [run(deadline=10.0), run(deadline=20.0, seconds=20.0)]
    assert common_horizon(both, None) == 10.0
    assert common_horizon(both, 5.0) == 5.0
    unlimited = [run(deadline=None, seconds=3.0), run(deadline=None, seconds=7.0)]
    assert common_horizon(unlimited, None) == 7.0
    assert common_horizon(unlimited, 30.0) == 30.0  # they ended by themselves


def test_a_horizon_that_no_run_can_answer_is_refused() -> None:
    with pytest.raises(QoptError, match="had 10 seconds; give a horizon of at most 10"):
        common_horizon([run(deadline=10.0), run(deadline=20.0)], 15.0)
    with pytest.raises(QoptError, match="give horizon="):
        common_horizon([run(deadline=None, seconds=0.0)], None)


def test_the_objective_at_a_time_is_that_of_the_trace() -> None:
    one = run(100.0, trace=TRACE)
    found = [objective_at(one, time) for time in (0.5, 1.0, 3.9, 4.0, 7.9, 8.0, 10.0)]
    assert found == [None, 200.0, 200.0, 125.0, 125.0, 100.0, 100.0]


def test_a_run_that_ended_a_little_late_keeps_its_plan() -> None:
    assert objective_at(run(100.0, seconds=10.2), 10.0) == 100.0
    assert objective_at(run(100.0, seconds=2.0, deadline=None), 10.0) == 100.0
    assert objective_at(run(None, trace=TRACE), 10.0) is None


def test_what_a_longer_run_had_before_needs_its_trace() -> None:
    with pytest.raises(QoptError, match="took 20 seconds and has no trace: what it had at 10 is"):
        objective_at(run(100.0, seconds=20.0, deadline=20.0), 10.0)


def test_the_primal_integral_by_hand() -> None:
    """Gaps to 100: 1 for a second, 1/2 for three, 1/5 for four, 0 for two."""
    one = run(100.0, trace=TRACE)
    assert mean_gap(one, 100.0, 10.0) == pytest.approx((1 + 1.5 + 0.8) / 10)
    assert mean_gap(one, 100.0, 2.0) == pytest.approx((1 + 0.5) / 2)
    assert mean_gap(run(None, trace=TRACE), 100.0, 10.0) == 1.0
    assert mean_gap(run(100.0), 100.0, 10.0) == 1.0  # found at the end, for all that is known


steps = st.lists(st.tuples(st.floats(0, 12), st.floats(100, 300)), max_size=6)


@given(steps, st.floats(0.5, 10))
def test_the_primal_integral_is_the_mean_of_many_moments(
    points: list[tuple[float, float]], horizon: float
) -> None:
    points = sorted(points)
    last = min([objective for _, objective in points], default=None)
    one = run(last, trace=tuple(points), seconds=12.0, deadline=12.0)
    moments = (np.arange(4000) + 0.5) / 4000 * horizon
    gaps = [
        gap(min([o for t, o in points if t <= moment], default=None), 100.0) for moment in moments
    ]
    assert mean_gap(one, 100.0, horizon) == pytest.approx(np.mean(gaps), abs=7 / 4000)


def test_arrival_at_a_target() -> None:
    one = run(100.0, trace=TRACE)
    assert arrival(one, 100.0, 0.0, 10.0) == (8.0, True)
    assert arrival(one, 100.0, 20.0, 10.0) == (4.0, True)  # a cost of 125 has a gap of 20 percent
    assert arrival(one, 100.0, 19.9, 10.0) == (8.0, True)
    assert arrival(one, 100.0, 0.0, 7.0) == (7.0, False)
    assert arrival(one, 90.0, 1.0, 10.0) == (10.0, False)
    assert arrival(one, None, 1.0, 10.0) == (10.0, False)


def test_a_crash_waits_to_the_end() -> None:
    assert arrival(run(None, seconds=0.1), 100.0, 1.0, 10.0) == (10.0, False)
    assert arrival(run(150.0, seconds=0.1), 100.0, 1.0, 10.0) == (10.0, False)
