"""Products that are written as bits: found, named, proved where their penalty is enough, and kept
where it is not. All is compared with the polynomial itself, state by state."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import dimod
import numpy as np
import pyqubo
import pytest

import qopt
from qopt import Qubo
from qopt.decompiler import Decompiled, decompile
from qopt.decompiler.couplings import Couplings, Row
from qopt.decompiler.slack import NONE

from .draft import Draft
from .test_traps import energies_by_definition, lost_ground_state, states_of, tolerance

Term = tuple[int, ...]


def polynomial(n: int, terms: int, degree: int, seed: int) -> dict[Term, float]:
    """Terms of up to so many of n bits, each bit with a price of its own."""
    random = np.random.default_rng(seed)
    drawn = {(i,): float(random.integers(-5, 6)) for i in range(n)}
    for _ in range(terms):
        size = int(random.integers(2, degree + 1))
        term = tuple(sorted(random.choice(n, size, replace=False).tolist()))
        drawn[term] = drawn.get(term, 0.0) + float(random.choice([-4, -3, -2, -1, 1, 2, 3, 4]))
    return drawn


def value(terms: dict[Term, float], bits: Any) -> float:
    return sum(bias * all(bits[i] for i in term) for term, bias in terms.items())


def reduced(
    terms: dict[Term, float], penalty: float, weights: dict[int, float] | None = None
) -> tuple[dimod.BinaryQuadraticModel, dict[int, tuple[int, int]]]:
    """Written with products as further bits, the most frequent pair first; and their factors.

    `weights` are other penalties of some products, by their bits.
    """
    left, factors = {frozenset(term): bias for term, bias in terms.items()}, dict[int, Any]()
    bits = 1 + max(max(term) for term in terms)
    while long := [term for term in left if len(term) > 2]:
        count = Counter(pair for term in long for pair in itertools.combinations(sorted(term), 2))
        pair = min(count, key=lambda pair: (-count[pair], pair))
        new, bits = bits, bits + 1
        factors[new] = pair
        for term in long:
            if term.issuperset(pair):
                shorter = term - set(pair) | {new}
                left[shorter] = left.get(shorter, 0.0) + left.pop(term)
    bqm = dimod.BinaryQuadraticModel("BINARY")
    bqm.add_linear_from((bit, 0.0) for bit in range(bits))
    for term, bias in left.items():
        (bqm.add_linear if len(term) == 1 else bqm.add_quadratic)(*sorted(term), bias)
    for z, (x, y) in factors.items():
        weight = penalty if weights is None else weights.get(z, penalty)
        bqm.add_linear(z, 3 * weight)
        bqm.add_quadratic(x, y, weight)
        bqm.add_quadratic(x, z, -2 * weight)
        bqm.add_quadratic(y, z, -2 * weight)
    return bqm, factors


def products_of(found: Decompiled) -> dict[Any, tuple[Any, Any]]:
    labels = found.qubo.labels
    told = {}
    for row in found.rows:
        if row.product is not None:
            x, y, z = (labels[bit] for bit in row.product)
            told[z] = (min(x, y), max(x, y))
    return told


@pytest.mark.parametrize("degree", [3, 4, 5])
@pytest.mark.parametrize("times", [1.0, 3.0, 1000.0])
@pytest.mark.parametrize("seed", range(3))
def test_all_products_are_found_and_nothing_else_is_one(
    degree: int, times: float, seed: int
) -> None:
    """Whatever the objective adds to the couplings of factors and of products; of products, too."""
    terms = polynomial(20, 30, degree, seed)
    bqm, factors = reduced(terms, times * max(map(abs, terms.values())))
    found = decompile(bqm)
    assert products_of(found) == factors
    assert found.proof <= 1e-9 * found.qubo.quad.max()


def test_the_objective_of_products_is_all_that_is_left() -> None:
    terms = {(0, 1, 2): 3.0, (1, 2, 3): -2.0, (0, 3): 1.0, (2, 3, 4, 5): 2.5}
    bqm, factors = reduced(terms, 10.0)
    found = decompile(bqm)
    assert products_of(found) == factors
    objective = found.meant.objective
    for state in itertools.product((0, 1), repeat=6):
        bits = dict(enumerate(state))
        for z, (x, y) in factors.items():
            bits[z] = bits[x] * bits[y]
        assert objective.energy(bits) == pytest.approx(value(terms, state))
        assert found.meant.check_feasible(bits)
        assert found.qubo.energies(found.encode(bits)[None])[0] == pytest.approx(
            value(terms, state)
        )
        assert found.decode(found.encode(bits)) == bits
        for z in factors:
            assert not found.meant.check_feasible(bits | {z: 1 - bits[z]})


def labs(n: int) -> dict[Term, float]:
    """The energy of low autocorrelation sequences, in bits."""
    spins = Counter[frozenset[int]]()
    for k in range(1, n):
        for i, j in itertools.product(range(n - k), repeat=2):
            spins[frozenset({i}) ^ {i + k} ^ {j} ^ {j + k}] += 1
    terms = Counter[Term]()
    for term, bias in spins.items():
        for size in range(1, len(term) + 1):
            for part in itertools.combinations(sorted(term), size):
                terms[part] += bias * (-2) ** size
    return {term: float(bias) for term, bias in terms.items() if bias}


def test_autocorrelations_by_dimod() -> None:
    """In any order that dimod reduces them in: it goes by that of sets."""
    terms = labs(14)
    bqm = dimod.make_quadratic(terms, max(map(abs, terms.values())), "BINARY")
    found = decompile(bqm)
    told = products_of_labels(found)
    assert len(told) == bqm.num_variables - 14
    ones = {label for label in bqm.variables if label in (1, 4, 5, 6, 9, 13)}
    while more := {z for z, pair in told.items() if z not in ones and set(pair) <= ones}:
        ones |= more
    bits = {label: int(label in ones) for label in bqm.variables}
    energy = value(terms, [bits[i] for i in range(14)])
    assert found.meant.objective.energy(bits) == pytest.approx(energy)
    assert found.meant.check_feasible(bits)


def products_of_labels(found: Decompiled) -> dict[Any, tuple[Any, Any]]:
    """As `products_of`, of labels without an order."""
    bits = [row.product for row in found.rows if row.product is not None]
    name = found.qubo.labels
    return {name[z]: (name[x], name[y]) for x, y, z in bits}


def test_pyqubo_writes_products_and_a_rule() -> None:
    a, b, c, d, e = (pyqubo.Binary(name) for name in "abcde")
    model = 3 * a * b * c - 2 * b * c * d + a * d - a - b - 2 * c
    model += 4 * pyqubo.AndConst(a, d, e, "and")
    biases, offset = model.compile(strength=7.0).to_qubo()
    found = decompile(dimod.BQM.from_qubo(biases, offset))
    told = {z: set(pair) for z, pair in products_of_labels(found).items()}
    assert told.pop("e") == {"a", "d"}
    assert list(told.values()) == [{"b", "c"}]
    assert found.proved.all()


def ground_states(qubo: Qubo, found: Decompiled) -> np.ndarray:
    states = states_of(qubo.num_variables)
    energies = energies_by_definition(qubo, states)
    return states[energies <= energies.min() + tolerance(qubo, found)]


def broken(found: Decompiled) -> list[int]:
    """Rows of products that some ground state breaks."""
    ground = ground_states(found.qubo, found)
    triples = [(k, row.product) for k, row in enumerate(found.rows)]
    return [
        k
        for k, triple in triples
        if triple is not None
        and (ground[:, triple[2]] != ground[:, triple[0]] * ground[:, triple[1]]).any()
    ]


@pytest.mark.parametrize("degree", [3, 4])
def test_a_product_that_is_proved_holds_in_every_ground_state(degree: int) -> None:
    """Penalties of all sizes in one QUBO: some are too small, and are not called enough."""
    proved, unproved, wrong = 0, 0, 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        terms = polynomial(7, 6, degree, seed)
        _, factors = reduced(terms, 1.0)
        weights = {z: float(random.choice([0.5, 1.0, 2.0, 4.0, 9.0])) for z in factors}
        bqm, factors = reduced(terms, 1.0, weights)
        if bqm.num_variables > 14:
            continue
        rows = [
            product(*pair, z, weights[z], bqm.num_variables) for z, pair in sorted(factors.items())
        ]
        found = with_rows(bqm, rows)
        lost = broken(found)
        assert not found.proved[lost].any(), seed
        proved, unproved = proved + found.proved.sum(), unproved + (~found.proved).sum()
        wrong += len(lost)
    assert proved > 30
    assert unproved > 10
    assert wrong > 5


def product(x: int, y: int, z: int, penalty: float, n: int) -> Row:
    assert z < n
    return Row(np.array([x, y, z]), np.array([1.0, 1.0, -2.0]), 0.5, penalty / 2)


def with_rows(bqm: dimod.BinaryQuadraticModel, rows: list[Row]) -> Decompiled:
    """A QUBO with rows that were not looked for."""
    vectors = bqm.to_numpy_vectors(sorted(bqm.variables))
    row, col, quad = vectors.quadratic
    qubo = Qubo.from_arrays(vectors.linear_biases, row, col, quad, float(vectors.offset))
    return Decompiled(qubo, rows, [NONE] * len(rows), Couplings.of(qubo).less(rows))


@pytest.mark.parametrize("degree", [3, 4])
def test_a_little_more_than_needed_is_enough(degree: int) -> None:
    """And an eighth of it is not always."""
    tried, too_little = 0, 0
    for seed in range(20):
        terms = polynomial(7, 5, degree, seed)
        bqm, factors = reduced(terms, 50.0)
        found = decompile(bqm)
        assert products_of(found) == factors, seed
        needed = found.needed
        if not np.isfinite(needed).all() or bqm.num_variables > 14 or not factors:
            continue
        for share in (1.001, 1 / 8):
            rows = [
                replace(row, weight=float(share * need + 1e-6))
                for row, need in zip(found.rows, needed, strict=True)
            ]
            whole = found.left.plus(rows)
            upper = np.triu(whole.matrix.toarray(), 1)
            i, j = np.nonzero(upper)
            qubo = Qubo.from_arrays(whole.linear, i, j, upper[i, j], whole.offset)
            again = Decompiled(qubo, rows, found.slack, found.left)
            if share > 1:
                assert again.proved.all(), seed
                assert broken(again) == [], seed
            else:
                too_little += bool(broken(again))
        tried += 1
    assert tried >= 10
    assert too_little > 0


@pytest.mark.parametrize("penalty", [0.5, 2.0, 40.0])
def test_the_model_has_the_ground_energy_whatever_the_penalty_is(penalty: float) -> None:
    """Products that cost too little to be kept are no constraints."""
    found_any = 0
    for seed in range(15):
        bqm, _ = reduced(polynomial(6, 6, 4, seed), penalty)
        if bqm.num_variables > 13:
            continue
        found = decompile(bqm)
        found_any += len(products_of(found))
        assert lost_ground_state(found.qubo, found) is None, seed
    assert found_any > 0


def test_the_page_and_the_constraints_name_products() -> None:
    bqm, _ = reduced({(0, 1, 2): 3.0, (1, 2, 3): -2.0, (4, 5, 6): -1.0}, 9.0)
    bqm.relabel_variables(dict(zip(range(9), "abcdefgzw", strict=True)))
    found = decompile(bqm)
    assert set(found.meant.constraints) == {
        "product[0]<=",
        "product[0]>=",
        "product[1]<=",
        "product[1]>=",
    }
    told = str(found.report())
    assert told.splitlines()[0] == "9 bits and 9 couplings: 2 rows and 0 slack bits read back"
    rows = [line.split() for line in told.splitlines() if line.startswith("product")]
    assert rows[0] == ["product", "=", "2", "0", "4.5", "all", "1.5"]
    assert [row[1:6] for row in rows[1:]] == [
        ["z", "=", "b", "*", "c"],
        ["w", "=", "e", "*", "f"],
    ]
    assert "2 product" in str(found)


def row_of(sizes: list[float], right: float, seed: int, n: int = 9) -> Qubo:
    draft = Draft(np.random.default_rng(seed), n)
    draft.objective(1)
    draft.square(np.arange(len(sizes)), sizes, right, 50.0)
    return draft.qubo()


@pytest.mark.parametrize(
    ("sizes", "right"),
    [
        ([1, 1, -2], 0.0),
        ([1, 1, -2], 1.0),
        ([1, 1, -2, -1], 0.0),
        ([1, 1, -2, 1], 1.0),
        ([1, 1, 1, 1, 1, -1, -2], 0.0),
        ([1, 1, 1, -1, -2, -4], 0.0),
        ([2, 2, -4, 1, 1], 1.0),
        ([1, 1, -1], 1.0),
        ([2, -5, -5, -5, 1, 2, 4], 0.0),
    ],
)
def test_rows_with_the_sizes_of_products_are_none(sizes: list[float], right: float) -> None:
    for seed in range(5):
        assert products_of(decompile(row_of(sizes, right, seed))) == {}


def test_a_cover_with_slack_bits_has_no_products() -> None:
    """`x + y - s = 1`: s is x y there, too, but the coupling of x and y is twice that of one."""
    joined = [(x, (x + step) % 9) for x in range(9) for step in (1, 3)]
    draft = Draft(np.random.default_rng(1), 9, len(joined))
    draft.biases[np.arange(9), np.arange(9)] = np.arange(1, 10)
    for x, y in joined:
        draft.square([x, y, *draft.slack_bits(1)], [1.0, 1.0, -1.0], 1.0, 30.0)
    found = decompile(draft.qubo())
    assert products_of(found) == {}
    told = {tuple(sorted(c.lhs.linear)) for c in found.meant.constraints.values()}
    assert told == {tuple(sorted(pair)) for pair in joined}
    assert {(c.sense.value, c.rhs) for c in found.meant.constraints.values()} == {(">=", 1.0)}


@pytest.mark.parametrize("seed", range(4))
def test_no_products_are_found_where_there_are_none(seed: int) -> None:
    """Small whole couplings, so that many triangles have the couplings of a product."""
    random, n = np.random.default_rng(seed), 60
    i, j = np.triu_indices(n, 1)
    for share, most in ((1.0, 2), (1.0, 9), (0.2, 2), (0.05, 2)):
        there = random.random(len(i)) < share
        quad = random.integers(-most, most + 1, len(i)) * there
        for vartype in ("BINARY", "SPIN"):
            linear = random.integers(-3 * most, 3 * most + 1, n)
            qubo = Qubo.from_arrays(linear, i, j, quad.astype(float), vartype=vartype)
            assert products_of(qopt.decompile(qubo)) == {}


@pytest.mark.parametrize("degree", [3, 4])
def test_compiled_again_products_are_penalties_that_are_just_enough(degree: int) -> None:
    """The same bits and the same ground states, with smaller biases."""
    for seed in range(8):
        terms = polynomial(7, 4, degree, seed)
        bqm, factors = reduced(terms, 200.0)
        if bqm.num_variables > 12 or not factors:
            continue
        found = decompile(bqm)
        again = found.recompiled().bqm()
        assert set(again.variables) <= set(bqm.variables)
        assert max(map(abs, again.quadratic.values())) < 0.5 * max(map(abs, bqm.quadratic.values()))
        before, after = (dimod.ExactSolver().sample(model) for model in (bqm, again))
        assert after.first.energy == pytest.approx(before.first.energy)
        for state in after.lowest(rtol=0, atol=1e-6).samples():
            assert all(state[z] == state[x] * state[y] for z, (x, y) in factors.items())


@pytest.mark.parametrize("seed", range(3))
def test_products_of_spins_are_equalities(seed: int) -> None:
    """Three terms of three spins, as dimod reduces them: p = u v with a spin a more for each, and
    `s / 4 (u + v + p + 2 a - 1)**2`."""
    random, strength = np.random.default_rng(seed), 30.0
    bqm = dimod.BinaryQuadraticModel("SPIN")
    for spin in "abcdef":
        bqm.add_linear(spin, float(random.choice([-3, -2, -1, 1, 2, 3])))
    wanted = set()
    for u, v, other in ("abc", "cde", "efa"):
        p, extra = u + v, u + v + "+"
        bqm.add_quadratic(p, other, float(random.choice([-2, -1, 1, 2])))
        spins = [(u, 1), (v, 1), (p, 1), (extra, 2)]
        for (one, size), (two, other_size) in itertools.combinations(spins, 2):
            bqm.add_quadratic(one, two, strength / 2 * size * other_size)
        for spin, size in spins:
            bqm.add_linear(spin, -strength / 2 * size)
        wanted.add((frozenset({(u, 1.0), (v, 1.0), (p, 1.0), (extra, 2.0)}), "==", 3.0))
    found = decompile(bqm)
    constraints = found.meant.constraints.values()
    told = {(frozenset(c.lhs.linear.items()), c.sense.value, float(c.rhs)) for c in constraints}
    assert told == wanted
    assert lost_ground_state(found.qubo, found) is None
