"""Where a user's own files belong on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder(name: str, variable: str = "QOPT_CACHE") -> Path | None:
    """The folder of caches called `name`; None where the user has switched them off.

    The environment's `variable` names a folder of its own, or says "off". Without it `QOPT_CACHE`
    decides, which names the folder of all caches or says "off", and else the folder is where this
    system keeps caches.

    >>> os.environ["QOPT_CACHE"] = "/tmp/caches"
    >>> cache_folder("trials")
    PosixPath('/tmp/caches/trials')
    """
    own = os.environ.get(variable) if variable != "QOPT_CACHE" else None
    if own:
        return None if own.lower() == "off" else Path(own)
    named = os.environ.get("QOPT_CACHE")
    if named:
        return None if named.lower() == "off" else Path(named) / name
    home = Path.home()
    places = {
        "win32": Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")),
        "darwin": home / "Library" / "Caches",
    }
    base = places.get(sys.platform, Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache"))
    return base / "qopt" / name
