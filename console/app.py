"""The staff web app: ``create_app(home)`` puts pages, the API, health and metrics together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from bot.citizen.web import WebSender
from channels.senders import Sender
from console import api, assets, chat
from console.metrics import Metrics
from console.pages import ROUTERS
from console.running import Running
from console.security import Guard, TooLarge
from console.web import Missing, SignedOut, checked, current, local_path, render, sign_in_path, viewer_now
from database import is_alive
from register.errors import BadInput, NotAllowed, Problem
from register.home import Home


def create_app(
    home: Home,
    *,
    inbox: Any = None,
    senders: Mapping[str, Sender] | None = None,
) -> FastAPI:
    """The console over an opened home. Webhooks never come here (channels/hooks.py).

    ``senders`` (by lane) carry officers' answers to citizens; without them answers are kept but not sent.
    """
    app = FastAPI(routes=list(_every_route()), title="Từng Nhà", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.home = home
    app.state.inbox = inbox
    web = WebSender(home)
    app.state.senders = {web.lane: web, **(senders or {})}
    app.state.chat_limits = chat.Limits()
    app.state.metrics = Metrics(home)
    app.state.running = Running()
    app.mount(api.PATH, api.create_api(home))
    _add_troubles(app)
    https = home.settings.public_url.startswith("https://")
    app.add_middleware(Guard, https=https, signed_in=lambda scope: viewer_now(Request(scope)) is not None)
    return app


health = APIRouter()  # not closures: FastAPI remembers every endpoint for ever, and with it what it closes over


@health.get("/healthz")
def healthz(request: Request) -> JSONResponse:
    """200 while the database answers."""
    try:
        alive = is_alive(request.app.state.home.db)
    except SQLAlchemyError:
        alive = False
    return JSONResponse({"ok": alive}, 200 if alive else 503)


@health.get("/metrics")
def metrics(request: Request) -> Response:
    """Counts for Prometheus; no personal data."""
    return PlainTextResponse(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@cache
def _every_route() -> tuple[BaseRoute, ...]:
    """The routes of the whole console. Made once a process: reading all signatures takes a tenth of a second."""
    every = APIRouter()
    for router in (assets.router, chat.router, health):
        every.include_router(router)
    for router in ROUTERS:
        every.include_router(router, dependencies=[Depends(checked)])
    return tuple(every.routes)


def _trouble(request: Request, status: int, title: str, text: str, tone: str = "wrong") -> HTMLResponse:
    viewer = viewer_now(request)
    seen = current(request, viewer) if viewer else None
    request.state.secret = viewer.csrf if viewer else ""
    came_from = urlsplit(request.headers.get("referer", ""))
    ours = came_from.netloc == request.url.netloc and came_from.path != request.url.path
    back = local_path(came_from.path) if ours else "/"
    page = {"title": title, "text": text, "tone": tone, "back": back, "typed": request.method == "POST"}
    return render(request, "trouble.html", seen, status, **page)


def _add_troubles(app: FastAPI) -> None:
    """Every trouble is a page with one sentence that says what to do."""

    @app.exception_handler(SignedOut)
    def signed_out(request: Request, _error: SignedOut) -> Response:
        if request.headers.get("hx-request"):
            return Response(status_code=204, headers={"HX-Redirect": "/dang-nhap"})
        return RedirectResponse(sign_in_path(request), 303)

    @app.exception_handler(Missing)
    def missing(request: Request, _error: Missing) -> Response:
        text = "Không có trang này, hoặc nó không thuộc đơn vị của bạn."
        return _trouble(request, 404, "Không tìm thấy", text, "care")

    @app.exception_handler(Problem)
    def problem(request: Request, error: Problem) -> Response:
        if isinstance(error, NotAllowed):
            return _trouble(request, 403, "Không được phép", str(error))
        return _trouble(request, 422, "Chưa làm được", str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, _error: RequestValidationError) -> Response:
        return problem(request, BadInput("Biểu mẫu còn thiếu hoặc có mục ghi chưa đúng. Hãy quay lại và điền đủ."))

    @app.exception_handler(DataError)
    @app.exception_handler(OverflowError)
    def beyond(request: Request, error: Exception) -> Response:
        """A number, day or character that no column can hold: there is no such thing, or it cannot be kept."""
        return missing(request, Missing()) if request.method == "GET" else invalid(request, RequestValidationError([]))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return missing(request, Missing())
        text = error.detail if isinstance(error, TooLarge) else "Không nhận yêu cầu này."
        return PlainTextResponse(text, error.status_code, headers=error.headers)
