"""The process that runs functions, one after the other: `python -m qopt.workers.child`.

It reads what it is to do from its standard input and answers on its standard output, both as
pickles between parent and child of one program. Where its parent is gone it ends at once.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from typing import IO, Any

from .line import Line


class Child:
    """Calls are unpickled where they are run, for that may import much, or fail."""

    def __init__(self, inbox: IO[bytes], outbox: IO[bytes]) -> None:
        self._inbox, self._outbox = inbox, outbox
        self._writing = threading.Lock()
        self._calls: queue.SimpleQueue[tuple[bytes, Line]] = queue.SimpleQueue()
        self._line = Line(self.answer)

    def listen(self) -> None:
        """In a thread of its own, so that it hears also while a function runs."""
        while True:
            try:
                word, data = pickle.load(self._inbox)
            except (EOFError, OSError, pickle.UnpicklingError):
                os._exit(0)  # whatever runs: nobody waits for it
            if word == "run":
                self._line = Line(self.answer)  # what was said was meant for the call before
                self._calls.put((data, self._line))
            elif word == "stop":
                self._line.stop()
            else:
                self._line.hear(data)

    def serve(self) -> None:
        while True:
            data, line = self._calls.get()
            try:
                function, arguments = pickle.loads(data)
                self.answer("begun", None)
                self.answer("done", function(line, *arguments))
            except Exception as error:  # told to the parent; the next call finds the process well
                self.answer("failed", f"{type(error).__name__}: {' '.join(str(error).split())}")

    def answer(self, word: str, thing: Any) -> None:
        data = pickle.dumps((word, thing))
        try:
            with self._writing:
                self._outbox.write(data)
                self._outbox.flush()
        except OSError:
            os._exit(0)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which asks for the end
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed goes where errors go
    child = Child(sys.stdin.buffer, outbox)
    threading.Thread(target=child.listen, daemon=True).start()
    child.serve()


if __name__ == "__main__":
    main()
