"""What each claimed person is sent: address, message and template parameters, made at the last moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from campaigns.ledger import tracking_of
from campaigns.sessions import next_sessions, session_words
from campaigns.tables import Campaign, Delivery
from content.message import Addressee, Message, Place
from content.messages import addressee_for, first_message, zbs_params
from register.contacts import address_of
from register.home import Home
from register.people import given_name, identity_of
from register.tables import Contact, Person, PersonContact, Unit
from register.units import setting


@dataclass(frozen=True, repr=False)
class Letter:
    """One message ready to go. Its repr shows nothing: it holds an address."""

    address: str
    message: Message
    params: dict[str, str]


def letters(session: Session, home: Home, rows: Sequence[Delivery], now: datetime) -> list[tuple[Delivery, Letter]]:
    """The letter of each row, in the same order. Persons, contacts and links are read at once."""
    if not rows:
        return []
    persons = {p.id: p for p in session.exec(select(Person).where(col(Person.id).in_({r.person for r in rows})))}
    contacts = {c.id: c for c in session.exec(select(Contact).where(col(Contact.id).in_({r.contact for r in rows})))}
    mine = select(PersonContact).where(col(PersonContact.contact).in_(contacts))
    relations = {(link.person, link.contact): link.relation for link in session.exec(mine)}
    places: dict[tuple[str, str | None], Place] = {}
    ready = []
    for row in rows:
        campaign = session.get_one(Campaign, row.campaign)
        person, contact = persons[row.person], contacts[row.contact]
        where = (campaign.commune, person.hamlet)
        if where not in places:
            places[where] = place_of(session, *where, now)
        relation = relations.get((row.person, row.contact or 0), "unknown")
        addressee = named(home, person, contact, relation, now)
        message = first_message(campaign.steps[row.step - 1]["message"], row.channel, addressee, places[where])
        assert row.id is not None
        params = zbs_params(addressee, places[where], tracking_of(row.id)) | {"tracking_id": tracking_of(row.id)}
        ready.append((row, Letter(address_of(home, contact), message, params)))
    return ready


def named(home: Home, person: Person, contact: Contact, relation: str, now: datetime) -> Addressee | None:
    """How to speak to the person, or None: no name goes to a device that is not known to be theirs.

    A chat is known once it was linked with the person's code and "Ai đang cầm máy?" was answered; a
    phone from a list is not (promise 7).
    """
    identity = identity_of(home, person)
    if contact.linked_at is None or relation == "unknown" or identity is None:
        return None
    return addressee_for(given_name(identity.full_name), person.birth_year, person.sex, now, home.settings.elder_age)


def place_of(session: Session, commune: str, hamlet: str | None, now: datetime) -> Place:
    """What texts say of the commune: "phường Phan Thiết", its office, the hamlet's next session."""
    name = session.get_one(Unit, commune).name
    name = name[0].lower() + name[1:]
    planned = next_sessions(session, commune, now).get(hamlet or "")
    return Place(
        commune=name,
        office=f"UBND {name}",
        hamlet_head=setting(session, commune, "hamlet_head", "trưởng khu dân cư"),
        phone=setting(session, commune, "landline"),
        session=session_words(planned, session.get_one(Unit, planned.hamlet).name) if planned else "",
    )
