"""Writing the autouse fixture that takes the place of a class's decorators."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import libcst as cst

from codemods.edit.align import Line, lines_of
from codemods.edit.statements import statements_of
from codemods.state.units.class_decorators import Covered
from codemods.state.write.above import without_decorators
from codemods.state.write.calls import CallWriter
from codemods.state.write.comments import comments_between
from codemods.state.write.yielding import iterator

Blank = cst.EmptyLine


@dataclass
class AutouseWriter:
    """Writes one class. ``needs`` collects the imports that the new text relies on."""

    covered: Covered
    module: cst.Module
    needs: set[tuple[str, str | None]]

    def lines(self, node: Line) -> list[Line]:
        """The class without the decorators, and the fixture in front of its first method."""
        assert isinstance(node, cst.ClassDef)
        above: dict[int, list[Blank]] = {}
        fixture = self._fixture(above)
        lines = lines_of(node.body)
        at = next(
            (i for i, line in enumerate(lines) if not isinstance(line, cst.SimpleStatementLine)),
            len(lines),
        )
        fixture = fixture.with_changes(leading_lines=[Blank(indent=False)] if at else [])
        following = [_set_apart(line) for line in lines[at : at + 1]]
        body = node.body.with_changes(body=[*lines[:at], fixture, *following, *lines[at + 1 :]])
        return [without_decorators(node.with_changes(body=body), above)]

    def _fixture(self, above: dict[int, list[Blank]]) -> cst.FunctionDef:
        """The fixture; ``above`` gets the comments inside each decorator that speak of no
        variable.
        """
        covered, host = self.covered, self.covered.host
        calls = CallWriter(host, self.module, self.needs)
        calls.taken |= {
            n.id for d in covered.cls.decorator_list for n in ast.walk(d) if isinstance(n, ast.Name)
        }
        calls.taken.add("monkeypatch")
        body: list[Line] = []
        for index, operations in sorted(covered.decorators.items()):
            decorator = covered.cls.decorator_list[index]
            last = decorator.end_lineno or decorator.lineno
            comments = (
                comments_between(host.source, decorator.lineno, last)
                if last != decorator.lineno
                else None
            )
            body += calls.lines(operations, "monkeypatch", comments)
            above[index] = comments.rest() if comments else []
        body += calls.parsed(["yield"])
        returns = f" -> {iterator(host, self.needs)}[None]" if covered.annotated else ""
        newline, indent = self.module.default_newline, self.module.default_indent
        head = f"def {host.function.name}(self){returns}:"
        block = f"with {calls.monkeypatch_class()}.context() as monkeypatch:"
        lines = [
            f"@{calls.fixture()}(autouse=True)",
            head,
            f"{indent}{block}",
            f"{indent * 2}pass",
            "",
        ]
        function = statements_of(newline.join(lines), self.module)[0]
        assert isinstance(function, cst.FunctionDef)
        within = lines_of(function.body)[0]
        assert isinstance(within, cst.With)
        return function.with_changes(
            body=cst.IndentedBlock([within.with_changes(body=cst.IndentedBlock(body))])
        )


def _set_apart(line: Line) -> Line:
    """A method with a blank line above it and its comments."""
    leading = list(getattr(line, "leading_lines", ()))
    return (
        line
        if leading and leading[0].comment is None
        else line.with_changes(leading_lines=[Blank(indent=False), *leading])
    )
