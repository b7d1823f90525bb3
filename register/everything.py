"""Every table there is, whichever room it belongs to: for erasure, backup and key rotation.

The tables are read from the database itself, so that a room that is not loaded (or was added
yesterday) is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, MetaData, String, Table, Uuid
from sqlmodel import Session

NOT_OURS = ("procrastinate", "alembic_version", "apscheduler", "sqlite_")


def all_tables(session: Session) -> list[Table]:
    """Our tables, referenced ones first."""
    found = MetaData()
    found.reflect(session.connection())
    return [table for table in found.sorted_tables if not table.name.startswith(NOT_OURS)]


def binary_columns(tables: Iterable[Table]) -> list[Column[Any]]:
    """Columns that hold seals and hashes."""
    return [column for table in tables for column in table.columns if isinstance(column.type, LargeBinary)]


def text_columns(tables: Iterable[Table]) -> list[Column[Any]]:
    """Columns that could hold words."""
    return [column for table in tables for column in table.columns if isinstance(column.type, (String, JSON, Uuid))]
