"""What a page carries of its records comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qopt import QoptError
from qopt.compare import Rates
from qopt.report.columns import columns_of, rows_of
from qopt.report.evidence import Device, Drawn, Evidence, Size, packed, unpacked
from tests.report.planted import evidence, record, records

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)
tables = st.lists(st.text(max_size=4), unique=True, max_size=4).flatmap(
    lambda keys: st.lists(st.fixed_dictionaries(dict.fromkeys(keys, plain)), max_size=5)
)


def _exactly(value: Any) -> str:
    return repr(value)


@given(tables)
def test_columns_are_the_rows_again(rows: list[dict[str, Any]]) -> None:
    """To the type and the last bit: 1, 1.0 and True are three values, and so are 0.0 and -0.0."""
    back = rows_of(columns_of(rows))
    assert [sorted(map(_exactly, row.items())) for row in back] == [
        sorted(map(_exactly, row.items())) for row in rows
    ]


def test_a_column_of_one_value_is_written_once() -> None:
    rows = [{"kind": "job-shop", "seed": 1}, {"kind": "job-shop", "seed": 2}]
    assert columns_of(rows) == {"count": 2, "same": {"kind": "job-shop"}, "each": {"seed": [1, 2]}}


def test_packing_is_the_same_each_time_and_safe_in_a_page() -> None:
    document = {"b": ["</script>", 1e-17, 0.1 + 0.2], "a": None}
    text = packed(document)
    assert text == packed(document)
    assert "<" not in text
    assert unpacked(text) == document
    assert list(unpacked(text)) == ["b", "a"]


def test_an_evidence_comes_back_as_it_was() -> None:
    given_ = evidence(
        [*records({"old": 1.0, "new": 0.5}, instances=2), record(None, error="broke", seed=99)],
        missing=("one--new--seed-7",),
        rates=Rates(200, 50, 10_000),
        sizes=(Size("job-shop: one", 10, 20, 5, 12, 30, "0 %", fits=True), Size("x", words="gone")),
        devices=(Device("new", "one--new--seed-1", {"topology, type": "zephyr"}),),
        plans=(Drawn("one--old--seed-1", "one by old", "machine 0: ...", "<svg></svg>"),),
    )
    document = json.loads(json.dumps(given_.to_document()))
    back = Evidence.from_document(document, {"one--old--seed-1": "<svg></svg>"})
    assert back == given_


def test_another_format_is_refused() -> None:
    document = evidence([record()]).to_document() | {"format": 99}
    with pytest.raises(QoptError, match="format 99; this qopt reads 1"):
        Evidence.from_document(document, {})
