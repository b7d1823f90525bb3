"""Tài khoản của tôi: one's own password, second step, recovery codes and sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, col, select

from bot.staff.access import make_staff_code
from console.pages.sign_in import signed_in_browser
from console.web import (
    SESSION_COOKIE,
    Seen,
    SignedOut,
    came_from,
    cookie,
    do,
    go,
    half_signed_in,
    home_of,
    idle_life,
    render,
    secret_of,
    see,
    viewer_now,
)
from register import entering, second_step
from register.entering import token_hash
from register.errors import BadInput
from register.home import utc_now
from register.staff import end_sessions, staff_named
from register.tables import Staff, StaffSession

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("account"))]
Doing = Annotated[Seen, Depends(do("account"))]
CODE_LIFE = timedelta(seconds=30)  # a phone with another clock shows other codes (the demo has its own calendar)
NOT_ME = "Mật khẩu hoặc mã chưa đúng. Hãy thử lại."


def me(session: Session, seen: Seen) -> Staff:
    """The row of whoever is looking."""
    return staff_named(session, seen.viewer.login)


def _page(request: Request, seen: Seen, wrong: str = "", status: int = 200, chat_code: str = "") -> Response:
    with seen.home.db.read() as session:
        staff = me(session, seen)
        mine = select(StaffSession).where(StaffSession.staff == staff.id, StaffSession.waits_for == "")
        mine = mine.where(*entering.in_use(seen.now, idle_life(request)))
        page = {
            "step": second_step.in_force(session, staff),
            "needed": second_step.needs_second_step(seen.home, staff.role),
            "left": second_step.recovery_left(session, staff),
            "sessions": session.exec(mine.order_by(col(StaffSession.opened_at).desc())).all(),
            "here": token_hash(cookie(request, SESSION_COOKIE)),
            "wrong": wrong,
            "staff_bot": bool(seen.home.settings.staff_telegram_token.get_secret_value()),
            "chat_code": chat_code,
        }
    return render(request, "account.html", seen, status, at="account", **page)


@router.get("/tai-khoan")
def account(request: Request, seen: Viewing) -> Response:
    """What one can do about the own login."""
    return _page(request, seen)


@router.post("/tai-khoan/thoat")
def end_others(request: Request, seen: Doing) -> Response:
    """Sign out every other browser of this login."""
    here = token_hash(cookie(request, SESSION_COOKIE))
    seen.home.db.write(lambda session: end_sessions(session, me(session, seen), but=here))
    return go("/tai-khoan", "da-thoat")


@router.post("/tai-khoan/ma-du-phong")
def fresh_codes(request: Request, seen: Doing, mat_khau: str = Form(""), ma: str = Form("")) -> Response:
    """New recovery codes, shown once; the old ones are void."""
    if not entering.is_me(seen.home, seen.viewer.login, mat_khau, ma, seen.now, came_from(request)):
        return _page(request, seen, NOT_ME, 422)

    def make(session: Session) -> list[str]:
        staff = me(session, seen)
        if second_step.in_force(session, staff) is None:
            raise BadInput("Hãy cài mã hai bước trước.")
        return second_step.make_recovery_codes(session, seen.home, staff, seen.now)

    return _recovery(request, seen.home.db.write(make))


@router.post("/tai-khoan/hai-buoc")
def start_second_step(request: Request, seen: Doing, mat_khau: str = Form(""), ma: str = Form("")) -> Response:
    """Set the second step up, or move it to another phone. The old one holds until the new one is confirmed."""
    if not entering.is_me(seen.home, seen.viewer.login, mat_khau, ma, seen.now, came_from(request)):
        return _page(request, seen, NOT_ME, 422)
    browser = _browser(request)
    seen.home.db.write(lambda session: second_step.begin(session, seen.home, me(session, seen), browser))
    return go("/hai-buoc")


@router.post("/tai-khoan/bo-hai-buoc")
def drop_second_step(request: Request, seen: Doing, mat_khau: str = Form(""), ma: str = Form("")) -> Response:
    """Do without the second step, where the role may."""
    if second_step.needs_second_step(seen.home, seen.viewer.role):
        raise BadInput("Vai trò của bạn cần mã hai bước, không bỏ được. Có thể chuyển sang điện thoại khác.")
    if not entering.is_me(seen.home, seen.viewer.login, mat_khau, ma, seen.now, came_from(request)):
        return _page(request, seen, NOT_ME, 422)
    seen.home.db.write(lambda s: second_step.remove(s, me(s, seen), seen.now, seen.viewer.login))
    return go("/tai-khoan", "da-luu")


@router.post("/tai-khoan/telegram")
def link_telegram(request: Request, seen: Doing, mat_khau: str = Form(""), ma: str = Form("")) -> Response:
    """A one-time code, shown once, by which the staff's bot knows one's own chat."""
    if not entering.is_me(seen.home, seen.viewer.login, mat_khau, ma, seen.now, came_from(request)):
        return _page(request, seen, NOT_ME, 422)
    code = seen.home.db.write(lambda s: make_staff_code(s, seen.home, seen.viewer.login, seen.now))
    return _page(request, seen, chat_code=code)


# --- Setting up the second step: signed in, or on the way in -------------------------------------


def enrolling(request: Request, secret: str = Depends(secret_of)) -> Staff:
    """Who may set the second step up now: somebody signed in, or whose sign-in waits for it."""
    viewer = viewer_now(request)
    if viewer is not None:
        with home_of(request).db.read() as session:
            return staff_named(session, viewer.login)
    half = half_signed_in(request)
    if half is None or half[1].waits_for != "enrol":
        raise SignedOut
    with home_of(request).db.read() as session:
        if second_step.in_force(session, half[0]) is not None:  # set up in another browser meanwhile
            raise SignedOut
    return half[0]


Enrolling = Annotated[Staff, Depends(enrolling)]


def _waiting(request: Request, staff: Staff) -> str | None:
    """The secret to be set up; on the way in it is made now."""
    home, browser = home_of(request), _browser(request)
    if half_signed_in(request):
        return home.db.write(lambda session: second_step.begin(session, home, staff, browser))
    with home.db.read() as session:
        return second_step.waiting_secret(session, home, staff, browser)


def _browser(request: Request) -> bytes:
    """This browser's session, to which a secret that is being set up belongs."""
    return token_hash(cookie(request, SESSION_COOKIE))


@router.get("/hai-buoc")
def enrol_form(request: Request, staff: Enrolling) -> Response:
    """The picture to scan, the secret to type, and the field for the first code."""
    return _enrol(request, staff)


def _enrol(request: Request, staff: Staff, wrong: str = "", status: int = 200) -> Response:
    secret = _waiting(request, staff)
    if secret is None:
        return go("/tai-khoan")
    page: dict[str, Any] = {"secret": second_step.grouped(secret), "login": staff.login, "wrong": wrong}
    page["other_clock"] = abs(home_of(request).now() - utc_now()) > CODE_LIFE
    return render(request, "second_step.html", None, status, **page)


@router.get("/hai-buoc/ma-qr.svg")
def qr(request: Request, staff: Enrolling) -> Response:
    """The picture for the app. It holds the secret: never kept by a browser, gone once confirmed."""
    secret = _waiting(request, staff)
    if secret is None:
        return Response(status_code=404)
    return Response(second_step.qr_of_secret(secret, staff.login), media_type="image/svg+xml")


@router.post("/hai-buoc")
def enrol(request: Request, staff: Enrolling, ma: str = Form("")) -> Response:
    """The first code puts the second step in force; the recovery codes are shown once."""
    home, browser = home_of(request), _browser(request)
    entering_now, now = half_signed_in(request) is not None, home.now()

    def store(session: Session) -> tuple[list[str], entering.SignedIn | None]:
        row = staff_named(session, staff.login)
        codes = second_step.confirm(session, home, row, ma, now, browser)
        end_sessions(session, row, but=browser)  # in them the password alone may have been given
        return codes, entering.enrolled(session, row, browser, now) if entering_now else None

    try:
        codes, signed_in = home.db.write(store)
    except BadInput as refused:
        return _enrol(request, staff, str(refused), 422)
    response = _recovery(request, codes)
    if signed_in is not None:
        signed_in_browser(request, response, signed_in)
    return response


def _recovery(request: Request, codes: list[str]) -> Response:
    return render(request, "recovery.html", None, codes=codes)


# --- Password ------------------------------------------------------------------------------------


@router.get("/mat-khau")
def password_form(request: Request, seen: Viewing) -> Response:
    """The form for another password."""
    return render(request, "password.html", seen, at="account", wrong="")


@router.post("/mat-khau")
def change_password(
    request: Request, seen: Doing, cu: str = Form(""), moi: str = Form(""), lai: str = Form("")
) -> Response:
    """A new password, if the old one is known; every other browser of this login is signed out."""

    def again(wrong: str) -> Response:
        return render(request, "password.html", seen, 422, at="account", wrong=wrong)

    if not cu or not moi or moi != lai:
        return again("Hai lần ghi mật khẩu mới chưa giống nhau." if moi != lai else "Hãy ghi đủ cả ba ô.")
    try:
        signed_in = entering.change_password(seen.home, seen.viewer.login, cu, moi, seen.now, came_from(request))
    except BadInput as refused:
        return again(str(refused))
    if signed_in is None:
        return again("Mật khẩu hiện nay chưa đúng.")
    response = go("/tai-khoan", "doi-mat-khau")
    signed_in_browser(request, response, signed_in)
    return response
