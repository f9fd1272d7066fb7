"""The codemod of a kind of state: what one function does to its cells is rewritten as a whole."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from codemods.context import Context
from codemods.python.names import own_nodes
from codemods.python.source import Source, Span, first_line, is_on
from codemods.rule import Codemod, Finding, Match, Rule
from codemods.state.around.covering import covers_more
from codemods.state.expressions.known_keys import variables
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import Spelling, StateKind, kind_of, spelling_in
from codemods.state.model.plan import Site, Unit
from codemods.state.model.refusals import RefusedError
from codemods.state.patchers.kept_patchers import shared_patchers
from codemods.state.units.class_decorators import CAUTION, Covered, covered_classes
from codemods.state.units.of_file import units
from codemods.state.units.put_back import is_harmless
from codemods.state.units.read_file import changed_lines
from codemods.suite.endings import is_main
from codemods.suite.hooks import is_for_session, is_hook

if TYPE_CHECKING:
    import libcst as cst


_NAMED = 3  # victims in a message
_NEVER = " and never restored"


@dataclass(frozen=True)
class StateCodemod:
    """What a codemod does for one kind of state; ``rules`` are the rules of its sites."""

    kind: StateKind
    rules: Mapping[str, Rule]

    def may_apply(self, data: bytes, path: str, context: Context) -> bool:
        """Whether the file may change a cell."""
        del path, context
        return self.kind.may_change(data)

    def find(self, source: Source, context: Context) -> list[Match]:
        """Every place that changes a cell and should do so through monkeypatch."""
        matches: list[Match] = []
        kind = self.kind.in_file(source, context)
        if kind is None:
            return matches
        source = source.focused(kind)
        found = units(source, context)
        for unit in found:
            host = unit.plan.host
            if source.wants(host.node_id):
                group = host.function.lineno
                made = (
                    self._finding(source, context, site, host.node_id, group, unit.caution)
                    for site in (_told(unit) if kind.shares_patchers else _of_hooks(unit))
                )
                matches += [Match(finding, unit) for finding in made]
        if source.tests is None:
            # What a conftest sets up while it is imported is for the whole session.
            for_all = kind.shares_patchers and source.path.rpartition("/")[2] == "conftest.py"
            sites = () if for_all else _module_level(source)
            matches += [Match(self._finding(source, context, site, None, None)) for site in sites]
            for covered in covered_classes(source, context, _rewritten(found)):
                group = covered.cls.lineno
                made = (
                    self._finding(source, context, site, None, group, CAUTION)
                    for site in covered.sites
                )
                matches += [Match(finding, covered) for finding in made]
        return sorted(matches, key=lambda match: match.finding.span)

    def _finding(
        self,
        source: Source,
        context: Context,
        site: Site,
        test: str | None,
        group: int | None,
        caution: str = "",
    ) -> Finding:
        rule, refusal = self.rules[site.rule], site.refusal
        known = {each.code for each in rule.refusals}
        if refusal is not None and refusal.code not in known:
            refusal = refusals.UNDO_ORDER  # it is that of another finding in the function
        fix: Literal["safe", "unsafe"] | None = "unsafe" if caution else "safe"
        fix = None if refusal else fix
        span, message, cells = source.span(site.node), site.message, variables(site.keys)
        if site.rule == "write" and context.polluters:
            message += _suffering(source, context, span)
        finding = rule.finding(
            *(span, message),
            test=test,
            fix=fix,
            refusal=refusal,
            group=group,
            cells=cells,
            caution=caution,
        )
        return finding if refusal is not None else replace(finding, note=site.note)


def codemod_of(kind: StateKind, rules: Mapping[str, Rule], *, reads_tree: bool = False) -> Codemod:
    """The codemod of a kind of state; ``rules`` are those of its sites: of patchers, writes and
    restorations. ``reads_tree``: the kind looks things up in the source tree.
    """
    codemod = StateCodemod(kind, rules)
    every = tuple(dict.fromkeys(rules.values()))
    # Where the source tree is not to be seen, a block that calls into it is refused: nothing else
    # depends on it.
    return Codemod(
        every, codemod.may_apply, codemod.find, apply, adds=kind.adds, reads_tree=reads_tree
    )


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The text with every function rewritten whose matches are accepted, and its imports in
    order.
    """
    from codemods.edit.add_imports import add_imports, remove_unused
    from codemods.edit.align import replace_function
    from codemods.edit.statements import replace_statements, rewritten
    from codemods.edit.unused_imports import all_used, remove_assignments
    from codemods.state.write.above import above_statement
    from codemods.state.write.functions import class_changes, function_changes, looked_at

    needs: set[tuple[str, str | None]] = set()
    above: dict[ast.stmt, str] = {}
    changed = list({id(match.change): match.change for match in accepted}.values())
    functions = [change for change in changed if isinstance(change, Unit)]
    classes = [change for change in changed if isinstance(change, Covered)]
    made = function_changes(functions) | class_changes(classes)

    def change(
        statement: ast.stmt, definitions: list[ast.stmt]
    ) -> Callable[[cst.Module], cst.Module]:
        def transform(module: cst.Module) -> cst.Module:
            changed_to = {definition: made[definition](module, needs) for definition in definitions}
            *hoisted, last = replace_function([statement], list(module.body), changed_to)
            above[statement] = above_statement(hoisted, module)
            return module.with_changes(body=[last])

        return transform

    changes = {}
    for statement in source.tree.body:
        inside = [
            f for f in made if first_line(statement) <= f.lineno <= (statement.end_lineno or 0)
        ]
        if inside:
            changes[statement] = change(statement, inside)
    seen = looked_at(changes, functions, classes)
    texts = rewritten(source, changes, context.line_length, seen)
    text = add_imports(
        replace_statements(source, texts, above), sorted(needs, key=str), context.first_party
    )
    read = {unit.plan.host.source for unit in functions}
    patchers = [name for each in read for name in shared_patchers(each)]
    if patchers:
        return remove_unused(source, remove_assignments(source, text, patchers))
    return text if all_used(source, texts) else remove_unused(source, text)


def _told(unit: Unit) -> Iterator[Site]:
    """The sites of a unit that are findings; what its decorators do is not known."""
    host = unit.plan.host
    hedged = covers_more(host, -1, ())
    for site in unit.sites:
        if is_harmless(site, host):
            continue
        if hedged and site.message.endswith(_NEVER):
            message = f"{site.message.removesuffix(_NEVER)}, unless a decorator restores it"
            yield replace(site, message=message)
        else:
            yield site


def _of_hooks(unit: Unit) -> Iterator[Site]:
    """The sites of a unit that are findings, with the reason that is true of a hook of pytest.

    What one changes that runs once is a setting for all tests: def pytest_configure(config): …
    """
    function = unit.plan.host.function
    for site in unit.sites:
        if site.refusal is not refusals.HELPER or not is_hook(function):
            yield site
        elif not is_for_session(function):
            yield replace(site, refusal=refusals.HOOK)


def _rewritten(found: Sequence[Unit]) -> frozenset[ast.stmt]:
    return frozenset(
        plan.host.function for u in found if not u.refused for plan in (u.plan, *u.along)
    )


def _suffering(source: Source, context: Context, span: Span) -> str:
    """The tests that fail because of a write, according to evidence."""
    seen = [
        p
        for p in context.polluters
        if p.file == source.path and span.line <= p.line <= span.end_line
    ]
    tests = list(dict.fromkeys(test for polluter in seen for test in polluter.victims))
    if not tests:
        return ""
    more = f" and {len(tests) - _NAMED} more" if len(tests) > _NAMED else ""
    return f", which makes {', '.join(tests[:_NAMED])}{more} fail"


def _module_level(source: Source) -> Iterator[Site]:
    """Changes that are made while the file is imported, in class bodies too."""
    lines, written = changed_lines(source), kind_of(source).at_import
    spelling = spelling_in(Scope(source, source.names))
    patchers = list(shared_patchers(source).values())  # found where they are entered
    body = [s for s in source.tree.body if is_on(s, lines) and not is_main(s)]
    for statement in _outside_functions(body):
        try:
            operations = spelling.write(statement)
        except RefusedError as error:
            yield Site("write", statement, written, error.refusal)
            continue
        shared = isinstance(statement, ast.Assign) and statement.value in patchers
        if operations:
            yield Site("write", statement, f"{written} for all tests", refusals.MODULE_LEVEL)
        elif not shared and not isinstance(statement, ast.ClassDef):
            yield from _in_expressions(statement, spelling)


def _in_expressions(statement: ast.stmt, spelling: Spelling) -> Iterator[Site]:
    """Changes that the expressions of a statement make: ``assert os.environ.pop("K")``."""
    inside = [e for e in ast.iter_child_nodes(statement) if isinstance(e, (ast.expr, ast.withitem))]
    for node in own_nodes(inside):
        if isinstance(node, ast.Call) and spelling.is_patch_dict(node):
            yield Site("patch-dict", node, "patch.dict on os.environ", refusals.PATCHER_OBJECT)
        elif isinstance(node, ast.expr) and spelling.changes(node):
            yield Site(
                "write",
                node,
                f"{spelling.scope.kind.at_import} for all tests",
                refusals.MODULE_LEVEL,
            )


def _outside_functions(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from _outside_functions(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", ()):
            yield from _outside_functions(handler.body)
