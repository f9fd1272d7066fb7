"""Which variables the codes of keys stand for, so that two spellings of one variable are known to be the same."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from codemods.names import Function, bound_names, own_nodes, own_statements
from codemods.source import Source

ANY = "*"


def known_keys(codes: Iterable[str], source: Source, *functions: Function) -> frozenset[str]:
    """The variables that some keys may be, each spelled in one way; ``*`` for one that may be any.

    A name is known if the module gives it nothing but plain strings, and none of ``functions``, those that the key
    stands in, binds it: then it is one of these.
    """
    return frozenset(key for code in codes for key in _known(code, source, functions))


def _known(code: str, source: Source, functions: Sequence[Function]) -> frozenset[str]:
    if code.isidentifier():
        local = any(code in bound_names(function) for function in functions)
        found = None if local else _constants(source).get(code)
        return found or frozenset({ANY})
    try:
        value = ast.literal_eval(code)
    except (SyntaxError, ValueError):
        value = None
    return frozenset({repr(value) if isinstance(value, str) else ANY})


@lru_cache(maxsize=2)
def _constants(source: Source) -> dict[str, frozenset[str]]:
    """The names of a module that are only ever given plain strings, and which."""
    found: dict[str, list[str]] = {}
    for statement in own_statements(source.tree.body):
        match statement:
            case ast.Assign([ast.Name(name)], ast.Constant(str(value))):
                found.setdefault(name, []).append(repr(value))
    nodes = own_nodes(source.tree.body)
    stored = Counter(n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load))
    changed = {name for line in re.findall(r"\bglobal\b(.*)", source.text) for name in re.findall(r"\w+", line)}
    return {n: frozenset(values) for n, values in found.items() if len(values) == stored[n] and n not in changed}
