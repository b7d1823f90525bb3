"""ZBS template messages by phone (formerly ZNS), facts/channels §4."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import orjson
from aiohttp import web

from channels.sandbox.templates import Template
from channels.sandbox.world import Arrival, User, World
from channels.sandbox.zalo import Zalo, json_of
from channels.sandbox.zalo_app import ZaloError
from channels.zalo.limits import TRACKING_ID_CHARACTERS

MESSAGES = {
    -32: "Your application reached limit call api",
    -107: "Message id is invalid",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -112: "Template data type is not defined",
    -115: "Out of quota",
    -118: "Zalo account not existed",
    -119: "Account cannot receive ZNS message",
    -122: "Body is not json",
    -124: "Access token is invalid",
    -131: "Template is not approved",
    -132: "Parameter is invalid",
    -133: "Cannot send at night",
    -141: "User refused to receive from this OA",
    -144: "OA reached the daily limit",
    -146: "Template was disabled",
    -147: "Template reached the daily limit",
    -1121: "Template data is too long",
    -1122: "Missing template data",
}
STATES = {"PENDING_REVIEW": -131, "REJECT": -131, "DISABLE": -146}


class Zbs:
    """Templates by phone: quota, night rule, wallet, receipts."""

    def __init__(self, world: World, zalo: Zalo) -> None:
        self.world, self._zalo = world, zalo
        self.daily_quota, self.wallet_vnd = 20_000, 10_000_000
        self._sent: Counter[str] = Counter()
        self._known: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/message/template", self._open(self._send)),
            web.get("/template/info/v2", self._open(self._info)),
            web.get("/message/status", self._open(self._status)),
            web.get("/message/quota", self._open(self._quota)),
        ]

    def _open(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._zalo.oauth.check(request)
                body = {"error": 0, "message": "Success", "data": await handler(request)}
            except ZaloError as error:
                code = {-216: -124, -220: -124, -201: -122}.get(error.code, error.code)
                body = {"error": code, "message": MESSAGES.get(code, error.message)}
            return web.Response(body=orjson.dumps(body), content_type="application/json")

        return answer

    async def _send(self, request: web.Request) -> dict[str, Any]:
        body = await json_of(request)
        phone, tracking = str(body.get("phone", "")).removeprefix("+"), str(body.get("tracking_id", ""))
        template = self._zalo.templates.get(str(body.get("template_id")))
        if not re.fullmatch(r"84\d{9,10}", phone):
            raise ZaloError(-108)
        if len(tracking) > TRACKING_ID_CHARACTERS or not re.fullmatch(r"[A-Za-z0-9_-]*", tracking):
            raise ZaloError(-132)
        if template is None:
            raise ZaloError(-109)
        self._check(template, body.get("template_data") or {})
        user = self.world.by_phone.get(phone)
        if user is None or user.deactivated:
            raise ZaloError(-118)
        if user.blocked or user.refuses_templates:
            raise ZaloError(-141)
        return self._accept(template, user, phone, body.get("template_data") or {}, tracking)

    def _check(self, template: Template, data: dict[str, Any]) -> None:
        day = f"{self.world.local():%Y-%m-%d}"
        if not template.enabled:
            raise ZaloError(STATES[template.status])
        if code := template.problem(data):
            raise ZaloError(code)
        if self.world.night() and not template.night_allowed:
            raise ZaloError(-133)
        if self._sent[day] >= self.daily_quota:
            raise ZaloError(-144)
        if template.sent[day] >= template.daily_limit:
            raise ZaloError(-147)
        if self.wallet_vnd < template.price_phone:
            raise ZaloError(-115)

    def _accept(
        self, template: Template, user: User, phone: str, data: dict[str, Any], tracking: str
    ) -> dict[str, Any]:
        day, number = f"{self.world.local():%Y-%m-%d}", self.world.hex_id()
        self._sent[day] += 1
        template.sent[day] += 1
        self.wallet_vnd -= template.price_phone
        self._known.add(number)
        text = template.render(data)
        arrival = Arrival("zbs", "template_phone", phone, text, template.buttons, self.world.now(), number)
        self.world.accept(arrival, user, "template")
        receipt = {"delivery_time": self.world.millis(), "msg_id": number, "tracking_id": tracking}
        ends = {"sender": {"id": self._zalo.app.oa_id}, "recipient": {"id": phone}}
        self._zalo.emit(user.uid, "user_received_message", ends | {"message": receipt}, server="ZNS")
        left = str(self.daily_quota - self._sent[day])
        quota = {"dailyQuota": str(self.daily_quota), "remainingQuota": left}
        return {"msg_id": number, "sent_time": self.world.millis(), "sending_mode": "1", "quota": quota}

    async def _info(self, request: web.Request) -> dict[str, Any]:
        template = self._zalo.templates.get(request.query.get("template_id", ""))
        if template is None:
            raise ZaloError(-109)
        return template.describe()

    async def _status(self, request: web.Request) -> dict[str, Any]:
        if request.query.get("message_id") not in self._known:
            raise ZaloError(-107)
        return {"delivery_time": self.world.millis(), "message": "delivered", "status": 1}

    async def _quota(self, _request: web.Request) -> dict[str, Any]:
        left = self.daily_quota - self._sent[f"{self.world.local():%Y-%m-%d}"]
        return {"dailyQuota": self.daily_quota, "remainingQuota": left}
