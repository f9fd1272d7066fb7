"""Where a test hangs, for people: its own line, and the stack with the lines of libraries folded.

How a stack is written is told in ``isolator/pytest_runs/run/stacks.py``; one of an earlier isolator is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from isolator.system.visible import count

_LIBRARY = "    "


@dataclass(frozen=True)
class Part:
    """Lines that stand one below the other; ``folded`` says what they are where nobody needs to see them at once."""

    lines: tuple[str, ...]
    folded: str = ""


def place(stack: str | None) -> str:
    """Where a test hangs: the first line of the project, and the innermost one; "" if none is known.

    ``tests/test_a.py:21 in test_approval: await agent.run(), in core/agents.py:48 in run: await …``
    """
    lines = (stack or "").splitlines()
    title = next((number for number, line in enumerate(lines) if not line.startswith(" ")), len(lines))
    first = next((n for n, line in enumerate(lines[title + 1 :]) if not line.startswith(" ")), len(lines))
    own = [line.strip() for line in lines[title + 1 :][:first] if _is_own(line)]
    return ", in ".join(dict.fromkeys([own[0], own[-1]])) if own else ""


def parts(stack: str) -> Iterator[Part]:
    """The stack in parts: those lines of libraries that follow each other are one, folded."""
    lines = stack.splitlines()
    for library, group in groupby(lines, lambda line: line.startswith(_LIBRARY) and any(map(_is_own, lines))):
        found = tuple(group)
        yield Part(found, f"{count(len(found), 'line')} of {_whose(found)}" if library else "")


def folded(stack: str) -> Iterator[str]:
    """The same as lines, with a word in the place of what is folded."""
    for part in parts(stack):
        yield from (f"{_LIBRARY}({part.folded})",) if part.folded else part.lines


def _is_own(line: str) -> bool:
    return line.startswith("  ") and not line.startswith(_LIBRARY) and " in " in line


def _whose(lines: tuple[str, ...]) -> str:
    """The libraries that lines are of: ``asyncio, pytest_asyncio``."""
    names = (line.strip().partition(":")[0].partition("/")[0].removesuffix(".py") for line in lines)
    return ", ".join(dict.fromkeys(names))
