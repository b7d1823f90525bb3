"""Trợ giúp: what each page is for, the keys, and the short tour of a first sign-in (console/helps.yaml)."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from console.web import Seen, current, go, render
from register.staff import staff_named

router = APIRouter()


def is_new(session: Session, login: str) -> bool:
    """Whether this login has not put the tour away yet."""
    return staff_named(session, login).toured_at is None


@router.get("/tro-giup")
def helps(request: Request, seen: Seen = Depends(current)) -> Response:
    """Every page that this role has, in a sentence or two, and the keys."""
    return render(request, "help.html", seen)


@router.post("/tro-giup/da-xem")
def put_away(seen: Seen = Depends(current)) -> Response:
    """The tour was read."""

    def store(session: Session) -> None:
        staff = staff_named(session, seen.viewer.login)
        staff.toured_at = seen.now
        session.add(staff)

    seen.home.db.write(store)
    return go("/")
