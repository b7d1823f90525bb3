"""Campaign messages: who is named, what is left out, and the limits of the channels."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from content.message import Addressee, Place
from content.messages import addressee_for, first_message, zbs_params
from register.errors import BadInput

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLACE = Place("phường Phan Thiết", "UBND phường Phan Thiết")
SESSION = Place(
    "phường Phan Thiết",
    "UBND phường Phan Thiết",
    phone="0252 3821 234",
    session="8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1",
)


@pytest.mark.parametrize("step", ["first", "reminder", "session"])
def test_a_message_is_short_and_can_be_stopped(step: str) -> None:
    message = first_message(step, Addressee("bà", "Mai"), SESSION)
    assert "bà Mai" in message.text
    assert len(message.text) <= 700
    assert [b.id for b in message.buttons] == ["guide.start", "guide.already", "help.human", "stop"]
    assert "không ảnh hưởng chế độ" in message.buttons[-1].title
    assert "{" not in message.text


def test_an_unlinked_contact_is_not_named() -> None:
    assert first_message("first", None, PLACE).text.startswith("Kính gửi ông/bà.")


def test_a_line_without_its_field_is_left_out() -> None:
    assert "số máy bàn" not in first_message("first", None, PLACE).text
    assert "số máy bàn 0252 3821 234" in first_message("first", None, SESSION).text
    assert "Sắp tới" not in first_message("reminder", None, PLACE).text


def test_an_unknown_step_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="first, first-bank, "):
        first_message("second", None, PLACE)


def test_zbs_parameters_fit_their_kinds() -> None:
    named = zbs_params(Addressee("bà", "Mai"), SESSION, "PT-1")
    assert named == {
        "customer_name": "bà Mai",
        "ten_xa": "phường Phan Thiết",
        "ma_thong_bao": "PT-1",
        "thoi_gian": "8 giờ thứ Ba 01/12/2026",
        "dia_diem": "nhà văn hóa khu phố 1",
    }
    unnamed = zbs_params(None, PLACE, "PT-1")
    assert "customer_name" not in unnamed
    assert all(unnamed.values())


@pytest.mark.parametrize(
    ("birth_year", "sex", "title"),
    [(1945, "nữ", "bà"), (1945, "nam", "ông"), (None, None, "ông/bà"), (1990, "nữ", "chị"), (1990, None, "anh/chị")],
)
def test_people_are_addressed_by_age_and_sex(birth_year: int | None, sex: str | None, title: str) -> None:
    assert addressee_for(" Mai ", birth_year, sex, NOW) == Addressee(title, "Mai")
