"""What a call to the service failed with, sorted by whether the service may have done it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

# "not-sent": the service surely has not done it, and may later; "ambiguous": it may have done it;
# "refused": it will not do it; "gone": it does not know what it was asked about
Sort = Literal["not-sent", "ambiguous", "refused", "gone"]
LATER = (425, 429, 503)  # replies that say: not now
REFUSED = (400, 401, 403, 405, 409, 410, 411, 413, 415, 422)
LONGEST = 200  # letters of a service's own words


@dataclass(frozen=True)
class Sorted:
    """`again` is after how many seconds the service wants to be asked again, where it says so.

    `unauthorised`: the token is wrong, or has run out. `reached`: something at the other end has
    replied.
    """

    sort: Sort
    text: str
    again: float | None = None
    unauthorised: bool = False
    reached: bool = True


class CallFailed(Exception):
    """A call to the service, with why and what may have become of it."""

    def __init__(self, what: Sorted) -> None:
        self.what = what
        super().__init__(what.text)


def sorted_out(error: BaseException, secrets: tuple[str, ...] = ()) -> Sorted:
    """Of an exception of a call that was meant to change something at the service.

    `secrets` are taken out of the text.
    """
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    text = _words(error, status, secrets)
    if status is not None:
        if status in LATER:
            return Sorted("not-sent", text, _again(response))
        if 300 <= status < 400:
            return Sorted("refused", "it sends on to another address, which is not followed")
        if status == 404:
            return Sorted("gone", text)
        if status in REFUSED:
            return Sorted("refused", text, unauthorised=status == 401)
        return Sorted("ambiguous", text)
    return Sorted("not-sent" if _before_sending(error) else "ambiguous", text, reached=False)


def sorted_reply(code: Any, message: Any, secrets: tuple[str, ...] = ()) -> Sorted:
    """Of an error that the service tells of one job among others."""
    text = _one_line(f"{message} (code {code})", secrets)
    return Sorted("not-sent" if code in LATER else "refused", text, unauthorised=code == 401)


def _before_sending(error: BaseException) -> bool:
    """Whether there was no connection at all over which anything could have been sent."""
    from requests.exceptions import ConnectTimeout, InvalidURL, MissingSchema, ProxyError, SSLError
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    never = (
        ConnectTimeout,
        ConnectTimeoutError,
        InvalidURL,
        MissingSchema,
        NewConnectionError,  # names that cannot be resolved among them
        ProxyError,
    )
    causes = list(_causes(error))
    if any(isinstance(cause, SSLError) for cause in causes):
        return any("certificate" in str(cause).lower() for cause in causes)
    return any(isinstance(cause, never) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was made of."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        found = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
        waiting += [cause for cause in found if isinstance(cause, BaseException)]


def _again(response: Any) -> float | None:
    """Retry-After in seconds, also where it is a date."""
    import time
    from email.utils import parsedate_to_datetime

    said = response.headers.get("Retry-After")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return None


def _words(error: BaseException, status: int | None, secrets: tuple[str, ...]) -> str:
    if status is not None:
        said = getattr(error, "error_msg", None) or str(error)
        said = "" if "<" in said else said  # a page of a machine between us and the service
        return _one_line(f"HTTP {status}{': ' if said else ''}{said}", secrets)
    names = {type(cause).__name__ for cause in _causes(error)}
    known = {  # the first that is among the causes
        "ConnectionRefusedError": "the connection was refused: nothing listens there",
        "NameResolutionError": "no machine of that name is known",
        "SSLError": "the connection is not secure",
        "ProxyError": "the proxy cannot be used",
        "RemoteDisconnected": "the connection was closed without a reply",
        "ConnectionResetError": "the connection was closed without a reply",
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "no reply in time",
        "RequestTimeout": "no reply in time",
    }
    for name, words in known.items():
        if name in names:
            return words
    return _one_line(f"{type(error).__name__}: {error}", secrets)


def _one_line(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, "...")
    return " ".join(text.split())[:LONGEST]
