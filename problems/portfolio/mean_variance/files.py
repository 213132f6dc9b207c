"""Reading what a mean-variance problem is of: tables of prices, JSON, and OR-Library port text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qopt.kit.files import Fields, Text

from ..inputs import (
    Assets,
    Conventions,
    Steps,
    form_of,
    read_port,
    read_portfolio,
    read_steps,
    refuse_conventions,
)


def fields_of(
    text: Text, conventions: Conventions, chosen: Mapping[str, Any], periods_per_year: float
) -> Fields:
    """The arguments that a file has, beside the options `chosen`.

    Raises FileError where there is no risk aversion among either.
    """
    match form_of(text):
        case "json":
            refuse_conventions(text, conventions, "a portfolio as JSON")
            fields = read_portfolio(text)
            if set(chosen) - {"formulation"}:
                fields.values.pop("best_known", None)  # it holds for the file's own limits
        case "numbers":
            refuse_conventions(text, conventions, "OR-Library port text")
            fields = read_port(text)
        case _:
            fields = _of_table(text, read_steps(text, conventions), periods_per_year)
    if "risk_aversion" not in {**fields.values, **chosen}:
        raise text.error(
            "give risk_aversion: how much variance weighs against return, as risk_aversion=5"
        )
    return fields


def _of_table(text: Text, steps: Steps, periods_per_year: float) -> Fields:
    assets = Assets.of_steps(steps, periods_per_year)
    values = {
        "mean": assets.mean,
        "covariance": assets.covariance,
        "names": assets.names,
        "name": text.stem,
    }
    return Fields(text, values, notes=list(steps.notes), warnings=list(steps.warnings))
