"""A provider that is down, cannot be found, or answers garbage: nobody is written to twice, few are unknown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from bot.staff.alarms import causes
from campaigns.engine import healing
from campaigns.engine.dispatch import MANY_LOST, drain_all
from channels.gate import Turns
from channels.inbox import Inbox
from channels.line import MOST
from channels.outcome import Accepted, Refused
from channels.polling import receive
from channels.sandbox import Sandbox
from channels.senders import Sender, build_senders
from channels.telegram.client import TelegramClient
from channels.telegram.poll import poll_once
from channels.transport import Answer, Lost, NotSent, Transport
from content.message import Message
from register.home import Home

HELLO = Message("Kính gửi bà Mai.")
# a short form of the hour in CI, the whole of it on both databases by hand
SHORTER = pytest.mark.parametrize(
    ("rounds", "home"),
    [(4, "sqlite"), *(pytest.param(120, name, marks=pytest.mark.slow) for name in ("sqlite", "postgres"))],
    indirect=["home"],
)


def http(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def json(value: Any, status: str = "200 OK") -> bytes:
    return http(orjson.dumps(value), status)


GARBAGE = {
    "html": http(b"<html>Welcome to the wifi</html>", kind="text/html"),
    "half json": http(b'{"ok": true, "result": {"mess'),
    "a list": json([]),
    "a word": json("ok"),
    "nothing": http(b""),
    "an empty object": json({}),
    "another's object": json({"status": "success"}),
    "another's 404": json({"message": "not found"}, "404 Not Found"),
    "html 404": http(b"<html>", "404 Not Found"),
    "words for numbers": json({"ok": False, "error_code": "x", "error": "x", "data": "x", "description": 1}),
    "a list for data": json({"ok": False, "error_code": [], "error": [], "data": [], "result": 7}),
    "yes as a word": json({"ok": "yes", "error": None, "data": None}),
    "too many, for ever": json({"ok": False, "error_code": 429, "error": -32, "parameters": {"retry_after": 1e300}}),
    "a broken gateway": http(b"<html>502</html>", "502 Bad Gateway"),
    "no http": b"\x16\x03\x01 hello",
    "no words": b"",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-Again: yes\r\n" * (MOST // 10),
    "a body without end": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b'{"ok":' + b" " * (MOST + 9),
}  # fmt: skip


@pytest.fixture
async def liar() -> AsyncIterator[Any]:
    """A server that answers everything with ``liar.says``, and its address."""

    class Liar:
        says, base = b"", ""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65_536):
                writer.write(liar.says)
                await writer.drain()
                if not liar.says.startswith(b"HTTP") or b"Content-Length" not in liar.says:
                    writer.close()
        except ConnectionError:
            pass

    liar = Liar()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    liar.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield liar
    server.close()


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
@pytest.mark.parametrize("says", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_is_never_taken_for_a_yes_and_fails_nobody_for_good(
    home: Home, sandbox: Sandbox, liar: Any, says: bytes, clock: Any
) -> None:
    given = sandbox.settings() | {"zalo_openapi_base": liar.base, "zalo_business_base": liar.base}
    given |= {"telegram_api_base": liar.base, "zalo_bot_base": liar.base}
    home.settings = home.settings.model_validate(home.settings.model_dump() | given)
    transport, liar.says = Transport(answer_timeout_s=5), says
    for lane, sender in build_senders(home, transport).items():
        outcome = await sender.send("7", HELLO, {"tracking_id": "tn1"} if lane == "zbs:main" else None)
        assert not isinstance(outcome, Accepted), lane
        assert not (isinstance(outcome, Refused) and outcome.error_class != "config"), lane
        until = getattr(outcome, "until", clock())
        assert until - clock() <= timedelta(days=1), lane
        await sender.price()
    got = await transport.get(f"{liar.base}/x", {})
    assert isinstance(got, Answer | Lost)
    await transport.close()


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
@pytest.mark.parametrize("says", [json({"ok": True}), json({"ok": True, "result": 7}), json([])], ids=["a", "b", "c"])
async def test_updates_of_no_shape_do_not_end_the_asking(home: Home, liar: Any, says: bytes, monkeypatch: Any) -> None:
    asked, transport, inbox = asyncio.Event(), Transport(), Inbox(home)
    monkeypatch.setattr("channels.polling.REST_S", 0)
    client, liar.says = TelegramClient(transport, liar.base, "1:a"), says
    rounds = iter(range(3))

    async def ask() -> bool:
        if next(rounds, None) is None:
            asked.set()
        return await poll_once(client, inbox, 0) is not None

    asking = asyncio.create_task(receive("telegram", client, "", "", ask))
    await asyncio.wait_for(asked.wait(), 10)
    asking.cancel()
    await transport.close()
    inbox.close()


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lives", ["soon", [], -5, 10**15], ids=str)
async def test_a_tokens_strange_life_does_not_lose_the_new_pair(
    home: Home, sandbox: Sandbox, liar: Any, lives: Any
) -> None:
    given = sandbox.settings() | {"zalo_oauth_base": liar.base}
    home.settings = home.settings.model_validate(home.settings.model_dump() | given)
    liar.says = json({"access_token": "new", "refresh_token": "next", "expires_in": lives})
    transport = Transport()
    sender: Any = build_senders(home, transport)["zalo:main"]
    assert await sender.client.tokens.access() == "new"
    await transport.close()


async def go_on(home: Home, senders: dict[str, Sender], clock: Any, turns: dict[str, Turns], rounds: int) -> None:
    """Ten minutes or more as the scheduler lives them, or an hour of rounds of half a minute."""
    for _ in range(rounds):
        await drain_all(home, senders, "a", turns)
        clock.advance(timedelta(seconds=max(30, 600 // rounds)))
        home.db.write(lambda session: healing.sweep(session, home.now()))


def told(home: Home) -> bool:
    with home.db.read() as session:
        return "silent:zalo:main" in causes(session, home.now())


@SHORTER
async def test_a_gateway_that_answers_502_for_an_hour_leaves_few_unknown(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Callable[[int], int], clock: Any, ends: Any,
    rounds: int,
) -> None:  # fmt: skip
    campaign, turns = launch(40), dict[str, Turns]()
    sandbox.fault("html502", "zalo", count=10_000)
    await go_on(home, senders, clock, turns, rounds)
    unknown = ends(campaign)["unknown"]
    assert MANY_LOST <= unknown <= MANY_LOST + 12
    assert told(home)
    sandbox.world.faults.clear()
    clock.advance(timedelta(minutes=10))
    await drain_all(home, senders, "a", turns)
    clock.advance(timedelta(seconds=30))
    await drain_all(home, senders, "a", turns)
    assert ends(campaign) == {"unknown": unknown, "accepted": 40 - unknown}
    assert len({line["to"] for line in sandbox.arrivals()}) == len(sandbox.arrivals()) == 40 - unknown
    assert not told(home)


@SHORTER
@pytest.mark.parametrize("where", ["http://127.0.0.1:9", "http://khong-co.invalid"], ids=["down", "no name"])
async def test_a_provider_that_cannot_be_reached_for_an_hour_costs_nothing_but_the_hour(
    home: Home, sandbox: Sandbox, launch: Callable[[int], int], clock: Any, ends: Any, where: str,
    rounds: int,
) -> None:  # fmt: skip
    campaign, reachable = launch(12), home.settings
    transport = Transport()
    home.settings = reachable.model_copy(update={"zalo_openapi_base": where})
    gone = build_senders(home, transport)
    await go_on(home, gone, clock, {}, rounds)
    assert ends(campaign) == {"due": 12}
    assert told(home)
    home.settings = reachable
    await drain_all(home, build_senders(home, transport), "a", {})
    assert ends(campaign) == {"accepted": 12}
    assert not told(home)
    await transport.close()


async def test_a_name_that_is_not_found_is_not_sent() -> None:
    transport = Transport()
    assert isinstance(await transport.post_json("http://khong-co.invalid/x", {}), NotSent)
    assert isinstance(await transport.get("http://khong-co.invalid/x", {}), NotSent)
    await transport.close()
