"""``[tool.isolator.gate]``: what ``-p isolator.gate`` watches, and what may stay changed.

    [tool.isolator.gate]                  # what `pytest -p isolator.gate` looks at after each test
    watch = ["environment", "heap"]       # kinds of state: "environment", "heap" (what modules, classes, objects and
                                          # containers of the project hold), "process", "loggers", "files";
                                          # default: all of them
    allow = [{ cell = "app.registry.*", reason = "plugins register once" }]   # cells that tests may leave changed,
                                          # each with the reason; `*` stands for anything

What the command line of pytest says comes before it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from isolator.project.toml import Expected, Table

KINDS = ("environment", "heap", "process", "loggers", "files")


class Allowed(NamedTuple):
    """A cell that tests may leave changed, and why; ``*`` in it stands for anything."""

    cell: str
    reason: str

    def matches(self, path: str) -> bool:
        """Whether it names that cell."""
        pattern = ".*".join(map(re.escape, self.cell.split("*")))
        return re.fullmatch(pattern, path) is not None


class GateSettings(NamedTuple):
    """What the table says; everything is watched where it is silent."""

    watch: tuple[str, ...] = KINDS
    allow: tuple[Allowed, ...] = ()


def read_settings(table: Table) -> GateSettings:
    """The settings of that table. Raises SettingsError for a key that is not known and a value of the wrong kind."""
    settings = GateSettings(
        watch=table.texts("watch", _KIND) or KINDS,
        allow=tuple(_allowed(each) for each in table.tables("allow")),
    )
    table.finish()
    return settings


def _allowed(table: Table) -> Allowed:
    allowed = Allowed(cell=table.required("cell", _CELL), reason=table.required("reason", _REASON))
    table.finish()
    return allowed


_KIND = Expected(", ".join(f'"{kind}"' for kind in KINDS[:-1]) + f' or "{KINDS[-1]}"', lambda text: text in KINDS)
_CELL = Expected("the path of a cell, such as app.registry.HANDLERS or app.cache.*", lambda text: bool(text.strip()))
_REASON = Expected("the reason why tests may leave it changed", lambda text: bool(text.strip()))
