"""What a result must say of its own making: versions, and a hash of what was solved."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PLAIN = frozenset({str, int, float, bool, type(None)})
PACKAGES = (
    "qopt-annealing",
    "dimod",
    "dwave-ocean-sdk",
    "numba",
    "numpy",
    "ortools",
    "pyscipopt",
    "pyvrp",
)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages an answer can depend on; absent ones are left out."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed


def fingerprint(thing: Any) -> str:
    """`sha256:...` over the content of dataclasses, arrays, mappings and plain values: equal
    content, equal hash.

    An object of another kind says what it consists of by a method `fingerprint_parts()`.
    """
    digest = hashlib.sha256()
    _feed(digest, thing)
    return f"sha256:{digest.hexdigest()}"


def _feed(digest: Any, thing: Any) -> None:
    if type(thing) in PLAIN:  # most of what a large model consists of
        digest.update(f"{type(thing).__name__}:{thing!r};".encode())
        return
    if hasattr(thing, "fingerprint_parts"):
        thing = thing.fingerprint_parts()
    elif is_dataclass(thing) and not isinstance(thing, type):
        thing = {"": type(thing).__qualname__} | {
            f.name: getattr(thing, f.name) for f in fields(thing)
        }
    if isinstance(thing, Mapping):
        digest.update(b"{")
        for key in sorted(thing, key=repr):
            digest.update(repr(key).encode())
            _feed(digest, thing[key])
        digest.update(b"}")
    elif hasattr(thing, "tobytes") and hasattr(thing, "shape"):
        digest.update(f"{thing.dtype}{thing.shape}".encode() + thing.tobytes())
    elif isinstance(thing, list | tuple):
        digest.update(b"[")
        for item in thing:
            _feed(digest, item)
        digest.update(b"]")
    else:
        digest.update(f"{type(thing).__name__}:{thing!r};".encode())
