"""A truthful small Zalo: Official Account v3, OAuth v4 and its webhooks (facts/channels §1–3).

Application errors come with HTTP 200, as on the real service.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from aiohttp import web

from channels.sandbox.postman import ZALO_LADDER, Hook, Parcel, Postman
from channels.sandbox.templates import Template
from channels.sandbox.world import Arrival, Buttons, User, World
from channels.zalo.limits import (
    APP_PER_MINUTE,
    BUTTON_TITLE_CHARACTERS,
    BUTTONS,
    FREE_WINDOW,
    TALK_WINDOW,
    TEXT_CHARACTERS,
)

ACCESS_LIFE = timedelta(hours=25)
REFRESH_LIFE = timedelta(days=90)
INACTIVE_AFTER = timedelta(days=45)
WEBHOOK_DEADLINE_S = 2
PAYLOAD_CHARACTERS = 1_000
IMAGE_BYTES = 1_000_000
BUTTON_TYPES = ("oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.phone", "oa.open.sms")
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


class Zalo:
    """Official Account and OAuth."""

    def __init__(self, world: World, postman: Postman, templates: dict[str, Template]) -> None:
        self.world, self._postman, self.templates = world, postman, templates
        self.app = App()
        self.used_refresh_tokens: set[str] = set()
        self._minute, self._calls = 0, 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v4/oa/access_token", self._token),
            web.post("/v3.0/oa/message/cs", self._open(self._talk)),
            web.post("/v3.0/oa/message/template", self._open(self._template)),
            web.post("/v3.0/oa/message/{gone:transaction|promotion}", self._open(self._gone)),
            web.get("/v3.0/oa/user/detail", self._open(self._detail)),
            web.get("/v2.0/oa/{gone:getfollowers|getprofile}", self._open(self._gone_v2)),
            web.get("/v2.0/oa/getoa", self._open(self._account)),
            web.post("/v2.0/oa/upload/image", self._open(self._upload)),
        ]

    # --- what citizens do ---------------------------------------------------------------------

    def follow(self, user: User) -> None:
        """Follow the OA: counts as an interaction."""
        user.started.add("oa")
        user.blocked = False
        user.interacted_at = self.world.now()
        self._subject(user, "follow", "follower", source="oa_profile")

    def unfollow(self, user: User) -> None:
        user.started.discard("oa")
        self._subject(user, "unfollow", "follower", source="oa_profile")

    def set_blocked(self, user: User, blocked: bool) -> None:
        """Block: Zalo tells the OA only that the user left."""
        if blocked:
            self.unfollow(user)
        user.blocked = blocked

    def type(self, user: User, text: str) -> None:
        self.world.said(user, text)
        self._from_user(user, "user_send_text", {"text": text})

    def press(self, user: User, button_id: str) -> None:
        """Press a query button (arrives as text), or the template's button that opens the chat."""
        line = user.button(button_id)
        title = next(title for id_, title in line.buttons if id_ == button_id)
        self.world.said(user, title, "button")
        if line.kind == "template":
            body = {"oa_id": self.app.oa_id, "user_id": user.uid, "user_id_by_app": _by_app(user)}
            self.emit(user.uid, "user_click_chatnow", body)
            return
        self._from_user(user, "user_send_text", {"text": f"#{button_id}"})

    def send_media(self, user: User, kind: str, caption: str) -> None:
        """Send a picture (``image``), a voice (``audio``) or another attachment."""
        self.world.said(user, f"[{kind}] {caption}".strip(), "media")
        url = f"https://photo.example.vn/{self.world.hex_id()}"
        message = {"attachments": [{"type": kind, "payload": {"url": url, "thumbnail": url}}]}
        self._from_user(user, f"user_send_{kind}", message | ({"text": caption} if caption else {}))

    def submit_info(self, user: User, phone: str) -> None:
        """Agree to give name and phone."""
        info = {"name": user.name, "phone": phone or user.phone}
        self.emit(user.uid, "user_submit_info", self._ends(user) | {"info": info})

    def withdraw(self, user: User) -> None:
        """Ask Zalo to have the data deleted."""
        self._subject(user, "user_withdraw", "sender")

    def see(self, user: User) -> None:
        """Open the chat: everything unseen is reported as seen."""
        unseen = [line for line in user.chat if line.who == "bot" and not line.seen]
        for line in unseen:
            line.seen = True
        if unseen:
            self.emit(
                user.uid, "user_seen_message", self._ends(user) | {"message": {"msg_ids": [u.id for u in unseen]}}
            )

    def _ends(self, user: User) -> dict[str, Any]:
        return {"sender": {"id": user.uid}, "recipient": {"id": self.app.oa_id}, "user_id_by_app": _by_app(user)}

    def _from_user(self, user: User, event: str, message: dict[str, Any]) -> None:
        user.interacted_at = self.world.now()
        self.emit(user.uid, event, self._ends(user) | {"message": {**message, "msg_id": self.world.hex_id()}})

    def _subject(self, user: User, event: str, role: str, **more: Any) -> None:
        body = {"oa_id": self.app.oa_id, role: {"id": user.uid}, "user_id_by_app": _by_app(user), **more}
        self.emit(user.uid, event, body)

    def emit(self, uid: str, event: str, body: dict[str, Any], server: str = "OA OpenAPI") -> None:
        """Send a signed event to the app's webhook, if one is set."""
        app = self.app
        if app.hook is None:
            return
        stamp = self.world.millis()
        raw = orjson.dumps({"app_id": app.app_id, "event_name": event, **body, "timestamp": stamp})
        first = app.app_id if app.mac_first_term == "app_id" else app.oa_id
        mac = hashlib.sha256(first.encode() + raw + stamp.encode() + app.oa_secret.encode()).hexdigest()
        headers = {"X-ZEvent-Signature": f"mac={mac}", "X-ZEvent-Server": server, "User-Agent": "ZaloWebhook"}
        self._postman.post(Parcel(app.hook, uid, raw, headers))

    async def set_webhook(self, url: str) -> bool:
        """What the console does: an unsigned ``{}`` that must be answered with 200."""
        if await self._postman.once(url, b"{}", {"User-Agent": "ZaloWebhook"}, WEBHOOK_DEADLINE_S) != 200:
            return False
        self.app.hook = Hook(url, ZALO_LADDER, WEBHOOK_DEADLINE_S, retry_refused=False, on_given_up=self._unsubscribe)
        return True

    def _unsubscribe(self) -> None:
        self.app.hook = None

    # --- what the house does ------------------------------------------------------------------

    def check_token(self, request: web.Request) -> None:
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

    def _open(self, handler: Any) -> Any:
        """Token, rate, envelope: what all openapi.zalo.me calls share."""

        async def answer(request: web.Request) -> web.Response:
            headers = {}
            try:
                self.check_token(request)
                headers = self._count()
                body = {"data": await handler(request), "error": 0, "message": "Success"}
            except ZaloError as error:
                body = {"error": error.code, "message": error.message}
            return web.Response(body=orjson.dumps(body), content_type="application/json", headers=headers)

        return answer

    def _count(self) -> dict[str, str]:
        minute = int(self.world.ticks() // 60)
        self._minute, self._calls = minute, (self._calls + 1 if minute == self._minute else 1)
        if self.world.limits and self._calls > APP_PER_MINUTE:
            raise ZaloError(-32)
        left = max(0, APP_PER_MINUTE - self._calls)
        return {"X-RateLimit-Limit": str(APP_PER_MINUTE), "X-RateLimit-Remain": str(left)}

    def _reachable(self, uid: Any) -> User:
        user = self.world.users.get(uid) if isinstance(uid, str) else None
        if user is None or user.channel != "zalo":
            raise ZaloError(-201, "user_id")
        inactive = self.world.since(user.inactive_since)
        if user.deactivated or (inactive is not None and inactive > INACTIVE_AFTER):
            raise ZaloError(-227)
        if user.blocked:
            raise ZaloError(-217)
        return user

    async def _talk(self, request: web.Request) -> dict[str, Any]:
        body = await json_of(request)
        user = self._reachable(body.get("recipient", {}).get("user_id"))
        text, buttons = _content(body.get("message") or {})
        age = self.world.since(user.interacted_at)
        if age is None:
            raise ZaloError(-232)
        if age > TALK_WINDOW:
            raise ZaloError(-230)
        quota = "reply" if age <= FREE_WINDOW else "purchase_quota"
        return self._accept(user, "cs", text, buttons, "text") | {"quota": {"quota_type": quota}}

    async def _template(self, request: web.Request) -> dict[str, Any]:
        body = await json_of(request)
        user = self._reachable(body.get("user_id"))
        template = self.templates.get(str(body.get("template_id")))
        if template is None or not template.enabled:
            raise ZaloError(-201, "template_id")
        if not template.by_user:
            raise ZaloError(-249)
        if user.refuses_templates:
            raise ZaloError(-244)
        if template.promotion and self.world.night():
            raise ZaloError(-234)
        if template.problem(body.get("template_data") or {}):
            raise ZaloError(-201, "template_data")
        text = template.render(body["template_data"])
        return self._accept(user, "template_uid", text, template.buttons, "template") | {
            "quota": {"quota_type": "purchase_quota"}
        }

    def _accept(self, user: User, route: str, text: str, buttons: Buttons, kind: str) -> dict[str, Any]:
        message_id = self.world.hex_id()
        arrival = Arrival("zalo", route, user.uid, text, buttons, self.world.now(), message_id)
        self.world.accept(arrival, user, kind)
        self.emit(user.uid, "user_received_message", self._ends(user) | {"message": {"msg_id": message_id}})
        return {"message_id": message_id, "user_id": user.uid, "sent_time": self.world.millis()}

    async def _detail(self, request: web.Request) -> dict[str, Any]:
        try:
            uid = orjson.loads(request.query.get("data", "")).get("user_id")
        except (orjson.JSONDecodeError, AttributeError):
            raise ZaloError(-201, "data") from None
        user = self._reachable(uid)
        if "oa" not in user.started and user.interacted_at is None:
            raise ZaloError(-213)
        last = user.interacted_at.strftime("%d/%m/%Y") if user.interacted_at else ""
        return {
            "user_id": user.uid, "user_id_by_app": _by_app(user), "display_name": user.name, "user_alias": user.name,
            "user_is_follower": "oa" in user.started, "user_last_interaction_date": last,
            "tags_and_notes_info": {"notes": [], "tag_names": []}, "shared_info": {},
        }  # fmt: skip

    async def _account(self, _request: web.Request) -> dict[str, Any]:
        followers = sum("oa" in user.started for user in self.world.users.values())
        return {"oaid": self.app.oa_id, "name": "UBND (thử nghiệm)", "oa_type": 4, "is_verified": True,
                "num_follower": followers}  # fmt: skip

    async def _upload(self, request: web.Request) -> dict[str, Any]:
        file = (await request.post()).get("file")
        if not isinstance(file, web.FileField) or len(file.file.read()) > IMAGE_BYTES:
            raise ZaloError(-201, "file")
        return {"attachment_id": self.world.hex_id()}

    async def _gone(self, _request: web.Request) -> dict[str, Any]:
        raise ZaloError(-233)  # shut down on 01/03/2026; the code is not documented

    async def _gone_v2(self, _request: web.Request) -> dict[str, Any]:
        raise ZaloError(-240)

    # --- OAuth ----------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        """Refresh only: single use, rotating; the old access token dies with it."""
        form, app, now = await request.post(), self.app, self.world.now()
        if request.headers.get("secret_key") != app.app_secret or form.get("app_id") != app.app_id:
            return _oauth_error(-14002, "Invalid appId")
        spent = app.refresh_ends is not None and app.refresh_ends <= now
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != app.refresh_token or spent:
            return _oauth_error(-14014, "Invalid refresh token")
        self.used_refresh_tokens.add(app.refresh_token)
        number = self.world.serial()
        access, app.refresh_token = f"access-{number}", f"sandbox-refresh-{number}"
        app.access, app.refresh_ends = {access: now + ACCESS_LIFE}, now + REFRESH_LIFE
        life = str(int(ACCESS_LIFE.total_seconds()))  # a string, really
        body = {"access_token": access, "refresh_token": app.refresh_token, "expires_in": life}
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    def expire_tokens(self) -> None:
        """All access tokens die now."""
        self.app.access.clear()


def _by_app(user: User) -> str:
    return str(int(user.uid) + 1_000_000)


def _oauth_error(code: int, name: str) -> web.Response:
    body = {"error": code, "error_name": name, "error_reason": name, "error_description": name, "ref_doc": ""}
    return web.Response(body=orjson.dumps(body), content_type="application/json")


async def json_of(request: web.Request) -> dict[str, Any]:
    """The JSON object of a body, or -201."""
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise ZaloError(-201, "body") from None
    if not isinstance(body, dict):
        raise ZaloError(-201, "body")
    return body


def _content(message: dict[str, Any]) -> tuple[str, Buttons]:
    """Text and buttons of a consultation message, or the error that Zalo gives."""
    text, attachment = str(message.get("text") or ""), message.get("attachment") or {}
    if len(text) > TEXT_CHARACTERS:
        raise ZaloError(-210)
    if not text and not attachment:
        raise ZaloError(-201, "message")
    payload = attachment.get("payload") or {}
    if attachment and attachment.get("type") not in ("template", "file"):
        raise ZaloError(-233)
    if payload.get("template_type") == "request_user_info":
        return str(payload["elements"][0].get("title", "")), []
    buttons: Buttons = []
    for button in payload.get("buttons", []):
        title, answer = str(button.get("title", "")), button.get("payload")
        if button.get("type") not in BUTTON_TYPES or not title:
            raise ZaloError(-201, "buttons")
        if len(title) > BUTTON_TITLE_CHARACTERS or (isinstance(answer, str) and len(answer) > PAYLOAD_CHARACTERS):
            raise ZaloError(-210)
        buttons.append((re.sub(r"^#", "", answer) if isinstance(answer, str) else button["type"], title))
    if len(buttons) > BUTTONS:
        raise ZaloError(-201, "buttons")
    return text or f"[{payload.get('template_type', 'file')}]", buttons
