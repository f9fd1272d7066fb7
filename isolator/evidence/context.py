"""What a watched run showed of a project, for the rules to use where the settings say nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from codemods.context import Context, Fixture, Initializer
from isolator.evidence.model import Evidence
from isolator.evidence.seen import DOTTED, WIDE, Seen, node_id


def informed(
    context: Context, evidence: Evidence, accept_initializers: bool = False, changed: Collection[str] = ()
) -> Context:
    """The context with what evidence adds to it; what the settings say stays, and comes first.

    With ``accept_initializers`` the test files that need them are read, for where the targets are looked up.
    ``changed`` are files that are not what they were when they were watched: their line numbers count for nothing.
    """
    seen = Seen(evidence)
    lines = tuple(polluter for polluter in seen.polluters() if polluter.file not in changed)
    context = replace(
        context,
        preconditions=(*context.preconditions, *seen.preconditions()),
        caches=_merged(context.caches, seen.caches()),
        leaked=_merged(context.leaked, seen.leaked()),
        kinds=tuple(seen.kinds()),
        polluters=lines,
        setters=tuple(seen.setters()),
        files=tuple(seen.files()),
        set_ups=evidence.set_ups,
        calm=seen.calm(),
    )
    if context.fixture is None:
        context = replace(context, conftest=seen.conftest())
    if accept_initializers:
        declared = {initializer.target for initializer in context.initializers}
        new = (each for each in initializers(evidence, context) if each.target not in declared)
        context = replace(context, initializers=(*context.initializers, *new))
    return _isolating(context, seen)


def initializers(evidence: Evidence, context: Context) -> tuple[Initializer, ...]:
    """The initializers that tests reached, as the settings would have them; reads the test files."""
    from isolator.evidence.looking_up import looked_up

    seen = Seen(evidence)
    reached = (
        Initializer(
            target=each.target,
            returns="None" if each.target.endswith(".__init__") else None,  # anything else is a TypeError
            tests=tuple(dict.fromkeys(map(node_id, each.tests))),
        )
        for each in evidence.initializers
        if DOTTED.fullmatch(each.target) and not seen.is_test_file(each.file)
    )
    return looked_up(reached, context)


def _isolating(context: Context, seen: Seen) -> Context:
    """With the variables that no line of a test is to blame for, and a fixture for them."""
    leaks = seen.beyond_tests()
    needed = {setter.variable for setter in context.setters}
    # A fixture that takes away what a brittle test needs is refused: that must not keep it from all the others.
    spared = [leak for leak in leaks if leak.variable not in needed] or leaks
    new = _merged(context.critical_env, (leak.variable for leak in spared))
    if new == context.critical_env:
        return context
    context = replace(context, critical_env=new)
    if context.fixture is not None or context.conftest is None:
        return context
    wide = any(leak.scope in WIDE for leak in spared)
    name = "isolate_scopes" if wide else "isolate_environment"
    return replace(context, fixture=Fixture(context.conftest, name, name))


def _merged(first: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *more)))
