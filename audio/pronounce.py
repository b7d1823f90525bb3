"""How a commune says its own words: officers correct a pronunciation once, and it is kept and used ever after.

"Ea H'Leo" → "Ê a hơ leo", "BCHQS" → "Ban Chỉ huy Quân sự". Such a word goes before every rule of ``audio.spoken``.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from audio.spoken import spoken
from audio.tables import OwnWord
from database import upsert
from register.errors import BadInput

LONGEST = 60  # characters
MOST_WORDS = 500  # of one commune


def own_words(session: Session, commune: str) -> dict[str, str]:
    """What this commune (5-digit code) says in its own way: written → said."""
    return {row.written: row.said for row in session.exec(select(OwnWord).where(OwnWord.commune == commune)).all()}


def all_own_words(session: Session) -> dict[str, dict[str, str]]:
    """The same for every commune: code → written → said."""
    found: dict[str, dict[str, str]] = {}
    for row in session.exec(select(OwnWord)).all():
        found.setdefault(row.commune, {})[row.written] = row.said
    return found


def teach(session: Session, commune: str, written: str, said: str, by: str, now: datetime) -> None:
    """Keep how ``written`` is said; an empty ``said`` forgets it. BadInput says what cannot be spoken."""
    written, said = (" ".join(unicodedata.normalize("NFC", text).split()) for text in (written, said))
    if not re.search(r"\w", written) or len(written) > LONGEST:
        raise BadInput(f"Hãy ghi chữ cần sửa cách đọc, từ 1 đến {LONGEST} ký tự.")
    if not said:
        session.execute(delete(OwnWord).where(col(OwnWord.commune) == commune, col(OwnWord.written) == written))
        return
    if len(said) > LONGEST or spoken(said).text != said:
        read = spoken(said).text[:LONGEST]
        raise BadInput(f"Cách đọc phải viết bằng chữ thường, đủ từng tiếng, không số, không viết tắt. Ví dụ: {read}")
    known = own_words(session, commune)
    if written not in known and len(known) >= MOST_WORDS:
        raise BadInput(f"Đã đủ {MOST_WORDS} chữ. Hãy bỏ bớt chữ không dùng nữa.")
    row = {"commune": commune, "written": written, "said": said, "by": by, "at": now}
    upsert(session, OwnWord, [row], ["commune", "written"])
