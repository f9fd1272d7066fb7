"""The options that say what is watched, and what the command line says of one."""

from __future__ import annotations

from typing import Any

import pytest


def add_options(group: pytest.OptionGroup) -> None:
    """Register the options that say what is watched, and put back."""
    group.addoption("--isolator-no-heap", action="store_true", help="do not watch what tests leave changed")
    group.addoption(
        "--isolator-sparing", action="store_true", help="look after several tests where they are very short"
    )
    group.addoption("--isolator-libraries", action="store_true", help="watch what other packages hold, too")
    group.addoption(
        "--isolator-put-back",
        metavar="FILE",
        help="put these back after each test, as JSON; x* is all that begins with x",
    )
    group.addoption("--isolator-lines", metavar="FILE", help="find the lines that change these, by test, as JSON")


def option(config: pytest.Config, name: str) -> Any:  # noqa: ANN401
    """What it says, though pytest may not have read it as a whole yet; None for nothing."""
    found = (getattr(options, name, None) for options in (config.option, config.known_args_namespace))
    return next(filter(None, found), None)
