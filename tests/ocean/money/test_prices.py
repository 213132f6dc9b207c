"""The user's table of prices, and what is wrong in one by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from qopt.errors import FileError, QoptError
from qopt.ocean.money import Price, Prices

TABLE = """
currency: EUR
prices:
  "Advantage2*": {access: 0.5, job: 0.01}
  hybrid: {charge: 0.1}
  cqm: {charge: 9}
  "*": {access: 2}
"""


def _read(folder: Path, text: str) -> Prices:
    path = folder / "prices.yaml"
    path.write_text(text)
    return Prices.read(path)


@pytest.mark.parametrize(
    ("solver", "kind", "price"),
    [
        ("Advantage2_system1.7", "qpu", Price(0.5, 0.01)),
        ("Advantage_system4.1", "qpu", Price(2.0)),
        ("hybrid_x", "cqm", Price(0.1)),
        ("Advantage2_of_a_hybrid", "nl", Price(0.1)),  # the first has no price of charged time
    ],
)
def test_the_first_that_fits_counts(tmp_path: Path, solver: str, kind: str, price: Price) -> None:
    prices = _read(tmp_path, TABLE)
    assert prices.price(solver, kind) == price
    assert prices.currency == "EUR"


def test_what_has_no_price_has_none() -> None:
    assert Prices().price("Advantage2_system1.7", "qpu") is None


def test_a_job_costs_by_the_second_and_by_itself() -> None:
    cost = Price(2.0, 0.5).cost(3.0)
    assert (cost.seconds, cost.money) == (3.0, 6.5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prices:\n  qpu: {acces: 1}\n", r":2:9: prices\.qpu\.acces: unknown key.*'access'"),
        ("prices:\n  qpu: {access: -1}\n", r":2:9: prices\.qpu\.access: .*-1"),
        ("prices:\n  qpu: {access: dear}\n", r":2:9: prices\.qpu\.access"),
        ("prices:\n  a: {access: 1}\n  qpu: {job: 1}\n", r":3:3: prices\.qpu: give `access` or"),
        ("currency: EUR\n", r"'prices' is missing"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(QoptError, match=told):
        _read(tmp_path, text)


def test_what_is_no_yaml_is_told(tmp_path: Path) -> None:
    with pytest.raises(QoptError, match=r"prices\.yaml"):
        _read(tmp_path, "prices: [")
    with pytest.raises(FileError):
        Prices.read(tmp_path / "none.yaml")


def test_a_policy_s_prices_are_a_table() -> None:
    prices = Prices.of({"Advantage2*": {"access": 0.5, "charge": None}})
    assert prices.price("Advantage2_system1.7", "qpu") == Price(0.5)
    with pytest.raises(QoptError, match="a price of `access`, of `charge`"):
        Prices.of({"x": {}})


def test_a_user_s_table_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("QOPT_PRICES", raising=False)
    assert Prices.of_user() == Prices()
    _read(tmp_path, TABLE)
    monkeypatch.setenv("QOPT_PRICES", str(tmp_path / "prices.yaml"))
    assert Prices.of_user().currency == "EUR"


def test_the_dearest_of_a_kind_is_the_most_that_a_job_may_cost() -> None:
    prices = Prices.of(
        {
            "Advantage2*": {"access": 0.5},
            "Advantage_*": {"access": 2.0, "job": 1.0},
            "nl": {"charge": 9.0},
            "hybrid": {"charge": 0.1, "job": 0.01},
        }
    )
    assert prices.at_most("qpu", 0.5) == 2.0
    assert prices.at_most("bqm", 3.0) == pytest.approx(0.31)
    assert prices.at_most("nl", 3.0) == 27.0
    assert Prices().at_most("qpu", 1.0) is None
