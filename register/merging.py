"""Merging a list that was read into the register, inside one write.

People are found by the keyed hash of their citizen id; new ones are added, changed ones sealed anew,
and those who no longer stand in the list are closed, never deleted. A list only speaks for the groups
of beneficiaries it holds: a list of người có công closes nobody who is on one of bảo trợ xã hội. A
list older than one that is in already adds what it knows, and changes or closes nobody.

Every step is a handful of statements, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlmodel import Session, col, select

from database import insert_new, upsert
from register.categories import CATEGORIES, GROUPS, recognise
from register.cells import birth_year_of, sex_of
from register.contacts import new_contact
from register.facts import Said, record_many
from register.home import Home
from register.lists import ListedPerson, ListRead, Remark
from register.people import PHONE_LANE, Identity, citizen_lookup, contact_lookup, open_identity, seal_identity
from register.tables import Contact, Person, PersonCategory, PersonContact, Source, Tombstone
from register.units import hamlet_named, hamlets_of

CHILD_UNTIL = 14  # years: below it nobody makes an account alone (NĐ 69/2024/NĐ-CP điều 7)
MANY_LEFT = 0.3  # share of the open people; more leaving at once is worth a warning


def listed_identity(person: ListedPerson) -> Identity:
    """Who the list says this is."""
    return Identity(person.citizen_id, person.full_name, person.birth, person.phone, person.address)


@dataclass
class Merge:
    """One list on its way into one commune."""

    session: Session
    home: Home
    commune: str
    read: ListRead
    source: Source
    by: str
    now: datetime
    is_newest: bool
    numbers: dict[str, int] = field(default_factory=dict)  # citizen id → person number
    changed: set[int] = field(default_factory=set)

    def run(self) -> tuple[int, int, int]:
        """Merge. Returns how many people are new, changed, and left."""
        self._pass_over_erased()
        self.hamlets = self._hamlets()
        known = self._known()
        fresh = self._add(known)
        if self.is_newest:
            self._update(known)
        self._categories()
        self._phones()
        self.changed |= record_many(
            self.session, self._said(), "register",
            as_of=self.source.as_of, now=self.now, source=self.source.id, by=self.by,
        )  # fmt: skip
        left = self._close_who_left(known) + self._close_who_is_gone(known) if self.is_newest else 0
        return len(fresh), len(self.changed - fresh), left

    def _pass_over_erased(self) -> None:
        """Who was erased does not come back with a list."""
        erased = set(self.session.exec(select(Tombstone.lookup).where(Tombstone.kind == "erased")).all())
        self.lookups = {p.citizen_id: citizen_lookup(self.home.keys, p.citizen_id) for p in self.read.people}
        message = "Người này đã được xóa khỏi sổ theo yêu cầu nên không nhập lại."
        for person in self.read.people:
            if self.lookups[person.citizen_id] in erased:
                self.read.rejected.append(Remark(person.sheet, person.row, "", "erased", message))
        self.read.people = [p for p in self.read.people if self.lookups[p.citizen_id] not in erased]

    def _hamlets(self) -> dict[str, str]:
        codes = {unit.name.casefold(): unit.code for unit in hamlets_of(self.session, self.commune)}
        for name in dict.fromkeys(p.hamlet for p in self.read.people if p.hamlet):
            if name.casefold() not in codes:
                codes[name.casefold()] = hamlet_named(self.session, self.commune, name)
        return codes

    def _known(self) -> dict[bytes, Any]:
        rows = self.session.execute(
            select(  # type: ignore[call-overload, misc]
                Person.id, Person.lookup, Person.sealed, Person.hamlet, Person.birth_year, Person.sex,
                Person.closed_at, Person.closed_reason, Person.last_source,
            ).where(Person.commune == self.commune, col(Person.lookup).is_not(None))
        )  # fmt: skip
        return {row.lookup: row for row in rows}

    def _columns(self, person: ListedPerson, identity: Identity) -> dict[str, Any]:
        """What stands in the clear. Where the list is silent the citizen id tells birth year and sex."""
        return {
            "birth_year": int(identity.birth[:4]) if identity.birth else birth_year_of(person.citizen_id),
            "sex": person.sex or sex_of(person.citizen_id),
            "hamlet": self.hamlets.get(person.hamlet.casefold()),
        }

    def _add(self, known: dict[bytes, Any]) -> set[int]:
        rows = [
            {
                "commune": self.commune,
                "sealed": seal_identity(self.home.keys, listed_identity(person)),
                "lookup": self.lookups[person.citizen_id],
                "last_source": self.source.id,
                "created_at": self.now,
                "updated_at": self.now,
                "closed_reason": "",
                **self._columns(person, listed_identity(person)),
            }
            for person in self.read.people
            if self.lookups[person.citizen_id] not in known
        ]
        if rows:
            self.session.execute(insert(Person), rows)
        ids = self.session.execute(
            select(Person.lookup, Person.id).where(Person.commune == self.commune, col(Person.lookup).is_not(None))
        )
        numbers: dict[Any, Any] = {row[0]: row[1] for row in ids}
        self.numbers = {p.citizen_id: numbers[self.lookups[p.citizen_id]] for p in self.read.people}
        return {numbers[row["lookup"]] for row in rows}

    def _update(self, known: dict[bytes, Any]) -> None:
        """Seal anew who changed, and open again who had left."""
        changes: list[dict[str, Any]] = []
        for person in self.read.people:
            row = known.get(self.lookups[person.citizen_id])
            if row is None:
                continue
            old = open_identity(self.home.keys, row.sealed)
            new = listed_identity(person)
            new = replace(  # what the list leaves out stays; a full birth date is not lost to its year
                new,
                birth=old.birth if old.birth.startswith(new.birth) else new.birth,
                phone=new.phone or old.phone,
                address=new.address or old.address,
            )
            columns = self._columns(person, new)
            columns["hamlet"] = columns["hamlet"] or row.hamlet
            columns["sex"] = person.sex or row.sex or columns["sex"]
            came_back = row.closed_reason == "left_list"
            differs = new != old or came_back or any(getattr(row, k) != v for k, v in columns.items())
            if differs:
                self.changed.add(row.id)
            if differs or row.last_source != self.source.id:
                changes.append(
                    {
                        "person": row.id,
                        "sealed": seal_identity(self.home.keys, new) if new != old else row.sealed,
                        "closed_at": None if came_back else row.closed_at,
                        "closed_reason": "" if came_back else row.closed_reason,
                        "last_source": self.source.id,
                        "updated_at": self.now if differs else None,
                        **columns,
                    }
                )
        self._write_changes(changes)

    def _write_changes(self, changes: list[dict[str, Any]]) -> None:
        table = Person.metadata.tables["person"]
        for touched in (True, False):
            rows = [change for change in changes if (change["updated_at"] is not None) == touched]
            if not touched:  # seen again, unchanged
                rows = [{"person": row["person"], "last_source": row["last_source"]} for row in rows]
            if rows:
                self.session.execute(update(table).where(table.c.id == bindparam("person")), rows)

    def _categories(self) -> None:
        """A person's categories within the groups that this list speaks for; where it names none they stay."""
        wanted: dict[tuple[int, str], str] = {}
        for person in self.read.people:
            for words in person.categories:
                found = recognise(words)
                key = (self.numbers[person.citizen_id], found.code if found else "other")
                if key not in wanted or words not in wanted[key].split("; "):
                    wanted[key] = f"{wanted[key]}; {words}" if key in wanted else words
        rows = self.session.execute(
            select(PersonCategory.person, PersonCategory.code, PersonCategory.name)
            .join(Person, col(Person.id) == PersonCategory.person)
            .where(Person.commune == self.commune)
        )
        standing: dict[tuple[int, str], str] = {(row[0], row[1]): row[2] for row in rows}
        groups, told = self._groups(), {person for person, _ in wanted}
        new = {key: words for key, words in wanted.items() if standing.get(key) != words}
        gone = [
            key
            for key in standing
            if self.is_newest and key[0] in told and key not in wanted and _group(key[1]) in groups
        ]
        upsert(
            self.session, PersonCategory,
            [{"person": key[0], "code": key[1], "name": words} for key, words in new.items()], ["person", "code"],
        )  # fmt: skip
        table = PersonCategory.metadata.tables["person_category"]
        if gone:
            one = delete(table).where(table.c.person == bindparam("p"), table.c.code == bindparam("c"))
            self.session.execute(one, [{"p": person, "c": code} for person, code in gone])
        self.changed |= {key[0] for key in new} | {key[0] for key in gone}

    def _groups(self) -> set[str]:
        """The groups of beneficiaries that this list speaks for; all of them when it names none."""
        codes = (
            found.code if (found := recognise(words)) else "other" for p in self.read.people for words in p.categories
        )
        groups = {_group(code) for code in codes} - {"other"}
        if groups & {"btxh", "htxh"}:  # the two share one payment list
            groups |= {"btxh", "htxh"}
        return groups | {"other"} if groups else set(GROUPS)

    def _phones(self) -> None:
        """The list's phones as contacts of unknown owner. A number that was replaced is let go."""
        listed = {self.numbers[p.citizen_id]: p.phone for p in self.read.people if p.phone}
        lookup_of = {phone: contact_lookup(self.home.keys, PHONE_LANE, phone) for phone in set(listed.values())}
        rows = self.session.execute(select(Contact.lookup, Contact.id).where(Contact.lane == PHONE_LANE))
        contacts: dict[Any, Any] = {row[0]: row[1] for row in rows}
        missing = [phone for phone, lookup in lookup_of.items() if lookup not in contacts]
        if missing:
            stops = select(Tombstone.lookup, Tombstone.at).where(Tombstone.kind == "stopped")
            stopped: dict[Any, Any] = {row[0]: row[1] for row in self.session.execute(stops)}
            new = [new_contact(self.home, "phone", PHONE_LANE, phone, self.now) for phone in missing]
            new = [{**row, "stopped_at": stopped.get(row["lookup"])} for row in new]
            insert_new(self.session, Contact, new, ["lane", "lookup"])
            rows = self.session.execute(select(Contact.lookup, Contact.id).where(Contact.lane == PHONE_LANE))
            contacts = {row[0]: row[1] for row in rows}
        links = self.session.execute(
            select(PersonContact.person, PersonContact.contact, PersonContact.relation, PersonContact.stopped_at)
            .join(Contact, col(Contact.id) == PersonContact.contact)
            .join(Person, col(Person.id) == PersonContact.person)
            .where(Person.commune == self.commune, Contact.lane == PHONE_LANE)
        )
        standing = {(row[0], row[1]): row for row in links}
        wanted = {(person, contacts[lookup_of[phone]]) for person, phone in listed.items()}
        new_links = wanted - set(standing)
        if not self.is_newest:  # an older list only adds the first phone of who has none
            reached = {person for person, _ in standing}
            new_links = {key for key in new_links if key[0] not in reached}
        gone = [
            key for key, row in standing.items()
            if self.is_newest and key[0] in listed and key not in wanted
            and row.relation == "unknown" and row.stopped_at is None
        ]  # fmt: skip
        rows_new = [{"person": p, "contact": c, "relation": "unknown", "at": self.now} for p, c in sorted(new_links)]
        insert_new(self.session, PersonContact, rows_new, ["person", "contact"])
        table = PersonContact.metadata.tables["person_contact"]
        if gone:
            one = delete(table).where(table.c.person == bindparam("p"), table.c.contact == bindparam("c"))
            self.session.execute(one, [{"p": person, "c": contact} for person, contact in gone])
        self.changed |= {person for person, _ in new_links} | {person for person, _ in gone}

    def _said(self) -> Iterable[Said]:
        """The facts that the file states; where it is silent there is none."""
        year = self.source.as_of.year
        for person in self.read.people:
            number = self.numbers[person.citizen_id]
            for kind, tick in (
                ("nq418", person.nq418), ("bank_account", person.bank), ("asxh_account", person.asxh),
                ("data_matched", False if person.mismatch else None),
            ):  # fmt: skip
                if tick is not None:
                    yield Said(number, kind, "yes" if tick else "no")
            if person.eid_level:
                yield Said(number, "eid_level", person.eid_level)
            if person.payout:
                yield Said(number, "payout", person.payout)
            born = int(person.birth[:4]) if person.birth else birth_year_of(person.citizen_id)
            special = "child" if year - born < CHILD_UNTIL else person.special
            if special:
                yield Said(number, "special", special)

    def _close_who_left(self, known: dict[bytes, Any]) -> int:
        """Close who came from an earlier list and is in this one no more, within the list's groups."""
        here = set(self.numbers.values())
        rows = self.session.execute(
            select(PersonCategory.person, PersonCategory.code)
            .join(Person, col(Person.id) == PersonCategory.person)
            .where(Person.commune == self.commune)
        )
        groups_of: dict[int, set[str]] = {}
        for person, code in rows:
            groups_of.setdefault(person, set()).add(_group(code))
        spoken_for = self._groups()
        open_people = [row for row in known.values() if row.closed_at is None]
        left = [
            row.id for row in open_people
            if row.id not in here and row.last_source is not None and groups_of.get(row.id, set()) <= spoken_for
        ]  # fmt: skip
        self._close(left, "left_list")
        if len(left) > MANY_LEFT * len(open_people):
            message = (
                f"{len(left)} người trong sổ không còn trong danh sách này. Hãy chắc chắn đây là danh sách đầy đủ."
            )
            self.read.warnings.append(Remark("", 0, "", "many_left", message))
        return len(left)

    def _close_who_is_gone(self, known: dict[bytes, Any]) -> int:
        """Close who died or moved, as a note in the list says. Returns how many were open before."""
        open_before = {row.id for row in known.values() if row.closed_at is None}
        gone = [(self.numbers[person.citizen_id], person.gone) for person in self.read.people if person.gone]
        already = {row.id for row in known.values() if row.closed_reason in ("died", "moved")}
        for reason in ("died", "moved"):
            self._close([number for number, why in gone if why == reason and number not in already], reason)
        return sum(number in open_before for number, _ in gone)

    def _close(self, numbers: list[int], reason: str) -> None:
        if numbers:
            table = Person.metadata.tables["person"]
            closing = update(table).where(table.c.id == bindparam("person"))
            closing = closing.values(closed_at=self.now, closed_reason=reason, updated_at=self.now)
            self.session.execute(closing, [{"person": number} for number in numbers])


def _group(code: str) -> str:
    return CATEGORIES[code].group if code in CATEGORIES else "other"
