"""The staff's bot against the sandbox: linked by a code, counts and numbers only, approvals by a second person."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from bot import service, tickets
from bot.staff.access import make_staff_code
from bot.staff.telegram import StaffDoor
from bot.state import Input
from campaigns import drafts
from campaigns.tables import Campaign
from channels.errors import body_of
from channels.telegram.client import TelegramClient
from channels.transport import Transport
from register.staff import add_staff


@pytest.fixture
async def office(wired, sandbox, mai):
    """A door, and a function that makes it hear what was done on the phones."""
    home, transport = wired, Transport(answer_timeout_s=5)
    for login, role in (("lan", "officer"), ("hung", "approver")):
        home.db.write(
            lambda s, login=login, role=role: add_staff(s, login, login, role, "22945", "mat-khau-dai-1", home.now())
        )
    client = TelegramClient(transport, sandbox.base, home.settings.staff_telegram_token.get_secret_value())
    door, offset = StaffDoor(home), 0

    async def settle():
        nonlocal offset
        for update in body_of(await client.get_updates(offset, 0))["result"]:
            offset = update["update_id"] + 1
            await door.feed(update)

    yield settle
    await door.close()
    await transport.close()


def last(sandbox, uid):
    return [line for line in sandbox.phone(uid) if line["who"] == "bot"][-1]


def said(sandbox, uid):
    return last(sandbox, uid)["text"]


async def linked(home, sandbox, settle, login):
    uid = sandbox.add_user("telegram", login)
    code = home.db.write(lambda s: make_staff_code(s, home, login, home.now()))
    sandbox.telegram_start(uid, code, bot="staff")
    await settle()
    return uid


async def test_a_stranger_learns_nothing(wired, sandbox, office):
    uid = sandbox.add_user("telegram", "X")
    sandbox.telegram_start(uid, "AAAAAAAA", bot="staff")
    await office()
    sandbox.type_text(uid, "/so_lieu", bot="staff")
    await office()
    assert "chưa gắn với cán bộ" in said(sandbox, uid)


async def test_an_officer_sees_counts_and_takes_a_ticket_by_its_number(wired, sandbox, office):
    home = wired
    contact = home.db.write(lambda s: service.contact_of(s, home, "telegram", "telegram:main", "9", home.now()))
    await service.handle(home, contact, Input("text", text="cho tôi gặp cán bộ, tôi tên Mai"), home.now())
    lan = await linked(home, sandbox, office, "lan")
    sandbox.type_text(lan, "/so_lieu", bot="staff")
    await office()
    assert "0/1 có" in said(sandbox, lan)
    sandbox.type_text(lan, "/viec", bot="staff")
    await office()
    assert "Việc số 1: Xin gặp cán bộ" in said(sandbox, lan)
    assert "Mai" not in said(sandbox, lan)
    sandbox.press(lan, "ticket.take:1", bot="staff")
    await office()
    assert "đã nhận việc số 1" in said(sandbox, lan)
    with home.db.read() as session:
        assert tickets.open_tickets(session)[0].taken_by == "lan"


async def test_a_second_person_approves(wired, sandbox, office):
    home, today = wired, date(2026, 11, 23)
    draft = Campaign(
        commune="22945", name="Đợt 1", segment="nq418-ready", channels=["zalo"], steps=[{"message": "first"}],
        starts_on=today, ends_on=today + timedelta(days=14), author="lan", created_at=home.now(),
        submitted_at=home.now(), submitted_by="lan",
    )  # fmt: skip
    home.db.write(lambda s: s.add(draft))
    lan, hung = await linked(home, sandbox, office, "lan"), await linked(home, sandbox, office, "hung")
    for uid in (lan, hung):
        sandbox.type_text(uid, "/duyet", bot="staff")
        await office()
    assert "Chỉ người có vai trò duyệt" in said(sandbox, lan)
    with home.db.read() as session:
        seen = drafts.version(session.get_one(Campaign, 1))
    change = {"ends_on": today + timedelta(days=20)}
    home.db.write(lambda s: drafts.change(s, s.get_one(Campaign, 1), drafts.HOW, "lan", home.now(), **change))
    home.db.write(lambda s: drafts.change(s, s.get_one(Campaign, 1), drafts.TRIAL, "lan", home.now()))
    home.db.write(lambda s: drafts.submit(s, s.get_one(Campaign, 1), "", "lan", home.now()))
    sandbox.press(hung, f"campaign.approve:1:{seen}", bot="staff")  # what was shown is not what would be sent
    await office()
    assert "vừa được sửa" in said(sandbox, hung)
    sandbox.type_text(hung, "/duyet", bot="staff")
    await office()
    (button,) = [row["id"] for row in last(sandbox, hung)["buttons"]]
    sandbox.press(hung, button, bot="staff")
    await office()
    with home.db.read() as session:
        assert (session.get_one(Campaign, 1).state, session.get_one(Campaign, 1).approver) == ("approved", "hung")


async def test_a_code_works_once_and_not_for_long(wired, sandbox, office, clock):
    home = wired
    code = home.db.write(lambda s: make_staff_code(s, home, "lan", home.now()))
    clock.advance(timedelta(minutes=16))
    uid = sandbox.add_user("telegram", "lan")
    sandbox.telegram_start(uid, code, bot="staff")
    await office()
    assert "chưa gắn" in said(sandbox, uid)


async def test_the_staff_bot_asks_for_its_own_updates(wired, sandbox):
    door = StaffDoor(wired)
    running = asyncio.create_task(door.run())
    uid = sandbox.add_user("telegram", "lan")
    sandbox.telegram_start(uid, bot="staff")
    async with asyncio.timeout(10):
        while not [line for line in sandbox.phone(uid) if line["who"] == "bot"]:  # noqa: ASYNC110 — a phone cannot call us
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await door.close()
    assert "chưa gắn" in said(sandbox, uid)
