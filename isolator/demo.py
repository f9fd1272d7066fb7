"""``isolator demo``: copy a small project with flaky tests, run them, mend them, run them again."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click

from isolator.request import Failure

EXAMPLE = Path(__file__).parent / "example"

_COUNT = re.compile(r"(\d+) (passed|failed|errors?|rerun)\b")
_CLIENT_LINE = re.compile(r"Initialized \w+ client")
_ORDERS = ("given order", "given order", "given order", "reversed order", "shuffled order")


@dataclass(frozen=True)
class _Run:
    """What one run of pytest printed, in numbers."""

    passed: int
    failed: int
    reruns: int
    client_lines: int
    seconds: float

    @property
    def green(self) -> bool:
        return self.passed > 0 and not self.failed and not self.reruns

    def __str__(self) -> str:
        return (
            f"{self.passed} passed, {self.failed} failed, {self.client_lines} log lines of clients"
            f" in {self.seconds:.1f} s"
        )


def run(folder: Path | None) -> int:
    """Show on the example what isolator does, in ``folder`` (default: a new one).

    Returns 0 if tests failed before and none fails after, in any order tried; 1 if not. Raises Failure.
    """
    try:
        return _demonstrate(copy_example(folder))
    except OSError as error:
        raise Failure(f"the example cannot be copied or run: {error}") from None


def _demonstrate(folder: Path) -> int:
    _heading("1. The example")
    click.echo(f"A project whose tests share a process, and suffer from it, is now in {folder}")

    _heading("2. Its tests, before")
    before = _pytest(folder)
    click.echo("\nThe same tests, the same code, the last test first:")
    click.echo(f"  reversed order: {_pytest(folder, *_ordered(folder, 'reversed order'), show=False)}")

    _heading("3. What isolator would change")
    _isolator(folder, "fix")

    _heading("4. The change, made")
    _isolator(folder, "fix", "--write")

    _heading("5. Its tests, after")
    after = [_pytest(folder)]
    click.echo("\nAgain, three times in the order given and twice in another one:")
    for order in _ORDERS:
        after.append(_pytest(folder, *_ordered(folder, order), show=False))
        click.echo(f"  {order}: {after[-1]}")

    _heading("Summary")
    return _summary(folder, before, after)


def _summary(folder: Path, before: _Run, after: Sequence[_Run]) -> int:
    rows = [
        ("tests failing", str(before.failed), str(max(r.failed for r in after))),
        ("log lines of clients", str(before.client_lines), str(max(r.client_lines for r in after))),
        ("seconds", f"{before.seconds:.1f}", f"{max(r.seconds for r in after):.1f}"),
    ]
    if _rerun_option():
        rows.insert(1, ("tests rerun", str(before.reruns), str(max(r.reruns for r in after))))
    click.echo(f"{'':24}{'before':>8}{'after':>8}   (the worst of {len(after)} runs)")
    for name, old, new in rows:
        click.echo(f"{name:24}{old:>8}{new:>8}")
    mended = before.failed > 0 and all(r.green and not r.client_lines for r in after)
    verdict = "the tests were flaky, and are not any more" if mended else "NOT as it should be: see above"
    click.echo(f"{'verdict':24}  {verdict}")
    click.echo(f"\nThe folder is {folder}. Worth a look:")
    click.echo("  tests/test_security_config.py   blocks that have become plain lines")
    click.echo("  tests/conftest.py               the fixtures that keep tests apart")
    click.echo("  pyproject.toml                  the settings that asked for all this")
    return 0 if mended else 1


def copy_example(folder: Path | None) -> Path:
    """Copy the example, files only: the modes of an installed package may be read-only."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="isolator-demo-"))
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{folder} is there already and is not an empty folder; name another one")
    for source in EXAMPLE.rglob("*"):
        if source.is_file() and source.suffix != ".pyc":
            target = folder / source.relative_to(EXAMPLE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return folder.resolve()


def _ordered(folder: Path, order: str) -> list[str]:
    """The arguments that make pytest run the tests in an order: their ids, in that order."""
    if order == "given order":
        return []
    listing, _ = execute(["pytest", "--collect-only", "-q"], folder, show=False)
    tests = [line for line in listing.splitlines() if "::" in line]
    if order == "reversed order":
        return tests[::-1]
    return random.Random(1).sample(tests, len(tests))


def _pytest(folder: Path, *arguments: str, show: bool = True) -> _Run:
    started = time.perf_counter()
    output, code = execute(["pytest", "--color=no", *_rerun_option(), *arguments], folder, show=show)
    seconds = time.perf_counter() - started
    if code not in (0, 1):
        raise Failure(f"pytest ended with exit code {code}:\n{output}")
    last = output.rstrip().rpartition("\n")[2]
    counts = {word.rstrip("s"): int(number) for number, word in _COUNT.findall(last)}
    return _Run(
        passed=counts.get("passed", 0),
        failed=counts.get("failed", 0) + counts.get("error", 0),
        reruns=counts.get("rerun", 0),
        client_lines=len(_CLIENT_LINE.findall(output)),
        seconds=seconds,
    )


def _rerun_option() -> list[str]:
    """Rerun what fails, as suites like this one do, where the plugin for it is installed."""
    return ["-p", "pytest_rerunfailures", "--reruns", "1"] if find_spec("pytest_rerunfailures") else []


def _isolator(folder: Path, *arguments: str) -> None:
    _, code = execute(["isolator", *arguments], folder, show=True)
    if code not in (0, 1):
        raise Failure(f"isolator {' '.join(arguments)} ended with exit code {code}")


def execute(command: Sequence[str], folder: Path, *, show: bool) -> tuple[str, int]:
    """What a module's command prints, shown while it does, and its exit code."""
    if show:
        click.echo(f"$ python -m {' '.join(command)}")
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="backslashreplace",
    ) as process:
        assert process.stdout is not None
        output = "".join(_echoed(process.stdout, show))
    return output, process.returncode


def _echoed(lines: Iterable[str], show: bool) -> Iterable[str]:
    for line in lines:
        if show:
            click.echo(line, nl=False)
        yield line


def _environment() -> dict[str, str]:
    """The environment of the caller without what the example reads, and without plugins that change what pytest does.

    A deployment's own SECRET_KEY, or a plugin that shuffles, would show something else than the example is about.
    """
    example = {"SECRET_KEY", "ENVIRONMENT", "DATABASE_URL", "ALLOW_DEV_TEMP_USERS"}
    kept = {k: v for k, v in os.environ.items() if k not in example and not k.startswith("PYTEST_")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONIOENCODING": "utf-8"}


def _heading(text: str) -> None:
    click.echo(f"\n{text}\n{'=' * len(text)}\n")
