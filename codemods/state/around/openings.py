"""What is put at the head of a test, after its docstring: lines, and in a TestCase a MonkeyPatch
for them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.names import bound_names, function_nodes, parameters
from codemods.rule import Refusal
from codemods.state.model.refusals import NAME_TAKEN, UNDO_CALLED
from codemods.suite.hosts import Host, Kind

Wanted = tuple[str, "str | None"]


@dataclass(frozen=True)
class Opening:
    """A test whose head gets some lines."""

    host: Host

    @property
    def cleans_up(self) -> bool:
        """Whether the test must make its own MonkeyPatch and leave the undoing to
        ``addCleanup``.
        """
        return self.host.kind is Kind.TESTCASE

    @property
    def made(self) -> bool:
        """Whether the body begins by doing so already."""
        return self.ahead > self._docstring

    @property
    def ahead(self) -> int:
        """How many statements of the body stay before what is new: the docstring, and a
        MonkeyPatch made there.
        """
        first = self._docstring
        makes = [ast.unparse(statement) for statement in self.host.function.body[first : first + 2]]
        return first + 2 if self.cleans_up and makes == self.making else first

    @property
    def _docstring(self) -> int:
        return 0 if ast.get_docstring(self.host.function, clean=False) is None else 1

    @property
    def spelled(self) -> str:
        """How the class MonkeyPatch is written in the test."""
        return self.host.names.spelling("pytest.MonkeyPatch") or "pytest.MonkeyPatch"

    @property
    def instance(self) -> str:
        """How the test case is called in its method."""
        return next(iter(parameters(self.host.function)), "self")

    @property
    def making(self) -> list[str]:
        """The lines that make a MonkeyPatch, which is undone when the method of a TestCase ends."""
        return [f"monkeypatch = {self.spelled}()", f"{self.instance}.addCleanup(monkeypatch.undo)"]

    @property
    def statements(self) -> list[str]:
        """What to put at the head of the body, after what is made there already: a line a
        statement.
        """
        return self.making if self.cleans_up and not self.made else []

    @property
    def fixtures(self) -> list[tuple[str, str]]:
        """The parameters that it takes, each with its annotation, where the others have one."""
        return [] if self.cleans_up else [("monkeypatch", self.spelled)]

    @property
    def imports(self) -> list[Wanted]:
        """What the lines need, as ``add_imports`` takes it."""
        mentioned = self.cleans_up or self.host.annotated
        return [("pytest", None)] if mentioned and self.spelled == "pytest.MonkeyPatch" else []

    def objection(self) -> Refusal | None:
        """Why the names that it takes are not free, or not to be relied on; None if they are."""
        host, function = self.host, self.host.function
        own = parameters(function)
        given = "monkeypatch" in own or self.made
        taken = "monkeypatch" in bound_names(function) or "monkeypatch" in host.source.names.table
        if not given and taken:
            return NAME_TAKEN
        mentioned = (self.cleans_up or host.annotated) and not given
        if mentioned and host.names.table.get("pytest", "pytest") != "pytest":
            return NAME_TAKEN
        calls = [node for node in function_nodes(function) if isinstance(node, ast.Call)]
        if any(host.names.dotted(call.func) == "monkeypatch.undo" for call in calls):
            return UNDO_CALLED
        return None
