"""The door of /api/v1: keys, limits, and the one shape of every error."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.pace import Pace, PaceByKey
from console.security import BROKEN, where
from register import api_keys
from register.errors import BadInput, NotAllowed, Problem
from register.home import Home
from register.staff import Viewer
from register.tables import ApiKey

log = structlog.get_logger(__name__)
PATH = "/api/v1"
PER_SECOND, AT_ONCE = 5, 60  # requests of one key; a dashboard asks some twenty at once, then rests
WRONG_PER_SECOND, WRONG_AT_ONCE = 0.2, 20  # wrong keys of one address
_bearer = HTTPBearer(auto_error=False, description="Khóa của xã, phường, làm ở trang Khóa kết nối.")


class Fault(BaseModel):
    """What went wrong: a word for programs, a sentence for people."""

    code: str
    message: str


class Trouble(BaseModel):
    """The body of every answer that is no success."""

    error: Fault


ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Trouble, "description": "Không đọc được những gì gửi kèm"},
    401: {"model": Trouble, "description": "Không có khóa, hoặc khóa không còn dùng được"},
    403: {"model": Trouble, "description": "Khóa này chỉ được đọc"},
    404: {"model": Trouble, "description": "Không có, hoặc không thuộc xã, phường của khóa"},
    409: {"model": Trouble, "description": "Ghi đúng, nhưng lúc này chưa làm được"},
    422: {"model": Trouble, "description": "Yêu cầu ghi chưa đúng"},
    429: {
        "model": Trouble,
        "description": "Hỏi quá nhanh; chờ số giây ghi ở Retry-After",
        "headers": {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
    },
}
CODES = {400: "bad_request", 401: "no_key", 403: "not_allowed", 404: "not_found", 405: "wrong_method",
         409: "not_now", 413: "too_large", 422: "bad_input", 429: "too_fast", 500: "broken"}  # fmt: skip
NO_KEY = "Thiếu khóa, hoặc khóa đã thu hồi hay hết hạn. Hãy xin khóa mới ở trang Khóa kết nối."
NOT_HERE = "Không có mục này ở xã, phường của khóa."
READS_ONLY = "Khóa này chỉ được đọc. Hãy xin một khóa được ghi."


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, wait_s: float = 0) -> None:
        super().__init__(message)
        self.status, self.message, self.wait_s = status, message, wait_s


class Limits:
    """How fast may it ask? Kept in this process: `serve` is one."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self.ticks = ticks
        self.keys = PaceByKey(PER_SECOND, AT_ONCE)
        self.wrong = PaceByKey(WRONG_PER_SECOND, WRONG_AT_ONCE)

    def take(self, paces: PaceByKey, whose: Hashable) -> None:
        """Take a place, or Refused with how long to wait; a refused one takes none."""
        at = self.ticks()
        paces.forget(at)
        pace: Pace = paces[whose]
        if wait := pace.wait(at):
            raise Refused(429, "Hỏi quá nhanh. Hãy chờ rồi hỏi lại.", wait)
        pace.take(at)

    def wait_for_wrong(self, address: str) -> None:
        """Refused while this address gave too many wrong keys: not even a right one is looked at."""
        if wait := self.wrong[address].wait(self.ticks()):
            raise Refused(429, "Nhiều khóa sai quá. Hãy chờ rồi thử lại.", wait)


@dataclass(frozen=True)
class Asking:
    """One request: whose key, of which commune, and when."""

    home: Home
    key: ApiKey
    now: datetime

    @property
    def here(self) -> str:
        return self.key.commune

    @property
    def by(self) -> str:
        """Who the audit log and the facts name."""
        return f"api.{self.key.id}"

    @property
    def viewer(self) -> Viewer:
        """The commune's officer, for ``scope``."""
        return Viewer(self.by, "officer", self.here)

    def own(self, row: Any) -> Any:
        """The row, if it stands and is of this commune; Refused else."""
        if row is None or row.commune != self.here:
            raise Refused(404, NOT_HERE)
        return row


def asking(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Asking:
    """Who asks. Refused without a key in force, too fast, or with a word that the call does not know."""
    home: Home = request.app.state.home
    limits: Limits = request.app.state.limits
    address = request.client.host if request.client else ""
    limits.wait_for_wrong(address)
    now = home.now()
    with home.db.read() as session:
        key = api_keys.key_for(session, given.credentials, now) if given else None
    if key is None:
        limits.take(limits.wrong, address)
        raise Refused(401, NO_KEY)
    limits.take(limits.keys, key.id)
    if key.used_at is None or now - key.used_at >= api_keys.USED_EVERY:
        number = key.id or 0
        home.db.write(lambda session: api_keys.was_used(session, number, now))
    if strange := set(request.query_params) - _known(request.scope["route"]):
        raise Refused(422, f"Có {len(strange)} tham số không có ở địa chỉ này. Hãy xem lại cách viết.")
    return Asking(home, key, now)


def _known(route: Any) -> set[str]:
    """The words that may stand after the question mark: a misspelt one would silently narrow nothing."""
    return {field.alias for field in route.dependant.query_params}


Reading = Annotated[Asking, Depends(asking)]


def _writing(asked: Reading) -> Asking:
    if not asked.key.writes:
        raise Refused(403, READS_ONLY)
    return asked


Writing = Annotated[Asking, Depends(_writing)]


# --- Errors ------------------------------------------------------------------------------------------


def trouble(status: int, message: str, wait_s: float = 0, headers: Any = None) -> JSONResponse:
    """The one shape of every error."""
    body = Trouble(error=Fault(code=CODES.get(status, "refused"), message=message))
    more = dict(headers or {})
    if status == 401:
        more["WWW-Authenticate"] = "Bearer"
    if wait_s:
        more["Retry-After"] = str(math.ceil(wait_s))
    return JSONResponse(body.model_dump(), status, more)


def add_troubles(api: FastAPI) -> None:
    """Say every trouble in the one shape."""

    async def refused(_request: Request, error: Any) -> Response:
        return trouble(error.status, error.message, error.wait_s)

    async def problem(_request: Request, error: Any) -> Response:
        return trouble(403 if isinstance(error, NotAllowed) else 409, str(error))

    async def invalid(_request: Request, error: Any) -> Response:
        """Where it is wrong, never what was sent."""
        found = error.errors()[:5] if isinstance(error, RequestValidationError) else []
        places = ", ".join(".".join(str(part) for part in one["loc"]) for one in found)
        return trouble(422, f"Ghi chưa đúng: {places or 'giá trị quá lớn hoặc không dùng được'}.")

    async def http(_request: Request, error: Any) -> Response:
        said = {404: NOT_HERE, 405: "Địa chỉ này không nhận cách hỏi ấy."}
        return trouble(error.status_code, said.get(error.status_code, "Không nhận yêu cầu này."), headers=error.headers)

    for kind, said in (
        (Refused, refused), (Problem, problem), (BadInput, problem), (RequestValidationError, invalid),
        (DataError, invalid), (OverflowError, invalid), (HTTPException, http),
    ):  # fmt: skip
        api.add_exception_handler(kind, said)


class Safe:
    """ASGI middleware: what nobody foresaw is one sentence too, and its text, which may hold data, goes nowhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except HTTPException:
            raise  # the body was too large: console.security says so
        except Exception as error:
            log.error("api.broken", error=type(error).__name__, at=where(error))
            if started:
                raise
            await trouble(500, BROKEN)(scope, receive, send)
