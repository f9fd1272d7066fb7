"""A file is written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from isolator.system.files.writing import ChangedError, replace_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and limits of POSIX")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tests" / "test_a.py"
    path.parent.mkdir()
    path.write_bytes(b"old\r\n")
    return path


def neighbours(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def test_the_new_bytes_take_the_place_of_the_old(file: Path) -> None:
    replace_file(str(file), b"old\r\n", b"new\n\xff")
    assert file.read_bytes() == b"new\n\xff"
    assert neighbours(file) == ["test_a.py"]


def test_a_relative_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    replace_file("test_a.py", b"old\r\n", b"new")
    assert file.read_bytes() == b"new"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o666, 0o620])
def test_the_mode_stays(file: Path, mode: int) -> None:
    file.chmod(mode)
    replace_file(str(file), b"old\r\n", b"new")
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only the superuser can give files away")
def test_the_owner_stays(file: Path) -> None:
    os.chown(file, 1234, 4321)
    file.chmod(0o640)
    replace_file(str(file), b"old\r\n", b"new")
    status = file.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1234, 4321, 0o640)


def test_a_new_file_has_the_mode_of_new_files_and_its_directory_is_made(file: Path) -> None:
    new = file.parent / "sub" / "conftest.py"
    replace_file(str(new), None, b"import os\n")
    assert new.read_bytes() == b"import os\n"
    other = file.parent / "other"
    other.touch()
    assert new.stat().st_mode == other.stat().st_mode


@posix
def test_a_link_stays_and_its_target_is_written(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(Path("tests") / "test_a.py")
    replace_file(str(link), b"old\r\n", b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert neighbours(link) == ["link.py", "tests"]


@pytest.mark.parametrize("before", [b"old", b"old\r\n\n", b"", None])
def test_a_file_that_is_not_what_was_read_is_left_alone(file: Path, before: bytes | None) -> None:
    with pytest.raises(ChangedError):
        replace_file(str(file), before, b"new")
    assert file.read_bytes() == b"old\r\n"
    assert neighbours(file) == ["test_a.py"]


def test_a_file_that_is_gone_stays_gone(file: Path) -> None:
    file.unlink()
    with pytest.raises(ChangedError):
        replace_file(str(file), b"old\r\n", b"new")
    assert neighbours(file) == []


def test_a_read_only_file_is_left_alone(file: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        replace_file(str(file), b"old\r\n", b"new")
    file.chmod(0o644)
    assert file.read_bytes() == b"old\r\n"
    assert neighbours(file) == ["test_a.py"]


@posix
def test_when_no_more_can_be_written_the_old_file_is_there_and_nothing_else(file: Path) -> None:
    import resource  # POSIX only

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            replace_file(str(file), b"old\r\n", b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert file.read_bytes() == b"old\r\n"
    assert neighbours(file) == ["test_a.py"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_when_writing_is_cut_off_the_old_file_is_there_and_nothing_else(
    file: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(_: int) -> None:
        assert len(neighbours(file)) == 2
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(error)):
        replace_file(str(file), b"old\r\n", b"new")
    assert file.read_bytes() == b"old\r\n"
    assert neighbours(file) == ["test_a.py"]
