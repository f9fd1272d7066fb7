"""Patchers: the calls of ``patch.dict``, and the blocks that they or a MonkeyPatch context stand
around.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from codemods.python.names import function_nodes, own_nodes, own_statements
from codemods.state.around.given import given_around
from codemods.state.expressions.foreign import may_write
from codemods.state.expressions.known_keys import is_literal
from codemods.state.model import refusals
from codemods.state.model.kind import Spelling
from codemods.state.model.operations import Clear, Keep, Operation, Text, keys
from codemods.state.model.refusals import RefusedError
from codemods.state.patchers.asserted import Asserted, UnknownError, keys_of
from codemods.suite.hosts import Host, Kind
from codemods.suite.known_calls import MONKEYPATCH_CONTEXTS

_YIELDS = (ast.Yield, ast.YieldFrom)


@dataclass(frozen=True)
class Patchers:
    """Reads the patchers of one function."""

    host: Host
    spelling: Spelling

    def of_decorator(self, call: ast.Call, written: set[str]) -> list[Operation]:
        """The operations of a decorator, as if it were made when the function runs.

        ``written`` are the keys that are written already. Raises RefusedError.
        """
        return self.operations(call, self.host.function.body, written)

    def operations(
        self, call: ast.Call, body: list[ast.stmt], written: set[str]
    ) -> list[Operation]:
        """The operations of a patcher around ``body``; raises RefusedError."""
        operations = self.spelling.patch_dict(call)
        if all(isinstance(o, Clear) for o in operations):
            isolates = any(isinstance(n, ast.Yield) and n.value is None for n in own_nodes(body))
            if isolates:
                raise RefusedError(refusals.SNAPSHOT)
        if (not operations or self._only_copies(call)) and may_write(body, self.spelling.scope):
            raise RefusedError(refusals.SNAPSHOT)
        clears = bool(operations) and isinstance(operations[0], Clear)
        found = self._set_by_code(call, operations, body, written, clears)
        if found is None or _is_bound_in(body, found):
            raise RefusedError(refusals.CODE_SETS)
        if clears:
            kept = {text.keys: Keep(text) for text in sorted(found, key=lambda text: text.code)}
            return [
                operations[0],
                *kept.values(),
                *operations[1:],
            ]  # in front: under another name it may be the same
        if not all(found.values()):
            raise RefusedError(refusals.CODE_SETS)
        return operations

    def _set_by_code(
        self,
        call: ast.Call,
        operations: list[Operation],
        body: list[ast.stmt],
        written: set[str],
        clears: bool,
    ) -> dict[Text, bool] | None:
        """What the assertions of a block find and only the code under test can have set; None if it
        cannot be told.

        It says of each variable whether the test may have set it all the same.
        """
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        named = [
            text.keys for value in values for text in keys_of(value, self.spelling.scope) or ()
        ]
        given = keys(operations).union(written, *named)
        found = self._asserted(body, given, clears)
        return self._asserted(body, given | given_around(self.host), clears) if found else found

    def _asserted(
        self, body: list[ast.stmt], given: set[str], clears: bool
    ) -> dict[Text, bool] | None:
        around = self.host.function.body
        inside = set(own_statements(body))
        reading = Asserted(self.spelling, {s.lineno for s in inside}, clears)
        read = around if inside.intersection(own_statements(around)) else body
        try:
            if not reading.expects(read):
                return {}
            reading.read(read, set(given))
        except UnknownError:
            return None
        return reading.found

    def _only_copies(self, call: ast.Call) -> bool:
        """``patch.dict(os.environ, os.environ.copy(), clear=True)`` sets nothing: it is a
        snapshot.
        """
        values = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "values")]
        named = [
            self.host.names.values.get(v.id, v) if isinstance(v, ast.Name) else v for v in values
        ]
        rest = [k for k in call.keywords if k.arg not in ("in_dict", "values", "clear")]
        return bool(values) and not rest and all(map(self.spelling.copies_all, named))

    def sets_by_monkeypatch(self, body: Iterable[ast.AST]) -> bool:
        """Whether some nodes set variables by the monkeypatch around them, which would outlive a
        context (E7, S17).
        """
        nodes = list(own_nodes(body))
        if any(
            isinstance(n, ast.Name) and n.id == "monkeypatch" and isinstance(n.ctx, ast.Store)
            for n in nodes
        ):
            return False  # `with pytest.MonkeyPatch.context() as monkeypatch:`, one of their own
        for node in nodes:
            match node:
                case ast.Call(ast.Attribute(ast.Name("monkeypatch"))) if self._patched(node):
                    return True
        return False

    def set_by_monkeypatch(self, before: ast.stmt) -> set[str]:
        """The keys that the function sets by its own MonkeyPatch before a statement, and
        that are set there.

        What ``with monkeypatch.context() as m:`` has undone is not.
        """
        found: set[str] = set()
        nodes = [
            n
            for n in function_nodes(self.host.function)
            if getattr(n, "lineno", before.lineno) < before.lineno
        ]
        ended = {
            id(node)
            for block in nodes
            if isinstance(block, ast.With) and (block.end_lineno or block.lineno) < before.lineno
            if (name := self.own_context(block))
            for node in own_nodes(block.body)
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(f"{name}.")
        }
        for node in nodes:
            if (
                isinstance(node, ast.Call)
                and id(node) not in ended
                and (cell := self._patched(node))
            ):
                found |= cell.keys
        return found

    def _patched(self, call: ast.Call) -> Text | None:
        scope = self.spelling.scope
        return scope.kind.patched(call, scope)

    def own_context(self, statement: ast.With) -> str | None:
        """The name that ``with monkeypatch.context() as m`` gives."""
        item = statement.items[-1]
        call, name = item.context_expr, item.optional_vars
        named = isinstance(call, ast.Call) and self.is_context(call)
        return name.id if named and isinstance(name, ast.Name) else None

    def is_context(self, call: ast.Call) -> bool:
        """Whether a call makes the context of a MonkeyPatch."""
        return self.host.names.dotted(call.func) in MONKEYPATCH_CONTEXTS

    def holds_yield(self, statement: ast.With) -> bool:
        """In a fixture, only a block that holds the yield lasts as long as the test."""
        nodes = own_nodes(statement.body)
        return self.host.kind is Kind.TEST or any(isinstance(n, _YIELDS) for n in nodes)


def _is_bound_in(body: list[ast.stmt], keys: Iterable[Text]) -> bool:
    """Whether a block gives a value to a name in one of these keys, which is not known in front
    of it.
    """
    bound = {
        n.id for n in own_nodes(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    words = {
        word
        for key in keys
        for word in re.findall(r"\w+", "" if is_literal(key.code) else key.code)
    }
    return not bound.isdisjoint(words)
