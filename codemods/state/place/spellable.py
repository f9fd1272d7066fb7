"""Whether the names that the new lines need are bound where these will stand, and whether those
that are read stay.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.python.names import function_nodes
from codemods.rule import Refusal
from codemods.state.model import refusals
from codemods.state.model.kind import Spelling, kind_of
from codemods.state.model.operations import Bind, Clear, Operation, SetDefault, Text
from codemods.state.place.edits import Calls, Entered, PatchedWith
from codemods.state.place.plan import Frame, Plan
from codemods.suite.hosts import Host


def unspellable(plan: Plan) -> Refusal | None:
    """Why a new line cannot say ``os.environ`` or ``pytest.MonkeyPatch``: ``import os`` stands
    below it.
    """
    names = plan.host.names
    for module, dotted, line in _needed(plan):
        unsure = module in names.local or names.table.get(module, "") is None
        if unsure and names.spelling(dotted) is None and names.spelling(dotted, line) is None:
            return refusals.LOCAL_IMPORT
    return None


def rebound(name: str, host: Host, spelling: Spelling) -> bool:
    """Whether a name for the environment is bound to anything else in a function, at whatever
    place.
    """
    nodes = function_nodes(host.function)
    meant = {id(n) for node in nodes for n in _for_container(node, spelling)}
    stores = [
        n
        for n in nodes
        if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)
    ]
    declared = [
        n
        for n in ast.walk(host.function)
        if isinstance(n, (ast.Global, ast.Nonlocal)) and name in n.names
    ]
    others = [n for n in nodes if name in (getattr(n, "name", None), getattr(n, "asname", None))]
    return bool(declared or others) or any(id(n) not in meant for n in stores)


def _for_container(node: ast.AST, spelling: Spelling) -> list[ast.expr]:
    """The targets that a node binds to ``os.environ``."""
    if (
        isinstance(node, ast.withitem)
        and node.optional_vars
        and spelling.is_patch_dict(node.context_expr)
    ):
        return [node.optional_vars]
    if isinstance(node, ast.Assign) and spelling.scope.is_container(node.value):
        return node.targets
    return []


def _needed(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """The modules that new lines need, with what of them, and the first line of each."""
    changing = (Calls, PatchedWith, Entered)
    written: list[tuple[int, Sequence[Operation]]] = [
        (s.lineno, edit.operations) for s, edit in plan.edits.items() if isinstance(edit, changing)
    ]
    written += [(0, found) for found in plan.decorators.values()]
    container = kind_of(plan.host.source).container
    looks = [
        line for line, found in written if any(_names(container, operation) for operation in found)
    ]
    if container is not None and looks:
        yield container.partition(".")[0], container, min(looks)
    if written and plan.frame is not Frame.PARAMETER:
        lines = [line for line, _ in written] + [s.lineno for s in plan.wraps]
        yield "pytest", "pytest.MonkeyPatch", min(lines)


def _names(container: str | None, operation: Operation) -> bool:
    """Whether the code that carries out an operation names the container."""
    if isinstance(operation, Bind):
        return container is not None and operation.value == Text(container)
    return isinstance(operation, (Clear, SetDefault))
