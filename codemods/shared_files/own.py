"""A folder of its own for a test: it runs in ``tmp_path``, or its files are named in there."""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from dataclasses import dataclass

from codemods.python.names import bound_names, every_node, parameters
from codemods.python.source import Source
from codemods.rule import Refusal
from codemods.shared_files import refusals as r
from codemods.shared_files.mentions import Mention, helpers, is_derived
from codemods.shared_files.uses import Use
from codemods.state.around.openings import Opening, Wanted
from codemods.state.model.refusals import NAME_TAKEN
from codemods.suite.hosts import SETUP_NAMES, Host, Kind

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MAKES_FOLDER = "tempfile.TemporaryDirectory"
_KNOWN_FIXTURES = {
    *("self", "cls", "request", "monkeypatch", "tmp_path", "tmpdir", "tmp_path_factory"),
    *("capsys", "capfd", "caplog", "recwarn"),
}
# Functions of these run files of the project, or see where the process is.
_RUN = {"subprocess", "runpy", "importlib", "multiprocessing", "pytester"}
_PLAIN_BASES = ("TestCase", "unittest.TestCase", "object")
_TAKES_PATHS = (Use.MAKES, Use.ADDS, Use.CHANGES, Use.READS, Use.ASKS)


@dataclass(frozen=True)
class Own(Opening):
    """A test, or a fixture, that gets a folder of its own.

    ``moves``: it runs there; else ``renamed`` are the expressions that name a file, each with what
    it becomes. ``copied`` are the lines that copy files of the project there.
    """

    moves: bool = True
    renamed: tuple[tuple[ast.expr, str], ...] = ()
    copied: tuple[str, ...] = ()

    @property
    def statements(self) -> list[str]:
        """The lines at its head."""
        if not self.moves:
            return list(self.copied)
        if not self.cleans_up:
            return ["monkeypatch.chdir(tmp_path)"]
        # What is registered last runs first: a folder that the process is in cannot go everywhere.
        made = [
            f"folder = {self._makes_folder}()",
            f"{self.instance}.addCleanup(folder.cleanup)",
        ]
        return [*made, *self.making, "monkeypatch.chdir(folder.name)"]

    @property
    def fixtures(self) -> list[tuple[str, str]]:
        """``tmp_path``, and ``monkeypatch`` where it runs there."""
        if self.cleans_up:
            return []
        return [("tmp_path", self._path), *(super().fixtures if self.moves else ())]

    @property
    def imports(self) -> list[Wanted]:
        """What the lines and the annotations need."""
        wanted = super().imports if self.moves else []
        if self.cleans_up and self._makes_folder == _MAKES_FOLDER:
            wanted.append(("tempfile", None))
        new = not self.cleans_up and "tmp_path" not in parameters(self.host.function)
        if new and self.host.annotated and self._path == "Path":
            wanted.append(("pathlib", "Path"))
        return [*wanted, ("shutil", None)] if self.copied else wanted

    @property
    def _path(self) -> str:
        return "pathlib.Path" if self._spells("pathlib.Path") else "Path"

    @property
    def _makes_folder(self) -> str:
        return "TemporaryDirectory" if self._spells("TemporaryDirectory") else _MAKES_FOLDER

    def _spells(self, text: str) -> bool:
        """Whether that is how the file writes what its last name is."""
        dotted = {"TemporaryDirectory": _MAKES_FOLDER}.get(text, text)
        return self.host.names.spelling(dotted) == text

    def objection(self) -> Refusal | None:
        """Why it cannot be given a folder; None if it can."""
        host, bound, own = (
            self.host,
            bound_names(self.host.function),
            parameters(self.host.function),
        )
        if host.kind is Kind.GIVEN:
            return r.GIVEN
        if host.kind is Kind.TESTCASE:
            return self._objection_of_case(bound) if own else r.SIGNATURE
        if not host.takes_fixtures:
            return r.SIGNATURE
        if "tmp_path" not in own and ("tmp_path" in bound or "tmp_path" in host.source.names.table):
            return NAME_TAKEN
        needs = ["Path"] if ("pathlib", "Path") in self.imports else []
        if not all(map(self._free, [*needs, *(["shutil"] if self.copied else [])])):
            return NAME_TAKEN
        return super().objection() if self.moves else None

    def _objection_of_case(self, bound: frozenset[str]) -> Refusal | None:
        taken = {"monkeypatch", "folder"} & bound or not self._free("tempfile")
        if taken or self.spelled not in ("pytest.MonkeyPatch", "MonkeyPatch"):
            return NAME_TAKEN
        static = any(ast.unparse(d) == "staticmethod" for d in self.host.function.decorator_list)
        return r.SIGNATURE if static else super().objection()

    def _free(self, name: str) -> bool:
        """Whether a name is that of the import that is to be added, or nothing's."""
        meant = {"Path": "pathlib.Path"}.get(name, name)
        return self.host.names.table.get(name, meant) == meant


def is_own(host: Host, path: str) -> bool:
    """Whether a test runs in a folder of its own already, or names the file there."""
    text = host.source.segment(host.function)
    named = re.search(rf"tmp_path / .{re.escape(posixpath.basename(path))}\b", text)
    return "chdir(tmp_path)" in text or "chdir(folder.name)" in text or named is not None


def goes_elsewhere(host: Host) -> bool:
    """Whether a function changes the working directory by other means."""
    text = host.source.segment(host.function)
    return any(word in text for word in ("chdir", "as_cwd", "isolated_filesystem"))


def runs_code(host: Host) -> bool:
    """Whether it runs code of others than the file and the standard library."""
    functions = [host, *helpers(host)]
    return any(_is_foreign(node, each) for each in functions for node in every_node(each.function))


def _is_foreign(node: ast.AST, host: Host) -> bool:
    if isinstance(node, ast.arg):
        if host.kind is Kind.HELPER or node.arg not in parameters(host.function):
            return False
        return node.arg not in _KNOWN_FIXTURES and node.arg not in _parametrized(host)
    if not isinstance(node, ast.Name):
        return False
    if node.id == "self" and host.classes:
        return not _is_plain(host.classes[-1])
    meaning = host.names.table.get(node.id)
    if meaning is None:
        return False
    root = meaning.partition(".")[0]
    return root in _RUN or not (
        root in sys.stdlib_module_names or root in ("pytest", "monkeypatch")
    )


def _is_plain(cls: ast.ClassDef) -> bool:
    """Whether nothing gives the tests of a class objects that they may call."""
    set_ups = any(isinstance(s, _FUNCTIONS) and s.name in SETUP_NAMES for s in cls.body)
    return not set_ups and all(ast.unparse(base) in _PLAIN_BASES for base in cls.bases)


def _parametrized(host: Host) -> set[str]:
    """The parameters that ``@pytest.mark.parametrize("a, b", …)`` fills, here or on the class."""
    names: set[str] = set()
    for decorator in (d for each in (*host.classes, host.function) for d in each.decorator_list):
        match decorator:
            case ast.Call(ast.Attribute(_, "parametrize"), [ast.Constant(str(text)), *_]):
                names |= set(re.findall(r"\w+", text))
            case ast.Call(ast.Attribute(_, "parametrize"), [ast.Tuple(each) | ast.List(each), *_]):
                names |= {str(e.value) for e in each if isinstance(e, ast.Constant)}
    return names


def renamed(
    found: list[Mention], path: str, source: Source, host: Host
) -> list[tuple[ast.expr, str]]:
    """Each expression of a test that names the path, with what names one in ``tmp_path``."""
    name = posixpath.basename(path)
    around = {c: node for node in every_node(host.function) for c in ast.iter_child_nodes(node)}
    made = []
    for mention in found:
        if mention.is_name or is_derived(mention, path, source, host.function):
            continue
        inner = f"{name}/{mention.rest}" if mention.rest else name
        text = f"tmp_path / {source.quote}{inner}{source.quote}"
        parent = around.get(mention.node)
        if mention.place.is_text and mention.use not in _TAKES_PATHS:
            text = f"str({text})"
        elif isinstance(parent, (ast.Attribute, ast.Subscript, ast.BinOp)):
            text = f"({text})"
        made.append((mention.node, text))
    return made
