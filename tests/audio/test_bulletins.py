"""A bulletin from its template to the package on a USB stick, on both databases."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from audio.airing import approve_recording, confirm_airing, package, plan_airing
from audio.bulletins import produce, render, say, templates, write_bulletin
from audio.measure import check
from audio.spoken import spoken
from audio.tables import Bulletin, Recording
from audio.voices import Espeak
from register.errors import BadInput, NotAllowed
from register.home import Home

COMMUNE = "22945"
FIELDS: dict[str, Any] = {
    "sessions": [
        {"hamlet": "Khu phố 1", "when": datetime(2026, 12, 1, 1, 0, tzinfo=UTC), "place": "nhà văn hóa khu phố"},
        {"hamlet": "Khu phố 2", "when": "8 giờ sáng thứ Năm, ngày 3/12", "place": "nhà văn hóa khu phố"},
    ],
    "phone": "0252 3 821 234",
    "done": 141,
}
LIVE = {key: FIELDS[key] for key in ("sessions", "phone")}  # those of an invitation


def test_every_template_renders_is_short_enough_and_repeats_its_core() -> None:
    for name, template in templates().items():
        fields = {key: value for key, value in FIELDS.items() if key in template.fields}
        text = render(name, "Xã Hòa Bình", fields)
        said = spoken(text)
        assert said.warnings == (), name
        assert "Xin nhắc lại." in text
        lines = text.split("\n")
        assert len([line for line in set(lines) if lines.count(line) == 2]) >= 5, name
        assert template.source


def test_times_are_said_in_the_words_of_the_village() -> None:
    text = render("invitation", "Phường Phan Thiết", LIVE)
    assert "Buổi hỗ trợ tại khu phố 1: 8 giờ sáng thứ Ba, ngày 1/12." in text
    assert "xin báo trưởng khu phố" in text


@pytest.mark.parametrize(
    "place",
    [
        "nhà ông Nguyễn Văn Nam",
        "nơi phát cho hộ nghèo",
        "nơi nhận 400.000 đồng",
        "xem tại abc.vn",
        "số 0912 345 678",
        "x" * 90,
        "",
    ],
    ids=["person", "category", "sum", "link", "mobile", "long", "empty"],
)
def test_what_must_not_be_heard_is_refused(place: str) -> None:
    with pytest.raises(BadInput):
        render("invitation", "Xã Hòa Bình", {"sessions": [{"hamlet": "Thôn Đông", "when": "8 giờ", "place": place}]})


@pytest.mark.parametrize(
    "fields",
    [{"name": "Mai"}, {"sessions": []}, {"sessions": [{"hamlet": "Thôn Đông"}]}, LIVE | {"phone": "0912345678"}],
    ids=["unknown", "none", "half", "mobile phone"],
)
def test_only_approved_fields_are_live(fields: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        render("invitation", "Xã Hòa Bình", fields)


@pytest.mark.parametrize("done", [None, "", "vài", 3])
def test_a_count_that_points_at_people_is_not_read_out(done: Any) -> None:
    with pytest.raises(BadInput):
        render("progress", "Xã Hòa Bình", {"done": done})


def made(home: Home, template: str = "scam_warning") -> Recording:
    fields = {key: value for key, value in FIELDS.items() if key in templates()[template].fields}
    bulletin = home.db.write(lambda s: write_bulletin(s, home, COMMUNE, template, fields, "an", home.now()))
    assert bulletin.id is not None
    return produce(home, bulletin.id, Espeak(), home.now())


def test_from_template_to_package(home: Home, tmp_path: Path) -> None:
    recording = made(home)
    file = home.audio / recording.file
    found = check(file)
    assert found.ok, found.problems
    assert recording.draft
    assert recording.file.isascii()
    assert recording.lufs == pytest.approx(-16, abs=1)
    assert 130 <= recording.syllables_per_minute <= 210
    number = recording.id or 0

    def refuse(who: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            home.db.write(lambda s: approve_recording(s, number, who, home.now()))

    refuse("an", NotAllowed)  # the author
    refuse("binh", BadInput)  # a draft voice, not said so
    with pytest.raises(BadInput):
        home.db.write(lambda s: plan_airing(s, number, home.now()))
    home.db.write(lambda s: approve_recording(s, number, "binh", home.now(), draft_too=True))
    airing = home.db.write(lambda s: plan_airing(s, number, home.now()))
    home.db.write(lambda s: confirm_airing(s, airing.id or 0, "dai", home.now()))

    out = tmp_path / "goi.zip"
    assert "1 bản ghi" in package(home, [number], out)
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        assert all(name.isascii() for name in names)
        playlist = archive.read("danh-sach-phat.m3u")
        assert playlist.startswith(b"#EXTM3U\n")
        (mp3,) = [name for name in names if name.endswith(".mp3")]
        assert mp3.encode() in playlist
        assert "NHAP" in mp3
        assert archive.read(mp3) == file.read_bytes()
        rows = list(csv.reader(io.StringIO(archive.read("lich-phat.csv").decode("utf-8-sig"))))
        assert rows[1][3:] == ["23/11/2026 08:00", "23/11/2026 08:00", "dai"]
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(BadInput, match="bị đổi"):
        package(home, [number], out)


def test_an_approval_does_not_cover_a_changed_text(home: Home) -> None:
    recording = made(home)

    def change(session: Any) -> None:
        bulletin = session.exec(select(Bulletin)).one()
        bulletin.text += " Thêm một câu."
        session.add(bulletin)

    home.db.write(change)
    with pytest.raises(BadInput, match="đổi"):
        home.db.write(lambda s: approve_recording(s, recording.id or 0, "binh", home.now(), draft_too=True))


def test_a_package_of_nothing_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        package(home, [], tmp_path / "goi.zip")


def test_say_tells_what_came_out(tmp_path: Path) -> None:
    out = tmp_path / "thu.mp3"
    assert "đạt" in say("Kính mời bà con đến nhà văn hóa lúc 7h30. Xin cảm ơn bà con.", out, "espeak")
    assert check(out).ok
    with pytest.raises(BadInput):
        say("  ", out, "espeak")
