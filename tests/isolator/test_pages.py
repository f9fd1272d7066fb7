"""What the pages for a legacy suite, a monorepo, for trouble and for coding agents show is what happens, step by step.

A page's ``console`` blocks are one session, in one folder. A line that begins with ``$`` is run; ``# exit code N`` at
its end says how it ends, and what is below it is what it prints, on stdout and then on stderr, line by line: ``…``
stands for lines that are left out. A block that begins with ``# file: PATH`` is a file, written when it is reached.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from isolator.commands.demo import copy_example
from tests.isolator.inside import inside

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^ *```(?:console|python|toml|ini|text|json)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*?)(?: +# exit code (\d))?$", re.MULTILINE)
FILE = re.compile(r"# file: (\S+)\n")


@dataclass(frozen=True)
class Step:
    """A command of a session, how it ends and what is shown of what it prints; or a file that is written."""

    command: str
    code: int
    shown: list[str]
    path: str = ""


def session(page: str) -> Iterator[Step]:
    """The steps of a page, in the order that it has them."""
    for found in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        block = found[1]
        if named := FILE.match(block):
            yield Step("", 0, block[named.end() :].splitlines(), named[1])
            continue
        parts = COMMAND.split(block)[1:]
        for command, code, shown in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            yield Step(command, int(code or 0), shown.strip("\n").splitlines())


def run(step: Step, folder: Path) -> None:
    """Take one step, and compare."""
    if step.path:
        path = folder / step.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(step.shown) + "\n", encoding="utf-8")
        return
    code, printed = _printed(step.command, folder)
    assert (step.command, code) == (step.command, step.code), printed
    assert _differing(step.shown, _constant(printed)) == "", f"{step.command}\n{printed}"


def _printed(command: str, folder: Path) -> tuple[int, str]:
    if asked := re.fullmatch(r"jq -r '(\S.*)' (\S+)", command):
        found = fields(json.loads((folder / asked[2]).read_text(encoding="utf-8")), asked[1])
        return 0, "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in found)
    if re.fullmatch(r"isolator (?!confirm|observe|deflake)[^|>&$;]*", command):
        done = inside(*shlex.split(command)[1:], folder=folder)
    else:
        isolator = f'isolator() {{ "{sys.executable}" -m isolator "$@"; }}; python() {{ "{sys.executable}" "$@"; }}; '
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        words = ["bash", "-c", isolator + command]
        environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("CI", None)
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout + done.stderr


def fields(document: Any, path: str) -> list[Any]:  # noqa: ANN401
    """What jq finds at a path of names and ``[]``, and at ``| keys[]``; a name that is missing is an error."""
    found = [document]
    for name, every in re.findall(r"\.(\w+)|(\[\])", path.partition(" | ")[0]):
        found = [each[name] for each in found] if name else [one for each in found for one in _elements(each)]
        assert every or name
    return sorted(found[0]) if path.endswith(" | keys[]") else found


def _elements(each: Any) -> list[Any]:  # noqa: ANN401
    return list(each.values()) if isinstance(each, dict) else list(each)


def _constant(text: str) -> list[str]:
    """What is printed, without what is another each time."""
    text = re.sub(r"\b\d+(?:\.\d+)? ?s\b", "N s", text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _differing(shown: list[str], printed: list[str]) -> str:
    """The first line that is shown and does not come next, or is printed and not shown; "" if there is none."""
    rest, skipping = list(printed), False
    for line in _constant("\n".join(shown)):
        if line.strip() == "…":
            skipping = True
        elif line not in rest if skipping else rest[:1] != [line]:
            return line
        else:
            rest = rest[rest.index(line) + 1 :]
            skipping = False
    return "" if skipping or not rest else rest[0]


def committed(folder: Path) -> None:
    """Make a git repository of a folder."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.skipif(os.name == "nt", reason="the pages show a POSIX shell")
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    "page",
    [
        *("how-to/adopting.md", "how-to/monorepos.md", "how-to/trouble.md"),
        pytest.param("how-to/agents.md", marks=pytest.mark.slow),
    ],
)
def test_a_page_shows_what_happens(page: str, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    if page == "how-to/adopting.md":
        copy_example(folder)
    else:
        folder.mkdir()
    steps = list(session(page))
    assert len([step for step in steps if step.command]) >= 3

    for step in steps:
        if step.command and not (folder / ".git").exists():
            committed(folder)
        run(step, folder)


@pytest.mark.parametrize(
    ("shown", "printed", "first"),
    [
        (["a", "b"], ["a", "b"], ""),
        (["a"], ["a", "b"], "b"),
        (["a", "…"], ["a", "b"], ""),
        (["…", "b"], ["a", "b"], ""),
        (["b"], ["a", "b"], "b"),
        (["…", "c"], ["a", "b"], "c"),
        (["took 1.25 s"], ["took 3.5 s"], ""),
    ],
)
def test_lines_are_compared(shown: list[str], printed: list[str], first: str) -> None:
    assert _differing(shown, _constant("\n".join(printed))) == first
