"""When something is on air: the commune's own sessions, airings planned without a clash, and khẩn cấp before all.

The sessions (buổi phát) are the commune's regulation: two a day unless it says otherwise, never before 05:30, fifteen
minutes of own items each. Sources: facts of Hà Nội (≤ 15 minutes, two a day, 2021) and Liên Chiểu (5:30 and 17:00,
2025). Moments are aware UTC; days and clock times are Viet Nam's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, select

from audio.approval import is_approved, may_air, with_bulletin
from audio.tables import AirEntry, Airing, Bulletin, Recording
from register.errors import BadInput
from register.home import VIETNAM
from register.tables import Unit
from register.units import set_setting, setting

USUAL_STARTS, EARLIEST, LATEST = "05:30, 17:00", time(5, 30), time(21, 0)
LONGEST_SESSION_MIN = 15
MOST_STARTS = 4  # a day
GAP_S = 5  # between two items, and between repeats
MOST_REPEATS, MOST_AIRINGS = 3, 62
AHEAD = timedelta(days=92)
LATE_S = 600  # more than this after its time it is not played
OVER = ("played", "stopped", "late", "failed", "said")  # an airing with one of these is done with


@dataclass(frozen=True)
class Hours:
    """The commune's own sessions: when they start, and how long its own items may take."""

    starts: tuple[time, ...]
    minutes: int

    @property
    def words(self) -> str:
        return ", ".join(f"{at:%H:%M}" for at in self.starts)

    def session_at(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """Start and end of the session that this moment falls into."""
        local = moment.astimezone(VIETNAM)
        for start in self.starts:
            begins = datetime.combine(local.date(), start, VIETNAM)
            if begins <= local < begins + timedelta(minutes=self.minutes):
                return begins, begins + timedelta(minutes=self.minutes)
        return None


def hours_of(session: Session, commune: str) -> Hours:
    """The commune's sessions, or the usual ones."""
    starts = setting(session, commune, "air_starts", USUAL_STARTS)
    minutes = setting(session, commune, "air_minutes", str(LONGEST_SESSION_MIN))
    return read_hours(starts, minutes)


def read_hours(starts: str, minutes: str) -> Hours:
    """Sessions as people write them ("5:30, 17h00"; "15"). BadInput with what to do."""
    found = []
    for part in re.split(r"[,;]\s*|\s+", starts.strip()):
        clock = re.fullmatch(r"(\d{1,2})[:hg](\d{2})?", part.lower())
        if clock is None or int(clock[1]) > 23 or int(clock[2] or 0) > 59:
            raise BadInput("Giờ bắt đầu buổi phát: hãy ghi như 05:30, 17:00.")
        found.append(time(int(clock[1]), int(clock[2] or 0)))
    if not minutes.strip().isdecimal() or not 1 <= int(minutes) <= LONGEST_SESSION_MIN:
        raise BadInput(f"Mỗi buổi phát tin của xã dài từ 1 đến {LONGEST_SESSION_MIN} phút.")
    length, ordered = timedelta(minutes=int(minutes)), sorted(set(found))
    if len(ordered) > MOST_STARTS:
        raise BadInput(f"Mỗi ngày nhiều nhất {MOST_STARTS} buổi phát.")
    if ordered[0] < EARLIEST or ordered[-1] > LATEST:
        raise BadInput("Buổi phát không bắt đầu trước 05:30 hoặc sau 21:00: bà con còn nghỉ.")
    day = date(2026, 1, 1)
    for one, other in itertools.pairwise(ordered):
        if datetime.combine(day, one) + length > datetime.combine(day, other):
            raise BadInput(f"Buổi {one:%H:%M} chưa hết thì đã đến buổi {other:%H:%M}. Hãy ghi hai buổi cách xa hơn.")
    return Hours(tuple(ordered), int(minutes))


def set_hours(session: Session, commune: str, starts: str, minutes: str) -> Hours:
    """Keep the commune's sessions; airings that are planned stay where they are."""
    hours = read_hours(starts, minutes)
    set_setting(session, commune, "air_starts", hours.words)
    set_setting(session, commune, "air_minutes", str(hours.minutes))
    return hours


def moments(first: date, last: date, weekdays: Iterable[int], at: time) -> list[datetime]:
    """One clock time on every chosen weekday (0: Monday; none chosen: every day) from one day to another."""
    if last < first:
        raise BadInput("Ngày cuối đứng trước ngày đầu. Hãy ghi lại.")
    chosen = set(weekdays) or set(range(7))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = [datetime.combine(day, at, VIETNAM) for day in days if day.weekday() in chosen]
    if not found:
        raise BadInput("Trong khoảng ngày này không có thứ nào đã chọn. Hãy chọn lại.")
    if len(found) > MOST_AIRINGS:
        raise BadInput(f"Mỗi lần xếp nhiều nhất {MOST_AIRINGS} lượt phát. Hãy chọn khoảng ngày ngắn hơn.")
    return found


def on_air_s(recording: Recording, repeats: int) -> int:
    """Seconds on air, the pauses between repeats included."""
    return round(recording.duration_s * repeats + GAP_S * (repeats - 1))


def plan_airings(
    session: Session, recording_id: int, at: Sequence[datetime], by: str, now: datetime, repeats: int = 1
) -> list[Airing]:
    """Plan airings of an approved recording, all of them or none. The same moment twice is one airing.

    BadInput with one sentence: not approved, outside the commune's sessions, or another item is on air then.
    """
    recording, bulletin = with_bulletin(session, recording_id)
    if not is_approved(recording, bulletin):
        raise BadInput("Bản ghi chưa được duyệt, hoặc đã đổi sau khi duyệt, nên chưa xếp lịch phát được.")
    if not may_air(recording, bulletin):
        raise BadInput("Giọng nháp còn cần duyệt riêng một lần nữa, rồi mới xếp lịch phát được.")
    if not 1 <= repeats <= MOST_REPEATS:
        raise BadInput(f"Mỗi lượt phát đọc từ 1 đến {MOST_REPEATS} lần.")
    _alone(session, bulletin.commune)
    hours, seconds = hours_of(session, bulletin.commune), on_air_s(recording, repeats)
    made = []
    for moment in at:
        same = select(Airing).where(Airing.recording == recording_id, col(Airing.planned_at) == moment)
        airing = session.exec(same).first()
        if airing is None or airing.cancelled_at is not None:
            _no_clash(session, bulletin.commune, hours, moment, seconds, now)
            airing = airing or Airing(
                commune=bulletin.commune, recording=recording_id, planned_at=moment, seconds=seconds, planned_by=by
            )
            airing.seconds, airing.repeats, airing.planned_by = seconds, repeats, by
            airing.cancelled_at, airing.cancelled_by = None, ""
            session.add(airing)
            session.flush()
        made.append(airing)
    return made


def _alone(session: Session, commune: str) -> None:
    """Whoever plans for this commune next waits here, then sees what we planned."""
    session.exec(select(Unit.code).where(Unit.code == commune).with_for_update()).first()


def _no_clash(session: Session, commune: str, hours: Hours, at: datetime, seconds: int, now: datetime) -> None:
    local = at.astimezone(VIETNAM)
    when = f"{local:%H:%M} ngày {local:%d/%m/%Y}"
    if at <= now:
        raise BadInput(f"Lúc {when} đã qua. Hãy chọn giờ sau bây giờ.")
    if at > now + AHEAD:
        raise BadInput("Chỉ xếp lịch trước nhiều nhất ba tháng.")
    within = hours.session_at(at)
    if within is None:
        raise BadInput(
            f"Lúc {when} không có buổi phát nào. Các buổi của xã bắt đầu {hours.words}, dài {hours.minutes} phút."
        )
    ends = at + timedelta(seconds=seconds)
    standing = _standing(session, commune, at, ends)
    if not standing and ends <= within[1]:
        return
    free = next_free(session, commune, hours, seconds, max(now, within[0]))
    instead = f" Hãy chọn {free.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}." if free else ""
    if not standing:
        raise BadInput(f"Phát lúc {when} thì quá {hours.minutes} phút của buổi này.{instead}")
    other, title = standing[0]
    until = (other.planned_at + timedelta(seconds=other.seconds)).astimezone(VIETNAM)
    raise BadInput(f"Lúc {when} đã có “{title}”, đến {until:%H:%M:%S}.{instead}")


def _standing(session: Session, commune: str, start: datetime, end: datetime) -> list[tuple[Airing, str]]:
    """Airings on air between two moments (with the gap around them), by time."""
    gap = timedelta(seconds=GAP_S)
    longest = timedelta(minutes=LONGEST_SESSION_MIN * 2)
    found = session.exec(
        select(Airing, Bulletin.title)
        .join(Recording, col(Recording.id) == Airing.recording)
        .join(Bulletin, col(Bulletin.id) == Recording.bulletin)
        .where(
            Airing.commune == commune,
            col(Airing.cancelled_at).is_(None),
            col(Airing.planned_at) > start - longest,
            col(Airing.planned_at) < end + gap,
        )
        .order_by(col(Airing.planned_at))
    ).all()
    return [(a, title) for a, title in found if a.planned_at + timedelta(seconds=a.seconds) + gap > start]


def next_free(session: Session, commune: str, hours: Hours, seconds: int, after: datetime) -> datetime | None:
    """The first whole minute in a session from which ``seconds`` are free; None within two weeks."""
    if seconds > hours.minutes * 60:
        return None
    first = after.astimezone(VIETNAM).date()
    for day in (first + timedelta(days=n) for n in range(14)):
        for start in hours.starts:
            at = datetime.combine(day, start, VIETNAM)
            ends = at + timedelta(minutes=hours.minutes)
            while at < after:
                at += timedelta(minutes=1)
            while at + timedelta(seconds=seconds) <= ends:
                if not _standing(session, commune, at, at + timedelta(seconds=seconds)):
                    return at
                at += timedelta(minutes=1)
    return None


def plan_urgent(session: Session, recording_id: int, by: str, now: datetime, repeats: int = 1) -> Airing:
    """Khẩn cấp: on air now, at any hour, approved all the same. What it runs into goes to the next free time."""
    recording, bulletin = with_bulletin(session, recording_id)
    if not may_air(recording, bulletin):
        raise BadInput("Tin khẩn cấp cũng phải được duyệt (giọng nháp: duyệt cả hai lần) rồi mới phát.")
    _alone(session, bulletin.commune)
    seconds = on_air_s(recording, repeats)
    ends = now + timedelta(seconds=seconds)
    pushed = [a for a, _ in _standing(session, bulletin.commune, now, ends) if not a.urgent and not is_over(session, a)]
    for airing in pushed:
        airing.cancelled_at = now  # for the moment: so that it is not in its own way
        session.add(airing)
    urgent = Airing(
        commune=bulletin.commune, recording=recording_id, planned_at=now, seconds=seconds, repeats=repeats,
        urgent=True, planned_by=by,
    )  # fmt: skip
    session.add(urgent)
    session.flush()
    hours = hours_of(session, bulletin.commune)
    for airing in pushed:
        moved = next_free(session, bulletin.commune, hours, airing.seconds, ends + timedelta(seconds=GAP_S))
        if moved is None:
            airing.cancelled_by = by
            continue
        was, airing.planned_at, airing.cancelled_at = airing.planned_at, moved, None
        session.add(airing)
        session.add(
            AirEntry(
                commune=airing.commune,
                airing=airing.id or 0,
                key=f"doi:{airing.id}:{urgent.id}",
                what="moved",
                planned_at=was,
                at=now,
                by=by,
                received_at=now,
            )
        )
        session.flush()
    return urgent


def over() -> ColumnElement[bool]:
    """As a column beside Airing: whether the log says how it ended."""
    return exists().where(col(AirEntry.airing) == col(Airing.id), col(AirEntry.what).in_(OVER))


def how_ended(session: Session, airings: Sequence[int]) -> dict[int, str]:
    """What the log says last of how these airings ended; those that did are in it."""
    ended = select(AirEntry.airing, AirEntry.what).where(
        col(AirEntry.airing).in_(airings), col(AirEntry.what).in_(OVER)
    )
    return dict(session.exec(ended.order_by(col(AirEntry.id))).all())


def is_over(session: Session, airing: Airing) -> bool:
    """Whether the log says how this airing ended."""
    return session.exec(select(Airing.id).where(Airing.id == airing.id, over())).first() is not None


def cancel_airing(session: Session, airing: Airing, by: str, now: datetime) -> None:
    """Take an airing out of the plan; it stays in the books as taken out."""
    if is_over(session, airing):
        raise BadInput("Lượt này đã có trong nhật ký phát sóng nên không bỏ được.")
    airing.cancelled_at, airing.cancelled_by = now, by
    session.add(airing)
    session.flush()


def planned_between(
    session: Session, commune: str, start: datetime, end: datetime
) -> list[tuple[Airing, Recording, Bulletin]]:
    """What is planned in this time, in the order in which it is played."""
    found = session.exec(
        select(Airing, Recording, Bulletin)
        .join(Recording, col(Recording.id) == Airing.recording)
        .join(Bulletin, col(Bulletin.id) == Recording.bulletin)
        .where(
            Airing.commune == commune,
            col(Airing.cancelled_at).is_(None),
            col(Airing.planned_at) >= start,
            col(Airing.planned_at) < end,
        )
        .order_by(col(Airing.planned_at))
    ).all()
    return [(airing, recording, bulletin) for airing, recording, bulletin in found]


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """A day of Viet Nam."""
    start = datetime.combine(day, time(0), VIETNAM)
    return start, start + timedelta(days=1)
