"""Out of a ticket: a visit, or a place in a help session; and the citizen is told in their own chat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from bot import orders, service
from bot.state import Input
from bot.tables import Ticket
from campaigns.field import seats
from campaigns.tables import HelpSession, Visit
from register import contacts
from register.errors import BadInput
from register.units import hamlet_named


@pytest.fixture
def asked(home, mai):
    """Bà Mai's chat asked for a person; a help session with one place is planned."""
    now = home.now()

    def write(session):
        contact = service.contact_of(session, home, "telegram", "telegram:main", "77", now)
        contacts.link(session, mai, contact, "self", now)
        service.take_turn(session, home, contact, Input("button", button="help.human"), now)
        hamlet = hamlet_named(session, "22945", "Khu phố 1")
        session.add(
            HelpSession(
                commune="22945", hamlet=hamlet, place="nhà văn hóa", starts_at=now + timedelta(days=8), capacity=1
            )
        )
        session.flush()
        return contact

    return home.db.write(write)


def test_a_visit_is_ordered_once_and_told(home, mai, asked):
    def order(session):
        return orders.order_visit(session, home, session.exec(select(Ticket)).one(), "lan", home.now())

    told, _again = home.db.write(order), home.db.write(order)
    assert (told.lane, told.address) == ("telegram:main", "77")
    assert "danh sách đến nhà" in told.message.text
    assert "bà" in told.message.text
    with home.db.read() as session:
        assert [visit.person for visit in session.exec(select(Visit))] == [mai]
        assert session.exec(select(Ticket)).one().taken_by == "lan"


def test_a_place_is_kept_counted_and_told_and_a_full_session_takes_nobody(home, mai, hai, asked):
    def order(session):
        return orders.order_place(session, home, session.exec(select(Ticket)).one(), 1, "lan", home.now())

    told = home.db.write(order)
    assert "8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1" in told.message.text
    with home.db.read() as session:
        assert seats.invited(session, [1]) == {1: 1}

    def another(session):
        ticket = session.exec(select(Ticket)).one()
        ticket.person = hai
        return orders.order_place(session, home, ticket, 1, "lan", home.now())

    with pytest.raises(BadInput, match="hết chỗ"):
        home.db.write(another)


def test_who_stopped_is_written_to_no_more_but_the_visit_stands(home, mai, asked):
    home.db.write(lambda s: contacts.stop(s, asked, home.now()))
    told = home.db.write(lambda s: orders.order_visit(s, home, s.exec(select(Ticket)).one(), "lan", home.now()))
    assert told.address == ""
    with home.db.read() as session:
        assert len(session.exec(select(Visit)).all()) == 1


def test_the_wait_is_told_as_it_was_measured(home, mai, clock):
    """Five people were answered two office hours after they asked: the sixth is told so."""
    now = home.now()

    def write(session):
        contact = service.contact_of(session, home, "telegram", "telegram:main", "77", now)
        contacts.link(session, mai, contact, "self", now)
        for number in range(5):
            opened = now - timedelta(days=7, hours=number)
            session.add(
                Ticket(
                    commune="22945", contact=contact, kind="human", opened_at=opened, taken_by="lan",
                    taken_at=opened + timedelta(hours=2), closed_at=now,
                )
            )  # fmt: skip
        session.flush()
        return service.take_turn(session, home, contact, Input("button", button="help.human"), now)

    (message,) = home.db.write(write)
    assert "phần lớn được trả lời trong 2 giờ làm việc" in message.text
