"""A file is the old one or the new one, whatever ends its writing: a kill, a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qopt import FileError
from qopt.kit.saving import replacing, require_writable


def _save(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def test_a_file_is_written_in_folders_that_are_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.json"
    _save(path, b"one")
    _save(path, b"two")
    assert path.read_bytes() == b"two"
    assert [found.name for found in path.parent.iterdir()] == ["file.json"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, MemoryError])
def test_what_ends_the_writing_leaves_the_old_file_and_nothing_else(
    fault: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "file.json"
    _save(path, b"old")

    def half() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise fault

    with pytest.raises(fault):
        half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="a kill and a limit of file sizes are POSIX")
def test_what_a_killed_process_left_is_cleared_by_the_next_that_writes_there(
    tmp_path: Path,
) -> None:
    killed = _python(
        """
        import sys, time
        from qopt.kit.saving import replacing
        with replacing(sys.argv[1]) as file:
            file.write(b"half" * 100_000)
            file.flush()
            print("writing", flush=True)
            time.sleep(60)
        """,
        str(tmp_path / "file.json"),
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == "writing\n"
    assert len(list(tmp_path.iterdir())) == 1
    with replacing(tmp_path / "beside.json"):
        assert len(list(tmp_path.iterdir())) == 2  # the other is alive
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    _save(tmp_path / "beside.json", b"whole")
    assert [found.name for found in tmp_path.iterdir()] == ["beside.json"]


@pytest.mark.skipif(os.name != "posix", reason="a kill and a limit of file sizes are POSIX")
@pytest.mark.parametrize("room", [0, 1, 4096, 65536])
def test_a_full_disk_is_one_line_and_leaves_the_old_file(room: int, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    _save(path, b"old")
    full = _python(
        """
        import resource, signal, sys
        from qopt import FileError
        from qopt.kit.saving import replacing
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
        try:
            with replacing(sys.argv[1]) as file:
                file.write(b"x" * 100_000)
        except FileError as error:
            print(error)
        """,
        str(path),
        str(room),
    )
    said, wrong = full.communicate()
    assert wrong == ""
    assert said == f"{path}: cannot be written: File too large\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_threads_that_save_to_one_path_do_not_fail_each_other(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    contents = [bytes([65 + k]) * 100_000 for k in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            list(pool.map(lambda content: _save(path, content), contents))
            assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_readers_meet_whole_files_only(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    _save(path, b"a" * 100_000)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(
            lambda: [_save(path, bytes([97 + k % 3]) * 100_000) for k in range(50)]
        )
        while not writing.done():
            content = path.read_bytes()
            assert len(content) == 100_000
            assert len(set(content)) == 1
            time.sleep(0)
        writing.result()


def test_where_no_file_can_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in (".", "..", "/", str(tmp_path), "a\0b"):
        with pytest.raises(FileError, match=r"cannot be written: .*give the name of a file"):
            require_writable(name)
    with pytest.raises(FileError, match="file is not a folder"):
        require_writable(tmp_path / "file" / "x.json")
    assert require_writable(tmp_path / "new" / "x.json") == tmp_path / "new" / "x.json"
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(
    os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root may write anywhere",
)
def test_a_folder_that_is_not_ones_own_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(FileError, match="Permission denied"):
        require_writable(closed / "x.json")
