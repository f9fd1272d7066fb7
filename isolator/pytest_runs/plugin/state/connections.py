"""Connections to databases that tests leave open, as SQLAlchemy keeps them: in sessions, and in the pools of engines.

A connection that stays open goes on with the database that it was made for: of a SQLite file that a fixture deletes and
recreates it shows the old one, and a server may keep rows locked for it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

from .nodes import MISSING

CONNECTIONS = "sqlalchemy.orm.close_all_sessions()"
_IN_MEMORY = (None, "", ":memory:")  # what such a database holds is gone with its connection

Values = dict[Any, Any]


def connections() -> Values:
    """How many sessions have a transaction, and how many connections there are; nothing if there are none."""
    sessions = sum(bool(_transaction(each)) for each in _sessions())
    pooled = sum(_size(engine.pool) for engine in _engines())
    return {CONNECTIONS: (sessions, pooled)} if sessions or pooled else {}


def close_connections(_: str, value: Any) -> None:  # noqa: ANN401
    """Close all of them if none was open before; of others only the number is known, and they stay."""
    if value is MISSING:
        for session in _sessions():
            session.close()
        for engine in _engines():
            engine.dispose()


def _sessions() -> list[Any]:
    module = sys.modules.get("sqlalchemy.orm.session")
    return [*getattr(module, "_sessions", {}).values()]


def _transaction(session: Any) -> Any:  # noqa: ANN401
    """The transaction of a session, as SQLAlchemy 1.4 and 2 keep it, or as those before did."""
    kept = vars(session)  # to ask a session of 1.4 for ``transaction`` is a warning, which may be an error
    return kept.get("_transaction") or kept.get("transaction")


def _engines() -> Iterator[Any]:
    """The engines of databases that outlive a connection. Nothing else keeps a list of them."""
    module: Any = sys.modules.get("sqlalchemy.engine")
    kind = getattr(module, "Engine", ())
    for each in gc.get_objects() if kind else ():
        if issubclass(type(each), kind) and each.url.database not in _IN_MEMORY and not _is_async(each):
            yield each


def _is_async(engine: Any) -> bool:  # noqa: ANN401
    return bool(getattr(engine.dialect, "is_async", False))


def _size(pool: Any) -> int:  # noqa: ANN401
    """How many connections a pool has, in use or not; 0 for one that does not keep any."""
    asked = (getattr(pool, name, None) for name in ("checkedin", "checkedout"))
    return sum(ask() for ask in asked if ask is not None)
