"""Items of dicts that outlive a test: registries, caches, configurations.

``app.HANDLERS["json"] = handler``, ``del``, ``pop``, ``update``, ``setdefault``. Items of lists and
sets have no MonkeyPatch call, and if a whole dict is emptied it is not clear which items are to
come back: both are found, and left.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codemods.context import Context
from codemods.initializers.source_tree.made import made_as
from codemods.python.names import Names, walk
from codemods.python.source import Source
from codemods.rule import Refusal
from codemods.state.expressions.cells.attributes import object_name
from codemods.state.expressions.cells.candidates import may_write_item
from codemods.state.expressions.cells.dicts import (
    METHODS,
    changes_whole,
    is_text,
    item_lines,
    known_dicts,
    sets_items,
    written_containers,
    written_dicts,
)
from codemods.state.expressions.cells.passed_on import PASSED, reader_of_contents
from codemods.state.expressions.cells.resets import is_emptied, kept_by_conftests
from codemods.state.expressions.evaluation import must_be_inert, must_commute
from codemods.state.expressions.scope import Scope
from codemods.state.expressions.texts import argument_text
from codemods.state.model import refusals
from codemods.state.model.kind import Layout, Spelling, StateKind
from codemods.state.model.operations import (
    WHOLE,
    Bind,
    Keep,
    Operation,
    Set,
    SetDefault,
    Text,
    Unset,
    unknown,
)
from codemods.state.model.refusals import RefusedError
from codemods.suite.known_calls import BLIND_CALLS

_PATCH_DICT = ("unittest.mock.patch.dict", "mocker.patch.dict")


@dataclass(frozen=True)
class Items(StateKind):
    """The items of the dicts that a file changes, whose names are its ``words``; before it is read,
    of any. ``dicts`` are those, by their full names, that are dicts for certain, and ``kept``
    those that conftests put back.
    """

    words: tuple[str, ...] = ()
    dicts: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    noun = "an item"
    whole = "a dict"
    at_import = "an item is set"
    change = ""
    targets = ()
    about = r"(?i:patch|(?:set|swap|del|with)_?item|setting|overrid|swap|replac|regist)"
    hint = r"patch|item|setting|swap|replac|regist"
    patching = r"\.(?:set|del)item\b"
    blind = frozenset[str]()
    shares_patchers = True

    def takes(self, name: str) -> bool:
        """Whether a dict, by its full name, is one of this kind: ``sys.modules`` is another."""
        return name not in ("sys.modules", "os.environ", "os.environb")

    @property
    def mentioned(self) -> tuple[str, ...]:  # type: ignore[override]
        """Whatever changes or reads one names its dict."""
        return self.words

    @property
    def marks(self) -> tuple[str, ...]:
        """Likewise."""
        return self.words

    @property
    def written(self) -> str:  # type: ignore[override]
        """A class whose text names one."""
        return rf"\b(?:{'|'.join(self.words)})\b"

    def may_change(self, data: bytes) -> bool:
        """Whether an item of something that the module has a name for may be written."""
        return may_write_item(data)

    def in_file(self, source: Source, context: Context) -> Items | None:
        """The kind, with the names of the dicts whose items the file writes."""
        names = written_containers(source)
        if not names:
            return None
        made = {n for n in written_dicts(source) if made_as(n, source, context) == "dict"}
        kept = kept_by_conftests(source, context)
        return replace(self, words=names, dicts=known_dicts(source) | made, kept=kept)

    def changed_lines(self, source: Source) -> list[int]:
        """The lines of a file, or of a conftest, on which an item of one of them may be written."""
        lines = set(item_lines(source))
        return [number for number in source.lines_with(*self.words) if number in lines]

    def is_read(self, node: ast.Name | ast.Attribute, scope: Scope) -> bool:
        """Whether an expression is one of the dicts, or has its name."""
        del scope
        return (node.attr if isinstance(node, ast.Attribute) else node.id) in self.words

    def is_blind(self, called: str | None) -> bool:
        """Calls known to read nothing but their arguments."""
        return called in BLIND_CALLS

    def patched_by(self, call: ast.Call, names: Names) -> frozenset[str]:
        """``patch.dict(app.HANDLERS, …)``: any item of it, for all are put back."""
        if names.dotted(call.func) not in _PATCH_DICT or not call.args:
            return frozenset()
        target = call.args[0]
        named = target.value if isinstance(target, ast.Constant) else ast.unparse(target)
        last = str(named).rpartition(".")[2]
        return frozenset({WHOLE}) if last in self.words else frozenset()

    def spelling(self, scope: Scope) -> Spelling:
        """What reads the statements of a scope."""
        return _Spelling(scope)

    def patched(self, call: ast.Call, scope: Scope, *, only_given: bool = False) -> Text | None:
        """``m.setitem(app.HANDLERS, "json", handler)``, ``m.delitem(app.HANDLERS, "json")``."""
        match call:
            case ast.Call(ast.Attribute(_, "setitem"), [container, key, _]):
                pass
            case ast.Call(ast.Attribute(_, "delitem"), [container, key, *_]) if not only_given:
                pass
            case _:
                return None
        cells = _cells(container, key, scope)
        return Text(next(iter(cells), WHOLE), stands_for=cells) if cells else None

    def shown(self, keys: frozenset[str]) -> str:
        """The items as a message names them."""
        plain = [str(ast.literal_eval(key)) for key in sorted(keys) if not unknown(key)]
        return ", ".join(plain) if plain and len(plain) == len(keys) else self.noun

    def records(self, call: ast.Call) -> bool:
        """It always does."""
        del call
        return True

    def code(self, operation: Operation, frame: str, layout: Layout) -> str:
        """``setitem`` and ``delitem``."""
        assert isinstance(operation, (Set, Unset, SetDefault, Keep)), "nothing else is done to it"
        container, key = _taken_apart(operation.key.code)
        if isinstance(operation, Set):
            return layout.call(f"{frame}.setitem", container, key, operation.value.code)
        if isinstance(operation, SetDefault):
            body = f"{layout.newline}{layout.indent}{frame}.setitem"
            return f"if {key} not in {container}:{body}({container}, {key}, {operation.value.code})"
        gone = f"{frame}.delitem"
        if isinstance(operation, Keep):
            first = layout.call(f"{frame}.setitem", container, key, "None")
            return f"{first}{layout.newline}{layout.call(gone, container, key)}"
        lenient = [] if operation.required else ["raising=False"]
        return layout.call(gone, container, key, *lenient)


class _Spelling(Spelling):
    """Reads what is done to items."""

    def write(self, statement: ast.stmt) -> list[Operation] | None:
        """The operations of a statement that sets or deletes items; raises RefusedError."""
        match statement:
            case ast.Assign(targets, value):
                return self._assigned(targets, value)
            case ast.AnnAssign(target, _, ast.expr() as value):
                return self._assigned([target], value)
            case ast.AugAssign(ast.Subscript() as target, operator, value) if self.changes(target):
                if not isinstance(value, ast.Constant):
                    raise RefusedError(refusals.IN_PLACE)
                must_be_inert(target.slice, self.scope)
                sign = ast.unparse(ast.BinOp(ast.Name("a"), operator, ast.Name("b")))[2:-2]
                code = f"{self.scope.source.segment(target)} {sign} {self.scope.text(value).code}"
                return [Set(self._key(target), Text(code, statement.lineno, statement.lineno))]
            case ast.Delete(targets) if any(map(self.changes, targets)):
                items = [t for t in targets if isinstance(t, ast.Subscript) and self.changes(t)]
                if len(items) < len(targets):
                    raise RefusedError(refusals.VALUE_USED)
                return [Unset(self._key(item), required=True) for item in items]
            case ast.Expr(ast.Call() as call) if self.changes(call):
                return [*self._called(call)]
        return None

    def _called(self, call: ast.Call) -> Iterator[Operation]:
        """``pop``, ``update`` with what it sets written out, and ``setdefault``."""
        self._refuse_inside([*call.args, *(k.value for k in call.keywords)])
        match call:
            case ast.Call(ast.Attribute(container, "pop"), [key, *default], []):
                for value in default:
                    must_be_inert(value, self.scope)
                yield Unset(self._named(container, key), required=not default)
            case ast.Call(ast.Attribute(container, "setdefault"), [key, value], []):
                must_be_inert(key, self.scope)
                must_be_inert(value, self.scope)
                yield SetDefault(self._named(container, key), self.scope.text(value))
            case ast.Call(ast.Attribute(container, "update"), [ast.Dict(keys, values)], []):
                if None in keys or any(map(self.scope.sees, values[1:])):
                    raise RefusedError(refusals.ALL_ITEMS)
                pairs = zip(keys, values, strict=True)
                for name, value in ((key, value) for key, value in pairs if key is not None):
                    yield Set(self._named(container, name), self.scope.text(value))
            case ast.Call(ast.Attribute(container, "update"), [], [_, *_] as keywords):
                if any(k.arg is None or self.scope.sees(k.value) for k in keywords):
                    raise RefusedError(refusals.ALL_ITEMS)
                quote = self.scope.source.quote
                for keyword in keywords:
                    name = ast.copy_location(ast.Constant(keyword.arg), keyword.value)
                    spelled = self._spelled(container, name, f"{quote}{keyword.arg}{quote}")
                    yield Set(spelled, self.scope.text(keyword.value))
            case _:
                raise RefusedError(refusals.ALL_ITEMS)

    def _assigned(self, targets: list[ast.expr], value: ast.expr) -> list[Operation] | None:
        """``container[key] = value``, and the same value for other names."""
        if len(targets) == 1 and isinstance(targets[0], ast.Name):
            return self._popped(targets[0].id, value)
        items = [t for t in targets if isinstance(t, ast.Subscript) and self.changes(t)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if not items:
            if any(self.changes(n) for t in targets for n in walk(t) if isinstance(n, ast.expr)):
                raise RefusedError(refusals.VALUE_USED)
            return None
        if len(items) + len(names) < len(targets):
            raise RefusedError(refusals.VALUE_USED)
        self._refuse_inside([value, *(item.slice for item in items)])
        for item in items:
            must_commute(item.slice, value, self.scope)
        text = argument_text(self.scope.source, value)
        if len(targets) > 1 and not names and not isinstance(value, (ast.Constant, ast.Name)):
            raise RefusedError(refusals.VALUE_USED)
        bound = [Bind(n, text if n is names[0] else Text(names[0])) for n in names]
        text = Text(names[0]) if names else text
        return [*bound, *(Set(self._key(item), text) for item in items)]

    def _popped(self, name: str, value: ast.expr) -> list[Operation] | None:
        """``old = container.pop(key, None)``: what it holds is read, and then it goes."""
        match value:
            case ast.Call(ast.Attribute(container, "pop"), [key], []) if self.changes(value):
                must_be_inert(key, self.scope)
                unset = Unset(self._named(container, key), required=True)
                return [Bind(name, Text(unset.key.code, value.lineno)), unset]
            case ast.Call(ast.Attribute(container, "pop"), [key, ast.Constant(None)], []) if (
                self.changes(value)
            ):
                must_be_inert(key, self.scope)
                unset = Unset(self._named(container, key), required=False)
                spelled = [self.scope.text(each).code for each in (container, key)]
                return [Bind(name, Text("{}.get({})".format(*spelled), value.lineno)), unset]
        return None

    def _refuse_inside(self, values: list[ast.expr]) -> None:
        if any(map(self.change_inside, values)):
            raise RefusedError(refusals.VALUE_USED)

    def changes(self, node: ast.expr) -> bool:
        """Whether evaluating or binding an expression changes an item."""
        if isinstance(node, ast.Subscript):
            return not isinstance(node.ctx, ast.Load) and self._name(node.value) is not None
        if not isinstance(node, ast.Call) or not self.changes_late(node.func, node.args):
            return False
        return not self._is_of_all(node)

    def _is_of_all(self, call: ast.Call) -> bool:
        """Whether a call changes a dict as a whole, in a function that leaves single items alone:
        then a copy is put back, which is of another codemod.
        """
        assert isinstance(call.func, ast.Attribute), "it is a method's"
        dotted = ast.unparse(call.func.value)
        if not changes_whole(call) or self._name(call.func.value) == "sys.modules":
            return False
        return not sets_items(dotted.rpartition(".")[2], call, self.scope.source)

    @property
    def _dicts(self) -> frozenset[str]:
        kind = self.scope.kind
        return kind.dicts if isinstance(kind, Items) else frozenset()

    def changes_late(self, function: ast.expr, arguments: list[ast.expr]) -> bool:
        """Whether a call is one of a method that changes a dict."""
        del arguments
        if not isinstance(function, ast.Attribute) or function.attr not in METHODS:
            return False
        name = self._name(function.value)
        return name is not None and name in self._dicts

    def reads(self, value: ast.expr) -> frozenset[str] | None:
        """``container[key]``, ``container.get(key)``, ``key in container``."""
        match value:
            case ast.Subscript(container, key, ast.Load()):
                pass
            case ast.Call(ast.Attribute(container, "get" | "pop"), [key, *_]):
                pass
            case ast.Compare(key, [ast.In() | ast.NotIn()], [container]):
                pass
            case _:
                return None
        return _cells(container, key, self.scope) or None

    def _name(self, container: ast.expr) -> str | None:
        return container_of(container, self.scope)

    def _key(self, node: ast.Subscript) -> Text:
        return self._named(node.value, node.slice)

    def _named(self, container: ast.expr, key: ast.expr) -> Text:
        """The key of an item, spelled as it is here; raises RefusedError where it may be none of a
        dict.
        """
        name, source = self._name(container) or "", self.scope.source
        reader = reader_of_contents(name, container.lineno, source)
        if reader is not None:
            raise RefusedError(Refusal(refusals.PASSED_ON.code, f"{reader} {PASSED}"))
        known = is_text(key) or bool(self.scope.known(key))
        if not known and name not in self._dicts:
            raise RefusedError(refusals.NOT_A_DICT)
        names = (n for n in walk(key) if isinstance(n, (ast.Name, ast.Attribute)))
        if any(self.scope.kind.is_read(name, self.scope) for name in names):
            raise RefusedError(refusals.EVALUATION_ORDER)
        return self._spelled(container, key, argument_text(self.scope.source, key).code)

    def _spelled(self, container: ast.expr, key: ast.expr, code: str) -> Text:
        text = f"{self.scope.text(container).code}[{code}]"
        cells = _cells(container, key, self.scope)
        return Text(text, container.lineno, key.end_lineno or key.lineno, cells)


def container_of(node: ast.expr, scope: Scope) -> str | None:
    """The full name of a dict that the file changes and a test may leave changed; None for any
    other, and where code around sees to it that every test finds the same.
    """
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    last = node.attr if isinstance(node, ast.Attribute) else node.id
    if last not in scope.kind.words:
        alias = scope.names.table.get(last) if isinstance(node, ast.Name) else None
        if (alias or "").rpartition(".")[2] not in scope.kind.words:
            return None
    name, kind = object_name(node, scope.names, scope.source), scope.kind
    if name is None or (isinstance(kind, Items) and (name in kind.kept or not kind.takes(name))):
        return None
    return None if is_emptied(name, node.lineno, scope.source) else name


def _cells(container: ast.expr, key: ast.expr, scope: Scope) -> frozenset[str]:
    """The items that a container has under a key: one, if that is known, else any."""
    name = container_of(container, scope)
    if name is None:
        return frozenset()
    known = scope.known(key)
    if isinstance(key, ast.Constant) and not known:
        known = frozenset({repr(key.value)})
    return frozenset(repr(f"{name}[{k}]") for k in known) or frozenset({WHOLE})


def _taken_apart(code: str) -> tuple[str, str]:
    """The container and the key of an item that is spelled out."""
    node = ast.parse(code, mode="eval").body
    assert isinstance(node, ast.Subscript), "a key is spelled as an item"
    container = ast.get_source_segment(code, node.value) or ""
    return container, code[len(container) :].strip()[1:-1].strip()
