"""``fix --write --confirm``: only rewrites that don't make tests worse stay."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from isolator.engine import engine
from isolator.engine.batch import Outcome
from isolator.engine.scan import Scan, scan
from isolator.project.request import Request
from isolator.pytest_runs.expectations.baseline import Confirm, baseline
from isolator.pytest_runs.model import Confirmation, Verdict, problems
from isolator.pytest_runs.options import Options
from isolator.repair.attempts import Rounds, Texts, units
from isolator.repair.blame import Blame, Recipe, Unit
from isolator.system.errors import Failure
from isolator.system.files.workdir import BusyError, exclusive, pending
from isolator.system.guardian import guarded
from isolator.system.journal import inside


@dataclass(frozen=True)
class Proof:
    """What was rewritten and stays, what was taken back, and what the tests did before and after.

    In ``outcomes``, which are those of all files, ``fixed`` is what stays, and ``left`` holds what was taken back.
    ``before`` and ``after`` are None if there was nothing to rewrite; ``after`` is ``before`` if nothing stays.
    ``unneeded`` is what no test missed, ``needed`` says of what is kept which test fails without it, by the name of the
    unit.
    """

    root: Path
    outcomes: tuple[Outcome, ...]
    kept: tuple[Unit, ...] = ()
    taken_back: tuple[Blame, ...] = ()
    before: Confirmation | None = None
    after: Confirmation | None = None
    unneeded: tuple[Unit, ...] = ()
    needed: dict[str, Recipe] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[str, ...]:
        """Of the last runs those that tell nothing, or not all, and why: with them nothing is confirmed for certain."""
        return problems(self.after.runs) if self.after is not None else ()

    @property
    def uncollected(self) -> tuple[str, ...]:
        """What cannot be collected, and how to continue without it."""
        return self.after.uncollected if self.after is not None else ()


def prove(
    request: Request,
    options: Options,
    confirm: Confirm,
    tell: Callable[[str], None],
    before: Confirmation | None = None,
    hoped: Collection[str] = (),
    tolerated: Collection[Verdict] = (),
    reduce: Callable[[Rounds], None] = lambda _: None,
    known: dict[Texts, Confirmation] | None = None,
) -> Proof:
    """Rewrites what ``fix --write`` would, and takes back what ``confirm`` finds the tests worse with.

    ``before`` is what the tests do as they are; that is confirmed first if it is not given. ``hoped``, ``tolerated``
    and ``known`` are as in ``Rounds``; ``reduce`` may leave out what no test misses. Each file is, at any moment that
    isolator might end, as it was, or as last confirmed. Raises Failure for a run that is interrupted, a disk that is
    full, and where ``confirm`` does.
    """
    with scan(request, engine.rewrite) as found:
        changed, outcomes = _to_prove(found)
    if found.project is None or not changed:
        return Proof(found.root, outcomes)
    folder = Path.cwd()
    confirmed = partial(confirm, options, folder, tell)
    rounds = Rounds(found, found.project, changed, confirmed, tell, hoped, tolerated, known)
    try:
        with guarded(), exclusive(found.root):
            before = before or baseline(found.root, options, folder, confirm, tell)
            rounds.run(before, reduce)
    except (KeyboardInterrupt, OSError, BusyError) as error:
        raise Failure(f"{_reason(error)}; {_state(found.root, rounds.rewritten)}") from None
    final = tuple(rounds.outcome(o) if o.file.path in changed else o for o in outcomes)
    kept = tuple(units(o for o in final if o.after is not None and o.error is None))
    taken_back, unneeded = tuple(rounds.out.values()), tuple(rounds.unneeded.values())
    return Proof(found.root, final, kept, taken_back, before, rounds.after, unneeded, rounds.needed)


def _to_prove(found: Scan) -> tuple[dict[str, Outcome], tuple[Outcome, ...]]:
    """The outcomes with a rewrite, by the path of their file, and all of them."""
    reason = "is not a Python file of the project, and could not be restored; fix it without --confirm"
    outcomes = tuple(
        replace(o, error=reason) if o.after is not None and inside(found.root, o.file.path) is None else o
        for o in found.outcomes
    )
    return {o.file.path: o for o in outcomes if o.after is not None and o.error is None}, outcomes


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _state(root: Path, rewritten: int) -> str:
    if pending(root):
        return "files on trial could not be restored, see above; the next `isolator fix --write` tries again"
    return f"every file is as last confirmed ({rewritten} rewritten)" if rewritten else "every file is unchanged"
