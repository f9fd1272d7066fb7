"""Which paths are left out: the patterns of .gitignore files and of the ``exclude`` setting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Ignores:
    """Patterns as .gitignore has them, each set with the directory it stands in; the deepest word counts.

    Paths are absolute, with ``/``; that of a directory ends in ``/``. Immutable: ``plus`` makes a new one.
    """

    def __init__(self, specs: tuple[tuple[int, GitIgnoreSpec], ...] = ()) -> None:
        self._specs = specs

    def plus(self, directory: str, lines: Sequence[str]) -> Ignores:
        """These and the patterns that stand in ``directory``, the path of which ends in ``/``."""
        if not lines:
            return self
        return Ignores((*self._specs, (len(directory), _spec(lines))))

    def plus_file(self, directory: str) -> Ignores:
        """These and the patterns of the directory's .gitignore, if that can be read."""
        try:
            text = Path(directory, ".gitignore").read_text(encoding="utf-8-sig", errors="surrogateescape")
        except OSError:
            return self
        return self.plus(directory, text.splitlines())

    def ignore(self, path: str) -> bool:
        """Whether the patterns leave this path out."""
        for prefix, spec in reversed(self._specs):
            included = spec.check_file(path[prefix:]).include
            if included is not None:
                return included
        return False


def ignores_above(directory: Path) -> Ignores:
    """What the .gitignore files above ``directory`` say, from the top of its git repository downwards.

    If they leave out the directory itself they say nothing here: who names an ignored directory wants it searched.
    """
    ignores = Ignores()
    top = git_top(directory)
    if top is None:
        return ignores
    for parent in reversed(directory.parents):
        if parent == top or top in parent.parents:
            ignores = ignores.plus_file(with_slash(parent))
    return Ignores() if ignores.ignore(with_slash(directory)) else ignores


def git_top(directory: Path) -> Path | None:
    """The top of the git working tree that holds ``directory``, or None."""
    for parent in (directory, *directory.parents):
        if (parent / ".git").exists():
            return parent
    return None


def with_slash(directory: Path) -> str:
    """The path with ``/`` between its parts and at its end."""
    return directory.as_posix().rstrip("/") + "/"


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # only where there are patterns: importing it is slow

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:  # git passes over a pattern that it cannot use, and so do we
        return GitIgnoreSpec.from_lines([line for line in lines if _usable(line)])


def _usable(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
