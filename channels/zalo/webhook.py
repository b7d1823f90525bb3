"""Zalo events as they come in: signature over the exact bytes, key, sender, redaction.

X-ZEvent-Signature: mac=<hex>
hex = sha256(app_id + raw body + timestamp + OA secret key)        no HMAC, no timestamp header
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.redaction import redact
from channels.zalo.limits import EVENT_LIFE
from settings import Settings

SERVER = "X-ZEvent-Server"  # "ZNS" for ZBS templates, "OA OpenAPI" else
ZBS_SERVER = "ZNS"


def is_set_up(settings: Settings) -> bool:
    """Without the OA secret key no event can be believed."""
    return bool(settings.zalo_oa_secret.get_secret_value())


def verify(headers: Mapping[str, str], raw: bytes, event: Any, settings: Settings) -> bool:
    """The MAC, compared in constant time; with or without ``mac=``. The first term is a setting."""
    first = settings.zalo_app_id if settings.zalo_mac_first_term == "app_id" else settings.zalo_oa_id
    stamp = str(event.get("timestamp", ""))
    secret = settings.zalo_oa_secret.get_secret_value()
    right = hashlib.sha256(first.encode() + raw + stamp.encode() + secret.encode()).hexdigest()
    given = headers.get("X-ZEvent-Signature", "").removeprefix("mac=")
    return hmac.compare_digest(given.encode(), right.encode()) and event.get("app_id") == settings.zalo_app_id


def is_stale(event: dict[str, Any], now: datetime) -> bool:
    """Whether an event is older than any retry: somebody plays back what was signed long ago.

    The time stands in what is signed. The inbox remembers keys for longer than EVENT_LIFE, so that
    between the two no event is ever handled twice.
    """
    stamp = str(event.get("timestamp", ""))
    return not stamp.isdecimal() or now.timestamp() - int(stamp) / 1000 > EVENT_LIFE.total_seconds()


def event_key(event: dict[str, Any]) -> str:
    """Message id and event name; events without a message by their time and subject."""
    message = event.get("message") or {}
    number = message.get("msg_id") or ",".join(message.get("msg_ids") or []) or event.get("timestamp", "")
    return f"{event.get('event_name', '')}:{number}:{sender_of(event)}"


def sender_of(event: dict[str, Any]) -> str:
    """The citizen: whoever of the ends is not the Official Account (its receipts turn them round)."""
    account = str(event.get("oa_id", ""))
    name = str(event.get("event_name", ""))
    ends = ("recipient", "sender") if name.startswith("oa_") else ("sender", "follower", "recipient")
    for end in ends:
        number = str((event.get(end) or {}).get("id", ""))
        if number and number != account:
            return number
    return str(event.get("user_id", ""))


def clean(event: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The event without secrets and without addresses of pictures."""
    secrets: list[str] = []
    return redact(event, secrets), tuple(secrets)
