"""What a function does to the file that an expression names."""

from __future__ import annotations

import ast
from enum import Enum

from codemods.python.names import Names
from codemods.shared_files.paths import called


class Use(Enum):
    """What is done to a file."""

    MAKES = "there is a new one"
    ADDS = "it is made if there is none, and else goes on"
    CHANGES = "there must be one, and it is another one then"
    READS = "there must be one"
    ASKS = "whether there is one, and either is all right"
    GIVEN = "other code is told its name"
    NAMED = "the path gets a name"
    UNCLEAR = "the name is used as text"


Parents = dict[ast.AST, ast.AST]

_M, _A, _C, _R = Use.MAKES, Use.ADDS, Use.CHANGES, Use.READS
# What functions do with each of their arguments.
_FUNCTIONS = {
    "os.remove": (_C,),
    "os.unlink": (_C,),
    "os.rmdir": (_C,),
    "os.removedirs": (_C,),
    "os.truncate": (_C,),
    "os.chmod": (_C,),
    "os.utime": (_C,),
    "shutil.rmtree": (_C,),
    "os.mkdir": (_M,),
    "os.makedirs": (_M,),
    "os.mkfifo": (_M,),
    "os.rename": (_C, _M),
    "os.replace": (_C, _M),
    "shutil.move": (_C, _M),
    "os.symlink": (_R, _M),
    "os.link": (_R, _M),
    "shutil.copy": (_R, _M),
    "shutil.copy2": (_R, _M),
    "shutil.copyfile": (_R, _M),
    "shutil.copytree": (_R, _M),
    "sqlite3.connect": (_A,),
    "os.listdir": (_R,),
    "os.scandir": (_R,),
    "os.walk": (_R,),
    "os.stat": (_R,),
    "os.path.getsize": (_R,),
    "os.path.getmtime": (_R,),
    "os.path.exists": (_R,),
    "os.path.lexists": (_R,),
    "os.path.isfile": (_R,),
    "os.path.isdir": (_R,),
}
_METHODS = {
    "write_text": _M,
    "write_bytes": _M,
    "touch": _A,
    "mkdir": _M,
    "unlink": _C,
    "rmdir": _C,
    "rename": _C,
    "replace": _C,
    "chmod": _C,
    "read_text": _R,
    "read_bytes": _R,
    "iterdir": _R,
    "glob": _R,
    "rglob": _R,
    "stat": _R,
    "exists": _R,
    "is_file": _R,
    "is_dir": _R,
}
_OPENS = ("open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "builtins.open")
_BUILDS = ("os.path.join", "pathlib.Path", "str", "os.fspath", "os.path.abspath")
_EXISTS = ("exists", "lexists", "isfile", "isdir", "is_file", "is_dir")
_EASY = ("exist_ok", "missing_ok", "ignore_errors")


def use_of(node: ast.expr, parents: Parents, names: Names, *, is_text: bool) -> Use:
    """What is done to the file that an expression names where it stands, a str or a Path."""
    parent = parents.get(node)
    match parent:
        case ast.Assign() | ast.AnnAssign() | ast.Return() | ast.Yield():
            return Use.NAMED
        case ast.keyword() | ast.List() | ast.Tuple() | ast.Starred():
            above = parents.get(parent)
            if isinstance(parent, ast.keyword) and isinstance(above, ast.Call):
                return _of_keyword(above, names)
            return Use.GIVEN if isinstance(above, ast.Call) else Use.UNCLEAR
        case ast.Call():
            return _in_call(node, parent, parents, names)
        case ast.Attribute(_, method):
            call = parents.get(parent)
            if not is_text and isinstance(call, ast.Call) and call.func is parent:
                return _of_method(method, call, parents)
        case ast.BinOp(left, ast.Div(), _) if left is node and not is_text:
            return use_of(parent, parents, names, is_text=False)
    return Use.UNCLEAR


def _of_keyword(call: ast.Call, names: Names) -> Use:
    """``app.save(path="x")``; ``open(path, encoding="x")`` names no file."""
    name = called(call, names) or ""
    method = isinstance(call.func, ast.Attribute) and call.func.attr in ("open", *_METHODS)
    known = method or name in _FUNCTIONS or name in (*_OPENS, *_BUILDS)
    return Use.UNCLEAR if known else Use.GIVEN


def _in_call(node: ast.expr, call: ast.Call, parents: Parents, names: Names) -> Use:
    name = called(call, names) or ""
    index = call.args.index(node)
    if name in _OPENS:
        return _opened(call, 1) if index == 0 else Use.UNCLEAR
    if name in _BUILDS:
        is_text = name != "pathlib.Path"
        return use_of(call, parents, names, is_text=is_text) if index == 0 else Use.UNCLEAR
    uses = _FUNCTIONS.get(name)
    if uses is None:
        return Use.GIVEN
    use = uses[index] if index < len(uses) else Use.UNCLEAR
    return _eased(use, name.rpartition(".")[2], call, parents)


def _of_method(method: str, call: ast.Call, parents: Parents) -> Use:
    if method == "open":
        return _opened(call, 0)
    return _eased(_METHODS.get(method, Use.UNCLEAR), method, call, parents)


def _opened(call: ast.Call, position: int) -> Use:
    """By its mode, which is the argument at a position."""
    given = [
        *call.args[position : position + 1],
        *(k.value for k in call.keywords if k.arg == "mode"),
    ]
    if not given:
        return Use.READS
    mode = given[0].value if isinstance(given[0], ast.Constant) else None
    if not isinstance(mode, str):
        return Use.GIVEN
    if "w" in mode or "x" in mode:
        return Use.MAKES
    if "a" in mode:
        return Use.ADDS
    return Use.CHANGES if "+" in mode else Use.READS


def _eased(use: Use, name: str, call: ast.Call, parents: Parents) -> Use:
    """The same, where it does not matter whether there is one: ``unlink(missing_ok=True)``."""
    easy = any(keyword.arg in _EASY for keyword in call.keywords)
    if name in _EXISTS:
        return Use.ASKS if _either(call, parents) else use
    if use is Use.MAKES:
        return Use.ADDS if easy else use
    caught = use is Use.CHANGES and (easy or _is_caught(call, parents))
    return Use.ASKS if caught else use


def _either(call: ast.Call, parents: Parents) -> bool:
    """Whether a check does not require the file to exist: ``if exists(…)``, ``not exists(…)``."""
    parent = parents.get(call)
    match parent:
        case ast.If(test) | ast.While(test) | ast.IfExp(test):
            return test is call
        case ast.UnaryOp(ast.Not()):
            return True
        case ast.Call(ast.Attribute(_, "assertFalse")):
            return True
    return False


def _is_caught(node: ast.AST, parents: Parents) -> bool:
    """Whether what a node raises is caught, or it runs only where there is one."""
    while (parent := parents.get(node)) is not None:
        match parent:
            case ast.Try(body, [_, *_]) if node in body:
                return True
            case ast.With(items) if any("suppress" in ast.unparse(i.context_expr) for i in items):
                return True
            case ast.If(test, body) if node in body and "exists" in ast.unparse(test):
                return True
        node = parent
    return False


def parents_in(*trees: ast.AST) -> Parents:
    """For each node in some trees the one that it stands in."""
    return {
        child: node
        for tree in trees
        for node in ast.walk(tree)
        for child in ast.iter_child_nodes(node)
    }
