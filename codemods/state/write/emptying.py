"""A tear-down that did nothing but restore the environment goes altogether."""

from __future__ import annotations

import libcst as cst
from libcst import matchers

from codemods.edit.align import Line, lines_of
from codemods.edit.statements import after_docstring
from codemods.state.write.comments import speaks_of_restoration
from codemods.state.write.writing import Writer


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
