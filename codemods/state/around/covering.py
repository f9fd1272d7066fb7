"""What a decorator covers: more than the function's body, just that, or nothing, whatever it says.

``patch.dict`` covers a call. The call of a generator function only creates the generator: its
body runs afterwards, or not at all, since pytest does not see that the patched function is one.
What stands above ``@pytest.fixture`` wraps what that returns, which pytest does not call. And
what decorators below it do around the body is covered as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from codemods.python.names import generator
from codemods.state.around.case_classes import family, with_bases_of
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import spelling_in
from codemods.state.model.operations import unknown
from codemods.state.model.refusals import RefusedError
from codemods.suite.hosts import FIXTURES, Host, Kind
from codemods.suite.known_calls import QUIET_DECORATORS

# The variables that such a decorator itself sets around the body.
_SETS = ((re.compile(r"moto\."), ("'AWS_ACCESS_KEY_ID'", "'AWS_SECRET_ACCESS_KEY'")),)
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


def covers_more(host: Host, index: int, written: Collection[str]) -> bool:
    """Whether a decorator below the one of that index may look at the environment, or set one of
    the written keys.
    """
    below = [_function(decorator) for decorator in host.function.decorator_list[index + 1 :]]
    return not all(_is_quiet(host, decorator, written) for decorator in below)


def _is_quiet(host: Host, decorator: ast.expr, written: Collection[str]) -> bool:
    dotted = host.source.names.dotted(decorator)
    name = dotted or ast.unparse(decorator)
    sets = {key for module, keys in _SETS if module.match(name) for key in keys}
    if sets and (sets.intersection(written) or any(map(unknown, written))):
        return False
    declared = host.context.transparent_decorators
    return (
        name in declared
        or bool(QUIET_DECORATORS.match(name))
        or (dotted is None and name in map(_last_part, declared))
    )


def _last_part(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def on_class(host: Host) -> bool:
    """Whether a ``patch.dict`` on the class of a test runs around it: what it restores must be
    undone by then (E7).
    """
    return host.node_id is not None and any(_is_patched(cls, host) for cls in host.classes[-1:])


def on_subclass(host: Host) -> bool:
    """Whether one on a class that derives from it does, when the test runs as one of that class."""
    if host.node_id is None or not host.classes:
        return False
    derived = [
        cls
        for cls in family(host)
        if cls is not host.classes[-1] and cls not in with_bases_of(host)
    ]
    return any(_is_patched(cls, host) for cls in derived)


def _is_patched(cls: ast.ClassDef, host: Host) -> bool:
    spelling = spelling_in(Scope(host.source, host.source.names))
    return any(spelling.is_patch_dict(decorator) for decorator in cls.decorator_list)


def _function(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
