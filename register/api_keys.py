"""Khóa kết nối: how another program of a commune asks through /api/v1. Shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from register.audit import declare, note
from register.errors import BadInput
from register.tables import ApiKey
from register.units import commune_of

PREFIX = "tn_"  # so that a scanner of leaked secrets can know one
TOKEN = re.compile(rf"{PREFIX}[\w-]{{43}}", re.ASCII)  # 256 random bits: a plain hash is enough to keep
LIVES_DAYS = (30, 90, 365)  # that can be chosen
MOST_KEYS = 20  # in force, of one commune
MOST_NAME = 60
USED_EVERY = timedelta(hours=1)  # how exactly the last use is noted
declare("api_key_made", "commune", "writes", "days")
declare("api_key_withdrawn", "commune")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def make_key(
    session: Session, commune: str, name: str, writes: bool, days: int, by: str, now: datetime
) -> tuple[ApiKey, str]:
    """A new key and its token, which is nowhere but in the answer. BadInput: no name, too many, a term unknown."""
    commune_of(session, commune)
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name or len(name) > MOST_NAME:
        raise BadInput(f"Hãy ghi tên phần mềm sẽ dùng khóa này, nhiều nhất {MOST_NAME} ký tự.")
    if days not in LIVES_DAYS:
        raise BadInput("Thời hạn của khóa: 30, 90 hoặc 365 ngày.")
    if sum(in_force(key, now) for key in keys_of(session, commune)) >= MOST_KEYS:
        raise BadInput("Xã, phường này đã có quá nhiều khóa. Hãy thu hồi khóa không còn dùng.")
    token = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        commune=commune, name=name, token_hash=_hash(token), writes=writes, made_by=by, made_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(key)
    session.flush()
    note(session, by, "api_key_made", str(key.id), now, commune=commune, writes=writes, days=days)
    return key, token


def withdraw_key(session: Session, key: ApiKey, by: str, now: datetime) -> None:
    """From the next request on it opens nothing. Again: nothing happens."""
    if key.withdrawn_at is None:
        key.withdrawn_at, key.withdrawn_by = now, by
        session.add(key)
        note(session, by, "api_key_withdrawn", str(key.id), now, commune=key.commune)


def keys_of(session: Session, commune: str) -> list[ApiKey]:
    """All keys of a commune, the newest first."""
    return list(session.exec(select(ApiKey).where(ApiKey.commune == commune).order_by(col(ApiKey.id).desc())).all())


def in_force(key: ApiKey, now: datetime) -> bool:
    return key.withdrawn_at is None and now < key.expires_at


def key_for(session: Session, token: str, now: datetime) -> ApiKey | None:
    """The key that this token opens, or None: unknown, withdrawn or run out are not told apart."""
    if not TOKEN.fullmatch(token):
        return None
    key = session.exec(select(ApiKey).where(ApiKey.token_hash == _hash(token))).first()
    return key if key is not None and in_force(key, now) else None


def was_used(session: Session, number: int, now: datetime) -> None:
    """Note the last use of a key."""
    key = session.get(ApiKey, number)
    if key is not None:
        key.used_at = now
        session.add(key)
