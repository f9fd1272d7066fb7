"""A fixture that a conftest should hold: whether it does, and the conftest with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from codemods.conftest.placing import autouse, fixture_name, fixtures, place
from codemods.conftest.rendering import list_of, longer_list, render
from codemods.conftest.template import Template, TemplateError, read_template
from codemods.context import Context
from codemods.edit.add_imports import add_imports
from codemods.python.names import Function
from codemods.python.source import Source, Span
from codemods.rule import Finding, Refusal, Rule
from codemods.suite.hosts import Host

NO_SUCH_FIXTURE = Refusal(
    "no-such-fixture", "name a fixture of this conftest in `after`, or leave `after` out"
)
BAD_TEMPLATE = Refusal("bad-template", "fix the template, or name another one")
NAME_TAKEN = Refusal(
    "name-taken",
    "the fixture's name is already used; rename that, or add the fixture by hand",
)
NOTHING_NAMED = Refusal("nothing-named", "list the variables under critical-env")
REFUSALS = (NO_SUCH_FIXTURE, BAD_TEMPLATE, NAME_TAKEN, NOTHING_NAMED)


@dataclass(frozen=True)
class Wanted:
    """A fixture from a template, the list in it and what the list holds, and the fixture to put it
    after.

    ``same`` decides whether an existing autouse fixture does all that this one would do.
    """

    template: str
    name: str
    constant: str
    values: tuple[str, ...]
    after: str | None
    same: Callable[[Host], bool]


class RefusedError(Exception):
    """The fixture cannot be added: the refusal, and what exactly prevents it."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


def findings(
    rule: Rule, source: Source, context: Context, wanted: Wanted, missing: str
) -> list[Finding]:
    """One finding, with the message ``missing``, if the conftest lacks the fixture or its list
    lacks a value.
    """
    top = Span(1, 1, 1, 1)
    there = _there(source, context, wanted)
    if there is not None:
        statement, lacking = _lacking(source, wanted)
        if statement is None:
            return []
        message = f"{wanted.constant} lacks {', '.join(lacking)}"
        return [rule.finding(source.span(statement), message, fix="safe")]
    try:
        with_fixture(source, context, wanted)
    except RefusedError as refused:
        return [rule.finding(top, f"{missing}: {refused}", refusal=refused.refusal)]
    return [rule.finding(top, missing, fix="safe")]


def with_fixture(source: Source, context: Context, wanted: Wanted) -> str:
    """The conftest with the fixture, and with all values in its list. Raises RefusedError if it
    cannot be put in.
    """
    if _there(source, context, wanted) is not None:
        statement, lacking = _lacking(source, wanted)
        if statement is None:
            return source.text
        start, segment = (
            source.offset(statement.lineno, statement.col_offset),
            source.segment(statement),
        )
        return (
            source.text[:start]
            + longer_list(segment, lacking)
            + source.text[start + len(segment) :]
        )
    try:
        template = read_template(wanted.template, context.root)
    except TemplateError as error:
        raise RefusedError(BAD_TEMPLATE, str(error)) from error
    if not wanted.values and re.search(rf"\b{wanted.constant}\b", template.text):
        raise RefusedError(
            NOTHING_NAMED,
            f"the template {wanted.template} isolates named variables, and critical-env names none",
        )
    after = _after(source, context, wanted)
    text = render(template, wanted.name, wanted.constant, wanted.values, source)
    return with_text(source, context, template, text, after)


def with_text(
    source: Source, context: Context, template: Template, text: str, after: ast.stmt | None
) -> str:
    """The file with a text made from a template after a statement, and with the imports it needs.

    Raises RefusedError if one of its names means something else here.
    """
    imports = _free_imports(source, template, text)
    return add_imports(place(source, text, after), imports, context.first_party)


def _there(source: Source, context: Context, wanted: Wanted) -> Function | None:
    """The fixture of that name, or an autouse fixture that reads the same list or does the same."""
    for host in fixtures(source, context):
        function = host.function
        if fixture_name(function) == wanted.name:
            return function
        if autouse(function) and (_reads(function, wanted.constant) or wanted.same(host)):
            return function
    return None


def _reads(function: Function, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(function))


def _lacking(source: Source, wanted: Wanted) -> tuple[ast.stmt | None, list[str]]:
    """The statement of the list and the values that it lacks; None if it lacks none or is
    not a list of strings.
    """
    for statement in source.tree.body:
        literal = list_of(statement, wanted.constant)
        if literal is not None:
            held = {e.value for e in literal.elts if isinstance(e, ast.Constant)}
            lacking = [value for value in wanted.values if value not in held]
            return (statement if lacking else None), lacking
    return None, []


def _after(source: Source, context: Context, wanted: Wanted) -> Function | None:
    """The fixture to put the new one after; None if the file has none."""
    there = [host.function for host in fixtures(source, context)]
    if wanted.after is None:
        return there[-1] if there else None
    for function in there:
        if fixture_name(function) == wanted.after:
            return function
    raise RefusedError(
        NO_SUCH_FIXTURE, f"there is no fixture {wanted.after} at the top level of {source.path}"
    )


def _free_imports(source: Source, template: Template, text: str) -> list[tuple[str, str | None]]:
    """The imports that the text needs; raises RefusedError where one of its names means
    something else here.
    """
    table = source.names.table
    for name in Source(text, "").names.table:
        if name in table:
            raise RefusedError(NAME_TAKEN, f"{name} is defined in {source.path} already")
    needed = []
    for name, (module, member) in template.imports_of(text):
        dotted = name if member is None else f"{module}.{member}"
        meant = table.get(name, dotted)
        if meant is None or dotted not in (meant, meant.replace("typing.", "collections.abc.")):
            raise RefusedError(NAME_TAKEN, f"{name} is something else in {source.path}")
        if meant == dotted:
            needed.append((module, member))
    return needed
