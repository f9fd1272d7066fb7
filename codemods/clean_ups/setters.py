"""Functions that set state of the process, each with the function that puts it back, one per line.

Facts about the standard library and well-known packages, from their documentation. Settings that
have a context manager, or no getter, are not among them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setter:
    """How to put back what a function sets: call ``function`` with ``arguments``.

    Names are those of the setter's own module, which the file has imported. ``{0}`` is the first
    argument of the setter, and ``{here}`` that module. Calls with fewer than ``least`` arguments
    set nothing that could be put back: ``random.seed()``.
    """

    function: str
    arguments: tuple[str, ...]
    least: int = 1


def _setter(function: str, *arguments: str, least: int = 1) -> Setter:
    return Setter(function, arguments, least)


SETTERS = {
    "random.seed": _setter("setstate", "{here}.getstate()"),
    "numpy.random.seed": _setter("set_state", "{here}.get_state()"),
    "numpy.seterr": _setter("seterr", "**{here}.geterr()"),
    "numpy.set_printoptions": _setter("set_printoptions", "**{here}.get_printoptions()"),
    "torch.manual_seed": _setter("set_rng_state", "{here}.get_rng_state()"),
    "torch.set_default_dtype": _setter("set_default_dtype", "{here}.get_default_dtype()"),
    "torch.set_num_threads": _setter("set_num_threads", "{here}.get_num_threads()"),
    "torch.set_grad_enabled": _setter("set_grad_enabled", "{here}.is_grad_enabled()"),
    "pandas.set_option": _setter("set_option", "{0}", "{here}.get_option({0})", least=2),
    "locale.setlocale": _setter("setlocale", "{0}", "{here}.setlocale({0})", least=2),
    "signal.signal": _setter("signal", "{0}", "{here}.getsignal({0})", least=2),
    "socket.setdefaulttimeout": _setter("setdefaulttimeout", "{here}.getdefaulttimeout()"),
    "sys.setrecursionlimit": _setter("setrecursionlimit", "{here}.getrecursionlimit()"),
    "sys.setswitchinterval": _setter("setswitchinterval", "{here}.getswitchinterval()"),
    "sys.settrace": _setter("settrace", "{here}.gettrace()"),
    "sys.setprofile": _setter("setprofile", "{here}.getprofile()"),
    "sys.set_int_max_str_digits": _setter(
        "set_int_max_str_digits", "{here}.get_int_max_str_digits()"
    ),
    "decimal.setcontext": _setter("setcontext", "{here}.getcontext()"),
    "gc.set_threshold": _setter("set_threshold", "*{here}.get_threshold()"),
    "gc.set_debug": _setter("set_debug", "{here}.get_debug()"),
    "csv.field_size_limit": _setter("field_size_limit", "{here}.field_size_limit()"),
    "asyncio.set_event_loop_policy": _setter(
        "set_event_loop_policy", "{here}.get_event_loop_policy()"
    ),
    "django.utils.translation.activate": _setter("activate", "{here}.get_language()"),
    "logging.disable": _setter("disable", "{here}.root.manager.disable", least=0),
    "logging.setLoggerClass": _setter("setLoggerClass", "{here}.getLoggerClass()"),
    "logging.setLogRecordFactory": _setter("setLogRecordFactory", "{here}.getLogRecordFactory()"),
}
# These have no getter, or must be put back after something else.
WITHOUT_GETTER = frozenset(
    {"asyncio.set_event_loop", "os.umask", "time.tzset", "locale.resetlocale", "faker.Faker.seed"}
)
# These configure many loggers at once.
CONFIGURING = frozenset(
    {"logging.basicConfig", "logging.config.dictConfig", "logging.config.fileConfig"}
)
# Calls that return an object of the whole process, whose attributes are state.
HOLDERS = {
    "decimal.getcontext()": frozenset({"prec", "rounding", "Emin", "Emax", "capitals", "clamp"}),
    "logging.getLogger()": frozenset({"level", "propagate", "disabled", "handlers", "filters"}),
    "logging.root": frozenset({"level", "propagate", "disabled", "handlers", "filters"}),
}
