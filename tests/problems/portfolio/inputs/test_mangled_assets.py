"""Files of returns and of an index, mangled: what a plain reading gives, or one line."""

from __future__ import annotations

import json
from functools import partial
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.portfolio import IndexTracking, MeanVariance

from .... import mangle
from ....fuzz import examples
from .test_mangled_prices import decoded

PORT = "3\n.1 .2\n.3 .4\n.2 .3\n1 1 1\n1 2 .5\n1 3 .1\n2 2 1\n2 3 -.2\n3 3 1\n"
TRACK = "2\n3\n100 110\n99 99\n10 11\n11 12\n50 40\n60 60\n"
PAIR = """\
{"name": "pair", "risk_aversion": 8.0, "max_assets": 2, "lot": 0.25, "names": ["A", "B"],
"mean": [0.1, 0.3],
"covariance": [[0.04, 0.04], [0.04, 0.16]]}
"""
TEN = (resources.files("problems.portfolio") / "instances" / "hang-seng-10.json").read_text()


def words_of(content: bytes) -> list[float]:
    assert "_" not in decoded(content)
    return [float(word) for word in decoded(content).split()]


def plain_port(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Means and covariances, number by number."""
    words = words_of(content)
    n = int(words[0])
    assert len(words) == 1 + 2 * n + 3 * n * (n + 1) // 2
    mean, deviation = words[1 : 1 + 2 * n : 2], words[2 : 2 + 2 * n : 2]
    covariance = np.full((n, n), np.nan)
    for k in range(1 + 2 * n, len(words), 3):
        i, j = int(words[k]) - 1, int(words[k + 1]) - 1
        covariance[i, j] = covariance[j, i] = words[k + 2] * deviation[i] * deviation[j]
    return np.array(mean), covariance


def plain_json(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    data = json.loads(decoded(content))
    if "covariance" in data:
        return np.array(data["mean"]), np.array(data["covariance"])
    n, d, r = len(data["mean"]), data["deviation"], data["correlation"]
    return np.array(data["mean"]), np.array(
        [[r[i][j] * d[i] * d[j] for j in range(n)] for i in range(n)]
    )


@pytest.mark.parametrize(
    ("name", "text"), [("three.txt", PORT), ("pair.json", PAIR), ("ten.json", TEN)]
)
@settings(deadline=None, max_examples=examples(300), derandomize=True)
@given(data=st.data())
def test_mangled_assets_are_what_they_say(
    name: str, text: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangle.mangled(text))
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    problem = mangle.refused_or(partial(MeanVariance.read, risk_aversion=2.0), path)
    if problem is not None:
        mean, covariance = (plain_port if text == PORT else plain_json)(content)
        np.testing.assert_allclose(problem.mean, mean, rtol=1e-12)
        np.testing.assert_allclose(problem.covariance, covariance, rtol=1e-12)


def prices_of(content: bytes) -> np.ndarray:
    """The index first, a column each."""
    words = words_of(content)
    n, periods = int(words[0]), int(words[1])
    assert len(words) == 2 + (n + 1) * (periods + 1)
    return np.array(words[2:]).reshape(n + 1, periods + 1).T


@settings(deadline=None, max_examples=examples(300), derandomize=True)
@given(content=mangle.mangled(TRACK))
def test_a_mangled_index_is_what_it_says(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "track.txt"
    path.write_bytes(content)
    problem = mangle.refused_or(IndexTracking.read, path)
    if problem is not None:
        prices = prices_of(content)
        returns = prices[1:] / prices[:-1] - 1
        np.testing.assert_allclose(problem.index, returns[:, 0], rtol=1e-9)
        np.testing.assert_allclose(problem.returns, returns[:, 1:], rtol=1e-9)
