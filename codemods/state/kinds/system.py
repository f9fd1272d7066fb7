"""What ``sys`` holds: the path, the arguments, the platform; and ``sys.modules``.

What is put at the front of the path is put there by ``monkeypatch.syspath_prepend``. The streams
are pytest's: it puts them back itself.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass

from codemods.context import Context
from codemods.python.source import Source
from codemods.state.expressions.cells.attributes import written_attributes
from codemods.state.expressions.cells.candidates import may_write_modules, may_write_system
from codemods.state.expressions.cells.resets import kept_by_conftests
from codemods.state.expressions.scope import Scope
from codemods.state.expressions.texts import argument_text
from codemods.state.kinds.attribute import Attributes, AttributeSpelling, cell_of
from codemods.state.kinds.item import Items
from codemods.state.model import refusals
from codemods.state.model.kind import Layout, Spelling
from codemods.state.model.operations import Operation, Set, Text, Unset
from codemods.state.model.refusals import RefusedError

_PATH = "sys.path"
_STREAMS = ("sys.stdin", "sys.stdout", "sys.stderr")
# Of one platform only.
_ELSEWHERE = ("windows", "dlopen")
_THERE = frozenset(
    f"sys.{name}" for name in dir(sys) if not any(word in name for word in _ELSEWHERE)
)
_IN_PLACE = frozenset(
    {"insert", "append", "extend", "remove", "pop", "clear", "sort", "reverse", "__setitem__"}
)

_FRONT, _END = "[0]", "[-1]"  # where in the path something is

_IN_PLACE_LINE = re.compile(rf"\bpath[ \t]*(?:\[|\.[ \t]*(?:{'|'.join(sorted(_IN_PLACE))})\b)")
_IN_PLACE_BYTES = re.compile(_IN_PLACE_LINE.pattern.encode())


def _is_sys(owner: ast.expr, source: Source) -> bool:
    """Whether an owner is ``sys``, by whatever name, which a function may have imported it as."""
    name = owner.id if isinstance(owner, ast.Name) else ""
    return (source.names.table.get(name) or name) == "sys"


@dataclass(frozen=True)
class SystemAttributes(Attributes):
    """Attributes of ``sys``."""

    noun = "sys"
    whole = "sys"
    at_import = "sys is changed"
    patching = r"\.(?:(?:set|del)attr|syspath_prepend)\b"

    def takes(self, cell: str) -> bool:
        """Whether an attribute is one of ``sys``, and none that pytest puts back."""
        return cell.startswith("sys.") and not cell.startswith(_STREAMS)

    def may_change(self, data: bytes) -> bool:
        """Whether an attribute of ``sys`` may be written, or its path changed in place."""
        in_place = b"sys.path" in data and _IN_PLACE_BYTES.search(data) is not None
        return in_place or (b"sys" in data and may_write_system(data))

    def in_file(self, source: Source, context: Context) -> SystemAttributes | None:
        """The kind, with the names of the attributes of ``sys`` that the file writes."""
        names = {name for owner, name in written_attributes(source) if _is_sys(owner, source)}
        if _IN_PLACE_LINE.search(source.text):
            names.add("path")
        kept = kept_by_conftests(source, context)
        return SystemAttributes(tuple(sorted(names)), kept) if names else None

    def changed_lines(self, source: Source) -> list[int]:
        """The lines of a file on which one of them may be written, or the path changed."""
        inside = {source.line_at(m.start()) for m in _IN_PLACE_LINE.finditer(source.text)}
        return sorted(inside.union(super().changed_lines(source)))

    def spelling(self, scope: Scope) -> Spelling:
        """What reads the statements of a scope."""
        return _Spelling(scope)

    def code(self, operation: Operation, frame: str, layout: Layout) -> str:
        """``syspath_prepend(folder)`` for ``sys.path = [folder, *sys.path]``."""
        if isinstance(operation, Set) and operation.key.keys == {repr(_PATH)}:
            value, rest = operation.value.code, f", *{operation.key.code}]"
            if value.startswith("[") and value.endswith(rest):
                return layout.call(f"{frame}.syspath_prepend", value[1 : -len(rest)])
        return super().code(operation, frame, layout)


class _Spelling(AttributeSpelling):
    """Reads what is done to attributes of ``sys``, and to the path in place."""

    def write(self, statement: ast.stmt) -> list[Operation] | None:
        """Also ``sys.path.insert(0, folder)`` and ``append``; raises RefusedError."""
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Attribute() as path, method), given, [])) if (
                self._is_path(path) and method in _IN_PLACE
            ):
                self._refuse_inside(given)
                return [self._added(path, method, given)]
            case ast.Assign(
                [ast.Subscript(ast.Attribute() as path, ast.Slice(None, None, None))], value
            ) if self._is_path(path):
                self._refuse_inside([value])
                return [Set(self._named(path.value, path.attr), self.scope.text(value))]
        return super().write(statement)

    def reads(self, value: ast.expr) -> frozenset[str] | None:
        """Also ``sys.argv[:]``, ``list(sys.path)``, ``sys.path.copy()``: ways to keep a list."""
        match value:
            case ast.Subscript(kept, ast.Slice(None, None, None)):
                return super().reads(kept)
            case ast.Call(ast.Name("list"), [kept], []) | ast.Call(
                ast.Attribute(kept, "copy"), [], []
            ):
                return super().reads(kept)
        return super().reads(value)

    def _added(self, path: ast.Attribute, method: str, given: list[ast.expr]) -> Operation:
        key = self._named(path.value, path.attr)
        match method, given:
            case "insert", [ast.Constant(0), folder]:
                code, where = (
                    f"[{argument_text(self.scope.source, folder).code}, *{key.code}]",
                    _FRONT,
                )
            case "append", [folder]:
                code, where = (
                    f"[*{key.code}, {argument_text(self.scope.source, folder).code}]",
                    _END,
                )
            case "remove", [folder]:
                return Unset(key, required=True, takes_back=frozenset({ast.unparse(folder)}))
            case "pop", [ast.Constant(0)]:
                return Unset(key, required=True, takes_back=frozenset({_FRONT}))
            case "pop", []:
                return Unset(key, required=True, takes_back=frozenset({_END}))
            case _:
                raise RefusedError(refusals.IN_PLACE)
        value = Text(code, path.lineno, given[-1].end_lineno or path.lineno)
        return Set(key, value, added=frozenset({where, ast.unparse(given[-1])}))

    def changes(self, node: ast.expr) -> bool:
        """Whether an expression sets an attribute of ``sys``, or changes its path in place."""
        match node:
            case ast.Call(ast.Attribute(path, method)) if method in _IN_PLACE:
                return self._is_path(path)
            case ast.Subscript(path, _, ast.Store() | ast.Del()):
                return self._is_path(path)
        return super().changes(node)

    def _is_path(self, node: ast.expr) -> bool:
        kept = (
            isinstance(node, ast.Attribute) and cell_of(node.value, node.attr, self.scope) is None
        )
        return not kept and self.scope.names.dotted(node) == _PATH

    def _may_be_new(self, key: Text, node: ast.stmt | ast.expr) -> bool:
        (cell,) = map(ast.literal_eval, key.keys)
        return cell not in _THERE and super()._may_be_new(key, node)


@dataclass(frozen=True)
class SystemModules(Items):
    """The modules that are imported, by their names."""

    noun = "sys.modules"
    whole = "sys.modules"
    at_import = "sys.modules is changed"

    def takes(self, name: str) -> bool:
        """Whether a dict is ``sys.modules``."""
        return name == "sys.modules"

    def may_change(self, data: bytes) -> bool:
        """Whether anything speaks of the modules, and an item may be written."""
        return b"sys.modules" in data and may_write_modules(data)
