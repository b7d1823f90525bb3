"""/api/v1: the commune, its ladder, its groups and its people (masked)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlmodel import Session, col, func, select

from campaigns.segments import SEGMENTS
from console import words
from console.api.door import AT_ONCE, NOT_HERE, PER_SECOND, Asking, Reading, Refused
from console.api.shapes import (
    Cursor,
    FactOut,
    Key,
    LadderOut,
    Limit,
    Number,
    Part,
    PersonOut,
    PersonWhole,
    Place,
    RungOut,
    SegmentOut,
    Yes,
)
from console.pages.people import open_people
from console.pages.progress import RUNGS
from register.categories import CATEGORIES
from register.facts import VALUES, by_evidence
from register.ladder import Rung, ladder, ladders, stands
from register.people import identity_of, masked
from register.staff import scope
from register.tables import Person, PersonCategory, Standing
from register.units import commune_of, hamlets_of, newest_lists

router = APIRouter()
SegmentName = Annotated[str, Query(pattern=f"^({'|'.join(SEGMENTS)})?$")]
RungName = Annotated[str, Query(pattern=f"^({'|'.join(RUNGS)})?$")]
CategoryCode = Annotated[str, Query(pattern=f"^({'|'.join(CATEGORIES)})?$")]


@router.get("/me", summary="Khóa này")
def me(asked: Reading) -> Key:
    """Which commune the key opens, until when, and how fast it may ask."""
    with asked.home.db.read() as session:
        unit = commune_of(session, asked.here)
    return Key(
        commune=unit.code,
        commune_name=unit.name,
        name=asked.key.name,
        writes=asked.key.writes,
        expires_at=words.local(asked.key.expires_at),
        requests_per_second=PER_SECOND,
        requests_at_once=AT_ONCE,
    )


@router.get("/hamlets", summary="Các khu dân cư")
def hamlets(asked: Reading) -> list[Place]:
    """The commune's hamlets, by code."""
    with asked.home.db.read() as session:
        return [Place(code=unit.code, name=unit.name) for unit in hamlets_of(session, asked.here)]


@router.get("/ladder", summary="Tiến độ theo bậc")
def the_ladder(asked: Reading, by: Literal["commune", "hamlet", "category"] = "commune") -> list[LadderOut]:
    """The whole ladder; ``by`` hamlet or category one for each. A person of two categories counts in both."""
    with asked.home.db.read() as session:
        as_of = newest_lists(session, [asked.here]).get(asked.here)
        found: dict[str, list[Rung]]
        if by == "commune":
            found = {commune_of(session, asked.here).name: ladder(session, asked.here)}
        else:
            found = ladders(session, asked.here, by)
    return [LadderOut(of=name, as_of=as_of, rungs=[_rung(rung) for rung in rungs]) for name, rungs in found.items()]


def _rung(rung: Rung) -> RungOut:
    return RungOut(key=rung.key, label=rung.label, people=rung.people, yes=rung.yes, no=rung.no, unknown=rung.unknown)


@router.get("/segments", summary="Các nhóm")
def segments(asked: Reading) -> list[SegmentOut]:
    """The shipped groups and how many open people are in each."""
    found = []
    with asked.home.db.read() as session:
        for segment in SEGMENTS.values():
            query = select(func.count()).select_from(Person).join(Standing, col(Standing.person) == Person.id)
            people = session.exec(query.where(Person.commune == asked.here, segment.sql())).one()
            found.append(SegmentOut(name=segment.name, label=segment.label, goal=segment.goal, people=people))
    return found


@router.get("/people", summary="Người thụ hưởng (đã che)")
def people(
    asked: Reading,
    hamlet: Annotated[str, Query(pattern=r"^([0-9]{5}-[0-9]{1,4})?$")] = "",
    segment: SegmentName = "",
    category: CategoryCode = "",
    rung: RungName = "",
    answer: Yes = "no",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Part[PersonOut]:
    """Open persons, by number. ``rung`` with ``answer``: who stands on it, does not, or of whom nobody knows."""
    query = open_people(asked.here).where(col(Person.id) > int(cursor or 0))
    if hamlet:
        query = query.where(Person.hamlet == hamlet)
    if segment:
        query = query.where(SEGMENTS[segment].sql())
    if category:
        query = query.where(col(Person.id).in_(select(PersonCategory.person).where(PersonCategory.code == category)))
    if rung:
        query = query.where(stands(rung, answer))
    with asked.home.db.read() as session:
        found = session.exec(scope(asked.viewer, query).order_by(Person.id).limit(limit + 1)).all()
        items = [PersonOut(**_shown(asked, person, standing)) for person, standing in found[:limit]]
    return Part(items=items, next=str(items[-1].id) if len(found) > limit else None)


@router.get("/people/{number}", summary="Một người (đã che)")
def person(asked: Reading, number: Number) -> PersonWhole:
    """One person and the newest value of each fact at each level of evidence; also once the file is closed."""
    with asked.home.db.read() as session:
        found, standing = person_here(asked, session, number)
        facts = [
            FactOut(kind=kind, evidence=level, value=fact.value, since=fact.since, as_of=fact.as_of)
            for kind in VALUES
            for level, fact in by_evidence(session, kind, [number]).get(number, {}).items()
        ]
        return PersonWhole(**_shown(asked, found, standing), facts=facts)


def person_here(asked: Asking, session: Session, number: int) -> tuple[Person, Standing | None]:
    """The commune's person of this number; Refused else."""
    query = select(Person, Standing).outerjoin(Standing, col(Standing.person) == Person.id)
    found = session.exec(scope(asked.viewer, query.where(Person.id == number))).first()
    if found is None:
        raise Refused(404, NOT_HERE)
    return found[0], found[1]


def _shown(asked: Asking, person: Person, standing: Standing | None) -> dict[str, Any]:
    identity = identity_of(asked.home, person)
    shown = masked(identity) if identity else None
    stands_so = standing or Standing(person=person.id or 0)
    return {
        "id": person.id,
        "hamlet": person.hamlet,
        "name": shown.full_name if shown else "",
        "citizen_id": shown.citizen_id if shown else "",
        "phone": shown.phone if shown else "",
        "birth_year": person.birth_year,
        "sex": person.sex,
        "closed": person.closed_reason if person.closed_at else "",
        "asxh_since": stands_so.asxh_since,
        **{kind: getattr(stands_so, kind) for kind in VALUES},
    }
