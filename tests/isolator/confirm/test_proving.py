"""``fix --write --confirm``, with faults planted on purpose: they are taken back, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from isolator import cli
from isolator.engine import engine
from isolator.engine.engine import Rewrite
from isolator.project.request import Request
from isolator.pytest_runs.model import Confirmation
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.session import confirm as confirm_for_real
from isolator.repair.prove import Proof, prove
from isolator.system.errors import Failure
from isolator.system.files.workdir import pending

# One run tells all that is looked at here: what fails, and what leaks. How runs are compared is for others.
OPTIONS = Options(arguments=("tests",), runs=1, bisect=False)
SETTINGS = "[tool.isolator.confirm]\nruns = 1\n"
HEAD = "import os\nfrom unittest.mock import patch\n\nimport pytest\n"
TEST = """

def test_{0}():
    with patch.dict(os.environ, {{"{1}": "1"}}):
        assert os.environ["{1}"] == "1"
"""
FIXTURE = """

@pytest.fixture
def {0}():
    with patch.dict(os.environ, {{"{1}": "1"}}):
        yield os.environ["{1}"]
"""
USER = """

def test_{0}({1}):
    assert os.environ["{2}"] == "1"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with two files of tests, all of which can be rewritten; the current directory."""
    for name in ("A", "B", "C", "D", "E"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write("test_one.py", HEAD + TEST.format("a", "A") + TEST.format("b", "B"))
    write("test_two.py", HEAD + TEST.format("c", "C"))
    Path("pyproject.toml").write_text(SETTINGS)
    Path(".gitignore").write_text("__pycache__\n.pytest_cache\n")
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "."], check=True)
    return tmp_path


def write(name: str, text: str) -> None:
    path = Path("tests", name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def diff() -> str:
    command = "git diff; git status --porcelain"
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Makes the rewriting wrong: a text of what it writes is replaced by another, behind the guard's back."""

    def planted(right: str, wrong: str) -> None:
        real = engine.rewrite

        def rewrite(data: bytes, path: str, *words: object, **more: object) -> Rewrite:
            result = real(data, path, *words, **more)  # type: ignore[arg-type]
            return replace(result, source=result.source.replace(right.encode(), wrong.encode()))

        monkeypatch.setattr(engine, "rewrite", rewrite)

    return planted


class Run(NamedTuple):
    """What a run proved, what it said, and how often it confirmed."""

    proof: Proof
    said: list[str]
    confirmations: int

    @property
    def kept(self) -> list[str]:
        return [unit.name.removeprefix("tests/") for unit in self.proof.kept]

    @property
    def taken_back(self) -> list[str]:
        return [blame.unit.name.removeprefix("tests/") for blame in self.proof.taken_back]


def run(*paths: str, runs: int = 1) -> Run:
    said: list[str] = []
    confirmations = 0

    def confirm(options: Options, folder: Path, tell: Callable[[str], None]) -> Confirmation:
        nonlocal confirmations
        confirmations += 1
        return confirm_for_real(options, folder, tell)

    request = Request(paths or ("tests",), write=True, confirm=True)
    proof = prove(request, replace(OPTIONS, runs=runs), confirm, said.append)
    assert not pending(proof.root)
    return Run(proof, said, confirmations)


@pytest.mark.usefixtures("project")
def test_what_is_right_is_kept_and_the_baseline_is_used_again() -> None:
    first = run("tests/test_two.py")
    assert (first.kept, first.taken_back, first.confirmations) == (["test_two.py::test_c"], [], 2)
    assert first.proof.before is not None and first.proof.after is not None
    assert {test.verdict for test in first.proof.after.tests.values()} == {"stable"}
    assert 'monkeypatch.setenv("C", "1")' in Path("tests/test_two.py").read_text()
    assert "patch.dict" in Path("tests/test_one.py").read_text()
    subprocess.run(["git", "checkout", "-q", "."], check=True)
    assert run("tests/test_two.py").confirmations == 1
    assert run("tests/test_one.py").confirmations == 2  # for a file has changed
    assert run().confirmations == 0
    assert diff().count("\nAM tests/") == 2  # and git does not see .isolator


@pytest.mark.usefixtures("project")
def test_a_wrong_rewrite_is_taken_back_and_only_it(plant: Callable[[str, str], None]) -> None:
    plant('setenv("B", "1")', 'setenv("B", "2")')
    result = run()
    assert result.kept == ["test_one.py::test_a", "test_two.py::test_c"]
    assert result.taken_back == ["test_one.py::test_b"]
    assert result.confirmations == 3
    assert result.proof.taken_back[0].worse == {"tests/test_one.py::test_b": "was stable, is failing"}
    assert result.proof.taken_back[0].sure
    text = Path("tests/test_one.py").read_text()
    assert 'monkeypatch.setenv("A", "1")' in text
    assert 'patch.dict(os.environ, {"B": "1"})' in text
    left = [finding for outcome in result.proof.outcomes for finding in outcome.left]
    assert [(finding.test, finding.refusal) for finding in left] == [("tests/test_one.py::test_b", "not-confirmed")]


@pytest.mark.usefixtures("project")
def test_a_test_that_leaks_is_taken_back_and_not_its_victim(plant: Callable[[str, str], None]) -> None:
    write("test_two.py", HEAD + TEST.format("c", "C").replace("assert ", 'assert "B" not in os.environ and '))
    plant('monkeypatch.setenv("B", "1")', 'os.environ["B"] = "1"')
    result = run(runs=2)  # in the reversed order the victim comes first
    assert result.taken_back == ["test_one.py::test_b"]
    assert result.kept == ["test_one.py::test_a", "test_two.py::test_c"]
    (worse,) = result.proof.taken_back[0].worse.values()
    assert worse == "leaves B changed, which it did not before"
    assert result.confirmations == 3


@pytest.mark.usefixtures("project")
def test_a_wrong_fixture_is_found_and_what_was_suspected_is_given_back(plant: Callable[[str, str], None]) -> None:
    fixtures = FIXTURE.format("good", "D") + FIXTURE.format("bad", "E")
    both = TEST.format("both", "A").replace("both()", "both(bad)").replace("assert ", 'assert bad == "1" and ')
    write("test_one.py", HEAD + fixtures + both + USER.format("d", "good", "D") + USER.format("e", "bad", "E"))
    plant('setenv("E", "1")', 'setenv("E", "2")')
    result = run()
    assert result.taken_back == ["test_one.py::bad"]
    assert result.kept == ["test_one.py::good", "test_one.py::test_both", "test_two.py::test_c"]
    assert subprocess.run([sys.executable, "-m", "pytest", "-q", "tests"], check=False).returncode == 0


@pytest.mark.usefixtures("project")
def test_a_conftest_with_which_pytest_cannot_begin(plant: Callable[[str, str], None]) -> None:
    write("conftest.py", HEAD + FIXTURE.format("bad", "E"))
    plant('    monkeypatch.setenv("E", "1")\n', '    monkeypatch.setenv("E", "1")\n    ((\n')
    result = run()
    assert result.taken_back == ["conftest.py::bad"]
    assert result.kept == ["test_one.py::test_a", "test_one.py::test_b", "test_two.py::test_c"]
    assert Path("tests/conftest.py").read_text() == HEAD + FIXTURE.format("bad", "E")


@pytest.mark.usefixtures("project")
def test_interrupted_while_something_is_given_back_all_is_as_last_confirmed(
    plant: Callable[[str, str], None],
) -> None:
    write("test_one.py", HEAD + FIXTURE.format("good", "D") + FIXTURE.format("bad", "E") + USER.format("e", "bad", "E"))
    plant('setenv("E", "1")', 'setenv("E", "2")')
    confirmations = 0

    def confirm(options: Options, folder: Path, tell: Callable[[str], None]) -> Confirmation:
        nonlocal confirmations
        confirmations += 1
        if confirmations == 4:  # of the tests as they are, of all, without both fixtures, with one of them
            raise KeyboardInterrupt
        return confirm_for_real(options, folder, tell)

    with pytest.raises(Failure, match=r"interrupted; every file is as last confirmed \(1 rewritten\)"):
        prove(Request(("tests",), write=True, confirm=True), OPTIONS, confirm, print)
    assert "setenv" not in Path("tests/test_one.py").read_text()
    assert 'setenv("C", "1")' in Path("tests/test_two.py").read_text()
    assert not pending(Path.cwd())


@pytest.mark.usefixtures("project")
def test_a_file_that_is_not_python_any_more(plant: Callable[[str, str], None]) -> None:
    plant('    monkeypatch.setenv("B", "1")\n', '    monkeypatch.setenv("B", "1")\n    ((\n')
    result = run()
    assert result.taken_back == ["test_one.py::test_b"]
    assert result.kept == ["test_one.py::test_a", "test_two.py::test_c"]


@pytest.mark.usefixtures("project")
def test_when_nothing_can_be_kept_everything_is_as_it_was(plant: Callable[[str, str], None]) -> None:
    write("test_one.py", HEAD + TEST.format("a", "A"))
    before = diff()
    plant("import os\n", "import os, nothing_of_that_name\n")
    result = run("tests/test_one.py")
    assert (result.kept, result.taken_back) == ([], ["test_one.py::test_a"])
    assert result.proof.after is result.proof.before
    assert diff() == before


def test_a_test_that_fails_before_and_after_is_not_a_reason(project: Path) -> None:
    write("test_one.py", HEAD + TEST.format("a", "A").replace('"1"\n', '"2"\n'))
    result = run()
    assert result.kept == ["test_one.py::test_a", "test_two.py::test_c"]
    assert (project / ".isolator" / ".gitignore").read_text() == "*\n"


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
@pytest.mark.usefixtures("project")
def test_a_read_only_file_does_not_stop_the_others() -> None:
    Path("tests/test_one.py").chmod(0o444)
    result = run()
    assert result.kept == ["test_two.py::test_c"]
    assert [outcome.error for outcome in result.proof.outcomes] == ["not written: is read-only", None]


@pytest.mark.usefixtures("project")
def test_what_the_user_has_not_committed_is_kept() -> None:
    with Path("tests/test_one.py").open("a") as file:
        file.write("\n\ndef test_mine():\n    pass\n")
    result = run("tests/test_one.py")
    assert result.kept == ["test_one.py::test_a", "test_one.py::test_b"]
    assert Path("tests/test_one.py").read_text().endswith("\n\ndef test_mine():\n    pass\n")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="cannot tell which file is written")
@pytest.mark.usefixtures("project")
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    before = diff()
    real = os.fsync
    calls: list[str] = []

    def fsync(descriptor: int) -> None:
        name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        calls.append(name)
        if "/tests/" in name and sum("/tests/" in each for each in calls) == 2:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Failure, match=r"No space left on device; every file is unchanged"):
        run()
    assert diff() == before


def started(*words: str) -> subprocess.Popen[str]:
    # SIGINT is ignored in what a shell, or a test run, has in the background.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from isolator.cli import main; main()"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code, *words]
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


SLOW = """

def test_slow():
    import time

    if "patch" not in open(__file__).read().partition("def")[0]:
        open(".isolator/slow", "w").close()
        time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_in_the_middle_of_a_trial(number: signal.Signals) -> None:
    with Path("tests/test_one.py").open("a") as file:
        file.write(SLOW)
    before = diff()
    process = started("fix", "--write", "--confirm", "tests", "--", "tests")
    while not Path(".isolator/slow").exists():
        assert process.poll() is None
        time.sleep(0.02)
    assert diff() != before
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=20)
    assert diff() == before
    if number is signal.SIGKILL:
        assert err.endswith("isolator was ended: the files on trial have been restored\n")
    else:
        assert process.returncode == 2
        assert err.endswith("Error: interrupted; every file is unchanged\n")


@pytest.mark.usefixtures("project")
def test_the_command_line(
    plant: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def isolator(*words: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["isolator", *words])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert isinstance(caught.value.code, int)
        told = capfd.readouterr().err.splitlines()
        return caught.value.code, [line for line in told if not line.startswith("run ")]

    assert isolator("fix", "--confirm", "tests")[0] == 2
    assert isolator("fix", "--write", "--confirm", "tests/test_two.py", "--", "-q", "tests") == (
        0,
        [
            "baseline: the tests before the rewrites",
            "on trial: 1 of 1 rewrites",
            "kept: tests/test_two.py: 1 rewritten (ISO101)",
            "Fixed 1 finding in 1 file.",
        ],
    )
    plant('setenv("B", "1")', 'setenv("B", "2")')
    code, err = isolator("fix", "--write", "--confirm", "--", "-q", "tests")
    assert code == 1
    assert err[-3:] == [
        "kept: tests/test_one.py: 1 rewritten (ISO101)",
        "taken back: tests/test_one.py:13:10: ISO101: tests/test_one.py::test_b was stable, is failing",
        "Fixed 1 finding in 1 file; 1 left, see `isolator check`.",
    ]
    assert isolator("fix", "--", "-q")[1] == [
        "-q: error: no such file or directory",
        "Nothing to fix in 1 file; 1 file failed.",
    ]


@pytest.mark.parametrize(
    ("words", "own", "for_pytest"),
    [
        ("confirm --runs 3 -- -q tests -- x", "confirm --runs 3", ("-q", "tests", "--", "x")),
        ("fix --write --confirm a -- -q", "fix --write --confirm a", ("-q",)),
        ("fix --write -- --confirm", "fix --write -- --confirm", ()),
        ("check -- -q", "check -- -q", ()),
        ("confirm --", "confirm", ()),
        ("--", "--", ()),
        ("", "", ()),
    ],
)
def test_words_for_pytest(words: str, own: str, for_pytest: tuple[str, ...]) -> None:
    assert cli.split_words(words.split()) == (own.split(), for_pytest)


@pytest.mark.usefixtures("project")
def test_a_trial_that_was_cut_off_is_recovered_before_anything_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    from isolator.system import journal as undo
    from isolator.system.files.workdir import exclusive

    path = Path("tests/test_one.py").resolve()
    original = path.read_bytes()
    with exclusive(Path.cwd()):
        undo.keep(Path.cwd(), [undo.Change(str(path), original, b"# on trial\n")])
    path.unlink()
    path.write_bytes(b"# on trial\n")
    request = Request(("tests",), write=True)
    from isolator.commands.findings import fix

    assert fix(request) == 0
    assert capfd.readouterr().err.splitlines() == [
        "an interrupted run of isolator had left files on trial; they have been restored",
        "Fixed 3 findings in 2 files.",
    ]
    assert 'monkeypatch.setenv("A", "1")' in path.read_text()
