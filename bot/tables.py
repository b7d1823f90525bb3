"""Talk: where each contact is in its conversation, and the tickets for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class Conversation(SQLModel, table=True):
    """The pure engine's state for one contact, as data (no text that a citizen typed).

    ``sealed``: redacted and encrypted, what came in (bot/recording.py); of the web chat, what its page shows
    (bot/citizen/web.py).
    """

    __tablename__ = "conversation"
    contact: int = Field(foreign_key="contact.id", primary_key=True)
    state: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    last_event: str = ""  # the provider's key of the event that was handled last
    sealed: bytes | None = None
    updated_at: datetime


class Ticket(SQLModel, table=True):
    """Việc cần hỗ trợ. ``sealed``: the citizen's own words, redacted and encrypted."""

    __tablename__ = "ticket"
    id: int | None = Field(default=None, primary_key=True)
    commune: str | None = Field(default=None, foreign_key="unit.code", index=True)
    contact: int = Field(foreign_key="contact.id", index=True)
    person: int | None = Field(default=None, foreign_key="person.id", index=True)
    kind: str  # stuck | human | scam | deceased | data | mismatch | ...
    sealed: bytes | None = None
    opened_at: datetime
    taken_by: str = ""
    taken_at: datetime | None = None  # from opened_at to here: how long people wait
    closed_at: datetime | None = None


class StaffAlarm(SQLModel, table=True):
    """A trouble that staff were told of by itself (bot/staff/alarms.py). Nothing in it is about a citizen."""

    __tablename__ = "staff_alarm"
    cause: str = Field(primary_key=True)  # ticket:12, campaign:3, lane:zalo:main, unknown:3, failing:zbs:main
    commune: str | None = Field(default=None, foreign_key="unit.code")  # None: it concerns the whole installation
    text: str = ""  # as it was told; the console shows it too
    told: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # chats, by their hash
    at: datetime


class StaffChat(SQLModel, table=True):
    """The Telegram chat of an officer. The chat id is sealed and found by a keyed hash."""

    __tablename__ = "staff_chat"
    lookup: bytes = Field(primary_key=True)
    staff: int = Field(foreign_key="staff.id", index=True)
    sealed: bytes
    at: datetime


class StaffCode(SQLModel, table=True):
    """An officer's one-time code for the staff bot, shown in the console; only its keyed hash is kept."""

    __tablename__ = "staff_code"
    lookup: bytes = Field(primary_key=True)
    staff: int = Field(foreign_key="staff.id", index=True)
    expires_at: datetime
    used_at: datetime | None = None
