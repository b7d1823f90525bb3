"""Buổi hỗ trợ: where and when people are helped, and how many days a commune needs for everyone.

A session is held in a hamlet, in the morning or the afternoon of a working day; its invitations go out one to
three days before it, so the pace of the messages is also the pace of the helpers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from sqlalchemy import delete, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from campaigns.field import seats
from campaigns.hours import hours_of
from campaigns.tables import Attendance, DoorCount, HelpSession
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.tables import Person, Standing, Unit
from register.units import commune_of, hamlets_of
from register.words import inside
from register.workdays import WEEKDAYS, is_working_day

MORNING, AFTERNOON = time(8, 0), time(14, 0)  # Viet Nam time
SESSION_MINUTES = 180
HELPERS = 2  # volunteers go in pairs
MOST_A_DAY = 1_000  # people a commune could ever help in a day
NOT_AT_A_SESSION = ("frail", "child", "delegate")  # special cases that are helped at home or at the office
HAMLET_KINDS = ("thôn", "bản", "ấp", "khóm", "khu", "tổ", "làng", "buôn", "bon", "xóm", "phum", "sóc", "khối")
PLAIN_PLACES = ("nhà văn hóa", "nhà văn hoá", "nhà sinh hoạt cộng đồng", "hội trường", "trụ sở")


@dataclass(frozen=True)
class Suggestion:
    """One session that could be planned; ``invited`` people of the hamlet fit into it."""

    hamlet: str
    hamlet_name: str
    place: str
    starts_at: datetime
    capacity: int
    invited: int
    helpers: int = HELPERS


@dataclass(frozen=True)
class SessionPlan:
    """Sessions for everyone who can come to one. ``without_hamlet``: people whom no session can be planned for."""

    sessions: list[Suggestion]
    without_hamlet: int

    @property
    def days(self) -> int:
        """Number of days on which helpers are needed."""
        return len({s.starts_at.astimezone(VIETNAM).date() for s in self.sessions})


def plan_session(
    session: Session,
    commune: str,
    hamlet: str,
    place: str,
    starts_at: datetime,
    capacity: int,
    helpers: int,
    now: datetime,
    *,
    minutes: int = SESSION_MINUTES,
) -> HelpSession:
    """Store one help session. ``starts_at``: aware. Raises BadInput with what to correct."""
    planned = HelpSession(commune=commune, hamlet=hamlet, place="", starts_at=starts_at, minutes=minutes, capacity=0)
    _arrange(session, planned, place, starts_at, capacity, helpers, now)
    return planned


def change_session(
    session: Session, session_id: int, place: str, starts_at: datetime, capacity: int, helpers: int, now: datetime
) -> HelpSession:
    """Another place, time or size for a session that has not begun. Raises BadInput with what to correct."""
    planned = _not_begun(session, session_id, now)
    _arrange(session, planned, place, starts_at, capacity, helpers, now)
    return planned


def cancel_session(session: Session, session_id: int, now: datetime) -> None:
    """Take back a session that has not begun; its hamlet then waits for its next one."""
    planned = _not_begun(session, session_id, now)
    seats.give_back(session, session_id)
    for table in (DoorCount, Attendance):
        session.execute(delete(table).where(col(table.session) == session_id))
    session.delete(planned)
    session.flush()
    seats.ask_again(session, planned.commune, now)


def _not_begun(session: Session, session_id: int, now: datetime) -> HelpSession:
    planned = session.get(HelpSession, session_id)
    if planned is None or planned.starts_at <= now:
        raise BadInput("Buổi này đã bắt đầu hoặc không còn, nên không sửa hay bỏ được nữa.")
    return planned


def _arrange(
    session: Session,
    planned: HelpSession,
    place: str,
    starts_at: datetime,
    capacity: int,
    helpers: int,
    now: datetime,
) -> None:
    """Check what was asked for, and put it into the row."""
    name = _hamlet_name(session, planned.commune, planned.hamlet)
    place = " ".join(place.split())
    if not place:
        raise BadInput("Hãy ghi nơi tổ chức buổi hỗ trợ, ví dụ: nhà văn hóa.")
    if starts_at <= now:
        raise BadInput("Buổi hỗ trợ phải ở thời điểm sau lúc này: hãy chọn ngày giờ khác.")
    if not 1 <= capacity <= MOST_A_DAY:
        raise BadInput(f"Số người giúp được trong một buổi phải từ 1 đến {MOST_A_DAY}.")
    if helpers < 1:
        raise BadInput("Mỗi buổi hỗ trợ cần ít nhất một người giúp.")
    ends_at = starts_at + timedelta(minutes=planned.minutes)
    near = select(HelpSession).where(
        HelpSession.hamlet == planned.hamlet,
        col(HelpSession.starts_at) < ends_at,
        col(HelpSession.starts_at) > starts_at - timedelta(days=1),
    )
    for other in session.exec(near):
        if other.id != planned.id and other.starts_at + timedelta(minutes=other.minutes) > starts_at:
            raise BadInput(f"{name} đã có một buổi hỗ trợ vào lúc đó: hãy chọn giờ khác.")
    planned.place, planned.starts_at, planned.capacity, planned.helpers = place, starts_at, capacity, helpers
    session.add(planned)
    session.flush()
    seats.ask_again(session, planned.commune, now)


def next_sessions(session: Session, commune: str, now: datetime) -> dict[str, HelpSession]:
    """The next session that has not begun, by hamlet code."""
    coming: dict[str, HelpSession] = {}
    for planned in _coming(session, commune, now):
        coming.setdefault(planned.hamlet, planned)
    return coming


def tally(
    session: Session, session_id: int, came: int, helped: int, by: str = "tungnha", now: datetime | None = None
) -> HelpSession:
    """Write down how many people came and how many were helped. A second tally replaces the first."""
    planned = _held(session, session_id)
    if not 0 <= helped <= came:
        raise BadInput("Số người làm xong không thể nhiều hơn số người đến: hãy xem lại hai con số.")
    before = _counted(session, session_id)
    _count(session, session_id, uuid4().hex, came - before[0], helped - before[1], by, now or planned.starts_at)
    planned.came, planned.helped = came, helped
    session.add(planned)
    session.flush()
    return planned


def count_at_door(
    session: Session, session_id: int, came: int, helped: int, by: str, now: datetime, key: str = ""
) -> HelpSession:
    """Add to the tally while people come, from any number of phones at once. It stays 0 ≤ helped ≤ came.

    ``key``: the id that a phone without a line gave this press. Such a press is counted once and never refused: those
    who came may stand on another phone that has not found its line yet. Whoever was helped has come.
    """
    planned = _held(session, session_id)
    if key and session.get(DoorCount, (session_id, key)) is not None:
        return planned
    all_came, all_helped = (sum(pair) for pair in zip(_counted(session, session_id), (came, helped), strict=True))
    if not key and not 0 <= all_helped <= all_came:
        raise BadInput("Số người làm xong không thể nhiều hơn số người đến. Hãy đếm người đến trước.")
    _count(session, session_id, key or uuid4().hex, came, helped, by, now)
    planned.helped = max(all_helped, 0)
    planned.came = max(all_came, planned.helped)
    session.add(planned)
    session.flush()
    return planned


def _held(session: Session, session_id: int) -> HelpSession:
    planned = session.get(HelpSession, session_id, with_for_update=True, populate_existing=True)
    if planned is None:
        raise BadInput(f"Không có buổi hỗ trợ số {session_id}.")
    return planned


def _counted(session: Session, session_id: int) -> tuple[int, int]:
    both = func.coalesce(func.sum(DoorCount.came), 0), func.coalesce(func.sum(DoorCount.helped), 0)
    came, helped = session.execute(select(*both).where(DoorCount.session == session_id)).one()
    return int(came), int(helped)


def _count(session: Session, session_id: int, key: str, came: int, helped: int, by: str, now: datetime) -> None:
    session.add(DoorCount(session=session_id, id=key, came=came, helped=helped, by=by, at=now))


def suggest_sessions(
    session: Session, home: Home, commune: str, per_day: int, first_day: date, now: datetime
) -> SessionPlan:
    """Answer "Mỗi ngày xã giúp được bao nhiêu người?" with sessions: nothing is stored.

    Half of ``per_day`` fits into a morning, half into an afternoon, each in one hamlet; the hamlets where most people
    are waiting come first. Weekends, public holidays and half days that are taken already are passed over. Whoever
    fits into the sessions that stand is not counted again. The first day leaves a day for the invitations.
    """
    commune_of(session, commune)
    if not 1 <= per_day <= MOST_A_DAY:
        raise BadInput(f"Số người xã giúp được mỗi ngày phải từ 1 đến {MOST_A_DAY}.")
    waiting = _waiting(session, commune)
    standing = _coming(session, commune, now)
    places = {s.hamlet: s.place for s in session.exec(_in_commune(commune))}
    for planned in standing:
        waiting[planned.hamlet] = waiting.get(planned.hamlet, 0) - planned.capacity
    taken = {_half_day(s.starts_at) for s in standing}
    first = max(first_day, _earliest(hours_of(session, home, commune)[1], now))
    slots = (slot for slot in _half_days(first, per_day) if _half_day(slot[0]) not in taken)

    hamlets = sorted(hamlets_of(session, commune), key=lambda h: (-waiting.get(h.code, 0), h.code))
    sessions = []
    for hamlet in hamlets:
        left = waiting.get(hamlet.code, 0)
        while left > 0:
            starts_at, room = next(slots)
            place = places.get(hamlet.code, PLAIN_PLACES[0])
            sessions.append(Suggestion(hamlet.code, hamlet.name, place, starts_at, room, min(room, left)))
            left -= room
    return SessionPlan(sessions, waiting.get(None, 0))


def session_words(help_session: HelpSession | Suggestion, hamlet_name: str) -> str:
    """Time and place as a sentence says them: "8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1"."""
    local = help_session.starts_at.astimezone(VIETNAM)
    minutes = f" {local.minute:02d}" if local.minute else ""
    place, hamlet = help_session.place, hamlet_words(hamlet_name)
    if hamlet.casefold() not in place.casefold():
        place += f" {hamlet}" if place.casefold() in PLAIN_PLACES else f", {hamlet}"
    return f"{local.hour} giờ{minutes} {WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}, {place}"


def hamlet_words(name: str) -> str:
    """A hamlet's name inside a sentence: "Khu phố 1" → "khu phố 1", "Thôn Đông" → "thôn Đông"."""
    kind = name.split(" ", 1)[0].casefold()
    return inside(name) if kind in HAMLET_KINDS else name


def _half_days(first: date, per_day: int) -> Iterator[tuple[datetime, int]]:
    """Mornings and afternoons of working days without end, each with the number of people it takes."""
    day = first
    while True:
        if is_working_day(day):
            for start, room in ((MORNING, (per_day + 1) // 2), (AFTERNOON, per_day // 2)):
                if room:
                    yield datetime.combine(day, start, VIETNAM), room
        day += timedelta(days=1)


def _half_day(moment: datetime) -> tuple[date, bool]:
    local = moment.astimezone(VIETNAM)
    return local.date(), local.hour >= 12


def _earliest(last: str, now: datetime) -> date:
    """Tomorrow; the day after it once today's hours for messages, until ``last``, are over."""
    local = now.astimezone(VIETNAM)
    late = f"{local:%H:%M}" >= last
    return local.date() + timedelta(days=2 if late else 1)


def _in_commune(commune: str) -> SelectOfScalar[HelpSession]:
    return select(HelpSession).where(HelpSession.commune == commune).order_by(col(HelpSession.starts_at))


def _coming(session: Session, commune: str, now: datetime) -> list[HelpSession]:
    return list(session.exec(_in_commune(commune).where(col(HelpSession.starts_at) > now)))


def _waiting(session: Session, commune: str) -> dict[str | None, int]:
    """People by hamlet who are not known to have the account and can come to a session."""
    asxh = func.coalesce(col(Standing.asxh_account), "unknown")
    special = func.coalesce(col(Standing.special), "unknown")
    query = (
        select(Person.hamlet, func.count())
        .join(Standing, col(Standing.person) == Person.id, isouter=True)
        .where(Person.commune == commune, col(Person.closed_at).is_(None))
        .where(asxh != "yes", special.not_in(NOT_AT_A_SESSION))
        .group_by(col(Person.hamlet))
    )
    return dict(session.exec(query).all())


def _hamlet_name(session: Session, commune: str, hamlet: str) -> str:
    unit = session.get(Unit, hamlet)
    if unit is None or unit.kind != "hamlet" or unit.parent != commune:
        raise BadInput("Khu phố, thôn này không thuộc xã đã chọn: hãy chọn lại.")
    return unit.name
