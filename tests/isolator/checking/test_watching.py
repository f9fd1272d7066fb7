"""``isolator check --watch``: again after each change, until somebody ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from isolator.commands.checking.watching import watch
from isolator.project.request import Request
from isolator.system.errors import Failure
from tests.isolator.inside import inside

# What a shell, or a test run, has in the background ignores SIGINT.
WATCHING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[1:] = ["check", "--watch"]
from isolator.__main__ import main
main()
"""
CLEAN = "def test_a():\n    assert True\n"
WRITE = "import os\n\n\ndef test_a():\n    os.environ['A'] = '1'\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without findings, the current directory."""
    monkeypatch.chdir(tmp_path)
    Path("isolator.toml").write_text("")
    Path("test_a.py").write_text(CLEAN)
    return tmp_path


def doing(*steps: Callable[[], object]) -> Callable[[float], None]:
    """A sleep during which these things happen, one at a time; then Ctrl-C."""
    left = list(steps)

    def sleep(_: float) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    return sleep


def test_it_checks_again_after_a_change_only() -> None:
    seen: list[str] = []

    def check() -> int:
        seen.append(Path("test_a.py").read_text())
        return 1

    steps = doing(lambda: None, lambda: Path("test_a.py").write_text(WRITE), lambda: Path("note.txt").write_text("no"))
    assert watch(Request(), check, steps) == 0
    assert seen == [CLEAN, WRITE]


def test_settings_that_are_wrong_for_a_while_end_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    codes: list[str] = []

    def check() -> int:
        codes.append(Path("isolator.toml").read_text())
        if codes[-1]:
            raise Failure("isolator.toml is wrong")
        return 0

    settings = Path("isolator.toml")
    assert watch(Request(), check, doing(lambda: settings.write_text("wrong"), lambda: settings.write_text(""))) == 0
    assert codes == ["", "wrong", ""]
    assert "isolator.toml is wrong" in capsys.readouterr().err


def test_it_ends_when_a_check_is_interrupted() -> None:
    def check() -> int:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise Failure("interrupted: no file was written") from None

    assert watch(Request(), check, doing()) == 0


def test_stdin_is_not_watched() -> None:
    assert inside("check", "--watch", "-", stdin=CLEAN).returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_the_program_prints_what_is_new_and_ends_with_0() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WATCHING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            assert process.stderr.readline() == "No findings in 1 file.\n"
            Path("test_a.py").write_text(WRITE)
            assert process.stdout.readline().startswith("test_a.py:5:5: ISO102 [*] A is changed")
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
