"""From an approved recording to the air and into the log, on both databases; no voice is needed for it."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from audio.air_log import Happened, add_lines, digest, log_csv, log_of, say_aired
from audio.airtime import (
    cancel_airing,
    hours_of,
    how_ended,
    moments,
    plan_airings,
    plan_urgent,
    planned_between,
    read_hours,
    set_hours,
)
from audio.approval import approve_draft_voice, approve_recording, change_text, is_approved, may_air
from audio.package import calendar, package, package_day
from audio.tables import AirEntry, Airing, Bulletin, Recording, text_hash
from register import audit
from register.errors import BadInput, NotAllowed
from register.home import VIETNAM, Clock, Home

HERE = "22945"
TOMORROW = date(2026, 11, 24)
TEXT = "Kính thưa bà con! Xã mời bà con đến nhà văn hóa."


def at(clock: str, day: date = TOMORROW) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), VIETNAM).astimezone(UTC)


def recorded(home: Home, title: str = "Mời bà con", seconds: float = 120, *, draft: bool = False) -> int:
    """A bulletin and its recording, not approved yet. Returns the recording's number."""
    mp3 = b"ID3" + title.encode()
    file = f"{hashlib.sha256(mp3).hexdigest()[:8]}.mp3"
    (home.audio / file).write_bytes(mp3)

    def store(session: Any) -> int:
        text = f"{TEXT} {title}."
        bulletin = Bulletin(
            commune=HERE, title=title, text=text, text_hash=text_hash(text), author="an", created_at=home.now()
        )
        session.add(bulletin)
        session.flush()
        row = Recording(
            bulletin=bulletin.id or 0, voice="espeak" if draft else "recording", draft=draft, file=file,
            text_hash=bulletin.text_hash, sha256=hashlib.sha256(mp3).hexdigest(), duration_s=seconds, lufs=-16,
            true_peak_dbtp=-1.7, syllables_per_minute=180, created_at=home.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0

    return home.db.write(store)


def ready(home: Home, title: str = "Mời bà con", seconds: float = 120) -> int:
    number = recorded(home, title, seconds)
    home.db.write(lambda s: approve_recording(s, number, "binh", home.now()))
    return number


def plan(home: Home, number: int, *times: datetime, repeats: int = 1) -> list[Airing]:
    return home.db.write(lambda s: plan_airings(s, number, times, "dai", home.now(), repeats))


# --- Approval ------------------------------------------------------------------------------------


def test_nobody_approves_what_they_wrote_or_changed(home: Home) -> None:
    number = recorded(home)
    with pytest.raises(NotAllowed):
        home.db.write(lambda s: approve_recording(s, number, "an", home.now()))

    def change(session: Any) -> None:
        bulletin = session.exec(select(Bulletin)).one()
        change_text(session, bulletin, TEXT + " Xin cảm ơn.", "binh")
        session.exec(select(Recording)).one().text_hash = bulletin.text_hash  # recorded anew

    home.db.write(change)
    for who in ("an", "binh"):
        with pytest.raises(NotAllowed):
            home.db.write(lambda s, who=who: approve_recording(s, number, who, home.now()))
    assert home.db.write(lambda s: approve_recording(s, number, "chi", home.now())).approved_by == "chi"


@pytest.mark.parametrize("what", ["text", "text by another way", "audio"])
def test_any_edit_undoes_an_approval(home: Home, what: str) -> None:
    number = ready(home)

    def edit(session: Any) -> None:
        bulletin, recording = session.exec(select(Bulletin)).one(), session.exec(select(Recording)).one()
        assert may_air(recording, bulletin)
        if what == "text":
            assert change_text(session, bulletin, bulletin.text + " Xin cảm ơn.", "chi") == 1
        elif what == "audio":
            recording.sha256 = "0" * 64
        else:
            bulletin.text += " Xin cảm ơn."

    home.db.write(edit)
    with home.db.read() as session:
        assert not is_approved(session.get_one(Recording, number), session.exec(select(Bulletin)).one())
    with pytest.raises(BadInput, match="đã đổi sau khi duyệt"):
        plan(home, number, at("17:00"))


def test_the_same_words_undo_nothing(home: Home) -> None:
    ready(home)

    def same(session: Any) -> int:
        bulletin = session.exec(select(Bulletin)).one()
        return change_text(session, bulletin, f"  {bulletin.text} ", "chi")

    assert home.db.write(same) == 0


def test_a_draft_voice_needs_a_second_approval_of_its_own(home: Home) -> None:
    number = recorded(home, draft=True)
    with pytest.raises(BadInput, match="duyệt lời và bản ghi trước"):
        home.db.write(lambda s: approve_draft_voice(s, number, "binh", home.now()))
    home.db.write(lambda s: approve_recording(s, number, "binh", home.now()))
    with pytest.raises(BadInput, match="cần duyệt riêng"):
        plan(home, number, at("17:00"))
    with pytest.raises(NotAllowed):
        home.db.write(lambda s: approve_draft_voice(s, number, "an", home.now()))
    home.db.write(lambda s: approve_draft_voice(s, number, "binh", home.now()))
    assert plan(home, number, at("17:00"))


# --- When ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "minutes"),
    [("5:00, 17:00", "15"), ("05:30", "16"), ("05:30", "0"), ("sáng", "15"), ("05:30 05:40", "15"), ("22:00", "15"),
     ("05:30, 17:00", "x"), ("25:00", "15")],
)  # fmt: skip
def test_sessions_that_may_not_be_are_refused(starts: str, minutes: str) -> None:
    with pytest.raises(BadInput):
        read_hours(starts, minutes)


def test_a_commune_has_its_own_sessions(home: Home) -> None:
    with home.db.read() as session:
        usual = hours_of(session, HERE)
    assert (usual.words, usual.minutes) == ("05:30, 17:00", 15)
    home.db.write(lambda s: set_hours(s, HERE, "17h30, 6:00", "10"))
    with home.db.read() as session:
        own = hours_of(session, HERE)
    assert (own.words, own.minutes) == ("06:00, 17:30", 10)


def test_once_on_dates_and_on_weekdays() -> None:
    monday, sunday = date(2026, 11, 23), date(2026, 11, 29)
    assert [m.day for m in moments(monday, monday, [], time(17))] == [23]
    assert [m.day for m in moments(monday, sunday, [], time(17))] == list(range(23, 30))
    assert [m.day for m in moments(monday, sunday, [1, 4], time(17))] == [24, 27]
    for first, last, days in ((sunday, monday, []), (monday, monday, [3]), (monday, date(2027, 3, 1), [])):
        with pytest.raises(BadInput):
            moments(first, last, days, time(17))


@pytest.mark.parametrize(
    ("hour", "day", "seconds", "says"),
    [
        ("05:00", TOMORROW, 60, "Lúc 05:00 ngày 24/11/2026 không có buổi phát nào"),
        ("12:00", TOMORROW, 60, "không có buổi phát nào"),
        ("17:14", TOMORROW, 120, "quá 15 phút của buổi này. Hãy chọn 17:03 ngày 24/11/2026."),
        ("17:01", TOMORROW, 60, "đã có “Mời bà con”, đến 17:02:00. Hãy chọn 17:03 ngày 24/11/2026."),
        ("16:59", TOMORROW, 60, "không có buổi phát nào"),
        ("17:00", date(2026, 11, 22), 60, "đã qua"),
        ("17:00", date(2027, 6, 1), 60, "ba tháng"),
    ],
)
def test_a_clash_is_refused_with_one_sentence(home: Home, hour: str, day: date, seconds: int, says: str) -> None:
    plan(home, ready(home), at("17:00"))
    other = ready(home, "Phòng lừa đảo", seconds)
    with pytest.raises(BadInput) as refused:
        plan(home, other, at(hour, day))
    assert says in str(refused.value)
    with home.db.read() as session:
        assert len(session.exec(select(Airing)).all()) == 1


def test_all_of_a_series_or_none_and_the_same_twice_is_one(home: Home) -> None:
    first = ready(home)
    plan(home, first, at("17:00", date(2026, 11, 26)))
    plan(home, first, at("17:00", date(2026, 11, 26)))
    other = ready(home, "Phòng lừa đảo")
    with pytest.raises(BadInput):
        plan(home, other, *(m.astimezone(UTC) for m in moments(TOMORROW, date(2026, 11, 28), [], time(17))))
    with home.db.read() as session:
        assert len(session.exec(select(Airing)).all()) == 1


def test_an_airing_that_was_taken_out_leaves_its_place(home: Home) -> None:
    (airing,) = plan(home, ready(home), at("17:00"))
    home.db.write(lambda s: cancel_airing(s, s.get_one(Airing, airing.id), "dai", home.now()))
    assert plan(home, ready(home, "Phòng lừa đảo"), at("17:00"))


def test_the_urgent_goes_first_and_the_rest_is_moved(home: Home, clock: Clock) -> None:
    one = plan(home, ready(home), at("17:00"))[0]
    two = plan(home, ready(home, "Phòng lừa đảo", 60), at("17:03"))[0]
    last = plan(home, ready(home, "Giờ trực", 60), at("17:10"))[0]
    storm = recorded(home, "Bão số 9", 180)
    with pytest.raises(BadInput, match="cũng phải được duyệt"):
        home.db.write(lambda s: plan_urgent(s, storm, "dai", home.now()))
    home.db.write(lambda s: approve_recording(s, storm, "binh", home.now()))
    clock.set(at("17:01"))  # the first is on air
    home.db.write(lambda s: plan_urgent(s, storm, "dai", home.now()))
    with home.db.read() as session:
        now = {a.id: a.planned_at for a in session.exec(select(Airing)).all()}
        assert (now[one.id], now[two.id], now[last.id]) == (at("17:05"), at("17:08"), at("17:10"))
        moved = session.exec(select(AirEntry).order_by(AirEntry.id)).all()  # type: ignore[arg-type]
        assert [(m.airing, m.what, m.planned_at) for m in moved] == [
            (one.id, "moved", at("17:00")), (two.id, "moved", at("17:03")),
        ]  # fmt: skip


# --- The log -------------------------------------------------------------------------------------


def happened(airing: Airing, what: str = "played", key: str = "may-a-0001", **more: Any) -> Happened:
    began = airing.planned_at + timedelta(seconds=2)
    told: dict[str, Any] = {"planned_at": airing.planned_at, "at": began, "until": began + timedelta(seconds=120)}
    return Happened(key, airing.id or 0, what, **(told | more))


def test_a_line_that_comes_twice_stands_once(home: Home, clock: Clock) -> None:
    (airing,) = plan(home, ready(home), at("17:00"))
    clock.set(at("19:00"))
    line = happened(airing)
    sent = [home.db.write(lambda s: add_lines(s, HERE, [line, line], "dai", home.now())) for _ in range(3)]
    assert sent == [1, 0, 0]
    home.db.write(lambda s: say_aired(s, airing.id or 0, "dai", home.now()))
    home.db.write(lambda s: say_aired(s, airing.id or 0, "an", home.now()))
    with home.db.read() as session:
        rows = log_of(session, HERE, TOMORROW, TOMORROW)
        assert [(e.what, e.by) for e in rows[0].entries] == [("played", "dai"), ("said", "dai")]
        assert how_ended(session, [airing.id or 0]) == {airing.id: "said"}
        assert audit.verify(session, home).ok


def test_the_log_cannot_be_rewritten_unseen(home: Home, clock: Clock) -> None:
    (airing,) = plan(home, ready(home), at("17:00"))
    clock.set(at("19:00"))
    home.db.write(lambda s: add_lines(s, HERE, [happened(airing, "late", until=None)], "dai", home.now()))

    def change(session: Any) -> None:
        session.exec(select(AirEntry)).one().what = "played"

    with pytest.raises(RuntimeError, match="only added"):
        home.db.write(change)
    with home.db.read() as session:
        entry = session.exec(select(AirEntry)).one()
        noted = session.exec(select(audit.AuditEvent).where(audit.AuditEvent.action == "air_logged")).one()
        assert noted.detail == {"what": "late", "digest": digest(entry.model_dump())}


@pytest.mark.parametrize(
    "wrong",
    [{"what": "said"}, {"what": "heard"}, {"key": "x"}, {"until": datetime(2020, 1, 1, tzinfo=UTC)},
     {"at": datetime(2026, 11, 29, tzinfo=UTC), "until": None}],
    ids=["not a machine's word", "nobody knows that", "key", "ends before it begins", "from the future"],
)  # fmt: skip
def test_a_line_that_cannot_be_is_refused(home: Home, clock: Clock, wrong: dict[str, Any]) -> None:
    (airing,) = plan(home, ready(home), at("17:00"))
    clock.set(at("19:00"))
    told = {"what": "played", "key": "may-a-0001"} | wrong
    with pytest.raises(BadInput):
        home.db.write(lambda s: add_lines(s, HERE, [happened(airing, **told)], "dai", home.now()))
    with pytest.raises(BadInput):
        home.db.write(lambda s: add_lines(s, "22918", [happened(airing)], "dai", home.now()))


def test_the_log_as_a_table_says_planned_and_done_apart(home: Home, clock: Clock) -> None:
    aired, _missed = plan(home, ready(home, "=Mời"), at("05:30"), at("17:00"))
    clock.set(at("19:00"))
    home.db.write(lambda s: add_lines(s, HERE, [happened(aired)], "dai", home.now()))
    with home.db.read() as session:
        body = log_csv(log_of(session, HERE, TOMORROW, TOMORROW))
    assert body.startswith(b"\xef\xbb\xbf")
    _, first, second = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    assert first[:3] == ["24/11/2026", "05:30:00", "'=Mời"]
    assert first[8:11] == ["đã phát hết", "24/11/2026 05:30:02", "24/11/2026 05:32:02"]
    assert second[8:] == ["chưa ghi", "", "", "", ""]
    assert "nghe" not in body.decode()


# --- What is taken away --------------------------------------------------------------------------


def test_the_package_of_a_day_plays_everywhere(home: Home, tmp_path: Path) -> None:
    late, early, aside = ready(home), ready(home, "Phòng lừa đảo"), recorded(home, "Chưa ai duyệt")
    plan(home, late, at("17:00"))
    plan(home, early, at("05:30"), repeats=2)
    out = tmp_path / "goi.zip"
    assert "2 bản ghi phát ngày 24/11/2026" in package_day(home, HERE, TOMORROW, out)
    with zipfile.ZipFile(out) as archive:
        assert all(name.isascii() and "/" not in name for name in archive.namelist())
        assert archive.read("danh-sach-phat.m3u8").decode("ascii").split("\n") == [
            "#EXTM3U", "#EXTINF:120,Ban tin 2", "01-ban-tin-2.mp3", "#EXTINF:120,Ban tin 1", "02-ban-tin-1.mp3", "",
        ]  # fmt: skip
        for line in archive.read("sha256.txt").decode().splitlines():
            digest_, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest_
        told = json.loads(archive.read("manifest.json"))
        assert [item["airings"] for item in told["items"]] == [
            [{"at": "2026-11-24T05:30:00+07:00", "repeats": 2}], [{"at": "2026-11-24T17:00:00+07:00", "repeats": 1}],
        ]  # fmt: skip
        assert archive.read("to-phat-song.pdf").startswith(b"%PDF")
        assert set(archive.namelist()) - set(told["sha256"]) == {"manifest.json", "sha256.txt"}
    assert "1 bản chưa được duyệt đủ" in package(home, [early, aside], out)
    with zipfile.ZipFile(out) as archive:
        assert "02-ban-tin-3-CHUA-DUYET.mp3" in archive.namelist()
        assert b"CHUA-DUYET" not in archive.read("danh-sach-phat.m3u8")
    with pytest.raises(BadInput, match="chưa xếp lượt phát"):
        package_day(home, HERE, date(2026, 12, 24), out)


def test_a_changed_or_missing_file_is_not_packed(home: Home, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Chưa có bản ghi"):
        package(home, [], tmp_path / "goi.zip")
    number = ready(home)
    with home.db.read() as session:
        file = home.audio / session.get_one(Recording, number).file
    file.write_bytes(b"ID3 other")
    with pytest.raises(BadInput, match="bị đổi"):
        package(home, [number], tmp_path / "goi.zip")
    file.unlink()
    with pytest.raises(BadInput, match="Không thấy tệp"):
        package(home, [number], tmp_path / "goi.zip")


def test_the_calendar_is_folded_and_in_utc(home: Home) -> None:
    plan(home, ready(home, "Mời bà con đến nhà văn hóa; mang thẻ căn cước, điện thoại và số tài khoản"), at("17:00"))
    with home.db.read() as session:
        rows = [(a, b.title) for a, _, b in planned_between(session, HERE, at("00:00"), at("23:59"))]
    body = calendar(rows, "Đài truyền thanh Phường Phan Thiết", home.now())
    lines = body.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"DTSTART:20261124T100000Z" in lines
    assert b"DTEND:20261124T100200Z" in lines
    whole = body.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:Phát loa: Mời bà con đến nhà văn hóa\\; mang thẻ căn cước\\, điện thoại" in whole
