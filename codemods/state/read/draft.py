"""The state of reading one function: its plan so far, what is written and saved,
and the findings.
"""

from __future__ import annotations

import ast
from typing import Literal

from codemods.python.names import function_nodes
from codemods.rule import Refusal
from codemods.state.expressions.blind import blind_statement
from codemods.state.expressions.known_mappings import known_mappings
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import spelling_in
from codemods.state.model.operations import WHOLE
from codemods.state.model.plan import Plan, Site, UndoScope
from codemods.state.model.standing import Standing
from codemods.state.patchers.kept_patchers import kept_patchers, method_of
from codemods.state.patchers.patchers import Patchers
from codemods.state.read.outliving import always_reached, undoes_its_own
from codemods.state.restoring.restoring import Restoration, restoration
from codemods.state.restoring.saving import Saved
from codemods.state.restoring.writes import Writes

PATCH_DICT = "patch.dict on os.environ empties and refills the whole environment"


class Draft:
    """The plan of one function in the making, and what its parts are read with."""

    def __init__(self, plan: Plan, standing: Standing) -> None:
        self.plan = plan
        self.host = host = plan.host
        self.standing = standing
        expects_type_error = "TypeError" in host.source.segment(host.function)
        self.scope = Scope(
            host.source,
            host.names,
            expects_type_error,
            functions=host.functions,
            mappings=known_mappings(host),
        )
        self.spelling = spelling_in(self.scope)
        self.saved = Saved(self.spelling)
        self.patchers = Patchers(host, self.spelling)
        if self.plan.undo_scope is not UndoScope.CLEANUP:
            self.spelling.kept.update(kept_patchers(host, self.spelling))
        self.sites: list[Site] = []
        self.writes = Writes()
        # The keys that the function's own ``monkeypatch.setenv`` has recorded, and so puts back.
        self.recorded: set[str] = set()
        # Why the function stays as it is, whatever each of its sites says.
        self.objection: Refusal | None = None

    def site(
        self,
        rule: Literal["patch-dict", "write", "restoration"],
        node: ast.expr | ast.stmt,
        message: str,
        refusal: Refusal | None = None,
        unsafe: bool = False,
        keys: frozenset[str] = frozenset(),
        note: str | None = None,
    ) -> None:
        """One finding more."""
        self.sites.append(Site(rule, node, message, refusal, unsafe, keys, note))

    @property
    def changed(self) -> str:
        """What a message says of a change."""
        return f"{self.scope.kind.noun} is changed"

    def refuse_inside(self, node: ast.AST, refusal: Refusal) -> None:
        """A change that hides in an expression or a nested function stays, and everything else
        in the function too.
        """
        found = self.spelling.change_inside(node)
        if found is None:
            return
        if not self.spelling.is_patch_dict(found):
            bound = (
                isinstance(getattr(found, "ctx", None), ast.Store)
                and refusal is refusals.VALUE_USED
            )
            refusal = refusals.BINDING_TARGET if bound else refusal
            self.site("write", found, self.changed, refusal)
        elif self.plan.undo_scope is not UndoScope.CLEANUP or not self.standing.keeps_patchers:
            self.site("patch-dict", found, PATCH_DICT, refusals.PATCHER_OBJECT)
        else:
            self.objection = (
                refusals.UNDO_ORDER
            )  # it stays, and is stopped before what addCleanup would undo

    def keeps_patcher(self, statement: ast.stmt) -> bool:
        """Whether a statement makes a patcher that the function starts later."""
        return (
            isinstance(statement, (ast.Assign, ast.AnnAssign))
            and statement.value in self.spelling.kept.values()
        )

    def starts(self, statement: ast.stmt) -> bool:
        """Whether a statement starts such a patcher."""
        name, method = method_of(statement) or ("", "")
        return method == "start" and name in self.spelling.kept

    def restoration(self, statement: ast.stmt, *, in_finally: bool = False) -> Restoration | None:
        """What a statement restores; an unset restores only what was given a value, else it undoes
        other code's.

        What gives a variable the value that another had is a mistaken restoration in a
        ``finally``, else just a write.
        """
        found = restoration(self.saved, statement, self.writes.keys)
        if found is None or (found.mistaken and not in_finally):
            return None
        if found.taken and not self._takes_all_back(found):
            return None
        between = self.standing.inside_caller
        if between and not in_finally and not always_reached(statement, self.host.function):
            return None
        if WHOLE in found.keys or self.saved.since(statement):
            return found
        own = found.keys <= self.writes.given and (
            not between or undoes_its_own(found.keys, self.host.functions, self.spelling)
        )
        return found if own else None

    def _takes_all_back(self, found: Restoration) -> bool:
        """Whether a list is again what it was before the one thing was added that is taken from it.

        A name may mean something else by then: for folder in folders: sys.path.insert(0, folder)
        """
        stored = [
            node.id
            for node in function_nodes(self.host.function)
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        ]
        texts = (ast.walk(ast.parse(text, mode="eval")) for text in found.taken)
        names = {node.id for nodes in texts for node in nodes if isinstance(node, ast.Name)}
        is_same = all(stored.count(name) <= 1 for name in names)
        return is_same and self.writes.is_all_of(found.taken, found.keys)

    def nothing_sees(self, statements: list[ast.stmt]) -> bool:
        """Whether no statement can tell what the environment holds, except those that restore
        it.
        """
        return all(
            blind_statement(s, self.scope) or self.restoration(s) is not None for s in statements
        )
