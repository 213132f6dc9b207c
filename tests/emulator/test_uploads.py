"""Problems that come in parts: put together as they were, and refused where they are damaged."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import numpy as np
import pytest
from dwave.cloud import Client

from qopt.emulator import Service
from qopt.emulator.uploads import Uploads, WrongUpload

PART = 5 * 2**20  # of the client


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def checksum(*parts: bytes) -> str:
    return hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()


def test_parts_are_put_together_in_their_order() -> None:
    uploads = Uploads()
    id = uploads.begin(5)
    uploads.take(id, 2, b"de", md5(b"de"))
    uploads.take(id, 1, b"abX", md5(b"abX"))
    uploads.take(id, 1, b"abc", md5(b"abc"))
    assert uploads.status(id) == {
        "status": "UPLOAD_IN_PROGRESS",
        "parts": [
            {"part_number": 1, "checksum": hashlib.md5(b"abc").hexdigest()},
            {"part_number": 2, "checksum": hashlib.md5(b"de").hexdigest()},
        ],
    }
    with pytest.raises(WrongUpload, match="no complete upload"):
        uploads.get(id)
    uploads.combine(id, checksum(b"abc", b"de"))
    uploads.combine(id, checksum(b"abc", b"de"))  # a second time, as after a lost reply
    assert uploads.get(id) == b"abcde"
    assert uploads.status(id)["status"] == "UPLOAD_COMPLETED"


def test_an_upload_that_is_damaged_is_refused() -> None:
    uploads = Uploads()
    id = uploads.begin(4)
    with pytest.raises(WrongUpload, match="does not agree with its Content-MD5"):
        uploads.take(id, 1, b"abc", md5(b"abd"))
    with pytest.raises(WrongUpload, match="does not agree with its Content-MD5"):
        uploads.take(id, 1, b"abc", None)
    with pytest.raises(WrongUpload, match="more bytes came than the 4"):
        uploads.take(id, 1, b"abcde", md5(b"abcde"))
    uploads.take(id, 1, b"abc", md5(b"abc"))
    with pytest.raises(WrongUpload, match="the checksum of the whole"):
        uploads.combine(id, checksum(b"abd"))
    with pytest.raises(WrongUpload, match="3 bytes came instead of 4"):
        uploads.combine(id, checksum(b"abc"))


@pytest.mark.parametrize("size", [None, -1, 1.5, True, "many"])
def test_a_size_that_is_none_is_refused(size: Any) -> None:
    with pytest.raises(WrongUpload, match="a whole number, 0 or more"):
        Uploads().begin(size)


def test_the_client_uploads_in_parts_and_goes_on_where_it_was(
    service: Service, client: Client
) -> None:
    data = np.random.default_rng(1).bytes(2 * PART + 1000)
    headers = {"X-Auth-Token": service.token}
    with httpx.Client(base_url=service.url, headers=headers, timeout=60) as asking:
        id = asking.post("/bqm/multipart", json={"size": len(data)}).json()["id"]
        part = data[PART : 2 * PART]
        reply = asking.put(
            f"/bqm/multipart/{id}/part/2", content=part, headers={"Content-MD5": md5(part)}
        )
        assert reply.status_code == 200
        service.fault("part", status=503, after=2, times=None)  # for a part that is sent again
        assert client.upload_problem_encoded(data, problem_id=id).result() == id
        status = asking.get(f"/bqm/multipart/{id}/status").json()
    assert status["status"] == "UPLOAD_COMPLETED"
    sizes = [data[:PART], part, data[2 * PART :]]
    assert [one["checksum"] for one in status["parts"]] == [
        hashlib.md5(piece).hexdigest() for piece in sizes
    ]
