"""What outlives a test in a thread or beside it: context variables, decimals, random numbers, threads, connections."""

from __future__ import annotations

import contextvars
import operator
import re
import sys
import threading
from collections.abc import Iterator
from typing import Any

from .connections import close_connections, connections
from .nodes import MISSING, Probe

_DECIMAL = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_of_decimal = operator.attrgetter(*_DECIMAL)
_GENERATORS = {"random": ("getstate", "setstate"), "numpy.random": ("get_state", "set_state")}
_DOES = re.compile(r"Thread-\d+ \((.*)\)")

Values = dict[Any, Any]


def contexts(*, thorough: bool, threads: bool) -> Iterator[Probe]:
    """All of them; states of generators, which every use changes, and open connections only if ``thorough``."""
    # Where nothing has been set in between, the copies of a context share what they hold.
    yield Probe("contextvars.copy_context()", _variables, _put_variable, contextvars.copy_context, spaced=False)
    yield Probe("decimal.getcontext().", _decimal, _put_decimal, _decimal_glance)
    if threads:
        yield Probe("threading.enumerate()", _threads, _put_thread, spaced=False)
    if thorough:
        yield Probe("", _generators, _put_generator)
        yield Probe("", connections, close_connections)


def _variables() -> Values:
    """With each value its variable, by which it can be put back; that of ``decimal`` is looked into below."""
    found = contextvars.copy_context().items()
    return {variable.name: (variable, value) for variable, value in found if variable.name != "decimal_context"}


def _put_variable(_: str, held: Any) -> None:  # noqa: ANN401
    if held is not MISSING:  # it cannot be unset without a token
        variable, value = held
        variable.set(value)


def _decimal() -> Values:
    """What is different from how a context is in the beginning."""
    decimal = sys.modules.get("decimal")
    if decimal is None:
        return {}
    context, usual = decimal.getcontext(), decimal.DefaultContext
    now, before = _of_decimal(context), _of_decimal(usual)
    found = {} if now == before else {n: x for n, x, y in zip(_DECIMAL, now, before) if x != y}  # noqa: B905
    return found if context.traps == usual.traps else {**found, "traps": tuple(context.traps.items())}


def _decimal_glance() -> object:
    decimal = sys.modules.get("decimal")
    if decimal is None:
        return None
    context, usual = decimal.getcontext(), decimal.DefaultContext
    # The traps themselves are alive: a copy would cost more than the comparison.
    return (_of_decimal(context), _of_decimal(usual)) if context.traps == usual.traps else object()


def _put_decimal(cell: str, value: Any) -> None:  # noqa: ANN401
    decimal: Any = sys.modules["decimal"]
    context, usual = decimal.getcontext(), decimal.DefaultContext
    if cell == "traps":
        context.traps.update(usual.traps if value is MISSING else value)
    else:
        setattr(context, cell, getattr(usual, cell) if value is MISSING else value)


def _threads() -> Values:
    """Those that run, without their numbers: ``Thread-3 (work)``, by what it does, is another one in each run."""
    own = (thread for thread in threading.enumerate() if not _is_of_pytest(thread))
    names = (re.sub(r"\d+", "N", _DOES.sub(r"\1", thread.name)) for thread in own)
    return {re.sub(r"[^\w.-]+", "-", name): True for name in names}


def _is_of_pytest(thread: threading.Thread) -> bool:
    return thread.name.startswith(("pytest", "execnet")) or "pytest" in type(thread).__module__


def _put_thread(*_: object) -> None:
    """A thread cannot be ended from outside."""


def _generators() -> Values:
    loaded = {name: sys.modules[name] for name in _GENERATORS if name in sys.modules}
    found = {
        f"{name}.{_GENERATORS[name][0]}()": getattr(module, _GENERATORS[name][0]) for name, module in loaded.items()
    }
    return {cell: _comparable(get()) for cell, get in found.items()}


def _comparable(state: Any) -> Any:  # noqa: ANN401
    """That of numpy has an array, which is compared as a tuple."""
    return tuple(tuple(each.tolist()) if hasattr(each, "tolist") else each for each in state)


def _put_generator(cell: str, value: Any) -> None:  # noqa: ANN401
    name = cell.rpartition(".")[0]
    if value is not MISSING:
        getattr(sys.modules[name], _GENERATORS[name][1])(value)
