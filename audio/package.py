"""The package that a radio operator takes away: MP3 files in the order of play, playlist, run sheet, calendar, hashes.

Names are ASCII and paths relative, without a byte-order mark: every player agrees on that. What was not approved is in
the package to be listened to, under a name that says so; it is neither in the playlist nor in the plan.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlmodel import Session, col, select

from audio.airtime import GAP_S, day_bounds, hours_of, planned_between
from audio.approval import may_air, with_bulletin
from audio.tables import Airing, Bulletin, Recording
from content.typeset import typeset
from register.errors import BadInput, reason
from register.home import VIETNAM, Home
from register.units import commune_of
from register.words import inside, safe
from register.workdays import WEEKDAYS

RUN_SHEET = Path(__file__).with_name("run_sheet.typ")
FIRST_WORDS = 9
_STAMP = (2026, 1, 1, 0, 0, 0)  # of every file inside: the same package is the same bytes

_GUIDE = """Gói bản tin truyền thanh

1. Chép cả thư mục này vào USB, hoặc tải các tệp .mp3 lên hệ thống truyền thanh.
2. Mở danh-sach-phat.m3u8 bằng phần mềm phát, hoặc phát theo thứ tự 01, 02, 03…
3. In to-phat-song.pdf: giờ phát, tên tệp, chỗ ghi giờ phát thật và ký tên.
4. Tệp có chữ NHAP là giọng nháp đã được duyệt riêng. Tệp có chữ CHUA-DUYET chỉ để nghe thử, không được phát.
5. loi-doc.txt là lời của từng bản tin; lich-phat.csv mở bằng Excel; lich-phat.ics mở bằng lịch của điện thoại.
6. Kiểm tệp còn nguyên: so với sha256.txt (lệnh: sha256sum -c sha256.txt).
"""


@dataclass(frozen=True)
class Item:
    """One recording in the package: its file and the airings that are planned of it."""

    name: str
    recording: Recording
    bulletin: Bulletin
    airings: tuple[Airing, ...]
    on_air: bool


def package(home: Home, recordings: Sequence[int], out: Path) -> str:
    """The package of these recordings, by number; none: the newest. Returns one sentence. A changed file is refused."""
    with home.db.read() as session:
        newest = select(Recording.id).order_by(col(Recording.id).desc()).limit(1)
        ids = recordings or [number for number in session.exec(newest) if number]
        if not ids:
            raise BadInput("Chưa có bản ghi nào. Hãy soạn và ghi một bản tin trước.")
        rows = [with_bulletin(session, number) for number in dict.fromkeys(ids)]
        planned = select(Airing).where(col(Airing.recording).in_(ids), col(Airing.cancelled_at).is_(None))
        airings = session.exec(planned.order_by(col(Airing.planned_at))).all()
        items = _items([(r, b, [a for a in airings if a.recording == r.id]) for r, b in rows])
        return _write(home, session, items, out, f"{len(items)} bản ghi")


def package_day(home: Home, commune: str, day: date, out: Path) -> str:
    """The package of everything that is planned on a day, in the order of play."""
    with home.db.read() as session:
        items = _items_of(session, commune, day)
        return _write(home, session, items, out, f"{len(items)} bản ghi phát ngày {day:%d/%m/%Y}")


def run_sheet(home: Home, session: Session, commune: str, day: date, out: Path) -> None:
    """Tờ phát sóng of a day, A4: when what is played, and room for what really happened. BadInput on an empty day."""
    typeset(RUN_SHEET, _sheet(session, commune, _items_of(session, commune, day), home.now()), out, home.now())


def _items_of(session: Session, commune: str, day: date) -> list[Item]:
    """What is planned on a day, each recording once, in the order of play. BadInput where there is nothing."""
    grouped: dict[int, tuple[Recording, Bulletin, list[Airing]]] = {}
    for airing, recording, bulletin in planned_between(session, commune, *day_bounds(day)):
        grouped.setdefault(airing.recording, (recording, bulletin, []))[2].append(airing)
    if not grouped:
        raise BadInput(f"Ngày {day:%d/%m/%Y} chưa xếp lượt phát nào. Hãy xếp lịch phát trước.")
    return _items(list(grouped.values()))


def _items(rows: Sequence[tuple[Recording, Bulletin, Sequence[Airing]]]) -> list[Item]:
    items = []
    for number, (recording, bulletin, airings) in enumerate(rows, 1):
        on_air = may_air(recording, bulletin)
        marks = ("-NHAP" if recording.draft else "") + ("" if on_air else "-CHUA-DUYET")
        name = f"{number:02d}-ban-tin-{bulletin.id}{marks}.mp3"
        items.append(Item(name, recording, bulletin, tuple(airings) if on_air else (), on_air))
    return items


def _write(home: Home, session: Session, items: list[Item], out: Path, what: str) -> str:
    commune, now = items[0].bulletin.commune, home.now()
    contents = {item.name: _read(home, item.recording) for item in items}
    texts = [f"{item.name}\n{item.bulletin.title}\n\n{item.bulletin.text}\n" for item in items]
    with TemporaryDirectory() as folder:
        sheet = Path(folder) / "to-phat-song.pdf"
        typeset(RUN_SHEET, _sheet(session, commune, items, now), sheet, now)
        contents |= {
            "danh-sach-phat.m3u8": playlist(items),
            "to-phat-song.pdf": sheet.read_bytes(),
            "lich-phat.csv": _csv(items),
            "loi-doc.txt": "\n\n".join(texts).encode(),
            "HUONG-DAN.txt": _GUIDE.encode(),
        }
    if planned := [(a, item.bulletin.title) for item in items for a in item.airings]:
        station = f"Đài truyền thanh {inside(commune_of(session, commune).name)}"
        contents["lich-phat.ics"] = calendar(planned, station, now)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents["manifest.json"] = orjson.dumps(_manifest(commune, items, sums), option=orjson.OPT_INDENT_2)
    sums["manifest.json"] = hashlib.sha256(contents["manifest.json"]).hexdigest()
    contents["sha256.txt"] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents.items():
                stored = zipfile.ZIP_STORED if name.endswith(".mp3") else zipfile.ZIP_DEFLATED
                archive.writestr(zipfile.ZipInfo(name, _STAMP), content, stored)
    except OSError as error:
        raise BadInput(f"Không ghi được tệp {out.name}: {reason(error)}. Hãy chọn nơi khác.") from None
    waiting = sum(not item.on_air for item in items)
    note = f" {waiting} bản chưa được duyệt đủ, không được phát." if waiting else ""
    return f"Đã đóng gói {what} vào {out}.{note}"


def playlist(items: Sequence[Item]) -> bytes:
    """M3U8 of what may go on air: ASCII, relative paths, no byte-order mark."""
    lines = ["#EXTM3U"]
    for item in items:
        if item.on_air:
            lines += [f"#EXTINF:{round(item.recording.duration_s)},Ban tin {item.bulletin.id}", item.name]
    return ("\n".join(lines) + "\n").encode("ascii")


def calendar(airings: Sequence[tuple[Airing, str]], station: str, now: datetime) -> bytes:
    """iCalendar (RFC 5545) of planned airings: UTC, folded at 75 octets."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tung Nha//Lich phat//VI", f"X-WR-CALNAME:{_ics(station)}"]
    for airing, title in sorted(airings, key=lambda pair: pair[0].planned_at):
        ends = airing.planned_at + timedelta(seconds=airing.seconds)
        times = f" đọc {airing.repeats} lần" if airing.repeats > 1 else ""
        lines += [
            "BEGIN:VEVENT", f"UID:luot-phat-{airing.id}@tungnha", f"DTSTAMP:{_utc(now)}",
            f"DTSTART:{_utc(airing.planned_at)}", f"DTEND:{_utc(ends)}", f"SUMMARY:{_ics('Phát loa: ' + title)}",
            f"DESCRIPTION:{_ics(f'Bản ghi số {airing.recording}{times}.')}", f"LOCATION:{_ics(station)}", "END:VEVENT",
        ]  # fmt: skip
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _ics(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    folded, width = "", 0
    for letter in line:
        size = len(letter.encode())
        if width + size > 75:
            folded, width = folded + "\r\n ", 1
        folded, width = folded + letter, width + size
    return folded


def _csv(items: Sequence[Item]) -> bytes:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(
        ["Tệp", "Tên bản tin", "Thời lượng (giây)", "Giờ phát dự kiến", "Số lần đọc", "Đã phát lúc", "Người phát"]
    )
    for item in items:
        planned: list[Airing | None] = [*item.airings] or [None]
        for airing in planned:
            at, times = (_local(airing.planned_at), airing.repeats) if airing else ("", "")
            table.writerow([item.name, safe(item.bulletin.title), round(item.recording.duration_s), at, times, "", ""])
    return out.getvalue().encode("utf-8-sig")  # Excel needs the mark here


def _manifest(commune: str, items: Sequence[Item], sums: dict[str, str]) -> dict[str, Any]:
    def about(item: Item) -> dict[str, Any]:
        r = item.recording
        airings = [{"at": a.planned_at.astimezone(VIETNAM).isoformat(), "repeats": a.repeats} for a in item.airings]
        return {
            "file": item.name, "title": item.bulletin.title, "bulletin": item.bulletin.id, "recording": r.id,
            "duration_s": r.duration_s, "lufs": r.lufs, "true_peak_dbtp": r.true_peak_dbtp, "voice": r.voice,
            "draft_voice": r.draft, "may_air": item.on_air, "approved_by": r.approved_by,
            "approved_at": r.approved_at.isoformat() if r.approved_at else None, "approved_for": r.approved_for,
            "text_sha256": r.text_hash, "audio_sha256": r.sha256,
            "airings": airings,
        }  # fmt: skip

    return {"commune": commune, "items": [about(item) for item in items], "sha256": sums}


def _sheet(session: Session, commune: str, items: Sequence[Item], now: datetime) -> dict[str, Any]:
    """What run_sheet.typ sets: days, their sessions, their items; or the items alone when nothing is planned."""
    planned = sorted(((a, item) for item in items for a in item.airings), key=lambda pair: pair[0].planned_at)
    hours = hours_of(session, commune)
    days: dict[date, dict[str, list[dict[str, Any]]]] = {}
    for airing, item in planned:
        at = airing.planned_at.astimezone(VIETNAM)
        within = hours.session_at(airing.planned_at)
        title = f"Buổi {within[0]:%H:%M}" if within else "Khẩn cấp" if airing.urgent else "Ngoài buổi"
        blocks = days.setdefault(at.date(), {}).setdefault(title, [])
        blocks.append(
            {
                "at": f"{at:%H:%M:%S}".removesuffix(":00"),
                "until": f"{at + timedelta(seconds=airing.seconds):%H:%M:%S}",
                "times": airing.repeats,
                **_told(item),
            }
        )
    waiting = [_told(item) for item in items if not item.airings]
    return {
        "commune": inside(commune_of(session, commune).name),
        "printed": f"{now.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}",
        "gap": GAP_S,
        "days": [
            {
                "day": f"{_begun(WEEKDAYS[day.weekday()])}, ngày {day:%d/%m/%Y}",
                "sessions": [{"title": title, "items": told} for title, told in blocks.items()],
            }
            for day, blocks in days.items()
        ],
        "waiting": waiting,
    }


def _begun(words: str) -> str:
    """As a line begins: "thứ Hai" → "Thứ Hai"."""
    return words[:1].upper() + words[1:]


def _told(item: Item) -> dict[str, Any]:
    words = item.bulletin.text.split()
    seconds = round(item.recording.duration_s)
    return {
        "file": item.name,
        "title": item.bulletin.title,
        "length": f"{seconds // 60} phút {seconds % 60:02d} giây",
        "first": " ".join(words[:FIRST_WORDS]) + " …",
        "last": "… " + " ".join(words[-FIRST_WORDS:]),
        "approved": item.recording.approved_by,
        "on_air": item.on_air,
        "draft": item.recording.draft,
    }


def _read(home: Home, recording: Recording) -> bytes:
    try:
        mp3 = (home.audio / recording.file).read_bytes()
    except OSError:
        raise BadInput(f"Không thấy tệp của bản ghi số {recording.id}. Hãy ghi lại bản tin.") from None
    if hashlib.sha256(mp3).hexdigest() != recording.sha256:
        raise BadInput(f"Tệp của bản ghi số {recording.id} đã bị đổi. Hãy ghi lại bản tin.")
    return mp3


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
