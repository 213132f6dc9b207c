"""Tokens kept out of what is logged, Ocean's client's own debug lines included."""

from __future__ import annotations

import logging
import threading

HIDDEN = "(hidden)"
_guard = threading.Lock()
_known: set[str] = set()


class _Hiding(logging.Filter):
    """Lets every record through, without the tokens in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # a line that cannot be put together
            return True
        if any(secret in text for secret in _known):
            record.msg, record.args = hidden(text), ()
        return True


_HIDING = _Hiding()


def hide(secret: str | None) -> None:
    """From now on this text is in no line that Ocean's client or its HTTP library logs."""
    if not secret:
        return
    with _guard:
        _known.add(secret)
    # a filter sees what its own logger is given, and not what the loggers below it are
    names = [*logging.root.manager.loggerDict, "dwave", "urllib3", "requests"]
    for name in names:
        if name.split(".")[0] in ("dwave", "urllib3", "requests"):
            logging.getLogger(name).addFilter(_HIDING)  # which is added once


def hidden(text: str) -> str:
    """Without any token that is known."""
    for secret in _known:
        text = text.replace(secret, HIDDEN)
    return text
