from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, delete, select

from register.contacts import (
    address_of,
    contact_for,
    link,
    make_link_code,
    open_again,
    opted_out,
    resume,
    stop,
    unlink,
    use_link_code,
)  # fmt: skip
from register.home import Home
from register.tables import Contact, PersonContact


@pytest.fixture
def chat(home: Home) -> Callable[..., Contact]:
    def get(address: str = "7788", lane: str = "zalo:main") -> Contact:
        return home.db.write(lambda s: contact_for(s, home, lane.split(":")[0], lane, address, home.now()))

    return get


def stopped(home: Home) -> set[int]:
    with home.db.read() as session:
        return set(session.exec(opted_out()).all())


def test_an_address_has_one_contact_and_is_sealed(home: Home, chat: Callable[..., Contact]) -> None:
    first, again, other = chat(), chat(), chat(lane="telegram:main")
    assert first.id == again.id != other.id
    assert address_of(home, first) == "7788"
    assert first.sealed
    assert b"7788" not in first.sealed


def test_a_stop_holds_for_everyone_on_the_phone(
    home: Home, chat: Callable[..., Contact], add_person: Callable[..., int]
) -> None:
    a, b, contact = add_person("060046303054"), add_person("060139001068"), chat().id
    for person in (a, b):
        home.db.write(lambda s, person=person: link(s, person, contact, "relative", home.now()))
    home.db.write(lambda s: stop(s, contact, home.now(), person=a))
    assert stopped(home) == {a}
    home.db.write(lambda s: stop(s, contact, home.now()))
    assert stopped(home) == {a, b}
    home.db.write(lambda s: resume(s, contact, a))
    assert stopped(home) == {b}
    home.db.write(lambda s: resume(s, contact, b))
    assert stopped(home) == set()


def test_a_stop_outlives_its_contact(home: Home, chat: Callable[..., Contact]) -> None:
    contact = chat("0917768030", "phone").id
    home.db.write(lambda s: stop(s, contact, home.now()))
    home.db.write(lambda s: s.exec(delete(Contact)))
    again = chat("0917768030", "phone")
    assert again.stopped_at == home.now()
    home.db.write(lambda s: open_again(s, again.id))
    home.db.write(lambda s: s.exec(delete(Contact)))
    assert chat("0917768030", "phone").stopped_at is None


def test_links_can_be_named_and_undone(
    home: Home, chat: Callable[..., Contact], add_person: Callable[..., int]
) -> None:
    person, contact = add_person("060046303054"), chat().id
    for relation in ("unknown", "relative", "unknown"):
        home.db.write(lambda s, relation=relation: link(s, person, contact, relation, home.now()))
    with home.db.read() as session:
        assert session.exec(select(PersonContact.relation)).all() == ["relative"]
        assert session.get_one(Contact, contact).linked_at == home.now()
    assert home.db.write(lambda s: unlink(s, person, contact))
    assert not home.db.write(lambda s: unlink(s, person, contact))
    with home.db.read() as session:
        assert session.get_one(Contact, contact).linked_at is None


def test_a_link_code_works_once_and_for_sixty_days(
    home: Home, chat: Callable[..., Contact], add_person: Callable[..., int]
) -> None:
    person, contact = add_person("060046303054"), chat().id

    def use(code: str, days: int = 0) -> int | None:
        moment = home.now() + timedelta(days=days)
        return home.db.write(lambda s: use_link_code(s, home, code, contact, "self", moment))

    def make(session: Session) -> str:
        return make_link_code(session, home, person, home.now())

    code = home.db.write(make)
    assert len(code) == 9
    assert not set(code) & set("0O1IL")
    assert use("AAAA-AAAA") is None
    assert use(code.lower().replace("-", " "), days=59) == person
    assert use(code) is None
    assert use(home.db.write(make), days=60) is None


def test_a_withdrawn_address_is_kept_again_only_after_starting_again(home: Home, chat: Callable[..., Contact]) -> None:
    contact = chat().id

    def withdraw(session: Session) -> None:
        session.get_one(Contact, contact).sealed = None
        stop(session, contact, home.now())

    home.db.write(withdraw)
    assert chat().sealed is None
    home.db.write(lambda s: open_again(s, contact))
    assert address_of(home, chat()) == "7788"
