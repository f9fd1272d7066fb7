"""Attributes of modules, classes and objects that outlive a test.

``settings.DEBUG = True``, ``setattr(Client, "timeout", 1)``, ``del module.cache``: an attribute of
what an import or a name of the module denotes, or reaches through attributes. A mock, an argument
or what a call returned in the same test is another object each time, so that its attributes are
not shared.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.context import Context
from codemods.python.names import Names, walk
from codemods.python.source import Source
from codemods.rule import Additions, Refusal
from codemods.state.expressions.cells.attributes import (
    attribute_cell,
    class_names,
    in_tree,
    logger_cells,
    written_lines,
    written_names,
)
from codemods.state.expressions.cells.candidates import may_write_attribute
from codemods.state.expressions.cells.passed_on import PASSED, reader_of
from codemods.state.expressions.cells.resets import is_reset, kept_by_conftests
from codemods.state.expressions.evaluation import must_commute
from codemods.state.expressions.scope import Scope
from codemods.state.expressions.texts import argument_text
from codemods.state.model import refusals
from codemods.state.model.kind import Layout, Spelling, StateKind
from codemods.state.model.operations import WHOLE, Bind, Keep, Operation, Set, Text, Unset, unknown
from codemods.state.model.refusals import RefusedError
from codemods.suite.known_calls import BLIND_CALLS

# What pytest or Python reads of a class or function once, and what changes what an object is. And
# what a class has by its metaclass: MonkeyPatch would not find it there, and delete it in the end.
_SPECIAL = frozenset(
    {"__test__", "__class__", "__bases__", "__dict__", "__slots__"}
    | {"__name__", "__qualname__", "__annotations__", "__type_params__", "__text_signature__"}
)
_DJANGO = "django.conf.settings"
_PATCH = ("unittest.mock.patch", "mocker.patch")


@dataclass(frozen=True)
class Attributes(StateKind):
    """The attributes that a file changes, by their names, which are its ``words``; before it is
    read, any. ``there`` are those, by their full names, that the source tree defines,
    ``guarded`` those of classes whose metaclass may see to them, and ``kept`` those that conftests
    put back, or that are of another kind.
    """

    words: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    there: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()

    noun = "an attribute"
    whole = "an attribute"
    at_import = "an attribute is set"
    change = ""
    targets = ()
    about = r"(?i:patch|(?:set|swap|del|with)_?attr|setting|overrid|swap|replac)"
    hint = r"patch|attr|setting|swap|replac"
    patching = r"\.(?:set|del)attr\b"
    blind = frozenset[str]()
    shares_patchers = True

    def takes(self, cell: str) -> bool:
        """Whether an attribute, by its full name, is of this kind: those of ``sys`` are not."""
        return not cell.startswith(("sys.", "os.environ"))

    @property
    def mentioned(self) -> tuple[str, ...]:  # type: ignore[override]
        """Whatever changes or reads one names it."""
        return self.words

    @property
    def marks(self) -> tuple[str, ...]:
        """Likewise."""
        return self.words

    @cached_property
    def written(self) -> str:  # type: ignore[override]
        """A class whose text sets one."""
        return rf"\b(?:set|del)attr\b|\.\s*(?:{'|'.join(map(re.escape, self.words))})\s*=(?!=)"

    def may_change(self, data: bytes) -> bool:
        """Whether an attribute of something that the module has a name for may be written."""
        return may_write_attribute(data)

    def in_file(self, source: Source, context: Context) -> Attributes | None:
        """The kind, with the names of the attributes that the file writes."""
        names = written_names(source)
        if not names:
            return None
        others = kept_by_conftests(source, context) | logger_cells(source)
        return replace(self, words=names, kept=others, **in_tree(source, context))

    def adds(self, source: Source, context: Context) -> Additions:
        """The attributes that are sure to be there: ``raising=False`` is not needed for them."""
        kind = self.in_file(source, context)
        return Additions(there=kind.there if kind else frozenset())

    def changed_lines(self, source: Source) -> list[int]:
        """The lines of a file, or of a conftest, on which one of them may be written."""
        found = source.lines_with(*self.words)
        lines = set(written_lines(source))
        return [number for number in found if number in lines or self._goes_on(source, number)]

    def _goes_on(self, source: Source, number: int) -> bool:
        """Whether a line has a call by which one may be set, or goes on from one that does."""
        around = source.text[slice(*source.extent(max(1, number - 3), number))]
        return re.search(r"\b(?:set|del)attr\b", around) is not None

    def is_read(self, node: ast.Name | ast.Attribute, scope: Scope) -> bool:
        """Whether an attribute of such a name is looked at, of whatever object: it may be the
        same.
        """
        del scope
        return isinstance(node, ast.Attribute) and node.attr in self.words

    def is_blind(self, called: str | None) -> bool:
        """Calls known to read nothing else, unless the call itself was replaced."""
        return called in BLIND_CALLS and (called or "").rpartition(".")[2] not in self.words

    def patched_by(self, call: ast.Call, names: Names) -> frozenset[str]:
        """``patch("app.settings.DEBUG", …)``, ``patch.object(settings, "DEBUG", …)``."""
        function = names.dotted(call.func) or ""
        match call:
            case ast.Call(_, [ast.Constant(str(target)), *_]) if function in _PATCH:
                return frozenset({repr(target)})
            case ast.Call(_, [owner, ast.Constant(str(name)), *_]) if function in [
                f"{patch}.object" for patch in _PATCH
            ]:
                dotted = names.dotted(owner) or ast.unparse(owner)
                return frozenset({repr(f"{dotted}.{name}")})
            case ast.Call(_, [_, *_]) if function.startswith(_PATCH) and not function.endswith(
                ".dict"
            ):
                return frozenset({WHOLE})
        return frozenset()

    def spelling(self, scope: Scope) -> Spelling:
        """What reads the statements of a scope."""
        return AttributeSpelling(scope)

    def patched(self, call: ast.Call, scope: Scope, *, only_given: bool = False) -> Text | None:
        """``m.setattr(settings, "DEBUG", True)``, ``m.setattr("app.settings.DEBUG", True)``."""
        match call:
            case ast.Call(ast.Attribute(_, "setattr"), [owner, ast.Constant(str(name)), _, *_]):
                cell = cell_of(owner, name, scope)
            case ast.Call(ast.Attribute(_, "setattr"), [ast.Constant(str(cell)), _]):
                pass
            case ast.Call(ast.Attribute(_, "delattr"), [owner, ast.Constant(str(name))]) if (
                not only_given
            ):
                cell = cell_of(owner, name, scope)
            case _:
                return None
        return None if cell is None else Text(repr(cell), stands_for=frozenset({repr(cell)}))

    def shown(self, keys: frozenset[str]) -> str:
        """The attributes as a message names them, by their full names."""
        plain = [key[1:-1] for key in sorted(keys) if not unknown(key)]
        return ", ".join(plain) if plain and len(plain) == len(keys) else self.noun

    def records(self, call: ast.Call) -> bool:
        """It always does."""
        del call
        return True

    def code(self, operation: Operation, frame: str, layout: Layout) -> str:
        """``setattr`` and ``delattr``; ``raising=False`` where the attribute may be new."""
        assert isinstance(operation, (Set, Unset, Keep)), "nothing else is done to an attribute"
        owner, _, name = operation.key.code.rpartition(".")
        arguments = [owner, f'"{name}"' if layout.quote == '"' else f"'{name}'"]
        if isinstance(operation, Set):
            lenient = ["raising=False"] if operation.new else []
            return layout.call(f"{frame}.setattr", *arguments, operation.value.code, *lenient)
        gone = f"{frame}.delattr"
        if isinstance(operation, Keep):
            first = layout.call(f"{frame}.setattr", *arguments, "None", "raising=False")
            return f"{first}{layout.newline}{layout.call(gone, *arguments)}"
        lenient = [] if operation.required else ["raising=False"]
        return layout.call(gone, *arguments, *lenient)


class AttributeSpelling(Spelling):
    """Reads what is done to attributes."""

    def write(self, statement: ast.stmt) -> list[Operation] | None:
        """The operations of a statement that sets or deletes attributes; raises RefusedError."""
        match statement:
            case ast.Assign(targets, value):
                return self._assigned(statement, targets, value)
            case ast.AnnAssign(target, _, ast.expr() as value):
                return self._assigned(statement, [target], value)
            case ast.AugAssign(ast.Attribute() as target, operator, value) if self._cell(target):
                if not isinstance(value, ast.Constant):
                    raise RefusedError(refusals.IN_PLACE)
                sign = ast.unparse(ast.BinOp(ast.Name("a"), operator, ast.Name("b")))[2:-2]
                code = f"{self.scope.source.segment(target)} {sign} {self.scope.text(value).code}"
                text = Text(code, statement.lineno, statement.end_lineno or 0)
                return [Set(self._key(target), text)]
            case ast.Delete(targets) if any(map(self.changes, targets)):
                if not all(map(self.changes, targets)):
                    raise RefusedError(refusals.VALUE_USED)
                cells = [target for target in targets if isinstance(target, ast.Attribute)]
                return [Unset(self._key(target), required=True) for target in cells]
            case ast.Expr(ast.Call() as call) if self.changes(call):
                return [self._called(call)]
        return None

    def _called(self, call: ast.Call) -> Operation:
        """``setattr(owner, "name", value)``, ``delattr(owner, "name")``."""
        match call:
            case ast.Call(ast.Name("setattr"), [owner, ast.Constant(str(name)), value], []) if (
                name.isidentifier() and not isinstance(value, ast.Starred)
            ):
                must_commute(owner, value, self.scope)
                self._refuse_inside([value])
                key = self._named(owner, name)
                return Set(key, self.scope.text(value), new=self._may_be_new(key, call))
            case ast.Call(ast.Name("delattr"), [owner, ast.Constant(str(name))], []) if (
                name.isidentifier()
            ):
                return Unset(self._named(owner, name), required=True)
        raise RefusedError(refusals.ATTRIBUTE_UNKNOWN)

    def _assigned(
        self, statement: ast.stmt, targets: list[ast.expr], value: ast.expr
    ) -> list[Operation] | None:
        """``owner.name = value``, and the same value for other names."""
        cells = [t for t in targets if isinstance(t, ast.Attribute) and self.changes(t)]
        names = [ast.unparse(target) for target in targets if _is_own(target, cells)]
        if not cells:
            return self._together(statement, targets, value)
        if len(cells) + len(names) < len(targets):
            raise RefusedError(refusals.VALUE_USED)
        self._refuse_inside([value])
        for target in cells:
            must_commute(target.value, value, self.scope)
        text = argument_text(self.scope.source, value)
        several = len(targets) > 1 and not isinstance(value, (ast.Constant, ast.Name))
        if several and not names:
            raise RefusedError(refusals.VALUE_USED)
        bound = [Bind(n, text if n is names[0] else Text(names[0])) for n in names]
        text = Text(names[0]) if names else text
        keys = [self._key(target) for target in cells]
        return [*bound, *(Set(k, text, new=self._may_be_new(k, statement)) for k in keys)]

    def _together(
        self, statement: ast.stmt, targets: list[ast.expr], value: ast.expr
    ) -> list[Operation] | None:
        """``old, a.x = a.x, 1``: one after the other, where no value can tell."""
        match targets:
            case [ast.Tuple(parts) | ast.List(parts)] if any(map(self.changes, parts)):
                values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
                if len(values) != len(parts):
                    raise RefusedError(refusals.VALUE_USED)
                return [*self._one_by_one(statement, parts, values)]
        return None

    def _one_by_one(
        self, statement: ast.stmt, targets: list[ast.expr], values: list[ast.expr]
    ) -> Iterator[Operation]:
        self._refuse_inside(values)
        bound: set[str] = set()
        changed = False
        for target, value in zip(targets, values, strict=True):
            used = {n.id for n in walk(value) if isinstance(n, ast.Name)}
            if not bound.isdisjoint(used) or (changed and self.scope.sees(value)):
                raise RefusedError(refusals.VALUE_USED)
            if isinstance(target, ast.Name):
                bound.add(target.id)
                yield Bind(target.id, self.scope.text(value))
            elif isinstance(target, ast.Attribute) and self.changes(target):
                changed = True
                key = self._key(target)
                yield Set(
                    key,
                    argument_text(self.scope.source, value),
                    new=self._may_be_new(key, statement),
                )
            else:
                raise RefusedError(refusals.VALUE_USED)

    def _refuse_inside(self, values: Iterable[ast.expr]) -> None:
        if any(map(self.change_inside, values)):
            raise RefusedError(refusals.VALUE_USED)

    def changes(self, node: ast.expr) -> bool:
        """Whether evaluating or binding an expression sets or deletes an attribute."""
        if isinstance(node, ast.Attribute):
            return not isinstance(node.ctx, ast.Load) and self._cell(node) is not None
        return isinstance(node, ast.Call) and self.changes_late(node.func, node.args)

    def changes_late(self, function: ast.expr, arguments: list[ast.expr]) -> bool:
        """Whether a call is one of ``setattr`` or ``delattr`` on what outlives the test."""
        match function, arguments:
            case ast.Name("setattr" | "delattr" as name), [owner, attribute, *_] if (
                name not in self.scope.names.table
            ):
                word = attribute.value if isinstance(attribute, ast.Constant) else WHOLE
                return cell_of(owner, str(word), self.scope) is not None
        return False

    def reads(self, value: ast.expr) -> frozenset[str] | None:
        """``settings.DEBUG``, ``getattr(settings, "DEBUG", None)``."""
        match value:
            case ast.Attribute(owner, name, ast.Load()):
                cell = cell_of(owner, name, self.scope)
            case ast.Call(ast.Name("getattr"), [owner, ast.Constant(str(name)), *_]):
                cell = cell_of(owner, name, self.scope)
            case _:
                return None
        return None if cell is None else frozenset({repr(cell)})

    def _cell(self, node: ast.Attribute) -> str | None:
        return cell_of(node.value, node.attr, self.scope)

    def _key(self, node: ast.Attribute) -> Text:
        return self._named(node.value, node.attr)

    def _named(self, owner: ast.expr, name: str) -> Text:
        """The key of an attribute, spelled as it is here; raises RefusedError for one that is
        better left to others.
        """
        cell = cell_of(owner, name, self.scope) or name
        if cell.startswith(f"{_DJANGO}."):
            raise RefusedError(refusals.DJANGO_SETTINGS)
        kind = self.scope.kind
        if name in _SPECIAL or (isinstance(kind, Attributes) and cell in kind.guarded):
            raise RefusedError(refusals.ATTRIBUTE_SPECIAL)
        made = isinstance(kind, Attributes) and cell not in kind.there  # by tests alone
        reader = reader_of(cell, self.scope) if made else None
        if reader is not None:
            raise RefusedError(Refusal(refusals.PASSED_ON.code, f"{reader} {PASSED}"))
        code = f"{self.scope.text(owner).code}.{name}"
        line = owner.end_lineno or owner.lineno
        return Text(code, owner.lineno, line, frozenset({repr(cell)}))

    def _may_be_new(self, key: Text, node: ast.stmt | ast.expr) -> bool:
        """Whether the attribute may not be there yet: no class of the file defines it, and nothing
        in the function has set or read it before.
        """
        (cell,) = map(ast.literal_eval, key.keys)
        owner, _, name = cell.rpartition(".")
        kind = self.scope.kind
        if isinstance(kind, Attributes) and cell in kind.there:
            return False
        if name in class_names(self.scope.source).get(owner, ()):
            return False
        function = (self.scope.functions or (None,))[0]
        if function is None or any(
            isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Del) and n.attr == name
            for n in walk(function)
        ):
            return True
        plain: list[ast.AST] = [
            s
            for s in _before(function.body, node.lineno)
            if isinstance(s, (ast.Assign, ast.AnnAssign, ast.Expr))
        ]
        if isinstance(node, ast.Assign):
            plain.append(node.value)
        return not any(self._shows(n, cell) for part in plain for n in walk(part))

    def _shows(self, node: ast.AST, cell: str) -> bool:
        """Whether a node sets an attribute, or fails if it is not there."""
        if isinstance(node, ast.Attribute):
            return self._cell(node) == cell
        lenient = isinstance(node, ast.Call) and len(node.args) > 2
        return (
            isinstance(node, ast.Call)
            and not lenient
            and self.reads(node) == frozenset({repr(cell)})
        )


def _before(body: list[ast.stmt], line: int) -> Iterator[ast.stmt]:
    """The statements that have run, one after the other, where one on a line of the body runs."""
    for statement in body:
        if (statement.end_lineno or statement.lineno) < line:
            yield statement
        elif statement.lineno < line:
            blocks = (statement, *getattr(statement, "handlers", ()))
            fields = ("body", "orelse", "finalbody")
            inner = [getattr(block, field, ()) for block in blocks for field in fields]
            for each in inner:
                if each and each[0].lineno <= line <= (each[-1].end_lineno or 0):
                    yield from _before(each, line)


def _is_own(target: ast.expr, cells: list[ast.Attribute]) -> bool:
    """Whether a target is a name of the test's, or an attribute of its own instance."""
    if isinstance(target, ast.Attribute) and target not in cells:
        return isinstance(target.value, ast.Name) and target.value.id in ("self", "cls")
    return isinstance(target, ast.Name)


def cell_of(owner: ast.expr, name: str, scope: Scope) -> str | None:
    """The attribute that a test may leave changed, by its full name; None if it is none, or code
    around sees to it that every test finds the same.
    """
    cell, kind = attribute_cell(owner, name, scope.names, scope.source), scope.kind
    if cell is None:
        return None
    if isinstance(kind, Attributes) and (cell in kind.kept or not kind.takes(cell)):
        return None
    return None if is_reset(cell, owner.lineno, scope.source) else cell
