"""Which way a chat came: a QR on paper is not a link, once a day, and nothing of it outlives the chat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from jobs import Work, tidy
from register.arrivals import forget_arrivals, is_payload, note_arrival, payload
from register.contacts import contact_for, link
from register.erase import erase
from register.home import Clock, Home
from register.tables import Arrival, Contact

COMMUNE = "22945"


def arrivals(home: Home) -> list[tuple[str, str]]:
    with home.db.read() as session:
        return sorted((row.way, row.unit) for row in session.exec(select(Arrival)))


@pytest.fixture
def chat(home: Home) -> int:
    return home.db.write(lambda s: contact_for(s, home, "web", "web:main", "a", home.now()).id or 0)


def test_a_qr_and_a_link_are_kept_apart_once_a_day(home: Home, clock: Clock, chat: int) -> None:
    def came(told: str) -> None:
        home.db.write(lambda s: note_arrival(s, chat, told, home.now()))

    for told in (payload("qr", COMMUNE), payload("qr", COMMUNE), payload("link", COMMUNE)):
        came(told)
    assert arrivals(home) == [("link", COMMUNE), ("qr", COMMUNE)]
    clock.advance(timedelta(days=1))
    came(payload("qr", COMMUNE))
    assert arrivals(home) == [("link", COMMUNE), ("qr", COMMUNE), ("qr", COMMUNE)]
    home.db.write(lambda s: forget_arrivals(s, chat))
    assert arrivals(home) == []


def test_what_is_no_payload_of_ours_changes_nothing(home: Home, chat: int) -> None:
    strange = ("", "K7MN-4QRT", "qr", "qr-", "qr-99999", "qr-22945-99", "QR-22945", "qr-22945-01-01", "qr-22945;x")

    def come(session: Session) -> None:
        for told in (*strange, "a" * 64):
            note_arrival(session, chat, told, home.now())

    home.db.write(come)
    assert arrivals(home) == []


def test_a_payload_is_one_that_telegram_lets_through() -> None:
    told = payload("qr", "22945-01")
    assert is_payload(told)
    assert len(told) <= 64  # of a link t.me/<bot>?start=, letters, digits, - and _
    assert told.replace("-", "").isalnum()


def test_it_goes_with_the_person(home: Home, chat: int, add_person: object) -> None:
    number = add_person("060046303054")  # type: ignore[operator]

    def store(session: Session) -> None:
        link(session, number, chat, "self", home.now())
        note_arrival(session, chat, payload("qr", COMMUNE), home.now())

    home.db.write(store)
    assert erase(home, number, "lan", home.now()).ok
    assert arrivals(home) == []
    with home.db.read() as session:
        assert session.get(Contact, chat) is not None  # the row stays, for the ledger


async def test_it_is_kept_no_longer_than_chats(home: Home, clock: Clock, chat: int) -> None:
    await home.db.awrite(lambda s: note_arrival(s, chat, payload("qr", COMMUNE), home.now()))
    clock.advance(timedelta(days=home.settings.keep_chats_days))
    await tidy(Work(home, {}, "a"))
    assert arrivals(home) == [("qr", COMMUNE)]
    clock.advance(timedelta(minutes=1))
    await tidy(Work(home, {}, "a"))
    assert arrivals(home) == []
