"""Restoring by hand: which statements put back what was saved."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codemods.state.model.operations import WHOLE, Set, Unset
from codemods.state.restoring.saving import Saved


@dataclass(frozen=True)
class Restoration:
    """A statement that puts variables back.

    ``removes``: it unsets those that were not set before. ``forgets_unset``: it leaves them as
    they are. ``mistaken``: it gives one the value that another had. ``taken``
    is what it takes from a list, which restores it only if that is all that was added.
    """

    keys: frozenset[str]
    removes: bool = False
    forgets_unset: bool = False
    mistaken: bool = False
    taken: frozenset[str] = frozenset()


def restoration(saved: Saved, statement: ast.stmt, written: set[str]) -> Restoration | None:
    """The variables written so far that a statement restores, None if it is not a restoration."""
    if isinstance(statement, ast.If):
        return _conditional(saved, statement, written)
    if (loop := loop_of(statement)) is not None:
        return _loop(saved, loop, written)
    if saved.stops(statement) is not None:
        return Restoration(frozenset({WHOLE}), removes=True)
    if not written:
        return None
    if saved.clears(statement):
        return Restoration(frozenset({WHOLE}), removes=True)
    if (keys := saved.updates(statement)) and _is_written(keys, written):
        return Restoration(keys, removes=WHOLE in keys, forgets_unset=WHOLE not in keys)
    operations = saved.spelling.quiet_write(statement)
    if not operations or len(operations) != 1:
        return None
    operation = operations[0]
    if not isinstance(operation, (Set, Unset)) or operation.key.keys.isdisjoint(written):
        return None
    if isinstance(operation, Unset):
        return Restoration(operation.key.keys, removes=True, taken=operation.takes_back)
    held = saved.held(operation.value, operation.key)
    mistaken = held is not None and WHOLE not in held and not operation.key.keys <= held
    return None if held is None else Restoration(operation.key.keys, mistaken=mistaken)


def _is_written(keys: frozenset[str], written: set[str]) -> bool:
    """Whether there are such variables, and all are written before: of others it puts back what
    somebody else may have changed, which nothing else would.

    saved = {"PATH": os.environ["PATH"]}
    os.environ["X"] = "1"
    yield
    os.environ.update(saved)
    """
    return bool(keys) and (WHOLE in keys or keys <= written)


def loop_of(statement: ast.stmt) -> ast.For | None:
    """A loop, and what amounts to one: ``[os.environ.pop(k) for k in names]`` as a statement."""
    match statement:
        case ast.For():
            return statement
        case ast.Expr(ast.ListComp(element, [ast.comprehension(target, names, [], 0)])):
            body: list[ast.stmt] = [ast.copy_location(ast.Expr(element), element)]
            return ast.copy_location(ast.For(target, names, body, []), statement)
    return None


def _conditional(saved: Saved, statement: ast.If, written: set[str]) -> Restoration | None:
    """``if saved is not None: os.environ[key] = saved`` and its relatives, with or without an
    else.
    """
    if not _tests_saved(saved, statement.test):
        return None
    forgets = isinstance(statement.body[0], ast.Assign) and not statement.orelse
    return _all(
        [restoration(saved, s, written) for s in (*statement.body, *statement.orelse)], forgets
    )


def _loop(saved: Saved, loop: ast.For, written: set[str]) -> Restoration | None:
    """``for key, value in saved.items(): …`` and ``for key in keys: …`` around a restoration of
    ``key``.
    """
    if isinstance(loop.iter, (ast.Tuple, ast.List)) and isinstance(loop.target, ast.Tuple):
        return _pairs(saved, loop, loop.iter.elts, written)
    key, value, keys = "", "", frozenset[str]()
    match loop:
        case ast.For(
            _, ast.Call(ast.Attribute(ast.Name(name), "items" | "keys"), []) | ast.Name(name)
        ) if name in saved.dicts and WHOLE not in saved.names[name]:
            keys = saved.names[name]
        case ast.For(ast.Name(_), names):
            keys = saved.spelling.scope.each(names)
    match loop.target:
        case ast.Name(name):
            key = name
        case ast.Tuple([ast.Name(name), ast.Name(given)]):
            key, value = name, given
    if not key or not _is_written(keys, written) or loop.orelse:
        return None
    with saved.spelling.scope.loop(key, keys), saved.given(value, keys, loop.lineno):
        return _all([restoration(saved, s, written) for s in loop.body], forgets=False)


def _pairs(
    saved: Saved, loop: ast.For, pairs: list[ast.expr], written: set[str]
) -> Restoration | None:
    """``for key, value in (("A", a), ("B", b)): …`` around a restoration of ``key`` to
    ``value``: pair by pair.
    """
    found: list[Restoration | None] = []
    for pair in pairs:
        match loop.target, pair:
            case ast.Tuple([ast.Name(key), ast.Name(value)]), ast.Tuple([name, ast.Name(held)]):
                keys = saved.spelling.scope.known(name)
                if (
                    not keys
                    or held not in saved.names
                    or held in saved.dicts
                    or value in saved.names
                    or loop.orelse
                ):
                    return None
                saved.spelling.scope.loops[key] = keys
                saved.names[value], saved.lines[value] = saved.names[held], saved.lines[held]
                found += [restoration(saved, s, written) for s in loop.body]
                del saved.spelling.scope.loops[key], saved.names[value], saved.lines[value]
            case _:
                return None
    return _all(found, forgets=False)


def _all(found: Sequence[Restoration | None], forgets: bool) -> Restoration | None:
    """What several statements restore, None if one of them does something else."""
    known = [each for each in found if each is not None]
    if not known or len(known) < len(found):
        return None
    return Restoration(
        frozenset().union(*(each.keys for each in known)),
        removes=any(each.removes for each in known),
        forgets_unset=forgets or any(each.forgets_unset for each in known),
        mistaken=any(each.mistaken for each in known),
        taken=frozenset().union(*(each.taken for each in known)),
    )


def _tests_saved(saved: Saved, test: ast.expr) -> bool:
    """A condition on nothing but a saved name, a constant, or whether a key is in the
    environment.
    """
    scope = saved.spelling.scope
    names = [n for n in ast.walk(test) if isinstance(n, (ast.Name, ast.Attribute))]
    if not any(
        scope.is_container(n) or (isinstance(n, ast.Name) and n.id in saved.names) for n in names
    ):
        return False
    environ = {name for name, what in scope.names.table.items() if what in ("os", "os.environ")}
    known = {*saved.names, *saved.sentinels, *scope.loops, *environ}.union(*saved.names.values())
    for node in ast.walk(test):
        if isinstance(node, ast.Call):
            return False
        if isinstance(node, ast.Name) and not (
            node.id in known or node.id.isupper() or scope.known(node)
        ):
            return False
    return True
