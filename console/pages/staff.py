"""Cán bộ: who may sign in. Each viewer sees their own unit's logins and changes those that ``manages`` allows.

Nobody types another's password: a new login, and one who forgot, gets a one-time link on a slip of paper.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from console.access import ROLES
from console.web import Missing, Seen, do, go, idle_life, render, see
from register import second_step
from register.audit import note
from register.entering import in_use
from register.errors import BadInput
from register.invitations import INVITATION_LIFE, invitation_link, invite
from register.staff import (
    MANAGES,
    UNIT_OF_ROLE,
    UNIT_WORDS,
    add_staff,
    close_staff,
    end_sessions,
    manages,
    may_reset_second_step,
    move_staff,
    reopen_staff,
    staff_scope,
)
from register.tables import Invitation, SecondStep, Staff, StaffSession, Unit
from register.units import hamlets_of
from register.words import fold

router = APIRouter()
PAGE_ROWS = 50
Viewing = Annotated[Seen, Depends(see("staff"))]
Doing = Annotated[Seen, Depends(do("staff"))]
SEVERAL = 5  # units of the same name that are listed to choose from


# --- The list ------------------------------------------------------------------------------------


@router.get("/can-bo")
def staff_list(request: Request, seen: Viewing, tim: str = "", sau: str = "") -> Response:
    """The logins of one's own units, fifty after the login ``sau``; ``tim``: part of a name, login or unit."""
    query = select(Staff, Unit, SecondStep).outerjoin(Unit, col(Unit.code) == Staff.unit)
    query = query.outerjoin(SecondStep, col(SecondStep.staff) == Staff.id).where(col(Staff.login) > sau)
    with seen.home.db.read() as session:
        rows = session.exec(staff_scope(seen.viewer, query).order_by(col(Staff.login))).all()
        wanted = fold(tim)
        if wanted:
            rows = [row for row in rows if wanted in _words(row[0], row[1])]
        page = {"rows": rows[:PAGE_ROWS], "tim": tim, **_choices(session, seen)}
    more = rows[PAGE_ROWS - 1][0].login if len(rows) > PAGE_ROWS else ""
    return render(request, "staff.html", seen, at="staff", more=more, **page)


def _words(staff: Staff, unit: Unit | None) -> str:
    return fold(f"{staff.name} {staff.login} {unit.name if unit else ''}")


def _choices(session: Session, seen: Seen) -> dict[str, Any]:
    """What the forms offer: the roles this viewer may give, and the hamlets of an officer's commune."""
    roles = [(role, ROLES[role]) for role in UNIT_OF_ROLE if role in MANAGES.get(seen.viewer.role, ())]
    own = seen.viewer.unit if seen.viewer.role == "officer" else None
    hamlets = [(unit.code, unit.name) for unit in hamlets_of(session, own)] if own else []
    return {"roles": roles, "hamlets": hamlets, "may": seen.may("staff")}


@router.post("/can-bo")
def add(
    request: Request, seen: Doing, ho_ten: str = Form(""), ten: str = Form(""), vai_tro: str = Form(""),
    don_vi: str = Form(""),
) -> Response:  # fmt: skip
    """A new login, and its slip."""

    def store(session: Session) -> tuple[int, str]:
        unit = unit_meant(session, seen, vai_tro, don_vi)
        if not manages(session, seen.viewer, vai_tro, unit):
            raise BadInput("Bạn không lập được tài khoản cho vai trò hoặc đơn vị này.")
        staff = add_staff(session, ten, ho_ten, vai_tro, unit, "", seen.now, seen.viewer.login)
        return staff.id or 0, invite(session, seen.home, staff, seen.viewer.login, seen.now)

    number, code = seen.home.db.write(store)
    return _slip(request, seen, number, code)


def unit_meant(session: Session, seen: Seen, role: str, text: str) -> str | None:
    """The unit of a form: its code, or its name inside the viewer's own area. BadInput when several fit."""
    kind, text = UNIT_OF_ROLE.get(role), " ".join(text.split())
    if kind is None:
        return None
    if kind == "commune" and seen.viewer.role == "officer":
        return seen.viewer.unit
    if session.get(Unit, text) is not None:
        return text
    if not text:
        raise BadInput(f"Hãy ghi {UNIT_WORDS[kind]} của người này.")
    query = select(Unit).where(Unit.kind == kind)
    if seen.viewer.role == "province":
        query = query.where(Unit.parent == seen.viewer.unit)
    elif kind == "hamlet" and seen.commune is not None:
        query = query.where(Unit.parent == seen.commune.code)
    named = [unit for unit in session.exec(query).all() if fold(unit.name).endswith(fold(text))]
    exact = [unit for unit in named if fold(unit.name) == fold(text)] or named
    if len(exact) == 1:
        return exact[0].code
    if not exact:
        raise BadInput(f"Không thấy {UNIT_WORDS[kind]} nào tên như vậy. Hãy ghi mã của đơn vị.")
    some = "; ".join(f"{unit.name} ({unit.code})" for unit in exact[:SEVERAL])
    raise BadInput(f"Có {len(exact)} đơn vị mang tên này: {some}. Hãy ghi mã.")


# --- One login -----------------------------------------------------------------------------------


def known(session: Session, seen: Seen, number: int) -> Staff:
    """The login, if this viewer may know of it; else Missing."""
    staff = session.exec(staff_scope(seen.viewer, select(Staff).where(Staff.id == number))).first()
    if staff is None:
        raise Missing
    return staff


def managed(session: Session, seen: Seen, number: int) -> Staff:
    """The login, if this viewer may change it; nobody changes their own."""
    staff = known(session, seen, number)
    if not manages(session, seen.viewer, staff.role, staff.unit):
        raise Missing
    if staff.login == seen.viewer.login:
        raise BadInput("Không tự sửa tài khoản của mình ở đây. Xin dùng trang Tài khoản của tôi, hoặc nhờ người khác.")
    return staff


@router.get("/can-bo/{number}")
def one(request: Request, number: int, seen: Viewing) -> Response:
    """One login and what may be done about it."""
    with seen.home.db.read() as session:
        staff = known(session, seen, number)
        sessions = select(func.count()).where(StaffSession.staff == number, StaffSession.waits_for == "")
        sessions = sessions.where(*in_use(seen.now, idle_life(request)))
        waiting = select(func.max(Invitation.expires_at)).where(
            Invitation.staff == number, col(Invitation.used_at).is_(None), Invitation.expires_at > seen.now
        )
        page = {
            "staff": staff,
            "unit": session.get(Unit, staff.unit) if staff.unit else None,
            "step": second_step.in_force(session, staff),
            "needed": second_step.needs_second_step(seen.home, staff.role),
            "sessions": session.exec(sessions).one(),
            "invited_until": session.exec(waiting).one(),
            "mine": staff.login == seen.viewer.login,
            **_choices(session, seen),
        }
        page["may"] = page["may"] and manages(session, seen.viewer, staff.role, staff.unit) and not page["mine"]
        page["may_reset"] = page["may"] and may_reset_second_step(session, seen.viewer, staff)
    return render(request, "staff_one.html", seen, at="staff", **page)


def _change(seen: Seen, number: int, change: Callable[[Session, Staff], None], done: str) -> Response:
    seen.home.db.write(lambda session: change(session, managed(session, seen, number)))
    return go(f"/can-bo/{number}", done)


@router.post("/can-bo/{number}/sua")
def move(number: int, seen: Doing, vai_tro: str = Form(""), don_vi: str = Form("")) -> Response:
    """Another role or unit; the viewer must be allowed both the old and the new."""

    def store(session: Session, staff: Staff) -> None:
        unit = unit_meant(session, seen, vai_tro, don_vi)
        if not manages(session, seen.viewer, vai_tro, unit):
            raise BadInput("Bạn không giao được vai trò hoặc đơn vị này.")
        move_staff(session, staff, vai_tro, unit, seen.now, seen.viewer.login)

    return _change(seen, number, store, "da-luu")


@router.post("/can-bo/{number}/dong")
def close(number: int, seen: Doing) -> Response:
    """Close a login; its sessions end at once."""
    return _change(seen, number, lambda s, staff: close_staff(s, staff, seen.now, seen.viewer.login), "da-dong-tk")


@router.post("/can-bo/{number}/mo")
def reopen(number: int, seen: Doing) -> Response:
    """Open a closed login again."""
    return _change(seen, number, lambda s, staff: reopen_staff(s, staff, seen.now, seen.viewer.login), "da-mo-tk")


@router.post("/can-bo/{number}/thoat")
def sign_out_everywhere(number: int, seen: Doing) -> Response:
    """End every session of a login: a lost phone, a computer left open."""

    def end(session: Session, staff: Staff) -> None:
        end_sessions(session, staff)
        note(session, seen.viewer.login, "staff_changed", staff.login, seen.now, what="sessions")

    return _change(seen, number, end, "da-luu")


@router.post("/can-bo/{number}/bo-ma")
def reset_second_step(number: int, seen: Doing) -> Response:
    """Take a lost second step away; sessions end, and the next sign-in sets a new one up."""

    def reset(session: Session, staff: Staff) -> None:
        if not may_reset_second_step(session, seen.viewer, staff):
            raise Missing
        second_step.remove(session, staff, seen.now, seen.viewer.login)
        end_sessions(session, staff)

    return _change(seen, number, reset, "da-dat-lai")


@router.post("/can-bo/{number}/lien-ket")
def new_link(request: Request, number: int, seen: Doing) -> Response:
    """A fresh one-time link, for a first or a forgotten password."""

    def make(session: Session) -> str:
        return invite(session, seen.home, managed(session, seen, number), seen.viewer.login, seen.now)

    return _slip(request, seen, number, seen.home.db.write(make))


def _slip(request: Request, seen: Seen, number: int, code: str) -> Response:
    """The slip with the link, shown once, to be printed or scanned and handed over in person."""
    with seen.home.db.read() as session:
        staff = known(session, seen, number)
        needed = second_step.needs_second_step(seen.home, staff.role)
    address = str(request.base_url).rstrip("/")
    link = invitation_link(seen.home.settings, code, address)
    page = {
        "staff": staff,
        "needed": needed,
        "code": code,
        "place": link.rsplit("/", 1)[0],
        "afar": urlsplit(link).hostname not in ("127.0.0.1", "localhost", "::1"),  # can a phone reach it?
        # drawn inside the page: a picture of its own would need the code in an address
        "qr": segno.make(link, error="m").svg_inline(scale=4, border=4, light="#fff"),
        "until": seen.now + INVITATION_LIFE,
    }
    return render(request, "slip.html", seen, at="staff", **page)
