"""What a test shows by how it ends in a run, and which state a cell belongs to."""

from __future__ import annotations

import re

from isolator.pytest_runs.model import Attempt, Test
from isolator.pytest_runs.verdicts import BAD

Cells = tuple[str, ...]

NOT_RUN = Attempt("not run")
_PROCESS = ("os.environ", "sys.modules", "threading", "contextvars")
_ITEM = re.compile(r"(\[[^\]]*\])+$")


def by_container(known: Test) -> dict[str, str]:
    """The containers of the cells that explain a test, each with the line that leaves it changed."""
    return dict(zip(map(container, known.cells or ()), known.places, strict=True))


def all_in(cells: Cells) -> Cells:
    """The paths of all that some containers hold, as what is put back is named."""
    return tuple(f"{cell}*" for cell in cells)


def container(cell: str) -> str:
    """What an item is in, if it is the project's: other tests may need other items of it."""
    return cell if cell.startswith(_PROCESS) else _ITEM.sub("", cell)


def turns(test: Test, attempt: Attempt) -> bool:
    """Whether it ends the other way."""
    if test.verdict == "nio":
        return attempt.again == "passed"
    return attempt.result == "passed" if test.role == "victim" else attempt.result in BAD


def shows(test: Test, attempt: Attempt) -> bool:
    """Whether a test showed in one run what it is."""
    if test.verdict == "nio":
        return attempt.again in BAD
    return attempt.result in BAD if test.role == "victim" else attempt.result == "passed"
