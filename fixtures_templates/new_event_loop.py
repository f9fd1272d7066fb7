"""Gives each test an event loop of its own, where tests ask for the current one.

``asyncio.run`` leaves no loop, and ``asyncio.get_event_loop`` makes one only where there never was any: a
test that asks for the current loop fails after one that ran a coroutine. The loop is closed after the test, with the
tasks and the connections that were left in it: a connection that stays open keeps a server busy for the tests that
follow. Connections are let go by the garbage collector, which is called only where the loop has run.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def new_event_loop() -> Iterator[None]:
    """Give the test an event loop of its own, and close it with all that is left in it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    has_run: list[bool] = []
    loop.call_soon(has_run.append, True)
    yield
    asyncio.set_event_loop(None)
    if has_run and not loop.is_closed():
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks))
        loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    if has_run:
        gc.collect()
