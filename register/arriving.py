"""Arriving: the new people of a list are written by and by, unseen; a list that did not make it is swept away.

Each write is small, so that nobody waits for it. What was written stays unseen (arrived.py) until the source is no
longer ``arriving``. An import that was cancelled, or whose process died, leaves people, hamlets, phones and a source
that nobody ever saw: ``sweep`` takes them out again, in small writes too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, insert, select, update
from sqlmodel import Session, SQLModel, col

from database import Database, among, batches, bulk_insert, reserve_ids
from register.arrived import ARRIVING_UNIT
from register.contacts import new_contact
from register.errors import BadInput
from register.everything import all_tables
from register.facts import add_first
from register.home import Home
from register.listed import ListedPerson
from register.merging import Plan, categories_of, listed_identity, said_of
from register.people import PHONE_LANE, seal_identity
from register.tables import Contact, Person, PersonCategory, PersonContact, Tombstone
from register.units import add_hamlets

log = structlog.get_logger(__name__)

SWEPT = 2_000  # people in one write: about 0,2 s
_tables = SQLModel.metadata.tables
_person, _unit, _source, _contact = (_tables[name] for name in ("person", "unit", "source", "contact"))
_link = _tables["person_contact"]

COLUMNS = ("sealed", "lookup", "closed_at", "closed_reason", "birth_year", "sex", "hamlet")


class Fresh(NamedTuple):
    """Some new people, sealed and ready to be written."""

    people: list[ListedPerson]
    rows: list[tuple[Any, ...]]  # COLUMNS
    phones: dict[str, dict[str, Any]]  # phone → the contact's row, where it is new
    hamlets: dict[str, str]  # new ones: code → name


def make_ready(
    home: Home, plan: Plan, columns: Callable[[ListedPerson, str], dict[str, Any]],
    people: Sequence[tuple[ListedPerson, bytes]], now: datetime,
) -> Fresh:  # fmt: skip
    """Seal the identities; no lock is held meanwhile. The plan's new hamlets go with the first who live there."""
    rows, phones = [], {}
    for person, lookup in people:
        gone = person.gone if plan.is_newest else ""
        clear = columns(person, person.birth)
        sealed = seal_identity(home.keys, listed_identity(person))
        rows.append((sealed, lookup, now if gone else None, gone, clear["birth_year"], clear["sex"], clear["hamlet"]))
        if person.phone and person.phone not in phones:
            phones[person.phone] = new_contact(home, "phone", PHONE_LANE, person.phone, now)
    hamlets, plan.hamlets = plan.hamlets, {}
    return Fresh([person for person, _ in people], rows, phones, hamlets)


def begin_source(session: Session, values: dict[str, Any]) -> int:
    """The source under which people arrive."""
    number = session.execute(insert(_source).values(arriving=True, kind="list", **values).returning(_source.c.id))
    return int(number.scalar_one())


def store(session: Session, fresh: Fresh, source: int, commune: str, as_of: Any, by: str, now: datetime) -> None:
    """Write some new people, unseen, with all that the list says of them."""
    if fresh.hamlets:
        add_hamlets(session, commune, fresh.hamlets, ARRIVING_UNIT)
    numbers = reserve_ids(session, Person, len(fresh.rows))
    same = {"commune": commune, "source": source, "created_at": now, "updated_at": now}
    bulk_insert(
        session, Person, ["id", *COLUMNS], ((n, *row) for n, row in zip(numbers, fresh.rows, strict=True)), same
    )
    people = list(zip(numbers, fresh.people, strict=True))
    named = ((n, code, words) for n, person in people for code, words in categories_of(person).items())
    bulk_insert(session, PersonCategory, ["person", "code", "name"], named, {})
    contacts = contacts_for(session, fresh.phones, source)
    links = ((n, contacts[person.phone]) for n, person in people if person.phone)
    bulk_insert(session, PersonContact, ["person", "contact"], links, {"relation": "unknown", "at": now})
    said = ((n, list(said_of(n, person, as_of.year))) for n, person in people)
    add_first(session, said, "register", as_of=as_of, now=now, source=source, by=by)


def contacts_for(session: Session, phones: dict[str, dict[str, Any]], source: int) -> dict[str, int]:
    """The contacts of these phones, made where there are none. A phone that was stopped once comes back stopped."""
    phone_of = {row["lookup"]: phone for phone, row in phones.items()}
    found: dict[str, int] = {}
    stopped: dict[bytes, datetime] = {}
    for batch in batches(list(phone_of)):
        standing = select(_contact.c.lookup, _contact.c.id).where(_contact.c.lane == PHONE_LANE)
        for lookup, number in session.execute(standing.where(among(session, _contact.c.lookup, batch))):
            found[phone_of[lookup]] = number
        stops = select(Tombstone.lookup, Tombstone.at).where(Tombstone.kind == "stopped")  # type: ignore[call-overload]
        stopped.update(
            (lookup, at) for lookup, at in session.execute(stops.where(among(session, col(Tombstone.lookup), batch)))
        )
    new = {phone: row for phone, row in phones.items() if phone not in found}
    if new:
        found.update(zip(new, reserve_ids(session, Contact, len(new)), strict=True))
        names = [name for name in next(iter(new.values())) if name not in ("stopped_at", "source")]
        rows = ((found[phone], stopped.get(row["lookup"]), *(row[n] for n in names)) for phone, row in new.items())
        bulk_insert(session, Contact, ["id", "stopped_at", *names], rows, {"source": source})
    return found


# --- One import at a time, and what a dead one left ----------------------------------------------


@contextmanager
def only_import(home: Home, commune: str) -> Iterator[None]:
    """Be the only import into this commune. BadInput when another one is under way, in whatever process."""
    with home.db.alone(_lock(commune)) as alone:
        if not alone:
            raise BadInput("Đang có một danh sách khác được nhận vào xã, phường này. Hãy đợi xong rồi làm lại.")
        yield


def _lock(commune: str) -> str:
    return f"import-{commune}"


def sweep_dead(home: Home) -> None:
    """Sweep up after imports whose process died. One that is under way is left alone."""
    with home.db.read() as session:
        communes = session.execute(select(_source.c.commune).where(_source.c.arriving).distinct()).scalars().all()
    for commune in communes:
        with home.db.alone(_lock(commune)) as dead:
            if dead:
                sweep(home.db, commune)


def sweep(db: Database, commune: str) -> None:
    """Take out what lists left that did not make it into this commune. The commune's import lock must be held."""
    with db.read() as session:
        mine = (_source.c.commune == commune) & _source.c.arriving
        sources = session.execute(select(_source.c.id).where(mine)).scalars().all()
        unused = _unused(session)
    for source in sources:
        people, last = 0, -1
        while batch := _next_of(db, source, last):
            db.write(partial(_take_out, people=batch, source=source, unused=unused))
            people, last = people + len(batch), batch[-1]
        db.write(partial(_end, source=source, commune=commune))
        log.info("list.swept", people=people)


def _next_of(db: Database, source: int, after: int) -> list[int]:
    mine = select(_person.c.id).where(_person.c.id > after, _person.c.source == source).order_by(_person.c.id)
    with db.read() as session:
        return list(session.execute(mine.limit(SWEPT)).scalars())


def _take_out(session: Session, people: list[int], source: int, unused: ColumnElement[bool]) -> None:
    contacts: set[int] = set()
    for batch in batches(people):
        contacts.update(session.execute(select(_link.c.contact).where(among(session, _link.c.person, batch))).scalars())
        for name in ("fact", "standing", "person_category", "person_contact"):
            session.execute(delete(_tables[name]).where(among(session, _tables[name].c.person, batch)))
        session.execute(delete(_person).where(among(session, _person.c.id, batch)))
    for batch in batches(sorted(contacts)):
        came_with = among(session, _contact.c.id, batch) & (_contact.c.source == source)
        session.execute(delete(_contact).where(came_with, unused))


def _unused(session: Session) -> ColumnElement[bool]:
    """That nobody ever wrote from this contact, and no row of any room's table leads to it."""
    touched = (_contact.c.linked_at, _contact.c.last_inbound_at, _contact.c.stopped_at, _contact.c.blocked_at)
    ways = [
        column
        for table in all_tables(session)
        for column in table.columns
        if any(key.column.table.name == "contact" for key in column.foreign_keys)
    ]
    return and_(*(one.is_(None) for one in touched), *(~exists().where(way == _contact.c.id) for way in ways))


def _end(session: Session, source: int, commune: str) -> None:
    session.execute(delete(_unit).where(_unit.c.parent == commune, _unit.c.kind == ARRIVING_UNIT))
    session.execute(delete(_source).where(_source.c.id == source))


# --- The end of the arriving ---------------------------------------------------------------------


def let_in(session: Session, source: int, commune: str) -> None:
    """From the end of this write on everybody sees who came with the source. Who was erased meanwhile stays out."""
    erased = select(Tombstone.lookup).where(Tombstone.kind == "erased")  # type: ignore[call-overload]
    gone = session.execute(
        select(_person.c.id).where(_person.c.lookup.in_(erased), _person.c.source == source)
    ).scalars()
    if people := list(gone):
        _take_out(session, people, source, _unused(session))
    new = session.execute(select(_unit.c.code, _unit.c.name).where(_mine(commune, ARRIVING_UNIT))).all()
    standing = session.execute(select(_unit.c.name, _unit.c.code).where(_mine(commune, "hamlet"))).all()
    codes = {name.casefold(): code for name, code in standing}
    for code, name in new:
        if name.casefold() in codes:  # somebody made a hamlet of this name meanwhile
            session.execute(update(_person).where(_person.c.hamlet == code).values(hamlet=codes[name.casefold()]))
            session.execute(delete(_unit).where(_unit.c.code == code))
    session.execute(update(_unit).where(_mine(commune, ARRIVING_UNIT)).values(kind="hamlet"))
    session.execute(update(_source).where(_source.c.id == source).values(arriving=False))


def _mine(commune: str, kind: str) -> Any:
    return (_unit.c.parent == commune) & (_unit.c.kind == kind)
