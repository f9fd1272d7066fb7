"""Lists and sets that outlive a test and are changed in place, and dicts that are changed as a
whole: registries, handlers, caches.

A copy of what they hold is put back into them, so that whoever holds the same list sees it as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.clean_ups.model import Change, Undoing
from codemods.clean_ups.scope import Scope
from codemods.initializers.source_tree.made import Made, made_as
from codemods.rule import Refusal
from codemods.state.expressions.cells.attributes import object_name
from codemods.state.expressions.cells.dicts import changes_whole, sets_items
from codemods.state.expressions.cells.passed_on import PASSED, reader_of_contents
from codemods.state.model.refusals import PASSED_ON

_METHODS: dict[Made, frozenset[str]] = {
    "list": frozenset({"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"}),
    "set": frozenset(
        {"add", "discard", "remove", "pop", "clear", "update", "difference_update"}
        | {"intersection_update", "symmetric_difference_update"}
    ),
    "dict": frozenset({"clear", "popitem", "update"}),
}
_EVERY = sorted(_METHODS["list"] | _METHODS["set"] | _METHODS["dict"])
LINES = re.compile(rf"\.(?:{'|'.join(_EVERY)})\(|\][ \t]*=(?!=)|\bdel[ \t][^\n]*\[")


def look(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """The list or set that a node changes, if it outlives the test and nothing puts it back."""
    container, method = _changed(node)
    if container is None or not isinstance(container, (ast.Name, ast.Attribute)):
        return
    name = object_name(container, scope.names, scope.source)
    if name is None or name.startswith("sys."):
        return
    if scope.names is scope.source.names and "." not in name:
        return  # a module that sets up what is its own, while it is imported
    kind = made_as(name, scope.source, scope.context)
    if kind is None or (method is not None and method not in _METHODS[kind]):
        return
    assert isinstance(node, ast.expr), "calls and subscripts are expressions"
    last = name.rpartition(".")[2]
    if kind == "dict" and not (changes_whole(node) and not sets_items(last, node, scope.source)):
        return  # single items are set by MonkeyPatch
    if scope.is_restored(last, node) or ("." not in name and _is_emptied(last, scope)):
        return
    text = scope.segment(container)
    message = f"{text} is changed and never restored"
    reader = reader_of_contents(name, node.lineno, scope.source)
    if reader is not None:
        refusal = Refusal(PASSED_ON.code, f"{reader} {PASSED}")
        yield Change(node, message, refusal=refusal)
        return
    yield Change(node, message, _undoing(text, kind))


def _changed(node: ast.AST) -> tuple[ast.expr | None, str | None]:
    """What a node may change in place, and by which method, if by one."""
    match node:
        case ast.Call(ast.Attribute(container, method)) if method in _EVERY:
            return container, method
        case ast.Subscript(container, _, ast.Store() | ast.Del()):
            return container, None
    return None, None


def _undoing(text: str, kind: Made) -> Undoing:
    if kind == "dict":  # what is registered last runs first
        return Undoing(f"{text}.update", (f"dict({text})",), also=Undoing(f"{text}.clear"))
    if kind == "list":
        return Undoing(f"{text}.__setitem__", ("slice(None)", f"{text}[:]"))
    # Only what was there stays, and all of that comes back.
    back = Undoing(f"{text}.update", (f"set({text})",))
    return Undoing(f"{text}.intersection_update", (f"set({text})",), also=back)


def _is_emptied(last: str, scope: Scope) -> bool:
    """Whether the file has a line that empties what is its own: each test begins with that, or what
    it holds is nobody's concern.
    """
    name = re.escape(last)
    emptied = rf"\b{name}(?:\.clear\(\)|\[:\][ \t]*=)|\bdel[ \t]+[\w.]*\b{name}\[:\]"
    return re.search(emptied, scope.source.text) is not None
