"""Whose fault is it? The providers' tables of errors (facts/channels §1.8, §4.7, §6.3) as outcomes."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.outcome import Accepted, Later, Lost, Refused
from channels.telegram.errors import outcome_of
from channels.transport import Answer, NotSent
from channels.zalo.errors import oa_outcome, zbs_outcome
from channels.zalo_bot.errors import outcome_of as bot_outcome

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 08:00 in Viet Nam


def zalo(code):
    return Answer(200, {"error": code, "message": "…"})


@pytest.mark.parametrize("code", [-213, -217, -218, -227, -230, -232, -244, -249])
def test_oa_recipient(code):
    assert oa_outcome(zalo(code), NOW) == Refused("recipient", str(code))


@pytest.mark.parametrize("code", [-201, -210, -233, -248, -9999])
def test_oa_payload_and_what_nobody_has_seen_before(code):
    assert oa_outcome(zalo(code), NOW) == Refused("payload", str(code))


@pytest.mark.parametrize("code", [-204, -205, -209, -212, -216, -219, -220, -221, -223, -224, -235, -240, -242])
def test_oa_config(code):
    assert oa_outcome(zalo(code), NOW) == Refused("config", str(code))


@pytest.mark.parametrize("code", [-320, -321])
def test_oa_billing(code):
    assert oa_outcome(zalo(code), NOW) == Refused("billing", str(code))


@pytest.mark.parametrize("code", [-108, -114, -118, -119, -139, -140, -141])
def test_zbs_recipient(code):
    assert zbs_outcome(zalo(code), NOW) == Refused("recipient", str(code))


@pytest.mark.parametrize("code", [-111, -112, -1121, -1122, -1124, -116, -121, -122, -132])
def test_zbs_payload(code):
    assert zbs_outcome(zalo(code), NOW) == Refused("payload", str(code))


@pytest.mark.parametrize("code", [-101, -105, -117, -120, -124, -131, -135, -1351, -136, -138, -146])
def test_zbs_config(code):
    assert zbs_outcome(zalo(code), NOW) == Refused("config", str(code))


@pytest.mark.parametrize("code", [-115, -137])
def test_zbs_billing(code):
    assert zbs_outcome(zalo(code), NOW) == Refused("billing", str(code))


@pytest.mark.parametrize(
    ("code", "whole_lane", "rest"),
    [
        (-32, True, timedelta(minutes=1)),
        (-133, True, timedelta(hours=22, minutes=5)),
        (-144, True, timedelta(hours=16, minutes=5)),
        (-147, True, timedelta(hours=16, minutes=5)),
        (-1472, False, timedelta(hours=16, minutes=5)),
        (-100, False, timedelta(minutes=5)),
    ],
)
def test_zbs_later(code, whole_lane, rest):
    for_campaigns = rest > timedelta(hours=1)  # night and quota: who wrote to us is answered all the same
    assert zbs_outcome(zalo(code), NOW) == Later(NOW + rest, str(code), whole_lane, replies=not for_campaigns)


def test_ids_are_read_where_each_route_puts_them():
    assert oa_outcome(Answer(200, {"error": 0, "data": {"message_id": "a"}}), NOW, 84) == Accepted("a", 84)
    assert zbs_outcome(Answer(200, {"error": 0, "data": {"msg_id": "b"}}), NOW, 120) == Accepted("b", 120)


@pytest.mark.parametrize(
    ("code", "description", "outcome"),
    [
        (400, "Bad Request: chat not found", Refused("recipient", "chat_not_found")),
        (400, "Bad Request: BUTTON_DATA_INVALID", Refused("payload", "400")),
        (400, "Bad Request: message is too long", Refused("payload", "400")),
        (401, "Unauthorized", Refused("config", "401")),
        (403, "Forbidden: bot was blocked by the user", Refused("recipient", "blocked")),
        (403, "Forbidden: user is deactivated", Refused("recipient", "deactivated")),
        (403, "Forbidden: something new", Refused("recipient", "forbidden")),
        (404, "Not Found", Refused("config", "404")),
        (409, "Conflict: …", Refused("config", "409")),
        (413, "Request Entity Too Large", Refused("payload", "413")),
    ],
)
def test_telegram(code, description, outcome):
    reply = Answer(code, {"ok": False, "error_code": code, "description": description})
    assert outcome_of(reply, NOW) == outcome


def test_telegram_flood_waits_as_long_as_it_says():
    body = {"ok": False, "error_code": 429, "description": "…", "parameters": {"retry_after": 35}}
    assert outcome_of(Answer(429, body), NOW) == Later(NOW + timedelta(seconds=35), "429")


def test_zalo_bot_quota_waits_for_the_next_day():
    body = {"ok": False, "error_code": 429, "description": "Quota exceeded"}
    assert bot_outcome(Answer(429, body), NOW) == Later(NOW + timedelta(hours=16, minutes=5), "429")


@pytest.mark.parametrize("outcome", [outcome_of, oa_outcome, zbs_outcome, bot_outcome])
def test_the_line(outcome):
    assert isinstance(outcome(NotSent("refused"), NOW), Later)
    assert outcome(Lost("timeout"), NOW) == Lost("timeout")
    assert outcome(Answer(502, None), NOW) == Lost("502")
    assert outcome(Answer(500, {"ok": False, "error_code": 500}), NOW) == Lost("500")
    assert outcome(Answer(200, None), NOW) == Lost("no_json")
    assert outcome(Answer(301, None), NOW) == Refused("config", "301")
