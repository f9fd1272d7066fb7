"""What a statement does to the environment: read from either side of a rewrite into the same few words."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from isolator.guard.erasure.syntax.nodes import names_in, substitute
from isolator.guard.erasure.syntax.scope import ENVIRON, MONKEYPATCH, PATCH_DICT, PATCHER, Scope, spelled

# Methods of os.environ that change nothing.
READS = {"get", "copy", "items", "keys", "values", "__getitem__", "__contains__"}
_UNDOERS = {"addCleanup", "addClassCleanup", "addModuleCleanup", "addfinalizer", "callback"}
_ENTERERS = {"enterContext", "enter_context", "enterClassContext", "enter_async_context", "enterAsyncContext"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One change: ``set`` a key to a value, ``unset`` a key, ``clear`` everything, set all of a ``mapping``.

    ``turn`` takes back what else was changed: a patcher is stopped, a MonkeyPatch undone. ``required``: to unset a
    variable that is not set is an error.
    """

    kind: Literal["set", "unset", "clear", "mapping", "turn"]
    key: ast.expr | None = None
    value: ast.expr | None = None
    required: bool = field(default=False, kw_only=True)


def with_values(operation: Operation, values: Mapping[str, ast.expr]) -> Operation:
    """The operation with names replaced by what they stand for."""
    key = operation.key and substitute(operation.key, values)
    value = operation.value and substitute(operation.value, values)
    if key is operation.key and value is operation.value:
        return operation
    return replace(operation, key=key, value=value)


def of_patch(call: ast.Call) -> list[Operation]:
    """The operations of a call of ``patch.dict`` on the environment, in the order in which it does them."""
    clear = call.args[2] if len(call.args) > 2 else _keyword(call, "clear")
    cleared = clear is not None and not (isinstance(clear, ast.Constant) and not clear.value)
    found = [Operation("clear")] if cleared else []
    values = call.args[1] if len(call.args) > 1 else _keyword(call, "values")
    if values is not None:
        found += of_mapping(values)
    return found + _of_keywords([k for k in call.keywords if k.arg not in ("in_dict", "values", "clear")])


def onto_a_copy(found: list[Operation], scope: Scope) -> list[Operation]:
    """The operations without a clear after which all that was cleared is set again, as it was right before.

    ``patch.dict(os.environ, {**os.environ, "TOKEN": "t"}, clear=True)`` as a block only sets the token. What it is
    given is copied when it is made, so ``patch.dict(os.environ, os.environ, clear=True)`` sets nothing.
    """
    kinds = [operation.kind for operation in found[:2]]
    if kinds != ["clear", "mapping"]:
        return found
    whole = found[1].value
    if isinstance(whole, ast.Call) and isinstance(whole.func, ast.Attribute) and whole.func.attr == "copy":
        whole = whole.func.value
    return found[2:] if whole is not None and scope.is_environment(whole) else found


def of_mapping(node: ast.expr) -> list[Operation]:
    """Setting all that a mapping, or a sequence of pairs, holds: one by one where it is written out."""
    if isinstance(node, ast.Dict):
        found: list[Operation] = []
        for key, value in zip(node.keys, node.values, strict=True):
            found += of_mapping(value) if key is None else [Operation("set", key, value)]
        return found
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        return [o for argument in node.args for o in of_mapping(argument)] + _of_keywords(node.keywords)
    if isinstance(node, (ast.List, ast.Tuple)):
        pairs = [e.elts for e in node.elts if isinstance(e, (ast.List, ast.Tuple)) and len(e.elts) == 2]
        if len(pairs) == len(node.elts):
            return [Operation("set", key, value) for key, value in pairs]
    return [Operation("mapping", value=node)]


def of_statement(statement: ast.stmt, scope: Scope) -> list[Operation] | None:
    """What a simple statement does if it only changes the environment, or prepares that; None if it does more."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _of_call(statement.value, scope)
    if isinstance(statement, ast.Assign):
        return _of_assignment(statement, scope)
    if isinstance(statement, ast.AnnAssign):  # whose annotation a function does not evaluate
        key = item(statement.target, scope) if statement.value is not None else None
        return None if key is None else [Operation("set", key, statement.value)]
    if isinstance(statement, ast.AugAssign):
        key = item(statement.target, scope)
        if key is not None:
            return [Operation("set", key, ast.BinOp(statement.target, statement.op, statement.value))]
        return of_mapping(statement.value) if scope.is_environment(statement.target) else None
    if isinstance(statement, ast.Delete):
        keys = [item(target, scope) for target in statement.targets]
        return None if None in keys else [Operation("unset", key, required=True) for key in keys]
    return None


def as_loop(statement: ast.stmt, scope: Scope) -> ast.For | None:
    """``[os.environ.pop(k) for k in names]`` as the equivalent loop; None if it is something else."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(value, ast.ListComp) or len(value.generators) != 1:
        return None
    turn, element = value.generators[0], ast.copy_location(ast.Expr(value.elt), value)
    if turn.ifs or turn.is_async or of_statement(element, scope) is None:
        return None
    return ast.copy_location(ast.For(turn.target, turn.iter, [element], []), statement)


def of_registration(statement: ast.stmt, scope: Scope) -> list[Operation] | None:
    """What ``self.addCleanup(os.environ.pop, key, None)`` and its like do in the end; None if it is something else."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in _UNDOERS:
        return None
    if len(call.args) == 1 and isinstance(call.args[0], ast.Lambda) and not call.args[0].args.args:
        return _in_the_end(call.args[0].body, scope)
    function, arguments = (call.args[0], call.args[1:]) if len(call.args) > 1 else (call, [])
    operator = scope.dotted(function)
    if operator in ("operator.setitem", "operator.delitem") and scope.is_environment(arguments[0]):
        return [Operation("set" if operator.endswith("setitem") else "unset", *arguments[1:3])]
    if len(call.args) == 1:
        function = call.args[0]
    if not isinstance(function, ast.Attribute) or not scope.is_environment(function.value):
        return None
    return _of_method(ast.Call(function, arguments, call.keywords), function.value, function.attr)


def registered_function(statement: ast.stmt, body: list[ast.stmt]) -> ast.FunctionDef | None:
    """The function among some statements that ``self.addCleanup(restore)`` registers, and nothing else there names."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in _UNDOERS:
        return None
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(_, method), [ast.Name(name)], [])) if method in _UNDOERS:
            uses = [n for n in names_in(body) if n.id == name]
            made = [s for s in body if isinstance(s, ast.FunctionDef) and s.name == name and not s.decorator_list]
            return made[0] if len(uses) == len(made) == 1 and ast.unparse(made[0].args) == "" else None
    return None


def _in_the_end(body: ast.expr, scope: Scope) -> list[Operation] | None:
    """What the body of a ``lambda`` does that is called in the end."""
    if not isinstance(body, ast.Call) or not isinstance(body.func, ast.Attribute):
        return None
    return _of_method(body, body.func.value, body.func.attr) if scope.is_environment(body.func.value) else None


def is_start(statement: ast.stmt) -> bool:
    """Whether a statement is ``patcher.start()``: the values were computed where the patcher was made."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "start"


def _of_assignment(statement: ast.Assign, scope: Scope) -> list[Operation] | None:
    """``os.environ[key] = value``."""
    keys = [item(target, scope) for target in statement.targets]
    return None if None in keys else [Operation("set", key, statement.value) for key in keys]


def _of_call(call: ast.Call, scope: Scope) -> list[Operation] | None:
    called, arguments = scope.dotted(call.func), call.args
    if called in PATCH_DICT and scope.is_patch(call):
        return of_patch(call)
    if called in ("os.putenv", "os.unsetenv"):
        return [Operation("set", *arguments) if len(arguments) == 2 else Operation("unset", *arguments[:1])]
    if not isinstance(call.func, ast.Attribute):
        return None
    receiver, method = scope.dotted(call.func.value), call.func.attr
    if method in _ENTERERS and len(arguments) == 1 and isinstance(arguments[0], ast.Call):
        return of_patch(arguments[0]) if scope.is_patch(arguments[0]) else None
    if method in _UNDOERS and len(arguments) == 1 and _stops(arguments[0], scope):
        return [] if (spelled(call.func.value) or "").partition(".")[0] in scope.table else None
    if receiver == ENVIRON:
        return _of_method(call, call.func.value, method)
    if receiver == PATCHER and method in ("start", "stop"):
        patch = scope.patch(call.func.value) if method == "start" else None
        return of_patch(patch) if patch is not None else [Operation("turn")]
    return _of_monkeypatch(call, method, scope) if receiver == MONKEYPATCH else None


def _of_method(call: ast.Call, environ: ast.expr, method: str) -> list[Operation] | None:
    """The methods of ``os.environ`` itself; ``setdefault`` reads as a ``set`` under its condition."""
    arguments = call.args
    if method == "update":
        return [o for a in arguments for o in of_mapping(a)] + _of_keywords(call.keywords)
    if method == "setdefault" and len(arguments) == 2:
        unset = ast.Compare(arguments[0], [ast.NotIn()], [environ])
        return [Operation("set", arguments[0], ast.Tuple([arguments[1], unset]))]
    if method == "__setitem__" and len(arguments) == 2:
        return [Operation("set", *arguments)]
    if method in ("pop", "__delitem__") and len(arguments) in (1, 2) and not call.keywords:
        return [Operation("unset", arguments[0], required=method == "__delitem__" or len(arguments) == 1)]
    return [Operation("clear")] if method in ("clear", "popitem") else None


def _of_monkeypatch(call: ast.Call, method: str, scope: Scope) -> list[Operation] | None:
    """The methods of a MonkeyPatch that concern the environment; one with arguments beyond what these need is more."""
    if method in ("setitem", "delitem") and call.args and scope.is_environment(call.args[0]):
        call, method = ast.Call(call.func, call.args[1:], call.keywords), method.replace("item", "env")
    names = {"setenv": ("name", "value"), "delenv": ("name", "raising")}.get(method)
    if names is None or len(call.args) > 2:
        return None
    given = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg not in names or keyword.arg in given:
            return None
        given[keyword.arg] = keyword.value
    if method == "setenv":
        return [Operation("set", given["name"], given["value"])] if len(given) == 2 else None
    raising = given.pop("raising", ast.Constant(True))
    if not given or not isinstance(raising, ast.Constant) or not isinstance(raising.value, bool):
        return None
    return [Operation("unset", given["name"], required=raising.value)]


def receiver(statement: ast.stmt, scope: Scope) -> str:
    """The name of the MonkeyPatch or patcher whose method a statement calls, an empty text for any other."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return ""
    known = scope.dotted(call.func.value) in (MONKEYPATCH, PATCHER)
    return spelled(call.func.value) or "a patcher" if known else ""


def is_placeholder(found: list[Operation], by: str, next_statement: ast.stmt | None, scope: Scope) -> bool:
    """Whether ``setenv(key, "")`` stands right in front of ``delenv(key)``: it only makes sure that this is undone.

    Of an item it is ``setitem(container, key, None)``.
    """
    if next_statement is None or len(found) != 1 or found[0].key is None or receiver(next_statement, scope) != by:
        return False
    gone = of_statement(next_statement, scope) or []
    match found[0], [o.key for o in gone if o.kind == "unset"]:
        case Operation("set", key, ast.Constant("" | None)), [ast.expr() as deleted]:
            return key is not None and ast.dump(key) == ast.dump(deleted)
    return False


def unset_to_be_set(statement: ast.stmt, next_statement: ast.stmt, scope: Scope) -> str | None:
    """The key of a variable that is unset only to be set right after that, in the same way: nothing looks in between.

    ``os.environ.pop("A", None)`` in front of ``os.environ["A"] = "1"``
    """
    found = of_statement(statement, scope)
    if not found or found[0].kind != "unset" or receiver(statement, scope) != receiver(next_statement, scope):
        return None
    match found, of_statement(next_statement, scope):
        case [Operation("unset", ast.expr() as gone, required=False)], [Operation("set", ast.expr() as key, value)]:
            plain = value is not None and _is_plain(key, scope) and _is_plain(value, scope)
            return ast.dump(key) if plain and ast.dump(gone) == ast.dump(key) else None
    return None


def _is_plain(expression: ast.expr, scope: Scope) -> bool:
    """Whether an expression is put together of names and constants, none of which is the environment."""
    quiet = (ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.operator, ast.expr_context)
    return all(isinstance(n, quiet) and not scope.is_environment(n) for n in ast.walk(expression))


def undone_by(statement: ast.stmt, scope: Scope) -> str:
    """The name of the MonkeyPatch that a statement lets be undone at the end, an empty text if it does no such thing.

    ``self.addCleanup(monkeypatch.undo)``
    """
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in _UNDOERS:
        return ""
    match call:
        case ast.Call(ast.Attribute(by), [ast.Attribute(owner, "undo")], []) if scope.dotted(owner) == MONKEYPATCH:
            return (spelled(owner) or "") if (spelled(by) or "").partition(".")[0] in scope.table else ""
    return ""


def is_read(node: ast.AST, scope: Scope) -> bool:
    """Whether an expression does nothing but read the environment: one variable, all, or whether one is set."""
    if isinstance(node, ast.Call):
        called = scope.dotted(node.func)
        if called == "os.getenv":
            return True
        if isinstance(node.func, ast.Attribute) and scope.is_environment(node.func.value):
            return node.func.attr in READS
        copies = isinstance(node.func, ast.Name) and node.func.id in ("dict", "list", "set", "tuple")
        copies = copies or called in ("copy.copy", "copy.deepcopy")
        copies = copies and len(node.args) == 1 and not node.keywords
        return copies and (scope.is_environment(node.args[0]) or is_read(node.args[0], scope))
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], (ast.In, ast.NotIn)) and scope.is_environment(node.comparators[0])
    if isinstance(node, ast.Dict):
        return node.keys == [None] and scope.is_environment(node.values[0])
    if isinstance(node, (ast.DictComp, ast.UnaryOp, ast.IfExp)):
        return is_read(
            getattr(node, {"DictComp": "value", "UnaryOp": "operand"}.get(type(node).__name__, "body")), scope
        )
    return item(node, scope) is not None


def is_save(node: ast.AST, scope: Scope) -> bool:
    """Whether an expression reads what is to be put back: one variable, all, or a dict of several."""
    if isinstance(node, ast.Dict) and None not in node.keys and node.keys:
        return all(map(partial(_reads_its_key, scope), node.keys, node.values))
    return is_read(node, scope)


def _reads_its_key(scope: Scope, key: ast.expr | None, value: ast.expr) -> bool:
    """Whether an item of a dict holds what the environment holds for its key."""
    read = value.args[0] if isinstance(value, ast.Call) and value.args else item(value, scope)
    return is_read(value, scope) and None not in (key, read) and ast.dump(key) == ast.dump(read)  # type: ignore[arg-type]


def item(node: ast.AST, scope: Scope) -> ast.expr | None:
    """The key of ``os.environ[key]``, None for anything else."""
    return node.slice if isinstance(node, ast.Subscript) and scope.is_environment(node.value) else None


def read_key(node: ast.expr, scope: Scope) -> ast.expr | None:
    """The key of the one variable that is read, None if it is not known that only one is."""
    if isinstance(node, ast.Call) and node.args and is_read(node, scope):
        return None if scope.is_environment(node.args[0]) else node.args[0]
    return item(node, scope)


def _stops(argument: ast.expr, scope: Scope) -> bool:
    return isinstance(argument, ast.Attribute) and (scope.dotted(argument.value), argument.attr) == (PATCHER, "stop")


def _of_keywords(keywords: list[ast.keyword]) -> list[Operation]:
    found: list[Operation] = []
    for k in keywords:
        found += of_mapping(k.value) if k.arg is None else [Operation("set", ast.Constant(k.arg), k.value)]
    return found


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)
