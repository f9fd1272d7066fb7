"""What the command line says of an option."""

from __future__ import annotations

from typing import Any

import pytest


def option(config: pytest.Config, name: str) -> Any:  # noqa: ANN401
    """What it says, though pytest may not have read it as a whole yet; None for nothing."""
    found = (getattr(options, name, None) for options in (config.option, config.known_args_namespace))
    return next(filter(None, found), None)
