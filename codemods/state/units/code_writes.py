"""What ``patch.dict`` takes back and monkeypatch does not: the writes that its block can reach by
calls (rows E1, E2).

A block, a decorator or a snapshot is not rewritten where the code that it calls may write
another variable than those it sets itself (E3), unless an autouse fixture above restores that
one. So is one where the writer stands in the test file or in a conftest, and stays as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from codemods.context import Context
from codemods.python.names import function_nodes, generator, own_nodes, own_statements, parameters
from codemods.python.source import Source, fact
from codemods.reach.bodies import ANY, Body, Write, read, read_function
from codemods.reach.modules import OUTSIDE, Function, Module, NamesAt, Reference
from codemods.reach.reaching import Reach, writers_of
from codemods.rule import Refusal
from codemods.state.around.fixtures import Fixture, conftests_above, fixtures_around, source_of
from codemods.state.expressions.blind import blind_statement
from codemods.state.expressions.known_keys import known_keys
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.edits import Calls, Entered, PatchedWith
from codemods.state.model.kind import kind_of
from codemods.state.model.operations import Clear, Keep, Operation, Set, SetAll, keys
from codemods.state.model.plan import Plan, UndoScope, Unit
from codemods.state.patchers.asserted import shows_all
from codemods.suite.hosts import Host, Kind, hosts, mock_arguments
from codemods.suite.known_calls import FOREIGN_FIXTURES

_FIXTURES = (Kind.FIXTURE, Kind.WIDE_FIXTURE)
_AROUND = (*_FIXTURES, Kind.SETUP)
_UNSEEN = (
    "its calls cannot be followed, because the source tree is not visible here; "
    "share it with the workers"
)


def refuse_code_writes(units: list[Unit], source: Source, context: Context) -> list[Unit]:
    """The units, refused where the code that runs in a block may write what nothing would put
    back any more.
    """
    if context.proving or not any(unit.rolls_back for unit in units):
        return units
    code = CodeWrites(source, context, units)
    return [unit.refuse(refusal) if (refusal := code.objection(unit)) else unit for unit in units]


def refusal_for_class(tests: Sequence[Host], operations: Iterable[Operation]) -> Refusal | None:
    """Why decorators that do this around the tests of a class stay: what the tests call may
    write.
    """
    if not tests or tests[0].context.proving:
        return None
    code = CodeWrites(tests[0].source, tests[0].context, [])
    own = _set_for_good(operations, tests[0])
    writes = [w for test in tests for w in code.of_host(test, test.function.body, None)]
    return code.refusal(tests[0], [w for w in writes if repr(w.key) not in own])


class CodeWrites:
    """What the code that a file's functions call may write."""

    def __init__(self, source: Source, context: Context, units: Sequence[Unit]) -> None:
        self.source, self.context, self.units = source, context, units
        self.modules = _modules(source, context)
        # What these write is undone by monkeypatch when they have been rewritten.
        rewritten = [unit for unit in units if not unit.refused and not unit.caution]
        self.silent = {
            plan.host.function for unit in rewritten for plan in (unit.plan, *unit.along)
        }
        roots = tuple(
            dict.fromkeys(_absolute(context.root) / root for root in context.source_roots)
        )
        self.unseen = bool(roots) and not any(root.is_dir() for root in roots)
        writers = writers_of(roots, _absolute(context.root).as_posix(), context.run)
        self.reach = Reach(writers, list(self.modules.values()), self.silent)

    def objection(self, unit: Unit) -> Refusal | None:
        """Why a unit stays as it is, if it does."""
        if not unit.rolls_back:
            return None
        if self.unseen:
            return Refusal(refusals.CODE_WRITES.code, _UNSEEN)
        plans = (unit.plan, *unit.along)
        writes = list(dict.fromkeys(w for plan in plans for w in self._inside(plan, unit)))
        refusal = self.refusal(unit.plan.host, writes)
        if refusal is not None or not writes:
            return refusal
        early = next((w for plan in plans for w in self._seen_after(plan)), None)
        return None if early is None else _seen_later(early)

    def refusal(self, host: Host, writes: Sequence[Write]) -> Refusal | None:
        """The refusal for the first write that no fixture around the host would put back."""
        around = [] if host.kind is Kind.WIDE_FIXTURE else list(_isolating(host, self.changed))
        left = [
            w
            for w in writes
            if not any(_puts_back(f, w.key, self.context, self.changed) for f in around)
        ]
        return _refusal(left, self.context) if left else None

    @cached_property
    def changed(self) -> set[ast.stmt]:
        """The functions that are rewritten."""
        units = (unit for unit in self.units if not unit.refused)
        return {plan.host.function for unit in units for plan in (unit.plan, *unit.along)}

    def _seen_after(self, plan: Plan) -> Iterator[Write]:
        """What may be written in a block of a test, and seen after it: that comes before any
        fixture puts it back.
        """
        host = plan.host
        if host.kind in _AROUND:
            return
        for block, patched in plan.patched.items():
            assert isinstance(block, ast.With)
            if not patched.flat and _looks_after(block, host):
                yield from self._in_block(block, patched, plan)

    def _in_block(self, block: ast.With, patched: PatchedWith, plan: Plan) -> Iterator[Write]:
        """What may be written in a block, except what its patchers set."""
        own = _set_for_good(patched.operations, plan.host)
        items = [item.context_expr for item in block.items[min(patched.items, default=0) + 1 :]]
        if not _shown(block.body, patched.operations, plan.host):
            yield from self._but(own, self.of_host(plan.host, [*items, *block.body], plan))

    def _inside(self, plan: Plan, unit: Unit) -> Iterator[Write]:
        """What may be written while a patch of the plan lasts, except what it sets itself."""
        host, body = plan.host, plan.host.function.body
        for block, patched in plan.patched.items():
            assert isinstance(block, ast.With)
            own = _set_for_good(patched.operations, host)
            yield from self._in_block(block, patched, plan)
            if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(block.body)):
                yield from self._but(own, self._of_users(host))
        if plan.decorators:
            own = _set_for_good((o for found in plan.decorators.values() for o in found), host)
            if not _shown(body, (o for found in plan.decorators.values() for o in found), host):
                yield from self._but(own, self.of_host(host, body, plan))
        started = not (plan.patched or plan.decorators) and unit.starts
        if plan.enters or plan.puts_all_back or started or plan.undo_scope is UndoScope.KEPT:
            own = _set_for_good(_first_of(plan), host)
            yield from self._but(own, self.of_host(host, body, plan))
            around = host.kind in _AROUND or generator(host.function)
            if around or host.function.name in ("setUp", "asyncSetUp", "setUpClass"):
                yield from self._but(own, self._of_users(host))

    def _but(self, own: frozenset[str], writes: Iterable[Write]) -> Iterator[Write]:
        return (write for write in writes if repr(write.key) not in own)

    def of_host(self, host: Host, nodes: Sequence[ast.AST], plan: Plan | None) -> list[Write]:
        """What some nodes of a function write, except what its plan rewrites; nothing if
        evidence shows that.
        """
        return self._left(host, read(nodes, self._names(host)), plan)

    def _of_user(self, host: Host) -> list[Write]:
        """What a whole function writes, likewise; one that is not rewritten may have a
        ``patch.dict`` around it.
        """
        names, function = self._names(host), host.function
        kept = function not in self.silent
        return self._left(
            host, read_function(function, names) if kept else read(function.body, names), None
        )

    def _left(self, host: Host, body: Body, plan: Plan | None) -> list[Write]:
        own = [write for write in body.writes if not self._rewritten(write, host, plan)]
        found = list(dict.fromkeys((*own, *self.reach.of(body))))
        calm = (
            bool(found)
            and host.node_id in self.context.calm
            and self.reach.newest() <= self.context.watched
        )
        return [] if calm else found

    def _rewritten(self, write: Write, host: Host, plan: Plan | None) -> bool:
        inner = (
            n for n in ast.walk(host.function) if isinstance(n, ast.stmt) and n is not host.function
        )
        lines = [(n.lineno, n.end_lineno or 0) for n in inner if n in self.silent]
        if plan is not None:
            changed = [*plan.replaced, *(s for wrap in plan.wraps.values() for s in wrap.after)]
            lines += [(s.lineno, s.end_lineno or 0) for s in changed]
        elif host.function in self.silent:
            return True
        return any(first <= write.line <= last for first, last in lines)

    def _of_users(self, host: Host) -> Iterator[Write]:
        """What may be written by whatever runs inside a fixture, or after a set-up."""
        if host.source.path.endswith("conftest.py"):  # which tests are below is not known here
            yield from self.reach.writers.shared_writes()
        for other in hosts(host.source, host.context):
            if other.function is not host.function and _is_inside(other, host):
                yield from self._of_user(other)
                if host.kind is Kind.HELPER:
                    yield from self._in_blocks(other, host.function.name)

    def _in_blocks(self, host: Host, manager: str) -> Iterator[Write]:
        """What a function writes in blocks of a manager, which put it back, as it may do too."""
        blocks = [n for n in ast.walk(host.function) if isinstance(n, (ast.With, ast.AsyncWith))]
        for block in blocks:
            called = [_called(item.context_expr) for item in block.items]
            if manager in called:
                rest = block.items[called.index(manager) + 1 :]
                inner = ast.copy_location(ast.With(rest, block.body), block)
                yield from self._left(host, read([inner], self._names(host)), None)

    def _names(self, host: Host) -> NamesAt:
        module = self.modules[self.source]
        function = module.of_nodes.get(host.function)
        if function is None:  # one in another
            function = Function(host.function.name, module, None, host.function)
        names = NamesAt(module, function)
        filled = [p for p in parameters(host.function) if p not in ("self", "cls")]
        mocks = filled[: mock_arguments(host.function, host.source.names)]
        names.known |= dict.fromkeys(mocks, (OUTSIDE,))
        for name, fixture in fixtures_around(host).set_up_for(host):
            if name in filled and fixture is None and name in FOREIGN_FIXTURES:
                names.known[name] = (OUTSIDE,)
            elif name in filled and fixture is not None and fixture.source in self.modules:
                given = _given_by(fixture, self.modules[fixture.source])
                names.known |= {name: given} if given else {}
        return names


def _looks_after(block: ast.With, host: Host) -> bool:
    """Whether anything that runs after a block, in the same function, may look at the state."""
    scope = Scope(host.source, host.names)
    end = block.end_lineno or block.lineno
    later = (s for s in own_statements(host.function.body) if s.lineno > end)
    loops = (ast.For, ast.AsyncFor, ast.While)
    around = (s for s in own_statements(host.function.body) if isinstance(s, loops))
    again = any(s.lineno < block.lineno <= (s.end_lineno or 0) for s in around)
    return again or not all(blind_statement(s, scope) for s in later)


def _isolating(host: Host, changed: Collection[ast.stmt]) -> Iterator[Fixture]:
    """The autouse fixtures around a host that stay as they are."""
    for fixture in fixtures_around(host).all():
        own = fixture.function is host.function or fixture.function in changed
        if fixture.autouse and not fixture.wide and not own:
            yield fixture


def _called(node: ast.expr) -> str:
    """``f`` for ``f(…)`` and ``self.f(…)``."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_inside(other: Host, fixture: Host) -> bool:
    """Whether a function runs, or may run, while a fixture or what a set-up has started lasts."""
    if fixture.kind in _FIXTURES:
        if other.kind not in (Kind.TEST, Kind.GIVEN, Kind.FIXTURE, Kind.TESTCASE):
            return False
        if fixture.kind is Kind.WIDE_FIXTURE and not fixture.classes:
            return True  # set up for another test it may still last
        around = fixtures_around(other).set_up_for(other)
        asked = any(f is not None and f.function is fixture.function for _, f in around)
        return asked or (other.kind is Kind.FIXTURE and fixture.kind is Kind.WIDE_FIXTURE)
    if not fixture.classes or other.classes[-1:] == fixture.classes[-1:]:
        return True
    return bool(other.classes) and _derives(other, fixture)


def _derives(other: Host, set_up: Host) -> bool:
    names = {base.id for base in other.classes[-1].bases if isinstance(base, ast.Name)}
    return set_up.classes[-1].name in names


def _set_for_good(operations: Iterable[Operation], host: Host) -> frozenset[str]:
    """The variables that a patch sets as it begins: whatever code does to them, monkeypatch puts
    them back.
    """
    found = keys([o for o in operations if isinstance(o, (Set, SetAll, Keep))])
    return known_keys(found, host.source, *host.functions) - {ANY}


def _shown(body: list[ast.stmt], operations: Iterable[Operation], host: Host) -> bool:
    """Whether a test that empties the environment asserts what is in it at the end: monkeypatch
    is told of all that.
    """
    return any(isinstance(o, Clear) for o in operations) and shows_all(
        body, Scope(host.source, host.names)
    )


def _first_of(plan: Plan) -> Iterator[Operation]:
    for edit in plan.edits.values():
        if isinstance(edit, Entered):
            yield from edit.operations
    for statement in plan.host.function.body:
        if isinstance(plan.edits.get(statement), Calls):
            yield from plan.calls(statement)
        elif not plan.goes(statement) and any(
            isinstance(n, ast.Call) for n in own_nodes([statement])
        ):
            return


def _given_by(fixture: Fixture, module: Module) -> Reference | None:
    """What a fixture gives to its tests, as a reference; None if that is not one expression."""
    function = module.of_nodes.get(fixture.function)
    if function is None:
        return None
    values: list[ast.expr | None] = []
    for node in function_nodes(fixture.function):
        if isinstance(node, (ast.Return, ast.Yield)):
            values.append(node.value)
    if len(values) != 1 or values[0] is None:
        return None
    reference = function.names.reference(values[0])
    return None if reference[0] == "?" else reference


def _puts_back(fixture: Fixture, key: str, context: Context, changed: Collection[ast.stmt]) -> bool:
    """Whether an autouse fixture restores a variable, or all of them, after each test.

    It may do so by a context manager of the file, unless that is rewritten itself.
    """
    from codemods.conftest.isolating import isolates

    if not generator(fixture.function):
        return False
    text = fixture.source.segment(fixture.function)
    if "patch" in text and not _is_snapshot(fixture.function):
        return False  # it may be rewritten itself
    functions = [fixture.function, *(f for f in _entered_in(fixture) if f not in changed)]
    variables = ("\0",) if key == ANY else (key,)
    return any(
        isolates(Host(f, (), Kind.FIXTURE, None, fixture.source, context), variables)
        for f in functions
    )


def _is_snapshot(function: ast.AST) -> bool:
    """Whether a fixture patches no variable by name: it takes back whatever is changed, and
    stays.
    """
    calls = [
        n
        for n in ast.walk(function)
        if isinstance(n, ast.Call) and ast.unparse(n.func).endswith("patch.dict")
    ]
    return bool(calls) and all(len(call.args) == 1 and not call.keywords for call in calls)


def _entered_in(fixture: Fixture) -> Iterator[ast.FunctionDef]:
    """The context managers of the same file in which a fixture yields."""
    called = {
        item.context_expr.func.id
        for block in own_statements(fixture.function.body)
        for item in (block.items if isinstance(block, ast.With) else ())
        if isinstance(item.context_expr, ast.Call) and isinstance(item.context_expr.func, ast.Name)
    }
    for statement in fixture.source.tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name in called:
            yield statement


@fact
def _modules(source: Source, context: Context) -> dict[Source, Module]:
    """The test file and the conftests above it, by their sources."""
    kind = kind_of(source)
    above = (source_of(conftest, kind) for conftest in conftests_above(source, context))
    sources = [source, *filter(None, above)]
    root = _absolute(context.root)
    found = {}
    for each in sources:
        path = (root / each.path).as_posix()
        found[each] = Module(
            each.tree, each.text, path, path.removeprefix(f"{root.as_posix()}/"), shared=False
        )
    return found


def _absolute(path: Path) -> Path:
    return path if path.is_absolute() else Path.cwd() / path


def _refusal(writes: Sequence[Write], context: Context) -> Refusal:
    """The refusal for what code may write, with the place, and with the setting that adds the
    fixture for it.
    """
    first = writes[0]
    what = "variables" if first.key == ANY else first.key
    advice = (
        f"{first.file}:{first.line}, which it may call, writes {what}, and only "
        f"patch.dict undoes that; "
        f"add {_setting(writes, context)}, let `isolator fix --write` add the fixture, "
        f"and run it again"
    )
    return Refusal(refusals.CODE_WRITES.code, advice)


def _seen_later(write: Write) -> Refusal:
    """The refusal for what is put back before the rest of the function runs: a fixture comes too
    late.
    """
    what = "variables" if write.key == ANY else write.key
    return Refusal(
        refusals.CODE_WRITES.code,
        f"{write.file}:{write.line}, which it may call, writes {what}, and patch.dict undoes "
        f"that before the code after the block runs; end the test with the block",
    )


def _setting(writes: Sequence[Write], context: Context) -> str:
    """The setting that adds a fixture which restores what may be written."""
    from codemods.conftest.template import conftest_path

    table = f'[tool.isolator.fixture] with conftest = "{conftest_path(context)}"'
    if any(write.key == ANY for write in writes):
        return f'{table} and template = "snapshot_environment"'
    names = ", ".join(
        f'"{name}"' for name in sorted({*context.critical_env, *(write.key for write in writes)})
    )
    return f"critical-env = [{names}] and {table}"
