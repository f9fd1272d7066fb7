"""Which lines have changed since a revision, where git knows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from isolator.system.errors import Failure

Lines = tuple[tuple[int, int], ...]  # first and last of each block of lines

_GIT = ("git", "--no-optional-locks", "--literal-pathspecs")
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--relative")
_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_ALL: Lines = ((1, 2**31),)


def branched_off(revision: str, root: Path) -> str:
    """The commit where the current branch left that revision: what others did there since is not counted as a change.

    Raises Failure if git knows no such revision.
    """
    try:
        commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except (OSError, subprocess.CalledProcessError):
        problem = "there is no such revision in the git repository of the current directory"
        raise Failure(f"--since {revision}: {problem}") from None
    try:
        return _git(root, "merge-base", commit.decode().strip(), "HEAD").decode().strip()
    except subprocess.CalledProcessError:  # they have no commit in common
        return commit.decode().strip()


def changed_lines(commit: str, root: Path, names: Iterable[str] | None = None) -> Mapping[str, Lines]:
    """The lines that differ from a commit, by the names of the files below ``root``; all lines of those that are new.

    With ``names`` only these files are looked at. What was deleted has no lines. Raises Failure if git fails.
    """
    try:
        only = () if names is None else ("--", *names)
        new = set(_names(root, "ls-files", "--others", "--exclude-standard", "-z", *only))
        changed = _names(root, *_DIFF, "--name-only", "--diff-filter=d", "-z", commit, *only)
        return {name: _ALL if name in new else _lines(root, commit, name) for name in sorted({*changed, *new})}
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"--since: git failed: {_why(error)}") from None


def _names(root: Path, *words: str) -> list[str]:
    found = _git(root, *words).decode("utf-8", "surrogateescape").split("\0")
    return [name for name in found if name.endswith(".py")]


def _lines(root: Path, commit: str, name: str) -> Lines:
    diff = _git(root, *_DIFF, "--text", "--unified=0", commit, "--", name)
    hunks = ((int(first), int(length or 1)) for first, length in _HUNK.findall(diff))
    return tuple((first, first + length - 1) for first, length in hunks if length)


def _git(root: Path, *words: str) -> bytes:
    return subprocess.run([*_GIT, *words], cwd=root, capture_output=True, check=True).stdout


def _why(error: OSError | subprocess.CalledProcessError) -> str:
    text = error.stderr.decode(errors="replace") if isinstance(error, subprocess.CalledProcessError) else str(error)
    return " ".join(text.split())
