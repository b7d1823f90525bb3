"""What a commune or province words otherwise than the shipped files: whole texts in versions, none ever changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel


class TextEdit(SQLModel, table=True):
    """One version of one text of one unit. ``state``: waiting | approved | returned | replaced | withdrawn."""

    __tablename__ = "text_edit"
    __table_args__ = (UniqueConstraint("unit", "text", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    unit: str = Field(foreign_key="unit.code")  # a commune or a province
    text: str = Field(index=True)  # its key: first, asxh.open, ask.fee (content.library)
    version: int
    lines: list[str] = Field(sa_column=Column(JSON, nullable=False))
    shipped: str  # hash of the shipped lines that it was written over: a new release is then seen
    state: str = "waiting"
    by: str
    at: datetime
    approver: str | None = None
    settled_at: datetime | None = None
    note: str = ""  # what the second person wrote when giving it back
