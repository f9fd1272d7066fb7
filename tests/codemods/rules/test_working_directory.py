"""ISO401 where it does not rewrite: what is not reported, and what is refused, with its reason."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, check

HEAD = "import contextlib\nimport os\nimport unittest\nfrom pathlib import Path\n\nimport pytest\n\n\n"
HERE = [
    "os.getcwd()",
    '"."',
    "os.curdir",
    "Path()",
    "Path.cwd()",
    "Path().cwd()",
    "os.path.abspath(os.curdir)",
    "Path().resolve()",
]


def found(text: str) -> list[tuple[str, str | None]]:
    """The findings of a text: what each says, and why it is not fixed."""
    result = check((HEAD + dedent(text)).encode(), "test_it.py", Context(), Selection())
    assert result.error is None
    assert {finding.code for finding in result.left} <= {"ISO401"}
    return [(finding.message.partition("; not fixed")[0], finding.refusal) for finding in result.left]


@pytest.mark.parametrize("path", HERE)
def test_to_where_the_process_is_already(path: str) -> None:
    assert found(f"def test_it():\n    os.chdir({path})\n    assert run()\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "def test_it(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n    os.chdir('inner')\n    run()\n",
        "def test_it(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n    assert run()\n",
        "def test_it(tmp_path):\n    with contextlib.chdir(tmp_path):\n        assert run()\n",
        "def test_it():\n    before = os.getcwd()\n    assert run() == before\n",
        "def test_it(shell):\n    shell.chdir('/')\n    assert shell.pwd() == '/'\n",
        "def test_it():\n    before = os.getcwd()\n    main()\n    os.chdir(before)\n",
    ],
)
def test_what_is_undone_or_changes_nothing(text: str) -> None:
    assert found(text) == []


CHANGED = "the working directory is changed and never restored"
IN_WORDS = "the working directory is changed"


@pytest.mark.parametrize(
    ("text", "message", "reason"),
    [
        ("def test_it(folder):\n    os.fchdir(folder)\n", IN_WORDS, "path-unclear"),
        ("def test_it(paths):\n    os.chdir(*paths)\n", IN_WORDS, "path-unclear"),
        ("def test_it():\n    assert os.chdir('/') is None\n", IN_WORDS, "value-used"),
        ("os.chdir('/')\n", "the working directory is changed for all tests", "module-level"),
        ("def go():\n    os.chdir('/')\n\n\ndef test_it(run):\n    run(go)\n", CHANGED, "helper"),
        (
            "class TestIt(unittest.TestCase):\n    @classmethod\n    def go(cls):\n        os.chdir('/')\n",
            CHANGED,
            "helper",
        ),
        (
            "def test_it(tmp_path):\n    with working_directory(tmp_path):\n        os.chdir('inner')\n        run()\n",
            "the working directory is changed, unless the manager of the block restores it",
            "undo-order",
        ),
        (
            "class TestIt(cases.InnerTestCase):\n    def test_it(self):\n        os.chdir('inner')\n",
            CHANGED,
            "undo-order",
        ),
        (
            "@with_isolated_runner\ndef test_it(runner):\n    os.chdir('inner')\n    assert runner.run()\n",
            CHANGED,
            "undo-order",
        ),
        (
            "@pytest.fixture\ndef inside(request):\n    os.chdir('/')\n    request.addfinalizer(run)\n    return 1\n",
            CHANGED,
            "fixture-returns",
        ),
    ],
)
def test_refused(text: str, message: str, reason: str) -> None:
    assert found(text) == [(message, reason)]


def test_what_removes_the_directory_must_find_the_process_outside() -> None:
    text = """
    class TestIt(unittest.TestCase):
        def setUp(self):
            self.before = os.getcwd()
            os.chdir(self.folder)

        def tearDown(self):
            os.chdir(self.before)
            shutil.rmtree(self.folder)
    """
    assert found(text) == [("the working directory is saved and restored by hand", "setup-teardown")]


@pytest.mark.skipif(sys.platform == "win32", reason="there no process can be in a directory that is removed")
def test_what_monkeypatch_needs(tmp_path: Path) -> None:
    """Row F8 of the measured semantics: the directory that it comes back to, when it leaves and when it undoes."""
    (inner := tmp_path / "inner").mkdir()
    monkeypatch = pytest.MonkeyPatch()
    with pytest.MonkeyPatch.context() as around:
        around.chdir(inner)
        monkeypatch.chdir(tmp_path)
        inner.rmdir()
        with pytest.raises(FileNotFoundError):
            monkeypatch.undo()
        inner.mkdir()
        around.chdir(inner)
        inner.rmdir()
        with pytest.raises(FileNotFoundError):
            pytest.MonkeyPatch().chdir(tmp_path)
