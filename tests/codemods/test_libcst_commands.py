"""The commands, run by LibCST's own tool: what they write is what isolator writes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import libcst as cst
import pytest
from libcst import tool
from libcst.codemod import CodemodCommand, CodemodContext

from codemods import libcst_commands as commands
from codemods.registry import all_rules
from tests.codemods.state.test_rewrites import CASES
from tests.isolator.inside import inside

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "libcst.md").read_text(encoding="utf-8")
CONFTEST = """\
import os

import pytest


@pytest.fixture(autouse=True)
def undone(monkeypatch):
    monkeypatch.setenv("A", "0")
    yield
    del os.environ["A"]
"""
UNDER_CONFTEST = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"


def test_b():
    with patch.dict(os.environ, {"B": "1"}):  # isolator: ignore
        assert os.environ["B"] == "1"
"""
MARKED = UNDER_CONFTEST.encode("utf-8-sig")
LATIN = b"# coding: latin-1\n" + UNDER_CONFTEST.replace("test_b", "test_\xe9").encode("latin-1")
AGENT = """\
settings = None


class Agent:
    @classmethod
    def make(cls):
        return open_client()
"""
SETTINGS = """\
[tool.isolator]
critical-env = ["SECRET_KEY", "MODE"]
leaked-state = [
  "core.agent.Agent.instance", 'logging.getLogger("core").level', "tests/test_shared.py::TestIt.items", "./out.csv",
]

[[tool.isolator.precondition]]
unset = ["SECRET_KEY", "MODE"]
tests = ["tests/test_needs.py::test_a"]

[[tool.isolator.initializer]]
target = "core.agent.Agent.make"
returns = "None"
argument = "made"
tests = ["tests/test_agent.py"]

[[tool.isolator.cache]]
object = "core.agent.settings"
"""
LEVEL = b"""\
import logging
import random
import sys
from unittest.mock import patch

import places


def test_a():
    places.level = 3
    sys.argv = ["a"]
    places.LEVELS["a"] = 3
    assert places.run()


def test_b():
    logging.disable(logging.CRITICAL)
    random.seed(1)
    patch("places.level").start()
    assert places.run()
"""
FILES = {
    "pyproject.toml": SETTINGS.encode(),
    "core/__init__.py": b"",
    "core/agent.py": AGENT.encode(),
    "tests/conftest.py": b"import pytest\n",
    "tests/below/conftest.py": CONFTEST.encode(),
    "tests/below/test_under_conftest.py": UNDER_CONFTEST.encode(),
    "tests/test_marked.py": MARKED,
    "tests/test_latin.py": LATIN,
    "tests/test_crlf.py": UNDER_CONFTEST.replace("\n", "\r\n").encode(),
    "tests/test_needs.py": b"def test_a():\n    assert key()\n\n\ndef test_b():\n    assert key()\n",
    "tests/test_inside.py": b"import os\n\n\ndef test_a():\n    os.chdir('/')\n    assert os.listdir()\n",
    "tests/test_level.py": LEVEL,
    "tests/test_shared.py": b"class TestIt:\n    items = []\n\n    def test_a(self):\n        self.items.append(1)\n",
    "tests/test_out.py": b"def test_a():\n    open('out.csv', 'w').close()\n",
    "tests/test_agent.py": b"from core.agent import Agent\n\n\ndef test_a():\n    assert Agent.make() is None\n",
}


@dataclass(frozen=True)
class Run:
    """One rule's command, and the words after it that say what the settings say."""

    code: str
    command: str
    words: tuple[str, ...] = ()


RUNS = [
    Run("ISO101", "PatchDictEnvironCommand"),
    Run("ISO102", "EnvironWriteCommand"),
    Run("ISO103", "EnvironRestorationCommand"),
    Run(
        "ISO104",
        "EnvironPreconditionCommand",
        ("--unset", "SECRET_KEY", "--unset", "MODE", "--test", "tests/test_needs.py::test_a"),
    ),
    Run(
        "ISO201",
        "ExternalInitializerCommand",
        (
            "--target",
            "core.agent.Agent.make",
            "--returns",
            "None",
            "--argument",
            "made",
            "--test",
            "tests/test_agent.py",
        ),
    ),
    Run("ISO301", "IsolationFixtureCommand", ("--variable", "SECRET_KEY", "--variable", "MODE")),
    Run("ISO302", "CachedConfigurationCommand", ("--object", "core.agent.settings")),
    Run(
        "ISO303",
        "LeakedStateCommand",
        (
            *("--state", "core.agent.Agent.instance", "--state", 'logging.getLogger("core").level'),
            *("--state", "tests/test_shared.py::TestIt.items", "--state", "./out.csv"),
        ),
    ),
    Run("ISO401", "WorkingDirectoryCommand"),
    Run("ISO402", "AttributeWriteCommand"),
    Run("ISO403", "ItemWriteCommand"),
    Run("ISO404", "ImportStateCommand"),
    Run("ISO405", "PatcherRunningCommand"),
    Run("ISO406", "LoggingStateCommand"),
    Run("ISO407", "ProcessSettingCommand"),
    Run("ISO408", "SharedTestObjectCommand", ("--state", "tests/test_shared.py::TestIt.items")),
    Run("ISO409", "SharedFileCommand", ("--file", "./out.csv")),
]


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)


def arguments(name: str, *words: str, jobs: int) -> list[str]:
    """What follows the name of LibCST's tool for one of the commands on all tests."""
    start = ("codemod", "-x", f"codemods.libcst_commands.{name}", "--no-format", "--hide-progress")
    return [*start, "--jobs", str(jobs), *words, "tests"]


def codemod(folder: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """LibCST's tool in this process: Python need not be started, and nor need any process that shares its work."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.chdir(folder)
        try:
            code = tool.main("libcst.tool", arguments(name, *words, jobs=1))
        except SystemExit as ended:  # of its parser
            code = int(ended.code or 0)
    return subprocess.CompletedProcess([name, *words], code, out.getvalue(), err.getvalue())


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*.py"))}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with every case of the environment, and something for each of the other rules."""
    folder = tmp_path_factory.mktemp("tree")
    files = FILES | {f"tests/environ/test_{i}.py": case.before.encode() for i, case in enumerate(CASES)}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


OF_ENVIRON = ("ISO101", "ISO102", "ISO103")


def copied(tree: Path, folder: Path, run: Run, *, every: bool) -> Path:
    """A copy of the tree; of the cases of the environment only for the rules that they are about.

    If not every case is asked for, each of these rules has a third of them, and another one than the others.
    """

    def left_out(_: str, names: list[str]) -> list[str]:
        if run.code not in OF_ENVIRON:
            return [name for name in names if name == "environ"]
        numbers = {name: re.fullmatch(r"test_(\d+)\.py", name) for name in names}
        mine = OF_ENVIRON.index(run.code)
        return [name for name, found in numbers.items() if found and not every and int(found[1]) % 3 != mine]

    return Path(shutil.copytree(tree, folder, ignore=left_out))


def test_every_rule_that_fixes_has_a_command() -> None:
    found = {
        each.CODE: name
        for name, each in vars(commands).items()
        if isinstance(each, type) and issubclass(each, commands.RuleCommand) and each is not commands.RuleCommand
    }
    assert found == {run.code: run.command for run in RUNS}
    # The first two only report, the third is found by experiment.
    assert {rule.code for rule in all_rules()} - set(found) == {"ISO202", "ISO203", "ISO304"}


# Of the rules that one codemod makes for each kind of state, the first is enough for a normal run.
ALIKE = ("ISO102", "ISO103", "ISO403", "ISO404", "ISO405", "ISO406")
EACH = [pytest.param(run, marks=[pytest.mark.slow] * (run.code in ALIKE), id=run.code) for run in RUNS]


@pytest.mark.parametrize("run", EACH)
def test_writes_what_isolator_writes(run: Run, tree: Path, tmp_path: Path) -> None:
    """Each case of the environment under one of the rules; the slow test has each of them under all three."""
    compare(run, tree, tmp_path, every=False)


@pytest.mark.slow
@pytest.mark.parametrize("run", [run for run in RUNS if run.code in OF_ENVIRON], ids=lambda run: run.code)
def test_writes_what_isolator_writes_in_every_case(run: Run, tree: Path, tmp_path: Path) -> None:
    compare(run, tree, tmp_path, every=True)


# Where LibCST's tool is a process of its own, which starts two more.
ALONE = (*OF_ENVIRON, "ISO303")


def compare(run: Run, tree: Path, tmp_path: Path, *, every: bool) -> None:
    by_isolator, by_command = (copied(tree, tmp_path / name, run, every=every) for name in ("isolator", "command"))
    fix = inside("fix", "--write", "--quiet", "--select", run.code, "tests", folder=by_isolator)
    assert fix.stderr == ""
    if run.code in ALONE:
        done = python(by_command, "-m", "libcst.tool", *arguments(run.command, *run.words, jobs=2))
    else:
        done = codemod(by_command, run.command, *run.words)
    assert done.returncode == 0, done.stderr
    assert contents(by_command) == contents(by_isolator)
    assert any(contents(tree)[name] != data for name, data in contents(by_command).items())

    words = ("check", "-q", "--output-format", "concise", "--select", run.code, "tests")
    check = inside(*words, folder=by_isolator)
    warned = [line.removeprefix("WARNING: ") for line in done.stderr.splitlines() if line.startswith("WARNING: ")]
    assert len(warned) == len(check.stdout.splitlines())
    again = codemod(by_command, run.command, *run.words)
    assert again.returncode == 0
    assert contents(by_command) == contents(by_isolator)


def test_what_is_left_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("import os\n\n\ndef helper():\n    os.environ['A'] = '1'\n")
    done = codemod(tmp_path, "EnvironWriteCommand")
    assert "WARNING: tests/test_a.py:5: ISO102 A is changed and never restored; not fixed: the change" in done.stderr
    assert "[helper]\n" in done.stderr
    assert " - 1 warnings were generated." in done.stderr


def test_without_a_test_all_of_the_files_are_selected(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    file = tmp_path / "tests" / "test_a.py"
    file.write_text("def test_a():\n    pass\n\n\ndef test_b():\n    pass\n")
    assert codemod(tmp_path, "EnvironPreconditionCommand", "--unset", "MODE").returncode == 0
    assert file.read_text().count('    monkeypatch.delenv("MODE", raising=False)\n') == 2
    words = ("--target", "os.getcwd", "--imports", "os")
    assert codemod(tmp_path, "ExternalInitializerCommand", *words).returncode == 0
    assert "patch" not in file.read_text().replace("monkeypatch", "")


@pytest.mark.parametrize(
    ("name", "words", "complaint"),
    [
        ("EnvironPreconditionCommand", (), "the following arguments are required: --unset"),
        ("ExternalInitializerCommand", (), "the following arguments are required: --target"),
        (
            "ExternalInitializerCommand",
            ("--target", "agent"),
            "argument --target: 'agent' is not a dotted name, such as",
        ),
        (
            "ExternalInitializerCommand",
            ("--target", "a.class"),
            "argument --target: 'class' is not a valid Python identifier",
        ),
        (
            "ExternalInitializerCommand",
            ("--target", "a.b", "--returns", "1 +"),
            "argument --returns: '1 +' is not a valid Python expression",
        ),
        ("IsolationFixtureCommand", (), "the following arguments are required: --variable"),
        ("CachedConfigurationCommand", (), "the following arguments are required: --object"),
    ],
)
def test_arguments_that_make_no_sense(tmp_path: Path, name: str, words: tuple[str, ...], complaint: str) -> None:
    done = codemod(tmp_path, name, *words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"libcst.tool codemod: error: {complaint}")


def test_a_file_that_libcst_does_not_print_as_it_stands_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    file = tmp_path / "tests" / "test_a.py"
    file.write_text("\f" + UNDER_CONFTEST)
    done = codemod(tmp_path, "PatchDictEnvironCommand")
    assert f"Skipped codemodding {file}: LibCST does not reproduce this file exactly" in done.stderr
    assert file.read_text() == "\f" + UNDER_CONFTEST


def test_the_configuration_file_makes_the_names_short(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(UNDER_CONFTEST)
    (tmp_path / ".libcst.codemod.yaml").write_text("modules: [codemods]\n")
    listed = python(tmp_path, "-m", "libcst.tool", "list").stdout.splitlines()
    summaries = {rule.code: rule.summary for rule in all_rules()}
    assert listed == sorted(f"libcst_commands.{run.command} - {summaries[run.code]}" for run in RUNS)
    words = ("codemod", "--no-format", "libcst_commands.PatchDictEnvironCommand", "test_a.py")
    assert python(tmp_path, "-m", "libcst.tool", *words).returncode == 0
    assert "monkeypatch" in (tmp_path / "test_a.py").read_text()


def test_a_formatter_that_is_not_there_leaves_the_file(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(UNDER_CONFTEST)
    (tmp_path / ".libcst.codemod.yaml").write_text("formatter: [no-such-formatter]\n")
    words = ("codemod", "-x", "codemods.libcst_commands.PatchDictEnvironCommand", "test_a.py")
    done = python(tmp_path, "-m", "libcst.tool", *words)
    assert done.returncode == 1
    assert "Failed to codemod" in done.stderr
    assert (tmp_path / "test_a.py").read_text() == UNDER_CONFTEST


def test_from_another_program() -> None:
    tree = cst.parse_module(UNDER_CONFTEST)
    command: CodemodCommand = commands.PatchDictEnvironCommand(CodemodContext())
    assert 'monkeypatch.setenv("A", "1")' in command.transform_module(tree).code
    nothing = commands.EnvironWriteCommand(CodemodContext())
    assert nothing.transform_module(tree).code == UNDER_CONFTEST


def test_after_another_codemod(tmp_path: Path) -> None:
    file = tmp_path / "test_a.py"
    file.write_text("import os\n")
    command = commands.PatchDictEnvironCommand(CodemodContext(filename=str(file)))
    assert "monkeypatch" in command.transform_module(cst.parse_module(UNDER_CONFTEST)).code


def test_the_page_lists_them_and_their_arguments() -> None:
    rows = re.findall(r"^\| (ISO\d+) \| `(\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
    assert [(code, name) for code, name, _ in rows] == [(run.code, run.command) for run in RUNS]
    for _, name, words in rows:
        parser = ArgumentParser(add_help=False)
        getattr(commands, name).add_args(parser)
        taken = [f"{action.option_strings[0]} {action.metavar}" for action in parser._actions]
        assert re.findall("`(.*?)`", words) == taken


def test_the_code_of_the_page_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    text = "import os\n\n\ndef helper():\n    os.putenv('A', '1')\n"
    done = python(tmp_path, "-c", f"text = {UNDER_CONFTEST + text!r}\n{code}print(tree.code)")
    assert done.stderr == ""
    assert done.stdout.startswith("[")
    assert 'monkeypatch.setenv("A", "1")' in done.stdout


def test_the_rules_do_not_import_them() -> None:
    code = "import sys, codemods.registry as r; r.all_rules(); print([m for m in sys.modules if 'libcst' in m])"
    assert python(Path.cwd(), "-c", code).stdout == "[]\n"
