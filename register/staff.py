"""Cán bộ: who signs in, and which persons they may see.

``scope`` is the only way to persons' rows for anything that a user looks at.

    officer, approver   their commune          province   the communes of their province
    volunteer           their hamlet           owner      everyone
    radio, auditor      nobody
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, false, func
from sqlmodel import Session, col, select

from register.audit import note
from register.errors import BadInput, NotAllowed
from register.tables import AuditEvent, Person, Staff, StaffSession, Unit

UNIT_OF_ROLE = {
    "officer": "commune",
    "approver": "commune",
    "radio": "commune",
    "auditor": None,
    "volunteer": "hamlet",
    "province": "province",
    "owner": None,
}
ROLES = tuple(UNIT_OF_ROLE)
SESSION_LIFE = timedelta(hours=12)
FAILURES = 5  # wrong passwords in a row within FAILURE_WINDOW close the login
FAILURE_WINDOW = timedelta(minutes=15)
PASSWORD_LENGTH = 10  # NIST SP 800-63B asks for 8 at least

_hasher = PasswordHasher()


@dataclass(frozen=True)
class Viewer:
    """Someone who looks: a signed-in officer. ``csrf`` goes into each form."""

    login: str
    role: str
    unit: str | None
    name: str = ""
    csrf: str = field(default="", repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A fresh session. ``token`` goes into the cookie and is kept nowhere."""

    token: str = field(repr=False)
    viewer: Viewer
    expires_at: datetime


def scope(viewer: Viewer, query: Any) -> Any:
    """The query over Person (a SELECT that reads from it), narrowed to whom this viewer may see."""
    person = Person.metadata.tables["person"]
    if not any(source.is_derived_from(person) for source in query.get_final_froms()):
        raise ValueError("scope() needs a query that reads from person")
    if viewer.role == "owner":
        return query
    if viewer.unit is not None:
        if viewer.role in ("officer", "approver"):
            return query.where(Person.commune == viewer.unit)
        if viewer.role == "province":
            return query.where(col(Person.commune).in_(select(Unit.code).where(Unit.parent == viewer.unit)))
        if viewer.role == "volunteer":
            return query.where(Person.hamlet == viewer.unit)
    return query.where(false())


def person_for(session: Session, viewer: Viewer, person: int) -> Person:
    """One person whom this viewer may see. NotAllowed alike for "not yours" and "there is none"."""
    found = session.exec(scope(viewer, select(Person).where(Person.id == person))).first()
    if found is None:
        raise NotAllowed("Người này không thuộc địa bàn của bạn.")
    return found


def add_staff(
    session: Session, login: str, name: str, role: str, unit: str | None, password: str, now: datetime, by: str = ""
) -> Staff:
    """A new login. Raises BadInput when it is taken, the role unknown, or the unit of the wrong kind."""
    login = login.strip().lower()
    if not login or session.exec(select(Staff).where(Staff.login == login)).first():
        raise BadInput("Tên đăng nhập này đã có hoặc để trống. Hãy chọn tên khác.")
    if role not in UNIT_OF_ROLE:
        raise BadInput(f"Không có vai trò {role}. Các vai trò: {', '.join(ROLES)}.")
    kind = UNIT_OF_ROLE[role]
    standing = session.get(Unit, unit) if unit else None
    if kind and (standing is None or standing.kind != kind):
        words = {"commune": "xã, phường", "hamlet": "thôn, khu phố", "province": "tỉnh, thành phố"}
        raise BadInput(f"Vai trò này cần mã của một {words[kind]}.")
    staff = Staff(login=login, name=name, role=role, unit=unit, password=hash_password(password), created_at=now)
    session.add(staff)
    session.flush()
    note(session, by or "system", "staff_added", login, now, role=role, unit=unit)
    return staff


def hash_password(password: str) -> str:
    """The argon2id hash of a password; BadInput when it is too short."""
    if len(password) < PASSWORD_LENGTH:
        raise BadInput(f"Mật khẩu cần ít nhất {PASSWORD_LENGTH} ký tự.")
    return _hasher.hash(password)


def set_password(session: Session, login: str, password: str, now: datetime, by: str = "") -> None:
    """A new password; every open session of this login ends."""
    staff = session.exec(select(Staff).where(Staff.login == login.strip().lower())).first()
    if staff is None:
        raise BadInput("Không có tên đăng nhập này.")
    staff.password = hash_password(password)
    session.add(staff)
    session.execute(delete(StaffSession).where(col(StaffSession.staff) == staff.id))
    note(session, by or staff.login, "staff_changed", staff.login, now, what="password")


def sign_in(session: Session, login: str, password: str, now: datetime) -> SignedIn | None:
    """A new session, or None when login or password is wrong (noted, so this must be committed).

    Raises BadInput while the login is closed after too many wrong passwords.
    """
    staff = session.exec(select(Staff).where(Staff.login == login.strip().lower(), Staff.active)).first()
    if staff is None:
        _matches(_nobody(), password)  # takes as long as for a login that exists
        note(session, "", "sign_in_failed", "", now)
        return None
    if _failures(session, staff.login, now) >= FAILURES:
        raise BadInput("Sai mật khẩu quá nhiều lần. Hãy đợi 15 phút rồi thử lại.")
    if not _matches(staff.password, password):
        note(session, staff.login, "sign_in_failed", staff.login, now)
        return None
    if _hasher.check_needs_rehash(staff.password):
        staff.password = _hasher.hash(password)
        session.add(staff)
    session.execute(delete(StaffSession).where(col(StaffSession.expires_at) <= now))
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    expires = now + SESSION_LIFE
    assert staff.id is not None
    session.add(StaffSession(token_hash=_token_hash(token), staff=staff.id, csrf=csrf, expires_at=expires))
    note(session, staff.login, "signed_in", staff.login, now)
    return SignedIn(token, Viewer(staff.login, staff.role, staff.unit, staff.name, csrf), expires)


def viewer_of(session: Session, token: str, now: datetime) -> Viewer | None:
    """Whose session this token is; None when there is none, it is over, or the login was closed."""
    row = session.exec(
        select(Staff, StaffSession)
        .join(StaffSession, col(StaffSession.staff) == Staff.id)
        .where(StaffSession.token_hash == _token_hash(token), StaffSession.expires_at > now, Staff.active)
    ).first()
    if row is None:
        return None
    staff, opened = row
    return Viewer(staff.login, staff.role, staff.unit, staff.name, opened.csrf)


def sign_out(session: Session, token: str, now: datetime) -> None:
    """End this session."""
    viewer = viewer_of(session, token, now)
    session.execute(delete(StaffSession).where(col(StaffSession.token_hash) == _token_hash(token)))
    if viewer is not None:
        note(session, viewer.login, "signed_out", viewer.login, now)


def _failures(session: Session, login: str, now: datetime) -> int:
    """Wrong passwords since the last right one, within the window."""
    recent = [AuditEvent.subject == login, AuditEvent.at > now - FAILURE_WINDOW]
    last_good = select(func.max(AuditEvent.id)).where(AuditEvent.action == "signed_in", *recent).scalar_subquery()
    failed = select(func.count()).where(AuditEvent.action == "sign_in_failed", *recent)
    return session.exec(failed.where(col(AuditEvent.id) > func.coalesce(last_good, 0))).one()


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
