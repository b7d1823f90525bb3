"""Zalo's answers as outcomes. Both hosts answer HTTP 200 with ``{"error": <negative int>}``.

Tables: facts/channels §1.8 (Official Account) and §4.7 (ZBS by phone). What matters is whose fault
it is: this recipient's, this message's, our set-up's, our wallet's, or only the hour's.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from channels.errors import FLOOD_S, body_of, dict_of, next_morning, number_of, plain_trouble, says_nothing
from channels.outcome import Accepted, ErrorClass, Later, Outcome, Refused
from channels.transport import Reply

STALE_TOKEN = {-216, -220, -124}  # refresh once, ask once more; still so: config

# Outside 48 h / 7 days of the last interaction: only a template may go.
WINDOW_CLOSED = {-230, -232}

OA: dict[ErrorClass, set[int]] = {
    "recipient": {-213, -217, -218, -227, -230, -232, -244, -249},
    "config": {-204, -205, -209, -212, -219, -221, -223, -224, -235, -240, -242, *STALE_TOKEN},
    "billing": {-320, -321},
    "payload": {-201, -210, -233, -237, -238, -241, -248, -403},
}
ZBS: dict[ErrorClass, set[int]] = {
    "recipient": {-108, -110, -114, -118, -119, -134, -139, -140, -141},
    "config": {-101, -102, -103, -104, -105, -106, -109, -1091, -117, -120, -1201, -1202, -1241, -125, -127, -128, -129}
    | {-131, -135, -1351, -136, -138, -1381, -142, -143, -145, -146, -148, -149, -150, -151, -152, -161, -162}
    | {-242, *STALE_TOKEN},
    "billing": {-115, -126, -137},
    "payload": {-107, -111, -112, -1121, -1122, -1123, -1124, -113, -1131, -116, -121, -122, -123, -130, -132, -153}
    | {-158, -159, -160},
}
AFTER_NIGHT = time(6, 5)  # promotion and templates rest 22:00–06:00
AFTER_MIDNIGHT = time(0, 5)  # daily quotas; the hour of their reset is not documented
SHORT_REST_S = 300

# (seconds | the clock in Viet Nam, whether the whole lane waits)
LATER: dict[int, tuple[float | time, bool]] = {
    -32: (FLOOD_S, True),
    -200: (SHORT_REST_S, False),
    -211: (AFTER_MIDNIGHT, True),
    -214: (SHORT_REST_S, False),
    -234: (AFTER_NIGHT, True),
    -100: (SHORT_REST_S, False),
    -133: (AFTER_NIGHT, True),
    -144: (AFTER_MIDNIGHT, True),
    -1441: (AFTER_MIDNIGHT, True),
    -147: (AFTER_MIDNIGHT, True),
    -1471: (AFTER_MIDNIGHT, False),
    -1472: (AFTER_MIDNIGHT, False),
}


def error_code(reply: Reply | Outcome) -> int:
    """The number in ``error``; 0 when there is none."""
    return number_of(body_of(reply).get("error")) or 0


def oa_outcome(reply: Reply | Outcome, now: datetime, cost_vnd: int = 0) -> Outcome:
    """What became of an Official Account call (messages, templates by user id)."""
    return _outcome(reply, now, OA, cost_vnd)


def zbs_outcome(reply: Reply | Outcome, now: datetime, cost_vnd: int = 0) -> Outcome:
    """What became of a ZBS template sent to a phone."""
    return _outcome(reply, now, ZBS, cost_vnd)


def _outcome(reply: Reply | Outcome, now: datetime, table: dict[ErrorClass, set[int]], cost_vnd: int) -> Outcome:
    trouble = plain_trouble(reply, now)
    if trouble is not None:
        return trouble
    body = body_of(reply)
    code, data = number_of(body.get("error")), dict_of(body.get("data"))
    provider_id = str(data.get("message_id") or data.get("msg_id") or "")
    if code == 0 or (code is None and provider_id):
        return Accepted(provider_id, cost_vnd)
    if code is None:
        return says_nothing(reply)
    if code in LATER:
        rest, whole_lane = LATER[code]
        if isinstance(rest, time):  # night and quota bind templates and promotion; answers are free at any hour
            return Later(next_morning(now, rest), str(code), whole_lane, replies=False)
        return Later(now + timedelta(seconds=rest), str(code), whole_lane)
    for error_class, codes in table.items():
        if code in codes:
            return Refused(error_class, str(code))
    return Refused("payload", str(code))  # a number that no table has: another channel would not help to read it
