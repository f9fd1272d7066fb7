"""A change whose undoing is registered beside it, and why that cannot be done."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from codemods.rule import Refusal
from codemods.suite.hosts import Host


@dataclass(frozen=True)
class Undoing:
    """What puts a change back: a function and what it is given, as code that is valid right before
    the change. ``patcher`` is the call that makes a patcher which has no name yet. ``also`` is what
    else it takes, in any order.
    """

    function: str
    arguments: tuple[str, ...] = ()
    patcher: ast.Call | None = None
    also: Undoing | None = None


@dataclass(frozen=True)
class Change:
    """What a node changes, and what the finding says of it. Either ``undoing`` says how it is put
    back, or ``refusal`` why that is not to be written.
    """

    node: ast.expr | ast.stmt
    message: str
    undoing: Undoing | None = None
    refusal: Refusal | None = None

    def refused(self, refusal: Refusal) -> Change:
        """The change, which is not rewritten; what was refused before stays so."""
        return replace(self, undoing=None, refusal=self.refusal or refusal)


@dataclass(frozen=True)
class Site:
    """A change and where it stands: in which statement, and in which function, None at module
    level.
    """

    change: Change
    statement: ast.stmt
    host: Host | None


HELPER = Refusal(
    "helper",
    "the change persists after the helper returns; make the helper a fixture that restores it",
)
MODULE_LEVEL = Refusal(
    "module-level",
    "it runs when the file is imported; move it into a fixture that restores it",
)
SET_UP = Refusal(
    "setup-teardown",
    "restore it in the tear-down, or in an autouse fixture",
)
GIVEN = Refusal(
    "given",
    "Hypothesis runs the test many times; restore it in a finally block",
)
SIGNATURE = Refusal(
    "signature",
    "no fixture can be added to the test's parameters; set and restore it in a fixture",
)
NESTED = Refusal(
    "nested-function",
    "it runs when a nested function runs; move it into the test",
)
VALUE_USED = Refusal(
    "value-used",
    "it shares its line with other code or is part of a condition; put it on a line of its own",
)
NAME_TAKEN = Refusal(
    "name-taken",
    "`request` or `partial` is already used for something else in the function; rename that",
)
ARGUMENT_UNKNOWN = Refusal(
    "argument-unknown",
    "its argument computes what it sets; assign that to a name first",
)
NAME_UNKNOWN = Refusal(
    "name-unknown",
    "the function that restores it is not reachable through the file's imports; import the "
    "module itself",
)
NO_GETTER = Refusal(
    "no-getter",
    "its old value cannot be read; set it in a fixture that yields and then sets a known value",
)
LOGGING_CONFIGURED = Refusal(
    "logging-configured",
    "it changes many loggers at once; use the template isolate_logging in a conftest",
)
IN_PLACE = Refusal(
    "in-place",
    "the list is changed in place, and other code may hold it; restore a copy by hand",
)
UNNAMED = Refusal(
    "unnamed",
    "what it adds has no name, so it cannot be removed; assign it to a name",
)
OF_HOSTS = (HELPER, MODULE_LEVEL, SET_UP, GIVEN, SIGNATURE, NESTED, VALUE_USED, NAME_TAKEN)
"""What any change may be left for, because of where it stands."""
