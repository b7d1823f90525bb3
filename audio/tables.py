"""Say: bulletins, recordings and airings."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime

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
    created_at: datetime


class Recording(SQLModel, table=True):
    """Bản ghi: a mastered MP3 of one bulletin, with its measures."""

    __tablename__ = "recording"
    id: int | None = Field(default=None, primary_key=True)
    bulletin: int = Field(foreign_key="bulletin.id", index=True)
    voice: str
    draft: bool  # giọng nháp: not on air without a second explicit approval
    file: str  # name below <home>/audio
    sha256: str
    duration_s: float
    lufs: float
    true_peak_dbtp: float
    syllables_per_minute: float
    approved_by: str = ""
    approved_at: datetime | None = None
    created_at: datetime


class Airing(SQLModel, table=True):
    """Lượt phát: planned and confirmed apart; nothing says that anyone heard."""

    __tablename__ = "airing"
    id: int | None = Field(default=None, primary_key=True)
    recording: int = Field(foreign_key="recording.id", index=True)
    planned_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
