"""Whether a fixture is torn down while what monkeypatch set in the test is still set (row S11).

pytest tears fixtures down in the reverse order of setting them up. A monkeypatch that is a test's last parameter undoes
first, unless another fixture asked for it earlier.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from codemods.environ.fixtures import Fixture, fixtures_around
from codemods.hosts import Host, generator
from codemods.names import Function, own_nodes

# Fixtures of pytest and its best known plugins that do not ask for monkeypatch, nor look at the environment when they
# are torn down.
BLIND = frozenset(
    {
        *("request", "pytestconfig", "mocker", "record_property", "recwarn", "caplog", "doctest_namespace"),
        *("capsys", "capfd", "capsysbinary", "capfdbinary", "tmp_path", "tmpdir", "tmp_path_factory", "tmpdir_factory"),
    }
)


def ends_first(host: Host) -> bool:
    """Whether no fixture of the test is torn down between the end of its body and the undoing of monkeypatch."""
    asked = False
    for name, fixture in fixtures_around(host).set_up_for(host):
        if fixture is not None and fixture.wide:
            continue
        if name == "monkeypatch" or (fixture is not None and will_ask(fixture)):
            asked = True
        blind = name == "monkeypatch" or (name in BLIND if fixture is None else not _tears_down(fixture.function))
        if asked and not blind:
            return False
    return True


@lru_cache(maxsize=512)
def adds_finalizer(function: Function) -> bool:
    """Whether a function registers something to run when it is torn down."""
    return any(isinstance(n, ast.Attribute) and n.attr == "addfinalizer" for n in own_nodes(function.body))


def _tears_down(function: Function) -> bool:
    """Whether anything runs when a fixture is torn down."""
    return (generator(function) and not _ends_with_yield(function.body)) or adds_finalizer(function)


def _ends_with_yield(body: list[ast.stmt]) -> bool:
    """Whether a yield is the last thing that happens, but for the end of blocks that patch."""
    last = body[-1]
    if isinstance(last, ast.With):
        patches = all(re.search(r"patch(\.dict|\.object)?$|\.context$", _called(i.context_expr)) for i in last.items)
        return patches and _ends_with_yield(last.body)
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield)


def _called(node: ast.expr) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def will_ask(fixture: Fixture) -> bool:
    """Whether a function-scoped fixture changes the environment, as far as its text tells, and so may be rewritten."""
    source = fixture.source
    names = [name for name, target in source.names.table.items() if target == "os.environ"]
    words = "|".join(["environ", *map(re.escape, names)])
    decorators = [source.segment(d) for d in fixture.function.decorator_list]
    text = "".join([*decorators, source.segment(fixture.function)])
    return not fixture.wide and re.search(rf"\b({words})\b", text) is not None
