"""Nothing of the project that is looked at is imported, whatever its files are called, in no process of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WRITES = "import os\n\n\ndef test_a():\n    os.environ['A'] = '1'\n"
TRAP = "import sys\nsys.stderr.write(f'IMPORTED {__name__}\\n')\nsys.stderr.flush()\nraise SystemExit(7)\n"
INSTALLED = ("click", "codemods", "fixtures_templates", "iniconfig", "jinja2", "libcst", "pathspec", "tomlkit", "yaml")
COMMANDS = {
    "check": (("check", "test_it.py"), 1),
    "json": (("check", "--output-format", "sarif", "test_it.py"), 1),
    "fix": (("fix", "test_it.py"), 1),
    "write": (("fix", "--write", "test_it.py"), 0),
    "rules": (("rules",), 0),
    "init": (("init", "--dry-run"), 1),
    "version": (("--version",), 0),
}


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What Python itself imports, from the current directory too, before it so much as looks for what is after -m."""
    folder = tmp_path_factory.mktemp("started")
    (folder / "probe.py").write_text("import sys\nprint(*sys.modules)\n", encoding="utf-8")
    return set(run(folder, "-m", "probe").stdout.split())


@pytest.fixture
def tree(tmp_path: Path, started: set[str]) -> Path:
    """A project in which every name that anybody imports is that of a file, which says so if it is imported."""
    for name in (*sys.stdlib_module_names - started, *INSTALLED):
        (tmp_path / f"{name}.py").write_text(TRAP, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(WRITES, encoding="utf-8")
    return tmp_path


def run(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, encoding="utf-8", check=False, env=environment
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_as_a_module_in_the_current_directory(tree: Path, name: str) -> None:
    words, code = COMMANDS[name]
    done = run(tree, "-m", "isolator", *words)
    assert "IMPORTED" not in done.stderr
    assert done.returncode == code, done.stderr


@pytest.mark.parametrize("path", [".", "{tree}", "{tree}/below/.."])
@pytest.mark.parametrize("name", ["check", "write", "rules"])
def test_named_by_pythonpath(tmp_path: Path, name: str, path: str) -> None:
    """Python itself would take a file of that name from there for its own; what is installed comes before."""
    for each in INSTALLED:
        (tmp_path / f"{each}.py").write_text(TRAP, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(WRITES, encoding="utf-8")
    words, code = COMMANDS[name]
    done = run(tmp_path, "-m", "isolator", *words, PYTHONPATH=path.format(tree=tmp_path))
    assert "IMPORTED" not in done.stderr
    assert done.returncode == code, done.stderr


@pytest.mark.skipif(sys.version_info < (3, 11), reason="has no PYTHONSAFEPATH")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_that_share_the_work(tree: Path, tmp_path_factory: pytest.TempPathFactory, method: str) -> None:
    if method == "forkserver" and sys.platform == "win32":
        pytest.skip("not there")
    script = tmp_path_factory.mktemp("script") / "spread.py"
    script.write_text(
        "import multiprocessing\n"
        "from isolator import cli\n"
        "from isolator import batch\n"
        "if __name__ == '__main__':\n"
        f"    multiprocessing.set_start_method({method!r})\n"
        "    batch.run.__defaults__ = (0.0,)\n"
        "    cli.main()\n",
        encoding="utf-8",
    )
    done = run(tree, str(script), "check", "-j", "2", "test_it.py", "typing.py", "click.py", "re.py")
    assert "IMPORTED" not in done.stderr
    assert done.returncode == 1, done.stderr


def test_the_guardian(tree: Path) -> None:
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if p]\n"
        "from isolator.system.guardian import Guardian\n"
        "guardian = Guardian()\n"
        "guardian.take('restore', sys.argv[1]); guardian.take('end', 2 ** 31 - 1)\n"  # what these need is imported
        "guardian.close()\n"
        "sys.exit(guardian._process.wait())\n"
    )
    done = run(tree, "-I", "-c", code, str(tree), PYTHONPATH=str(tree))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_directory_that_is_gone(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        f"os.chdir({str(tmp_path)!r}); os.mkdir('gone'); os.chdir('gone'); os.rmdir(os.path.abspath('.'))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'isolator', 'check'])\n"
    )
    if sys.platform == "win32":
        pytest.skip("a directory that is in use cannot be removed there")
    done = run(tmp_path, "-c", code)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["error: the current directory is gone, or cannot be read"]
