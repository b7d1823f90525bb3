"""Nhật ký phát sóng: what was planned and what happened, apart. Lines are only added.

A line comes from the radio page (it played, was stopped, was too late …), which may have been without a network for a
day: each carries a key made where it happened, so that sending it twice adds nothing. Or an operator says that they
aired it by other means. Nothing here claims that anyone heard.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, col, select

from audio.airtime import day_bounds
from audio.tables import AirEntry, Airing, Bulletin, Recording
from database import insert_new
from register.audit import declare, note
from register.errors import BadInput
from register.home import VIETNAM
from register.words import safe

WHAT = {
    "played": "đã phát hết",
    "stopped": "người trực dừng",
    "preempted": "nhường tin khẩn cấp",
    "broken": "đứt quãng, máy tắt",
    "late": "quá 10 phút nên không phát",
    "failed": "không phát được",
    "said": "người trực ghi đã phát",
    "moved": "dời giờ vì tin khẩn cấp",
}
FROM_THE_PAGE = frozenset(WHAT) - {"said", "moved"}
MOST_LINES = 500  # in one sending: a week without a network
MOST_BACK = timedelta(days=31)
KEY = re.compile(r"[\w-]{8,64}")
declare("air_logged", "what", "digest")


@dataclass(frozen=True)
class Happened:
    """One line as the radio page reports it."""

    key: str
    airing: int
    what: str
    planned_at: datetime
    at: datetime
    until: datetime | None = None


@event.listens_for(AirEntry, "before_update")
@event.listens_for(AirEntry, "before_delete")
def _only_added(*_: Any) -> None:
    raise RuntimeError("the broadcast log is only added to")


def add_lines(session: Session, commune: str, lines: Sequence[Happened], by: str, now: datetime) -> int:
    """Write what the radio page reports. Known keys are passed over. Returns how many lines are new.

    BadInput when a line is of another commune's airing or cannot be: nothing is written then.
    """
    if len(lines) > MOST_LINES:
        raise BadInput(f"Mỗi lần gửi nhiều nhất {MOST_LINES} dòng nhật ký.")
    named = select(Airing.id).where(Airing.commune == commune, col(Airing.id).in_({line.airing for line in lines}))
    known = set(session.exec(named).all())
    for line in lines:
        ended = line.until is None or line.at <= line.until
        if (
            line.airing not in known
            or line.what not in FROM_THE_PAGE
            or not KEY.fullmatch(line.key)
            or not ended
            or not now - MOST_BACK <= line.at <= now + timedelta(minutes=5)
        ):
            raise BadInput("Có dòng nhật ký không nhận được. Hãy tải lại trang phát thanh.")
    keys = [line.key for line in lines]
    there = set(session.exec(select(AirEntry.key).where(col(AirEntry.key).in_(keys))).all())
    fresh = {line.key: line for line in lines if line.key not in there}
    rows = [
        {
            "commune": commune, "airing": line.airing, "key": line.key, "what": line.what, "by": by,
            "planned_at": line.planned_at, "at": line.at, "until": line.until, "received_at": now,
        }
        for line in fresh.values()
    ]  # fmt: skip
    if rows:
        insert_new(session, AirEntry, rows, ["key"])
        for row in rows:
            _keep(session, row, by, now)
    return len(rows)


def say_aired(session: Session, airing_id: int, by: str, now: datetime) -> None:
    """An operator says that it was aired (from a USB stick, at the desk); the first word stands."""
    airing = session.get(Airing, airing_id)
    if airing is None:
        raise BadInput(f"Không có lượt phát số {airing_id}.")
    if airing.cancelled_at is not None:
        raise BadInput("Lượt phát này đã bỏ khỏi lịch.")
    if airing.planned_at.astimezone(VIETNAM).date() > now.astimezone(VIETNAM).date():
        raise BadInput("Chưa đến ngày phát. Phát xong rồi mới ghi.")
    row = {
        "commune": airing.commune, "airing": airing_id, "key": f"tay:{airing_id}", "what": "said", "by": by,
        "planned_at": airing.planned_at, "at": now, "until": None, "received_at": now,
    }  # fmt: skip
    if session.exec(select(AirEntry.id).where(AirEntry.key == row["key"])).first() is None:
        insert_new(session, AirEntry, [row], ["key"])
        _keep(session, row, by, now)


def _keep(session: Session, row: dict[str, Any], by: str, now: datetime) -> None:
    """The line's digest goes into the chained audit log: a line that is changed later shows."""
    note(session, by, "air_logged", str(row["airing"]), now, what=row["what"], digest=digest(row))


def digest(row: dict[str, Any]) -> str:
    """A short hash of what a line says, as letters (a digest of digits alone would look like an identity number)."""
    said = "|".join(
        part.astimezone(VIETNAM).isoformat() if isinstance(part, datetime) else str(part)
        for part in (row["airing"], row["key"], row["what"], row["planned_at"], row["at"], row["until"])
    )
    return hashlib.sha256(said.encode()).hexdigest()[:16].translate(str.maketrans("0123456789", "ghijklmnop"))


@dataclass(frozen=True)
class LogRow:
    """An airing as planned, and what the log says of it."""

    airing: Airing
    recording: Recording
    bulletin: Bulletin
    entries: list[AirEntry]


def log_of(session: Session, commune: str, first: date, last: date) -> list[LogRow]:
    """The broadcast log of these days, by planned time; what was taken out of the plan too, if anything happened."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    found = session.exec(
        select(Airing, Recording, Bulletin)
        .join(Recording, col(Recording.id) == Airing.recording)
        .join(Bulletin, col(Bulletin.id) == Recording.bulletin)
        .where(Airing.commune == commune, col(Airing.planned_at) >= start, col(Airing.planned_at) < end)
        .order_by(col(Airing.planned_at), col(Airing.id))
    ).all()
    entries: dict[int, list[AirEntry]] = {}
    said = select(AirEntry).where(col(AirEntry.airing).in_([a.id for a, _, _ in found])).order_by(col(AirEntry.at))
    for entry in session.exec(said).all():
        entries.setdefault(entry.airing, []).append(entry)
    return [LogRow(a, r, b, entries.get(a.id or 0, [])) for a, r, b in found]


HEADER = (
    "Ngày", "Giờ dự kiến", "Bản tin", "Thời lượng (giây)", "Số lần đọc", "Khẩn cấp", "Người duyệt", "Người xếp lịch",
    "Việc đã xảy ra", "Bắt đầu", "Kết thúc", "Người ghi", "Nhận vào sổ lúc",
)  # fmt: skip


def log_csv(rows: Sequence[LogRow]) -> bytes:
    """The log as a table for Excel: one line for each thing that happened, and one for each airing without any."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(HEADER)
    for row in rows:
        a, r = row.airing, row.recording
        planned = a.planned_at.astimezone(VIETNAM)
        head = [
            f"{planned:%d/%m/%Y}", f"{planned:%H:%M:%S}", safe(row.bulletin.title), a.seconds, a.repeats,
            "có" if a.urgent else "", safe(r.approved_by), safe(a.planned_by),
        ]  # fmt: skip
        for entry in row.entries:
            until = _clock(entry.until) if entry.until else ""
            happened = [WHAT[entry.what], _clock(entry.at), until, safe(entry.by), _clock(entry.received_at)]
            table.writerow(head + happened)
        if not row.entries:
            table.writerow([*head, "đã bỏ khỏi lịch" if a.cancelled_at else "chưa ghi", "", "", "", ""])
    return out.getvalue().encode("utf-8-sig")


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"
