from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from problems.portfolio import MeanVariance
from qopt import FileError, InputWarning, QoptError

from ... import published

PORT = "2\n.1 .2\n.3 .4\n1 1 1\n1 2 .5\n2 2 1\n"
PRICES = "date,A,B\nMon,100,50\nTue,110,40\nWed,99,60\n"
DOCUMENT = {
    "name": "pair",
    "source": "this file",
    "risk_aversion": 8.0,
    "max_assets": 1,
    "lot": 0.25,
    "best_known": -0.1,
    "names": ["A", "B"],
    "mean": [0.1, 0.3],
    "deviation": [0.2, 0.4],
    "correlation": [[1.0, 0.5], [0.5, 1.0]],
}
SPREAD = [[0.04, 0.04], [0.04, 0.16]]  # deviations 0.2 and 0.4, correlation 0.5


def _read(path: Path, text: str | dict[str, Any], **options: Any) -> MeanVariance:
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    return MeanVariance.read(path, **options)


def test_port_text_gives_deviations_and_correlations(tmp_path: Path) -> None:
    problem = _read(tmp_path / "port9.txt", PORT, risk_aversion=3, max_assets=1, lot=0.5)
    assert (problem.names, problem.name) == (("asset 1", "asset 2"), "port9")
    holdings = problem.limits.holdings
    assert (problem.risk_aversion, holdings.max_assets, holdings.lot) == (3, 1, 0.5)
    np.testing.assert_allclose(problem.mean, [0.1, 0.3])
    np.testing.assert_allclose(problem.covariance, SPREAD)


def test_prices_give_simple_returns(tmp_path: Path) -> None:
    """A: +10 %, -10 %; B: -20 %, +50 %. The covariance is the sample's, over n - 1."""
    problem = _read(tmp_path / "p.csv", PRICES, risk_aversion=1)
    assert (problem.names, problem.name) == (("A", "B"), "p")
    np.testing.assert_allclose(problem.mean, [0.0, 0.15], atol=1e-15)
    np.testing.assert_allclose(problem.covariance, [[0.02, -0.07], [-0.07, 0.245]])


def test_a_row_of_prices_with_a_gap_is_left_out(tmp_path: Path) -> None:
    """The returns are then those from the row before it to the row after it."""
    gaps = PRICES.replace("Tue", "Mon evening,,51\nTue").replace("Wed", "Tue evening,100, \nWed")
    whole = _read(tmp_path / "p.csv", PRICES, risk_aversion=1)
    with pytest.warns(
        InputWarning, match=r"2 of 5 dates are left out \(gaps='drop'\): A has 1 gap"
    ):
        gappy = _read(tmp_path / "p.csv", gaps, risk_aversion=1)
    np.testing.assert_array_equal(gappy.mean, whole.mean)
    np.testing.assert_array_equal(gappy.covariance, whole.covariance)


def test_one_asset_is_a_portfolio_too(tmp_path: Path) -> None:
    problem = _read(tmp_path / "p.csv", "date,A\n1,100\n2,110\n3,99\n", risk_aversion=1)
    np.testing.assert_allclose(problem.covariance, [[0.02]])


def test_json_gives_the_options_too(tmp_path: Path) -> None:
    problem = _read(tmp_path / "pair.json", DOCUMENT)
    assert (problem.names, problem.name, problem.best_known) == (("A", "B"), "pair", -0.1)
    holdings = problem.limits.holdings
    assert problem.risk_aversion == 8.0
    assert (holdings.max_assets, holdings.min_assets, holdings.lot) == (1, None, 0.25)
    np.testing.assert_allclose(problem.covariance, SPREAD)


def test_json_may_give_the_covariance_itself(tmp_path: Path) -> None:
    bare = {k: v for k, v in DOCUMENT.items() if k not in ("deviation", "correlation")}
    problem = _read(tmp_path / "pair.json", bare | {"covariance": SPREAD})
    np.testing.assert_array_equal(problem.covariance, SPREAD)


def test_a_table_of_numbers_alone_has_no_conventions(tmp_path: Path) -> None:
    for name, text in (("port.txt", PORT), ("pair.json", json.dumps(DOCUMENT))):
        with pytest.raises(FileError, match=f"{name}: gaps='forward' is for tables of prices"):
            _read(tmp_path / name, text, risk_aversion=1, gaps="forward")


@pytest.mark.parametrize(
    ("name", "text"),
    [("port.csv", PORT), ("prices.txt", PRICES), ("pair.csv", json.dumps(DOCUMENT))],
)
def test_the_content_says_what_a_file_is(tmp_path: Path, name: str, text: str) -> None:
    assert len(_read(tmp_path / name, text, risk_aversion=1).names) == 2


def test_options_given_count_and_the_best_known_no_longer_holds(tmp_path: Path) -> None:
    problem = _read(tmp_path / "pair.json", DOCUMENT, max_assets=2)
    holdings = problem.limits.holdings
    assert (holdings.max_assets, holdings.lot, problem.best_known) == (2, 0.25, None)


@pytest.mark.parametrize(("name", "text"), [("port.txt", PORT), ("p.csv", PRICES)])
def test_a_file_of_returns_alone_needs_a_risk_aversion(
    tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(FileError, match=rf"{name}: give risk_aversion: .* risk_aversion=5"):
        _read(tmp_path / name, text)


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        (PORT, "", None, "the file is empty"),
        ("2\n.1", "0\n.1", 1, "0 for the number of assets: give a number from 1 to 10000"),
        ("2\n.1", "1.5\n.1", 1, "1.5 for the number of assets: give a whole number"),
        ("2\n.1", "3\n.1", 6, "13 numbers for 3 assets, not 24; is it cut short?"),
        (".3 .4", ".3 high", 3, "'high' is not a number"),
        (".3 .4", ".3 nan", 3, "'nan' is not a number"),
        ("1 2 .5\n", "", 5, "10 numbers for 2 assets, not 13; is it cut short?"),
        ("1 2 .5", "1 2 1.5", 5, "1.5 for a correlation: give a number from -1 to 1"),
        ("1 2 .5", "1 3 .5", 5, "3 for the number of an asset: give a number from 1 to 2"),
        ("1 2 .5", "1 1 .5", None, "the correlation of assets 1 and 2 is missing"),
    ],
)
def test_a_mistake_in_port_text_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    _refuse(tmp_path / "port.txt", PORT, valid, mistaken, line, message)


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        (PRICES, "", None, "the file is empty"),
        (PRICES, "date,A,B\n", None, "no row of numbers under a row of names"),
        (",", ":", None, "no row of numbers under a row of names, parted by one of"),
        ("A,B", "A,A", (1, None), "two columns are named 'A'; give each its own name"),
        ("A,B", "A,", (1, None), "column 3 has no name; give it one"),
        ("110,40", "110", (3, None), "2 cells (parted by ',') under 3 names"),
        ("110,40", "110,40,9", (3, None), "4 cells (parted by ',') under 3 names"),
        ("110,40", "0,40", (3, 5), "the price of A at Tue is 0; give 1e-12"),
        ("110,40", "110,-4", (3, 9), "the price of B at Tue is -4; give 1e-12"),
        ("110,40", "110,dear", (3, 9), "'dear' is not a number (in B)"),
        ("110,40", '"110",inf', (3, 11), "'inf' is not a number (in B)"),
        ("110,40", "110,", None, "only 2 dates have a price of every asset; at least 3 are needed"),
    ],
)
def test_a_mistake_in_prices_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: Any, message: str
) -> None:
    _refuse(tmp_path / "prices.csv", PRICES, valid, mistaken, line, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": None}, "mean: give a list"),
        ({"mean": [0.1, "high"]}, "mean[1] is 'high'; give a number"),
        ({"deviation": [0.2]}, "1 numbers in deviation for 2 means"),
        ({"correlation": [[1.0, 0.5]]}, "1 rows of correlation for 2 means"),
        ({"correlation": [[1.0, 0.5], [0.5]]}, "1 numbers in correlation for 2 means"),
        ({"covariance": SPREAD}, "a covariance, and deviations or correlations beside it"),
        ({"max_asset": 3}, "no key of a portfolio named 'max_asset'; did you mean max_assets"),
    ],
)
def test_a_mistake_in_json_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(FileError) as caught:
        _read(tmp_path / "pair.json", DOCUMENT | changes)
    assert re.match(r"(:\d+)?: ", str(caught.value).removeprefix(str(tmp_path / "pair.json")))
    assert f": {message}" in str(caught.value)


@pytest.mark.parametrize("key", ["mean", "deviation", "correlation"])
def test_json_that_is_no_portfolio_says_what_one_is(tmp_path: Path, key: str) -> None:
    with pytest.raises(FileError, match=r"has no 'mean'|give a covariance, or a deviation and"):
        _read(tmp_path / "pair.json", {k: v for k, v in DOCUMENT.items() if k != key})


def test_what_is_not_json_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"pair.json:3: not JSON: Expecting"):
        _read(tmp_path / "pair.json", '{"mean":\n [1,\n x]}')


@pytest.mark.parametrize("name", ["port.txt", "prices.csv", "pair.json"])
def test_missing_and_binary_files_are_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(FileError, match=f"{name}: No such file"):
        MeanVariance.read(path, risk_aversion=1)
    path.write_bytes(b"\x80\x00\x81")
    with pytest.raises(FileError, match=f"{name}: not a text file"):
        MeanVariance.read(path, risk_aversion=1)


def test_limits_no_portfolio_of_the_file_keeps_are_refused(tmp_path: Path) -> None:
    with pytest.raises(QoptError, match="max_assets=3 with 2 assets"):
        _read(tmp_path / "port.txt", PORT, risk_aversion=1, max_assets=3)


@published.instances("portfolio")
def test_published_instances_have_their_size(entry: dict[str, Any]) -> None:
    """The variances are the squares of the deviations in the lines 2..n + 1."""
    path, n = published.FOLDER / entry["path"], entry["size"]["assets"]
    problem = MeanVariance.read(path, risk_aversion=1)
    rows = np.loadtxt(path, skiprows=1, max_rows=n)
    np.testing.assert_array_equal(problem.mean, rows[:, 0])
    np.testing.assert_allclose(np.diag(problem.covariance), rows[:, 1] ** 2)
    assert problem.covariance.shape == (n, n)


def _refuse(path: Path, text: str, valid: str, mistaken: str, at: Any, message: str) -> None:
    """`at` is the line, or the line and the column, that the complaint names."""
    assert valid in text
    with pytest.raises(FileError) as caught:
        _read(path, text.replace(valid, mistaken), risk_aversion=1)
    line, column = at if isinstance(at, tuple) else (at, None)
    assert (caught.value.line, caught.value.column) == (line, column)
    numbers = "".join(f":{number}" for number in (line, column) if number)
    assert str(caught.value).startswith(f"{path}{numbers}: ")
    assert message in str(caught.value)


BARE = {
    "mean": [0.1, 0.2],
    "deviation": [0.1, 0.2],
    "correlation": [[1, 0.5], [0.5, 1]],
    "risk_aversion": 2,
}


def test_json_needs_no_risk_aversion_where_it_is_given(tmp_path: Path) -> None:
    text = json.dumps({key: value for key, value in BARE.items() if key != "risk_aversion"})
    assert _read(tmp_path / "p.json", text, risk_aversion=5).risk_aversion == 5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", json.dumps(BARE | {"max_assets": "x"})),
        ("p.json", json.dumps(BARE | {"correlation": [[1, -5], [-5, 1]]})),
        ("p.json", json.dumps(BARE | {"names": 5})),
        ("p.json", json.dumps(BARE | {"name": 5})),
        ("p.json", json.dumps(BARE | {"best_known": "x"})),
        ("p.json", json.dumps(BARE | {"lot": 1e-320})),
        ("p.json", json.dumps(BARE | {"deviation": [1e200, 1e200]})),
        ("p.json", json.dumps(BARE | {"deviation": [-0.1, 0.2]})),
        ("p.json", json.dumps(BARE).replace("0.2", "1" * 5000)),
        ("p.json", json.dumps(BARE).replace("2}", str(10**400) + "}")),
        ("p.json", "[" * 100_000),
        ("p.json", '{"risk_aversion": 1, ' + json.dumps(BARE)[1:]),
        ("port.txt", "2\n.1 .2\n.3 .4\n1 1 .1\n1 2 .5\n2 2 1\n"),
        ("port.txt", "2\n.1 1e200\n.3 1e200\n1 1 1\n1 2 .5\n2 2 1\n"),
        ("port.txt", "2\n.1 -.2\n.3 .4\n1 1 1\n1 2 .5\n2 2 1\n"),
        ("p.csv", "date,A,B\n1,1,1\n2,1e308,1\n3,1e-308,2\n4,3,1\n"),
        ("p.csv", "date,A,B\n1,1,1\n2,1e200,1\n3,1,2\n4,3,1\n"),
        ("p.csv", 'date,A,B\n1,1,1\n2,"2,1\n' + "3,3,2\n" * 40_000),
    ],
)
def test_more_bad_portfolio_files_are_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(QoptError) as caught:
        _read(tmp_path / name, text, **({} if name == "p.json" else {"risk_aversion": 1}))
    assert str(caught.value).startswith(str(tmp_path / name))
    assert len(str(caught.value).splitlines()) == 1


def test_a_blank_line_at_the_end_of_prices_is_no_row(tmp_path: Path) -> None:
    assert _read(tmp_path / "p.csv", "date,A\n1,100\n2,110\n3,99\n\n", risk_aversion=1).names == (
        "A",
    )
