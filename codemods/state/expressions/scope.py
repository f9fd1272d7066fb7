"""What the names at one place of a file stand for, and which expressions there may look at the
state.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from codemods.python.names import Function, Names, own_nodes, walk
from codemods.python.source import Source, fact
from codemods.state.expressions.known_keys import key_of
from codemods.state.expressions.texts import text_of
from codemods.state.model.kind import StateKind, kind_of
from codemods.state.model.operations import Text

# Methods that only strings have, or objects that do as strings do: ``key.upper().replace("-",
# "_")``.
_OF_TEXT = frozenset(
    {
        *(
            "upper",
            "lower",
            "title",
            "capitalize",
            "casefold",
            "strip",
            "lstrip",
            "rstrip",
            "zfill",
            "replace",
        ),
        *(
            "removeprefix",
            "removesuffix",
            "startswith",
            "endswith",
            "splitlines",
            "partition",
            "rpartition",
        ),
    }
)
# Methods by which a dict that a name stands for becomes another one.
_MUTATORS = "update|pop|popitem|clear|setdefault|__setitem__"


@dataclass(frozen=True)
class Scope:
    """A file and the names in one place of it.

    ``expects_type_error``: the code there names TypeError, which a value that is not a string
    raises. ``loops`` are the variables of the loops around that place, and the keys that each
    goes through. ``functions`` are those around it, the inner first; without them no name is
    known to be a certain key. ``mappings`` are names that are known to stand for mappings.
    """

    source: Source
    names: Names
    expects_type_error: bool = False
    loops: dict[str, frozenset[str]] = field(default_factory=dict)
    functions: tuple[Function, ...] | None = None
    mappings: frozenset[str] = frozenset()

    @cached_property
    def kind(self) -> StateKind:
        """The kind of state that the file is read for."""
        return kind_of(self.source)

    def is_container(self, node: ast.expr) -> bool:
        """Whether an expression is the object whose items are the cells: ``os.environ`` itself."""
        container = self.kind.container
        return container is not None and self.names.dotted(node) == container

    def text(self, node: ast.expr) -> Text:
        """The text of an expression as it can stand elsewhere."""
        return replace(text_of(self.source, node), stands_for=self.known(node))

    def known(self, node: ast.expr) -> frozenset[str]:
        """The keys that an expression is known to stand for, none if it is not known."""
        if isinstance(node, ast.Name) and node.id in self.loops:
            return self.loops[node.id]
        key = key_of(node, self.source, self.functions)
        return frozenset() if key is None else frozenset({key})

    @contextmanager
    def loop(self, key: str, keys: frozenset[str]) -> Iterator[None]:
        """Inside a loop whose variable goes through these keys; the same name may be that of a
        loop around it.
        """
        around = self.loops.get(key)
        self.loops[key] = keys
        try:
            yield
        finally:
            del self.loops[key]
            if around is not None:
                self.loops[key] = around

    def each(self, names: ast.expr) -> frozenset[str]:
        """The keys that a loop over ``names`` goes through: written out where they are, else as
        ``*names``.
        """
        match names:
            case ast.Call(ast.Attribute(inner, "items" | "keys"), []):
                return self.each(inner)
            case ast.Call(ast.Name("list" | "tuple" | "set" | "sorted" | "dict"), [inner], []):
                return self.each(inner)
            case ast.Name(name) if isinstance(
                self.names.values.get(name), (ast.List, ast.Tuple, ast.Set)
            ):
                return self.each(self.names.values[name])
            case ast.List(keys) | ast.Tuple(keys) | ast.Set(keys) | ast.Dict(keys):
                known = [
                    None if key is None else key_of(key, self.source, self.functions)
                    for key in keys
                ]
                if keys and None not in known:
                    return frozenset(key for key in known if key is not None)
        return frozenset({f"*{ast.unparse(names)}"})

    def sees(self, node: ast.expr) -> bool:
        """Whether evaluating an expression may read a cell: any call that is not known not to."""
        for inner in walk(node):
            if isinstance(inner, ast.Call) and not self.blind(inner):
                return True
            if isinstance(inner, (ast.Await, ast.Yield, ast.YieldFrom)):
                return True
            if isinstance(inner, (ast.Name, ast.Attribute)) and self.kind.is_read(inner, self):
                return True
        return False

    def blind(self, call: ast.Call) -> bool:
        """Whether a call is known to give the same, and change nothing, whatever the cells hold."""
        name = self.names.dotted(call.func)
        if (
            name is None
            and isinstance(call.func, ast.Name)
            and call.func.id not in self.names.table
        ):
            name = call.func.id
        text_method = isinstance(call.func, ast.Attribute) and isinstance(
            call.func.value, (ast.Constant, ast.JoinedStr)
        )
        if self.kind.is_blind(name):
            return True
        return text_method or (isinstance(call.func, ast.Attribute) and call.func.attr in _OF_TEXT)

    def constant(self, value: ast.expr) -> bool:
        """Whether an expression at module level gives the same in a body, at each call, as when
        it was imported.
        """
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and self._makes_constant(node):
                continue
            if (
                isinstance(node, ast.Name)
                and node.id in ("dict", "str")
                and node.id not in self.names.table
            ):
                continue
            if isinstance(
                node,
                (ast.Call, ast.Await, ast.Attribute, ast.Subscript, ast.ListComp, ast.GeneratorExp),
            ):
                return False
            if isinstance(node, ast.Name) and not self._fixed(node.id):
                return False
        return True

    def _fixed(self, name: str) -> bool:
        """Whether a name is bound once, at the top level of the module, and the scope does not
        hide it.
        """
        value = self.source.names.values.get(name)
        if (
            value is None
            or self.names.values.get(name) is not value
            or _stores(self.source)[name] != 1
        ):
            return False
        return not self._changes(name)

    def is_rebound(self, name: str) -> bool:
        """Whether something in the file may assign another value to an imported name."""
        return _stores(self.source)[name] > 0 or self._changes(name)

    def _changes(self, name: str) -> bool:
        changed = (
            rf"\bglobal\b[^\n]*\b{name}\b|\bdel\s+{name}\b"
            rf"|\b{name}\s*(\[[^\n]*\]\s*=(?!=)|\|=|\.\s*({_MUTATORS})\b)"
        )
        return re.search(changed, self.source.text) is not None

    def _makes_constant(self, call: ast.Call) -> bool:
        """Whether this is ``dict(…)`` or ``str(…)``, which is constant if its arguments are."""
        return isinstance(call.func, ast.Name) and call.func.id in ("dict", "str")

    def is_dict(self, name: str) -> bool:
        """Whether a name is known to stand for a mapping, or assigned once, and that is a dict."""
        match self.names.values.get(name):
            case ast.Dict() | ast.DictComp() | ast.Call(ast.Name("dict")):
                return True
        return name in self.mappings

    def is_pairs(self, name: str) -> bool:
        """Whether a name is assigned once, and that is a list of pairs that is written out."""
        match self.names.values.get(name):
            case ast.List(elements) | ast.Tuple(elements):
                return all(
                    isinstance(e, (ast.Tuple, ast.List)) and len(e.elts) == 2 for e in elements
                )
        return False


@fact
def _stores(source: Source) -> Counter[str]:
    """How often each name is bound at the top level of a module, other than by imports and
    definitions.
    """
    nodes = own_nodes(source.tree.body)
    return Counter(
        n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    )
