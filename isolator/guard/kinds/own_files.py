"""Folders for single tests: what a rewrite may put in the place of files that tests share.

It is put back in the text after it: the lines at the head of a test that take it to a folder of its own go, and so do
those that copy a file there; a name in ``tmp_path`` becomes again the path that ends alike; a fixture gets the scope
again that it had. The rest is compared as usual, and anything else shows as a difference.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from isolator.guard.erasure.cutting import (
    Edits,
    Function,
    cut_parameter,
    end_of,
    functions,
    parameters,
    without_import,
)

_WIDE = ("class", "module", "package", "session")
_MAKERS = ("mkdtemp", "mkstemp", "mktemp", "TemporaryDirectory", "NamedTemporaryFile")
# What a path may be put together by, and what takes a Path where it took a str.
_BUILDERS = ("join", "Path", "getcwd", "cwd", "dirname", "abspath", "realpath", "resolve", "absolute", "joinpath")
_TAKERS = (
    *("open", "remove", "unlink", "rmdir", "removedirs", "truncate", "chmod", "utime", "rmtree", "mkdir", "makedirs"),
    *("mkfifo", "rename", "replace", "move", "symlink", "link", "copy", "copy2", "copyfile", "copytree", "connect"),
    *("listdir", "scandir", "walk", "stat", "getsize", "getmtime", "exists", "lexists", "isfile", "isdir"),
    *_BUILDERS,
)
_TEXTS = ("join", "getcwd", "dirname", "abspath", "realpath", "expanduser", "str", "fspath")
_MOVE = "monkeypatch.chdir(tmp_path)"
# The same in a TestCase, for whose first parameter stands ``{0}``.
_CASE = (
    r"folder = (?:tempfile\.)?TemporaryDirectory\(\)",
    r"{0}\.addCleanup\(folder\.cleanup\)",
    r"monkeypatch = (?:pytest\.)?MonkeyPatch\(\)",
    r"{0}\.addCleanup\(monkeypatch\.undo\)",
    r"monkeypatch\.chdir\(folder\.name\)",
)
_IMPORTS = (("tempfile", None), ("shutil", None), ("pathlib", "Path"))
_Change = Callable[[Function, Function, Edits], None]


def without_own_files(before: str, after: str) -> str:
    """The text after a rewrite, in which tests share again what they shared.

    Raises what ``ast.parse`` does for a text that is not Python.
    """
    old = dict(functions(ast.parse(before).body))
    text = after
    for change in (_with_scope, _without_head, _with_paths):
        text = _in_each(old, text, change)
    # What asks for a folder must have used it.
    using = {path for path, function in functions(ast.parse(after).body) if _has(function, "tmp_path")}
    given = {path: function for path, function in old.items() if path in using}
    for change in (_without_folder, _without_monkeypatch):
        text = _in_each(given, text, change)
    if text == after:
        return after
    for module, name in _IMPORTS:
        text = without_import(before, text, module, name)
    return text


def _in_each(old: Mapping[tuple[str, ...], Function], text: str, change: _Change) -> str:
    edits = Edits(text.encode().splitlines(keepends=True))
    for path, function in functions(ast.parse(text).body):
        if path in old:
            change(old[path], function, edits)
    return edits.text()


def _with_scope(was: Function, now: Function, edits: Edits) -> None:
    """A fixture that makes something temporary gets back the scope that it had."""
    made = (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in ast.walk(was))
    if not any(name in _MAKERS for name in made):
        return
    for old, new in zip(was.decorator_list, now.decorator_list, strict=False):
        if ast.dump(old) != ast.dump(new) and _plain(new) in _unscoped(old):
            edits.cut(edits.place(new.lineno, new.col_offset), edits.place(*end_of(new)), ast.unparse(old).encode())


def _unscoped(decorator: ast.expr) -> list[str]:
    """A decorator that has a scope, as it may be without."""
    match decorator:
        case ast.Call(ast.Name("fixture") | ast.Attribute(ast.Name("pytest"), "fixture"), args, keywords):
            wide = [keyword for keyword in keywords if keyword.arg == "scope" and _is_wide(keyword.value)]
            none = [keyword for keyword in keywords if keyword not in wide]
            function = ast.keyword("scope", ast.Constant("function"))
            other = [function if keyword in wide else keyword for keyword in keywords]
            return [ast.unparse(ast.Call(decorator.func, args, left)) for left in (none, other)] if wide else []
    return []


def _is_wide(scope: ast.expr) -> bool:
    return isinstance(scope, ast.Constant) and scope.value in _WIDE


def _plain(decorator: ast.expr) -> str:
    """``fixture()`` for ``fixture``."""
    shown = ast.unparse(decorator)
    return shown if isinstance(decorator, ast.Call) else f"{shown}()"


def _without_head(was: Function, now: Function, edits: Edits) -> None:
    """The lines go that take a test to its folder, or copy files there."""
    body = now.body[1:] if ast.get_docstring(now, clean=False) is not None else now.body
    shown = [ast.unparse(statement) for statement in body[: len(_CASE)]]
    names = [parameter.arg for parameter in parameters(now)]
    case = [pattern.format(re.escape(names[0]) if names else "") for pattern in _CASE]
    gone = 0
    if shown[:1] == [_MOVE] and {"tmp_path", "monkeypatch"} <= {*names} and "chdir" not in ast.unparse(was):
        gone = 1
    elif len(shown) == len(case) and all(map(re.fullmatch, case, shown)) and not _has(was, "folder", "monkeypatch"):
        gone = len(case)
    else:
        named = [_named(node) for node in ast.walk(now)]
        while gone < len(body) - 1 and _copied(body[gone]) in named and not _has(was, "tmp_path"):
            gone += 1
    for statement in body[:gone] if gone < len(body) else ():
        edits.cut_lines(statement)


def _has(function: Function, *names: str) -> bool:
    """Whether one of the names is a variable of a function already; as a parameter it may be."""
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(function))


def _copied(statement: ast.stmt) -> str:
    """What a line copies to ``tmp_path``, by its name there; "" if it does anything else."""
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("shutil"), "copy"), [path, ast.Name("tmp_path")], [])):
            return posixpath.basename(_joined(path) or "")
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("shutil"), "copytree"), [path, copied], [])):
            name = _named(copied) or ""
            return name if name == posixpath.basename(_joined(path) or "") else ""
    return ""


def _named(node: ast.AST) -> str | None:
    """``x`` for ``tmp_path / "x"``."""
    match node:
        case ast.BinOp(ast.Name("tmp_path"), ast.Div(), ast.Constant(str(name))):
            return name
    return None


def _with_paths(was: Function, now: Function, edits: Edits) -> None:
    """A name in ``tmp_path`` becomes again the path that ends alike, if that is left nowhere."""
    if _has(was, "tmp_path"):
        return
    before = [(node, _joined(node) or "") for node, _ in _paths(was)]
    new = list(_new_names(now))
    made = {node for node, _ in new}
    left = {_joined(node) for node, parent in _paths(now) if node not in made and parent not in made}
    at, found = 0, []
    for node, parent in new:
        inner = node.args[0] if isinstance(node, ast.Call) else node
        name = _named(inner) or ""
        while at < len(before) and not f"/{before[at][1]}".endswith(f"/{name}"):
            at += 1
        if at == len(before) or before[at][1] in left or not _same_type(before[at][0], node, parent):
            return
        found.append((node, before[at][0]))
        at += 1
    for node, path in found:
        code = ast.unparse(path).encode()
        edits.cut(edits.place(node.lineno, node.col_offset), edits.place(*end_of(node)), code)


def _same_type(path: ast.expr, node: ast.expr, parent: ast.AST) -> bool:
    """Whether what was a text stays one, and a Path a Path; what takes either may get a Path."""
    is_text = isinstance(path, ast.Constant) or (isinstance(path, ast.Call) and _last(path.func) in _TEXTS)
    is_text = is_text or (isinstance(path, ast.BinOp) and isinstance(path.op, ast.Add))
    if isinstance(node, ast.Call):
        return is_text
    return not is_text or (isinstance(parent, ast.Call) and _last(parent.func) in _TAKERS)


def _new_names(now: Function) -> Iterator[tuple[ast.expr, ast.AST]]:
    """``tmp_path / "x"`` and ``str(tmp_path / "x")``, in the order of the file, each with what it stands in."""
    for node, parent in _walk(now):
        match node:
            case ast.Call(ast.Name("str"), [inner], []) if _named(inner) is not None:
                yield node, parent
            case ast.BinOp() if _named(node) is not None and not (
                isinstance(parent, ast.Call) and ast.unparse(parent.func) == "str"
            ):
                yield node, parent


def _paths(function: Function) -> Iterator[tuple[ast.expr, ast.AST]]:
    """What may denote a path, in the order of the file, none that is a part of another one."""
    inside: set[ast.AST] = set()
    for node, parent in _walk(function):
        if parent in inside:
            inside.add(node)
        elif isinstance(node, ast.expr) and _joined(node) is not None:
            inside.add(node)
            yield node, parent


def _walk(function: Function) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The nodes of a function in the order of the file, each with what it stands in."""
    todo: list[tuple[ast.AST, ast.AST]] = [(statement, function) for statement in reversed(function.body)]
    while todo:
        node, parent = todo.pop()
        yield node, parent
        todo += [(child, node) for child in reversed([*ast.iter_child_nodes(node)])]


def _joined(node: ast.expr) -> str | None:
    """The known end of the path that an expression denotes; None if it denotes none."""
    pieces = _pieces(node)
    return posixpath.normpath("/".join(pieces)) if pieces else None


def _pieces(node: ast.expr) -> list[str] | None:
    """The constants of which a path is put together, none of what comes before it; None for anything else."""
    match node:
        case ast.Constant(str(text)):
            return [text]
        case ast.Name():
            return []
        case ast.Attribute(inner, "parent") | ast.Subscript(ast.Attribute(inner, "parents"), ast.Constant()):
            return None if _pieces(inner) is None else []
        case ast.BinOp(left, ast.Div() | ast.Add(), right):
            return _all_pieces([left, right])
        case ast.Call(ast.Name(name), args, []) if name in (*_BUILDERS, *_TEXTS):
            return _all_pieces(args)
        case ast.Call(ast.Attribute(owner, name), args, []) if name in (*_BUILDERS, *_TEXTS):
            if _pieces(owner) is None and not isinstance(owner, ast.Attribute):
                return None
            found = _all_pieces([*([] if isinstance(owner, ast.Attribute) else [owner]), *args])
            return [] if found is not None and name == "dirname" else found
    return None


def _all_pieces(nodes: list[ast.expr]) -> list[str] | None:
    found = [_pieces(node) for node in nodes]
    return None if None in found else [piece for pieces in found for piece in pieces or ()]


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _without_folder(was: Function, now: Function, edits: Edits) -> None:
    """The parameter ``tmp_path`` goes, if nothing uses it."""
    if not _has(now, "tmp_path"):
        cut_parameter(was, now, "tmp_path", ("Path", "pathlib.Path"), edits)


def _without_monkeypatch(was: Function, now: Function, edits: Edits) -> None:
    if not _has(now, "monkeypatch"):
        cut_parameter(was, now, "monkeypatch", ("pytest.MonkeyPatch", "MonkeyPatch"), edits)
