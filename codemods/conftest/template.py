"""Templates of fixtures: read as text, never imported, and taken apart."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import fixtures_templates

from codemods.context import Context
from codemods.python.regular import read_text
from codemods.python.source import Source
from codemods.suite.hosts import Kind, hosts

_PACKAGED = Path(fixtures_templates.__file__).parent


class TemplateError(Exception):
    """A template cannot be used; the message tells its owner why."""


@dataclass(frozen=True)
class Template:
    """The part of a template that goes into a conftest: all but its docstring and its imports.

    ``fixture`` is the name of its main fixture; ``imports`` maps each imported name to what to
    import, in the form that ``add_imports`` takes.
    """

    text: str
    fixture: str
    imports: tuple[tuple[str, tuple[str, str | None]], ...]

    def imports_of(self, text: str) -> list[tuple[str, tuple[str, str | None]]]:
        """The imports that a text made from the template needs."""
        return [(name, wanted) for name, wanted in self.imports if re.search(rf"\b{name}\b", text)]


def conftest_path(context: Context) -> str:
    """The conftest that the fixtures go into, relative to the root: the one named, else that of
    ``tests/`` if any.
    """
    if context.fixture is not None:
        return context.fixture.conftest
    if context.conftest is not None:
        return context.conftest
    return "tests/conftest.py" if (context.root / "tests").is_dir() else "conftest.py"


def template_texts(name: str, context: Context) -> tuple[str, ...]:
    """The text of a template whose definitions a conftest may get; empty if it cannot be read."""
    try:
        return (read_template(name, context.root).text,)
    except TemplateError:
        return ()


def read_template(name: str, root: Path) -> Template:
    """The template of a name in ``fixtures_templates``, or at a path relative to the root.

    Raises TemplateError if there is none, or what is there is not a Python file with a pytest
    fixture in it.
    """
    path = root / name if name.endswith(".py") else _PACKAGED / f"{name}.py"
    try:
        return _parse(read_text(path), path.stem)
    except OSError as error:
        known = ", ".join(sorted(p.stem for p in _PACKAGED.glob("[!_]*.py")))
        reason = (
            f"there is no template {name}; use one of {known}, or the path of your own file, "
            f"with .py"
        )
        raise TemplateError(reason) from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise TemplateError(
            f"the template {name} is not a Python file in UTF-8: {error}"
        ) from error


@lru_cache(maxsize=8)
def _parse(text: str, stem: str) -> Template:
    source = Source(text, f"{stem}.py")
    statements = [s for s in source.tree.body if not isinstance(s, (ast.Import, ast.ImportFrom))]
    if statements and ast.get_docstring(source.tree, clean=False) is not None:
        statements = statements[1:]
    fixtures = [
        host.function.name
        for host in hosts(source, Context())
        if host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE) and not host.classes
    ]
    if not fixtures:
        raise TemplateError(f"the template {stem} defines no pytest fixture")
    imported = [s for s in source.tree.body if s not in statements]
    if any(s.lineno > statements[0].lineno for s in imported):
        raise TemplateError(f"the template {stem} has imports below its first statement")
    start = (imported[-1].end_lineno or 0) if imported else 0
    return Template(
        "".join(source.lines[start:]).strip("\r\n") + "\n",
        stem if stem in fixtures else fixtures[0],
        tuple(_imports(imported, stem).items()),
    )


def _imports(statements: list[ast.stmt], stem: str) -> dict[str, tuple[str, str | None]]:
    found: dict[str, tuple[str, str | None]] = {}
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            continue
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            if getattr(statement, "level", 0) or any(
                a.asname or a.name == "*" for a in statement.names
            ):
                raise TemplateError(
                    f"the template {stem} has a relative import, a star, "
                    "or an import under another name"
                )
            for alias in statement.names:
                if isinstance(statement, ast.ImportFrom):
                    found[alias.name] = (statement.module or "", alias.name)
                else:
                    found[alias.name.partition(".")[0]] = (alias.name, None)
    return found
