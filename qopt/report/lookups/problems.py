"""The problems of a study made again from what its records say of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

from ...batch import Record
from ...errors import QoptError
from ...plugins import make_problem
from ...problem import Problem
from ...provenance import fingerprint


@dataclass(frozen=True)
class Problems:
    """Each made once; what cannot be made again is remembered by the reason, a QoptError."""

    made: dict[tuple[str, str], Problem[Any] | QoptError] = field(default_factory=dict)

    def of(self, record: Record) -> Problem[Any]:
        """Raises QoptError where its file is gone, or says something else than when it was
        solved.
        """
        key = (record.kind, record.instance)
        if key not in self.made:
            self.made[key] = _again(record)
        found = self.made[key]
        if isinstance(found, QoptError):
            raise found
        return found


def _again(record: Record) -> Problem[Any] | QoptError:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were told when it was solved
            problem = make_problem(record.kind, **record.source)
    except QoptError as error:
        return error
    except (TypeError, ValueError) as error:
        return QoptError(f"{record.instance} cannot be made again: {error}")
    if fingerprint(problem) != record.parts.get("instance"):
        return QoptError(f"{record.instance} is no longer what was solved: its source changed")
    return problem
