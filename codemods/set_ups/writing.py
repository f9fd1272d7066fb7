"""The fixtures that set up what tests need, and the lines by which these ask for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codemods.conftest.placing import fixture_name
from codemods.context import Context, SetUp
from codemods.edit.add_imports import Wanted, add_imports
from codemods.python.names import Function, Names, module_names, parameters
from codemods.python.source import DEFINITIONS, Source, fact, first_line
from codemods.set_ups.indenting import moved
from codemods.suite.hosts import Host, hosts

_FIXTURE, _ASK = "pytest.fixture", "pytest.mark.usefixtures"


@dataclass(frozen=True)
class Fixture:
    """One of the file: its text, without indentation. ``classes`` lead to the class that it is a
    method of. ``there``: the file has it already.
    """

    name: str
    text: str
    imports: tuple[str, ...]
    classes: tuple[ast.ClassDef, ...] = ()
    there: bool = False


@dataclass(frozen=True)
class Need:
    """A test that needs a fixture, and whether it asks for it already."""

    host: Host
    set_up: SetUp
    fixture: Fixture

    @property
    def met(self) -> bool:
        """Whether the test asks for the fixture already."""
        return self.fixture.there and asks(self.host.function, self.fixture.name, self.host.source)


def needs(source: Source, context: Context) -> list[Need]:
    """What the tests of a file need, one fixture each, in the order of the file."""
    found: list[Need] = []
    made: dict[object, Fixture] = {}
    wanted: dict[str, SetUp] = {}
    for set_up in context.set_ups:
        if set_up.code:
            wanted.setdefault(set_up.test.partition("[")[0], set_up)
    for host in hosts(source, context):
        needed = wanted.get(host.node_id or "")
        if needed is None:
            continue
        classes = host.classes if needed.parameters[:1] == ("self",) else ()
        key = (needed.code, needed.parameters, needed.decorators, classes)
        if key not in made:
            taken = {fixture.name for fixture in made.values()}
            made[key] = _fixture(needed, host, classes, taken)
        found.append(Need(host, needed, made[key]))
    return found


def asks(function: Function, name: str, source: Source) -> bool:
    """Whether a test asks for a fixture."""
    if name in parameters(function):
        return True
    marks = (d for d in function.decorator_list if isinstance(d, ast.Call))
    given = (a for mark in marks if source.names.dotted(mark.func) == _ASK for a in mark.args)
    return any(isinstance(each, ast.Constant) and each.value == name for each in given)


def can_name_pytest(source: Source) -> bool:
    """Whether the file can spell what a fixture takes; it calls nothing else ``pytest``."""
    free = source.names.table.get("pytest", "pytest") == "pytest"
    return free or all(_early(source).spelling(name) for name in (_FIXTURE, _ASK))


def written(source: Source, context: Context, wanted: Sequence[Need]) -> str:
    """The text with the fixtures, the lines by which the tests ask for them, and the imports."""
    newline = "\r\n" if source.lines and source.lines[0].endswith("\r\n") else "\n"
    lines = list(source.lines)
    above: dict[int, list[str]] = {}
    placed: set[str] = set()
    for need in wanted:
        fixture, host = need.fixture, need.host
        if not fixture.there and fixture.name not in placed:
            placed.add(fixture.name)
            at, text = _placed(fixture, host)
            above.setdefault(at, []).insert(0, text)
        at = first_line(host.function) - 1
        indentation = re.match(r"\s*", lines[at])[0]  # type: ignore[index]
        mark = (
            f"{indentation}@{_spelled(source, _ASK)}({source.quote}{fixture.name}{source.quote})\n"
        )
        above.setdefault(at, []).append(mark)
    for at, texts in above.items():
        lines[at] = "".join(texts).replace("\n", newline) + lines[at]
    return add_imports("".join(lines), _wanted(source, wanted), context.first_party)


def _wanted(source: Source, wanted: Sequence[Need]) -> Iterator[Wanted]:
    if any(_spelled(source, name).startswith("pytest.") for name in (_FIXTURE, _ASK)):
        yield "pytest", None  # unless it is there, at the top
    for text in (text for need in wanted for text in need.fixture.imports):
        match ast.parse(text).body:
            case [ast.ImportFrom(str(module), [alias])]:
                yield module, alias.name
            case [ast.Import([alias])]:
                yield alias.name, None


def _placed(fixture: Fixture, host: Host) -> tuple[int, str]:
    """The number of lines above a fixture, and its text there: it stands right before the first
    function, or class, that needs it.
    """
    source = host.source
    if fixture.classes:
        at = first_line(host.function) - 1
        indentation, blank = re.match(r"\s*", source.lines[at])[0], "\n"  # type: ignore[index]
    else:
        own = host.function.lineno
        top = next(s for s in source.tree.body if first_line(s) <= own <= (s.end_lineno or 0))
        at, indentation, blank = first_line(top) - 1, "", "\n\n"
    while at and source.lines[at - 1].startswith(f"{indentation}#"):
        at -= 1
    return at, moved(fixture.text, "", indentation) + blank


def _fixture(
    set_up: SetUp, host: Host, classes: tuple[ast.ClassDef, ...], taken: Iterable[str]
) -> Fixture:
    body: Sequence[ast.stmt] = classes[-1].body if classes else host.source.tree.body
    for each in body:
        if isinstance(each, ast.FunctionDef) and _is_made_of(each, set_up, host.source):
            return Fixture(each.name, _as_it_is(each, host.source), (), classes, there=True)
    name = _name(set_up, host, {*taken})
    text = _text(name, set_up, host)
    return Fixture(name, text, set_up.imports, classes)


def _as_it_is(function: ast.FunctionDef, source: Source) -> str:
    start, end = source.extent(first_line(function), function.end_lineno or function.lineno)
    indentation = source.lines[first_line(function) - 1][: function.col_offset]
    return moved(source.text[start:end], indentation, "")


def _is_made_of(function: ast.FunctionDef, set_up: SetUp, source: Source) -> bool:
    """Whether a fixture of the file does just that."""
    decorators = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    if (
        not decorators
        or source.names.dotted(decorators[0]) != _FIXTURE
        or fixture_name(function) != function.name
    ):
        return False
    documented = ast.get_docstring(function, clean=False) is not None
    code = ast.Module(function.body[documented:], [])
    others = [f"@{source.segment(d)}" for d in function.decorator_list[1:]]
    same = others == [*set_up.decorators] and ast.dump(code) == ast.dump(ast.parse(set_up.code))
    names = [parameter.partition(":")[0] for parameter in set_up.parameters]
    return same and parameters(function) == names


def _name(set_up: SetUp, host: Host, taken: set[str]) -> str:
    """What a new fixture is called: a name that is nowhere in the file, nor in a conftest."""
    single = len(set_up.setters) == 1
    by = set_up.setters[0] if single else set_up.test
    function = by.partition("[")[0].rpartition("::")[2].removeprefix("test_")
    name = f"set_up_{'by' if single else 'for'}_{function}"
    texts = [host.source.text, *(conftest.text for conftest in host.context.conftests)]
    number, found = 2, name
    while found in taken or any(re.search(rf"\b{found}\b", text) for text in texts):
        number, found = number + 1, f"{name}_{number}"
    return found


def _text(name: str, set_up: SetUp, host: Host) -> str:
    """The fixture; where the test is annotated it is, too."""
    source, indent = host.source, host.source.indent
    plain = all(":" in p or p == "self" for p in set_up.parameters)
    returns = " -> None" if host.annotated and plain else ""
    whom = f"`{_function(set_up.setters[0])}`"
    if len(set_up.setters) > 1:
        whom += f" and {len(set_up.setters) - 1} more"
    docstring = f'"""Set up the state left by {whom}."""'
    return "".join(
        [
            f"@{_spelled(source, _FIXTURE)}\n",
            *(f"{decorator}\n" for decorator in set_up.decorators),
            f"def {name}({', '.join(set_up.parameters)}){returns}:\n",
            f"{indent}{docstring}\n",
            moved(set_up.code, "", indent),
        ]
    )


def _function(node_id: str) -> str:
    return node_id.partition("[")[0].rpartition("::")[2]


def _spelled(source: Source, dotted: str) -> str:
    return _early(source).spelling(dotted) or dotted


@fact
def _early(source: Source) -> Names:
    """The names that are bound before the first function or class is defined."""
    body = source.tree.body
    first = next((n for n, s in enumerate(body) if isinstance(s, DEFINITIONS)), len(body))
    return module_names(ast.Module(body[:first], []))
