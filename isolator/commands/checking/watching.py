"""``isolator check --watch``: again whenever a file of the project has changed, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from isolator.engine.scan import project_of
from isolator.project.request import Request
from isolator.project.toml import SettingsError
from isolator.system.errors import Failure
from isolator.system.files.stamp import stamp
from isolator.system.visible import tell

_PAUSE = 0.3  # seconds between two looks at the files


def watch(request: Request, check: Callable[[], int], sleep: Callable[[float], None] = time.sleep) -> int:
    """Checks, and again after each change: 0 when the user ends it. Raises Failure for what cannot be watched."""
    if request.stdin:
        raise Failure("--watch cannot be used with stdin")
    try:
        while True:
            before = _look(request)
            _check_once(check)
            tell("Watching for changes; press Ctrl-C to stop.")
            while _look(request) == before:  # what --fix itself has written is looked at once more
                sleep(_PAUSE)
    except KeyboardInterrupt:
        return 0


def _check_once(check: Callable[[], int]) -> None:
    """What is wrong now may be put right while somebody watches: it is said, and ends nothing."""
    if sys.stdout.isatty():
        click.clear()
    try:
        check()
    except Failure as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        error.show()


def _look(request: Request) -> str:
    """Another text as soon as a Python file or the settings are others. Raises Failure if there are too many."""
    try:
        root = project_of(request).root
    except SettingsError:
        root = Path.cwd()
    named = request.overrides.file
    found = stamp([root, *([named.absolute().parent] if named is not None else [])])
    if found is None:
        raise Failure(f"{root}: has too many files to watch; name a directory in it that has its own settings")
    return found
