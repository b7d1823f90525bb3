"""Zalo Bot answers as outcomes. Judge by ``ok``; ``error_code`` looks like an HTTP status."""

from __future__ import annotations

from datetime import datetime, time

from channels.errors import body_of, dict_of, next_morning, number_of, plain_trouble, says_nothing
from channels.outcome import Accepted, Later, Outcome, Refused
from channels.transport import Reply

QUOTA_RENEWED = time(0, 5)  # 429 "Quota exceeded" comes without a number: wait for the next day


def outcome_of(reply: Reply, now: datetime) -> Outcome:
    """What became of a send call."""
    trouble = plain_trouble(reply, now)
    if trouble is not None:
        return trouble
    body = body_of(reply)
    if body.get("ok") is True:
        return Accepted(str(dict_of(body.get("result")).get("message_id", "")))
    code = number_of(body.get("error_code"))
    if not code:
        return says_nothing(reply)
    if code == 429:
        return Later(next_morning(now, QUOTA_RENEWED), "429")
    if code in (403, 404):
        return Refused("recipient", str(code))
    return Refused("config" if code == 401 else "payload", str(code))
