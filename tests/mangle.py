"""Files mangled in every way, and the law about them: a problem, or one line that names the file,
and nothing else.

A test of a reader has an independent reading of its own, slow and plain, and says

    @settings(deadline=None, max_examples=examples(200), derandomize=True)
    @given(content=mangled(TEXT))
    def test_a_mangled_file_is_read_as_it_stands(content, tmp_path_factory):
        path = tmp_path_factory.getbasetemp() / "file.txt"
        path.write_bytes(content)
        problem = refused_or(Problem.read, path)
        if problem is not None:
            ...  # equal to the independent reading of `content`
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st

from qopt import InputWarning, QoptError

T = TypeVar("T")

WORD = r"\"[^\"\n]*\"|[^\s,:()\[\]{}]+"
TOKENS = [
    "", "0", "-1", "1.5", "1e400", "nan", "-inf", "9" * 300, "9" * 5000, "1e308", "-1e308",
    "1e-320", "null", "true", "NaN", "[", "]", '"', "x", "1.2.3", "²", "٣", "1_0", "\ufeff", "\x00",
    "é\u2028", ":", ",", "#", "EOF", "X_SECTION",
]  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn, text: str) -> bytes:
    """One to three words or lines replaced, deleted, doubled or swapped; now and then bytes."""
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        words = draw(st.booleans())
        parts = re.split(f"({WORD})", text) if words else text.splitlines(keepends=True)
        places = st.sampled_from(range(int(words), len(parts), 1 + words) or [0])
        at, other = draw(places), draw(places)
        match draw(st.sampled_from(["replace", "replace", "delete", "double", "swap"])):
            case "replace":
                parts[at] = draw(st.sampled_from(TOKENS))
            case "delete":
                parts[at] = ""
            case "double":
                parts[at] += parts[at]
            case "swap":
                parts[at], parts[other] = parts[other], parts[at]
        text = "".join(parts) or " "
    content, noise = text.encode(), draw(st.just(b"") | st.binary(max_size=8))
    at = draw(st.integers(0, len(content)))
    return content[:at] + noise + content[at:]


def other_words(text: str) -> Iterator[bytes]:
    """The text with every word of it replaced by every token."""
    for word in re.finditer(WORD, text):
        for token in TOKENS:
            yield (text[: word.start()] + token + text[word.end() :]).encode()


def decoded(content: bytes) -> str:
    """The text of a file's bytes: UTF-8, Windows-1252 or Latin-1, without what fills up its end."""
    content = content.rstrip(b"\0")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")


def plain_rows(content: bytes, *comments: str) -> list[list[str]]:
    """The words of each line that has any, up to one that begins with one of `comments`."""
    rows = []
    for line in decoded(content).rstrip("\0").rstrip("\x1a").split("\n"):
        words = line.split()
        end = next((k for k, word in enumerate(words) if word.startswith(comments or "\0")), None)
        rows.append(words[:end])
    return [row for row in rows if row]


def refused_or(read: Callable[[Path], T], path: Path) -> T | None:
    """What `read` makes of the file; None where it refuses it, in one line with the path."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)
            return read(path)
    except QoptError as error:
        said = str(error)
    assert said.startswith(str(path))
    assert len(said.splitlines()) == 1
    return None
