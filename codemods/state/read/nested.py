"""Functions in functions whose changes outlive them, and end with the function around them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.python.names import Function, bound_names, generator
from codemods.state.model import refusals
from codemods.state.model.plan import Unit
from codemods.state.read.draft import Draft
from codemods.state.restoring.writes import Place
from codemods.suite.known_calls import HANDS_OVER


def belongs_around(function: Function, unit: Unit, draft: Draft, place: Place) -> bool:
    """Whether what a nested function writes may be undone by the MonkeyPatch of the function around
    it.

    It must be called no later than that is undone: while a test runs, or up to the end of a
    fixture that yields.
    """
    host = draft.host
    plain = all(site.refusal is refusals.HELPER for site in unit.sites)
    if not plain or function.decorator_list or generator(function) or place.undone or place.kept:
        return False
    if _registered(
        function, host.function.body
    ):  # `request.addfinalizer(restore)`: it may run after the undoing
        return False
    known = {name for name, target in host.names.table.items() if target is not None}
    own = unit.plan.host.names.table
    if any(
        own.get(name) for name in bound_names(function)
    ):  # `env = os.environ`, which means nothing around it
        return False
    return draft.standing.lends and not bound_names(function) & {*known, "monkeypatch"}


def _registered(function: Function, body: Sequence[ast.stmt]) -> bool:
    """Whether statements hand a function, or what calls it, to something that calls it in the
    end.
    """
    calls = (
        n for s in body for n in ast.walk(s) if isinstance(n, ast.Call) and _called(n) in HANDS_OVER
    )
    given = (
        n
        for call in calls
        for a in (*call.args, *(k.value for k in call.keywords))
        for n in ast.walk(a)
    )
    return any(isinstance(n, ast.Name) and n.id == function.name for n in given)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
