"""Closes the SQLAlchemy sessions that a test leaves open, and the connections of the engines that it used.

A connection that stays open goes on with the database that it was made for: of a SQLite file that a fixture deletes and
recreates it shows the old one. The connections of a database in memory stay, for without them it is gone, and so do
those of asynchronous engines, which only their event loop can close.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import close_all_sessions


@pytest.fixture(autouse=True)
def close_connections() -> Iterator[None]:
    """Close all sessions, and the connections of the engines that were used."""
    engines: dict[Engine, None] = {}

    def note(connection: Connection, *_: object) -> None:  # before SQLAlchemy 2 there is a second argument
        engine = connection.engine
        if engine.url.database not in (None, "", ":memory:") and not engine.dialect.is_async:
            engines[engine] = None

    event.listen(Engine, "engine_connect", note)
    yield
    event.remove(Engine, "engine_connect", note)
    close_all_sessions()
    for engine in engines:
        engine.dispose()
