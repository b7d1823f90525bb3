"""Erasure: a person's identity leaves the register for good, and a proof that it did.

What stays is a row without identity (a number, the unit, categories and facts, and of a small child the year of
birth, on which a figure depends), so that last year's reports still say what they said. A tombstone, a keyed hash,
keeps a later list from bringing the person back, another one a stopped phone. Both are also kept outside the
database (erasures.py), so that no backup undoes them. The payment dossier that the law keeps elsewhere is not ours.

Somebody listed in two communes is erased in both. A phone or chat that leads to nobody else goes too; a shared one
stays the others'.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as query

from database import insert_new, sweep
from register import erasures
from register.audit import note
from register.contacts import address_of
from register.errors import BadInput
from register.everything import all_tables, binary_columns, inbox, text_columns
from register.home import Home
from register.looking import Wanted, leave_no_copies, look_in_files
from register.past import forget, remember
from register.people import Identity, identity_of
from register.tables import Contact, InquiryRow, LinkCode, Person, PersonCategory, PersonContact, Tombstone

SMALL_CHILD = 10  # years before the row was made: reports leave out children under 6, on earlier days too
OPEN_NAMES = ("staff.name",)  # an officer may have a citizen's name


@dataclass
class ErasureProof:
    """Where a search still found the erased values. ``ok``: nowhere but the tombstones.

    ``unseen``: where this machine could not look, as sentences for the officer.
    """

    person: int
    rows: int = 1  # persons: one citizen may stand in several communes
    tables: int = 0
    columns: int = 0
    files: int = 0
    found: list[str] = field(default_factory=list)  # table.column, or a file's name in the home
    unseen: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.found


@dataclass
class Removed:
    """What went, and by what it would be recognised if it stood somewhere yet."""

    persons: list[int] = field(default_factory=list)
    contacts: int = 0
    binary: set[bytes] = field(default_factory=set)  # seals and hashes
    identities: list[Identity] = field(default_factory=list)
    senders: list[bytes] = field(default_factory=list)  # of what waits in the inbox
    tables: set[str] = field(default_factory=set)  # where rows changed


def erase(home: Home, person: int, by: str, now: datetime) -> ErasureProof:
    """Erase one person (by number), and search the whole database and home for what was known of them.

    Raises BadInput when there is no such person or they were erased before.
    """
    removed = home.db.write(lambda session: erase_in(session, home, person, by, now))
    swept = clear_up(home, removed)
    erasures.publish(home)
    proof = ErasureProof(person, rows=len(removed.persons))
    with home.db.read() as session:
        _look_in_tables(session, proof, removed)
    wanted = Wanted(removed.binary, removed.identities)
    proof.files, found = look_in_files(home, wanted)
    proof.found += found
    if not home.db.is_sqlite:
        proof.unseen.append(
            f"Máy chủ PostgreSQL: {'đã dọn' if swept else 'CHƯA dọn được'} các bảng (VACUUM). Nhật ký ghi trước (WAL) "
            "và bản sao lưu riêng của máy chủ còn giữ bản đã mã hóa cho đến khi quay vòng; "
            "đổi khóa hai lần (tungnha keys rotate) thì hết mở được."
        )
    if erasures.backups(home):
        proof.unseen.append("Bản sao lưu cũ còn bản đã mã hóa; khi khôi phục, người này bị xóa lại ngay.")
    proof.unseen.append("Phiếu, báo cáo đã in hoặc đã tải về máy khác: hãy hủy bằng tay.")
    return proof


def erase_in(session: Session, home: Home, person: int, by: str, now: datetime) -> Removed:
    """``erase`` inside a write that is under way: this person, in every commune. ``clear_up`` afterwards."""
    row = session.get(Person, person)
    if row is None or row.sealed is None or row.lookup is None:
        raise BadInput("Không có người này trong sổ, hoặc dữ liệu đã được xóa trước đây.")
    everywhere = session.exec(query(Person.id).where(Person.lookup == row.lookup)).all()
    insert_new(session, Tombstone, [{"lookup": row.lookup, "kind": "erased", "at": now}], ["lookup", "kind"])
    removed = remove(session, home, [number for number in everywhere if number], "erased", now)
    for number in removed.persons:
        note(session, by, "person_erased", str(number), now, rows=len(removed.persons) + removed.contacts)
    return removed


def clear_up(home: Home, removed: Removed) -> bool:
    """After the write: what waits in the inbox, files that hold whole lists, and old pages of the database.

    False: the old pages could not be swept (database.sweep).
    """
    forget_senders(home, removed.senders)
    leave_no_copies(home)
    return sweep(home.db, sorted(removed.tables))


def remove(session: Session, home: Home, persons: Sequence[int], reason: str, now: datetime) -> Removed:
    """Take the identity of these persons out of every table. At most some hundred at once.

    Who is still open is closed with ``reason``; who had left keeps the reason, for the month's report.
    """
    rows = session.exec(query(Person).where(col(Person.id).in_(persons), col(Person.sealed).is_not(None))).all()
    removed = Removed([row.id for row in rows if row.id is not None], tables={"person"})
    if not rows:
        return removed
    remember(session, removed.persons, now)
    for row in rows:
        identity = identity_of(home, row)
        assert identity is not None
        removed.identities.append(identity)
        removed.binary |= {value for value in (row.sealed, row.lookup) if value}
        small = row.birth_year is not None and row.birth_year > row.created_at.year - SMALL_CHILD
        row.sealed = row.lookup = row.sex = None
        row.birth_year = row.birth_year if small else None
        row.closed_reason = row.closed_reason if row.closed_at else reason
        row.closed_at, row.updated_at = row.closed_at or now, now
        session.add(row)
    session.flush()
    contacts = _only_theirs(session, removed.persons)
    forget(session, removed.persons)
    for table in (PersonContact, LinkCode, InquiryRow):
        session.execute(delete(table).where(col(table.person).in_(removed.persons)))
    worded = update(PersonCategory).where(col(PersonCategory.person).in_(removed.persons))
    session.execute(worded.values(name=""))
    forgotten = forget_contacts(session, home, contacts)
    removed.contacts, removed.senders = len(contacts), forgotten.senders
    removed.binary |= forgotten.binary
    touched = {"person_contact", "link_code", "inquiry_row", "person_past", "person_category"}
    removed.tables |= touched | forgotten.tables | _clear(session, removed.persons, [])
    return removed


def forget_contacts(session: Session, home: Home, contacts: Sequence[Contact]) -> Removed:
    """Take the address out of these contacts, and what was said with them. The rows stay, for the ledger.

    Whoever was stopped stays stopped: by the tombstone.
    """
    removed = Removed(contacts=len(contacts))
    for contact in contacts:
        if contact.sealed:
            address = address_of(home, contact)
            removed.senders.append(home.keys.lookup("sender", f"{contact.lane}:{address}"))
            removed.binary.add(contact.sealed)
        removed.binary.add(contact.lookup)
        contact.sealed, contact.lookup, contact.owner = None, secrets.token_bytes(16), "unknown"
        contact.linked_at = contact.last_inbound_at = contact.busy_until = None
        session.add(contact)
    session.flush()
    numbers = [contact.id for contact in contacts if contact.id is not None]
    removed.tables = {"contact"} | _clear(session, [], numbers) if numbers else set()
    return removed


def _only_theirs(session: Session, persons: Collection[int]) -> list[Contact]:
    """The contacts of these persons that lead to nobody else: a shared phone stays the others'."""
    theirs = query(PersonContact.contact).where(col(PersonContact.person).in_(persons))
    others = query(PersonContact.contact).where(col(PersonContact.person).not_in(persons))
    found = query(Contact).where(col(Contact.id).in_(theirs), col(Contact.id).not_in(others))
    return list(session.exec(found).all())


def _clear(session: Session, persons: Sequence[int], contacts: Sequence[int]) -> set[str]:
    """Empty what any room's table holds about these persons or contacts. Returns the tables' names.

    A seal is emptied; where a row is nothing but a contact's own, or cannot do without its seal, it is deleted.
    """
    cleared = set()
    tables = {table.name: table for table in all_tables(session)}
    for table in tables.values():
        if table.name in ("person", "contact"):
            continue
        about = [
            table.c[name].in_(numbers)
            for name, numbers in (("person", persons), ("contact", contacts))
            if name in table.c and numbers
        ]
        if about and "contact" in table.primary_key and "person" not in table.c:
            session.execute(delete(table).where(or_(*about)))
        elif about and "sealed" in table.c:
            change: Any = update(table).values(sealed=None) if table.c.sealed.nullable else delete(table)
            session.execute(change.where(or_(*about)))
        elif persons and {"delivery", "provider_id"} <= set(table.c.keys()):
            # the provider could tell from its message's number to whom it went
            mine = select(tables["delivery"].c.id).where(tables["delivery"].c.person.in_(persons))
            session.execute(update(table).where(table.c.delivery.in_(mine)).values(provider_id=""))
        else:
            continue
        cleared.add(table.name)
    return cleared


def forget_senders(home: Home, senders: Iterable[bytes]) -> None:
    """Drop what these senders wrote and nobody has handled yet. The inbox is a file of its own."""
    wanted = [(sender,) for sender in senders]
    if not wanted:
        return
    with inbox(home) as db:
        if db is not None:
            db.executemany("DELETE FROM event WHERE sender = ?", wanted)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# --- The proof ---------------------------------------------------------------------------------


def _look_in_tables(session: Session, proof: ErasureProof, removed: Removed) -> None:
    tables = all_tables(session)
    proof.tables = len(tables)
    for column in binary_columns(tables):
        if column.table.name != "tombstone":
            _look(session, proof, column.table, column, column.in_(removed.binary))
    numbers = {text for one in removed.identities for text in (one.citizen_id, one.phone, one.address) if text}
    names = {one.full_name for one in removed.identities if one.full_name}
    for column in text_columns(tables):
        texts = numbers | (set() if f"{column.table.name}.{column.name}" in OPEN_NAMES else names)
        written = or_(*(cast(column, String).contains(text, autoescape=True) for text in sorted(texts)))
        _look(session, proof, column.table, column, written)


def _look(session: Session, proof: ErasureProof, table: Any, column: Any, found: Any) -> None:
    proof.columns += 1
    hits = session.execute(select(func.count()).select_from(table).where(found)).scalar_one()
    if hits:
        proof.found.append(f"{table.name}.{column.name}")
