"""Models read from what a client uploaded."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TypeVar

from ...errors import QoptError
from ..backends import Work

Model = TypeVar("Model")


def read(work: Work, kind: str, from_file: Callable[[io.BytesIO], Model]) -> Model:
    """The model in the file that came with a job of type `kind`. Raises QoptError for another type
    of job and for bytes that are no such model.
    """
    if work.type != kind:
        raise QoptError(f"this solver takes problems of type {kind!r}, not {work.type!r}")
    if not isinstance(work.data, bytes):
        raise QoptError(f"a problem of type {kind!r} is uploaded, not sent in the job itself")
    try:
        return from_file(io.BytesIO(work.data))
    except Exception as error:  # readers raise KeyError, struct.error, BadZipFile and many more
        raise QoptError(
            f"the uploaded file is no {kind!r} model: {type(error).__name__}: {error}".strip()
        ) from None
