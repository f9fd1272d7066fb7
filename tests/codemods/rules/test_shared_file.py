"""ISO409: each test that leaves a file changed gets its own, to the byte, and the others then pass after it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.context import Conftest, Context, SharedFile
from codemods.rules.shared_file import RULE
from isolator.engine.engine import Rewrite, Selection, rewrite
from tests.codemods.rules import shared_file_cases as cases
from tests.codemods.rules.shared_file_cases import Case
from tests.codemods.state.test_comments import commented, misplaced

SELECTION = Selection(select=("ISO409",), unsafe_fixes=True)
pytestmark = pytest.mark.usefixtures("without_plugins")

REVERSING = "def pytest_collection_modifyitems(items):\n    items.reverse()\n"


def written(folder: Path, case: Case) -> Context:
    for name, text in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "test_it.py").write_text(case.before)
    return context(folder, case.leaked, case.tests)


def context(folder: Path, leaked: Sequence[str], tests: Sequence[str] = (), conftest: str = "") -> Context:
    files = [SharedFile(path, tuple(f"test_it.py::{test}" for test in tests)) for path in leaked]
    above = (Conftest(f"{folder.as_posix()}/", conftest),) if conftest else ()
    return Context(folder, leaked=tuple(leaked), files=tuple(files) if tests else (), conftests=above)


def fixed(text: str, told: Context) -> Rewrite:
    """What becomes of a text; a second pass changes nothing, and finds nothing to fix."""
    done = rewrite(text.encode(), "test_it.py", told, SELECTION)
    assert (done.error, done.problems) == (None, ())
    again = rewrite(done.source, "test_it.py", told, SELECTION)
    assert again.source == done.source
    assert [each.refusal for each in again.left] == [each.refusal for each in done.left]
    return done


def outcome(folder: Path, backwards: bool = False) -> str:
    """What pytest says of the tests, each of them twice in one process."""
    (folder / "test_too.py").write_bytes((folder / "test_it.py").read_bytes())
    (folder / "reversing.py").write_text(REVERSING)
    words = ["-p", "no:cacheprovider", "-p", "no:randomly", *(("-p", "reversing") if backwards else ())]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *words, "test_it.py", "test_too.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return "passed" if done.returncode == 0 else "failed"


@pytest.mark.parametrize("case", cases.FIXED, ids=lambda case: case.name)
def test_each_gets_its_own(tmp_path: Path, case: Case) -> None:
    (before := tmp_path / "before").mkdir()
    told = written(before, case)
    done = fixed(case.before, told)
    assert done.source.decode() == case.after
    assert {each.fix for each in done.fixed} == {case.fix}
    assert all(bool(each.caution) == (case.fix == "unsafe") for each in done.fixed)
    assert done.left == ()
    assert outcome(before) == "failed"
    for backwards in (False, True):
        (after := tmp_path / f"after{backwards}").mkdir()
        written(after, case)
        (after / "test_it.py").write_bytes(done.source)
        was = {path: path.read_bytes() for path in after.rglob("*") if path.is_file()}
        assert outcome(after, backwards) == "passed"
        made = ("reversing.py", "test_too.py")
        left = {path for path in after.rglob("*") if path.is_file() and path.name not in made}
        assert {path: path.read_bytes() for path in left} == was


@pytest.mark.parametrize("case", cases.FIXED, ids=lambda case: case.name)
def test_every_comment_stays(tmp_path: Path, case: Case) -> None:
    text, comments = commented(case.before)
    after = fixed(text, written(tmp_path, case)).source.decode()
    assert misplaced(comments, after) == []
    assert after != text


@pytest.mark.parametrize("case", cases.FIXED, ids=lambda case: case.name)
def test_it_is_safe_where_the_tests_prove_it(tmp_path: Path, case: Case) -> None:
    told = Context(**{**vars(written(tmp_path, case)), "proving": True})
    done = rewrite(case.before.encode(), "test_it.py", told, Selection(select=("ISO409",)))
    assert (done.source.decode(), {each.fix for each in done.fixed}) == (case.after, {"safe"})


@pytest.mark.parametrize(("name", "text", "leaked", "tests", "reason"), cases.REFUSED, ids=lambda each: str(each)[:25])
def test_refused(tmp_path: Path, name: str, text: str, leaked: str, tests: Sequence[str], reason: str) -> None:
    for file in ("data/in.csv", "settings.ini"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("x")
    done = fixed(cases.HEAD + text, context(tmp_path, [leaked], tests))
    assert done.source.decode() == cases.HEAD + text
    refused = [(each.test or each.message.split()[0], each.refusal) for each in done.left]
    assert [reason for _, reason in refused] == [reason], (name, refused)
    assert all(f"- `{each.refusal}`" in RULE.doc for each in done.left)


@pytest.mark.parametrize("text", cases.NOTHING)
def test_no_finding(tmp_path: Path, text: str) -> None:
    done = fixed(cases.HEAD + text, context(tmp_path, ["./out.csv"]))
    assert (done.source.decode(), done.left) == (cases.HEAD + text, ())


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    before, after = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)
    assert fixed(before, context(tmp_path, ["./out.csv"], ["test_export"])).source.decode() == after
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


def test_those_that_were_seen_and_those_that_do_the_same(tmp_path: Path) -> None:
    """Of two that leave the same, one is seen to change it; what is removed in the end is not left."""
    text = "import os, app\n\n\n"
    text += "\n\n".join(f"def test_{name}():\n    open('x', 'w').close()\n" for name in "ab")
    text += "    os.remove('x')\n\n\ndef test_c():\n    app.save()\n\n\ndef test_d():\n    app.save()\n"
    done = fixed(text, context(tmp_path, ["./x"], ["test_c"]))
    assert [each.test for each in done.fixed] == ["test_it.py::test_a", "test_it.py::test_c"]
    assert [each.test for each in fixed(text, context(tmp_path, ["./x"])).fixed] == ["test_it.py::test_a"]


@pytest.mark.parametrize("comment", ["", "  # isolator: ignore[ISO409]", "  # isolator: ignore"])
def test_what_a_comment_keeps_shared_is_restored_by_a_fixture(comment: str, tmp_path: Path) -> None:
    """Each run of ``fix`` leaves a suite whose tests pass in both orders, whichever way was chosen."""
    text = (
        f"import os\n\n\ndef test_writes():{comment}\n    open('out.csv', 'w').close()\n\n\n"
        "def test_finds_none():\n    assert not os.path.exists('out.csv')\n"
    )
    (tmp_path / "test_it.py").write_text(text)
    (tmp_path / "conftest.py").write_text("")
    assert outcome(tmp_path).startswith("failed")
    (tmp_path / "out.csv").unlink()
    (tmp_path / "test_too.py").unlink()
    told = replace(context(tmp_path, ["./out.csv"], ["test_writes"]), own_files=("safe",))
    selection = Selection(select=("ISO303", "ISO409"))

    for name in ("test_it.py", "conftest.py"):
        done = rewrite((tmp_path / name).read_bytes(), name, told, selection)
        (tmp_path / name).write_bytes(done.source)

    assert (
        (tmp_path / "test_it.py").read_text() == text if comment else "chdir" in (tmp_path / "test_it.py").read_text()
    )
    assert ('_LEAKED_FILES = ["out.csv"]' in (tmp_path / "conftest.py").read_text()) == bool(comment)
    assert [outcome(tmp_path), outcome(tmp_path, backwards=True)] == ["passed", "passed"]


def test_what_a_fixture_above_sees_to(tmp_path: Path) -> None:
    text = "def test_a(inside):\n    open('x', 'w').close()\n"
    conftest = (
        "import pytest\n\n\n@pytest.fixture\ndef inside(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n"
    )
    assert fixed(text, context(tmp_path, ["./x"], conftest=conftest)).left == ()
    conftest = "import pytest\n\n\n@pytest.fixture\ndef inside():\n    open('x', 'w').close()\n    yield 'x'\n"
    text = "def test_a(inside):\n    assert inside\n"
    assert fixed(text, context(tmp_path, ["./x"], ["test_a"], conftest)).left == ()


def test_what_git_does_not_know_is_not_a_file_of_the_project(tmp_path: Path) -> None:
    """An earlier run may have left it."""
    text = "def test_a():\n    open('x', 'a').close()\n"
    (tmp_path / "x").write_text("")
    assert b"shutil.copy('x', tmp_path)" in fixed(text, context(tmp_path, ["./x"])).source
    (tmp_path / "known").write_text("")
    for words in (("init", "-q"), ("add", "known")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    told = Context(**{**vars(context(tmp_path, ["./x"])), "run": 1})
    assert b"chdir(tmp_path)" in fixed(text, told).source
    told = Context(**{**vars(context(tmp_path, ["./known"])), "run": 2})
    assert b"shutil.copy('known', tmp_path)" in fixed(text.replace("'x'", "'known'"), told).source


CONFTEST = """import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("folder")
"""


def test_a_fixture_of_a_conftest(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_a(folder):\n    (folder / 'x').mkdir()\n")
    told = context(tmp_path, ["…/x"], ["test_a"])
    done = rewrite(CONFTEST.encode(), "conftest.py", told, SELECTION)
    assert done.source.decode() == CONFTEST.replace('fixture(scope="session")', "fixture")
    wide = "import pytest\n\n\n@pytest.fixture(scope='module')\ndef wide(folder):\n    return folder\n"
    (tmp_path / "test_other.py").write_text(wide)
    done = rewrite(CONFTEST.encode(), "conftest.py", told, SELECTION)
    assert [each.refusal for each in done.left] == ["wider-user"]


def test_what_cannot_be_told_from_a_file(tmp_path: Path) -> None:
    assert not fixed(CONFTEST, context(tmp_path, ["…/x"])).left
    assert not fixed(CONFTEST, context(tmp_path, ["app.registry.HANDLERS"])).left
