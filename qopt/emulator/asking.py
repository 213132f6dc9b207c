"""A request and its reply, as the service's protocol has them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# of a request's body; a job for the largest chip takes about 0.4 MB
LARGEST_BODY = 64 * 2**20
DROP = "qopt.drop"


class Unfit(Exception):
    """A request that cannot be answered; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True)
class Asked:
    """A request, read to its end."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unfit(400, "the request's body is no JSON") from None


async def read(request: Request) -> Asked:
    """The whole of it, decompressed. Raises Unfit for more than 64 MiB."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size <= LARGEST_BODY:
            pieces.append(piece)
    if size > LARGEST_BODY:
        raise Unfit(413, f"{size} bytes are more than the {LARGEST_BODY} that are taken at once")
    body = b"".join(pieces)
    if request.headers.get("content-encoding") == "deflate":
        unpacking = zlib.decompressobj()
        try:
            body = unpacking.decompress(body, LARGEST_BODY)
        except zlib.error:
            raise Unfit(400, "the request's body is not compressed as it says") from None
        if unpacking.unconsumed_tail:
            raise Unfit(413, f"more than {LARGEST_BODY} bytes, once decompressed")
    return Asked(request.path_params, request.query_params, request.headers, body)


def told(kind: str, content: Any) -> Response:
    """A reply of the protocol's media type `kind`."""
    return told_text(kind, json.dumps(content))


def told_text(kind: str, text: str) -> Response:
    """The same, of what is JSON already."""
    media = f"application/vnd.dwave.sapi.{kind}+json; version=3.0.0"
    return Response(text.encode(), headers={"Content-Type": media, "Cache-Control": "no-store"})


def plain(content: Any) -> Response:
    return Response(json.dumps(content).encode(), media_type="application/json")


def complaint(status: int, message: str, retry_after: float | None = None) -> Response:
    """An error, as the protocol words it."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    content = json.dumps({"error_code": status, "error_msg": message}).encode()
    return Response(content, status, headers, media_type="application/json")


class Dropped(Response):
    """No reply: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _drop(scope, receive)


class Cut(Response):
    """Half a reply, though its head announces the whole: then the connection is closed."""

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, whole.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        half = bytes(self.body)[: len(self.body) // 2]
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _drop(scope, receive)


async def _drop(scope: Scope, receive: Receive) -> None:
    """Close a request's connection, and wait until it is closed."""
    scope["extensions"][DROP]()
    while (await receive())["type"] != "http.disconnect":
        pass
