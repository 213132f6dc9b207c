from __future__ import annotations

import pytest

import qopt

pyqubo = pytest.importorskip("pyqubo", reason="PyQUBO has no wheel for this platform")


def _model() -> object:
    x, y, z = (pyqubo.Binary(name) for name in "xyz")
    return 2 * x + y * z - 3 * y - 1.5 * x * z + 1


@pytest.mark.parametrize("compiled", [False, True])
def test_a_pyqubo_model_is_solved_as_it_stands(compiled: bool) -> None:
    """x = 0, y = 1, z = 0 gives 1 - 3 = -2, and no assignment gives less."""
    model = _model().compile() if compiled else _model()  # type: ignore[attr-defined]
    result = qopt.solve(model, time_limit=None, num_sweeps=50, seed=1)
    assert result.objective == pytest.approx(-2)
    assert result.best is not None
    assert result.best.values["y"] == 1


def test_placeholders_without_values_are_named() -> None:
    x = pyqubo.Binary("x")
    with pytest.raises(qopt.QoptError, match=r"placeholders without values.*M"):
        qopt.solve((pyqubo.Placeholder("M") * x).compile(), num_sweeps=10)
