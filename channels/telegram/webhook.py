"""Telegram updates as they come in: is it Telegram, which one is it, whose is it, what may be kept?"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from channels.redaction import redact
from settings import Settings

OURS = ("reply_to_message", "quote", "external_reply", "pinned_message")  # words that are not the sender's answer


def is_set_up(settings: Settings) -> bool:
    """Without its secret no update can be believed."""
    return bool(settings.telegram_webhook_secret.get_secret_value())


def verify(headers: Mapping[str, str], _raw: bytes, _event: Any, settings: Settings) -> bool:
    """The secret header, compared in constant time."""
    given = headers.get("X-Telegram-Bot-Api-Secret-Token", "").encode()
    return hmac.compare_digest(given, settings.telegram_webhook_secret.get_secret_value().encode())


def event_key(event: dict[str, Any]) -> str:
    """The same for every delivery of the same update."""
    return str(event.get("update_id", ""))


def sender_of(event: dict[str, Any]) -> str:
    """Id of the person, so that one person's updates stay in order."""
    for content in event.values():
        if isinstance(content, dict) and "from" in content:
            return str(content["from"].get("id", ""))
    return ""


def clean(event: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The update without secrets, the quoted message and the handles of pictures."""
    secrets: list[str] = []
    kept: dict[str, Any] = {}
    for name, content in event.items():
        if name == "callback_query":
            kept[name] = _without_our_words(content)
        elif isinstance(content, dict) and "message_id" in content:
            own = {key: value for key, value in content.items() if key not in OURS}
            kept[name] = redact(own, secrets)
            if secrets:  # their offsets no longer fit
                kept[name].pop("entities", None)
                kept[name].pop("caption_entities", None)
        else:
            kept[name] = content
    return kept, tuple(secrets)


def _without_our_words(query: dict[str, Any]) -> dict[str, Any]:
    message = query.get("message")
    if not isinstance(message, dict):
        return query
    frame = {key: message[key] for key in ("message_id", "date", "chat", "from") if key in message}
    return {**query, "message": frame}
