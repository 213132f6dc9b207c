"""A study's file, laid over what it extends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import FileError
from ...kit.yaml import Document, Mistakes, Place, Way, filled

DEEPEST = 20  # files that extend each other


class StudyError(Mistakes):
    """All that is wrong in a study, a line each: `file:line:column: path: what, and the remedy`."""


def read_document(path: Path) -> Document:
    """With variables of the environment put in, and with the files that it `extends`, which are
    among its `texts` after itself.

    Raises FileError for what is no YAML file, StudyError, with the place, for its syntax.
    """
    return _extended(path, ())


def _extended(path: Path, above: tuple[Path, ...]) -> Document:
    """A file, with what it does not say itself from the file that it `extends`."""
    document = filled(Document.read(path, StudyError))
    base = document.data.get("extends") if isinstance(document.data, dict) else None
    if base is None:
        return document
    if not isinstance(base, str):
        raise document.told([document.complaint(("extends",), "give the name of one file")])
    if path.resolve() in above or len(above) > DEEPEST:
        raise document.told([document.complaint(("extends",), f"{base} extends this file again")])
    below = path.parent / base
    try:
        ground = _extended(below, (*above, path.resolve()))
    except FileError as error:
        raise document.told([document.complaint(("extends",), str(error))]) from None
    if not isinstance(ground.data, dict):
        raise document.told([document.complaint(("extends",), f"{base} has no keys and values")])
    own = {key: value for key, value in document.data.items() if key != "extends"}
    places = dict(ground.places)
    data = _laid_over(ground.data, own, (), places)
    return replace(
        document,
        data=data,
        places={**places, **document.places},
        complaints=(*ground.complaints, *document.complaints),
        texts={**document.texts, **ground.texts},
    )


def _laid_over(ground: Any, own: Any, way: Way, places: dict[Way, Place]) -> Any:
    """Mappings are laid over each other key by key; of anything else the own takes the place.

    Places of what is gone are dropped.
    """
    if isinstance(ground, dict) and isinstance(own, dict):
        both = dict(ground)
        for key, value in own.items():
            below = (*way, str(key))
            both[key] = _laid_over(ground[key], value, below, places) if key in ground else value
        return both
    for gone in [other for other in places if other[: len(way)] == way]:
        del places[gone]
    return own
