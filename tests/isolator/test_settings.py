"""The settings: what they may say, and the one line for each thing they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Fixture, Initializer, Precondition
from isolator.settings import Settings, find_settings
from isolator.toml import SettingsError

EVERYTHING = """
[tool.isolator]
paths = ["tests"]
exclude = ["tests/vendored/*"]
select = ["ISO"]
ignore = ["ISO202"]
source = ["."]
critical-env = ["SECRET_KEY", "ENVIRONMENT"]
unittest = "convert"

[tool.isolator.fixture]
conftest = "tests/conftest.py"
template = "snapshot_environment"
name = "isolate"
after = "reset_registry"

[[tool.isolator.precondition]]
unset = ["SECRET_KEY"]
tests = ["tests/test_a.py::TestA::test_b"]

[[tool.isolator.initializer]]
target = "core.handler.Handler.__init__"
returns = "None"
tests = ["tests/test_runtime.py"]

[[tool.isolator.initializer]]
target = "core.cache.Cache.get_instance"
argument = "mock_cache"
configure = { "return_value.check.return_value" = "{'allowed': False, 'reason': 'too young'}" }
imports = ["core.agent"]

[[tool.isolator.cache]]
object = "core.config.get_config"
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(EVERYTHING)
    assert find_settings(tmp_path) == Settings(
        file=file,
        paths=("tests",),
        exclude=("tests/vendored/*",),
        select=("ISO",),
        ignore=("ISO202",),
        source=(".",),
        critical_env=("SECRET_KEY", "ENVIRONMENT"),
        fixture=Fixture("tests/conftest.py", "snapshot_environment", "isolate", "reset_registry"),
        preconditions=(Precondition(("SECRET_KEY",), ("tests/test_a.py::TestA::test_b",)),),
        initializers=(
            Initializer("core.handler.Handler.__init__", returns="None", tests=("tests/test_runtime.py",)),
            Initializer(
                "core.cache.Cache.get_instance",
                argument="mock_cache",
                configure=(("return_value.check.return_value", "{'allowed': False, 'reason': 'too young'}"),),
                imports=("core.agent",),
            ),
        ),
        caches=("core.config.get_config",),
        unittest="convert",
    )


def test_a_file_of_its_own_has_no_prefix_and_comes_first(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.isolator]\nselect = ["ISO2"]\n')
    (tmp_path / "isolator.toml").write_text('select = ["ISO1"]\n[fixture]\nconftest = "conftest.py"\n')
    settings = find_settings(tmp_path)
    assert settings is not None
    assert settings.select == ("ISO1",)
    assert settings.fixture == Fixture("conftest.py")


@pytest.mark.parametrize("text", ["", "[tool.other]\nname = 'isolator'\n", "isolator = 1\n"])
def test_a_pyproject_without_a_table_has_no_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert find_settings(tmp_path) is None


def test_no_file_is_no_settings(tmp_path: Path) -> None:
    assert find_settings(tmp_path) is None


INITIALIZER = "[[initializer]]\ntarget = 'a.b'\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pahts = []", "pahts: is not a known key; did you mean 'paths'?"),
        ("critical_env = []", "critical_env: is not a known key; did you mean 'critical-env'?"),
        ("zzz = []", "zzz: is not a known key; expected one of paths, exclude, select"),
        ("paths = 'tests'", "paths: expected an array in which each is a string, got 'tests'"),
        ("paths = [1]", "paths: expected an array in which each is a string, got 1"),
        ("critical-env = ['A=1']", "critical-env: expected an array in which each is the name of an environment"),
        ("unittest = 'Convert'", 'unittest: expected "keep" or "convert", got \'Convert\''),
        ("unittest = true", 'unittest: expected "keep" or "convert", got True'),
        ("fixture = 3", "fixture: expected a table, [fixture], got 3"),
        ("[fixture]", "fixture.conftest: is missing; expected a .py path relative to the root"),
        ("[fixture]\nconftest = '../conftest.py'", "fixture.conftest: expected a .py path relative to the root"),
        ("[fixture]\nconftest = 'c.py'\nname = 'not-a-name'", "fixture.name: expected a Python identifier, got 'not"),
        ("[fixture]\nconftest = 'c.py'\nbehind = 'x'", "fixture.behind: is not a known key; expected one of conftest"),
        ("[initializer]\ntarget = 'a.b'", "initializer: expected tables, [[initializer]], got {'target': 'a.b'}"),
        ("initializer = ['a.b']", "initializer: expected tables, [[initializer]], got 'a.b'"),
        ("[[initializer]]\ntarget = 'a'", "initializer #1.target: expected a dotted name, such as"),
        (INITIALIZER + INITIALIZER + "returns = 'None +'", "initializer #2.returns: expected a Python expression, got"),
        (INITIALIZER + "returns = 1", "initializer #1.returns: expected a Python expression, got 1"),
        (INITIALIZER + "returns = '1, 2'", "initializer #1.returns: expected a Python expression, got '1, 2'"),
        (
            INITIALIZER + "returns = 'None # so'",
            "initializer #1.returns: expected a Python expression, got 'None # so'",
        ),
        (INITIALIZER + "returns = '1, y=2'", "initializer #1.returns: expected a Python expression, got '1, y=2'"),
        (INITIALIZER + "argument = 'class'", "initializer #1.argument: expected a Python identifier, got 'class'"),
        (INITIALIZER + "configure = { 'a b' = '1' }", "initializer #1.configure: 'a b': expected a dotted attribute"),
        (INITIALIZER + "configure = { a = 'x y' }", "initializer #1.configure: 'a': expected a Python expression"),
        (INITIALIZER + "configure = { a = 1 }", "initializer #1.configure: 'a': expected a Python expression, got 1"),
        ("[[precondition]]\nuset = []", "precondition #1.uset: is not a known key; did you mean 'unset'?"),
        ("[[cache]]\n", "cache #1.object: is missing; expected a dotted name"),
        ("paths = [", "is not valid TOML: "),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "isolator.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        find_settings(tmp_path)
    assert caught.value.path == file
    assert caught.value.problem.startswith(problem)
    assert "\n" not in caught.value.problem


def test_complaints_about_pyproject_name_the_whole_key(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.isolator.fixture]\nconftest = 1\n")
    with pytest.raises(SettingsError) as caught:
        find_settings(tmp_path)
    assert caught.value.problem.startswith("tool.isolator.fixture.conftest: expected")


def test_settings_must_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool.isolator = 1\n")
    with pytest.raises(SettingsError, match="expected a table"):
        find_settings(tmp_path)


def test_settings_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "isolator.toml").write_bytes(b"paths = ['\xff']")
    with pytest.raises(SettingsError, match="is not valid TOML: 'utf-8' codec can't decode"):
        find_settings(tmp_path)
