"""Ai đã đến: who came to a help session, ticked by whoever helps there. Nobody has to be; the tally counts by itself.

    people = expected(session, number)                  # had a place, or were ticked already
    tick(session, number, people, came, by, now)        # of these, these came

A tick says that somebody was there, not what became of it: that is a fact, noted elsewhere. It holds a person's number
and outlives an erasure as a visit does, as a row that leads to nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from campaigns.field.seats import ON_THE_WAY
from campaigns.tables import Attendance, Delivery, HelpSession, SeatOrder
from database import insert_new
from register import audit
from register.errors import BadInput

DOOR_OPENS = timedelta(hours=1)  # before a session begins

audit.declare("session_names_shown", "rows")
audit.declare("session_attendance", "came", "taken_back")


def expected(session: Session, number: int) -> list[int]:
    """Those who were invited to it, for whom a place is kept, and who were ticked: their numbers in order."""
    invited = select(Delivery.person).where(Delivery.session == number, col(Delivery.state).in_(ON_THE_WAY))
    kept = select(SeatOrder.person).where(SeatOrder.session == number)
    return sorted({*session.exec(invited), *session.exec(kept), *ticked(session, number)})


def ticked(session: Session, number: int) -> set[int]:
    """Who came, as far as anybody ticked it."""
    return set(session.exec(select(Attendance.person).where(Attendance.session == number)))


def tick(
    session: Session, number: int, shown: Collection[int], came: Collection[int], by: str, now: datetime
) -> tuple[int, int]:
    """Of the people that were ``shown``, those in ``came`` were there and the others were not.

    Who was not shown stays as they were: two people tick on two phones. Returns how many were ticked and how many ticks
    were taken back. BadInput before the door opens.
    """
    if session.get_one(HelpSession, number).starts_at - DOOR_OPENS > now:
        raise BadInput("Buổi này chưa tới giờ: ghi được từ một giờ trước khi bắt đầu.")
    before, there = ticked(session, number) & set(shown), set(shown) & set(came)
    new, gone = there - before, before - there
    rows = [{"session": number, "person": person, "by": by, "at": now} for person in sorted(new)]
    insert_new(session, Attendance, rows, ["session", "person"])
    taken_back = col(Attendance.session) == number, col(Attendance.person).in_(gone)
    session.execute(delete(Attendance).where(*taken_back))
    if new or gone:
        audit.note(session, by, "session_attendance", str(number), now, came=len(new), taken_back=len(gone))
    return len(new), len(gone)
