"""How Telegram's calls look on the wire: fields in every encoding, texts, keyboards, error answers."""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from channels.sandbox.world import Buttons, User

CALLBACK_BYTES = 64


class ApiError(Exception):
    """An answer with ok=false."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def person_of(user: User) -> dict[str, Any]:
    return {"id": int(user.uid), "is_bot": False, "first_name": user.name, "language_code": "vi"}


def chat_of(user: User) -> dict[str, Any]:
    return {"id": int(user.uid), "type": "private", "first_name": user.name}


def member_of(status: str, member: dict[str, Any]) -> dict[str, Any]:
    return {**member, "status": status, **({"until_date": 0} if status == "kicked" else {})}


async def fields_of(request: web.Request) -> dict[str, Any]:
    """The call's fields, whatever way they came."""
    fields: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        fields |= orjson.loads(await request.read() or b"{}")
    elif request.content_type.startswith(("multipart/", "application/x-www-form-urlencoded")):
        for name, value in (await request.post()).items():
            fields[name] = value.file.read() if isinstance(value, web.FileField) else value
    return fields


async def answered_fields(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The fields of a call that a bot put into its answer to a webhook: JSON or multipart; {} when there is none."""
    if response.content_type == "application/json":
        body = orjson.loads(await response.read() or b"{}")
        return body if isinstance(body, dict) else {}
    fields: dict[str, Any] = {}
    if response.content_type.startswith("multipart/"):
        async for part in aiohttp.MultipartReader.from_response(response):
            if isinstance(part, aiohttp.BodyPartReader):
                raw = await part.read()
                fields[part.name or ""] = bytes(raw) if part.filename else raw.decode()
    return fields


def parsed_of(value: Any) -> Any:
    """Nested objects come as JSON text from both libraries, as objects in a JSON body."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ApiError(400, "Bad Request: can't parse reply keyboard markup JSON object") from None


def text_of(fields: dict[str, Any], name: str, longest: int) -> str:
    text = str(fields.get(name) or "")
    if str(fields.get("parse_mode", "")).upper() == "HTML":
        text = re.sub(r"</?(b|strong|i|em|u|s|code|pre|a|blockquote)(\s[^<>]*)?>", "", text)
        if "<" in text:
            raise ApiError(400, "Bad Request: can't parse entities: unsupported start tag")
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if len(text) > longest:
        raise ApiError(
            400, "Bad Request: " + ("message is too long" if name == "text" else "message caption is too long")
        )
    return text


def buttons_of(fields: dict[str, Any]) -> Buttons:
    """Buttons of an inline keyboard, or titles of a reply keyboard."""
    markup = parsed_of(fields.get("reply_markup")) or {}
    buttons: Buttons = []
    for row in markup.get("inline_keyboard", []):
        for button in row:
            data = button.get("callback_data", button.get("url", ""))
            if not data or ("callback_data" in button and len(data.encode()) > CALLBACK_BYTES):
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
            buttons.append((data, button["text"]))
    for row in markup.get("keyboard", []):
        buttons += [(title, title) for title in (b if isinstance(b, str) else b["text"] for b in row)]
    return buttons
