"""Functions in functions whose changes outlive them, and end with the function around them."""

from __future__ import annotations

from codemods.python.names import Function, bound_names
from codemods.state.model import refusals
from codemods.state.place.plan import Frame, Unit
from codemods.state.place.restorers import registered
from codemods.state.read.draft import Draft
from codemods.state.restoring.writes import Place
from codemods.suite.hosts import Kind, generator


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
    if registered(
        function, host.function.body
    ):  # `request.addfinalizer(restore)`: it may run behind the undoing
        return False
    lasting = draft.plan.frame is Frame.PARAMETER and (
        host.kind is Kind.TEST or generator(host.function)
    )
    lasting = lasting or (
        draft.plan.frame is Frame.WRAP and generator(host.function) and host.kind is not Kind.HELPER
    )
    known = {name for name, target in host.names.table.items() if target is not None}
    own = unit.plan.host.names.table
    if any(
        own.get(name) for name in bound_names(function)
    ):  # `env = os.environ`, which means nothing around it
        return False
    return lasting and not bound_names(function) & {*known, "monkeypatch"}
