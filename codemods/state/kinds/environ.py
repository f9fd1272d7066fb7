"""The environment: variables, and ``os.environ``, whose items they are.

Rows E4, E9, E10 and E11 of the measured semantics say what each spelling does.
"""

from __future__ import annotations

import ast
from functools import cached_property

from codemods.rule import Refusal
from codemods.state.expressions.evaluation import must_be_inert, must_commute
from codemods.state.expressions.mapping import mapping, must_be_text
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import Layout, Spelling, StateKind
from codemods.state.model.operations import (
    WHOLE,
    Bind,
    Clear,
    Keep,
    Operation,
    Set,
    SetAll,
    SetDefault,
    Text,
    Unset,
)
from codemods.state.model.refusals import RefusedError

ENVIRON = "os.environ"
_GETTERS = ("os.environ.get", "os.getenv", "os.environ.pop")
_PATCH_DICT = ("unittest.mock.patch.dict", "mocker.patch.dict")
_COPIES = ("copy.copy", "copy.deepcopy")
_MUTATORS = (
    "pop",
    "popitem",
    "update",
    "setdefault",
    "clear",
    "__setitem__",
    "__delitem__",
    "__ior__",
)
# The statements that can write by themselves, and not by one that stands in them.
_WRITING = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete)


class _Spelling(Spelling):
    """Reads what is done to the environment."""

    def is_fake(self, node: ast.AST) -> bool:
        """Whether this is a call that puts something else in the place of ``os.environ`` (E10)."""
        if not isinstance(node, ast.Call) or not node.args:
            return False
        function, target = self.scope.names.dotted(node.func), node.args[0]
        if isinstance(target, ast.Constant) and target.value == ENVIRON:
            return function in ("unittest.mock.patch", "mocker.patch", "monkeypatch.setattr")
        if function not in (
            "unittest.mock.patch.object",
            "mocker.patch.object",
            "monkeypatch.setattr",
        ):
            return False
        name = node.args[1] if len(node.args) > 1 else None
        return (
            self.scope.names.dotted(target) == "os"
            and isinstance(name, ast.Constant)
            and name.value == "environ"
        )

    def patch_call(self, node: ast.expr) -> ast.Call | None:
        """The call of ``patch.dict`` that an expression is, or that its name was given."""
        if isinstance(node, ast.Name) and node.id in self.kept:
            return self.kept[node.id]
        if (
            isinstance(node, ast.Name)
            and self.scope.names.dotted(node) == "unittest.mock.patch.dict()"
        ):
            call = _assigned(self.scope.source.tree, node.id)
            return call if isinstance(call, ast.Call) and self._calls_patch_dict(call) else None
        return node if isinstance(node, ast.Call) and self._calls_patch_dict(node) else None

    def _calls_patch_dict(self, node: ast.Call) -> bool:
        if self.scope.names.dotted(node.func) not in _PATCH_DICT:
            return False
        target = node.args[0] if node.args else _keyword(node, "in_dict")
        if isinstance(target, ast.Constant):
            return target.value == ENVIRON
        return target is not None and self.scope.is_container(target)

    def patch_dict(self, call: ast.Call) -> list[Operation]:
        """The operations of a ``patch.dict`` call, none for a pure snapshot; raises
        RefusedError.
        """
        clear = call.args[2] if len(call.args) > 2 else _keyword(call, "clear")
        if _names_variables(clear):
            raise RefusedError(refusals.CLEAR_NAMES)
        if clear is not None and not (
            isinstance(clear, ast.Constant) and isinstance(clear.value, (bool, int))
        ):
            raise RefusedError(refusals.CLEAR_UNKNOWN)
        values = call.args[1] if len(call.args) > 1 else _keyword(call, "values")
        rest = [k for k in call.keywords if k.arg not in ("in_dict", "values", "clear")]
        given = [*filter(None, [values]), *(keyword.value for keyword in rest)]
        if any(map(self.change_inside, given)):
            raise RefusedError(refusals.VALUE_USED)
        clears = isinstance(clear, ast.Constant) and bool(clear.value)
        return mapping(self.scope, values, rest, clears)

    def onto_a_copy(self, call: ast.Call) -> list[Operation] | None:
        """The operations of a call that clears, and sets a copy of all that was there, and more:
        those of the more.

        ``patch.dict(os.environ, {**os.environ, "TOKEN": "t"}, clear=True)``. None for any other;
        raises RefusedError.
        """
        values = call.args[1] if len(call.args) > 1 else _keyword(call, "values")
        rest = [k for k in call.keywords if k.arg not in ("in_dict", "values", "clear")]
        match values:
            case ast.Dict([None, *keys], [copied, *others]) if (
                self._is_whole(copied) and None not in keys and others
            ):
                more = ast.copy_location(ast.Dict(keys, others), values)
                return mapping(self.scope, more, rest, clears=False)
            case ast.Call(ast.Name("dict"), [copied], [_, *_] as named) if self._is_whole(copied):
                return mapping(self.scope, None, [*named, *rest], clears=False)
            case ast.expr() if self._is_whole(values):  # which is copied when the patcher is made
                return mapping(self.scope, None, rest, clears=False) if rest else []
        return None

    def _is_whole(self, node: ast.expr) -> bool:
        return self.scope.is_container(node) or self.copies_all(node)

    def write(self, statement: ast.stmt) -> list[Operation] | None:
        """The operations of a statement that writes the environment, None if it is not one;
        raises RefusedError.
        """
        if not isinstance(statement, _WRITING):
            return None
        if self._writes_bytes(statement):
            raise RefusedError(refusals.BYTES_ENVIRON)
        operations = self._written(statement)
        if operations and any(map(self.change_inside, self._computed(statement))):
            raise RefusedError(refusals.VALUE_USED)  # `os.environ["A"] = os.environ.pop("B")`
        return operations

    def _written(self, statement: ast.stmt) -> list[Operation] | None:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            return self._call(statement.value)
        if isinstance(statement, ast.Assign):
            return self._assign(statement)
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            return self._assign(
                ast.copy_location(ast.Assign([statement.target], statement.value), statement)
            )
        if isinstance(statement, ast.AugAssign):
            return self._augmented(statement)
        if isinstance(statement, ast.Delete) and any(self._item(t) for t in statement.targets):
            keys = [self._item(target) for target in statement.targets]
            if None in keys:
                raise RefusedError(refusals.VALUE_USED)
            return [Unset(self.scope.text(key), required=True) for key in keys if key is not None]
        return None

    def _computed(self, statement: ast.stmt) -> list[ast.expr]:
        """What a statement that writes computes for that: keys, values and arguments."""
        targets = [
            *getattr(statement, "targets", ()),
            *filter(None, [getattr(statement, "target", None)]),
        ]
        targets = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
        written = [t for t in targets if self._item(t) is not None or self.scope.is_container(t)]
        found = [key for target in written if (key := self._item(target)) is not None]
        found += [target for target in targets if target not in written]
        value: ast.expr | None = getattr(statement, "value", None)
        if value is not None and (written or not isinstance(value, ast.Call)):
            found.append(value)
        elif isinstance(value, ast.Call):  # which writes itself
            found += [*value.args, *(keyword.value for keyword in value.keywords)]
        return found

    def copies_all(self, node: ast.expr) -> bool:
        """Whether an expression is a copy of the whole environment: ``os.environ.copy()``,
        ``{**os.environ}``.
        """
        scope = self.scope
        match node:
            case ast.Dict([None], [environ]):
                return scope.is_container(environ)
            case ast.Call(ast.Attribute(environ, "copy"), [], []):
                return scope.is_container(environ)
            case ast.Call(function, [copied], []) if (
                _named(function) == "dict" or scope.names.dotted(function) in _COPIES
            ):
                return scope.is_container(copied) or self._is_items(copied)
            case ast.DictComp(
                ast.Name(key),
                ast.Name(value),
                [ast.comprehension(ast.Tuple([first, last]), items, [])],
            ):
                return (_named(first), _named(last)) == (key, value) and self._is_items(items)
        return False

    def _is_items(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(ast.Attribute(environ, "items"), [], []):
                return self.scope.is_container(environ)
        return False

    def changes_late(self, function: ast.expr, arguments: list[ast.expr]) -> bool:
        """Whether a function, called with these arguments, changes the environment."""
        if isinstance(function, ast.Attribute) and self.scope.is_container(function.value):
            return function.attr in _MUTATORS
        dotted = self.scope.names.dotted(function)
        if dotted in ("os.putenv", "os.unsetenv"):
            return True
        first = arguments[0] if arguments else None
        if (
            _named(function) in ("setattr", "delattr")
            and len(arguments) > 1
            and isinstance(arguments[1], ast.Constant)
        ):
            return self.scope.names.dotted(arguments[0]) == "os" and arguments[1].value == "environ"
        operator = dotted in ("operator.setitem", "operator.delitem")
        return operator and first is not None and self.scope.is_container(first)

    def reads(self, value: ast.expr) -> frozenset[str] | None:
        """The keys that an expression reads, ``*`` for a copy of everything, None for anything
        else.
        """
        scope = self.scope
        if self.copies_all(value):
            return frozenset({WHOLE})
        match value:
            case ast.Subscript(environ, key) if scope.is_container(environ):
                return scope.text(key).keys
            case ast.Compare(key, [ast.In() | ast.NotIn()], [environ]) if scope.is_container(
                environ
            ):
                return scope.text(key).keys
            case ast.Call(function, [key, *_]) if scope.names.dotted(function) in _GETTERS:
                return scope.text(key).keys
        return None

    def changes(self, node: ast.expr) -> bool:
        """Whether evaluating or binding an expression, what stands inside it apart, changes the
        environment.
        """
        if isinstance(node, ast.Call):
            return self._mutates(node)
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            return self.scope.is_container(node.value) or self._is_bytes(node.value)
        return (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and self.scope.is_container(node)
        )

    def _is_bytes(self, node: ast.expr) -> bool:
        """Whether an expression is ``os.environb``: the same variables, as bytes."""
        return self._speaks_of_bytes and self.scope.names.dotted(node) == "os.environb"

    @cached_property
    def _speaks_of_bytes(self) -> bool:
        """Whether ``os.environb`` is named in the file: nothing stands for it otherwise."""
        return "environb" in self.scope.source.text

    def _writes_bytes(self, statement: ast.stmt) -> bool:
        """Whether a statement writes to ``os.environb``, or patches it."""
        if not self._speaks_of_bytes:
            return False
        match statement:
            case ast.Expr(ast.Call(function, [target, *_])) if (
                self.scope.names.dotted(function) in _PATCH_DICT
            ):
                return self._is_bytes(target)
            case ast.Expr(ast.Call(ast.Attribute(environ, method))):
                return method in _MUTATORS and self._is_bytes(environ)
            case ast.Assign(targets) | ast.Delete(targets):
                return any(
                    isinstance(t, ast.Subscript) and self._is_bytes(t.value) for t in targets
                )
            case ast.AugAssign(target) | ast.AnnAssign(target, _, ast.expr()):
                target = target.value if isinstance(target, ast.Subscript) else target
                return self._is_bytes(target)
        return False

    def _call(self, call: ast.Call) -> list[Operation] | None:
        dotted = self.scope.names.dotted(call.func)
        if dotted == "mocker.patch.dict" and self.is_patch_dict(call):
            return self.patch_dict(call) or _refuse(refusals.SNAPSHOT)
        if dotted in ("os.putenv", "os.unsetenv"):
            return _refuse(refusals.REBINDS_ENVIRON)
        if not isinstance(call.func, ast.Attribute) or not self.scope.is_container(call.func.value):
            return None
        method, arguments = call.func.attr, call.args
        if method == "pop" and 1 <= len(arguments) <= 2 and not call.keywords:
            for default in arguments[1:]:
                must_be_inert(default, self.scope)
            return [Unset(self.scope.text(arguments[0]), required=len(arguments) == 1)]
        if method == "update" and len(arguments) <= 1:
            return mapping(
                self.scope, arguments[0] if arguments else None, call.keywords, clears=False
            )
        if method == "setdefault" and len(arguments) == 2:
            must_be_text(arguments[1], self.scope)
            if self.scope.sees(arguments[0]) or self.scope.sees(arguments[1]):
                raise RefusedError(refusals.EVALUATION_ORDER)
            return [SetDefault(self.scope.text(arguments[0]), self.scope.text(arguments[1]))]
        if method == "clear":
            return [Clear()]
        return _refuse(refusals.VALUE_USED) if method in _MUTATORS else None

    def _assign(self, statement: ast.Assign) -> list[Operation] | None:
        target = statement.targets[0]
        if any(
            self.scope.is_container(t) for t in statement.targets if isinstance(t, ast.Attribute)
        ):
            raise RefusedError(refusals.REBINDS_ENVIRON)
        if len(statement.targets) > 1:
            return self._chained(statement.targets, statement.value)
        key = self._item(target)
        if key is not None:
            must_be_text(statement.value, self.scope)
            must_commute(key, statement.value, self.scope)
            return [Set(self.scope.text(key), self.scope.text(statement.value))]
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            return self._together(target.elts, statement.value.elts)
        if isinstance(target, ast.Subscript) and isinstance(statement.value, ast.Call):
            if self.scope.sees(target):  # what it computes comes after the deletion
                return None
            return self._popped(self.scope.text(target).code, statement.value)
        if isinstance(target, ast.Name) and isinstance(statement.value, ast.Call):
            return self._popped(target.id, statement.value) or self._set_by_default(
                target.id, statement.value
            )
        return None

    def _set_by_default(self, name: str, call: ast.Call) -> list[Operation] | None:
        """``name = os.environ.setdefault(key, default)``: the variable is set if it has no
        value, and then read.
        """
        match call:
            case ast.Call(ast.Attribute(environ, "setdefault"), [key, _], []) if (
                self.scope.is_container(environ)
            ):
                read = Text(f"{self.scope.source.segment(environ)}[{self.scope.text(key).code}]")
                return [*(self._call(call) or ()), Bind(name, read)]
        return None

    def _chained(self, targets: list[ast.expr], value: ast.expr) -> list[Operation] | None:
        """``os.environ[key] = name = value``: the value is computed once, whatever the order of
        the targets.
        """
        keys = [key for target in targets if (key := self._item(target)) is not None]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if (
            not keys
            or len(keys) + len(names) < len(targets)
            or any(self.scope.sees(k) for k in keys)
        ):
            return None
        if any(isinstance(n, ast.Name) and n.id in names for key in keys for n in ast.walk(key)):
            return None
        must_be_text(value, self.scope)
        text = self.scope.text(value)
        if not names and not isinstance(value, (ast.Constant, ast.Name)):
            return None
        bound = [Bind(name, text if name is names[0] else Text(names[0])) for name in names]
        return [
            *bound,
            *(Set(self.scope.text(key), Text(names[0]) if names else text) for key in keys),
        ]

    def _together(self, targets: list[ast.expr], values: list[ast.expr]) -> list[Operation] | None:
        """``name, os.environ[key] = (os.environ.get(key), value)``: one after the other, where
        nobody can tell.
        """
        keys = [self._item(target) for target in targets]
        later = [v for v in values[1:] if self.scope.sees(v)]
        if len(targets) != len(values) or not any(keys) or later:
            return None
        for index, key in enumerate(keys):
            if key is not None:
                self._must_commute(key, values[index:])
        operations: list[Operation] = []
        for target, key, value in zip(targets, keys, values, strict=True):
            used = {n.id for v in values for n in ast.walk(v) if isinstance(n, ast.Name)}
            if key is not None:
                must_be_text(value, self.scope)
                operations.append(Set(self.scope.text(key), self.scope.text(value)))
            elif isinstance(target, ast.Name) and target.id not in used:
                operations.append(Bind(target.id, self.scope.text(value)))
            else:
                return None
        return operations

    def _must_commute(self, key: ast.expr, values: list[ast.expr]) -> None:
        for value in values:
            must_commute(key, value, self.scope)

    def _popped(self, name: str, call: ast.Call) -> list[Operation] | None:
        """``name = os.environ.pop(key, default)``: a read, and then the variable goes."""
        if (
            not isinstance(call.func, ast.Attribute)
            or call.func.attr != "pop"
            or not self.scope.is_container(call.func.value)
        ):
            return None
        if (
            not 1 <= len(call.args) <= 2
            or call.keywords
            or any(self.scope.sees(a) for a in call.args)
        ):
            return None
        environ = self.scope.source.segment(call.func.value)
        key = self.scope.text(call.args[0])
        if len(call.args) == 1:
            read = Text(f"{environ}[{key.code}]")
        elif isinstance(call.args[1], ast.Constant) and call.args[1].value is None:
            read = Text(f"{environ}.get({key.code})")
        else:
            read = Text(f"{environ}.get({key.code}, {self.scope.text(call.args[1]).code})")
        return [Bind(name, read), Unset(key, required=len(call.args) == 1)]

    def _augmented(self, statement: ast.AugAssign) -> list[Operation] | None:
        if self.scope.is_container(statement.target) and isinstance(statement.op, ast.BitOr):
            return mapping(self.scope, statement.value, [], clears=False)
        key = self._item(statement.target)
        if key is None:
            return None
        if not isinstance(statement.op, ast.Add):
            raise RefusedError(refusals.VALUE_USED)
        must_be_inert(key, self.scope)
        value = self.scope.text(statement.value)
        loose = not isinstance(
            statement.value, (ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.Subscript)
        )
        code = f"({value.code})" if loose else value.code
        whole = Text(
            f"{self.scope.source.segment(statement.target)} + {code}", value.line, value.end_line
        )
        return [Set(self.scope.text(key), whole)]

    def _item(self, node: ast.expr) -> ast.expr | None:
        """The key of ``os.environ[key]``."""
        if isinstance(node, ast.Subscript) and self.scope.is_container(node.value):
            return node.slice
        return None

    def _mutates(self, call: ast.Call) -> bool:
        if self.scope.names.dotted(call.func) in ("os.putenv", "os.unsetenv"):
            return True
        return (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _MUTATORS
            and (self.scope.is_container(call.func.value) or self._is_bytes(call.func.value))
        )


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    """The value that a module gives to a name at its top level."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in statement.targets
        ):
            return statement.value
    return None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _names_variables(clear: ast.expr | None) -> bool:
    """Whether ``clear`` is given what it is not for: ``"NAME"``, ``["NAME"]``."""
    if isinstance(clear, (ast.List, ast.Tuple, ast.Set)):
        return bool(clear.elts)
    return isinstance(clear, ast.Constant) and isinstance(clear.value, str) and bool(clear.value)


def _refuse(refusal: Refusal) -> list[Operation]:
    raise RefusedError(refusal)


class Environ(StateKind):
    """The variables of the environment."""

    noun = ENVIRON
    whole = "the environment"
    at_import = f"{ENVIRON} is written"
    container = ENVIRON
    words = ("environ", "tenv")  # of putenv and unsetenv
    # Everything but a plain read of the environment: an assignment to a subscript (or one that goes
    # on over the line, which may be one), with an annotation too, a subscript that a loop or an
    # ``as`` binds, the methods that change it, a new value for it, its deletion, and being the
    # target of a patcher, by name too. Who needs it as bytes mostly writes.
    change = (
        r"environ\s*\[(?:[^\[\]\n]*\]\s*(?:[-+*/%&|^@<>]{0,2}=(?!=)|[),][^\n=(]*=(?!=))|[^\]\n]*[\[\n])"
        r"|environ[^\n]*\\\r?\n"
        r"|environ\s*\[[^\n]*\]\s*:[^\n=]*=(?!=)"
        r"|\b(?:for\b(?:(?!\bin\b)[^\n])*|as\b[^\n]*)environ\s*\["
        r"|\benvironb\b"
        r"|environ\s*\.\s*(?:pop|popitem|update|setdefault|clear|__\w+__)\b"
        r"|os\s*\.\s*environ\s*=(?!=)|environ\s*\|=(?!=)"
        r"|\bdel\s[^\n]*environ"
        r"|\.\s*dict\s*\(\s*(?:#[^\n]*\n\s*)*(?:in_dict\s*=\s*)?[\"']?(?:\w+\s*\.\s*)?environ\b"
        r"|\b(?:putenv|unsetenv)\s*\("
        r"|\(\s*[\"']os\.environ[\"']\s*[,)]|\(\s*\w+\s*,\s*[\"']environ[\"']"
        # Another name for it.
        r"|^[ \t]*\w+\s*(?::[^=\n]+)?=\s*(?:\w+\s*\.\s*)?environ[ \t]*(?:#[^\n]*)?\r?$"
        r"|import\s+environ\s+as\b"
    )
    targets = (ENVIRON, "os.environb", "unittest.mock.patch.dict()")
    mentioned = ("environ", "tenv", "delenv")  # setenv, putenv, unsetenv
    # ``environ``, ``set_env``, ``EnvVars``, ``modified_environ``; not ``envelope``.
    hint = "env"
    about = (
        r"(?:^|_)env(?:s|ironment|iron|vars?)?(?:_|$)"
        r"|[eE]nv(?:s|ironment|iron|[vV]ars?)?(?=[A-Z_]|$)"
    )
    written = r"\benviron\b|\b(?:set|del|put|unset)env\b"
    patching = r"\.(?:set|del)(?:env|item)\b"
    blind = frozenset({"os.remove", "os.unlink", "os.rmdir", "shutil.rmtree"})

    def spelling(self, scope: Scope) -> Spelling:
        """What reads the statements of a scope."""
        return _Spelling(scope)

    def patched(self, call: ast.Call, scope: Scope, *, only_given: bool = False) -> Text | None:
        """The key of ``m.setenv(key, value)``, ``m.delenv(key)``."""
        match call:
            case ast.Call(ast.Attribute(_, "setenv"), [key, *_]):
                return scope.text(key)
            case ast.Call(ast.Attribute(_, "delenv"), [key, *_]) if not only_given:
                return scope.text(key)
            case ast.Call(ast.Attribute(_, "setitem"), [environ, key, *_]) if scope.is_container(
                environ
            ):
                return scope.text(key)
            case ast.Call(ast.Attribute(_, "delitem"), [environ, key, *_]) if scope.is_container(
                environ
            ):
                return None if only_given else scope.text(key)
        return None

    def records(self, call: ast.Call) -> bool:
        """``delenv(key, raising=False)`` records no variable that is unset (E5)."""
        plain = len(call.args) + len(call.keywords) == 1
        return isinstance(call.func, ast.Attribute) and (call.func.attr == "setenv" or plain)

    def code(self, operation: Operation, frame: str, layout: Layout) -> str:
        """``setenv`` and ``delenv``, in a loop where they are for each of several variables."""
        if isinstance(operation, Set):
            return layout.call(f"{frame}.setenv", operation.key.code, operation.value.code)
        if isinstance(operation, Unset):
            optional = "" if operation.required else ", raising=False"
            return f"{frame}.delenv({operation.key.code}{optional})"
        if isinstance(operation, Keep):
            key = operation.key.code
            empty = "''" if key[:1] == "'" else '""'
            return f"{frame}.setenv({key}, {empty}){layout.newline}{frame}.delenv({key})"
        body = layout.newline + layout.indent + frame
        if isinstance(operation, SetDefault):
            head = f"if {operation.key.code} not in {layout.spelled(ENVIRON, 'os')}:"
            return f"{head}{body}.setenv({operation.key.code}, {operation.value.code})"
        name, value = layout.free("name", "variable"), layout.free("value", "setting")
        if isinstance(operation, Clear):
            return f"for {name} in list({layout.spelled(ENVIRON, 'os')}):{body}.delenv({name})"
        assert isinstance(operation, SetAll)
        items = operation.mapping.code + ("" if operation.pairs else ".items()")
        return f"for {name}, {value} in {items}:{body}.setenv({name}, {value})"


KIND = Environ()
