"""Contacts: chats and phones, whose they are, and the stop that belongs to them.

A stop is kept twice: on the contact, and as a tombstone of its keyed hash. The tombstone outlives the
contact, so that neither an erasure nor a later list makes a stopped phone ring again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from database import among, insert_new
from register.codes import new_code, read_code
from register.home import Home
from register.people import PHONE_LANE, contact_lookup
from register.tables import Contact, LinkCode, PersonContact, Tombstone

SEALED_AS = "contact"
CODE_LIFE = timedelta(days=60)
_NEW = {name: column.default for name, column in Contact.model_fields.items() if name != "id"}


def contact_for(session: Session, home: Home, channel: str, lane: str, address: str, now: datetime) -> Contact:
    """The contact of this address (channel user id, or phone on lane "phone"), made when new.

    A new one is stopped from the first moment when its tombstone says so.
    """
    lookup = contact_lookup(home.keys, lane, address)
    query = select(Contact).where(Contact.lane == lane, Contact.lookup == lookup)
    found = session.exec(query).first()
    if found is None:
        add_contacts(session, [new_contact(home, channel, lane, address, now)])
        found = session.exec(query).one()
    elif found.sealed is None and found.stopped_at is None:  # withdrew once, and started again since
        found.sealed = home.keys.seal(address, SEALED_AS)
        session.add(found)
        session.flush()
    return found


def add_contacts(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Put these rows of ``new_contact`` in, stopped where a tombstone says so; who is there already stays as he is."""
    told = select(Tombstone.lookup, Tombstone.at).where(Tombstone.kind == "stopped")
    told = told.where(among(session, col(Tombstone.lookup), [row["lookup"] for row in rows]))
    stopped = dict(session.exec(told).all())
    insert_new(session, Contact, [row | {"stopped_at": stopped.get(row["lookup"])} for row in rows], ["lane", "lookup"])


def new_contact(home: Home, channel: str, lane: str, address: str, now: datetime) -> dict[str, Any]:
    """The row of a contact that is new; whether it is stopped is the caller's to ask."""
    return _NEW | {
        "channel": channel,
        "lane": lane,
        "lookup": contact_lookup(home.keys, lane, address),
        "sealed": home.keys.seal(address, SEALED_AS),
        "created_at": now,
    }


def address_of(home: Home, contact: Contact) -> str:
    """The channel user id or phone behind a contact; "" after erasure. Never for a log."""
    return open_address(home, contact.sealed)


def open_address(home: Home, sealed: bytes | None) -> str:
    """``address_of`` where only the seal was read."""
    return str(home.keys.open(sealed, SEALED_AS)) if sealed else ""


def link(session: Session, person: int, contact: int, relation: str, now: datetime) -> None:
    """Link a person and a contact, or say whose it is. relation: self | relative | neighbour | unknown."""
    row = session.get(PersonContact, (person, contact))
    if row is None:
        row = PersonContact(person=person, contact=contact, relation=relation, at=now)
    elif relation != "unknown":
        row.relation = relation
    session.add(row)
    chat = session.get_one(Contact, contact)
    if chat.lane != PHONE_LANE and chat.linked_at is None:
        chat.linked_at = now
        session.add(chat)
    session.flush()


def unlink(session: Session, person: int, contact: int) -> bool:
    """Undo a link ("nhầm người"). Returns whether there was one."""
    row = session.get(PersonContact, (person, contact))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    others = session.exec(select(PersonContact).where(PersonContact.contact == contact)).first()
    if others is None:
        session.get_one(Contact, contact).linked_at = None
        session.flush()
    return True


def stop(session: Session, contact: int, now: datetime, person: int | None = None) -> None:
    """No more messages: to this contact at all, or (``person``) about this one person."""
    if person is not None:
        row = session.get(PersonContact, (person, contact)) or PersonContact(person=person, contact=contact, at=now)
        row.stopped_at = row.stopped_at or now
        session.add(row)
    else:
        chat = session.get_one(Contact, contact)
        chat.stopped_at = chat.stopped_at or now
        session.add(chat)
        insert_new(session, Tombstone, [{"lookup": chat.lookup, "kind": "stopped", "at": now}], ["lookup", "kind"])
    session.flush()


def resume(session: Session, contact: int, person: int) -> None:
    """One person starts again, as easily as it was stopped. On a stopped phone the others stay stopped."""
    chat = session.get_one(Contact, contact)
    for row in session.exec(select(PersonContact).where(PersonContact.contact == contact)):
        row.stopped_at = None if row.person == person else row.stopped_at or chat.stopped_at
        session.add(row)
    open_again(session, contact)


def open_again(session: Session, contact: int) -> None:
    """The phone takes messages again. Whoever on it stopped alone, or has died, stays stopped."""
    chat = session.get_one(Contact, contact)
    chat.stopped_at = None
    session.add(chat)
    session.execute(delete(Tombstone).where(col(Tombstone.lookup) == chat.lookup, col(Tombstone.kind) == "stopped"))
    session.flush()


def opted_out() -> Any:
    """SELECT of the ids of persons who asked for no messages, on any of their contacts.

    "Dừng ở mọi nơi": whoever is linked to a stopped phone or chat is reached by no other either.
    """
    stopped = or_(col(Contact.stopped_at).is_not(None), col(PersonContact.stopped_at).is_not(None))
    return select(PersonContact.person).join(Contact, col(Contact.id) == PersonContact.contact).where(stopped)


def make_link_code(session: Session, home: Home, person: int, now: datetime, way: str = "link") -> str:
    """A one-time code as printed: "ABCD-EFGH". Only its keyed hash is kept.

    ``way``: "qr" on paper, beside the QR that opens the chat; "link" handed over by itself, by word or as a link.
    """
    code = new_code(8)
    lookup = home.keys.lookup("link_code", code)
    session.add(LinkCode(lookup=lookup, person=person, made_at=now, expires_at=now + CODE_LIFE, way=way))
    session.flush()
    return f"{code[:4]}-{code[4:]}"


def use_link_code(session: Session, home: Home, code: str, contact: int, relation: str, now: datetime) -> int | None:
    """Link the contact to the person of this code. None when it is unknown, used or too old."""
    row = session.get(LinkCode, home.keys.lookup("link_code", read_code(code)), with_for_update=True)
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    row.used_at = now
    session.add(row)
    link(session, row.person, contact, relation, now)
    return row.person
