"""A truthful small Zalo: Official Account v3 and its webhooks (facts/channels §1, §3).

Application errors come with HTTP 200, as on the real service.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import orjson
from aiohttp import web

from channels.sandbox.postman import ZALO_LADDER, Hook, Parcel, Postman
from channels.sandbox.templates import Template
from channels.sandbox.world import STRANGE, Arrival, Buttons, User, World
from channels.sandbox.zalo_app import App, OAuth, ZaloError
from channels.sandbox.zalo_content import Assets, content_of, file_of
from channels.zalo.limits import APP_PER_MINUTE, FREE_WINDOW, TALK_WINDOW

INACTIVE_AFTER = timedelta(days=45)
WEBHOOK_DEADLINE_S = 2
LIST_COUNT, LIST_OFFSET = 50, 9_951


class Zalo:
    """The Official Account: the citizens' side and the API."""

    def __init__(self, world: World, postman: Postman, templates: dict[str, Template]) -> None:
        self.world, self._postman, self.templates = world, postman, templates
        self.app = App()
        self.oauth = OAuth(world, self.app)
        self.assets = Assets(world)
        self.package = 0  # messages left in the OA's package, used after 48 h before any is bought
        self._minute, self._calls = 0, 0

    def routes(self) -> list[web.RouteDef]:
        return [
            *self.oauth.routes(),
            web.post("/v3.0/oa/message/cs", self._open(self._talk)),
            web.post("/v3.0/oa/message/template", self._open(self._template)),
            web.post("/v3.0/oa/message/{gone:transaction|promotion}", self._open(self._gone)),
            web.get("/v3.0/oa/user/detail", self._open(self._detail)),
            web.get("/v2.0/oa/{gone:getfollowers|getprofile}", self._open(self._gone_v2)),
            web.get("/v2.0/oa/getoa", self._open(self._account)),
            web.post("/v2.0/oa/upload/{kind:image|gif|file}", self._open(self.assets.upload)),
            web.post("/v3.0/oa/quota/message", self._open(self._quota)),
            web.get("/v3.0/oa/user/getlist", self._open(self._users)),
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

    def _open(self, handler: Any) -> Any:
        """Token, rate, envelope: what all openapi.zalo.me calls share."""

        async def answer(request: web.Request) -> web.Response:
            headers = {}
            try:
                self.oauth.check(request)
                headers = self._count()
                body = {"data": await strictly(handler, request), "error": 0, "message": "Success"}
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
        message = body.get("message") or {}
        text, buttons, kind = content_of(message, self.assets)
        age = self.world.since(user.interacted_at)
        if age is None:
            raise ZaloError(-232)
        if age > TALK_WINDOW:
            raise ZaloError(-230)
        quota = "reply" if age <= FREE_WINDOW else "sub_quota" if self.package else "purchase_quota"
        self.package -= quota == "sub_quota"
        sent = self._accept(user, "cs", text, buttons, "text" if kind == "text" else "media", file_of(message))
        echo = {"sender": {"id": self.app.oa_id}, "recipient": {"id": user.uid}}
        echoed = {"text": text, "msg_id": sent["message_id"]}
        self.emit(user.uid, f"oa_send_{kind}", echo | {"message": echoed})
        return sent | {"quota": {"quota_type": quota}}

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

    def _accept(self, user: User, route: str, text: str, buttons: Buttons, kind: str, file: str = "") -> dict[str, Any]:
        message_id = self.world.hex_id()
        arrival = Arrival("zalo", route, user.uid, text, buttons, self.world.now(), message_id)
        self.world.accept(arrival, user, kind, file)
        self.emit(user.uid, "user_received_message", self._ends(user) | {"message": {"msg_id": message_id}})
        return {"message_id": message_id, "user_id": user.uid, "sent_time": self.world.millis()}

    async def _detail(self, request: web.Request) -> dict[str, Any]:
        user = self._reachable(data_of(request).get("user_id"))
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

    async def _quota(self, request: web.Request) -> Any:
        """Of one user, or of the account."""
        body = await json_of(request)
        if "user_id" in body:
            user = self._reachable(body["user_id"])
            last = str(int(user.interacted_at.timestamp() * 1000)) if user.interacted_at else ""
            return {"last_interaction": last, "cs_reply": {"remain": 8, "total": 8}}
        if body.get("quota_owner") not in ("OA", "App"):
            raise ZaloError(-201, "quota_owner")
        left = {"product_type": "cs", "quota_type": "sub_quota", "total": self.package, "remain": self.package}
        return [{"asset_id": self.app.oa_id, "valid_through": "", **left}]

    async def _users(self, request: web.Request) -> dict[str, Any]:
        asked = data_of(request)
        offset, count = int(asked.get("offset", 0)), int(asked.get("count", 0))
        if not 0 < count <= LIST_COUNT or not 0 <= offset <= LIST_OFFSET:
            raise ZaloError(-201, "count")
        everybody = [u.uid for u in self.world.users.values() if u.channel == "zalo" and u.interacted_at]
        page = [{"user_id": uid} for uid in everybody[offset : offset + count]]
        return {"total": len(everybody), "count": len(page), "offset": offset, "users": page}

    async def _gone(self, _request: web.Request) -> dict[str, Any]:
        raise ZaloError(-233)  # shut down on 01/03/2026; the code is not documented

    async def _gone_v2(self, _request: web.Request) -> dict[str, Any]:
        raise ZaloError(-240)


def _by_app(user: User) -> str:
    return str(int(user.uid) + 1_000_000)


async def strictly(handler: Any, request: web.Request) -> Any:
    """What it answers; -201 where the question has a shape that no rule names."""
    try:
        return await handler(request)
    except STRANGE:
        raise ZaloError(-201, "parameter") from None


def data_of(request: web.Request) -> dict[str, Any]:
    """The JSON in the query's ``data``, or -201."""
    try:
        data = orjson.loads(request.query.get("data", ""))
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise ZaloError(-201, "data")
    return data


async def json_of(request: web.Request) -> dict[str, Any]:
    """The JSON object of a body, or -201."""
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise ZaloError(-201, "body") from None
    if not isinstance(body, dict):
        raise ZaloError(-201, "body")
    return body
