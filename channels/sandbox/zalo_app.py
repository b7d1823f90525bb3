"""The Zalo app as its console shows it, its tokens (OAuth v4), and the form of errors."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from aiohttp import web

from channels.sandbox.postman import Hook
from channels.sandbox.world import World

ACCESS_LIFE = timedelta(hours=25)
REFRESH_LIFE = timedelta(days=90)
MESSAGES = {
    -32: "Your application reached limit call api",
    -200: "Send message failed",
    -201: "{} is invalid!",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -217: "User has blocked invitation from OA",
    -220: "access_token is expired or removed",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA, or the last interaction has expired",
    -233: "message type is invalid or not support",
    -234: "This message cannot be sent at night (10:00PM - 6:00AM)",
    -240: "MessageV2 API has been shut down, please switch to MessageV3",
    -242: "Invalid appsecret_proof provided in the API argument",
    -244: "User has restricted this message type from your OA",
    -249: "Template does not support send via UID",
}


class ZaloError(Exception):
    """An error body; the status stays 200."""

    def __init__(self, code: int, what: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, MESSAGES.get(code, "Error").format(what)


@dataclass
class App:
    """One Zalo app with its Official Account, as the consoles show it."""

    app_id: str = "3147500000000000001"
    app_secret: str = "sandbox-app-secret"  # noqa: S105 — invented
    oa_id: str = "4318500000000000001"
    oa_secret: str = "sandbox-oa-secret"  # noqa: S105 — invented
    refresh_token: str = "sandbox-refresh-0"  # noqa: S105 — invented
    refresh_ends: datetime | None = None
    access: dict[str, datetime] = field(default_factory=dict)  # token → end; only the newest lives
    hook: Hook | None = None
    mac_first_term: str = "app_id"


class OAuth:
    """Issues, checks and kills tokens."""

    def __init__(self, world: World, app: App) -> None:
        self.world, self.app = world, app
        self.used: set[str] = set()  # refresh tokens that were spent

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v4/oa/access_token", self._token)]

    def check(self, request: web.Request) -> None:
        """A bare ``access_token`` header, not Bearer; the proof only when it is given."""
        token = request.headers.get("access_token", "")
        ends = self.app.access.get(token)
        if not token or (ends is None and not token.startswith("access-")):
            raise ZaloError(-216)
        if ends is None or ends <= self.world.now():
            raise ZaloError(-220)
        proof = request.headers.get("appsecret_proof")
        right = hmac.new(self.app.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if proof is not None and proof != right:
            raise ZaloError(-242)

    async def _token(self, request: web.Request) -> web.Response:
        """Refresh only: single use, rotating; the old access token dies with it."""
        form, app, now = await request.post(), self.app, self.world.now()
        if request.headers.get("secret_key") != app.app_secret or form.get("app_id") != app.app_id:
            return _oauth_error(-14002, "Invalid appId")
        spent = app.refresh_ends is not None and app.refresh_ends <= now
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != app.refresh_token or spent:
            return _oauth_error(-14014, "Invalid refresh token")
        self.used.add(app.refresh_token)
        number = self.world.serial()
        access, app.refresh_token = f"access-{number}", f"sandbox-refresh-{number}"
        app.access, app.refresh_ends = {access: now + ACCESS_LIFE}, now + REFRESH_LIFE
        life = str(int(ACCESS_LIFE.total_seconds()))  # a string, really
        body = {"access_token": access, "refresh_token": app.refresh_token, "expires_in": life}
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    def expire(self) -> None:
        """All access tokens die now."""
        self.app.access.clear()


def _oauth_error(code: int, name: str) -> web.Response:
    body = {"error": code, "error_name": name, "error_reason": name, "error_description": name, "ref_doc": ""}
    return web.Response(body=orjson.dumps(body), content_type="application/json")
