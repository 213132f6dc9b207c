"""Tokens kept out of what is logged, Ocean's client's own lines included: below the level of
warnings it writes its whole configuration, and headers of requests.
"""

from __future__ import annotations

import logging
import re
import threading
from importlib import import_module

HIDDEN = "(hidden)"
SHORTEST = 6  # letters of what is looked for in every line
# where a token stands in a mapping, a call or a header, as Python writes them
STATED = re.compile(r"(token['\"]?\s*[:=]\s*)(['\"])[^'\"]+\2", re.IGNORECASE)
WRITERS = (
    "dwave.cloud.api.client",
    "dwave.cloud.client.base",
    "dwave.cloud.computation",
    "dwave.cloud.config.loaders",
    "dwave.cloud.config.models",
    "dwave.cloud.solver",
)
_guard = threading.Lock()
_known: set[str] = set()


class _Hiding(logging.Filter):
    """Lets every record through, without the tokens in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # a line that cannot be put together
            return True
        if (shown := hidden(text)) != text:
            record.msg, record.args = shown, ()
        return True


_HIDING = _Hiding()


def hide_tokens(*tokens: str | None) -> None:
    """From now on these, and whatever is stated as a token, are in no line that Ocean's client or
    its HTTP library logs.
    """
    for name in WRITERS:
        import_module(name)
    with _guard:
        _known.update(token for token in tokens if token and len(token) >= SHORTEST)
        # a filter sees what its own logger is given, and not what the loggers below it are
        for name in list(logging.root.manager.loggerDict):
            if name.split(".")[0] in ("dwave", "urllib3", "requests"):
                logging.getLogger(name).addFilter(_HIDING)  # which is added once


def hidden(text: str) -> str:
    """Without any token that is known or stated."""
    for token in sorted(_known, key=len, reverse=True):
        text = text.replace(token, HIDDEN)
    return STATED.sub(rf"\1\2{HIDDEN}\2", text)
