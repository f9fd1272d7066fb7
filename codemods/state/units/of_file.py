"""The units of a file, settled among each other: what one leaves, another may rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from codemods.context import Context
from codemods.python.names import Function
from codemods.python.source import Source, fact
from codemods.state.around.fixtures import Fixtures, conftests_above, layer_of, source_of
from codemods.state.expressions.known_keys import known_in
from codemods.state.model import refusals
from codemods.state.model.kind import kind_of
from codemods.state.model.operations import WHOLE
from codemods.state.model.plan import UndoScope, Unit
from codemods.state.restoring.managers import refuse_shared
from codemods.state.units.read_file import FileRead, read_file
from codemods.suite.hosts import Kind

if TYPE_CHECKING:
    from codemods.state.units.effects import Effect


@fact
def units(source: Source, context: Context) -> tuple[Unit, ...]:
    """The functions of a file that change the environment."""
    read = read_file(source, context)
    found = read.units
    if any(map(_undone_late, found)):
        found = _in_order(found, read, source, context)
    if any(unit.rolls_back for unit in found):
        from codemods.state.units.code_writes import refuse_code_writes

        while (guarded := refuse_code_writes(found, source, context)) != found:
            found = _in_order(refuse_shared(guarded), read, source, context)
    return tuple(_passed_on(found, read, source, context))


def _undone_late(unit: Unit) -> bool:
    """Whether what a unit changes is undone after something else that may undo the same."""
    late = unit.plan.undo_scope in (UndoScope.PARAMETER, UndoScope.KEPT)
    fixture = unit.plan.host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE)
    return not unit.refused and (late or fixture)


def _in_order(
    changing: Sequence[Unit], read: FileRead, source: Source, context: Context
) -> list[Unit]:
    """The units, refused where they would not be undone in the reverse order of doing."""
    from codemods.state.units.undo_order import in_order

    above: dict[Function, Effect] = {}
    for conftest in conftests_above(source, context):
        if (known := source_of(conftest, kind_of(source))) is not None:
            above.update(_effects(known, context))
    return in_order(list(changing), read.expected, above, read.managers)


def _passed_on(
    found: list[Unit], read: FileRead, source: Source, context: Context
) -> Sequence[Unit]:
    """The units; a helper among them may be given the ``monkeypatch`` of its callers."""
    helpers = any(s.refusal is refusals.HELPER for unit in found for s in unit.sites)
    if source.tests is not None or not helpers:
        return found  # with some tests only, a helper stays: it serves others too
    from codemods.state.units.helpers import Helpers

    def may_pass(unit: Unit) -> bool:
        any_key = bool(read.expected) and WHOLE in known_in(unit.plan)
        return not any_key and _in_order([*found, unit], read, source, context)[-1] == unit

    return list(map(Helpers(source, context, found, may_pass).passed_on, found))


@fact
def _effects(source: Source, context: Context) -> Mapping[Function, Effect]:
    """What the fixtures of a conftest do after the tests below it."""
    from codemods.state.units.effects import effects_of

    expected = read_file(source, context).expected
    return effects_of(units(source, context), expected, Fixtures([layer_of(source)]))
