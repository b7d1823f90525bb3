"""One-time links: how a new member of staff, or one who forgot, chooses a password. Nobody else ever types it.

A link holds a code of 16 letters, is good for 24 hours and once, and is known to the database as a keyed
hash only. It is handed over in person, on paper or as a QR code, and can be typed by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from register.audit import note
from register.codes import new_code, read_code
from register.entering import SignedIn, after_password, forget_tries
from register.errors import BadInput
from register.home import Home
from register.staff import end_sessions, hash_password
from register.tables import Invitation, Staff
from settings import Settings

INVITATION_LIFE = timedelta(hours=24)
CODE_LENGTH = 16  # of 31 letters: 79 bits
OVER = "Đường dẫn này không còn dùng được. Xin nhờ người đã cấp tạo đường dẫn mới."


def invite(session: Session, home: Home, staff: Staff, by: str, now: datetime) -> str:
    """A fresh code ("ABCD-EFGH-JKLM-NPQR"), shown once; an unused one before it is void."""
    if not staff.active:
        raise BadInput("Tài khoản này đang đóng. Hãy mở lại trước.")
    session.execute(delete(Invitation).where(col(Invitation.staff) == staff.id, col(Invitation.used_at).is_(None)))
    code = new_code(CODE_LENGTH)
    lookup, expires = home.keys.lookup("invitation", code), now + INVITATION_LIFE
    session.add(Invitation(lookup=lookup, staff=staff.id or 0, by=by, expires_at=expires))
    note(session, by, "invitation_made", staff.login, now)
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def invitation_link(settings: Settings, code: str, address: str = "") -> str:
    """Where the code is used: the public address, else ``address``, else where `serve` listens on this machine."""
    base = settings.public_url or address or f"http://{settings.host}:{settings.port}"
    return f"{base.rstrip('/')}/moi/{code}"


def invited(session: Session, home: Home, code: str, now: datetime) -> Staff | None:
    """Whom this code invites; None when it is unknown, used, too old, or the login is closed."""
    row = _open(session, home, code, now)
    staff = session.get(Staff, row.staff) if row else None
    return staff if staff is not None and staff.active else None


def accept(home: Home, code: str, password: str, now: datetime) -> SignedIn:
    """The invited person's own password. The link is used up; other sessions end; the second step comes next.

    BadInput for a password that is too short (the link stays good) and for a link that is over.
    """
    with home.db.read() as session:
        known = invited(session, home, code, now)
    if known is None:
        raise BadInput(OVER)
    hashed = hash_password(password, known.login)

    def use(session: Session) -> SignedIn:
        row, staff = _open(session, home, code, now, lock=True), invited(session, home, code, now)
        if row is None or staff is None:
            raise BadInput(OVER)
        row.used_at, staff.password = now, hashed
        session.add_all([row, staff])
        end_sessions(session, staff)
        forget_tries(session, home, staff.login)
        note(session, staff.login, "invitation_used", staff.login, now)
        return after_password(session, home, staff, now)

    return home.db.write(use)


def _open(session: Session, home: Home, code: str, now: datetime, lock: bool = False) -> Invitation | None:
    row = session.get(Invitation, home.keys.lookup("invitation", read_code(code)), with_for_update=lock)
    return row if row is not None and row.used_at is None and row.expires_at > now else None
