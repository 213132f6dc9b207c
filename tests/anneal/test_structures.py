"""Blocks of addresses against the named tuples that they stand for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qopt.anneal.core.compiling import compiled
from qopt.anneal.core.structures import addresses, reader, row_addresses, row_reader


class Given(NamedTuple):
    size: int
    doubled: bool
    weight: npt.NDArray[np.float64]
    place: npt.NDArray[np.int32]
    sign: npt.NDArray[np.int8]


class Kept(NamedTuple):
    total: npt.NDArray[np.float64]
    seen: npt.NDArray[np.int64]


the_given, the_kept = reader(Given), row_reader(Kept)


@compiled
def _sum_up(block: Any, blocks: Any) -> int:
    """Into row k of `total` the weights at the places times the sign, and k into `seen`."""
    given = the_given(block)
    for row in range(len(blocks)):
        kept = the_kept(blocks, row)
        for v in range(given.size):
            factor = 2.0 if given.doubled else 1.0
            kept.total[v] += factor * given.sign[v] * given.weight[given.place[v]]
            kept.seen[0] = row
    return int(given.size)


@given(st.integers(0, 20), st.booleans(), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_a_kernel_reads_and_writes_the_arrays(
    size: int, doubled: bool, rows: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    weight = random.normal(size=size)
    place = random.permutation(size).astype(np.int32)
    sign = random.choice([-1, 1], size).astype(np.int8)
    start = random.normal(size=(rows, size))
    kept = Kept(start.copy(), np.full((rows, 1), -1))
    record = Given(size, doubled, weight, place, sign)
    assert _sum_up(addresses(record), row_addresses(kept)) == size
    added = (2.0 if doubled else 1.0) * sign * weight[place]
    np.testing.assert_array_equal(kept.total, start + added)
    np.testing.assert_array_equal(kept.seen[:, 0], np.arange(rows) if size else -1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": np.zeros(3, dtype=np.float32)},
        {"place": np.zeros(3, dtype=np.int64)},
        {"weight": np.zeros(6)[::2]},
        {"sign": np.zeros((2, 3), dtype=np.int8).T},
    ],
    ids=["narrower", "wider", "strided", "transposed"],
)
def test_what_a_kernel_would_misread_is_refused(wrong: dict[str, Any]) -> None:
    record = Given(3, False, np.zeros(3), np.zeros(3, dtype=np.int32), np.zeros(3, dtype=np.int8))
    with pytest.raises(TypeError, match=f"Given.{next(iter(wrong))} is .*C-contiguous"):
        addresses(record._replace(**wrong))
