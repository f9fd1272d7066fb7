"""The demo, run for real, and what its example looks like afterwards."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from isolator.commands import demo
from isolator.system.errors import Failure
from tests.isolator.conftest import Demonstration
from tests.isolator.inside import inside

# The two tests of the case as a person would write them.
FIXED = """\
    def test_default_secret_key_in_development(self, monkeypatch):
        \"\"\"A development machine needs no key.\"\"\"
        monkeypatch.delenv('SECRET_KEY', raising=False)
        monkeypatch.setenv('ENVIRONMENT', 'development')
        config = SecurityConfig()

        assert config.environment == 'development'
        assert config.secret_key_generated
        assert len(config.secret_key) >= 32

    def test_automatic_key_generation_in_development(self, monkeypatch):
        \"\"\"Each configuration gets a key of its own.\"\"\"
        monkeypatch.setenv('ENVIRONMENT', 'development')
        monkeypatch.delenv('SECRET_KEY', raising=False)

        config = SecurityConfig()

        assert config.secret_key_generated
        assert config.secret_key != SecurityConfig().secret_key

"""
ONE_TEST = "tests/test_security_config.py::TestSecurityConfig::test_default_secret_key_in_development"


def isolator(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return inside(*arguments, folder=folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.py")}


def test_demo(demonstration: Demonstration) -> None:
    folder, out = demonstration.folder, demonstration.out
    # Shown before anything is asserted: a failure is then seen whole.
    print(out, demonstration.err)  # noqa: T201

    assert demonstration.code == 0
    assert demonstration.err == ""
    before, after = out.split("4. Findings, without running the tests")
    assert "21 stable, 9 order-dependent in 6 runs; 23 reruns; 2 of 6 expectations met" in before
    assert "a victim of tests/test_deployment.py::test_key_of_the_deployment_is_used" in before
    assert "Confirmed: 30 stable in 6 runs; 0 reruns; 6 of 6 expectations met" in after
    assert "9 tests fixed, 23 reruns eliminated" in (folder / "summary.md").read_text(encoding="utf-8")
    assert "no rewrite of its own" not in (folder / "summary.md").read_text(encoding="utf-8")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Confirmed: 30 of 30 tests are stable in 6 runs; before, 21 of 30 were." in page
    assert f"The folder is {folder.resolve()}." in out
    assert "+        monkeypatch.delenv('SECRET_KEY', raising=False)\n" in out

    written = contents(folder)
    assert FIXED in written["tests/test_security_config.py"].decode().replace("\r\n", "\n")

    for source in (p for p in demo.EXAMPLE.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        relative = source.relative_to(demo.EXAMPLE)
        if relative.parts[0] != "tests":
            assert (folder / relative).read_bytes() == source.read_bytes()

    again = isolator(folder, "fix", "--write")
    assert (again.returncode, again.stdout) == (0, "")
    assert contents(folder) == written


def test_only_what_is_asked_for_changes(tmp_path: Path) -> None:
    folder = demo.copy_example(tmp_path / "example")
    before = contents(folder)

    isolator(folder, "fix", "--write", ONE_TEST)

    after = contents(folder)
    path = ONE_TEST.partition("::")[0]
    assert [p for p in after if after[p] != before.get(p)] == [path]
    fixed = FIXED.partition("    def test_automatic")[0]
    start, end = b"    def test_default_secret_key_in_development", b"    def test_automatic"
    head, _, rest = before[path].partition(start)
    tail = end + rest.partition(end)[2]
    assert after[path].replace(b"\r\n", b"\n") == (head + fixed.encode() + tail).replace(b"\r\n", b"\n")


def test_the_example_has_dotfiles_and_no_caches(tmp_path: Path) -> None:
    folder = demo.copy_example(tmp_path / "example")

    assert (folder / "pyproject.toml").is_file()
    assert (folder / ".gitignore").is_file()
    assert not list(folder.rglob("*.pyc"))


def test_only_copied(tmp_path: Path) -> None:
    folder = tmp_path / "agents"

    done = isolator(tmp_path, "demo", "--copy-only", "--folder", str(folder))

    assert (done.returncode, done.stdout, done.stderr) == (0, f"The example is now in {folder.resolve()}\n", "")
    assert contents(folder) == contents(demo.EXAMPLE)
    assert not (folder / ".isolator").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(Failure, match="not an empty folder"):
        demo.run(tmp_path)

    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Failure, match="cannot be copied"):
        demo.run(tmp_path / "file" / "below")


def test_variables_of_the_caller_do_not_reach_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What the demo runs sees neither the caller's key nor the options of the caller's pytest."""
    monkeypatch.setenv("SECRET_KEY", "of-the-caller")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    (tmp_path / "seen.py").write_text(
        'import os\nprint(os.environ.get("SECRET_KEY"), os.environ.get("PYTEST_ADDOPTS"))\n'
    )

    assert demo.execute(["seen"], tmp_path) == 0
    assert capfd.readouterr().out == "$ python -m seen\nNone None\n"
