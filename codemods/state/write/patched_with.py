"""A ``with`` statement that has ``patch.dict`` among its items, written another way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from codemods.edit.align import Line, Suite, led, with_lines
from codemods.state.model.edits import PatchedWith
from codemods.state.model.plan import Plan
from codemods.state.write.calls import CallWriter
from codemods.state.write.comments import TO_A_TOOL, comments_between

Blank = cst.EmptyLine
Written = tuple[list[Line], list[Blank]]
Level = tuple[list[cst.WithItem], list[Line]]


def _only_passes(lines: Sequence[Line]) -> bool:
    """Whether this is one bare ``pass``, which nothing needs below other lines."""
    if len(lines) != 1 or not isinstance(lines[0], cst.SimpleStatementLine):
        return False
    line = lines[0]
    commented = line.trailing_whitespace.comment is not None or any(
        above.comment for above in line.leading_lines
    )
    return not commented and all(isinstance(small, cst.Pass) for small in line.body)


@dataclass
class WithWriter:
    """One such statement. Its items fall into levels: those up to a ``patch.dict``, and the calls
    that replace it.

    Where the order of entering has to stay, a level becomes a ``with`` of its own inside the one
    before.
    """

    plan: Plan
    edit: PatchedWith
    calls: CallWriter
    statement: ast.With
    node: cst.With

    def written(
        self, frame: str | None, suite: Callable[[list[ast.stmt], Suite, str | None], Written]
    ) -> Written:
        """The lines that replace the statement; ``suite`` writes its body in a frame."""
        levels, frames = self._levels(frame)
        header = comments_between(self.plan.host.source, self.statement.lineno, self._header_end())
        kept = self._kept(levels) if header.left else []
        if (
            isinstance(self.node.body, cst.SimpleStatementSuite)
            and self.node.body.trailing_whitespace.comment
        ):
            kept.append(self.node.body.trailing_whitespace.comment.value)
        header.left = [c for c in header.left if c.text not in kept and not TO_A_TOOL.match(c.text)]
        operations = [found for _, found in sorted(self.edit.items.items())]
        for (_, lines), found, patched in zip(levels, operations, frames, strict=False):
            lines += self.calls.lines(found, patched, header)
        body, left = suite(self.statement.body, self.node.body, frames[-1])
        self.calls.taken.difference_update(set(frames) - {frame})
        if _only_passes(body) and any(lines for _, lines in levels):
            body = []
        lost = header.rest()
        levels[-1] = (levels[-1][0], led(body, lost))
        left = left if body else [*lost, *left]
        written = led(self._nest(levels, left), self.node.leading_lines)
        if not written:
            return [], [*self.node.leading_lines, *left]
        return written, [] if any(items for items, _ in levels) else left

    def _levels(self, frame: str | None) -> tuple[list[Level], list[str]]:
        """The items of each level, with no lines yet, and the frame of each ``patch.dict``."""
        levels: list[Level] = []
        frames: list[str] = []
        items: list[cst.WithItem] = []
        patches = self.edit.items
        for index, item in enumerate(self.node.items):
            if index not in patches:
                items.append(item)
                continue
            if not self.edit.flat and index - 1 not in patches:
                expression, frame = self.calls.context(self.plan.undo_scope)
                self.calls.taken.add(frame)
                items.append(
                    cst.WithItem(
                        cst.parse_expression(expression), cst.AsName(cst.Name(frame)), item.comma
                    )
                )
            assert frame is not None
            frames.append(frame)
            levels.append((items, []))
            items = []
        return [*levels, (items, [])], frames

    def _kept(self, levels: Sequence[Level]) -> list[str]:
        """The comments that the ``with`` statements which remain print."""
        code = "".join(self.calls.module.code_for_node(line) for line in self._nest(levels, []))
        return [comment.rstrip() for comment in re.findall("#.*", code)]

    def _nest(self, levels: Sequence[Level], left: Sequence[Blank]) -> list[Line]:
        """The levels put into each other, the innermost with what is left over after the body."""
        single = sum(bool(items) for items, _ in levels) == 1
        written: list[Line] = []
        for items, lines in reversed(levels):
            written = [*lines, *written]
            if items:
                block = with_lines(cst.IndentedBlock([]), written, left)
                written, left = [self._with(items, block, single=single)], []
        return written

    def _with(
        self, items: list[cst.WithItem], block: cst.IndentedBlock, *, single: bool
    ) -> cst.With:
        """A ``with`` of these items, laid out as the original: if it is the only one that
        remains, or in brackets.
        """
        header = (
            self.node.body.header
            if single and isinstance(self.node.body, cst.IndentedBlock)
            else block.header
        )
        block = block.with_changes(header=header)
        bracketed = isinstance(self.node.lpar, cst.LeftParen)
        if (single or bracketed) and len(items) > 1:
            comma = self.node.items[-1].comma if bracketed else cst.MaybeSentinel.DEFAULT
            items = [*items[:-1], items[-1].with_changes(comma=comma)]
            return self.node.with_changes(items=items, body=block, leading_lines=[])
        return cst.With(
            [item.with_changes(comma=cst.MaybeSentinel.DEFAULT) for item in items], block
        )

    def _header_end(self) -> int:
        """The line of the colon: the last before the body, except comments and blank lines
        above it.
        """
        lines, first = self.plan.host.source.lines, self.statement.body[0]
        start = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
        last = max(
            (i.optional_vars or i.context_expr).end_lineno or 0 for i in self.statement.items
        )
        while last < start - 1 and not lines[last - 1].split("#")[0].rstrip().endswith(":"):
            last += 1
        return last
