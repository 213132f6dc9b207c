"""Sweeps in parts that take a few milliseconds each: between two of them Python looks around."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

# a kernel cannot be interrupted: this is how long one call may keep the clock out of sight
CHUNK_SECONDS = 0.004


@dataclass
class Pace:
    """Seconds a sweep, learnt from the parts before; 0 before the first."""

    seconds: float = 0.0

    def parts(self, sweeps: int) -> Iterator[int]:
        """The sweeps of each part, which is done when the next is asked for.

        What a part took counts at most four times, and at least a quarter of, what the last did:
        a machine that pauses once does not make all parts short.
        """
        while sweeps:
            part = 1
            if self.seconds:
                part = max(1, min(sweeps, int(CHUNK_SECONDS / self.seconds)))
            started = time.perf_counter()
            yield part
            took = (time.perf_counter() - started) / part
            if self.seconds:
                took = min(max(took, self.seconds / 4), self.seconds * 4)
            self.seconds = took
            sweeps -= part
