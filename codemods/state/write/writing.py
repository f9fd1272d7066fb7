"""Writing: a function's plan, carried out on its LibCST node.

Statements that the plan does not mention are moved as they are, comments included.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import libcst as cst

from codemods.edit.align import (
    Block,
    Line,
    Suite,
    blank_above_final,
    closed_up,
    ended_early,
    leading_of,
    led,
    lines_of,
    map_blocks,
    pairs,
    parted,
    split,
    unled,
    with_lines,
    without_blank_end,
)
from codemods.edit.parameters import add_parameter, without_parameter
from codemods.edit.statements import after_docstring
from codemods.python.names import parameters
from codemods.state.model.edits import (
    Calls,
    Entered,
    Gone,
    ManagedBlock,
    OwnContext,
    PatchedWith,
    Wrap,
    with_ancestors,
)
from codemods.state.model.operations import SetAll
from codemods.state.model.plan import Plan, UndoScope
from codemods.state.place.undo_scopes import registrar
from codemods.state.write.above import with_hoists, without_decorators
from codemods.state.write.calls import CallWriter
from codemods.state.write.comments import (
    Comments,
    comments_between,
    keep_comment,
    saves_or_restores,
    speaks_to_a_tool,
)
from codemods.state.write.mocker import drops_mocker
from codemods.state.write.patched_with import WithWriter
from codemods.state.write.yielding import with_iterator, yielded

# ``self.addCleanup(…)``, ``self.enterContext(…)``: these end in the reverse order of beginning.
_REGISTERS = re.compile(r"\badd\w*Cleanup\(|\benter\w*Context\(")
Blank = cst.EmptyLine
Pairs = list[tuple[list[ast.stmt], Line]]


@dataclass
class Writer:
    """Writes one function. ``needs`` collects the imports that the new text relies on."""

    plan: Plan
    module: cst.Module
    needs: set[tuple[str, str | None]]
    calls: CallWriter = field(init=False)
    touched: set[ast.AST] = field(init=False)
    above: dict[int, list[Blank]] = field(default_factory=dict)
    # What is written already, after a block, and the blocks that are being written: the plan never
    # changes.
    moved: set[ast.stmt] = field(default_factory=set)
    opened: set[ast.stmt] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.calls = CallWriter(self.plan.host, self.module, self.needs)
        self.touched = with_ancestors(self.plan.host.function, self.plan.touched())

    def lines(self, node: Line) -> list[Line]:
        """The function rewritten, below what its decorators computed at import."""
        assert isinstance(node, cst.FunctionDef)
        return with_hoists(self.plan, self.function(node), self.module)

    def function(self, node: cst.FunctionDef) -> cst.FunctionDef:
        """The function rewritten, with its decorators and parameters."""
        plan, host = self.plan, self.plan.host
        lines, left = self._body(node)
        lines = closed_up(lines, lines_of(node.body))
        changed = node.with_changes(body=without_blank_end(with_lines(node.body, lines, left)))
        if plan.decorators:
            changed = without_decorators(changed, self.above)
        if plan.yields:
            changed = with_iterator(changed, plan, self.module, self.needs)
        if drops_mocker(host, changed):
            changed = without_parameter(changed, "mocker")
        if plan.undo_scope is UndoScope.PARAMETER and "monkeypatch" not in parameters(
            host.function
        ):
            changed = add_parameter(
                changed, "monkeypatch", self.calls.annotation() if host.annotated else None
            )
        return changed

    def _body(self, node: cst.FunctionDef) -> tuple[list[Line], list[Blank]]:
        """The body's lines in the frame of the function, and the comments left over after them."""
        plan, body, lines = self.plan, self.plan.host.function.body, lines_of(node.body)
        head = bool(plan.decorators)
        if plan.undo_scope is UndoScope.PARAMETER and not (head and plan.ends_early):
            written, left = self._lines(pairs(body, lines), "monkeypatch")
            at = after_docstring(written)
            return [*written[:at], *self._head("monkeypatch"), *written[at:]], left
        if not head and not self.plan.needs_undo_scope(body):
            return self._lines(pairs(body, lines), None)
        together = pairs(body, lines)
        first = after_docstring(lines) if head else self._first_change(together)
        before = [line for _, line in together[:first]]
        if plan.undo_scope is UndoScope.CLEANUP:
            written, left = self._cleanup(together[first:])
            return [*before, *written], left
        expression, name = self.calls.context(plan.undo_scope)
        self.calls.taken.add(name)
        written, left = self._lines(together[first:], name)
        if plan.yields and not isinstance(body[-1], ast.Return):
            written += self.calls.parsed(["yield"])
        leading = leading_of(written[0]) if written else ()
        return [
            *before,
            _block(expression, name, [*self._head(name), *unled(written)], left, leading),
        ], []

    def _head(self, frame: str) -> list[Line]:
        """What the decorators did; the comments inside them that speak of no variable go above
        the function.
        """
        written: list[Line] = []
        for index, operations in sorted(self.plan.decorators.items()):
            node = self.plan.host.function.decorator_list[index]
            comments = comments_between(
                self.plan.host.source, node.lineno, node.end_lineno or node.lineno
            )
            several = node.end_lineno != node.lineno
            written += self.calls.lines(operations, frame, comments if several else None)
            self.above[index] = [blank for blank in comments.rest() if not speaks_to_a_tool(blank)]
        return written

    def _cleanup(self, rest: Pairs) -> tuple[list[Line], list[Blank]]:
        self.calls.taken.add("monkeypatch")
        if rest and self._is_made(rest[0][0][0]):
            written, left = self._lines(rest, "monkeypatch")
            return [*self._head("monkeypatch"), *written], left
        written, left = self._lines(self._without_made(rest), "monkeypatch")
        register = registrar(self.plan.host)
        made = [
            f"monkeypatch = {self.calls.monkeypatch_class()}()",
            f"{register}(monkeypatch.undo)",
        ]
        first = [*written, *(line for _, line in rest)][:1]
        made_lines = self.calls.parsed(made, leading_of(first[0]) if first else ())
        kept = (s for statements, _ in rest for s in statements if not self.plan.goes(s))
        defines = isinstance(
            next(kept, None), (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        )
        blank = [Blank(indent=False)] if defines else []
        return [*made_lines, *self._head("monkeypatch"), *led(unled(written), blank)], left

    def _is_made(self, first: ast.stmt) -> bool:
        """Whether the method has made a MonkeyPatch before a statement, as the rewrite for another
        kind of state does.
        """
        before = [s for s in self.plan.host.function.body if s.lineno < first.lineno]
        return any(self._makes(*two) for two in itertools.pairwise(before))

    def _without_made(self, together: Pairs) -> Pairs:
        """The statements without those that make a MonkeyPatch later, where nothing else is
        registered: it is made sooner now.
        """
        for index, (one, two) in enumerate(itertools.pairwise(together)):
            if self._makes(one[0][0], two[0][0]):
                after = leading_of(one[1])
                rest = list(together[index + 2 :])
                if rest:
                    rest[0] = (rest[0][0], led([rest[0][1]], after)[0])
                return [*together[:index], *rest]
            if _REGISTERS.search(ast.unparse(one[0][0])):
                break
        return together

    def _makes(self, made: ast.stmt, registered: ast.stmt) -> bool:
        """``monkeypatch = pytest.MonkeyPatch()`` and ``self.addCleanup(monkeypatch.undo)``."""
        host = self.plan.host
        match made, registered:
            case (
                ast.Assign([ast.Name("monkeypatch")], ast.Call(maker, [], [])),
                ast.Expr(ast.Call(register, [ast.Attribute(ast.Name("monkeypatch"), "undo")])),
            ):
                by_owner = ast.unparse(register) == registrar(host)
                return by_owner and host.names.dotted(maker) == "pytest.MonkeyPatch"
        return False

    def _first_change(self, together: Pairs) -> int:
        changes = (any(s in self.touched for s in statements) for statements, _ in together)
        return list(changes).index(True)

    # Lines of a block

    def _lines(self, together: Pairs, frame: str | None) -> tuple[list[Line], list[Blank]]:
        """The lines rewritten, and the comment lines that are left over after them."""
        result: list[Line] = []
        left: list[Blank] = []
        todo = [single for pair in self._passed_on(together) for single in self._singles(*pair)]
        while todo:
            statements, line = todo.pop(0)
            rest: list[Blank] = []
            written = [line]
            if statements[0] in self.plan.wraps and statements[0] not in self.opened:
                inside = [(statements, line)]
                while inside[-1][0][0] is not self.plan.wraps[statements[0]].last:
                    inside.append(todo.pop(0))
                written = self._wrapped(inside, self.plan.wraps[statements[0]], frame)
                if todo and any(blank.comment is None for blank in leading_of(todo[0][1])[:1]):
                    written = [*written[:-1], ended_early(written[-1])]
            elif isinstance(self.plan.edits.get(statements[0]), Entered):
                written, rest, frame = self._entered(statements[0], line)
            elif statements[0] in self.touched:
                written, rest = self._statement(statements[0], line, frame)
            result += led(written, left)
            left = [*([] if written else left), *rest]
        return result, left

    def _passed_on(self, together: Pairs) -> Pairs:
        """The statements; what stands above a restoration that goes stands above the next one if
        that stays.

        # restore
        os.environ["PATH"] = saved
        os.defpath = saved_defpath
        """
        result = list(together)
        for index, ((statements, line), (after, below)) in enumerate(itertools.pairwise(together)):
            above = leading_of(result[index][1])
            if not above or leading_of(below) or not all(map(self.plan.goes, statements)):
                continue
            stays = after[0] not in self.plan.edits and saves_or_restores(after[0])
            if stays or all(map(self.plan.goes, after)):
                result[index] = (statements, line.with_changes(leading_lines=[]))
                result[index + 1] = (after, below.with_changes(leading_lines=above))
        return result

    def _singles(self, statements: list[ast.stmt], line: Line) -> Pairs:
        """A line of its own for each statement, if any of those that ``;`` joins changes."""
        if (
            len(statements) > 1
            and isinstance(line, cst.SimpleStatementLine)
            and self.touched & set(statements)
        ):
            return [([s], single) for s, single in zip(statements, split(line), strict=True)]
        return [(statements, line)]

    def _statement(
        self, statement: ast.stmt, line: Line, frame: str | None
    ) -> tuple[list[Line], list[Blank]]:
        plan = self.plan
        if statement in self.moved:
            return [], []
        if plan.yields and isinstance(statement, ast.Return):
            return [yielded(line)], []
        edit = plan.edits.get(statement)
        if isinstance(edit, Gone):
            above = [
                *leading_of(line),
                *self._comments(statement, line).rest(self._elsewhere(statement)),
            ]
            return [], [blank for blank in above if keep_comment(blank)]
        if isinstance(edit, Calls):
            assert frame is not None
            comments = self._comments(statement, line)
            written = led(self.calls.lines(edit.operations, frame, comments), leading_of(line))
            return written, comments.rest() if written else [*leading_of(line), *comments.rest()]
        if isinstance(statement, ast.With) and isinstance(line, cst.With):
            if isinstance(edit, PatchedWith):
                return WithWriter(plan, edit, self.calls, statement, line).written(
                    frame, self._suite
                )
            if isinstance(edit, ManagedBlock):
                return [self._managed(statement, line)], []
            frame = edit.name if isinstance(edit, OwnContext) else frame
        if isinstance(statement, ast.Try) and isinstance(line, cst.Try):
            return self._try(statement, line, frame)
        return [map_blocks(statement, line, self._in_frame(frame))], []

    def _comments(self, statement: ast.stmt, line: Line) -> Comments:
        """The comments inside a statement, and after it."""
        last = statement.end_lineno or statement.lineno
        comments = comments_between(self.plan.host.source, statement.lineno, last)
        if comments.left:
            comments.keep_those_in(self.module.code_for_node(line.with_changes(leading_lines=[])))
        return comments

    def _elsewhere(self, statement: ast.stmt) -> str:
        """The text of a statement that goes which operations take along: the values of a patcher
        that has a name.
        """
        plan, last = self.plan, statement.end_lineno or statement.lineno
        every = (operation for edit in plan.edits.values() for operation in edit.operations)
        mappings = [operation.mapping for operation in every if isinstance(operation, SetAll)]
        return "".join(text.code for text in mappings if statement.lineno <= text.line <= last)

    def _entered(self, statement: ast.stmt, line: Line) -> tuple[list[Line], list[Blank], str]:
        """The lines that enter a MonkeyPatch on a stack in place of a patch; comments; the frame
        of what follows.
        """
        entered = self.plan.edits[statement]
        assert isinstance(entered, Entered)
        expression, name = self.calls.context(self.plan.undo_scope)
        self.calls.taken.add(name)
        comments = comments_between(
            self.plan.host.source, statement.lineno, statement.end_lineno or statement.lineno
        )
        if comments.left:
            comments.keep_those_in(self.module.code_for_node(line))
        made = self.calls.parsed([f"{name} = {entered.method}({expression})"], leading_of(line))
        return [*made, *self.calls.lines(entered.operations, name, comments)], comments.rest(), name

    def _suite(
        self, body: list[ast.stmt], suite: Suite, frame: str | None
    ) -> tuple[list[Line], list[Blank]]:
        """The lines of a block, and what is left over after them, its own closing comments
        included.
        """
        written, left = self._lines(pairs(body, lines_of(suite)), frame)
        return written, [*left, *(suite.footer if isinstance(suite, cst.IndentedBlock) else ())]

    def _in_frame(self, frame: str | None) -> Block:
        def change(body: list[ast.stmt], suite: Suite) -> Suite:
            if not self.touched & set(body):
                return suite
            before = lines_of(suite)
            written, left = self._lines(pairs(body, before), frame)
            return with_lines(suite, closed_up(written, before), left)

        return change

    def _managed(self, statement: ast.With, line: cst.With) -> Line:
        """A block of another manager, with a MonkeyPatch of its own as its last item."""
        expression, name = self.calls.context(self.plan.undo_scope)
        self.calls.taken.add(name)
        added = cst.WithItem(
            cst.parse_expression(expression), cst.AsName(cst.Name(name)), line.items[-1].comma
        )
        between = line.items[-2].comma if len(line.items) > 1 else cst.MaybeSentinel.DEFAULT
        items = [*line.items[:-1], line.items[-1].with_changes(comma=between), added]
        written = map_blocks(statement, line, self._in_frame(name))
        self.calls.taken.discard(name)
        return written.with_changes(items=items)

    # try … finally

    def _try(
        self, statement: ast.Try, line: cst.Try, frame: str | None
    ) -> tuple[list[Line], list[Blank]]:
        """The statement without its restoration: gone itself if nothing else needs it."""
        final = [s for s in statement.finalbody if not self.plan.goes(s) and s not in self.moved]
        if final or statement.handlers or not statement.finalbody:
            changed = map_blocks(statement, line, self._in_frame(frame))
            return (
                ([changed], [])
                if final
                else ([changed.with_changes(finalbody=None)], self._closing(statement, line))
            )
        written, left = self._suite(statement.body, line.body, frame)
        header = line.body.header.comment if isinstance(line.body, cst.IndentedBlock) else None
        opening = [*line.leading_lines, *([Blank(comment=header)] if header else [])]
        return led(written, [blank for blank in opening if keep_comment(blank)]), [
            *left,
            *self._closing(statement, line),
        ]

    def _closing(self, statement: ast.Try, line: cst.Try) -> list[Blank]:
        """The comments of a ``finally`` that goes, except those that spoke of the restoration."""
        if line.finalbody is None:
            return []
        found = list(line.finalbody.leading_lines)
        if (
            isinstance(line.finalbody.body, cst.IndentedBlock)
            and line.finalbody.body.header.comment
        ):
            found.append(Blank(comment=line.finalbody.body.header.comment))
        final = self._passed_on(pairs(statement.finalbody, lines_of(line.finalbody.body)))
        for statements, inner in [single for pair in final for single in self._singles(*pair)]:
            if statements[0] not in self.moved:
                found += [*leading_of(inner), *self._comments(statements[0], inner).rest()]
        return [blank for blank in found if blank.comment and keep_comment(blank)]

    def _wrapped(self, inside: Pairs, wrap: Wrap, frame: str | None) -> list[Line]:
        """The statements in a ``with`` block, after it what has to see the environment
        restored.
        """
        expression, name = self.calls.context(self.plan.undo_scope)
        self.calls.taken.add(name)
        first = inside[0][0][0]
        self.opened.add(first)
        moved, trailing = self._moved(wrap, inside[-1][1], frame)
        written, left = self._lines(inside, name)
        self.opened.discard(first)
        self.calls.taken.discard(name)
        leading = leading_of(written[0]) if written else leading_of(inside[0][1])
        if not moved:
            return [_block(expression, name, unled(written), left, leading)]
        outer, inner = parted(leading, inside[0][1])
        block = _block(expression, name, unled(written), left, inner)
        closing = with_lines(cst.IndentedBlock([]), moved, trailing)
        final = cst.Finally(closing, leading_lines=blank_above_final(inside[-1][1]))
        return [cst.Try(cst.IndentedBlock([block]), finalbody=final, leading_lines=outer)]

    def _moved(self, wrap: Wrap, line: Line, frame: str | None) -> tuple[list[Line], list[Blank]]:
        """Take the statements that follow the restoration out of the ``finally``; they go into
        an outer one.
        """
        if not wrap.after:
            return [], []
        assert (
            isinstance(wrap.last, ast.Try)
            and isinstance(line, cst.Try)
            and line.finalbody is not None
        )
        final = self._passed_on(pairs(wrap.last.finalbody, lines_of(line.finalbody.body)))
        after = [
            single
            for pair in final
            for single in self._singles(*pair)
            if single[0][0] in wrap.after
        ]
        moved, left = self._lines(after, frame)
        self.moved.update(wrap.after)
        return closed_up(moved, [single for _, single in final]), left


def _block(
    expression: str,
    name: str,
    lines: Sequence[Line],
    left: Sequence[Blank],
    leading: Sequence[Blank],
) -> cst.With:
    item = cst.WithItem(cst.parse_expression(expression), cst.AsName(cst.Name(name)))
    return cst.With([item], with_lines(cst.IndentedBlock([]), lines, left), leading_lines=leading)
