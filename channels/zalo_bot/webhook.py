"""Zalo Bot events: one object {"ok", "result": {"message", "event_name"}} with a secret header."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from channels.redaction import HANDLES, redact
from settings import Settings


def is_set_up(settings: Settings) -> bool:
    """Without its secret no event can be believed."""
    return bool(settings.zalo_bot_webhook_secret.get_secret_value())


def verify(headers: Mapping[str, str], _raw: bytes, _event: Any, settings: Settings) -> bool:
    """The secret header, compared in constant time."""
    given = headers.get("X-Bot-Api-Secret-Token", "").encode()
    return hmac.compare_digest(given, settings.zalo_bot_webhook_secret.get_secret_value().encode())


def _message(event: dict[str, Any]) -> dict[str, Any]:
    return (event.get("result") or event).get("message") or {}


def event_key(event: dict[str, Any]) -> str:
    """The message id: all events of this platform are messages."""
    return str(_message(event).get("message_id", ""))


def sender_of(event: dict[str, Any]) -> str:
    """Who wrote."""
    return str((_message(event).get("from") or {}).get("id", ""))


def clean(event: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The event without secrets and without addresses of pictures."""
    secrets: list[str] = []
    return redact(event, secrets, HANDLES | {"photo"}), tuple(secrets)
