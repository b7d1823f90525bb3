"""Cán bộ: who they are, which persons they may see, and which logins they may manage.

``scope`` is the only way to persons' rows for anything that a user looks at, ``staff_scope`` to logins.

    role                sees the persons of      makes and changes logins of
    officer             their commune            volunteers and radio of their commune
    approver            their commune            nobody
    volunteer           their hamlet             nobody
    province            their communes           officers and approvers of their communes
    owner               everyone                 everybody
    radio, auditor      nobody                   nobody

Nobody types another's password: a new login gets a one-time link (register.invitations).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, false, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from register.audit import note
from register.errors import BadInput, NotAllowed
from register.tables import Invitation, Person, Staff, StaffSession, Unit

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
MANAGES = {
    "owner": frozenset(ROLES),
    "province": frozenset({"officer", "approver"}),
    "officer": frozenset({"volunteer", "radio"}),
}
UNIT_WORDS = {"commune": "xã, phường", "hamlet": "thôn, khu phố", "province": "tỉnh, thành phố"}
NOBODYS = ("system", "tungnha", "chat")  # who the audit log and facts name where no officer acted
PASSWORD_LENGTH = 10  # NIST SP 800-63B asks for 8 at least
PASSWORD_MOST = 200
EASY = ("0123456789", "1234567890", "qwertyuiop", "matkhau", "mật khẩu", "password")

_hasher = PasswordHasher()
_hashing = BoundedSemaphore(2)  # each takes 64 MB: strangers who sign in all at once must not fill the memory


@dataclass(frozen=True)
class Viewer:
    """Someone who looks: a signed-in officer. ``csrf`` goes into each form."""

    login: str
    role: str
    unit: str | None
    name: str = ""
    csrf: str = field(default="", repr=False)


# --- Who sees whom -------------------------------------------------------------------------------


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


def staff_scope(viewer: Viewer, query: Any) -> Any:
    """The query over Staff, narrowed to the logins this viewer may know of: their own unit's and those below it."""
    if viewer.role in ("owner", "auditor"):
        return query
    if viewer.unit is not None and viewer.role in ("officer", "approver", "province"):
        child = aliased(Unit)
        below = select(Unit.code).where((Unit.code == viewer.unit) | (Unit.parent == viewer.unit))
        deeper = select(child.code).join(Unit, col(Unit.code) == child.parent).where(Unit.parent == viewer.unit)
        return query.where(col(Staff.unit).in_(below) | col(Staff.unit).in_(deeper))
    return query.where(false())


def manages(session: Session, viewer: Viewer, role: str, unit: str | None) -> bool:
    """Whether this viewer may make or change a login of this role in this unit."""
    if role not in MANAGES.get(viewer.role, ()):
        return False
    if viewer.role == "owner":
        return True
    place = session.get(Unit, unit) if unit else None
    while place is not None and place.code != viewer.unit:
        place = session.get(Unit, place.parent) if place.parent else None
    return place is not None


def may_reset_second_step(session: Session, viewer: Viewer, staff: Staff) -> bool:
    """The owner for everybody; an officer for volunteers and the radio, who need none."""
    if viewer.role == "province" or viewer.login == staff.login:
        return False
    return manages(session, viewer, staff.role, staff.unit)


# --- Logins --------------------------------------------------------------------------------------


def staff_named(session: Session, login: str) -> Staff:
    """The login, whatever its letter case. BadInput when there is none."""
    staff = session.exec(select(Staff).where(Staff.login == tidy(login))).first()
    if staff is None:
        raise BadInput("Không có tên đăng nhập này.")
    return staff


def tidy(login: str) -> str:
    """A login as it is kept: small letters, NFC, no spaces around."""
    return unicodedata.normalize("NFC", login).strip().lower()


def add_staff(
    session: Session, login: str, name: str, role: str, unit: str | None, password: str, now: datetime, by: str = ""
) -> Staff:
    """A new login; with an empty password it waits for its one-time link.

    Raises BadInput when it is taken, the role unknown, or the unit of the wrong kind.
    """
    login, name = tidy(login), unicodedata.normalize("NFC", " ".join(name.split()))
    if not login or login in NOBODYS or session.exec(select(Staff).where(Staff.login == login)).first():
        raise BadInput("Tên đăng nhập này đã có hoặc để trống. Hãy chọn tên khác.")
    if len(login) > 40 or not all(letter.isalnum() or letter in "._-@" for letter in login):
        raise BadInput("Tên đăng nhập chỉ gồm chữ, số, dấu chấm và gạch nối, nhiều nhất 40 ký tự.")
    if not name or len(name) > 80:
        raise BadInput("Hãy ghi họ tên, nhiều nhất 80 ký tự.")
    hashed = hash_password(password, login) if password else ""
    staff = Staff(login=login, name=name, role=role, unit=fitting(session, role, unit), password=hashed, created_at=now)
    session.add(staff)
    session.flush()
    note(session, by or "system", "staff_added", login, now, role=role, unit=staff.unit)
    return staff


def fitting(session: Session, role: str, unit: str | None) -> str | None:
    """The unit, if it is of the kind that this role needs; None for roles without one. BadInput else."""
    if role not in UNIT_OF_ROLE:
        raise BadInput(f"Không có vai trò {role}. Các vai trò: {', '.join(ROLES)}.")
    kind = UNIT_OF_ROLE[role]
    standing = session.get(Unit, unit) if unit else None
    if kind and (standing is None or standing.kind != kind):
        raise BadInput(f"Vai trò này cần mã của một {UNIT_WORDS[kind]}.")
    return unit if kind else None


def move_staff(session: Session, staff: Staff, role: str, unit: str | None, now: datetime, by: str) -> None:
    """Another role or unit; open sessions end, so that what the new role asks for is asked."""
    unit = fitting(session, role, unit)
    if role != "owner":
        _keep_an_owner(session, staff)
    staff.role, staff.unit = role, unit
    session.add(staff)
    end_sessions(session, staff)
    note(session, by, "staff_moved", staff.login, now, role=role, unit=unit)


def close_staff(session: Session, staff: Staff, now: datetime, by: str) -> None:
    """The login opens nothing any more: sessions end, an open invitation too. What it did stays in the log."""
    _keep_an_owner(session, staff)
    staff.active = False
    session.add(staff)
    end_sessions(session, staff)
    session.execute(delete(Invitation).where(col(Invitation.staff) == staff.id, col(Invitation.used_at).is_(None)))
    note(session, by, "staff_changed", staff.login, now, what="closed")


def reopen_staff(session: Session, staff: Staff, now: datetime, by: str) -> None:
    """A closed login may sign in again."""
    staff.active = True
    session.add(staff)
    note(session, by, "staff_changed", staff.login, now, what="reopened")


def _keep_an_owner(session: Session, staff: Staff) -> None:
    others = select(func.count()).where(Staff.role == "owner", col(Staff.active), Staff.id != staff.id)
    if staff.role == "owner" and staff.active and not session.exec(others).one():
        raise BadInput("Đây là người quản trị duy nhất. Hãy thêm một người quản trị khác trước.")


def end_sessions(session: Session, staff: Staff, but: bytes = b"") -> None:
    """Sign this login out everywhere (``but``: the token hash of a session that stays)."""
    theirs = delete(StaffSession).where(col(StaffSession.staff) == staff.id)
    session.execute(theirs.where(col(StaffSession.token_hash) != but))


# --- Passwords -----------------------------------------------------------------------------------


def hash_password(password: str, login: str = "") -> str:
    """The argon2id hash of a password; BadInput when it is too short or too easy."""
    password = unicodedata.normalize("NFC", password)  # keyboards differ in how they write ậ
    if not PASSWORD_LENGTH <= len(password) <= PASSWORD_MOST:
        raise BadInput(f"Mật khẩu cần từ {PASSWORD_LENGTH} đến {PASSWORD_MOST} ký tự.")
    low, rest = password.casefold(), password.casefold()
    for easy in (*EASY, login):
        rest = rest.replace(easy, "") if easy else rest
    if len(set(low)) < 5 or len(rest) < 4:
        raise BadInput("Mật khẩu này quá dễ đoán. Hãy ghép vài từ không liên quan với nhau.")
    with _hashing:
        return _hasher.hash(password)


def set_password(session: Session, login: str, password: str, now: datetime, by: str = "") -> Staff:
    """A new password; every open session of this login ends."""
    staff = staff_named(session, login)
    staff.password = hash_password(password, staff.login)
    session.add(staff)
    end_sessions(session, staff)
    note(session, by or staff.login, "staff_changed", staff.login, now, what="password")
    return staff


def password_matches(staff: Staff | None, password: str) -> bool:
    """Whether this is the login's password. Takes as long for a login that does not exist or has none yet."""
    hashed = staff.password if staff is not None and staff.password else ""
    try:
        with _hashing:
            right = _hasher.verify(hashed or _nobody(), unicodedata.normalize("NFC", password[:PASSWORD_MOST]))
    except (VerificationError, InvalidHashError):
        return False
    return right and bool(hashed)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("không ai có mật khẩu này")
