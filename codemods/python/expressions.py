"""Texts that are to be an expression of Python."""

from __future__ import annotations

import ast


def is_expression(text: str) -> bool:
    """Whether the text can stand as the one value of an argument: no comment, no bare tuple, no
    assignment.
    """
    try:
        ast.parse(text, mode="eval")
        call = ast.parse(f"f(x={text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return (
        isinstance(call, ast.Call)
        and not call.args
        and [each.arg for each in call.keywords] == ["x"]
    )
