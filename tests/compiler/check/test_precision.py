"""What a device can tell apart, which constraint is at fault, and that what is advised helps."""

from __future__ import annotations

import warnings
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import QoptError
from qopt.compiler import compile_cqm
from qopt.compiler.check.precision import TARGETS, Precision, Target, _of_products, _of_squares
from qopt.errors import PrecisionWarning

from ... import tiny
from ...benchmarks.tuned import packing


def at_most(room: int, items: int = 40) -> dimod.ConstrainedQuadraticModel:
    """Its slack is worth up to 64 on one bit, and everything else 1."""
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x[{k}]") for k in range(items)]
    cqm.set_objective(sum((k % 7 - 3) * v for k, v in enumerate(x)))
    cqm.add_constraint(sum(x) <= room, label="room")
    return cqm


def stock() -> dimod.ConstrainedQuadraticModel:
    """Two whole numbers of up to 500 that make up 600: their bits are worth up to 256."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = (dimod.Integer(name, upper_bound=500) for name in ("here", "there"))
    cqm.set_objective(2 * a + 3 * b)
    cqm.add_constraint(a + b == 600, label="needed")
    return cqm


def test_a_model_is_scaled_as_ocean_scales_it() -> None:
    """dimod's `normalize` is what the `auto_scale` of Ocean's mock does."""
    for name in tiny.PROBLEMS:
        compiled = compile_cqm(tiny.PROBLEMS[name].model())
        for target in TARGETS.values():
            bqm = compiled.bqm().change_vartype("SPIN", inplace=False)
            assert compiled.precision(target).scale == pytest.approx(
                bqm.normalize(target.h_range, target.j_range)
            )


def test_what_is_lost_is_counted_in_the_objective_alone() -> None:
    """-a - 2b - 100c with one of them: h = -1/2, -1, -50; weights of 220 make J 110."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(-a - 2 * b - 100 * c)
    cqm.add_constraint(a + b + c == 1, label="one")
    target = Target("coarse", (-4, 4), (-1, 1), 0.006, 0.001)
    found = compile_cqm(cqm, penalties=220.0, presolve=False).precision(target)
    assert found.scale == pytest.approx(1 / 110)
    assert found.lost == pytest.approx(1 / 3)  # 1/220 is below 0.006, 1/110 is not
    assert found.resolution == pytest.approx(0.006 * 110)
    assert found.dynamic_range == pytest.approx(110 / 60)  # h = -1/2 + 220/2 = 109.5, 109 and 60
    assert found.culprit == "one"
    assert not found.fits


@pytest.mark.parametrize("seed", range(15))
def test_shares_of_constraints_in_a_bias_are_what_it_loses_without_them(seed: int) -> None:
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    compiled = compile_cqm(cqm, presolve=False)
    everything = compiled.bqm().change_vartype("SPIN", inplace=False)
    labels = compiled.qubo.labels
    for c, label in enumerate(compiled.model.labels):
        weights = dict(zip(compiled.model.labels, compiled.weights.tolist(), strict=True)) | {
            label: 1e-12
        }
        without = compiled.again(penalties=weights).bqm().change_vartype("SPIN", inplace=False)
        for i, bit in enumerate(labels):
            share = (_of_squares(compiled, i, None) + _of_products(compiled, i, None))[c]
            assert share == pytest.approx(
                everything.get_linear(bit) - without.get_linear(bit), abs=1e-8
            )
        for i, j in zip(compiled.qubo.row.tolist(), compiled.qubo.col.tolist(), strict=True):
            share = (_of_squares(compiled, i, j) + _of_products(compiled, i, j))[c]
            before, after = (
                bqm.get_quadratic(labels[i], labels[j], default=0.0)
                for bqm in (everything, without)
            )
            assert share == pytest.approx(before - after, abs=1e-8)


def test_a_heavy_slack_is_bounded() -> None:
    compiled = compile_cqm(at_most(30))
    before = compiled.precision()
    assert (before.culprit, before.fits) == ("room", False)
    assert before.remedy is not None
    assert list(before.remedy.arguments) == ["encodings"]
    after = compile_cqm(at_most(30), **before.remedy.arguments).precision()
    assert after.fits
    assert after.resolution < before.resolution / 2
    assert after.dynamic_range < before.dynamic_range / 2
    assert "encodings={'room': ('bounded', " in str(before.remedy)


def test_whole_numbers_are_bounded() -> None:
    before = compile_cqm(stock()).precision()
    assert before.culprit == "needed"
    assert before.remedy is not None
    assert set(before.remedy.arguments["encodings"]) == {"here", "there"}
    after = compile_cqm(stock(), **before.remedy.arguments).precision()
    assert after.resolution == before.remedy.after.resolution < 0.9 * before.resolution
    assert after.dynamic_range < before.dynamic_range


def test_a_weight_that_is_given_but_not_needed_goes_first() -> None:
    cqm = tiny.routing().model()
    heavy = compile_cqm(cqm, penalties={"served[2]": 1e6}).precision("float32")
    assert heavy.culprit == "served[2]"
    heavy = compile_cqm(cqm, penalties={"served[2]": 1e6}).precision()
    assert heavy.remedy is not None
    bound = float(compile_cqm(cqm).weights[1])
    assert heavy.remedy.arguments == {"penalties": {"served[2]": bound}}
    assert (
        compile_cqm(cqm, penalties={"served[2]": bound}).precision().resolution
        < heavy.resolution / 1000
    )
    everything = compile_cqm(cqm, penalties=1e6).precision().remedy
    assert everything is not None
    assert everything.arguments == {"penalties": "bounds"}


def test_tuned_weights_help_where_bits_do_not() -> None:
    before = compile_cqm(packing()).precision()
    assert before.remedy is not None
    assert before.remedy.arguments == {"penalties": "tuned"}
    assert compile_cqm(packing(), penalties="tuned").precision().lost < before.lost


def test_a_target_warns_and_says_what_would_help() -> None:
    with pytest.warns(
        PrecisionWarning,
        match=r"advantage2 tells.*constraint 'room' takes.*; compile with encodings=\{'room'",
    ):
        compile_cqm(at_most(30), target="advantage2")


def test_where_nothing_is_lost_nothing_is_said() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile_cqm(at_most(30), target="float32")
        compile_cqm(
            dimod.generators.gnp_random_bqm(20, 0.5, "BINARY", random_state=1), target="advantage"
        )


def test_a_model_of_nothing_fits() -> None:
    found = compile_cqm(dimod.ConstrainedQuadraticModel()).precision()
    assert found.fits
    assert (found.lost, found.dynamic_range, found.culprit) == (0, 1, None)


def test_again_adds_to_what_was_given_for_all_or_by_label() -> None:
    cqm = stock()
    cqm.add_constraint(dimod.Integer("here", upper_bound=500) <= 400, label="shelf")
    first = compile_cqm(cqm, encodings="unary", inequalities="slack", presolve=False)
    second = first.again(encodings={"here": "log"})
    assert second.encoding.code.tolist() == ["log", "unary"]
    assert second.again(encodings={"there": "log"}).encoding.code.tolist() == ["log", "log"]
    third = first.again(inequalities={"shelf": "unbalanced"})
    assert third.treatments.name.tolist() == ["square", "unbalanced"]
    np.testing.assert_array_equal(first.again().qubo.quad, first.qubo.quad)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            {"h_range": (0.0, 4.0)},
            r"h_range=\(0.0, 4.0\): give \(lowest, highest\), below and above 0",
        ),
        ({"j_range": (-1.0, -0.5)}, "j_range"),
        ({"h_error": 0.0}, "h_error=0.0: give a standard deviation above 0"),
        ({"j_error": -1.0}, "j_error"),
    ],
)
def test_a_target_must_make_sense(wrong: dict[str, Any], told: str) -> None:
    sound: dict[str, Any] = {
        "h_range": (-1.0, 1.0),
        "j_range": (-1.0, 1.0),
        "h_error": 0.1,
        "j_error": 0.1,
    }
    with pytest.raises(QoptError, match=told):
        Target("mine", **(sound | wrong))


def test_an_unknown_target_is_named_with_the_known() -> None:
    compiled = compile_cqm(stock())
    with pytest.raises(QoptError, match="no target named 'advantag'; did you mean advantage"):
        compiled.precision("advantag")
    assert Precision.of(compiled, Target("mine", (-1, 1), (-1, 1), 0.5, 0.5)).lost == 1
