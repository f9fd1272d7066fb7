"""Takes logging back to what it was before each test: levels, handlers, filters, ``propagate`` and ``disabled``.

That holds for the root logger and for each named one, and for ``logging.disable``. Loggers that come into being during
a test are left as they are: a module that was imported then has set them up for all tests.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


def _loggers() -> list[logging.Logger]:
    """The root logger, and all named ones that are there."""
    named = list(logging.root.manager.loggerDict.values())
    return [logging.root, *(each for each in named if isinstance(each, logging.Logger))]


@pytest.fixture(autouse=True)
def isolate_logging() -> Iterator[None]:
    """Restore every logger, and what ``logging.disable`` silences."""
    silenced = logging.root.manager.disable
    saved = {
        logger: (logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled)
        for logger in _loggers()
    }
    yield
    for logger, (level, handlers, filters, propagate, disabled) in saved.items():
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.filters[:] = filters
        logger.propagate, logger.disabled = propagate, disabled
    logging.disable(silenced)
