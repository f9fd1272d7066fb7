"""Context managers that are not generators of the file, and may restore a variable that their block
writes (E7).

``with patched():`` where ``def patched(): return patch.dict(…)``, a class with ``__enter__`` and
``__exit__``, and what comes from elsewhere and is given the variable: ``with
set_env(TOKEN="1"):``. What is written in such a block by a MonkeyPatch from outside is undone
after the manager has put back its own: its value would stay behind.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from codemods.python.names import Function, Names, function_nodes, generator, own_nodes
from codemods.python.source import Source, definitions_on, fact
from codemods.state.expressions.known_keys import known_keys
from codemods.state.expressions.mentions import mentioning_lines
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import Spelling, StateKind, kind_of, spelling_in
from codemods.state.model.operations import WHOLE, keys, meet
from codemods.state.model.refusals import RefusedError
from codemods.state.restoring.managers import Manager
from codemods.suite.hosts import Host
from codemods.suite.known_calls import ENTERS

# Managers of these patch what they are given, and that is read elsewhere where it is the
# environment.
_OTHERS = ("unittest.mock.", "pytest.", "monkeypatch.", "mocker.")
_STARTS = ("start", "__enter__")


@fact
def local_managers(source: Source) -> Mapping[str, Manager]:
    """The managers of a file by their names: functions that return a patcher, and classes that
    write and restore.
    """
    found: dict[str, Manager] = {}
    for statement in definitions_on(source, mentioning_lines(source)):
        manager = (
            _class(statement, source)
            if isinstance(statement, ast.ClassDef)
            else _returned(statement, source)
        )
        if manager is not None:
            found[statement.name] = manager
    return found


def _returned(function: Function, source: Source) -> Manager | None:
    """``return patch.dict(os.environ, …)``: the block restores everything, and then nothing else
    happens.
    """
    if (
        source.text.find(
            "return", *source.extent(function.lineno, function.end_lineno or function.lineno)
        )
        < 0
    ):
        return None  # as in most tests
    returned = [
        n.value
        for n in function_nodes(function)
        if isinstance(n, ast.Return) and n.value is not None
    ]
    if not returned or generator(function):
        return None
    spelling = spelling_in(Scope(source, source.names.inside(function)))
    calls = [call for value in returned if (call := spelling.patch_call(value)) is not None]
    if len(calls) < len(returned):
        return None
    codes = {code for call in calls for code in _patched(call, spelling)}
    return Manager(known_keys(codes, source, function), restores_all=True, quiet=True)


def _patched(call: ast.Call, spelling: Spelling) -> set[str]:
    try:
        return keys(spelling.patch_dict(call))
    except RefusedError:
        return {WHOLE}


def _class(cls: ast.ClassDef, source: Source) -> Manager | None:
    """A class whose text says that it is about the environment: it may restore
    any variable.
    """
    methods = {s.name for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))}
    if not methods & {"__enter__", "__aenter__"} or not re.search(
        kind_of(source).written, source.segment(cls)
    ):
        return None
    return Manager(frozenset({WHOLE}), restores_all=False, quiet=False)


def may_restore(
    call: ast.expr, written: frozenset[str], host: Host, managers: Mapping[str, Manager]
) -> bool:
    """Whether a manager may restore some of the keys that its block writes.

    One from elsewhere does if it is given one of them, or is about the environment by its name.
    """
    if isinstance(call, ast.Name):
        call = host.names.values.get(call.id, call)
    known = managers.get(_name(call))
    if known is not None:
        return known.shares(written)
    if not isinstance(call, ast.Call):
        return False
    if (host.names.dotted(call.func) or "").startswith(_OTHERS):
        return meet(kind_of(host.source).patched_by(call, host.names), written)
    given = frozenset(map(repr, _texts(call)))
    about = bool(written) and _speaks_of(kind_of(host.source), call, host.names)
    return bool(given & written) or (about and (WHOLE in written or not given))


def restored_around_yield(function: Function, source: Source) -> frozenset[str]:
    """The keys that managers restore in whose blocks a fixture yields."""
    names, managers, kind = source.names.inside(function), local_managers(source), kind_of(source)
    found: set[str] = set()
    for call in _around_yield(function):
        known = managers.get(_name(call))
        if known is not None:
            found |= known.keys
        elif isinstance(call, ast.Call) and _speaks_of(kind, call, names):
            found |= set(map(repr, _texts(call))) or {WHOLE}
    return frozenset(found)


def names_around_yield(function: Function) -> set[str]:
    """The names of the managers in whose blocks a fixture yields."""
    return set(map(_name, _around_yield(function)))


def _name(call: ast.expr) -> str:
    function = call.func if isinstance(call, ast.Call) else call
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _speaks_of(kind: StateKind, call: ast.Call, names: Names) -> bool:
    """``set_env(…)``, ``changed(os.environ)``."""
    if (names.dotted(call.func) or "").startswith(_OTHERS):
        return False
    given = kind.container is not None and any(names.dotted(a) == kind.container for a in call.args)
    return given or re.search(kind.about, _name(call)) is not None


def _texts(call: ast.Call) -> Iterator[str]:
    """What a call is given that may be the name of a variable: strings, keywords and the keys of
    dicts.
    """
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg
    for value in (*call.args, *(k.value for k in call.keywords)):
        parts = value.keys if isinstance(value, ast.Dict) else getattr(value, "elts", [value])
        yield from (
            p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)
        )


def may_enter(text: str) -> bool:
    """Whether anything in the text of a function may be what ``entered`` finds."""
    return any(name in text for name in (*ENTERS, *_STARTS))


def entered(statement: ast.stmt) -> ast.expr | None:
    """What a statement enters beyond its own end: ``stack.enter_context(patched())``,
    ``patcher.start()``.
    """
    for node in own_nodes([statement]):
        match node:
            case ast.Call(ast.Attribute(_, name), [manager]) if name in ENTERS:
                return manager
            case ast.Call(
                ast.Attribute(ast.Call() | ast.Name() as manager, "start" | "__enter__"), []
            ):
                return manager
    return None


def ends_in_clean_up(statement: ast.stmt, host: Host) -> bool:
    """Whether what a statement of a TestCase enters may end after the method.

    It does not if the method stops it, or has the stack in a block.
    """
    nodes = function_nodes(host.function)
    called = [ast.unparse(n.func) for n in nodes if isinstance(n, ast.Call)]
    for node in own_nodes([statement]):
        match node:
            case ast.Call(ast.Attribute(ast.Name(name), "start" | "__enter__"), []):
                ends = (f"{name}.stop", f"{name}.__exit__")
                return not any(end in called for end in ends)
            case ast.Call(ast.Attribute(ast.Name(name), method)) if method in ENTERS:
                bound = [n.optional_vars for n in nodes if isinstance(n, ast.withitem)]
                held = any(isinstance(b, ast.Name) and b.id == name for b in bound)
                return not (held or f"{name}.close" in called)
    return True


def _around_yield(function: Function) -> Iterator[ast.expr]:
    for block in (n for n in function_nodes(function) if isinstance(n, (ast.With, ast.AsyncWith))):
        if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(block.body)):
            yield from (item.context_expr for item in block.items)
