"""Whether a test can take one more mock as a parameter, and where."""

from __future__ import annotations

import ast
import re

from codemods.python.names import Names, generator
from codemods.python.source import Source
from codemods.rule import Refusal
from codemods.suite.hosts import Host, mock_arguments

DECORATOR = Refusal(
    "decorator", "a decorator of the test or its class may change its parameters; patch by hand"
)
SIGNATURE = Refusal(
    "signature",
    "the test's parameters leave no place for a mock; list them one by one, without *args or /",
)
CALLED = Refusal(
    "called",
    "the file itself calls the test; move the shared code to a helper",
)
REDEFINED = Refusal(
    "redefined",
    "the test is defined twice or conditionally; keep one definition",
)
GENERATED = Refusal("generated", "the test yields; make it a plain function")
SHAPES = (DECORATOR, SIGNATURE, CALLED, REDEFINED, GENERATED)

# Decorators that pass on what @patch gives to the function, and do not change its parameters.
_PASSES_ON = re.compile(
    r"pytest\.mark\b|unittest\.(skip|skipIf|skipUnless|expectedFailure)$|unittest\.mock\.patch(\.object|\.dict)?$"
    r"|hypothesis\.(given|settings|example|seed)$|freezegun\.freeze_time$|time_machine\.travel$|flaky\.flaky$"
)


def mock_index(host: Host) -> int:
    """The index among the positional parameters of the one that a new outermost decorator of the
    test fills.
    """
    return bool(host.classes) + mock_arguments(host.function, host.source.names)


def shape_refusal(host: Host) -> Refusal | None:
    """Why the test cannot get one more mock, or None."""
    function, source = host.function, host.source
    if not _passes_on(host):
        return DECORATOR
    arguments = function.args
    if (
        arguments.vararg
        or arguments.posonlyargs
        or mock_index(host) > len(arguments.args) - len(arguments.defaults)
    ):
        return SIGNATURE
    if _is_called(function.name, source):
        return CALLED
    if _definition(source.tree, (*(c.name for c in host.classes), function.name)) is not function:
        return REDEFINED
    return GENERATED if generator(function) else None


def _passes_on(host: Host) -> bool:
    names = host.source.names
    decorators = [
        *host.function.decorator_list,
        *(d for c in host.classes for d in c.decorator_list),
    ]
    if not all(_is_plain(d, names) for d in decorators):
        return False
    # Below @given a mock is filled by position, and what Hypothesis draws by position too.
    called = [names.dotted(d.func) for d in host.function.decorator_list if isinstance(d, ast.Call)]
    return "hypothesis.given" not in called or not mock_arguments(host.function, names)


def _is_plain(decorator: ast.expr, names: Names) -> bool:
    name = names.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
    if name is None or not _PASSES_ON.match(name):
        return False
    if not name.startswith("unittest.mock.") or not isinstance(decorator, ast.Call):
        return True
    return not any(isinstance(a, ast.Starred) for a in decorator.args) and all(
        k.arg for k in decorator.keywords
    )


def _is_called(name: str, source: Source) -> bool:
    if source.text.count(name) == 1 or len(re.findall(rf"{name}\b", source.text)) == 1:
        return False
    return any(
        (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr == name)
        for node in ast.walk(source.tree)
    )


def _definition(tree: ast.Module, path: tuple[str, ...]) -> ast.stmt | None:
    """The function that a node id leads to: the last one of its name, if nothing makes its
    definition conditional.
    """
    found: ast.stmt | None = None
    body = tree.body
    for name in path:
        named = (s for s in reversed(body) if getattr(s, "name", None) == name)
        found = next(named, None)
        body = getattr(found, "body", [])
    return found
