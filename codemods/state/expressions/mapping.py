"""What ``update(values, **keywords)`` sets: variable by variable where that reads well, else as the
mapping it is.

Rows E4 and E11 of the measured semantics: a value that is not a string fails in one and
not in the other, and all the values are computed before the first of them is set.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TypeGuard

from codemods.state.expressions.scope import Scope
from codemods.state.expressions.texts import keyword_name
from codemods.state.model import refusals
from codemods.state.model.operations import Clear, Operation, Set, SetAll, Text
from codemods.state.model.refusals import RefusedError

Pairs = list[tuple[ast.expr, ast.expr]]

# More variables than this read better as the mapping that they are, in a loop.
_SEPARATE = 8


def mapping(
    scope: Scope, values: ast.expr | None, keywords: list[ast.keyword], clears: bool
) -> list[Operation]:
    """What ``update(values, **keywords)`` sets, after a Clear if it clears first; raises
    RefusedError.
    """
    head: list[Operation] = [Clear()] if clears else []
    pairs = _pairs(values, keywords)
    if pairs is None:
        if values is not None and keywords:
            whole = Text(
                f"dict({scope.text(values).code}, {_keywords(scope, keywords)})", values.lineno
            )
        elif _makes_pairs(values, scope):
            return [*head, SetAll(scope.text(values), first=clears, pairs=True)]
        elif isinstance(values, ast.Name) and scope.is_pairs(values.id) and not clears:
            return [SetAll(replace(scope.text(values), stands_for=scope.each(values)), pairs=True)]
        elif values is not None:
            whole = as_mapping(scope, values)
        else:
            whole = Text(f"dict({_keywords(scope, keywords)})", keywords[0].value.lineno)
        lazy = values is not None and isinstance(values, ast.Name) and not keywords
        named = (
            values if lazy else keywords[0].value if len(keywords) == 1 and values is None else None
        )
        if isinstance(named, ast.Name):
            whole = replace(whole, stands_for=scope.each(named))
        return [*head, SetAll(whole, first=clears and not lazy)]
    for key, value in pairs:
        must_be_text(key, scope)
        must_be_text(value, scope)
    looks = [scope.sees(e) for pair in pairs for e in pair]
    if any(looks if clears else looks[2:]) or len(pairs) > _SEPARATE:
        literal = isinstance(values, ast.Dict) and not keywords
        whole = (
            as_mapping(scope, values)
            if literal and values
            else Text(_written_out(scope, pairs), _line(values))
        )
        return [*head, SetAll(whole, first=clears and any(looks))]
    return head + [Set(scope.text(key), scope.text(value)) for key, value in pairs]


def as_mapping(scope: Scope, node: ast.expr) -> Text:
    """The text of an expression that has ``.items()``: what may be pairs or empty is wrapped in
    ``dict()``.
    """
    match node:
        case ast.Call(ast.Name("dict"), [ast.Name(name) as inner], []) if scope.is_dict(name):
            return scope.text(inner)  # a copy is needed by nobody: the loop changes nothing
    text = scope.text(node)
    plain = isinstance(node, ast.Dict) or (
        isinstance(node, ast.Call) and scope.names.dotted(node.func) == "dict"
    )
    if plain or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict"
    ):
        return text
    if isinstance(node, ast.Name) and scope.is_dict(node.id):
        return text
    code = text.code if isinstance(node, ast.GeneratorExp) else f"({text.code})"
    return Text(f"dict{code}", text.line, text.end_line)


def fresh_dict(scope: Scope, values: ast.expr | None, keywords: list[ast.keyword]) -> Text:
    """The text of a dict of its own that holds what ``update(values, **keywords)`` sets,
    computed there and then.
    """
    pairs = _pairs(values, keywords)
    if isinstance(values, (ast.Dict, ast.DictComp)) and not keywords:
        return scope.text(values)
    if pairs is not None:
        return Text(_written_out(scope, pairs), _line(values or keywords[0].value))
    rest = f", {_keywords(scope, keywords)}" if keywords else ""
    if values is None:
        return Text(f"dict({rest[2:]})", keywords[0].value.lineno)
    text = scope.text(values)
    code = (
        text.code
        if isinstance(values, ast.GeneratorExp) and not keywords
        else f"({text.code}{rest})"
    )
    return Text(f"dict{code}", text.line, text.end_line)


def must_be_text(node: ast.expr, scope: Scope) -> None:
    """Raise RefusedError for what is certainly no string (E4: patch.dict raises TypeError,
    monkeypatch warns).

    Where the function speaks of TypeError, anything that is not certainly a string is refused:
    it may be expected.
    """
    if _never_text(node, scope) or (scope.expects_type_error and not _always_text(node)):
        raise RefusedError(refusals.VALUE_NOT_STRING)


def _never_text(node: ast.expr, scope: Scope) -> bool:
    if isinstance(node, ast.IfExp):
        return _never_text(node.body, scope) or _never_text(node.orelse, scope)
    if isinstance(node, ast.Name):
        value = scope.names.values.get(node.id)
        return value is not None and not isinstance(value, ast.Name) and _never_text(value, scope)
    if isinstance(node, ast.BinOp):
        numbers = (
            isinstance(node.left, ast.Constant)
            and _never_text(node.left, scope)
            and _never_text(node.right, scope)
        )
        return not isinstance(node.op, (ast.Add, ast.Mult, ast.Mod)) or numbers
    if isinstance(node, ast.Call):
        known = (
            isinstance(node.func, ast.Name)
            and node.func.id not in scope.names.table
            and node.func.id in _NO_TEXT
        )
        return known or scope.names.dotted(node.func) == "pathlib.Path"
    return isinstance(node, _NO_TEXT_NODES) or (
        isinstance(node, ast.Constant) and not isinstance(node.value, str)
    )


def _always_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "str"
    return isinstance(node, (ast.Constant, ast.JoinedStr))


_NO_TEXT = frozenset(
    ("len", "int", "float", "bool", "list", "dict", "set", "tuple", "sorted", "bytes", "sum", "abs")
)
_NO_TEXT_NODES = (
    *(ast.Dict, ast.List, ast.Tuple, ast.Set, ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp),
    *(ast.Compare, ast.UnaryOp),
)


def _pairs(values: ast.expr | None, keywords: list[ast.keyword]) -> Pairs | None:
    """The keys and values that are written out, None where some are not."""
    call = values if isinstance(values, ast.Call) and not values.args else None
    if call is not None and isinstance(call.func, ast.Name) and call.func.id == "dict":
        keywords = [*call.keywords, *keywords]
        values = None
    pairs = [] if values is None else _pairs_of(values)
    if pairs is None or any(keyword.arg is None for keyword in keywords):
        return None
    return pairs + [(keyword_name(keyword), keyword.value) for keyword in keywords]


def _pairs_of(values: ast.expr) -> Pairs | None:
    """The same of one mapping, or sequence of pairs: ``{"A": a}``, ``[("A", a)]``."""
    if isinstance(values, ast.Dict):
        pairs = [
            (key, value)
            for key, value in zip(values.keys, values.values, strict=True)
            if key is not None
        ]
        return pairs if len(pairs) == len(values.keys) else None
    if isinstance(values, (ast.List, ast.Tuple)):
        elements = [
            e.elts for e in values.elts if isinstance(e, (ast.List, ast.Tuple)) and len(e.elts) == 2
        ]
        return (
            [(key, value) for key, value in elements] if len(elements) == len(values.elts) else None
        )
    return None


def _makes_pairs(values: ast.expr | None, scope: Scope) -> TypeGuard[ast.expr]:
    """Whether a comprehension makes pairs; a generator makes them one by one, which nothing in
    it may notice.
    """
    if not isinstance(values, (ast.ListComp, ast.GeneratorExp)) or not isinstance(
        values.elt, ast.Tuple
    ):
        return False
    lazy = isinstance(values, ast.GeneratorExp)
    return len(values.elt.elts) == 2 and not (lazy and scope.sees(values))


def _keywords(scope: Scope, keywords: list[ast.keyword]) -> str:
    parts = [(f"{k.arg}=" if k.arg else "**") + scope.text(k.value).code for k in keywords]
    return ", ".join(parts)


def _written_out(scope: Scope, pairs: Pairs) -> str:
    return "{" + ", ".join(f"{scope.text(k).code}: {scope.text(v).code}" for k, v in pairs) + "}"


def _line(node: ast.expr | None) -> int:
    """The line of an expression that may be missing."""
    return node.lineno if node is not None else 0
