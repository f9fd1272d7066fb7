"""Decorators that never did what they say: they end before the function's body runs, or pytest never calls them.

``patch.dict`` covers a call. The call of a generator function only creates the generator: its body runs afterwards, or
not at all, since pytest does not see that the patched function is one. What stands above ``@pytest.fixture`` wraps what
that returns, which pytest does not call.
"""

from __future__ import annotations

import ast

from codemods.environ import refusals
from codemods.environ.mapping import RefusedError
from codemods.hosts import FIXTURES, Host, Kind, generator

_MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")


def ineffective(host: Host, index: int) -> str | None:
    """What is wrong with the decorator of that index, None if it covers the body.

    Raises RefusedError where it is not known what the function is for, and so what was meant.
    """
    kinds = [host.source.names.dotted(_function(d)) or "" for d in host.function.decorator_list]
    if not generator(host.function):
        outside = any(kind in FIXTURES for kind in kinds[index + 1 :])
        return "patch.dict above @pytest.fixture is never applied" if outside else None
    if host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE):
        return "patch.dict on a generator fixture does not cover its body"
    if any(kind in _MANAGERS for kind in kinds):
        return "patch.dict on the generator of a context manager does not cover its body"
    raise RefusedError(refusals.GENERATOR)


def _function(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
