"""The baseline of a project: what was wrong when it was written, which is not reported again.

One file for what ``isolator check`` finds and for what the gate sees, which is committed:

    check = [
      { file = "tests/test_a.py", rule = "ISO102", in = "TestA::test_x", about = "MODE", count = 1 },
    ]
    gate = [
      { test = "tests/test_a.py::test_b", cell = "os.environ[\\"MODE\\"]", kind = "environment" },
    ]

It is sorted, and has one entry a line: two branches that each take out, or add, lines of their own merge without a
conflict. No entry names a line of a file, so that it still counts when lines have moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from isolator.project.toml import SettingsError, Table, is_there, load_toml, reading

_HEAD = """\
# What was wrong when this file was written, and is not reported again. Commit it; do not add to it by hand.
# `isolator check --write-baseline` and `pytest -p isolator.gate --isolator-update-baseline` rewrite it.
"""


class Finding(NamedTuple):
    """What ``check`` finds, without its line: the file, the rule, the function around it, and what it is about."""

    file: str
    rule: str
    scope: str
    about: str


class Leak(NamedTuple):
    """What the gate sees: the test, or what a fixture of a wider scope belongs to, and the cell left changed."""

    test: str
    cell: str
    kind: str


class Baseline:
    """The known findings, with how many there are of each, and the known leaks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.findings: dict[Finding, int] = {}
        self.leaks: set[Leak] = set()

    def save(self) -> None:
        """Write the whole file; if there is nothing in it, remove it. Raises SettingsError."""
        if not self.findings and not self.leaks:
            with reading(self.path):
                self.path.unlink(missing_ok=True)
            return
        found = (
            _line({"file": each.file, "rule": each.rule, "in": each.scope, "about": each.about}, number)
            for each, number in sorted(self.findings.items())
        )
        leaks = (_line(each._asdict()) for each in sorted(self.leaks))
        from isolator.system.files.atomic import write_whole  # most runs only read it

        text = _HEAD + _array("check", found) + _array("gate", leaks)
        try:
            write_whole(self.path, text.encode())
        except OSError as error:
            raise SettingsError(self.path, f"cannot be written: {error.strerror or error}") from error


def read_baseline(path: Path) -> Baseline:
    """What the file says; nothing if there is none. Raises SettingsError if it cannot be used."""
    baseline = Baseline(path)
    if not is_there(path):
        return baseline
    table = Table(path, "", load_toml(path, b""))
    for entry in table.tables("check"):
        key = Finding(entry.required("file"), entry.required("rule"), entry.required("in"), entry.required("about"))
        # The same line may stand there twice where two branches were merged.
        baseline.findings[key] = max(entry.integer("count", 1) or 1, baseline.findings.get(key, 0))
        entry.finish()
    for entry in table.tables("gate"):
        baseline.leaks.add(Leak(entry.required("test"), entry.required("cell"), entry.required("kind")))
        entry.finish()
    table.finish()
    return baseline


def no_longer_needed(number: int, name: str, command: str) -> str:
    """The line that says of so many entries, in the file shown by this name, that the command removes them."""
    few, them = ("1 entry is", "it") if number == 1 else (f"{number} entries are", "them")
    return f"{few} no longer needed in {name}: run `{command}` to remove {them}"


def plain(text: str) -> str:
    """A text as the file can hold it: names of files may not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _array(name: str, lines: Iterable[str]) -> str:
    body = "".join(f"  {line},\n" for line in lines)
    return f"{name} = [\n{body}]\n" if body else ""


def _line(values: Mapping[str, str], count: int | None = None) -> str:
    parts = [f"{key} = {_quoted(value)}" for key, value in values.items()]
    return "{ " + ", ".join(parts if count is None else [*parts, f"count = {count}"]) + " }"


def _quoted(text: str) -> str:
    """A string of TOML, which is one of JSON except DEL."""
    import json  # only a baseline that is written needs it

    return json.dumps(plain(text), ensure_ascii=False).replace("\x7f", "\\u007f")
