"""What is taken from ``sys.path`` again, where that is all that was added to it: then it is as it was before.

    sys.path.insert(0, folder)            sys.path.insert(0, folder)
    sys.path.remove(folder)               sys.path.remove(another)

What is added in one method of a class and taken back in another one counts as well: ``setUp`` and ``tearDown``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from isolator.guard.erasure.syntax.nodes import FUNCTIONS, walk

_PATH = "sys.path"

_Added = tuple[str, ...]  # the calls that take it back


def taken_back(statement: ast.stmt) -> frozenset[int]:
    """The identities of the statements below that take back all that was added before."""
    found: set[int] = set()
    added: list[_Added] = []
    left: list[tuple[ast.Expr, str]] = []
    for function in (node for node in ast.walk(statement) if isinstance(node, FUNCTIONS)):
        pending: list[_Added] = []
        for node, change in _changes(function):
            if isinstance(change, tuple):
                pending.append(change)
            elif len(pending) == 1 and change in pending[0]:
                found.add(id(node))
                pending = []
            elif not pending:
                left.append((node, change))
        added += pending
    return frozenset(found.union(id(node) for node, call in left if len(added) == 1 and call in added[0]))


def _changes(function: ast.AST) -> Iterator[tuple[ast.Expr, _Added | str]]:
    """What a function adds, and the calls by which it takes something, in the order of the file."""
    inside = [node for node in walk([function]) if isinstance(node, ast.Expr)]
    for node in sorted(inside, key=lambda node: (node.lineno, node.col_offset)):
        match node.value:
            case ast.Call(ast.Attribute(path, method), given, []) if ast.unparse(path) == _PATH:
                match method, given:
                    case "insert", [ast.Constant(0), one]:
                        yield node, (f"remove({ast.unparse(one)})", "pop(0)")
                    case "append", [one]:
                        yield node, (f"remove({ast.unparse(one)})", "pop()")
                    case (("remove" | "pop"), _):
                        yield node, f"{method}({', '.join(map(ast.unparse, given))})"
