"""The line of a test that changes a cell, and whether there is a fix: as ``isolator check`` finds it in the source.

The look after a test shows which cell has changed, but for most kinds not by which line. This is only used for a test
that fails, since it reads the test's file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from codemods.rule import Finding
from isolator.engine import engine
from isolator.engine.engine import Selection
from isolator.engine.units import unit_of
from isolator.gate.seen import Left
from isolator.project.project import load_project
from isolator.project.toml import SettingsError

# Which rules find such changes in the source of tests, by kind.
RULES = {
    "environment": ("ISO102", "ISO103"),
    "heap": ("ISO402", "ISO403", "ISO404", "ISO405", "ISO408"),
    "process": ("ISO401", "ISO404", "ISO407"),
    "loggers": ("ISO406",),
    "files": ("ISO409",),
}


class Sources:
    """The findings in files of tests, by their names below pytest's root; each file is read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known: dict[str, list[tuple[str, str, Finding]]] = {}

    def finding(self, left: Left) -> Finding | None:
        """The finding about this cell in this test or fixture; the last one, if there are several."""
        file, _, test = left.test.partition("::")
        if left.place is not None:
            file, line = left.place
            about = (each for _, _, each in self.of(file) if each.span.line <= line <= each.span.end_line)
        else:
            unit = left.fixture or test.partition("[")[0]
            name = _name(left)
            about = (each for where, text, each in self.of(file) if _ends(where, unit) and name.search(text))
        return next((each for each in reversed([*about]) if each.code in RULES[left.kind]), None)

    def of(self, file: str) -> list[tuple[str, str, Finding]]:
        """The findings in a file, each with the test or function that it is in and the text of its lines."""
        if file not in self.known:
            try:
                self.known[file] = [*_found(self.root / file)]
            except (OSError, SettingsError, engine.UnreadableError):  # then the line stays unknown
                self.known[file] = []
        return self.known[file]


def _found(path: Path) -> Iterator[tuple[str, str, Finding]]:
    project, data = load_project([str(path)]), path.read_bytes()
    name, settings = path.relative_to(project.root).as_posix(), project.settings
    selection = Selection(settings.select, settings.ignore, in_some_files=project.per_file_ignores)
    source = engine.read(data, name)
    for each in engine.check(data, name, project.context(), selection.in_file(str(path))).left:
        lines = source.lines[each.span.line - 1 : each.span.end_line]
        yield unit_of(each, source), "".join(lines), each


def _ends(where: str, unit: str) -> bool:
    return where == unit or where.endswith(f"::{unit}")


def _name(left: Left) -> re.Pattern[str]:
    """The part of a cell's name that its line contains: HANDLERS of app.HANDLERS["x"], recursionlimit of its getter."""
    if left.kind == "heap":
        return re.compile(rf"(?<!\w){_last(left.cell.partition('[')[0])}(?!\w)")
    name = "chdir" if left.cell == "os.getcwd()" else re.sub(r"^get_?|s$", "", _last(left.cell))
    return re.compile(name, re.IGNORECASE)


def _last(cell: str) -> str:
    return str(re.findall(r"\w+", cell)[-1])
