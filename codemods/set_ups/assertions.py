"""Side effects of assertions: their calls stay, because they may matter.

assert queue.put(1) == 1           ->  queue.put(1)
self.assertTrue(queue.put(1))      ->  queue.put(1)
with pytest.raises(Full): put(1)   ->  with contextlib.suppress(Full): put(1)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.python.names import Names
from codemods.python.source import Source, first_line

_RAISES = re.compile(r"pytest\.raises|\w+\.assertRaises(Regex)?")
# Of these only what they are given can change anything.
_LOOKING = frozenset(
    {
        *("len", "isinstance", "issubclass", "hasattr", "callable", "bool", "str", "repr", "int"),
        *("type", "id", "sum", "min", "max", "abs", "hash", "float", "set", "tuple", "frozenset"),
    }
)
SUPPRESS = "contextlib.suppress"


@dataclass(frozen=True)
class Asserting:
    """How assertions are written in a test: by the names of its file, and by ``first``, its first
    parameter, if it is a method.
    """

    source: Source
    names: Names
    first: str | None

    def is_assertion(self, statement: ast.stmt) -> bool:
        """Whether a statement asserts, and does nothing else on purpose."""
        match statement:
            case ast.Assert():
                return True
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(owner), method) as function)):
                own = owner == self.first and method.startswith(("assert", "fail"))
                return own or self.names.dotted(function) == "pytest.fail"
        return False

    def calls(self, statement: ast.stmt) -> list[str]:
        """The calls that an assertion makes in any case, each as a statement, in their order."""
        match statement:
            case ast.Assert(test):
                given = [test]
            case ast.Expr(ast.Call(_, arguments, keywords)):
                given = [*arguments, *(keyword.value for keyword in keywords)]
            case _:
                given = []
        return [self._segment(call) for each in given for call in _calls(each)]

    def expected(self, statement: ast.stmt) -> str | None:
        """The exceptions that the body of a ``with`` is expected to raise, as it names them."""
        match statement:
            case ast.With([ast.withitem(ast.Call(function, [raised, *_]))]):
                how = self.names.dotted(function) or ast.unparse(function)
                own = self.first is not None and how.startswith(f"{self.first}.")
                if _RAISES.fullmatch(how) and (own or how == "pytest.raises"):
                    return self._segment(raised)
        return None

    def without(self, statement: ast.stmt) -> str:
        """The text of a statement that is not an assertion, its decorators included, without those
        inside it.
        """
        start = self.source.offset(first_line(statement), statement.col_offset)
        text = self.source.text[start : self._extent(statement)[1]]
        for first, last, new in sorted(self._edits(statement), reverse=True):
            text = text[: first - start] + new + text[last - start :]
        return text

    def _edits(self, statement: ast.stmt) -> Iterator[tuple[int, int, str]]:
        """What is put in the place of the assertions inside a statement."""
        for block in _blocks(statement):
            left = [s for s in block if not self.is_assertion(s) or self.calls(s)]
            for inner in block:
                raised = self.expected(inner)
                if raised is not None and isinstance(inner, ast.With):
                    item = inner.items[0]
                    end = self._extent(item.optional_vars or item.context_expr)[1]
                    yield self._extent(item.context_expr)[0], end, f"{SUPPRESS}({raised})"
                elif inner is not statement and self.is_assertion(inner):
                    yield self._replaced(inner, needed=not left and inner is block[0])

    def _replaced(self, assertion: ast.stmt, *, needed: bool) -> tuple[int, int, str]:
        """What is put in the place of an assertion; ``needed`` where its block has nothing else."""
        start, end = self._extent(assertion)
        line = self.source.line_at(start)
        whole, after = self.source.extent(line, self.source.line_at(end))
        calls, text = self.calls(assertion), self.source.text
        if not calls and not needed and not (text[whole:start] + text[end:after]).strip():
            return whole, after, ""
        indentation = "\n" + text[whole:start] if text[whole:start].isspace() else "; "
        return start, end, indentation.join(calls) or "pass"

    def _extent(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        start = self.source.offset(node.lineno, node.col_offset)
        return start, start + len(self._segment(node))

    def _segment(self, node: ast.expr | ast.stmt) -> str:
        return self.source.segment(node)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """A statement and the blocks inside it, those of nested functions, too."""
    yield [statement]
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block
                todo += block
        todo += [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]


def _calls(node: ast.expr) -> Iterator[ast.Call]:
    """The outermost calls that are made whenever an expression is evaluated."""
    match node:
        case ast.Call(ast.Name(name), arguments, []) if name in _LOOKING:
            inside = arguments
        case ast.Call():
            yield node
            return
        case ast.Compare(left, _, [right, *_]):
            inside = [left, right]
        case ast.BinOp(left, _, right):
            inside = [left, right]
        case ast.UnaryOp(_, inner) | ast.Attribute(inner) | ast.Starred(inner):
            inside = [inner]
        case ast.Subscript(inner, index):
            inside = [inner, index]
        case ast.BoolOp(_, [inner, *_]) | ast.IfExp(inner):
            inside = [inner]
        case ast.Tuple(elements) | ast.List(elements) | ast.Set(elements):
            inside = elements
        case _:
            inside = []
    for each in inside:
        yield from _calls(each)
