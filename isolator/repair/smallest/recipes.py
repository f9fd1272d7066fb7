"""How the tests fail that a repair is for: after which others, alone, or the second time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from isolator.evidence.dependence import brittle, victims
from isolator.evidence.model import Evidence
from isolator.pytest_runs.model import Run, Test
from isolator.pytest_runs.verdicts import BAD
from isolator.repair.blame import Recipe, Tests


def recipes_for(
    tests: Mapping[str, Test],
    evidence: Evidence,
    runs: Sequence[Run],
    partners: Mapping[str, Tests],
    rewritten: Collection[str],
) -> Iterator[tuple[Recipe, ...]]:
    """How tests fail that some runs, or evidence, showed, or after their ``partners``.

    Those that depend on the same state are a group, first those whose partner is known, but for those that are
    ``rewritten`` themselves. Where several tests make one fail, each of them counts.
    """
    others = {each.test: each.others for each in victims(evidence)}
    alone = {each.test for each in brittle(evidence)} | {each.test for each in evidence.inherited}
    known: dict[object, list[Recipe]] = {}
    for name, test in sorted(tests.items(), key=lambda item: item[1].partner is None):
        ones = (test.partner,) if test.partner is not None else others.get(name, ())
        partner_tests: list[Tests] = [(each,) for each in ones]
        if not partner_tests and name in partners:
            partner_tests = [partners[name]]
        if name in alone or test.role == "brittle" or test.verdict == "failing":
            found = [Recipe(name)]
        elif test.verdict == "nio":
            found = [Recipe(name, twice=True)]
        else:
            found = [Recipe(name, before) for before in partner_tests] or [*_failing_after(name, runs)]
        for recipe in found:
            shared = test.cells or (recipe.before if partner_tests else name)
            known.setdefault(recipe if name in rewritten else shared, []).append(recipe)
    yield from map(tuple, known.values())


def _failing_after(name: str, runs: Sequence[Run]) -> Iterator[Recipe]:
    """After the tests that ran before this one where it failed, of the run with the fewest of them."""
    found = []
    for run in runs:
        if name in run.attempts and run.attempts[name].result in BAD:
            order = [each for each, attempt in run.attempts.items() if attempt.result != "not run"]
            found.append(tuple(order[: order.index(name)]))
    yield from (Recipe(name, before) for before in sorted(found, key=len)[:1])
