"""State of the process that tests leave changed: a short fixture for each, without a template.

os.getcwd()      signal.getsignal(SIGTERM)      sys.path
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.conftest.leaked.choosing import IMPORTS, Short
from codemods.conftest.leaked.covered import named_at_the_ends
from codemods.conftest.rendering import render
from codemods.conftest.template import Template
from codemods.context import Context
from codemods.python.source import Source

_LISTS = frozenset({"sys.path", "sys.argv", "sys.meta_path", "sys.path_hooks"})


@dataclass(frozen=True)
class _State:
    """One state: its name, and the expressions that get it and set it to ``{}``."""

    name: str
    told: str
    getter: str
    setter: str

    @property
    def text(self) -> str:
        """The fixture. A list gets its old contents back, since other code holds that same list."""
        before, after = [f"saved = {self.getter}"], [self.setter.format("saved")]
        if self.getter in _LISTS:
            before = [f"held = {self.getter}", "saved = list(held)"]
            after = ["held[:] = saved", self.setter.format("held")]
        told = f'"""Restore {self.told} after each test."""'
        body = "".join(f"    {line}\n" for line in (told, *before, "yield", *after))
        return f"@pytest.fixture(autouse=True)\ndef {self.name}() -> Iterator[None]:\n{body}"


def short_fixtures(source: Source, context: Context, cells: Sequence[str]) -> Iterator[Short]:
    """A fixture for each state of the process that no autouse fixture of the file puts back."""
    known = named_at_the_ends(source, context) if cells else frozenset()
    for cell in cells:
        state = _state(cell)
        # A signal is identified by its number: signal.signal(signal.SIGTERM, saved)
        sets = f"signal.{_argument(cell)}" if cell.startswith("signal.") else _set_by(state)
        if sets not in known:
            module = cell.partition(".")[0]
            template = Template(state.text, state.name, ((module, (module, None)), *IMPORTS))
            text = render(template, state.name, "", (), source)
            yield Short(Template(text, state.name, template.imports), (cell,), listed=False)


def _set_by(state: _State) -> str:
    """``os.chdir`` of ``os.chdir({})``, ``sys.path`` of ``sys.path = {}``."""
    return state.setter.partition("(")[0].partition(" ")[0]


def _argument(cell: str) -> str:
    return cell.partition("(")[2].removesuffix(")")


def _state(cell: str) -> _State:
    argument = _argument(cell)
    match cell.partition("(")[0]:
        case "os.getcwd":
            told = "the working directory"
            return _State("restore_working_directory", told, cell, "os.chdir({})")
        case "sys.getrecursionlimit":
            told = "the limit of recursion"
            return _State("restore_recursion_limit", told, cell, "sys.setrecursionlimit({})")
        case "locale.setlocale":
            function = "locale.setlocale(locale.LC_ALL"
            return _State("restore_locale", "the locale", f"{function})", f"{function}, {{}})")
        case "signal.getsignal":
            number = f"signal.{argument}"
            setter = f"signal.signal({number}, {{}})"
            name = f"restore_{argument.lower()}"
            return _State(name, f"the handler of {argument}", f"signal.getsignal({number})", setter)
    return _State(f"restore_{cell.replace('.', '_')}", cell, cell, f"{cell} = {{}}")
