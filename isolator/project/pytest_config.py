"""What pytest's own configuration says about which files, classes and functions are tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from codemods.python.regular import read_text
from isolator.project.toml import SettingsError, load_toml, reading


@dataclass(frozen=True)
class PytestConfig:
    """pytest's settings of these names, or its defaults; ``file`` is None if no file has a word about pytest.

    ``testpaths`` and ``pythonpath`` are relative to the file's directory. ``addopts`` are words for its command line.
    """

    file: Path | None = None
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    norecursedirs: tuple[str, ...] = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")
    testpaths: tuple[str, ...] = ()
    pythonpath: tuple[str, ...] = ()
    addopts: tuple[str, ...] = ()


def find_pytest_config(start: Path) -> PytestConfig:
    """The configuration that pytest would use for tests in ``start``: the nearest one, upwards.

    Raises SettingsError for a file that pytest could not read either.
    """
    for directory in (start, *start.parents):
        for name, read in _READERS.items():
            file = directory / name
            if file.is_file():
                options = read(file)
                if options is not None:
                    return _config(file, options)
    return PytestConfig()


def _config(file: Path, options: Mapping[str, object]) -> PytestConfig:
    default = PytestConfig()

    def words(key: str) -> tuple[str, ...]:
        value = options.get(key)
        if value is None:
            kept: tuple[str, ...] = getattr(default, key)
            return kept
        if isinstance(value, str):
            import shlex

            try:
                return tuple(shlex.split(value))
            except ValueError as error:
                raise SettingsError(file, f"{key}: {error}, in {value!r}") from error
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        raise SettingsError(file, f"{key}: expected a string or an array of strings, got {value!r}")

    return PytestConfig(
        file=file,
        python_files=words("python_files"),
        python_classes=words("python_classes"),
        python_functions=words("python_functions"),
        norecursedirs=words("norecursedirs"),
        testpaths=words("testpaths"),
        pythonpath=words("pythonpath"),
        addopts=words("addopts"),
    )


def _own_toml(file: Path) -> Mapping[str, object]:
    table = load_toml(file, b"pytest").get("pytest", {})
    return _table(file, table, "pytest")


def _pyproject(file: Path) -> Mapping[str, object] | None:
    tools = _table(file, load_toml(file, b"pytest").get("tool", {}), "tool")
    table = _table(file, tools.get("pytest", {}), "tool.pytest")
    native = {key: value for key, value in table.items() if key != "ini_options"}
    if native:
        return native
    return _table(file, table["ini_options"], "tool.pytest.ini_options") if "ini_options" in table else None


def _table(file: Path, value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SettingsError(file, f"{name}: expected a table")
    return value


def _own_ini(file: Path) -> Mapping[str, object]:
    # A file of pytest's own counts even if it says nothing.
    return _section(file, "pytest") or {}


def _tox_ini(file: Path) -> Mapping[str, object] | None:
    return _section(file, "pytest")


def _setup_cfg(file: Path) -> Mapping[str, object] | None:
    return _section(file, "tool:pytest")


def _section(file: Path, name: str) -> Mapping[str, object] | None:
    try:
        with reading(file):
            text = read_text(file, "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(file, f"is not UTF-8: {error.reason}") from error
    if f"[{name}]" not in text:
        return None
    from iniconfig import IniConfig, ParseError  # pytest's own parser: what it takes, and how, is the same here

    try:
        ini = IniConfig(str(file), data=text)
    except ParseError as error:
        raise SettingsError(file, f"line {error.lineno + 1}: {error.msg}") from error
    return dict(ini[name].items()) if name in ini else None


_READERS: Mapping[str, Callable[[Path], Mapping[str, object] | None]] = {
    "pytest.toml": _own_toml,
    ".pytest.toml": _own_toml,
    "pytest.ini": _own_ini,
    ".pytest.ini": _own_ini,
    "pyproject.toml": _pyproject,
    "tox.ini": _tox_ini,
    "setup.cfg": _setup_cfg,
}
