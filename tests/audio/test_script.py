"""Text for the ear: the parts in their order, the length before a word is spoken, what is cut, what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from audio.bulletins import render, script, templates
from audio.pieces import Pieces
from audio.recorder import record
from audio.script import PARTS, SLOTS_MIN, fit, lint, predicted_s, read_script, whole
from audio.voices import Espeak
from register.errors import BadInput


def session(number: int) -> dict[str, str]:
    return {
        "hamlet": f"Khu phố {number}",
        "when": f"8 giờ 30 sáng thứ Ba, ngày {number}/12",
        "place": "nhà văn hóa khu phố",
    }


def fields(template: str, sessions: int = 2) -> dict[str, Any]:
    every = {"sessions": [session(n) for n in range(1, sessions + 1)], "phone": "0252 3 821 234", "done": 141}
    return {name: value for name, value in every.items() if name in templates()[template].fields}


NAMES = sorted(templates())
COMMUNE = "Phường Hàm Thắng"


@pytest.mark.parametrize("name", NAMES)
def test_every_template_has_the_parts_in_their_order_and_nothing_to_stumble_over(name: str) -> None:
    lines = script(name, COMMUNE, fields(name))
    parts = list(dict.fromkeys(line.part for line in lines))
    assert parts == [part for part in PARTS if part in parts]
    assert {"station", "hook", "points", "safety", "repeat", "ask", "thanks"} <= set(parts)
    assert lint(whole(lines)) == []
    text = whole(lines).split("\n")
    assert text[0].startswith("Đây là Đài truyền thanh")
    assert text[-1].startswith("Xin cảm ơn")
    for line in {line for line in lines if not line.text.startswith("Nơi gặp")}:
        assert text.count(line.text) == (2 if line.part in ("hook", "points", "where", "safety") else 1), line


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    return Pieces(tmp_path_factory.mktemp("sentences"))


@pytest.mark.parametrize(("name", "minutes"), [("reminder", 0), ("progress", 0), ("scam_warning", 1)])
def test_the_length_is_known_within_ten_per_cent_before_anything_is_spoken(
    name: str, minutes: int, store: Pieces, tmp_path: Path
) -> None:
    text = render(name, COMMUNE, fields(name), minutes)
    found = record(text, Espeak(), tmp_path / "tin.mp3", title="Thử", chimes=True, pieces=store)
    assert predicted_s(text) == pytest.approx(found.duration_s, rel=0.1)
    assert found.ok, found.problems
    assert found.syllables_per_minute is not None
    assert 170 <= found.syllables_per_minute <= 190
    if minutes:
        assert found.duration_s <= minutes * 60 * 1.02


@pytest.mark.parametrize("minutes", SLOTS_MIN)
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_its_slot_or_says_what_to_take_out(name: str, minutes: int) -> None:
    lines = script(name, COMMUNE, fields(name))
    if (name, minutes) == ("invitation", 1):
        with pytest.raises(BadInput, match="Hãy"):
            fit(lines, minutes)
        return
    found = fit(lines, minutes)
    assert found.seconds <= minutes * 60
    assert predicted_s(found.text) == pytest.approx(found.seconds)
    assert bool(found.cuts) == (found.text != whole(lines))
    never = [line.text for line in lines if line.part in ("hook", "where", "safety") and not line.spare]
    assert all(line in found.text.split("\n") for line in never)


def test_too_many_sessions_for_a_minute_are_counted() -> None:
    with pytest.raises(BadInput, match=r"bớt \d+ buổi hỗ trợ \(mỗi buổi chừng \d+ giây\)"):
        fit(script("reminder", COMMUNE, fields("reminder", sessions=6)), 1)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Xã mời bà con " + "đến nhà văn hóa " * 5 + ".", "Câu dài"),
        ("Gọi số 1, 2, 3, 4 hoặc 5.", "con số"),
        ("Theo BTGXZ của tỉnh.", "BTGXZ"),
        ("Bốn là: mang theo giấy tờ.", "ý chính"),
    ],
)
def test_what_a_listener_stumbles_over_is_named(line: str, fault: str) -> None:
    text = whole(script("scam_warning", COMMUNE, {}))
    assert not any(fault in found for found in lint(text))
    assert any(fault in found for found in lint(text.replace("Xin nhắc lại.", f"{line}\nXin nhắc lại.")))


@pytest.mark.parametrize("gone", ["Xin nhắc lại.", "Đây là ", "không "])
def test_a_part_that_is_missing_is_named(gone: str) -> None:
    text = whole(script("reminder", COMMUNE, fields("reminder"))).replace(gone, "")
    assert lint(text)


def test_a_template_out_of_order_is_faulty() -> None:
    with pytest.raises(ValueError, match="order"):
        read_script("## hook\nMột.\n## station\nHai.")
