"""Files opened, through their compression."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ...errors import FileError

COMPRESSED: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ": lzma.open,
    b"BZh": bz2.open,
}
PACKED = (".gz", ".xz", ".bz2")
BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)  # by a damaged archive


def stem(path: Path) -> str:
    """A file's name without its last ending, and without that of a compression."""
    return path.with_suffix("").stem if path.suffix.lower() in PACKED else path.stem


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where it is compressed. Raises FileError, also within."""
    if "\0" in str(path):
        raise FileError(str(path).replace("\0", "\\0"), "no file has a NUL in its name")
    try:
        with path.open("rb") as raw:
            head = raw.read(8)
            raw.seek(0)
            unpack = next(
                (unpack for magic, unpack in COMPRESSED.items() if head.startswith(magic)), None
            )
            if unpack is None:
                yield raw
            else:
                with unpack(raw) as file:
                    yield file
    except IsADirectoryError:
        raise FileError(path, "a folder; give a file in it") from None
    except BROKEN as error:
        raise FileError(path, f"a compressed file that is damaged or cut short ({error})") from None
    except OSError as error:
        broken = f"a compressed file that is damaged or cut short ({error})"  # bz2 gives no number
        raise FileError(path, error.strerror or broken) from None
