"""What the rules must be told about a project: plain data, so that it can travel to another
process.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from codemods.extending import Extension

EVENT_LOOP, DISABLED = "asyncio.get_event_loop()", "logging.root.manager.disable"
CONNECTIONS = "sqlalchemy.orm.close_all_sessions()"
_DOTTED = re.compile(r"(?:[\w./-]+\.py::)?[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\(\))?")
_LOGGER = re.compile(
    r'logging\.(?:getLogger\("(.+)"\)|root)\.(?:level|handlers|filters|propagate|disabled)'
)
_FILE = re.compile(r"(?:\.|~|…|[A-Za-z]:)?/")
# What a fixture for the heap cannot put back, or another rule does.
_PROCESS = re.compile(
    r"(?:os|sys|signal|locale|socket|threading|contextvars|decimal|random|logging|asyncio)\b"
)


# What has a getter and a setter: all of sys but its modules.
_GETTER = re.compile(
    r"os\.getcwd\(\)|sys\.(?!modules\b)[a-z_]+|sys\.getrecursionlimit\(\)"
    r"|signal\.getsignal\(\w+\)|locale\.setlocale\(LC_ALL\)"
)


@dataclass(frozen=True)
class Precondition:
    """Variables that the named tests (node ids) need unset; ``declared`` in the settings, or
    else seen in evidence.
    """

    unset: tuple[str, ...]
    tests: tuple[str, ...]
    declared: bool = True


@dataclass(frozen=True)
class Initializer:
    """A callable that tests must not reach: its dotted target, what the mock does, and which tests
    it is patched for.

    ``tests`` are files, globs or node ids; ``imports`` are modules: every test of a file that
    imports one of them applies. ``returns`` and the values of ``configure`` are Python
    expressions.
    """

    target: str
    returns: str | None = None
    argument: str | None = None
    configure: tuple[tuple[str, str], ...] = ()
    tests: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fixture:
    """The isolation fixture that a conftest should hold.

    ``conftest`` is a path relative to the root; ``template`` a name in ``fixtures_templates`` or
    the path of a Python file; ``after`` the fixture to put it after, None for the last one.
    """

    conftest: str
    template: str = "isolate_environment"
    name: str = "isolate_environment"
    after: str | None = None


@dataclass(frozen=True)
class Conftest:
    """The text of a conftest.py, and the directory in which it counts: an absolute path with
    ``/``, at its end too.
    """

    folder: str
    text: str


@dataclass(frozen=True)
class Polluter:
    """A line of a file (relative to the root) that leaves a variable changed, and the tests that
    suffer: node ids.
    """

    file: str
    line: int
    variable: str
    victims: tuple[str, ...]


@dataclass(frozen=True)
class Setter:
    """Who sets (or unsets) a variable and leaves it so, without which another test (``brittle``, a
    node id) fails.

    ``test`` ran while ``function`` of ``file`` did it; the two are None where that was not seen.
    """

    variable: str
    brittle: str
    test: str
    file: str | None
    function: str | None
    state: Literal["set", "unset"] = "set"


@dataclass(frozen=True)
class SharedFile:
    """A file or folder that makes tests fail when it is left changed, as ``Context.leaked`` has
    it; the tests (node ids) that leave it so, and the lines that wrote last, as ``app.py:14``.
    """

    path: str
    tests: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetUp:
    """What other tests (``setters``) set up, without which a test fails that runs alone.

    ``code`` are the statements that make the difference, without indentation. ``parameters`` and
    ``decorators`` are those that their function must have, as they are written; the first
    parameter is ``self`` if it must be a method of the test's class. ``imports`` are statements
    that the test's file may lack. ``refusal`` is the code of the reason why there is no code.
    """

    test: str
    setters: tuple[str, ...]
    code: str = ""
    parameters: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True)
class Context:
    """A project as the rules see it. Paths in findings and node ids are relative to ``root``, with
    ``/``.

    ``source_roots`` are the directories in which modules of the project are looked up.
    ``python_functions`` and ``python_classes`` are pytest's settings of that name: prefixes or
    globs. ``unittest`` says what becomes of ``patch.dict`` in a TestCase, where it is scoped
    already. ``conftests`` are those above the files that are looked at, as they were when the run
    began. ``conftest`` is where a fixture goes, relative to the root, if ``fixture`` does not say
    so. ``transparent_decorators`` are dotted names of the project's own decorators that pass
    arguments through and run nothing around a test that looks at the environment. ``leaked`` are
    paths of state that makes tests fail when it is left changed, ``kinds`` those of them that were
    seen to be a dict, list, set, deque or value, each with that. ``polluters``, ``setters``,
    ``set_ups``, ``files`` (details of those in ``leaked`` that are files) and ``calm`` are
    known from evidence only: the last are tests during which no code wrote to the environment when
    they were ``watched`` (seconds since the epoch). The source tree is listed once for each
    ``run``. ``proving`` says that tests are run after the rewrite, which is taken back where it
    makes tests worse. ``own_files`` are the fixes (safe, unsafe) that give tests files of their own
    in the same run: nothing need put these back; ``own_objects`` are those that give them objects
    of their own. ``first_party`` are the top-level modules of the project, which stand below all
    others among the imports, and ``line_length`` is how wide its formatter lets a line be, in
    characters.
    """

    root: Path = field(default_factory=Path)
    source_roots: tuple[Path, ...] = ()
    python_functions: tuple[str, ...] = ("test",)
    python_classes: tuple[str, ...] = ("Test",)
    critical_env: tuple[str, ...] = ()
    preconditions: tuple[Precondition, ...] = ()
    initializers: tuple[Initializer, ...] = ()
    caches: tuple[str, ...] = ()
    leaked: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    fixture: Fixture | None = None
    conftest: str | None = None
    polluters: tuple[Polluter, ...] = ()
    setters: tuple[Setter, ...] = ()
    files: tuple[SharedFile, ...] = ()
    set_ups: tuple[SetUp, ...] = ()
    conftests: tuple[Conftest, ...] = ()
    unittest: Literal["keep", "convert"] = "keep"
    transparent_decorators: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    first_party: frozenset[str] = frozenset()
    line_length: int = 88
    calm: frozenset[str] = frozenset()
    watched: float = 0.0
    run: int = 0
    proving: bool = False
    own_files: tuple[str, ...] = ()
    own_objects: tuple[str, ...] = ()


def is_expression(text: str) -> bool:
    """Whether the text can stand as the one value of an argument: no comment, no bare tuple, no
    assignment.
    """
    try:
        ast.parse(text, mode="eval")
        call = ast.parse(f"f(x={text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return (
        isinstance(call, ast.Call)
        and not call.args
        and [each.arg for each in call.keywords] == ["x"]
    )


def is_restorable(path: str) -> bool:
    """Whether it is the path of state that a fixture of isolator's can put back (ISO303)."""
    known = path in (EVENT_LOOP, DISABLED, CONNECTIONS)
    told = (restorable_path, restorable_logger, restorable_file, restorable_process)
    return known or any(each(path) is not None for each in told)


def restorable_path(path: str) -> str | None:
    """What can be put back as a whole, the object that an item is in; None if nothing of it can.

    app.registry.HANDLERS["json"] -> app.registry.HANDLERS
    """
    if path == CONNECTIONS:
        return None
    outer = path.partition("[")[0]
    is_in_something = "." in outer.rpartition("::")[2] or "::" in outer
    known = is_in_something and not _PROCESS.match(outer) and _DOTTED.fullmatch(outer)
    return outer if known else None


def is_file(path: str) -> bool:
    """Whether the path of state is that of a file or folder: ``./x``, ``~/x``, ``…/x``, ``/x``."""
    return _FILE.match(path) is not None


def restorable_file(path: str) -> str | None:
    """The path of a file or directory below pytest's root, as ``./data/x.csv``."""
    name = path.removeprefix("./")
    return name if name != path and ".." not in name.split("/") else None


def restorable_logger(path: str) -> str | None:
    """The name of the logger that a path begins with; that of the root is ``root``."""
    found = _LOGGER.fullmatch(path)
    return None if found is None else found[1] or "root"


def restorable_process(path: str) -> str | None:
    """A cell of the process that has a getter and a setter: ``os.getcwd()``, ``sys.path``."""
    return path if _GETTER.fullmatch(path) else None


def restorable_place(path: str) -> str:
    """What a fixture names that restores a cell: the object, the logger or the file that it is in,
    or the path itself.
    """
    told = (restorable_path, restorable_logger, restorable_file, restorable_process)
    return next(filter(None, (each(path) for each in told)), path)
