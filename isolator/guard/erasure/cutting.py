"""Cuts out of a text what a rewrite may add, so that the rest can be compared as usual."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class Edits:
    """What is to be cut out of a text, or put in the place of a part of it, by lines and columns in UTF-8."""

    lines: list[bytes]
    found: list[tuple[int, int, bytes]] = field(default_factory=list)

    def place(self, line: int, column: int) -> int:
        return sum(map(len, self.lines[: line - 1])) + column

    def cut(self, start: int, end: int, new: bytes = b"") -> None:
        self.found.append((start, end, new))

    def cut_lines(self, node: ast.stmt) -> None:
        self.cut(self.place(node.lineno, 0), self.place((node.end_lineno or node.lineno) + 1, 0))

    def text(self) -> str:
        """The text, in which each line keeps its number: messages name the line of a difference."""
        data = b"".join(self.lines)
        for start, end, new in sorted(self.found, reverse=True):
            new += b"\n" * (data.count(b"\n", start, end) - new.count(b"\n"))
            data = data[:start] + new + data[end:]
        return data.decode()


def functions(body: list[ast.stmt], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Function]]:
    """The functions and methods, by their paths; of those with one path the number tells which."""
    seen: Counter[str] = Counter()
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            seen[statement.name] += 1
            own = (*path, f"{statement.name} {seen[statement.name]}")
            if isinstance(statement, ast.ClassDef):
                yield from functions(statement.body, own)
            else:
                yield own, statement
        else:
            for inner in ("body", "orelse", "finalbody"):
                yield from functions(getattr(statement, inner, []), (*path, f"{inner} {statement.lineno}"))


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for block in blocks(body):
        yield from block


def blocks(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """A block and those inside its statements, nested definitions apart."""
    yield body
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            continue
        for name in ("body", "orelse", "finalbody"):
            if inner := getattr(statement, name, None):
                yield from blocks(inner)
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from blocks(part.body)


def cut_parameter(was: Function, now: Function, name: str, annotations: Collection[str], edits: Edits) -> None:
    """Cut out a parameter that a function has more, after all that it had, if it says of it what may be said."""
    known = {parameter.arg for parameter in parameters(was)}
    if name in known:
        return
    every = parameters(now)
    for index, parameter in enumerate(every):
        if parameter.arg == name:
            start, end = edits.place(parameter.lineno, parameter.col_offset), edits.place(*end_of(parameter))
            data = b"".join(edits.lines)
            after = re.compile(rb"\s*,").match(data, end)
            before = re.compile(rb",\s*(?:\*\s*,\s*)?$").search(data[:start])
            annotated = parameter.annotation is not None and ast.unparse(parameter.annotation)
            if any(p.arg in known for p in every[index:]) or annotated not in (False, *annotations):
                return  # it is put after those that were there
            if before and not (after and _stars(was)):
                start = before.start() if not _keeps_star(was, now) else data.rindex(b",", 0, start)
            elif after:
                end = after.end()
            edits.cut(start, end)


def _stars(function: Function) -> bool:
    return bool(function.args.kwonlyargs)


def _keeps_star(was: Function, now: Function) -> bool:
    """Whether the ``*`` before the parameter was there already, or there is none."""
    return bool(was.args.kwonlyargs) or was.args.vararg is not None or not now.args.kwonlyargs


def parameters(function: Function) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def without_import(before: str, text: str, module: str, name: str | None) -> str:
    """The text without the import of a module, or a name in it, if nothing uses that and the text before had none."""
    bound, tree = name or module, ast.parse(text)
    if bound in _imported(ast.parse(before)):
        return text
    if any(isinstance(node, ast.Name) and node.id == bound for node in ast.walk(tree)):
        return text
    edits = Edits(text.encode().splitlines(keepends=True))
    for statement in tree.body:
        match statement:
            case ast.ImportFrom(source, names, 0) if source == module and name is not None:
                others = [alias for alias in names if (alias.name, alias.asname) != (name, None)]
                kept: ast.stmt = ast.ImportFrom(module, others, 0)
            case ast.Import(names) if name is None:
                others = [alias for alias in names if (alias.name, alias.asname) != (module, None)]
                kept = ast.Import(others)
            case _:
                continue
        if not others:
            edits.cut_lines(statement)
        elif len(others) < len(names):
            start, end = edits.place(statement.lineno, statement.col_offset), edits.place(*end_of(statement))
            edits.cut(start, end, ast.unparse(kept).encode())
    return edits.text()


def _imported(tree: ast.Module) -> set[str]:
    """The names that the imports of a module bind, at its top level."""
    imports = (s for s in tree.body if isinstance(s, (ast.Import, ast.ImportFrom)))
    return {(alias.asname or alias.name).partition(".")[0] for s in imports for alias in s.names}


def end_of(node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
