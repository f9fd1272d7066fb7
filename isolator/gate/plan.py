"""What the gate goes by: the settings of the project, what the command line says, and the baseline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from isolator.gate.seen import Left
from isolator.project.tables.baseline import Baseline, Leak, plain, read_baseline
from isolator.project.tables.gate import KINDS, Allowed, GateSettings
from isolator.project.tables.written import BASELINE, written_in
from isolator.project.toml import SettingsError

_EXACT = "isolator/gate/exact"


class Plan(NamedTuple):
    """``prefix`` is the folder that node ids begin in, as the baseline has it. ``update``: the baseline is written."""

    watched: frozenset[str]
    allow: tuple[Allowed, ...]
    baseline: Baseline
    prefix: str
    warn: bool
    update: bool
    exact: bool

    def is_allowed(self, left: Left) -> bool:
        """Whether the settings allow that cell to stay changed."""
        return any(each.matches(left.cell) for each in self.allow)

    def entry(self, left: Left) -> Leak:
        """How the baseline has it."""
        return Leak(plain(self.prefix + left.test), plain(left.cell), left.kind)


def plan(config: pytest.Config, *, warn: bool) -> Plan:
    """The plan for this run. Raises pytest.UsageError for settings, or a baseline, that cannot be used."""
    root = Path(config.rootpath)
    try:
        own, gate, file = _settings(root)
        baseline = read_baseline(own / file)
    except SettingsError as error:
        raise pytest.UsageError(f"{error.path}: {error.problem}") from None
    prefix = os.path.relpath(root, own).replace(os.sep, "/")
    update = bool(config.getoption("isolator_update_baseline"))
    known_to_leak = any(each.kind == "heap" for each in baseline.leaks)
    exact = update or known_to_leak or bool(config.getoption("isolator_gate_exact")) or was_dirty(config)
    return Plan(
        watched=_watched(config, gate),
        allow=gate.allow,
        baseline=baseline,
        prefix="" if prefix == "." else f"{prefix}/",
        warn=warn,
        update=update,
        exact=exact,
    )


def _settings(root: Path) -> tuple[Path, GateSettings, str]:
    """The folder of the settings, what they say of the gate, and the file of the baseline in it."""
    written = next(filter(None, map(written_in, (root, *root.parents))), None)
    if written is None:
        return root, GateSettings(), BASELINE
    from isolator.project.settings import read_written  # it takes as long as the rest together

    settings = read_written(written, {})
    return written.file.parent, settings.gate or GateSettings(), settings.baseline


def _watched(config: pytest.Config, gate: GateSettings) -> frozenset[str]:
    given = config.getoption("isolator_gate_watch")
    if given is None:
        return frozenset(gate.watch)
    found = frozenset(filter(None, (each.strip() for each in given.split(","))))
    unknown = sorted(found.difference(KINDS))
    if unknown or not found:
        raise pytest.UsageError(f"--isolator-gate-watch: expected some of {', '.join(KINDS)}, got {given!r}")
    return found


def was_dirty(config: pytest.Config) -> bool:
    """Whether the last run found something of which it could not tell which test it was."""
    cache = getattr(config, "cache", None)  # there is none with `-p no:cacheprovider`
    return cache is not None and bool(cache.get(_EXACT, False))


def keep_dirty(config: pytest.Config, dirty: bool) -> None:
    """Let the next run know."""
    cache = getattr(config, "cache", None)
    if cache is not None and dirty != was_dirty(config):
        cache.set(_EXACT, dirty)
