from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qopt.anneal.core.dice import uniform
from qopt.anneal.core.ising import Ising
from qopt.anneal.core.vectors import aligned
from qopt.anneal.ising import dense, kernel, sparse
from qopt.anneal.ising.kernel import REFRESH_SWEEPS
from qopt.anneal.ising.layout import FLOAT32, FORMS, LARGE_FLOAT32, Form

from . import oracle
from .rig import DENSE, FLOATS, WHOLE, Rig, model, name

every_form = pytest.mark.parametrize("form", FORMS, ids=name)


def _assert_oracles(rig: Rig, scales: Any, sweep: Any, run: Any) -> None:
    """`run(scales)` moves states, fields and generators as one `sweep` of the oracle after another
    does.
    """
    linear, couplings = rig.arrays()
    spins, random = rig.states().T.astype(np.float64), rig.random.copy()
    for scale in scales:
        sweep(linear, couplings, spins, random, np.broadcast_to(scale, rig.replicas))
    run(scales)
    np.testing.assert_array_equal(rig.states(), spins.T)
    np.testing.assert_array_equal(rig.random, random)
    np.testing.assert_array_equal(rig.fields(), rig.true_fields())


def _assert_metropolis(rig: Rig, scales: Any) -> None:
    _assert_oracles(
        rig, scales, oracle.dense_metropolis if rig.form.dense else oracle.metropolis, rig.anneal
    )


# ---- Metropolis ----------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("seed", range(3))
def test_a_sweep_is_the_oracles(seed: int, form: Form) -> None:
    """Whole weights make the fields exact, so every decision must be the same."""
    rig = Rig(model(seed), form, seed)
    _assert_metropolis(rig, (np.geomspace(3.0, 0.1, 25) * rig.layout.unit).astype(np.float32))


@every_form
def test_every_replica_has_its_own_temperature(form: Form) -> None:
    rig = Rig(model(10), form)
    scales = np.random.default_rng(10).exponential(1.0, (12, rig.replicas)) * rig.layout.unit
    _assert_metropolis(rig, scales.astype(np.float32))


@every_form
@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 65])
def test_a_sweep_is_the_oracles_at_the_edges_of_blocks(n: int, form: Form) -> None:
    rig = Rig(model(n, n, share=0.2), form, n)
    _assert_metropolis(rig, (np.array([4.0, 0.7, 0.2, 0.0]) * rig.layout.unit).astype(np.float32))


@every_form
def test_where_no_draw_could_flip_anything_none_is_made(form: Form) -> None:
    rig = Rig(Ising.from_arrays(np.full(5, 3.0), [], [], []), form)
    rig.put(np.full((rig.replicas, 5), -1, dtype=np.int8))
    random = rig.random.copy()
    rig.anneal(np.full(3, 2.99 / 31 * rig.layout.unit, dtype=np.float32))
    assert (rig.states() == -1).all()
    np.testing.assert_array_equal(rig.random, random)
    rig.anneal(np.full(3, 3.01 / 31 * rig.layout.unit, dtype=np.float32))
    assert not (rig.random == random).any()


@every_form
def test_at_infinite_temperature_every_spin_flips(form: Form) -> None:
    rig = Rig(model(11, n=40), form)
    before = rig.states()
    rig.anneal(np.full(1, np.float32(1e30)))
    np.testing.assert_array_equal(rig.states(), -before)
    np.testing.assert_array_equal(rig.fields(), rig.true_fields())


@pytest.mark.parametrize("form", FLOATS, ids=name)
@pytest.mark.parametrize("unit", [1.0, 1 / 1024])
def test_whole_numbers_beyond_16_bits_are_exact_in_float32(form: Form, unit: float) -> None:
    random = np.random.default_rng(12)
    row, col = np.triu_indices(20, 1)
    weights = random.integers(-(2**19), 2**19, len(row))
    rig = Rig(
        Ising.from_arrays(random.integers(-1000, 1000, 20) * unit, row, col, weights * unit), form
    )
    assert 2**15 < rig.ising.reach().max() / unit < 2**24
    _assert_metropolis(
        rig, (np.geomspace(1e6, 1e4, 12) * unit * rig.layout.unit).astype(np.float32)
    )


# couplings whose doubles wrap around, and fields that reach the ends of the type
def _tight(largest: int) -> dict[str, Ising]:
    third = largest // 3
    return {
        "pairs": Ising.from_arrays(
            [0, 0, 0, 0, 0, 0, 1], [0, 2, 4], [1, 3, 5], [largest, -largest, largest]
        ),
        "fields": Ising.from_arrays([largest, -largest, 0, 1], [], [], []),
        "a pair in a field": Ising.from_arrays([1, -1, 1], [0, 1], [1, 2], [largest - 2, 1]),
        "a triangle": Ising.from_arrays(
            [largest - 2 * third] * 3, [0, 0, 1], [1, 2, 2], [third, -third, third]
        ),
        "a star": _star(largest, 39),
    }


def _star(largest: int, leaves: int) -> Ising:
    weights = np.full(leaves, largest // leaves)
    weights[0] += largest - weights.sum()
    signs = (-1) ** np.arange(leaves)
    return Ising.from_arrays(
        [0] * (leaves + 1) + [1],
        np.zeros(leaves, dtype=int),
        np.arange(1, leaves + 1),
        weights * signs,
    )


@pytest.mark.parametrize("kind", _tight(127))
@every_form
def test_fields_are_exact_up_to_the_largest_there_is_room_for(form: Form, kind: str) -> None:
    """Doubled couplings of integers wrap around on the way; float32 has the even ones up to twice
    as far.
    """
    largest = np.iinfo(form.number).max if form.whole else 2**24
    ising = _tight(largest)[kind]
    assert ising.reach().max() == largest
    rig = Rig(ising, form, 13)
    assert (rig.layout.unit, rig.layout.fit.resolution) == (1, 0)
    _assert_metropolis(rig, (np.geomspace(largest, 0.05, 12)).astype(np.float32))
    _assert_totals(rig)


def _assert_totals(rig: Rig) -> None:
    """Exactly the energies, or, of float32 fields, to a rounding of each of the 64 sums that a term
    can be part of.
    """
    expected = rig.layout.unit * (rig.ising.energies(rig.states()) - rig.ising.offset)
    terms = np.abs(rig.true_fields()).sum(axis=1) + np.abs(rig.arrays()[0]).sum()
    assert (
        np.abs(rig.totals() - expected) <= (0 if rig.form.whole else 64 * 2.0**-24 * terms)
    ).all()


# ---- fields --------------------------------------------------------------------------------------


@every_form
def test_fields_follow_the_flips(form: Form) -> None:
    rig = Rig(model(7, n=40, whole=form.whole), form, 7)
    before = rig.states()
    rig.anneal(np.full(300, 0.7 * rig.layout.unit, dtype=np.float32))
    assert (rig.states() != before).mean() > 0.2
    np.testing.assert_allclose(
        rig.fields(), rig.true_fields(), atol=0 if form.whole else 1e-4 * rig.layout.unit
    )


@every_form
@pytest.mark.parametrize("n", [0, 1, 12, 32, 70])
def test_refresh_is_the_definition_whatever_the_fields_were(n: int, form: Form) -> None:
    rig = Rig(model(8, n), form, 8)
    rig.field_rows[...] = 77
    rig.refresh()
    np.testing.assert_array_equal(rig.fields(), rig.true_fields())


@every_form
def test_an_anneal_refreshes_before_its_first_sweep_and_every_so_many(form: Form) -> None:
    for first, count, refreshed in (
        (0, 1, True),
        (1, 2, False),
        (REFRESH_SWEEPS - 1, 2, True),
        (3 * REFRESH_SWEEPS, 1, True),
    ):
        rig = Rig(model(9), form, 9)
        rig.field_rows[...] += 1
        rig.anneal(np.full(count, rig.layout.unit, dtype=np.float32), first)
        assert np.array_equal(rig.fields(), rig.true_fields()) == refreshed


@every_form
@pytest.mark.parametrize("cuts", [[11], [1, 2, 29], [*range(1, 30)]])
def test_sweeps_can_be_cut_anywhere(cuts: list[int], form: Form) -> None:
    """Several calls are one call: the generators' state is all that is carried over."""
    a, b = (Rig(model(3, n=40, whole=form.whole), form, 3) for _ in range(2))
    scales = (np.geomspace(2, 0.2, 30) * a.layout.unit).astype(np.float32)
    a.anneal(scales)
    for start, stop in zip([0, *cuts], [*cuts, 30], strict=True):
        b.anneal(scales[start:stop], start)
    _assert_same(a, b)


@pytest.mark.parametrize("form", FLOATS, ids=name)
def test_sweeps_can_be_cut_about_a_refresh(form: Form) -> None:
    """To the last bit of the rounding errors."""
    a, b = (Rig(model(4, n=40, whole=False), form, 4) for _ in range(2))
    scales = np.full(2 * REFRESH_SWEEPS + 9, 0.3 * a.layout.unit, dtype=np.float32)
    a.anneal(scales)
    start = 0
    for stop in (500, REFRESH_SWEEPS, REFRESH_SWEEPS + 1, 2 * REFRESH_SWEEPS - 1, len(scales)):
        b.anneal(scales[start:stop], start)
        start = stop
    _assert_same(a, b)


def _assert_same(a: Rig, b: Rig) -> None:
    np.testing.assert_array_equal(a.spins, b.spins)
    np.testing.assert_array_equal(a.field_rows, b.field_rows)
    np.testing.assert_array_equal(a.random, b.random)


@pytest.mark.parametrize("form", DENSE, ids=name)
@pytest.mark.parametrize("n", [1, 31, 32, 33, 63, 64])
def test_padding_never_flips_and_feels_nothing(n: int, form: Form) -> None:
    rig = Rig(model(n, n), form, n)
    valid = rig.layout.couplings[1]
    bits = np.unpackbits(valid.view(np.uint8), bitorder="little")
    assert bits.tolist() == [1] * n + [0] * (len(bits) - n)
    rig.anneal(np.array([1e30, 1.0, 0.1, 0.0, 1e30], dtype=np.float32))
    rig.descend()
    assert not (rig.spins & ~valid[:, None]).any()
    assert not rig.field_rows[:, n:].any()


# ---- downhill ------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("whole", [True, False])
def test_descent_ends_where_no_flip_lowers_the_energy(whole: bool, form: Form) -> None:
    if form.whole and not whole:
        return
    rig = Rig(model(5, n=50, whole=whole), form, 5)
    before = rig.ising.energies(rig.states())
    rig.descend()
    states = rig.states()
    assert (states * rig.true_fields() <= (0 if whole else 1e-5 * rig.layout.unit)).all()
    assert (rig.ising.energies(states) < before).all()
    again = rig.spins.copy()
    rig.descend()
    np.testing.assert_array_equal(rig.spins, again)


@every_form
def test_downhill_takes_the_flips_that_lower_the_energy_and_counts_them(form: Form) -> None:
    rig = Rig(model(6, n=40), form, 6)
    linear, couplings = rig.arrays()
    while True:
        spins = rig.states().T.astype(np.float64)
        flips, rows = 0, 0
        for i in range(rig.n):
            lower = [
                r for r in range(rig.replicas) if oracle.cost(linear, couplings, spins, i, r) < 0
            ]
            spins[i, lower] *= -1
            flips, rows = flips + len(lower), rows + bool(lower)
        counted = (dense if form.dense else sparse).downhill(
            rig.layout.couplings, rig.spins, rig.field_rows
        )
        assert counted == (flips if form.dense else rows)
        np.testing.assert_array_equal(rig.states(), spins.T)
        np.testing.assert_array_equal(rig.fields(), rig.true_fields())
        if not flips:
            return


# ---- energies ------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("n", [0, 1, 12, 63, 64, 65, 130])
def test_totals_are_the_energies(n: int, form: Form) -> None:
    rig = Rig(model(n, n, share=0.2), form, n)
    rig.anneal(np.full(5, rig.layout.unit, dtype=np.float32))
    np.testing.assert_array_equal(
        rig.totals(), rig.layout.unit * (rig.ising.energies(rig.states()) - rig.ising.offset)
    )


@pytest.mark.parametrize("form", FLOATS, ids=name)
def test_totals_of_any_biases_are_the_energies_to_float32s_rounding(form: Form) -> None:
    rig = Rig(model(14, 150, whole=False), form, 14)
    rig.anneal(np.full(5, rig.layout.unit, dtype=np.float32))
    _assert_totals(rig)


@pytest.mark.parametrize("form", WHOLE, ids=name)
@pytest.mark.parametrize("sign", [-1, 1])
def test_totals_do_not_overflow(sign: int, form: Form) -> None:
    """Fields as far up, or as far down, as the type has room for; those of 40,000 spins of 16 bits
    do not add up in 32.
    """
    largest, n = np.iinfo(form.number).max, 300 if form.dense else 40_000
    rig = Rig(Ising.from_arrays([largest] * (n - 1) + [largest - 1], [], [], []), form)
    assert rig.layout.unit == 1
    rig.put(np.full((rig.replicas, n), sign, dtype=np.int8))
    assert rig.totals().tolist() == [sign * (n * largest - 1)] * rig.replicas


# ---- Gibbs ---------------------------------------------------------------------------------------


def _gibbs(rig: Rig, scale: Any, first: int, count: int) -> None:
    held = aligned((rig.replicas,), np.float32)
    held[...] = scale
    layout = rig.layout
    kernel.gibbs(
        layout.couplings, layout.base, rig.spins, rig.field_rows, rig.random, held, first, count
    )


@pytest.mark.parametrize("form", [FLOAT32, LARGE_FLOAT32], ids=name)
@pytest.mark.parametrize("seed", range(3))
def test_heat_bath_is_the_oracles(seed: int, form: Form) -> None:
    rig = Rig(model(seed), form, seed)
    scale = (np.random.default_rng(seed).exponential(1.0, rig.replicas) * rig.layout.unit).astype(
        np.float32
    )
    _assert_oracles(
        rig, [scale] * 20, oracle.heat_bath, lambda scales: _gibbs(rig, scales[0], 0, len(scales))
    )


@pytest.mark.parametrize("form", [FLOAT32, LARGE_FLOAT32], ids=name)
def test_gibbs_sweeps_can_be_cut_anywhere_and_refresh(form: Form) -> None:
    a, b = (Rig(model(15, n=40, whole=False), form, 15) for _ in range(2))
    stop = REFRESH_SWEEPS + 7
    _gibbs(a, 0.5 * a.layout.unit, 0, stop)
    for start, end in ((0, 5), (5, REFRESH_SWEEPS), (REFRESH_SWEEPS, stop)):
        _gibbs(b, 0.5 * b.layout.unit, start, end - start)
    _assert_same(a, b)
    a.field_rows[...] += 1
    _gibbs(a, 0.5 * a.layout.unit, 2 * REFRESH_SWEEPS - 1, 2)
    np.testing.assert_allclose(a.fields(), a.true_fields(), atol=1e-4 * a.layout.unit)


# ---- what is sampled -----------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_one_spin_in_a_field_is_up_as_often_as_boltzmann_says(
    temperature: float, form: Form
) -> None:
    """exp(-h/T) / (2 cosh(h/T)) within five standard errors."""
    rig = Rig(Ising.from_arrays([0.4], [], [], []), form, 11)
    ups, sweeps = 0, 4000
    scale = rig.layout.scale(np.full(1, 1 / temperature))
    for t in range(sweeps):
        rig.anneal(scale, t)
        ups += int(np.bitwise_count(rig.spins).sum())
    draws = sweeps * rig.replicas
    share, expected = ups / draws, np.exp(-0.4 / temperature) / (2 * np.cosh(0.4 / temperature))
    # Metropolis on one spin alternates, which lowers the variance: independent draws bound it
    assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / draws) + 1e-4


@pytest.mark.parametrize("kind", ["metropolis", "heat bath"])
@pytest.mark.parametrize("form", [FLOAT32, LARGE_FLOAT32], ids=name)
def test_states_of_a_frustrated_triangle_come_as_often_as_boltzmann_says(
    kind: str, form: Form
) -> None:
    """Each of the eight, drawn four sweeps apart, within five standard errors of as many
    independent draws.
    """
    ising = Ising.from_arrays([0.3, 0.0, -0.5], [0, 0, 1], [1, 2, 2], [1.0, 0.7, 0.4])
    rig = Rig(ising, form, 16)
    beta, counts, rounds = 0.8, np.zeros(8), 4000
    scale = rig.layout.scale(np.full(4, beta))
    for k in range(rounds):
        if kind == "metropolis":
            rig.anneal(scale, 4 * k)
        else:
            _gibbs(rig, scale[0], 4 * k, 4)
        up = rig.spins[:, None] >> rig.everyone.astype(form.mask) & 1
        counts += np.bincount(up[0] + 2 * up[1] + 4 * up[2], minlength=8)
    every = np.array([[2 * (k >> i & 1) - 1 for i in range(3)] for k in range(8)], dtype=np.int8)
    weights = np.exp(-beta * ising.energies(every))
    expected, draws = weights / weights.sum(), rounds * rig.replicas
    assert (np.abs(counts / draws - expected) < 5 * np.sqrt(expected / draws)).all()


# ---- tempering -----------------------------------------------------------------------------------


def test_the_dice_are_splitmix64() -> None:
    """Steele, Lea and Flood's numbers for the seed 1234567."""
    dice = np.array([1234567], dtype=np.uint64)
    known = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert [uniform(dice) for _ in range(5)] == [(number >> 11) / 2**53 for number in known]
    state = 1234567
    for _ in range(5):
        state, _ = oracle.splitmix64(state)
    assert dice.tolist() == [state]


@every_form
@pytest.mark.parametrize("every", [1, 3])
def test_tempering_is_sweeps_and_exchanges_one_at_a_time(every: int, form: Form) -> None:
    a, b = (Rig(model(17, n=20, whole=form.whole), form, 17) for _ in range(2))
    rungs, sweeps, first = 4, 30, REFRESH_SWEEPS - 10
    betas = np.geomspace(0.2, 0.8, rungs) / a.layout.unit
    holder = np.random.default_rng(17).permutation(a.replicas).reshape(-1, rungs)
    rung_scales, scale = a.layout.scale(betas * a.layout.unit), aligned((a.replicas,), np.float32)
    scale[holder] = rung_scales
    dice = np.array([99], dtype=np.uint64)
    proposed, accepted = np.zeros(rungs - 1, dtype=np.int64), np.zeros(rungs - 1, dtype=np.int64)

    expected, roll, offers, takes = holder.copy(), 99, np.zeros(rungs - 1), np.zeros(rungs - 1)
    for t in range(first, first + sweeps):
        now = np.empty(a.replicas, dtype=np.float32)
        now[expected] = rung_scales
        b.anneal(now[None, :], t)
        if (t + 1) % every == 0:
            energies = b.totals()
            made, roll = oracle.exchange(betas, energies, expected, roll, (t + 1) // every % 2)
            for _, k, taken in made:
                offers[k] += 1
                takes[k] += taken

    partial, scratch = (
        aligned((form.lanes,), np.int32 if form.whole else np.float64),
        np.empty(a.replicas),
    )
    layout = a.layout
    for start, count in ((first, 11), (first + 11, sweeps - 11)):
        kernel.temper(
            layout.couplings,
            layout.base,
            layout.linear,
            a.spins,
            a.field_rows,
            a.random,
            betas,
            holder,
            scale,
            dice,
            partial,
            scratch,
            proposed,
            accepted,
            start,
            count,
            every,
        )
    _assert_same(a, b)
    np.testing.assert_array_equal(holder, expected)
    np.testing.assert_array_equal(scale[holder], np.broadcast_to(rung_scales, holder.shape))
    assert (proposed.tolist(), accepted.tolist(), dice.tolist()) == (
        offers.tolist(),
        takes.tolist(),
        [roll],
    )
    assert (accepted > 0).all()
    assert (accepted < proposed).all()


# ---- rounding ------------------------------------------------------------------------------------


def _gaussian_with_a_few_huge(n: int = 48) -> Ising:
    random = np.random.default_rng(20)
    row, col = np.triu_indices(n, 1)
    keep = random.random(len(row)) < 0.25
    weights = random.normal(0, 1, keep.sum())
    weights[random.choice(len(weights), 5, replace=False)] *= 1e6
    return Ising.from_arrays(random.normal(0, 1, n), row[keep], col[keep], weights)


def _alternating_huge(n: int = 48) -> Ising:
    """Every field is a sum of +- pi * 1e6 that cancel, and of something of the order of 1."""
    random = np.random.default_rng(21)
    steps = [(k, 1e6 * np.pi * (-1) ** k) for k in (1, 2, 3, 4)] + [(7, 1.0), (11, 1.0)]
    row, col, weights = (
        np.concatenate(part)
        for part in zip(
            *[
                (
                    np.arange(n),
                    (np.arange(n) + k) % n,
                    w * (-1) ** np.arange(n) + random.normal(0, 1, n),
                )
                for k, w in steps
            ],
            strict=True,
        )
    )
    return Ising.from_arrays(random.normal(0, 1, n), row, col, weights)


@pytest.mark.parametrize("form", FLOATS, ids=name)
@pytest.mark.parametrize("make", [_gaussian_with_a_few_huge, _alternating_huge])
@pytest.mark.parametrize("temperature", [3e6, 2.0])
def test_rounding_errors_stay_below_what_the_flips_since_the_last_refresh_explain(
    temperature: float, make: Any, form: Form
) -> None:
    """Every update rounds by at most half a float32 epsilon of the reach; so do the sums of a
    refresh, and the biases.
    """
    rig = Rig(make(), form, 22)
    linear, couplings = rig.arrays()
    reach = np.abs(linear) + np.abs(couplings).sum(axis=1)
    half_epsilon, touching = 2.0**-24 * 1.001, couplings != 0
    degree = touching.sum(axis=1)
    scales = np.repeat(rig.layout.scale(1 / temperature), 5 * REFRESH_SWEEPS)
    last = 4 * REFRESH_SWEEPS
    rig.anneal(scales[:last])
    updates, states = np.zeros((rig.replicas, rig.n)), rig.states()
    for t in range(last, len(scales)):
        rig.anneal(scales[t : t + 1], t)
        before, states = states, rig.states()
        updates += (states != before) @ touching
    assert updates.max() > REFRESH_SWEEPS / 2
    rounded = half_epsilon * reach * 3
    drifted = rig.fields()
    assert (
        np.abs(drifted - rig.true_fields()) <= rounded + half_epsilon * reach * (degree + updates)
    ).all()
    rig.refresh()
    refreshed, exact = rig.fields(), _fields_of_rounded_biases(rig)
    assert (np.abs(refreshed - rig.true_fields()) <= rounded + half_epsilon * reach * degree).all()
    assert (np.abs(refreshed - exact) <= half_epsilon * reach * degree).all()
    often = updates > 100
    left, drift = (
        (np.abs(fields - exact) / reach)[often].mean() for fields in (refreshed, drifted)
    )
    assert left < drift / 3


def _fields_of_rounded_biases(rig: Rig) -> Any:
    """From the biases as the layout holds them."""
    layout, up = rig.layout, rig.states() > 0
    doubled = (
        layout.couplings[0][:, : rig.n]
        if rig.form.dense
        else oracle.dense(rig.n, *layout.couplings)
    )
    return layout.base[: rig.n].astype(np.float64) + up @ doubled.astype(np.float64)
