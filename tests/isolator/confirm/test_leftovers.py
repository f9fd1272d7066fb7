"""Files that one run of pytest leaves do not decide the next one, and nothing of the user's is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from isolator.evidence.observe import observe
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.leftovers import Leftovers, leftovers
from isolator.pytest_runs.session import confirm
from tests.isolator.confirm.suites import write

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

# The victim fails after the test that leaves a file, and alone once a run has left it.
VICTIM = {
    "test_it.py": """
        from pathlib import Path

        def test_victim():
            assert not Path("out.txt").exists()
            assert Path("data.json").read_text() == "{}"

        def test_leaves():
            Path("out.txt").write_text("left")
            Path("data.json").write_text("[]")
    """,
    "data.json": "{}",
    ".gitignore": "__pycache__/\n*.log\n",
}


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True).stdout


def repository(folder: Path, files: dict[str, str]) -> Path:
    write(folder, files)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def kept(folder: Path) -> dict[str, str]:
    """What was moved away, by its path in the work tree."""
    left = folder / ".isolator" / "left"
    files = [path for path in left.rglob("*") if path.is_file()]
    return {path.relative_to(left).as_posix().partition("/")[2]: path.read_text() for path in files}


def test_an_empty_directory_is_removed(tmp_path: Path) -> None:
    """One that was there stays."""
    text = """
        import os

        def test_makes():
            os.makedirs("made/deep")
            os.makedirs("filled")
            open("filled/x.txt", "w").close()
            os.mkdir("there/inner")

        def test_looks():
            assert not os.path.exists("made") and not os.path.exists("filled")
    """
    folder = repository(tmp_path, {"test_it.py": text, ".gitignore": "__pycache__/\n"})
    (folder / "there").mkdir()
    with leftovers(folder, (), lambda _: None) as found:
        subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=folder, capture_output=True, check=False)
        found.put_back()
        lines = found.lines()
    assert sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._") == ["there"]
    assert lines == (
        "filled/x.txt appeared; moved to .isolator/left",
        "filled/ appeared; removed, because it is empty",
        "made/ appeared; removed, because it is empty",
    )


def test_what_git_ignores(tmp_path: Path) -> None:
    text = """
        import os

        def test_makes():
            os.makedirs("made/deep")
            for name in ("made/deep/x", "a.db", "old.db", "there/new", ".my_cache", "x.egg-info"):
                open(name, "w").write("by a test")

        def test_looks():
            assert not os.path.exists("a.db") and not os.path.exists("made")
    """
    ignored = "__pycache__/\nmade/\nthere/\n*.db\n.my_cache\n*.egg-info\n"
    folder = repository(tmp_path, {"test_it.py": text, ".gitignore": ignored})
    (folder / "old.db").write_text("mine")
    (folder / "there").mkdir()
    (folder / "there" / "old").write_text("mine")
    found = confirm(Options(runs=4), folder, lambda _: None)
    assert {name.rpartition("::")[2]: test.verdict for name, test in found.tests.items()} == {
        "test_makes": "stable",
        "test_looks": "order-dependent",
    }
    assert sorted(found.left) == [
        "a.db appeared; moved to .isolator/left",
        "made appeared; moved to .isolator/left",
        "old.db changed; not restored, because git ignores it and has no copy",
    ]
    assert kept(folder) == {"a.db": "by a test", "made/deep/x": "by a test"}
    assert sorted(path.name for path in (folder / "there").iterdir()) == ["new", "old"]


def test_a_victim_of_a_file_is_a_victim(tmp_path: Path) -> None:
    folder, told = repository(tmp_path, VICTIM), list[str]()
    options = Options(seed=1, runs=2, orders=("given", "reversed"))
    found = confirm(options, folder, told.append)
    victim = found.tests["test_it.py::test_victim"]
    assert (victim.verdict, victim.role, victim.partner) == ("order-dependent", "victim", "test_it.py::test_leaves")
    assert git(folder, "status", "--porcelain") == ""
    assert kept(folder) == {"out.txt": "left", "data.json": "[]"}
    lines = [line for line in told if line.startswith("while the tests ran")]
    assert sorted(lines) == [
        "while the tests ran, data.json changed; restored from git; the changed file is in .isolator/left",
        "while the tests ran, out.txt appeared; moved to .isolator/left",
    ]
    assert sorted(found.left) == sorted(line.removeprefix("while the tests ran, ") for line in lines)


def test_side_by_side_it_is_put_back_at_the_end(tmp_path: Path) -> None:
    folder = repository(tmp_path, VICTIM)
    found = confirm(Options(seed=1, runs=3, orders=("given",), jobs=3, bisect=False), folder, lambda _: None)
    assert len(found.left) == 2
    assert git(folder, "status", "--porcelain") == ""


def test_observe_says_it_too(tmp_path: Path) -> None:
    folder = repository(tmp_path, VICTIM)
    evidence = observe(Options(orders=("given", "reversed"), seed=1), folder, lambda _: None)
    assert (evidence.tests or {})["test_it.py::test_victim"] == ("passed", "failed")
    assert "out.txt appeared; moved to .isolator/left" in evidence.left
    assert git(folder, "status", "--porcelain") == ""


def state(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if ".isolator" not in path.parts}


def test_what_the_user_had_is_left(tmp_path: Path) -> None:
    folder = repository(tmp_path, {**VICTIM, "staged.txt": "1", "edited.txt": "1", "gone.txt": "1", "clean.txt": "1"})
    (folder / "staged.txt").write_text("2")
    git(folder, "add", "staged.txt")
    (folder / "edited.txt").write_text("2")
    (folder / "gone.txt").unlink()
    (folder / "mine.txt").write_text("mine")
    (folder / "some.log").write_text("ignored")
    before = state(folder)
    told: list[str] = []
    with leftovers(folder, (), told.append) as found:
        found.put_back()
        assert (state(folder), told) == (before, [])
        for name in ("staged.txt", "edited.txt", "gone.txt", "mine.txt", "some.log", "clean.txt"):
            (folder / name).write_text("by a test")
        (folder / "below").mkdir()
        (folder / "below" / "new ü\n.txt").write_text("by a test")
    after = state(folder)
    assert after.pop("clean.txt") == b"1"
    assert "below/new ü\n.txt" not in after
    assert all(after[name] == b"by a test" for name in ("staged.txt", "edited.txt", "gone.txt", "mine.txt", "some.log"))
    assert kept(folder) == {"clean.txt": "by a test", "below/new ü\n.txt": "by a test"}
    so = "changed; not restored, because it had uncommitted changes before"
    assert {found.left[name] for name in ("staged.txt", "edited.txt", "gone.txt", "mine.txt")} == {so}
    assert git(folder, "diff", "--cached", "--name-only") == "staged.txt\n"


def test_what_is_not_put_back(tmp_path: Path) -> None:
    files = {**VICTIM, "pytest.ini": "[pytest]\naddopts = --junitxml=reports/a.xml\n"}
    del files[".gitignore"]
    folder = repository(tmp_path, files)
    arguments = ("--cov-report=xml:cov.xml", "--result", "b.xml", "tests/")
    with leftovers(folder, arguments, lambda _: None) as found:
        for name in ("reports/a.xml", "cov.xml", "b.xml", "__pycache__/a.pyc", ".pytest_cache/x", ".coverage.1"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("x")
    assert found.left == {}


def test_links_directories_and_removed_files(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository", {**VICTIM, "a.txt": "1", "b.txt": "1", "c.txt": "1"})
    outside = tmp_path / "outside.txt"
    outside.write_text("outside")
    with leftovers(folder, (), lambda _: None):
        (folder / "a.txt").unlink()
        (folder / "b.txt").unlink()
        (folder / "b.txt").symlink_to(outside)
        (folder / "c.txt").unlink()
        (folder / "c.txt").mkdir()
        (folder / "c.txt" / "inner").write_text("x")
        (folder / "link").symlink_to(outside)
    assert [(folder / f"{name}.txt").read_text() for name in "abc"] == ["1", "1", "1"]
    assert not (folder / "link").is_symlink()
    assert outside.read_text() == "outside"
    assert git(folder, "status", "--porcelain") == ""


def test_below_the_top_and_with_a_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path, {**VICTIM, "package/a.txt": "1"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
    with leftovers(folder / "package", (), lambda _: None) as found:
        (folder / "package" / "a.txt").write_text("2")
        (folder / "package" / "made").mkdir()
        (folder / "elsewhere.txt").write_text("of somebody else")
    assert list(found.left) == ["package/a.txt", "package/made/"]
    assert not (folder / "package" / "made").exists()
    assert (folder / "package" / "a.txt").read_text() == "1"
    assert (folder / "elsewhere.txt").exists()


def test_without_a_work_tree_or_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "plain", VICTIM)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    brittle = {"test_it.py": VICTIM["test_it.py"].replace("    assert Path", "    assert not Path")}
    told: list[str] = []
    if Leftovers(folder, (), told.append).top is not None:
        pytest.skip("the temporary folder is in a work tree")
    found = confirm(Options(seed=1, runs=2, orders=("given", "reversed")), write(folder, brittle), told.append)
    assert found.left == ()
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert Leftovers(repository_of(tmp_path), (), told.append).top is None


def repository_of(folder: Path) -> Path:
    (folder / ".git").mkdir(exist_ok=True)
    return folder


def test_only_the_last_few_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path, VICTIM)
    for number in range(6):
        monkeypatch.setattr("isolator.pytest_runs.run.leftovers._SESSION", f"session-{number}")
        with leftovers(folder, (), lambda _: None):
            (folder / "out.txt").write_text(str(number))
    left = folder / ".isolator" / "left"
    assert sorted(each.name for each in left.iterdir()) == ["session-3", "session-4", "session-5"]


def test_a_file_of_the_shell_does_not_matter(tmp_path: Path) -> None:
    folder = repository(tmp_path, {"test_it.py": "def test_a(): pass\n"})
    line = f"'{sys.executable}' -m isolator confirm --runs 2 --output-format json 2> talk.txt"
    done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert json.loads(done.stdout)["left"] == []
    assert "Confirmed" in (folder / "talk.txt").read_text()


@pytest.mark.parametrize("addopts", ["--cov=app tests", "--cov=app tests/test_it.py", "--strict-markers tests"])
def test_what_pytest_collects_is_not_a_report(tmp_path: Path, addopts: str) -> None:
    """A folder of tests that follows an option is not what the option writes: its files are put back."""
    test = "def test_changes():\n    open('tests/data.csv', 'w').write('2')\n"
    repository(tmp_path, {"tests/test_it.py": test, "tests/data.csv": "1"})
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = {addopts}\n")
    with leftovers(tmp_path, (), lambda _: None) as files:
        (tmp_path / "tests/data.csv").write_text("2")
    assert (tmp_path / "tests/data.csv").read_text() == "1"
    assert list(files.left) == ["tests/data.csv"]
