"""The doors: a real server on 127.0.0.1, knocked at by the sandbox and by strangers."""

import asyncio
import hashlib
from datetime import timedelta

import aiohttp
import orjson
import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import select

from bot.citizen.zalo import ZaloDoor
from campaigns.states import DeliveryState
from campaigns.tables import Attempt, Delivery
from channels.hooks import BODY_BYTES, Hooks
from channels.inbox import Inbox
from channels.senders import build_senders
from channels.telegram.client import TelegramClient
from channels.telegram.poll import poll_once, receive_updates
from content.message import Message


@pytest.fixture
def inbox(wired):
    opened = Inbox(wired)
    yield opened
    opened.close()


@pytest.fixture
async def base(wired, inbox):
    app = Hooks(wired, inbox, FastAPI())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 — uvicorn offers no event
        await asyncio.sleep(0)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def telegram(wired, sandbox, transport, base):
    """The bot with its webhook set."""
    settings = wired.settings
    client = TelegramClient(transport, sandbox.base, settings.telegram_token.get_secret_value())
    await client.set_webhook(f"{base}/hooks/telegram/main", settings.telegram_webhook_secret.get_secret_value())
    return client


async def knock(url, body=b"{}", headers=None):
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as response:
        return response.status


async def handled(inbox):
    got = []

    async def keep(event, secrets):
        got.append((event, secrets))

    await inbox.drain({"telegram": keep, "zalo": keep, "zalo_bot": keep})
    return got


async def test_telegram_updates_come_through_the_webhook(sandbox, inbox, telegram):
    uid = sandbox.add_user("telegram", "Bà Mai")
    sandbox.telegram_start(uid, "K7QFM2PA")
    sandbox.type_text(uid, "mật khẩu: hoabinh1975")
    await sandbox.quiet()
    (start, _), (typed, secrets) = await handled(inbox)
    assert start["message"]["text"] == "/start K7QFM2PA"
    assert "hoabinh1975" not in typed["message"]["text"]
    assert secrets == ("password",)


async def test_telegram_without_a_public_address_is_polled(wired, sandbox, inbox, transport):
    client = TelegramClient(transport, sandbox.base, wired.settings.telegram_token.get_secret_value())
    uid = sandbox.add_user("telegram", "Bà Mai")
    sandbox.telegram_start(uid)
    offset = await poll_once(client, inbox, 0, timeout_s=0)
    assert offset == 2
    assert await poll_once(client, inbox, offset, timeout_s=0) == offset
    assert len(await handled(inbox)) == 1


async def test_the_house_sets_its_webhook_where_it_has_an_address(wired, sandbox, inbox, transport, base):
    wired.settings = wired.settings.model_copy(update={"public_url": base})
    await receive_updates(wired, transport, inbox)
    sandbox.telegram_start(sandbox.add_user("telegram", "Bà Mai"))
    await sandbox.quiet()
    assert len(await handled(inbox)) == 1


async def test_the_house_polls_where_it_has_none(wired, sandbox, inbox, transport):
    sandbox.telegram_start(sandbox.add_user("telegram", "Bà Mai"))
    arrived = asyncio.Event()

    async def handler(_event, _secrets):
        arrived.set()

    tasks = [
        asyncio.create_task(receive_updates(wired, transport, inbox)),
        asyncio.create_task(inbox.serve({"telegram": handler})),
    ]
    await asyncio.wait_for(arrived.wait(), 10)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_zalo_events_are_signed_and_say_their_lane(sandbox, inbox, base):
    assert await sandbox.connect(base)
    uid = sandbox.add_user("zalo", "Bà Mai", phone="0912345678")
    sandbox.follow(uid)
    sandbox.type_text(uid, "bat dau")
    await sandbox.quiet()
    follow, typed = [event for event, _ in await handled(inbox)]
    assert (follow["event_name"], follow["follower"]["id"]) == ("follow", uid)
    assert (typed["message"]["text"], typed["lane"]) == ("bat dau", "zalo:main")
    assert sandbox.counts()["delivered"] == 2


async def test_receipt_of_a_phone_template_says_so_and_brings_the_tracking_id(wired, sandbox, inbox, transport, base):
    await sandbox.connect(base)
    sandbox.add_user("phone", "Bà Mai", phone="0912345678")
    data = {"ten_xa": "xã Hòa Bình", "ma_thong_bao": "TN1", "thoi_gian": "8 giờ", "dia_diem": "Nhà văn hóa"}
    zbs = build_senders(wired, transport)["zbs:main"]
    outcome = await zbs.send("0912345678", Message("x"), data | {"tracking_id": "tn7"})
    await sandbox.quiet()
    ((receipt, _),) = await handled(inbox)
    assert receipt["lane"] == "zbs:main"
    assert (receipt["message"]["msg_id"], receipt["message"]["tracking_id"]) == (outcome.provider_id, "tn7")


async def test_a_receipt_settles_the_row_of_its_own_product(wired, inbox, transport, broadcast):
    """Found by the message's id alone: the account's messages and templates by phone are numbered apart."""
    wired.db.write(lambda s: broadcast(s, [{"phone": "0912345678"}], ("zbs",)))

    def lose(session):
        row = session.exec(select(Delivery)).one()
        row.state = DeliveryState.UNKNOWN
        now = wired.now()
        session.add(Attempt(delivery=row.id, lane="zbs:main", channel="zbs", result="lost", provider_id="m1", at=now))

    wired.db.write(lose)
    door = ZaloDoor(wired, build_senders(wired, transport)["zalo:main"])
    receipt = {"event_name": "user_received_message", "message": {"msg_id": "m1"}}
    for lane, state in (("zalo:main", DeliveryState.UNKNOWN), ("zbs:main", DeliveryState.ACCEPTED)):
        await door.feed(receipt | {"lane": lane})
        with wired.db.read() as session:
            assert session.exec(select(Delivery)).one().state == state


@pytest.mark.parametrize(
    "update", [{"update_id": 1, "message": {"from": None}}, {"message": []}, {"callback_query": 1}]
)
async def test_signed_but_strange_updates_do_not_come_for_hours(wired, base, inbox, update):
    headers = {"X-Telegram-Bot-Api-Secret-Token": wired.settings.telegram_webhook_secret.get_secret_value()}
    assert await knock(f"{base}/hooks/telegram/main", orjson.dumps(update), headers) == 200


async def test_zalo_bot_events_come_through(wired, sandbox, inbox, transport, base):
    from channels.zalo_bot.client import ZaloBotClient

    client = ZaloBotClient(transport, wired.settings.zalo_bot_base, wired.settings.zalo_bot_token.get_secret_value())
    secret = wired.settings.zalo_bot_webhook_secret.get_secret_value()
    await client.set_webhook(f"{base}/hooks/zalo-bot/main", secret)
    sandbox.type_text(sandbox.add_user("zalo_bot", "Bà Mai"), "chào")
    await sandbox.quiet()
    ((event, _),) = await handled(inbox)
    assert event["result"]["message"]["text"] == "chào"


async def test_stranger_is_turned_away(base, inbox):
    body = orjson.dumps({"update_id": 1, "message": {"text": "x"}})
    assert await knock(f"{base}/hooks/telegram/main", body) == 401
    assert await knock(f"{base}/hooks/telegram/main", body, {"X-Telegram-Bot-Api-Secret-Token": "no"}) == 401
    assert await knock(f"{base}/hooks/zalo/main", orjson.dumps({"app_id": "1", "timestamp": "1"})) == 401
    assert await knock(f"{base}/hooks/zalo-bot/main", b'{"ok":true}') == 401
    assert await handled(inbox) == []


async def test_one_changed_byte_breaks_zalos_signature(wired, base):
    settings = wired.settings
    body = orjson.dumps({"app_id": settings.zalo_app_id, "event_name": "follow", "timestamp": "1", "oa_id": "2"})
    secret = settings.zalo_oa_secret.get_secret_value().encode()
    mac = hashlib.sha256(settings.zalo_app_id.encode() + body + b"1" + secret).hexdigest()
    headers = {"X-ZEvent-Signature": f"mac={mac}"}
    assert await knock(f"{base}/hooks/zalo/main", body, headers) == 200
    assert await knock(f"{base}/hooks/zalo/main", body.replace(b"follow", b"f0llow"), headers) == 401


async def test_zalos_empty_probe_is_welcome(base):
    assert await knock(f"{base}/hooks/zalo/main", b"{}") == 200


async def test_too_much_is_not_read(base):
    assert await knock(f"{base}/hooks/telegram/main", b" " * (BODY_BYTES + 1)) == 413


async def test_unknown_lane_and_a_channel_that_is_off_are_not_found(wired, base):
    assert await knock(f"{base}/hooks/telegram/other") == 404
    secret = type(wired.settings.telegram_webhook_secret)("")
    wired.settings = wired.settings.model_copy(update={"telegram_webhook_secret": secret})
    assert await knock(f"{base}/hooks/telegram/main") == 404


async def test_event_is_delivered_again_when_the_house_was_closed(sandbox, inbox, base, clock):
    await sandbox.connect(base)
    hook = sandbox.zalo.app.hook
    sandbox.zalo.app.hook = type(hook)("http://127.0.0.1:9/", hook.ladder, 1, retry_refused=False)
    sandbox.follow(sandbox.add_user("zalo", "Bà Mai"))
    await sandbox.quiet()
    assert sandbox.counts()["delivered"] == 0
    sandbox.postman._waiting[0][1].hook = hook
    clock.advance(timedelta(seconds=31))
    await sandbox.quiet()
    assert sandbox.counts()["delivered"] == 1


async def test_an_old_event_that_is_played_back_is_dropped(wired, sandbox, base, inbox, clock):
    """Signed long ago and rightly: the inbox remembers keys for three days, so older than two is not taken."""

    async def play(age):
        settings = wired.settings
        stamp = str(int((clock() - age).timestamp() * 1000))
        event = {"app_id": settings.zalo_app_id, "event_name": "user_send_text", "timestamp": stamp}
        ends = {"sender": {"id": "1"}, "recipient": {"id": settings.zalo_oa_id}}
        raw = orjson.dumps(event | ends | {"message": {"text": "x", "msg_id": stamp}})
        secret = settings.zalo_oa_secret.get_secret_value()
        mac = hashlib.sha256(f"{settings.zalo_app_id}{raw.decode()}{stamp}{secret}".encode()).hexdigest()
        return await knock(f"{base}/hooks/zalo/main", raw, {"X-ZEvent-Signature": f"mac={mac}"})

    assert await play(timedelta(hours=3)) == 200
    assert await play(timedelta(days=2, minutes=1)) == 200
    assert len(await handled(inbox)) == 1
