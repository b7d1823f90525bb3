"""What a list changes in the register: worked out by reading alone, so that nobody waits meanwhile.

People are found by the keyed hash of their citizen id; new ones will be added, changed ones sealed anew,
and those who no longer stand in the list closed, never deleted. A list only speaks for the groups
of beneficiaries it holds: a list of người có công closes nobody who is on one of bảo trợ xã hội. A
list older than one that is in already adds what it knows, and changes or closes nobody.

    merge = Merge(home, commune, as_of, digest, now); merge.begin(session)
    fresh = merge.compare(session, people)     # part after part; who is new is handed back
    merge.finish(session)                      # who is in the list no more
    merge.plan                                 # for applying.apply

Every step is a handful of statements for some thousand people; what is held is what changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session, col, func, select

from database import ASKED, among, batches
from register.categories import CATEGORIES, GROUPS, recognise
from register.cells import birth_year_of, sex_of
from register.clear import LETTERS, holds_number, names_somebody
from register.difference import Difference, Tally, many_left
from register.facts import CHILD_UNTIL, Said, facts_of, news
from register.home import Home
from register.lists import ListedPerson, Remark
from register.people import (
    PHONE_LANE,
    Identity,
    citizen_lookup,
    contact_lookup,
    masked,
    open_identity,
    seal_identity,
)
from register.tables import Contact, Fact, Person, PersonCategory, PersonContact, Source, Standing, Tombstone
from register.units import hamlets_of

_KNOWN = (
    Person.id, Person.lookup, Person.sealed, Person.hamlet, Person.birth_year, Person.sex, Person.closed_at,
    Person.closed_reason, Person.source,
)  # fmt: skip
_ERASED = "Người này đã được xóa khỏi sổ theo yêu cầu nên không nhập lại."


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
    for stated in person.categories:
        code, words = _worded(stated)
        if code not in named or words not in named[code].split("; "):
            named[code] = f"{named[code]}; {words}" if code in named else words
    return named


@dataclass
class Plan:
    """What to write of people who stand already, all by number; and the frame for those who are new."""

    source: Source | None  # the row of this very file, when it came before
    as_of: date
    newest_other: date | None
    fact_id: int  # facts with a higher number were added since
    hamlets: dict[str, str] = field(default_factory=dict)  # new ones: code → name
    changes: list[dict[str, Any]] = field(default_factory=list)
    opening: list[int] = field(default_factory=list)  # who had left and is in the list again
    adopted: list[int] = field(default_factory=list)  # who came by another way; from now on a list speaks of them
    categories: list[tuple[int, str, str]] = field(default_factory=list)
    categories_gone: list[tuple[int, str]] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)  # person, phone
    links_gone: list[tuple[int, int]] = field(default_factory=list)
    news: list[tuple[Said, bool]] = field(default_factory=list)
    closing: dict[str, list[int]] = field(default_factory=dict)  # reason → persons
    changed: set[int] = field(default_factory=set)
    new: int = 0
    left: int = 0

    @property
    def is_newest(self) -> bool:
        return self.newest_other is None or self.newest_other <= self.as_of

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write: the same file, and it says nothing new."""
        parts = (self.new, self.changes, self.opening, self.adopted, self.categories, self.categories_gone,
                 self.links, self.links_gone, self.news)  # fmt: skip
        return self.source is not None and not any(parts) and not any(self.closing.values())

    def altered(self) -> set[int]:
        """Whose row or categories change: what stands of them is to be remembered first."""
        closed = [person for people in self.closing.values() for person in people]
        rows = [row["person"] for row in self.changes] + self.opening + closed
        return {*rows, *(row[0] for row in self.categories), *(row[0] for row in self.categories_gone)}


@dataclass
class Merge:
    """One list on its way into one commune."""

    home: Home
    commune: str
    as_of: date
    digest: str
    now: datetime
    remarks: list[Remark] = field(default_factory=list)  # rows of people who were erased
    warnings: list[Remark] = field(default_factory=list)

    def begin(self, session: Session) -> None:
        """Ask what is needed from the first person on."""
        same = select(Source).where(Source.commune == self.commune, Source.file_hash == self.digest)
        source = session.exec(same.where(Source.kind == "list").order_by(col(Source.id).desc())).first()
        others = select(func.max(Source.as_of)).where(Source.commune == self.commune, Source.kind == "list")
        if source is not None:
            others = others.where(Source.id != source.id)
        as_of = source.as_of if source else self.as_of
        last_fact = session.exec(select(func.max(Fact.id))).one() or 0
        self.plan = Plan(source, as_of, session.exec(others).one(), last_fact)
        here = select(func.count(col(Person.id))).where(Person.commune == self.commune)
        self.open_before = session.exec(here.where(col(Person.closed_at).is_(None))).one()
        anybody = select(Person.id).where(Person.commune == self.commune).limit(1)
        self.anybody = session.exec(anybody).first() is not None
        self.erased = set(session.exec(select(Tombstone.lookup).where(Tombstone.kind == "erased")).all())
        units = hamlets_of(session, self.commune)
        self.hamlets = {unit.name.casefold(): unit.code for unit in units}
        self.units = len(units)
        self.tally = Tally()
        self.worded: set[str] = set()
        self.here: set[int] = set()  # the numbers of those who are in the list
        self.unwanted: list[tuple[int, str]] = []  # categories that the list does not name any more

    # --- Who is in the list

    def compare(self, session: Session, people: list[ListedPerson]) -> list[tuple[ListedPerson, bytes]]:
        """Look at some people of the list. Those who are new come back with their keyed hash; erased ones leave."""
        pairs = [(person, citizen_lookup(self.home.keys, person.citizen_id)) for person in people]
        if self.erased:
            for person, lookup in pairs:
                if lookup in self.erased:
                    self.remarks.append(Remark(person.sheet, person.row, "", "erased", _ERASED))
            pairs = [pair for pair in pairs if pair[1] not in self.erased]
            people[:] = [person for person, _ in pairs]
        for person in people:
            self.worded.update(person.categories)
            self._name_hamlet(person.hamlet)
        known = self._known(session, [lookup for _, lookup in pairs]) if self.anybody else {}
        fresh = [pair for pair in pairs if pair[1] not in known]
        self.plan.new += len(fresh)
        self.tally.new += len(fresh)
        here = {known[lookup].id: (person, known[lookup]) for person, lookup in pairs if lookup in known}
        if here:
            self._compare(session, here)
        return fresh

    def _name_hamlet(self, name: str) -> None:
        """Codes of the hamlets by name. New ones are numbered after those that stand (units.hamlet_named)."""
        if name and name.casefold() not in self.hamlets:
            self.units += 1
            code = f"{self.commune}-{self.units:02d}"
            self.hamlets[name.casefold()] = code
            self.plan.hamlets[code] = name

    def _known(self, session: Session, lookups: Sequence[bytes]) -> dict[bytes, Any]:
        found: dict[bytes, Any] = {}
        query = select(*_KNOWN).where(Person.commune == self.commune)  # type: ignore[call-overload]
        for batch in batches(lookups):
            found.update(
                (row.lookup, row) for row in session.execute(query.where(among(session, col(Person.lookup), batch)))
            )
        return found

    def columns(self, person: ListedPerson, birth: str) -> dict[str, Any]:
        """What stands in the clear. Where the list is silent the citizen id tells birth year and sex."""
        return {
            "birth_year": int(birth[:4]) if birth else birth_year_of(person.citizen_id),
            "sex": person.sex or sex_of(person.citizen_id),
            "hamlet": self.hamlets.get(person.hamlet.casefold()),
        }

    def _compare(self, session: Session, here: dict[int, tuple[ListedPerson, Any]]) -> None:
        plan, numbers = self.plan, list(here)
        self.here.update(numbers)
        self.tally.known += len(numbers)
        for number, (person, row) in here.items():
            if plan.is_newest:
                if row.source is None:
                    plan.adopted.append(number)
                self._compare_row(number, person, row)
        self._compare_categories(session, here)
        self._compare_phones(session, here)
        said = [one for number, (person, _) in here.items() for one in said_of(number, person, plan.as_of.year)]
        facts = list(facts_of(session, numbers))
        self.tally.told.update(one.kind for one in said)
        self.tally.knew([(row[1], row[2], row[3]) for row in facts])
        learnt = list(news(said, facts, "register", plan.as_of))
        if learnt:
            self._tell_facts(session, here, learnt)
            plan.news += learnt
            plan.changed.update(one.person for one, _ in learnt)

    def _compare_row(self, number: int, person: ListedPerson, row: Any) -> None:
        """Seal anew who changed, and open again who had left."""
        old = open_identity(self.home.keys, row.sealed)
        new = Identity(  # what the list leaves out stays; a full birth date is not lost to its year
            person.citizen_id,
            person.full_name,
            old.birth if old.birth.startswith(person.birth) else person.birth,
            person.phone or old.phone,
            person.address or old.address,
        )
        columns = self.columns(person, new.birth)
        columns["hamlet"] = columns["hamlet"] or row.hamlet
        columns["sex"] = person.sex or row.sex or columns["sex"]
        if row.closed_reason == "left_list":
            self.plan.opening.append(number)
            self.plan.changed.add(number)
            self.tally.came_back += 1
            self.tally.change(number, person.sheet, person.row, "came_back", "", "")
        if new != old or row.hamlet != columns["hamlet"] or row.sex != columns["sex"] or (
            row.birth_year != columns["birth_year"]
        ):  # fmt: skip
            self.plan.changed.add(number)
            sealed = seal_identity(self.home.keys, new) if new != old else row.sealed
            self.plan.changes.append({"person": number, "sealed": sealed, **columns})
            self._tell_row(number, person, old, new, row.hamlet, columns["hamlet"])
        if person.gone and row.closed_reason not in ("died", "moved"):
            self.plan.closing.setdefault(person.gone, []).append(number)
        if person.gone and row.closed_at is None:
            self.plan.left += 1
            self.tally.left[person.gone] += 1
            self.tally.change(number, person.sheet, person.row, "left", "", person.gone)

    def _tell_row(
        self, number: int, person: ListedPerson, old: Identity, new: Identity, before: str | None, after: str | None
    ) -> None:
        self.tally.identity += new != old
        was, shown = masked(old), masked(new)
        for kind, attribute in (("name", "full_name"), ("birth", "birth"), ("phone", "phone"), ("address", "address")):
            if getattr(old, attribute) != getattr(new, attribute):
                told = getattr(was, attribute), getattr(shown, attribute)
                self.tally.change(number, person.sheet, person.row, kind, *told)
        if before != after:
            self.tally.change(number, person.sheet, person.row, "hamlet", before or "", after or "")

    def _tell_facts(
        self, session: Session, here: dict[int, tuple[ListedPerson, Any]], learnt: list[tuple[Said, bool]]
    ) -> None:
        """Count from what to what, where what stands changes."""
        standing: dict[int, Any] = {}
        for batch in batches(sorted({one.person for one, _ in learnt})):
            query = select(Standing.__table__).where(among(session, col(Standing.person), batch))  # type: ignore[attr-defined]
            standing.update((row.person, row) for row in session.execute(query))
        for one, wins in learnt:
            before = getattr(standing.get(one.person), one.kind, "unknown")
            if wins and before != one.value:
                person = here[one.person][0]
                self.tally.facts[one.kind, before, one.value] += 1
                self.tally.change(one.person, person.sheet, person.row, one.kind, before, one.value)

    def _compare_categories(self, session: Session, here: dict[int, tuple[ListedPerson, Any]]) -> None:
        """A person's categories within the groups that this list speaks for; where it names none they stay."""
        standing: dict[int, dict[str, str]] = {}
        for batch in batches(list(here)):
            query = select(PersonCategory.person, PersonCategory.code, PersonCategory.name)
            for number, code, words in session.execute(query.where(among(session, col(PersonCategory.person), batch))):
                standing.setdefault(number, {})[code] = words
        for number, (person, _) in here.items():
            wanted, before = categories_of(person), standing.get(number, {})
            if wanted == before or not wanted:
                continue
            for code, words in wanted.items():
                if before.get(code) != words:
                    self.plan.categories.append((number, code, words))
                    self.plan.changed.add(number)
                    self.tally.change(number, person.sheet, person.row, "category", before.get(code, ""), words)
            self.unwanted += [(number, code) for code in before if code not in wanted]

    def _compare_phones(self, session: Session, here: dict[int, tuple[ListedPerson, Any]]) -> None:
        """The list's phones as contacts of unknown owner. A number that was replaced is let go."""
        standing: dict[int, list[Any]] = {}
        links = select(  # the lane is looked at here: in SQL it would lead a planner over every phone there is
            PersonContact.person, PersonContact.contact, PersonContact.relation, PersonContact.stopped_at,
            Contact.lookup, Contact.lane,
        ).join(Contact, col(Contact.id) == PersonContact.contact)  # type: ignore[call-overload]  # fmt: skip
        for batch in batches(list(here)):
            for row in session.execute(links.where(among(session, col(PersonContact.person), batch))):
                if row.lane == PHONE_LANE:
                    standing.setdefault(row.person, []).append(row)
        for number, (person, _) in here.items():
            if not person.phone:
                continue
            before, lookup = standing.get(number, ()), contact_lookup(self.home.keys, PHONE_LANE, person.phone)
            # an older list only adds the first phone of who has none
            if (self.plan.is_newest or not before) and all(row.lookup != lookup for row in before):
                self.plan.links.append((number, person.phone))
                self.plan.changed.add(number)
            if self.plan.is_newest:
                gone = [
                    (number, row.contact) for row in before
                    if row.lookup != lookup and row.relation == "unknown" and row.stopped_at is None
                ]  # fmt: skip
                self.plan.links_gone += gone
                self.plan.changed.update(number for number, _ in gone)

    # --- Who is not

    def finish(self, session: Session, step: Callable[[], None] = lambda: None) -> Difference:
        """Work out who left, once all people of the list were compared; and say what it all comes to."""
        plan = self.plan
        spoken_for = self._groups()
        if plan.is_newest:
            plan.categories_gone = [one for one in self.unwanted if _group(one[1]) in spoken_for]
            plan.changed.update(number for number, _ in plan.categories_gone)
            self._close_who_left(session, spoken_for, step)
        difference = self.tally.difference(self.open_before, plan.as_of, plan.newest_other)
        self.warnings += [remark for remark in difference.suspicious if remark.code == many_left(0).code]
        return difference

    def _groups(self) -> set[str]:
        """The groups of beneficiaries that this list speaks for; all of them when it names none."""
        groups = {_group(_code(words)) for words in self.worded} - {"other"}
        if groups & {"btxh", "htxh"}:  # the two share one payment list
            groups |= {"btxh", "htxh"}
        return groups | {"other"} if groups else set(GROUPS)

    def _close_who_left(self, session: Session, spoken_for: set[str], step: Callable[[], None]) -> None:
        """Close who came from an earlier list and is in this one no more, within the list's groups."""
        query = select(Person.id).where(Person.commune == self.commune, col(Person.closed_at).is_(None))
        numbers = session.execute(query.where(col(Person.source).is_not(None)).execution_options(yield_per=ASKED))
        left: list[int] = []
        for batch in numbers.scalars().partitions():
            missing = [number for number in batch if number not in self.here]
            left += self._speaks_for(session, missing, spoken_for) if missing else ()
            step()
        self.plan.closing["left_list"] = left
        self.plan.left += len(left)
        self.tally.left["left_list"] = len(left)
        for number in left:
            self.tally.change(number, "", 0, "left", "", "left_list")

    def _speaks_for(self, session: Session, persons: list[int], spoken_for: set[str]) -> list[int]:
        query = select(PersonCategory.person, PersonCategory.code)
        others = {
            number for number, code in session.execute(query.where(among(session, col(PersonCategory.person), persons)))
            if _group(code) not in spoken_for
        }  # fmt: skip
        return [number for number in persons if number not in others]


@lru_cache(maxsize=2048)
def _worded(words: str) -> tuple[str, str]:
    """A category's code, and the words that are kept in the clear: our own, where the list's name somebody."""
    code = _code(words)
    ours = len(words) > LETTERS or holds_number(words) or names_somebody(words)
    return code, CATEGORIES[code].label if ours else words


def _code(words: str) -> str:
    found = recognise(words)
    return found.code if found else "other"


def _group(code: str) -> str:
    return CATEGORIES[code].group if code in CATEGORIES else "other"
