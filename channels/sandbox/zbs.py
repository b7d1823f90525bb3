"""ZBS template messages by phone (formerly ZNS), facts/channels §4."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import orjson
from aiohttp import web

from channels.sandbox.templates import Template
from channels.sandbox.world import Arrival, User, World
from channels.sandbox.zalo import Zalo, json_of, strictly
from channels.sandbox.zalo_app import ZaloError
from channels.zalo.limits import TRACKING_ID_CHARACTERS

MESSAGES = {
    -32: "Your application reached limit call api",
    -100: "Unknown error",
    -101: "Application is invalid",
    -102: "Application is not existed",
    -103: "Application is not activated",
    -104: "Secret key is invalid",
    -105: "Application is not linked to the OA",
    -106: "Method is unsupported",
    -107: "Message id is invalid",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -1091: "Template cannot be edited",
    -110: "Zalo version is unsupported",
    -111: "Template data is empty",
    -112: "Template data type is not defined",
    -1121: "Template data is too long",
    -1122: "Missing template data",
    -1123: "Cannot create QR code",
    -1124: "Template data format is invalid",
    -113: "Button is invalid",
    -1131: "Button is missing",
    -114: "User cannot receive the message",
    -115: "Out of quota",
    -116: "Text is invalid",
    -117: "No permission to use this template",
    -118: "Zalo account not existed",
    -119: "Account cannot receive ZNS message",
    -120: "OA has no permission",
    -1201: "OA has no permission to manage templates",
    -1202: "OA has no permission to use this feature",
    -121: "Body is empty",
    -122: "Body is not json",
    -123: "Cannot decode RSA phone",
    -124: "Access token is invalid",
    -1241: "Invalid appsecret_proof",
    -125: "OA id is invalid",
    -126: "Development wallet is out of money",
    -127: "Test message can only be sent to admins",
    -128: "Key is not existed",
    -129: "Cannot create key",
    -130: "Data is too long",
    -131: "Template is not approved",
    -132: "Parameter is invalid",
    -133: "Cannot send at night",
    -134: "User has not answered the opt-in",
    -135: "OA cannot send ZNS",
    -1351: "OA is blocked",
    -136: "Needs a linked Zalo Cloud Account",
    -137: "Zalo Cloud Account charge failed",
    -138: "Application has no permission",
    -1381: "Application has no permission to use this feature",
    -139: "User refused this type of message",
    -140: "User is not eligible",
    -141: "User refused to receive from this OA",
    -142: "RSA key is not existed",
    -143: "RSA key existed",
    -144: "OA reached the daily limit",
    -1441: "OA reached the monthly promotion limit",
    -145: "Type of template is not allowed",
    -146: "Template was disabled",
    -147: "Template reached the daily limit",
    -1471: "User reached the monthly follow-up limit",
    -1472: "User reached the daily promotion limit",
    -148: "Journey token is missing",
    -149: "Journey token is invalid",
    -150: "Journey token is expired",
    -151: "Not an E2EE template",
    -152: "Cannot get E2EE key",
    -153: "Data is invalid",
    -158: "Image is invalid",
    -159: "Image is too large",
    -160: "Upload limit is reached",
    -161: "Sending mode is not allowed",
    -162: "Sending mode is not allowed for this template",
}
STATES = {"PENDING_REVIEW": -131, "REJECT": -131, "DISABLE": -146}
STATUS_NUMBERS = {"ENABLE": 1, "PENDING_REVIEW": 2, "REJECT": 3, "DISABLE": 4}
QUALITIES = ("HIGH", "MEDIUM", "LOW", "UNDEFINED")
SENDING_MODES = ("1", "3")


class Zbs:
    """Templates by phone: quota, night rule, wallet, receipts."""

    def __init__(self, world: World, zalo: Zalo) -> None:
        self.world, self._zalo = world, zalo
        self.daily_quota, self.wallet_vnd = 20_000, 10_000_000
        self._sent: Counter[str] = Counter()
        self._known: set[str] = set()
        self.quality = QUALITIES[0]
        self.admins: set[str] = set()  # phones (84…) that get messages of mode "development"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/message/template", self._open(self._send)),
            web.get("/template/info/v2", self._open(self._info)),
            web.get("/message/status", self._open(self._status)),
            web.get("/message/quota", self._open(self._quota)),
            web.get("/quality", self._open(self._quality)),
            web.get("/template/all", self._open(self._templates)),
        ]

    def _open(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._zalo.oauth.check(request)
                body = {"error": 0, "message": "Success", "data": await strictly(handler, request)}
            except ZaloError as error:
                code = {-216: -124, -220: -124, -242: -1241, -201: -122}.get(error.code, error.code)
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
        if str(body.get("sending_mode", "1")) not in SENDING_MODES:
            raise ZaloError(-132)
        if str(body.get("sending_mode")) == "3":  # over the quota: only for those whom Zalo let
            raise ZaloError(-161)
        if body.get("mode") == "development" and phone not in self.admins:
            raise ZaloError(-127)
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

    async def _quality(self, _request: web.Request) -> dict[str, Any]:
        return {"oaCurrentQuality": self.quality, "oa7dayQuality": self.quality}

    async def _templates(self, request: web.Request) -> list[dict[str, Any]]:
        wanted = int(request.query.get("status", 0))
        offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 100))
        if not 0 < limit <= 100:
            raise ZaloError(-132)
        found = [t for t in self._zalo.templates.values() if not wanted or STATUS_NUMBERS[t.status] == wanted]
        return [
            {"templateId": int(t.id), "templateName": t.name, "status": t.status, "templateQuality": "HIGH"}
            for t in found[offset : offset + limit]
        ]
