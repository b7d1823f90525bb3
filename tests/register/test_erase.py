from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from register.contacts import contact_for, link, make_link_code, stop
from register.erase import erase, when_erased
from register.errors import BadInput
from register.home import Home
from register.people import citizen_lookup, find_person
from register.tables import AuditEvent, Contact, LinkCode, Person, PersonCategory, PersonContact, Source, Tombstone

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
        stop(session, home, own, home.now())
        make_link_code(session, home, number, home.now())

    home.db.write(link_all)
    return number


def test_an_erased_person_is_nowhere_any_more(home: Home, person: int) -> None:
    proof = erase(home, person, "lan", home.now())
    assert proof.ok, proof.found
    assert proof.tables >= 15
    with home.db.read() as session:
        row = session.get_one(Person, person)
        assert (row.sealed, row.lookup, row.birth_year, row.hamlet) == (None, None, None, None)
        assert (row.closed_reason, row.closed_at) == ("erased", home.now())
        with pytest.raises(BadInput):
            find_person(session, home, ID)
        assert session.exec(select(PersonCategory)).all() == []
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
        session.add(Source(kind="chat", document=f"số {ID}", as_of=day.date(), at=day))
        session.add(LinkCode(lookup=citizen_lookup(home.keys, ID), person=person + 1, made_at=day, expires_at=day))

    home.db.write(leak)
    proof = erase(home, person, "lan", home.now())
    assert not proof.ok
    assert proof.found == ["link_code.lookup", "source.document"]


def test_other_rooms_clear_what_they_hold_in_the_same_write(home: Home, person: int) -> None:
    told: list[tuple[int, int]] = []
    when_erased(lambda session, number, contacts: told.append((number, len(contacts))))
    erase(home, person, "lan", home.now())
    assert told == [(person, 1)]


def test_nobody_is_erased_twice(home: Home, person: int) -> None:
    erase(home, person, "lan", home.now())
    for number in (person, 999):
        with pytest.raises(BadInput):
            erase(home, number, "lan", home.now())
