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
# As code: what is called in the end, with what it is given, and what the statement right below must do. ``\1`` is what
# comes before the last dot, and where that is a module, it may have been imported from: `seed(1)`.
_PAIRS = [
    (re.compile(pattern), change)
    for pattern, change in (
        (r"([\w.]+)\.stop\(\)", r"{0}\.start\(\)"),
        (r"setattr\((.+), '(\w+)', \1\.\2\)", r"{0}\.{1}\b[^=]* [-+*/|&^]?= "),
        (r"(.+)\.setLevel\(\1\.level\)", r"{0}\.setLevel\("),
        (r"(.+)\.remove(Handler|Filter)\(([\w.]+)\)", r"{0}\.add{1}\({2}\)"),
        (r"vars\((.+)\)\.update\(dict\(vars\(\1\)\)\)", r"\breload\({0}\)"),
        (r"(.+)\.__setitem__\(slice\(None\), \1\[:\]\)", r"{0}(?:\.\w+\(|\[)"),
        (r"(.+)\.intersection_update\(set\(\1\)\)", r"{0}\.\w+\("),
        (r"(.+)\.update\(dict\(\1\)\)", r"{0}\.\w+\("),
        (r"(.+)\.setstate\(\1\.getstate\(\)\)", r"\bseed\("),
        (r"(.+)\.set_state\(\1\.get_state\(\)\)", r"\bseed\("),
        (r"(.+)\.set_rng_state\(\1\.get_rng_state\(\)\)", r"\bmanual_seed\("),
        (r"(.+)\.set_(\w+)\(\1\.get_\2\(\)\)", r"\bset_{1}\("),
        (r"(.+)\.set_printoptions\(\*\*\1\.get_printoptions\(\)\)", r"\bset_printoptions\("),
        (r"(.+)\.set_threshold\(\*\1\.get_threshold\(\)\)", r"\bset_threshold\("),
        (r"(.+)\.set_grad_enabled\(\1\.is_grad_enabled\(\)\)", r"\bset_grad_enabled\("),
        (r"(.+)\.set_option\((.+), \1\.get_option\(\2\)\)", r"\bset_option\({1}, "),
        (r"(.+)\.seterr\(\*\*\1\.geterr\(\)\)", r"\bseterr\("),
        (r"(.+)\.setlocale\((.+), \1\.setlocale\(\2\)\)", r"\bsetlocale\({1}, "),
        (r"(.+)\.signal\((.+), \1\.getsignal\(\2\)\)", r"\bsignal\({1}, "),
        (
            r"(.+)\.set(defaulttimeout|recursionlimit|switchinterval|trace|profile)\(\1\.get\2\(\)\)",
            r"\bset{1}\(",
        ),
        (r"(.+)\.set(context|LoggerClass|LogRecordFactory)\(\1\.get\2\(\)\)", r"\bset{1}\("),
        (r"(.+)\.field_size_limit\(\1\.field_size_limit\(\)\)", r"\bfield_size_limit\("),
        (r"(.+)\.activate\(\1\.get_language\(\)\)", r"\bactivate\("),
        (r"(.+)\.disable\(\1\.root\.manager\.disable\)", r"\bdisable\("),
    )
]


# These stand right below another line, which they complete; what is registered last runs first.
_SECOND = [
    (re.compile(r"(.+)\.update\(set\(\1\)\)"), "{0}.intersection_update(set({0}))"),
    (re.compile(r"(.+)\.clear\(\)"), "{0}.update(dict({0}))"),
]


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
        """The text, in which each line has the number that it had: a difference is told by its line."""
        data = b"".join(self.lines)
        for start, end, new in sorted(self.found, reverse=True):
            new += b"\n" * (data.count(b"\n", start, end) - new.count(b"\n"))
            data = data[:start] + new + data[end:]
        return data.decode()


def without_clean_ups(before: str, after: str) -> str:
    """The text after a rewrite without the lines that register clean-ups and that the one before lacks.

    Raises what ``ast.parse`` does for a text that is not Python.
    """
    old, new = dict(_functions(ast.parse(before).body)), ast.parse(after)
    edits = Edits(after.encode().splitlines(keepends=True))
    gone, partial = False, _spelled_partial(new)
    for path, function in _functions(new.body):
        if path in old:
            gone |= _in_function(old[path], function, edits, partial)
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


def _in_function(was: _Function, now: _Function, edits: Edits, partial: frozenset[str]) -> bool:
    """Cut out what a function has more; whether there was anything."""
    known = Counter(map(ast.dump, _statements(was.body)))
    names = {node.id for node in ast.walk(was) if isinstance(node, ast.Name)}
    registering: list[ast.stmt] = []
    parameters = [parameter.arg for parameter in _parameters(now)]
    spelling = _Spelling(next(iter(parameters), ""), "request" in parameters, partial)
    for block in _blocks(now.body):
        for index, statement in enumerate(block):
            if spelling.registered(statement) is None or not spelling.belongs(block, index):
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


@dataclass(frozen=True)
class _Spelling:
    """How a function may register: by its ``first`` parameter, a TestCase or its class, by ``request`` if it has that
    parameter, and by one of the names that ``partial`` has in the file.
    """

    first: str
    request: bool
    partial: frozenset[str]

    def registered(self, statement: ast.stmt) -> str | None:
        """What a statement registers, as a call in code, if it does nothing else; None if it does anything else."""
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("request"), "addfinalizer"), [what], [])) if self.request:
                match what:
                    case ast.Call(named, [function, *given], keywords) if ast.unparse(named) in self.partial:
                        return ast.unparse(ast.Call(function, given, keywords))
                return ast.unparse(ast.Call(what, [], []))
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(case), method), [what, *given], keywords)):
                if case == self.first and method in ("addCleanup", "addClassCleanup"):
                    return ast.unparse(ast.Call(what, given, keywords))
        return None

    def belongs(self, block: list[ast.stmt], index: int) -> bool:
        """Whether what a line of a block registers, once, puts back what the next statement changes, and no other one
        above has changed yet.
        """
        registered = [self.registered(statement) for statement in block]
        mine = registered[index] or ""
        start, end = index, index + 1
        while start and registered[start - 1] is not None:
            start -= 1
        while end < len(block) and registered[end] is not None:
            end += 1
        if end == len(block) or registered[start:end].count(mine) > 1 or _acts(mine):
            return False
        change = _change_of(mine, registered[index - 1] if index > start else None)
        if change is None or re.search(change, _head(block[end])) is None:
            return False
        before = start > 0 and re.search(change, _head(block[start - 1])) is not None
        return not before or mine in registered[:start]


def _change_of(registered: str, above: str | None) -> str | None:
    """What a statement must look like, as a regular expression, that changes what a call puts back; None if there is
    none. ``above`` is what the line above registers: some go by two.
    """
    for pattern, change in _PAIRS:
        match = pattern.fullmatch(registered)
        if match is not None:
            return change.format(*map(re.escape, match.groups()))
    for pattern, needed in _SECOND:
        match = pattern.fullmatch(registered)
        if match is not None and above == needed.format(*match.groups()):
            return rf"{re.escape(match[1])}\.\w+\("
    return None


def _spelled_partial(tree: ast.Module) -> frozenset[str]:
    """How the module may write ``functools.partial``."""
    found = set()
    for statement in tree.body:
        match statement:
            case ast.ImportFrom("functools", names, 0):
                found |= {alias.asname or alias.name for alias in names if alias.name == "partial"}
            case ast.Import(names):
                modules = {alias.asname or alias.name for alias in names if alias.name == "functools"}
                found |= {f"{module}.partial" for module in modules}
    return frozenset(found)


def _head(statement: ast.stmt) -> str:
    """A statement as code, without those inside it."""
    if not hasattr(statement, "body"):
        return ast.unparse(statement)
    return " ".join(ast.unparse(n) for n in ast.iter_child_nodes(statement) if isinstance(n, (ast.expr, ast.withitem)))


def _acts(code: str) -> bool:
    """Whether a call does more than to call what it names, in its function."""
    call = ast.parse(code, mode="eval").body
    inside = ast.walk(call.func) if isinstance(call, ast.Call) else ()
    bad = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom, ast.Lambda, ast.BoolOp, ast.IfExp)
    return any(isinstance(node, bad) for node in inside)


def _unnamed(
    made: ast.stmt, used: ast.stmt, stopped: ast.stmt, names: set[str], function: _Function, edits: Edits
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
        where = inside[0].func.value  # type: ignore[attr-defined]
        code = ast.unparse(patcher).encode()  # in one line
        edits.cut(edits.place(where.lineno, where.col_offset), edits.place(*_end(where)), code)
        edits.cut_lines(made)


def _is_start(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(ast.Attribute(ast.Name(called), "start"), [], []):
            return called == name
    return False


def _without_request(was: _Function, now: _Function, registering: list[ast.stmt], edits: Edits) -> None:
    """Cut out the parameter, if nothing else uses it."""
    known = {parameter.arg for parameter in _parameters(was)}
    used = sum(isinstance(node, ast.Name) and node.id == "request" for node in ast.walk(now))
    registered = sum(
        isinstance(node, ast.Name) and node.id == "request" for each in registering for node in ast.walk(each)
    )
    if used > registered or "request" in known:
        return
    parameters = _parameters(now)
    for index, parameter in enumerate(parameters):
        if parameter.arg == "request":
            start, end = edits.place(parameter.lineno, parameter.col_offset), edits.place(*_end(parameter))
            data = b"".join(edits.lines)
            after = re.compile(rb"\s*,").match(data, end)
            before = re.compile(rb",\s*(?:\*\s*,\s*)?$").search(data[:start])
            annotated = parameter.annotation is not None and ast.unparse(parameter.annotation)
            if any(p.arg in known for p in parameters[index:]) or annotated not in (False, "pytest.FixtureRequest"):
                return  # it is put after those that were there
            if before and not (after and _stars(was)):
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
    edits = Edits(text.encode().splitlines(keepends=True))
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
