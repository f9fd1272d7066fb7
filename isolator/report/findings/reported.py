"""What several formats agree on: which findings they list, and how they call a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from codemods.rule import Finding
from isolator.engine.batch import Outcome
from isolator.project.gitignore import git_top

# What stands in the place of a rule's code and name where a file, or a rewrite of it, failed.
FAILED, FAILED_NAME = "ISO000", "error"

Alone = Callable[[Outcome, frozenset[str]], Outcome]


def reported(outcome: Outcome, written: bool) -> list[Finding]:
    """The findings of a file that are still there, in its order; their lines are those of the file as it was read.

    ``written`` says that the file is as the rewrite left it.
    """
    fixed = written and outcome.error is None
    found = outcome.left if fixed else (*outcome.left, *outcome.fixed)
    return sorted(found, key=lambda finding: (finding.span.line, finding.span.column, finding.code))


def in_tree(path: str) -> str:
    """A path as a forge knows it: relative to the top of the git working tree, or else to the current directory.

    With ``/`` between its parts. A path outside of that is absolute.
    """
    here = Path(os.path.realpath(Path.cwd()))
    real = Path(os.path.realpath(path))
    base = git_top(here) or here
    return (real.relative_to(base) if base in real.parents else real).as_posix()
