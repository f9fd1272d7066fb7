"""``[tool.isolator.confirm]``: what a project wants of every confirmation.

    [tool.isolator.confirm]                        # what a confirmation runs, and what must hold
    runs = 6                                       # number of runs, at least 1; default: 6
    orders = ["given", "reversed", "random"]       # in which orders; default: all three; "twice": as given, each
                                                   # test two times in a row
    forbid-output = ["Initialized .* client"]      # regular expressions that no test's output may match
    max-seconds = 30                               # how long a run may take; a longer one is not confirmed;
                                                   # default: no limit
    run-timeout = 600                              # seconds after which a run is ended; default: no limit
    test-timeout = 60                              # seconds in which something must begin or end in a run, or it is
                                                   # ended; default: 600

    [[tool.isolator.confirm.expect]]               # what a file must be like
    path = "tests/conftest.py"                     # relative to the directory of the settings; required
    matches = ["monkeypatch"]                      # regular expressions, each of which must be found in it
    absent = ["patch[.]dict"]                      # regular expressions, none of which may be found in it
    defines = ["isolate_environment"]              # functions, classes or names at module level
    min-lines = 150                                # how many lines it has at least

The command line comes before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from isolator.project.toml import IDENTIFIER, Expected, Table

# The last two are those of runs that `deflake` makes: in an order of its own, and as an earlier run failed.
Order = Literal["given", "reversed", "random", "twice", "polluters first", "as it failed"]

ORDERS: tuple[Order, ...] = ("given", "reversed", "random")
KNOWN_ORDERS: tuple[Order, ...] = (*ORDERS, "twice")


@dataclass(frozen=True)
class ExpectedFile:
    """What a file must be like. ``path`` is relative to the root; see ``expecting`` for what each of the rest asks."""

    path: str
    matches: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    min_lines: int | None = None


@dataclass(frozen=True)
class ConfirmSettings:
    """What the table says; None, or nothing, where it is silent."""

    runs: int | None = None
    orders: tuple[Order, ...] = ()
    forbid_output: tuple[str, ...] = ()
    max_seconds: float | None = None
    run_timeout: float | None = None
    test_timeout: float | None = None
    expect: tuple[ExpectedFile, ...] = ()


def read_settings(table: Table) -> ConfirmSettings:
    """The settings of that table. Raises SettingsError for a key that is not known and a value of the wrong kind."""
    named: dict[str, Order] = {order: order for order in KNOWN_ORDERS}
    settings = ConfirmSettings(
        runs=table.integer("runs", 1),
        orders=tuple(named[order] for order in table.texts("orders", _ORDER)),
        forbid_output=table.texts("forbid-output", _PATTERN),
        max_seconds=table.seconds("max-seconds"),
        run_timeout=table.seconds("run-timeout"),
        test_timeout=table.seconds("test-timeout"),
        expect=tuple(_expected(each) for each in table.tables("expect")),
    )
    table.finish()
    return settings


def _expected(table: Table) -> ExpectedFile:
    expected = ExpectedFile(
        path=table.required("path", _PATH),
        matches=table.texts("matches", _PATTERN),
        absent=table.texts("absent", _PATTERN),
        defines=table.texts("defines", IDENTIFIER),
        min_lines=table.integer("min-lines", 0),
    )
    table.finish()
    return expected


def _compiles(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _is_below_root(text: str) -> bool:
    path = PurePath(text)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


_ORDER = Expected('"given", "reversed", "random" or "twice"', lambda text: text in KNOWN_ORDERS)
_PATTERN = Expected("a regular expression", _compiles)
_PATH = Expected("a path relative to the root, such as tests/conftest.py", _is_below_root)
