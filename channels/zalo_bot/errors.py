"""Zalo Bot answers as outcomes. Judge by ``ok``; ``error_code`` looks like an HTTP status."""

from __future__ import annotations

from datetime import datetime, time

from channels.errors import body_of, next_morning, plain_trouble
from channels.outcome import Accepted, Later, Outcome, Refused
from channels.transport import Reply

QUOTA_RENEWED = time(0, 5)  # 429 "Quota exceeded" comes without a number: wait for the next day


def outcome_of(reply: Reply, now: datetime) -> Outcome:
    """What became of a send call."""
    trouble = plain_trouble(reply, now)
    if trouble is not None:
        return trouble
    body = body_of(reply)
    if body.get("ok"):
        return Accepted(str((body.get("result") or {}).get("message_id", "")))
    code = int(body.get("error_code") or 0)
    if code == 429:
        return Later(next_morning(now, QUOTA_RENEWED), "429")
    if code in (403, 404):
        return Refused("recipient", str(code))
    return Refused("config" if code == 401 else "payload", str(code))
