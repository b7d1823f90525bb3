"""From a recording to the air: approval by a second person, airings planned and confirmed, the package to hand over.

A draft voice (giọng nháp) needs the approver to say so explicitly. Nothing here claims that anyone heard it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from audio.tables import Airing, Bulletin, Recording, text_hash
from register.errors import BadInput, NotAllowed
from register.home import VIETNAM, Home


def approve_recording(
    session: Session, recording_id: int, by: str, now: datetime, *, draft_too: bool = False
) -> Recording:
    """Approve a recording for air. Its author may not; a draft voice needs ``draft_too``."""
    recording, bulletin = _with_bulletin(session, recording_id)
    if by == bulletin.author:
        raise NotAllowed("Người soạn không tự duyệt bản tin của mình. Hãy nhờ người khác duyệt.")
    if text_hash(bulletin.text) != bulletin.text_hash:
        raise BadInput("Lời bản tin đã bị đổi sau khi ghi âm. Hãy ghi lại.")
    if recording.draft and not draft_too:
        raise BadInput("Đây là giọng nháp. Muốn phát, người duyệt phải chọn rõ “Duyệt cả giọng nháp”.")
    recording.approved_by, recording.approved_at = by, now
    session.add(recording)
    session.flush()
    return recording


def plan_airing(session: Session, recording_id: int, at: datetime) -> Airing:
    """Plan one airing of an approved recording; the same time twice is one airing."""
    recording, _ = _with_bulletin(session, recording_id)
    if recording.approved_at is None:
        raise BadInput("Bản ghi chưa được duyệt nên chưa xếp lịch phát được.")
    same = select(Airing).where(Airing.recording == recording_id, col(Airing.planned_at) == at)
    airing = session.exec(same).first() or Airing(recording=recording_id, planned_at=at)
    session.add(airing)
    session.flush()
    return airing


def confirm_airing(session: Session, airing_id: int, by: str, now: datetime) -> Airing:
    """The operator says that it was aired; the first word stands."""
    airing = session.get(Airing, airing_id)
    if airing is None:
        raise BadInput(f"Không có lượt phát số {airing_id}.")
    if airing.confirmed_at is None:
        airing.confirmed_at, airing.confirmed_by = now, by
        session.add(airing)
        session.flush()
    return airing


def _with_bulletin(session: Session, recording_id: int) -> tuple[Recording, Bulletin]:
    recording = session.get(Recording, recording_id)
    bulletin = session.get(Bulletin, recording.bulletin) if recording else None
    if recording is None or bulletin is None:
        raise BadInput(f"Không có bản ghi số {recording_id}.")
    return recording, bulletin


_GUIDE = """Gói bản tin truyền thanh

1. Chép các tệp .mp3 và danh-sach-phat.m3u vào USB hoặc tải lên hệ thống truyền thanh.
2. Phát theo thứ tự 01, 02, 03…
3. Tệp có chữ NHAP là giọng nháp; tệp có chữ CHUA-DUYET thì chưa được phép phát.
4. loi-doc.txt là lời của từng bản tin; lich-phat.csv là lịch và chỗ ghi người phát.
5. Kiểm tệp còn nguyên: so với sha256.txt.
"""


def package(home: Home, recordings: Sequence[int | Recording], out: Path) -> str:
    """Write the ZIP that a radio operator takes away; nothing given: the newest recording. Returns one sentence.

    Names are ASCII and paths relative, without a byte-order mark: every player agrees on that. A file that was
    changed since it was made is refused.
    """
    with home.db.read() as session:
        ids = [r if isinstance(r, int) else r.id or 0 for r in recordings]
        newest = session.exec(select(Recording).order_by(col(Recording.id).desc()).limit(1)).first()
        if not ids and newest is not None:
            ids = [newest.id or 0]
        if not ids:
            raise BadInput("Chưa có bản ghi nào. Hãy soạn và ghi một bản tin trước.")
        rows = [_with_bulletin(session, number) for number in ids]
        airings = session.exec(
            select(Airing).where(col(Airing.recording).in_(ids)).order_by(col(Airing.planned_at))
        ).all()
    playlist, words, sums = ["#EXTM3U"], [], []
    schedule = io.StringIO()
    table = csv.writer(schedule, lineterminator="\r\n")
    table.writerow(["Tệp", "Tên bản tin", "Thời lượng (giây)", "Giờ phát dự kiến", "Đã phát lúc", "Người phát"])
    contents: dict[str, bytes] = {}
    for number, (recording, bulletin) in enumerate(rows, 1):
        mp3 = _read(home, recording)
        marks = ("-NHAP" if recording.draft else "") + ("" if recording.approved_at else "-CHUA-DUYET")
        name = f"{number:02d}-ban-tin-{bulletin.id}{marks}.mp3"
        contents[name] = mp3
        playlist += [f"#EXTINF:{round(recording.duration_s)},Ban tin {bulletin.id}", name]
        words.append(f"{name}\n{bulletin.title}\n\n{bulletin.text}\n")
        sums.append(f"{recording.sha256}  {name}")
        planned: list[Airing | None] = [a for a in airings if a.recording == recording.id]
        for airing in planned or [None]:
            at = _local(airing.planned_at) if airing else ""
            done = _local(airing.confirmed_at) if airing and airing.confirmed_at else ""
            table.writerow(
                [name, bulletin.title, round(recording.duration_s), at, done, airing.confirmed_by if airing else ""]
            )
    contents |= {
        "danh-sach-phat.m3u": ("\n".join(playlist) + "\n").encode("ascii"),
        "loi-doc.txt": "\n\n".join(words).encode(),
        "lich-phat.csv": schedule.getvalue().encode("utf-8-sig"),  # Excel needs the mark here
        "sha256.txt": ("\n".join(sums) + "\n").encode(),
        "HUONG-DAN.txt": _GUIDE.encode(),
    }
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents.items():
                stored = zipfile.ZIP_STORED if name.endswith(".mp3") else zipfile.ZIP_DEFLATED
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, stored)  # same bytes each time
    except OSError as error:
        raise BadInput(f"Không ghi được tệp {out.name}: {error.strerror}. Hãy chọn nơi khác.") from None
    waiting = sum(1 for recording, _ in rows if recording.approved_at is None)
    note = f" {waiting} bản chưa được duyệt, chưa được phát." if waiting else ""
    return f"Đã đóng gói {len(rows)} bản ghi vào {out}.{note}"


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
