from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt.anneal.core.ising import Ising
from qopt.anneal.ising import layout as module
from qopt.anneal.ising.layout import (
    DENSE_FLOAT32,
    DENSE_INT16,
    DENSE_REPLICAS,
    FLOAT32,
    FORMS,
    INT8,
    INT16,
    LARGE_FLOAT32,
    LARGE_INT8,
    LARGE_INT16,
    Fit,
    Form,
    Layout,
    choose,
)

from .rig import FLOATS, SPARSE, WHOLE, Rig, laid_out, model, name

every_form = pytest.mark.parametrize("form", FORMS, ids=name)


def _pair(coupling: float, field: float = 0.0, other: float = 1.0) -> Ising:
    """Two spins, the reach of the first of which is |coupling| + |field|, and a third in a field of
    `other`.
    """
    return Ising.from_arrays([field, 0, other], [0], [1], [coupling])


def _coupled(n: int, pairs: int, largest: float = 1.0, other: float = 1.0) -> Ising:
    """`n` spins in `pairs` couplings of +-1, the first coupled by `largest` to the second, and in a
    field of `other`.
    """
    random = np.random.default_rng(n)
    row, col = np.triu_indices(n, 1)
    chosen = np.sort(random.choice(np.arange(1, len(row)), pairs - 1, replace=False))
    quad = np.concatenate([[largest], random.choice([-1.0, 1.0], pairs - 1)])
    linear = np.zeros(n)
    linear[0] = other
    return Ising.from_arrays(linear, row[[0, *chosen]], col[[0, *chosen]], quad)


# ---- choose --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ising", "form", "unit"),
    [
        (_pair(1), INT8, 1),
        (_pair(126, 1), INT8, 1),
        (_pair(-126, -1), INT8, 1),
        (_pair(127, 1), INT16, 1),
        (_pair(32766, 1), INT16, 1),
        (_pair(32767, -1), FLOAT32, 1),
        (_pair(254, 0, 2), INT8, 1 / 2),
        (_pair(127.5), INT16, 2),
        (_pair(63.5), INT8, 2),
        (_pair(12.7, 0, 0.1), INT8, 10),
        (_pair(12.8, 0, 0.1), INT16, 10),
        (_pair(127 / 3, 0, 1 / 3), INT8, 3),
        (_pair(2.0**24 - 1, 1), FLOAT32, 1),
        (_pair(2.0**24, 1), FLOAT32, 2.0**-24),
        (_pair(np.pi, 0.5), FLOAT32, 1 / 2),
        (_pair(np.pi * 1e9, 0.5), FLOAT32, 2.0**-31),
        (_pair(0, 0, 0), INT8, 1),
        (Ising.from_arrays([], [], [], []), INT8, 1),
        (_coupled(64, 705), INT8, 1),
        (_coupled(64, 706), DENSE_INT16, 1),
        (_coupled(63, 63 * 62 // 2), INT8, 1),
        (_coupled(64, 706, 32000), DENSE_INT16, 1),
        (_coupled(64, 706, 33000), DENSE_FLOAT32, 1),
        (_coupled(64, 705, 33000), FLOAT32, 1),
        (_coupled(64, 706, np.pi), DENSE_FLOAT32, None),
        (_coupled(64, 706, 1.0, np.pi), DENSE_FLOAT32, None),
    ],
)
def test_the_form_and_unit_of_a_model(ising: Ising, form: Form, unit: float | None) -> None:
    fit = choose(ising)
    assert fit.form == form
    assert fit.reach == ising.reach().max(initial=0)
    if unit is not None:
        assert fit.unit == pytest.approx(unit, rel=1e-12)


@pytest.mark.parametrize(
    ("n", "forms"),
    [
        (9, [INT8, INT16, FLOAT32, FLOAT32]),
        (10, [LARGE_INT8, LARGE_INT16, LARGE_FLOAT32, LARGE_FLOAT32]),
    ],
)
def test_large_models_have_fewer_replicas(
    monkeypatch: pytest.MonkeyPatch, n: int, forms: list[Form]
) -> None:
    monkeypatch.setattr(module, "LARGE_FROM", 10)
    models = [_coupled(n, n, largest) for largest in (1, 200, 40000, np.pi)]
    assert [choose(ising).form for ising in models] == forms
    assert [form.replicas for form in forms] == ([64, 32, 32, 32] if n < 10 else [16] * 4)


def test_large_dense_models_are_dense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE_FROM", 10)
    assert choose(_coupled(64, 706)).form == DENSE_INT16


def test_large_models_start_at_a_hundred_thousand_spins() -> None:
    n = 100_000
    ring = [np.arange(n - 1), np.arange(1, n)]
    weights = np.random.default_rng(0).normal(0, 1, n)
    assert choose(Ising.from_arrays(np.zeros(n), *ring, weights[1:])).form == LARGE_FLOAT32
    assert (
        choose(Ising.from_arrays(np.zeros(n - 1), ring[0][:-1], ring[1][:-1], weights[2:])).form
        == FLOAT32
    )


@pytest.mark.parametrize(
    ("factor", "unit"),
    [
        (0.5, 2),
        (0.1, 10),
        (0.01, 100),
        (1 / 3, 3),
        (2 / 3, 1.5),
        (2.0**60, 2.0**-60),
        (1e299, 1e-299),
        (1e-300, 1e300),
    ],
)
def test_the_unit_undoes_a_factor(factor: float, unit: float) -> None:
    ising = Ising.from_arrays(
        np.array([1, -3, 0]) * factor, [0, 1], [1, 2], np.array([4, 9]) * factor
    )
    made = Layout(ising)
    assert made.form == INT8
    assert made.unit == pytest.approx(unit, rel=1e-12)
    assert made.linear.tolist() == [1, -3, 0]
    assert made.couplings[2].tolist() == [8, 8, 18, 18]
    assert made.base.tolist() == [1 - 4, -3 - 4 - 9, -9]
    assert made.fit.resolution == 0


@pytest.mark.parametrize("factor", [1.0, 1e-300, 1e-30, 1e30, 1e299, 2.0**60])
def test_any_biases_are_scaled_into_the_middle_of_float32(factor: float) -> None:
    rig = Rig(Ising.from_arrays([np.pi * factor, 0], [0], [1], [factor]))
    assert rig.form == FLOAT32
    assert 1 <= rig.ising.reach().max() * rig.layout.unit < 2
    assert np.log2(rig.layout.unit) % 1 == 0
    np.testing.assert_allclose(
        rig.totals() / rig.layout.unit, rig.ising.energies(rig.states()), rtol=1e-6
    )


def test_the_smallest_biases_are_scaled_too() -> None:
    rig = Rig(Ising.from_arrays([1e-310, 0], [0], [1], [np.pi * 1e-310]))
    np.testing.assert_allclose(
        rig.totals() / rig.layout.unit, rig.ising.energies(rig.states()), rtol=1e-6
    )


def test_biases_far_apart_raise_no_warning() -> None:
    assert choose(Ising.from_arrays([1e100, 1e-100], [], [], [])).form == FLOAT32


# ---- resolution ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ising", "exact"),
    [
        (_pair(100), True),
        (_pair(100.5), True),
        (_pair(30000), True),
        (_pair(2.0**24 - 1, 1), True),
        (_pair(123456.7, 0, 0.1), True),
        (_pair(2.0**24, 1), False),
        (_pair(np.pi), False),
        (_coupled(64, 706, 1e6), True),
        (_coupled(64, 706, np.pi), False),
    ],
)
def test_resolution_is_zero_where_fields_are_exact(ising: Ising, exact: bool) -> None:
    expected = 0.0 if exact else 2 * ising.reach().max() * 2.0**-24
    assert choose(ising).resolution == Layout(ising).fit.resolution == expected


@pytest.mark.parametrize("form", FLOATS, ids=name)
def test_whole_numbers_of_tenths_are_whole_in_float32(form: Form) -> None:
    """Beyond 16 bits; `resolution` says that they are exact."""
    random = np.random.default_rng(3)
    n, pairs = (64, 706) if form.dense else (12, 66)
    ising = _coupled(n, pairs, 1.0)
    linear, quad = (
        random.integers(-9, 9, n) / 10,
        random.integers(-20000, 20000, len(ising.quad)) / 10,
    )
    rig = Rig(
        Ising.from_arrays(linear, ising.row, ising.col, quad), None if form.dense else FLOAT32
    )
    assert (rig.form.number, rig.layout.unit, rig.layout.fit.resolution) == (
        np.float32,
        pytest.approx(10),
        0,
    )
    np.testing.assert_array_equal(rig.fields(), np.rint(rig.true_fields()))


def test_whole_fields_that_cancel_are_whole_in_float32() -> None:
    """Cents, of which those of the first spin add up to nothing where all spins are down."""
    ising = Ising.from_arrays(
        [527.3, 0, 0, 0.01, 0, 0],
        [0, 0, 0, 0, 0],
        [1, 2, 3, 4, 5],
        [233.37, -837.29, 691.7, 494.29, -54.77],
    )
    rig = Rig(ising)
    assert (rig.form, rig.layout.fit.resolution) == (FLOAT32, 0)
    rig.put(np.full((rig.replicas, 6), -1, dtype=np.int8))
    assert rig.fields()[:, 0].tolist() == [0] * rig.replicas


# ---- forced forms --------------------------------------------------------------------------------


def _largest(form: Form) -> float:
    return float(np.iinfo(form.number).max)


@pytest.mark.parametrize("form", WHOLE, ids=name)
def test_integer_forms_refuse_biases_that_are_not_whole_or_too_large(form: Form) -> None:
    tight = _largest(form)
    for ising in (
        _pair(np.pi),
        _pair(1, 0.1234567),
        _pair(tight, 1),
        _pair(1, tight),
        _pair(tight / 10, 0.1, 0.1),
        _pair(1e9),
    ):
        fit = Fit.of(ising)
        assert not fit.admits(form)
        with pytest.raises(ValueError, match=f"not whole numbers that fit {form.name}"):
            fit.to(form)


@pytest.mark.parametrize("form", WHOLE, ids=name)
def test_integer_forms_take_fields_up_to_the_ends_of_their_type(form: Form) -> None:
    tight = _largest(form)
    for ising in (
        _pair(tight - 1, -1),
        _pair(1, 1 - tight),
        _pair((tight - 1) / 10, 0.1, 0.1),
        _pair(tight / 2, 0, 0.5),
    ):
        assert Fit.of(ising).admits(form)
        rig = Rig(ising, form)
        assert rig.form == form
        np.testing.assert_array_equal(rig.fields(), np.rint(rig.true_fields()))


@every_form
def test_every_form_has_the_same_unit_and_exact_tenths(form: Form) -> None:
    """Forcing a form loses nothing that the chosen one has."""
    rig = Rig(_pair(12.6, 0.1, 0.1), form)
    assert (rig.form, rig.layout.unit, rig.layout.fit.resolution) == (form, pytest.approx(10), 0)
    np.testing.assert_array_equal(rig.fields(), np.rint(rig.true_fields()))
    np.testing.assert_array_equal(
        rig.totals(), np.rint((rig.ising.energies(rig.states()) - rig.ising.offset) * 10)
    )


@every_form
def test_energies_of_every_form_that_takes_a_model_are_the_models(form: Form) -> None:
    ising = model(3, n=40)
    rig = Rig(ising, form)
    np.testing.assert_array_equal(
        rig.totals() / rig.layout.unit + rig.layout.offset, ising.energies(rig.states())
    )


@pytest.mark.parametrize("form", FLOATS, ids=name)
def test_energies_of_any_biases_are_the_models_in_every_form(form: Form) -> None:
    ising = model(4, n=70, whole=False)
    rig = Rig(ising, form)
    found = rig.totals() / rig.layout.unit + rig.layout.offset
    np.testing.assert_allclose(found, ising.energies(rig.states()), atol=1e-4)


@every_form
def test_scale_is_the_half_of_the_temperature_that_the_kernels_want(form: Form) -> None:
    made = laid_out(_pair(1.5, 0.5, 0.1), form)
    scale = made.scale([0.5, 2.0])
    assert scale.dtype == np.float32
    np.testing.assert_allclose(scale, made.unit * np.log(2) / 2 / np.array([0.5, 2.0]), rtol=1e-6)


def test_forms_say_what_they_are() -> None:
    assert [form.name for form in FORMS] == [
        "sparse int8x64",
        "sparse int16x32",
        "sparse float32x32",
        "sparse int8x16",
        "sparse int16x16",
        "sparse float32x16",
        "dense int16x32",
        "dense float32x32",
    ]
    assert [form.replicas for form in FORMS] == [
        64,
        32,
        32,
        16,
        16,
        16,
        DENSE_REPLICAS,
        DENSE_REPLICAS,
    ]
    assert [form.whole for form in FORMS] == [True, True, False, True, True, False, True, False]


def test_degree_is_of_sparse_models() -> None:
    assert Layout(_pair(1)).degree == pytest.approx(2 / 3)
    assert Layout(Ising.from_arrays([], [], [], [])).degree == 0
    assert Layout(_coupled(64, 706)).degree == 0


# ---- states --------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("n", [1, 7, 31, 32, 33, 64, 100])
def test_states_come_back_as_they_were_put(n: int, form: Form) -> None:
    _assert_round_trip(Rig(model(n, n), form), n)


@pytest.mark.parametrize("form", SPARSE, ids=name)
def test_states_come_back_in_the_models_order_where_the_layout_has_another(
    monkeypatch: pytest.MonkeyPatch, form: Form
) -> None:
    monkeypatch.setattr(module, "LARGE_FROM", 10)
    rig = Rig(model(5, 50, share=0.1), form)
    assert rig.layout.order is not None
    assert not np.array_equal(rig.layout.order, np.arange(50))
    _assert_round_trip(rig, 5)
    assert _moved(rig)


def _assert_round_trip(rig: Rig, seed: int) -> None:
    random = np.random.default_rng(seed)
    states = rig.states()
    assert states.dtype == np.int8
    assert set(np.unique(states)) <= {-1, 1}
    for count in (0, 1, rig.replicas // 2, rig.replicas):
        replicas = random.permutation(rig.replicas)[:count]
        new = (2 * random.integers(0, 2, (count, rig.n)) - 1).astype(np.int8)
        rig.layout.put(rig.spins, replicas, new)
        states[replicas] = new
        np.testing.assert_array_equal(rig.states(), states)
        np.testing.assert_array_equal(rig.layout.states(rig.spins, replicas), new)
    rig.refresh()
    np.testing.assert_array_equal(rig.fields(), rig.true_fields())
    np.testing.assert_array_equal(
        rig.totals() / rig.layout.unit + rig.layout.offset, rig.ising.energies(states)
    )


def _moved(rig: Rig) -> bool:
    before = rig.states()
    rig.anneal(np.full(3, rig.layout.unit, dtype=np.float32))
    np.testing.assert_array_equal(rig.fields(), rig.true_fields())
    return bool((rig.states() != before).any())


def test_dense_models_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE_FROM", 10)
    assert Layout(_coupled(64, 706)).order is None


@every_form
def test_blank_replicas_are_all_down(form: Form) -> None:
    made = laid_out(model(1, 40), form)
    spins, fields = made.blank()
    assert not spins.any()
    assert (spins.dtype, fields.dtype) == (form.mask, form.number)
    assert (made.states(spins, np.arange(form.replicas)) == -1).all()


_forms = st.sampled_from(FORMS)


@given(st.integers(0, 10_000), st.integers(1, 40), _forms, st.booleans())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_relabelling_the_variables_relabels_the_states(
    seed: int, n: int, form: Form, whole: bool
) -> None:
    """Energies and fields of the same states are the same, whatever the variables are called."""
    ising, whole = model(seed, n, whole or form.whole), whole or form.whole
    labels = np.random.default_rng(seed).permutation(n)  # variable i becomes labels[i]
    linear = np.empty(n)
    linear[labels] = ising.linear
    again = Ising.from_arrays(
        linear, labels[ising.row], labels[ising.col], ising.quad, ising.offset
    )
    assert choose(again).form == choose(ising).form
    a, b = Rig(ising, form, seed), Rig(again, form, seed)
    renamed = np.empty_like(a.states())
    renamed[:, labels] = a.states()
    b.put(renamed)
    np.testing.assert_array_equal(b.states()[:, labels], a.states())
    assert a.layout.unit == pytest.approx(b.layout.unit, rel=1e-12)
    tolerance = {
        "rtol": 0,
        "atol": 0 if whole else 1e-5 * max(float(ising.reach().max()), 1e-300) * a.layout.unit * n,
    }
    np.testing.assert_allclose(b.fields()[:, labels], a.fields(), **tolerance)
    np.testing.assert_allclose(b.totals(), a.totals(), **tolerance)
    np.testing.assert_allclose(
        again.energies(b.states()), ising.energies(a.states()), rtol=1e-12, atol=1e-12
    )


# ---- overlap -------------------------------------------------------------------------------------

SPINS = 4000


def _states(layout: Layout, states: Any) -> Any:
    spins, _ = layout.blank()
    layout.put(spins, np.arange(layout.form.replicas), states)
    return spins


@pytest.fixture(params=[INT8, INT16, LARGE_FLOAT32, DENSE_FLOAT32], ids=name)
def many(request: pytest.FixtureRequest) -> Layout:
    n = 500 if request.param.dense else SPINS
    return laid_out(Ising.from_arrays(np.ones(n), [0], [1], [1.0]), request.param)


def _random_states(layout: Layout, seed: int) -> Any:
    shape = layout.form.replicas, layout.num_variables
    return (2 * np.random.default_rng(seed).integers(0, 2, shape) - 1).astype(np.int8)


def _error(layout: Layout) -> float:
    """Five standard errors of the mean product of so many independent spins."""
    return 5 / np.sqrt(layout.form.replicas * layout.num_variables)


def test_states_overlap_with_themselves_by_one(many: Layout) -> None:
    spins = _states(many, _random_states(many, 1))
    assert many.overlap(spins, spins.copy()) == pytest.approx(1)


def test_independent_states_overlap_by_nothing(many: Layout) -> None:
    a, b = (_states(many, _random_states(many, seed)) for seed in (1, 2))
    assert abs(many.overlap(a, b)) < _error(many)


def test_opposite_states_overlap_by_minus_one(many: Layout) -> None:
    states = _random_states(many, 1)
    assert many.overlap(_states(many, states), _states(many, -states)) == pytest.approx(
        -1, abs=_error(many)
    )


def test_a_bias_that_all_replicas_share_counts_for_nothing(many: Layout) -> None:
    """Half of the spins frozen; of the others all forgotten, or a quarter turned, or none."""
    states, others = _random_states(many, 1), _random_states(many, 2)
    random = np.random.default_rng(3)
    frozen = random.random(many.num_variables) < 0.5
    states[:, frozen] = others[:, frozen] = np.where(random.random(frozen.sum()) < 0.5, 1, -1)
    turned = np.where((random.random(states.shape) < 0.25) & ~frozen, -states, states)
    spins = _states(many, states)
    error = 2 * _error(
        many
    )  # half of the spins count, so that the normalised error is twice and more
    assert abs(many.overlap(_states(many, others), spins)) < error
    assert many.overlap(_states(many, turned), spins) == pytest.approx(0.5, abs=error)
    assert many.overlap(spins, spins.copy()) == pytest.approx(1)


def test_replicas_that_all_agree_overlap_by_one(many: Layout) -> None:
    spins = _states(many, np.ones((many.form.replicas, many.num_variables), dtype=np.int8))
    assert many.overlap(spins, spins.copy()) == 1


def test_overlap_is_the_definition(many: Layout) -> None:
    a, b = _random_states(many, 4), _random_states(many, 5)
    b[:, ::2] = a[:, ::2]
    a[:, ::3] = b[:, ::3] = 1
    products = a.astype(float) @ b.T / many.num_variables
    replicas = len(products)
    own, others = (
        np.trace(products) / replicas,
        (products.sum() - np.trace(products)) / (replicas * (replicas - 1)),
    )
    assert many.overlap(_states(many, a), _states(many, b)) == pytest.approx(
        (own - others) / (1 - others)
    )
