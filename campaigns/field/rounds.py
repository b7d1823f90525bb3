"""Đi từng nhà: the ten doors that a pair carries today, and what comes back, perhaps from a phone without a line.

A phone gives each press an id and sends it until it is told that it was taken in; an id is taken in once. Two people
may write about one household: both presses are kept (VisitNote). Of one day, having met somebody outweighs not having
met anybody; else what was pressed last stands. Where both met somebody and saw it otherwise, both are told and an
officer decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from campaigns.field.visits import (
    MINUTES_A_DOOR,
    TO_GO,
    VisitRow,
    list_for_visits,
    note_receipt,
    record_visit,
    write_note,
)
from campaigns.tables import Visit, VisitNote, VisitTurn
from database import insert_new, upsert
from register import audit
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.people import identity_of, masked
from register.tables import Person, Unit

DOORS = 10  # what a pair gets round in half a day
OLDEST = timedelta(days=7)  # a phone that kept a press for longer has a wrong clock


@dataclass(frozen=True)
class Door:
    """One line of today's list. ``name`` is masked and ``address`` empty once nobody has to go there any more."""

    visit: int
    sheet: int
    at: datetime
    name: str
    address: str
    outcome: str
    again_on: date | None
    mine: bool  # the outcome is the carrier's own, of today
    to_go: bool


@dataclass(frozen=True)
class Pair:
    """Somebody else's list of today in the same hamlet."""

    login: str
    doors: int
    left: int


@dataclass(frozen=True)
class Press:
    """One outcome as it was pressed. ``id``: made on the phone."""

    id: str
    visit: int
    outcome: str
    pressed_at: datetime
    again_on: date | None = None
    received: bool | None = None


@dataclass(frozen=True)
class Took:
    """What became of a press: taken | again (known already) | kept (in the history alone) | differs.

    ``other``: whose note it met; ``stands``: the outcome that counts now.
    """

    id: str
    sheet: int
    state: str
    stands: str = ""
    other: VisitNote | None = None


# --- Today's list -------------------------------------------------------------------------------


def take_doors(session: Session, commune: str, hamlet: str | None, by: str, starts_at: datetime, now: datetime) -> int:
    """Put the next ten doors of a hamlet (None: of the commune) on this login's list, half an hour each.

    An audit event. Nobody else carries them today. BadInput when there are none, or when doors of the list are left.
    """
    session.get_one(Unit, commune, with_for_update=True)  # two pairs who press at once do not get the same doors
    today = now.astimezone(VIETNAM).date()
    if starts_at.astimezone(VIETNAM).date() != today:
        raise BadInput("Danh sách chỉ dùng trong ngày: hãy chọn giờ của hôm nay.")
    _drop_old(session, by, now)
    doors = list_for_visits(session, commune, hamlet=hamlet)
    carried = dict(session.execute(select(VisitTurn.visit, VisitTurn.login).where(*_today(now))).all())
    left = [row for row in doors if row.to_go and (row.again_on is None or row.again_on <= today)]
    if any(carried.get(row.visit) == by and _waits(row, today) for row in left):
        raise BadInput("Danh sách hôm nay còn nhà chưa đến. Hãy ghi kết quả, hoặc trả lại các nhà đó trước.")
    free = [row for row in left if row.visit not in carried][:DOORS]
    if not free:
        raise BadInput("Khu này không còn nhà nào cần đến hôm nay.")
    every, last = timedelta(minutes=MINUTES_A_DOOR), day_ends(now) - timedelta(minutes=1)
    times = [min(starts_at + every * turn, last) for turn in range(len(free))]
    turns = [{"visit": row.visit, "login": by, "at": at} for row, at in zip(free, times, strict=True)]
    upsert(session, VisitTurn, turns, ["visit", "login"])
    audit.note(session, by, "list_exported", commune, now, rows=len(turns))
    return len(turns)


def go_along(session: Session, commune: str, hamlet: str | None, other: str, by: str, now: datetime) -> int:
    """Carry the same doors as somebody else of this hamlet does today: the second of a pair. An audit event."""
    query = select(VisitTurn.visit, VisitTurn.at).join(Visit, col(Visit.id) == VisitTurn.visit)
    query = query.where(*_today(now), VisitTurn.login == other, Visit.commune == commune)
    rows = session.execute(query.where(Visit.hamlet == hamlet) if hamlet else query).all()
    if not rows:
        raise BadInput("Người này hôm nay không giữ nhà nào trong khu. Hãy tải lại trang.")
    _drop_old(session, by, now)
    insert_new(session, VisitTurn, [{"visit": v, "login": by, "at": at} for v, at in rows], ["visit", "login"])
    audit.note(session, by, "list_exported", commune, now, rows=len(rows))
    return len(rows)


def give_back(session: Session, commune: str, by: str, now: datetime) -> None:
    """The doors of today's list that nobody went to may be taken by somebody else."""
    mine = select(VisitTurn.visit).where(VisitTurn.login == by, *_today(now))
    unseen = {row.visit for row in list_for_visits(session, commune) if row.to_go}
    gone = [visit for visit in session.scalars(mine) if visit in unseen]
    session.execute(delete(VisitTurn).where(VisitTurn.login == by, col(VisitTurn.visit).in_(gone)))  # type: ignore[arg-type]


def doors_of(session: Session, home: Home, commune: str, hamlet: str | None, login: str, now: datetime) -> list[Door]:
    """Today's list of one login, by time: name, address and sheet number, nothing else of a person."""
    query = select(VisitTurn.visit, VisitTurn.at).where(VisitTurn.login == login, *_today(now))
    turns = dict(session.execute(query).all())
    rows = {row.visit: row for row in list_for_visits(session, commune, hamlet=hamlet) if row.visit in turns}
    today = now.astimezone(VIETNAM).date()
    doors = []
    for visit, at in sorted(turns.items(), key=lambda turn: (turn[1], turn[0])):
        row = rows.get(visit)
        if row is None:  # left the register, or has got meanwhile what the visit was for
            continue
        identity = identity_of(home, session.get_one(Person, row.person))
        if identity is None:
            continue
        waits = _waits(row, today)
        name = identity.full_name if waits else masked(identity).full_name or ""
        address = (identity.address or row.hamlet_name) if waits else ""
        mine = row.by == login and row.at is not None and _day(row.at) == today
        doors.append(Door(visit, row.sheet, at, name, address, row.outcome, row.again_on, mine, waits))
    return doors


def other_pairs(session: Session, commune: str, hamlet: str | None, login: str, now: datetime) -> list[Pair]:
    """Who else carries other doors of this hamlet today than this login, and how many are still to be gone to."""
    today = now.astimezone(VIETNAM).date()
    rows = {row.visit: row for row in list_for_visits(session, commune, hamlet=hamlet)}
    carried: dict[str, set[int]] = {}
    for turn in session.exec(select(VisitTurn).where(*_today(now))):
        if turn.visit in rows:
            carried.setdefault(turn.login, set()).add(turn.visit)
    mine = carried.pop(login, set())
    others = sorted((name, visits) for name, visits in carried.items() if visits - mine)
    return [Pair(name, len(visits), sum(_waits(rows[visit], today) for visit in visits)) for name, visits in others]


def _waits(row: VisitRow, today: date) -> bool:
    """Still to be gone to today: nobody was there, or the day before nobody was met."""
    return row.to_go and (row.at is None or _day(row.at) != today)


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _midnight(now: datetime) -> datetime:
    return datetime.combine(_day(now), time(), VIETNAM)


def day_ends(now: datetime) -> datetime:
    """The end of today: until then a phone may show the list."""
    return _midnight(now) + timedelta(days=1)


def _today(now: datetime) -> tuple[bool, bool]:
    since = _midnight(now)
    return (col(VisitTurn.at) >= since, col(VisitTurn.at) < since + timedelta(days=1))  # type: ignore[return-value]


def _drop_old(session: Session, by: str, now: datetime) -> None:
    session.execute(delete(VisitTurn).where(VisitTurn.login == by, col(VisitTurn.at) < _midnight(now)))  # type: ignore[arg-type]


# --- What comes back ----------------------------------------------------------------------------


def take_press(session: Session, home: Home, press: Press, by: str, now: datetime) -> Took:
    """Take one press in, once. The caller has seen to it that the visit is in this login's reach."""
    row = session.get_one(Visit, press.visit, with_for_update=True)
    if session.get(VisitNote, (press.visit, press.id)) is not None:
        return Took(press.id, row.sheet, "again", row.outcome)
    if session.get_one(Person, row.person).sealed is None:  # erased meanwhile: nothing more is written about them
        return Took(press.id, row.sheet, "kept", row.outcome)
    at = min(max(press.pressed_at, now - OLDEST), now)
    others = _others_of_that_day(session, press.visit, by, at)
    other, state = (others[-1] if others else None), "taken"
    if not row.outcome or row.at is None or _outweighs(press.outcome, at, by, row):
        record_visit(
            session, home, row.id, press.outcome, by, now,
            again_on=press.again_on, received=press.received, pressed_at=at, key=press.id,
        )  # fmt: skip
    else:
        state = "kept"
        write_note(session, row, press.outcome, by, at, now, press.again_on, press.id)
        note_receipt(session, row, press.received, by, at, now)
    against = [note for note in others if _contradicts(note.outcome, press.outcome)]
    if against:
        both = [press.id, *(note.id for note in against)]
        told = update(VisitNote).where(col(VisitNote.visit) == press.visit, col(VisitNote.id).in_(both))
        session.execute(told.values(disputed=True))
        state, other = "differs", against[-1]
    return Took(press.id, row.sheet, state, row.outcome, other)


def _outweighs(outcome: str, at: datetime, by: str, row: Visit) -> bool:
    """Whether a press stands over what was written down before it."""
    assert row.at is not None
    if row.by != by and _day(row.at) == _day(at):
        return (outcome not in TO_GO, at) >= (row.outcome not in TO_GO, row.at)
    return at >= row.at


def _contradicts(one: str, other: str) -> bool:
    return one != other and one not in TO_GO and other not in TO_GO


def _others_of_that_day(session: Session, visit: int, by: str, at: datetime) -> list[VisitNote]:
    """What others wrote about this door on the same day, each one's newest, oldest first."""
    query = select(VisitNote).where(VisitNote.visit == visit, VisitNote.by != by).order_by(col(VisitNote.pressed_at))
    newest = {note.by: note for note in session.exec(query) if _day(note.pressed_at) == _day(at)}
    return sorted(newest.values(), key=lambda note: note.pressed_at)


# --- Where two saw it otherwise -----------------------------------------------------------------


def disputes(session: Session, commune: str, hamlet: str | None = None) -> list[tuple[Visit, list[VisitNote]]]:
    """The doors of which two people wrote different things and nobody has decided yet, with both notes."""
    query = select(Visit, VisitNote).join(VisitNote, col(VisitNote.visit) == col(Visit.id))
    query = query.where(Visit.commune == commune, col(VisitNote.disputed))
    query = query.where(Visit.hamlet == hamlet) if hamlet else query
    found: dict[int, tuple[Visit, list[VisitNote]]] = {}
    for visit, note in session.exec(query.order_by(col(Visit.sheet), col(VisitNote.pressed_at))):
        found.setdefault(visit.id or 0, (visit, []))[1].append(note)
    return list(found.values())


def decide(session: Session, home: Home, visit: int, note: str, by: str, now: datetime) -> None:
    """An officer says which of the notes stands."""
    chosen = session.get(VisitNote, (visit, note))
    if chosen is None or not chosen.disputed:
        raise BadInput("Nhà này đã có người quyết định rồi. Hãy tải lại trang.")
    record_visit(session, home, visit, chosen.outcome, by, now, again_on=chosen.again_on)
