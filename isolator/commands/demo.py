"""``isolator demo``: a small project with flaky tests is copied, confirmed to be flaky, fixed, and confirmed again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from isolator.system.errors import Failure
from isolator.system.guardian import guarded

EXAMPLE = Path(__file__).parents[1] / "example"

_SEED = "1"  # the same orders for everybody: what the demo shows is what its documentation says
_SUMMARY = "summary.md"
_REPORT = "report.html"


def run(folder: Path | None, copy_only: bool = False) -> int:
    """Show on the example what isolator does, in ``folder`` (default: a new one); or only copy it there.

    Returns 0 if the tests were flaky before and are confirmed after, 1 if not. Raises Failure.
    """
    try:
        copied = copy_example(folder)
        if copy_only:
            click.echo(f"The example is now in {copied}")
            return 0
        return _demonstrate(copied)
    except OSError as error:
        raise Failure(f"the example cannot be copied or run: {error}") from None


def _demonstrate(folder: Path) -> int:
    _heading("1. The example")
    click.echo(f"A project whose tests share state is now in {folder}")

    _heading("2. Its tests, before the fix")
    code = execute(["pytest", "--color=no", *_plugins()], folder)
    if code not in (0, 1):
        raise Failure(f"pytest ended with exit code {code}")

    _heading("3. Six runs in three orders: a verdict on each test")
    before = _isolator(folder, "confirm", "--seed", _SEED, "--", *_plugins())
    (folder / "before.json").write_bytes((folder / ".isolator" / "confirm.json").read_bytes())

    _heading("4. Findings, without running the tests")
    _isolator(folder, "check")

    _heading("5. Fix these and the causes that only experiments show, and confirm the fix")
    _isolator(folder, "deflake", "--seed", _SEED, "--yes", "--all")

    _heading("6. Its tests after the fix, compared with before")
    compared = ("--compare", "before.json", "--summary", _SUMMARY, "--html", _REPORT)
    after = _isolator(folder, "confirm", "--seed", _SEED, *compared, "--", *_plugins())

    _heading(f"7. {_SUMMARY}, for the pull request")
    click.echo((folder / _SUMMARY).read_text(encoding="utf-8"))
    fixed = (before, after) == (1, 0)
    click.echo("The tests were flaky, and no longer are." if fixed else "Something went wrong: see above.")
    click.echo(f"The folder is {folder}. Worth a look:")
    click.echo(f"  {_REPORT}                     all of this as an HTML report")
    click.echo("  tests/test_security_config.py   blocks that have become plain lines")
    click.echo("  tests/test_conversation.py      a class attribute, an object and a file that tests shared")
    click.echo("  tests/conftest.py               the fixtures that isolate the tests")
    click.echo("  pyproject.toml                  the settings for all this")
    return 0 if fixed else 1


def copy_example(folder: Path | None) -> Path:
    """Copy the example, files only: the modes of an installed package may be read-only."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="isolator-demo-"))
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{folder} already exists and is not an empty folder; choose another one")
    for source in EXAMPLE.rglob("*"):
        if source.is_file() and source.suffix != ".pyc":
            target = folder / source.relative_to(EXAMPLE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return folder.resolve()


def _plugins() -> list[str]:
    """Rerun what fails, as suites like this one do, where the plugin for it is installed."""
    return ["-p", "pytest_rerunfailures", "--reruns", "1"] if find_spec("pytest_rerunfailures") else []


def _isolator(folder: Path, *arguments: str) -> int:
    code = execute(["isolator", *arguments], folder)
    if code not in (0, 1):
        raise Failure(f"isolator {' '.join(arguments)} ended with exit code {code}")
    return code


def execute(command: Sequence[str], folder: Path) -> int:
    """Run a module's command, show what it prints while it does, and return its exit code."""
    click.echo(f"$ python -m {' '.join(command)}")
    with guarded() as guardian:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
        )
        guardian.take("stop", process.pid)
        with process, _stopped_at_the_end(process):
            assert process.stdout is not None
            for line in process.stdout:
                click.echo(line, nl=False)
        guardian.call_off("stop", process.pid)
    return process.returncode


@contextmanager
def _stopped_at_the_end(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        process.terminate()  # an isolator ends its pytest then
        raise


def _environment() -> dict[str, str]:
    """The environment of the caller without what the example reads, and without plugins that change what pytest does.

    A deployment's own SECRET_KEY, or a plugin that shuffles, would show something else than the example is about.
    """
    example = {"SECRET_KEY", "ENVIRONMENT", "DATABASE_URL", "ALLOW_DEV_TEMP_USERS"}
    kept = {k: v for k, v in os.environ.items() if k not in example and not k.startswith("PYTEST_")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONIOENCODING": "utf-8"}


def _heading(text: str) -> None:
    click.echo(f"\n{text}\n{'=' * len(text)}\n")
