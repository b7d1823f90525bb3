"""Signing in: password, second step, sessions, and the limits on guessing.

    password right   no second step needed → signed in
                     has one               → waits for its code
                     must have one         → waits until it is set up
    session          ends after IDLE without use, after SESSION_LIFE anyway

Wrong attempts within WINDOW are counted by login, whoever makes them, and by address. A browser that has
signed in to this login before is counted by itself: strangers who guess can keep new browsers waiting, but
never lock an officer out of the own one. Addresses and logins are kept as keyed hashes, for minutes.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from register import second_step
from register.audit import note
from register.errors import BadInput
from register.home import Home
from register.staff import Viewer, password_matches, set_password, staff_named, tidy
from register.tables import Invitation, SignInTry, Staff, StaffSession

SESSION_LIFE = timedelta(hours=12)
IDLE = timedelta(minutes=30)  # setting idle_minutes
WAITING_LIFE = timedelta(minutes=15)  # from the password to the second step
SEEN_EVERY = timedelta(minutes=1)  # how exactly the last use is kept
FAILURES = 5  # wrong attempts on one login, or from one known browser, within WINDOW
ADDRESS_FAILURES = 20  # wrong attempts from one address; an office shares one
WINDOW = timedelta(minutes=15)
OVER = "Đã quá lâu. Xin đăng nhập lại từ đầu."
TOO_OFTEN = "Sai quá nhiều lần. Hãy đợi 15 phút rồi thử lại, hoặc xin người quản trị đường dẫn đặt lại mật khẩu."


@dataclass(frozen=True)
class SignedIn:
    """A fresh session. ``token`` goes into the cookie and is kept nowhere; ``waits_for`` as in StaffSession."""

    token: str = field(repr=False)
    viewer: Viewer
    expires_at: datetime
    waits_for: str = ""


@dataclass(frozen=True)
class From:
    """Where an attempt comes from: the address, and what the browser kept from an earlier sign-in."""

    address: str = field(default="", repr=False)
    device: str = field(default="", repr=False)


# --- Sessions ------------------------------------------------------------------------------------


def open_session(session: Session, staff: Staff, now: datetime, waits_for: str = "") -> SignedIn:
    """A new session of this login, with a token of its own."""
    session.execute(delete(StaffSession).where(col(StaffSession.expires_at) <= now))
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    expires = now + (WAITING_LIFE if waits_for else SESSION_LIFE)
    session.add(
        StaffSession(
            token_hash=token_hash(token), staff=staff.id or 0, csrf=csrf, waits_for=waits_for, opened_at=now,
            seen_at=now, expires_at=expires,
        )
    )  # fmt: skip
    if not waits_for:
        staff.signed_in_at = now
        session.add(staff)
        note(session, staff.login, "signed_in", staff.login, now)
    return SignedIn(token, Viewer(staff.login, staff.role, staff.unit, staff.name, csrf), expires, waits_for)


def after_password(session: Session, home: Home, staff: Staff, now: datetime) -> SignedIn:
    """The session that a right password opens: signed in, or waiting for the second step."""
    if second_step.in_force(session, staff):
        return open_session(session, staff, now, "code")
    return open_session(session, staff, now, "enrol" if second_step.needs_second_step(home, staff.role) else "")


def session_of(
    session: Session, token: str, now: datetime, idle: timedelta = IDLE
) -> tuple[Staff, StaffSession] | None:
    """The login and the row of this token; None when there is none, it is over, or the login was closed."""
    rows = select(Staff, StaffSession).join(StaffSession, col(StaffSession.staff) == Staff.id)
    mine = rows.where(StaffSession.token_hash == token_hash(token), Staff.active, *in_use(now, idle))
    return session.exec(mine).first()


def in_use(now: datetime, idle: timedelta = IDLE) -> tuple[bool, bool]:
    """Conditions of a query: sessions that are neither over nor idle for too long."""
    return StaffSession.expires_at > now, StaffSession.seen_at > now - idle


def viewer_of(session: Session, token: str, now: datetime, idle: timedelta = IDLE) -> Viewer | None:
    """Who is signed in with this token; None also while the second step is still waited for."""
    found = session_of(session, token, now, idle)
    if found is None or found[1].waits_for:
        return None
    staff, opened = found
    return Viewer(staff.login, staff.role, staff.unit, staff.name, opened.csrf)


def was_used(session: Session, token: str, now: datetime) -> None:
    """Note that this session is in use."""
    row = session.get(StaffSession, token_hash(token))
    if row is not None:
        row.seen_at = now
        session.add(row)


def sign_out(session: Session, token: str, now: datetime, idle: timedelta = IDLE) -> None:
    """End this session."""
    viewer = viewer_of(session, token, now, idle)
    session.execute(delete(StaffSession).where(col(StaffSession.token_hash) == token_hash(token)))
    if viewer is not None:
        note(session, viewer.login, "signed_out", viewer.login, now)


def token_hash(token: str) -> bytes:
    """How a session's token is kept."""
    return hashlib.sha256(token.encode()).digest()


# --- The steps of signing in ---------------------------------------------------------------------


def sign_in(home: Home, login: str, password: str, now: datetime, came: From | None = None) -> SignedIn | None:
    """What the right password opens, or None when login or password is wrong.

    Raises BadInput while there were too many wrong attempts. The slow hash runs outside the writer thread.
    """
    counted = _book(home, login, now, came)
    with home.db.read() as session:
        staff = session.exec(select(Staff).where(Staff.login == tidy(login), Staff.active)).first()
    right, known = password_matches(staff, password), staff.login if staff else ""

    def enter(session: Session) -> SignedIn | None:
        there = session.get(Staff, staff.id) if staff else None
        if not right or there is None or not there.active:
            note(session, known, "sign_in_failed", known, now)
            return None
        _unbook(session, counted)
        opened = after_password(session, home, there, now)
        if not opened.waits_for:
            _forget(session, home, there.login, came)
        return opened

    return home.db.write(enter)


def give_code(home: Home, token: str, code: str, now: datetime, came: From | None = None) -> SignedIn | None:
    """The second step of a session that waits for it: signed in, with a new token; None for a wrong code.

    Raises BadInput when the session is over, or after too many wrong attempts.
    """
    with home.db.read() as session:
        found = session_of(session, token, now)
    if found is None or found[1].waits_for != "code":
        raise BadInput(OVER)
    login = found[0].login
    counted = _book(home, login, now, came)

    def enter(session: Session) -> SignedIn | None:
        staff = staff_named(session, login)
        if not second_step.check(session, home, staff, code, now):
            note(session, login, "sign_in_failed", login, now)
            return None
        _unbook(session, counted)
        _forget(session, home, login, came)
        session.execute(delete(StaffSession).where(col(StaffSession.token_hash) == token_hash(token)))
        return open_session(session, staff, now)

    return home.db.write(enter)


def enrolled(session: Session, staff: Staff, browser: bytes, now: datetime) -> SignedIn:
    """After the second step was set up during sign-in (``browser``: its token hash): signed in, with a new token.

    BadInput when that session has ended meanwhile: somebody set the second step up in another browser.
    """
    gone: Any = session.execute(delete(StaffSession).where(col(StaffSession.token_hash) == browser))
    if not gone.rowcount:
        raise BadInput(OVER)
    return open_session(session, staff, now)


def is_me(home: Home, login: str, password: str, code: str, now: datetime, came: From | None = None) -> bool:
    """Whether somebody who is signed in still knows the password and, where there is one, holds the phone.

    Asked before anything that would outlive the session. Wrong answers count as wrong attempts to sign in.
    """
    counted = _book(home, login, now, came)
    with home.db.read() as session:
        right = password_matches(staff_named(session, login), password)

    def see(session: Session) -> bool:
        staff = staff_named(session, login)
        asked = second_step.in_force(session, staff) is not None
        if not right or (asked and not second_step.check(session, home, staff, code, now)):
            note(session, login, "sign_in_failed", login, now)
            return False
        _unbook(session, counted)
        return True

    return home.db.write(see)


def change_password(
    home: Home, login: str, old: str, new: str, now: datetime, came: From | None = None
) -> SignedIn | None:
    """A new password for somebody signed in who knows the old one; every other browser is signed out."""
    counted = _book(home, login, now, came)
    with home.db.read() as session:
        right = password_matches(staff_named(session, login), old)

    def change(session: Session) -> SignedIn | None:
        if not right:
            note(session, login, "sign_in_failed", login, now)
            return None
        _unbook(session, counted)
        return open_session(session, set_password(session, login, new, now), now)

    return home.db.write(change)


def tidy_up(session: Session, now: datetime) -> None:
    """Drop sessions, wrong attempts and unused links whose time is over."""
    session.execute(delete(StaffSession).where(col(StaffSession.expires_at) <= now))
    session.execute(delete(SignInTry).where(col(SignInTry.at) <= now - WINDOW))
    session.execute(delete(Invitation).where(col(Invitation.expires_at) <= now))


# --- The limits on guessing ----------------------------------------------------------------------


def new_device(home: Home, login: str) -> str:
    """What a browser keeps after signing in, so that it is known again; worth nothing without the password."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{home.keys.lookup('device', f'{tidy(login)}:{nonce}').hex()}"


def knows_device(home: Home, login: str, device: str) -> bool:
    """Whether ``new_device`` made this for this login."""
    nonce, _, mark = device.partition(".")
    made = home.keys.lookup("device", f"{tidy(login)}:{nonce}").hex()
    return secrets.compare_digest(made.encode(), mark.encode())


def book_address(home: Home, address: str, now: datetime) -> None:
    """Count an attempt by its address alone (an invitation's code); BadInput after too many."""
    _count(home, [(_address_key(home, address), ADDRESS_FAILURES)], now)


def forget_tries(session: Session, home: Home, login: str) -> None:
    """The wrong attempts on this login no longer count."""
    session.execute(delete(SignInTry).where(col(SignInTry.key) == home.keys.lookup("try", f"login:{tidy(login)}")))


def _keys(home: Home, login: str, came: From | None) -> list[tuple[bytes, int]]:
    known = came is not None and knows_device(home, login, came.device)
    who = f"device:{came.device}" if came is not None and known else f"login:{tidy(login)}"
    found = [(home.keys.lookup("try", who), FAILURES)]
    return found + ([(_address_key(home, came.address), ADDRESS_FAILURES)] if came is not None and came.address else [])


def _address_key(home: Home, address: str) -> bytes:
    try:
        one = ipaddress.ip_address(address)
        if one.version == 6:  # a household holds a whole /64
            address = str(ipaddress.ip_network(f"{one}/64", strict=False))
    except ValueError:
        pass
    return home.keys.lookup("try", f"address:{address}")


def _book(home: Home, login: str, now: datetime, came: From | None) -> list[int]:
    """Count an attempt before it is looked at, so that many at once are no way around; BadInput when too many."""
    return _count(home, _keys(home, login, came), now)


def _count(home: Home, keys: Sequence[tuple[bytes, int]], now: datetime) -> list[int]:
    def write(session: Session) -> list[int]:
        session.execute(delete(SignInTry).where(col(SignInTry.at) <= now - WINDOW))
        for key, most in keys:
            if session.exec(select(func.count()).where(SignInTry.key == key)).one() >= most:
                raise BadInput(TOO_OFTEN)
        rows = [SignInTry(key=key, at=now) for key, _ in keys]
        session.add_all(rows)
        session.flush()
        return [row.id or 0 for row in rows]

    return home.db.write(write)


def _unbook(session: Session, counted: list[int]) -> None:
    session.execute(delete(SignInTry).where(col(SignInTry.id).in_(counted)))


def _forget(session: Session, home: Home, login: str, came: From | None) -> None:
    """Signed in: the wrong attempts of this login or browser no longer count; those of the address do."""
    session.execute(delete(SignInTry).where(col(SignInTry.key) == _keys(home, login, came)[0][0]))
