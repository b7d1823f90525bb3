"""Events of every wrong shape: signed or not, none breaks a door, and none stays unsealed on the way."""

from __future__ import annotations

import copy
import hashlib
import itertools
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.inbox import SHAPE, WEBHOOKS, Inbox
from channels.telegram.client import TelegramClient
from channels.telegram.poll import poll_once
from channels.transport import Answer, Transport
from register.home import Home

PERSON = {"id": 7_000_000_001, "is_bot": False, "first_name": "Mai"}
CHAT = {"id": 7_000_000_001, "type": "private"}
MESSAGE = {"message_id": 5, "date": 1_790_000_000, "chat": CHAT, "from": PERSON, "text": "xin chào"}
EVENTS: dict[str, list[dict[str, Any]]] = {
    "telegram": [
        {"update_id": 1, "message": MESSAGE},
        {"update_id": 2, "callback_query": {"id": "9", "from": PERSON, "data": "stop", "message": MESSAGE}},
        {"update_id": 3, "message": MESSAGE | {"contact": {"phone_number": "0912", "user_id": 7_000_000_001}}},
    ],
    "zalo": [
        {"event_name": "user_send_text", "app_id": "1", "timestamp": "17", "sender": {"id": "251"},
         "recipient": {"id": "9"}, "message": {"msg_id": "a", "text": "#stop.person"}},
        {"event_name": "user_seen_message", "app_id": "1", "timestamp": "18", "sender": {"id": "9"},
         "recipient": {"id": "251"}, "message": {"msg_ids": ["a", "b"]}},
        {"event_name": "user_submit_info", "app_id": "1", "timestamp": "19", "sender": {"id": "251"},
         "recipient": {"id": "9"}, "info": {"phone": 84912345678, "name": "Mai"}},
    ],
    "zalo_bot": [
        {"ok": True, "result": {"event_name": "message.text.received",
         "message": {"message_id": "b", "from": {"id": "77"}, "chat": {"id": "77"}, "text": "mã otp là 482913"}}},
    ],
}  # fmt: skip
WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20),
    st.lists(st.none(), max_size=2), st.dictionaries(st.text(max_size=5), st.none(), max_size=2),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside an event."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def with_wrong(event: dict[str, Any], place: tuple[Any, ...], wrong: Any) -> Any:
    """The event with another value at this place."""
    if not place:
        return wrong
    changed = copy.deepcopy(event)
    inside: Any = changed
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = wrong
    return changed


@st.composite
def hostile(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    channel = draw(st.sampled_from(sorted(EVENTS)))
    event = draw(st.sampled_from(EVENTS[channel]))
    for place in draw(st.lists(st.sampled_from(places(event)[1:]), min_size=1, max_size=2)):
        try:
            event = with_wrong(event, place, draw(WRONG))
        except (KeyError, IndexError, TypeError):  # the first change took the second's place away
            continue
    return channel, event


@given(hostile())
@settings(max_examples=400, deadline=None)
def test_what_a_webhook_does_with_a_wrong_shape(found: tuple[str, dict[str, Any]]) -> None:
    """Key, sender and redaction either work, or end in an error that the door answers calmly."""
    channel, event = found
    webhook = WEBHOOKS[channel]
    try:
        key, sender = webhook.event_key(event), webhook.sender_of(event)
        clean, _ = webhook.clean(event)
    except SHAPE:
        return
    assert isinstance(key, str)
    assert isinstance(sender, str)
    assert "482913" not in orjson.dumps(clean).decode()


@pytest.mark.filterwarnings("ignore:Detected unknown update type")  # the product has that too; pytest undoes it
async def test_the_doors_take_wrong_shapes_without_losing_the_next(wired: Home, transport: Transport) -> None:
    """Every value of every event replaced by one of another type; a good event of the same channel comes through."""
    from bot.citizen.telegram import TelegramDoor
    from bot.citizen.zalo import ZaloDoor
    from channels.senders import build_senders

    wired.settings.telegram_api_base = "http://127.0.0.1:9"  # nobody listens: answers are lost, turns are not
    telegram, inbox = TelegramDoor(wired), Inbox(wired)
    doors = {
        "telegram": telegram.feed,
        "zalo": ZaloDoor(wired, build_senders(wired, transport)["zalo:main"]).feed,
    }
    wrong = (None, True, -1, 2**53, 1.5, "", "x", [], [None], {}, {"id": {}})
    try:
        for channel in doors:
            for event in EVENTS[channel]:
                for place, other in itertools.product(places(event)[1:], wrong):
                    with suppress(*SHAPE):
                        await inbox.receive(channel, "main", with_wrong(event, place, other))
        await inbox.drain(doors)
        stood = inbox._thread.submit(lambda: inbox._db.execute("SELECT count(*) FROM event").fetchone()[0]).result()
        fresh = orjson.loads(orjson.dumps(EVENTS["zalo"][0]).replace(b'"251"', b'"252"'))
        assert await inbox.receive("zalo", "main", fresh)
        assert await inbox.drain(doors) == 1
        assert await inbox._on_thread(lambda: inbox._db.execute("SELECT count(*) FROM event").fetchone()[0]) == stood
    finally:
        inbox.close()
        await telegram.close()


@pytest.mark.parametrize("depth", [300, 900, 1020])
async def test_deep_events_are_refused(wired: Home, depth: int) -> None:
    deep: Any = orjson.loads("[" * depth + "]" * depth)
    inbox = Inbox(wired)
    try:
        with pytest.raises(SHAPE):
            await inbox.receive("zalo", "main", {"event_name": "x", "timestamp": "1", "deep": deep})
        assert await inbox.receive("zalo", "main", EVENTS["zalo"][0])
    finally:
        inbox.close()


async def test_polling_goes_on_after_an_update_of_no_known_shape(wired: Home, transport: Transport) -> None:
    class Odd(TelegramClient):
        async def get_updates(self, offset: int, timeout_s: int = 25) -> Any:
            updates = [{"update_id": 7, "message": {"from": "?"}}, EVENTS["telegram"][0] | {"update_id": 8}]
            return Answer(200, {"ok": True, "result": updates})

    inbox = Inbox(wired)
    try:
        assert await poll_once(Odd(transport, "http://127.0.0.1:9", "1:x"), inbox, 0) == 9
        inbox._thread.submit(inbox._db.close).result()  # the disk is gone
        again = Odd(transport, "http://127.0.0.1:9", "1:x")
        wired.keys.lookup_key = b"another key, so that nothing was seen"
        assert await poll_once(again, inbox, 0) is None
    finally:
        inbox._thread.shutdown()


def test_a_signature_holds_for_the_exact_bytes_alone(wired: Home) -> None:
    """A changed byte, another event's signature, another app, a missing or empty secret: none is believed."""
    webhook, found = WEBHOOKS["zalo"], wired.settings
    event = EVENTS["zalo"][0] | {"app_id": found.zalo_app_id}
    raw = orjson.dumps(event)

    def mac(body: bytes, secret: str = found.zalo_oa_secret.get_secret_value()) -> dict[str, str]:
        text = found.zalo_app_id.encode() + body + str(event["timestamp"]).encode() + secret.encode()
        return {"X-ZEvent-Signature": "mac=" + hashlib.sha256(text).hexdigest()}

    assert webhook.verify(mac(raw), raw, event, found)
    wrong: list[tuple[dict[str, str], bytes, Any]] = [
        (mac(raw), raw + b" ", event),
        (mac(raw), raw, event | {"timestamp": "18"}),
        (mac(raw), raw, event | {"app_id": "2"}),
        (mac(raw, ""), raw, event),
        ({}, raw, event),
        ({"X-ZEvent-Signature": "mac="}, raw, event),
        ({"X-ZEvent-Signature": "mac=é"}, raw, event),
    ]
    assert not [case for case in wrong if webhook.verify(*case, found)]
    for channel, header in (("telegram", "X-Telegram-Bot-Api-Secret-Token"), ("zalo_bot", "X-Bot-Api-Secret-Token")):
        for value in ("", "é", "sandbox-webhook-secre", "sandbox-webhook-secret "):
            assert not WEBHOOKS[channel].verify({header: value}, b"", {}, found)
