"""Adds a parameter to a function, laid out like its other parameters.

    def test_it(
        client,  # the real one
        *,
        dry: bool,
    ):

A list with one parameter a line stays so, each comment stays after the parameter it speaks of,
and a trailing comma is kept. This module imports LibCST: import it inside ``apply`` only.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

Element = cst.Param | cst.ParamStar | cst.ParamSlash
White = cst.BaseParenthesizableWhitespace
_BLANK = cst.SimpleWhitespace(" ")
_NONE = cst.SimpleWhitespace("")


def add_parameter(
    function: cst.FunctionDef, name: str, annotation: str | None = None, at: int | None = None
) -> cst.FunctionDef:
    """The function with one more parameter: last, or at an index among the positional ones
    (counting ``self``).

    After ``*args`` or a parameter with a default the new one becomes keyword-only, which pytest
    fills as well.
    """
    parameters = function.params
    added = cst.Param(
        cst.Name(name), (annotation and cst.Annotation(cst.parse_expression(annotation))) or None
    )
    elements = _elements(parameters)
    index = len(elements) if at is None else _place(elements, at)
    if isinstance(parameters.star_kwarg, cst.Param):
        index = min(index, len(elements) - 1)
    white = _between(function, elements)
    elements = _inserted(elements, added, index, white)
    if at is None and _needs_star(parameters):
        elements = _inserted(elements, cst.ParamStar(), index, white)
    return function.with_changes(params=_parameters(elements, parameters))


def without_parameter(function: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """The function without a positional parameter; what stood after it up to the bracket stands
    after the last.
    """
    elements = _elements(function.params)
    index = next(
        i for i, e in enumerate(elements) if isinstance(e, cst.Param) and e.name.value == name
    )
    left = [*elements[:index], *elements[index + 1 :]]
    if left and index == len(left):
        gone, end = _closing(elements[index])
        last, _ = _closing(left[-1])
        left[-1] = _closed(last.with_changes(comma=cst.MaybeSentinel.DEFAULT), gone, end)
    return function.with_changes(params=_parameters(left, function.params))


def _needs_star(parameters: cst.Parameters) -> bool:
    """Whether a last parameter would need a default: ``def test_it(a, b=1)``."""
    if parameters.star_arg is not cst.MaybeSentinel.DEFAULT:
        return False
    return any(p.default is not None for p in (*parameters.posonly_params, *parameters.params))


def _elements(parameters: cst.Parameters) -> list[Element]:
    """All elements between commas, in the order of the text."""
    slash = [parameters.posonly_ind] if isinstance(parameters.posonly_ind, cst.ParamSlash) else []
    if parameters.posonly_params and not slash:
        slash = [cst.ParamSlash()]
    star = [] if parameters.star_arg is cst.MaybeSentinel.DEFAULT else [parameters.star_arg]
    if parameters.kwonly_params and not star:
        star = [cst.ParamStar()]
    last = [parameters.star_kwarg] if parameters.star_kwarg is not None else []
    return [
        *parameters.posonly_params,
        *slash,
        *parameters.params,
        *star,
        *parameters.kwonly_params,
        *last,
    ]


def _place(elements: Sequence[Element], at: int) -> int:
    """The index among all elements of a parameter that is to be the ``at``-th positional one."""
    slashes = [
        index for index, element in enumerate(elements) if isinstance(element, cst.ParamSlash)
    ]
    return at + 1 if slashes and at >= slashes[0] else at


def _parameters(elements: Sequence[Element], before: cst.Parameters) -> cst.Parameters:
    """The elements as LibCST keeps them."""
    star = before.star_arg
    groups: dict[str, list[Element]] = {"posonly": [], "plain": [], "kwonly": []}
    slash: cst.ParamSlash | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
    last: cst.Param | None = None
    here = "posonly" if any(isinstance(e, cst.ParamSlash) for e in elements) else "plain"
    for element in elements:
        if isinstance(element, cst.ParamSlash):
            slash, here = element, "plain"
        elif isinstance(element, cst.ParamStar) or (
            isinstance(element, cst.Param) and element.star == "*"
        ):
            star, here = element, "kwonly"
        elif isinstance(element, cst.Param) and element.star == "**":
            last = element
        else:
            groups[here].append(element)
    return before.with_changes(
        posonly_params=groups["posonly"],
        posonly_ind=slash,
        params=groups["plain"],
        star_arg=star,
        kwonly_params=groups["kwonly"],
        star_kwarg=last,
    )


def _between(function: cst.FunctionDef, elements: Sequence[Element]) -> White:
    """What stands between two parameters, without its comments: a blank, unless each stands on a
    line of its own.
    """
    commas = [element.comma for element in elements[:-1]]
    between = [comma.whitespace_after for comma in commas if isinstance(comma, cst.Comma)]
    if len(elements) == 1:
        between = [function.whitespace_before_params]
    apart = bool(between) and all(
        isinstance(white, cst.ParenthesizedWhitespace) for white in between
    )
    return _bare(between[-1]) if apart else _BLANK


def _bare(white: White) -> White:
    if not isinstance(white, cst.ParenthesizedWhitespace):
        return white
    return white.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])


def _inserted(elements: Sequence[Element], new: Element, index: int, white: White) -> list[Element]:
    """The elements with one more, separated from the one before it, or after it, by
    ``white``.
    """
    if index < len(elements):
        return [
            *elements[:index],
            new.with_changes(comma=cst.Comma(whitespace_after=white)),
            *elements[index:],
        ]
    if not elements:
        return [new]
    last, end = _closing(elements[-1])
    comment = isinstance(end, cst.ParenthesizedWhitespace) and end.first_line.comment is not None
    if comment and isinstance(end, cst.ParenthesizedWhitespace):
        between = (
            white
            if isinstance(white, cst.ParenthesizedWhitespace)
            else end.with_changes(empty_lines=[])
        )
        white = between.with_changes(first_line=end.first_line)
        end = end.with_changes(first_line=cst.TrailingWhitespace())
    kept = last.with_changes(comma=cst.Comma(whitespace_after=white))
    return [*elements[:-1], kept, _closed(new, elements[-1], end)]


def _closing(last: Element) -> tuple[Element, White]:
    """The last element, and the white space and comment between it and the bracket (``b  # why``,
    without a comma).
    """
    if isinstance(last.comma, cst.Comma):
        return last, last.comma.whitespace_after
    if isinstance(last, cst.Param):
        return last.with_changes(whitespace_after_param=_NONE), last.whitespace_after_param
    return last, _NONE


def _closed(new: Element, last: Element, end: White) -> Element:
    """The new last element, closed as the one before it was: with its trailing comma, if it had
    one.
    """
    if isinstance(last.comma, cst.Comma):
        return new.with_changes(comma=last.comma.with_changes(whitespace_after=end))
    return new.with_changes(whitespace_after_param=end) if isinstance(new, cst.Param) else new
