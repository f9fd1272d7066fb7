"""Whether a fixture is torn down while what monkeypatch set in the test is still set (row S11).

pytest tears fixtures down in the reverse order of setting them up. A monkeypatch that is a test's last parameter undoes
first, unless another fixture asked for it earlier.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from codemods.hosts import Host, generator, mock_arguments
from codemods.names import Function, own_nodes, parameters
from codemods.source import Source

# Fixtures of pytest and its best known plugins that do not look at the environment when they are torn down.
_BLIND = frozenset(
    {
        *(
            "self",
            "cls",
            "request",
            "pytestconfig",
            "mocker",
            "record_property",
            "recwarn",
            "caplog",
            "doctest_namespace",
        ),
        *("capsys", "capfd", "capsysbinary", "capfdbinary", "tmp_path", "tmpdir", "tmp_path_factory", "tmpdir_factory"),
    }
)


def ends_first(host: Host) -> bool:
    """Whether no fixture of the test is torn down between the end of its body and the undoing of monkeypatch."""
    fixtures = _fixtures(host)
    fixtures.pop(host.function.name, None)
    autouse = [name for name, function in fixtures.items() if _is_autouse(function)]
    given = _given(host)
    asked = False
    for name in (*autouse, *parameters(host.function)):
        function = fixtures.get(name)
        if name == "monkeypatch" or (function is not None and _asks_for_monkeypatch(function, fixtures, host.source)):
            asked = True
            blind = function is None or not _tears_down(function)
        else:
            blind = name in _BLIND or name in given or (function is not None and not _tears_down(function))
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


def _asks_for_monkeypatch(function: Function, fixtures: dict[str, Function], source: Source) -> bool:
    """Whether a fixture, or one that it asks for, has the parameter, or will have when its changes are rewritten."""
    asked = _asks(function, fixtures)
    changing = [f for f in (function, *(fixtures[n] for n in asked if n in fixtures)) if _will_ask(f, source)]
    return "monkeypatch" in asked or bool(changing)


def _will_ask(function: Function, source: Source) -> bool:
    """Whether a function-scoped fixture changes the environment, as far as its text tells."""
    names = [name for name, target in source.names.table.items() if target == "os.environ"]
    words = "|".join(["environ", *map(re.escape, names)])
    decorators = [source.segment(d) for d in function.decorator_list]
    wide = any("scope" in d and "function" not in d for d in decorators)
    return not wide and re.search(rf"\b({words})\b", "".join([*decorators, source.segment(function)])) is not None


def _asks(function: Function, fixtures: dict[str, Function]) -> set[str]:
    """The fixtures that a fixture asks for, and those that these ask for."""
    found: set[str] = set()
    todo = parameters(function)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += parameters(fixtures[name]) if name in fixtures else []
    return found


def _fixtures(host: Host) -> dict[str, Function]:
    """The fixtures that stand in the file, at its top level or in the class of the test."""
    found = dict(_module_fixtures(host.source))
    for cls in host.classes:
        found.update(_fixtures_in(cls.body, host.source))
    return found


@lru_cache(maxsize=2)
def _module_fixtures(source: Source) -> dict[str, Function]:
    return _fixtures_in(source.tree.body, source)


def _fixtures_in(body: list[ast.stmt], source: Source) -> dict[str, Function]:
    functions = [s for s in body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and s.decorator_list]
    return {f.name: f for f in functions if any("fixture" in source.segment(d) for d in f.decorator_list)}


def _is_autouse(function: Function) -> bool:
    keywords = [k for d in function.decorator_list if isinstance(d, ast.Call) for k in d.keywords]
    return any(k.arg == "autouse" for k in keywords)


def _given(host: Host) -> set[str]:
    """The parameters that are no fixtures: ``@patch`` fills the first, and ``parametrize`` those that it names."""
    function = host.function
    strings = [n.value for d in function.decorator_list for n in ast.walk(d) if isinstance(n, ast.Constant)]
    names = {name.strip() for text in strings if isinstance(text, str) for name in text.split(",")}
    positional = [name for name in parameters(function) if name not in ("self", "cls")]
    return names | set(positional[: mock_arguments(function, host.source.names)])
