"""Writes code that recreates an object for each test. It edits the text, at places that ``ast``
gives, so that whatever does not move stays as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from codemods.context import Context
from codemods.edit.add_imports import add_imports
from codemods.edit.layout import laid_out
from codemods.python.names import Function, parameters, walk
from codemods.python.source import Source
from codemods.shared_objects.class_bodies import methods
from codemods.shared_objects.class_set_ups import ALIKE, class_parameter, super_calls
from codemods.shared_objects.editing import (
    Edit,
    above,
    at_line,
    edited,
    indent_of,
    indented,
    newline_of,
    replacing,
    without,
)
from codemods.shared_objects.model import (
    Attributes,
    Binding,
    ClassSetUp,
    ModuleObject,
    WideFixture,
    target_of,
)
from codemods.shared_objects.module_level import insertion
from codemods.shared_objects.values import value_of


def written(source: Source, context: Context, changes: Sequence[object]) -> str:
    """The text with all the changes made."""
    edits: list[Edit] = []
    of_classes: dict[ast.ClassDef, list[Attributes]] = {}
    needs_pytest = False
    for change in changes:
        if isinstance(change, Attributes):
            of_classes.setdefault(change.cls, []).append(change)
        elif isinstance(change, ClassSetUp):
            edits += _narrowed(change, source)
        elif isinstance(change, ModuleObject):
            edits.append(_fixture(change, source))
            needs_pytest |= change.decorator.startswith("pytest.")
        elif isinstance(change, WideFixture):
            edits.append(_without_scope(change, source))
    for cls, attributes in of_classes.items():
        edits += _moved(cls, attributes, source)
    text = laid_out(edited(source.text, edits), source.text, context.line_length, source.indent)
    return add_imports(text, [("pytest", None)] if needs_pytest else [], context.first_party)


def _moved(cls: ast.ClassDef, changes: list[Attributes], source: Source) -> Iterator[Edit]:
    """Statements of a class body, in its set-up."""
    into = changes[0].into
    inside = {node for change in changes for node in change.inside}
    statements = sorted(
        (s for change in changes for s in change.statements), key=lambda s: s.lineno
    )
    yield from without(statements, cls.body[0], source)
    if into is not None:
        first = _head(into)
        own, indent = parameters(into)[0], indent_of(into.body[0], source)
        number = (into.end_lineno or 0) + 1 if first is None else above(first, source)
        lines = "".join(_lines(each, inside, own, indent, source) for each in statements)
        yield Edit(at_line(number, source), at_line(number, source), lines)
        return
    indent = indent_of(cls.body[0], source) + source.indent
    lines = "".join(_lines(each, inside, "self", indent, source) for each in statements)
    yield _new_set_up(changes[0], statements, lines, source)


def _new_set_up(change: Attributes, statements: list[Binding], lines: str, source: Source) -> Edit:
    """A set-up with some lines, in front of the first method of its class."""
    set_up, base, cls, newline = change.set_up, change.base, change.cls, newline_of(source)
    outer = indent_of(cls.body[0], source)
    given = parameters(base)[1:] if isinstance(base, Function) else []
    annotated = any(method.returns is not None for method in methods(cls))
    head = f"{outer}def {set_up}({', '.join(['self', *given])}){' -> None' if annotated else ''}:"
    called = f"{outer}{source.indent}super().{set_up}({', '.join(given)}){newline}"
    code = f"{head}{newline}{lines}{'' if base is None else called}"
    number = above(methods(cls)[0], source)
    gone = {n for s in statements for n in range(above(s, source), (s.end_lineno or 0) + 1)}
    before = number - 1
    while before in gone:
        before -= 1
    apart = before >= above(cls.body[0], source) and bool(source.lines[before - 1].strip())
    at = at_line(number, source)
    return Edit(at, at, f"{newline if apart else ''}{code}{newline}")


def _head(function: Function) -> ast.stmt | None:
    """The first statement that is not a docstring; None if there is none."""
    body = function.body
    doc = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return body[0] if not doc else next(iter(body[1:]), None)


def _lines(
    statement: Binding, inside: set[ast.Name], first: str, indent: str, source: Source
) -> str:
    """The lines of an attribute as those of a method, whose first parameter is given."""
    value = value_of(statement)
    begin = above(statement, source)
    start, end = source.extent(begin, statement.end_lineno or statement.lineno)
    own = [node for node in walk(value) if node in inside and isinstance(node, ast.Name)]
    edits = []
    for node in (target_of(statement), *own):
        at = source.offset(node.lineno, node.col_offset) - start
        edits.append(Edit(at, at, f"{first}."))
    text = edited(source.text[start:end], edits)
    if not text.endswith("\n"):
        text += newline_of(source)
    value_line = value.lineno - begin
    return indented(text, indent_of(statement, source), indent, source.segment(value), value_line)


def _narrowed(change: ClassSetUp, source: Source) -> Iterator[Edit]:
    """A set-up of a class, and its tear-down, as those of each test."""
    for function, new in change.functions:
        name = class_parameter(function)
        for decorator in function.decorator_list:
            start, end = source.extent(decorator.lineno, decorator.lineno)
            yield Edit(start, end, "")
        at = source.offset(function.lineno, function.col_offset)
        found = re.compile(rf"def\s+({function.name})\b").match(source.text, at)
        assert found is not None, "a function begins with its name"
        yield Edit(*found.span(1), new)
        yield replacing(function.args.args[0], "self", source)
        for node in walk(function):
            if isinstance(node, ast.Name) and node.id == name:
                yield replacing(node, "self", source)
            elif isinstance(node, ast.Attribute) and node.attr in ALIKE:
                yield _renamed(node, ALIKE[node.attr], source)
        for called in super_calls(function):
            yield _renamed(called, new, source)


def _renamed(node: ast.Attribute, new: str, source: Source) -> Edit:
    whole = replacing(node, new, source)
    return Edit(whole.end - len(node.attr), whole.end, new)


def _fixture(change: ModuleObject, source: Source) -> Edit:
    """The fixture that makes an object of the module, in front of the next definition."""
    newline, margin = newline_of(source), source.indent
    names = [target_of(each).id for each in change.statements]
    functions = [
        s for s in source.tree.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    annotated = any(function.returns is not None for function in functions)
    code = [
        f"@{change.decorator}(autouse=True)",
        f"def {change.fixture}(){' -> None' if annotated else ''}:",
        f'{margin}"""Recreate {" and ".join(names)} for each test."""',
        f"{margin}global {', '.join(names)}",
    ]
    lines = newline.join(code) + newline
    for each in change.statements:
        value = value_of(each)
        code_of = source.segment(each)
        if isinstance(each, ast.AnnAssign):  # what is global is not annotated
            annotated_end = replacing(each.annotation, "", source).end
            after = source.text[annotated_end : replacing(each, "", source).end]
            code_of = target_of(each).id + after
        value_line = value.lineno - each.lineno
        lines += indented(code_of, "", margin, source.segment(value), value_line) + newline
    before = insertion(change.statements, source)
    if before is None:
        ends = "" if source.text.endswith("\n") else newline
        return Edit(len(source.text), len(source.text), f"{ends}{newline}{newline}{lines}")
    number = above(before, source)
    blank = 0
    while blank < 2 and number - 2 - blank >= 0 and not source.lines[number - 2 - blank].strip():
        blank += 1
    at = at_line(number, source)
    return Edit(at, at, f"{newline * (2 - blank)}{lines}{newline}{newline}")


def _without_scope(change: WideFixture, source: Source) -> Edit:
    """A decorator without its scope; without brackets if that is all that it is given."""
    others = [k for k in change.decorator.keywords if k.value is not change.argument]
    if not others:
        bare = "fixture()" in source.text
        named = source.segment(change.decorator.func)
        return replacing(change.decorator, f"{named}()" if bare else named, source)
    given = ", ".join(f"{keyword.arg}={source.segment(keyword.value)}" for keyword in others)
    return replacing(change.decorator, f"{source.segment(change.decorator.func)}({given})", source)
