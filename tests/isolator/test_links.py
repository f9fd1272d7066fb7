"""``.isolator``, or a part of it, is a link: nothing outside of the project is read, written or removed."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from isolator.system import journal as undo
from isolator.system.files.links import is_link, stands_for_another
from isolator.system.files.originals import digest
from isolator.system.files.workdir import begun, exclusive, linked, pending, work_folder
from isolator.system.journal import Change
from isolator.system.trial import recover, trial
from tests.isolator.inside import inside

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a privilege there")

TEST = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"
"""
NEW = """\
import os


def test_a(monkeypatch):
    monkeypatch.setenv("A", "1")
    assert os.environ["A"] == "1"
"""
SAID = "is a link: nothing is read, written or removed through it; remove the link"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project; beside it a folder ``outside`` that is none of its own, as full of things as ``.isolator`` can be."""
    root, outside = tmp_path / "project", tmp_path / "outside"
    root.mkdir()
    (root / "pytest.ini").write_text("[pytest]\n")
    (root / "test_a.py").write_text(TEST)
    (outside / "undo").mkdir(parents=True)
    entry = {"path": "test_a.py", "kept": "0", "original": digest(b"other"), "written": digest(TEST.encode())}
    manifest = json.dumps({"version": undo.VERSION, "files": [entry]})
    for folder in (outside, outside / "undo"):
        (folder / "manifest.json").write_text(manifest)
        (folder / "0").write_text("other")
        (folder / "fixes.json").write_text("[]")
        (folder / "evidence.json").write_text("{}")
    return root


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def link(project: Path, part: str) -> None:
    """Makes a part of ``.isolator`` a link to the folder outside."""
    if part != ".isolator":
        work_folder(project)
    (project / part).symlink_to(project.parent / "outside", target_is_directory=True)


def isolator(project: Path, *words: str) -> tuple[int, str, str]:
    done = inside(*words, folder=project)
    return done.returncode, done.stdout, done.stderr


PARTS = [".isolator", ".isolator/undo", ".isolator/kept", ".isolator/lock"]
NEED_IT = {
    "confirm": ("confirm", "--runs", "1"),
    "observe": ("observe",),
    "deflake": ("deflake", "--yes"),
    "fix": ("fix", "--write", "--confirm"),
    "merge": ("confirm", "merge", "shard.json"),
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", NEED_IT)
def test_commands_that_need_the_folder_end(project: Path, part: str, name: str) -> None:
    link(project, part)
    before = content(project.parent)
    assert isolator(project, *NEED_IT[name]) == (2, "", f"Error: {project / part}: {SAID}\n")
    assert content(project.parent) == before


@pytest.mark.parametrize("part", PARTS)
def test_others_go_on_without_it(project: Path, part: str) -> None:
    link(project, part)
    outside, line = content(project.parent / "outside"), f"{project / part}: {SAID}\n"
    code, _, told = isolator(project, "check", ".")
    assert code == 1
    assert told.startswith(f"{line}Found 1 finding in 1 file")
    assert isolator(project, "fix", "--write") == (0, "", f"{line}Fixed 1 finding in 1 file.\n")
    assert (project / "test_a.py").read_text() == NEW
    assert content(project.parent / "outside") == outside


def test_a_link_that_leads_nowhere(project: Path) -> None:
    (project / ".isolator").symlink_to("nowhere")
    assert isolator(project, "observe")[0] == 2
    assert not (project / "nowhere").exists()


def test_a_single_file_that_is_a_link_is_replaced(project: Path) -> None:
    outside = project.parent / "outside" / "fixes.json"
    for name in ("confirm.json", ".gitignore"):
        work_folder(project)
        (project / ".isolator" / name).unlink(missing_ok=True)
        (project / ".isolator" / name).symlink_to(outside)
    assert isolator(project, "confirm", "--runs", "1")[0] == 0
    assert outside.read_text() == "[]"
    assert not (project / ".isolator" / "confirm.json").is_symlink()


@pytest.mark.parametrize("part", PARTS)
def test_the_journal_does_not_follow_links(project: Path, part: str) -> None:
    link(project, part)
    before = content(project.parent)
    change = Change(str(project / "test_a.py"), TEST.encode(), b"new")
    assert linked(project) == f"{project / part}: {SAID}"
    assert not pending(project) and not begun(project)
    assert recover(project) == []
    for attempt in (lambda: work_folder(project), lambda: undo.keep(project, [change])):
        with pytest.raises(OSError, match="is a link"):
            attempt()
    with pytest.raises(OSError, match="is a link"), exclusive(project):
        pytest.fail("there is no lock")
    with pytest.raises(OSError, match="is a link"), trial(project, [change], print):
        pytest.fail("nothing is on trial")
    assert undo.restore(project) == []
    undo.forget(project)
    assert content(project.parent) == before


def test_an_original_that_is_a_link_is_not_put_back(project: Path) -> None:
    folder = work_folder(project) / "undo"
    folder.mkdir()
    (folder / "0").symlink_to(project.parent / "outside" / "0")
    (folder / "manifest.json").write_bytes((project.parent / "outside" / "manifest.json").read_bytes())
    with pytest.raises(ValueError, match="is not isolator's"):
        recover(project)
    assert (project / "test_a.py").read_text() == TEST


def test_originals_of_a_trial_that_had_not_begun_are_removed(project: Path) -> None:
    folder = work_folder(project) / "undo"
    folder.mkdir()
    os.link(project / "test_a.py", folder / "0")
    assert isolator(project, "fix", "--write")[0] == 0
    assert not folder.exists()


@pytest.mark.parametrize(
    ("mode", "tag", "expected"),
    [
        (stat.S_IFLNK | 0o777, 0, True),
        (stat.S_IFDIR | 0o777, 0, False),
        (stat.S_IFDIR | 0o777, 0xA0000003, True),  # a junction
        (stat.S_IFDIR | 0o777, 0x9000701A, False),  # a folder that a cloud service keeps
    ],
)
def test_links_of_each_system(mode: int, tag: int, expected: bool) -> None:
    status = cast(os.stat_result, SimpleNamespace(st_mode=mode, st_reparse_tag=tag))
    assert stands_for_another(status) is expected


def test_what_is_missing_is_not_a_link(tmp_path: Path) -> None:
    assert not is_link(tmp_path / "nothing")
