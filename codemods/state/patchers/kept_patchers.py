"""Patchers that a function keeps in a name of its own: ``p = patch.dict(…)``, then ``with p`` or
``p.start()``.

The values were computed where the patcher was made. They may move to where it starts if they are
the same there.
"""

from __future__ import annotations

import ast
import re

from codemods.python.names import function_nodes, own_statements, walk
from codemods.python.source import Source, fact
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import Spelling, kind_of
from codemods.suite.hosts import Host

_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")


def kept_patchers(host: Host, spelling: Spelling) -> dict[str, ast.Call]:
    """The names of the patchers that are made once in a function, and whose values may move to
    where they start.
    """
    found = {}
    for name, value in host.names.values.items():
        own = host.source.names.values.get(name) is not value
        if own and isinstance(value, ast.Call) and spelling.is_patch_dict(value):
            starts = _starts(host, name)
            if starts and all(_may_move(value, start, host, spelling) for start in starts):
                found[name] = value
    return found


@fact
def shared_patchers(source: Source) -> dict[str, ast.Call]:
    """The names of the patchers of constants that a test file makes once, at its top, and only
    stands blocks in: ``with patched:``.

    The same patcher may stand around several tests; each gets its changes written out. One that
    stands around none is among them: it does nothing.
    """
    kind = kind_of(source)
    if not _TEST_FILE.search(source.path):
        return {}  # others may import it
    spelling = kind.spelling(Scope(source, source.names))
    found = {}
    for statement in source.tree.body:
        match statement:
            case ast.Assign([ast.Name(name)], ast.Call() as call) if (
                source.names.values.get(name) is call
                and spelling.is_patch_dict(call)
                and _is_written_out(call)
                and _only_entered(source, name)
            ):
                found[name] = call
    return found


def _is_written_out(call: ast.Call) -> bool:
    """Whether a patcher gives nothing but constants: ``patch.dict(os.environ, {"A": "1"})``."""
    given = [*call.args[1:], *(k.value for k in call.keywords if k.arg != "in_dict")]
    nodes = (node for value in given for node in walk(value))
    return all(isinstance(node, (ast.Dict, ast.Constant)) for node in nodes)


def _only_entered(source: Source, name: str) -> bool:
    """Whether a name of a file stands nowhere but where it is assigned, and in ``with name:``."""
    mentions = len(re.findall(rf"\b{re.escape(name)}\b", source.text))
    blocks = (n for n in ast.walk(source.tree) if isinstance(n, ast.With))
    managers = (item.context_expr for block in blocks for item in block.items)
    entered = [m for m in managers if isinstance(m, ast.Name) and m.id == name]
    return mentions == len(entered) + 1


def method_of(statement: ast.stmt) -> tuple[str, str] | None:
    """``("p", "start")`` for the statement ``p.start()``."""
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), method), [], [])):
            return name, method
    return None


def _starts(host: Host, name: str) -> list[ast.stmt]:
    """The statements that start a patcher; none if it is used in any way that is not known here."""
    loads = [n for n in ast.walk(host.function) if isinstance(n, ast.Name) and n.id == name]
    starts: list[ast.stmt] = []
    uses = 1  # where it is made
    for statement in own_statements(host.function.body):
        method = method_of(statement)
        items = statement.items if isinstance(statement, ast.With) else []
        entered = [
            i for i in items if isinstance(i.context_expr, ast.Name) and i.context_expr.id == name
        ]
        if method in ((name, "start"), (name, "stop")):
            starts += [statement] if method == (name, "start") else []
            uses += 1
        elif entered:
            starts.append(statement)
            uses += len(entered)
    return starts if uses == len(loads) else []


def _may_move(call: ast.Call, start: ast.stmt, host: Host, spelling: Spelling) -> bool:
    """Whether the arguments of a call give the same where the patcher starts: nothing between
    can have an effect.
    """
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = {n.id for a in arguments for n in ast.walk(a) if isinstance(n, ast.Name)}
    nodes = [n for n in function_nodes(host.function) if isinstance(n, (ast.expr, ast.stmt))]
    made = call.end_lineno or call.lineno
    between = [n for n in nodes if made < n.lineno < start.lineno]
    changed = {n.id for n in between if isinstance(n, ast.Name)}
    changed |= {
        n.id
        for n in nodes
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.lineno > made
    }
    if names & changed:
        return False
    first = not isinstance(start, ast.With) or isinstance(start.items[0].context_expr, ast.Name)
    looks = any(spelling.scope.sees(a) for a in arguments if not spelling.scope.is_container(a))
    return not looks or (first and not between)
