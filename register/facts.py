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
from typing import Any, Literal, get_args

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from database import insert_new
from register.tables import Fact, Standing

Evidence = Literal["self", "officer", "register"]
STRENGTH: dict[str, int] = {name: rank for rank, name in enumerate(get_args(Evidence))}
EVIDENCE_LABELS = {
    "self": "tự báo",
    "officer": "cán bộ đã thấy tận mắt",
    "register": "có trong danh sách",
}

YES_NO = ("yes", "no", "unknown")
VALUES: dict[str, tuple[str, ...]] = {
    "nq418": YES_NO,
    "data_matched": YES_NO,
    "eid_level": ("0", "1", "below_2", "2_granted", "2_active", "unknown"),
    "bank_account": YES_NO,
    "asxh_account": YES_NO,
    "payout": ("cash", "own_account", "delegated", "asxh", "unknown"),
    "receipt_confirmed": YES_NO,
    "special": ("no", "no_smartphone", "frail", "child", "delegate", "unknown"),
}
SINCE = ("", "before", "during", "unknown")
BATCH = 400  # persons per question: SQLite allows 32.766 parameters, older builds 999


@dataclass(frozen=True)
class FactValue:
    """A value with where it comes from."""

    value: str
    as_of: date
    since: str = ""
    source: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Said:
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
        if one.value not in VALUES[one.kind] or one.since not in SINCE:
            raise ValueError(f"{one.kind} cannot be {one.value!r} since {one.since!r}")
        wanted[one.person][one.kind] = one
    changed: set[int] = set()
    for persons in _batches(sorted(wanted)):
        known = _known(session, persons)
        added: list[dict[str, Any]] = []
        standing: dict[int, dict[str, Any]] = defaultdict(dict)
        for person in persons:
            for kind, one in wanted[person].items():
                facts = known.get((person, kind), [])
                current = max(facts, key=_weight, default=None)
                row = Fact(
                    person=person, kind=kind, value=one.value, evidence=evidence, since=one.since,
                    source=source, as_of=as_of, at=now, by=by,
                )  # fmt: skip
                wins = current is None or _weight(row)[:2] >= _weight(current)[:2]
                if not _says_something_new(row, facts, current if wins else None):
                    continue
                added.append(row.model_dump(exclude={"id"}))
                changed.add(person)
                if wins:
                    standing[person][kind] = one.value
                    if kind == "asxh_account":
                        standing[person]["asxh_since"] = one.since
        if added:
            session.execute(insert(Fact), added)
        _stand(session, persons, standing)
    return changed


def _weight(fact: Any) -> tuple[date, int, int]:
    return fact.as_of, STRENGTH[fact.evidence], fact.id or 0


def _says_something_new(row: Fact, facts: Sequence[Any], current: Any) -> bool:
    """``current`` is given when ``row`` would replace it."""
    earlier = [f for f in facts if f.evidence == row.evidence and f.as_of <= row.as_of]
    if not earlier:
        return True
    last = max(earlier, key=_weight)
    if last.value != row.value or (row.since not in ("", last.since)):
        return True
    return current is not None and current.value != row.value


def _known(session: Session, persons: Sequence[int]) -> dict[tuple[int, str], list[Any]]:
    known: dict[tuple[int, str], list[Any]] = defaultdict(list)
    columns = (Fact.id, Fact.person, Fact.kind, Fact.value, Fact.evidence, Fact.since, Fact.as_of)
    for row in session.execute(select(*columns).where(col(Fact.person).in_(persons))):  # type: ignore[call-overload]
        known[row.person, row.kind].append(row)
    return known


def _stand(session: Session, persons: Sequence[int], values: dict[int, dict[str, Any]]) -> None:
    insert_new(session, Standing, [Standing(person=p).model_dump() for p in persons], ["person"])
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for person, columns in values.items():
        alike[tuple(sorted(columns.items()))].append(person)
    for pairs, same in alike.items():  # a few dozen combinations, whatever the number of persons
        session.execute(update(Standing).where(col(Standing.person).in_(same)).values(**dict(pairs)))


def by_evidence(session: Session, kind: str, persons: Collection[int] | None = None) -> dict[int, dict[str, FactValue]]:
    """Of each person (all, or those given) the newest value of ``kind`` per evidence level."""
    columns = (Fact.id, Fact.person, Fact.evidence, Fact.value, Fact.as_of, Fact.since, Fact.source, Fact.at)
    found: dict[int, dict[str, FactValue]] = {}
    for batch in [None] if persons is None else _batches(sorted(persons)):
        query = select(*columns).where(Fact.kind == kind)  # type: ignore[call-overload]
        if batch is not None:
            query = query.where(col(Fact.person).in_(batch))
        for row in session.execute(query.order_by(Fact.as_of, Fact.id)):
            value = FactValue(row.value, row.as_of, row.since, row.source, row.at)
            found.setdefault(row.person, {})[row.evidence] = value
    return found


def _batches(persons: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(persons), BATCH):
        yield persons[start : start + BATCH]
