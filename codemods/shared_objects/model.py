"""What is found of an object that tests share, what is written in its place, and why not."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.names import Function
from codemods.rule import Refusal

SEQUENCE = Refusal(
    "sequence",
    "the tests are written as steps that depend on each other; merge them into one test, or "
    "let each create what it needs",
)
NOT_PLAIN = Refusal(
    "not-plain",
    "it is not set by a single assignment on its own lines; write it as one",
)
NOT_MADE = Refusal(
    "not-made",
    "its value comes from elsewhere, so evaluating it again gives the same object; create a "
    "new object instead",
)
THROUGH_CLASS = Refusal(
    "through-class",
    "it is used through the class, which all tests share; use it through self",
)
AT_IMPORT = Refusal(
    "import-time",
    "it is used while the file is imported, and that would keep the first object; create it "
    "in a fixture",
)
WIDE_USE = Refusal(
    "wide-use",
    "code that runs before each test's set-up, or once for several tests, uses it; create it "
    "in a fixture",
)
ELSEWHERE = Refusal(
    "used-elsewhere",
    "another file imports it; create it in a fixture that both files use",
)
NAMES = Refusal(
    "name-rebound",
    "a name in its value may have another meaning when a test starts; create the object in "
    "the set-up by hand",
)
SET_UP = Refusal(
    "set-up",
    "it is not known what the set-up of the class and its bases does; create the object there"
    " by hand",
)
SUBCLASS = Refusal(
    "subclass",
    "a subclass has its own attribute or set-up; create the object in the set-up of both",
)
WIDE_SET_UP = Refusal(
    "wide-set-up",
    "not everything in it can run for each test; move only the lines that create the object",
)
FIXTURE_SCOPE = Refusal(
    "fixture-needs-scope",
    "part of the fixture needs its scope; narrow the scope by hand",
)
WIDER_FIXTURE = Refusal(
    "wider-fixture",
    "a fixture of a wider scope uses it; narrow the scope of that fixture first",
)
NAME_TAKEN = Refusal(
    "name-taken",
    "a name that the rewrite needs is already used; rename that",
)
ALL = (
    *(SEQUENCE, NOT_PLAIN, NOT_MADE, THROUGH_CLASS, AT_IMPORT, WIDE_USE, ELSEWHERE, NAMES, SET_UP),
    *(SUBCLASS, WIDE_SET_UP, FIXTURE_SCOPE, WIDER_FIXTURE, NAME_TAKEN),
)
Binding = ast.Assign | ast.AnnAssign


class LeftError(Exception):
    """It is not fixed: the refusal, and where or what in particular."""

    def __init__(self, refusal: Refusal, where: str = "") -> None:
        super().__init__(refusal.code)
        self.refusal, self.where = refusal, where

    @property
    def reason(self) -> str:
        """What the finding says."""
        return f"{self.refusal.advice} ({self.where})" if self.where else self.refusal.advice


def target_of(statement: Binding) -> ast.Name:
    """The name that an assignment gives a value."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    assert isinstance(target, ast.Name), "it is the binding of a name"
    return target


@dataclass(frozen=True)
class Attributes:
    """Names of a class body that go into the set-up ``into``, with their values: an object, and
    what else the class makes of it. ``inside`` are the names of the class in these values.
    ``into`` is None where the class has no set-up; ``base`` is then that of a base, which is
    called.
    """

    cls: ast.ClassDef
    statements: tuple[Binding, ...]
    inside: tuple[ast.Name, ...]
    set_up: str
    into: Function | None
    base: Function | str | None


@dataclass(frozen=True)
class ClassSetUp:
    """A set-up of a class that becomes one of each test, with its tear-down: old and new names."""

    functions: tuple[tuple[Function, str], ...]


@dataclass(frozen=True)
class ModuleObject:
    """A name of a module that a fixture assigns again for each test, and those made of it,
    in their order.

    ``decorator`` is how ``pytest.fixture`` is written there.
    """

    statements: tuple[Binding, ...]
    fixture: str
    decorator: str


@dataclass(frozen=True)
class WideFixture:
    """A fixture whose scope goes: its decorator, and the argument."""

    decorator: ast.Call
    argument: ast.Constant


Change = Attributes | ClassSetUp | ModuleObject | WideFixture


@dataclass(frozen=True)
class Found:
    """An object that tests share: where it is made, what it is called, and what becomes of it."""

    node: ast.stmt | ast.expr
    name: str
    change: Change | LeftError
