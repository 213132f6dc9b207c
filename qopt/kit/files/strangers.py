"""Files that are no text: what each seems to be, and what to do with it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from ...errors import FileError

OTHERS = {  # how files begin that are no text, what they are, and what to do
    b"\xd0\xcf\x11\xe0": (
        "an old Excel workbook or another Office document; export the sheet as CSV"
    ),
    b"PAR1": "a Parquet file; read it with polars.read_parquet or pandas and hand over the frame",
    b"ARROW1": "an Arrow file; read it with polars.read_ipc or pandas and hand over the frame",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
    b"%PDF": "a PDF; save the numbers in it as a text file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x93NUMPY": "a .npy array; load it with numpy and hand over the array",
    b"\x89HDF": "an HDF5 file; export the table as CSV",
    b"\x28\xb5\x2f\xfd": "compressed by zstd; decompress it first (unzstd)",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"\x7fELF": "a program",
}
PAGE = re.compile(
    r"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
POINTER = "version https://git-lfs"  # how what Git LFS has not fetched begins


def refuse_stand_ins(path: Path, content: str) -> None:
    """Raise FileError for a text that stands for the file somebody meant to give."""
    if PAGE.match(content):
        raise FileError(path, "a web page and not the file itself; download the raw file")
    if content.startswith(POINTER):
        stands = "a stand-in for a large file that Git LFS has not fetched"
        raise FileError(path, f"{stands}; fetch it with 'git lfs pull'")


def refuse_others(path: Path, data: bytes) -> None:
    """Raise FileError for the bytes of a file that is of another kind."""
    for magic, what in OTHERS.items():
        if data.startswith(magic):
            raise FileError(path, f"not a text file: it is {what}")
    if data[257:262] == b"ustar":
        raise FileError(path, "not a text file: it is a tar archive; unpack it first")
    if data.startswith(b"PK\x03\x04"):
        raise FileError(path, f"not a text file: it is {_archive(path)}")


def _archive(path: Path) -> str:
    """What a ZIP archive holds."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, NotImplementedError):
        names = []
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook (.xlsx); export the sheet as CSV"
    if "content.xml" in names:
        return "an OpenDocument file; export the sheet as CSV"
    if any(name.startswith("word/") for name in names):
        return "a Word document; save the numbers in it as a text file"
    if names and all(name.endswith(".npy") for name in names):
        return "an .npz archive of arrays, which is not read here"
    return "a ZIP archive; unpack it first"
