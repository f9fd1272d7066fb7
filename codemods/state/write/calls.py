"""New text: the calls that do an operation by monkeypatch, and the names that they need."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from codemods.edit.align import Line, led
from codemods.edit.layout import call
from codemods.edit.statements import statements_of
from codemods.python.names import walk
from codemods.state.operations import Bind, Clear, Keep, Operation, Set, SetAll, SetDefault, Text, Unset
from codemods.state.plan import Frame
from codemods.state.scope import ENVIRON
from codemods.state.write.comments import Comments
from codemods.suite.hosts import Host


@dataclass
class CallWriter:
    """Makes lines for one function. ``needs`` collects the imports that they rely on."""

    host: Host
    module: cst.Module
    needs: set[tuple[str, str | None]]

    @cached_property
    def taken(self) -> set[str]:
        """The names in use."""
        nodes = list(walk(self.host.function))
        return {n.id for n in nodes if isinstance(n, ast.Name)} | {n.arg for n in nodes if isinstance(n, ast.arg)}

    def lines(self, operations: Sequence[Operation], frame: str, comments: Comments | None = None) -> list[Line]:
        """The calls on ``frame`` that do the operations, each with the comments that stood beside it."""
        result: list[str] = []
        computed: dict[int, str] = {}
        for operation in operations:
            if isinstance(operation, SetAll) and operation.first:
                computed[id(operation)] = name = self.free("environment")
                result.append(f"{name} = {operation.mapping.code}")
        for operation in operations:
            above, beside = comments.take(operation) if comments else ([], None)
            code = self._code(operation, frame, computed.get(id(operation)))
            result += [*above, *_beside(code, beside)]
        return self.parsed(result)

    def parsed(self, texts: Sequence[str], leading: Sequence[cst.EmptyLine] = ()) -> list[Line]:
        """Lines from their texts, the first of them below some blank and comment lines."""
        newline = self.module.default_newline
        return led(statements_of("".join(text + newline for text in texts), self.module), leading)

    def context(self, frame: Frame) -> tuple[str, str]:
        """A context for a block, and a name for what it gives."""
        if frame is Frame.PARAMETER:
            return "monkeypatch.context()", self.free("m", "patched")
        return f"{self.monkeypatch_class()}.context()", self.free("monkeypatch", "m")

    def monkeypatch_class(self) -> str:
        """``pytest.MonkeyPatch`` as it can be written here."""
        return self._spelled("pytest.MonkeyPatch", "pytest")

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
        return self._spelled("pytest.fixture", "pytest")

    def free(self, *wanted: str) -> str:
        """The first of the names that the function does not use."""
        numbered = (f"{wanted[-1]}_{number}" for number in range(2, len(self.taken) + 3))
        return next(name for name in (*wanted, *numbered) if name not in self.taken)

    def _spelled(self, dotted: str, module: str) -> str:
        names = self.host.names
        # Where only an import in the function leads to it, that stands above, or the function would be refused.
        spelled = names.spelling(dotted) or names.spelling(dotted, math.inf)
        if spelled is None:
            self.needs.add((module, None))
        return spelled or dotted

    def _code(self, operation: Operation, frame: str, computed: str | None) -> str:
        if isinstance(operation, Set):
            return self._call(f"{frame}.setenv", operation.key.code, operation.value.code)
        if isinstance(operation, Unset):
            optional = "" if operation.required else ", raising=False"
            return f"{frame}.delenv({operation.key.code}{optional})"
        if isinstance(operation, Keep):
            key = operation.key.code
            empty = "''" if key[:1] == "'" else '""'
            return f"{frame}.setenv({key}, {empty}){self.module.default_newline}{frame}.delenv({key})"
        if isinstance(operation, Bind):
            value = self._spelled(ENVIRON, "os") if operation.value == Text(ENVIRON) else operation.value.code
            return f"{operation.name} = {value}"
        return self._compound_code(operation, frame, computed)

    def _call(self, head: str, *arguments: str) -> str:
        return call(head, arguments, self.module.default_newline, self.module.default_indent)

    def _compound_code(self, operation: SetDefault | SetAll | Clear, frame: str, computed: str | None) -> str:
        body = self.module.default_newline + self.module.default_indent + frame
        if isinstance(operation, SetDefault):
            head = f"if {operation.key.code} not in {self._spelled(ENVIRON, 'os')}:"
            return f"{head}{body}.setenv({operation.key.code}, {operation.value.code})"
        name, value = self.free("name", "variable"), self.free("value", "setting")
        if isinstance(operation, Clear):
            return f"for {name} in list({self._spelled(ENVIRON, 'os')}):{body}.delenv({name})"
        items = (computed or operation.mapping.code) + ("" if operation.pairs else ".items()")
        return f"for {name}, {value} in {items}:{body}.setenv({name}, {value})"


def _beside(code: str, comment: str | None) -> list[str]:
    """The code with a comment behind its only line, or above it if it has several."""
    if comment is None:
        return [code]
    return [comment, code] if "\n" in code or "\r" in code else [f"{code}  {comment}"]
