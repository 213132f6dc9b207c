"""What is shown while a study runs: a bar, lines, or JSON; and its log."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..batch import Record, Study, Trial, Watch
from . import shown
from .shown import write

if TYPE_CHECKING:
    from ..solver import Progress

LOG = "log.txt"


class Live:
    """On a terminal a bar with what was found; elsewhere a line a trial; all of it in the log."""

    def __init__(
        self, study: Study, trials: int, *, quiet: bool = False, jsonl: bool = False
    ) -> None:
        """Of `trials` that are to be solved or taken over, those of tuning among them."""
        self.study, self.trials, self.quiet, self.jsonl = study, trials, quiet, jsonl
        self.watch = Watch(self._begun, self._progress, self._ended, self._said)
        self._bar = shown.bar(shown=not quiet and not jsonl)
        self._task: Any = None
        self._log = logging.Logger(f"qopt.{study.name}")
        self._running: dict[str, str] = {}
        self._done = 0
        self._money = 0.0

    @property
    def left(self) -> int:
        """How many trials have not ended."""
        return self.trials - self._done

    def __enter__(self) -> Live:
        self._bar.start()
        self._task = self._bar.add_task(
            self.study.name, total=self.trials, status="what is missing is solved"
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()
        for handler in self._log.handlers:
            handler.close()

    def _begun(self, trial: Trial) -> None:
        self._running[trial.label] = ""
        self._write_log("begun", trial.label)
        self._tell("begun", {"label": trial.label})
        self._show()

    def _progress(self, trial: Trial, progress: Progress) -> None:
        if trial.label in self._running:
            self._running[trial.label] = shown.status_of(progress)
        if self.jsonl:
            found = {"seconds": progress.seconds, "objective": progress.objective}
            self._tell("progress", {"label": trial.label, **found})
        self._show()

    def _ended(self, record: Record) -> None:
        self._running.pop(record.label, None)
        self._done += 1
        self._money += record.money or 0.0
        said = shown.outcome_of(record)
        self._write_log("ended", said if record.error is None else f"{said}: {record.error}")
        self._tell("ended", record.to_dict())
        self._bar.advance(self._task)
        self._show()
        if not self.quiet and not self.jsonl and not self._bar.console.is_terminal:
            write(f"{self._done} of {self.trials}  {said}")
        if record.error is not None and not self.jsonl:
            self._complain(f"{record.label}: {record.error}")

    def _said(self, text: str) -> None:
        self._write_log("said", text)
        self._tell("said", {"text": text})
        if not self.quiet and not self.jsonl:
            self._complain(text)

    def _complain(self, text: str) -> None:
        self._bar.console.print(text, style="red", markup=False, soft_wrap=True)

    def _show(self) -> None:
        label, status = next(iter(self._running.items()), ("", ""))
        others = f" and {len(self._running) - 1} more" if len(self._running) > 1 else ""
        money = f", {self._money:g} spent" if self._money else ""
        self._bar.update(
            self._task,
            description=f"{self.study.name}: {label}{others}",
            status=f"{self._done} of {self.trials}{money}  {status}",
        )

    def _tell(self, event: str, thing: dict[str, Any]) -> None:
        if self.jsonl:
            write(json.dumps({"event": event, **thing}))

    def _write_log(self, event: str, text: str) -> None:
        if not self._log.handlers:
            self._log.addHandler(_handler(self.study.output / LOG))
        self._log.info("%-8s %s", event, text)


class _Log(logging.FileHandler):
    """A disk that is full is told of the records, and not of each line of the log."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        pass


def _handler(path: Path) -> logging.Handler:
    """To a file; that it cannot be written is no reason to end a study."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)  # before tuning there is none
        handler: logging.Handler = _Log(path, encoding="utf-8")
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s"))
    return handler
