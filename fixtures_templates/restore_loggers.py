"""Takes some loggers back to what they were before each test: level, handlers, filters, ``propagate``, ``disabled``.

One that no module has asked for yet is made, so that what the first test does to it is taken back, too.
``isolate_logging`` does the same for all loggers that are there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

# The loggers that tests leave changed.
_LEAKED_LOGGERS: list[str] = []


@pytest.fixture(autouse=True)
def restore_loggers() -> Iterator[None]:
    """Restore these loggers."""
    saved = {
        logger: (logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled)
        for logger in map(logging.getLogger, _LEAKED_LOGGERS)
    }
    yield
    for logger, (level, handlers, filters, propagate, disabled) in saved.items():
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.filters[:] = filters
        logger.propagate, logger.disabled = propagate, disabled
