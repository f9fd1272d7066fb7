"""Options that several commands have, each declared once.

Where two commands say different things of an option, what is said is its argument.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from isolator.commands import option_values

FORMATS = ["text", "concise", "json", "github", "sarif", "junit"]
_SECONDS = click.FloatRange(min=0, min_open=True)
FILE = click.Path(path_type=Path, dir_okay=False)
_SEED = click.IntRange(min=0, max=2**32 - 1)

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _together(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """The options as one decorator; they are listed in this order."""

    def added(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return added


def _codes(name: str, told: str) -> Callable[[_Command], _Command]:
    return click.option(name, multiple=True, callback=option_values.commas, metavar="CODES", help=told)


def _file(name: str, told: str, metavar: str = "FILE") -> Callable[[_Command], _Command]:
    return click.option(name, type=FILE, metavar=metavar, help=told)


def _format(*choices: str) -> Callable[[_Command], _Command]:
    formats = click.Choice(choices)
    return click.option("--output-format", type=formats, default=choices[0], show_default=True)


def seconds(name: str, told: str) -> Callable[[_Command], _Command]:
    """A span of time, more than none."""
    return click.option(name, type=_SECONDS, metavar="SECONDS", help=told)


def orders(told: str) -> Callable[[_Command], _Command]:
    """In which orders pytest is run."""
    return click.option("--orders", callback=option_values.orders, metavar="ORDERS", help=told)


def jobs(told: str) -> Callable[[_Command], _Command]:
    """How much is done at once."""
    return click.option("-j", "--jobs", type=click.IntRange(min=1), help=told)


def executor(metavar: str, told: str) -> Callable[[_Command], _Command]:
    """Which cluster does it."""
    return click.option("--executor", metavar=metavar, help=told)


def python(told: str) -> Callable[[_Command], _Command]:
    """Which interpreter runs pytest."""
    return click.option("--python", metavar="PATH", help=told)


def accept_initializers(told: str) -> Callable[[_Command], _Command]:
    """Whether what a watched run called is patched."""
    return click.option("--accept-initializers", is_flag=True, help=told)


def quiet(told: str) -> Callable[[_Command], _Command]:
    """What is not said on stderr."""
    return click.option("-q", "--quiet", is_flag=True, help=told)


color = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    callback=option_values.color,
    expose_value=False,
    help="Use colours (default: on a terminal; NO_COLOR and FORCE_COLOR are respected).",
)
unsafe_fixes = click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="Include fixes that may change what a test does.",
)
text_or_json = _format("text", "json")

selecting = _together(
    _codes("--select", "Rules to use (codes or prefixes)."),
    _codes("--ignore", "Rules to ignore (codes or prefixes)."),
)

finding = _together(
    click.argument("paths", nargs=-1, type=click.Path(path_type=str)),
    selecting,
    click.option(
        "--per-file-ignores",
        multiple=True,
        callback=option_values.per_file,
        metavar="PATTERN:CODE,...",
        help="Rules to ignore in files that match a pattern (overrides the setting).",
    ),
    click.option(
        "--exclude",
        multiple=True,
        callback=option_values.commas,
        metavar="PATTERNS",
        help="Paths to skip in directories (overrides the setting).",
    ),
    click.option(
        "--config",
        multiple=True,
        callback=option_values.config,
        metavar="FILE|'KEY = VALUE'",
        help="A settings file to use, or a single setting in TOML, which overrides all files.",
    ),
    jobs("Number of processes (default: number of CPUs)."),
    executor("ADDRESS", "Run on a Dask cluster: dask://HOST:PORT."),
    _format(*FORMATS),
    click.option(
        "--stdin-filename",
        metavar="PATH",
        help="File name to use for source from stdin (`-`).",
    ),
    click.option("--no-evidence", is_flag=True, help="Ignore evidence from `isolator observe`."),
    click.option("--no-cache", is_flag=True, help="Do not use or write the cache."),
    color,
    quiet("No summary; errors are still shown."),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Also list skipped files and the settings used, and why a fix needs a with block.",
    ),
)

checking = _together(
    click.option("--fix", is_flag=True, help="Apply the safe fixes, and print the findings that are left."),
    click.option("--diff", is_flag=True, help="Print the diff that --fix would apply, and change nothing."),
    unsafe_fixes,
    click.option("--no-group", is_flag=True, help="Print each finding on its own line, even if many have one cause."),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
    click.option("--since", metavar="REV", help="Only report findings on lines changed since a git revision."),
    click.option("--add-ignore", is_flag=True, help="Write `# isolator: ignore[CODE]` on each line with a finding."),
    click.option("--watch", is_flag=True, help="Check again whenever a file has changed, until Ctrl-C."),
    click.option("--statistics", is_flag=True, help="Print how many findings each rule has instead of the findings."),
    click.option("--show-files", is_flag=True, help="List the files that would be checked, and check nothing."),
    click.option("--show-settings", is_flag=True, help="List the settings and where each comes from; check nothing."),
)

baseline = _together(
    click.option(
        "--write-baseline", is_flag=True, help="Write what is found to a file; later only what is new counts."
    ),
    click.option("--no-baseline", is_flag=True, help="Also report what is in that file."),
)

running_pytest = _together(
    click.option("--seed", type=_SEED, help="Random seed of the first run; each further run uses the next number."),
    python("Python interpreter that runs pytest (default: isolator's own)."),
    seconds("--run-timeout", "Stop a run that takes longer."),
    seconds("--test-timeout", "Stop a run if one test takes longer (default: 600)."),
    text_or_json,
    color,
    quiet("No progress."),
)

confirmation_files = _together(
    _file("--compare", "An earlier confirm.json to compare with; fail if anything got worse.", metavar="BASELINE"),
    _file("--junit", "Also write JUnit XML."),
    _file("--summary", "Also write a summary in Markdown."),
)

page = _together(
    _file("--html", "Also write an HTML report."),
    click.option("--open", "show", is_flag=True, help="Open the HTML report in the browser."),
)
