"""Địa bàn: the communes one may look at and the hamlets of the one looked at, each with its people."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from console.web import Seen, render, see
from register.staff import staff_scope
from register.tables import Person, Staff
from register.units import hamlets_of, newest_lists

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("units"))]


@router.get("/dia-ban")
def units(request: Request, seen: Viewing) -> Response:
    """Counts only: nobody is named here."""
    with seen.home.db.read() as session:
        page = {
            "people": _people(session, seen),
            "staff": _staff(session, seen),
            "lists": newest_lists(session, [unit.code for unit in seen.communes]),
            "hamlets": hamlets_of(session, seen.commune.code) if seen.commune else [],
        }
    return render(request, "units.html", seen, at="units", **page)


def _people(session: Session, seen: Seen) -> dict[str, int]:
    """How many open persons, by commune and by hamlet ("" under the commune looked at: in no hamlet)."""
    codes = [unit.code for unit in seen.communes]
    alive = (col(Person.closed_at).is_(None), col(Person.commune).in_(codes))
    by_commune = select(Person.commune, func.count()).where(*alive).group_by(col(Person.commune))
    found = dict(session.exec(by_commune).all())
    if seen.commune is not None:
        here = select(Person.hamlet, func.count()).where(*alive, Person.commune == seen.commune.code)
        found |= {hamlet or "": number for hamlet, number in session.exec(here.group_by(col(Person.hamlet))).all()}
    return found


def _staff(session: Session, seen: Seen) -> dict[str, int]:
    """How many open logins, by their own unit."""
    counted = select(Staff.unit, func.count()).where(col(Staff.active), col(Staff.unit).is_not(None))
    return dict(session.exec(staff_scope(seen.viewer, counted).group_by(col(Staff.unit))).all())
