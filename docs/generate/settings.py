"""The page about the settings: the annotated examples in the docstrings of the modules that read them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docs.generate.markdown import code, prose, table
from isolator.project import settings
from isolator.project.tables import confirm, gate

_HEADER = re.compile(r"\[+[\w.-]+\]+")
_LINE = re.compile(r"(?P<text>.*?)(?:\s*# (?P<comment>.*))?$")
_INTRODUCTION = """# Settings

Settings go in `pyproject.toml`, or in an `isolator.toml` next to it, where the tables have no prefix
`tool.isolator`. All are optional. Rules that need to know your project (ISO104, ISO2xx and ISO3xx) report nothing
until it is configured here, or observed by [`isolator observe`](observe.md). An unknown key, a wrong
type, or an expression that does not parse is an error that names the file and the key."""


@dataclass
class _Line:
    """A line of TOML, and what the comment after and below it says."""

    text: str
    comment: list[str] = field(default_factory=list)

    @property
    def is_header(self) -> bool:
        return _HEADER.fullmatch(self.text) is not None


def page() -> str:
    """A table of keys for each table of the settings, and the whole as one example."""
    lines = [line for module in (settings, confirm, gate) for line in _lines(_example(module.__doc__ or ""))]
    example = [f"\n{line.text}" if line.is_header else line.text for line in lines]
    whole = "\n".join(example).strip()
    return "\n\n".join([_INTRODUCTION, *_tables(lines), "## All of them", f"```toml\n{whole}\n```"])


def _example(docstring: str) -> list[str]:
    """The indented lines of a docstring."""
    return [line[4:] for line in inspect.cleandoc(docstring).splitlines() if line.startswith("    ")]


def _lines(example: list[str]) -> Iterator[_Line]:
    current: _Line | None = None
    for line in example:
        found = _LINE.fullmatch(line)
        assert found is not None
        text, comment = found["text"].strip(), found["comment"]
        if text:
            if current is not None:
                yield current
            current = _Line(text)
        if comment and current is not None:
            current.comment.append(comment)
    if current is not None:
        yield current


def _tables(lines: list[_Line]) -> Iterator[str]:
    rows: list[tuple[str, ...]] = []
    for line in [*lines, _Line("[end]")]:
        if not line.is_header:
            key, _, value = line.text.partition(" = ")
            what, _, default = _text(line).partition("; default: ")
            what, required, _ = what.partition("; required")
            rows.append((code(key), what, "*required*" if required else default, code(value)))
            continue
        if rows:
            yield table(("key", "description", "default", "example"), rows)
        if line.text != "[end]":
            yield f"## {code(line.text)}"
            rows = []
            if line.comment:
                yield f"{_text(line)[:1].upper()}{_text(line)[1:]}."


def _text(line: _Line) -> str:
    return prose(" ".join(line.comment))
