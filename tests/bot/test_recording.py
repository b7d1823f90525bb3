"""A chat on a phone becomes a golden conversation: the whole round, and nobody can be found in the file."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml
from sqlmodel import select

from bot import recording, service
from bot.citizen.web import WebDoor
from bot.golden import play, written
from bot.state import Input
from bot.tables import Conversation
from register import contacts
from register.errors import BadInput
from register.tables import AuditEvent, Contact

SAID = (
    "tôi tên Nguyễn Thị Mai, ở số nhà 12, gọi tôi 0912 345 678", "bắt đầu", "toi tu lam", "xong rồi",
    "bà Mai chưa bấm được", "mã otp là 482913", "nguyen thi mai day, có mất tiền không", "#guide.stuck",
    "cho tôi gặp cán bộ", "chú Hùng con ông Lê Văn Tám ở gần đây", "dừng",
)  # fmt: skip


@pytest.mark.parametrize("channel", ["telegram", "zalo"])
async def test_a_chat_through_a_door_is_exported_and_replays_as_it_was(town, mai, clock, channel):
    home, sandbox = town.home, town.sandbox
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai, home.now()))
    uid = sandbox.add_user(channel, "Mai", "84912345678")
    sandbox.telegram_start(uid, code) if channel == "telegram" else sandbox.follow(uid)
    await town.settle()
    if channel == "zalo":
        sandbox.type_text(uid, code)
        await town.settle()
    for said in SAID:
        clock.advance(timedelta(minutes=10))
        sandbox.press(uid, said[1:]) if said.startswith("#") else sandbox.type_text(uid, said)
        await town.settle()
    with home.db.read() as session:
        contact = session.exec(select(Contact).where(Contact.channel == channel)).one().id
    text = home.db.write(lambda s: recording.export(s, home, contact, "owner", home.now()))

    talk = yaml.safe_load(text)
    assert play(talk) == talk["turns"]  # what tests/bot/test_conversations.py asks of every file
    assert written(talk) == text
    assert "hiểu khác" not in talk["name"]
    shown = [line["text"] for line in town.said(uid)]
    told = [said for turn in talk["turns"] for said in turn["says"]]
    same = [a == b for a, b in zip(shown, told, strict=True)]
    assert same.count(False) <= 4  # the texts that name the commune's office, its centre and phone
    for secret in ("482913", "0912", "345 678", "Hùng", "Tám", "số nhà 12", code, uid, "Nguyễn Thị Mai, ở số"):
        assert secret not in text.replace("Nguyễn Thị Mai, ở số nhà 1,", "")
    with home.db.read() as session:
        assert session.exec(select(AuditEvent).where(AuditEvent.action == "chat_exported")).one().actor == "owner"


async def test_a_web_chat_is_exported_too_and_its_page_still_shows_its_lines(home, mai):
    door = WebDoor(home)
    for number, said in enumerate(("bắt đầu", "mã otp là 482913", "tôi tên Nguyễn Thị Mai")):
        await door.turn("22945", "token", Input("text", text=said), f"form{number}")
    await door.turn("22945", "token", Input("button", button="who.self"), "form4")
    with home.db.read() as session:
        contact = session.exec(select(Contact).where(Contact.channel == "web")).one().id
    text = home.db.write(lambda s: recording.export(s, home, contact, "owner", home.now()))
    talk = yaml.safe_load(text)
    assert play(talk) == talk["turns"]
    assert [turn.get("say") or turn.get("press") or turn["send"] for turn in talk["turns"]] == [
        "start", "bắt đầu", "mã otp là [đã xóa]", "tôi tên Mai", "who.self",
    ]  # fmt: skip
    page = await door.look("22945", "token")
    assert [line.text for line in page.lines if line.who == "citizen"] == ["bắt đầu", "mã otp là [đã xóa]",
        "tôi tên Nguyễn Thị Mai", "Người nhận"]  # fmt: skip


def test_the_record_lies_sealed_and_goes_with_the_conversation(home, mai):
    contact = home.db.write(lambda s: service.contact_of(s, home, "telegram", "telegram:main", "7", home.now()))
    say = Input("text", text="con gà nhà bà bỏ ăn")
    home.db.write(lambda s: service.take_turn(s, home, contact, say, home.now()))
    with home.db.read() as session:
        sealed = session.get_one(Conversation, contact).sealed
    assert "gà".encode() not in sealed
    home.db.write(lambda s: service.withdraw(s, home, "telegram", "telegram:main", "7", home.now()))
    with pytest.raises(BadInput, match="không còn bản ghi"):
        home.db.write(lambda s: recording.export(s, home, contact, "owner", home.now()))


def test_a_long_chat_is_recorded_from_where_it_stood(home):
    contact = home.db.write(lambda s: service.contact_of(s, home, "telegram", "telegram:main", "7", home.now()))
    for button in ("guide.start", "who.self", *["guide.next"] * (recording.TURNS - 4), *["guide.repeat"] * 6):
        home.db.write(lambda s, b=button: service.take_turn(s, home, contact, Input("button", button=b), home.now()))
    talk = yaml.safe_load(home.db.write(lambda s: recording.export(s, home, contact, "owner", home.now())))
    assert len(talk["turns"]) < recording.TURNS
    assert talk["begins"]["guide"] == "asxh"
    assert play(talk) == talk["turns"]
    assert "hiểu khác" not in talk["name"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("tui tên Phan Văn Đực", "tui tên Mai"),
        ("ba la Tran Thi Hoa o ap 3", "ba la Nguyễn Thị Mai o ap 3"),
        ("hoa quả nhà bà Hoa", "hoa quả nhà bà Mai"),
        ("tên gì vậy", "tên gì vậy"),
        ("mã ABCD-2345 đây", "mã ABCD-EFGH đây"),
        ("gọi 0912.345.678 nhé", "gọi 0900000000 nhé"),
        ("VNEID BÁO LỖI HOÀI", "VNEID BÁO LỖI HOÀI"),
    ],
)
def test_what_tells_who_somebody_is_becomes_invented(said, kept):
    assert recording.Hiding(["TRẦN THỊ HOA"]).text(said) == kept
