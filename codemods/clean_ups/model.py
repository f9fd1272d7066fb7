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
        """The change, which is left as it is; what was refused before stays so."""
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
    "helper", "the change outlives the helper's call; make it a fixture that puts it back"
)
MODULE_LEVEL = Refusal(
    "module-level", "it runs while the file is imported; move it into a fixture that puts it back"
)
SET_UP = Refusal(
    "setup-teardown", "put it back in the tear-down, or write an autouse fixture that does"
)
GIVEN = Refusal("given", "Hypothesis runs the test many times; put it back in a finally of its own")
SIGNATURE = Refusal(
    "signature", "the test gets no further fixture there; let a fixture set it and put it back"
)
NESTED = Refusal("nested-function", "it runs when a nested function does; move it into the test")
VALUE_USED = Refusal(
    "value-used", "it shares its line, or stands in a condition; give it a line of its own"
)
NAME_TAKEN = Refusal(
    "name-taken", "`request` or `partial` is another thing in the function; rename that"
)
ARGUMENT_UNKNOWN = Refusal(
    "argument-unknown", "what it sets is worked out in its argument; give that a name first"
)
NAME_UNKNOWN = Refusal(
    "name-unknown", "nothing imported leads to what puts it back; import the module itself"
)
NO_GETTER = Refusal(
    "no-getter",
    "nothing tells what it was before; let a fixture set it, yield, and put a known value back",
)
LOGGING_CONFIGURED = Refusal(
    "logging-configured",
    "it changes many loggers at once; have a conftest use the template isolate_logging",
)
IN_PLACE = Refusal(
    "in-place", "the list itself is changed, which other code may hold; put a copy back by hand"
)
UNNAMED = Refusal("unnamed", "what it adds has no name by which to take it off; give it one")
OF_HOSTS = (HELPER, MODULE_LEVEL, SET_UP, GIVEN, SIGNATURE, NESTED, VALUE_USED, NAME_TAKEN)
"""What any change may be left for, because of where it stands."""
