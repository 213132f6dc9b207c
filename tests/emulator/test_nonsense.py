"""Whatever is sent, the service answers, with a complaint where it is nonsense; it never breaks."""

from __future__ import annotations

import zlib
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qopt.emulator import Service
from qopt.emulator import asking as room

NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
PLAIN = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8))
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
SOLVERS = st.sampled_from(["Emulated_Advantage2_system4.1", "emulated_hybrid_bqm"])
TYPES = st.sampled_from(["ising", "qubo", "bqm"])
BASE64 = st.sampled_from(["", "AAAAAAAA8D8=", "AAAA", "?"])
PARAMS = st.dictionaries(
    st.sampled_from(["num_reads", "annealing_time", "answer_mode", "time_limit", "flux_biases"]),
    ANYTHING,
    max_size=2,
)
DATA = st.one_of(
    ANYTHING,
    st.fixed_dictionaries({"format": st.just("qp"), "lin": BASE64, "quad": BASE64}),
    st.fixed_dictionaries({"format": st.just("ref"), "data": ANYTHING}),
)
JOBS = st.fixed_dictionaries(
    {"data": DATA},
    optional={
        "solver": st.one_of(
            ANYTHING, SOLVERS, st.fixed_dictionaries({"name": SOLVERS, "version": ANYTHING})
        ),
        "type": st.one_of(ANYTHING, TYPES),
        "params": st.one_of(ANYTHING, PARAMS),
        "label": ANYTHING,
    },
)


@pytest.fixture(scope="module")
def asking(running: Service) -> Any:
    running.fault("job", "failed", label="never", times=None)
    with httpx.Client(base_url=running.url, headers={"X-Auth-Token": running.token}) as asking:
        yield asking


plenty = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@plenty
@given(body=st.one_of(JOBS, st.lists(st.one_of(ANYTHING, JOBS), max_size=3), ANYTHING))
def test_any_submission_is_answered(asking: httpx.Client, body: Any) -> None:
    reply = asking.post("/problems/", json=body)
    assert reply.status_code in (200, 400)
    items = reply.json() if isinstance(reply.json(), list) else [reply.json()]
    assert all("error_msg" in item for item in items)


@plenty
@given(body=ANYTHING, method=st.sampled_from(["POST", "PUT", "DELETE", "GET"]))
@pytest.mark.parametrize(
    "path",
    ["/problems/", "/bqm/multipart", "/bqm/multipart/x/combine", "/bqm/multipart/x/part/1"],
)
def test_any_request_is_answered(asking: httpx.Client, method: str, path: str, body: Any) -> None:
    assert asking.request(method, path, json=body).status_code < 500


@plenty
@given(name=st.sampled_from(["id", "timeout", "max_results", "label", "status"]), value=st.text())
def test_any_question_is_answered(asking: httpx.Client, name: str, value: str) -> None:
    assert asking.get("/problems/", params={name: value}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Encoding": "deflate"}, b"not compressed"),
        ({}, b"[" * 200_000),
        ({}, b"\xff\xfe"),
        ({"X-Auth-Token": "\u00e9".encode("latin-1")}, b"[]"),
    ],
)
def test_a_body_that_is_none_is_told_so(
    asking: httpx.Client, headers: dict[str, Any], content: bytes
) -> None:
    reply = asking.post("/problems/", content=content, headers=headers)
    assert reply.status_code in (400, 401)


def test_a_body_that_is_too_large_is_told_so(
    asking: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LARGEST_BODY", 1000)
    assert asking.post("/problems/", content=b" " * 1001).status_code == 413
    packed = zlib.compress(b" " * 100_000)
    headers = {"Content-Encoding": "deflate"}
    assert asking.post("/problems/", content=packed, headers=headers).status_code == 413
    assert asking.post("/problems/", content=b"[]").status_code == 200
