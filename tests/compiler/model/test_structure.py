from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model.rows import Rows
from qopt.compiler.model.structure import NONE, Structure, comparable


def binaries(*shape: int, name: str = "x") -> Any:
    every = [dimod.Binary(f"{name}{'.'.join(map(str, place))}") for place in np.ndindex(*shape)]
    return np.array([None, *every], dtype=object)[1:].reshape(shape)


class Model:
    """Constraints by label, and what the structure says about them, by label again."""

    def __init__(self, objective: Any = None, **constraints: Any) -> None:
        self.cqm = dimod.ConstrainedQuadraticModel()
        if objective is not None:
            self.cqm.set_objective(objective)
        for label, constraint in constraints.items():
            self.cqm.add_constraint(constraint, label=label)

    def soft(self, left: Any, sense: str, rhs: float, label: str) -> Model:
        self.cqm.add_constraint_from_model(left, sense, rhs=rhs, label=label, weight=1.0)
        return self

    @property
    def arrays(self) -> ModelArrays:
        return ModelArrays.from_cqm(self.cqm)

    @property
    def structure(self) -> Structure:
        return Structure.of(self.arrays, Rows.of(self.arrays))

    @property
    def kind(self) -> dict[str, str]:
        return dict(zip(self.arrays.labels, self.structure.kind.tolist(), strict=True))

    @property
    def groups(self) -> dict[Any, str]:
        return self._by_variable(self.structure.group)

    @property
    def columns(self) -> dict[Any, str]:
        return self._by_variable(self.structure.column)

    @property
    def kept(self) -> set[str]:
        return {self.arrays.labels[row] for row in self.structure.kept_rows()}

    @property
    def indicators(self) -> dict[str, str]:
        arrays = self.arrays
        found = zip(arrays.labels, self.structure.indicator, strict=True)
        return {label: arrays.variables[v] for label, v in found if v != NONE}

    def _by_variable(self, rows: Any) -> dict[Any, str]:
        arrays = self.arrays
        return {
            v: arrays.labels[row]
            for v, row in zip(arrays.variables, rows, strict=True)
            if row != NONE
        }


a, b, c, d = dimod.Binaries("abcd")
i, j, k = (dimod.Integer(name, lower_bound=-2, upper_bound=5) for name in "ijk")
s, t, u = dimod.Spins("stu")


@pytest.mark.parametrize(
    ("constraint", "kind"),
    [
        (a + b + c == 1, "one-hot"),
        (3 * a + 3 * b + 3 * c == 3, "one-hot"),
        (0.1 * a + 0.1 * b == 0.1, "one-hot"),
        (a + b + c == 2, "exactly-k"),
        (2 * a + 2 * b + 2 * c == 4, "exactly-k"),
        (a + b + c == 4, "equality"),  # out of reach
        (a + b + c == 1.5, "equality"),
        (a + b + 2 * c == 2, "equality"),
        (a + b + c <= 1, "at-most-one"),
        (a + b <= 1, "conflict"),
        (a + b + c <= 2, "at-most-k"),
        (a + b + c <= 3, "free"),
        (a + b + c >= 1, "covering"),
        (2 * a + 3 * b + 4 * c <= 6, "knapsack"),
        (2 * a + 3 * b - 4 * c <= 1, "inequality"),
        (2 * a + 3 * b - 4 * c == 1, "equality"),
        (a + b - c == 0, "equality"),
        (i + j + k == 4, "sum"),
        (i + j + k == -6, "sum"),
        (-1 * i - 1 * j == 3, "sum"),
        (2 * i + 2 * j == 6, "sum"),
        (2 * i + 2 * j == 5, "equality"),
        (i + j + k == 16, "equality"),
        (i + j + k == -7, "equality"),
        (i - j == 0, "equality"),
        (i + a == 3, "sum"),
        (i + s == 2, "equality"),  # steps of 1 and of 2
        (s + t + u == 1, "sum"),
        (s + t + u == 0, "equality"),  # odd numbers only
        (s + t + u == -3, "sum"),
        (s + t + u == 5, "equality"),
        (-1 * a - 1 * b - 1 * c == -2, "sum"),
        (i + 2 * j <= 4, "inequality"),  # i may be below 0
        (a * b == 0, "conflict"),
        (a * b <= 0, "conflict"),
        (a * b + b * c == 0, "product"),
        (a - a * b == 0, "product"),
        (a * b + c <= 1, "quadratic"),
        (i * j <= 3, "quadratic"),
        (i * i + j * j == 4, "quadratic"),
    ],
)
def test_kinds(constraint: Any, kind: str) -> None:
    assert Model(row=constraint).kind == {"row": kind}


def test_a_model_without_anything() -> None:
    empty = Model()
    assert empty.kind == empty.groups == empty.columns == empty.indicators == {}
    assert empty.structure.permutations() == []
    assert len(empty.structure.kept_rows()) == 0
    assert [len(part) for part in comparable(empty.arrays, Rows.of(empty.arrays))] == [0, 0, 0]


def test_groups_share_no_variable_and_the_first_of_a_kind_is_kept() -> None:
    model = Model(k_first=a + b + c == 2, one_hot=c + d == 1, second=d + a == 1, sums=i + j == 3)
    assert model.groups == {"c": "one_hot", "d": "one_hot", "i": "sums", "j": "sums"}
    assert model.kept == {"one_hot", "sums"}
    assert model.columns == {}


@pytest.mark.parametrize(
    "order", [[0, 1, 2, 3, 4, 5], [3, 0, 4, 1, 5, 2], [5, 4, 3, 2, 1, 0], [0, 3, 4, 1, 2, 5]]
)
def test_a_permutation_in_any_order_of_its_rows(order: list[int]) -> None:
    x = binaries(3, 3)
    rows = {
        f"{kind}{n}": sum(cells) == 1
        for kind, grid in (("row", x), ("column", x.T))
        for n, cells in enumerate(grid)
    }
    model = Model(**{list(rows)[n]: rows[list(rows)[n]] for n in order})
    assert model.kept == set(rows)
    assert len(model.structure.permutations()) == 1
    groups, columns = model.structure.permutations()[0]
    labels = [{model.arrays.labels[row][:-1] for row in side} for side in (groups, columns)]
    assert sorted(map(sorted, labels)) == [["column"], ["row"]]
    for n, m in np.ndindex(3, 3):
        assert {model.groups[f"x{n}.{m}"], model.columns[f"x{n}.{m}"]} == {f"row{n}", f"column{m}"}


def test_two_permutations_are_told_apart() -> None:
    x, y = binaries(2, 2), binaries(3, 3, name="y")
    grids = zip("abcd", (x, x.T, y, y.T), strict=True)
    rows = {f"{name}{n}": sum(cells) == 1 for name, grid in grids for n, cells in enumerate(grid)}
    assert sorted(len(groups) for groups, _ in Model(**rows).structure.permutations()) == [2, 3]


def test_an_incomplete_grid_is_kept_and_is_a_permutation() -> None:
    x = binaries(3, 3)
    x[0, 2] = x[2, 1] = None
    rows = {
        f"{name}{n}": sum(v for v in cells if v is not None) == 1
        for name, grid in (("row", x), ("column", x.T))
        for n, cells in enumerate(grid)
    }
    model = Model(**rows)
    assert model.kept == set(rows)
    assert [len(side) for side in model.structure.permutations()[0]] == [3, 3]


def test_more_things_than_places_are_no_permutation() -> None:
    x = binaries(3, 2)
    things = {f"thing{n}": sum(cells) <= 1 for n, cells in enumerate(x)}
    places = {f"place{n}": sum(cells) == 1 for n, cells in enumerate(x.T)}
    model = Model(**things, **places)
    assert set(model.groups.values()) == set(places)
    assert model.columns == {}  # things are of two variables each: conflicts
    wide = binaries(3, 4, name="y")
    things = {f"thing{n}": sum(cells) == 1 for n, cells in enumerate(wide)}
    places = {f"place{n}": sum(cells) <= 1 for n, cells in enumerate(wide.T)}
    model = Model(**things, **places)
    assert model.kept == {*things, *places}
    assert set(model.columns.values()) == set(places)
    assert model.structure.permutations() == []


def test_a_column_meets_each_group_once() -> None:
    x = binaries(2, 3)
    rows = {f"row{n}": sum(cells) == 1 for n, cells in enumerate(x)}
    assert Model(**rows, twice=x[0, 0] + x[0, 1] + x[1, 0] <= 1).kept == set(rows)
    assert Model(**rows, twice=x[0, 0] + x[0, 1] + x[1, 0] == 1).kept == set(rows)


def test_columns_share_no_variable() -> None:
    x = binaries(3, 3)
    rows = {f"row{n}": sum(cells) == 1 for n, cells in enumerate(x)}
    model = Model(
        **rows, first=x[0, 0] + x[1, 0] + x[2, 0] <= 1, second=x[0, 0] + x[1, 1] + x[2, 2] <= 1
    )
    assert model.kept == {*rows, "first"}


def test_a_column_crosses_groups_of_one_only() -> None:
    x = binaries(2, 3)
    rows = {"row0": sum(x[0]) == 2, "row1": sum(x[1]) == 1}
    assert Model(**rows, across=x[0, 0] + x[1, 0] + d == 1).kept == {"row0", "row1"}
    assert Model(**rows, across=x[0, 0] + x[1, 0] + x[1, 1] <= 1).kept == {"row0", "row1"}


def test_overlapping_one_hot_rows_leave_one_of_them_priced() -> None:
    x = binaries(5)
    model = Model(first=x[0] + x[1] + x[2] == 1, second=x[2] + x[3] + x[4] == 1)
    assert model.kept == {"first"}
    assert model.kind == {"first": "one-hot", "second": "one-hot"}


def test_at_most_one_is_a_group_where_its_variables_are_in_none() -> None:
    x = binaries(6)
    assert Model(one=sum(x[:3]) <= 1).groups == {"x0": "one", "x1": "one", "x2": "one"}
    model = Model(one=sum(x[:3]) <= 1, other=sum(x[3:]) <= 1, first=x[0] + x[3] + d <= 1)
    assert model.kept == {"one", "other"}  # d is in no group


def test_two_families_of_at_most_one_are_a_grid() -> None:
    x = binaries(3, 3)
    rows = {
        f"{name}{n}": sum(cells) <= 1
        for name, grid in (("row", x), ("column", x.T))
        for n, cells in enumerate(grid)
    }
    model = Model(**rows)
    assert model.kept == set(rows)
    assert model.structure.permutations() == []


def test_soft_rows_are_never_kept() -> None:
    x = binaries(3)
    assert Model().soft(sum(x), "==", 1, "one").kept == set()
    assert Model().soft(sum(x), "<=", 1, "one").kept == set()
    assert Model().soft(i + j, "==", 3, "sum").kept == set()
    assert Model(hard=sum(x) == 1).soft(x[0] + x[1] + x[2], "==", 1, "soft").kept == {"hard"}
    assert Model(5 * d).soft(a - d, "<=", 0, "soft").indicators == {}


def test_a_row_that_always_holds_is_not_kept() -> None:
    assert Model(free=a + b + c <= 3).kept == set()
    assert Model(one=a <= 1).kept == set()


@pytest.mark.parametrize("total", [-7, 16, 2.5])
def test_sums_out_of_reach_are_not_kept(total: float) -> None:
    assert Model(row=i + j + k == total).kept == set()


def test_an_indicator_makes_room_for_what_needs_it() -> None:
    model = Model(9 * d + a, each=a - d <= 0, all_=b + c - 2 * d <= 0, other=a + b <= 1)
    assert model.indicators == {"each": "d", "all_": "d"}


@pytest.mark.parametrize(
    ("objective", "more"),
    [
        pytest.param(-1 * d, {}, id="that the objective wants"),
        pytest.param(d + a * d, {}, id="in a product of the objective"),
        pytest.param(d, {"more": a + b + d == 1}, id="in an equality"),
        pytest.param(d, {"more": b + d == 1}, id="in another equality"),
        pytest.param(d, {"more": a * b + d <= 1}, id="in a quadratic row"),
        pytest.param(d, {"more": a * d <= 0}, id="in a product"),
        pytest.param(d, {"more": b + c + d <= 1}, id="in a group"),
    ],
)
def test_no_indicator(objective: Any, more: dict[str, Any]) -> None:
    assert Model(objective, row=a - d <= 0, **more).indicators == {}


def test_a_soft_row_with_it_makes_it_no_indicator() -> None:
    model = Model(d, row=a - d <= 0)
    assert model.indicators == {"row": "d"}
    assert model.soft(b + d, "<=", 1, "soft").indicators == {}


def test_only_a_binary_is_an_indicator() -> None:
    assert Model(i + 0 * a, row=a - i <= 0).indicators == {}
    assert Model(s + 0 * a, row=a - s <= 1).indicators == {}


def test_an_indicator_that_costs_nothing_is_one() -> None:
    assert Model(a + b, row=a - d <= 0).indicators == {"row": "d"}


def test_a_row_has_one_indicator() -> None:
    found = Model(c + d, row=a + b - c - d <= 0).indicators
    assert list(found) == ["row"]


@pytest.mark.parametrize(
    ("objective", "chosen"), [(c + d, {"inner": "c"}), (d + c, {"outer": "d"})]
)
def test_no_indicator_waits_for_another(objective: Any, chosen: dict[str, str]) -> None:
    """c takes room in the row that d makes room in: d would follow c. The first is chosen."""
    assert Model(objective, inner=a - c <= 0, outer=c + b - 2 * d <= 0).indicators == chosen


def test_indicators_may_take_room_in_the_same_row() -> None:
    chosen = Model(
        c + d, inner=a - c <= 0, knapsack=b + 2 * c + 3 * d <= 4, outer=a - d <= 0
    ).indicators
    assert chosen == {"inner": "c", "outer": "d"}  # both take room in a third row


def test_violations_of_all_hard_rows_compare() -> None:
    """Whole numbers over a power of two, so that the mean step is about 1."""
    model = Model(
        row=10 * a + 30 * i <= 7, spins=0.4 * s + 0.2 * t <= 0.1, odd=np.pi * a + np.e * b <= 3.1
    )
    linear, _, rhs = comparable(model.arrays, Rows.of(model.arrays))
    assert linear[:4].tolist() == [0.5, 1.5, 0.5, 0.25]
    assert rhs[:2].tolist() == [0, 0]
    assert linear[4:].tolist() == pytest.approx([np.pi / 4, np.e / 4])


def test_products_compare_with_products_where_a_row_has_nothing_else() -> None:
    model = Model(row=1000 * i * j + 3000 * j * k <= 2000)
    _, products, rhs = comparable(model.arrays, Rows.of(model.arrays))
    assert products.tolist() == [0.5, 1.5]
    assert rhs.tolist() == [1]


def test_soft_constraints_keep_their_units() -> None:
    linear, _, rhs = comparable(
        *(lambda arrays: (arrays, Rows.of(arrays)))(
            Model().soft(10 * a + 30 * b, "<=", 7, "soft").arrays
        )
    )
    assert linear.tolist() == [10, 30]
    assert rhs.tolist() == [7]


def test_kind_of_no_constraint_is_none() -> None:
    assert Model(row=a + b + c == 1).structure.kind_of(np.array([0, NONE])).tolist() == [
        "one-hot",
        "none",
    ]
