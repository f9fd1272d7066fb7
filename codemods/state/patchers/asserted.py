"""Variables that a test expects the code under test to have set.

``patch.dict`` takes back what the code inside its block sets, monkeypatch only what was set through
it (rows E1 and E5 of the measured semantics). If a test asserts on a variable that it does not set
itself, the code under test sets that one.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from codemods.python.names import children, own_statements
from codemods.state.around.given import set_by, unset_by
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import Spelling
from codemods.state.model.operations import Text, unknown

# Variables that are set wherever tests run, and so say nothing about the code under test.
_ALWAYS_SET = frozenset(
    map(repr, ("PATH", "HOME", "USER", "LANG", "SHELL", "PWD", "PYTEST_CURRENT_TEST"))
)


# Methods of a dict, and functions, that only read one.
_READING = ("items", "keys", "values", "get", "copy")
_COPYING = ("dict", "list", "tuple", "set", "sorted", "len", "frozenset")


class UnknownError(Exception):
    """An assertion compares the whole environment with an unknown value."""


@dataclass
class Asserted:
    """Reads which variables the assertions of a function expect that the function itself does not
    set.

    ``found`` maps each to whether the function may set it without naming it. ``cleared``: the
    environment was emptied before. Only the assertions on the lines ``within`` count.
    """

    spelling: Spelling
    within: Collection[int]
    cleared: bool = False
    found: dict[Text, bool] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        return self.spelling.scope

    def expects(self, body: list[ast.stmt]) -> bool:
        """Whether any assertion among some statements reads the environment: most tests have none,
        so that the variables set before need not be known.

        Raises UnknownError.
        """
        tests = (s.test for s in own_statements(body) if isinstance(s, ast.Assert))
        return any(self._expected(test) for test in tests)

    def read(self, body: list[ast.stmt], given: set[str]) -> None:
        """Read some statements, before which the variables ``given`` got a value; those that they
        set are added to it.

        Raises UnknownError.
        """
        for statement in body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            if isinstance(statement, ast.Assert) and statement.lineno in self.within:
                by_code = [
                    text for text in self._expected(statement.test) if not text.keys <= given
                ]
                self.found.update((text, any(map(unknown, given))) for text in by_code)
            blocks = self._blocks(statement)
            head = [child for child in children(statement) if not isinstance(child, ast.stmt)]
            added = set().union(
                *(set_by(part, self.spelling) for part in (head if blocks else [statement]))
            )
            inside = (
                set(given) if self._patches(statement) else given
            )  # what a patch sets ends with its block
            inside |= added
            inside -= unset_by(statement, self.spelling)
            for block in blocks:
                self.read(block, inside)

    def _patches(self, statement: ast.stmt) -> bool:
        items = statement.items if isinstance(statement, (ast.With, ast.AsyncWith)) else []
        return any(
            self.spelling.is_patch_dict(i.context_expr) or _is_context(i.context_expr)
            for i in items
        )

    def _blocks(self, statement: ast.stmt) -> list[list[ast.stmt]]:
        holders = (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
        blocks = (
            getattr(h, name, None) for h in holders for name in ("body", "orelse", "finalbody")
        )
        return [block for block in blocks if block]

    def _expected(self, test: ast.expr) -> list[Text]:
        """The keys of the variables that are set if a condition holds."""
        if isinstance(test, ast.BoolOp):
            return [text for value in test.values for text in self._expected(value)]
        if not isinstance(test, ast.Compare):
            return self._shown(test)
        operator, right = test.ops[0], test.comparators[0]
        if isinstance(operator, ast.In) and self.scope.is_container(right):
            return self._unless_always_set(test.left)
        if isinstance(operator, ast.Eq) and _whole(test.left, self.scope):
            return self._written_out(right)
        if isinstance(operator, ast.Eq) and _whole(right, self.scope):
            return self._written_out(test.left)
        if (
            isinstance(right, ast.Constant)
            and right.value is None
            and isinstance(operator, (ast.Is, ast.Eq))
        ):
            return []
        certain = isinstance(operator, ast.Eq) and isinstance(right, ast.Constant)
        key = self._read(test.left)
        if certain and key is not None:
            return [self.scope.text(key)]
        return self._shown(test.left)

    def _shown(self, node: ast.expr) -> list[Text]:
        key = self._read(node)
        return [] if key is None else self._unless_always_set(key)

    def _unless_always_set(self, key: ast.expr) -> list[Text]:
        text = self.scope.text(key)
        return [] if text.keys <= _ALWAYS_SET and not self.cleared else [text]

    def _read(self, node: ast.expr) -> ast.expr | None:
        """The key of ``os.environ[key]``, ``os.environ.get(key)`` or ``os.getenv(key)``."""
        if isinstance(node, ast.Subscript) and self.scope.is_container(node.value):
            return node.slice
        reads = isinstance(node, ast.Call) and self.scope.names.dotted(node.func) in (
            "os.environ.get",
            "os.getenv",
        )
        return node.args[0] if reads and isinstance(node, ast.Call) and node.args else None

    def _written_out(self, node: ast.expr) -> list[Text]:
        keys = keys_of(node, self.scope)
        if keys is None:
            raise UnknownError
        return keys


def _whole(node: ast.expr, scope: Scope) -> bool:
    """``os.environ``, or a copy of it."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "dict"
        and node.args
    ):
        node = node.args[0]
    return scope.is_container(node)


def _is_context(node: ast.expr) -> bool:
    """``monkeypatch.context()``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "context"
    )


def keys_of(node: ast.expr, scope: Scope) -> list[Text] | None:
    """The keys of a dict display, here or where its name is assigned, if that stays as it is."""
    value = scope.names.values.get(node.id) if isinstance(node, ast.Name) else node
    if not isinstance(value, ast.Dict) or None in value.keys:
        return None
    if isinstance(node, ast.Name) and not _is_only_read(node.id, value, scope):
        return None
    return [scope.text(key) for key in value.keys if key is not None]


def _is_only_read(name: str, value: ast.expr, scope: Scope) -> bool:
    """Whether nothing can change what a name holds: it is compared, looped over, copied, asked for
    an item, or what ``patch.dict`` sets, which copies it.

    expected = {"MODE": "1"}
    expected["LEVEL"] = "2"
    """
    functions = (
        n
        for n in ast.walk(scope.source.tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    around = [f for f in functions if f.lineno <= value.lineno <= (f.end_lineno or 0)]
    nodes = list(ast.walk(around[0] if around else scope.source.tree))
    read = {id(n) for node in nodes for n in _readers(node)}
    uses = (n for n in nodes if isinstance(n, ast.Name) and n.id == name)
    return all(isinstance(n.ctx, ast.Store) or id(n) in read for n in uses)


def _readers(node: ast.AST) -> Sequence[ast.expr | None]:
    """The parts of a node that it only reads."""
    match node:
        case ast.Compare(left, _, others):
            return [left, *others]
        case ast.Dict(keys, values):
            return [value for key, value in zip(keys, values, strict=True) if key is None]
        case ast.Subscript(value, _, ast.Load()) | ast.keyword(None, value):
            return [value]
        case ast.For(_, iterable) | ast.comprehension(_, iterable):
            return [iterable]
        case ast.Call(ast.Attribute(owner, method)) if method in _READING:
            return [owner]
        case ast.Call(function, arguments, keywords):
            called = ast.unparse(function)
            if called in _COPYING:
                return arguments
            if called.endswith("patch.dict"):  # the first is what it changes
                return [*arguments[1:], *(keyword.value for keyword in keywords)]
    return []


def shows_all(body: list[ast.stmt], scope: Scope) -> bool:
    """Whether a block ends with assertions, one of which names every variable there is: nothing
    else was written.
    """
    for statement in reversed(body):
        if not isinstance(statement, ast.Assert):
            return False
        match statement.test:
            case ast.Compare(left, [ast.Eq()], [right]):
                for whole, names in ((left, right), (right, left)):
                    if _whole(whole, scope) and keys_of(names, scope) is not None:
                        return True
    return False
