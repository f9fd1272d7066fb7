"""Which commit last changed a file, where git knows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

UNCOMMITTED = "not committed"

# Names are names, not patterns; nothing is locked, as somebody may be at work there.
_GIT = ("git", "--no-optional-locks", "--literal-pathspecs", "-c", "log.showSignature=false")


def commits_of(paths: Iterable[str], root: Path) -> dict[str, str]:
    """The short hash of the commit that last changed each file, or ``UNCOMMITTED`` if it differs from that.

    ``paths`` are relative to ``root``. What git does not know (no repository, a file outside of it or ignored, no git
    at all) is left out.
    """
    known = {}
    for path in paths:
        status = _git(root, "status", "--porcelain", "--", path)
        commit = UNCOMMITTED if status else _git(root, "log", "-1", "--format=%h", "--", path)
        if commit:
            known[path] = commit
    return known


def _git(root: Path, *words: str) -> str:
    try:
        run = subprocess.run(
            [*_GIT, *words], cwd=root, capture_output=True, check=False, encoding="utf-8", errors="replace"
        )
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
