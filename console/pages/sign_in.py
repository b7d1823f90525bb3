"""Đăng nhập, đăng xuất, and choosing which commune to look at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, select

from console.web import (
    COMMUNE_COOKIE,
    SESSION_COOKIE,
    Missing,
    Seen,
    current,
    do,
    go,
    home_of,
    local_path,
    render,
    secret_of,
    see,
    set_cookie,
    viewer_now,
)
from register.errors import BadInput
from register.staff import SignedIn, set_password, sign_in, sign_out
from register.tables import Staff

router = APIRouter()
WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Hãy thử lại."
TOO_OFTEN = "Đã thử sai nhiều lần. Xin chờ 15 phút rồi thử lại, hoặc gặp người quản trị để được giúp."


def _form(request: Request, after: str, *, login: str = "", wrong: str = "", status: int = 200) -> Response:
    with home_of(request).db.read() as session:
        nobody = session.exec(select(Staff.id).limit(1)).first() is None
    page = {"after": after, "login": login, "wrong": wrong, "nobody": nobody}
    return render(request, "sign_in.html", None, status, **page)


@router.get("/dang-nhap")
def show(request: Request, tiep: str = "/", _secret: str = Depends(secret_of)) -> Response:
    """The sign-in form; whoever is signed in already goes on."""
    if viewer_now(request):
        return go(local_path(tiep))
    return _form(request, local_path(tiep))


@router.post("/dang-nhap")
def enter(request: Request, ten: str = Form(""), mat_khau: str = Form(""), tiep: str = Form("/")) -> Response:
    """Check the password. The register closes a login after five failures; here an address waits after twenty."""
    home, pace, now = home_of(request), request.app.state.pace, home_of(request).now()
    address = request.client.host if request.client else ""
    after, login = local_path(tiep), ten.strip()
    if not pace.allowed(address, now):
        return _form(request, after, login=login, wrong=TOO_OFTEN, status=429)
    try:
        signed_in = home.db.write(lambda session: sign_in(session, login, mat_khau, now))
    except BadInput as closed:
        return _form(request, after, login=login, wrong=str(closed), status=429)
    if signed_in is None:
        pace.failed(address, now)
        return _form(request, after, login=login, wrong=WRONG, status=422)
    response = go(after)
    set_cookie(request, response, SESSION_COOKIE, signed_in.token)
    return response


@router.post("/dang-xuat")
def leave(request: Request) -> Response:
    """End this browser's session."""
    home, token = home_of(request), request.cookies.get(SESSION_COOKIE, "")
    home.db.write(lambda session: sign_out(session, token, home.now()))
    response = go("/dang-nhap")
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


Viewing = Annotated[Seen, Depends(see("password"))]
Doing = Annotated[Seen, Depends(do("password"))]


@router.get("/mat-khau")
def password_form(request: Request, seen: Viewing) -> Response:
    """The form for a password of one's own choice: the first one was made by a machine."""
    return render(request, "password.html", seen, at="password", wrong="")


@router.post("/mat-khau")
def change_password(
    request: Request, seen: Doing, cu: str = Form(""), moi: str = Form(""), lai: str = Form("")
) -> Response:
    """A new password, if the old one is known; every other browser of this login is signed out."""
    home, login, now = seen.home, seen.viewer.login, seen.now

    def change(session: Session) -> SignedIn | None:
        if sign_in(session, login, cu, now) is None:
            return None  # what is noted of the failure must stay
        set_password(session, login, moi, now, by=login)
        return sign_in(session, login, moi, now)

    if not cu or not moi or moi != lai:
        wrong = "Hai lần ghi mật khẩu mới chưa giống nhau." if moi != lai else "Hãy ghi đủ cả ba ô."
        return render(request, "password.html", seen, 422, at="password", wrong=wrong)
    try:
        signed_in = home.db.write(change)
    except BadInput as refused:
        return render(request, "password.html", seen, 422, at="password", wrong=str(refused))
    if signed_in is None:
        return render(request, "password.html", seen, 422, at="password", wrong="Mật khẩu hiện nay chưa đúng.")
    response = go("/", "doi-mat-khau")
    set_cookie(request, response, SESSION_COOKIE, signed_in.token)
    return response


@router.post("/xa")
def choose(request: Request, xa: str = Form(""), seen: Seen = Depends(current)) -> Response:
    """Look at another commune of one's own."""
    if xa not in {unit.code for unit in seen.communes}:
        raise Missing
    response = go("/")
    set_cookie(request, response, COMMUNE_COOKIE, xa)
    return response
