"""The Zalo app as its console shows it, its tokens (OAuth v4), and the form of errors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import orjson
from aiohttp import web

from channels.sandbox.postman import Hook
from channels.sandbox.world import World

ACCESS_LIFE = timedelta(hours=25)
REFRESH_LIFE = timedelta(days=90)
CODE_LIFE = timedelta(minutes=10)
MESSAGES = {
    -32: "Your application reached limit call api",
    -100: "attachment_id was expired",
    -200: "Send message failed",
    -201: "{} is invalid!",
    -204: "Offical Account is disable",
    -205: "Offical Account is not exist",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -212: "App has not registed this api",
    -213: "User has not followed OA",
    -214: "Article is being processed",
    -216: "Access token is invalid",
    -217: "User has blocked invitation from OA",
    -218: "Out of quota receive",
    -219: "App is removed or disabled",
    -220: "access_token is expired or removed",
    -221: "The OA needs to be verified to use this feature",
    -223: "Official Account has not authorized this API",
    -224: "The OA needs to upgrade OA Tier Package",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA, or the last interaction has expired",
    -233: "message type is invalid or not support",
    -234: "This message cannot be sent at night (10:00PM - 6:00AM)",
    -235: "This API does not support this type of OA",
    -237: "Group is disabled",
    -238: "Asset is used",
    -240: "MessageV2 API has been shut down, please switch to MessageV3",
    -241: "Asset is used",
    -242: "Invalid appsecret_proof provided in the API argument",
    -244: "User has restricted this message type from your OA",
    -248: "Violates our platform standards",
    -249: "Template does not support send via UID",
    -320: "Your app needs to connect Zalo Cloud Account",
    -321: "Zalo Cloud Account out of money",
    -403: "OA is not in this group",
}


OWN_TOKEN = re.compile(r"sandbox-refresh-[1-9]\d*")


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
    redirect_uri: str = ""  # as saved in the console; "": any
    fixed_challenge: str = ""  # saved in the console: then the link's own is not looked at
    numberless_errors: bool = False  # OAuth errors without the field ``error``, as were seen in the field


class OAuth:
    """Issues, checks and kills tokens."""

    def __init__(self, world: World, app: App) -> None:
        self.world, self.app = world, app
        self.used: set[str] = set()  # refresh tokens that were spent
        self.refused = 0  # tokens and codes that were not taken
        self._codes: dict[str, tuple[datetime, str]] = {}  # code → (its end, the challenge)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v4/oa/access_token", self._token), web.get("/v4/oa/permission", self._permission)]

    async def _permission(self, request: web.Request) -> web.Response:
        """The consent page: the account's owner agrees at once and is sent back with a code."""
        asked, app = request.query, self.app
        back = asked.get("redirect_uri", "")
        if asked.get("app_id") != app.app_id:
            return self._error(-14002, "Invalid appId")
        if not back or (app.redirect_uri and back != app.redirect_uri):
            return self._error(-14003, "Invalid redirect uri")
        code = self.consent(app.fixed_challenge or asked.get("code_challenge", ""))
        more = {"code": code, "oa_id": app.oa_id} | ({"state": asked["state"]} if "state" in asked else {})
        raise web.HTTPFound(f"{back}{'&' if '?' in back else '?'}{urlencode(more)}")

    def consent(self, challenge: str) -> str:
        """A new code, good for ten minutes, once."""
        code = f"code-{self.world.serial()}"
        self._codes[code] = (self.world.now() + CODE_LIFE, challenge)
        return code

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
        """A code or a refresh token, each single use; the pair rotates, the old access token dies with it."""
        form, app, now = await request.post(), self.app, self.world.now()
        if request.headers.get("secret_key") != app.app_secret or form.get("app_id") != app.app_id:
            return self._error(-14002, "Invalid appId")
        if form.get("grant_type") == "authorization_code":
            ends, challenge = self._codes.pop(str(form.get("code")), (now, ""))
            if ends <= now or challenge != challenge_of(str(form.get("code_verifier", ""))):
                return self._error(-14019, "Invalid code")
        else:
            if self._of_an_earlier_run(str(form.get("refresh_token"))):
                app.refresh_token = str(form.get("refresh_token"))
            spent = app.refresh_ends is not None and app.refresh_ends <= now
            if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != app.refresh_token or spent:
                return self._error(-14014, "Invalid refresh token")
            self.used.add(app.refresh_token)
        number = self.world.serial()
        access, app.refresh_token = f"access-{number}", f"sandbox-refresh-{number}"
        app.access, app.refresh_ends = {access: now + ACCESS_LIFE}, now + REFRESH_LIFE
        life = str(int(ACCESS_LIFE.total_seconds()))  # a string, really
        body = {"access_token": access, "refresh_token": app.refresh_token, "expires_in": life}
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    def _of_an_earlier_run(self, token: str) -> bool:
        """A sandbox forgets its tokens when it ends; a home that was kept goes on with the one it has."""
        return not self.used and not self.app.access and OWN_TOKEN.fullmatch(token) is not None

    def expire(self) -> None:
        """All access tokens die now."""
        self.app.access.clear()

    def _error(self, code: int, name: str) -> web.Response:
        """HTTP 200; the codes beside -14002 and -14003 are guesses, no document names them."""
        self.refused += 1
        body = {"error": code, "error_name": name, "error_reason": name, "error_description": name, "ref_doc": ""}
        if self.app.numberless_errors:
            del body["error"]
        return web.Response(body=orjson.dumps(body), content_type="application/json")


def challenge_of(verifier: str) -> str:
    """PKCE: base64url without padding of SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
