"""Đăng nhập: password, second step, one-time links; đăng xuất; choosing which commune to look at."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import select

from console.web import (
    COMMUNE_COOKIE,
    DEVICE_COOKIE,
    DEVICE_LIFE,
    SESSION_COOKIE,
    Missing,
    Seen,
    came_from,
    cookie,
    current,
    drop_cookie,
    go,
    half_signed_in,
    home_of,
    idle_life,
    local_path,
    render,
    secret_of,
    set_cookie,
    viewer_now,
)
from register import entering, second_step
from register.entering import SignedIn
from register.errors import BadInput
from register.invitations import OVER, accept, invited
from register.tables import Staff

router = APIRouter()
WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Hãy thử lại."
IDLE_OVER = "Phiên làm việc đã hết, vì lâu không dùng hoặc đã đăng xuất. Xin đăng nhập lại; điều vừa điền chưa lưu."
INVITATION_COOKIE = "tungnha_moi"  # the one-time code of a link, once it has left the address
INVITATION_COOKIE_LIFE = timedelta(minutes=30)


def signed_in_browser(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Give this browser its session; signed in wholly, it is known from now on."""
    set_cookie(request, response, SESSION_COOKIE, signed_in.token)
    if not signed_in.waits_for:
        device = entering.new_device(home_of(request), signed_in.viewer.login)
        set_cookie(request, response, DEVICE_COOKIE, device, DEVICE_LIFE)


def onward(request: Request, signed_in: SignedIn, after: str, done: str = "") -> RedirectResponse:
    """To the page that comes after a right password: the one asked for, the code, or setting it up."""
    if signed_in.waits_for == "code":
        response = go("/dang-nhap/ma", tiep=after if after != "/" else "")
    else:
        response = go("/hai-buoc") if signed_in.waits_for == "enrol" else go(after, done)
    signed_in_browser(request, response, signed_in)
    return response


# --- Password ------------------------------------------------------------------------------------


def _form(request: Request, after: str, *, login: str = "", wrong: str = "", status: int = 200) -> Response:
    with home_of(request).db.read() as session:
        nobody = session.exec(select(Staff.id).limit(1)).first() is None
    page = {"after": after, "login": login, "wrong": wrong, "nobody": nobody}
    return render(request, "sign_in.html", None, status, **page)


@router.get("/dang-nhap")
def show(request: Request, tiep: str = "/", het: str = "", _secret: str = Depends(secret_of)) -> Response:
    """The sign-in form; whoever is signed in already goes on."""
    if viewer_now(request):
        return go(local_path(tiep))
    return _form(request, local_path(tiep), wrong=IDLE_OVER if het else "")


@router.post("/dang-nhap")
def enter(request: Request, ten: str = Form(""), mat_khau: str = Form(""), tiep: str = Form("/")) -> Response:
    """Check the password; the second step comes after it."""
    home, after, login = home_of(request), local_path(tiep), ten.strip()
    try:
        signed_in = entering.sign_in(home, login, mat_khau, home.now(), came_from(request))
    except BadInput as closed:
        return _form(request, after, login=login, wrong=str(closed), status=429)
    if signed_in is None:
        return _form(request, after, login=login, wrong=WRONG, status=422)
    return onward(request, signed_in, after)


# --- The second step -----------------------------------------------------------------------------


def _code_form(request: Request, after: str, wrong: str = "", status: int = 200) -> Response:
    return render(request, "code.html", None, status, after=after, wrong=wrong)


@router.get("/dang-nhap/ma")
def ask_code(request: Request, tiep: str = "/", _secret: str = Depends(secret_of)) -> Response:
    """The field for the six figures, for whoever gave the right password."""
    if half_signed_in(request) is None:
        return go("/dang-nhap")
    return _code_form(request, local_path(tiep))


@router.post("/dang-nhap/ma")
def give_code(request: Request, ma: str = Form(""), tiep: str = Form("/")) -> Response:
    """Check the code of the app, or a recovery code."""
    home, after = home_of(request), local_path(tiep)
    if half_signed_in(request) is None:
        return go("/dang-nhap", het="1")
    try:
        signed_in = entering.give_code(home, cookie(request, SESSION_COOKIE), ma, home.now(), came_from(request))
    except BadInput as closed:
        return _code_form(request, after, str(closed), 429)
    if signed_in is None:
        return _code_form(request, after, second_step.WRONG, 422)
    return onward(request, signed_in, after)


# --- One-time links ------------------------------------------------------------------------------


@router.get("/moi/{ma}")
def follow_link(request: Request, ma: str) -> Response:
    """Take the code out of the address at once: it must not stay in a history or be told to anybody."""
    response = go("/moi")
    response.headers["Referrer-Policy"] = "no-referrer"
    set_cookie(request, response, INVITATION_COOKIE, ma[:40], INVITATION_COOKIE_LIFE)
    return response


def _welcome(request: Request, wrong: str = "", status: int = 200) -> Response:
    home, code = home_of(request), cookie(request, INVITATION_COOKIE)
    with home.db.read() as session:
        staff = invited(session, home, code, home.now()) if code else None
    if code and staff is None and not wrong:
        wrong = OVER
    return render(request, "invited.html", None, status, staff=staff, wrong=wrong)


@router.get("/moi")
def welcome(request: Request, _secret: str = Depends(secret_of)) -> Response:
    """The invited person chooses a password; without a good code, the field to type it from the slip."""
    return _welcome(request)


@router.post("/moi")
def type_code(request: Request, ma: str = Form("")) -> Response:
    """The code of a slip, typed by hand."""
    home = home_of(request)
    with home.db.read() as session:
        known = invited(session, home, ma, home.now())
    if known is None:
        try:
            entering.book_address(home, came_from(request).address, home.now())
        except BadInput as closed:
            return _welcome(request, str(closed), 429)
        return _welcome(request, OVER, 422)
    return follow_link(request, ma)


@router.post("/moi/mat-khau")
def choose_password(request: Request, moi: str = Form(""), lai: str = Form("")) -> Response:
    """The password of the invited person's own choice; the link is used up, the second step comes next."""
    home = home_of(request)
    if not moi or moi != lai:
        return _welcome(request, "Hai lần ghi mật khẩu chưa giống nhau.", 422)
    try:
        signed_in = accept(home, cookie(request, INVITATION_COOKIE), moi, home.now())
    except BadInput as refused:
        return _welcome(request, str(refused), 422)
    response = onward(request, signed_in, "/", "doi-mat-khau")
    drop_cookie(request, response, INVITATION_COOKIE)
    # whoever holds the link is the officer: strangers' wrong attempts do not keep this browser waiting
    device = entering.new_device(home, signed_in.viewer.login)
    set_cookie(request, response, DEVICE_COOKIE, device, DEVICE_LIFE)
    return response


# --- Signed in -----------------------------------------------------------------------------------


@router.post("/dang-xuat")
def leave(request: Request) -> Response:
    """End this browser's session."""
    home, token = home_of(request), cookie(request, SESSION_COOKIE)
    home.db.write(lambda session: entering.sign_out(session, token, home.now(), idle_life(request)))
    response = go("/dang-nhap")
    drop_cookie(request, response, SESSION_COOKIE)
    return response


@router.post("/xa")
def choose(request: Request, xa: str = Form(""), tiep: str = Form("/"), seen: Seen = Depends(current)) -> Response:
    """Look at another commune of one's own, and go on at ``tiep``, a path of this site."""
    if xa not in {unit.code for unit in seen.communes}:
        raise Missing
    response = go(local_path(tiep))
    set_cookie(request, response, COMMUNE_COOKIE, xa)
    return response
