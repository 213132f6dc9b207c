"""Published instances with published answers, where QOPT_INSTANCES says they are."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("QOPT_INSTANCES", ""))


def instances(family: str, *needed: str) -> pytest.MarkDecorator:
    """Parametrise `entry` over the index's entries of a family that have the keys `needed`; skip
    where there is no index.
    """
    if "QOPT_INSTANCES" not in os.environ:
        reason = "set QOPT_INSTANCES to the folder of benchmark instances to run this"
        return pytest.mark.parametrize(
            "entry", [pytest.param({}, id=family, marks=pytest.mark.skip(reason))]
        )
    files = [FOLDER / "index.json", FOLDER / "qoblib" / "index.json"]
    index = [entry for file in files if file.exists() for entry in json.loads(file.read_text())]
    entries = [entry for entry in index if entry["family"] == family and set(needed) <= set(entry)]
    return pytest.mark.parametrize("entry", entries, ids=[entry["name"] for entry in entries])


def qoblib(family: str) -> pytest.MarkDecorator:
    """As `instances`, of those of QOBLIB."""
    path = FOLDER / "qoblib" / "index.json"
    if "QOPT_INSTANCES" not in os.environ or not path.exists():
        reason = "set QOPT_INSTANCES to a folder with instances of QOBLIB to run this"
        return pytest.mark.parametrize(
            "entry", [pytest.param({}, id=family, marks=pytest.mark.skip(reason))]
        )
    entries = [
        entry for entry in json.loads(path.read_text()) if entry["family"] == f"qoblib/{family}"
    ]
    return pytest.mark.parametrize("entry", entries, ids=[entry["name"] for entry in entries])
