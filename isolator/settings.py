"""The settings of a project: ``isolator.toml``, or ``[tool.isolator]`` in pyproject.toml."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from codemods.context import Fixture, Initializer, Precondition
from isolator.toml import IDENTIFIER, Expected, SettingsError, Table, is_identifier, load_toml

if TYPE_CHECKING:
    from isolator.confirm.settings import ConfirmSettings


@dataclass(frozen=True)
class Settings:
    """What the settings file says. ``file`` is None if there is none; paths are relative to its directory."""

    file: Path | None = None
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    critical_env: tuple[str, ...] = ()
    fixture: Fixture | None = None
    preconditions: tuple[Precondition, ...] = ()
    initializers: tuple[Initializer, ...] = ()
    caches: tuple[str, ...] = ()
    unittest: Literal["keep", "convert"] = "keep"
    confirm: ConfirmSettings | None = None


def find_settings(directory: Path) -> Settings | None:
    """The settings that stand in this very directory, or None; isolator.toml comes before pyproject.toml.

    Raises SettingsError for a file that is not TOML, a key that is not known and a value of the wrong kind.
    """
    own = directory / "isolator.toml"
    if own.is_file():
        return settings_from(own, Table(own, "", load_toml(own, b"")))
    shared = directory / "pyproject.toml"
    if not shared.is_file():
        return None
    tools = load_toml(shared, b"isolator").get("tool")
    if not isinstance(tools, dict) or "isolator" not in tools:
        return None
    if not isinstance(tools["isolator"], dict):
        raise SettingsError(shared, "tool.isolator: expected a table")
    return settings_from(shared, Table(shared, "tool.isolator", tools["isolator"]))


def settings_from(file: Path, table: Table) -> Settings:
    """The settings that a table of ``file`` holds. Raises SettingsError as ``find_settings`` does."""
    settings = Settings(
        file=file,
        paths=table.texts("paths"),
        exclude=table.texts("exclude"),
        select=table.texts("select"),
        ignore=table.texts("ignore"),
        source=table.texts("source"),
        critical_env=table.texts("critical-env", _VARIABLE),
        fixture=_fixture(table.table("fixture")),
        preconditions=tuple(_precondition(each) for each in table.tables("precondition")),
        initializers=tuple(_initializer(each) for each in table.tables("initializer")),
        caches=tuple(_cache(each) for each in table.tables("cache")),
        unittest="convert" if table.text("unittest", _UNITTEST) == "convert" else "keep",
        confirm=_confirm(table.table("confirm")),
    )
    table.finish()
    return settings


def _fixture(table: Table | None) -> Fixture | None:
    if table is None:
        return None
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
    precondition = Precondition(unset=table.texts("unset", _VARIABLE), tests=table.texts("tests"))
    table.finish()
    return precondition


def _initializer(table: Table) -> Initializer:
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
    from isolator.confirm.settings import read_settings

    return read_settings(table)


def _is_attribute(text: str) -> bool:
    return all(map(is_identifier, text.split(".")))


def _is_conftest(text: str) -> bool:
    path = PurePosixPath(text)
    return path.suffix == ".py" and not Path(text).is_absolute() and ".." not in path.parts


def _is_expression(text: str) -> bool:
    """Whether the text can stand as the one value of an argument: no comment, no bare tuple, no assignment."""
    try:
        ast.parse(text, mode="eval")
        call = ast.parse(f"f(x={text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(call, ast.Call) and not call.args and [each.arg for each in call.keywords] == ["x"]


_UNITTEST = Expected('"keep" or "convert"', lambda text: text in ("keep", "convert"))
_VARIABLE = Expected("the name of an environment variable", lambda text: bool(text) and "=" not in text)
_ATTRIBUTE = Expected("a dotted attribute, such as return_value.method.return_value", _is_attribute)
_MODULE = Expected("the dotted name of a module", _is_attribute)
_DOTTED = Expected(
    "a dotted name, such as package.module.Class.method", lambda text: "." in text and _is_attribute(text)
)
_EXPRESSION = Expected("a Python expression", _is_expression)
_CONFTEST = Expected("a .py path relative to the root, such as tests/conftest.py", _is_conftest)
