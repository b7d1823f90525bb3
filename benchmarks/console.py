"""Pages: how long the server works on each, beside a page of one line from a bare FastAPI.

The application is called as it stands (ASGI), without a network between. Every page that can be reached by links is
asked for, as an officer of a commune of usual size, as her province and as the owner, while the register holds a
hundred thousand people (``quick``: one commune's); the slowest is named. The first view must stay light on a slow line.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from benchmarks.run import Measured
from benchmarks.slow_line import slow_line
from benchmarks.world import COMMUNE, bench_home, draft, settle_provinces
from campaigns.campaigns import approve, launch
from console.app import create_app
from console.web import COMMUNE_COOKIE, SESSION_COOKIE
from register.entering import open_session
from register.home import Home
from register.staff import UNIT_OF_ROLE, add_staff
from register.tables import Unit

PEOPLE = 2_000  # beneficiaries of a usual commune
MANY_PEOPLE = 100_000  # benchmarks/growth.py goes on to a million
VIEWS, VIEWS_QUICK = 9, 3
ROLES = ("officer", "province", "owner")
SIGN_IN = "/dang-nhap"
FIRST_VIEW_KB = 120
MOST_MS = 300  # of server time, for any page
SLOW_LINE_S = 3  # until the first page shows at 400 kbit/s
GZIP = b"\x1f\x8b"
LOADED = re.compile(rb"""(?:<(?:link|script|img)[^>]+(?:href|src)=|url\()["']?([^"')>]+)""")
DOCUMENT = re.compile(r"/[^?]*\.(pdf|docx|xlsx|csv|json|zip|mp3|png|svg)(\?|$)")
LINKS = re.compile(rb'<a [^>]*href="(/[^"#]*)')
Opened = Callable[[str], Awaitable[list[str] | None]]  # a path → where its links lead; None: no page


@dataclass
class Browser:
    """Just enough of a client to ask an application for pages. ``token``: of a signed-in session."""

    app: Any
    token: str = ""

    async def links(self, path: str) -> list[str] | None:
        """Where the links of a page lead; None: no page. No document is asked for: making it takes long."""
        if DOCUMENT.match(path):
            return None
        status, kind, body = await self.get(path)
        if status != 200 or not kind.startswith("text/html"):
            return None
        return [link.decode().replace("&amp;", "&") for link in LINKS.findall(body)]

    async def get(self, path: str) -> tuple[int, str, bytes]:
        """Status, kind of content and body."""
        status, kind, body = 0, "", b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, kind, body
            status = message.get("status", status)
            kind = dict(message.get("headers", ())).get(b"content-type", kind.encode()).decode()
            body += message.get("body", b"")

        await self.app(self._scope(path), receive, send)
        return status, kind, gzip.decompress(body) if body.startswith(GZIP) and kind.startswith("text/html") else body

    def _scope(self, path: str) -> dict[str, Any]:
        cookie = f"{SESSION_COOKIE}={self.token}; {COMMUNE_COOKIE}={COMMUNE}".encode()
        path, _, query = path.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip"), (b"cookie", cookie)],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }


def measure(quick: bool) -> Measured:
    """Milliseconds of server time a page, the median of some views."""
    views, people = (VIEWS_QUICK, PEOPLE) if quick else (VIEWS, MANY_PEOPLE)
    taken: dict[str, float] = {}
    with bench_home() as home:
        settle_provinces(home, people, PEOPLE)
        home.db.write(lambda session: _campaign(session, home))
        app = create_app(home)
        for role in ROLES:
            browser = Browser(app, sign_in(home, role))
            for path in asyncio.run(reachable(browser.links, "/")):
                taken[f"{role} {path}"] = asyncio.run(milliseconds(browser, path, views))
        first_view = asyncio.run(_first_view_kb(Browser(app)))
        line = asyncio.run(slow_line(home))
    bare = asyncio.run(milliseconds(Browser(_bare()), "/", views))
    slowest = max(taken, key=lambda name: taken[name])
    return Measured(
        figures={
            "people": people,
            "people_of_the_commune": PEOPLE,
            "pages": len(taken),
            "median_page_ms": statistics.median(taken.values()),
            "slowest_page_ms": taken[slowest],
            **{f"{name} ms": taken[name] for name in sorted(taken, key=lambda name: -taken[name])[:5]},
            "first_view_kb": first_view,
            **line,
            "bare_page_ms": bare,
        },
        ratios={"slowest_over_bare_page": taken[slowest] / bare},
        targets={
            "first_view_kb": ("most", FIRST_VIEW_KB),
            "slowest_page_ms": ("most", MOST_MS),
            **({"slow_line_shown_s": ("most", SLOW_LINE_S)} if line else {}),
        },
    )


def _campaign(session: Session, home: Home) -> None:
    campaign = draft(session, home)
    approve(session, campaign, "minh", home.now())
    launch(session, home, campaign, "minh", home.now())


def sign_in(home: Home, role: str) -> str:
    """The token of a session of somebody new in this role."""

    def enter(session: Session) -> str:
        commune = session.get_one(Unit, COMMUNE)
        unit = {"commune": commune.code, "province": commune.parent, None: None}[UNIT_OF_ROLE[role]]
        staff = add_staff(session, role, "Lan", role, unit, "", home.now(), "đo")
        return open_session(session, staff, home.now()).token

    return home.db.write(enter)


async def reachable(opened: Opened, start: str) -> list[str]:
    """Every page that links lead to from the first one; of those that differ in numbers only, one."""
    waiting, met, pages = [start], set[str](), list[str]()
    while waiting:
        path = waiting.pop(0)
        shape = re.sub(r"\d+", "0", re.sub(r"=[^&]*", "=", path))
        if shape in met:
            continue
        met.add(shape)
        links = await opened(path)
        if links is not None:
            pages.append(path)
            waiting += links
    return pages


async def milliseconds(browser: Browser, path: str, views: int) -> float:
    """The median of some views, after one that warms up."""
    taken = []
    for _ in range(views + 1):
        start = time.perf_counter()
        status, _kind, _body = await browser.get(path)
        taken.append((time.perf_counter() - start) * 1000)
        if status != 200:
            raise AssertionError(f"{path} answered {status}")
    return statistics.median(taken[1:])


async def _first_view_kb(browser: Browser) -> float:
    """The sign-in page with all that it loads, as it goes over the line, in kB."""
    waiting, sizes = [SIGN_IN], dict[str, int]()
    while waiting:
        path = waiting.pop()
        status, kind, body = await browser.get(path)
        if status == 200 and path not in sizes:
            sizes[path] = len(gzip.compress(body)) if kind.startswith("text/html") else len(body)
            text = gzip.decompress(body) if body.startswith(GZIP) else body
            waiting += [_beside(path, other.decode()) for other in LOADED.findall(text)]
    return sum(sizes.values()) / 1000


def _beside(path: str, other: str) -> str:
    other = other.partition("?")[0]
    return other if other.startswith("/") else f"{path.rpartition('/')[0]}/{other}"


def _bare() -> FastAPI:
    app = FastAPI()

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        return "<p>Xin chào.</p>"

    return app
