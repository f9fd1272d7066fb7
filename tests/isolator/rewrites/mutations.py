"""Ways to spoil a rewrite. Each is done at every place where it can be, one place at a time."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

Edit = tuple[str, str, Callable[[], object]]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_BLOCKS = (ast.With, ast.AsyncWith, ast.Try, ast.For, ast.If)
_OTHER_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.GtE: ast.Lt,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Mod: ast.Add,
    ast.Div: ast.Mult,
}


# Other arguments for a method of a MonkeyPatch.
_KEYWORDS: dict[str, tuple[tuple[str, str | bool], ...]] = {
    "setenv": (("prepend", ":"),),
    "delenv": (("raising", False), ("raising", True)),
}


class Mutation(NamedTuple):
    """What was done, what it was done to (a name, or statements, each in one line), and the spoilt file."""

    kind: str
    shown: str
    text: str


def mutations(text: str, before: str = "", step: int = 1, first: int = 0) -> Iterator[Mutation]:
    """Every mutation of a file, or each of so many; of what stands in the file before too, at the top level, none."""
    text, before = text.removeprefix("\ufeff"), before.removeprefix("\ufeff")
    whole = ast.unparse(ast.parse(text))
    known = {ast.unparse(statement) for statement in ast.parse(before).body}
    for index in range(first, sum(1 for _ in _edits(ast.parse(text), known)), step):
        tree = ast.parse(text)
        kind, shown, edit = next(islice(_edits(tree, known), index, None))
        edit()
        spoilt = ast.unparse(ast.fix_missing_locations(tree))
        if spoilt != whole and _compiles(spoilt):
            yield Mutation(kind, shown, spoilt)


def _compiles(text: str) -> bool:
    try:
        compile(text, "spoilt", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _edits(tree: ast.Module, known: set[str]) -> Iterator[Edit]:
    changed = [statement for statement in tree.body if ast.unparse(statement) not in known]
    for index, statement in enumerate(tree.body):
        if statement in changed and not _is_docstring(statement):
            yield from _of_statement(tree.body, index, statement)
    nodes = [node for statement in changed for node in ast.walk(statement)]
    for owner, body in list(_bodies(nodes)):
        for index, statement in enumerate(body):
            if not _is_docstring(statement):
                yield from _of_statement(body, index, statement)
                if not isinstance(owner, ast.ClassDef):
                    yield from _of_step(body, index, statement)
    for function in [node for node in nodes if isinstance(node, _FUNCTIONS)]:
        yield from _of_monkeypatch(function)
    for node in nodes:
        yield from _of_expression(node)


def _bodies(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, list[ast.stmt]]]:
    for node in nodes:
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list) and body:
                yield node, body


def _of_statement(body: list[ast.stmt], index: int, statement: ast.stmt) -> Iterator[Edit]:
    shown, following = _line(statement), body[index + 1 : index + 2]
    yield "statement dropped", shown, lambda: body.__setitem__(index, ast.Pass())
    yield "statement added", shown, lambda: body.insert(index, _parsed("extra()"))
    yield "statement twice", shown, lambda: body.insert(index, copy.deepcopy(statement))
    if following:
        both = f"{shown}\n{_line(following[0])}"
        yield "statements swapped", both, lambda: body.insert(index, body.pop(index + 1))
    if isinstance(statement, _BLOCKS):
        yield from _of_block(body, index, statement)
    if isinstance(statement, ast.Try) and statement.finalbody:
        yield "finally lost", shown, lambda: body.__setitem__(slice(index, index + 1), statement.body)
    if isinstance(statement, _SCOPES):
        yield from _of_definition(statement)


def _of_block(body: list[ast.stmt], index: int, statement: ast.stmt) -> Iterator[Edit]:
    shown, following, before = _line(statement), body[index + 1 : index + 2], body[index - 1 : index] if index else []
    inner = getattr(statement, "body")  # noqa: B009 - a block of any kind
    if len(inner) > 1:
        last, first = f"{shown}\n{_line(inner[-1])}", f"{shown}\n{_line(inner[0])}"
        yield "moved out of a block", last, lambda: body.insert(index + 1, inner.pop())
        yield "moved out in front of a block", first, lambda: body.insert(index, inner.pop(0))
    if following:
        yield "moved into a block", f"{shown}\n{_line(following[0])}", lambda: inner.append(body.pop(index + 1))
    if before and not _is_docstring(before[0]):
        both = f"{shown}\n{_line(before[0])}"
        yield "moved into the head of a block", both, lambda: inner.insert(0, body.pop(index - 1))
    yield "block dissolved", shown, lambda: body.__setitem__(slice(index, index + 1), inner)
    if isinstance(statement, ast.Try):
        for handler in statement.handlers:
            yield "handler lost", shown, lambda h=handler: statement.handlers.remove(h)  # type: ignore[misc]
        if statement.finalbody:
            yield (
                "finally moved out after it",
                shown,
                lambda: (
                    body.__setitem__(slice(index + 1, index + 1), statement.finalbody),
                    _setter(statement, "finalbody", [])(),
                ),
            )
    if isinstance(statement, ast.If):
        negated = ast.UnaryOp(ast.Not(), statement.test)
        yield "condition negated", shown, _setter(statement, "test", negated)


def _of_step(body: list[ast.stmt], index: int, statement: ast.stmt) -> Iterator[Edit]:
    """What can be done in front of a statement of a function."""
    shown = _line(statement)
    for kind, text in (
        ("environment cleared", "os.environ.clear()"),
        ("another variable set", "os.environ['EXTRA'] = '1'"),
        ("returned early", "return"),
    ):
        yield kind, shown, lambda text=text: body.insert(index, _parsed(text))  # type: ignore[misc]
    if isinstance(statement, (ast.Expr, ast.Assign, ast.Assert)):
        wrapped = ast.If(ast.Name("extra", ast.Load()), [statement], [])
        yield "made conditional", shown, lambda: body.__setitem__(index, wrapped)


def _of_definition(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Edit]:
    yield "renamed", node.name, _setter(node, "name", f"{node.name}_too")
    for decorator in node.decorator_list:
        yield "decorator lost", ast.unparse(decorator), lambda d=decorator: node.decorator_list.remove(d)  # type: ignore[misc]
    skip = ast.parse("unittest.skip('spoilt')", mode="eval").body
    yield "decorator added", node.name, lambda: node.decorator_list.insert(0, skip)
    if len(node.decorator_list) > 1:
        yield "decorators swapped", node.name, node.decorator_list.reverse
    if isinstance(node, ast.ClassDef):
        yield "base changed", node.name, lambda: node.bases.append(ast.Name("Other"))
        return
    yield from _of_parameters(node)


def _of_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Edit]:
    arguments = node.args.args
    for index, argument in enumerate(arguments):
        if len(arguments) > len(node.args.defaults):
            yield "parameter lost", argument.arg, lambda i=index: arguments.pop(i)  # type: ignore[misc]
        if argument.arg != "self":
            yield "parameter renamed", argument.arg, _setter(argument, "arg", f"{argument.arg}_")
    for index in range(len(arguments) - 1):
        both = f"{arguments[index].arg}, {arguments[index + 1].arg}"
        yield "parameters swapped", both, lambda i=index: arguments.insert(i, arguments.pop(i + 1))  # type: ignore[misc]
    if not node.args.defaults:
        yield "parameter added", node.name, lambda: arguments.append(ast.arg("extra"))
    for index in range(len(node.args.defaults)):
        yield "default changed", node.name, lambda i=index: node.args.defaults.__setitem__(i, ast.Constant(99))  # type: ignore[misc]


def _of_monkeypatch(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Edit]:
    """What can be done with the MonkeyPatch that a function uses."""
    names = sorted({n.func.value.id for n in ast.walk(function) if _is_setting(n)})  # type: ignore[attr-defined]
    for owner, body in list(_bodies(ast.walk(function))):
        for index, statement in enumerate(body):
            if isinstance(owner, ast.ClassDef) or _is_docstring(statement):
                continue
            for name in names:
                undo = f"{name}.undo()"
                yield "undone early", _line(statement), lambda b=body, i=index, u=undo: b.insert(i, _parsed(u))  # type: ignore[misc]
            call = statement.value if isinstance(statement, ast.Expr) else None
            if _is_setting(call):
                again = f"{ast.unparse(call.func.value)}.delenv({ast.unparse(call.args[0])}, raising=False)"  # type: ignore[union-attr]
                yield "unset again", _line(statement), lambda b=body, i=index, u=again: b.insert(i + 1, _parsed(u))  # type: ignore[misc]


def _is_setting(node: ast.AST | None) -> bool:
    """Whether this is ``name.setenv(…)`` or ``name.delenv(…)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return isinstance(node.func.value, ast.Name) and node.func.attr in ("setenv", "delenv")


def _of_expression(node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.Constant():
            yield "constant", repr(node.value), _setter(node, "value", _other(node.value))
        case ast.Name(ctx=ast.Load()):
            yield "name", node.id, _setter(node, "id", f"{node.id}_")
        case ast.Attribute():
            yield "attribute", ast.unparse(node), _setter(node, "attr", f"{node.attr}_")
        case ast.Call():
            yield from _of_call(node)
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                other = _OTHER_OPERATORS[type(operator)]()
                yield "operator", ast.unparse(node), lambda i=index, o=other: node.ops.__setitem__(i, o)  # type: ignore[misc]
        case ast.BinOp() | ast.BoolOp() if type(node.op) in _OTHER_OPERATORS:
            yield "operator", ast.unparse(node), _setter(node, "op", _OTHER_OPERATORS[type(node.op)]())
        case ast.Dict() if len(node.keys) > 1:
            yield "items swapped", ast.unparse(node), _setter(node, "keys", node.keys[::-1])
    yield from _of_what_it_gives(node)


def _of_what_it_gives(node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.Yield(value) if value is not None:
            yield "yielded value lost", ast.unparse(node), _setter(node, "value", None)
        case ast.Return(value) if value is not None:
            yield "returned value lost", ast.unparse(node), _setter(node, "value", None)
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.Await):
            yield "await lost", ast.unparse(value), _setter(node, field, value.value)
        if isinstance(value, (ast.Yield, ast.YieldFrom)):
            yield "yield lost", ast.unparse(value), _setter(node, field, value.value or ast.Constant(None))


def _of_call(call: ast.Call) -> Iterator[Edit]:
    shown, arguments, keywords = ast.unparse(call), call.args, call.keywords
    for index in range(len(arguments)):
        yield "argument lost", shown, lambda i=index: arguments.pop(i)  # type: ignore[misc]
    if len(arguments) > 1:
        yield "arguments swapped", shown, arguments.reverse
    yield "argument added", shown, lambda: arguments.append(ast.Constant("extra"))
    for index, keyword in enumerate(keywords):
        yield "keyword lost", shown, lambda i=index: keywords.pop(i)  # type: ignore[misc]
        if keyword.arg is not None:
            yield "keyword renamed", shown, _setter(keyword, "arg", f"{keyword.arg}_")
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    for name, value in _KEYWORDS.get(method, ()):
        if all(k.arg != name for k in keywords):
            added = ast.keyword(name, ast.Constant(value))
            yield f"{name}= added", shown, lambda k=added: keywords.append(k)  # type: ignore[misc]
    if method in ("setenv", "setitem"):
        deleted = "delenv" if method == "setenv" else "delitem"
        yield (
            "deleted instead",
            shown,
            lambda: (
                _setter(call.func, "attr", deleted)(),
                arguments.pop() if len(arguments) > 1 else None,
            ),
        )


def _parsed(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


def _setter(node: ast.AST, field: str, value: object) -> Callable[[], object]:
    return lambda: setattr(node, field, value)


def _other(value: object) -> object:
    if isinstance(value, (bool, type(None))):
        return not value
    return f"{value}x" if isinstance(value, str) else 4711


def _line(statement: ast.stmt) -> str:
    """A statement in one line, with what is inside it."""
    return re.sub(r"\n *", " ; ", ast.unparse(statement))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
