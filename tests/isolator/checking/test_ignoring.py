"""``isolator check --add-ignore``: a comment on each line that has a finding; every other byte stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Context
from isolator.engine import engine
from isolator.engine.choosing.ignoring import add_ignores
from isolator.engine.engine import Selection
from tests.isolator.inside import inside

HEAD = b"import os\nfrom unittest.mock import patch\n\n\ndef helper():\n"
ALL = Selection()


def added(data: bytes) -> bytes:
    """The file with the comments; nothing is found in it any more, and a second pass changes nothing."""
    made = add_ignores(data, "test_a.py", Context(), ALL)
    assert made.error is None and made.problems == () and made.left == ()
    assert engine.check(made.source, "test_a.py", Context(), ALL).left == ()
    assert add_ignores(made.source, "test_a.py", Context(), ALL).source == made.source
    return made.source


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"os.environ['A'] = '1'\n", b"os.environ['A'] = '1'  # isolator: ignore[ISO102]\n"),
        (b"os.environ['A'] = '1'", b"os.environ['A'] = '1'  # isolator: ignore[ISO102]"),
        (b"os.environ['A'] = '1'  # why\n", b"os.environ['A'] = '1'  # why  # isolator: ignore[ISO102]\n"),
        (
            b"os.environ['A'] = '1'  # isolator: ignore[ISO101] for now\n",
            b"os.environ['A'] = '1'  # isolator: ignore[ISO101, ISO102] for now\n",
        ),
        (
            b"os.environ['A'] = '1'  # ends in \\\n",
            b"os.environ['A'] = '1'  # ends in \\  # isolator: ignore[ISO102]\n",
        ),
        (b"os.environ.update(\n        A='1')\n", b"os.environ.update(  # isolator: ignore[ISO102]\n        A='1')\n"),
        (
            b"os.environ['A'] = '1'; os.chdir('/')\n",
            b"os.environ['A'] = '1'; os.chdir('/')  # isolator: ignore[ISO102, ISO401]\n",
        ),
    ],
)
def test_a_line_gets_a_comment(before: bytes, after: bytes) -> None:
    assert added(HEAD + b"    " + before) == HEAD + b"    " + after


def test_every_other_byte_stays() -> None:
    before = (
        b"\xef\xbb\xbfimport os   \r\nA = '''\r\n  text   \r\n'''\r\n\r\n\r\ndef helper():\t\r\n"
        b"    os.environ['A'] = '\xc3\xa4'   \r\n    x = 1   \r\n"
    )
    after = before.replace(b"= '\xc3\xa4'   ", b"= '\xc3\xa4'  # isolator: ignore[ISO102]")
    assert added(before) == after
    latin = b"# -*- coding: latin-1 -*-\n" + HEAD + b"    os.environ['A'] = '\xe4'\n"
    assert added(latin) == latin.replace(b"'\xe4'", b"'\xe4'  # isolator: ignore[ISO102]")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"os.environ['A'] = '''1\n    '''\n", "no comment is possible there: the line ends in a string"),
        (b"os.environ['A'] = f'''{1}\n    {2}'''\n", "no comment is possible there: the line ends in a string"),
        (
            b"os.environ['A'] = \\\n        '1'\n",
            "no comment is possible there: the statement continues after a backslash",
        ),
        (b"os.environ['A'] = '# isolator: ignore[ISO101]'\n", "a string on the line already contains such a comment"),
    ],
)
def test_where_no_comment_can_stand_the_finding_is_left(line: bytes, reason: str) -> None:
    data = HEAD + b"    " + line
    made = add_ignores(data, "test_a.py", Context(), ALL)
    assert made.source == data
    assert [finding.refusal for finding in made.left] == ["no-comment"]
    assert made.left[0].message == f"A is changed and never restored; not fixed: {reason}"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with two findings, one of which can have no comment; the current directory."""
    monkeypatch.chdir(tmp_path)
    Path("pytest.ini").write_text("[pytest]\n")
    Path("test_a.py").write_bytes(HEAD + b"    os.environ['A'] = '1'\n    os.environ['B'] = \\\n        '1'\n")
    return tmp_path


def test_the_comments_are_written_and_what_is_left_is_printed() -> None:
    before = Path("test_a.py").read_text()
    diff = inside("check", "--add-ignore", "--diff")
    assert (diff.returncode, Path("test_a.py").read_text()) == (1, before)
    assert "+    os.environ['A'] = '1'  # isolator: ignore[ISO102]\n" in diff.stdout

    done = inside("check", "--add-ignore")
    assert Path("test_a.py").read_text() == before.replace("= '1'\n    os", "= '1'  # isolator: ignore[ISO102]\n    os")
    assert done.stdout.startswith("test_a.py:7:5: ISO102 B is changed")
    assert done.stderr == "Added comments for 1 finding in 1 file; 1 left, where no comment is possible.\n"
    assert done.returncode == 1
    assert inside("check", "--add-ignore").stdout == done.stdout


def test_only_what_is_selected_is_ignored() -> None:
    before = Path("test_a.py").read_text()
    assert inside("check", "--add-ignore", "--select", "ISO101").returncode == 0
    assert Path("test_a.py").read_text() == before


def test_a_conftest_that_does_not_exist_is_not_made(project: Path) -> None:
    Path("isolator.toml").write_text("select = ['ISO302']\n[[cache]]\nobject = 'app.config'\n")
    done = inside("check", "--add-ignore")
    assert done.returncode == 1
    assert "no comment is possible there: the file is empty, or does not exist [no-comment]" in done.stdout
    assert not list(project.rglob("conftest.py"))


def test_it_is_for_files_only() -> None:
    for words in (("-",), ("--fix",), ("--output-format", "json")):
        assert inside("check", "--add-ignore", *words).returncode == 2
