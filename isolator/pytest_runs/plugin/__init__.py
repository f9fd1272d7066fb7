"""The plugins that record and watch a run of pytest: standard library and pytest only.

The package is copied beside a run, under a name of its own, and so it imports from itself by
relative names. Its ``start`` is then run as a script in place of ``python -m pytest``.
"""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

NAME = "isolator_plugin"
RECORDER, WATCHER = f"{NAME}.recorder", f"{NAME}.watcher"  # what pytest's -p takes
WATCHED = ".watch"  # how the names of the files end that the watcher writes
# On this signal every stack is written down; None on Windows, which has no such thing.
STACKS_SIGNAL: int | None = getattr(signal, "SIGXCPU", None)
STACKS_END = "isolator: that is all"  # the line after them


def copy_to(folder: Path) -> Path:
    """Copies the package to a folder, and returns the script in it. Raises OSError.

    With what is compiled of it, which is as good there: so no run has to do that again.
    """
    package = folder / NAME
    shutil.copytree(Path(__file__).parent, package)
    return package / "start.py"
