"""The state at a path that tests leave changed, read from the source that defines it.

app.registry.HANDLERS                           HANDLERS = {}
app.db.Engine._instance                         class Engine:
                                                    _instance = None
app.jobs.default_scheduler.jobs                 default_scheduler = Scheduler()
                                                def __init__(self):
                                                    self.jobs = []
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from codemods.conftest.leaked.classes import class_of, is_plain, mangled, may_be_descriptor
from codemods.conftest.leaked.values import (
    FILLS,
    Kind,
    default_of,
    is_cache,
    is_nested,
    kind_of,
)
from codemods.initializers.source_tree.modules import Module
from codemods.initializers.source_tree.scopes import bindings_of
from codemods.initializers.source_tree.target import Class, SourceTree, defined
from codemods.python.regular import read_python
from codemods.python.source import Source

_Owner = Module | Class
_REPLACED = re.compile(r"sys\.modules\[__name__\](?:\.__class__)?\s*=(?!=)")


@dataclass(frozen=True)
class Place:
    """A place in the process: the module, the names that lead on from there, and the kind of value.

    ``at`` leads on to the default of a function, if that is the state. The value is created in
    the module ``home``, at ``line`` (0: only a run showed it); ``constant`` says that this does not
    create an object.
    """

    path: str
    module: str
    names: tuple[str, ...]
    kind: Kind
    home: Module
    line: int
    at: str = ""
    constant: bool = False


def place_of(
    path: str, tree: SourceTree, seen: Kind | None = None, root: Path | None = None
) -> Place | None:
    """The place at a path; None if that is not certain.

    ``seen``: a watched run has shown the state there, and so that the names lead to it. ``root``
    is where the path of a test file begins.
    """
    file, _, dotted = path.removesuffix("()").rpartition("::")
    names = dotted.split(".")
    if file:
        return _place_in(file, names, path, tree, seen, root) if root else None
    module = _module_of(names, tree)
    if module is None or module.file is None:
        return None
    if _REPLACED.search(source_of(module).text):
        return None  # the object imported under its name is another one
    inner = names[module.name.count(".") + 1 :]
    is_hidden = tree.resolve(module.name) != [module]
    return None if is_hidden and len(inner) == 1 else _Reader(tree, seen).read(path, module, inner)


def _place_in(
    file: str, names: list[str], path: str, tree: SourceTree, seen: Kind | None, root: Path
) -> Place | None:
    """The place at a path in a test file, under whatever name pytest imports it."""
    module = _module_of([*file.removesuffix(".py").split("/"), ""], tree)
    if module is None or module.file != root / file:
        module = Module(file, root / file)  # no target begins with such a name
    return _Reader(tree, seen).read(path, module, names)


def path_as_kept(path: str, tree: SourceTree) -> str:
    """A path with private names as Python writes them, ``Engine._Engine__instance``."""
    names = path.split(".")
    for i, name in enumerate(names[1:], 1):
        owner = tree.resolve(".".join(names[:i])) if name.startswith("__") else []
        if isinstance(owner, list) and owner and isinstance(owner[0], Class):
            names[i] = mangled(name, owner[0].node.name)
    return ".".join(names)


def _module_of(names: list[str], tree: SourceTree) -> Module | None:
    """The longest beginning of the names that is a module.

    Its package may have another object of that name, ``from app.config import config``: names
    imported *from* ``app.config`` are still those of the module.
    """
    starts = (".".join(names[:length]) for length in range(len(names) - 1, 0, -1))
    return next(filter(None, map(tree.module, starts)), None)


class _Reader:
    """Follows names from a module to the last of them."""

    def __init__(self, tree: SourceTree, seen: Kind | None) -> None:
        self.tree, self.seen = tree, seen

    def read(self, path: str, module: Module, inner: list[str]) -> Place | None:
        """The place to which these names lead."""
        owner: _Owner = module
        is_object = False
        names: list[str] = []
        for name in inner:
            names.append(mangled(name, owner.node.name) if isinstance(owner, Class) else name)
            if self.seen == "new" and len(names) == len(inner):
                if is_object and _has_slots(owner):
                    return None
                return Place(path, module.name, tuple(names), "new", _home(owner), 0)
            statement = self._statement(owner, names[-1], is_object=is_object)
            if statement is None:
                return None
            if len(names) == len(inner):
                found = self._made_by(statement, owner, path, is_object=is_object)
                return found and Place(path, module.name, tuple(names), *found)
            following = self._following(owner, statement)
            if following is None:
                is_there = not isinstance(getattr(statement, "value", None), ast.Constant)
                return self._in_any_object(path, module, owner, inner) if is_there else None
            owner, is_object = following
        return None

    def _in_any_object(
        self, path: str, module: Module, owner: _Owner, inner: list[str]
    ) -> Place | None:
        """A container in an object whose class the source does not show: app = create_app()

        A run showed that it is there; its names lead to it unless they are private.
        """
        is_private = any(name.startswith("__") for name in inner)
        if self.seen is None or self.seen not in FILLS or is_private:
            return None
        return Place(path, module.name, tuple(inner), self.seen, _home(owner), 0)

    def _made_by(
        self, node: ast.stmt, owner: _Owner, path: str, *, is_object: bool
    ) -> tuple[Kind, Module, int, str, bool] | None:
        """The fields of a place for the value that a statement creates; None if a short fixture
        cannot put it back."""
        home = _home(owner)
        known, value = source_of(home).names, getattr(node, "value", None)
        kind: Kind | None = None
        at = ""
        if isinstance(node, ast.FunctionDef):
            if path.endswith("()"):
                kind, at = default_of(node, known) or (None, "")
            elif is_cache(node, known, source_of(home).tree):
                kind = "cache"
        elif value is not None and not path.endswith("()"):
            is_known = not is_nested(getattr(node, "annotation", None))
            kind = self._as_seen(kind_of(value, known) if is_known else None, value)
            in_class = kind == "value" and isinstance(owner, Class) and not is_object
            if in_class and may_be_descriptor(value, home.name, self.tree):
                kind = None
        if kind is None:
            return None
        return kind, home, node.lineno, at, isinstance(value, ast.Constant)

    def _as_seen(self, kind: Kind | None, value: ast.expr) -> Kind | None:
        """The kind that was seen if it can have been there from the start, else the one read."""
        if self.seen is None or (self.seen == "value" and kind is not None):
            return kind
        if self.seen == "plain":
            return "value" if kind == "value" else None
        return None if isinstance(value, ast.Constant) and self.seen != "value" else self.seen

    def _statement(self, owner: _Owner, name: str, *, is_object: bool) -> ast.stmt | None:
        """The statement that assigns a name of a module or class, or an attribute of objects."""
        if isinstance(owner, Module):
            return _only(source_of(owner).tree.body, name, "")
        if self.seen is None and not is_plain(owner, self.tree):
            return None
        body, cls = owner.node.body, owner.node.name
        if not is_object:
            return _only(body, name, cls)
        if self._is_of_class(owner, name):
            return None
        init = _only(body, "__init__", "")
        methods = [init] if self.seen is None else [init, *body]  # clear() may assign it first
        for method in methods:
            if isinstance(method, ast.FunctionDef):
                found = (s for s in method.body if _own_attribute(s, method, cls) == name)
                if (statement := next(found, None)) is not None:
                    return statement
        return None

    def _is_of_class(self, owner: Class, name: str) -> bool:
        """Whether objects may find something of this name in their class, such as a property."""
        found = self.tree.resolve(f"{owner.name}.{name}")
        inherited = isinstance(found, list) and any(map(defined, found))
        return inherited or _only(owner.node.body, name, owner.node.name) is not None

    def _following(self, owner: _Owner, statement: ast.stmt) -> tuple[_Owner, bool] | None:
        """The class that a statement defines, or the one it makes an object of."""
        home = _home(owner)
        if isinstance(statement, ast.ClassDef):
            return Class(f"{owner.name}.{statement.name}", home, statement), False
        value = getattr(statement, "value", None)
        cls = None if value is None else class_of(value, home.name, self.tree)
        return None if cls is None else (cls, True)


def source_of(module: Module) -> Source:
    """The text of a module; an empty one if it cannot be read."""
    return _source_of(module, module.file.stat().st_mtime_ns if module.file else 0)


@lru_cache(maxsize=64)
def _source_of(module: Module, _modified: int) -> Source:
    try:
        source = Source(read_python(module.file or ""), "")
        assert source.tree is not None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Source("", "")
    return source


def _home(owner: _Owner) -> Module:
    return owner.module if isinstance(owner, Class) else owner


def _has_slots(owner: _Owner) -> bool:
    """Whether objects of a class may keep attributes elsewhere than in their namespace."""
    return isinstance(owner, Module) or "__slots__" in bindings_of(owner.node.body, "")


def _only(body: list[ast.stmt], name: str, cls: str) -> ast.stmt | None:
    """The statement of a body that assigns a name, if it does nothing else and no other does."""
    bound = bindings_of(body, "")
    if sum(len(each) for other, each in bound.items() if mangled(other, cls) == name) != 1:
        return None
    return next((s for s in body if mangled(_bound_by(s) or "", cls) == name), None)


def _bound_by(statement: ast.stmt) -> str | None:
    match statement:
        case ast.FunctionDef(name) | ast.ClassDef(name):
            return name
        case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name), _, ast.expr()):
            return name
    return None


def _own_attribute(statement: ast.stmt, init: ast.FunctionDef, cls: str) -> str | None:
    """The attribute that a statement of ``__init__`` assigns, by the name that Python gives it."""
    match statement:
        case ast.Assign([ast.Attribute(ast.Name(owner), name)]):
            pass
        case ast.AnnAssign(ast.Attribute(ast.Name(owner), name), _, ast.expr()):
            pass
        case _:
            return None
    return mangled(name, cls) if init.args.args and owner == init.args.args[0].arg else None
