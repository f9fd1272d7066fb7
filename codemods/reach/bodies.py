"""What the statements of a function call, and what they write to the environment, in the order
of the text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codemods.python.names import children, walk
from codemods.reach.modules import (
    CALL,
    ENTER,
    OUTSIDE,
    RELOAD,
    UNKNOWN,
    Function,
    NamesAt,
    Reference,
    is_long,
)

ANY = "*"
_ONE_KEY = frozenset({"setdefault", "pop", "__setitem__", "__delitem__"})
_MANY_KEYS = frozenset({"update", "clear", "popitem", "__ior__"})
_PATCH_DICT = ("unittest", "mock", "patch", "dict", CALL)
# What reads a file of variables into the environment, and the packages that have it.
_LOADERS = {
    "load_dotenv": ("dotenv",),
    "read_env": ("environ", "environs", UNKNOWN),
    "read_envfile": ("environ", "environs"),
}
_COPIES = ((OUTSIDE, "dict"), ("copy", "copy"), ("copy", "deepcopy"))
_RELOADS = (("importlib", "reload"), ("imp", "reload"))
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
# Methods of test cases, requests and stacks that run what they are given later, and those that
# enter it now.
_REGISTER = frozenset(
    {"addCleanup", "addClassCleanup", "addAsyncCleanup", "addfinalizer", "callback", "push"}
)
_ENTER = frozenset({"enterContext", "enterClassContext", "enterAsyncContext", "enter_context"})


@dataclass(frozen=True)
class Write:
    """A write to the environment: the variable, ``*`` for one that is not known, and where it
    stands.
    """

    key: str
    file: str
    line: int


@dataclass
class Body:
    """What is called, or taken to be called later; what is written; what is given ``os.environ``
    itself, and where.
    """

    references: dict[Reference, None] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    given: list[tuple[Reference, Write]] = field(default_factory=list)


def body_of(function: Function) -> Body:
    """What a function does when it is called; its decorators' functions run then too."""
    names, node = function.names, function.node
    reader = _Reader(names, at_import=function.statements is not None)
    if any(_is_patch_dict(d, names) for d in node.decorator_list):
        reader.read_rolled_back(node.body, node.decorator_list)
        return reader.body
    if function.statements is not None:
        reader.read(function.statements)
        return reader.body
    for decorator in node.decorator_list:
        reader.expression(decorator)
    reader.read(node.body)
    if function.name.endswith((".__enter__", ".__exit__")) and _puts_back_itself(function):
        reader.body.writes = []
    return reader.body


def read(nodes: Iterable[ast.AST], names: NamesAt) -> Body:
    """What some statements, or expressions, of a function do."""
    reader = _Reader(names)
    reader.read(nodes)
    return reader.body


def read_function(node: ast.FunctionDef | ast.AsyncFunctionDef, names: NamesAt) -> Body:
    """What the body of a function does; below a ``@patch.dict(os.environ, …)``, what outlasts
    that.
    """
    if not any(_is_patch_dict(decorator, names) for decorator in node.decorator_list):
        return read(node.body, names)
    reader = _Reader(names)
    reader.read_rolled_back(node.body, node.decorator_list)
    return reader.body


class _Reader:
    def __init__(self, names: NamesAt, *, at_import: bool = False) -> None:
        self.names, self.at_import = names, at_import
        self.body = Body()

    def read(self, nodes: Iterable[ast.AST]) -> None:
        """Statements that run one after the other."""
        listed = list(nodes)
        for node in listed:
            self.node(node)
        last = max(
            (index for index, node in enumerate(listed) if _yields(node)), default=len(listed)
        )
        after_yield = [node for node in listed[last + 1 :] if isinstance(node, ast.stmt)]
        if after_yield:
            self._restored(after_yield, [])

    def read_rolled_back(self, statements: list[ast.stmt], patches: Iterable[ast.expr]) -> None:
        """Statements whose writes a ``patch.dict`` puts back at their end: what comes later counts.

        That is what they register, and the end of a patcher that they start or enter and do not
        stop: it puts back what it found, which is what that ``patch.dict``, one of ``patches``,
        had set. The user's monkeypatch does that too.
        """
        given = {key for patch in patches for key in _patched(patch, self.names)}
        calls = [node for s in statements for node in walk(s) if isinstance(node, ast.Call)]
        methods = [(call, call.func.attr) for call in calls if isinstance(call.func, ast.Attribute)]
        for call, method in methods:
            if method in _REGISTER:
                for argument in call.args:
                    self.expression(argument)
                if call.args:  # ``addCleanup(os.environ.pop, "KEY", None)``
                    later = ast.Call(call.args[0], call.args[1:], call.keywords)
                    self._write(ast.copy_location(later, call))
        started = any(method == "start" or method in _ENTER for _, method in methods)
        made = [c for c in calls if _is_patch_dict(c, self.names)] if started else []
        if made and not any(method == "stop" for _, method in methods):
            self.body.writes.append(self._at(ANY, made[0]))
        self.body.writes += self._set_by_monkeypatch(
            calls, {*given, *(w.key for w in _writes_in(statements, self.names))}
        )

    def _set_by_monkeypatch(self, calls: list[ast.Call], changed: set[str]) -> Iterator[Write]:
        """What is set by a ``monkeypatch``, which puts back later what had been changed before."""
        changed |= {key for call in calls for key in _patched(call, self.names)}
        for call in calls:
            for key in _own_key(call, self.names):
                if changed and (key in changed or ANY in (key, *changed)):
                    yield self._at(key, call)

    def node(self, node: ast.AST) -> None:
        """A statement, or anything that is part of one."""
        if not isinstance(node, ast.Call):
            self._write(node)
        if isinstance(node, ast.Try):
            self._try(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self._with(node)
        elif isinstance(node, ast.expr):
            self.expression(node)
        elif isinstance(node, _FUNCTION):
            self._function(node)
        elif not isinstance(node, (ast.arg, ast.alias)):
            for child in children(node):
                if child is not getattr(node, "annotation", None):
                    self.node(child)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function in this one, which may be called."""
        if any(_is_patch_dict(d, self.names) for d in node.decorator_list):
            self.read_rolled_back(node.body, node.decorator_list)
        elif not self.at_import:
            self.read([*node.decorator_list, *node.body])

    def expression(self, node: ast.expr) -> None:
        """An expression: the longest way along attributes and calls, and whatever else stands in
        it.
        """
        # Without recursion, which would not get through a sum of a thousand numbers. True: on a way
        # that has begun.
        todo: list[tuple[ast.AST, bool]] = [(node, False)]
        while todo:
            inner, under_way = todo.pop()
            self._write(inner)
            if isinstance(inner, (ast.Name, ast.Attribute, ast.Call)):
                if not under_way:
                    self._refer(inner)
                if isinstance(inner, ast.Attribute):
                    todo.append((inner.value, True))
                elif isinstance(inner, ast.Call):
                    todo.append((inner.func, True))
                    todo += [(argument, False) for argument in self._arguments(inner)[::-1]]
            elif not isinstance(inner, ast.arg):
                todo += [(child, False) for child in children(inner)[::-1]]

    def _refer(self, node: ast.expr) -> None:
        reference = self.names.reference(node)
        if reference[0] != OUTSIDE and (reference[0] != UNKNOWN or len(reference) > 2):
            self.body.references[reference] = None

    def _arguments(self, call: ast.Call) -> list[ast.expr]:
        """What a call is given, to be read."""
        function = () if is_long(call.func) else self.names.reference(call.func)
        if function in ((OUTSIDE, "isinstance"), (OUTSIDE, "issubclass")):
            return call.args[:1]
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        if function in _RELOADS and arguments:
            self.body.references[(*self.names.reference(arguments[0]), RELOAD)] = None
        if any(self.names.is_environ(argument) for argument in arguments):
            self.body.given.append(((*self.names.reference(call.func), CALL), self._at(ANY, call)))
        return arguments

    def _try(self, node: ast.Try) -> None:
        before = list(self.body.references)
        self.read(node.body)
        inside = [r for r in self.body.references if r not in before]
        for handler in node.handlers:
            self.node(handler)
        self.read(node.orelse)
        self.read(node.finalbody)
        if node.finalbody:
            self._restored(node.finalbody, inside)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.expression(item.context_expr)
            reference = self.names.reference(item.context_expr)
            self.body.references[(*reference, ENTER)] = None
        if any(_is_patch_dict(item.context_expr, self.names) for item in node.items):
            self.read_rolled_back(node.body, [item.context_expr for item in node.items])
        else:
            self.read(node.body)

    def _restored(self, after_yield: list[ast.stmt], called: list[Reference]) -> None:
        """Forget what is put back by hand: what ``after_yield`` writes, if the environment was read
        before.
        """
        undone = {write.key: write for write in _writes_in(after_yield, self.names)}
        if not undone:
            return
        first, last = after_yield[0].lineno, after_yield[-1].end_lineno or after_yield[-1].lineno
        function = self.names.function
        around = [] if function is None else function.node.body
        if not any(
            _reads_environ(n, self.names) for s in around for n in walk(s) if _line(n) < first
        ):
            return
        self.body.writes = [
            w for w in self.body.writes if w.line > last or not (w.key in undone or ANY in undone)
        ]
        if any(_empties(n, self.names) for s in after_yield for n in walk(s)):
            for reference in called:
                self.body.references.pop(reference, None)

    def _write(self, node: ast.AST) -> None:
        self.body.writes += (self._at(key, node) for key in _written(node, self.names))

    def _at(self, key: str, node: ast.AST) -> Write:
        return Write(key, self.names.module.shown, _line(node))


def _writes_in(statements: Iterable[ast.stmt], names: NamesAt) -> Iterator[Write]:
    for node in (n for s in statements for n in walk(s)):
        yield from (Write(key, "", _line(node)) for key in _written(node, names))


def _written(node: ast.AST, names: NamesAt) -> Iterator[str]:
    """The variables that a node itself writes."""
    if isinstance(node, ast.Subscript):
        if not isinstance(node.ctx, ast.Load) and names.is_environ(node.value):
            yield _key(node.slice, names)
    elif isinstance(node, ast.AugAssign):
        if names.is_environ(node.target):
            yield from _keys(node.value, names)
    elif isinstance(node, ast.Call):
        yield from _written_by(node, names)


def _written_by(call: ast.Call, names: NamesAt) -> Iterator[str]:
    function = call.func
    first = call.args[0] if call.args else None
    if isinstance(function, ast.Attribute) and names.is_environ(function.value):
        if function.attr in _ONE_KEY:
            yield ANY if first is None else _key(first, names)
        elif function.attr in _MANY_KEYS:
            yield from _keys(first, names) if first is not None else () if call.keywords else (ANY,)
            yield from (ANY if k.arg is None else k.arg for k in call.keywords)
        return
    if is_long(function) and getattr(function, "attr", "") not in _LOADERS:
        return
    reference = names.reference(function)
    last = reference[-1] if isinstance(reference[-1], str) else ""
    if reference in (("os", "putenv"), ("os", "unsetenv")):
        yield ANY if first is None else _key(first, names)
    elif reference[0] in _LOADERS.get(last, ()):
        yield ANY


def _key(node: ast.expr, names: NamesAt) -> str:
    if isinstance(node, ast.Constant):
        value = node.value
        return (
            value.decode(errors="replace")
            if isinstance(value, bytes)
            else value
            if isinstance(value, str)
            else ANY
        )
    if isinstance(node, ast.Name) and node.id not in names.given:
        return names.module.constant(node.id) or ANY
    return ANY


def _keys(node: ast.expr, names: NamesAt) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        yield from (ANY if key is None else _key(key, names) for key in node.keys)
    else:
        yield ANY


def _own_key(call: ast.Call, names: NamesAt) -> Iterator[str]:
    """The variable that ``monkeypatch.setenv`` and its like record."""
    match call.func, call.args:
        case ast.Attribute(ast.Name("monkeypatch"), "setenv" | "delenv"), [key, *_]:
            yield _key(key, names)
        case ast.Attribute(ast.Name("monkeypatch"), "setitem" | "delitem"), [place, key, *_]:
            if names.is_environ(place):
                yield _key(key, names)


def _patched(node: ast.expr, names: NamesAt) -> Iterator[str]:
    """The variables that a ``patch.dict`` sets; any, where it empties the environment."""
    call = _value_of(node, names)
    if not isinstance(call, ast.Call) or not _is_patch_dict(call, names):
        return
    values = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "values")]
    yield from (key for value in values for key in _keys(value, names))
    for keyword in call.keywords:
        if keyword.arg not in ("in_dict", "values"):
            yield ANY if keyword.arg is None or keyword.arg == "clear" else keyword.arg
    yield from (ANY for _ in call.args[2:])


def _value_of(node: ast.expr, names: NamesAt) -> ast.expr | None:
    """What a name stands for that is bound once in the function: ``patcher = patch.dict(…)``."""
    if not isinstance(node, ast.Name):
        return node
    given = names.given.get(node.id, [])
    return given[0] if len(given) == 1 else None


def _is_patch_dict(node: ast.expr, names: NamesAt) -> bool:
    """Whether this is ``patch.dict`` on the environment, which puts back all of it."""
    if isinstance(node, ast.Name):
        value = _value_of(node, names)
        return isinstance(value, ast.Call) and _is_patch_dict(value, names)
    if not isinstance(node, ast.Call) or names.reference(node) != _PATCH_DICT:
        return False
    target = (
        node.args[0]
        if node.args
        else next((k.value for k in node.keywords if k.arg == "in_dict"), None)
    )
    named = isinstance(target, ast.Constant) and target.value == "os.environ"
    return named or (target is not None and names.is_environ(target))


def _reads_environ(node: ast.AST, names: NamesAt) -> bool:
    """Whether a node reads the environment: what it holds may be kept then."""
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and names.is_environ(function.value):
            return function.attr in ("get", "copy", "pop", "items")
        reference = names.reference(function)
        copies = reference in _COPIES and any(names.is_environ(argument) for argument in node.args)
        return copies or reference == ("os", "getenv")
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Load) and names.is_environ(node.value)
    if isinstance(node, ast.Compare):
        return any(names.is_environ(each) for each in node.comparators)
    return isinstance(node, (ast.comprehension, ast.Dict)) and any(
        isinstance(n, ast.expr) and names.is_environ(n) for n in children(node)
    )


def _empties(node: ast.AST, names: NamesAt) -> bool:
    match node:
        case ast.Call(ast.Attribute(environ, "clear")):
            return names.is_environ(environ)
    return False


def _yields(statement: ast.AST) -> bool:
    match statement:
        case ast.Expr(ast.Yield()) | ast.Assign(_, ast.Yield()):
            return True
    return False


def changes_parameter(function: Function) -> bool:
    """Whether it changes a mapping that it is given."""
    arguments = function.node.args
    own = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)} - {
        "self",
        "cls",
    }
    for node in walk(function.node):
        match node:
            case ast.Subscript(ast.Name(name), ctx=ast.Store() | ast.Del()) if name in own:
                return True
            case ast.Call(ast.Attribute(ast.Name(name), method)) if (
                name in own and method in _ONE_KEY | _MANY_KEYS
            ):
                return True
    return False


def _puts_back_itself(function: Function) -> bool:
    """Whether a class's ``__exit__`` writes what its ``__enter__`` has written and read."""
    members = function.cls.members if function.cls else {}
    enter, leave = (members.get(name, [None])[0] for name in ("__enter__", "__exit__"))
    if not isinstance(enter, Function) or not isinstance(leave, Function):
        return False
    changed = {w.key for w in _writes_in(enter.node.body, enter.names)}
    undone = {w.key for w in _writes_in(leave.node.body, leave.names)}
    reads = any(_reads_environ(n, enter.names) for n in walk(enter.node))
    return reads and bool(undone) and (changed <= undone or ANY in undone)


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)
