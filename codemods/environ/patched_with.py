"""A ``with`` statement that has ``patch.dict`` among its items, written another way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from codemods.align import Line, Suite, led, with_lines
from codemods.environ.calls import Calls
from codemods.environ.comments import comments_between
from codemods.environ.plan import Plan

Blank = cst.EmptyLine
Written = tuple[list[Line], list[Blank]]
Level = tuple[list[cst.WithItem], list[Line]]


@dataclass
class PatchedWith:
    """One such statement. Its items fall into levels: those up to a ``patch.dict``, and the calls that replace it.

    Where the order of entering has to stay, a level becomes a ``with`` of its own inside the one before.
    """

    plan: Plan
    calls: Calls
    statement: ast.With
    node: cst.With

    def written(self, frame: str | None, suite: Callable[[list[ast.stmt], Suite, str | None], Written]) -> Written:
        """The lines that replace the statement; ``suite`` writes its body in a frame."""
        header = comments_between(self.plan.host.source, self.statement.lineno, self._header_end())
        levels: list[Level] = []
        items: list[cst.WithItem] = []
        patches, opened = self.plan.patches[self.statement], []
        for index, item in enumerate(self.node.items):
            if index not in patches:
                items.append(item)
                continue
            if self.statement not in self.plan.flat and index - 1 not in patches:
                expression, frame = self.calls.context(self.plan.frame)
                opened.append(frame)
                self.calls.taken.add(frame)
                items.append(cst.WithItem(cst.parse_expression(expression), cst.AsName(cst.Name(frame)), item.comma))
            assert frame is not None
            levels.append((items, self.calls.lines(patches[index], frame, header)))
            items = []
        body, left = suite(self.statement.body, self.node.body, frame)
        self.calls.taken.difference_update(opened)
        levels.append((items, body))
        shell = self._nest(levels, [])
        lost = header.rest(kept="".join(self._head(line) for line in shell))
        levels[-1] = (items, led(body, lost))
        written = led(self._nest(levels, left), self.node.leading_lines)
        return written, [] if any(items for items, _ in levels) else left

    def _nest(self, levels: Sequence[Level], left: Sequence[Blank]) -> list[Line]:
        """The levels put into each other, the innermost with what is left over behind the body."""
        single = sum(bool(items) for items, _ in levels) == 1
        written: list[Line] = []
        for items, lines in reversed(levels):
            written = [*lines, *written]
            if items:
                block = with_lines(cst.IndentedBlock([]), written, left)
                written, left = [self._with(items, block, single=single)], []
        return written

    def _with(self, items: list[cst.WithItem], block: cst.IndentedBlock, *, single: bool) -> cst.With:
        """A ``with`` of these items: laid out as the original if it is the only one that remains of it."""
        header = self.node.body.header if single and isinstance(self.node.body, cst.IndentedBlock) else block.header
        block = block.with_changes(header=header)
        if single and len(items) > 1:
            bracketed = isinstance(self.node.lpar, cst.LeftParen)
            comma = self.node.items[-1].comma if bracketed else cst.MaybeSentinel.DEFAULT
            items = [*items[:-1], items[-1].with_changes(comma=comma)]
            return self.node.with_changes(items=items, body=block, leading_lines=[])
        return cst.With([item.with_changes(comma=cst.MaybeSentinel.DEFAULT) for item in items], block)

    def _head(self, line: Line) -> str:
        """What a ``with`` among the lines prints above its body."""
        if not isinstance(line, cst.With):
            return ""
        empty = cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])])
        header = line.body.header if isinstance(line.body, cst.IndentedBlock) else empty.header
        return self.calls.module.code_for_node(line.with_changes(body=empty.with_changes(header=header)))

    def _header_end(self) -> int:
        """The line of the colon: the last before the body, but for comments and blank lines above it."""
        lines, first = self.plan.host.source.lines, self.statement.body[0]
        start = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
        last = max((i.optional_vars or i.context_expr).end_lineno or 0 for i in self.statement.items)
        while last < start - 1 and not lines[last - 1].split("#")[0].rstrip().endswith(":"):
            last += 1
        return last
