"""What a list changes in the register: worked out by reading alone, so that nobody waits meanwhile.

People are found by the keyed hash of their citizen id; new ones will be added, changed ones sealed anew,
and those who no longer stand in the list closed, never deleted. A list only speaks for the groups
of beneficiaries it holds: a list of người có công closes nobody who is on one of bảo trợ xã hội. A
list older than one that is in already adds what it knows, and changes or closes nobody.

    merge = Merge(home, commune, people, info, now)
    merge.plan(session) -> Plan        # writes nothing; what was sealed once is not sealed again
    applying.apply(session, …)         # one write

Every step is a handful of statements, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, func, select

from register.categories import CATEGORIES, GROUPS, recognise
from register.cells import birth_year_of, sex_of
from register.contacts import new_contact
from register.facts import CHILD_UNTIL, Said, facts_of, facts_of_commune, news
from register.home import Home
from register.lists import ListedPerson, Remark
from register.people import PHONE_LANE, Identity, citizen_lookup, contact_lookup, open_identity, seal_identity
from register.tables import (
    AuditEvent,
    Contact,
    Fact,
    Person,
    PersonCategory,
    PersonContact,
    Source,
    Tombstone,
    Unit,
)
from register.units import hamlets_of

MANY_LEFT = 0.3  # share of the open people; more leaving at once is worth a warning
ASKED = 500  # keys per question: older SQLite allows 999 parameters
TOLD = 500  # people between two reports of progress


def listed_identity(person: ListedPerson) -> Identity:
    """Who the list says this is."""
    return Identity(person.citizen_id, person.full_name, person.birth, person.phone, person.address)


def said_of(number: int, person: ListedPerson, year: int) -> Iterator[Said]:
    """The facts that the file states of one person; where it is silent there is none. ``year``: of the list."""
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


def categories_of(person: ListedPerson) -> dict[str, str]:
    """Category code → the list's words for it."""
    named: dict[str, str] = {}
    for words in person.categories:
        code = _code(words)
        if code not in named or words not in named[code].split("; "):
            named[code] = f"{named[code]}; {words}" if code in named else words
    return named


def mark(session: Session) -> tuple[Any, ...]:
    """Differs whenever something was written on which a plan may depend."""
    tables = (Person, Fact, Contact, PersonContact, PersonCategory, Tombstone, Source, AuditEvent, Unit)
    counted = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
    newest = [
        select(func.max(column)).scalar_subquery()
        for column in (Person.updated_at, Fact.id, Contact.id, Tombstone.at, AuditEvent.id)
    ]
    return tuple(session.execute(select(*counted, *newest)).one())


@dataclass
class Plan:
    """What to write. Persons who are new have no number yet and are ``fresh``; all others go by number."""

    source: Source | None  # the row of this very file, when it came before
    is_newest: bool
    people: list[ListedPerson]
    remarks: list[Remark] = field(default_factory=list)  # rows of people who were erased
    warnings: list[Remark] = field(default_factory=list)
    hamlets: dict[str, str] = field(default_factory=dict)  # new ones: code → name
    fresh: list[tuple[ListedPerson, dict[str, Any]]] = field(default_factory=list)  # with the row to be
    changes: list[dict[str, Any]] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)  # again, unchanged, but by another list
    categories: list[tuple[int, str, str]] = field(default_factory=list)
    categories_gone: list[tuple[int, str]] = field(default_factory=list)
    contacts: dict[str, int] = field(default_factory=dict)  # phone → contact, of those that stand
    new_contacts: dict[str, dict[str, Any]] = field(default_factory=dict)  # phone → the row to be
    links: list[tuple[int, str]] = field(default_factory=list)
    links_gone: list[tuple[int, int]] = field(default_factory=list)
    news: list[tuple[Said, bool]] = field(default_factory=list)
    closing: dict[str, list[int]] = field(default_factory=dict)  # reason → persons
    changed: int = 0
    left: int = 0

    def altered(self) -> set[int]:
        """Whose row or categories change: what stands of them is to be remembered first."""
        rows = {row["person"] for row in self.changes}.union(*self.closing.values())
        return rows | {row[0] for row in self.categories} | {row[0] for row in self.categories_gone}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write: the same file, and it says nothing new."""
        parts = (self.fresh, self.changes, self.seen, self.categories, self.categories_gone, self.links,
                 self.links_gone, self.news, self.new_contacts, self.hamlets)  # fmt: skip
        return self.source is not None and not any(parts) and not any(self.closing.values())


@dataclass
class Merge:
    """One list on its way into one commune. ``step`` is called now and then with how many more are done."""

    home: Home
    commune: str
    people: list[ListedPerson]
    as_of: date
    digest: str
    now: datetime
    step: Callable[[int], None] = lambda done: None
    _seals: dict[str, bytes] = field(default_factory=dict)  # citizen id → identity
    _contacts: dict[str, dict[str, Any]] = field(default_factory=dict)  # phone → row

    @cached_property
    def lookups(self) -> list[bytes]:
        """Keyed hashes, in the order of ``people``."""
        return [citizen_lookup(self.home.keys, person.citizen_id) for person in self.people]

    def plan(self, session: Session) -> Plan:
        """Work out what changes. Reads only, and may be asked again when the register has moved on."""
        source = self._standing_source(session)
        as_of = source.as_of if source else self.as_of
        newest = self._newest_other(session, source)
        self.out = out = Plan(source, newest is None or newest <= as_of, [])
        self.changed: set[int] = set()
        pairs = self._without_erased(session)
        self._name_hamlets(session)
        known = self._known(session)
        here: dict[int, ListedPerson] = {}
        for done, (person, lookup) in enumerate(pairs, 1):
            row = known.get(lookup)
            if row is None:
                out.fresh.append((person, self._new_row(person, lookup)))
            else:
                here[row.id] = person
                if out.is_newest:
                    self._compare(person, row)
            if done % TOLD == 0:
                self.step(TOLD)
        standing = self._standing_categories(session) if known else {}
        self._categories(here, standing)
        self._phones(session, here)
        said = [one for number, person in here.items() for one in said_of(number, person, as_of.year)]
        few = len(here) * 4 < len(known)
        facts = facts_of(session, sorted(here)) if few else facts_of_commune(session, self.commune) if here else ()
        out.news = list(news(said, facts, "register", as_of))
        self.changed |= {one.person for one, _ in out.news}
        if out.is_newest:
            self._close_who_left(known, here, standing)
            self._close_who_is_gone(known, here)
        out.changed = len(self.changed)
        return out

    def _standing_source(self, session: Session) -> Source | None:
        """The row of this file when it came before, with the date it had then."""
        same = select(Source).where(Source.commune == self.commune, Source.file_hash == self.digest)
        return session.exec(same.where(Source.kind == "list").order_by(col(Source.id).desc())).first()

    def _newest_other(self, session: Session, source: Source | None) -> date | None:
        """The as-of date of the newest other list of this commune."""
        others = select(func.max(Source.as_of)).where(Source.commune == self.commune, Source.kind == "list")
        if source is not None:
            others = others.where(Source.id != source.id)
        return session.exec(others).one()

    def _without_erased(self, session: Session) -> list[tuple[ListedPerson, bytes]]:
        """Who was erased does not come back with a list."""
        erased = set(session.exec(select(Tombstone.lookup).where(Tombstone.kind == "erased")).all())
        message = "Người này đã được xóa khỏi sổ theo yêu cầu nên không nhập lại."
        pairs = []
        for person, lookup in zip(self.people, self.lookups, strict=True):
            if lookup in erased:
                self.out.remarks.append(Remark(person.sheet, person.row, "", "erased", message))
            else:
                pairs.append((person, lookup))
        self.out.people = [person for person, _ in pairs]
        return pairs

    def _name_hamlets(self, session: Session) -> None:
        """Codes of the hamlets by name. New ones are numbered after those that stand (units.hamlet_named)."""
        units = hamlets_of(session, self.commune)
        self.hamlets = {unit.name.casefold(): unit.code for unit in units}
        for name in dict.fromkeys(person.hamlet for person in self.out.people if person.hamlet):
            if name.casefold() not in self.hamlets:
                code = f"{self.commune}-{len(units) + len(self.out.hamlets) + 1:02d}"
                self.hamlets[name.casefold()] = code
                self.out.hamlets[code] = name

    def _known(self, session: Session) -> dict[bytes, Any]:
        rows = session.execute(
            select(  # type: ignore[call-overload, misc]
                Person.id, Person.lookup, Person.sealed, Person.hamlet, Person.birth_year, Person.sex,
                Person.closed_at, Person.closed_reason, Person.last_source,
            ).where(Person.commune == self.commune, col(Person.lookup).is_not(None))
        )  # fmt: skip
        return {row.lookup: row for row in rows}

    def _columns(self, person: ListedPerson, birth: str) -> dict[str, Any]:
        """What stands in the clear. Where the list is silent the citizen id tells birth year and sex."""
        return {
            "birth_year": int(birth[:4]) if birth else birth_year_of(person.citizen_id),
            "sex": person.sex or sex_of(person.citizen_id),
            "hamlet": self.hamlets.get(person.hamlet.casefold()),
        }

    def _new_row(self, person: ListedPerson, lookup: bytes) -> dict[str, Any]:
        sealed = self._seals.get(person.citizen_id)
        if sealed is None or sealed[0] != self.home.keys.active:
            sealed = self._seals[person.citizen_id] = seal_identity(self.home.keys, listed_identity(person))
        gone = person.gone if self.out.is_newest else ""
        return {
            "sealed": sealed, "lookup": lookup, "closed_at": self.now if gone else None, "closed_reason": gone,
            **self._columns(person, person.birth),
        }  # fmt: skip

    def _compare(self, person: ListedPerson, row: Any) -> None:
        """Seal anew who changed, and open again who had left."""
        old = open_identity(self.home.keys, row.sealed)
        new = Identity(  # what the list leaves out stays; a full birth date is not lost to its year
            person.citizen_id,
            person.full_name,
            old.birth if old.birth.startswith(person.birth) else person.birth,
            person.phone or old.phone,
            person.address or old.address,
        )
        columns = self._columns(person, new.birth)
        columns["hamlet"] = columns["hamlet"] or row.hamlet
        columns["sex"] = person.sex or row.sex or columns["sex"]
        came_back = row.closed_reason == "left_list"
        if new != old or came_back or any(getattr(row, name) != value for name, value in columns.items()):
            self.changed.add(row.id)
            self.out.changes.append(
                {
                    "person": row.id,
                    "sealed": seal_identity(self.home.keys, new) if new != old else row.sealed,
                    "closed_at": None if came_back else row.closed_at,
                    "closed_reason": "" if came_back else row.closed_reason,
                    "updated_at": self.now,
                    **columns,
                }
            )
        elif self.out.source is None or row.last_source != self.out.source.id:
            self.out.seen.append(row.id)

    def _standing_categories(self, session: Session) -> dict[tuple[int, str], str]:
        rows = session.execute(
            select(PersonCategory.person, PersonCategory.code, PersonCategory.name)
            .join(Person, col(Person.id) == PersonCategory.person)
            .where(Person.commune == self.commune)
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def _categories(self, here: dict[int, ListedPerson], standing: dict[tuple[int, str], str]) -> None:
        """A person's categories within the groups that this list speaks for; where it names none they stay."""
        wanted = {
            (number, code): words
            for number, person in here.items()
            for code, words in categories_of(person).items()
        }  # fmt: skip
        told, groups = {number for number, _ in wanted}, self._groups()
        self.out.categories = [(*key, words) for key, words in wanted.items() if standing.get(key) != words]
        self.out.categories_gone = [
            key
            for key in standing
            if self.out.is_newest and key[0] in told and key not in wanted and _group(key[1]) in groups
        ]
        self.changed |= {row[0] for row in self.out.categories} | {number for number, _ in self.out.categories_gone}

    def _groups(self) -> set[str]:
        """The groups of beneficiaries that this list speaks for; all of them when it names none."""
        worded = {words for person in self.out.people for words in person.categories}
        groups = {_group(_code(words)) for words in worded} - {"other"}
        if groups & {"btxh", "htxh"}:  # the two share one payment list
            groups |= {"btxh", "htxh"}
        return groups | {"other"} if groups else set(GROUPS)

    def _phones(self, session: Session, here: dict[int, ListedPerson]) -> None:
        """The list's phones as contacts of unknown owner. A number that was replaced is let go."""
        phones = dict.fromkeys(person.phone for person in self.out.people if person.phone)
        phone_of = {contact_lookup(self.home.keys, PHONE_LANE, phone): phone for phone in phones}
        query = select(Contact.lookup, Contact.id).where(Contact.lane == PHONE_LANE)
        for batch in _batches(list(phone_of)):
            for lookup, number in session.execute(query.where(col(Contact.lookup).in_(batch))):
                self.out.contacts[phone_of[lookup]] = number
        stops = select(Tombstone.lookup, Tombstone.at).where(Tombstone.kind == "stopped")
        stopped: dict[Any, Any] = {row[0]: row[1] for row in session.execute(stops)}
        for lookup, phone in phone_of.items():
            if phone not in self.out.contacts:
                row = self._contacts.get(phone)
                if row is None or row["sealed"][0] != self.home.keys.active:
                    row = self._contacts[phone] = new_contact(self.home, "phone", PHONE_LANE, phone, self.now)
                self.out.new_contacts[phone] = {**row, "stopped_at": stopped.get(lookup)}
        self._links(session, here)

    def _links(self, session: Session, here: dict[int, ListedPerson]) -> None:
        links = session.execute(
            select(PersonContact.person, PersonContact.contact, PersonContact.relation, PersonContact.stopped_at)
            .join(Contact, col(Contact.id) == PersonContact.contact)
            .join(Person, col(Person.id) == PersonContact.person)
            .where(Person.commune == self.commune, Contact.lane == PHONE_LANE)
        )
        standing = {(row[0], row[1]): row for row in links}
        reached = {person for person, _ in standing}
        for number, person in here.items():
            # an older list only adds the first phone of who has none
            if person.phone and (self.out.is_newest or number not in reached):
                contact = self.out.contacts.get(person.phone)
                if contact is None or (number, contact) not in standing:
                    self.out.links.append((number, person.phone))
        self.out.links_gone = [
            key for key, row in standing.items()
            if self.out.is_newest and row.relation == "unknown" and row.stopped_at is None
            and key[0] in here and here[key[0]].phone and self.out.contacts.get(here[key[0]].phone) != key[1]
        ]  # fmt: skip
        self.changed |= {number for number, _ in self.out.links} | {number for number, _ in self.out.links_gone}

    def _close_who_left(
        self, known: dict[bytes, Any], here: dict[int, ListedPerson], standing: dict[tuple[int, str], str]
    ) -> None:
        """Close who came from an earlier list and is in this one no more, within the list's groups."""
        groups_of: dict[int, set[str]] = {}
        for number, code in standing:
            groups_of.setdefault(number, set()).add(_group(code))
        spoken_for = self._groups()
        open_people = [row for row in known.values() if row.closed_at is None]
        left = [
            row.id for row in open_people
            if row.id not in here and row.last_source is not None and groups_of.get(row.id, set()) <= spoken_for
        ]  # fmt: skip
        self.out.closing["left_list"] = left
        self.out.left += len(left)
        if len(left) > MANY_LEFT * len(open_people):
            message = (
                f"{len(left)} người trong sổ không còn trong danh sách này. Hãy chắc chắn đây là danh sách đầy đủ."
            )
            self.out.warnings.append(Remark("", 0, "", "many_left", message))

    def _close_who_is_gone(self, known: dict[bytes, Any], here: dict[int, ListedPerson]) -> None:
        """Close who died or moved, as a note in the list says; counted are those who were open before."""
        gone = {number: person.gone for number, person in here.items() if person.gone}
        if not gone:
            return
        already = {row.id for row in known.values() if row.closed_reason in ("died", "moved")}
        for reason in ("died", "moved"):
            self.out.closing[reason] = [n for n, why in gone.items() if why == reason and n not in already]
        self.out.left += sum(row.closed_at is None for row in known.values() if row.id in gone)


def _code(words: str) -> str:
    found = recognise(words)
    return found.code if found else "other"


def _group(code: str) -> str:
    return CATEGORIES[code].group if code in CATEGORIES else "other"


def _batches(keys: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(keys), ASKED):
        yield keys[start : start + ASKED]
