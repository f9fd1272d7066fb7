"""From a function to what is left of it without the environment, and to the changes of the environment it makes."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isolator.guard.erasure.effects.changes import Change, Erased, one_by_one, source_of
from isolator.guard.erasure.effects.settling import settle
from isolator.guard.erasure.effects.states import follow
from isolator.guard.erasure.effects.tidying import Tidier, evaluated, root, saved_names
from isolator.guard.erasure.hoisted import Hoisted, attribute
from isolator.guard.erasure.injected import Injected, without_configuration
from isolator.guard.erasure.syntax import operations
from isolator.guard.erasure.syntax.attributes import NONE, Attributes, calls_base
from isolator.guard.erasure.syntax.binding import read_unbound
from isolator.guard.erasure.syntax.blindness import blind
from isolator.guard.erasure.syntax.definitions import (
    drop_parameters,
    is_bare_yield,
    is_fixture,
    is_set_up,
    parameters,
    yield_at_the_end,
)
from isolator.guard.erasure.syntax.nodes import (
    FUNCTIONS,
    Environment,
    Function,
    Undo,
    blocks,
    dump,
    every,
    is_compound,
    is_try,
    names_in,
    names_loaded,
    names_stored,
    own_among,
    own_nodes,
    replace_names,
    statements,
    substitute,
)
from isolator.guard.erasure.syntax.operations import Operation
from isolator.guard.erasure.syntax.pieces import chain, pieces
from isolator.guard.erasure.syntax.scope import ENVIRON, MONKEYPATCH, PATCHER, Scope, imported, left_of_import, spelled

_CANONICAL = {ENVIRON, "os.getenv", "os.putenv", "os.unsetenv"}
_LEADING = {"os", *_CANONICAL}
# What stands for a name is not written out beyond this many nodes.
_LONG = 200
# What takes back what ``patch.dict`` changes, where that has no name.
_PATCH = "patch.dict"
_NOT_PASSED = ast.keyword("monkeypatch", ast.Constant("not passed"))
_TEAR_DOWNS = ("tearDown", "asyncTearDown")
_CHANGING = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete)
_YIELDS = frozenset({ast.Yield, ast.YieldFrom})


@dataclass(slots=True)
class Eraser:
    """Erases in place, and collects what went by the path (``TestClass.test_name``) of the outermost function.

    ``attributes`` are those of the class. ``before`` is the eraser of the other side, if that went first: what it
    forgot may be forgotten here too. ``managers`` are the names of context managers that put back what they change at
    the end of their blocks. ``hoisted`` knows the names that a rewrite put above functions. ``unset`` are
    variables that it may unset in addition, None for any. ``constants`` are what names of the module stand for.
    """

    injected: Injected
    attributes: Attributes = NONE
    before: Eraser | None = None
    managers: frozenset[str] = frozenset()
    hoisted: Hoisted | None = None
    unset: Collection[str] | None = ()
    constants: Mapping[str, ast.expr] = field(default_factory=dict)
    erased: dict[str, Erased] = field(default_factory=dict)

    def at(self, path: str, line: int = 0) -> Erased:
        """Where to collect what goes from the function of this path; of two with one path, both."""
        was = self.before.erased.get(path) if self.before is not None else None
        if path not in self.erased:
            self.erased[path] = Erased(line, may_unset=self.unset, was=was, constants=self.constants)
        return self.erased[path]

    def statement(self, node: ast.stmt, scope: Scope, path: str, nodes: Sequence[ast.AST]) -> list[ast.stmt]:
        """What is left of a statement of the module, or of the class with this path; ``nodes`` are all nodes of it."""
        scope, erased = self.attributes.within(scope), self.at(path, node.lineno)
        body = _Body(self, scope, path, erased, outermost=True, in_class=bool(path))
        if isinstance(node, FUNCTIONS):
            return body.function(node, own_among(node, nodes))
        return body.statement(node)


@dataclass(slots=True)
class _Body:
    """Erases the statements of one function, of a class, or of the module."""

    eraser: Eraser
    scope: Scope
    path: str
    erased: Erased
    outermost: bool = False
    in_class: bool = False
    cleanup: bool = False
    around: tuple[tuple[ast.expr | None, ast.expr], ...] = ()
    generator: bool = False
    values: dict[str, ast.expr] = field(default_factory=dict)
    # The names whose binding may end what they stand for, None for any.
    rebound: set[str] | None = None
    late: list[Change] = field(default_factory=list)
    guarded: bool = False
    unmade: set[str] = field(default_factory=set)
    passing: set[ast.Call] = field(default_factory=set)
    following: ast.stmt | None = None
    choices: tuple[ast.If, ...] = ()
    apart: bool = False
    cleared: bool = False
    open: set[str] = field(default_factory=set)
    # What was entered on a stack of that name: since which change, and by which MonkeyPatch, None for a patch.
    stacked: dict[str, list[tuple[int, str | None]]] = field(default_factory=dict)

    def block(self, body: list[ast.stmt], last: ast.stmt | None = None) -> list[ast.stmt]:
        """What is left of some statements; ``last`` is the one after them."""
        left: list[ast.stmt] = []
        body = self._without_registered(body)
        pairs = zip(body, [*body[1:], last], strict=True) if body else iter(())
        for statement, next_statement in pairs:
            if next_statement is not None and self._is_unset_to_be_set(statement, next_statement):
                continue
            if next_statement is not None and self._makes_and_registers(statement, next_statement):
                next(pairs, None)
                self.unmade -= {n.id for n in names_in([statement])}
            else:
                self.following = next_statement
                left += self.statement(statement)
        return left

    def _is_unset_to_be_set(self, statement: ast.stmt, next_statement: ast.stmt) -> bool:
        """Whether a variable is unset only to be set right after that; after the rewrite, where it was so before."""
        if not isinstance(statement, (ast.Expr, ast.Delete)):
            return False
        key = operations.unset_to_be_set(statement, next_statement, self.scope)
        if key is None or (self.erased.was is not None and key not in self.erased.was.unset_to_be_set):
            return False
        self.erased.unset_to_be_set.add(key)
        return True

    def _makes_and_registers(self, statement: ast.stmt, next_statement: ast.stmt) -> bool:
        """Whether two statements make a MonkeyPatch and see to it that it is undone, whatever happens.

        ``monkeypatch = pytest.MonkeyPatch()`` in front of ``self.addCleanup(monkeypatch.undo)``
        """
        if statement.__class__ is not ast.Assign:
            return False
        match statement:
            case ast.Assign([ast.Name(name)], value) if self.scope.makes_monkeypatch(value):
                return operations.undone_by(next_statement, self.scope) == name
        return False

    def _without_registered(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements without functions that only change the environment, and are registered to run in the end."""
        gone: set[ast.stmt] = set()
        for statement in (s for s in body if isinstance(s, ast.Expr)):
            function = operations.registered_function(statement, body)
            if function is not None and self._runs_in_the_end(function):
                gone |= {function, statement}
        return [statement for statement in body if statement not in gone] if gone else body

    def _runs_in_the_end(self, function: ast.FunctionDef) -> bool:
        """Whether a function only changes the environment; what it does is then remembered as done in the end."""
        known, cleanup, self.cleanup = len(self.erased.changes), self.cleanup, True
        left = [part for statement in copy.deepcopy(function.body) for part in self.statement(statement)]
        self.cleanup, changes = cleanup, self.erased.changes[known:]
        del self.erased.changes[known:]
        if not changes or not all(isinstance(s, (Environment, ast.If, ast.For)) for s in statements(left)):
            return False
        self.late = [*changes, *self.late]
        return True

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """What is left of one statement."""
        if isinstance(node, ast.Pass):
            return []
        if self.eraser.attributes.plain and calls_base(node):
            return [ast.copy_location(ast.Expr(ast.Constant(ast.unparse(node))), node)]  # which sees nothing
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.erased.imports |= {name for name, _ in imported(node)}
            return left_of_import(node)
        if isinstance(node, FUNCTIONS):
            return self.function(node, own_nodes(node.body))
        if isinstance(node, ast.ClassDef):
            return self._class(node)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self._with(node, node.items)
        if is_compound(node):
            return self._compound(node)
        loop = operations.as_loop(node, self.scope)
        return self._compound(loop) if loop is not None else self._simple(node)

    def _record(
        self, node: ast.stmt, found: list[Operation], scoped: bool = False, evaluate: bool = True, by: str = ""
    ) -> list[ast.stmt]:
        """Remember operations; returns what stands for them: the calls that keys and values make, then the change."""
        resolved = [operations.with_values(operation, self.values) for operation in found]
        if self.guarded:
            resolved = [replace(operation, required=False) for operation in resolved]
        keeps = bool(by) and not scoped and operations.is_placeholder(found, by, self.following, self.scope)
        choice = id(self.choices[0]) if self.choices else 0
        place = (self.around, self.cleanup, scoped, by, keeps, choice, self.apart, self.erased.ran)
        changes = tuple(Change(operation, *place) for operation in resolved)
        self.erased.changes += changes
        self.cleared = self.cleared or any(o.kind == "clear" for c in changes for o in one_by_one(c))
        change: list[ast.stmt] = [Environment(node.lineno, changes)] if found else []
        if not evaluate:
            return change
        value_first = isinstance(node, ast.Assign)  # os.environ[key()] = value()
        return [*self._evaluated(found, value_first), *change]

    def _evaluated(self, found: list[Operation], value_first: bool = False) -> list[ast.stmt]:
        """Statements that run what keys and values run, in the order in which Python computes them."""
        parts = [part for operation in found for part in (operation.key, operation.value)]
        if value_first:
            parts = [found[0].value, *(operation.key for operation in found)]
        return evaluated(parts, self.scope)

    def _undecorated(self, node: Function | ast.ClassDef) -> list[ast.stmt]:
        """Take the environment's patches off a definition; returns what stands for them."""
        changes: list[ast.stmt] = []
        for decorator in list(node.decorator_list):
            patch = self.scope.patch(decorator)
            if patch is not None:
                changes += self._record(node, operations.of_patch(patch), True, evaluate=False, by=_PATCH)
                node.decorator_list.remove(decorator)
        return changes

    def function(self, node: Function, nodes: list[ast.AST]) -> list[ast.stmt]:
        """What is left of a function, whose own nodes are given."""
        path = f"{self.path}.{node.name}".lstrip(".")
        erased = self.eraser.at(path, node.lineno) if self.outermost else self.erased
        erased.unbound |= read_unbound(node, nodes)
        if is_fixture(node, self.scope):
            yield_at_the_end(node)
            nodes = own_nodes(node.body)
        inner = _Body(self.eraser, self.scope.inside(node, nodes), path, erased)
        undoes = node.name in self.eraser.attributes.undoing
        inner.apart = inner.cleanup = self.in_class and (undoes or node.name.startswith(_TEAR_DOWNS))
        if not self.outermost and not self.in_class:  # its parameters are other names than those around it
            inner.values |= {a.arg: ast.Name(f"{a.arg} of {node.name}", ast.Load()) for a in parameters(node)}
        if self.eraser.hoisted is not None:
            inner.values |= self.eraser.hoisted.values(node, self.in_class)
        known = len(erased.changes)
        changes = _Body(self.eraser, self.scope, path, erased)._undecorated(node) if node.decorator_list else []
        decorated = erased.changes[known:]
        mocks = self.eraser.injected.take(node, path, self.scope, self.in_class)
        left = [*changes, *inner.function_body(node.body, nodes)]
        called = not self.outermost and not self.in_class
        if called and decorated:  # a test or fixture that is decorated ends when nobody looks any more
            left.append(self._end(node, known))
        node.body = without_configuration(left, mocks)
        idle = not is_fixture(node, self.scope) or _yields_once(node.body)
        settle(node.body, inner.scope, called)
        if not self.outermost:
            erased.of_inner |= {id(change) for change in erased.changes[known:]}
        if self.outermost:
            erased.tear_down = self.in_class and undoes
            follow(node, erased)
        drop_parameters(node, self.scope)
        idle = idle and all(isinstance(s, Environment) or is_bare_yield(s) for s in node.body)
        if self.in_class and idle and is_set_up(node, self.scope):
            self.erased.changes += erased.changes
            self.erased.saved |= erased.saved
            self.erased.held += erased.held
            erased.changes, erased.held = [], []
            return []
        return [node]

    def function_body(self, body: list[ast.stmt], nodes: list[ast.AST]) -> list[ast.stmt]:
        """What is left of the body of a function, whose own nodes are given, before the changes settle."""
        if self.values or self.eraser.attributes.saved or self._names_environment(nodes):
            replace_names(nodes, self._canonical)
        self._take_back(nodes)
        self.generator = self.generator or not _YIELDS.isdisjoint(map(type, nodes))
        assigned = [n for n in nodes if n.__class__ is ast.Assign]
        made = [n for n in assigned if self.scope.meaning(n.value) == MONKEYPATCH]
        self.unmade = {spelled(target) or "" for n in made for target in n.targets}
        found = every(body)
        walrus = bool(self.scope.patchers) or ast.NamedExpr in map(type, found)
        self.rebound = self._bound_again(found)
        mentioned = [n for n in found if isinstance(n, ast.Name) and n.ctx.__class__ is not ast.Store]
        read = {n.id for n in mentioned if n.ctx.__class__ is ast.Load} | self.eraser.attributes.unread
        for node in assigned:
            if len(node.targets) > 1 and len(chain(node, self.scope)) > 1:
                read |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        self.erased.read |= read
        self.erased.mentioned |= {n.id for n in mentioned}
        self.erased.mentioned |= self.eraser.attributes.saved - self.eraser.attributes.unread
        if self.eraser.before is not None:
            read |= self.eraser.before.at(self.path).forgotten
        left = self.block(body)
        self.erased.changes += self.late
        saves = {name for name, _ in self.erased.saves}
        saved = saved_names(left, self.scope, self.eraser.attributes.saved | saves, walrus)
        if self.eraser.before is not None:  # a rewrite saves nothing of its own, it only computes what it sets
            saved &= set().union(*(erased.saved for erased in self.eraser.before.erased.values()))
        self.erased.saved |= saved
        tidier = Tidier(self.scope, saved, self.erased.forgotten)
        return tidier.forget(tidier.tidy(left), read)

    def _bound_again(self, nodes: Iterable[ast.AST]) -> set[str]:
        """The names that may stand for something when they are bound: none that is bound only once is among them."""
        stored = [n.id for n in nodes if isinstance(n, ast.Name) and n.ctx.__class__ is not ast.Load]
        once = set(stored)
        counted = Counter(stored) if len(once) < len(stored) else {}
        return {name for name, count in counted.items() if count > 1} | (once & self.values.keys())

    def _take_back(self, nodes: Iterable[ast.AST]) -> None:
        """Drop the ``monkeypatch=monkeypatch`` of calls that pass it on to helpers; one that lacks it gets a mark."""
        for call in (node for node in nodes if isinstance(node, ast.Call)) if self.scope.takers else ():
            left = [k for k in call.keywords if not self.scope.passes(call, k)]
            if len(left) < len(call.keywords):
                self.passing.add(call)
            elif self.scope.takes(call) and call not in self.passing and all(k.arg for k in left):
                left += [] if any(k.arg == "monkeypatch" for k in left) else [_NOT_PASSED]
            call.keywords = left

    def _names_environment(self, nodes: Iterable[ast.AST]) -> bool:
        """Whether a name among some nodes may be, or lead to, one that has a canonical form."""
        known = self.scope.leading_to(_LEADING)
        found = {n.id for n in nodes if isinstance(n, ast.Name)}
        return not known.isdisjoint(found) or any(name.startswith("os.") for name in found)

    def _canonical(self, node: ast.Name | ast.Attribute) -> ast.expr | None:
        saved = self.eraser.attributes.saved
        if isinstance(node, ast.Attribute) and (saved or self.values):
            if attribute(spelled(node)) in self.values:
                return ast.copy_location(ast.Name(attribute(spelled(node)), ast.Load()), node)
            if (name := spelled(node)) in saved:
                return ast.copy_location(ast.Name(name or "", node.ctx), node)
        dotted = self.scope.dotted(node) if node.ctx.__class__ is ast.Load else None
        return ast.copy_location(ast.Name(dotted, ast.Load()), node) if dotted in _CANONICAL else None

    def _class(self, node: ast.ClassDef) -> list[ast.stmt]:
        path = f"{self.path}.{node.name}".lstrip(".")
        erased = self.eraser.at(path, node.lineno) if self.outermost else self.erased
        inner = _Body(self.eraser, self.scope, path, erased, self.outermost, in_class=True)
        inner._undecorated(node)
        node.body = inner.block(node.body)
        return [node]

    def _with(self, node: ast.With | ast.AsyncWith, items: list[ast.withitem]) -> list[ast.stmt]:
        """One ``with`` an item, one in the other; those that hold a change of the environment become its two ends."""
        if not items:
            return self.block(node.body)
        manager, name = items[0].context_expr, items[0].optional_vars
        self._assigned(ast.Expr(name or manager))
        known, cleared = len(self.erased.changes), self.cleared
        patch = self.scope.patch(manager)
        if patch is not None:
            # The values of a patcher that has a name were computed where it was made.
            found = operations.of_patch(patch)
            found = operations.onto_a_copy(found, self.scope) if patch is manager else found
            start = self._record(node, found, True, evaluate=patch is manager, by=_PATCH)
            inner, self.cleared = self._with(node, items[1:]), cleared
            return [*start, *inner, self._end(node, known)]
        shadows = spelled(name) in self.open  # what the outer one is told after this block, the inner one would record
        if not self.scope.is_context(manager) or (name is not None and shadows):
            guarded, self.guarded = self.guarded, self.guarded or _suppresses_key_error(manager, self.scope)
            inner = self._with(node, items[1:])
            self.guarded = guarded
            end = [self._end(node, known)] if self._is_manager(manager) else []
            entered = self.stacked.pop(spelled(name) or "", [])
            end += [self._end(node, since, by) for since, by in reversed(entered)]
            return [ast.copy_location(type(node)(items[:1], [*inner, *end]), node)]
        outside = self.scope.within_context(name)
        self._take_back(own_nodes(node.body))
        around, self.open = self.open, {*self.open, spelled(name) or ""}
        unmade = {spelled(name) or ""} & self.unmade  # `m = stack.enter_context(monkeypatch.context())` follows
        self.unmade -= unmade
        inner = self._with(node, items[1:])
        self.unmade |= unmade
        self.scope.table, self.open, self.cleared = outside, around, cleared
        used = isinstance(name, ast.Name) and name.id in names_loaded(inner)
        kept = ast.copy_location(type(node)(items[:1], inner), node)
        return [*([kept] if used else inner), self._end(node, known, spelled(name) or "")]

    def _is_manager(self, manager: ast.expr) -> bool:
        """Whether this calls a context manager of the file that changes the environment, and puts it back."""
        called = spelled(manager.func) if isinstance(manager, ast.Call) else None
        return called is not None and called.rpartition(".")[2] in self.eraser.managers

    def _end(self, node: ast.stmt, known: int, by: str | None = None) -> Environment:
        """The end of a block that undoes what was changed, by the MonkeyPatch of that name or by anything, in it.

        What a function in it changes it does when it is called, and is followed by itself.
        """
        own = (c for c in self.erased.changes[known:] if id(c) not in self.erased.of_inner)
        changes = (c for c in own if by is None or c.by == by)
        return Environment(node.end_lineno or node.lineno, (Undo(tuple(changes)),))

    def _compound(self, node: ast.stmt) -> list[ast.stmt]:
        around, cleanup, choices = self.around, self.cleanup, self.choices
        if isinstance(node, ast.If):  # an `elif` belongs to the choice of its `if`
            self.choices = (*choices, node) if choices and choices[-1].orelse == [node] else (node,)
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self._assigned(ast.Expr(node.target))
        for owner, part in blocks(node):
            self.around = (*around, *((t, substitute(e, self.values)) for t, e in _around(node, part)))
            self.cleanup = self.cleanup or part == "finalbody"
            guarded, self.guarded = self.guarded, self.guarded or (part == "body" and _passes_key_error(node))
            known = dict(self.values)
            setattr(owner, part, self.block(getattr(owner, part)))
            self.guarded = guarded
            if isinstance(node, ast.If):
                self._chosen(known, substitute(_around(node, part)[0][1], known))
        self.around, self.choices, self.cleanup = around, choices, cleanup or self._yields(node)
        return [node]

    def _simple(self, node: ast.stmt) -> list[ast.stmt]:
        parts = list(pieces(node, self.scope))
        if len(parts) > 1:
            return self.block(parts, self.following)
        self.cleanup = self.cleanup or self._yields(node)
        if isinstance(node, _CHANGING):
            return self._changing(node)
        if "" not in self.unmade:
            self._assigned(node)
        return [node]

    def _changing(self, node: ast.stmt) -> list[ast.stmt]:
        """What is left of a statement of a kind that may change the environment."""
        entered = self._entered(node)
        if entered is not None:
            return entered
        if isinstance(node, ast.Assign) and self.scope.meaning(node.value) in (MONKEYPATCH, PATCHER):
            return self._made(node)
        registered = operations.of_registration(node, self.scope)
        if registered is not None:
            return self._registered(registered)
        by = operations.receiver(node, self.scope)
        if by in self.unmade:
            return [node]
        if self._undoes(node):
            started = max((at for name, at in self.erased.saves if name == by), default=None)
            return [self._end(node, started or 0, by if started is None else None)]
        found = operations.of_statement(node, self.scope)
        if found is not None:
            if operations.is_start(node):
                self.erased.saves.append((by, len(self.erased.changes)))
            return self._record(node, found, evaluate=not operations.is_start(node), by=by)
        if isinstance(node, ast.Assign) and self.scope.is_environment(node.value):
            return [] if all(self.scope.dotted(t) == ENVIRON for t in node.targets) else [node]
        self._saved(node)
        self._assigned(node)
        self.erased.ran += isinstance(node, ast.Expr) and not blind(node, self.scope)
        return [node]

    def _undoes(self, node: ast.stmt) -> bool:
        """Whether a statement undoes a MonkeyPatch that the set-up of the class made, or stops a patcher."""
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
            return False
        owner, method = call.func.value, call.func.attr
        if method == "undo":
            return spelled(owner) in self.eraser.attributes.kept
        return method == "stop" and self.scope.dotted(owner) == PATCHER

    def _saved(self, node: ast.stmt) -> None:
        """Keep in mind what names are assigned, and under which of them the environment was saved, and when."""
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            return
        saves = operations.is_save(node.value, self.scope)
        bound = " if ".join([dump(node), *(dump(test) for _, test in self.around)])
        if saves:
            key = operations.read_key(node.value, self.scope)
            bound += f" after {self.erased.ran} statements, {self._set_so_far(key)}"
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        late = self.cleared and self.eraser.before is not None
        looks = late and any(self.scope.is_environment(n) for n in every([node.value]))
        for name in filter(None, map(root, targets)):
            if looks and name not in self.erased.bindings:
                self.erased.late_reads.add(name)
            self.erased.bindings.setdefault(name, []).append(bound)
            if saves:
                self.erased.saves.append((name, len(self.erased.changes)))
                self.erased.held += [(name, change) for change in self._held(node.value)]

    def _held(self, value: ast.expr) -> list[Change]:
        """What a name holds that is given this, as changes that unset just that."""
        around, keys = self.around, [operations.read_key(value, self.scope)]
        if isinstance(value, ast.Dict) and None not in value.keys:
            keys = list(value.keys)
        elif isinstance(value, ast.DictComp):
            keys = [value.key]
            around = (*around, *((turn.target, substitute(turn.iter, self.values)) for turn in value.generators))
        gone = [Operation("clear") if key is None else Operation("unset", key) for key in keys]
        return [Change(operations.with_values(o, self.values), around) for o in gone]

    def _set_so_far(self, key: ast.expr | None) -> list[str]:
        """The values that were given to a variable before it is saved, other than to put it back."""
        saved = {name for name, _ in self.erased.saves}
        found = [
            o for change in self.erased.changes for o in one_by_one(change) if o.kind == "set" and o.value and o.key
        ]
        same = (o for o in found if key is None or dump(o.key or key) == dump(key))
        given = (o for o in same if o.value and source_of(o) not in saved and not _is_empty(o.value))
        return [ast.unparse(o.value) for o in given if o.value]

    def _entered(self, node: ast.stmt) -> list[ast.stmt] | None:
        """What stands for a patch, or a MonkeyPatch, that is entered on a stack: the stack, and what it changes."""
        value = node.value if isinstance(node, (ast.Expr, ast.Assign)) else None
        entered = self.scope.entered(value)
        patch = self.scope.patch(entered) if entered is not None else None
        if not isinstance(value, ast.Call) or not (patch is not None or self.scope.is_context(entered)):
            return None
        if isinstance(node, ast.Assign):
            self.unmade -= {spelled(target) or "" for target in node.targets}
        stack: list[ast.stmt] = [ast.copy_location(ast.Expr(value.func), node)]
        by = (spelled(node.targets[0]) if isinstance(node, ast.Assign) else None) if patch is None else None
        if isinstance(value.func, ast.Attribute) and (patch is not None or by is not None):
            entered_on = self.stacked.setdefault(spelled(value.func.value) or "", [])
            entered_on.append((len(self.erased.changes), by))
        return [*stack, *(self._record(node, operations.of_patch(patch), True, by=_PATCH) if patch is not None else [])]

    def _registered(self, found: list[Operation]) -> list[ast.stmt]:
        """Remember what a clean-up will do, which changes nothing yet: the last one that is registered runs first."""
        late = [Change(operations.with_values(o, self.values), self.around, cleanup=True) for o in found]
        self.late = [*late, *self.late]
        return self._evaluated(found)

    def _assigned(self, node: ast.stmt) -> None:
        """Keep in mind what a name stands for from here on, unless it is a saved value, or very long."""
        if self.values:
            items = node.targets if isinstance(node, ast.Assign) else []
            changed = {root(target) for target in items if isinstance(target, ast.Subscript)}
            again = self.rebound is None or not self.rebound.isdisjoint(self.values)
            stored = names_stored(node) if again else set()
            for name in (stored | changed) & self.values.keys():
                self.values.pop(name or "", None)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and len(node.targets) == 1:
            value = substitute(node.value, self.values)
            if not self._saves(node.targets[0].id, node.value) and len(every([value], _LONG)) < _LONG:
                self.values[node.targets[0].id] = value

    def _chosen(self, known: dict[str, ast.expr], test: ast.expr) -> None:
        """Keep in mind that names stand for something else only under a condition."""
        for name, value in self.values.items():
            if known.get(name) is not value:
                before = known.get(name, ast.Name(name, ast.Load()))
                self.values[name] = ast.IfExp(test, value, before)

    def _saves(self, name: str, value: ast.expr) -> bool:
        """Whether a name is given what is to be put back: a rewrite itself saves nothing, it computes what it sets."""
        if self.eraser.before is None or operations.is_read(value, self.scope):
            return operations.is_save(value, self.scope)
        saved = set().union(*(erased.saved for erased in self.eraser.before.erased.values()))
        return name in saved and operations.is_save(value, self.scope)

    def _yields(self, node: ast.stmt) -> bool:
        return self.generator and not _YIELDS.isdisjoint(map(type, every([node])))

    def _made(self, node: ast.Assign) -> list[ast.stmt]:
        """What is left where a patcher is made (what its values call), or a MonkeyPatch, which must be undone."""
        patch = self.scope.patch(node.value)
        self.unmade -= {spelled(target) or "" for target in node.targets}
        if patch is None:
            return [] if spelled(node.targets[0]) in self.eraser.attributes.kept else [node]
        return self._evaluated(operations.of_patch(patch))


def _is_empty(value: ast.expr) -> bool:
    """Whether this is the value of a placeholder."""
    return isinstance(value, ast.Constant) and value.value in ("", None)


def _yields_once(body: list[ast.stmt]) -> bool:
    """Whether a fixture yields once, after all that its MonkeyPatch changes, and before that is taken back.

    ``with pytest.MonkeyPatch.context() as m: m.setenv("A", "1"); yield``
    """
    yields = [index for index, statement in enumerate(body) if is_bare_yield(statement)]
    if len(yields) != 1:
        return False
    marks = [(index, step) for index, s in enumerate(body) if isinstance(s, Environment) for step in s.steps]
    early = any(isinstance(step, Undo) and step.changes for index, step in marks if index < yields[0])
    late = any(isinstance(step, Change) and step.by for index, step in marks if index > yields[0])
    return not early and not late


def _around(node: ast.stmt, part: str) -> list[tuple[ast.expr | None, ast.expr]]:
    """The loop or the condition that a block of a statement stands in."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return [(node.target, node.iter)]
    if isinstance(node, (ast.If, ast.While)):
        return [(None, node.test if part == "body" else ast.UnaryOp(ast.Not(), node.test))]
    return []


def _passes_key_error(node: ast.stmt) -> bool:
    """Whether a statement is a ``try`` that a missing key does not get out of."""
    if not is_try(node):
        return False
    caught = [n for h in node.handlers for n in ([h.type] if h.type is not None else [ast.Name("Exception")])]
    return _hold_key_error(n for c in caught for n in (c.elts if isinstance(c, ast.Tuple) else [c]))


def _suppresses_key_error(manager: ast.expr, scope: Scope) -> bool:
    """Whether a context manager is ``contextlib.suppress(KeyError)``."""
    if not isinstance(manager, ast.Call) or scope.dotted(manager.func) != "contextlib.suppress":
        return False
    return _hold_key_error(manager.args)


def _hold_key_error(classes: Iterable[ast.expr]) -> bool:
    names = {spelled(n) for n in classes}
    return bool(names & {"KeyError", "LookupError", "Exception", "BaseException"})
