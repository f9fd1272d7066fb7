"""Statements that unset a variable if it is set: ``os.environ.pop(key, None)``, at length.

if "TOKEN" in os.environ:
    del os.environ["TOKEN"]

try:
    del os.environ["TOKEN"]
except KeyError:
    pass

with contextlib.suppress(KeyError):
    del os.environ["TOKEN"]
"""

from __future__ import annotations

import ast

from codemods.state.model.kind import Spelling
from codemods.state.model.operations import Unset


def quiet_unset(statement: ast.stmt, spelling: Spelling) -> Unset | None:
    """The operation of such a statement, None for any other."""
    match statement:
        case ast.If(ast.Compare(key, [ast.In()], [environ]), [inner], []) if (
            spelling.scope.is_container(environ)
        ):
            unset = _unset(inner, spelling)
            return unset if unset and unset.key.keys == spelling.scope.text(key).keys else None
        case ast.Try([inner], [ast.ExceptHandler(error, None, [ast.Pass()])], [], []) if (
            _is_key_error(error)
        ):
            return _unset(inner, spelling)
        case ast.With([ast.withitem(ast.Call(function, [error], []), None)], [inner]) if (
            _is_key_error(error)
        ):
            suppresses = spelling.scope.names.dotted(function) == "contextlib.suppress"
            return _unset(inner, spelling) if suppresses else None
    return None


def _unset(statement: ast.stmt, spelling: Spelling) -> Unset | None:
    operations = spelling.quiet_write(statement)
    if not operations or len(operations) > 1 or not isinstance(operations[0], Unset):
        return None
    # A key that is looked up, ``KEYS["token"]``, may be what raises the KeyError.
    looked_up = any(mark in operations[0].key.code for mark in "([")
    return None if looked_up else Unset(operations[0].key, required=False)


def _is_key_error(error: ast.expr | None) -> bool:
    return isinstance(error, ast.Name) and error.id in ("KeyError", "LookupError")
