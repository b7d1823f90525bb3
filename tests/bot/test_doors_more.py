"""Pictures, readings, the Zalo Bot, and phones that nobody vouches for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot import tickets
from bot.citizen.zalo_bot import ZaloBotDoor
from bot.tables import Ticket
from channels import gate, lanes
from channels.files import picture_of, voice_of, voice_path
from channels.senders import build_senders
from channels.transport import Transport
from channels.zalo_bot import poll
from channels.zalo_bot.client import ZaloBotClient
from content.message import Message
from content.screens import described, picture
from register import contacts
from register.tables import Contact, PersonContact

PNG = b"\x89PNG\r\n" + b"0" * 500


def put_picture(home, name="asxh-1"):
    folder = home.path / "pictures"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.png").write_bytes(PNG)


def put_reading(home, text):
    path = voice_path(home, text)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"mp3" * 99)


async def at_first_step(town, channel, name="A"):
    uid = town.sandbox.add_user(channel, name)
    town.sandbox.telegram_start(uid) if channel == "telegram" else town.sandbox.follow(uid)
    await town.settle()
    for button in ("guide.start", "who.self"):
        town.sandbox.press(uid, button)
        await town.settle()
    return uid


# --- pictures and readings --------------------------------------------------------------------------


async def test_a_picture_goes_up_once_to_telegram_and_the_words_stand_under_it(town):
    put_picture(town.home)
    for name in "ABC":
        uid = await at_first_step(town, "telegram", name)
        shown = town.said(uid)[-1]
        assert "Bước 1" in shown["text"]
        assert shown["buttons"]
    assert [arrival["route"] for arrival in town.sandbox.arrivals()].count("sendPhoto") == 3
    assert len(town.sandbox.telegram.bots["main"].files) == 1


async def test_a_picture_that_telegram_forgot_goes_up_again(town):
    put_picture(town.home)
    await at_first_step(town, "telegram")
    town.sandbox.telegram.bots["main"].files.clear()
    uid = await at_first_step(town, "telegram", "B")
    assert "Bước 1" in town.said(uid)[-1]["text"]
    assert len(town.sandbox.telegram.bots["main"].files) == 1


async def test_a_reading_comes_before_the_words_and_goes_up_once(town):
    first = await at_first_step(town, "telegram")
    put_reading(town.home, town.said(first)[-1]["text"])
    for name in "BC":
        uid = await at_first_step(town, "telegram", name)
        assert [line["kind"] for line in town.said(uid)[-2:]] == ["media", "text"]
    assert len(town.sandbox.telegram.bots["main"].files) == 1


async def test_a_picture_goes_up_once_to_zalo_and_again_after_seven_days(town, clock):
    put_picture(town.home)
    assets = town.sandbox.zalo.assets
    for name in "AB":
        uid = await at_first_step(town, "zalo", name)
        assert [line["kind"] for line in town.said(uid)[-2:]] == ["media", "text"]
        assert town.said(uid)[-1]["buttons"]
    assert len(assets.until) == 1
    clock.advance(timedelta(days=8))
    await at_first_step(town, "zalo", "C")
    assert len(assets.until) == 2


async def test_a_picture_that_zalo_lost_early_goes_up_again(town):
    put_picture(town.home)
    await at_first_step(town, "zalo")
    assets = town.sandbox.zalo.assets
    for number in assets.until:
        assets.until[number] = town.home.now()  # -100 attachment_id was expired
    uid = await at_first_step(town, "zalo", "B")
    assert [line["kind"] for line in town.said(uid)[-2:]] == ["media", "text"]
    assert len(assets.until) == 2


async def test_words_go_on_when_zalo_takes_no_picture(town):
    put_picture(town.home)
    (town.home.path / "pictures" / "asxh-1.png").write_bytes(b"no picture")
    uid = await at_first_step(town, "zalo")
    assert "Bước 1" in town.said(uid)[-1]["text"]


@pytest.mark.parametrize("channel", ["telegram", "zalo"])
async def test_the_drawn_screen_of_a_step_is_what_the_phone_shows(town, channel):
    folder = town.home.path / "pictures"
    folder.mkdir()
    for name in ("asxh-1", "asxh-2"):
        (folder / f"{name}.png").write_bytes(picture(name))
    uid = await at_first_step(town, channel)
    town.sandbox.press(uid, "guide.next")
    await town.settle()
    shown = [line["file"] for line in town.said(uid) if line["shows"] == "picture"]
    assert [town.sandbox.world.files[file] for file in shown] == [picture("asxh-1"), picture("asxh-2")]


async def test_a_reading_by_a_person_goes_before_a_made_one_and_another_language_falls_back(home):
    said = Message("Bước 1.", voice=True, reading="asxh.open")
    put_reading(home, said.text)
    made = voice_of(home, said)
    for language in ("vi", "khm"):
        assert voice_of(home, replace(said, language=language)) == made  # nobody has read it yet
    for language, name in (("vi", "asxh.open.ogg"), ("khm", "asxh.open.mp3"), ("khm", "asxh.menu.mp3")):
        (home.path / "voices" / language).mkdir(exist_ok=True)
        (home.path / "voices" / language / name).write_bytes(b"a person")
    assert voice_of(home, said).name == "asxh.open.ogg"
    assert voice_of(home, replace(said, language="khm")).parent.name == "khm"
    assert voice_of(home, replace(said, language="tay")).parent.name == "vi"
    assert voice_of(home, said, (".aac",)) is None
    assert voice_of(home, replace(said, voice=False)) is None


def test_a_home_without_pictures_sends_none(home):
    assert picture_of(home, "asxh-1") is None
    assert picture_of(home, "") is None


# --- a phone that nobody vouches for ----------------------------------------------------------------


async def test_a_phone_typed_into_zalos_form_links_nobody_and_tells_nothing(town, mai):
    home, sandbox = town.home, town.sandbox

    def listed(session):
        phone = contacts.contact_for(session, home, "phone", "phone", "0912345678", home.now())
        contacts.link(session, mai, phone.id, "unknown", home.now())

    home.db.write(listed)
    answers = []
    for given in ("84912345678", "84912345679"):  # one in the list, one not
        uid = sandbox.add_user("zalo", "X")
        sandbox.follow(uid)
        await town.settle()
        sandbox.submit_info(uid, given)
        await town.settle()
        answers.append(town.said(uid)[-1]["text"])
    assert answers[0] == answers[1]
    with home.db.read() as session:
        assert len(session.exec(select(PersonContact)).all()) == 1
        kept = session.exec(select(Ticket).where(Ticket.kind == "phone").order_by(Ticket.id)).all()
        assert [tickets.notes_of(home, ticket)[0].text for ticket in kept] == ["0912345678", "0912345679"]


# --- the Zalo Bot ------------------------------------------------------------------------------------


@pytest.fixture
async def bot(town):
    """The Zalo Bot's client, with its door among the town's."""
    transport = Transport(answer_timeout_s=5)
    sender = build_senders(town.home, transport)["zalo_bot:main"]
    town.doors["zalo_bot"] = ZaloBotDoor(town.home, sender)
    settings = town.home.settings
    yield ZaloBotClient(transport, settings.zalo_bot_base, settings.zalo_bot_token.get_secret_value())
    await transport.close()


async def poll_and_settle(town, bot):
    while not town.sandbox.zalo_bot._events.empty():
        assert await poll.poll_once(bot, town.inbox, 0)
    await town.settle()


async def test_the_zalo_bot_is_told_where_picture_and_reading_are(town, bot):
    home, uid = town.home, town.sandbox.add_user("zalo_bot", "A")
    home.settings = home.settings.model_copy(update={"public_url": "https://tungnha.example.vn"})
    put_picture(home)
    (home.path / "voices" / "vi").mkdir(parents=True)
    (home.path / "voices" / "vi" / "asxh.open.aac").write_bytes(b"aac")
    for text in ("bắt đầu", "tôi tự làm"):
        town.sandbox.type_text(uid, text)
        await poll_and_settle(town, bot)
    assert [(line["file"], line["text"].split("\n")[0]) for line in town.said(uid)[-3:]] == [
        ("https://tungnha.example.vn/tep/nghe/vi/asxh.open.aac", "[voice_url]"),
        ("https://tungnha.example.vn/tep/hinh/asxh-1.png", described("asxh-1")),
        ("", "Bước 1 trên 8. Ông/bà mở ứng dụng VNeID rồi đăng nhập."),
    ]


async def test_the_zalo_bot_talks_by_polling_and_titles_of_buttons_may_be_typed(town, bot, mai):
    home, sandbox = town.home, town.sandbox
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai, home.now()))
    uid = sandbox.add_user("zalo_bot", "Mai")
    for text in (code, "Tôi tự làm", *["xong, bước tiếp"] * 7, "Tôi làm xong rồi", "Đã thành công"):
        sandbox.type_text(uid, text)
        await poll_and_settle(town, bot)
    assert "làm xong" in town.said(uid)[-1]["text"]


async def test_the_zalo_bot_talks_by_webhook(town, bot):
    base = town.sandbox.zalo.app.hook.url.removesuffix("/hooks/zalo/main")
    await bot.set_webhook(f"{base}/hooks/zalo-bot/main", town.home.settings.zalo_bot_webhook_secret.get_secret_value())
    uid = town.sandbox.add_user("zalo_bot", "Mai")
    town.sandbox.type_text(uid, "mã otp là 482913")
    await town.settle()
    assert "xóa" in town.said(uid)[-1]["text"] or "Thu hồi" in town.said(uid)[-1]["text"]


async def test_nothing_to_poll_is_no_trouble_and_a_wrong_token_is(town, bot):
    assert await poll.poll_once(bot, town.inbox, 0)
    wrong = ZaloBotClient(bot._transport, town.home.settings.zalo_bot_base, "1:wrong")
    assert not await poll.poll_once(wrong, town.inbox, 0)


async def test_a_picture_to_the_zalo_bot_is_not_looked_at_and_groups_are_not_answered(town, bot):
    uid = town.sandbox.add_user("zalo_bot", "Mai")
    town.sandbox.send_media(uid)
    await poll_and_settle(town, bot)
    assert "không xem được ảnh" in town.said(uid)[-1]["text"]
    before = len(town.said(uid))
    group = {"from": {"id": uid}, "chat": {"id": "g1", "chat_type": "GROUP"}, "message_id": "m", "text": "chào"}
    await town.doors["zalo_bot"].feed({"result": {"message": group, "event_name": "message.text.received"}})
    assert len(town.said(uid)) == before


async def test_an_answer_that_the_zalo_bots_user_refuses_marks_the_contact(town, bot):
    uid = town.sandbox.add_user("zalo_bot", "Mai")
    town.sandbox.type_text(uid, "chào")
    town.sandbox.block(uid)
    await poll_and_settle(town, bot)
    with town.home.db.read() as session:
        from register.tables import Contact

        assert session.exec(select(Contact)).one().blocked_at is not None


# --- echoes --------------------------------------------------------------------------------------------


async def test_echoes_of_our_own_words_are_not_heard(town):
    uid = await at_first_step(town, "zalo")
    said = len(town.said(uid))
    for _ in range(3):
        await town.settle()
    assert len(town.said(uid)) == said
    with town.home.db.read() as session:
        from register.tables import Contact

        assert len(session.exec(select(Contact)).all()) == 1  # the account itself became no contact


# --- a lane that has to rest ------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["telegram", "zalo"])
async def test_a_long_rest_keeps_the_answer_and_stop_works_all_the_same(town, clock, channel, monkeypatch):
    monkeypatch.setattr(gate, "LOOK_S", 0)  # what another process holds up is seen at once
    uid = await at_first_step(town, channel)
    before = len(town.said(uid))
    town.home.db.write(lambda s: lanes.hold(s, f"{channel}:main", clock() + timedelta(minutes=5)))
    town.sandbox.type_text(uid, "dừng")
    await town.settle()
    assert len(town.said(uid)) == before
    with town.home.db.read() as session:
        assert session.exec(select(Contact.stopped_at).where(Contact.channel == channel)).one() is not None
    clock.advance(timedelta(minutes=5))
    await town.settle()
    assert len(town.said(uid)) == before + 1
    await town.settle()
    assert len(town.said(uid)) == before + 1


async def test_a_night_that_holds_a_campaign_keeps_no_answer_back(town, clock):
    uid = await at_first_step(town, "zalo")
    before = len(town.said(uid))
    town.home.db.write(lambda s: lanes.hold(s, "zalo:main", clock() + timedelta(hours=9), replies=False))
    town.sandbox.press(uid, "guide.next")
    await town.settle()
    assert len(town.said(uid)) > before


async def test_an_answer_that_met_a_long_flood_comes_afterwards(town, clock):
    uid = await at_first_step(town, "telegram")
    before = len(town.said(uid))
    town.sandbox.fault("429", "telegram", seconds=600)
    town.sandbox.press(uid, "guide.next")
    await town.settle()
    assert len(town.said(uid)) == before
    clock.advance(timedelta(minutes=10))
    await town.settle()
    assert len(town.said(uid)) > before


async def test_an_answer_beyond_zalos_quota_waits_for_the_next_day_and_the_campaign_alone_is_held(town, clock):
    uid = await at_first_step(town, "zalo")
    before = len(town.said(uid))
    town.sandbox.fault("code", "zalo", code=-211)
    town.sandbox.press(uid, "guide.next")
    await town.settle()
    assert len(town.said(uid)) == before
    with town.home.db.read() as session:
        assert lanes.resting_until(session, "zalo:main", clock()) is None
    clock.advance(timedelta(hours=17))
    await town.settle()
    assert len(town.said(uid)) > before
