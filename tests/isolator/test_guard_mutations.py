"""The guard is silent about good rewrites, and catches whatever is done to spoil them."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import pytest

from isolator.guard import differences
from tests.isolator.rewrites.cases import CASES, Case
from tests.isolator.rewrites.mutations import Mutation, mutations

EVERY = pytest.mark.parametrize("case", CASES, ids=[case.title.replace(" ", "-") for case in CASES])
# What is itself about the environment, a MonkeyPatch or an added mock; the head of a definition is not.
ENVIRONMENT = re.compile(
    r"[mM]onkey_?[pP]atch\b(?!.*:$)|\bm\.|\bcontext\(|environ|^(import|from) |^for name|mock_cache|autouse=",
    re.MULTILINE,
)
# An assertion over local names cannot tell on which side of a change it stands; an unused object() says nothing.
BLIND = re.compile(r"^assert |^missing = object\(\)$", re.MULTILINE)
# Of what goes from the environment's own statements the guard cannot know: imports that nothing uses, what the mocks
# that were added return, and what a test needs unset.
UNKNOWN = re.compile(r"^import |^mock_cache\.|'SECRET_KEY', ''|delenv\('MODE'")


@lru_cache
def spoilt(case: Case) -> list[tuple[Mutation, str | None]]:
    """Every mutation of a rewrite, and what the guard says of it."""
    return [(mutation, differences(case.before, mutation.text, case.patched)) for mutation in mutations(case.after)]


def about_the_test(mutation: Mutation) -> bool:
    """Whether a mutation is of the test itself, and not only of how the environment is patched."""
    if mutation.kind == "statement added":
        return True
    return mutation.kind not in ("constant", "name") and not ENVIRONMENT.search(mutation.shown)


@EVERY
def test_a_good_rewrite_passes(case: Case) -> None:
    assert differences(case.before, case.after, case.patched) is None


@EVERY
def test_every_mutation_of_the_test_is_caught(case: Case) -> None:
    of_the_test = [(mutation, found) for mutation, found in spoilt(case) if about_the_test(mutation)]

    assert len(of_the_test) >= 10
    assert [m for m, found in of_the_test if found is None and not BLIND.search(m.shown)] == []


@EVERY
def test_every_lost_change_of_the_environment_is_caught(case: Case) -> None:
    dropped = [(m, found) for m, found in spoilt(case) if m.kind == "statement dropped" and ENVIRONMENT.search(m.shown)]

    assert [m.shown for m, found in dropped if found is None and not UNKNOWN.search(m.shown)] == []


@EVERY
def test_every_other_name_and_value_is_caught(case: Case) -> None:
    missed = {m.shown for m, found in spoilt(case) if found is None and m.kind in ("constant", "name")}

    assert missed <= {"False", "None", "'allowed'", "'MODE'"}


def test_each_kind_of_mutation_is_caught_in_several_rewrites() -> None:
    caught = Counter(kind for case in CASES for kind in {m.kind for m, found in spoilt(case) if found})

    assert min(caught.values()) >= 2, caught
    assert len(caught) == 14
    assert sum(len(spoilt(case)) for case in CASES) > 1000
