"""Whether pytest is told to leave a file alone, which to its globs is a test: data for the tests, as a rule."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterator
from pathlib import Path

from codemods.python.regular import read_bytes
from isolator.project.project import Project, normal


def collects(path: str, project: Project) -> bool:
    """Whether pytest would collect a test file that was found in a directory.

    It would not if ``addopts`` or a ``collect_ignore`` in a conftest.py above say so. Words that may be added under a
    condition (``if sys.version_info < …``) count as if they were.
    """
    top = project.pytest_root
    full = normal(Path(path))
    above = [full, *(parent for parent in full.parents if top in parent.parents)]
    ignored, globs = _told_by_addopts(project.pytest.addopts, top)
    for directory in {top, *above[1:]}:
        for name, values in _told_by_conftest(directory / "conftest.py"):
            told = [str(normal(directory / value)) for value in values]
            (globs if name == "collect_ignore_glob" else ignored).extend(told)
    return not any(str(each) in ignored or any(fnmatch.fnmatch(str(each), glob) for glob in globs) for each in above)


def _told_by_addopts(words: tuple[str, ...], top: Path) -> tuple[list[str], list[str]]:
    """The paths and the globs that ``--ignore`` and ``--ignore-glob`` leave out."""
    found: dict[str, list[str]] = {"--ignore": [], "--ignore-glob": []}
    for word, following in zip(words, (*words[1:], ""), strict=False):
        option, equals, value = word.partition("=")
        if option in found:
            found[option].append(str(normal(top / (value if equals else following))))
    return found["--ignore"], found["--ignore-glob"]


def _told_by_conftest(conftest: Path) -> Iterator[tuple[str, list[str]]]:
    """``collect_ignore`` and ``collect_ignore_glob``, and the strings that stand in a statement about them."""
    try:
        data = read_bytes(conftest)
        body = ast.parse(data).body if b"collect_ignore" in data else []
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in body:
        nodes = list(ast.walk(statement))
        for name in {n.id for n in nodes if isinstance(n, ast.Name)} & {"collect_ignore", "collect_ignore_glob"}:
            yield name, [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
