"""Lines that register the undoing of a change: what a rewrite may add beside the change itself.

They are taken out of the text after it, with the parameter and the import that they needed and the names that patchers
got for them; what is left is compared as ever. Only what is known to put a thing back is taken out, each with what it
must be given: a line of any other shape stays, and shows as a difference.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# As code: what is called in the end, and what that is given. ``\1`` is what comes before the last dot.
_PAIRS = [
    re.compile(pattern)
    for pattern in (
        r"(?:[\w.]+)\.stop\((?:)\)",
        r"setattr\((.+), '(\w+)', \1\.\2\)",
        r"(.+)\.setLevel\(\1\.level\)",
        r"(?:.+)\.remove(?:Handler|Filter)\([\w.]+\)",
        r"vars\((.+)\)\.update\(dict\(vars\(\1\)\)\)",
        r"(.+)\.__setitem__\(slice\(None\), \1\[:\]\)",
        r"(.+)\.(?:intersection_)?update\(set\(\1\)\)",
        r"(.+)\.update\(dict\(\1\)\)",
        r"(.+)\.setstate\(\1\.getstate\(\)\)",
        r"(.+)\.set_state\(\1\.get_state\(\)\)",
        r"(.+)\.set_(\w+)\(\1\.get_\2\(\)\)",
        r"(.+)\.set_(?:printoptions)\(\*\*\1\.get_printoptions\(\)\)",
        r"(.+)\.set_threshold\(\*\1\.get_threshold\(\)\)",
        r"(.+)\.set_grad_enabled\(\1\.is_grad_enabled\(\)\)",
        r"(.+)\.set_option\((.+), \1\.get_option\(\2\)\)",
        r"(.+)\.seterr\(\*\*\1\.geterr\(\)\)",
        r"(.+)\.setlocale\((.+), \1\.setlocale\(\2\)\)",
        r"(.+)\.signal\((.+), \1\.getsignal\(\2\)\)",
        r"(.+)\.set(defaulttimeout|recursionlimit|switchinterval|trace|profile)\(\1\.get\2\(\)\)",
        r"(.+)\.set(context|LoggerClass|LogRecordFactory)\(\1\.get\2\(\)\)",
        r"(.+)\.field_size_limit\(\1\.field_size_limit\(\)\)",
        r"(.+)\.activate\(\1\.get_language\(\)\)",
        r"(.+)\.disable\(\1\.root\.manager\.disable\)",
    )
]


@dataclass
class _Edits:
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
        data = b"".join(self.lines)
        for start, end, new in sorted(self.found, reverse=True):
            data = data[:start] + new + data[end:]
        return data.decode()


def without_clean_ups(before: str, after: str) -> str:
    """The text after a rewrite without the lines that register clean-ups and that the one before lacks.

    Raises what ``ast.parse`` does for a text that is not Python.
    """
    old, new = dict(_functions(ast.parse(before).body)), ast.parse(after)
    edits = _Edits(after.encode().splitlines(keepends=True))
    gone = False
    for path, function in _functions(new.body):
        if path in old:
            gone |= _in_function(old[path], function, edits)
    if not gone:
        return after
    text = edits.text()
    return _without_partial(before, text)


def _functions(body: list[ast.stmt], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], _Function]]:
    """The functions and methods, by their paths; of those with one path the number tells which."""
    seen: Counter[str] = Counter()
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            seen[statement.name] += 1
            own = (*path, f"{statement.name} {seen[statement.name]}")
            if isinstance(statement, ast.ClassDef):
                yield from _functions(statement.body, own)
            else:
                yield own, statement
        else:
            for inner in ("body", "orelse", "finalbody"):
                yield from _functions(getattr(statement, inner, []), (*path, f"{inner} {statement.lineno}"))


def _in_function(was: _Function, now: _Function, edits: _Edits) -> bool:
    """Cut out what a function has more; whether there was anything."""
    known = Counter(map(ast.dump, _statements(was.body)))
    names = {node.id for node in ast.walk(was) if isinstance(node, ast.Name)}
    registering: list[ast.stmt] = []
    for block in _blocks(now.body):
        for index, statement in enumerate(block):
            if not (_registers(statement) or _empties_first(statement, block[index - 1] if index else None)):
                continue
            shown = ast.dump(statement)
            known[shown] -= 1
            if known[shown] >= 0:
                continue
            registering.append(statement)
            edits.cut_lines(statement)
            if index and index + 1 < len(block):
                _unnamed(block[index - 1], block[index + 1], statement, names, now, edits)
    if registering:
        _without_request(was, now, registering, edits)
    return bool(registering)


def _registers(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but register something that puts back what is there now."""
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("request"), "addfinalizer"), [what], [])):
            match what:
                case ast.Call(ast.Name("partial") | ast.Attribute(_, "partial"), [function, *given], keywords):
                    return _puts_back(function, given, keywords)
            return _puts_back(what, [], [])
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(), "addCleanup" | "addClassCleanup"), [what, *given], keywords)):
            return _puts_back(what, given, keywords)
    return False


def _empties_first(statement: ast.stmt, above: ast.stmt | None) -> bool:
    """Whether a line has a dict emptied, right below the one that has it filled with what it holds now, which runs
    after it.
    """
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(host), method), [ast.Attribute(emptied, "clear")], [])):
            filling = f"{ast.unparse(emptied)}.update, dict({ast.unparse(emptied)})"
        case _:
            return False
    code = "" if above is None else ast.unparse(above)
    if (host, method) == ("request", "addfinalizer"):
        return code in (f"{host}.{method}({name}({filling}))" for name in ("partial", "functools.partial"))
    return method in ("addCleanup", "addClassCleanup") and code == f"{host}.{method}({filling})"


def _puts_back(function: ast.expr, given: list[ast.expr], keywords: list[ast.keyword]) -> bool:
    code = ast.unparse(ast.Call(function, given, keywords))
    return any(pair.fullmatch(code) for pair in _PAIRS) and not any(
        isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom, ast.Lambda))
        for node in ast.walk(function)
    )


def _unnamed(
    made: ast.stmt, used: ast.stmt, stopped: ast.stmt, names: set[str], function: _Function, edits: _Edits
) -> None:
    """Where a patcher got a name for it, it goes back to where it is started, if that is all it is used for."""
    match made:
        case ast.Assign([ast.Name(name)], ast.Call() as patcher) if name not in names:
            pass
        case _:
            return
    every = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    inside = [node for node in ast.walk(used) if _is_start(node, name)]
    stops = [node for node in ast.walk(stopped) if isinstance(node, ast.Name) and node.id == name]
    if len(every) == 3 and len(inside) == 1 and len(stops) == 1:
        start, end = edits.place(patcher.lineno, patcher.col_offset), edits.place(*_end(patcher))
        text = b"".join(edits.lines)[start:end]
        where = inside[0].func.value  # type: ignore[attr-defined]
        edits.cut(edits.place(where.lineno, where.col_offset), edits.place(*_end(where)), text)
        edits.cut_lines(made)


def _is_start(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(ast.Attribute(ast.Name(called), "start"), [], []):
            return called == name
    return False


def _without_request(was: _Function, now: _Function, registering: list[ast.stmt], edits: _Edits) -> None:
    """Cut out the parameter, if nothing else uses it."""
    used = sum(isinstance(node, ast.Name) and node.id == "request" for node in ast.walk(now))
    registered = sum(
        isinstance(node, ast.Name) and node.id == "request" for each in registering for node in ast.walk(each)
    )
    if used > registered or any(a.arg == "request" for a in _parameters(was)):
        return
    parameters = _parameters(now)
    for index, parameter in enumerate(parameters):
        if parameter.arg == "request":
            start, end = edits.place(parameter.lineno, parameter.col_offset), edits.place(*_end(parameter))
            data = b"".join(edits.lines)
            after = re.compile(rb"\s*,").match(data, end)
            before = re.compile(rb",\s*(?:\*\s*,\s*)?$").search(data[:start])
            if index == len(parameters) - 1 and before and not (after and _stars(was)):
                start = before.start() if not _keeps_star(was, now) else data.rindex(b",", 0, start)
            elif after:
                end = after.end()
            edits.cut(start, end)


def _stars(function: _Function) -> bool:
    return bool(function.args.kwonlyargs)


def _keeps_star(was: _Function, now: _Function) -> bool:
    """Whether the ``*`` before the parameter was there already, or there is none."""
    return bool(was.args.kwonlyargs) or was.args.vararg is not None or not now.args.kwonlyargs


def _parameters(function: _Function) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _without_partial(before: str, text: str) -> str:
    """The text without the import of ``partial``, if nothing uses that and the text before had none."""
    if re.search(r"^\s*from functools import [^\n]*\bpartial\b", before, re.MULTILINE):
        return text
    tree = ast.parse(text)
    if any(isinstance(node, ast.Name) and node.id == "partial" for node in ast.walk(tree)):
        return text
    edits = _Edits(text.encode().splitlines(keepends=True))
    for statement in tree.body:
        match statement:
            case ast.ImportFrom("functools", [ast.alias("partial", None)], 0):
                edits.cut_lines(statement)
            case ast.ImportFrom("functools", names, 0) if "partial" in [alias.name for alias in names]:
                others = [alias for alias in names if alias.name != "partial"]
                code = ast.unparse(ast.ImportFrom("functools", others, 0)).encode()
                edits.cut(edits.place(statement.lineno, statement.col_offset), edits.place(*_end(statement)), code)
    return edits.text()


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for block in _blocks(body):
        yield from block


def _blocks(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """A block and those inside its statements, nested definitions apart."""
    yield body
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            continue
        for name in ("body", "orelse", "finalbody"):
            if inner := getattr(statement, name, None):
                yield from _blocks(inner)
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _blocks(part.body)


def _end(node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
