"""New text: the calls that do an operation by monkeypatch, and the names that they need."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import libcst as cst

from codemods.edit.align import Line, led
from codemods.edit.layout import call
from codemods.edit.statements import statements_of
from codemods.python.names import every_node
from codemods.state.model.kind import StateKind, kind_of
from codemods.state.model.operations import Bind, Operation, SetAll, Text
from codemods.state.model.plan import UndoScope
from codemods.state.write.comments import Comments
from codemods.suite.hosts import Host


@dataclass
class CallWriter:
    """Makes lines for one function. ``needs`` collects the imports that they rely on."""

    host: Host
    module: cst.Module
    needs: set[tuple[str, str | None]]

    @property
    def kind(self) -> StateKind:
        """The kind of state that is written."""
        return kind_of(self.host.source)

    @property
    def newline(self) -> str:
        """The line end of the file."""
        return self.module.default_newline

    @property
    def indent(self) -> str:
        """One level of indentation."""
        return self.module.default_indent

    @property
    def quote(self) -> str:
        """The quotes that most strings of the file have."""
        return self.host.source.quote

    @cached_property
    def taken(self) -> set[str]:
        """The names in use."""
        nodes = every_node(self.host.function)
        return {n.id for n in nodes if isinstance(n, ast.Name)} | {
            n.arg for n in nodes if isinstance(n, ast.arg)
        }

    def lines(
        self, operations: Sequence[Operation], frame: str, comments: Comments | None = None
    ) -> list[Line]:
        """The calls on ``frame`` that do the operations, each with the comments that stood
        beside it.
        """
        result: list[str] = []
        computed: dict[int, Operation] = {}
        for operation in operations:
            if isinstance(operation, SetAll) and operation.first:
                name = self.free("environment")
                computed[id(operation)] = replace(operation, mapping=Text(name))
                result.append(f"{name} = {operation.mapping.code}")
        for operation in operations:
            above, beside = comments.take(operation) if comments else ([], None)
            code = self._code(computed.get(id(operation), operation), frame)
            result += [*above, *_beside(code, beside)]
        return self.parsed(result)

    def parsed(self, texts: Sequence[str], leading: Sequence[cst.EmptyLine] = ()) -> list[Line]:
        """Lines from their texts, the first of them below some blank and comment lines."""
        newline = self.module.default_newline
        return led(statements_of("".join(text + newline for text in texts), self.module), leading)

    def context(self, undo_scope: UndoScope) -> tuple[str, str]:
        """A context for a block, and a name for what it gives."""
        if undo_scope is UndoScope.PARAMETER:
            return "monkeypatch.context()", self.free("m", "patched")
        return f"{self.monkeypatch_class()}.context()", self.free("monkeypatch", "m")

    def monkeypatch_class(self) -> str:
        """``pytest.MonkeyPatch`` as it can be written here."""
        return self.spelled("pytest.MonkeyPatch", "pytest")

    def annotation(self) -> str:
        """The same in a signature, which is evaluated where the function is defined, if at all."""
        names = self.host.source.names
        deferred = names.table.get("annotations") == "__future__.annotations"
        spelled = names.spelling("pytest.MonkeyPatch", typed=deferred)
        if spelled is None:
            self.needs.add(("pytest", None))
        return spelled or "pytest.MonkeyPatch"

    def fixture(self) -> str:
        """``pytest.fixture`` as it can be written here."""
        return self.spelled("pytest.fixture", "pytest")

    def free(self, *wanted: str) -> str:
        """The first of the names that the function does not use."""
        numbered = (f"{wanted[-1]}_{number}" for number in range(2, len(self.taken) + 3))
        return next(name for name in (*wanted, *numbered) if name not in self.taken)

    def spelled(self, dotted: str, module: str) -> str:
        """A dotted name as it can be written here; the module is imported if nothing leads to it
        yet.
        """
        names = self.host.names
        # Where only an import in the function leads to it, that stands above, or the function would
        # be refused.
        spelled = names.spelling(dotted) or names.spelling(dotted, math.inf)
        if spelled is None:
            self.needs.add((module, None))
        return spelled or dotted

    def call(self, head: str, *arguments: str) -> str:
        """A call, on several lines where it is long."""
        return call(head, arguments, self.newline, self.indent)

    def _code(self, operation: Operation, frame: str) -> str:
        if isinstance(operation, Bind):
            container = self.kind.container
            whole = container is not None and operation.value == Text(container)
            value = self.spelled(operation.value.code, "os") if whole else operation.value.code
            return f"{operation.name} = {value}"
        return self.kind.code(operation, frame, self)


def _beside(code: str, comment: str | None) -> list[str]:
    """The code with a comment after its only line, or above it if it has several."""
    if comment is None:
        return [code]
    return [comment, code] if "\n" in code or "\r" in code else [f"{code}  {comment}"]
