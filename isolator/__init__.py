"""isolator: rewrites flaky tests so that they stop sharing process state.

For other programs there are ``check`` and ``rewrite`` (see ``isolator.api``); they are imported when they are used.
"""

# Nothing is imported here, not even from the standard library: `python -m isolator` comes by here before it has taken
# the current directory, in which there may be a typing.py, off its path.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from isolator.api import Found, check, rewrite
    from isolator.system.errors import Failure

__all__ = ["Failure", "Found", "check", "rewrite"]


def __getattr__(name: str) -> object:
    if name == "Failure":
        from isolator.system.errors import Failure

        return Failure
    if name in __all__:
        from isolator import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
