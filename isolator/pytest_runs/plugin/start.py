"""The script that runs pytest with the copied package in reach, in place of ``python -m pytest``.

It waits for a file ``begin`` beside the package, for what is run must be known to whoever ends it.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

# The file that says that a run may begin: whoever ends it if isolator is killed knows of it.
BEGIN = "begin"
OLDEST = 7  # version of pytest that is supported
# What is printed of another one, with its version and the interpreter.
TOO_OLD = "isolator: too old is pytest"


def main() -> None:
    """``python -m pytest`` with the package in reach, of the workers of pytest-xdist too."""
    package = Path(__file__).parent
    first = sys.path[:1] == [str(package)]
    if first:  # the folder of a script, where -m has the current one
        del sys.path[0]
    import pytest  # where neither that folder nor the current one hides it

    if int(pytest.__version__.partition(".")[0]) < OLDEST:
        sys.exit(f"{TOO_OLD} {pytest.__version__} of {sys.executable}")
    _wait_for(package.parent / BEGIN)
    if first:
        sys.path.insert(0, str(Path.cwd()))
    sys.path.append(str(package.parent))
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)


def _wait_for(begin: Path) -> None:
    """Wait for the file, which is there at once unless isolator has just been ended.

    The folder goes then. Raises SystemExit.
    """
    deadline = time.monotonic() + 60
    while not begin.exists():
        if not begin.parent.exists() or time.monotonic() > deadline:
            raise SystemExit(1)
        time.sleep(0.01)


if __name__ == "__main__":
    main()
