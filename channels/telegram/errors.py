"""Telegram's answers as outcomes. Texts as the real service words them (facts/channels §6.3).

403 …blocked by the user          recipient  blocked
403 …user is deactivated          recipient  deactivated
403 …can't initiate conversation  recipient  never_started
403 anything else                 recipient  forbidden
400 chat not found                recipient  chat_not_found
400 anything else, 413            payload    (many bots mark users dead on any 400: wrong)
401, 404, 409                     config
429                               Later, the whole bot, retry_after seconds
5xx                               Lost
"""

from __future__ import annotations

from datetime import datetime

from channels.errors import body_of, dict_of, number_of, plain_trouble, rest_of, says_nothing
from channels.outcome import Accepted, Later, Outcome, Refused
from channels.transport import Reply

RECIPIENT = {
    "blocked by the user": "blocked",
    "user is deactivated": "deactivated",
    "can't initiate conversation": "never_started",
    "chat not found": "chat_not_found",
    "upgraded to a supergroup": "migrated",
}
CONFIG = (401, 404, 409)


def outcome_of(reply: Reply, now: datetime) -> Outcome:
    """What became of a send* call."""
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
        return Later(now + rest_of(dict_of(body.get("parameters")).get("retry_after")), "429")
    description = str(body.get("description", ""))
    for words, name in RECIPIENT.items():
        if words in description:
            return Refused("recipient", name)
    if code == 403:
        return Refused("recipient", "forbidden")
    return Refused("config" if code in CONFIG else "payload", str(code))
