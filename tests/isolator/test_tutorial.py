"""What the tutorial shows is what its commands print: those of the demo as the demo printed it, others run here."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from isolator.commands import demo
from tests.isolator.conftest import Demonstration, as_at_home

TUTORIAL = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
# The demo names the plugin that pytest would find by itself, and has its modules run by this Python.
SPELLINGS = {"-p pytest_rerunfailures --reruns 1": "--reruns 1", "$ python -m ": "$ ", "pytest --color=no": "pytest"}
ELSEWHERE = ("isolator demo", "cd ", "cp ")  # tested in test_demo.py; what the demo does in Python


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TUTORIAL, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each command of the tutorial, and the lines that are shown below it."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            yield command, shown


def without_times(text: str) -> str:
    """The text without what is another every time: seconds, and the folder."""
    text = re.sub(r"\d+\.\d+ ?s\b", "N s", text)
    text = re.sub(r"assert '/\w+\.\.\.", "assert '/…", text)  # how much of it there is room for
    text = re.sub(r"[\d.]+ runs of pytest, \d+ s", "N runs of pytest, N s", text)
    text = re.sub(r"^(  seconds) +\d+\.\d+ +\d+\.\d+", r"\1 N N", text, flags=re.MULTILINE)
    return re.sub(r"=+( \d.* N s) =+", r"\1", text)


@pytest.fixture(scope="module")
def printed(demonstration: Demonstration) -> dict[str, str]:
    """What the demo printed, by command."""
    out = demonstration.out
    for spelling, usual in SPELLINGS.items():
        out = out.replace(spelling, usual)
    parts = re.split(r"^\$ (.*)\n", out, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], map(without_times, parts[1::2]), strict=True))


def run(command: str, folder: Path) -> str:
    """What a command prints that the demo does not run, in a copy of the project."""
    program, *arguments = shlex.split(command)
    environment = {**as_at_home(), "PYTHONIOENCODING": "utf-8"}
    for name in ("SECRET_KEY", "ENVIRONMENT", "DATABASE_URL", "ALLOW_DEV_TEMP_USERS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=demo.copy_example(folder),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return without_times(done.stdout)


def missing(shown: list[str], text: str) -> list[str]:
    """The first of the lines that is not in the text after those before it; what ``…`` stands for is not asked."""
    rest = text.splitlines()
    for line in shown:
        if line != "…":
            if line not in rest:
                return [line]
            rest = rest[rest.index(line) + 1 :]
    return []


@pytest.mark.parametrize(("command", "shown"), list(commands()))
def test_what_is_shown_is_what_is_printed(
    command: str, shown: list[str], printed: dict[str, str], tmp_path: Path
) -> None:
    if command.startswith(ELSEWHERE):
        assert shown == []
        return
    text = printed[command] if command in printed else run(command, tmp_path / "agents")

    assert [line for line in shown if line != "…"]
    assert missing(without_times("\n".join(shown)).splitlines(), text) == [], text


def test_the_exit_codes(demonstration: Demonstration) -> None:
    """The demo ends well only if the tests were not confirmed before, and are after: the codes that the page names."""
    assert demonstration.code == 0
    assert re.findall(r"exits with (\d)", TUTORIAL) == ["1", "0"]


def test_the_summary(demonstration: Demonstration) -> None:
    (shown,) = blocks("markdown")
    summary = (demonstration.folder / "summary.md").read_text(encoding="utf-8")

    assert missing(without_times(shown).splitlines(), without_times(summary)) == []
