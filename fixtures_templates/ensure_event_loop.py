"""Lets each test find a current event loop, where an earlier one took it away.

``asyncio.run`` leaves no loop behind it, and ``asyncio.get_event_loop`` makes one only where there never was any: a
test that asks for the current loop fails after one that ran a coroutine. A loop that is there and open stays.
"""

from __future__ import annotations

import asyncio
import warnings

import pytest


def _is_usable() -> bool:
    """Whether there is a current event loop, and an open one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return not asyncio.get_event_loop().is_closed()
        except RuntimeError:
            return False


@pytest.fixture(autouse=True)
def ensure_event_loop() -> None:
    """Let the test find an event loop."""
    if not _is_usable():
        asyncio.set_event_loop(asyncio.new_event_loop())
