"""The web chat's door: the same talk as on every other channel, kept sealed, and gone when it is to go."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlmodel import select

from bot import tickets
from bot.citizen.web import KEPT_LINES, WebDoor, WebSender, address_of
from bot.golden import play
from bot.state import Input
from bot.tables import Conversation, Ticket
from channels.outcome import Accepted, Refused
from content.message import Message
from register import contacts
from register.retention import let_go
from register.rotation import rotate_keys
from register.tables import Contact, PersonContact
from register.units import set_setting

HERE, TOKEN = "22945", "t" * 43
FOLDER = Path(__file__).parent / "conversations"
# Nobody is linked in these, and nothing in them is a matter of hours.
GOLDEN = [
    "02_typed_without_accents", "04_had_it_before", "05_already_but_pending", "06_level_one",
    "07_mismatch_at_the_bank", "08_stop_any_spelling", "11_afraid_of_scams", "12_types_a_code", "13_scam_call",
    "16_erase_me", "17_not_understood", "21_no_bank_account",
]  # fmt: skip


@pytest.fixture
def door(home):
    def settle(session):
        set_setting(session, HERE, "landline", "0252 3821 234")
        set_setting(session, HERE, "hamlet_head", "trưởng khu phố")

    home.db.write(settle)
    return WebDoor(home)


def said(home):
    with home.db.read() as session:
        return list(session.exec(select(Conversation)))


async def type_in(door, *texts, token=TOKEN):
    for number, text in enumerate(texts):
        before = (await door.look(HERE, token)).said
        await door.turn(HERE, token, Input("text", text=text), f"{number}-{before}")
    return await door.look(HERE, token)


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", GOLDEN)
async def test_a_golden_conversation_reads_the_same_on_the_page(home, door, name):
    """The files hold what the engine says; the page greets first, as Zalo and Telegram do."""
    talk = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    turns = play(talk | {"scene": talk.get("scene", {}) | {"channel": "web"}})
    for number, told in enumerate(turns):
        before = (await door.look(HERE, TOKEN)).said
        inp = Input("button", button=told["press"]) if "press" in told else Input("text", text=told["say"])
        await door.turn(HERE, TOKEN, inp, str(number))
        fresh = [line for line in (await door.look(HERE, TOKEN)).lines if line.number > before]
        answers = [line for line in fresh if line.who == "bot"]
        answers = answers[1:] if number == 0 else answers
        assert [line.text for line in answers] == told["says"], number
        assert [button for line in answers for button, _ in line.buttons] == told["buttons"], number


async def test_the_same_form_twice_is_one_turn(home, door):
    for _ in range(2):
        await door.turn(HERE, TOKEN, Input("button", button="guide.start"), "same")
    assert [line.text for line in (await door.look(HERE, TOKEN)).lines if line.who == "citizen"] == ["Bắt đầu"]


async def test_whoever_looks_leaves_no_trace(home, door):
    assert (await door.look(HERE, TOKEN)).said == 0
    with home.db.read() as session:
        assert session.exec(select(Contact)).all() == []


async def test_a_code_links_and_nobody_is_named_before_it_is_known_who_holds_the_phone(home, door, mai):
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai, home.now()))
    stranger = await type_in(door, "bắt đầu", "tôi là Nguyễn Thị Mai", token="s" * 43)
    chat = await type_in(door, code)
    assert "Mai" not in "".join(line.text for line in (*stranger.lines, *chat.lines) if line.who == "bot")
    with home.db.read() as session:
        assert [link.person for link in session.exec(select(PersonContact))] == [mai]
    await door.turn(HERE, TOKEN, Input("button", button="who.self"), "who")
    assert "bà mở ứng dụng" in (await door.look(HERE, TOKEN)).lines[-1].text


async def test_a_wrong_code_is_told_to_whoever_counts_them(home, door):
    assert await door.turn(HERE, TOKEN, Input("text", text="ABCD-EF23"), "1") is True
    assert await door.turn(HERE, TOKEN, Input("text", text="bắt đầu"), "2") is False
    assert await door.turn(HERE, TOKEN, Input("text", text="ABCD-EF24"), "3") is True


async def test_a_secret_is_on_no_page_and_in_no_file(home, door):
    chat = await type_in(door, "mã otp là 482913 mk la hoalan77")
    assert "[đã xóa]" in chat.lines[1].text
    assert "482913" not in str(chat)
    assert "dừng tay" in chat.lines[-1].text
    if home.db.is_sqlite:
        for file in home.path.rglob("*"):
            kept = file.read_bytes() if file.is_file() else b""
            assert b"482913" not in kept
            assert b"hoalan77" not in kept


async def test_what_was_said_is_sealed(home, door):
    await type_in(door, "tôi ở cạnh đình làng")
    if home.db.is_sqlite:
        for file in home.path.rglob("*"):
            assert not file.is_file() or "đình làng".encode() not in file.read_bytes()


async def test_the_page_stays_light(home, door):
    for number in range(KEPT_LINES):
        await door.turn(HERE, TOKEN, Input("button", button="ask.fee"), str(number))
    chat = await door.look(HERE, TOKEN)
    assert (len(chat.lines), chat.said) == (KEPT_LINES, 2 * KEPT_LINES + 1)


async def test_a_ticket_belongs_to_the_page_s_commune_and_its_answer_comes_onto_the_page(home, door):
    await type_in(door, "cho tôi gặp cán bộ")
    with home.db.read() as session:
        ticket = session.exec(select(Ticket)).one()
        assert (ticket.commune, ticket.person) == (HERE, None)
        address = contacts.address_of(home, session.get_one(Contact, ticket.contact))
    assert address == address_of(HERE, TOKEN)
    answer = Message("Cán bộ trả lời:\nMời bà đến Trung tâm.")
    assert isinstance(await WebSender(home).send(address, answer), Accepted)
    assert (await door.look(HERE, TOKEN)).lines[-1].text == answer.text
    assert isinstance(await WebSender(home).send(address_of("22918", TOKEN), answer), Refused)


async def test_forgetting_takes_all_of_it_and_leaves_a_stop_standing(home, door, mai, hai):
    for person, token, last in ((mai, TOKEN, "cho tôi gặp cán bộ"), (hai, "h" * 43, "dừng")):
        code = home.db.write(lambda s, person=person: contacts.make_link_code(s, home, person, home.now()))
        await type_in(door, code, "tôi tự làm", last, token=token)
        await door.forget(HERE, token)
        assert (await door.look(HERE, token)).said == 0
    assert said(home) == []
    with home.db.read() as session:
        assert [link.person for link in session.exec(select(PersonContact))] == [hai]
        assert session.exec(contacts.opted_out()).all() == [hai]
        assert [contact.sealed for contact in session.exec(select(Contact))] == [None, None]
        asked = session.exec(select(Ticket)).one()
        assert (asked.sealed, asked.closed_at) == (None, None)  # who it is about is known: an officer can still come
    assert await door.forget(HERE, "x" * 43) is None


async def test_a_request_of_somebody_unknown_ends_with_the_chat(home, door):
    await type_in(door, "cho tôi gặp cán bộ")
    await door.forget(HERE, TOKEN)
    with home.db.read() as session:
        assert tickets.open_tickets(session) == []


async def test_keys_are_changed_and_time_runs_out_as_for_every_chat(home, door, clock):
    await type_in(door, "bắt đầu")
    rotate_keys(home, home.now())
    assert (await door.look(HERE, TOKEN)).lines[1].text == "bắt đầu"
    clock.advance(timedelta(days=91))
    let_go(home, home.now())
    assert said(home) == []
    assert (await door.look(HERE, TOKEN)).said == 0
