"""Only regular files are read: a pipe that nobody writes to stops nothing, wherever it stands."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.python.regular import read_bytes, read_python, read_text
from isolator.project.gitignore import Ignores

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")

TEST = "import os\n\n\ndef test_a():\n    os.environ['K'] = '1'\n"
SETTINGS = "[tool.isolator]\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(TEST)
    return tmp_path


def check(root: Path, *words: str) -> tuple[int, str]:
    """The exit code of ``isolator check``, and what it says on stderr; it may not hang."""
    command = [sys.executable, "-m", "isolator", "check", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("pipe", "words", "said"),
    [
        ("tests/test_b.py", ["tests/test_b.py"], "tests/test_b.py: error: is not a regular file"),
        ("pyproject.toml", ["tests"], "pyproject.toml: error: cannot be read: is not a regular file"),
        ("isolator.toml", ["tests"], "isolator.toml: error: cannot be read: is not a regular file"),
        ("tests/.gitignore", ["tests"], "tests/.gitignore: error: is not a regular file"),
    ],
)
def test_a_pipe_that_matters_is_an_error(root: Path, pipe: str, words: list[str], said: str) -> None:
    os.mkfifo(root / pipe)
    code, err = check(root, *words)
    assert code == 2
    assert said in err.splitlines()


@pytest.mark.parametrize("pipe", ["tests/conftest.py", "conftest.py", "tests/test_b.py"])
def test_what_pytest_does_not_read_either_is_not_a_test(root: Path, pipe: str) -> None:
    (root / "pyproject.toml").write_text(SETTINGS)
    os.mkfifo(root / pipe)
    code, err = check(root, "tests")
    assert code == 1
    assert "Found 1 finding in 1 file of 1" in err


def test_evidence_that_is_a_pipe_is_not_used(root: Path) -> None:
    (root / "pyproject.toml").write_text(SETTINGS)
    (root / ".isolator").mkdir()
    os.mkfifo(root / ".isolator" / "evidence.json")
    code, err = check(root, "tests")
    assert code == 1
    assert "not used: is not a regular file; run `isolator observe` again" in err


def test_a_module_of_the_source_tree_that_is_a_pipe(root: Path) -> None:
    (root / "pyproject.toml").write_text(SETTINGS)
    os.mkfifo(root / "core.py")
    (root / "tests" / "test_a.py").write_text(
        "from unittest.mock import patch\n\n\n@patch('core.x')\ndef test_a(x):\n    pass\n"
    )
    assert check(root, "tests")[0] == 0


def test_sockets_devices_and_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for path in ("socket", os.devnull):
            with pytest.raises(OSError, match="is not a regular file"):
                read_bytes(path)
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path)


def test_texts_and_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_bytes(b"# coding: latin-1\r\nname = '\xe9'\r")
    assert read_python(file) == "# coding: latin-1\nname = 'é'\n"
    assert read_text(file, "latin-1") == "# coding: latin-1\nname = 'é'\n"


@pytest.mark.parametrize("line", ["*" + "a*" * 30 + "b", "x/*" + "?*" * 30 + "b", "**/" * 8 + "*a" * 20 + "b"])
def test_a_pattern_of_many_stars_ends(line: str) -> None:
    ignores = Ignores().plus("/", [line])
    assert not ignores.ignore("/x/" + "a" * 60)
    assert not ignores.ignore("/x/y/z/" + "a" * 200 + ".py")


@pytest.mark.parametrize(
    ("line", "path", "ignored"),
    [
        ("*a*b*c", "/x/1a2b3c", True),
        ("*a*b*c", "/x/abcbc", True),
        ("*a*b*c", "/x/1a2b3cd", False),
        ("*a*b*c", "/a/b/c", False),
        ("*a*b*c/", "/1a2b3c/test_x.py", True),
        ("*a*b*c/", "/1a2b3c", False),
        ("*a*b*[!x]*y", "/a-b-z-y", True),
        ("a*b*/*c*d*", "/axbx/xcxd/test_x.py", True),
        ("a*b*/*c*d*", "/axbx/xc/d", False),
    ],
)
def test_stars_mean_what_they_do_in_git(line: str, path: str, ignored: bool) -> None:
    assert Ignores().plus("/", [line]).ignore(path) is ignored
