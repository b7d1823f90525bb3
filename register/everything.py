"""Every table and file there is, whichever room it belongs to: for erasure, backup and key rotation.

The tables are read from the database itself, so that a room that is not loaded (or was added
yesterday) is not forgotten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, MetaData, String, Table, Uuid
from sqlmodel import Session

from register.home import Home

NOT_OURS = ("procrastinate", "alembic_version", "apscheduler", "sqlite_")


def all_tables(session: Session) -> list[Table]:
    """Our tables, referenced ones first. A session asks the database once."""
    if "tables" not in session.info:
        found = MetaData()
        found.reflect(session.connection())
        session.info["tables"] = [table for table in found.sorted_tables if not table.name.startswith(NOT_OURS)]
    tables: list[Table] = session.info["tables"]
    return tables


def binary_columns(tables: Iterable[Table]) -> list[Column[Any]]:
    """Columns that hold seals and hashes."""
    return [column for table in tables for column in table.columns if isinstance(column.type, LargeBinary)]


def text_columns(tables: Iterable[Table]) -> list[Column[Any]]:
    """Columns that could hold words."""
    return [column for table in tables for column in table.columns if isinstance(column.type, (String, JSON, Uuid))]


def sealed_files(home: Home) -> Iterator[Path]:
    """Files in the home that are one seal each, whichever room they belong to."""
    for file in home.path.rglob("*.sealed"):
        yield file
    for file in home.path.glob("uploads/*.list"):
        yield file


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
