"""``isolator confirm merge``: the files of all shards joined to the confirmation that one machine would have made.

It reads the files and runs nothing: what a test depends on is not searched for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from isolator.commands.confirm import ConfirmRequest, baseline, conclude
from isolator.commands.run_options import check_show, project_here
from isolator.pytest_runs.document import to_json
from isolator.pytest_runs.expectations.comparing import against
from isolator.pytest_runs.expectations.expecting import check_runs
from isolator.pytest_runs.model import Confirmation, Expectation
from isolator.pytest_runs.shards import Plan, Shard, read_shard
from isolator.pytest_runs.verdicts import judge_all
from isolator.report.runs.confirm_text import command
from isolator.system.errors import Failure
from isolator.system.files.stored import UnusableError, read_document


def run(files: Sequence[Path], request: ConfirmRequest) -> int:
    """Joins the files, and prints the report: 0 if all is well, 1 if not. Raises Failure if they cannot be joined."""
    if request.pytest_arguments:
        raise Failure("merge does not run pytest, so nothing can follow --")
    check_show(request.html, request.show)
    project = project_here()
    before = baseline(request.compare) if request.compare is not None else None
    shards = [(path, _read(path)) for path in files]
    found, plan = join(shards), shards[0][1].plan
    found = found if before is None else against(before, found)
    conclude(request, found, before, to_json(found), plan.arguments, project)
    if any(test.verdict == "order-dependent" for test in found.tests.values()):
        again = command(plan.runs, plan.orders, plan.seed, plan.arguments)
        looks = "merge does not search for the tests that a test depends on; this does, on one machine"
        request.tell(f"{looks}: {again}")
    return 0 if found.ok else 1


def join(shards: Sequence[tuple[Path, Shard]]) -> Confirmation:
    """The confirmation of all runs of the shards. Raises Failure unless these are all the shards of one plan."""
    _check(shards)
    ordered = sorted((shard for _, shard in shards), key=lambda shard: shard.number)
    plan = ordered[0].plan
    # A shard makes one run in so many, so run n of the plan is that of the shard whose turn it is.
    runs = [ordered[n % plan.shards].found.runs[n // plan.shards] for n in range(plan.runs)]
    expectations = [_joined(each) for each in zip(*(shard.files for shard in ordered), strict=True)]
    expectations += check_runs(plan.forbid_output, plan.max_seconds, runs)
    started = sum(shard.found.pytest_runs for shard in ordered)
    left = tuple(dict.fromkeys(line for shard in ordered for line in shard.found.left))
    lost = tuple(dict.fromkeys(line for shard in ordered for line in shard.found.uncollected))
    return Confirmation(
        tuple(runs),
        judge_all(runs),
        tuple(expectations),
        pytest_runs=started,
        left=left,
        uncollected=lost,
        confidence=ordered[0].found.confidence,
    )


def _read(path: Path) -> Shard:
    try:
        return read_document(path, read_shard, "is not a shard of `isolator confirm`")
    except UnusableError as error:
        raise Failure(str(error)) from None


def _check(shards: Sequence[tuple[Path, Shard]]) -> None:
    """Raises Failure unless these are all the shards of one plan."""
    (first, one), *others = shards
    places = {one.number: first}
    for path, other in others:
        for field in fields(Plan):
            mine, its = getattr(one.plan, field.name), getattr(other.plan, field.name)
            if mine != its:
                raise Failure(
                    f"{path}: is not part of the same confirmation as {first}: {field.name} {its!r}, not {mine!r}"
                )
        if [each.what for each in other.files] != [each.what for each in one.files]:
            raise Failure(
                f"{path}: is not part of the same confirmation as {first}: the expectations about files differ"
            )
        if other.number in places:
            raise Failure(f"{path}: is shard {other.number} of {other.plan.shards}, as {places[other.number]} is")
        places[other.number] = path
    if missing := [str(n) for n in range(1, one.plan.shards + 1) if n not in places]:
        subject = f"shard {missing[0]}" if len(missing) == 1 else f"shards {', '.join(missing)}"
        raise Failure(f"{subject} of {one.plan.shards} {'is' if len(missing) == 1 else 'are'} missing")


def _joined(alike: Sequence[Expectation]) -> Expectation:
    """What was expected of a file is met if it was in every shard."""
    where = tuple(dict.fromkeys(place for each in alike for place in each.where))
    return Expectation(alike[0].what, all(each.met for each in alike), where)
