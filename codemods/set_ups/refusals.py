"""Why a test cannot be given what another one sets up."""

from __future__ import annotations

from codemods.rule import Refusal

SETTER_UNKNOWN = Refusal(
    "setter-unknown",
    "what the other test does stands in another file or is made when it runs; set it up in a "
    "fixture by hand",
)
SETTER_ASYNC = Refusal(
    "setter-async", "the other test is a coroutine or a generator; set it up in a fixture by hand"
)
SETTER_PARAMETRIZED = Refusal(
    "setter-parametrized",
    "the values that the other test gets are not known; set it up in a fixture by hand",
)
OTHER_CLASS = Refusal(
    "other-class",
    "the other test uses its object, which is one of another class; move what it sets up into a "
    "fixture that both ask for",
)
DEFINED_ELSEWHERE = Refusal(
    "defined-elsewhere",
    "the other test uses names of its own file; move what it sets up into a fixture in a conftest",
)
NAMES_CLASH = Refusal(
    "names-clash",
    "a name means different things in what is to be put together; set it up in a fixture by hand",
)
NOT_ENOUGH = Refusal(
    "not-enough",
    "the statements of the other test are not what makes the difference: a fixture, a mark or an "
    "import of it may be; set that up in a fixture by hand",
)
NEEDED_BY_OTHERS = Refusal(
    "needed-by-others",
    "what it sets up must be put back after it, and other tests live on that, of which it was not "
    "found out what they need; give each of them a fixture by hand",
)
NO_SUCH_TEST = Refusal(
    "no-such-test", "the test is defined in another file; give it there what it needs"
)
GENERATED = Refusal(
    "generated-input", "Hypothesis runs its body several times; set it up in the body by hand"
)
NAME_TAKEN = Refusal("name-taken", "rename what is called so in the file")

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
