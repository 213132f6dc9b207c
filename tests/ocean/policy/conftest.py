"""What the network hears of a test."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from typing import Any

import pytest
import requests


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies of all that is sent; zlib's and zip's are read as well."""
    bodies: list[bytes] = []
    send = requests.Session.send

    def noted(self: Any, request: Any, **options: Any) -> Any:
        body = request.body
        if hasattr(body, "read"):
            body = request.body = body.read()
        elif not isinstance(body, str | bytes | None):  # in pieces
            pieces = list(body)
            request.body, body = iter(pieces), b"".join(pieces)
        body = body.encode() if isinstance(body, str) else body or b""
        bodies.append(request.url.encode() + repr(request.headers).encode() + body)
        if request.headers.get("Content-Encoding") == "deflate":
            bodies.append(zlib.decompress(body))
        if (at := body.find(b"PK\x03\x04")) >= 0:
            with zipfile.ZipFile(BytesIO(body[at:])) as parts:
                bodies.extend(name.encode() + parts.read(name) for name in parts.namelist())
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", noted)
    return bodies
