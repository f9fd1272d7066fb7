"""The working directory of the process: one cell, that ``os.chdir`` changes and ``os.getcwd()``
reads.
"""

from __future__ import annotations

import ast
import re

from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import Layout, Spelling, StateKind
from codemods.state.model.operations import Operation, Set, Text
from codemods.state.model.refusals import RefusedError

_CELL = Text("'cwd'")
_CHANGES = ("os.chdir", "os.fchdir")
_READS = ("os.getcwd", "os.getcwdb", "pathlib.Path.cwd")
# ``Path().resolve()``, ``os.path.abspath(".")``: what the path is to where the process is.
_ABSOLUTE = ("os.path.abspath", "os.path.realpath")
_OF_PATH = ("resolve", "absolute")
# What gives the same path in another type.
_CONVERTS = re.compile(r"(?:str|(?:os\.)?fspath|(?:pathlib\.)?Path)\((\w+(?:\.\w+)*)\)")


class _Spelling(Spelling):
    """Reads what is done to the working directory."""

    def write(self, statement: ast.stmt) -> list[Operation] | None:
        """``os.chdir(path)`` as a statement; to where the process is already, it changes
        nothing.
        """
        match statement:
            case ast.Expr(ast.Call() as call) if self.changes(call):
                path = _path(call)
                if path is None or self.scope.names.dotted(call.func) != "os.chdir":
                    raise RefusedError(refusals.PATH_UNCLEAR)
                return [Set(_CELL, self.scope.text(path))]
        return None

    def changes(self, node: ast.expr) -> bool:
        """Whether an expression is a call that may change the working directory."""
        if not isinstance(node, ast.Call) or self.scope.names.dotted(node.func) not in _CHANGES:
            return False
        path = _path(node)
        return path is None or not self._is_here(path)

    def changes_late(self, function: ast.expr, arguments: list[ast.expr]) -> bool:
        """``addCleanup(os.chdir, os.getcwd())`` leads back: by then the process is elsewhere."""
        del arguments
        return self.scope.names.dotted(function) in _CHANGES

    def reads(self, value: ast.expr) -> frozenset[str] | None:
        """Whether an expression gives the working directory: ``os.getcwd()``, ``Path.cwd()``,
        ``str(Path.cwd())``.
        """
        if not isinstance(value, ast.Call):
            return None
        name = self.scope.names.dotted(value.func) or ast.unparse(value.func)
        match value:
            case ast.Call(_, [], []) if name in _READS:
                return _CELL.keys
            case ast.Call(ast.Attribute(ast.Call(cls), "cwd"), [], []):
                # Path().cwd(): a method of the class.
                return _CELL.keys if self.scope.names.dotted(cls) == "pathlib.Path" else None
            case ast.Call(_, [inner], []) if name in _ABSOLUTE and self._is_here(inner):
                return _CELL.keys
            case ast.Call(_, [inner], []) if name in (
                "str",
                "os.fspath",
                "pathlib.Path",
                *_ABSOLUTE,
            ):
                return self.reads(inner)
            case ast.Call(ast.Attribute(path, method), [], []) if method in _OF_PATH:
                return _CELL.keys if self._is_here(path) else self.reads(path)
        return None

    def held_name(self, code: str) -> str:
        """``str(saved)`` gives back what ``saved`` holds."""
        converted = _CONVERTS.fullmatch(code)
        return converted[1] if converted else code

    def _is_here(self, path: ast.expr) -> bool:
        """Whether a path is that of the working directory: ``"."``, ``os.curdir``, ``Path()``,
        ``os.getcwd()``.
        """
        match path:
            case ast.Constant("." | b"."):
                return True
            case ast.Call(function, [], []) if self.scope.names.dotted(function) == "pathlib.Path":
                return True
            case ast.Call(function, [inner], []) if (
                self.scope.names.dotted(function) == "pathlib.Path"
            ):
                return self._is_here(inner)
        return self.scope.names.dotted(path) == "os.curdir" or self.reads(path) is not None


def _path(call: ast.Call) -> ast.expr | None:
    """The one argument of ``os.chdir``; None if it has others, or does not say which."""
    match call:
        case ast.Call(_, [path], []) if not isinstance(path, ast.Starred):
            return path
        case ast.Call(_, [], [ast.keyword("path", path)]):
            return path
    return None


class WorkingDirectory(StateKind):
    """The working directory."""

    noun = whole = "the working directory"
    at_import = "the working directory is changed"
    words = ("chdir",)
    # A call of it, or another name for it. What is only registered puts back what a call has
    # changed.
    change = (
        r"(?<!monkeypatch\.)(?<!contextlib\.)\bf?chdir\s*\("
        r"|\bchdir\s+as\b|=\s*(?:\w+\s*\.\s*)?chdir\b"
    )
    targets = _CHANGES
    mentioned = ("chdir", "cwd")
    about = (
        r"(?i:cwd|ch(?:ange)?_?dir|pushd|work(?:ing)?_?dir|(?:^|_)cd(?:_|$)|in(?:side)?_dir"
        r"|isolated_filesystem)"
    )
    hint = r"cwd|(?<!emporary)dir|filesystem"
    written = r"\bchdir\b"
    patching = r"\.chdir\b"
    blind = frozenset({"os.environ.get", "os.getenv", "os.putenv", "os.unsetenv", *_READS})
    nests = True

    def spelling(self, scope: Scope) -> Spelling:
        """What reads the statements of a scope."""
        return _Spelling(scope)

    def shown(self, keys: frozenset[str]) -> str:
        """There is only one cell."""
        del keys
        return self.noun

    def patched(self, call: ast.Call, scope: Scope, *, only_given: bool = False) -> Text | None:
        """``m.chdir(path)``."""
        del only_given
        match call:
            case ast.Call(ast.Attribute(_, "chdir"), [_], []) if (
                scope.names.dotted(call.func) not in _CHANGES
            ):
                return _CELL
        return None

    def records(self, call: ast.Call) -> bool:
        """It always does."""
        del call
        return True

    def code(self, operation: Operation, frame: str, layout: Layout) -> str:
        """``m.chdir(path)``."""
        assert isinstance(operation, Set), "nothing else is done to the working directory"
        return layout.call(f"{frame}.chdir", operation.value.code)


KIND = WorkingDirectory()
