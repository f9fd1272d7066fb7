"""Objects that tests share and that a rewrite makes for each test: what may move, and where.

What moved is taken out of the text before and of the text after, each where it stands; the rest is compared as usual.
Only what is the same in its new place is taken out, so that anything else shows as a difference:

- ``x = v`` of a class body, and ``self.x = v`` at the head of ``setUp`` or ``setup_method``, or of a new one that does
  nothing else but call that of the base;
- ``setUpClass``, and a ``setUp`` that does the same with ``self``; the tear-down with it;
- a new autouse fixture that does nothing but give names of the module, once more, the values they have;
- ``scope="module"``, or another wide scope, of a fixture.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator

from isolator.guard.erasure.cutting import Edits

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = ("class", "module", "package", "session")
_SET_UPS = ("setUp", "setup_method")
_WIDE = (
    {"setUpClass": "setUp", "tearDownClass": "tearDown"},
    {"setup_class": "setup_method", "teardown_class": "teardown_method"},
)
_PLAIN = frozenset({"TestCase", "IsolatedAsyncioTestCase", "object", "Generic", "Protocol", "ABC"})


def without_shared(before: str, after: str) -> tuple[str, str]:
    """The two texts without what moved. Raises what ``ast.parse`` does for a text that is not Python."""
    old, new = ast.parse(before.removeprefix("\ufeff")), ast.parse(after.removeprefix("\ufeff"))
    texts = Edits(before.encode().splitlines(keepends=True)), Edits(after.encode().splitlines(keepends=True))
    classes = dict(_definitions(old.body))
    for path, now in _definitions(new.body):
        was = classes.get(path)
        if isinstance(was, ast.ClassDef) and isinstance(now, ast.ClassDef):
            if not _narrowed(was, now, *texts):
                _moved(was, now, old, new, *texts)
        elif isinstance(was, ast.FunctionDef) and isinstance(now, ast.FunctionDef):
            _without_scope(was, now, texts[1])
    _without_fixtures(old, new, texts[1])
    return texts[0].text(), texts[1].text()


def _definitions(
    body: list[ast.stmt], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], _Function | ast.ClassDef]]:
    """The classes, functions and methods, by their paths; of those with one path the number tells which."""
    seen: Counter[str] = Counter()
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            seen[statement.name] += 1
            own = (*path, f"{statement.name} {seen[statement.name]}")
            yield own, statement
            if isinstance(statement, ast.ClassDef):
                yield from _definitions(statement.body, own)


def _cut(node: ast.stmt, edits: Edits, instead: bytes = b"") -> None:
    """Cut out the lines of a statement, with its decorators."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    column = node.col_offset if instead else 0
    edits.cut(edits.place(first, column), edits.place((node.end_lineno or node.lineno) + 1, 0), instead)


def _moved(was: ast.ClassDef, now: ast.ClassDef, old: ast.Module, new: ast.Module, before: Edits, after: Edits) -> None:
    """Cut out what a class body gave to names, and its set-up gives to those of each object."""
    there = {_bound(statement) for statement in now.body}
    gone = [s for s in was.body if _bound(s) is not None and _bound(s) not in there]
    set_up = next((s for s in now.body if isinstance(s, ast.FunctionDef) and s.name in _SET_UPS), None)
    if not gone or set_up is None or set_up.decorator_list or _through_class(gone, now, new):
        return
    names = {_bound(statement) for statement in was.body}
    is_new = all(getattr(s, "name", None) != set_up.name for s in was.body)
    body = set_up.body[_is_text(set_up.body[0]) and not is_new :]
    same = [_of_class(s, set_up, names) == ast.dump(g) for s, g in zip(body, gone, strict=False)]
    if len(same) < len(gone) or not all(same):
        return
    if is_new:
        if not _does_no_more(set_up, body[len(gone) :], was, old):
            return
        _cut(set_up, after)
    elif len(body) == len(gone):
        return  # it would be left without a body: it had one
    else:
        for statement in body[: len(gone)]:
            _cut(statement, after)
    for statement in gone:
        _cut(statement, before)


def _bound(statement: ast.stmt) -> str | None:
    """The one name that an assignment gives a value."""
    match statement:
        case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name), value=ast.expr()):
            return name
    return None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _of_class(statement: ast.stmt, function: ast.FunctionDef, names: set[str | None]) -> str:
    """How a statement of a set-up would stand in the class body."""
    first = function.args.args[0].arg if function.args.args else ""
    translated = _AsOfClass(first, names).visit(copy.deepcopy(statement))
    if isinstance(translated, ast.AnnAssign):
        translated.simple = 1
    return ast.dump(translated)


class _AsOfClass(ast.NodeTransformer):
    """``self.x`` as ``x``, for names of the class."""

    def __init__(self, first: str, names: set[str | None]) -> None:
        self.first, self.names = first, names

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """The name alone if it is one of the class."""
        match node.value:
            case ast.Name(owner) if owner == self.first and node.attr in self.names:
                return ast.Name(node.attr, node.ctx)
        self.generic_visit(node)
        return node


def _through_class(gone: list[ast.stmt], now: ast.ClassDef, new: ast.Module) -> bool:
    """Whether a name that moved is asked of the class, which has it no longer."""
    names = {_bound(statement) for statement in gone}
    asked = (n for n in ast.walk(new) if isinstance(n, ast.Attribute) and n.attr in names)
    return any(isinstance(n.value, ast.Name) and n.value.id in (now.name, "cls") for n in asked)


def _does_no_more(set_up: ast.FunctionDef, rest: list[ast.stmt], cls: ast.ClassDef, old: ast.Module) -> bool:
    """Whether a new set-up does nothing else but call that of the base, which it must if one may have any."""
    arguments = [a.arg for a in set_up.args.args]
    if ast.unparse(set_up.args) != ", ".join(arguments) or not arguments:
        return False
    called = f"super().{set_up.name}({', '.join(arguments[1:])})"
    if [ast.unparse(statement) for statement in rest] == [called]:
        return True
    return not rest and len(arguments) == 1 and not _has_set_up(cls, set_up.name, old)


def _has_set_up(cls: ast.ClassDef, name: str, old: ast.Module) -> bool:
    """Whether a base of a class may have a set-up of its own."""
    classes = {s.name: s for s in old.body if isinstance(s, ast.ClassDef)}
    for base in cls.bases:
        last = ast.unparse(base.value if isinstance(base, ast.Subscript) else base).rpartition(".")[2]
        own = classes.get(last)
        if own is not None and own is not cls:
            if any(getattr(s, "name", None) == name for s in own.body) or _has_set_up(own, name, old):
                return True
        elif last not in _PLAIN:
            return True
    return False


def _narrowed(was: ast.ClassDef, now: ast.ClassDef, before: Edits, after: Edits) -> bool:
    """Cut out set-ups of a class, and those of each test that do the same; whether there are any."""
    for wide in _WIDE:
        old, new = _methods(was), _methods(now)
        pairs = [(old[a], new[b]) for a, b in wide.items() if a in old and a not in new and b in new and b not in old]
        gone = [name for name in wide if name in old and name not in new]
        if pairs and len(pairs) == len(gone) and all(_is_alike(*pair) for pair in pairs):
            for one, other in pairs:
                _cut(one, before, b"pass")
                _cut(other, after, b"pass")
            return True
    return False


def _methods(cls: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {s.name: s for s in cls.body if isinstance(s, ast.FunctionDef)}


def _is_alike(wide: ast.FunctionDef, narrow: ast.FunctionDef) -> bool:
    """Whether a set-up of each test does with ``self`` what one of the class does with that."""
    if [ast.unparse(d) for d in wide.decorator_list] not in (["classmethod"], []) or narrow.decorator_list:
        return False
    if len(wide.args.args) != 1 or len(narrow.args.args) != 1:
        return False
    own = wide.args.args[0].arg
    used = {node.id for node in ast.walk(wide) if isinstance(node, ast.Name)}
    kept = {node.id for node in ast.walk(narrow) if isinstance(node, ast.Name)}
    if own != "self" and ("self" in used or own in kept):  # def setup_class(self) is what some write
        return False
    translated = _AsNarrow(own, wide.name, narrow.name).visit(copy.deepcopy(wide))
    translated.decorator_list, translated.name = [], narrow.name
    translated.args.args[0].arg = narrow.args.args[0].arg
    return ast.dump(translated) == ast.dump(narrow)


class _AsNarrow(ast.NodeTransformer):
    """What a set-up of a class does as that of each test does it."""

    def __init__(self, own: str, wide: str, narrow: str) -> None:
        self.own, self.wide, self.narrow = own, wide, narrow

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """``cls`` is ``self``."""
        return ast.Name("self", node.ctx) if node.id == self.own else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        """What a class registers a test registers, and each calls the one of its base."""
        match node:
            case ast.Attribute(ast.Call(ast.Name("super")), self.wide):
                node.attr = self.narrow
            case ast.Attribute(ast.Name(self.own), "addClassCleanup"):
                node.attr = "addCleanup"
            case ast.Attribute(ast.Name(self.own), "enterClassContext"):
                node.attr = "enterContext"
        self.generic_visit(node)
        return node


def _without_scope(was: ast.FunctionDef, now: ast.FunctionDef, after: Edits) -> None:
    """Put the scope of a module or a class back into the decorator of a fixture."""
    if len(was.decorator_list) != 1 or len(now.decorator_list) != 1:
        return
    one, other = was.decorator_list[0], now.decorator_list[0]
    if not isinstance(one, ast.Call) or one.args or not ast.unparse(one.func).endswith("fixture"):
        return
    kept = [k for k in one.keywords if not _is_scope(k)]
    fewer = ast.dump(ast.Call(one.func, [], kept))
    bare = ast.dump(one.func) if not kept else fewer
    if len(kept) == len(one.keywords) - 1 and ast.dump(other) in (fewer, bare):
        end = other.end_lineno or other.lineno, other.end_col_offset or 0
        code = ast.unparse(one).encode()
        after.cut(after.place(other.lineno, other.col_offset), after.place(*end), code)


def _is_scope(keyword: ast.keyword) -> bool:
    value = keyword.value
    return keyword.arg == "scope" and isinstance(value, ast.Constant) and value.value in _SCOPES


def _without_fixtures(old: ast.Module, new: ast.Module, after: Edits) -> None:
    """Cut out new fixtures that give names of the module the values they have."""
    known = {node.id for node in ast.walk(old) if isinstance(node, ast.Name)}
    known |= {node.name for node in ast.walk(old) if isinstance(node, (_Function, ast.ClassDef))}
    values = {_bound(statement): ast.dump(getattr(statement, "value")) for statement in old.body if _bound(statement)}  # noqa: B009
    for statement in new.body:
        if isinstance(statement, ast.FunctionDef) and statement.name not in known and _is_autouse(statement):
            body = statement.body[_is_text(statement.body[0]) :]
            declared = body[0].names if body and isinstance(body[0], ast.Global) else []
            given = [(_bound(s), ast.dump(s.value)) for s in body[1:] if isinstance(s, ast.Assign)]
            plain = ast.unparse(statement.args) == "" and len(given) == len(body) - 1 > 0
            if plain and [name for name, _ in given] == declared and all(values.get(n) == v for n, v in given):
                _cut(statement, after)


def _is_autouse(function: ast.FunctionDef) -> bool:
    """Whether a function is decorated as a fixture that every test has, and by nothing else."""
    match function.decorator_list:
        case [ast.Call(made, [], [ast.keyword("autouse", ast.Constant(True))])]:
            return ast.unparse(made).rpartition(".")[2] == "fixture"
    return False
