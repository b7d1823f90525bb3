"""What all providers' answers have in common before their own error tables are asked.

Reply (transport)                     Outcome
├── NotSent                           Later, the whole lane: our line or their server is down
├── Lost                              Lost
└── Answer
    ├── 5xx, or 2xx without JSON      Lost: a gateway may have passed the message on
    ├── 429                           Later, the whole lane
    ├── no JSON, or none of theirs    Refused(config): this is not the server we meant; with a 2xx Lost
    └── JSON                          the channel's own table: telegram/errors.py, zalo/errors.py
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from channels.outcome import Later, Lost, Outcome, Refused
from channels.transport import Answer, NotSent, Reply
from register.home import VIETNAM

LINE_DOWN_S = 30  # before the lane tries a dead line again
FLOOD_S = 60  # where a 429 does not say how long
LONGEST_REST_S = 86_400  # whoever asks for more means something else, or nothing


def plain_trouble(reply: Reply | Outcome, now: datetime) -> Outcome | None:
    """The outcome where no error table is needed, else None. ``now``: aware."""
    if isinstance(reply, NotSent):
        return Later(now + timedelta(seconds=LINE_DOWN_S), "not_sent")
    if not isinstance(reply, Answer):  # Lost, or an outcome that was found before anything was sent
        return reply
    if reply.status >= 500:
        return Lost(str(reply.status))
    if reply.status == 429 and not isinstance(reply.body, dict):
        return Later(now + timedelta(seconds=FLOOD_S), "429")
    if not isinstance(reply.body, dict):
        return Lost("no_json") if reply.status < 300 else Refused("config", str(reply.status))
    return None


def body_of(reply: Reply | Outcome) -> dict:
    """The JSON object of an answer; {} when there is none."""
    return reply.body if isinstance(reply, Answer) and isinstance(reply.body, dict) else {}


def rest_of(seconds: Any) -> timedelta:
    """How long a 429 asks us to rest; FLOOD_S where it says nothing that can be meant."""
    try:
        wait = float(seconds)
    except (TypeError, ValueError):
        wait = FLOOD_S
    return timedelta(seconds=wait if 0 < wait <= LONGEST_REST_S else FLOOD_S)


def number_of(value: Any) -> int | None:
    """A provider's number; None where there is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def says_nothing(reply: Reply | Outcome) -> Outcome:
    """JSON with neither "yes" nor a number: an error of a server that is not theirs, else nobody knows."""
    wrong = isinstance(reply, Answer) and reply.status >= 400
    return Refused("config", str(reply.status)) if wrong else Lost("no_shape")  # type: ignore[union-attr]


def dict_of(value: Any) -> dict[str, Any]:
    """A part of an answer that should be an object; {} where it is none."""
    return value if isinstance(value, dict) else {}


def next_morning(now: datetime, at: time) -> datetime:
    """The next moment after ``now`` when clocks in Viet Nam show ``at``."""
    local = now.astimezone(VIETNAM)
    moment = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return moment if moment > local else moment + timedelta(days=1)
