"""One parameter more or less, in any place: the rest of the function and its comments stay the same."""

from __future__ import annotations

import ast

import libcst as cst
import pytest

from codemods.edit.parameters import add_parameter, without_parameter

SIGNATURES = [
    "",
    "a",
    "a, b=1",
    "a, /",
    "a, /, b",
    "*args",
    "**kw",
    "a, *, b",
    "a, *args, b, **kw",
    "a,",
    "a=1, /",
    "\n    a,  # one\n    b,  # two\n",
    "\n    a,  # one\n    b  # two\n",
    "a,  # one\n      b",
    "\n    a  # one\n",
    "\n    a,\n    # above\n    b,\n    # below\n",
    "\n    a, b,\n    c=3,\n",
    "\n    a,\n    **kw,  # all\n",
    "\n    a,\n    *args,\n",
    "  # first\n    a,\n",
    "a, # one\n  *, # two\n  b # three\n  ",
]


def function(signature: str) -> tuple[cst.Module, cst.FunctionDef]:
    module = cst.parse_module(f"def f({signature}): pass\n")
    found = module.body[0]
    assert isinstance(found, cst.FunctionDef)
    return module, found


def names(text: str) -> list[str]:
    parsed = ast.parse(text).body[0]
    assert isinstance(parsed, ast.FunctionDef)
    every = ast.unparse(parsed.args)
    return [part.strip().split("=")[0] for part in every.split(",")] if every else []


@pytest.mark.parametrize("signature", SIGNATURES)
def test_last(signature: str) -> None:
    module, before = function(signature)
    after = module.code_for_node(add_parameter(before, "new"))
    kept = [name for name in names(after) if name not in ("new", "*")]
    assert kept == [name for name in names(module.code) if name != "*"]
    assert "new" in names(after)
    assert after.count("#") == signature.count("#")
    for line in signature.splitlines():  # a comment stands after what it stood after
        if "#" in line and "," in line:
            assert line.strip() in after


@pytest.mark.parametrize("signature", SIGNATURES)
def test_at_each_place(signature: str) -> None:
    module, before = function(signature)
    arguments = ast.parse(module.code).body[0]
    assert isinstance(arguments, ast.FunctionDef)
    positional = [*arguments.args.posonlyargs, *arguments.args.args]
    plain = len(positional) - len(arguments.args.defaults)
    for at in range(plain + 1):
        after = ast.parse(module.code_for_node(add_parameter(before, "new", at=at))).body[0]
        assert isinstance(after, ast.FunctionDef)
        assert [a.arg for a in (*after.args.posonlyargs, *after.args.args)][at] == "new"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", ""),
        ("a, b", "b"),
        ("b, a", "b"),
        ("b, a,", "b,"),
        ("\n    b,\n    a,\n", "\n    b,\n"),
        ("\n    a,\n    b,\n", "\n    b,\n"),
        ("a, b=1", "b=1"),
        ("b, a, *args", "b, *args"),
    ],
)
def test_one_less(before: str, after: str) -> None:
    module, found = function(before)
    assert module.code_for_node(without_parameter(found, "a")) == f"def f({after}): pass\n"
