"""Say: bulletins, recordings and airings."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


def text_hash(text: str) -> str:
    """What an approval is bound to: SHA-256 of the text in NFC."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()


class Bulletin(SQLModel, table=True):
    """Bản tin: a text for the loudspeaker. Approval is bound to ``text_hash``."""

    __tablename__ = "bulletin"
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    title: str
    text: str
    text_hash: str
    author: str
    edited_by: str = ""  # who changed the text last; neither of the two may approve it
    created_at: datetime


class Recording(SQLModel, table=True):
    """Bản ghi: a mastered MP3 of one bulletin, with its measures. ``approved_for`` holds the hash of both."""

    __tablename__ = "recording"
    id: int | None = Field(default=None, primary_key=True)
    bulletin: int = Field(foreign_key="bulletin.id", index=True)
    voice: str
    draft: bool  # giọng nháp: not on air without a second explicit approval
    file: str  # name below <home>/audio
    text_hash: str  # of the text that is read in it
    sha256: str
    duration_s: float
    lufs: float
    true_peak_dbtp: float
    syllables_per_minute: float
    approved_by: str = ""
    approved_at: datetime | None = None
    approved_for: str = ""  # audio.approval.bound: text and audio together
    draft_approved_by: str = ""
    draft_approved_at: datetime | None = None
    created_at: datetime


class Airing(SQLModel, table=True):
    """Lượt phát: what is planned. What happened stands in AirEntry alone."""

    __tablename__ = "airing"
    __table_args__ = (UniqueConstraint("recording", "planned_at"),)
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    recording: int = Field(foreign_key="recording.id", index=True)
    planned_at: datetime
    seconds: int  # on air, repeats and the pauses between them included
    repeats: int = 1
    urgent: bool = False  # khẩn cấp: at once, before everything else
    planned_by: str
    cancelled_at: datetime | None = None
    cancelled_by: str = ""


class AirEntry(SQLModel, table=True):
    """Nhật ký phát sóng: one thing that happened to an airing. Only added; nothing says that anyone heard."""

    __tablename__ = "air_entry"
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    airing: int = Field(foreign_key="airing.id", index=True)
    key: str = Field(unique=True)  # made where it happened, so that sending it twice adds nothing
    what: str  # audio.air_log.WHAT
    planned_at: datetime  # as it was planned then
    at: datetime
    until: datetime | None = None
    by: str
    received_at: datetime


class OwnWord(SQLModel, table=True):
    """How one commune says a word of its own; goes before every rule of the spoken form."""

    __tablename__ = "own_word"
    commune: str = Field(foreign_key="unit.code", primary_key=True)
    written: str = Field(primary_key=True)
    said: str
    by: str
    at: datetime


class RadioDesk(SQLModel, table=True):
    """A PC that was armed by a signed-in operator: for some days it may read the plan and write the broadcast log."""

    __tablename__ = "radio_desk"
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    lookup: str = Field(unique=True)  # SHA-256 of what its browser holds
    by: str
    made_at: datetime
    expires_at: datetime
