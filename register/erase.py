"""Erasure: a person's identity leaves the register for good, and a proof that it did.

What stays is a row without identity (a number, a commune, dates), so that old reports still add up,
and two kinds of tombstones: keyed hashes by which a later list is kept from bringing the person or a
stopped phone back. The payment dossier that the law keeps elsewhere is not ours to erase.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as query

from database import insert_new
from register.audit import note
from register.errors import BadInput
from register.everything import all_tables, binary_columns, text_columns
from register.home import Home
from register.people import identity_of
from register.tables import Contact, LinkCode, Person, PersonCategory, PersonContact, Tombstone

# Rooms above ours add what they hold: fn(session, person, contacts that nobody else is linked to).
_also: list[Callable[[Session, int, list[int]], None]] = []


def when_erased(fn: Callable[[Session, int, list[int]], None]) -> None:
    """Register what another room has to clear when a person is erased. Runs in the same write."""
    if fn not in _also:
        _also.append(fn)


@dataclass
class ErasureProof:
    """Where a search of every table still found the erased values. ``ok``: nowhere but the tombstones."""

    person: int
    tables: int = 0
    columns: int = 0
    found: list[str] = field(default_factory=list)  # table.column

    @property
    def ok(self) -> bool:
        return not self.found


@dataclass(frozen=True)
class _Planted:
    """What must not be found any more: hashes and seals, and the id and phones as text."""

    binary: tuple[bytes, ...]
    text: tuple[str, ...]


def erase(home: Home, person: int, by: str, now: datetime) -> ErasureProof:
    """Erase one person (by number) and search the whole database for what was known of them.

    Raises BadInput when there is no such person or they were erased before.
    """
    planted = home.db.write(lambda session: erase_in(session, home, person, by, now))
    with home.db.read() as session:
        return _search(session, person, planted)


def erase_in(session: Session, home: Home, person: int, by: str, now: datetime) -> _Planted:
    """``erase`` inside a write that is under way. Returns what must not be found any more."""
    row = session.get(Person, person)
    identity = identity_of(home, row) if row else None
    if row is None or identity is None or row.sealed is None or row.lookup is None:
        raise BadInput("Không có người này trong sổ, hoặc dữ liệu đã được xóa trước đây.")
    contacts = _only_theirs(session, person)
    binary = [row.sealed, row.lookup]
    binary += [value for contact in contacts for value in (contact.sealed, contact.lookup) if value]
    planted = _Planted(tuple(binary), tuple(t for t in (identity.citizen_id, identity.phone) if t))
    insert_new(session, Tombstone, [{"lookup": row.lookup, "kind": "erased", "at": now}], ["lookup", "kind"])
    row.sealed = row.lookup = row.birth_year = row.sex = row.hamlet = None
    row.closed_at, row.closed_reason, row.updated_at = row.closed_at or now, "erased", now
    session.add(row)
    numbers = [contact.id for contact in contacts if contact.id is not None]
    for contact in contacts:  # the row stays for the ledger; nothing leads to it any more
        contact.sealed, contact.lookup = None, secrets.token_bytes(16)
        contact.linked_at = contact.last_inbound_at = contact.busy_until = None
        session.add(contact)
    session.flush()
    for table, column in ((PersonContact, "person"), (PersonCategory, "person"), (LinkCode, "person")):
        session.execute(delete(table).where(getattr(table, column) == person))
    rows = 1 + len(numbers) + _clear_seals(session, person, numbers)
    for also in _also:
        also(session, person, numbers)
    note(session, by, "person_erased", str(person), now, rows=rows)
    return planted


def _only_theirs(session: Session, person: int) -> list[Contact]:
    """The person's contacts that lead to nobody else: a shared phone stays the others'."""
    theirs = query(PersonContact.contact).where(PersonContact.person == person)
    others = query(PersonContact.contact).where(PersonContact.person != person)
    found = query(Contact).where(col(Contact.id).in_(theirs), col(Contact.id).not_in(others))
    return list(session.exec(found).all())


def _clear_seals(session: Session, person: int, contacts: list[int]) -> int:
    """Empty every seal in any room's table that is about this person or one of these contacts."""
    cleared = 0
    for table in all_tables(session):
        if "sealed" not in table.c or table.name in ("person", "contact"):
            continue
        about = []
        if "person" in table.c:
            about.append(table.c.person == person)
        if "contact" in table.c and contacts:
            about.append(table.c.contact.in_(contacts))
        if about:
            result: Any = session.execute(update(table).where(or_(*about)).values(sealed=None))
            cleared += result.rowcount
    return cleared


def _search(session: Session, person: int, planted: _Planted) -> ErasureProof:
    tables = all_tables(session)
    proof = ErasureProof(person, tables=len(tables))
    for column in binary_columns(tables):
        if column.table.name != "tombstone":
            _look(session, proof, column.table, column, column.in_(planted.binary))
    for column in text_columns(tables):
        written = or_(*(cast(column, String).contains(text) for text in planted.text))
        _look(session, proof, column.table, column, written)
    return proof


def _look(session: Session, proof: ErasureProof, table: Any, column: Any, found: Any) -> None:
    proof.columns += 1
    hits = session.execute(select(func.count()).select_from(table).where(found)).scalar_one()
    if hits:
        proof.found.append(f"{table.name}.{column.name}")
