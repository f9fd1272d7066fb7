"""Rules of others: which of them are installed beside isolator.

A package adds its rules by an entry point of the group ``isolator.rules`` that names a ``codemods.rule.Codemod``.
Asking ``importlib.metadata`` would be felt in each run, as benchmarks/extensions.py shows: the files in which entry
points stand are looked through for the group's name instead, and parsed only where it is.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codemods.extending import Extension

GROUP = "isolator.rules"
_HEADING = f"[{GROUP}]".encode()
_METADATA = (".dist-info", ".egg-info")


def usable() -> tuple[tuple[Extension, ...], tuple[tuple[str, str], ...]]:
    """The extensions whose rules can be used, by the names of their distributions.

    For each of the others the file that names it, and a line that says what is wrong with it.
    """
    files = list(_files())
    if not files:
        return (), ()
    from codemods.extending import load

    found: dict[Extension, str] = {}
    problems: list[tuple[str, str]] = []
    for file in files:
        try:
            found |= dict.fromkeys(_named_in(file), file)
        except (TypeError, ValueError) as error:  # a line without "=", or not UTF-8
            problems.append((file, f"holds no entry points: {error}; install {_distribution(file)} again"))
    extensions = tuple(sorted(found, key=lambda extension: extension.distribution.lower()))
    bad = dict(load(extensions).problems)
    problems += [(found[extension], problem) for extension, problem in bad.items()]
    return tuple(extension for extension in extensions if extension not in bad), tuple(problems)


def _files() -> Iterator[str]:
    """The files that name extensions, of packages that are installed beside isolator; each package once.

    What lies in the current directory, or is on PYTHONPATH, brings in no rules.
    """
    seen: set[str] = set()
    for folder in _folders():
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is needed
        except OSError:
            continue
        for name in names:
            # pip renames what it is about to remove, so that it begins with a tilde.
            if not name.endswith(_METADATA) or name[0] == "~":
                continue
            file = f"{folder}{os.sep}{name}{os.sep}entry_points.txt"
            try:
                with open(file, "rb") as opened:  # noqa: PTH123 - a third of the time of Path.read_bytes
                    data = opened.read()
            except OSError:
                continue
            if _HEADING in data and _distribution(file).lower() not in seen:
                seen.add(_distribution(file).lower())
                yield file


def _folders() -> Iterator[str]:
    """The folders of installed packages: that of isolator, and those of the interpreter which it looks in."""
    home = str(Path(__file__).parents[2])
    others = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    yield from dict.fromkeys([home, *(each for each in map(os.path.abspath, others) if each in sys.path)])


def _distribution(file: str) -> str:
    """The name of the package that a file of entry points belongs to, from that of its folder."""
    return Path(file).parent.stem.partition("-")[0]


def _named_in(file: str) -> list[Extension]:
    """The extensions that a file names. Raises TypeError or ValueError if it is malformed."""
    from importlib.metadata import Distribution

    from codemods.extending import Extension

    entries = Distribution.at(Path(file).parent).entry_points.select(group=GROUP)
    return [Extension(entry.value, entry.name, _distribution(file)) for entry in entries]
