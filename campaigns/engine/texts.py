"""What each claimed person is sent: address, message and template parameters, made at the last moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import func, select
from sqlmodel import Session

from campaigns.engine.ledger import Claimed, tracking_of
from campaigns.field.sessions import next_sessions, session_words
from campaigns.lots import arm_of
from campaigns.steps import text_for, texts_of
from campaigns.tables import Campaign, Delivery, HelpSession
from content.edits import as_wording, wording_of
from content.message import Addressee, Message, Place
from content.messages import addressee_for, first_message, zbs_params
from database import numbers
from register.contacts import open_address
from register.home import Home
from register.people import given_name, open_name
from register.tables import Contact, Person, PersonContact, Unit
from register.units import office_of
from register.words import inside


@dataclass(repr=False, slots=True)
class Letter:
    """One message ready to go. Its repr shows nothing: it holds an address."""

    row: Claimed
    address: str
    message: Message
    params: dict[str, str] | None


def letters(session: Session, home: Home, rows: Sequence[Claimed], now: datetime) -> list[Letter]:
    """The letter of each row, in the same order. What is known of all of them is read at once.

    A text is made once for all who are spoken to alike: in a commune of thousands some hundred names are given.
    """
    if not rows:
        return []
    campaigns = {number: session.get_one(Campaign, number) for number in {row.campaign for row in rows}}
    known = {row[0]: row[1:] for row in session.execute(_who(session, [row.id for row in rows]))}
    places: dict[tuple[int, str | None, int | None], Place] = {}
    texts: dict[tuple[Any, ...], Message] = {}

    @cache
    def spoken_to(name: str, born: int | None, sex: str | None) -> Addressee:
        return addressee_for(given_name(name), born, sex, now, home.settings.elder_age)

    ready = []
    for row in rows:
        campaign = campaigns[row.campaign]
        identity, born, sex, hamlet, address, linked, relation, seat = known[row.id]
        where = (row.campaign, hamlet, seat)
        if where not in places:
            invited_to = session.get(HelpSession, seat) if seat else None
            place = place_of(session, campaign.commune, hamlet, now, invited_to)
            places[where] = replace(place, wording=as_wording(campaign.texts)) if campaign.texts else place
        known_to_be_theirs = linked and relation != "unknown" and identity is not None
        addressee = spoken_to(open_name(home.keys, identity), born, sex) if known_to_be_theirs else None
        step = campaign.steps[row.step - 1]
        name = text_for(step, row.channel, arm_of(row.person, campaign.lot, len(texts_of(step))))
        alike = (name, row.channel, addressee, row.campaign, hamlet, seat)
        if alike not in texts:
            texts[alike] = first_message(name, addressee, places[where])
        params = None
        if campaign.goal == "asxh_account" and row.channel != "telegram":  # Zalo's template speaks of nothing else
            tracking = tracking_of(row.id)
            params = zbs_params(addressee, places[where], tracking) | {"tracking_id": tracking}
        ready.append(Letter(row, open_address(home, address), texts[alike], params))
    return ready


def _who(session: Session, rows: Sequence[int]) -> Any:
    """Per row: what a letter needs to know of its person and its contact."""
    tables: list[Any] = [Delivery, Person, Contact, PersonContact]
    row, person, contact, link = (kind.__table__.c for kind in tables)  # an ORM's row costs more than the database's
    return (
        select(
            row.id,
            person.sealed,
            person.birth_year,
            person.sex,
            person.hamlet,
            contact.sealed,
            contact.linked_at.is_not(None),
            func.coalesce(link.relation, "unknown"),
            row.session,
        )
        .join_from(row.id.table, person.id.table, person.id == row.person)
        .join(contact.id.table, contact.id == row.contact)
        .outerjoin(link.person.table, (link.person == row.person) & (link.contact == row.contact))
        .where(row.id.in_(numbers(session, rows)))
    )


def named(home: Home, person: Person, contact: Contact, relation: str, now: datetime) -> Addressee | None:
    """How to speak to the person, or None: no name goes to a device that is not known to be theirs.

    A chat is known once it was linked with the person's code and "Ai đang cầm máy?" was answered; a
    phone from a list is not (promise 7).
    """
    if contact.linked_at is None or relation == "unknown" or person.sealed is None:
        return None
    name = given_name(open_name(home.keys, person.sealed))
    return addressee_for(name, person.birth_year, person.sex, now, home.settings.elder_age)


def place_of(
    session: Session,
    commune: str,
    hamlet: str | None,
    now: datetime,
    invited_to: HelpSession | Literal["next"] | None = "next",
) -> Place:
    """What texts say of the commune: "phường Phan Thiết", its office, the hamlet's next session.

    ``invited_to``: another session than the next one; None: none at all.
    """
    name, here = inside(session.get_one(Unit, commune).name), office_of(session, commune)
    planned = next_sessions(session, commune, now).get(hamlet or "") if invited_to == "next" else invited_to
    return Place(
        commune=name,
        office=f"UBND {name}",
        service_centre=Place.service_centre + here.at,
        hamlet_head=here.hamlet_head,
        phone=here.phone,
        wording=wording_of(session, commune),
        session=session_words(planned, session.get_one(Unit, planned.hamlet).name) if planned else "",
    )
