"""A truthful small Zalo Bot Platform (facts/channels §5). Lives under /zalo-bot on the sandbox's port."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import orjson
from aiohttp import web

from channels.sandbox.postman import TELEGRAM_LADDER, Hook, Parcel, Postman
from channels.sandbox.telegram_wire import fields_of
from channels.sandbox.world import STRANGE, Arrival, User, World

PREFIX = "/zalo-bot"
TEXT_CHARACTERS = 2_000
PRIVATE = re.compile(r"//(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)")


class BotError(Exception):
    """ok=false with an HTTP-like code."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


class ZaloBot:
    """One bot: webhook or polling, never both; no buttons; people write first."""

    def __init__(self, world: World, postman: Postman) -> None:
        self.world, self._postman = world, postman
        self.token, self.secret = "5180000000000001:sandbox", ""
        self.quota: int | None = None  # messages left, None: not counted
        self.public_only = False  # True: addresses of private networks are refused, as the real service does
        self.hook: Hook | None = None
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", PREFIX + r"/bot{token:[^/]+}/{method}", self._call)]

    def type(self, user: User, text: str) -> None:
        """Write to the bot: from now on it may write back."""
        user.started.add("bot")
        self.world.said(user, text)
        self._event(user, "message.text.received", text=text)

    def send_media(self, user: User, kind: str, caption: str) -> None:
        user.started.add("bot")
        self.world.said(user, f"[{kind}] {caption}".strip(), "media")
        name = {"photo": "image", "audio": "voice"}.get(kind, kind)
        url = f"https://photo.example.vn/{self.world.hex_id()}"
        self._event(user, f"message.{name}.received", photo=url, **({"caption": caption} if caption else {}))

    def _event(self, user: User, name: str, **content: Any) -> None:
        message = {
            "from": {"id": user.uid, "display_name": user.name, "is_bot": False},
            "chat": {"id": user.uid, "chat_type": "PRIVATE"},
            "message_id": self.world.hex_id(), "date": int(self.world.millis()), **content,
        }  # fmt: skip
        result = {"message": message, "event_name": name}
        if self.hook is None:
            self._events.put_nowait(result)
            return
        body = orjson.dumps({"ok": True, "result": result})
        self._postman.post(Parcel(self.hook, user.uid, body, {"X-Bot-Api-Secret-Token": self.secret}))

    async def _call(self, request: web.Request) -> web.Response:
        status = 200
        try:
            if request.match_info["token"] != self.token:
                raise BotError(401, "Unauthorized")
            try:
                fields = await fields_of(request)
                body = {"ok": True, "result": await self._run(request.match_info["method"], fields)}
            except STRANGE:
                raise BotError(400, "Bad Request") from None
        except BotError as error:
            status = error.code
            body = {"ok": False, "error_code": error.code, "description": error.description}
        return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")

    async def _run(self, method: str, fields: dict[str, Any]) -> Any:
        if method == "getMe":
            return {"id": self.token.split(":")[0], "account_name": "Bot Từng Nhà", "account_type": "BASIC",
                    "can_join_groups": False}  # fmt: skip
        if method == "sendMessage":
            return self._send(fields, method, str(fields.get("text") or ""))
        if method in ("sendPhoto", "sendVoice", "sendSticker"):
            return self._send_media(fields, method)
        if method == "sendChatAction":
            return {}
        if method == "setWebhook":
            return self._set_webhook(fields)
        if method == "deleteWebhook":
            self.hook = None
            return {"url": "", "updated_at": int(self.world.millis())}
        if method == "getWebhookInfo" and self.hook:
            return {"url": self.hook.url, "updated_at": int(self.world.millis())}
        if method == "getUpdates":
            return await self._poll(float(fields.get("timeout") or 0))
        raise BotError(404, "Not Found")

    def _send_media(self, fields: dict[str, Any], method: str) -> dict[str, Any]:
        name = {"sendPhoto": "photo", "sendVoice": "voice_url", "sendSticker": "sticker"}[method]
        given = str(fields.get(name) or "")
        if not given or (method == "sendVoice" and not given.split("?")[0].endswith(".aac")):
            raise BotError(400, f"Bad Request: {name} is invalid")
        return self._send(fields, method, str(fields.get("caption") or f"[{name}]"), given)

    def _send(self, fields: dict[str, Any], method: str, text: str, file: str = "") -> dict[str, Any]:
        user = self.world.users.get(str(fields.get("chat_id")))
        if user is None or "bot" not in user.started:
            raise BotError(404, "Not Found")
        if user.blocked:
            raise BotError(403, "Forbidden")
        if not 0 < len(text) <= TEXT_CHARACTERS:
            raise BotError(400, "Bad Request")
        if self.quota is not None and self.quota <= 0:
            raise BotError(429, "Quota exceeded")
        if self.quota is not None:
            self.quota -= 1
        number = self.world.hex_id()
        arrival = Arrival("zalo_bot", method, user.uid, text, [], self.world.now(), number)
        self.world.accept(arrival, user, "media" if file else "text", file)
        return {"message_id": number, "date": int(self.world.millis())}

    def _set_webhook(self, fields: dict[str, Any]) -> dict[str, Any]:
        url, secret = str(fields.get("url", "")), str(fields.get("secret_token", ""))
        if not url or not 8 <= len(secret) <= 256:
            raise BotError(400, "Bad Request")
        if self.public_only and (not url.startswith("https://") or PRIVATE.search(url)):
            raise BotError(400, "Bad Request: url must be public")
        # The retries of this webhook are not documented; any non-2xx is tried again.
        self.hook, self.secret = Hook(url, TELEGRAM_LADDER, 5, retry_refused=True), secret
        return {"url": url, "updated_at": int(self.world.millis())}

    async def _poll(self, timeout_s: float) -> dict[str, Any]:
        if self.hook is not None:
            raise BotError(400, "Bad Request: webhook is active")
        if not self._events.empty():  # wait_for with no time to wait would not even look
            return self._events.get_nowait()
        try:
            return await asyncio.wait_for(self._events.get(), timeout_s)
        except TimeoutError:
            raise BotError(408, "Request timeout") from None
