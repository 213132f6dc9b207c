"""The same energies as the peers' compilers, on 200 random models each."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest
from dimod.generators.integer import binary_encoding

from qopt.compiler import compile_cqm
from qopt.compiler.sources.sources import Source

BATCHES, BATCH, MOST_BITS = 20, 10, 13


def random_model(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """What `dimod.cqm_to_bqm` takes: linear constraints in whole numbers, integers from 0."""
    cqm = dimod.ConstrainedQuadraticModel()
    binaries = list(dimod.Binaries([f"b{k}" for k in range(random.integers(2, 5))]))
    integers = [
        dimod.Integer(f"i{k}", upper_bound=int(random.integers(1, 6)))
        for k in range(random.integers(0, 3))
    ]
    variables = [*binaries, *integers]
    scale = float(10.0 ** random.integers(-3, 4))
    objective = sum(scale * float(random.normal()) * v for v in variables) + float(random.normal())
    for u, v in itertools.combinations_with_replacement(variables, 2):
        if random.random() < 0.5 and not (u is v and u in binaries):
            objective += scale * float(random.normal()) * u * v
    cqm.set_objective(objective)
    for c in range(random.integers(1, 4)):
        # without a common divisor, by which qopt would divide before it takes a slack
        left = (
            binaries[0]
            + sum(int(random.integers(-4, 5)) * v for v in variables[1:])
            + int(random.integers(-1, 2))
        )
        right = int(random.integers(-3, 6))
        sense = random.integers(3)
        comparison = left == right if sense == 0 else left <= right if sense == 1 else left >= right
        cqm.add_constraint(comparison, label=f"c{c}")
    return cqm


def lowest(values: np.ndarray, energies: np.ndarray) -> dict[tuple[float, ...], float]:
    """The lowest energy of each row of `values`."""
    found: dict[tuple[float, ...], float] = {}
    for row, energy in zip(map(tuple, values.tolist()), energies.tolist(), strict=True):
        found[row] = min(energy, found.get(row, np.inf))
    return found


def all_states(bits: int) -> np.ndarray:
    return (np.arange(2**bits)[:, None] >> np.arange(bits)) & 1


def ours(
    cqm: dimod.ConstrainedQuadraticModel, weight: float
) -> dict[tuple[float, ...], float] | None:
    compiled = compile_cqm(
        cqm, penalties=weight, encodings="log", inequalities="slack", presolve=False
    )
    if compiled.qubo.num_variables > MOST_BITS:
        return None
    states = all_states(compiled.qubo.num_variables)
    return lowest(compiled.decode_bits(states).record.sample, compiled.qubo.energies(states))


def dimods(
    cqm: dimod.ConstrainedQuadraticModel, weight: float
) -> dict[tuple[float, ...], float] | None:
    """None for a model with a constraint that never holds, and for one of too many bits."""
    try:
        bqm, _ = dimod.cqm_to_bqm(cqm, lagrange_multiplier=weight)
    except ValueError:
        return None
    if bqm.num_variables > MOST_BITS:
        return None
    states, column = (
        all_states(bqm.num_variables),
        {label: k for k, label in enumerate(bqm.variables)},
    )
    values = np.zeros((len(states), len(cqm.variables)))
    for k, label in enumerate(cqm.variables):
        bits = (
            binary_encoding(label, int(cqm.upper_bound(label))).linear
            if cqm.vartype(label) is dimod.INTEGER
            else {label: 1}
        )
        values[:, k] = sum(size * states[:, column[bit]] for bit, size in bits.items())
    return lowest(values, bqm.energies((states, list(bqm.variables))))


@pytest.mark.filterwarnings("ignore:Did not add constraint")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_energies_are_those_of_cqm_to_bqm(batch: int) -> None:
    random, compared = np.random.default_rng(batch), 0
    while compared < BATCH:
        cqm, weight = random_model(random), float(10.0 ** random.uniform(-1, 3))
        found, theirs = ours(cqm, weight), dimods(cqm, weight)
        if found is None or theirs is None:
            continue
        compared += 1
        assert found.keys() == theirs.keys()
        size = max(map(abs, theirs.values()))
        for values, energy in theirs.items():
            assert found[values] == pytest.approx(energy, rel=1e-9, abs=1e-9 * size)


def random_expression(random: np.random.Generator, pyqubo: Any) -> Any:
    """Terms up to the fourth degree, integers of all encodings, rows under placeholders."""
    leaves = [pyqubo.Binary(f"b[{k}]") for k in range(4)] + [pyqubo.Spin("s")]
    leaves += [
        pyqubo.LogEncInteger("i", (0, 5)),
        pyqubo.UnaryEncInteger("u", (1, 3)),
        pyqubo.OrderEncInteger("o", (0, 2), 4.0),
    ]
    total = pyqubo.Num(float(random.normal()))
    for _ in range(random.integers(2, 6)):
        term = float(random.normal()) * leaves[random.integers(len(leaves))]
        for _ in range(random.integers(0, 4)):
            term = term * leaves[random.integers(5)]
        total = total + term
    for k in range(random.integers(1, 4)):
        left = sum(
            (float(random.integers(-3, 4)) * leaf for leaf in leaves[:5]),
            pyqubo.Num(float(random.integers(-2, 3))),
        )
        total = total + pyqubo.Placeholder("AB"[k % 2]) * pyqubo.Constraint(
            left * left, label=f"c{k}"
        )
    return total


@pytest.mark.parametrize("batch", range(BATCHES))
def test_energies_are_those_of_pyqubos_compiler(batch: int) -> None:
    pyqubo = pytest.importorskip("pyqubo", reason="PyQUBO has no wheel for this platform")
    random = np.random.default_rng(batch)
    for _ in range(BATCH):
        model = random_expression(random, pyqubo)
        feed = {
            name: float(random.uniform(0.1, 50))
            for name in "AB"
            if f"Placeholder('{name}')" in str(model)
        }
        theirs, source = (
            model.compile().to_bqm(feed_dict=feed),
            Source.of(model, parameters=feed),
        )
        shown = source.cqm.variables if source.view is None else source.view.variables
        values = random.integers(0, 2, (50, len(shown))).astype(float)
        encoded = values if source.view is None else source.view.encoded(values)
        found = source.cqm.objective.energies((encoded, list(source.cqm.variables)))
        np.testing.assert_allclose(
            found,
            theirs.energies(_with_products(values, list(shown), theirs)),
            rtol=1e-9,
            atol=1e-9,
        )
        if source.view is not None:
            np.testing.assert_allclose(source.view.objective(values), found, rtol=1e-9, atol=1e-9)


def _with_products(values: Any, variables: list[Any], bqm: Any) -> tuple[Any, list[Any]]:
    """Samples with PyQUBO's helpers at the products that they are named by."""
    column = dict(zip(variables, values.T, strict=True))
    for name in sorted(set(bqm.variables) - set(variables), key=len):
        column[name] = np.prod([column[factor] for factor in name.split(" * ")], axis=0)
    return np.array(list(column.values())).T, list(column)
