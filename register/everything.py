"""Every table and file there is, whichever room it belongs to: for erasure, backup and key rotation.

The tables are read from the database itself, so that a room that is not loaded (or was added
yesterday) is not forgotten. Reading them takes a tenth of a second, asking whether they are still
the same a thousandth: as long as they are, what was read is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Connection, LargeBinary, MetaData, String, Table, Uuid, text
from sqlmodel import Session

from register.home import Home

NOT_OURS = ("alembic_version", "sqlite_")


# Everything of a schema that a Table carries, as text
_SCHEMA = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name",
    "postgresql": """
        SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS what
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
            AND NOT a.attisdropped
        UNION ALL
        SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
        ORDER BY what""",
}
_MOST_SCHEMAS = 4  # kept at a time; a process meets one, or two around an upgrade
_read: dict[tuple[str, ...], list[Table]] = {}


def all_tables(session: Session) -> list[Table]:
    """Our tables, referenced ones first. A session asks the database once."""
    if "tables" not in session.info:
        session.info["tables"] = _tables(session.connection())
    return list(session.info["tables"])


def _tables(connection: Connection) -> list[Table]:
    kind = connection.dialect.name
    schema = (kind, *connection.execute(text(_SCHEMA[kind])).scalars())
    if schema not in _read:
        found = MetaData()
        found.reflect(connection)
        if len(_read) >= _MOST_SCHEMAS:
            _read.clear()
        _read[schema] = [table for table in found.sorted_tables if not table.name.startswith(NOT_OURS)]
    return _read[schema]


def binary_columns(tables: Iterable[Table]) -> list[Column[Any]]:
    """Columns that hold seals and hashes."""
    return [column for table in tables for column in table.columns if isinstance(column.type, LargeBinary)]


def text_columns(tables: Iterable[Table]) -> list[Column[Any]]:
    """Columns that could hold words."""
    return [column for table in tables for column in table.columns if isinstance(column.type, (String, JSON, Uuid))]


def sealed_files(home: Home) -> Iterator[Path]:
    """Files in the home that are one seal each, whichever room they belong to."""
    yield from home.path.rglob("*.sealed")
    yield from home.path.glob("uploads/*.list")


@contextmanager
def inbox(home: Home) -> Iterator[sqlite3.Connection | None]:
    """What came in and waits: a file of its own, whichever database the home has. None before anything came."""
    if not home.inbox_file.exists():
        yield None
        return
    db = sqlite3.connect(home.inbox_file, isolation_level=None, timeout=15)
    try:
        db.execute("PRAGMA secure_delete=ON")
        yield db
    finally:
        db.close()
