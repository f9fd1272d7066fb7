"""Passing ``monkeypatch`` on to a helper. This module imports LibCST."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import libcst as cst

from codemods.edit.align import Line
from codemods.edit.parameters import add_parameter
from codemods.suite.hosts import Host

Change = Callable[[Line], Sequence[Line]]


def passing(
    change: Change | None, helpers: Collection[Host], annotation: str | None, *, gains: bool
) -> Change:
    """``change``, if there is one, and then every call of the helpers passes on the function's
    ``monkeypatch``.

    ``gains``: that is a parameter, which is added where it is not there.
    """

    def both(node: Line) -> list[Line]:
        *above, changed = change(node) if change is not None else [node]
        assert isinstance(changed, cst.FunctionDef)
        if gains and not _has_parameter(changed):
            changed = add_parameter(changed, "monkeypatch", annotation)
        passed = changed.with_changes(
            body=changed.body.visit(_Passing({h.function.name for h in helpers}))
        )
        return [*above, passed]

    return both


def _has_parameter(function: cst.FunctionDef) -> bool:
    parameters = function.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return any(p.name.value == "monkeypatch" for p in every)


class _Passing(cst.CSTTransformer):
    """Adds the argument to the calls of the given names, all of which are calls of helpers."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802 - LibCST's name
        function = original_node.func
        name = function.attr if isinstance(function, cst.Attribute) else function
        if not isinstance(name, cst.Name) or name.value not in self.names:
            return updated_node
        equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        added = cst.Arg(cst.Name("monkeypatch"), cst.Name("monkeypatch"), equal=equal)
        return updated_node.with_changes(args=_with(updated_node, added))


def _with(call: cst.Call, added: cst.Arg) -> list[cst.Arg]:
    """The arguments with one more, laid out like its neighbours."""
    if not call.args:
        return [added]
    *others, last = call.args
    trailing = last.comma if isinstance(last.comma, cst.Comma) else None
    between = others[-1].comma if others else cst.Comma(whitespace_after=_before(call))
    added = added.with_changes(
        comma=trailing or cst.MaybeSentinel.DEFAULT, whitespace_after_arg=last.whitespace_after_arg
    )
    return [
        *others,
        last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace("")),
        added,
    ]


def _before(call: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """What stands in front of the second argument of a call that has only one."""
    before = call.whitespace_before_args
    if isinstance(before, cst.ParenthesizedWhitespace):
        return before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    return cst.SimpleWhitespace(" ")
