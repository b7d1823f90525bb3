"""Facts: what is known of each person, by whom it is said, and what therefore stands.

A fact is only ever added, and only when it says something new: the value at that date and evidence
level was another, or it changes what stands. What stands (``Standing``) is the value with the newest
as-of date; on a tie the stronger evidence; on a tie of both what was learnt last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import update
from sqlmodel import Session, col, select

from database import among, batches, bulk_insert, insert_new
from register.home import VIETNAM
from register.tables import Fact, Person, Standing

Evidence = Literal["self", "officer", "register"]
STRENGTH: dict[str, int] = {name: rank for rank, name in enumerate(get_args(Evidence))}
EVIDENCE_LABELS = {
    "self": "tự báo",
    "officer": "cán bộ đã thấy tận mắt",
    "register": "có trong danh sách",
}

YES_NO = ("yes", "no", "unknown")
SPECIAL = ("no_smartphone", "frail", "child", "delegate")  # đối tượng đặc thù
NO_ACCOUNT_OF_THEIR_OWN = ("child", "delegate")
VALUES: dict[str, tuple[str, ...]] = {
    "nq418": YES_NO,
    "data_matched": YES_NO,
    "eid_level": ("0", "1", "below_2", "2_granted", "2_active", "unknown"),
    "bank_account": YES_NO,
    "asxh_account": YES_NO,
    "payout": ("cash", "own_account", "delegated", "asxh", "unknown"),
    "receipt_confirmed": YES_NO,
    "special": ("no", *SPECIAL, "unknown"),
}
SINCE = ("", "before", "during", "unknown")
CHILD_UNTIL = 14  # years: below it nobody makes an account alone (NĐ 69/2024/NĐ-CP điều 7)
LEVEL_2_FROM_AGE = 6  # below it level 1 only, so no ASXH account (NĐ 69/2024/NĐ-CP điều 7)


_KNOWN = (Fact.id, Fact.person, Fact.kind, Fact.value, Fact.evidence, Fact.since, Fact.as_of)


@dataclass(frozen=True)
class FactValue:
    """A value with where it comes from."""

    value: str
    as_of: date
    since: str = ""
    source: int | None = None
    at: datetime | None = None


class Said(NamedTuple):
    """One statement of a bulk: this person, this kind, this value."""

    person: int
    kind: str
    value: str
    since: str = ""


def record(
    session: Session,
    person: int,
    kind: str,
    value: str,
    evidence: Evidence,
    *,
    as_of: date,
    now: datetime,
    source: int | None = None,
    by: str = "",
    since: str = "",
) -> bool:
    """Record one statement. Returns whether it said something new. ValueError for a word we do not know."""
    said = [Said(person, kind, value, since)]
    return bool(record_many(session, said, evidence, as_of=as_of, now=now, source=source, by=by))


def record_many(
    session: Session,
    said: Iterable[Said],
    evidence: Evidence,
    *,
    as_of: date,
    now: datetime,
    source: int | None = None,
    by: str = "",
) -> set[int]:
    """Record many statements of one source at once. Returns the persons of whom something new was said."""
    if evidence not in STRENGTH:
        raise ValueError(f"no such evidence: {evidence}")
    wanted: dict[int, dict[str, Said]] = defaultdict(dict)
    for one in said:
        wanted[one.person][one.kind] = one
    changed: set[int] = set()
    for persons in batches(sorted(wanted)):
        batch = [one for person in persons for one in wanted[person].values()]
        fresh = list(news(batch, facts_of(session, persons), evidence, as_of))
        add(session, fresh, evidence, as_of=as_of, now=now, source=source, by=by)
        changed |= {one.person for one, _ in fresh}
    return changed


def facts_of(session: Session, persons: Sequence[int]) -> Iterator[Any]:
    """All facts of these persons, as ``news`` wants them."""
    for batch in batches(persons):
        yield from session.execute(select(*_KNOWN).where(among(session, col(Fact.person), batch)))  # type: ignore[call-overload]


def news(said: Iterable[Said], known: Iterable[Any], evidence: Evidence, as_of: date) -> Iterator[tuple[Said, bool]]:
    """Those statements that say something new beside what is known, and whether each stands from now on.

    At most one statement of a person and kind. ValueError for a word we do not know.
    """
    last: dict[tuple[int, str], tuple[Any, str, str]] = {}  # what this evidence said by that day
    stands: dict[tuple[int, str], tuple[Any, str]] = {}
    for number, person, kind, value, whose, since, day in known:
        key, weight = (person, kind), (day, STRENGTH[whose], number)
        if whose == evidence and day <= as_of and (key not in last or last[key][0] < weight):
            last[key] = weight, value, since
        if key not in stands or stands[key][0] < weight:
            stands[key] = weight, value
    mine = (as_of, STRENGTH[evidence])
    for one in said:
        _check(one)
        key = (one.person, one.kind)
        current, before = stands.get(key), last.get(key)
        wins = current is None or mine >= current[0][:2]
        if (
            before is None
            or before[1] != one.value
            or one.since not in ("", before[2])
            or (wins and current is not None and current[1] != one.value)
        ):
            yield one, wins


def add(
    session: Session,
    fresh: Sequence[tuple[Said, bool]],
    evidence: Evidence,
    *,
    as_of: date,
    now: datetime,
    source: int | None,
    by: str,
) -> None:
    """Add what ``news`` found to the facts, and let stand what shall stand."""
    if not fresh:
        return
    _insert(session, (one for one, _ in fresh), evidence, as_of, now, source, by)
    _let_stand(session, sorted({one.person for one, _ in fresh}))
    columns: dict[int, dict[str, str]] = defaultdict(dict)
    for one, wins in fresh:
        if wins:
            columns[one.person].update(_columns(one))
    alike: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for person, values in columns.items():
        alike[tuple(sorted(values.items()))].append(person)
    for pairs, same in alike.items():  # a few dozen combinations, whatever the number of persons
        for batch in batches(same):
            session.execute(update(Standing).where(col(Standing.person).in_(batch)).values(**dict(pairs)))


def _let_stand(session: Session, persons: Sequence[int]) -> None:
    """A row of Standing for those who have none. Rows are made of plain values: a model each took ten times as long."""
    unknown = Standing(person=0).model_dump()
    for batch in batches(persons):
        there = select(Standing.person).where(among(session, col(Standing.person), batch))
        standing = set(session.exec(there).all())
        missing = [{**unknown, "person": person} for person in batch if person not in standing]
        insert_new(session, Standing, missing, ["person"])


def add_first(
    session: Session,
    said: Iterable[tuple[int, Sequence[Said]]],
    evidence: Evidence,
    *,
    as_of: date,
    now: datetime,
    source: int | None,
    by: str,
) -> None:
    """What is said of persons of whom nothing is known yet, person by person: nothing is looked up.

    Of whom nothing is said, everything stands as unknown: they are to be found among the unknown.
    """
    names = list(Standing.model_fields)
    unknown = list(Standing(person=0).model_dump().values())
    rows: list[tuple[Any, ...]] = []

    def one_by_one() -> Iterator[Said]:
        for person, of_person in said:
            row = unknown.copy()
            row[0] = person
            for one in of_person:
                _check(one)
                for name, value in _columns(one).items():
                    row[names.index(name)] = value
                yield one
            rows.append(tuple(row))

    _insert(session, one_by_one(), evidence, as_of, now, source, by)
    bulk_insert(session, Standing, names, rows, {})


def _insert(
    session: Session, said: Iterable[Said], evidence: str, as_of: date, now: datetime, source: int | None, by: str
) -> None:
    same = {"evidence": evidence, "source": source, "as_of": as_of, "at": now, "by": by}
    bulk_insert(session, Fact, Said._fields, said, same)


def _check(one: Said) -> None:
    if one.value not in VALUES[one.kind] or one.since not in SINCE:
        raise ValueError(f"{one.kind} cannot be {one.value!r} since {one.since!r}")


def _columns(one: Said) -> dict[str, str]:
    """The columns of Standing that a statement fills."""
    return {one.kind: one.value, "asxh_since": one.since} if one.kind == "asxh_account" else {one.kind: one.value}


def grow_up(session: Session, now: datetime) -> int:
    """Whoever has turned 14 is no child any more: from now on nothing is known of a special need. How many."""
    today = now.astimezone(VIETNAM).date()
    query = select(Standing.person).join(Person, col(Person.id) == Standing.person).where(Standing.special == "child")
    grown = session.exec(query.where(col(Person.birth_year) <= today.year - CHILD_UNTIL)).all()
    said = [Said(person, "special", "unknown") for person in grown]
    return len(record_many(session, said, "register", as_of=today, now=now, by="tungnha"))


def by_evidence(session: Session, kind: str, persons: Collection[int] | None = None) -> dict[int, dict[str, FactValue]]:
    """Of each person (all, or those given) the newest value of ``kind`` per evidence level."""
    columns = (Fact.id, Fact.person, Fact.evidence, Fact.value, Fact.as_of, Fact.since, Fact.source, Fact.at)
    found: dict[int, dict[str, FactValue]] = {}
    for batch in [None] if persons is None else batches(sorted(persons)):
        query = select(*columns).where(Fact.kind == kind)  # type: ignore[call-overload]
        if batch is not None:
            query = query.where(col(Fact.person).in_(batch))
        for row in session.execute(query.order_by(Fact.as_of, Fact.id)):
            value = FactValue(row.value, row.as_of, row.since, row.source, row.at)
            found.setdefault(row.person, {})[row.evidence] = value
    return found
