"""Patchers that are not reported, of the same cells that a function also writes.

@patch.object(app, "name")
def test_it(name):
    app.name = "changed"

They put back what they found, which would be sooner than monkeypatch undoes the write: that finds
what the patcher had set.
"""

from __future__ import annotations

import ast

from codemods.python.names import every_node
from codemods.state.expressions.known_keys import known_in
from codemods.state.model.kind import kind_of
from codemods.state.model.operations import meet
from codemods.state.model.plan import Plan


def patched_too(plan: Plan) -> bool:
    """Whether something in a function, or around it, patches a cell that the function writes."""
    host = plan.host
    kind = kind_of(host.source)
    if not kind.shares_patchers or not plan.edits:
        return False
    written = known_in(plan)
    around = (d for cls in host.classes for d in cls.decorator_list)
    nodes = (*every_node(host.function), *around)
    calls = (node for node in nodes if isinstance(node, ast.Call))
    return any(meet(kind.patched_by(call, host.names), written) for call in calls)
