"""A search that does not end, for the child process."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from qopt.ocean.embedding.bounded import bounded


def stuck(line: Any) -> None:
    line.tell(os.getpid())
    time.sleep(600)


def brief(line: Any) -> int:
    line.tell(os.getpid())
    return 7


def main() -> None:
    """Prints the number of the child, and waits for it."""
    from tests.ocean.embedding import stuck as this

    bounded(this.stuck, seconds=600, on_told=lambda number: print(number, flush=True))  # noqa: T201  # told to the test


if __name__ == "__main__":
    sys.exit(main())
