"""What the names in a file stand for: those that concern the environment and its patches."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping

from isolator.guard.erasure.syntax.nodes import FUNCTIONS, SCOPES, Function, statements

ENVIRON = "os.environ"
MONKEYPATCH = "<MonkeyPatch>"
MOCKER = "<mocker>"
PATCHER = "<patcher>"
PATCH_DICT = {"unittest.mock.patch.dict", f"{MOCKER}.patch.dict"}
MAKES_MONKEYPATCH = {"pytest.MonkeyPatch", "_pytest.monkeypatch.MonkeyPatch"}
CONTEXTS = {f"{name}.context" for name in (MONKEYPATCH, *MAKES_MONKEYPATCH)}
# Modules, and names in modules, whose imports a rewrite adds and removes.
MODULES = (
    *("collections.abc.Iterator", "collections.abc.AsyncIterator"),
    *("os", "pytest", "_pytest.monkeypatch", "unittest.mock", "mock", "pytest_mock"),
    *("contextlib", "operator", "copy", "sys"),
)
_BINDERS = frozenset({*SCOPES, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.withitem, ast.Name})


class Scope:
    """A table from names (``m``, ``self.patcher``) to what they stand for; None for anything else.

    ``takers`` are the functions of the file that have a parameter ``monkeypatch``.
    """

    def __init__(
        self,
        table: Mapping[str, str | None],
        patchers: Mapping[str, ast.Call] | None = None,
        takers: frozenset[str] = frozenset(),
    ) -> None:
        self.table = dict(table)
        self.patchers = dict(patchers or {})
        self.takers = takers

    def dotted(self, node: ast.AST | None) -> str | None:
        """The full dotted name of an expression (``unittest.mock.patch.dict``), None if it is not known."""
        if isinstance(node, ast.Name):  # a dot: it was resolved before
            return node.id if node.id.startswith("os.") else self.table.get(node.id)
        if not isinstance(node, ast.Attribute):
            return None
        parts = [node.attr]
        while isinstance(node.value, ast.Attribute):
            node = node.value
            parts.append(node.attr)
        return self._dotted(node.value, parts)

    def _dotted(self, name: ast.AST, parts: list[str]) -> str | None:
        """The full dotted name of an attribute of a name; the ``parts`` are those after it, the last one first."""
        if not isinstance(name, ast.Name):
            return None
        whole, table = name.id, self.table
        base = whole if whole.startswith("os.") else table.get(whole)
        left: list[str] = []
        for part in reversed(parts):
            whole = f"{whole}.{part}"
            known = table.get(whole)
            if known:  # and what it stands for goes on from there
                base, left = known, []
            else:
                left.append(part)
        return ".".join([base, *left]) if base and left else base

    def leading_to(self, meanings: Collection[str]) -> set[str]:
        """The names that stand for one of these, or that an attribute begins with that does."""
        return {name.partition(".")[0] for name, meaning in self.table.items() if meaning in meanings}

    def is_environment(self, node: ast.AST | None) -> bool:
        """Whether an expression is ``os.environ`` itself."""
        return self.dotted(node) == ENVIRON

    def is_patch(self, node: ast.AST | None) -> bool:
        """Whether an expression is a call of ``patch.dict`` on the environment."""
        if not isinstance(node, ast.Call) or self.dotted(node.func) not in PATCH_DICT:
            return False
        given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "in_dict")]
        return any(self.is_environment(t) or (isinstance(t, ast.Constant) and t.value == ENVIRON) for t in given)

    def patch(self, node: ast.AST | None) -> ast.Call | None:
        """The call of ``patch.dict`` on the environment that an expression is, or that the name it is was assigned."""
        if isinstance(node, ast.Call):
            return node if self.is_patch(node) else None
        return self.patchers.get(spelled(node) or "") if self.dotted(node) == PATCHER else None

    def is_context(self, node: ast.AST | None) -> bool:
        """Whether an expression makes a context of a MonkeyPatch."""
        return isinstance(node, ast.Call) and not _given(node) and self.dotted(node.func) in CONTEXTS

    def makes_monkeypatch(self, node: ast.AST | None) -> bool:
        """Whether an expression makes a MonkeyPatch that nothing undoes by itself."""
        return isinstance(node, ast.Call) and not _given(node) and self.dotted(node.func) in MAKES_MONKEYPATCH

    def entered(self, node: ast.AST | None) -> ast.expr | None:
        """What ``stack.enter_context(…)`` enters."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or len(node.args) != 1:
            return None
        return node.args[0] if node.func.attr == "enter_context" else None

    def passes(self, call: ast.Call, keyword: ast.keyword) -> bool:
        """Whether ``monkeypatch=monkeypatch`` passes on the fixture to a function of the file that takes it."""
        if keyword.arg != "monkeypatch" or not isinstance(keyword.value, ast.Name):
            return False
        known = self.dotted(keyword.value) == MONKEYPATCH
        return keyword.value.id == "monkeypatch" and known and self.takes(call)

    def takes(self, call: ast.Call) -> bool:
        """Whether a call is one of a function of the file that has a parameter ``monkeypatch``."""
        func = call.func
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self":
            return func.attr in self.takers
        return isinstance(func, ast.Name) and func.id in self.takers

    def meaning(self, value: ast.AST | None) -> str | None:
        """What a name stands for that is assigned this value."""
        if self.makes_monkeypatch(value):
            return MONKEYPATCH
        entered = self.entered(value)
        if entered is not None and (self.is_context(entered) or self.is_patch(entered)):
            return MONKEYPATCH if self.is_context(entered) else ENVIRON
        return PATCHER if self.is_patch(value) else self.dotted(value)

    def inside(self, function: Function, nodes: Iterable[ast.AST]) -> Scope:
        """The names as the body of a function in this scope sees them; ``nodes`` are its own ones."""
        scope = Scope(self.table, self.patchers, self.takers)
        arguments = function.args
        for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if a is not None:
                scope.table[a.arg] = self._parameter(a)
        scope.bind(nodes)
        return scope

    def within_context(self, name: ast.expr | None) -> dict[str, str | None]:
        """Enter the context of a MonkeyPatch, whose name stands for it inside only. Returns the table outside."""
        outside = self.table
        if isinstance(name, ast.Name):
            self.table = {**outside, name.id: MONKEYPATCH}
        return outside

    def bind(self, nodes: Iterable[ast.AST]) -> None:
        """Take in what the given nodes bind; a name that is bound to different things stands for nothing."""
        bound: dict[str, str | None] = {}
        for name, meaning in self._bindings(nodes):
            bound[name] = meaning if bound.get(name, meaning) == meaning else None
            self.table[name] = bound[name]

    def _bindings(self, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str | None]]:
        explained: set[ast.AST] = set()
        for node in (n for n in nodes if n.__class__ in _BINDERS):
            if isinstance(node, ast.Name):
                if node.ctx.__class__ is not ast.Load and node not in explained:
                    yield node.id, None
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                yield from imported(node)
            elif isinstance(node, SCOPES):
                yield node.name, None
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                explained |= set(_targets(node))
                yield from self._assigned(node)
            elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
                explained.add(node.optional_vars)
                if not self.is_context(node.context_expr):
                    yield node.optional_vars.id, ENVIRON if self.is_patch(node.context_expr) else None

    def _assigned(self, node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, str | None]]:
        for name in filter(None, map(spelled, _targets(node))):
            if isinstance(node.value, ast.Call) and self.is_patch(node.value):
                self.patchers[name] = node.value
            yield name, self.meaning(node.value)

    def _parameter(self, argument: ast.arg) -> str | None:
        if argument.arg == "monkeypatch" or self.dotted(argument.annotation) in MAKES_MONKEYPATCH:
            return MONKEYPATCH
        return MOCKER if argument.arg == "mocker" or argument.arg.endswith("_mocker") else None


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    """The targets of an assignment that are names, or attributes of one."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target for target in targets if spelled(target)]


def _given(call: ast.Call) -> bool:
    return bool(call.args or call.keywords)


def module_scope(body: Iterable[ast.stmt]) -> Scope:
    """The names that the top-level statements of a module bind."""
    scope = Scope({}, takers=frozenset(_takers(body)))
    scope.bind(statements(body))
    return scope


def _takers(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _takers(statement.body)
        elif isinstance(statement, FUNCTIONS):
            arguments = statement.args
            if "monkeypatch" in [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]:
                yield statement.name


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str | None]]:
    """The names that an import binds, and what they stand for; the backport ``mock`` is ``unittest.mock``."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, None if node.level else f"{_standard(node.module or '')}.{alias.name}"
        elif alias.asname:
            yield alias.asname, _standard(alias.name)
        else:
            top = alias.name.partition(".")[0]
            yield top, _standard(top)


def _standard(module: str) -> str:
    return "unittest.mock" + module[4:] if module == "mock" or module.startswith("mock.") else module


def left_of_import(node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
    """The import without the names that a rewrite may add or remove; nothing if no other is left."""
    if isinstance(node, ast.ImportFrom):
        if node.level == 0 and node.module in MODULES:
            return []
        kept = [a for a in node.names if f"{node.module}.{a.name}" not in MODULES or node.level]
        return [ast.copy_location(ast.ImportFrom(node.module, kept, node.level), node)] if kept else []
    kept = [a for a in node.names if a.name not in MODULES]
    return [ast.copy_location(ast.Import(kept), node)] if kept else []


def spelled(node: ast.AST | None) -> str | None:
    """``self.patcher`` for that expression, None if it is more than names and dots."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None
