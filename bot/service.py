"""One turn of a real conversation: what came in, through the engine, into the register, and the answer.

    messages = take_turn(session, home, contact_id, Input("text", text="xong", secrets=()), now)

The engine's events are applied with the register's own functions in the same write as the state, so
that a crash leaves either all of a turn or nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import structlog
from prometheus_client import Counter
from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot import tickets
from bot.engine import turn
from bot.events import (
    Claim,
    Deceased,
    Event,
    Holder,
    LinkWanted,
    NotMe,
    PhoneShared,
    PhoneTold,
    Resumed,
    Stopped,
    TicketNote,
    TicketWanted,
)
from bot.recording import Heard, add
from bot.stages import STAYS, stayed
from bot.state import Input, InputKind, Scene, State
from bot.tables import Conversation
from campaigns import receipts
from campaigns.engine.texts import named, place_of
from channels.files import recorded_in
from content.message import Addressee, Message, Place
from database import numbers
from register import cells, contacts
from register.arrivals import forget_arrivals, note_arrival
from register.facts import record
from register.home import VIETNAM, Home
from register.people import PHONE_LANE, contact_lookup
from register.tables import Contact, Person, PersonContact

log = structlog.get_logger(__name__)

T = TypeVar("T")
BUSY = timedelta(minutes=30)  # while somebody is in the middle of it, no campaign message interrupts
CODE_TRIES = 5  # wrong linking codes of one chat within a day: whoever guesses gets no further
_BUSY_AT = {"guide", "check", "since", "who", "human"}
TURNS = Counter("tungnha_bot_turns_total", "Turns handled, by intent", ["intent"])
WARNED = Counter("tungnha_bot_secrets_total", "Messages in which a secret was taken out")


def take_turn(
    session: Session,
    home: Home,
    contact_id: int,
    inp: Input,
    now: datetime,
    event: str = "",
    commune: str = "",
    read: Read | None = None,
) -> list[Message]:
    """One turn for this contact, in a write of the caller's. Returns what is to be sent back, in order.

    ``event`` is the provider's key of what came in. The same key again, after a crash between handling
    and forgetting it, changes nothing and says nothing: a reply may be missing then, never doubled.
    ``commune``: whose door it came through, where that is known. ``read``: what a batch has read beforehand, for all
    of its chats at once.
    """
    contact = session.get_one(Contact, contact_id)
    conversation = read.chats.get(contact_id) if read else session.get(Conversation, contact_id)
    event = home.keys.lookup("turn", event).hex() if event else ""  # Zalo's keys hold the sender's id
    if event and conversation is not None and conversation.last_event == event:
        return []
    state = State.of(conversation.state if conversation else None)
    contact.last_inbound_at, contact.blocked_at = now, None
    tried: list[float] = conversation.state.get("wrong_codes", []) if conversation else []
    wrong_codes = [at for at in tried if at > (now - timedelta(days=1)).timestamp()]
    commune = commune or (conversation.state.get("commune", "") if conversation else "")
    begins, said_so_far = state, list[Heard]()
    messages: list[Message] = []
    queue: list[Input] = [inp]
    if inp.kind == "start":
        note_arrival(session, contact_id, inp.text.partition(" ")[2].strip(), now)
    while queue:
        first = read is not None and not said_so_far  # later ones may see other links
        persons = read.persons.get(contact_id, []) if read and first else linked_persons(session, contact_id)
        scene, heard = scene_of(session, home, contact, persons, now, commune), queue.pop(0)
        reply = turn(state, heard, now, scene)
        if any(isinstance(said, TicketWanted) for said in reply.events):  # only they are told how long it takes
            scene = _with_queue(session, scene, _commune(session, persons, commune), now)
            reply = turn(state, heard, now, scene)
        said_so_far.append(Heard(heard, now, scene, reply))
        state = reply.state
        messages += reply.messages
        TURNS.labels(reply.intent).inc()
        if reply.intent == "guide.stuck":
            contact.stuck_at = now  # a campaign's later step may be for those only
        if reply.redacted:
            WARNED.inc()
        for said in reply.events:
            guessing = isinstance(said, LinkWanted) and len(wrong_codes) >= CODE_TRIES
            follow_up = "link_failed" if guessing else _apply(session, home, contact, persons, said, now, commune)
            if follow_up == "link_failed":
                wrong_codes = [*wrong_codes, now.timestamp()][-CODE_TRIES:]
            if follow_up:
                queue.append(Input(cast(InputKind, follow_up)))

    contact.busy_until = now + BUSY if state.at in _BUSY_AT else None
    if conversation is None:
        conversation = Conversation(contact=contact_id, updated_at=now)
        session.add(conversation)
        if read:
            read.chats[contact_id] = conversation
    stays = stayed(conversation.state.get(STAYS, {}), state, now)
    beside = {"wrong_codes": wrong_codes, "commune": commune, STAYS: stays}
    conversation.state = state.to_dict() | {name: value for name, value in beside.items() if value}
    conversation.last_event, conversation.updated_at = event, now
    conversation.sealed = add(home, conversation.sealed, begins, said_so_far)
    if read is None:
        session.flush()
    return messages


@dataclass
class Read:
    """What a batch of turns has read at once. Valid while nobody else writes: inside one write."""

    chats: dict[int, Conversation]
    persons: dict[int, list[tuple[Person, PersonContact]]]


def read_for(session: Session, contacts_: Sequence[int]) -> Read:
    """The conversations of these contacts and the open persons linked to them."""
    these = numbers(session, contacts_)
    chats = session.exec(select(Conversation).where(col(Conversation.contact).in_(these))).all()
    read = Read({chat.contact: chat for chat in chats}, {})
    query = select(Person, PersonContact).join(PersonContact, col(PersonContact.person) == col(Person.id))
    query = query.where(col(PersonContact.contact).in_(these), col(Person.closed_at).is_(None))
    for person, link in session.exec(query.order_by(col(Person.id))).all():
        read.persons.setdefault(link.contact, []).append((person, link))
    return read


def linked_persons(session: Session, contact: int) -> list[tuple[Person, PersonContact]]:
    """The open persons linked to a contact, in the order of their numbers."""
    query = select(Person, PersonContact).join(PersonContact, col(PersonContact.person) == col(Person.id))
    query = query.where(PersonContact.contact == contact, col(Person.closed_at).is_(None))
    return list(session.exec(query.order_by(col(Person.id))).all())


def _subject(persons: Sequence[tuple[Person, PersonContact]]) -> int | None:
    """The one person this chat speaks for: the only one, or the only one whose own phone it is."""
    own = [person for person, link in persons if link.relation == "self"]
    candidates = own if len(persons) > 1 else [person for person, _ in persons]
    return candidates[0].id if len(candidates) == 1 else None


def scene_of(
    session: Session,
    home: Home,
    contact: Contact,
    persons: Sequence[tuple[Person, PersonContact]],
    now: datetime,
    door: str = "",
) -> Scene:
    """What the engine may know: the commune, and whom it speaks with."""
    commune = _commune(session, persons, door)
    subject = _subject(persons)
    addressee: Addressee | None = None
    hamlet: str | None = None
    for person, link in persons:
        if person.id == subject:
            addressee, hamlet = named(home, person, contact, link.relation, now), person.hamlet
    place = _once(session, ("place", commune, hamlet), lambda: _place(session, commune, hamlet, now))
    return Scene(
        place,
        addressee,
        len(persons),
        subject is not None,
        channel=contact.channel,
        receipt=subject is not None and receipts.is_asked(session, subject),
        languages=_once(session, ("languages",), lambda: recorded_in(home)),
    )


def _place(session: Session, commune: str | None, hamlet: str | None, now: datetime) -> Place:
    return place_of(session, commune, hamlet, now) if commune else Place("xã, phường", "Ủy ban nhân dân xã, phường")


def _once(session: Session, key: tuple[Any, ...], look: Callable[[], T]) -> T:
    """What is the same for all turns of one session is looked up once."""
    if key not in session.info:
        with session.no_autoflush:  # it does not turn on what the turns before have changed
            session.info[key] = look()
    found: T = session.info[key]
    return found


def _with_queue(session: Session, scene: Scene, commune: str | None, now: datetime) -> Scene:
    waiting, usually = tickets.waiting(session, commune), tickets.usual_wait(session, commune, now)
    return replace(scene, waiting=waiting, usually=usually)


def _commune(session: Session, persons: Sequence[tuple[Person, PersonContact]], door: str = "") -> str | None:
    """The commune of the linked persons, or of the door; without any, the only commune of this installation."""
    communes = {person.commune for person, _ in persons} or ({door} - {""})
    if not communes:
        communes = _once(session, ("communes",), lambda: _communes(session))
    return next(iter(communes)) if len(communes) == 1 else None


def _communes(session: Session) -> set[str]:
    """Those of the register's persons; of more than one, two."""
    return set(session.exec(select(Person.commune).distinct().limit(2)).all())


def _apply(
    session: Session,
    home: Home,
    contact: Contact,
    persons: Sequence[tuple[Person, PersonContact]],
    event: Event,
    now: datetime,
    door: str = "",
) -> str:
    """Bring one event into the register. Returns the kind of input the engine has to hear next, or ""."""
    assert contact.id is not None
    subject = _subject(persons)
    match event:
        case Claim(fact, value, since):
            if subject is not None:
                day = now.astimezone(VIETNAM).date()
                record(session, subject, fact, value, "self", as_of=day, now=now, by="chat", since=since)
        case Stopped(scope):
            contacts.stop(session, contact.id, now, subject if scope == "person" else None)
        case Resumed(scope):
            if scope == "person" and subject is not None:
                contacts.resume(session, contact.id, subject)
            else:
                contacts.open_again(session, contact.id)
        case Holder(who):
            _hold(session, contact, persons, who, now)
        case NotMe():
            for person, _ in persons:
                contacts.unlink(session, person.id or 0, contact.id)
            contacts.stop(session, contact.id, now)
        case Deceased():
            if subject is not None:
                contacts.stop(session, contact.id, now, subject)
        case TicketWanted(kind, note):
            tickets.open_ticket(
                session, home, contact.id, kind, note, now, person=subject, commune=_commune(session, persons, door)
            )
        case TicketNote(note):
            tickets.add_note(session, home, contact.id, note, now)
        case LinkWanted(code):
            linked = contacts.use_link_code(session, home, code, contact.id, "unknown", now)
            return "linked" if linked is not None else "link_failed"
        case PhoneTold(told):
            phone, _ = cells.phone(told)
            commune = _commune(session, persons, door)
            tickets.open_ticket(session, home, contact.id, "phone", phone, now, person=subject, commune=commune)
        case PhoneShared(phone):
            return "phone_linked" if _link_by_phone(session, home, contact.id, phone, now) else "phone_unknown"
    return ""


def _hold(
    session: Session, contact: Contact, persons: Sequence[tuple[Person, PersonContact]], who: str, now: datetime
) -> None:
    """Somebody said who holds the phone. With several persons on it, only they themselves know which."""
    contact.owner = "self" if who == "self" else "relative"
    session.add(contact)
    if len(persons) == 1:
        contacts.link(session, persons[0][0].id or 0, contact.id or 0, contact.owner, now)


def _link_by_phone(session: Session, home: Home, contact: int, given: str, now: datetime) -> bool:
    """Link the chat to everyone whose list names this phone. Returns whether there was anybody."""
    phone, _ = cells.phone(given)
    if not phone:
        return False
    lookup = contact_lookup(home.keys, PHONE_LANE, phone)
    query = select(PersonContact.person).join(Contact, col(Contact.id) == col(PersonContact.contact))
    persons = session.exec(query.where(Contact.lane == PHONE_LANE, Contact.lookup == lookup)).all()
    for person in persons:
        contacts.link(session, person, contact, "unknown", now)
    return bool(persons)


def contact_of(session: Session, home: Home, channel: str, lane: str, address: str, now: datetime) -> int:
    """The id of the contact behind a channel user."""
    found = contacts.contact_for(session, home, channel, lane, address, now)
    assert found.id is not None
    return found.id


def set_blocked(
    session: Session, home: Home, channel: str, lane: str, address: str, blocked: bool, now: datetime
) -> None:
    """The channel says that the user blocked us (unfollowed), or let us in again."""
    contact = contacts.contact_for(session, home, channel, lane, address, now)
    contact.blocked_at = now if blocked else None
    session.add(contact)
    session.flush()


def withdraw(session: Session, home: Home, channel: str, lane: str, address: str, now: datetime) -> None:
    """The user withdraws consent on the channel: all that came by it goes, and it is never written to again.

    The address, the links, the conversation and every word on a ticket are erased at once. What the
    commune's list says of the person did not come from the channel: an open ticket has an officer
    decide on that within two working days (promise 9).
    """
    contact = contacts.contact_for(session, home, channel, lane, address, now)
    assert contact.id is not None
    persons = linked_persons(session, contact.id)
    tickets.open_ticket(
        session, home, contact.id, "data", "", now, person=_subject(persons), commune=_commune(session, persons)
    )
    contacts.stop(session, contact.id, now)
    for person, _ in persons:
        contacts.unlink(session, person.id or 0, contact.id)
    tickets.forget(session, contact.id)
    forget_arrivals(session, contact.id)
    session.execute(delete(Conversation).where(col(Conversation.contact) == contact.id))
    contact.sealed, contact.last_inbound_at, contact.busy_until, contact.owner = None, None, None, "unknown"
    session.add(contact)
    session.flush()
    log.info("bot.withdrawn", channel=channel)
