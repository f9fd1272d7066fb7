"""What the commands that run pytest have in common: their words, and the options that these and the settings make."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from isolator.project.project import Project, load_project
from isolator.project.tables.confirm import ORDERS, ConfirmSettings
from isolator.project.toml import SettingsError
from isolator.pytest_runs.options import Options
from isolator.system.errors import Failure
from isolator.system.files.workdir import linked
from isolator.system.visible import tell


@dataclass(frozen=True)
class Words:
    """Words of the command line; None, or nothing, where the settings or the defaults decide."""

    pytest_arguments: tuple[str, ...] = ()
    python: str | None = None
    seed: int | None = None
    run_timeout: float | None = None
    test_timeout: float | None = None
    output_format: Literal["text", "json"] = "text"
    quiet: bool = False

    def options(self, settings: ConfirmSettings | None) -> Options:
        """The options; without a seed one is drawn."""
        given, default = settings or ConfirmSettings(), Options()
        return Options(
            arguments=self.pytest_arguments,
            python=self.python or "",
            runs=given.runs or default.runs,
            orders=given.orders or ORDERS,
            seed=random.randrange(1_000_000) if self.seed is None else self.seed,
            run_timeout=self.run_timeout or given.run_timeout,
            test_timeout=self.test_timeout or given.test_timeout or default.test_timeout,
            forbid_output=given.forbid_output,
            max_seconds=given.max_seconds,
            expect=given.expect,
        )

    def tell(self, line: str) -> None:
        """Say what is being done, unless that is not wanted."""
        if not self.quiet:
            tell(line)


def check_show(html: Path | None, show: bool) -> None:
    """Raises Failure if a page is to be shown that is not asked for: before pytest runs for minutes."""
    if show and html is None:
        raise Failure("--open needs --html")


def project_here() -> Project:
    """The project of the current directory. Raises Failure if its configuration cannot be used, or its work folder."""
    try:
        project = load_project([])
    except SettingsError as error:
        raise Failure(f"{error.path}: {error.problem}") from None
    if (link := linked(project.root)) is not None:  # what pytest shows in minutes could not be kept
        raise Failure(link)
    return project
