"""git itself must take the diff, and make of the old bytes exactly the new ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolator.engine.batch import Outcome
from isolator.project.discovery import File
from isolator.report.findings.diff import diff, file_diff


def git(*arguments: str, given: bytes = b"") -> None:
    run = subprocess.run(["git", *arguments], input=given, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode() + given.decode("latin-1")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository; it is the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git("init", "-q")
    return tmp_path


def outcome(path: str, before: bytes | None, after: bytes) -> Outcome:
    if before is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(before)
    return Outcome(File(path, path), before, after)


def apply(*outcomes: Outcome) -> None:
    git("apply", given=b"".join(diff(outcomes, Path.cwd())))
    for each in outcomes:
        assert Path(each.file.path).read_bytes() == each.after


LINES = b"".join(b"line %d\n" % n for n in range(40))

CHANGES: dict[str, tuple[bytes | None, bytes]] = {
    "a line": (LINES, LINES.replace(b"line 20\n", b"other\n")),
    "both ends": (LINES, b"first\n" + LINES.replace(b"line 39\n", b"last\n")),
    "lines gone": (LINES, LINES[:70] + LINES[120:]),
    "no newline at the end": (LINES[:-1], LINES.replace(b"line 2\n", b"")[:-1]),
    "the last line, without newline": (LINES + b"x", LINES + b"y"),
    "a newline added at the end": (LINES[:-1], LINES),
    "a newline taken from the end": (LINES, LINES[:-1]),
    "CRLF": (LINES.replace(b"\n", b"\r\n"), LINES.replace(b"line 7", b"x").replace(b"\n", b"\r\n")),
    "CR": (b"a\rb\rc\n" + LINES, b"a\rB\rc\n" + LINES),
    "a form feed and a line separator": (b"a\x0cb\x0b\xe2\x80\xa8c\n", b"a\x0cB\x0b\xe2\x80\xa8c\n"),
    "a byte order mark": (b"\xef\xbb\xbfimport os\n" + LINES, b"\xef\xbb\xbfimport sys\n" + LINES),
    "latin-1": (b"# coding: latin-1\nx = '\xe9'\n", b"# coding: latin-1\ny = '\xe9\xff'\n"),
    "a new file": (None, LINES),
    "a new file without newline": (None, b"import os"),
    "an empty file": (b"", LINES),
    "a file that becomes empty": (LINES, b""),
    "trailing blanks": (b"a  \nb\t\n\n\n", b"a  \nc\t\n\n  \n"),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.usefixtures("repo")
def test_git_applies_every_kind_of_change(name: str) -> None:
    before, after = CHANGES[name]
    if after and before is None:
        Path("tests").mkdir()
    apply(outcome("tests/test_a.py", before, after))


NAMES = ["two words.py", "a'b.py", "été.py", "日本.py", "-x.py", "a/b c/d.py"]
POSIX_NAMES = ['quote".py', "back\\slash.py", "tab\tx.py", "new\nline.py", os.fsdecode(b"raw\xff.py"), "bell\x07.py"]


@pytest.mark.usefixtures("repo")
@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems change or refuse some names")
def test_git_applies_to_every_name() -> None:
    names = NAMES if sys.platform == "win32" else NAMES + POSIX_NAMES
    apply(*(outcome(f"tests/{name}", LINES, LINES[7:]) for name in names))
    apply(*(outcome(f"fresh/{name}", None, LINES) for name in names))


def test_git_applies_in_a_subdirectory(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "tests" / "tests").mkdir(parents=True)
    monkeypatch.chdir(repo / "tests")
    apply(outcome("test_a.py", LINES, LINES[7:]), outcome("tests/test_a.py", LINES, LINES[:-8]))
    apply(outcome("conftest.py", None, LINES))


def test_git_applies_where_there_is_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    apply(outcome("tests/test_a.py", LINES, LINES[7:]))


def test_a_file_of_another_tree_is_relative_to_that_tree(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other").resolve()
    (other / "test_a.py").write_bytes(LINES)
    change = Outcome(File(str(other / "test_a.py"), "test_a.py"), LINES, LINES[7:])
    assert b"--- a/test_a.py\n" in list(diff([change], other))
    (other / ".git").mkdir()
    assert b"--- a/test_a.py\n" in list(diff([change], repo))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_through_a_link_the_target_is_changed(repo: Path) -> None:
    (repo / "real.py").write_bytes(LINES)
    (repo / "link.py").symlink_to("real.py")
    apply(outcome("link.py", LINES, LINES[7:]))
    assert (repo / "link.py").is_symlink()


def test_what_does_not_change_is_not_in_the_diff() -> None:
    assert list(diff([Outcome(File("a.py", "a.py"))], Path())) == []


def test_the_text_of_a_diff() -> None:
    assert b"".join(file_diff("t/a b.py", b"1\n2\n3\n4\n5\n6", b"1\n2\n3\n4\nfive\n6")) == (
        b"diff --git a/t/a b.py b/t/a b.py\n--- a/t/a b.py\t\n+++ b/t/a b.py\t\n@@ -2,5 +2,5 @@\n"
        b" 2\n 3\n 4\n-5\n+five\n 6\n\\ No newline at end of file\n"
    )


fragments = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"\r\n", b"c\r", b"- x\n", b"+++ b\n", b"\\ No", b"\x0c"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fragments.map(b"".join), fragments.map(b"".join))
def test_git_applies_any_bytes(repo: Path, before: bytes, after: bytes) -> None:
    assert repo == Path.cwd()
    if before != after:
        apply(outcome("test_a.py", before, after))


def test_a_line_that_stands_in_many_places_stays() -> None:
    function = (
        "def test_{n}():\n    with fresh():\n        prepare()\n        environ['A'] = '{n}'\n        check()\n\n\n"
    )
    before = "".join(function.format(n=n) for n in range(60))
    after = before.replace("test_30():\n    with fresh()", "test_30(m):\n    with fresh(), m").replace(
        "environ['A'] = '30'", "m.setenv('A', '30')"
    )
    lines = b"".join(file_diff("t.py", before.encode(), after.encode())).decode().splitlines()
    assert [line for line in lines if line.startswith(("-", "+"))][2:] == [
        "-def test_30():",
        "-    with fresh():",
        "+def test_30(m):",
        "+    with fresh(), m:",
        "-        environ['A'] = '30'",
        "+        m.setenv('A', '30')",
    ]
