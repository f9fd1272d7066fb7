"""The targets that the calls of a test file patch: ``patch``, its variants, ``mocker`` and
``monkeypatch.setattr``.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.context import Context
from codemods.initializers.imported import relative_names
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.names import Function, Names, walk
from codemods.python.source import Source, fact, first_line
from codemods.python.words import positions
from codemods.suite.hosts import hosts

# The spellings of each function; pytest-mock's have the same arguments.
_FORMS = {
    f"{module}.{form}": form
    for module in ("unittest.mock", "mocker")
    for form in ("patch", "patch.object", "patch.multiple")
}

# The first name of a target; the rest of the path may be in a literal next to it. It begins with a
# plain letter, without which searching a whole file takes five times as long.
_NAME = rb"""["']+([A-Za-z_\x80-\xff][\w\x80-\xff]*)[."']"""
_OPENINGS = ((b"patch", rb"\s*\("), (b"setattr", rb"\s*\("), (b"target", rb"\s*="))
_BEFORE = rb"(?:[\s\\]|#[^\n]*\n)*[rRuU]?"
_TARGETS = {word: re.compile(word + then + _BEFORE + _NAME) for word, then in _OPENINGS}
_STRING = re.compile(_NAME)
_ALIAS = re.compile(rb"patch(?:\s+as\b|[ \t]*(?:[\r\n;#]|$))")


@dataclass(frozen=True)
class Patch:
    """One target that a call replaces; ``node`` is the argument that names it.

    ``lenient`` says that the target need not exist (``create=True``, ``raising=False``).
    ``test`` is the node id of the test it stands in, or None.
    """

    target: str
    node: ast.expr
    lenient: bool
    test: str | None = None


class PatchReader:
    """Reads the calls of one file."""

    def __init__(self, source: Source, context: Context) -> None:
        self.source = source
        self.context = context

    @cached_property
    def _constants(self) -> dict[str, str]:
        """The strings that the module assigns to names, each once."""
        found: dict[str, str] = {}
        for statement in self.source.tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
                for target in statement.targets:
                    if isinstance(target, ast.Name) and isinstance(statement.value.value, str):
                        found[target.id] = statement.value.value
        return found

    @cached_property
    def _relative(self) -> dict[str, str]:
        return relative_names(self.source, self.context)

    def written(self) -> list[Patch]:
        """The patches of the file whose target is one string in a call, in the order of the
        file.
        """
        return _written(self.source, self.context)

    def read(self, call: ast.Call, names: Names, test: str | None = None) -> Iterator[Patch]:
        """What one call patches: nothing, one target, or one for each keyword of
        ``patch.multiple``.
        """
        form = self._form(call, names)
        node = _argument(call, 0, "target")
        if form is None or node is None:
            return
        target = self._text(node)
        if form == "setattr" and target is not None:
            form = "patch" if len(call.args) < 3 else "unknown"
        if form == "patch" and target and "." in target:
            yield Patch(target, node, _lenient(call), test)
        elif form in ("patch.object", "setattr"):
            attribute = _argument(call, 1, "name" if form == "setattr" else "attribute")
            owner, name = self._dotted(node, names), attribute and self._text(attribute)
            if owner and name:
                yield Patch(f"{owner}.{name}", node, _lenient(call), test)
        elif form == "patch.multiple":
            owner = target or self._dotted(node, names)
            for keyword in call.keywords if owner else ():
                if keyword.arg and keyword.arg not in (
                    "target",
                    "spec",
                    "create",
                    "spec_set",
                    "autospec",
                ):
                    yield Patch(f"{owner}.{keyword.arg}", node, _lenient(call), test)

    def _form(self, call: ast.Call, names: Names) -> str | None:
        dotted = names.dotted(call.func)
        if dotted in _FORMS:
            return _FORMS[dotted]
        # A MonkeyPatch has many names (``m``, ``mp``); an attribute ``setattr`` has few other
        # meanings.
        return (
            "setattr"
            if isinstance(call.func, ast.Attribute) and call.func.attr == "setattr"
            else None
        )

    def _dotted(self, node: ast.expr, names: Names) -> str | None:
        if isinstance(node, ast.Attribute):
            owner = self._dotted(node.value, names)
            return owner and f"{owner}.{node.attr}"
        return names.dotted(node) or (
            self._relative.get(node.id) if isinstance(node, ast.Name) else None
        )

    def _text(self, node: ast.expr) -> str | None:
        """The string that an expression surely gives: literals, names of constants, and
        concatenations of these.
        """
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self._constants.get(node.id)
        if (
            isinstance(node, ast.FormattedValue)
            and node.conversion == -1
            and node.format_spec is None
        ):
            return self._text(node.value)
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        elif isinstance(node, ast.JoinedStr):
            parts = node.values
        texts = [self._text(part) for part in parts]
        return "".join(t for t in texts if t) if parts and None not in texts else None


@fact
def _written(source: Source, context: Context) -> list[Patch]:
    calls = [n for n in walk(source.tree) if isinstance(n, ast.Call) and _literal(n)]
    if not calls:
        return []
    reader = PatchReader(source, context)
    around = sorted(hosts(source, context), key=lambda host: first_line(host.function))
    starts = [first_line(host.function) for host in around]
    found: list[Patch] = []
    for call in calls:
        before = bisect_right(starts, call.lineno)
        host = around[before - 1] if before and _holds(around[before - 1].function, call) else None
        # Decorators are not inside: they see the names of the module.
        inside = host is not None and call.lineno >= host.function.lineno
        names = host.names if host is not None and inside else source.names
        patches = reader.read(call, names, host.node_id if host else None)
        found += [patch for patch in patches if isinstance(patch.node, ast.Constant)]
    return sorted(found, key=lambda p: (p.node.lineno, p.node.col_offset))


def may_patch(data: bytes, context: Context) -> bool:
    """Whether the file may patch a target by a string that begins with a module of the source
    tree.
    """
    if b"patch" not in data and b"setattr" not in data:
        return False
    names = set(_STRING.findall(data) if _renames(data) else _targets(data))
    tree = SourceTree.of(context)
    return any(tree.module(name.decode(errors="replace")) is not None for name in names)


def _targets(data: bytes) -> Iterator[bytes]:
    """The first names of the strings that are targets, found by the code before them."""
    for word, opening in _TARGETS.items():
        for at in positions(data, word):
            if found := opening.match(data, at):
                yield found[1]


def _renames(data: bytes) -> bool:
    """Whether the file may give patch another name: ``patch as p``, ``p = mock.patch``."""
    for found in filter(None, (_ALIAS.match(data, at) for at in positions(data, b"patch"))):
        line = max(data.rfind(b"\n", 0, found.start()), data.rfind(b"\r", 0, found.start()))
        if found[0].endswith(b"as") or b"=" in data[line + 1 : found.start()]:
            return True
    return False


def _argument(call: ast.Call, index: int, keyword: str) -> ast.expr | None:
    if any(isinstance(a, ast.Starred) for a in call.args[: index + 1]):
        return None
    if len(call.args) > index:
        return call.args[index]
    return next((k.value for k in call.keywords if k.arg == keyword), None)


def _literal(call: ast.Call) -> bool:
    """Whether the call names a dotted target by a string literal."""
    node = _argument(call, 0, "target")
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value


def _holds(function: Function, call: ast.Call) -> bool:
    return call.lineno <= (function.end_lineno or function.lineno)


def _lenient(call: ast.Call) -> bool:
    return any(k.arg in ("create", "raising", None) for k in call.keywords)
