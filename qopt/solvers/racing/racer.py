"""One solver of a race, as the race sees it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from ...workers import Ended, Failed, Worker
from .entries import Entry
from .running import Finish, Found, Known, Order, run

JOINING = 1.0  # seconds that a thread may take to end after its process has


class Racer:
    """A process and two threads: one hears what it tells, and puts it into the race's `inbox`; one
    says to it what the race has to say, so that the race never waits for a process that does not
    listen.
    """

    def __init__(
        self,
        entry: Entry,
        order: Order,
        threads: int,
        cores: Sequence[int],
        inbox: SimpleQueue[Any],
    ) -> None:
        self.entry, self._order = entry, order
        self.ready = False
        self.listening = False  # whether it goes on from plans of others
        self.best: Found | None = None  # that it found itself
        self.finish: Finish | None = None
        self.sweeps = 0
        self.threads = threads
        self._inbox = inbox
        self._outbox: SimpleQueue[Any] = SimpleQueue()
        self._worker = Worker(threads, cores, heard=True)
        self._pair = [
            threading.Thread(target=work, daemon=True) for work in (self._hear, self._speak)
        ]

    @property
    def label(self) -> str:
        return self.entry.label

    def begin(self) -> None:
        for thread in self._pair:
            thread.start()

    def say(self, thing: Any) -> None:
        self._outbox.put(thing)

    def stop(self) -> None:
        """Ask it to end with what it has."""
        self._outbox.put("stop")

    def end(self) -> None:
        """End its process at once."""
        self._outbox.put(None)
        self._worker.end()

    def close(self) -> None:
        self.end()
        self._worker.close()
        for thread in self._pair:
            if thread.ident is not None:  # it was begun
                thread.join(JOINING)

    def _hear(self) -> None:
        try:
            finish = self._worker.run(
                run, self._order, on_told=lambda thing: self._inbox.put((self, thing))
            )
        except (Ended, Failed) as error:
            finish = Finish(error=str(error))
        except Exception as error:  # the race would wait for it for good
            finish = Finish(error=f"{type(error).__name__}: {' '.join(str(error).split())}")
        self._inbox.put((self, finish))

    def _speak(self) -> None:
        with suppress(OSError, ValueError):  # of a process that is no more
            while (thing := self._outbox.get()) is not None:
                for word in _without_old_plans([thing, *_waiting(self._outbox)]):
                    if word is None:
                        return
                    if word == "stop":
                        self._worker.stop()
                    else:
                        self._worker.say(word)


def _waiting(outbox: SimpleQueue[Any]) -> list[Any]:
    words = []
    with suppress(Empty):
        while True:
            words.append(outbox.get_nowait())
    return words


def _without_old_plans(words: list[Any]) -> list[Any]:
    """Of several plans the last is the best: the others need not be sent."""
    plans = [word for word in words if isinstance(word, Known)]
    return [word for word in words if not isinstance(word, Known) or word is plans[-1]]
