import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import Session, col, select

from bot.tables import Conversation, Ticket
from campaigns.tables import Attempt, Delivery
from channels.inbox import Inbox
from register.contacts import address_of, contact_for, link, make_link_code, stop
from register.erase import erase
from register.errors import BadInput
from register.home import Home
from register.people import citizen_lookup, find_person
from register.tables import AuditEvent, Contact, LinkCode, Person, PersonCategory, PersonContact, Tombstone, UnitSetting

ID = "060046303054"


@pytest.fixture
def person(home: Home, add_person: Callable[..., int]) -> int:
    """Someone with a phone of their own, one shared with a neighbour, and a link code."""
    number, neighbour = add_person(ID, category="nkt_nang"), add_person("060139001068")

    def link_all(session: Session) -> None:
        own = contact_for(session, home, "zalo", "zalo:main", "7788", home.now()).id
        shared = contact_for(session, home, "phone", "phone", "0917768030", home.now()).id
        assert own
        assert shared
        link(session, number, own, "self", home.now())
        link(session, number, shared, "neighbour", home.now())
        link(session, neighbour, shared, "self", home.now())
        stop(session, own, home.now())
        make_link_code(session, home, number, home.now())

    home.db.write(link_all)
    return number


def test_an_erased_person_is_nowhere_any_more(home: Home, person: int) -> None:
    proof = erase(home, person, "lan", home.now())
    assert proof.ok, proof.found
    assert proof.tables >= 15
    with home.db.read() as session:
        row = session.get_one(Person, person)
        assert (row.sealed, row.lookup, row.birth_year, row.sex) == (None, None, None, None)
        assert (row.closed_reason, row.closed_at) == ("erased", home.now())
        with pytest.raises(BadInput):
            find_person(session, home, ID)
        assert [(one.code, one.name) for one in session.exec(select(PersonCategory))] == [("nkt_nang", "")]
        assert session.exec(select(LinkCode)).all() == []
        [left] = session.exec(select(PersonContact)).all()
        assert left.person != person
        stones = {(stone.kind, stone.lookup) for stone in session.exec(select(Tombstone))}
        assert ("erased", citizen_lookup(home.keys, ID)) in stones
        assert len(stones) == 2  # the stop of their own chat stands too
        chat = session.exec(select(Contact).where(Contact.lane == "zalo:main")).one()
        assert chat.sealed is None
        assert session.exec(select(AuditEvent.action)).all() == ["person_erased"]


def test_the_same_chat_comes_back_as_a_stranger_and_stays_stopped(home: Home, person: int) -> None:
    erase(home, person, "lan", home.now())
    again = home.db.write(lambda s: contact_for(s, home, "zalo", "zalo:main", "7788", home.now()))
    assert again.stopped_at == home.now()
    assert again.linked_at is None


def test_the_proof_finds_what_was_left_behind(home: Home, person: int) -> None:
    def leak(session: Session) -> None:
        day = home.now()
        session.add(UnitSetting(unit="22945", key="landline", value=f"số {ID}"))
        session.add(LinkCode(lookup=citizen_lookup(home.keys, ID), person=person + 1, made_at=day, expires_at=day))

    home.db.write(leak)
    proof = erase(home, person, "lan", home.now())
    assert not proof.ok
    assert proof.found[:2] == ["link_code.lookup", "unit_setting.value"]
    assert proof.found[2:] == (["tungnha.db"] if home.db.is_sqlite else [])


def test_what_every_room_holds_goes_in_the_same_write(home: Home, person: int) -> None:
    def talk(session: Session) -> None:
        chat = session.exec(select(Contact).where(Contact.lane == "zalo:main")).one()
        shared = session.exec(select(Contact).where(Contact.lane == "phone")).one()
        session.add(Conversation(contact=chat.id or 0, state={"at": "guide"}, updated_at=home.now()))
        session.add(Conversation(contact=shared.id or 0, state={"at": "guide"}, updated_at=home.now()))
        words = home.keys.seal([{"text": "chân tôi đau"}], "ticket")
        for contact, who in ((chat.id, None), (shared.id, person), (shared.id, None)):
            session.add(Ticket(contact=contact or 0, person=who, kind="human", sealed=words, opened_at=home.now()))

    home.db.write(talk)
    assert erase(home, person, "lan", home.now()).ok
    with home.db.read() as session:
        left = [(ticket.person, ticket.sealed is None) for ticket in session.exec(select(Ticket).order_by(Ticket.id))]
        assert left == [(None, True), (person, True), (None, False)]  # the neighbour's own words stay
        shared = session.exec(select(Contact).where(Contact.lane == "phone")).one()
        assert session.exec(select(Conversation.contact)).all() == [shared.id]
        assert address_of(home, shared) == "0917768030"


def test_who_stands_in_two_communes_is_erased_in_both(home: Home, add_person: Callable[..., int]) -> None:
    here, there = add_person(ID), add_person(ID, commune="22960")

    def phone(session: Session) -> None:
        contact = contact_for(session, home, "phone", "phone", "0917768030", home.now())
        for number in (here, there):
            link(session, number, contact.id or 0, "unknown", home.now())

    home.db.write(phone)
    proof = erase(home, here, "lan", home.now())
    assert (proof.ok, proof.rows) == (True, 2)
    with home.db.read() as session:
        assert session.exec(select(Person.sealed)).all() == [None, None]
        assert session.exec(select(Contact.sealed)).all() == [None]  # it led to nobody else
        assert session.exec(select(Tombstone.kind)).all() == ["erased"]
        subjects = session.exec(select(AuditEvent.subject).where(AuditEvent.action == "person_erased")).all()
        assert subjects == [str(here), str(there)]


def test_the_provider_s_number_of_a_message_goes_and_its_cost_stays(
    home: Home, person: int, add_campaign: Callable[..., int]
) -> None:
    campaign = add_campaign()

    def sent(session: Session) -> None:
        row = Delivery(campaign=campaign, step=1, person=person, state="accepted", changed_at=home.now())
        session.add(row)
        session.flush()
        session.add(
            Attempt(delivery=row.id or 0, channel="zalo", lane="zalo:main", at=home.now(), result="accepted",
                    provider_id="m-77", cost_vnd=300)
        )  # fmt: skip

    home.db.write(sent)
    assert erase(home, person, "lan", home.now()).ok
    with home.db.read() as session:
        assert [(one.provider_id, one.cost_vnd) for one in session.exec(select(Attempt))] == [("", 300)]
        assert session.exec(select(Delivery.state)).all() == ["accepted"]


async def test_what_waits_in_the_inbox_from_them_alone_is_dropped(home: Home, person: int) -> None:
    inbox = Inbox(home)
    for sender in ("7788", "1234"):
        message = {"msg_id": sender, "text": "tôi ở nhà một mình"}
        event = {"event_name": "user_send_text", "sender": {"id": sender}, "message": message}
        await inbox.receive("zalo", "main", event)
    erase(home, person, "lan", home.now())
    inbox.close()
    with sqlite3.connect(home.inbox_file) as db:
        [(sealed,)] = db.execute("SELECT sealed FROM event").fetchall()
    assert home.keys.open(sealed, "inbox")["event"]["sender"]["id"] == "1234"


def test_lists_that_wait_and_what_crashes_left_are_removed(home: Home, person: int) -> None:
    for name in ("uploads/ab.sealed", "uploads/ab.list", "reports/tmp1/phieu.pdf", "reports/phieu-den-nha.pdf"):
        (home.path / name).parent.mkdir(parents=True, exist_ok=True)
        (home.path / name).write_text(ID)
    os.utime(home.path / "reports" / "tmp1", (0, 0))  # an hour and more ago
    assert erase(home, person, "lan", home.now()).ok
    assert [*home.path.glob("uploads/*"), *home.path.glob("reports/*")] == []


def test_the_proof_looks_into_every_file_of_the_home(home: Home, person: int) -> None:
    (home.path / "ghi-chu.log").write_text(f"đã gọi số {ID}", encoding="utf-16")
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "LÊ VĂN ĐỰC"
    book.save(home.path / "audio" / "danh-sach.xlsx")
    sealed = _sealed(home, person)
    (home.path / "ban-sao.db").write_bytes(b"x" * 5000 + sealed)
    proof = erase(home, person, "lan", home.now())
    assert proof.found == ["audio/danh-sach.xlsx", "ban-sao.db", "ghi-chu.log"]
    assert proof.files >= 5


def _sealed(home: Home, person: int) -> bytes:
    with home.db.read() as session:
        return session.get_one(Person, person).sealed or b""


def test_old_pages_of_the_database_hold_nothing_of_them(home: Home, person: int, tmp_path: Path) -> None:
    """Whoever copies the disk afterwards, and has the keys, finds no seal to open."""
    if not home.db.is_sqlite:
        pytest.skip("the server's files are the server's: the proof says so")
    sealed = _sealed(home, person)
    assert any(sealed in file.read_bytes() for file in home.path.glob("tungnha.db*"))
    erase(home, person, "lan", home.now())
    shutil.copytree(home.path, tmp_path / "copy")
    assert not any(sealed[:20] in file.read_bytes() for file in (tmp_path / "copy").rglob("*") if file.is_file())


def test_the_proof_says_where_nobody_can_look_from_here(home: Home, person: int) -> None:
    said = " ".join(erase(home, person, "lan", home.now()).unseen)
    assert "đã in" in said
    assert ("PostgreSQL: đã dọn các bảng" in said) is not home.db.is_sqlite
    assert "sao lưu cũ" not in said


def test_why_somebody_left_stays_for_the_month_s_report(home: Home, person: int) -> None:
    def died(session: Session) -> None:
        row = session.get_one(Person, person)
        row.closed_at, row.closed_reason = home.now(), "died"

    home.db.write(died)
    erase(home, person, "lan", home.now())
    with home.db.read() as session:
        assert session.exec(select(Person.closed_reason).where(col(Person.id) == person)).one() == "died"


def test_nobody_is_erased_twice(home: Home, person: int) -> None:
    erase(home, person, "lan", home.now())
    for number in (person, 999):
        with pytest.raises(BadInput):
            erase(home, number, "lan", home.now())
