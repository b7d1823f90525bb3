"""Pages: how long the server works on each, beside a page of one line from a bare FastAPI.

The application is called as it stands (ASGI), without a network between, signed in as an officer of a
commune of usual size. The first view must stay light on a slow line: its size is a target.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import statistics
import time
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from benchmarks.run import Measured
from benchmarks.world import COMMUNE, bench_home, settle
from console.app import create_app
from console.web import SESSION_COOKIE
from register.home import Home
from register.staff import add_staff, sign_in

PEOPLE = 1_900  # beneficiaries of a usual commune
VIEWS, VIEWS_QUICK = 100, 8
PAGES = {"today": "/", "progress": "/tien-do", "people": "/nguoi", "campaigns": "/dot-van-dong"}
SIGN_IN = "/dang-nhap"
FIRST_VIEW_KB = 120
GZIP = b"\x1f\x8b"
LOADED = re.compile(rb"""(?:<(?:link|script|img)[^>]+(?:href|src)=|url\()["']?([^"')>]+)""")
PASSWORD = "chỉ dùng để đo tốc độ"  # noqa: S105 — of a home that is thrown away


@dataclass
class Browser:
    """Just enough of a client to ask an application for pages. ``token``: of a signed-in session."""

    app: Any
    token: str = ""

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        status, body = 0, b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"")

        await self.app(self._scope(path), receive, send)
        return status, body

    def _scope(self, path: str) -> dict[str, Any]:
        cookie = f"{SESSION_COOKIE}={self.token}".encode()
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip"), (b"cookie", cookie)],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }


def measure(quick: bool) -> Measured:
    """Milliseconds of server time a page."""
    views = VIEWS_QUICK if quick else VIEWS
    with bench_home() as home:
        settle(home, PEOPLE)
        signed_in = Browser(create_app(home), _token(home))
        figures: dict[str, float] = {"people": PEOPLE}
        for name, path in PAGES.items():
            taken = asyncio.run(_times(signed_in, path, views))
            figures |= {f"{name}_p50_ms": statistics.median(taken), f"{name}_p99_ms": sorted(taken)[-1 - views // 100]}
        figures["first_view_kb"] = asyncio.run(_first_view_kb(Browser(signed_in.app)))
    bare = statistics.median(asyncio.run(_times(Browser(_bare()), "/", views)))
    return Measured(
        figures=figures | {"bare_page_p50_ms": bare},
        ratios={f"{name}_over_bare_page": figures[f"{name}_p50_ms"] / bare for name in PAGES},
        targets={"first_view_kb": ("most", FIRST_VIEW_KB)},
    )


def _token(home: Home) -> str:
    def enter(session: Session) -> str:
        add_staff(session, "lan", "Lan", "officer", COMMUNE, PASSWORD, home.now(), "đo")
        signed_in = sign_in(session, "lan", PASSWORD, home.now())
        assert signed_in is not None
        return signed_in.token

    return home.db.write(enter)


async def _times(browser: Browser, path: str, views: int) -> list[float]:
    """Milliseconds of each view, after one that warms up."""
    taken = []
    for _ in range(views + 1):
        start = time.perf_counter()
        status, _body = await browser.get(path)
        taken.append((time.perf_counter() - start) * 1000)
        if status != 200:
            raise AssertionError(f"{path} answered {status}")
    return taken[1:]


async def _first_view_kb(browser: Browser) -> float:
    """The sign-in page with all that it loads, as it goes over the line, in kB."""
    waiting, sizes = [SIGN_IN], dict[str, int]()
    while waiting:
        path = waiting.pop()
        status, body = await browser.get(path)
        if status == 200 and path not in sizes:
            sizes[path] = len(body)
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
