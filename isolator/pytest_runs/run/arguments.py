"""What pytest is given on its command line: paths as they are written in the folder that it runs in."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from isolator.pytest_runs.model import COLLECT, Run
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.records import Session


def argument(node_id: str, session: Session, folder: Path) -> str:
    """A node id, which begins at pytest's root, as it is written in the folder that pytest runs in."""
    path, mark, inner = node_id.partition("::")
    path = str(Path(session.rootdir or folder) / path)
    with contextlib.suppress(ValueError):  # on another drive
        path = os.path.relpath(path, folder)
    return Path(path).as_posix() + mark + inner


def switches(options: Options, session: Session) -> list[str]:
    """The arguments of pytest without the paths and node ids among them."""
    return [a for a in options.arguments if a != "--" and str(a) not in session.positional]


def going_on(run: Run, session: Session, folder: Path) -> Iterator[str]:
    """A line for each file that a run could not collect: why, and what to do to continue without it."""
    for name, attempt in run.attempts.items():
        if attempt.uncollected:
            error = attempt.way.removeprefix(COLLECT)  # ": ModuleNotFoundError"
            yield f"{argument(name, session, folder)} cannot be collected{error}{_remedy(name, session, folder)}"


def _remedy(node_id: str, session: Session, folder: Path) -> str:
    path = argument(node_id.partition("::")[0], session, folder)
    without = "it" if "::" not in node_id else path
    if path in (argument(word.partition("::")[0], Session(), folder) for word in session.positional):
        # pytest collects what it is given by name, whatever --ignore says.
        return f"; to continue without {without}, leave it out of the arguments of pytest"
    return f"; to continue without {without}, pass {shlex.quote(f'--ignore={path}')} to pytest"
