"""Writing a set-up that keeps a MonkeyPatch in an attribute, and the tear-down that undoes it."""

from __future__ import annotations

import ast

import libcst as cst

from codemods.edit.align import Line, leading_of, led, lines_of, pairs, unled
from codemods.state.plan.edits import Calls
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
