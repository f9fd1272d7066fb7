"""Hooks of pytest: functions of a conftest or a plugin that pytest itself calls, by their names.

def pytest_configure(config):            once, before all tests
def pytest_runtest_setup(item):          before each test
"""

from __future__ import annotations

from codemods.python.names import Function

_PREFIX = "pytest_"
_FOR_EACH_TEST = ("pytest_runtest_", "pytest_pyfunc_call", "pytest_fixture_")


def is_hook(function: Function) -> bool:
    """Whether pytest calls a function by its name."""
    return function.name.startswith(_PREFIX)


def is_for_session(function: Function) -> bool:
    """Whether pytest calls it for all tests together, so that a change in it is for all of them."""
    return is_hook(function) and not function.name.startswith(_FOR_EACH_TEST)
