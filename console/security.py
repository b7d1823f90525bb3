"""What keeps the console safe before any page is reached: headers, the size of a request, CSRF.

CSRF: each form carries a token derived from the browser's secret (the session's, or a cookie's before
sign-in). The token is masked anew for each page, so that compressed pages give nothing away (BREACH).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import traceback
from collections.abc import Callable
from errno import EDQUOT, ENOSPC
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from database import away

log = structlog.get_logger(__name__)
MAX_UPLOAD_BYTES = 20_000_000  # a list of 100.000 rows is about 8 MB
MAX_FORM_BYTES = 2_000_000  # of any page that takes no file
MAX_STRANGER_BYTES = 300_000  # of whoever is not signed in: a webhook has 256 kB at most
UPLOAD_PATHS = ("/danh-sach/moi", "/de-nghi/tra-loi", "/thong-bao/anh", "/giong-doc/cau", "/giong-doc/tai-len")
MultiPartParser.spool_max_size = MAX_UPLOAD_BYTES  # in memory: by default a list would lie open in /tmp
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
STRANGER = "Bạn chưa đăng nhập, hoặc phiên làm việc đã hết, nên tệp chưa được nhận. Xin đăng nhập rồi gửi lại."
AWAY = (
    "Cơ sở dữ liệu tạm thời chưa trả lời, hoặc ổ đĩa đã đầy. Những gì đã lưu không mất; việc vừa làm chưa được lưu. "
    "Xin thử lại sau một phút; nếu vẫn vậy, hãy báo người quản trị."
)
BROKEN = "Hệ thống gặp lỗi. Việc vừa làm chưa được lưu; xin thử lại sau ít phút."


def where(error: BaseException) -> list[str]:
    """The places an error came through, without its text: a message can hold what somebody typed."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


class TooLarge(HTTPException):
    """The body is larger than this sender may send to this page: ``most`` bytes."""

    def __init__(self, most: int) -> None:
        large = f"Tệp quá lớn: trang này mỗi lần nhận tối đa {most // 1_000_000} MB. Hãy gửi tệp nhỏ hơn."
        super().__init__(413, STRANGER if most == MAX_STRANGER_BYTES else large)


def here(location: bytes) -> bytes:
    """Where a redirect leads, as a path of this site: Starlette writes a whole address with whatever host was claimed.

    No page of ours redirects to another site.
    """
    _, _, path, query, place = urlsplit(location)
    return b"/" + path.lstrip(b"/\\") + (b"?" + query if query else b"") + (b"#" + place if place else b"")


class Guard:
    """ASGI middleware: security headers on every answer, no page kept by a cache, bounded bodies.

    A body is read, into memory, before a page asks who sends it. So it is asked here (``signed_in``), once it is large.
    """

    def __init__(self, app: ASGIApp, https: bool, signed_in: Callable[[Scope], bool]) -> None:
        self.app, self.signed_in = app, signed_in
        headers = dict(HEADERS)
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        headers["Cache-Control"] = "no-store"
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = 0
        most = MAX_STRANGER_BYTES
        started = False

        async def bounded() -> Message:
            nonlocal seen, most
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most == MAX_STRANGER_BYTES and await run_in_threadpool(self.signed_in, scope):
                most = MAX_UPLOAD_BYTES if scope["path"] in UPLOAD_PATHS else MAX_FORM_BYTES
            if seen > most:
                raise TooLarge(most)
            return message

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [
                    (name, here(value) if name == b"location" else value) for name, value in message.get("headers", [])
                ]
                own = {name.lower() for name, _ in headers}  # a page may be stricter than the rule
                headers += [pair for pair in self.headers if pair[0] not in own]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, bounded, guarded)
        except Exception as error:
            log.error("console.broken", error=type(error).__name__, at=where(error))
            if started:
                raise
            gone = away(error) or (isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT))
            start = {"type": "http.response.start", "status": 503 if gone else 500}
            again = [(b"retry-after", b"60")] if gone else []
            await guarded({**start, "headers": [(b"content-type", b"text/plain; charset=utf-8"), *again]})
            await send({"type": "http.response.body", "body": (AWAY if gone else BROKEN).encode()})


# --- CSRF ----------------------------------------------------------------------------------------


def csrf_token(secret: str) -> str:
    """A fresh token of this browser's secret: nonce and keyed hash."""
    nonce = secrets.token_hex(8)
    return nonce + hmac.new(secret.encode(), nonce.encode(), hashlib.sha256).hexdigest()


def csrf_ok(secret: str, token: str) -> bool:
    """Whether ``csrf_token(secret)`` made this token (constant time)."""
    made = hmac.new(secret.encode(), token[:16].encode(), hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(made.encode(), token[16:].encode())
