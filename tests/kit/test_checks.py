from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from qopt import QoptError
from qopt.kit.checks import (
    axis,
    floats,
    labels,
    listed,
    names,
    quantities,
    require,
    require_count,
    require_different,
    require_name,
    require_positive,
    shown,
)

from ..fuzz import examples

SITES = ("site", ("Ulm", "Kiel"))
CUSTOMERS = ("customer", ("Ada", "Bob", "Cy"))
COST = [[2, 9], [3, 7], [8, 1]]


# arguments


@pytest.mark.parametrize("good", [1, 7, np.int64(3), None])
def test_counts_that_are_right_pass(good: Any) -> None:
    require_count("rounds", good, optional=True)


@pytest.mark.parametrize("bad", [0, -1, 1.0, 2.5, True, "3", None, [1], float("nan")])
def test_counts_that_are_none_are_named_with_what_to_give(bad: Any) -> None:
    with pytest.raises(QoptError) as caught:
        require_count("rounds", bad)
    assert str(caught.value) == f"rounds={bad!r}: give a whole number, 1 or more"
    assert caught.value.place == ("rounds",)


@pytest.mark.parametrize("good", [1, 0.5, np.float32(2), Fraction(1, 3), 10**400])
def test_positive_numbers_pass(good: Any) -> None:
    require_positive("capacity", good)
    require_positive("capacity", None, optional=True)


@pytest.mark.parametrize("bad", [0, -1, float("inf"), float("nan"), True, "3", None, 1j])
def test_what_is_not_above_zero_is_named(bad: Any) -> None:
    with pytest.raises(QoptError, match=r"^capacity=.*: give a finite number above 0$"):
        require_positive("capacity", bad)


def test_complaints_are_one_line_whatever_the_value() -> None:
    large = np.ones((30, 30))
    with pytest.raises(QoptError) as caught:
        require(False, "capacity", large, "a number")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 150
    assert shown("a\nb") == r"'a\nb'"
    with pytest.raises(QoptError) as caught:
        require(False, "capacity", 3, "a number", ("rows", 2))
    assert caught.value.place == ("rows", 2)


# names


def test_names_are_those_given_or_numbers() -> None:
    assert names("item", (), 2) == ("1", "2")
    assert names("bin", [], 2, prefix="bin ") == ("bin 1", "bin 2")
    for given_names in (
        ["a", "b"],
        np.array(["a", "b"]),
        pd.Index(["a", "b"]),
        pl.Series(["a", "b"]),
    ):
        assert names("item", given_names, 2) == ("a", "b")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("ab", "names='ab': give 2 of them, one for each item"),
        (("a",), r"names=\('a',\): give 2 of them"),
        (5, "names=5: give 2 of them"),
        (None, "names=None: give 2 of them"),
        (("a", "a"), "name 'a': give each item a text of its own"),
        (("a", ""), "name '': give each item a text of its own"),
        (("a", 2), "name 2: give each item a text of its own"),
    ],
)
def test_names_that_are_none_are_refused(bad: Any, said: str) -> None:
    with pytest.raises(QoptError, match=said):
        names("item", bad, 2)


def test_a_name_can_be_printed_and_comes_once() -> None:
    require_name("room", "hall")
    for bad in ("", " ", "a\nb", 3, None):
        with pytest.raises(QoptError, match="give a name, which is a text on one line"):
            require_name("room", bad, ("rooms", 1))
    require_different("room", ["a", "b"], [(), ()])
    with pytest.raises(QoptError, match="2 rooms are named 'a'; give each a name") as caught:
        require_different("room", ["a", "b", "a"], [("rooms", k) for k in range(3)])
    assert caught.value.place == ("rooms", 2)


@pytest.mark.parametrize(
    "values", [[1, 2], (1, 2), np.array([1, 2]), pd.Series([1, 2]), pl.Series([1, 2]), range(1, 3)]
)
def test_anything_with_entries_is_a_list(values: Any) -> None:
    assert listed("ages", values) == (1, 2)


@pytest.mark.parametrize("bad", ["12", {1: 2}, 3, None])
def test_what_has_no_entries_is_no_list(bad: Any) -> None:
    with pytest.raises(QoptError, match=r"ages=.*: give a list"):
        listed("ages", bad)


# numbers in any form

FORMS = {
    "lists": lambda rows: rows,
    "tuples": lambda rows: tuple(map(tuple, rows)),
    "integers": lambda rows: np.array(rows, dtype=np.int32),
    "single": lambda rows: np.array(rows, dtype=np.float32),
    "objects": lambda rows: np.array(rows, dtype=object),
    "decimals": lambda rows: [[Decimal(x) for x in row] for row in rows],
    "strided": lambda rows: np.repeat(np.array(rows), 2, axis=1)[:, ::2],
    "csr": lambda rows: sparse.csr_matrix(rows),
    "coo array": lambda rows: sparse.coo_array(np.array(rows)),
    "pandas": pd.DataFrame,
    "pandas sparse": lambda rows: pd.DataFrame(rows).astype(pd.SparseDtype("float")),
    "pandas nullable": lambda rows: pd.DataFrame(rows).astype("Int64"),
    "pandas mixed": lambda rows: pd.DataFrame(rows).astype({0: float, 1: object}),
    "polars": lambda rows: pl.DataFrame(np.array(rows)),
}


@pytest.mark.parametrize("form", FORMS)
def test_numbers_are_the_same_in_every_form(form: str) -> None:
    values = FORMS[form](COST)
    got = floats("cost", values)
    assert (got.dtype, got.tolist()) == (np.float64, COST)
    assert quantities("cost", values, CUSTOMERS, SITES).tolist() == COST
    assert labels(values) == ([], [])


def test_numbers_are_copied_and_cannot_be_changed() -> None:
    mine = np.ones(2)
    assert not np.shares_memory(floats("size", mine), mine)
    frozen = quantities("size", mine, ("item", None))
    assert not np.shares_memory(frozen, mine)
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 2


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([1, "2"], "size holds something that is not a number"),
        (np.array([1, "2"], dtype=object), r"size\[1\] is '2', which is not a number"),
        ([1, None], r"size\[1\] is None, which is not a number"),
        ([[1, 2], [3]], "rows of different lengths"),
        ([1j], "size holds something that is not a number"),
        ({1, 2}, r"size is \{1, 2\}, which is not a number"),
        (pd.Series([1, None], dtype="Int64"), "size of item 2 is nan; give a finite"),
        (pd.Series(["1,000", "2"]), r"size\[0\] is '1,000', which is not a number"),
        (pd.to_datetime(pd.Series(["2024-01-01"])), "size holds something that is not a number"),
        (np.array(["2024-01-01"], dtype="M8[D]"), "size holds something that is not a number"),
        (pl.Series(["1", "2"]), r"size\[0\] is '1', which is not a number"),
        ([10**400], "size holds something that is not a number"),
        (5, r"size has shape \(\); give a number for each item"),
        ([], r"size has shape \(0,\); give a number for each item"),
        ([[1]], r"size has shape \(1, 1\); give a number for each item"),
        ([1, float("nan")], "size of item 2 is nan; give a finite number, 0 or more"),
        (np.ma.masked_array([1, 2], [False, True]), "size of item 2 is nan; give a finite"),
        (pl.Series([1, None]), "size of item 2 is nan; give a finite"),
        ([1, float("inf")], "size of item 2 is inf; give a finite number, 0 or more"),
        ([1, -2], "size of item 2 is -2; give a finite number, 0 or more"),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_by_its_place(bad: Any, said: str) -> None:
    with pytest.raises(QoptError, match=said) as caught:
        quantities("size", bad, ("item", None), least=0)
    assert caught.value.place[0] == "size"
    assert len(str(caught.value).splitlines()) == 1


def test_places_are_told_by_the_names_of_both_axes() -> None:
    with pytest.raises(
        QoptError, match=r"cost of customer Cy, site Kiel is nan; give a finite number$"
    ) as caught:
        quantities("cost", [*COST[:2], [8, float("nan")]], CUSTOMERS, SITES)
    assert caught.value.place == ("cost", 2, 1)
    with pytest.raises(QoptError, match=r"give a number for each customer \(3\) and site \(2\)"):
        quantities("cost", np.transpose(COST), CUSTOMERS, SITES)
    with pytest.raises(QoptError, match=r"flow has shape \(2, 3\); give a square array"):
        quantities("flow", np.ones((2, 3)), ("stop", None), ("stop", None))


# labels


def _pandas() -> pd.DataFrame:
    return pd.DataFrame(COST, index=list(CUSTOMERS[1]), columns=list(SITES[1]))


def _polars() -> pl.DataFrame:
    return pl.DataFrame({"customer": CUSTOMERS[1], "Ulm": [2, 3, 8], "Kiel": [9, 7, 1]})


def _csv() -> pd.DataFrame:
    return pd.DataFrame({"customer": CUSTOMERS[1], "Ulm": [2, 3, 8], "Kiel": [9, 7, 1]})


@pytest.mark.parametrize("table", [_pandas, _polars, _csv])
def test_a_frame_brings_names_and_is_put_in_their_order(table: Any) -> None:
    frame = table()
    assert labels(frame) == (["Ada", "Bob", "Cy"], ["Ulm", "Kiel"])
    assert axis("customer", (), ("cost", frame, 0)) == CUSTOMERS
    assert axis("site", (), ("fixed", [1, 2], 0), ("cost", frame, 1)) == SITES
    assert quantities("cost", frame, CUSTOMERS, SITES).tolist() == COST
    turned = ("site", ("Kiel", "Ulm"))
    assert quantities("cost", frame, CUSTOMERS, turned).tolist() == [[9, 2], [7, 3], [1, 8]]
    other = ("customer", ("Cy", "Ada", "Bob"))
    assert quantities("cost", frame, other, SITES).tolist() == [[8, 1], [2, 9], [3, 7]]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([5, 6], index=["Ulm", "Kiel"]),
        {"Ulm": 5, "Kiel": 6},
        pd.DataFrame({"fixed": [5, 6]}, index=["Ulm", "Kiel"]),
        pd.DataFrame({"site": ["Ulm", "Kiel"], "fixed": [5, 6]}),
        pl.DataFrame({"site": ["Ulm", "Kiel"], "fixed": [5, 6]}),
    ],
)
def test_a_column_with_labels_names_what_is_along_it(column: Any) -> None:
    assert axis("site", (), ("fixed", column, 0)) == SITES
    assert quantities("fixed", column, ("site", ("Kiel", "Ulm"))).tolist() == [6, 5]


def test_labels_are_texts_and_positions_are_none() -> None:
    assert labels(pd.Series([1, 2], index=[101, 102])) == (["101", "102"], [])
    assert labels(pd.Series([1, 2, 3]).iloc[[2, 0, 1]]) == (["2", "0", "1"], [])
    assert (
        labels(pd.DataFrame([[1, 2]])) == labels(pl.DataFrame([[1, 2]], orient="row")) == ([], [])
    )
    assert labels([1, 2]) == labels(np.ones(2)) == labels(pl.Series([1])) == ([], [])
    assert axis("item", (), ("size", pd.Series([1, 2]), 0)) == ("item", ("1", "2"))
    assert axis("bin", (), ("size", [1, 2], 0), ("cost", None, 1), prefix="bin ")[1] == (
        "bin 1",
        "bin 2",
    )


def test_names_given_come_before_labels_and_tables_are_put_in_their_order() -> None:
    column = pd.Series([5, 6], index=["Ulm", "Kiel"])
    assert axis("site", ["Kiel", "Ulm"], ("fixed", column, 0)) == ("site", ("Kiel", "Ulm"))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (
            _pandas().rename(columns={"Kiel": "Bonn"}),
            r"cost has a label 'Bonn', which is no site; known: Ulm, Kiel",
        ),
        (_pandas()[["Ulm"]], "cost has nothing for site Kiel; give it, or leave it out"),
        (
            _pandas().drop(index="Bob"),
            "cost has nothing for customer Bob; give it, or leave it out",
        ),
        (_pandas().T, r"cost has its customers the other way round; give its transpose \(\.T\)"),
        (_pandas()[["Ulm", "Kiel", "Ulm"]], "cost has the label 'Ulm' twice; give it once"),
    ],
)
def test_labels_that_are_not_the_names_are_refused(frame: Any, said: str) -> None:
    with pytest.raises(QoptError, match=said) as caught:
        quantities("cost", frame, CUSTOMERS, SITES)
    assert caught.value.place == ("cost",)


def test_labels_that_come_twice_name_nothing() -> None:
    with pytest.raises(QoptError, match="name 'Ulm': give each site a text of its own"):
        axis("site", (), ("cost", _pandas()[["Ulm", "Kiel", "Ulm"]], 1))


def test_texts_elsewhere_are_no_labels() -> None:
    frame = pd.DataFrame({"Ulm": [1, 2], "remark": ["near", "far"]})
    with pytest.raises(QoptError, match=r"cost\[0\]\[1\] is 'near', which is not a number"):
        quantities("cost", frame, ("customer", None), ("site", None))


@settings(deadline=None, max_examples=examples(100), derandomize=True)
@given(st.permutations(range(4)), st.permutations(range(3)), st.booleans())
def test_shuffled_frames_are_the_same_quantities(
    rows: list[int], columns: list[int], by_polars: bool
) -> None:
    customers, sites = ("customer", tuple("abcd")), ("site", tuple("xyz"))
    frame = pd.DataFrame(np.arange(12).reshape(4, 3), index=list("abcd"), columns=list("xyz"))
    mixed: Any = frame.iloc[rows, columns]
    if by_polars:
        mixed = pl.DataFrame({"who": list(mixed.index)} | {c: mixed[c].to_list() for c in mixed})
    assert quantities("cost", mixed, customers, sites).tolist() == frame.to_numpy().tolist()
