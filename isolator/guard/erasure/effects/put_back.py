"""What code puts back by hand though it never changes it: nothing else would do that, so it has to stay.

saved = os.environ["PATH"]
os.environ["MODE"] = "1"
yield
del os.environ["MODE"]
os.environ["PATH"] = saved      # which a test may have changed
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from isolator.guard.erasure.effects.changes import Change, Erased, one_by_one, puts_back_saved, source_of
from isolator.guard.erasure.effects.tidying import root
from isolator.guard.erasure.syntax.nodes import names_in, substitute, text
from isolator.guard.erasure.syntax.operations import Operation, with_values

# Stands for all variables; a key is a text that is not empty.
ALL = ""


def lost(before: Collection[Erased], after: Collection[Erased], *, attributes: bool = False) -> Iterator[str]:
    """The variables that code no longer puts back and never changed, as sentences.

    ``before`` and ``after`` are the functions that belong together: one, or, with ``attributes``, those of a class,
    which keep what was there in attributes.
    """
    old = _PutBack(before, attributes)
    if not old.given or ALL in old.written:
        return
    missing = old.given - old.written - _PutBack(after, attributes).given
    if old.written:  # of all variables it is known only where they are put back that code may have changed others
        missing -= {ALL}
    for key in sorted(missing):
        yield f"{key or 'the environment'} is no longer put back"


def held(erased: Erased) -> dict[str, set[str]]:
    """The variables whose values each name holds, as text."""
    found: dict[str, set[str]] = {}
    for name, change in erased.held:
        found.setdefault(name, set()).update(key for o in _written_out(erased, change) for key in _keys(o))
    return found


class _PutBack:
    """The keys of variables that functions put back by hand, ``given``, and of those they change, ``written``."""

    def __init__(self, functions: Collection[Erased], attributes: bool) -> None:
        self.held: dict[str, set[str]] = {}
        for name, keys in (item for function in functions for item in held(function).items()):
            self.held.setdefault(name, set()).update(keys)
        self.given: set[str] = set()
        self.written: set[str] = set()
        for function in functions:
            self._read(function, attributes)

    def _read(self, function: Erased, attributes: bool) -> None:
        """Add what one function puts back; what another has saved only with ``attributes``."""
        steps = [(o, c) for c in function.changes for o in _written_out(function, c) if o.kind != "turn"]
        for index, (operation, change) in enumerate(steps):
            following = steps[index + 1][0] if index + 1 < len(steps) else None
            if operation.kind == "clear" and following is not None and source_of(following) in function.saved:
                continue  # the first half of what the next one does
            if not puts_back_saved(operation, change, function.saved):
                self.written |= _keys(operation)
            elif attributes or not self._is_held_elsewhere(operation, change, function.saved):
                self.given |= self._put_back(operation)

    def _is_held_elsewhere(self, operation: Operation, change: Change, saved: Collection[str]) -> bool:
        """Whether another method has saved what is put back: ``os.environ["A"] = self.saved``."""
        parts = [operation.key, operation.value, *(part for pair in change.around for part in pair)]
        names = {n.id for n in names_in(part for part in parts if part is not None)}
        return any("." in name and name not in self.held for name in names.intersection(saved))

    def _put_back(self, operation: Operation) -> set[str]:
        """The variables that one operation puts back."""
        source = operation.value if operation.key is None else operation.key
        name = root(source) if source is not None else None
        return self.held.get(name or "", _keys(operation))


def _written_out(erased: Erased, change: Change) -> Iterable[Operation]:
    """The operations of a change, whatever its conditions; names of the module are replaced by what they stand for."""
    loops = ((target, iterable) for target, iterable in change.around if target is not None)
    around = tuple((target, substitute(iterable, erased.constants)) for target, iterable in loops)
    return one_by_one(replace(change, operation=with_values(change.operation, erased.constants), around=around))


def _keys(operation: Operation) -> set[str]:
    """The variables that an operation is about, as text."""
    if operation.kind == "mapping":
        given = text(operation.value)
        return {f"{given}[0]", f"{given}.items()[0]"}
    return {ALL} if operation.kind == "clear" else {text(operation.key)}
