"""A bulletin from its template to the recording, on both databases."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audio.bulletins import produce, render, say, templates, write_bulletin
from audio.measure import check
from audio.spoken import spoken
from audio.tables import Recording
from audio.unspoken import unfit_text
from audio.voices import Espeak
from register.errors import BadInput
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
    ("place", "what"),
    [
        ("nhà ông Nguyễn Văn Nam", "tên người"),
        ("nơi phát cho hộ nghèo", "loại đối tượng"),
        ("nơi nhận 400.000 đồng", "số tiền"),
        ("xem tại abc.vn", "đường dẫn"),
        ("số 0912 345 678", "dãy số dài"),
        ("x" * 90, "80 ký tự"),
        ("", "80 ký tự"),
    ],
    ids=["person", "category", "sum", "link", "mobile", "long", "empty"],
)
def test_what_must_not_be_heard_is_refused(place: str, what: str) -> None:
    with pytest.raises(BadInput, match=f"“Nơi gặp” .*{what}"):
        render("invitation", "Xã Hòa Bình", {"sessions": [{"hamlet": "Thôn Đông", "when": "8 giờ", "place": place}]})


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("Mời bà Trần Thị Mai ra nhà văn hóa.", "tên người"),
        ("Mời người nhiễm HIV ra trạm y tế.", "loại đối tượng"),
        ("Mời hộ người có công ra nhà văn hóa.", "loại đối tượng"),
        ("Mỗi người 500 nghìn.", "số tiền"),
        ("Gọi số 0912 345 678.", "số di động hoặc số căn cước"),
        ("Xem tại abc.vn.", "đường dẫn"),
    ],
)
def test_words_that_an_officer_writes_are_looked_at_too(words: str, what: str) -> None:
    found = unfit_text(f"Kính thưa bà con! {words}", "Xã Hòa Bình")
    assert found
    assert found[0] == what


def test_what_our_templates_say_may_be_heard_in_every_commune() -> None:
    """Some are called as people are: Phường Bà Rịa, Xã Anh Sơn, Phường Cầu Ông Lãnh."""
    for commune in ("Phường Bà Rịa", "Xã Anh Sơn", "Phường Cầu Ông Lãnh", "Phường Hai Bà Trưng"):
        for name, template in templates().items():
            fields = {key: value for key, value in FIELDS.items() if key in template.fields}
            text = render(name, commune, fields | {"office": f"Ủy ban nhân dân {commune.lower()[:5]}{commune[5:]}"})
            assert unfit_text(text, commune) is None, (commune, name)
            assert unfit_text(f"{text} Bà Trưng Thị Nhị nói.", commune) == ("tên người", "Bà Trưng")


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
    bulletin = home.db.write(lambda s: write_bulletin(s, COMMUNE, template, fields, "an", home.now()))
    assert bulletin.id is not None
    return produce(home, bulletin.id, Espeak(), home.now())


def test_what_is_produced_is_fit_for_air_and_marked_as_a_draft(home: Home) -> None:
    recording = made(home)
    found = check(home.audio / recording.file)
    assert found.ok, found.problems
    assert recording.draft
    assert recording.file.isascii()
    assert recording.lufs == pytest.approx(-16, abs=1)
    assert 130 <= recording.syllables_per_minute <= 210


def test_say_tells_what_came_out(tmp_path: Path) -> None:
    out = tmp_path / "thu.mp3"
    assert "đạt" in say("Kính mời bà con đến nhà văn hóa lúc 7h30. Xin cảm ơn bà con.", out, "espeak")
    assert check(out).ok
    with pytest.raises(BadInput):
        say("  ", out, "espeak")
