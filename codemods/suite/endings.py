"""What is put back in any case: in a ``finally``, a tear-down, a clean-up, after a ``yield``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.attributes import set_attribute
from codemods.python.names import Function, Names, generator, own_statements, walk
from codemods.python.source import Source, fact, is_on
from codemods.suite.hosts import FIXTURES, SETUP_NAMES, Host, Kind
from codemods.suite.known_calls import HANDS_OVER

TEAR_DOWNS = frozenset(
    {
        *("tearDown", "asyncTearDown", "tearDownClass", "tearDownModule", "teardown"),
        *("teardown_method", "teardown_function", "teardown_class", "teardown_module"),
    }
)
_EXITS = frozenset({"__exit__", "__aexit__"})
# What runs once for all tests of a class or module.
_WIDE = ("Class", "_class", "Module", "_module")
_Extent = tuple[int, int]
_Part = ast.stmt | ast.expr


@fact
def restorations(source: Source) -> dict[str, list[_Extent]]:
    """What is called in any case at an end, by its name without what it is reached through, each
    with the lines for which that counts; attributes that are set after each test, as
    ``=owner.name``; and those lines themselves, under no name.

    What a function does that is called there is done there: ``self.addCleanup(self._reset)``.
    """
    found: dict[str, list[_Extent]] = {"": []}
    lines = source.lines_with("finally", "yield", "autouse", *SETUP_NAMES, *_EXITS, *HANDS_OVER)
    every = [*_functions(source.tree.body, (1, len(source.lines)))] if lines else []
    helpers = {function.name: function for function, _ in every}
    parts = [
        (part, _counts_for(function, around, source), _is_wide(function))
        for function, around in every
        if is_on(function, lines)
        for part in late(function)
    ]
    seen = {helper for helper in helpers.values() if helper.name.startswith("test")}
    for part, counts, wide in parts:  # which grows meanwhile
        found[""].append(_extent(part))
        for inner in walk(part):
            for name in _names(inner, source.names):
                if not (wide and name.startswith("=")):
                    found.setdefault(name, []).append(counts)
            helper = helpers.get(_own_name(inner))
            if helper is not None and helper not in seen:
                seen.add(helper)
                parts += [(statement, counts, wide) for statement in helper.body]
    for function, (first, last) in every:
        begin, end = _extent(function)
        for name in _around_each(function, source.names):
            found.setdefault(name, []).extend([(first, begin - 1), (end + 1, last)])
    return found


def _around_each(function: Function, names: Names) -> Iterator[str]:
    """What a set-up or an autouse fixture sees to for each test, beside what it puts back at its
    end: what it calls, and the attributes that its MonkeyPatch sets.
    """
    every = is_autouse(function, names)
    if _is_wide(function):
        return
    if every:
        yield from _calls(function)
    if every or function.name in SETUP_NAMES:
        for node in walk(function):
            match node:
                case ast.Call(ast.Attribute(_, "setattr"), [owner, ast.Constant(str(name)), *_]):
                    yield _set(owner, name, names)


def _counts_for(function: Function, around: _Extent, source: Source) -> _Extent:
    """The lines that see what a function puts back at its end."""
    name = function.name
    every = name in SETUP_NAMES or name in _EXITS or is_autouse(function, source.names)
    return around if every else _extent(function)


def _is_wide(function: Function) -> bool:
    """Whether a function runs once for all tests of a class, a module or more."""
    return function.name.endswith(_WIDE) or _has_scope(function)


def _has_scope(function: Function) -> bool:
    """Whether a fixture says for how long it is."""
    decorators = [d for d in function.decorator_list if isinstance(d, ast.Call)]
    return any(keyword.arg == "scope" for d in decorators for keyword in d.keywords)


def _own_name(node: ast.AST) -> str:
    """The name of a function of the file that a node stands for: ``reset``, ``self.reset``."""
    match node:
        case ast.Name(name, ast.Load()) | ast.Attribute(ast.Name("self" | "cls"), name, ast.Load()):
            return name
    return ""


def is_restored(name: str, line: int, source: Source) -> bool:
    """Whether what a line changes is put back by a call of this name in any case."""
    return any(first <= line <= last for first, last in restorations(source).get(name, ()))


def is_late(line: int, source: Source) -> bool:
    """Whether a line runs at an end, to put things back."""
    return is_restored("", line, source)


def _functions(body: list[ast.stmt], around: _Extent) -> Iterator[tuple[Function, _Extent]]:
    """The functions and methods, and those in them, each with the lines of the tests around which
    it may run.
    """
    for statement in own_statements(body):
        if isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, _extent(statement))
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement, around
            yield from _functions(statement.body, _extent(statement))


def late(function: Function) -> Iterator[_Part]:
    """The parts of a function that run in any case when it ends, or the test does."""
    if function.name in TEAR_DOWNS or function.name in _EXITS:
        yield from function.body
        return
    body = list(own_statements(function.body))
    for statement in body:
        if isinstance(statement, ast.Try):
            yield from statement.finalbody
        if isinstance(statement, ast.Expr) and _handed(statement):
            yield statement.value
    if generator(function):
        yield from after_yield(function.body)
    handed = [s for s in body if _handed(s)]
    names = {n.id for s in handed for n in walk(s) if isinstance(n, ast.Name)}
    for inner in body:  # a function that is handed over: `request.addfinalizer(undo)`
        if isinstance(inner, Function) and (
            inner.name in names or any(map(_hands_over, inner.decorator_list))
        ):
            yield inner


def _handed(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Call(function)):
            return _hands_over(function)
    return False


def _hands_over(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in HANDS_OVER


def after_yield(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a fixture, or of a context manager, that run when it ends."""
    for index, statement in enumerate(body):
        if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in walk(statement)):
            yield from body[index + 1 :]
            if isinstance(statement, (ast.With, ast.AsyncWith, ast.Try)):
                yield from after_yield(statement.body)
            return


def put_back_by_autouse(source: Source) -> frozenset[str]:
    """What the autouse fixtures of a file put back, by its names; nothing if it is not Python."""
    try:
        body = source.tree.body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    fixtures = [f for f, _ in _functions(body, (0, 0)) if is_autouse(f, source.names)]
    parts = (node for fixture in fixtures for node in late(fixture))
    found = {name for node in parts for inner in walk(node) for name in _names(inner, source.names)}
    return frozenset(found.union(*(_around_each(f, source.names) for f in fixtures)))


def _calls(fixture: Function) -> Iterator[str]:
    """What an autouse fixture calls: each test begins with that."""
    for node in walk(fixture):
        match node:
            case ast.Call(ast.Attribute(_, name) | ast.Name(name)):
                yield name


def _names(node: ast.AST, names: Names) -> Iterator[str]:
    """What a node calls, hands over or reads, and what attribute it sets."""
    name = _called(node)
    if name is not None:
        yield name
    match node:
        case ast.Attribute(ast.Name("self" | "cls")):
            return
    written = set_attribute(node)
    if written is not None:
        yield _set(*written, names)


def _set(owner: ast.expr, name: str, names: Names) -> str:
    """How an assigned attribute is identified: a module has more than one path."""
    dotted = names.dotted(owner) or ""
    spelled = ast.unparse(owner) if not dotted or "()" in dotted else dotted
    return f"={spelled.rpartition('.')[2]}.{name}"


def _called(node: ast.AST) -> str | None:
    """The last part of the name of what a node calls, sets, or hands over to be called."""
    match node:
        case ast.Attribute(_, name) | ast.Name(name, ast.Load()):
            return name
        case ast.Constant(str(name)):  # `self.addCleanup(setattr, logger, "propagate", True)`
            return name
    return None


def is_autouse(function: Function, names: Names) -> bool:
    """Whether a function is a fixture that every test has, asked for or not."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and names.dotted(decorator.func) in FIXTURES:
            return any(
                k.arg == "autouse" and isinstance(k.value, ast.Constant) and k.value.value is True
                for k in decorator.keywords
            )
    return False


def is_for_each(host: Host) -> bool:
    """Whether a host is a fixture of a conftest that every test there begins with."""
    own = host.source.path.rpartition("/")[2] == "conftest.py" and host.kind is Kind.FIXTURE
    return own and is_autouse(host.function, host.source.names)


def _extent(node: _Part) -> _Extent:
    return node.lineno, node.end_lineno or node.lineno


def is_main(statement: ast.stmt) -> bool:
    """Whether a statement is for a file that is run by itself: ``if __name__ == "__main__":``."""
    match statement:
        case ast.If(ast.Compare(ast.Name("__name__"))):
            return True
    return False
