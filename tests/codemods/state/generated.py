"""A Hypothesis strategy for test files: fixtures, a helper and tests whose bodies change the environment."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from tests.codemods.state.bodies import Body, Lines, inside

T = TypeVar("T")

HEAD = """\
import asyncio
import contextlib
import os
import os as system
import unittest
from os import environ
from unittest import mock
from unittest.mock import patch

import pytest

used = (asyncio, contextlib, os, system, unittest, environ, mock, patch, pytest)
alias = os.environ
VALUE = "value"
NAME = "N"
SETTINGS = {"A": "set", "C": "set"}
MISSING = object()
SEVERAL = ("A", "B")


class Looking:
    def __enter__(self):
        look()
        return self

    def __exit__(self, *error):
        look()


@contextlib.contextmanager
def looking(value="none"):
    look(value)
    try:
        yield value
    finally:
        look()


def reading(value):
    look()
    return value + os.environ.get("A", "none") + os.environ.get("B", "none")
"""


@dataclass(frozen=True)
class Chunk:
    """One function, or what stands around some: a name to know it by, and its lines."""

    name: str
    lines: tuple[str, ...]

    def text(self, *, ideal: bool) -> str:
        kept = " .+" if ideal else " .-"
        return "".join(f"{line[1:]}\n" for line in self.lines if line[0] in kept)


@dataclass(frozen=True)
class File:
    """A test file."""

    chunks: tuple[Chunk, ...]

    def text(self, ideal: Collection[str] = ()) -> str:
        """The file, with the ideal of the functions of these names."""
        return HEAD + "".join(chunk.text(ideal=chunk.name in ideal) for chunk in self.chunks)

    def name_at(self, line: int) -> str:
        """The name of the chunk that holds a line of the text."""
        last = HEAD.count("\n")
        for chunk in self.chunks:
            last += chunk.text(ideal=False).count("\n")
            if line <= last:
                return chunk.name
        raise IndexError(line)

    def body(self) -> str:
        """What stands below the head that all files share."""
        return self.text()[len(HEAD) :]

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        del cycle
        printer.text("the file")


@st.composite
def files(draw: st.DrawFn) -> File:
    """A file of up to two fixtures, a helper, a context manager and three tests."""

    def one(*options: T) -> T:
        return draw(st.sampled_from(options))

    def body(*, monkeypatch: bool = False, asynchronous: bool = False) -> Body:
        return Body(draw, helpers, managers, monkeypatch, asynchronous)

    chunks: list[Chunk] = []
    helpers: list[str] = []
    managers: list[str] = []
    if one(False, False, True):
        made = body()
        inner = [*made.one(made.looks, made.patched, made.saved)(), *made.looks()]
        chunks.append(Chunk("helper", ("", *made.function("def helper(value)", body=inner))))
        helpers.append("helper")
    if one(False, False, True):
        made = body()
        hole = [' yield "text"']
        inner = [*made.one(made.patched, made.patched, made.saved)(hole), *(made.looks() if made.rarely() else [])]
        chunk = made.function("def manager(value)", [" @contextlib.contextmanager"], body=inner)
        chunks.append(Chunk("manager", ("", "", *chunk)))
        managers.append("manager")
    fixtures: list[str] = []
    for name in ("first", "second")[: one(0, 0, 1, 2)]:
        chunks.append(Chunk(name, _fixture(body(), name, one(*fixtures, ""))))
        fixtures.append(name)
    for number in range(one(1, 1, 2)):
        chunks += _test(draw, body, number, [f for f in fixtures if one(True, True, False)])
    return File(tuple(Chunk(c.name, tuple(line or " " for line in c.lines)) for c in chunks))


@st.composite
def decorated_files(draw: st.DrawFn) -> File:
    """A file of two tests under decorators, some of which hold what is computed while the file is imported."""
    chunks: list[Chunk] = []
    for number in range(2):
        made, kind = Body(draw, []), draw(st.sampled_from(("function", "async", "method")))
        decorators, parameters, docstring = _signature(made, kind, made.imported)
        looks = [*made.look(), *made.one([], [' os.environ["B"] = "2"']), *made.look()]
        head = f"{'async ' if kind == 'async' else ''}def test_{number}({', '.join(parameters)})"
        chunks.append(_chunk(kind, number, made.function(head, decorators, docstring, looks)))
    return File(tuple(Chunk(c.name, tuple(line or " " for line in c.lines)) for c in chunks))


def _fixture(body: Body, name: str, other: str) -> tuple[str, ...]:
    options = body.one("", "", "()", '(scope="module")', "(autouse=True)")
    head = f"def {name}({other if 'scope' not in options else ''})"
    decorators = [f" @pytest.fixture{options}"]
    if body.one(True, True, True, False):
        return ("", "", *body.function(head, decorators, body=body.around_yield()))
    body.depth += 1
    return ("", "", *body.function(head, decorators, body=body.patched() + body.look()))


def _test(draw: st.DrawFn, body: Callable[..., Body], number: int, fixtures: list[str]) -> list[Chunk]:
    """A test: a function, a method or one of a TestCase."""
    kind = draw(st.sampled_from(("function", "function", "function", "async", "method", "case", "star", "called")))
    if kind == "case":
        made = body()
        method = inside(" class CaseTests(unittest.TestCase):", made.function("def test_it(self)"))
        name = f"Case{number}Tests"
        return [Chunk(name, ("", "", *(line.replace("CaseTests", name) for line in method)))]
    own = draw(st.sampled_from((False, False, True)))
    made = body(monkeypatch=own, asynchronous=kind == "async")
    decorators, parameters, docstring = _signature(made, kind)
    parameters += [*fixtures, *(["monkeypatch"] if own else [])]
    if kind == "star":
        parameters.append("*args")
    name = f"test_{number}"
    head = f"{'async ' if kind == 'async' else ''}def {name}({', '.join(parameters)})"
    function = made.function(head, decorators, docstring)
    chunks = [_chunk(kind, number, function)]
    if kind == "called" and not parameters:
        chunks.append(Chunk(f"{name}_again", ("", "", f" def {name}_again():", f"     {name}()")))
    return chunks


def _chunk(kind: str, number: int, function: Lines) -> Chunk:
    """A test, in a class of its own if it is a method."""
    name = f"test_{number}"
    if kind == "method":
        method = f"{name}(self, ".join(part for part in "\n".join(function).split(f"{name}(")).split("\n")
        function = inside(f" class Test{number}:", method)
        name = f"Test{number}"
    return Chunk(name, ("", "", *function))


def _signature(made: Body, kind: str, value: Callable[[], str] | None = None) -> tuple[Lines, list[str], Lines]:
    """Decorators, the parameters that they fill, and the head of the body."""
    decorators: Lines = []
    parameters: list[str] = []
    if made.rarely():
        decorators.append(' @pytest.mark.parametrize("given", ["1", "2"])')
        made.texts.append("given")
    for _ in range(made.one(0, 0, 0, 1, 1, 2)):
        mock = f"mock_{made.number()}"
        choice = made.one("patch.dict", "patch.dict", "patch", "new")
        if choice == "patch.dict" or (choice == "patch" and kind in ("star", "called")):
            decorators.append(f" @{made.patcher(value or made.constant)}")
        elif choice == "patch":
            decorators.append(' @patch("os.getcwd")')
            parameters.insert(0, mock)
        else:
            decorators.append(' @patch("os.getpid", lambda: 1)')
    if "given" in made.texts:
        parameters.append("given")
    return decorators, parameters, [' """What it is."""'] if made.rarely() else []
