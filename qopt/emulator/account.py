"""Who may submit, when, and how much: the token, the quota and the hours of availability."""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Mapping, Sequence

from ..errors import QoptError
from .backends import Refused

# (from, to), in seconds since the service began
Window = tuple[float, float]


class Account:
    """A user of the service. Threads may ask and change it at any time.

    `quota` is in seconds of a chip's time; a solver's seconds count as seconds of it divided by the
    solver's `quota_conversion_rate`. `available` are the windows in which the service is online,
    and None for always.
    """

    def __init__(
        self,
        *,
        token: str | None,
        quota: float | None,
        available: Sequence[Window] | None,
        rates: Mapping[str, float],
    ) -> None:
        self.token = token or f"emulated-{secrets.token_hex(12)}"
        self.quota, self._rates = quota, dict(rates)
        self._available = _windows(available)
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._used = 0.0
        self._open: bool | None = None

    @property
    def online(self) -> bool:
        """Whether the solvers are available just now."""
        if self._open is not None:
            return self._open
        passed = time.monotonic() - self._began
        return self._available is None or any(a <= passed < b for a, b in self._available)

    def open(self, is_open: bool | None) -> None:
        """Make it available, or not, whatever the windows say; None: as they say."""
        self._open = is_open

    @property
    def used(self) -> float:
        """Seconds of the quota that are used."""
        return self._used

    def knows(self, token: str | None) -> bool:
        return token is not None and secrets.compare_digest(token.encode(), self.token.encode())

    def renew(self) -> str:
        """The token has expired; the new one."""
        self.token = f"emulated-{secrets.token_hex(12)}"
        return self.token

    def require_quota(self) -> None:
        """Raise Refused where nothing is left."""
        if self.quota is not None and self._used >= self.quota:
            raise Refused(
                f"the quota is used up: {self._used:.6g} s of {self.quota:g} s; "
                "the job was not accepted"
            )

    def charge(self, solver: str, seconds: float) -> None:
        with self._lock:
            self._used += seconds / self._rates.get(solver, 1.0)


def _windows(given: Sequence[Window] | None) -> tuple[Window, ...] | None:
    if given is None:
        return None
    try:
        windows = tuple((float(first), float(last)) for first, last in given)
    except (TypeError, ValueError):
        windows = ((math.nan, math.nan),)
    if not all(0 <= first < last for first, last in windows):
        raise QoptError(f"available={given!r}: give pairs (from, to) of seconds, from before to")
    return windows
