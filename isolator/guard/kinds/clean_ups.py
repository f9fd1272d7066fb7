"""Lines that register the undoing of a change: what a rewrite may add beside the change itself.

They are taken out of the text after it, with the parameter and the import that they needed and the names that patchers
got for them; the rest is compared as usual. Only calls known to put a thing back are taken out, each with what it
must be given: a line of any other shape stays, and shows as a difference.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass

from isolator.guard.erasure.cutting import (
    Edits,
    Function,
    blocks,
    cut_parameter,
    end_of,
    functions,
    parameters,
    statements,
    without_import,
)

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


def without_clean_ups(before: str, after: str) -> str:
    """The text after a rewrite without the lines that register clean-ups and that the one before lacks.

    Raises what ``ast.parse`` does for a text that is not Python.
    """
    old, new = dict(functions(ast.parse(before).body)), ast.parse(after)
    edits = Edits(after.encode().splitlines(keepends=True))
    gone, partial = False, _spelled_partial(new)
    for path, function in functions(new.body):
        if path in old:
            gone |= _in_function(old[path], function, edits, partial)
    if not gone:
        return after
    text = edits.text()
    return without_import(before, text, "functools", "partial")


def _in_function(was: Function, now: Function, edits: Edits, partial: frozenset[str]) -> bool:
    """Cut out what a function has more; whether there was anything."""
    known = Counter(map(ast.dump, statements(was.body)))
    names = {node.id for node in ast.walk(was) if isinstance(node, ast.Name)}
    registering: list[ast.stmt] = []
    names_in_order = [parameter.arg for parameter in parameters(now)]
    spelling = _Spelling(next(iter(names_in_order), ""), "request" in names_in_order, partial)
    for block in blocks(now.body):
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
    made: ast.stmt, used: ast.stmt, stopped: ast.stmt, names: set[str], function: Function, edits: Edits
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
        edits.cut(edits.place(where.lineno, where.col_offset), edits.place(*end_of(where)), code)
        edits.cut_lines(made)


def _is_start(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(ast.Attribute(ast.Name(called), "start"), [], []):
            return called == name
    return False


def _without_request(was: Function, now: Function, registering: list[ast.stmt], edits: Edits) -> None:
    """Cut out the parameter, if nothing else uses it."""
    used = sum(isinstance(node, ast.Name) and node.id == "request" for node in ast.walk(now))
    registered = sum(
        isinstance(node, ast.Name) and node.id == "request" for each in registering for node in ast.walk(each)
    )
    if used <= registered:
        cut_parameter(was, now, "request", ("pytest.FixtureRequest",), edits)
