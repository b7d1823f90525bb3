"""Thin clients of the Official Account API and of ZBS templates, on the shared transport."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import orjson

from channels.outcome import Outcome
from channels.transport import Reply, Transport
from channels.zalo.errors import STALE_TOKEN, error_code
from channels.zalo.limits import BUTTON_TITLE_CHARACTERS, BUTTONS, TEXT_CHARACTERS
from channels.zalo.oauth import Tokens
from content.message import Message

BUTTON_MARK = "#"  # a pressed button comes back as the text "#<id>"


@lru_cache(maxsize=512)  # a campaign says the same to many
def message_fields(message: Message) -> dict[str, Any]:
    """Text with buttons that answer without showing in the chat.

    ``template_type`` is left out: the shape seen to work (facts/channels §1.2). Raises ValueError
    when Zalo cannot take the message at all.
    """
    text = unicodedata.normalize("NFC", message.text)
    if not 0 < len(text) <= TEXT_CHARACTERS:
        raise ValueError("text_length")
    if len(message.buttons) > BUTTONS or any(len(b.title) > BUTTON_TITLE_CHARACTERS for b in message.buttons):
        raise ValueError("buttons")
    fields: dict[str, Any] = {"text": text}
    if message.buttons:
        buttons = [
            {"title": button.title, "type": "oa.query.hide", "payload": BUTTON_MARK + button.id}
            for button in message.buttons
        ]
        fields["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return fields


def picture_fields(attachment: str) -> dict[str, Any]:
    """An uploaded picture as a message of its own: Zalo shows no buttons under one."""
    element = {"media_type": "image", "attachment_id": attachment}
    return {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [element]}}}


def international(phone: str) -> str:
    """0912345678 or +84912345678 → 84912345678, the form that ZBS takes."""
    digits = "".join(ch for ch in phone if ch.isdigit())
    return "84" + digits[1:] if digits.startswith("0") else digits


class ZaloClient:
    """One Official Account: consultation messages, templates by user id and by phone.

    Each call answers a Reply, or an Outcome when no access token could be had (nothing was sent).
    """

    def __init__(
        self, transport: Transport, tokens: Tokens, *, openapi_base: str, business_base: str, app_secret: str
    ) -> None:
        self._transport, self.tokens = transport, tokens
        self._openapi, self._business = openapi_base.rstrip("/"), business_base.rstrip("/")
        self._app_secret = app_secret.encode()

    async def talk(self, user: str, fields: dict[str, Any]) -> Reply | Outcome:
        """A consultation message, made by ``message_fields``."""
        return await self._post(
            f"{self._openapi}/v3.0/oa/message/cs", {"recipient": {"user_id": user}, "message": fields}
        )

    async def template_to_user(self, user: str, template: str, data: dict[str, str]) -> Reply | Outcome:
        """A ZBS template by user id: needs no recent interaction."""
        body = {"user_id": user, "template_id": template, "template_data": data}
        return await self._post(f"{self._openapi}/v3.0/oa/message/template", body)

    async def template_to_phone(
        self, phone: str, template: str, data: dict[str, str], tracking_id: str
    ) -> Reply | Outcome:
        """A ZBS template by phone. ``tracking_id``: ≤ 48 letters and digits, comes back in the receipt."""
        body = {
            "phone": international(phone),
            "template_id": template,
            "template_data": data,
            "tracking_id": tracking_id,
        }
        return await self._post(f"{self._business}/message/template", body)

    async def template_info(self, template: str) -> Reply | Outcome:
        """Parameters and prices of a template."""
        return await self._get(f"{self._business}/template/info/v2", {"template_id": template})

    async def upload_image(self, name: str, data: bytes, mime: str) -> Reply | Outcome:
        """A picture (jpg, png ≤ 1 MB) for later messages; its id dies after seven days."""
        url = f"{self._openapi}/v2.0/oa/upload/image"
        return await self._with_token(lambda headers: self._transport.post_file(url, name, data, mime, headers))

    async def user_detail(self, user: str) -> Reply | Outcome:
        """Name, follower state and last interaction of a user."""
        query = {"data": orjson.dumps({"user_id": user}).decode()}
        return await self._get(f"{self._openapi}/v3.0/oa/user/detail", query)

    async def zbs_quota(self) -> Reply | Outcome:
        """How many templates may still go today."""
        return await self._get(f"{self._business}/message/quota", {})

    async def zbs_quality(self) -> Reply | Outcome:
        """How people take the templates: HIGH | MEDIUM | LOW | UNDEFINED, of 48 h and 7 days."""
        return await self._get(f"{self._business}/quality", {})

    async def account(self) -> Reply | Outcome:
        """The Official Account itself: a cheap call that shows whether the set-up works."""
        return await self._get(f"{self._openapi}/v2.0/oa/getoa", {})

    async def _post(self, url: str, body: Any) -> Reply | Outcome:
        return await self._with_token(lambda headers: self._transport.post_json(url, body, headers))

    async def _get(self, url: str, query: dict[str, str]) -> Reply | Outcome:
        return await self._with_token(lambda headers: self._transport.get(url, query, headers))

    async def _with_token(self, ask: Callable[[dict[str, str]], Awaitable[Reply]]) -> Reply | Outcome:
        """Ask; when the token is refused, renew it and ask once more. Never a loop."""
        token = await self.tokens.access()
        if not isinstance(token, str):
            return token
        reply = await ask(self._headers(token))
        if error_code(reply) not in STALE_TOKEN:
            return reply
        token = await self.tokens.access(stale=token)
        return await ask(self._headers(token)) if isinstance(token, str) else token

    def _headers(self, token: str) -> dict[str, str]:
        proof = hmac.new(self._app_secret, token.encode(), hashlib.sha256).hexdigest()
        return {"access_token": token, "appsecret_proof": proof}
