"""The spoken form: every written shape of this domain, and nothing left unread."""

import io
import re
import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from vietnam_provinces import Province, Ward

from audio.acronyms import ACRONYMS
from audio.numbers import cardinal, roman
from audio.spoken import normalize_lines, spoken
from audio.words import UPPER, count_syllables

CASES: dict[str, str] = yaml.load((Path(__file__).parent / "spoken.yaml").read_text("utf-8"), yaml.BaseLoader)
LEFT = re.compile(r"\d|[A-ZĐÂĂÊÔƠƯ]{2,}")


@pytest.mark.parametrize(("written", "said"), CASES.items(), ids=list(CASES))
def test_is_said_as_people_say_it(written: str, said: str) -> None:
    assert spoken(written).text == said


@pytest.mark.parametrize("written", CASES)
def test_reading_twice_changes_nothing(written: str) -> None:
    once = spoken(written).text
    assert spoken(once).text == once


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "không"), (15, "mười lăm"), (21, "hai mươi mốt"), (24, "hai mươi bốn"), (55, "năm mươi lăm"),
        (101, "một trăm linh một"), (1005, "một nghìn không trăm linh năm"), (10_000, "mười nghìn"),
        (1_050_000, "một triệu không trăm năm mươi nghìn"), (6_280_000_000, "sáu tỷ hai trăm tám mươi triệu"),
        (-3, "âm ba"),
    ],
)  # fmt: skip
def test_numbers(value: int, words: str) -> None:
    assert cardinal(value) == words


def test_roman_numerals_must_be_well_formed() -> None:
    assert [roman(text) for text in ("XIV", "XXI", "IX", "IIII", "VX", "", "ABC")] == [
        14,
        21,
        9,
        None,
        None,
        None,
        None,
    ]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from([*CASES, *ACRONYMS, "XYZ", "12", "/", "-", ".", "°", "3,5", "QR2", "ngày", "IV", "(", "%", "đ"])
    ).map(lambda parts: " ".join(parts))
    | st.lists(st.sampled_from(list("0123456789/-.,:% AaBđĐXVIhgkm°()+"))).map("".join)
    | st.text(max_size=40)
)
def test_no_digit_and_no_acronym_ever_gets_out(text: str) -> None:
    said = spoken(text).text
    assert not LEFT.search(said), said
    assert not re.search(rf"[{UPPER}]{{2,}}", said), said
    assert set(re.findall(r"[^\w\s]", said)) <= set(",.;:?!'"), said


NAMES = ["Trần Thị Mai", "H'Hen Niê", "Đỗ Ước", "Ea Súp", "Y Thương Êban", "Phan Thiết", "Nguyễn Văn Năm", "La Gi"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*CASES, "NFD: Hòa".replace("ò", "o\u0300")]), max_size=3), st.sampled_from(NAMES))
def test_names_keep_their_case_and_everything_is_composed(around: list[str], name: str) -> None:
    said = spoken(", ".join([*around, f"xin mời bà {name}", *around])).text
    assert f"bà {name}" in said
    assert unicodedata.is_normalized("NFC", said)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.sampled_from(["ba", "Ê a"]), max_size=4), st.text(max_size=40)
)
def test_a_communes_own_words_never_break_a_line(own: dict[str, str], text: str) -> None:
    said = spoken(text + " " + " ".join(own), own).text
    assert not LEFT.search(said), said


def test_what_nobody_knows_is_spelled_with_a_warning() -> None:
    said = spoken("Theo BTGXZ")
    assert said.text == "Theo bê tê giê ích dét"
    assert "BTGXZ" in said.warnings[0]


def test_links_are_read_in_parts_with_a_warning() -> None:
    said = spoken("Xem https://vneid.gov.vn")
    assert "chấm" in said.text
    assert said.warnings


def test_names_keep_their_case() -> None:
    said = spoken("Bà Trần Thị Mai ở phường Phan Thiết, tỉnh Lâm Đồng")
    assert said.text == "Bà Trần Thị Mai ở phường Phan Thiết, tỉnh Lâm Đồng"
    assert said.warnings == ()


def test_every_commune_keeps_its_name() -> None:
    for unit in [*Province.iter_all(), *Ward.iter_all()]:
        name = " ".join(unit.name.replace("’", "'").split())
        if not re.search(r"\d| [-–] ", name):
            assert spoken(name).text.lower() == name.lower()
            assert spoken(name).warnings == ()


def test_a_long_line_is_read_in_reasonable_steps() -> None:
    assert spoken("Gọi 0252 3 821 234 lúc 7h30 ngày 1/12, 418/NQ-CP. " * 200).text.count("bảy giờ") == 200


def test_lines_stay_lines_and_warnings_name_theirs() -> None:
    out, err = io.StringIO(), io.StringIO()
    normalize_lines(io.StringIO("156 hộ\n\nBTGXZ\n"), out, err)
    assert out.getvalue() == "một trăm năm mươi sáu hộ\n\nbê tê giê ích dét\n"
    assert err.getvalue().startswith("Dòng 3: ")


def test_syllables_are_counted_as_spoken() -> None:
    assert count_syllables("ba ki lô gam trên Zalo") == 7
