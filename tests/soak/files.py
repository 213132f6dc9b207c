"""Random files: every reader reads a mangled one, or refuses it in one line that names it."""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path

import numpy as np

from qopt import InputWarning, QoptError

from ..mangle import TOKENS, WORD
from ..problems.test_mangled_files import TEXTS, _reader
from .cases import Broken


def check(random: np.random.Generator) -> str:
    """One file; returns what became of it."""
    name = str(random.choice(list(TEXTS)))
    content = _mangled(TEXTS[name], random)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        data = {"name": name, "content": content.decode("latin-1")}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", InputWarning)
                _reader(path)(path)
        except QoptError as error:
            said = str(error)
            if not said.startswith(str(path)) or len(said.splitlines()) != 1:
                raise Broken(f"not one line that names the file: {said!r}", data) from None
            return "refused"
        except Exception as error:
            raise Broken(f"{type(error).__name__}: {error}", data) from error
    return "read"


def _mangled(text: str, random: np.random.Generator) -> bytes:
    """Some words or lines replaced, lost, doubled or swapped, and now and then some bytes among
    them.
    """
    for _ in range(int(random.integers(1, 5))):
        words = bool(random.integers(2))
        parts = re.split(f"({WORD})", text) if words else text.splitlines(keepends=True)
        places = list(range(int(words), len(parts), 1 + words)) or [0]
        at, other = (int(place) for place in random.choice(places, 2))
        match int(random.integers(5)):
            case 0 | 1:
                parts[at] = str(random.choice([*TOKENS, parts[other]]))
            case 2:
                parts[at] = ""
            case 3:
                parts[at] += parts[at]
            case 4:
                parts[at], parts[other] = parts[other], parts[at]
        text = "".join(parts) or " "
    content = text.encode()
    if random.random() < 0.3:
        at = int(random.integers(len(content) + 1))
        content = content[:at] + random.bytes(int(random.integers(9))) + content[at:]
    return content
