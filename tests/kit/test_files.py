from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qopt import FileError, Infeasible, InputWarning, QoptError
from qopt.kit.checks import require_count
from qopt.kit.files import Fields, Text, Words, noted, number, opened_text, whole

from ..fuzz import examples
from ..mangle import refused_or


def _text(tmp_path: Path, content: str | bytes, name: str = "file.txt") -> Text:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Text.read(path)


def _words(tmp_path: Path, content: str, comments: tuple[str, ...] = ()) -> Words:
    return _text(tmp_path, content).words(comments=comments)


# what a text is written in

MARKS = {
    "utf-8": b"",
    "utf-8-sig": b"",  # writes its own
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("encoding", MARKS)
def test_every_unicode_encoding_with_its_mark_is_read_without_a_word(
    encoding: str, tmp_path: Path
) -> None:
    text = _text(tmp_path, MARKS[encoding] + "Zürich 12\nŁódź 3\n".encode(encoding))
    assert (text.content, text.notes) == ("Zürich 12\nŁódź 3\n", ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen_by_its_zeros(encoding: str, tmp_path: Path) -> None:
    for content in ("4 items\n1 2 3 Łódź\n", "12\n", "Łódź 1 2 3 4 5 6\n" * 500):
        assert _text(tmp_path, content.encode(encoding)).content == content


def test_what_is_no_utf_8_is_windows_1252_and_said_once_with_its_line(tmp_path: Path) -> None:
    text = _text(tmp_path, "depot\nMünchen 5 €\n".encode("cp1252"))
    assert text.content == "depot\nMünchen 5 €\n"
    assert text.notes == (
        "line 2 is not valid UTF-8: the file was read as Windows-1252 (Latin-1) text",
    )


def test_bytes_that_windows_1252_does_not_have_are_latin_1(tmp_path: Path) -> None:
    assert _text(tmp_path, b"a\x81 \xe9\n").content == "a\x81 é\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(ending: str, tmp_path: Path) -> None:
    text = _text(tmp_path, ending.join(["1 2", "", "x"]))
    assert [(line.number, line.text) for line in text.lines()] == [(1, "1 2"), (3, "x")]


def test_the_end_of_a_dos_file_is_no_word(tmp_path: Path) -> None:
    words = _words(tmp_path, "1 2\r\n\x1a")
    assert [words.whole("a"), words.whole("b"), words.left()] == [1, 2, 0]


def test_zeros_that_fill_up_a_file_are_passed_over_and_said(tmp_path: Path) -> None:
    text = _text(tmp_path, b"1 2\r\n" + bytes(400))
    assert text.content == "1 2\n"
    assert text.notes == ("the zeros that fill up the end of the file are passed over",)


@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(st.binary(max_size=80))
@example(b"\xff\xfe\x00")
@example(b"\x1f\x8b\x08")
def test_any_bytes_are_a_text_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(content)
    text = refused_or(Text.read, path)
    assert text is None or not {"\0", "\r"} & set(text.content)


# compressed

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
}


@pytest.mark.parametrize("ending", PACK)
def test_compressed_files_are_read_through_whatever_they_are_called(
    ending: str, tmp_path: Path
) -> None:
    packed = PACK[ending]("Zürich 12\n".encode("utf-16"))
    for name in (f"town.dat.{ending}", "town.dat"):
        text = _text(tmp_path, packed, name)
        assert (text.content, text.stem) == ("Zürich 12\n", "town")


@pytest.mark.parametrize("ending", PACK)
def test_damaged_and_cut_archives_are_named_as_such(ending: str, tmp_path: Path) -> None:
    packed = PACK[ending](b"1 2 3\n" * 1000)
    cut, bent = packed[: len(packed) // 2], bytearray(packed)
    bent[len(bent) // 2 - 4 : len(bent) // 2 + 4] = b"\xff" * 8
    for content in (cut, bytes(bent)):
        with pytest.raises(FileError, match="a compressed file that is damaged or cut short"):
            _text(tmp_path, content, f"file.{ending}")


def test_an_ending_that_is_no_compression_stays_in_the_name() -> None:
    assert Text(Path("a/ft06.best.txt"), "").stem == "ft06.best"
    assert Text(Path("a/nug12.dat.XZ"), "").stem == "nug12"


# what is no text


def _zip(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def _npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, a=np.ones(2))
    return file.getvalue()


def _npy() -> bytes:
    file = io.BytesIO()
    np.save(file, np.ones(2))
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()


def _parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(file)
    return file.getvalue()


def _sqlite(tmp_path: Path) -> bytes:
    path = tmp_path / "some.db"
    with sqlite3.connect(path) as base:
        base.execute("create table t (a)")
    base.close()
    return path.read_bytes()


OTHERS: dict[str, tuple[Callable[[], bytes], str]] = {
    "xlsx": (lambda: _zip("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook .*as CSV"),
    "xls": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "an old Excel workbook .*as CSV"),
    "ods": (lambda: _zip("mimetype", "content.xml"), "an OpenDocument file; export .*as CSV"),
    "docx": (lambda: _zip("word/document.xml"), "a Word document; save"),
    "zip": (lambda: _zip("nug12.dat"), "a ZIP archive; unpack it first"),
    "broken zip": (lambda: _zip("nug12.dat")[:40], "a ZIP archive; unpack it first"),
    "npz": (_npz, "an .npz archive of arrays"),
    "npy": (_npy, "a .npy array; load it with numpy"),
    "tar": (_tar, "a tar archive; unpack it first"),
    "tar.gz": (lambda: gzip.compress(_tar()), "a tar archive; unpack it first"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    "zst": (lambda: b"\x28\xb5\x2f\xfd\x04", "compressed by zstd; decompress it"),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3", "a PDF; save the numbers"),
    "png": (lambda: b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    "jpg": (lambda: b"\xff\xd8\xff\xe0", "a JPEG picture"),
    "parquet": (_parquet, "a Parquet file; read it with polars"),
    "hdf5": (lambda: b"\x89HDF\r\n\x1a\n", "an HDF5 file; export the table as CSV"),
    "nul": (lambda: b"1 2\0 3\n", "not a text file"),
    "noise": (lambda: bytes(range(1, 256)), "not a text file"),
    "half utf-16": (
        lambda: codecs.BOM_UTF16_LE + b"\x00\xd8\x00", "though it begins as one in UTF-16"
    ),
    "wide nul": (lambda: "1\0 2".encode("utf-16"), "not a text file"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_text_is_refused_by_what_it_is(kind: str, tmp_path: Path) -> None:
    make, said = OTHERS[kind]
    with pytest.raises(FileError, match=rf"file\.txt: .*{said}") as caught:
        _text(tmp_path, make())
    assert len(str(caught.value).splitlines()) == 1


def test_a_database_is_refused_by_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="an SQLite database; export the table as CSV"):
        _text(tmp_path, _sqlite(tmp_path))


@pytest.mark.parametrize(
    "page",
    ["<!DOCTYPE html>\n<p>", "\n\n <html lang=en>", "<!-- saved -->\n<HTML>", "<head><title>"],
)
def test_a_page_about_a_file_is_not_the_file(page: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="a web page and not the file itself; download the raw"):
        _text(tmp_path, page)


def test_a_stand_in_of_git_lfs_says_how_to_fetch_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"a stand-in for a large file .*'git lfs pull'"):
        _text(tmp_path, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")


def test_a_folder_a_missing_file_and_one_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileError, match="a folder; give a file in it"):
        Text.read(tmp_path)
    with pytest.raises(FileError, match=r"none\.txt: No such file"):
        Text.read(tmp_path / "none.txt")
    with pytest.raises(FileError, match="no file has a NUL in its name"):
        Text.read("a\0b")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match=r"mine\.txt: Permission denied"):
        Text.read(tmp_path / "mine.txt")


def test_what_is_too_large_is_refused_by_its_size_packed_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qopt.kit.files.text.MOST_BYTES", 2_000_000)
    assert len(_text(tmp_path, "1" * 2_000_000).content) == 2_000_000
    for content in (b"1" * 2_000_001, gzip.compress(b"1" * 2_000_001)):
        with pytest.raises(FileError, match="more than 2 MB of text; give a smaller file"):
            _text(tmp_path, content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_large_files_are_read_line_by_line(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "large.lp"
    path.write_bytes(gzip.compress("é 1\r\n2\n".encode(encoding)))
    with opened_text(path) as lines:
        assert [line.split() for line in lines] == [["é", "1"], ["2"]]


@pytest.mark.parametrize("content", [b"PAR1xxxx", b"1 \0 2"])
def test_large_files_that_are_no_text_are_refused_too(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "large.lp").write_bytes(content)
    with (
        pytest.raises(FileError, match=r"large\.lp: not a text file"),
        opened_text(tmp_path / "large.lp"),
    ):
        pass


# lines and words


def test_an_empty_file_has_no_words_but_an_empty_text(tmp_path: Path) -> None:
    for content in ("", " \n\t\n", "\ufeff", "# only a remark\n"):
        assert isinstance(_text(tmp_path, content), Text)
        with pytest.raises(FileError, match=r"file\.txt: the file is empty"):
            _words(tmp_path, content, ("#",))


def test_lines_know_their_number_and_their_words_their_column(tmp_path: Path) -> None:
    lines = list(_text(tmp_path, "# head\n\n  a  1.5\n").lines(comments=("#",)))
    assert [(line.number, line.text) for line in lines] == [(3, "a  1.5")]
    assert lines[0].words() == [("a", 3, 1), ("1.5", 3, 4)]
    with pytest.raises(FileError, match=r":3: 'a': give a whole number from 1 to 9"):
        lines[0].wholes(least=1, most=9)
    with pytest.raises(FileError, match=r":3: 'a': give a number from 0 to 1e\+15"):
        lines[0].numbers(least=0)
    assert next(_text(tmp_path, "3 4.0").lines()).wholes() == [3, 4]
    assert next(_text(tmp_path, "3 -4.5").lines()).numbers() == [3, -4.5]


def test_comments_are_passed_over_to_the_end_of_their_line(tmp_path: Path) -> None:
    words = _words(tmp_path, "# 9\n1 2 // 9 9\n%9\n3 #9\n", ("#", "//", "%"))
    assert [words.whole("it") for _ in range(3)] == [1, 2, 3]
    words.end("the third")
    assert (
        _words(tmp_path, "#1 2", ()).word("it") == "#1"
    )  # where no comments are said to be, there are none


def test_words_are_taken_one_after_another_and_complaints_have_the_line(tmp_path: Path) -> None:
    words = _words(tmp_path, "3 cats\n1e1 2.5\n")
    assert (words.words_on_first_line(), words.left(), words.peek()) == (2, 4, "3")
    assert (words.whole("the count"), words.word("the animal"), words.line) == (3, "cats", 1)
    assert (words.whole("ten"), words.number("a half"), words.peek()) == (10, 2.5, "")
    with pytest.raises(FileError, match=r"file\.txt:2: the file ends before more; is it cut short"):
        words.word("more")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("x", r":1: 'x' is not a number \(the size\)$"),
        ("1,000", r":1: '1,000' is not a number \(the size\); write thousands without commas"),
        ("1,5", r":1: '1,5' is not a number \(the size\); write decimals with a point"),
        ("12,", r":1: '12,' is not a number \(the size\); numbers stand between spaces here"),
        ("nan", r":1: 'nan' is not a number"),
        ("1_0", r":1: '1_0' is not a number"),
        ("٣", r":1: '٣' is not a number"),
        ("1e16", r":1: 1e16 for the size: give a number from 1 to 1e\+15"),
        ("-inf", r":1: -inf for the size: give a number from 1 to"),
        ("0.5", r":1: 0.5 for the size: give a number from 1 to"),
        ("2.5", r":1: 2.5 for the size: give a whole number"),
        ("9" * 5000, r":1: 9{40} for the size: give a number"),
    ],
)
def test_what_is_no_whole_number_is_told_with_the_remedy(
    word: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match=said) as caught:
        _words(tmp_path, word).whole("the size")
    assert len(str(caught.value)) < len(str(tmp_path)) + 200


def test_tables_parts_and_ends(tmp_path: Path) -> None:
    words = _words(tmp_path, "1 2\n3 4\n5 6 7\n")
    assert words.table("the table", 2, 2) == [[1, 2], [3, 4]]
    part = words.part(2, "the pair")
    assert (part.table("a pair", 1, 2), part.left()) == ([[5, 6]], 0)
    with pytest.raises(FileError, match=r":3: '7' follows the pair, which should be the last"):
        words.end("the pair")
    with pytest.raises(FileError, match=r":3: 4 numbers are due for more, and 0 are left"):
        words.table("more", 2, 2)
    with pytest.raises(FileError, match=r":3: the file ends within more"):
        words.part(1, "more")
    with pytest.raises(FileError, match=r":3: the file ends within more"):
        words.skip(1, "more")
    _words(tmp_path, "1 2\n3").pass_numbers("others")
    with pytest.raises(FileError, match=r":2: 'x' is not a number \(others\)"):
        _words(tmp_path, "1 2\nx").pass_numbers("others")


def test_where_lines_end_is_known(tmp_path: Path) -> None:
    words = _words(tmp_path, "1 2\n3\n4 5 6\n")
    assert words.closes([2, 1, 3])
    assert words.closes([3])
    assert not words.closes([1])
    assert not words.closes([2, 5])
    assert words.columns() == {1, 2, 3}
    words.whole("it")
    with pytest.raises(FileError, match=r":1: '2' follows the size on the same line"):
        words.close_line("the size")
    words.whole("it")
    words.close_line("the pair")
    assert (words.closes([1, 3]), words.columns()) == (True, {1, 3})


@pytest.mark.parametrize(
    ("word", "value", "counted"),
    [
        ("12", 12.0, 12), ("-3", -3.0, -3), ("+4", 4.0, 4), ("12.", 12.0, 12), ("1.2e1", 12.0, 12),
        ("0.5", 0.5, None), ("inf", float("inf"), None), ("", None, None), ("0x1", None, None),
        ("\uff11", None, None), ("1e400", float("inf"), None),
        ("9007199254740993", 9007199254740992.0, 9007199254740993),
    ],
)  # fmt: skip
def test_words_as_numbers(word: str, value: float | None, counted: int | None) -> None:
    assert (number(word), whole(word)) == (value, counted)


# from a text to a class


@dataclass(frozen=True)
class Shop:
    """As the classes are that readers make."""

    demand: list[float]
    capacity: float = 9.0
    vehicles: int = 1

    def __post_init__(self) -> None:
        require_count("vehicles", self.vehicles)
        if self.capacity < 0:
            raise Infeasible(f"capacity={self.capacity:g}: give 0 or more", ("row",), ("capacity",))
        for k, amount in enumerate(self.demand):
            if amount > self.capacity:
                raise QoptError(f"demand {k + 1} is {amount:g}", ("demand", k, "amount"))
        if not self.demand:
            raise QoptError("no demand at all")


def _shop(tmp_path: Path, content: str = "9\n5\n7\n") -> Fields:
    text = _text(tmp_path, content)
    words, fields = text.words(), Fields(text, {})
    fields.take(words, "capacity", "the capacity")
    fields.take(words, "demand", "the demands", words.left())
    return fields


def test_what_a_class_refuses_is_told_with_the_line_of_the_nearest_place(tmp_path: Path) -> None:
    assert _shop(tmp_path).make(Shop) == Shop([5, 7], 9)
    with pytest.raises(FileError, match=r"file\.txt:3: demand 2 is 11$"):
        _shop(tmp_path, "9\n5\n11\n").make(Shop)
    with pytest.raises(FileError, match=r"file\.txt: no demand at all$"):
        Fields(_text(tmp_path, "x"), {"demand": []}).make(Shop)


def test_a_place_may_have_a_column(tmp_path: Path) -> None:
    fields = Fields(_text(tmp_path, "x"), {"demand": [11]}, {("demand", 0): (4, 7)})
    with pytest.raises(FileError, match=r"file\.txt:4:7: demand 1 is 11$") as caught:
        fields.make(Shop)
    assert (caught.value.line, caught.value.column) == (4, 7)


def test_what_is_wrong_with_an_option_is_not_the_file_s_fault(tmp_path: Path) -> None:
    with pytest.raises(QoptError, match=r"^vehicles=0: give a whole number, 1 or more$"):
        _shop(tmp_path).make(Shop, vehicles=0)
    with pytest.raises(Infeasible, match=r"^capacity=-1: give"):
        _shop(tmp_path).make(Shop, capacity=-1)
    assert _shop(tmp_path).make(Shop, capacity=8.0).capacity == 8.0


def test_what_is_infeasible_stays_so_and_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(Infeasible, match=r"file\.txt:1: capacity=-3: give 0 or more") as caught:
        _shop(tmp_path, "-3\n5\n").make(Shop)
    assert (caught.value.labels, caught.value.place) == (("row",), ("capacity",))


def test_file_errors_within_pass_as_they_are(tmp_path: Path) -> None:
    text = _text(tmp_path, "x")
    with pytest.raises(FileError, match=r"file\.txt:5: seen$"), text.blaming({(): 1}):
        raise text.error("seen", 5)


def test_tables_are_taken_by_rows_or_turned_with_the_line_of_each_number(tmp_path: Path) -> None:
    text = _text(tmp_path, "1 2 3\n4 5\n6\n")
    fields, turned = Fields(text, {}), Fields(text, {})
    fields.take(text.words(), "cost", "the costs", 2, 3)
    turned.take(text.words(), "cost", "the costs", 2, 3, turned=True)
    assert fields.values["cost"] == [[1, 2, 3], [4, 5, 6]]
    assert turned.values["cost"] == [[1, 4], [2, 5], [3, 6]]
    assert fields.places["cost", 1, 2] == turned.places["cost", 2, 1] == 3
    assert fields.places[("cost",)] == 1
    with pytest.raises(FileError, match=r":1: '2' follows a row of costs on the same line"):
        fields.take(text.words(), "cost", "a row of costs", 4, 1, by_line=True)
    fields.take(text.words(), "cost", "a row of costs", 1, 3, by_line=True)
    with pytest.raises(FileError, match=r":3: 8 numbers are due for the costs, and 6 are left"):
        fields.take(text.words(), "cost", "the costs", 2, 4)


def test_what_there_is_to_say_goes_with_what_was_made_once_each(tmp_path: Path) -> None:
    text = _text(tmp_path, "Zürich".encode("latin-1"))
    fields = Fields(text, {"demand": [1]}, notes=["chosen", "chosen"], warnings=["look!"])
    with pytest.warns(InputWarning, match="^look!$") as caught:
        shop: Any = fields.make(Shop)
    assert shop.notes == (*text.notes, "chosen", "look!")
    assert len(caught) == 1
    assert Path(caught[0].filename) == Path(__file__)
    assert noted(shop, ["more"]).notes == (*text.notes, "chosen", "look!", "more")
