"""The same prices in any order, dialect and container are the same problem and plan."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import qopt
from problems.portfolio import ConditionalValueAtRisk, IndexTracking, MeanVariance, Rebalancing
from qopt import InputWarning, QoptError
from qopt.provenance import fingerprint

DAYS = pd.to_datetime(
    ["2024-01-29", "2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02", "2024-02-05"]
)
PRICES = pd.DataFrame(
    {
        "UP": [1000.5, 1010.25, 1022.0, 1017.5, 1040.75, 1051.0],
        "DOWN": [90.0, 88.5, 89.25, 86.0, 85.5, 84.25],
        "FLAT": [7.0, 7.25, 7.0, 7.125, 7.0, 7.25],
    },
    index=DAYS,
)
ORDERS = {"oldest": [0, 1, 2, 3, 4, 5], "newest": [5, 4, 3, 2, 1, 0], "mixed": [3, 0, 5, 1, 4, 2]}


def grouped(value: float, thousands: str, decimal: str) -> str:
    return f"{value:,.3f}".replace(",", "T").replace(".", decimal).replace("T", thousands)


def written(frame: pd.DataFrame, delimiter: str, day: str, number: Any) -> str:
    lines = [delimiter.join(["Date", *frame.columns])]
    for when, row in zip(frame.index, frame.to_numpy().tolist(), strict=True):
        cells = [when.strftime(day), *map(number, row)]
        lines.append(delimiter.join(f'"{c}"' if delimiter in c else c for c in cells))
    return "\n".join(lines) + "\n"


DIALECTS = {
    "plain": (",", "%Y-%m-%d", repr),
    "American": (",", "%m/%d/%Y", lambda x: f"${x:,.3f}"),
    "German": (";", "%d.%m.%Y", lambda x: grouped(x, ".", ",")),
    "French": (";", "%d/%m/%Y", lambda x: grouped(x, "\u202f", ",") + " \u20ac"),
    "Swiss": ("\t", "%d.%m.%y", lambda x: "CHF " + grouped(x, "'", ".")),
    "compact": ("|", "%Y%m%d", repr),
    "English": (",", "%b %d %Y", lambda x: f"{x:,.3f}"),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]


def in_polars(frame: pd.DataFrame) -> pl.DataFrame:
    """By way of lists, which needs no Arrow."""
    return pl.DataFrame({str(name): list(frame[name]) for name in frame})


def the_plan(problem: Any) -> tuple[str, Any]:
    result = qopt.solve(problem, solver="annealer", num_sweeps=50, time_limit=None, seed=1)
    assert result.notes == problem.notes
    return fingerprint(problem), result.best


def read(path: Path) -> MeanVariance:
    return MeanVariance.read(path, risk_aversion=1, lot=0.1)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    path = tmp_path_factory.mktemp("same") / "prices.csv"
    path.write_text(written(PRICES, ",", "%Y-%m-%d", repr))
    fingerprinted, plan = the_plan(read(path))
    assert plan.weights["UP"] == 1
    returns = PRICES.pct_change().dropna()
    np.testing.assert_allclose(read(path).mean, returns.mean())
    np.testing.assert_allclose(read(path).covariance, returns.cov())
    return fingerprinted, plan


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_in_any_order_and_dialect(
    order: str, dialect: str, tmp_path: Path, expected: tuple[str, Any]
) -> None:
    delimiter, day, number = DIALECTS[dialect]
    path = tmp_path / "prices.csv"
    path.write_text(written(PRICES.iloc[ORDERS[order]], delimiter, day, number), encoding="utf-8")
    assert the_plan(read(path)) == expected


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    frame = PRICES.rename(columns={"UP": "Soci\u00e9t\u00e9"})
    path.write_text(written(frame, ";", "%Y-%m-%d", repr), encoding=encoding)
    assert read(path).names == ("Soci\u00e9t\u00e9", "DOWN", "FLAT")


def frames(frame: pd.DataFrame) -> dict[str, Any]:
    plain = frame.rename_axis("Date").reset_index()
    text = plain.assign(Date=plain["Date"].dt.strftime("%Y-%m-%d"))
    levels = frame.copy()
    levels.columns = pd.MultiIndex.from_product(
        [["Close"], frame.columns], names=["Price", "Ticker"]
    )
    volume = levels.copy() * 100
    volume.columns = pd.MultiIndex.from_product(
        [["Volume"], frame.columns], names=["Price", "Ticker"]
    )
    long = plain.melt("Date", var_name="ticker", value_name="price")
    return {
        "dates in the index": frame,
        "dates in a column": plain,
        "dates as text": text,
        "an index as text": text.set_index("Date"),
        "zones": frame.tz_localize("America/New_York"),
        "periods": frame.to_period("D"),
        "an index saved as a column": plain.rename_axis("").reset_index(names="Unnamed: 0"),
        "numbers as text": text.astype(str),
        "decimal commas as text": text.astype(str).map(lambda cell: cell.replace(".", ",")),
        "columns of two levels": pd.concat([levels, volume], axis=1),
        "a long table": long,
        "a long table of polars": in_polars(long),
        "polars": in_polars(plain),
        "polars, dates as text": in_polars(text),
        "lazy polars": in_polars(plain).lazy(),
        "a dict": text.to_dict("list"),
        "a list of dicts": text.to_dict("records"),
        "rows with the year beside": plain.assign(year=plain["Date"].dt.year),
        "year, month and day": plain.assign(
            year=plain["Date"].dt.year, month=plain["Date"].dt.month, day=plain["Date"].dt.day
        ).drop(columns="Date"),
        "days of a spreadsheet": plain.assign(
            Date=(plain["Date"] - pd.Timestamp("1899-12-30")).dt.days
        ),
        "days as numbers": plain.assign(Date=plain["Date"].dt.strftime("%Y%m%d").astype(int)),
        "seconds": plain.assign(Date=plain["Date"].astype("datetime64[s]").astype("int64")),
    }


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("form", frames(PRICES))
def test_a_frame_in_any_order_and_form(order: str, form: str, expected: tuple[str, Any]) -> None:
    data = frames(PRICES.iloc[ORDERS[order]])[form]
    problem = MeanVariance.of_prices(data, risk_aversion=1, lot=0.1, name="prices")
    assert problem.names == ("UP", "DOWN", "FLAT")
    assert the_plan(problem) == expected


@pytest.mark.parametrize(
    "data",
    [
        PRICES.to_numpy(),
        PRICES.to_numpy().tolist(),
        PRICES.reset_index(drop=True),
        PRICES.to_dict("list"),
    ],
)
def test_without_dates_rows_are_taken_in_order(data: Any) -> None:
    problem = MeanVariance.of_prices(data, risk_aversion=1)
    np.testing.assert_allclose(problem.mean, PRICES.pct_change().dropna().mean())
    assert "no column of dates: rows are taken in order, the oldest first" in problem.notes


def test_an_index_that_counts_backwards_turns_rows() -> None:
    turned = PRICES.reset_index(drop=True)[::-1]
    problem = MeanVariance.of_prices(turned, risk_aversion=1)
    np.testing.assert_allclose(problem.mean, PRICES.pct_change().dropna().mean())
    assert "the newest date stood first; rows are turned" in problem.notes


@pytest.mark.parametrize(
    "column", [[1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5], [2019, 2020, 2021, 2022, 2023, 2024]]
)
@pytest.mark.parametrize("name", ["year", "Unnamed: 0", "n", "whatever"])
@pytest.mark.parametrize("order", ORDERS)
def test_years_and_counts_are_no_assets(column: list[int], name: str, order: str) -> None:
    frame = PRICES.reset_index(drop=True)
    frame.insert(0, name, column)
    mixed = frame.iloc[ORDERS[order]].reset_index(drop=True)
    problem = MeanVariance.of_prices(mixed, risk_aversion=1)
    assert problem.names == ("UP", "DOWN", "FLAT")
    np.testing.assert_allclose(problem.mean, PRICES.pct_change().dropna().mean())
    assert any(note.startswith(f"{name}: no asset, but ") for note in problem.notes)


@pytest.mark.parametrize("wrap", [lambda f: f, lambda f: in_polars(f.reset_index(names="Date"))])
def test_returns_are_as_good_as_prices(wrap: Any, tmp_path: Path) -> None:
    returns = PRICES.pct_change().dropna()
    of_prices = MeanVariance.of_prices(PRICES, risk_aversion=1)
    path = tmp_path / "returns.csv"
    path.write_text(
        written(returns[::-1], ";", "%d.%m.%Y", lambda x: f"{100 * x:.15g} %".replace(".", ","))
    )
    for problem in (
        MeanVariance.of_returns(wrap(returns), risk_aversion=1),
        MeanVariance.read(path, kind="returns", risk_aversion=1),
        MeanVariance(returns.mean(), returns.cov(), risk_aversion=1),
    ):
        assert problem.names == of_prices.names
        np.testing.assert_allclose(problem.mean, of_prices.mean)
        np.testing.assert_allclose(problem.covariance, of_prices.covariance)


def test_a_covariance_is_taken_from_every_frame() -> None:
    returns = PRICES.pct_change().dropna()
    mean, covariance = returns.mean(), returns.cov()
    turned = covariance.iloc[::-1, [1, 2, 0]]
    named = in_polars(turned.reset_index(names="asset"))
    for means in (
        mean,
        mean.to_dict(),
        in_polars(mean.rename("mean").reset_index()),
        mean.to_frame("mean"),
        mean.to_frame().T.reset_index(drop=True),
    ):
        for spread in (covariance, turned, named, turned.reset_index()):
            problem = MeanVariance(means, spread, risk_aversion=1)
            assert problem.names == ("UP", "DOWN", "FLAT")
            np.testing.assert_allclose(problem.covariance, covariance)


COVARIANCE = PRICES.pct_change().cov()
CORRELATION = PRICES.pct_change().corr()
RETURNS = PRICES.pct_change().dropna()
OTHERS = {
    "covariance": (
        COVARIANCE,
        "a covariance matrix of 3 assets, and no history of prices; .* MeanVariance",
    ),
    "correlation": (CORRELATION, "a correlation matrix of 3 assets, and no history of prices"),
    "returns": (
        RETURNS,
        "of 15 numbers are negative: these are no prices, and look like returns; .* kind='returns'",
    ),
    "percentages": (100 * RETURNS, "look like returns"),
    "dates across": (PRICES.T.set_axis(DAYS.strftime("%Y-%m-%d"), axis=1), "dates"),
    "volumes beside": (PRICES.assign(Volume=1000.0), "Volume: no prices of an asset"),
    "two dates": (PRICES.assign(settled=DAYS + pd.Timedelta(days=2)), "two columns of dates"),
    "a day twice": (
        pd.concat([PRICES, PRICES.iloc[:1] + 1]),
        "a second row of 2024-01-29, with other numbers",
    ),
    "words": (PRICES.assign(sector=["a", "b", "c", "d", "e", "f"]), "'a' is not a number"),
    "assets in rows": (PRICES.set_axis(list("uvwxyz")), "'u' is no date"),
    "a mistake": (PRICES.assign(UP=[1.0, 2, -3, 4, 5, 6]), "the price of UP at 2024-01-31 is -3"),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("door", ["pandas", "polars", "file"])
def test_what_is_no_history_of_prices_is_refused_by_what_it_is(
    other: str, door: str, tmp_path: Path
) -> None:
    frame, message = OTHERS[other]
    frame.to_csv(path := tmp_path / "p.csv")
    doors: dict[str, Any] = {
        "pandas": lambda: MeanVariance.of_prices(frame, risk_aversion=1),
        "polars": lambda: MeanVariance.of_prices(
            in_polars(frame.reset_index(names="")), risk_aversion=1
        ),
        "file": lambda: read(path),
    }
    with pytest.raises(QoptError, match=message) as caught:
        doors[door]()
    assert len(str(caught.value).splitlines()) == 1


def test_prices_given_as_returns_are_refused() -> None:
    with pytest.raises(QoptError, match="these look like prices"):
        MeanVariance.of_returns(PRICES, risk_aversion=1)
    with pytest.raises(QoptError, match="are these percentages"):
        MeanVariance.of_returns(100 * RETURNS, risk_aversion=1)
    with pytest.raises(QoptError, match="gaps='forward' is for prices"):
        MeanVariance.of_returns(RETURNS, risk_aversion=1, gaps="forward")


FIELDS = pd.DataFrame(
    {
        "Open": PRICES["UP"] - 1,
        "High": PRICES["UP"] + 2,
        "Low": PRICES["UP"] - 2,
        "Close": PRICES["UP"],
        "Volume": 1e6,
    },
    index=DAYS,
)


def test_of_the_prices_of_a_day_closing_ones_are_used() -> None:
    problem = MeanVariance.of_prices(FIELDS, risk_aversion=1)
    assert problem.names == ("Close",)
    assert "of open, high, low, close, volume of each day, close is used" in problem.notes
    np.testing.assert_allclose(problem.mean, [PRICES["UP"].pct_change().mean()])
    adjusted = MeanVariance.of_prices(
        FIELDS.assign(**{"Adj Close": PRICES["DOWN"]}), risk_aversion=1
    )
    np.testing.assert_allclose(adjusted.mean, [PRICES["DOWN"].pct_change().mean()])
    opening = MeanVariance.of_prices(FIELDS, risk_aversion=1, field="open")
    np.testing.assert_allclose(opening.mean, [FIELDS["Open"].pct_change().mean()])
    with pytest.raises(QoptError, match="field='bid': the table has open, high"):
        MeanVariance.of_prices(FIELDS, risk_aversion=1, field="bid")


@pytest.mark.parametrize("name", ["{a} {f}", "{f} {a}", "{a}_{f}", "{a}.{f}"])
def test_assets_and_fields_may_share_a_name(name: str) -> None:
    columns = {
        name.format(a=a, f=f): k * PRICES[a] for a in PRICES for k, f in ((1, "Close"), (2, "Open"))
    }
    problem = MeanVariance.of_prices(pd.DataFrame(columns), risk_aversion=1)
    assert problem.names == ("UP", "DOWN", "FLAT")


LATE = PRICES.assign(FLAT=[np.nan] * 3 + [7.0, 7.5, 7.25])


@pytest.mark.parametrize(
    ("gaps", "assets", "used", "message"),
    [
        (
            "drop",
            3,
            3,
            r"3 of 6 dates are left out \(gaps='drop'\): FLAT starts 2024-02-01; "
            "gaps='assets' leaves such",
        ),
        ("forward", 3, 3, r"3 of 6 dates are left out \(gaps='forward'\): FLAT starts 2024-02-01"),
    ],
)
def test_a_late_listing_is_told(
    gaps: Any, assets: int, used: int, message: str, tmp_path: Path
) -> None:
    LATE.to_csv(path := tmp_path / "late.csv")
    with pytest.warns(InputWarning, match=message):
        problem = MeanVariance.read(path, risk_aversion=1, gaps=gaps)
    assert any(
        f"{used} of 6 dates are used, 2024-02-01 to 2024-02-05, of {assets} assets" in n
        for n in problem.notes
    )
    result = qopt.solve(problem, num_sweeps=5, time_limit=None, seed=1)
    assert any(message.split(r" \(")[0] in note for note in result.notes)


def test_assets_left_out_for_their_gaps_are_told_without_a_warning() -> None:
    problem = MeanVariance.of_prices(LATE, risk_aversion=1, gaps="assets")
    assert problem.names == ("UP", "DOWN")
    assert "FLAT: left out for its gaps (gaps='assets')" in problem.notes


def test_few_gaps_are_a_note_and_no_warning() -> None:
    days = pd.bdate_range("2024-01-01", periods=60)
    frame = pd.DataFrame({"A": 100.0 + np.arange(60), "B": 50.0 + np.arange(60) % 7}, index=days)
    frame.iloc[30, 1] = np.nan
    notes = MeanVariance.of_prices(frame, risk_aversion=1).notes
    assert any(
        note.startswith("1 of 60 dates is left out (gaps='drop'): B has 1 gap") for note in notes
    )


def test_all_kinds_read_the_same_table(tmp_path: Path) -> None:
    """And keep its notes."""
    turned = PRICES[::-1]
    (path := tmp_path / "p.csv").write_text(
        written(turned, ";", "%d.%m.%Y", lambda x: grouped(x, ".", ","))
    )
    returns = PRICES.pct_change().dropna().to_numpy()
    tail, spans = (
        ConditionalValueAtRisk.read(path),
        Rebalancing.read(path, risk_aversion=1, periods=2),
    )
    track = IndexTracking.read(path, index="FLAT", periods=4)
    np.testing.assert_allclose(tail.returns, returns)
    np.testing.assert_allclose(track.returns, returns[:4, :2])
    np.testing.assert_allclose(spans.selections[1].mean, returns[3:].mean(axis=0))
    assert "the first 4 of 5 returns are used" in " ".join(track.notes)
    for problem in (tail, spans, track):
        assert "the newest date stood first; rows are turned" in problem.notes
    for other, same in (
        (tail, ConditionalValueAtRisk.of_prices(turned, name="p")),
        (spans, Rebalancing.of_prices(turned, risk_aversion=1, periods=2, name="p")),
        (IndexTracking.read(path, index="FLAT"), IndexTracking.of_prices(turned, "FLAT", name="p")),
    ):
        assert fingerprint(other) == fingerprint(same)
    with pytest.raises(QoptError, match="periods=9: there are 5 returns"):
        IndexTracking.read(path, periods=9)


def test_options_of_reading_go_with_every_kind(tmp_path: Path) -> None:
    """An ambiguous file is refused with the remedy, and the remedy is an option of `read`."""
    path = tmp_path / "p.csv"
    path.write_text(
        "day;A;B\n01/02/2024;1,001;2,002\n02/02/2024;1,003;2,001\n03/02/2024;1,002;2,005\n"
    )
    remedies: dict[str, Any] = {"date_format": "%d/%m/%Y", "decimal": ","}
    for make in (
        lambda **options: MeanVariance.read(path, risk_aversion=1, **options),
        lambda **options: ConditionalValueAtRisk.read(path, **options),
        lambda **options: IndexTracking.read(path, **options),
        lambda **options: Rebalancing.read(path, risk_aversion=1, periods=1, **options),
    ):
        with pytest.raises(QoptError, match="give date_format='%d/%m/%Y' or '%m/%d/%Y'"):
            make(decimal=",")
        with pytest.raises(
            QoptError, match=r"'1,001' may mean two numbers.*give decimal='.' or decimal=','"
        ):
            make(date_format="%d/%m/%Y")
        assert make(**remedies).notes


def test_scenarios_may_have_names() -> None:
    named = RETURNS.set_axis(["boom", "bust", "war", "peace", "calm"])
    np.testing.assert_array_equal(ConditionalValueAtRisk(named).returns, RETURNS)


def test_a_frame_of_returns_with_dates_goes_into_constructors() -> None:
    frame = RETURNS.reset_index(names="when")
    assert ConditionalValueAtRisk(frame).names == ("UP", "DOWN", "FLAT")
    track = IndexTracking(frame[["when", "UP", "DOWN"]], frame[["when", "FLAT"]])
    np.testing.assert_allclose(track.index, RETURNS["FLAT"])
    with pytest.raises(
        QoptError, match="returns are of 2024-01-30 where the index is of 2024-02-05"
    ):
        IndexTracking(frame[["when", "UP"]], frame[["when", "FLAT"]][::-1].reset_index(drop=True))


def test_a_name_that_is_also_a_part_of_dates_is_an_asset() -> None:
    assert MeanVariance.of_prices(PRICES.assign(DAY=29.0), risk_aversion=1).names[-1] == "DAY"


def test_dates_that_are_not_seen_are_refused_with_the_remedy(tmp_path: Path) -> None:
    text = written(PRICES, ",", "%Y\u5e74%m\u6708%d\u65e5", repr)
    (path := tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(QoptError, match=r"p.csv:2:1: .* is no date \(in Date\); give date_format"):
        read(path)
    known = MeanVariance.read(path, risk_aversion=1, date_format="%Y\u5e74%m\u6708%d\u65e5")
    assert known.notes == ("6 of 6 dates are used, 2024-01-29 to 2024-02-05, of 3 assets",)


def test_reading_warns_nobody_where_nothing_is_lost(tmp_path: Path) -> None:
    PRICES.to_csv(path := tmp_path / "p.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(path).notes == ("6 of 6 dates are used, 2024-01-29 to 2024-02-05, of 3 assets",)
