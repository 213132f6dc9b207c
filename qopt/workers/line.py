"""What a function in a child process has to do with the parent."""

from __future__ import annotations

import pickle
import queue
import threading
from collections.abc import Callable
from typing import Any


class Line:
    """The first argument of each function that is run."""

    def __init__(self, answer: Callable[[str, Any], None]) -> None:
        self._answer = answer
        self._stopped = threading.Event()
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def tell(self, thing: Any) -> None:
        """Whatever can be pickled, from any thread."""
        self._answer("told", thing)

    def stopped(self) -> bool:
        """Whether the parent has asked the function to end with what it has."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Of the child: the parent has asked for the end."""
        self._stopped.set()

    def hear(self, data: bytes) -> None:
        """Of the child: the parent has said something, pickled."""
        self._said.put(data)

    def said(self, seconds: float = 0.0) -> list[Any]:
        """What the parent has said since the last call; without anything, so long is waited."""
        heard = []
        try:
            heard.append(self._said.get(timeout=seconds) if seconds else self._said.get_nowait())
            while True:
                heard.append(self._said.get_nowait())
        except queue.Empty:
            return [pickle.loads(data) for data in heard]
