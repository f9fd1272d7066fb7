"""Context managers that are classes: what ``__enter__`` changes is not a polluter where
``__exit__`` restores it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from codemods.python.names import Function
from codemods.state.around.case_classes import read_elsewhere
from codemods.state.cases.joined import at, join
from codemods.state.model.plan import UndoScope
from codemods.state.place.placing import placed
from codemods.state.restoring.managers import Manager
from codemods.suite.hosts import Host


def scoped_classes(hosts: Iterable[Host], managers: Mapping[str, Manager]) -> set[Function]:
    """The ``__enter__`` and ``__exit__`` of classes of which one restores all that the other
    changed.
    """
    methods = {(host.classes[-1], host.function.name): host for host in hosts if host.classes}
    found: set[Function] = set()
    for (cls, name), enter in methods.items():
        leave = methods.get((cls, "__exit__"))
        if name == "__enter__" and leave is not None and _restores(enter, leave, managers):
            found |= {enter.function, leave.function}
    return found


def _restores(enter: Host, leave: Host, managers: Mapping[str, Manager]) -> bool:
    """Both read as one function with a ``yield`` between."""
    joined = join(enter, leave, read_elsewhere(enter, leave))
    joined.name_attributes()
    body, last = joined.host.function.body, len(enter.function.body) - 1
    match body[last]:
        case ast.Return(value) as ended:  # ``return self``, after which ``__exit__`` follows
            body[last] = at(ast.Pass() if value is None else ast.Expr(value), ended)
    unit = placed(joined.host, managers, UndoScope.KEPT).unit
    return (
        unit is not None
        and not unit.refused
        and all(site.rule == "restoration" for site in unit.sites)
    )
