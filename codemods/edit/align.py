"""Two trees of one text: which LibCST statement is which ``ast`` statement.

Both list the statements of a block in the same order, so a walk over the two at once finds the
node for a statement that ``ast`` chose, without the positions that LibCST would have to compute
for the whole tree.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

import libcst as cst

from codemods.edit.placeholders import statement_count

Suite = cst.BaseSuite
Block = Callable[[list[ast.stmt], Suite], Suite]
Line = cst.BaseStatement


def pairs(body: Sequence[ast.stmt], lines: Sequence[Line]) -> list[tuple[list[ast.stmt], Line]]:
    """For each line or compound statement, the ``ast`` statements in it: several where ``;``
    joins them, or a name stands for them.
    """
    result = []
    position = 0
    for line in lines:
        count = _count(line)
        result.append((list(body[position : position + count]), line))
        position += count
    assert position == len(body)
    return result


def _count(line: Line) -> int:
    if not isinstance(line, cst.SimpleStatementLine):
        return 1
    only = line.body[0]
    if len(line.body) == 1 and isinstance(only, cst.Expr) and isinstance(only.value, cst.Name):
        return statement_count(only.value.value)
    return len(line.body)


def split(line: cst.SimpleStatementLine) -> list[Line]:
    """One line for each of the statements that ``;`` joins."""
    singles = [
        cst.SimpleStatementLine([small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
        for small in line.body
    ]
    singles[0] = singles[0].with_changes(leading_lines=line.leading_lines)
    singles[-1] = singles[-1].with_changes(trailing_whitespace=line.trailing_whitespace)
    return list(singles)


def lines_of(suite: Suite) -> list[Line]:
    """The lines of a block; ``if x: y`` has one line too."""
    if isinstance(suite, cst.SimpleStatementSuite):
        return [cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)]
    assert isinstance(suite, cst.IndentedBlock)
    return list(suite.body)


def with_lines(
    suite: Suite, lines: Sequence[Line], footer: Sequence[cst.EmptyLine] = ()
) -> cst.IndentedBlock:
    """The block with other lines; ``pass`` if there are none left."""
    body = list(lines) or [cst.SimpleStatementLine([cst.Pass()])]
    if isinstance(suite, cst.IndentedBlock):
        return suite.with_changes(body=body, footer=[*footer, *suite.footer])
    return cst.IndentedBlock(body, footer=list(footer))


def without_blank_end(suite: cst.IndentedBlock) -> cst.IndentedBlock:
    """The block without the blank lines after its last statement or comment, in whatever block
    that stands.
    """
    footer = list(suite.footer)
    while footer and footer[-1].comment is None:
        footer.pop()
    suite = suite.with_changes(footer=footer)
    last = suite.body[-1]
    if not footer and isinstance(last, cst.With) and isinstance(last.body, cst.IndentedBlock):
        suite = suite.with_changes(
            body=[*suite.body[:-1], last.with_changes(body=without_blank_end(last.body))]
        )
    return suite


def ended_early(line: Line) -> Line:
    """A block without the blank lines at its end, where one follows."""
    if isinstance(line, cst.With) and isinstance(line.body, cst.IndentedBlock):
        return line.with_changes(body=without_blank_end(line.body))
    return line


def leading_of(line: Line) -> Sequence[cst.EmptyLine]:
    """The blank and comment lines above a line."""
    return getattr(line, "leading_lines", ())


def led(lines: Sequence[Line], leading: Sequence[cst.EmptyLine]) -> list[Line]:
    """The lines with more blank and comment lines above them, but never two blank ones in a row."""
    if not lines or not leading:
        return list(lines)
    above: list[cst.EmptyLine] = []
    for blank in (*leading, *leading_of(lines[0])):
        if blank.comment is not None or not above or above[-1].comment is not None:
            above.append(blank)
    return [lines[0].with_changes(leading_lines=above), *lines[1:]]


def unled(lines: Sequence[Line]) -> list[Line]:
    """The lines without the comments above them, which move above the block they are put into."""
    return [lines[0].with_changes(leading_lines=[]), *lines[1:]] if lines else []


def blank_above_final(line: Line) -> Sequence[cst.EmptyLine]:
    """The blank lines above a ``finally``, if no comment stands there: that goes into the block."""
    final = line.finalbody if isinstance(line, cst.Try) else None
    above = final.leading_lines if final is not None else ()
    return () if any(blank.comment is not None for blank in above) else above


def parted(
    leading: Sequence[cst.EmptyLine], line: Line
) -> tuple[Sequence[cst.EmptyLine], Sequence[cst.EmptyLine]]:
    """Comments and blanks, apart: those above a line or beside its ``try:``, and those inside."""
    above = list(leading_of(line))
    end = len(above)
    if list(leading[:end]) != above:
        return leading, ()
    if isinstance(line, cst.Try) and isinstance(line.body, cst.IndentedBlock):
        header = line.body.header.comment
        if header is not None and end < len(leading) and leading[end].comment is header:
            end += 1
    return leading[:end], leading[end:]


def closed_up(lines: list[Line], before: Sequence[Line]) -> list[Line]:
    """The lines without blank ones at the top that were not there before."""
    above = list(leading_of(lines[0])) if lines else []
    began_blank = any(blank.comment is None for blank in leading_of(before[0])[:1])
    while above and above[0].comment is None and not began_blank:
        del above[0]
    return [lines[0].with_changes(leading_lines=above), *lines[1:]] if lines else lines


def map_blocks(statement: ast.stmt, node: Line, change: Block) -> Line:
    """The compound statement with each of its blocks replaced by what ``change`` makes of it."""
    changes: dict[str, object] = {}
    for field in ("body", "orelse", "finalbody"):
        body = getattr(statement, field, None)
        inner = getattr(node, field, None)
        if not body or inner is None:
            continue
        if isinstance(inner, cst.If):
            changes[field] = map_blocks(body[0], inner, change)
        elif isinstance(inner, (cst.Else, cst.Finally)):
            changes[field] = inner.with_changes(body=change(body, inner.body))
        else:
            changes[field] = change(body, inner)
    for field in ("handlers", "cases"):
        inner_blocks = getattr(node, field, None)
        if inner_blocks:
            changes[field] = [
                inner.with_changes(body=change(block.body, inner.body))
                for block, inner in zip(getattr(statement, field), inner_blocks, strict=True)
            ]
    return node.with_changes(**changes)


def replace_function(
    body: list[ast.stmt],
    lines: Sequence[Line],
    wanted: Mapping[ast.stmt, Callable[[Line], Sequence[Line]]],
) -> list[Line]:
    """The lines with each wanted definition, at any depth, replaced by the lines made of it; inner
    ones first.

    A definition with no lines made of it is removed.
    """

    def inner(block: list[ast.stmt], suite: Suite) -> Suite:
        if isinstance(suite, cst.SimpleStatementSuite):
            return suite
        return suite.with_changes(body=replace_function(block, lines_of(suite), wanted))

    result: list[Line] = []
    begins_later = False
    for statements, line in pairs(body, lines):
        statement = statements[0]
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        if any(first < function.lineno <= last for function in wanted if function is not statement):
            line = map_blocks(statement, line, inner)
        made = wanted[statement](line) if statement in wanted else [line]
        begins_later = begins_later or not (made or result)
        result += made
    if begins_later and result:
        above = list(leading_of(result[0]))
        while above and above[0].comment is None:
            del above[0]
        result[0] = result[0].with_changes(leading_lines=above)
    return result
