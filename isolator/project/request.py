"""What the user asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from isolator.project.overrides import NONE, Overrides, PerFile
from isolator.system.errors import Failure


@dataclass(frozen=True)
class Request:
    """``check`` or ``fix``, in the words of the command line. ``jobs`` is None for as many as there are CPUs.

    ``confirm`` says that what is written has to be confirmed, by a pytest with ``pytest_arguments``, which ``python``
    runs (None for the interpreter of isolator). ``no_evidence`` ignores what ``observe`` saw;
    ``accept_initializers`` has the initializers that it saw patched. ``executor`` is the address of a cluster that does
    the work, None for this machine. ``no_cache``: no results of earlier runs are used, and none are kept.
    ``write_baseline``: what ``check`` finds becomes known; ``no_baseline``: it reports known findings, too.

    ``config``, ``exclude`` and ``per_file_ignores`` come before the settings, or take their place.

    ``fix`` and what follows are of ``check`` alone; ruff's users know the names.
    """

    paths: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    jobs: int | None = None
    output_format: Literal["text", "concise", "json", "github", "sarif", "junit"] = "text"
    quiet: bool = False
    verbose: bool = False
    stdin_filename: str | None = None
    write: bool = False
    unsafe_fixes: bool = False
    confirm: bool = False
    python: str | None = None
    no_evidence: bool = False
    no_cache: bool = False
    write_baseline: bool = False
    no_baseline: bool = False
    accept_initializers: bool = False
    executor: str | None = None
    config: Overrides = NONE
    exclude: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()
    fix: bool = False
    diff: bool = False
    no_group: bool = False
    exit_zero: bool = False
    add_ignore: bool = False
    watch: bool = False
    since: str | None = None
    statistics: bool = False
    show_files: bool = False
    show_settings: bool = False
    pytest_arguments: tuple[str, ...] = ()

    @property
    def overrides(self) -> Overrides:
        """What comes before the settings."""
        return replace(self.config, exclude=self.exclude, per_file_ignores=self.per_file_ignores)

    @property
    def stdin(self) -> bool:
        """Whether the source comes from stdin. Raises Failure if files are asked for as well."""
        if "-" in self.paths and len(self.paths) > 1:
            raise Failure("`-` (stdin) cannot be combined with other paths")
        return "-" in self.paths
