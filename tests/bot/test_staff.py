"""The staff's bot against the sandbox: linked by a code, counts and numbers only, approvals by a second person."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from bot import service, tickets
from bot.staff import alarms
from bot.staff.access import make_staff_code
from bot.staff.telegram import StaffDoor, act
from bot.state import Input
from bot.tables import Ticket
from bot.waiting import promised_by
from campaigns import drafts
from campaigns.field import seats
from campaigns.tables import Attempt, Campaign, Delivery, HelpSession, Visit
from channels import lanes
from channels.errors import body_of
from channels.senders import build_senders
from channels.tables import OAuthToken
from channels.telegram.client import TelegramClient
from channels.transport import Transport
from channels.zalo.oauth import Tokens
from register import contacts
from register.home import VIETNAM
from register.staff import Viewer, add_staff
from register.units import hamlet_named


@pytest.fixture
async def office(wired, sandbox, mai):
    """A door, and a function that makes it hear what was done on the phones."""
    home, transport = wired, Transport(answer_timeout_s=5)
    for login, role in (("lan", "officer"), ("hung", "approver")):
        home.db.write(
            lambda s, login=login, role=role: add_staff(s, login, login, role, "22945", "mat-khau-dai-1", home.now())
        )
    client = TelegramClient(transport, sandbox.base, home.settings.staff_telegram_token.get_secret_value())
    door, offset = StaffDoor(home, build_senders(home, transport)), 0

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
    words = Input("text", text="cho tôi gặp cán bộ, tôi tên Mai")
    home.db.write(lambda s: service.take_turn(s, home, contact, words, home.now()))
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


async def test_a_visit_and_a_place_are_ordered_by_numbers_and_the_citizen_is_told(wired, sandbox, office, mai):
    home = wired
    citizen = sandbox.add_user("telegram", "Mai")

    def wants_help(session):
        contact = service.contact_of(session, home, "telegram", "telegram:main", citizen, home.now())
        contacts.link(session, mai, contact, "self", home.now())
        service.take_turn(session, home, contact, Input("button", button="help.human"), home.now())
        for place, capacity in (("nhà văn hóa", 1), ("trường học", 0)):
            hamlet = hamlet_named(session, "22945", f"Khu phố {2 - capacity}")
            starts = home.now() + timedelta(days=8)
            session.add(HelpSession(commune="22945", hamlet=hamlet, place=place, starts_at=starts, capacity=capacity))

    sandbox.telegram_start(citizen)
    home.db.write(wants_help)
    lan = await linked(home, sandbox, office, "lan")
    for viewer, refused in ((Viewer("hung", "approver", "22945", ""), "nhận việc số 1 trước"),
                            (Viewer("tinh", "province", "68", ""), "không thuộc địa bàn")):  # fmt: skip
        done = home.db.write(lambda s, who=viewer: act(s, home, who, ["22945"], "ticket.visit:1", home.now()))
        assert refused in done.text
        assert done.told is None
    sandbox.type_text(lan, "/viec", bot="staff")
    await office()
    sandbox.press(lan, "ticket.take:1", bot="staff")
    await office()
    offered = {button["id"]: button["title"] for button in last(sandbox, lan)["buttons"]}
    assert offered == {
        "ticket.visit:1": "Hẹn đến nhà cho việc số 1",
        "ticket.place:1:0": "Giữ chỗ ở buổi gần nhà nhất",
        "ticket.place:1:1": "Giữ chỗ: 8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1",  # the other one is full
    }
    for pressed, told in (("ticket.place:1:0", "giữ một chỗ"), ("ticket.visit:1", "danh sách đến nhà")):
        sandbox.press(lan, pressed, bot="staff")
        await office()
        assert "Đã báo cho người dân" in said(sandbox, lan)
        shown = [line["text"] for line in sandbox.phone(citizen) if line["who"] == "bot"]
        assert told in shown[-1]
    with home.db.read() as session:
        assert [visit.person for visit in session.exec(select(Visit))] == [mai]
        assert seats.asked_for(session, [1]) == {1: 1}
    everything = " ".join(line["text"] for line in sandbox.phone(lan) if line["who"] == "bot")
    assert "Mai" not in everything
    sandbox.type_text(lan, "/viec", bot="staff")
    await office()
    assert "Việc bạn đang giữ" in said(sandbox, lan)


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


# --- Alarms ---------------------------------------------------------------------------------------


def troubles(home):
    """Everything at once: a ticket too old, a campaign to approve, a lane and a token, unknowns, failures."""
    now, day = home.now(), home.now().date()

    def write(session):
        contact = service.contact_of(session, home, "telegram", "telegram:main", "9", now - timedelta(days=5))
        service.take_turn(session, home, contact, Input("text", text="cho tôi gặp cán bộ, tôi tên Mai"), now)
        session.exec(select(Ticket)).one().opened_at = now - timedelta(days=5)
        fields = {
            "commune": "22945", "segment": "nq418-ready", "channels": ["zalo"], "steps": [{"message": "first"}],
            "starts_on": day, "ends_on": day + timedelta(days=14), "author": "lan", "created_at": now,
        }  # fmt: skip
        session.add(Campaign(name="Đợt chờ", submitted_at=now, submitted_by="lan", **fields))
        running = Campaign(name="Đợt chạy", state="running", **fields)
        session.add(running)
        session.flush()
        for step in range(1, alarms.ENOUGH + 1):
            row = Delivery(campaign=running.id, step=step, person=1, state="unknown", lane="zalo:main", changed_at=now)
            session.add(row)
            session.flush()
            session.add(Attempt(delivery=row.id, channel="zalo", lane="zalo:main", at=now, result="failed"))
        lanes.alarm(session, "zbs:main", "billing")
        ended = now - alarms.OVERDUE
        session.add(OAuthToken(lane="zalo:main", sealed=b"x", expires_at=ended, renewed_at=now - timedelta(days=1)))

    home.db.write(write)


def mend(home):
    now = home.now()

    def write(session):
        tickets.take(session, 1, "lan", now)
        session.get_one(Campaign, 1).submitted_at = None
        for row in session.exec(select(Delivery)):
            row.state = "accepted"
        for row in session.exec(select(Attempt)):
            row.result = "accepted"
        lanes.calm(session, "zbs:main", "billing")
        session.exec(select(OAuthToken)).one().expires_at = now + timedelta(days=1)

    home.db.write(write)


async def test_zalos_token_alarms_nobody_at_set_up_and_once_when_it_is_dead(wired, sandbox, office, clock):
    home = wired
    lan = await linked(home, sandbox, office, "lan")
    lines = Transport()
    tokens = Tokens(home, lines)
    sandbox.fault("drop_before", "oauth")  # the first pair is not there yet
    await tokens.access()
    await alarms.tell(home)
    assert alarmed(sandbox, lan) == []
    clock.advance(alarms.OVERDUE)
    await alarms.tell(home)
    (text,) = alarmed(sandbox, lan)
    assert "chưa gia hạn được" in text
    await tokens.access()
    await alarms.tell(home)
    assert "Đã ổn" in alarmed(sandbox, lan)[-1]
    sandbox.fault("code", "oauth", code=-14014)
    await tokens.access(stale=str(await tokens.access()))
    await lines.close()
    for _ in range(2):
        await alarms.tell(home)
    assert ["cần nối lại tài khoản" in text for text in alarmed(sandbox, lan)] == [False, False, True]


def alarmed(sandbox, uid):
    return [line["text"] for line in sandbox.phone(uid) if line["who"] == "bot"][1:]  # after the greeting


async def test_staff_are_alarmed_once_a_cause_and_told_of_its_end(wired, sandbox, office):
    home = wired
    lan, hung = await linked(home, sandbox, office, "lan"), await linked(home, sandbox, office, "hung")
    await alarms.tell(home)
    assert alarmed(sandbox, lan) == []
    troubles(home)
    for _ in range(3):
        await alarms.tell(home)
    told = "\n".join(alarmed(sandbox, hung))
    assert len(alarmed(sandbox, hung)) == 6
    for words in ("Việc số 1 (Xin gặp cán bộ) đã chờ quá hẹn", "Đợt số 1 đang chờ người thứ hai", "hết tiền",
                  "khóa truy cập đã hết hạn", "Đợt số 2: 20 tin chưa rõ", "20/20 tin không gửi được"):  # fmt: skip
        assert words in told
    assert "Mai" not in told
    assert "gặp cán bộ, tôi" not in told
    assert len(alarmed(sandbox, lan)) == 5  # the author approves nothing of her own
    mend(home)
    for _ in range(2):
        await alarms.tell(home)
    assert len([text for text in alarmed(sandbox, hung) if text.startswith("Đã ổn")]) == 6
    assert len(alarmed(sandbox, hung)) == 12


async def test_an_officer_of_another_commune_hears_nothing_of_a_ticket_or_a_campaign(wired, sandbox, office):
    home = wired
    home.db.write(lambda s: add_staff(s, "xa", "xa", "approver", "22918", "mat-khau-dai-1", home.now()))
    uid = await linked(home, sandbox, office, "xa")
    troubles(home)
    await alarms.tell(home)
    assert not [text for text in alarmed(sandbox, uid) if "số" in text]
    assert [text for text in alarmed(sandbox, uid) if "Kênh" in text]


async def test_an_alarm_is_written_down_before_it_leaves_and_comes_again_only_if_nothing_left(wired, sandbox, office):
    home = wired
    await linked(home, sandbox, office, "hung")
    troubles(home)
    first = home.db.write(lambda s: alarms.letters_of(s, home, home.now(), alarms.causes(s, home.now())))
    assert len(first) == 6
    assert (
        home.db.write(lambda s: alarms.letters_of(s, home, home.now(), alarms.causes(s, home.now()))) == []
    )  # the process died with them
    home.db.write(lambda s: alarms._untold(s, first[0], home.now()))  # this one surely did not leave
    again = home.db.write(lambda s: alarms.letters_of(s, home, home.now(), alarms.causes(s, home.now())))
    assert [letter.cause for letter in again] == [first[0].cause]


async def test_a_campaign_that_stands_still_is_told_to_its_commune(wired, sandbox, office):
    home = wired
    await linked(home, sandbox, office, "hung")
    troubles(home)

    def stands_still():
        with home.db.read() as session:
            return [c.commune for key, c in alarms.causes(session, home.now()).items() if key.startswith("still:")]

    assert stands_still() == []

    def wait_long(session):
        row = session.exec(select(Delivery)).first()
        row.state, row.due_at = "due", home.now() - timedelta(minutes=11)

    home.db.write(wait_long)
    assert stands_still() == ["22945"]
    assert alarms._ending("still:2") == "Đã ổn: Đợt số 2 đã chạy tiếp."


def test_a_ticket_is_overdue_after_the_next_working_day(clock):
    friday = clock() + timedelta(days=4)
    assert promised_by(friday) == datetime(2026, 11, 30, 16, 30, tzinfo=VIETNAM)
    assert promised_by(friday, "data") == datetime(2026, 12, 1, 16, 30, tzinfo=VIETNAM)
