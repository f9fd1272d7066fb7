"""Why a test cannot be given what another one sets up."""

from __future__ import annotations

from codemods.rule import Refusal

SETTER_UNKNOWN = Refusal(
    "setter-unknown",
    "the other test's code is in another file or generated at run time; write the fixture by hand",
)
SETTER_ASYNC = Refusal(
    "setter-async",
    "the other test is a coroutine or a generator; write the fixture by hand",
)
SETTER_PARAMETRIZED = Refusal(
    "setter-parametrized",
    "the values of the other test's parameters are not known; write the fixture by hand",
)
OTHER_CLASS = Refusal(
    "other-class",
    "the other test uses its own instance, of another class; move its set-up into a fixture "
    "that both use",
)
DEFINED_ELSEWHERE = Refusal(
    "defined-elsewhere",
    "the other test uses names defined in its own file; move its set-up into a fixture in a "
    "conftest",
)
NAMES_CLASH = Refusal(
    "names-clash",
    "a name has different meanings in the two tests; write the fixture by hand",
)
NOT_ENOUGH = Refusal(
    "not-enough",
    "the other test's statements do not make the difference; one of its fixtures, marks or "
    "imports may: write the fixture by hand",
)
NEEDED_BY_OTHERS = Refusal(
    "needed-by-others",
    "the state must be restored after the test, but other tests need it, and it was not found"
    " out how; write a fixture for each of them by hand",
)
NO_SUCH_TEST = Refusal(
    "no-such-test",
    "the test is defined in another file; add the set-up there",
)
GENERATED = Refusal(
    "generated-input",
    "Hypothesis runs the body several times; add the set-up to the body by hand",
)
NAME_TAKEN = Refusal(
    "name-taken",
    "the fixture's name is already used in the file; rename that",
)

ALL = (
    SETTER_UNKNOWN,
    SETTER_ASYNC,
    SETTER_PARAMETRIZED,
    OTHER_CLASS,
    DEFINED_ELSEWHERE,
    NAMES_CLASH,
    NOT_ENOUGH,
    NEEDED_BY_OTHERS,
    NO_SUCH_TEST,
    GENERATED,
    NAME_TAKEN,
)
