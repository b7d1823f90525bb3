"""Who may use the staff bot: an officer's chat, linked once with a code that the console shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.tables import StaffChat, StaffCode
from register.audit import note
from register.codes import new_code, read_code
from register.errors import BadInput
from register.home import Home
from register.staff import Viewer
from register.tables import Staff, Unit

CODE_LIFE = timedelta(minutes=15)  # typed at once, from one screen to the other
SEALED_AS = "staff_chat"


def make_staff_code(session: Session, home: Home, login: str, now: datetime) -> str:
    """A one-time code (8 letters) for this officer's own chat. BadInput when there is no such login."""
    staff = session.exec(select(Staff).where(Staff.login == login, col(Staff.active))).first()
    if staff is None or staff.id is None:
        raise BadInput("Không có cán bộ này. Hãy xem lại tên đăng nhập.")
    code = new_code(8)
    session.add(StaffCode(lookup=home.keys.lookup("staff_code", code), staff=staff.id, expires_at=now + CODE_LIFE))
    note(session, login, "staff_changed", login, now, what="telegram")
    return code


def link_chat(session: Session, home: Home, code: str, chat: int, now: datetime) -> bool:
    """Link a chat with a code. False when it is unknown, used or too old."""
    row = session.get(StaffCode, home.keys.lookup("staff_code", read_code(code)), with_for_update=True)
    if row is None or row.used_at is not None or row.expires_at <= now:
        return False
    row.used_at = now
    lookup = home.keys.lookup("staff_chat", str(chat))
    linked = session.get(StaffChat, lookup) or StaffChat(lookup=lookup, staff=row.staff, sealed=b"", at=now)
    linked.staff, linked.sealed, linked.at = row.staff, home.keys.seal(str(chat), SEALED_AS), now
    session.add(row)
    session.add(linked)
    session.flush()
    return True


def viewer_of_chat(session: Session, home: Home, chat: int) -> Viewer | None:
    """The officer of this chat, or None for a stranger and for a login that was switched off."""
    linked = session.get(StaffChat, home.keys.lookup("staff_chat", str(chat)))
    staff = session.get(Staff, linked.staff) if linked else None
    return Viewer(staff.login, staff.role, staff.unit, staff.name) if staff and staff.active else None


def communes_of(session: Session, viewer: Viewer) -> Sequence[str] | None:
    """The communes whose counts and tickets this officer sees; None: all, empty: none."""
    if viewer.role == "owner":
        return None
    if viewer.role in ("officer", "approver") and viewer.unit:
        return [viewer.unit]
    if viewer.role == "province":
        return session.exec(select(Unit.code).where(Unit.parent == viewer.unit, Unit.kind == "commune")).all()
    return []
