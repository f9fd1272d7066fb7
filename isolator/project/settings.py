"""The settings of a project: ``isolator.toml``, or ``[tool.isolator]`` in pyproject.toml.

    [tool.isolator]
    paths = ["tests"]                     # files, directories and node ids to check when none are given; default:
                                          # pytest's ``testpaths``, or the current directory
    exclude = ["tests/vendored/*"]        # paths to skip, as patterns of .gitignore, relative to the root
    select = ["ISO"]                      # codes of rules, or prefixes; default: all
    ignore = ["ISO203"]                   # codes of rules, or prefixes, to ignore
    per-file-ignores = { "tests/old/*" = ["ISO1"] }   # codes, or prefixes, to ignore in files that match
                                          # a pattern, or, with a ! before it, in all other files
    source = ["."]                        # where patch targets and initializers are looked up; default: pytest's
                                          # ``pythonpath``, ``src/`` and the root
    critical-env = ["SECRET_KEY"]         # ISO301: the variables to restore after each test
    leaked-state = ["app.registry.HANDLERS"]   # ISO303, ISO409: paths of state that tests leave changed
    unittest = "keep"                     # "keep" leaves ``patch.dict`` in a ``unittest.TestCase`` unchanged; "convert"
                                          # rewrites it there too; default: "keep"
    transparent-decorators = ["tests.helpers.recorded"]   # ISO101: decorators that pass arguments through and run
                                          # no code around a test that reads the environment
    baseline = "isolator-baseline.toml"   # the file with known findings, which are not reported again, relative to
                                          # the directory of the settings; default: "isolator-baseline.toml"

    [tool.isolator.fixture]               # ISO301: a fixture in a conftest that restores the variables of
                                          # ``critical-env`` after each test
    conftest = "tests/conftest.py"        # the conftest to add it to, which is created if it does not exist; required
    template = "isolate_environment"      # "isolate_environment", "isolate_scopes", "snapshot_environment",
                                          # "isolate_logging" or the path of your own file; default:
                                          # "isolate_environment"
    name = "isolate_environment"          # the name of the fixture in the conftest; default: "isolate_environment"
    after = "reset_registry"              # the fixture of this conftest to put it after; default: the last one

    [[tool.isolator.precondition]]        # ISO104: tests that pass only while the variables are not set
    unset = ["SECRET_KEY"]                # the variables
    tests = ["tests/test_key.py::test_default"]    # node ids

    [[tool.isolator.initializer]]         # ISO201: a callable that these tests must not reach; ``tests`` or
                                          # ``imports``, or both, select the tests
    target = "core.llm.Handler.__init__"  # its dotted name; required
    argument = "mock_handler"             # the mock's parameter; default: ``mock_`` and the last names of the target
    returns = "None"                      # a Python expression: what calling it returns; an ``__init__`` needs "None"
    configure = { "return_value.ready" = "True" }  # attributes of the mock, and Python expressions for them
    tests = ["tests/test_agent.py"]       # files, globs or node ids
    imports = ["core.agent"]              # modules: every test of a file that imports one of them

    [[tool.isolator.cache]]               # ISO302: a cache that is filled from the environment
    object = "core.config.get_config"     # its dotted name; it is cleared before and after each test, or saved and
                                          # restored if it cannot be cleared; required

If a project contains others with their own settings, the nearest settings above a file apply to it; the command line
overrides all of them.

An unknown key, a wrong type, or an expression that does not parse is an error that names the file and the
key. In isolator.toml the tables have no prefix ``tool.isolator``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from codemods.python.expressions import is_expression
from codemods.restorable import is_restorable
from isolator.project.overrides import OPTION, PerFile, merged
from isolator.project.tables.written import BASELINE, Written, written_in
from isolator.project.toml import IDENTIFIER, TEXT, Expected, Table, is_identifier

if TYPE_CHECKING:
    from codemods.context import Fixture, Initializer, Precondition
    from isolator.project.tables.confirm import ConfirmSettings
    from isolator.project.tables.gate import GateSettings


@dataclass(frozen=True)
class Settings:
    """What the settings file says. ``file`` is None if there is none; paths are relative to its directory."""

    file: Path | None = None
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()
    source: tuple[str, ...] = ()
    critical_env: tuple[str, ...] = ()
    fixture: Fixture | None = None
    preconditions: tuple[Precondition, ...] = ()
    initializers: tuple[Initializer, ...] = ()
    caches: tuple[str, ...] = ()
    leaked_state: tuple[str, ...] = ()
    unittest: Literal["keep", "convert"] = "keep"
    transparent_decorators: tuple[str, ...] = ()
    baseline: str = BASELINE
    confirm: ConfirmSettings | None = None
    gate: GateSettings | None = None


def find_settings(directory: Path, values: Mapping[str, object] | None = None) -> Settings | None:
    """The settings that stand in this very directory, or None; isolator.toml comes before pyproject.toml.

    ``values`` of the command line come before theirs. Raises SettingsError if it is not a file or not TOML, for an
    unknown key, and for a value of the wrong kind.
    """
    written = written_in(directory)
    return None if written is None else read_written(written, values or {})


def read_written(written: Written, values: Mapping[str, object]) -> Settings:
    """The settings that are written; ``values`` of the command line come before them. Raises SettingsError."""
    file, name, own = written
    settings = settings_from(file, Table(file, name, own))
    if not values:
        return settings
    return settings_from(file, Table(OPTION, "", merged(own, values)))


def settings_from(file: Path, table: Table) -> Settings:
    """The settings that a table of ``file`` holds. Raises SettingsError as ``find_settings`` does."""
    settings = Settings(
        file=file,
        paths=table.texts("paths"),
        exclude=table.texts("exclude"),
        select=table.texts("select"),
        ignore=table.texts("ignore"),
        per_file_ignores=table.lists("per-file-ignores", _PATTERN, TEXT),
        source=table.texts("source"),
        critical_env=table.texts("critical-env", _VARIABLE),
        fixture=_fixture(table.table("fixture")),
        preconditions=tuple(_precondition(each) for each in table.tables("precondition")),
        initializers=tuple(_initializer(each) for each in table.tables("initializer")),
        caches=tuple(_cache(each) for each in table.tables("cache")),
        leaked_state=table.texts("leaked-state", _STATE),
        unittest="convert" if table.text("unittest", _UNITTEST) == "convert" else "keep",
        transparent_decorators=table.texts("transparent-decorators", _DECORATOR),
        baseline=table.text("baseline", _BELOW) or BASELINE,
        confirm=_confirm(table.table("confirm")),
        gate=_gate(table.table("gate")),
    )
    table.finish()
    return settings


def _fixture(table: Table | None) -> Fixture | None:
    if table is None:
        return None
    from codemods.context import Fixture

    default = Fixture("")
    fixture = Fixture(
        conftest=table.required("conftest", _CONFTEST),
        template=table.text("template") or default.template,
        name=table.text("name", IDENTIFIER) or default.name,
        after=table.text("after", IDENTIFIER),
    )
    table.finish()
    return fixture


def _precondition(table: Table) -> Precondition:
    from codemods.context import Precondition

    precondition = Precondition(unset=table.texts("unset", _VARIABLE), tests=table.texts("tests"))
    table.finish()
    return precondition


def _initializer(table: Table) -> Initializer:
    from codemods.context import Initializer

    initializer = Initializer(
        target=table.required("target", _DOTTED),
        returns=table.text("returns", _EXPRESSION),
        argument=table.text("argument", IDENTIFIER),
        configure=table.pairs("configure", _ATTRIBUTE, _EXPRESSION),
        tests=table.texts("tests"),
        imports=table.texts("imports", _MODULE),
    )
    table.finish()
    return initializer


def _cache(table: Table) -> str:
    cache = table.required("object", _DOTTED)
    table.finish()
    return cache


def _confirm(table: Table | None) -> ConfirmSettings | None:
    if table is None:
        return None
    from isolator.project.tables.confirm import read_settings

    return read_settings(table)


def _gate(table: Table | None) -> GateSettings | None:
    if table is None:
        return None
    from isolator.project.tables.gate import read_settings

    return read_settings(table)


def _is_below(text: str) -> bool:
    path = PurePosixPath(text)
    return bool(path.parts) and not Path(text).is_absolute() and ".." not in path.parts


def _is_attribute(text: str) -> bool:
    return all(map(is_identifier, text.split(".")))


def _is_conftest(text: str) -> bool:
    path = PurePosixPath(text)
    return path.suffix == ".py" and not Path(text).is_absolute() and ".." not in path.parts


_UNITTEST = Expected('"keep" or "convert"', lambda text: text in ("keep", "convert"))
_STATE = Expected(
    "the path of state that a fixture can restore, such as app.registry.HANDLERS, app.gather(), "
    'tests/test_a.py::CASES, ./data/out or logging.getLogger("app").level',
    is_restorable,
)
_PATTERN = Expected("a pattern of .gitignore", lambda text: bool(text.lstrip("!")))
_VARIABLE = Expected("the name of an environment variable", lambda text: bool(text) and "=" not in text)
_ATTRIBUTE = Expected("a dotted attribute, such as return_value.method.return_value", _is_attribute)
_MODULE = Expected("the dotted name of a module", _is_attribute)
_DECORATOR = Expected("the dotted name of a decorator", _is_attribute)
_DOTTED = Expected(
    "a dotted name, such as package.module.Class.method", lambda text: "." in text and _is_attribute(text)
)
_EXPRESSION = Expected("a Python expression", is_expression)
_BELOW = Expected("a path relative to the root, such as isolator-baseline.toml", _is_below)
_CONFTEST = Expected("a .py path relative to the root, such as tests/conftest.py", _is_conftest)
