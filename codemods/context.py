"""What the rules must be told about a project: plain data, so that it can travel to another
process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from codemods.extending import Extension


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
