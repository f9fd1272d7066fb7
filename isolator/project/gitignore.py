"""Which paths are left out: the patterns of .gitignore files and of the ``exclude`` setting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.python.regular import read_text

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec, RegexPattern


_STAR = "[^/]*"  # what pathspec makes of `*`
_MANY = 3


class Ignores:
    """Patterns as .gitignore has them, each set with the directory it stands in; the deepest word counts.

    Paths are absolute, with ``/``; that of a directory ends in ``/``. Of a path elsewhere they say nothing. Immutable:
    ``plus`` makes a new one.
    """

    def __init__(self, specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()) -> None:
        self._specs = specs

    def plus(self, directory: str, lines: Sequence[str]) -> Ignores:
        """These and the patterns that stand in ``directory``, the path of which ends in ``/``."""
        if not lines:
            return self
        return Ignores((*self._specs, (directory, _spec(lines))))

    def plus_file(self, directory: str) -> Ignores:
        """These and the patterns of the directory's .gitignore, if that can be read."""
        try:
            text = read_text(f"{directory}.gitignore", "utf-8-sig", "surrogateescape")
        except OSError:
            return self
        return self.plus(directory, text.splitlines())

    def ignore(self, path: str) -> bool:
        """Whether the patterns leave this path out."""
        for directory, spec in reversed(self._specs):
            included = spec.check_file(path[len(directory) :]).include if path.startswith(directory) else None
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
        spec = GitIgnoreSpec.from_lines(lines)
    except ValueError:  # git skips a pattern that it cannot use, and so do we
        spec = GitIgnoreSpec.from_lines([line for line in lines if _usable(line)])
    if max(map(_stars, spec.patterns), default=0) < _MANY:
        return spec
    quick: list[RegexPattern] = [_quick(p) if _stars(p) >= _MANY else p for p in spec.patterns]
    try:
        return GitIgnoreSpec(quick, backend="simple")  # type: ignore[arg-type]
    except TypeError:  # pathspec before 1.0, which has no other
        return GitIgnoreSpec(quick)  # type: ignore[arg-type]


def _stars(pattern: RegexPattern) -> int:
    return pattern.regex.pattern.count(_STAR) if pattern.regex else 0


def _quick(pattern: RegexPattern) -> RegexPattern:
    """A pattern that gives each ``*`` but the last of a name the least that will do, and never tries another length.

    ``*a*a*a*b`` would else try every way to cut a name into parts.
    """
    assert pattern.regex is not None
    first, *others = pattern.regex.pattern.split(_STAR)
    parts = [first]
    for number, text in enumerate(others):
        ends = number == len(others) - 1 or "/" in text.replace("[^/]", "")
        parts.append(_STAR + text if ends else f"(?=(?P<s{number}>{_STAR}?{text}))(?P=s{number})")
    return type(pattern)(re.compile("".join(parts)), pattern.include)


def _usable(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
