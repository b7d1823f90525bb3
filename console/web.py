"""How a page is made: who is looking, what they may do, and the template it is drawn with."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import yaml
from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.tables import Ticket
from console import words
from console.access import PAGES, ROLES, may_do, may_see
from console.assets import HERE, asset_url
from console.security import csrf_ok, csrf_token
from register.entering import SEEN_EVERY, From, session_of, was_used
from register.errors import NotAllowed
from register.home import Home
from register.staff import Viewer
from register.tables import Source, Staff, StaffSession, Unit

SESSION_COOKIE = "tungnha"
BEFORE_COOKIE = "tungnha_truoc"  # the CSRF secret of a browser that has not signed in yet
COMMUNE_COOKIE = "tungnha_xa"  # which commune a viewer of several is looking at
DEVICE_COOKIE = "tungnha_may"  # this browser has signed in before (register.entering)
DEVICE_LIFE = timedelta(days=90)


class SignedOut(Exception):
    """Nobody is signed in: the page is the sign-in page."""


class Missing(Exception):
    """No such thing, or not in this viewer's unit; the two are never told apart."""


@dataclass
class Seen:
    """One request's viewer and where they are looking."""

    home: Home
    viewer: Viewer
    now: datetime
    commune: Unit | None = None
    communes: list[Unit] = field(default_factory=list)
    open_tickets: int = 0

    @property
    def here(self) -> str:
        """The code of the commune looked at; Missing when there is none yet."""
        if self.commune is None:
            raise Missing
        return self.commune.code

    @property
    def hamlet(self) -> str | None:
        """A volunteer's own hamlet; None for everybody else."""
        return self.viewer.unit if self.viewer.role == "volunteer" else None

    def may(self, key: str) -> bool:
        return may_do(self.viewer.role, key)


# --- Who is looking ------------------------------------------------------------------------------


def home_of(request: Request) -> Home:
    home: Home = request.app.state.home
    return home


def is_https(request: Request) -> bool:
    return home_of(request).settings.public_url.startswith("https://") and request.url.scheme == "https"


def our_address(request: Request) -> str:
    """Where people reach this console, without a slash at its end."""
    return (home_of(request).settings.public_url or str(request.base_url)).rstrip("/")


def cookie(request: Request, name: str) -> str:
    """What this browser keeps under our name."""
    return request.cookies.get(("__Host-" if is_https(request) else "") + name, "")


def idle_life(request: Request) -> timedelta:
    return timedelta(minutes=home_of(request).settings.idle_minutes)


def viewer_now(request: Request) -> Viewer | None:
    """The signed-in viewer of this browser, if any. A page that renews itself (htmx) does not count as use."""
    token, home = cookie(request, SESSION_COOKIE), home_of(request)
    if not token:
        return None
    now = home.now()
    with home.db.read() as session:
        found = session_of(session, token, now, idle_life(request))
    if found is None or found[1].waits_for:
        return None
    staff, opened = found
    if now - opened.seen_at >= SEEN_EVERY and not request.headers.get("hx-request"):
        home.db.write(lambda s: was_used(s, token, now))
    return Viewer(staff.login, staff.role, staff.unit, staff.name, opened.csrf)


def half_signed_in(request: Request) -> tuple[Staff, StaffSession] | None:
    """Who gave the right password in this browser and still owes the second step."""
    home = home_of(request)
    with home.db.read() as session:
        found = session_of(session, cookie(request, SESSION_COOKIE), home.now())
    return found if found is not None and found[1].waits_for else None


def came_from(request: Request) -> From:
    """Where an attempt to sign in comes from."""
    return From(request.client.host if request.client else "", cookie(request, DEVICE_COOKIE))


def communes_of(session: Session, viewer: Viewer) -> list[Unit]:
    """The communes a viewer may look at that hold anything; one for commune staff."""
    unit = session.get(Unit, viewer.unit) if viewer.unit else None
    if unit is not None and unit.kind == "hamlet":
        unit = session.get(Unit, unit.parent)
    if unit is not None and unit.kind == "commune":
        return [unit]
    if unit is None and viewer.role not in ("owner", "auditor"):
        return []
    found = select(Unit).where(col(Unit.code).in_(select(Source.commune).distinct())).order_by(col(Unit.code))
    if unit is not None:
        found = found.where(Unit.parent == unit.code)
    return list(session.exec(found).all())


def current(request: Request, viewer: Viewer | None = Depends(viewer_now)) -> Seen:
    """The viewer and the commune they look at; SignedOut when nobody is signed in."""
    if viewer is None:
        raise SignedOut
    home = home_of(request)
    with home.db.read() as session:
        communes = communes_of(session, viewer)
        chosen = cookie(request, COMMUNE_COOKIE)
        commune = next((unit for unit in communes if unit.code == chosen), communes[0] if communes else None)
        seen = Seen(home, viewer, home.now(), commune, communes)
        if commune is not None and may_see(viewer.role, "tickets"):
            waiting = select(func.count()).select_from(Ticket).where(col(Ticket.closed_at).is_(None))
            seen.open_tickets = session.exec(waiting.where(Ticket.commune == commune.code)).one()
    return seen


def see(key: str) -> Callable[..., Seen]:
    """A dependency: the viewer, who may open page ``key``."""

    def allowed(seen: Seen = Depends(current)) -> Seen:
        if not may_see(seen.viewer.role, key):
            raise NotAllowed("Vai trò của bạn không mở được trang này.")
        return seen

    return allowed


def do(key: str) -> Callable[..., Seen]:
    """A dependency: the viewer, who may change something on page ``key``."""

    def allowed(seen: Seen = Depends(current)) -> Seen:
        if not may_do(seen.viewer.role, key):
            raise NotAllowed("Vai trò của bạn không làm được việc này.")
        return seen

    return allowed


def own(seen: Seen, row: Any) -> Any:
    """The row, if it stands and belongs to the commune looked at, for a volunteer to the own hamlet; else Missing."""
    if row is None or row.commune != seen.here:
        raise Missing
    if seen.hamlet and getattr(row, "hamlet", seen.hamlet) != seen.hamlet:
        raise Missing
    return row


# --- CSRF ----------------------------------------------------------------------------------------


def secret_of(request: Request, viewer: Viewer | None = Depends(viewer_now)) -> str:
    """The secret from which this browser's form tokens are made."""
    secret = viewer.csrf if viewer is not None else cookie(request, BEFORE_COOKIE)
    if not secret:
        secret = request.state.new_secret = secrets.token_urlsafe(24)
    request.state.secret = secret
    return secret


async def checked(request: Request, secret: str = Depends(secret_of)) -> None:
    """Every POST comes from one of our own forms."""
    if request.method in ("GET", "HEAD"):
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("Yêu cầu đến từ trang khác nên không được nhận.")
    form = await request.form()
    if not csrf_ok(secret, str(form.get("ma_trang", ""))):
        raise NotAllowed("Trang này đã cũ. Hãy tải lại trang rồi làm lại.")


# --- Drawing -------------------------------------------------------------------------------------


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for fn in (
        words.ago,
        words.birth,
        words.clock,
        words.count,
        words.day,
        words.hour,
        words.inside,
        words.lasted,
        words.minutes,
        words.moment,
        words.money,
        words.number,
        words.rate,
        words.share,
        words.weekday,
    ):
        env.filters[fn.__name__] = fn
    env.filters["from_iso"] = datetime.fromisoformat
    env.globals |= {"asset": asset_url, "words": words, "ROLES": ROLES, "PAGES": PAGES, "may_see": may_see}
    env.globals["HELPS"] = yaml.safe_load((HERE / "helps.yaml").read_text("utf-8"))
    return env


ENVIRONMENT = _environment()


def _menu(role: str, sandbox: bool) -> list[tuple[str, list[Any]]]:
    groups: dict[str, list[Any]] = {}
    for page in PAGES.values():
        if role in page.see and (sandbox or page.key != "phones"):
            groups.setdefault(page.group, []).append(page)
    return list(groups.items())


def render(request: Request, name: str, seen: Seen | None = None, status: int = 200, /, **context: Any) -> HTMLResponse:
    """Draw ``templates/<name>``. ``at`` in the context is the menu entry that is open."""
    home, secret = home_of(request), getattr(request.state, "secret", "")
    sandbox = bool(home.settings.sandbox_base)
    body = (
        ENVIRONMENT.get_template(name)
        .render(
            {
                "seen": seen,
                "now": home.now(),
                "menu": _menu(seen.viewer.role, sandbox) if seen else [],
                "token": csrf_token(secret) if secret else "",
                "done": words.DONE.get(request.query_params.get("xong", ""), ""),
                "sandbox": sandbox,
                "at": "",
                **context,
            }
        )
        .encode()
    )
    headers = {"Vary": "Accept-Encoding, Cookie"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    response = HTMLResponse(body, status, headers)
    fresh = getattr(request.state, "new_secret", "")
    if fresh:
        set_cookie(request, response, BEFORE_COOKIE, fresh)
    return response


def set_cookie(request: Request, response: Response, name: str, value: str, life: timedelta | None = None) -> None:
    """A cookie of this console: not readable by scripts, not sent from other sites, bound to this host by https."""
    secure = is_https(request)
    response.set_cookie(
        ("__Host-" if secure else "") + name,
        value,
        max_age=int(life.total_seconds()) if life else None,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take a cookie of this console away."""
    set_cookie(request, response, name, "", timedelta(0))


FILE_KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
    "zip": "application/zip",
    "png": "image/png",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "yaml": "application/yaml",
}


def take_away(content: bytes, name: str) -> Response:
    """A file to be kept by whoever asked for it, and by no cache. Its kind is told by the name's ending."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=FILE_KINDS[name.rpartition(".")[2]], headers=headers)


def go(path: str, done: str = "", **query: Any) -> RedirectResponse:
    """After a POST: to the page that shows what came of it. ``done`` is a key of words.DONE."""
    query = {key: value for key, value in query.items() if value} | ({"xong": done} if done else {})
    return RedirectResponse(path + ("?" + urlencode(query) if query else ""), 303)


def local_path(path: str) -> str:
    """A path on this site, or the first page (never another site)."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def sign_in_path(request: Request) -> str:
    """Where somebody who is not signed in goes; ``het``: their session is over, so that the page says why."""
    over = "het=1" if cookie(request, SESSION_COOKIE) else ""
    after = ""
    if request.method == "GET" and request.url.path != "/":
        after = "tiep=" + quote(request.url.path + ("?" + request.url.query if request.url.query else ""))
    return "/dang-nhap" + ("?" if after or over else "") + "&".join(filter(None, (after, over)))


def names_of(session: Session, logins: Iterable[str]) -> dict[str, str]:
    """login → name of staff; a login that nobody has (any more) stands for itself."""
    wanted = set(logins) - {""}
    names = session.exec(select(Staff.login, Staff.name).where(col(Staff.login).in_(wanted))).all()
    return {login: login for login in wanted} | dict(names) | {"": ""}
