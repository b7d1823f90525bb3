"""The places of help sessions in a rehearsal: shared out as field.seats does it, while the made-up time goes on.

seats asks the ledger who waits and who has a place; here both are kept by hand, person by person.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time

from sqlmodel import Session, col, select

from campaigns.field.seats import FULL, ON_THE_WAY
from campaigns.tables import Campaign, Delivery, HelpSession, SeatOrder
from register.home import VIETNAM


@dataclass(frozen=True)
class Ahead:
    """A help session: when it begins, from when it is told, how many it takes."""

    number: int
    begins: datetime
    wave_at: datetime
    capacity: int


@dataclass
class SeatsAhead:
    """Who waits for a place (by hamlet and step), and who has one."""

    sessions: dict[str, list[Ahead]]
    holders: dict[int, set[int]]
    waiting: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    planned: list[tuple[str, int, int]] = field(default_factory=list)  # rows of this moment: not waiting yet

    def place(self, person: int, hamlet: str, step: int, at: datetime) -> tuple[int, datetime | None]:
        """(session or FULL or 0, from when): where a message at this moment would invite to."""
        coming = [one for one in self.sessions.get(hamlet, ()) if one.begins > at]
        kept = [one for one in coming if person in self.holders[one.number]]
        if kept:
            newest = max(kept, key=lambda one: one.number)
            return newest.number, newest.wave_at
        turn = self._turn(person, hamlet, step, coming)
        total = 0
        for one in coming:
            total += max(one.capacity - len(self.holders[one.number]), 0)
            if total >= turn:
                return one.number, one.wave_at
        return (FULL if hamlet in self.sessions else 0), None

    def _turn(self, person: int, hamlet: str, step: int, coming: list[Ahead]) -> int:
        """The how-manieth of those who wait; whoever has a place waits for none. At least 1."""
        waiting = self.waiting[hamlet, step]
        upto = waiting[: bisect_right(waiting, person)] if coming else []
        seated = set().union(*(self.holders[one.number] for one in coming))
        return max(len(upto) - sum(one in seated for one in upto) if seated else len(upto), 1)

    def wait(self, person: int, hamlet: str, step: int) -> None:
        """A row was planned just now: it is counted among those who wait from the next question on."""
        if hamlet in self.sessions:
            self.planned.append((hamlet, step, person))

    def asked(self) -> None:
        """The rows planned before are in the ledger now."""
        for hamlet, step, person in self.planned:
            insort(self.waiting[hamlet, step], person)
        self.planned.clear()

    def sent(self, person: int, hamlet: str, step: int, place: int) -> None:
        """Written to: waits no more, and has the place."""
        self.left(person, hamlet, step)
        if place > 0:
            self.holders[place].add(person)

    def left(self, person: int, hamlet: str, step: int) -> None:
        """Waits no more."""
        waiting = self.waiting[hamlet, step]
        at = bisect_right(waiting, person) - 1
        if at >= 0 and waiting[at] == person:
            waiting.pop(at)


def seats_ahead(session: Session, campaign: Campaign, wave_of: Callable[[datetime], datetime]) -> SeatsAhead:
    """The sessions of a campaign's commune, and who has a place in them already."""
    first_day = datetime.combine(campaign.starts_on, time(0), VIETNAM)
    mine = select(HelpSession).where(HelpSession.commune == campaign.commune, col(HelpSession.starts_at) >= first_day)
    sessions: dict[str, list[Ahead]] = {}
    for row in session.exec(mine.order_by(col(HelpSession.starts_at), col(HelpSession.id))):
        ahead = Ahead(row.id or 0, row.starts_at, wave_of(row.starts_at), row.capacity)
        sessions.setdefault(row.hamlet, []).append(ahead)
    holders: dict[int, set[int]] = defaultdict(set)
    numbers = [one.number for found in sessions.values() for one in found]
    invited = select(Delivery.session, Delivery.person).where(col(Delivery.session).in_(numbers))
    for number, person in session.exec(invited.where(col(Delivery.state).in_(ON_THE_WAY))):
        holders[number or 0].add(person)
    for number, person in session.exec(
        select(SeatOrder.session, SeatOrder.person).where(col(SeatOrder.session).in_(numbers))
    ):
        holders[number].add(person)
    return SeatsAhead(sessions, holders)
