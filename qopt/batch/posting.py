"""Documents sent to a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ..errors import QoptError

PATIENCE = 5.0  # seconds for an answer


class NotTold(Exception):
    """A server that did not take what was sent; the text says why."""


def require_address(name: str, address: str) -> str:
    """An http or https address, without the slash at its end. Raises QoptError otherwise."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise QoptError(f"track.{name}: {address!r} is no address of a server: http://HOST:PORT")
    return address.rstrip("/")


def post(
    address: str, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Any:
    """Send a JSON document, and give back the answer's. Raises NotTold."""
    request = Request(
        address,
        json.dumps(document).encode(),
        {"Content-Type": "application/json", **(headers or {})},
    )
    try:
        with urlopen(request, timeout=PATIENCE) as answer:
            content = answer.read()
    except HTTPError as error:
        with error:
            told = error.read(200).decode(errors="replace")
        raise NotTold(f"{address} answers {error.code}: {' '.join(told.split())}") from None
    except (URLError, OSError, ValueError) as error:
        raise NotTold(f"{address}: {getattr(error, 'reason', error)}") from None
    try:
        return json.loads(content) if content else {}
    except ValueError:
        raise NotTold(f"{address} answers what is no JSON") from None
