"""The settings: what they may say, and the one line for each thing they may not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Fixture, Initializer, Precondition
from isolator.project.settings import Settings, find_settings
from isolator.project.tables.confirm import ConfirmSettings, ExpectedFile
from isolator.project.toml import SettingsError

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


def test_no_file_means_no_settings(tmp_path: Path) -> None:
    assert find_settings(tmp_path) is None


CONFIRM = """
[confirm]
runs = 3
orders = ["given", "reversed", "given"]
forbid-output = ["Initialized .* client"]
max-seconds = 30
run-timeout = 600.5
test-timeout = 60

[[confirm.expect]]
path = "tests/test_security_config.py"
matches = ['monkeypatch\\.(setenv|delenv)']
absent = ['patch\\.dict\\(os\\.environ']
min-lines = 150

[[confirm.expect]]
path = "tests/conftest.py"
defines = ["isolate_environment"]
"""


def test_every_key_of_confirm_is_read(tmp_path: Path) -> None:
    (tmp_path / "isolator.toml").write_text(CONFIRM)
    settings = find_settings(tmp_path)
    assert settings is not None
    assert settings.confirm == ConfirmSettings(
        runs=3,
        orders=("given", "reversed", "given"),
        forbid_output=("Initialized .* client",),
        max_seconds=30,
        run_timeout=600.5,
        test_timeout=60,
        expect=(
            ExpectedFile(
                "tests/test_security_config.py",
                matches=(r"monkeypatch\.(setenv|delenv)",),
                absent=(r"patch\.dict\(os\.environ",),
                min_lines=150,
            ),
            ExpectedFile("tests/conftest.py", defines=("isolate_environment",)),
        ),
    )


def test_confirm_may_be_silent_or_not_there(tmp_path: Path) -> None:
    file = tmp_path / "isolator.toml"
    file.write_text("[confirm]\n")
    assert find_settings(tmp_path) == Settings(file, confirm=ConfirmSettings())
    file.write_text("")
    assert find_settings(tmp_path) == Settings(file, confirm=None)


def test_only_a_table_for_confirm_imports_what_reads_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from isolator.project.settings import find_settings;"
        "find_settings(Path(sys.argv[1])); print(*(name for name in sys.modules if 'tables.confirm' in name))"
    )
    (tmp_path / "isolator.toml").write_text("[fixture]\nconftest = 'conftest.py'\n")
    assert subprocess.check_output([sys.executable, "-c", code, tmp_path], text=True) == "\n"
    (tmp_path / "isolator.toml").write_text("[confirm]\n")
    assert "isolator.project.tables.confirm" in subprocess.check_output(
        [sys.executable, "-c", code, tmp_path], text=True
    )


EXPECT = "[[confirm.expect]]\npath = 'a.py'\n"
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
        ("[fixture]\nconftest = 'c.py'\nbeyond = 'x'", "fixture.beyond: is not a known key; expected one of conftest"),
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
        ("confirm = 3", "confirm: expected a table, [confirm], got 3"),
        ("[confirm]\nrun = 3", "confirm.run: is not a known key; did you mean 'runs'?"),
        ("[confirm]\nruns = 0", "confirm.runs: expected an integer, 1 or more, got 0"),
        ("[confirm]\nruns = true", "confirm.runs: expected an integer, 1 or more, got True"),
        ("[confirm]\nruns = 3.0", "confirm.runs: expected an integer, 1 or more, got 3.0"),
        (
            "[confirm]\norders = 'given'",
            'confirm.orders: expected an array in which each is "given", "reversed", "random" or "twice"',
        ),
        ("[confirm]\norders = ['alphabetic']", 'confirm.orders: expected an array in which each is "given", "rever'),
        ("[confirm]\nforbid-output = ['(']", "confirm.forbid-output: expected an array in which each is a regular exp"),
        ("[confirm]\nmax-seconds = 0", "confirm.max-seconds: expected a number of seconds, more than 0, got 0"),
        ("[confirm]\nmax-seconds = true", "confirm.max-seconds: expected a number of seconds, more than 0, got True"),
        ("[confirm]\nmax-seconds = nan", "confirm.max-seconds: expected a number of seconds, more than 0, got nan"),
        ("[confirm]\nrun-timeout = inf", "confirm.run-timeout: expected a number of seconds, more than 0, got inf"),
        ("[confirm]\nrun-timeout = -1.5", "confirm.run-timeout: expected a number of seconds, more than 0, got -1.5"),
        ("[confirm]\ntest-timeout = '1 s'", "confirm.test-timeout: expected a number of seconds, more than 0, got '1"),
        ("[confirm.expect]\npath = 'a'", "confirm.expect: expected tables, [[confirm.expect]], got {'path': 'a'}"),
        ("[[confirm.expect]]\n", "confirm.expect #1.path: is missing; expected a path relative to the root, such as"),
        (EXPECT.replace("'a.py'", "'/a.py'"), "confirm.expect #1.path: expected a path relative to the root, such as"),
        (EXPECT.replace("'a.py'", "'../a'"), "confirm.expect #1.path: expected a path relative to the root, such as"),
        (EXPECT.replace("'a.py'", "''"), "confirm.expect #1.path: expected a path relative to the root, such as"),
        (EXPECT + "matches = ['[']", "confirm.expect #1.matches: expected an array in which each is a regular expres"),
        (EXPECT + "absent = 'x'", "confirm.expect #1.absent: expected an array in which each is a regular expression"),
        (EXPECT + "defines = ['a.b']", "confirm.expect #1.defines: expected an array in which each is a Python ident"),
        (EXPECT + EXPECT + "min-lines = -1", "confirm.expect #2.min-lines: expected an integer, 0 or more, got -1"),
        (EXPECT + "min-lines = false", "confirm.expect #1.min-lines: expected an integer, 0 or more, got False"),
        (EXPECT + "max-lines = 1", "confirm.expect #1.max-lines: is not a known key; did you mean 'min-lines'?"),
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
