"""Writing a set-up that keeps a MonkeyPatch in an attribute, and the tear-down that undoes it.

A tear-down that did nothing but restore the environment goes altogether.
"""

from __future__ import annotations

import ast

import libcst as cst
from libcst import matchers

from codemods.edit.align import Line, leading_of, led, lines_of, pairs, unled
from codemods.edit.statements import after_docstring
from codemods.state.model.edits import Calls
from codemods.state.write.comments import speaks_of_restoration
from codemods.state.write.writing import Blank, Writer


class SetUpWriter(Writer):
    """Writes a set-up: it makes the MonkeyPatch right before its first change."""

    def _body(self, node: cst.FunctionDef) -> tuple[list[Line], list[Blank]]:
        together = pairs(self.plan.host.function.body, lines_of(node.body))
        first = self._first_change(together)
        written, left = self._lines(together[first:], self.plan.kept_in)
        made = f"{self.plan.kept_in} = {self.calls.monkeypatch_class()}()"
        lines = self.calls.parsed([made], leading_of(written[0]) if written else ())
        return [*(line for _, line in together[:first]), *lines, *unled(written)], left


class UndoingWriter(Writer):
    """Writes a tear-down: the statement of the plan becomes the undoing."""

    def _body(self, node: cst.FunctionDef) -> tuple[list[Line], list[Blank]]:
        return self._lines(
            pairs(self.plan.host.function.body, lines_of(node.body)), self.plan.kept_in
        )

    def _statement(
        self, statement: ast.stmt, line: Line, frame: str | None
    ) -> tuple[list[Line], list[Blank]]:
        if not isinstance(self.plan.edits.get(statement), Calls):
            return super()._statement(statement, line, frame)
        undo = self.calls.parsed([f"{self.plan.kept_in}.undo()"])
        return led(undo, leading_of(line)), self._comments(statement, line).rest()


class TearDownWriter(Writer):
    """Writes a tear-down, of which nothing may be left."""

    def lines_left(self, node: Line) -> list[Line]:
        """The function rewritten; nothing if there is nothing in it that is worth keeping."""
        assert isinstance(node, cst.FunctionDef)
        changed = self.function(node)
        lines = lines_of(changed.body)
        docstring = self.module.code_for_node(lines[0]) if after_docstring(lines) else ""
        does = [line for line in lines[after_docstring(lines) :] if not _is_pass(line)]
        notes = [
            self.module.code_for_node(comment)
            for comment in matchers.findall(changed, matchers.Comment())
        ]
        notes += [docstring] if docstring else []
        decorators = [d for d in changed.decorators if not _is_classmethod(d)]
        return [changed] if does or decorators or not all(map(speaks_of_restoration, notes)) else []


def _is_pass(line: cst.CSTNode) -> bool:
    return matchers.matches(line, matchers.SimpleStatementLine([matchers.Pass()]))


def _is_classmethod(decorator: cst.Decorator) -> bool:
    return matchers.matches(decorator.decorator, matchers.Name("classmethod"))
