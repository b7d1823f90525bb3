"""What a conversation does to the register, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from bot import service, tickets
from bot.state import Input
from bot.tables import Conversation, Ticket
from campaigns.tables import Campaign, Delivery
from register import contacts
from register.erase import erase
from register.errors import BadInput
from register.facts import by_evidence
from register.home import Clock, Home
from register.tables import Contact, PersonContact, Standing


def chat(home: Home, address: str = "77") -> int:
    return home.db.write(lambda s: service.contact_of(s, home, "telegram", "telegram:main", address, home.now()))


def link(home: Home, person: int, contact: int, relation: str = "unknown") -> None:
    home.db.write(lambda s: contacts.link(s, person, contact, relation, home.now()))


def hear(home: Home, contact: int, inp: Input, now: datetime, event: str = "") -> list:
    return home.db.write(lambda s: service.take_turn(s, home, contact, inp, now, event))


async def say(home: Home, contact: int, *texts: str) -> list:
    answers = []
    for text in texts:
        kind = Input("button", button=text[1:]) if text.startswith("#") else Input("text", text=text)
        answers = hear(home, contact, kind, home.now())
    return answers


DONE = ("#guide.start", "#who.self", *["#guide.next"] * 7, "#guide.done", "#check.ok")


async def test_finishing_the_guide_is_a_claim_of_the_person(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    answers = await say(home, contact, *DONE)
    assert "đã ghi" in answers[-1].text
    with home.db.read() as session:
        value = by_evidence(session, "asxh_account")[mai]["self"]
        assert (value.value, value.since) == ("yes", "during")
        standing = session.get_one(Standing, mai)
        assert standing.asxh_account == "yes"
        assert session.get_one(PersonContact, (mai, contact)).relation == "self"


async def test_had_before_is_kept_apart_from_done_now(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "tôi làm rồi", "#check.ok", "#since.before")
    with home.db.read() as session:
        assert by_evidence(session, "asxh_account")[mai]["self"].since == "before"


@pytest.mark.parametrize(
    ("typed", "value", "kinds"), [("rồi, nhận đủ rồi", "yes", []), ("chưa con ơi", "no", ["receipt"])]
)
async def test_whom_a_campaign_asks_tells_whether_the_money_arrived(home, mai, typed, value, kinds) -> None:
    contact, today = chat(home), home.now().date()
    link(home, mai, contact, "self")
    await say(home, contact, "rồi")
    with home.db.read() as session:  # nobody has asked yet
        assert by_evidence(session, "receipt_confirmed") == {}

    def asks(session):
        campaign = Campaign(
            commune="22945", name="Tiền đến tay chưa", segment="delegated", goal="receipt_confirmed", state="running",
            channels=["telegram"], steps=[{"message": "first-receipt"}], starts_on=today, ends_on=today, author="lan",
            created_at=home.now(),
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        session.add(
            Delivery(campaign=campaign.id, step=1, person=mai, contact=contact, state="accepted", changed_at=home.now())
        )
        session.get_one(Conversation, contact).state = {}

    home.db.write(asks)
    await say(home, contact, typed)
    with home.db.read() as session:
        assert by_evidence(session, "receipt_confirmed")[mai]["self"].value == value
        assert [ticket.kind for ticket in tickets.open_tickets(session)] == kinds


async def test_an_unlinked_chat_claims_nothing_for_anybody(home: Home, mai: int) -> None:
    answers = await say(home, chat(home), *DONE)
    assert "chưa biết" in answers[-1].text
    with home.db.read() as session:
        assert by_evidence(session, "asxh_account") == {}


async def test_a_shared_phone_asks_an_officer_whose_claim_it_is(home: Home, mai: int, hai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    link(home, hai, contact)
    await say(home, contact, *DONE)
    with home.db.read() as session:
        assert by_evidence(session, "asxh_account") == {}
        assert [t.kind for t in tickets.open_tickets(session)] == ["claim"]


async def test_nobody_is_named_before_it_is_known_who_holds_the_phone(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    before = await say(home, contact, "xin chào", "#guide.start")
    after = await say(home, contact, "#who.self")
    assert "Mai" not in before[-1].text + after[-1].text
    assert "Bà mở" in (await say(home, contact, "nhắc lại"))[-1].text


async def test_a_link_code_links_once(home: Home, mai: int) -> None:
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai, home.now()))
    first, second = chat(home, "1"), chat(home, "2")
    answers = hear(home, first, Input("start", text=f"/start {code}"), home.now())
    assert [m.buttons[0].id for m in answers if m.buttons] == ["who.self"]
    answers = hear(home, second, Input("text", text=code), home.now())
    assert "không đúng" in answers[0].text
    with home.db.read() as session:
        assert session.get(PersonContact, (mai, first)) is not None
        assert session.get(PersonContact, (mai, second)) is None


async def test_the_phone_of_the_list_links_its_chat(home: Home, mai: int) -> None:
    def listed(session) -> None:
        phone = contacts.contact_for(session, home, "phone", "phone", "0912345678", home.now())
        contacts.link(session, mai, phone.id, "unknown", home.now())

    home.db.write(listed)
    contact = chat(home)
    hear(home, contact, Input("contact", text="84912345678"), home.now())
    stranger = chat(home, "2")
    answers = hear(home, stranger, Input("contact", text="84900000000"), home.now())
    assert "chưa có trong danh sách" in answers[0].text
    with home.db.read() as session:
        assert session.get(PersonContact, (mai, contact)) is not None
        assert session.get(PersonContact, (mai, stranger)) is None


@pytest.mark.parametrize("words", ["dừng", "DUNG NHAN TIN", "thôi đừng nhắn nữa", "huỷ", "stop", "khỏi gửi nữa"])
async def test_stop_works_at_once_and_start_is_as_easy(home: Home, mai: int, words: str) -> None:
    contact = chat(home)
    link(home, mai, contact)
    answers = await say(home, contact, words)
    assert len(answers) == 1
    assert "không ảnh hưởng chế độ" in answers[0].text
    with home.db.read() as session:
        assert session.get_one(Contact, contact).stopped_at == home.now()
        assert session.execute(contacts.opted_out()).scalars().all() == [mai]
    await say(home, contact, "bắt đầu")
    with home.db.read() as session:
        assert session.execute(contacts.opted_out()).scalars().all() == []


async def test_the_wrong_phone_is_unlinked_and_left_alone(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "nhầm số rồi")
    with home.db.read() as session:
        assert session.get(PersonContact, (mai, contact)) is None
        assert session.get_one(Contact, contact).stopped_at is not None


async def test_a_campaign_does_not_interrupt_a_conversation(home: Home, mai: int) -> None:
    contact = chat(home)
    await say(home, contact, "#guide.start", "#who.self")
    with home.db.read() as session:
        row = session.get_one(Contact, contact)
        assert row.busy_until == home.now() + timedelta(minutes=30)
        assert row.last_inbound_at == home.now()
    await say(home, contact, "#guide.later")
    with home.db.read() as session:
        assert session.get_one(Contact, contact).busy_until is None


async def test_a_ticket_keeps_redacted_sealed_words_and_is_answered(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "cho tôi gặp cán bộ", "mai tôi ở nhà cả ngày")
    now = home.now()
    with home.db.read() as session:
        (ticket,) = tickets.open_tickets(session)
        assert (ticket.kind, ticket.person, ticket.commune) == ("human", mai, "22945")
        assert b"nh\xc3\xa0" not in (ticket.sealed or b"")
        assert [n.text for n in tickets.notes_of(home, ticket)] == ["cho tôi gặp cán bộ", "mai tôi ở nhà cả ngày"]
    home.db.write(lambda s: tickets.take(s, ticket.id, "lan", now))
    with pytest.raises(BadInput, match="người khác nhận"):
        home.db.write(lambda s: tickets.take(s, ticket.id, "hung", now))
    with pytest.raises(BadInput, match="đường link"):
        home.db.write(lambda s: tickets.answer(s, home, ticket.id, "bấm vneid.gov.vn nhé", "lan", now))
    message = home.db.write(lambda s: tickets.answer(s, home, ticket.id, "Sáng mai tôi đến ạ.", "lan", now))
    assert "Sáng mai tôi đến ạ." in message.text
    home.db.write(lambda s: tickets.close(s, ticket.id, "lan", now))
    with home.db.read() as session:
        assert tickets.open_tickets(session) == []
        assert tickets.waiting(session, "22945") == 0


async def test_withdrawing_erases_what_came_by_the_channel(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "cho tôi gặp cán bộ")
    home.db.write(lambda s: service.withdraw(s, home, "telegram", "telegram:main", "77", home.now()))
    with home.db.read() as session:
        row = session.get_one(Contact, contact)
        assert row.sealed is None
        assert row.stopped_at is not None
        assert session.get(Conversation, contact) is None
        assert session.exec(select(PersonContact)).all() == []
        assert all(t.sealed is None for t in session.exec(select(Ticket)))
        assert "data" in {t.kind for t in tickets.open_tickets(session)}


async def test_the_same_event_handed_over_again_moves_nothing_and_says_nothing(home: Home, mai: int) -> None:
    """After a crash between handling and forgetting, the inbox hands over its last event again."""
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "#guide.start", "#who.self")
    forward = Input("button", button="guide.next")
    assert hear(home, contact, forward, home.now(), "update-7")
    with home.db.read() as session:
        before = session.get_one(Conversation, contact).state
    assert hear(home, contact, forward, home.now(), "update-7") == []
    with home.db.read() as session:
        assert session.get_one(Conversation, contact).state == before
    assert hear(home, contact, forward, home.now(), "update-8")


async def test_an_erased_persons_conversation_is_forgotten(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "#guide.start")
    assert erase(home, mai, "lan", home.now()).ok
    with home.db.read() as session:
        assert session.get(Conversation, contact) is None


async def test_guessing_linking_codes_leads_nowhere(home: Home, mai: int, clock: Clock) -> None:
    """After five wrong codes a chat's codes are not looked at for a day: no right one is found by trying."""
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai, home.now()))
    guesser, reader = chat(home, "77"), chat(home, "78")
    for number in range(service.CODE_TRIES):
        hear(home, guesser, Input("start", text=f"/start ABCDEFG{number + 2}"), home.now())

    async def try_it(contact: int) -> list:
        hear(home, contact, Input("start", text=f"/start {code}"), home.now())
        with home.db.read() as session:
            return [person for person, _ in service.linked_persons(session, contact)]

    assert await try_it(guesser) == []
    clock.advance(timedelta(days=1, minutes=1))
    hear(home, guesser, Input("start", text="/start ABCDEFGH"), home.now())
    assert [person.id for person in await try_it(guesser)] == [mai]
    assert await try_it(reader) == []  # it was used: once is all


async def test_starting_again_undoes_no_stop_of_another_person_on_the_phone(home: Home, mai: int, hai: int) -> None:
    """Ông Hai stopped for himself; bà Mai stops the phone and starts again: his stop stands."""
    contact = chat(home)
    link(home, mai, contact, "self")
    link(home, hai, contact)
    home.db.write(lambda s: contacts.stop(s, contact, home.now(), hai))
    await say(home, contact, "dừng")
    await say(home, contact, "#resume")
    with home.db.read() as session:
        assert session.execute(contacts.opted_out()).scalars().all() == [hai]


async def test_who_stopped_alone_starts_again_alone(home: Home, mai: int, hai: int) -> None:
    contact = chat(home)
    link(home, mai, contact, "self")
    link(home, hai, contact)
    home.db.write(lambda s: contacts.stop(s, contact, home.now(), hai))
    await say(home, contact, "dừng", "#stop.person")
    with home.db.read() as session:
        assert sorted(session.execute(contacts.opted_out()).scalars()) == sorted([mai, hai])
        assert session.get_one(Contact, contact).stopped_at is None
    await say(home, contact, "bắt đầu")
    with home.db.read() as session:
        assert session.execute(contacts.opted_out()).scalars().all() == [hai]


@pytest.mark.parametrize("words", ["#resume", "#guide.start", "bắt đầu lại"])
async def test_nobody_is_written_to_about_the_dead_because_somebody_starts_again(
    home: Home, mai: int, words: str
) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "bà nhà tui mất hồi tháng tám rồi", "dừng", words)
    with home.db.read() as session:
        assert session.execute(contacts.opted_out()).scalars().all() == [mai]


async def test_a_slip_about_a_death_is_undone_wholly(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "bà nhà tui mất hồi tháng tám rồi", "#alive")
    with home.db.read() as session:
        assert session.execute(contacts.opted_out()).scalars().all() == []


async def test_a_place_in_a_session_is_asked_for_as_a_ticket(home: Home, mai: int) -> None:
    contact = chat(home)
    link(home, mai, contact)
    await say(home, contact, "#session.yes")
    with home.db.read() as session:
        (ticket,) = tickets.open_tickets(session)
    assert (ticket.kind, ticket.person) == ("session", mai)
    assert "session" in tickets.KINDS
