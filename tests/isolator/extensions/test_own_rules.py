"""The package of docs/how-to/write-a-rule.md, built, installed and used as the page says."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Context
from codemods.extending import Extension
from codemods.registry import codemods_for
from codemods.rule import ExtensionError
from isolator.engine import engine
from isolator.engine.batch import do
from isolator.project.discovery import File
from tests.isolator.extensions.environments import ROOT, Environment, environment, rules

PAGE = (ROOT / "docs" / "how-to" / "write-a-rule.md").read_text(encoding="utf-8")
TESTS = """\
import os
from unittest.mock import patch


def test_a(monkeypatch):
    os.umask(0o77)  # isolator: ignore[ISO407]
    monkeypatch.delenv("CI")
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"


def test_b():
    os.umask(0o77)  # isolator: ignore[ACME101, ISO407]


def test_c():
    os.umask(0o77)  # isolator: ignore[ISO407]
"""
PATCHED = "test_a.py:8:10: ISO101 [*] patch.dict on os.environ empties and refills the whole environment"
CHANGED = "os.umask changes the umask for every later test"
FOUND = [
    f"test_a.py:6:5: ACME101 {CHANGED}",
    "test_a.py:7:5: ACME102 [*] delenv fails if it is not set",
    PATCHED,
    f"test_a.py:17:5: ACME101 {CHANGED}",
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page."""
    folder = tmp_path_factory.mktemp("acme-isolator-rules")
    found = re.findall(r'^(`{3,})\w+ title="(.*?)"\n(.*?)^\1$', PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 4
    for _, name, text in found:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "acme_rules" / "__init__.py").touch()
    return folder


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Environment:
    """An environment with isolator in which the package is installed."""
    made = environment(tmp_path_factory.mktemp("env"))
    words = ("install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--prefix", str(made.folder))
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words, str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "test_a.py").write_text(TESTS)
    return tmp_path


def test_the_tests_of_the_page_pass(env: Environment, package: Path) -> None:
    words = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-o", "addopts=", "--rootdir", str(package))
    done = env.run("-m", "pytest", *words, str(package / "tests"), cwd=env.folder)
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


def test_they_find_and_fix_as_isolators_own_do(env: Environment, project: Path) -> None:
    check = env.isolator("check", cwd=project)
    assert (check.returncode, check.stdout.splitlines()) == (1, FOUND)
    one = env.isolator("check", "test_a.py::test_c", cwd=project)
    assert one.stdout.splitlines() == FOUND[3:]

    fix = env.isolator("fix", cwd=project)
    assert [line for line in fix.stdout.splitlines() if "raising" in line] == [
        '+    monkeypatch.delenv("CI", raising=False)',
    ]
    written = env.isolator("fix", "--write", cwd=project)
    assert (written.returncode, written.stderr) == (
        1,
        "Fixed 2 findings in 1 file; 2 left, see `isolator check`.\n",
    )
    text = (project / "test_a.py").read_text()
    assert '    monkeypatch.delenv("CI", raising=False)\n    monkeypatch.setenv("A", "1")\n' in text
    again = env.isolator("fix", "--write", cwd=project)
    assert again.stderr == "Nothing to fix in 1 file; 2 left, see `isolator check`.\n"
    assert (project / "test_a.py").read_text() == text


def test_they_are_selected_and_ignored(env: Environment, project: Path) -> None:
    def found(*words: str) -> list[str]:
        return env.isolator("check", *words, cwd=project).stdout.splitlines()

    assert found("--select", "ISO") == [PATCHED]
    assert found("--ignore", "ACME") == [PATCHED]
    assert found("--select", "ACME101") == [FOUND[0], FOUND[3]]
    (project / "pyproject.toml").write_text('[tool.isolator]\nignore = ["ACME101"]\n')
    assert found() == FOUND[1:3]
    (project / "pyproject.toml").write_text('[tool.isolator]\nselect = ["ACME"]\n')
    assert found() == [FOUND[0], FOUND[1], FOUND[3]]
    unknown = env.isolator("check", "--select", "ACME9", cwd=project)
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "Error: there is no rule 'ACME9'; `isolator rules` lists them\n",
    )


def test_they_have_their_pages(env: Environment, project: Path) -> None:
    listed = env.isolator("rules", cwd=project).stdout.splitlines()
    assert [line.split()[:2] for line in listed[-2:]] == [["ACME102", "delenv-raises"], ["ACME101", "process-state"]]
    page = env.isolator("explain", "acme102", cwd=project).stdout
    assert page.startswith("ACME102 delenv-raises\n\n`monkeypatch.delenv` fails if")
    assert (
        "    expected: write `raising=True` if the failure is intended\n" in env.isolator("explain", cwd=project).stdout
    )


def test_they_are_in_sarif(env: Environment, project: Path) -> None:
    log = json.loads(env.isolator("fix", "--output-format", "sarif", cwd=project).stdout)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    found = {result["ruleId"]: rules[result["ruleIndex"]] for result in run["results"]}
    assert {code: rule["id"] for code, rule in found.items()} == {c: c for c in ("ACME101", "ACME102", "ISO101")}
    assert "which depends on the machine" in found["ACME102"]["help"]["markdown"]
    assert [len(result.get("fixes", ())) for result in run["results"]] == [0, 1, 1, 0]


def test_each_process_has_them(env: Environment, project: Path) -> None:
    code = """\
import multiprocessing
import sys
from isolator import cli
from isolator.engine import batch
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    batch.run.__defaults__ = (0.0,)  # without patience: all of the files are for other processes
    sys.argv[1:] = ["check", "--jobs", "2", "-q", "--no-group"]
    cli.main()
"""
    (project / "in_processes.py").write_text(code)
    names = [f"test_{number:02}.py" for number in range(20)]
    for name in names:
        (project / name).write_text(TESTS)
    (project / "test_a.py").unlink()
    check = env.run("in_processes.py", cwd=project)
    assert check.stdout.splitlines() == [line.replace("test_a.py", name) for name in names for line in FOUND]
    assert check.stderr == ""


def test_they_are_confirmed(env: Environment, project: Path) -> None:
    (project / "test_a.py").write_text(
        "import os\n\n\ndef test_a(monkeypatch):\n"
        '    monkeypatch.delenv("ABSENT")\n    assert os.getenv("ABSENT") is None\n\n\n'
        "def test_b(monkeypatch):\n"
        '    try:\n        monkeypatch.delenv("ABSENT")\n    except KeyError:\n        return\n    assert False\n'
    )
    (project / "pyproject.toml").write_text("[tool.isolator.confirm]\nruns = 1\n")
    words = ("fix", "--write", "--confirm", "--select", "ACME", ".", "--", "-q", "-p", "no:cacheprovider")
    done = env.isolator(*words, cwd=project)
    assert "taken back: test_a.py::test_b" in done.stderr
    text = (project / "test_a.py").read_text()
    assert text.count("raising=False") == 1
    assert 'monkeypatch.delenv("ABSENT", raising=False)\n    assert' in text
    assert done.returncode == 1


def test_what_they_print_goes_to_stderr(tmp_path: Path) -> None:
    env = environment(tmp_path / "env")
    code = rules(
        "GOOD1", more="find_it = find\n\ndef find(*words):\n    print('found')\n    return iter(find_it(*words))"
    )
    env.put("good", "a = good:CODEMOD", "print('imported')\n" + code)
    (tmp_path / "test_a.py").write_text("# GOOD1\n")
    check = env.isolator("check", "-q", cwd=tmp_path)
    assert (check.stdout, check.stderr) == ("test_a.py:1:1: GOOD1 is here\n", "imported\nfound\n")


def test_a_process_that_lacks_the_package_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TESTS)
    extension = Extension("acme_rules.delenv:CODEMOD", "delenv", "acme_isolator_rules")
    context = pickle.loads(pickle.dumps(Context(extensions=(extension,))))
    with pytest.raises(ExtensionError):
        codemods_for(context)

    def work(data: bytes, path: str, *, tests: tuple[str, ...] | None) -> engine.Rewrite:
        return engine.check(data, path, context, engine.Selection(), tests)

    outcome = do(File(str(tmp_path / "test_a.py"), "test_a.py"), work)
    assert outcome.error == (
        "entry point delenv = acme_rules.delenv:CODEMOD of acme_isolator_rules: cannot be imported: "
        "ModuleNotFoundError: No module named 'acme_rules'; fix acme_isolator_rules, or uninstall it"
    )
