"""`isolator init` as its users meet it: what it writes, what it says, and what it leaves alone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from isolator.commands import demo
from isolator.project.settings import find_settings
from tests.isolator.evidence.watched import ends
from tests.isolator.init.projects import CONFIG, PROJECT, TEST, contents, isolator, uncommented, write

WRITTEN = """\
[tool.isolator]
# Written by `isolator init` from what it read; edit as you like. Commented-out lines are defaults,
# examples or suggestions: uncomment to enable them.

# Where the tests are, if no path is given (default: pytest's testpaths, or tests).
# paths = ["tests"]

# Paths to skip, as in .gitignore.
# An example.
# exclude = ["tests/vendored/*"]

# Rules to use (default: all) and rules to ignore: codes or prefixes.
# An example.
# select = ["ISO1"]
# ignore = ["ISO103"]

# Rules to ignore in files that match a pattern.
# An example.
# per-file-ignores = {"tests/old/*" = ["ISO1"]}

# What was wrong when this file was written is not reported again.
# baseline = "isolator-baseline.toml"

# Where modules are looked up (default: pytest's pythonpath, src and the root).
# source = ["."]

# In a unittest.TestCase, "keep" patch.dict or "convert" it to monkeypatch.
# unittest = "keep"

# ISO101: decorators that pass arguments through and run no code that reads the environment.
# An example.
# transparent-decorators = ["tests.helpers.recorded"]

# ISO303: state that is restored after each test, as `isolator deflake` names it.
# An example.
# leaked-state = ["app.registry.HANDLERS"]

# ISO301: environment variables that are restored after each test.
critical-env = [
    "APP_KEY", # written at tests/test_config.py:7, named at app/config.py:7
]

# ISO301: the fixture that restores them, and where it goes.
# In tests/conftest.py (will be created).
[tool.isolator.fixture]
conftest = "tests/conftest.py"
template = "isolate_environment"
name = "isolate_environment"

# ISO104: tests that pass only while these variables are not set.
# An example; `isolator observe` finds them.
# [[tool.isolator.precondition]]
# unset = ["SECRET_KEY"]
# tests = ["tests/test_config.py::test_default_key"]

# ISO201: a call that is patched in these tests.
# An example; `isolator observe` finds them.
# [[tool.isolator.initializer]]
# target = "app.clients.Client.__init__"
# returns = "None"
# tests = ["tests/test_app.py"]

# ISO302: a cached configuration that is reset for each test.
# app/config.py:11: get_config() keeps what it returns; tests write APP_KEY.
[[tool.isolator.cache]]
object = "app.config.get_config"

# Defaults of `isolator confirm`; forbid-output and max-seconds are examples.
# [tool.isolator.confirm]
# runs = 6
# orders = ["given", "reversed", "random"]
# forbid-output = ["Initialized .* client"]
# max-seconds = 30
# run-timeout = 600
# test-timeout = 600

# What `pytest -p isolator.gate` watches, and what tests may leave changed; allow is an example.
# [tool.isolator.gate]
# watch = ["environment", "heap", "process", "loggers", "files"]
# allow = [{cell = "app.registry.*", reason = "plugins register once"}]
"""
PROJECT_TABLE = '[project]\nname = "app"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose test leaves behind a variable that a cache is filled from."""
    write(tmp_path, {**PROJECT, "pyproject.toml": PROJECT_TABLE})
    return tmp_path


def test_what_is_written_and_said(project: Path) -> None:
    before = contents(project)

    result = isolator(project, "init")

    assert (result.code, result.out) == (0, b"")
    assert result.err == (
        "critical-env: APP_KEY: written at tests/test_config.py:7, named at app/config.py:7\n"
        "fixture: isolate_environment: In tests/conftest.py (will be created)\n"
        "cache: app.config.get_config: app/config.py:11: get_config() keeps what it returns; tests write APP_KEY\n"
        "pyproject.toml: [tool.isolator] is added. Next steps:\n"
        "  1. review the file, and uncomment the settings you want\n"
        "  2. isolator check            lists the findings\n"
        "  3. isolator check --diff     shows the changes that fix them; --fix applies them\n"
        "  4. isolator confirm          runs pytest in several orders, to confirm the result\n"
    )
    assert contents(project) == {**before, "pyproject.toml": f"{PROJECT_TABLE}\n{WRITTEN}".encode()}


def test_a_dry_run_prints_the_diff_that_git_applies(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    before = contents(project)

    result = isolator(project, "init", "--dry-run")

    assert result.code == 1
    assert contents(project) == before
    assert "critical-env: APP_KEY" in result.err
    assert "is added" not in result.err
    assert result.err.endswith("the diff is for pyproject.toml; nothing was written\n")
    subprocess.run(["git", "apply"], cwd=project, input=result.out, check=True)
    applied = contents(project)
    (project / "pyproject.toml").write_bytes(before["pyproject.toml"])
    isolator(project, "init")
    assert contents(project) == applied


def test_the_settings_are_used(project: Path) -> None:
    isolator(project, "init")

    checked = isolator(project, "check")

    assert checked.code == 1
    found = re.findall(rb"^tests.(\w+)\.py:\d+:\d+: (ISO\d+) \[\*\]", checked.out, re.MULTILINE)
    assert sorted(found) == [(b"conftest", b"ISO301"), (b"conftest", b"ISO302"), (b"test_config", b"ISO102")]
    assert isolator(project, "fix", "--write").code == 0
    assert isolator(project, "check").code == 0
    assert isolator(project, "init").code == 0


def test_the_second_time_it_is_there(project: Path) -> None:
    isolator(project, "init")
    before = contents(project)

    result = isolator(project, "init")

    assert (result.code, result.out) == (0, b"")
    assert result.err == "pyproject.toml already has [tool.isolator], and no setting is missing; not changed\n"
    assert contents(project) == before


def test_what_settings_lack_is_printed_and_they_stay(project: Path) -> None:
    own = f'{PROJECT_TABLE}\n[tool.isolator]\ncritical-env = ["OTHER"]\n'
    write(project, {"pyproject.toml": own})

    result = isolator(project, "init")

    assert result.code == 1
    assert contents(project)["pyproject.toml"] == own.encode()
    assert result.err.endswith(
        "pyproject.toml already has [tool.isolator]; not changed. The missing settings are on stdout; add them there\n"
    )
    printed = result.out.decode().replace("\r\n", "\n")
    assert '    "OTHER",\n    "APP_KEY", # written at tests/test_config.py:7' in printed
    assert printed.endswith('[[tool.isolator.cache]]\nobject = "app.config.get_config"\n')
    write(project, {"pyproject.toml": f"{PROJECT_TABLE}\n[tool.isolator]\n{printed}"})
    assert isolator(project, "init").code == 0
    settings = find_settings(project)
    assert settings is not None
    assert (settings.critical_env, settings.caches) == (("OTHER", "APP_KEY"), ("app.config.get_config",))


def test_settings_of_their_own_file_stay(project: Path) -> None:
    write(project, {"isolator.toml": 'critical-env = ["APP_KEY"]\n'})
    before = contents(project)

    result = isolator(project, "init")

    assert result.code == 1
    assert b"[fixture]\n" in result.out.replace(b"\r\n", b"\n")
    assert b"tool.isolator" not in result.out
    assert contents(project) == before


def test_settings_that_are_wrong_are_said_to_be(project: Path) -> None:
    write(project, {"pyproject.toml": "[tool.isolator]\ncritical = []\n"})

    result = isolator(project, "init")

    assert result.code == 2
    assert re.search(r"^Error: pyproject\.toml: tool\.isolator\.critical: is not a known key", result.err)


def test_without_a_pyproject_the_file_is_isolators_own(project: Path) -> None:
    """pip and pytest take a pyproject.toml for more than isolator means by it."""
    (project / "pyproject.toml").unlink()
    write(project, {"setup.py": "raise SystemExit('never run')\n", "pytest.ini": "[pytest]\n"})

    result = isolator(project, "init")

    assert result.code == 0
    assert not (project / "pyproject.toml").exists()
    assert (project / "isolator.toml").read_text() == WRITTEN.removeprefix("[tool.isolator]\n").replace(
        "[tool.isolator.", "["
    ).replace("[[tool.isolator.", "[[")
    assert "isolator.toml: written. Next steps:\n" in result.err
    assert isolator(project, "check").code == 1


def test_from_a_folder_below_it_is_the_root_that_counts(project: Path) -> None:
    assert isolator(project / "tests", "init").code == 0

    assert contents(project)["pyproject.toml"] == f"{PROJECT_TABLE}\n{WRITTEN}".encode()


def test_where_nothing_is_found_every_key_is_an_example(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ""})

    result = isolator(tmp_path, "init")

    assert result.code == 0
    assert result.err.startswith("no test files were found")
    text = (tmp_path / "pyproject.toml").read_text()
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == ["[tool.isolator]"]
    assert isolator(tmp_path, "check").code == 0
    (tmp_path / "pyproject.toml").write_text(uncommented(text))
    settings = find_settings(tmp_path)
    assert settings is not None
    assert all(vars(settings).values())


@pytest.mark.parametrize("text", [TEST, f"# -*- coding: latin-1 -*-\n{TEST}"], ids=["utf-8", "latin-1"])
def test_files_that_are_not_valid_python_are_skipped(project: Path, text: str) -> None:
    write(project, {"tests/test_config.py": text, "tests/test_broken.py": "import os\nos.environ[\n"})

    result = isolator(project, "init")

    assert result.code == 0
    assert "tests/test_broken.py: skipped: line 2 does not parse" in result.err
    assert "critical-env: APP_KEY" in result.err


def test_nothing_is_imported_or_run(project: Path) -> None:
    trap = "open(__file__ + '.run', 'w').close()\n"
    write(project, {"app/config.py": trap + CONFIG, "tests/test_config.py": trap + TEST, "tests/conftest.py": trap})

    assert isolator(project, "init").code == 0

    assert [name for name in contents(project) if name.endswith(".run")] == []


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example without its settings."""
    folder = demo.copy_example(tmp_path / "example")
    pyproject = folder / "pyproject.toml"
    text = pyproject.read_bytes().decode()
    pyproject.write_bytes(text[: text.index("[tool.isolator]")].encode())
    return folder


def test_the_example_gets_what_its_owners_wrote(example: Path) -> None:
    theirs = find_settings(demo.EXAMPLE)

    assert isolator(example, "init").code == 0

    found = find_settings(example)
    assert theirs is not None
    assert found is not None
    assert sorted(found.critical_env) == sorted(theirs.critical_env)
    assert found.fixture == theirs.fixture
    assert found.caches == theirs.caches
    assert (found.initializers, found.preconditions) == ((), ())
    pyproject = example / "pyproject.toml"
    pyproject.write_text(uncommented(pyproject.read_text()))
    taken = find_settings(example)
    assert taken is not None
    assert {each.target for each in taken.initializers} == {each.target for each in theirs.initializers}
    assert {each.imports for each in taken.initializers} == {("core.generic_agent",)}


def test_the_example_is_fixed_by_what_is_written(example: Path) -> None:
    """Fewer of its tests end otherwise in another order afterwards: those whose state only experiments show."""
    before = {test for test, ends_ in ends(example).items() if "failed" in ends_}
    isolator(example, "init")

    fixed = isolator(example, "fix", "--write")

    assert (fixed.code, fixed.out) == (0, b"")
    left = {test for test, ends_ in ends(example).items() if "failed" in ends_}
    assert len(before) == 9
    assert {test.rpartition("::")[2] for test in left} == {
        "test_agents_begin_without_tools",
        "test_begins_empty",
        "test_nothing_is_exported_unasked",
        "test_nothing_is_used_at_first",
    }


def test_evidence_says_more(example: Path) -> None:
    assert isolator(example, "observe", "-q", "--", "-q", "tests").code == 1

    assert isolator(example, "init").code == 0

    found = find_settings(example)
    assert found is not None
    assert [(each.unset, each.tests) for each in found.preconditions] == [
        (("DATABASE_URL",), ("tests/test_database.py::test_default_file",)),
        (
            ("SECRET_KEY",),
            ("tests/test_security_config.py::TestSecurityConfig::test_default_secret_key_in_development",),
        ),
    ]
    assert found.initializers == ()
    text = (example / "pyproject.toml").read_text()
    assert '# target = "core.generic_agent.GenericAgent.__init__"' in text
    assert isolator(example, "init").code == 0


def test_evidence_that_cannot_be_read_is_reported_and_ignored(project: Path) -> None:
    write(project, {".isolator/evidence.json": "[]"})

    result = isolator(project, "init")

    assert result.code == 0
    assert re.match(r"\.isolator.evidence\.json: not used: ", result.err)
    assert contents(project)["pyproject.toml"] == f"{PROJECT_TABLE}\n{WRITTEN}".encode()
