"""Where a run hung, or crashed: the stacks that were written down, the test's own line first.

    the main thread
      tests/test_agents.py:21 in test_approval: agent.run()
      core/agents.py:48 in run: self.approved.wait()
        threading.py:629 in wait
    task Task-2, which waits
      core/agents.py:60 in poll: await asyncio.sleep(1)
        asyncio/tasks.py:665 in sleep

A stack begins at the test, or at the first line of the project, and leads inwards. The lines of the project have the
path below pytest's root and their code; those of libraries stand two blanks further in, and nothing of pytest stands
before the test. First comes the stack that the test is in.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(
    r"(?P<which>Current thread|Thread|Task)(?: (?P<name>.*?))? \(most recent call first\):|Stack \(most recent"
)
_FRAME = re.compile(r'  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)')
_ESCAPED = re.compile(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}")
_FOREIGN = {"site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", ".eggs"}
_INSIDE = re.compile(r"(.*/)?lib/python[\d.]+t?/", re.IGNORECASE)  # an interpreter below the root
_LIBRARY = re.compile(r".*[/\\](site-packages|dist-packages|python[\d.]+t?|lib)[/\\]", re.IGNORECASE)
_CODE = 100  # letters of a line of code
_TASKS = 20


@dataclass(frozen=True)
class _Frame:
    """A frame; ``file`` is below pytest's root if it is the project's ``own``."""

    file: str
    line: int
    function: str
    own: bool
    code: str = ""

    def __str__(self) -> str:
        blanks = "  " if self.own else "    "
        return f"{blanks}{self.file}:{self.line} in {self.function}" + (f": {self.code}" if self.code else "")


@dataclass(frozen=True)
class _Stack:
    """A thread, or a task that waits; the outermost frame comes first."""

    title: str
    frames: tuple[_Frame, ...]

    @property
    def task(self) -> bool:
        return self.title.startswith("task ")

    @property
    def own(self) -> bool:
        """Whether it goes through the project."""
        return any(frame.own for frame in self.frames)

    def since(self, tests: set[tuple[str, str]]) -> tuple[bool, _Stack]:
        """The stack from the test on, or from the first frame of the project; whether the test is in it."""
        for number, frame in enumerate(self.frames):
            if frame.own and (frame.file, frame.function.rpartition(".")[2]) in tests:
                return True, _Stack(self.title, self.frames[number:])
        first = next((number for number, frame in enumerate(self.frames) if frame.own), 0)
        return False, _Stack(self.title, self.frames[first:])


def stacks(folder: Path, root: Path, tests: Iterable[str]) -> str | None:
    """What was written down when a run hung or crashed, of all processes; None if that is nothing.

    ``root`` is pytest's, and ``tests`` are the node ids of those that were running.
    """
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.stacks"))]
    return told("\n".join(texts), root, tests)


def told(text: str, root: Path, tests: Iterable[str]) -> str | None:
    """The stacks that faulthandler has written, and the plugin as it does, as this page has them."""
    meant = {(name.partition("::")[0], name.partition("[")[0].rpartition("::")[2]) for name in tests}
    files = {file for file, _ in meant}
    cut = [stack.since(meant) for stack in _read(text, root)]

    def rank(item: tuple[bool, _Stack]) -> tuple[bool, bool, bool]:
        through, stack = item
        return not through, not any(frame.file in files for frame in stack.frames), not stack.own

    found = [stack for _, stack in sorted(cut, key=rank)]
    if any(stack.own for stack in found):
        found = [stack for stack in found if stack.own or stack.task]
    tasks = [stack for stack in found if stack.task]
    more = len(tasks) - _TASKS
    lines = [line for stack in found if stack not in tasks[_TASKS:] for line in (stack.title, *map(str, stack.frames))]
    return "\n".join([*lines, *([f"{more} more tasks, which wait"] if more > 0 else [])]) or None


def _read(text: str, root: Path) -> Iterator[_Stack]:
    """The stacks in a text, those without a frame left out."""
    title, frames = "", list[_Frame]()
    for line in [*text.splitlines(), "Stack (most recent call first):"]:
        if head := _HEAD.match(line):
            if frames:
                yield _Stack(title, tuple(reversed(frames)))
            title, frames = _title(head["which"], head["name"]), []
        elif match := _FRAME.match(line):
            frames.append(_frame(_unescaped(match["file"]), int(match["line"]), match["function"], root))


def _title(which: str | None, name: str | None) -> str:
    if which == "Task":
        return f"task {name}, which waits"
    return "another thread" if which == "Thread" else "the main thread"


def _frame(file: str, line: int, function: str, root: Path) -> _Frame:
    path = Path(file)
    inside = next((path.relative_to(r) for r in (root, root.resolve()) if path.is_relative_to(r)), None)
    if inside is None or not _FOREIGN.isdisjoint(inside.parts) or _INSIDE.match(inside.as_posix()):
        return _Frame(_short(file), line, function, False)
    return _Frame(inside.as_posix(), line, function, True, linecache.getline(file, line).strip()[:_CODE])


def _short(file: str) -> str:
    """The file of a library, as it is imported."""
    inner = _LIBRARY.sub("", file)
    parts = re.split(r"[/\\]", inner)
    return "/".join(parts if inner != file else parts[-2:])


def _unescaped(text: str) -> str:
    """A name with the letters that faulthandler, which is careful, writes as escapes."""
    return _ESCAPED.sub(lambda match: chr(int(match[0][2:], 16)), text)
