"""What a consultation message may hold, and what was uploaded for it (facts/channels §1.2, §1.5)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from channels.sandbox.world import Buttons, World
from channels.sandbox.zalo_app import ZaloError
from channels.zalo.limits import BUTTON_TITLE_CHARACTERS, BUTTONS, TEXT_CHARACTERS

PAYLOAD_CHARACTERS = 1_000
ASSET_LIFE = timedelta(days=7)
UPLOADS_A_MONTH = 5_000
BUTTON_TYPES = ("oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.phone", "oa.open.sms")
MEDIA = ("image", "gif", "sticker")
ASK_TITLE, ASK_SUBTITLE = 100, 500
# kind → (longest, in bytes; first bytes that such a file may have)
UPLOADS: dict[str, tuple[int, tuple[bytes, ...]]] = {
    "image": (1_000_000, (b"\xff\xd8\xff", b"\x89PNG")),
    "gif": (5_000_000, (b"GIF8",)),
    "file": (5_000_000, ()),
}
FILE_NAMES = (".pdf", ".doc", ".docx", ".csv")


@dataclass
class Assets:
    """Uploaded files of one Official Account: they die after seven days."""

    world: World
    until: dict[str, datetime] = field(default_factory=dict)
    uploads: Counter[str] = field(default_factory=Counter)  # by month in Viet Nam

    async def upload(self, request: web.Request) -> dict[str, Any]:
        """POST /v2.0/oa/upload/{image|gif|file}, multipart field ``file``."""
        kind = request.match_info["kind"]
        longest, heads = UPLOADS[kind]
        part = (await request.post()).get("file")
        data = part.file.read() if isinstance(part, web.FileField) else b""
        named = not isinstance(part, web.FileField) or kind != "file" or part.filename.lower().endswith(FILE_NAMES)
        if not 0 < len(data) <= longest or not named or (heads and not data.startswith(heads)):
            raise ZaloError(-201, "file")
        month = f"{self.world.local():%Y-%m}"
        if self.uploads[month] >= UPLOADS_A_MONTH:
            raise ZaloError(-211)
        self.uploads[month] += 1
        number = self.world.hex_id()
        self.until[number] = self.world.now() + ASSET_LIFE
        self.world.files[number] = data
        return {"token" if kind == "file" else "attachment_id": number}

    def check(self, number: Any) -> None:
        """-201 for what was never uploaded, -100 for what has died."""
        until = self.until.get(str(number))
        if until is None:
            raise ZaloError(-201, "attachment_id")
        if until <= self.world.now():
            raise ZaloError(-100)


def content_of(message: dict[str, Any], assets: Assets) -> tuple[str, Buttons, str]:
    """Text, buttons and kind (text | image | gif | sticker | file) of a message, or the error that Zalo gives."""
    text, attachment = str(message.get("text") or ""), message.get("attachment") or {}
    if len(text) > TEXT_CHARACTERS:
        raise ZaloError(-210)
    if not text and not attachment:
        raise ZaloError(-201, "message")
    payload = attachment.get("payload") or {}
    if not attachment:
        return text, [], "text"
    if attachment.get("type") == "file":
        assets.check(payload.get("token"))
        return text or "[file]", [], "file"
    if attachment.get("type") != "template":
        raise ZaloError(-233)
    if payload.get("template_type") == "request_user_info":
        return _asked(payload), [], "text"
    if payload.get("template_type") == "media":
        return (text or "[media]", [], _media(payload, assets))
    if payload.get("template_type") not in (None, "button"):
        raise ZaloError(-233)
    return text, _buttons(payload), "text"


def file_of(message: dict[str, Any]) -> str:
    """The id or address of the picture in a message that ``content_of`` took, or ""."""
    elements = ((message.get("attachment") or {}).get("payload") or {}).get("elements") or [{}]
    return str(elements[0].get("attachment_id") or elements[0].get("url") or "")


def _one(payload: dict[str, Any]) -> dict[str, Any]:
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
        raise ZaloError(-201, "elements")
    return elements[0]


def _asked(payload: dict[str, Any]) -> str:
    element = _one(payload)
    title, subtitle = str(element.get("title", "")), str(element.get("subtitle", ""))
    if len(title) > ASK_TITLE or len(subtitle) > ASK_SUBTITLE:
        raise ZaloError(-210)
    return title


def _media(payload: dict[str, Any], assets: Assets) -> str:
    element = _one(payload)
    kind, number, url = element.get("media_type"), element.get("attachment_id"), element.get("url")
    if kind not in MEDIA:
        raise ZaloError(-201, "media_type")
    if bool(number) == bool(url):  # either, never both
        raise ZaloError(-201, "attachment_id")
    if kind == "gif" and not (element.get("width") and element.get("height")):
        raise ZaloError(-201, "width")
    if number and kind != "sticker":
        assets.check(number)
    return str(kind)


def _buttons(payload: dict[str, Any]) -> Buttons:
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
    return buttons
