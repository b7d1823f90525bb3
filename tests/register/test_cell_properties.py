"""What holds for every id, phone, date and name, however a list writes it."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register import cells
from register.cells import CellError
from register.oldfonts import _TCVN3, from_latin, from_tcvn3, from_vni, old_font
from register.phones import OLD_AREAS, OLD_PREFIXES

YEAR = 2026
IDS = st.tuples(st.integers(1, 96), st.integers(0, 3), st.integers(0, 99), st.integers(1, 999_999)).map(
    lambda p: f"{p[0]:03d}{p[1]}{p[2]:02d}{p[3]:06d}"
)
REST = st.integers(0, 9_999_999).map("{:07d}".format)
NETWORKS = "032 033 034 035 036 037 038 039 052 055 056 058 059 070 076 077 078 079 081 082 083 084 085 086 087 088 089 090 091 092 093 094 096 097 098 099".split()  # noqa: E501, SIM905
MOBILES = st.builds(str.__add__, st.sampled_from(NETWORKS), REST)
AREAS = sorted({f"{code:04}" for code in OLD_AREAS.values() if len(code) == 4} | {"0210", "0211", "0218", "0219"})
LANDLINES = st.builds(str.__add__, st.sampled_from([*AREAS, "0243", "0246", "0283", "0286"]), REST)
DAYS = st.dates(date(1900, 1, 1), date(YEAR, 12, 31))
SYLLABLES = "Nguyễn Trần Lê Phạm Huỳnh Võ Đặng Bùi Đỗ Hồ Dương Lý Thị Văn Hữu Quý Ngọc Ánh Cường Dũng Hằng Khương Lượng Mỹ Nghĩa Ổn Phước Quỳnh Sử Thủy Tuấn Ưng Vượng Xuân Yến Đức Ẩn Kiều Diễm Thuyết Lộc Hoà Mẫn Nhị Kỹ Rở Sẽ Bẽo Vẻ Nở Cặn Nằm Đẵng Khuẩn Tổ Đỗi Bỡ Tự Sữa Rỹ Kỵ".split()  # noqa: E501, SIM905
FULL_NAMES = st.lists(st.sampled_from(SYLLABLES), min_size=2, max_size=5).map(" ".join)


@given(IDS, st.sampled_from(["", "'", "’", " ", "\u00a0", "\ufeff"]), st.sampled_from(["", " ", ".", "-"]))
def test_an_id_survives_apostrophes_spaces_and_lost_zeros(digits: str, before: str, between: str) -> None:
    grouped = between.join((digits[:3], digits[3:6], digits[6:9], digits[9:]))
    forms = [before + digits, before + grouped, int(digits), float(digits), str(int(digits)), f"{int(digits)}.0"]
    forms += [f'="{digits}"', f"CCCD: {digits}", f"{digits} (cũ)", f"261234567 / {digits}"]
    assert {cells.citizen_id(form) for form in forms} == {digits}


@given(IDS, st.integers(2, 4))
def test_an_id_that_was_rounded_is_never_guessed(digits: str, kept: int) -> None:
    for form in (f"{int(digits):.{kept - 1}E}", float(f"{int(digits):.{kept - 1}E}")):
        with pytest.raises(CellError) as error:
            cells.citizen_id(form)
        assert error.value.code in ("id_rounded", "id_length")


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, object]:
    """An id, and what became of it: a digit lost, doubled or mistyped as a letter, a power, a stray sign."""
    digits = draw(IDS)
    at = draw(st.integers(1, 11))  # the zero in front is another matter: it is put back
    kept = draw(st.integers(1, 11))
    forms: list[object] = [
        digits[:at] + digits[at + 1 :],
        digits[:at] + digits[at] + digits[at:],
        digits[:at] + draw(st.sampled_from("OolISZBgx?*…")) + digits[at + 1 :],
        f"{int(digits):.{kept}E}",
        f"{int(digits):.{kept}e}".replace(".", ","),
        float(f"{int(digits):.{min(kept, len(str(int(digits))) - 7)}e}"),  # a cell shows eleven signs: 1.23457E+11
        digits[: 12 - kept],
        f"{digits} {digits[::-1]}",
        f"{digits[:at]}\n{digits[at:]}",
        f"\u200b{digits[:at]}\u00a0{digits[at:]}\ufeff",
        "".join(chr(0xFF10 + int(digit)) for digit in digits),
    ]
    return digits, draw(st.sampled_from(forms))


@given(damaged())
def test_a_damaged_id_comes_back_or_is_rejected_but_is_never_another(case: tuple[str, object]) -> None:
    digits, form = case
    with suppress(CellError):
        assert cells.citizen_id(form) == digits


@given(st.integers(10_000_000, 999_999_999))
def test_an_old_card_is_told_from_an_id(number: int) -> None:
    with pytest.raises(CellError) as error:
        cells.citizen_id(number)
    assert error.value.code == "id_cmnd"
    assert cells.citizen_id(number, old_cards=True) == f"{number:09d}"


@given(st.one_of(MOBILES, LANDLINES))
def test_a_phone_survives_every_way_of_writing_it(number: str) -> None:
    rest = number[1:]
    forms = [number, int(number), f"+84{rest}", f"84 {rest}", f"0084{rest}", f"(+84) {rest}", f"+84(0){rest}"]
    forms += [
        f"{number[:4]}.{number[4:7]}.{number[7:]}",
        f"ĐT: {number}",
        f"{number} (con gái)",
        f"'{number}",
        f"{number}, 19001234",
    ]
    assert {cells.phone(form)[0] for form in forms} == {number}


@given(st.sampled_from(sorted(OLD_PREFIXES.items())), st.integers(0, 9_999_999))
def test_every_prefix_of_before_2018_becomes_todays(change: tuple[str, str], rest: int) -> None:
    old, new = change
    for form in (f"{old}{rest:07d}", int(f"{old}{rest:07d}"), f"+84{old[1:]}{rest:07d}"):
        assert cells.phone(form) == (f"{new}{rest:07d}", None)


@given(st.sampled_from(sorted(OLD_AREAS.items())), st.sampled_from("36"), st.integers(0, 999_999))
def test_every_landline_of_before_2017_gets_its_new_area_code(change: tuple[str, str], first: str, rest: int) -> None:
    old, new = change
    behind = f"{first}{rest:0{7 if len(old) == 2 else 6}d}"
    is_a_mobile_today = old + behind[0] in {f"08{n}" for n in range(1, 10)} or old in NETWORKS
    said = old + behind if is_a_mobile_today else new + behind
    for form in (old + behind, f"({old}) {behind[:3]} {behind[3:]}", int(old + behind), f"+84{old[1:]}{behind}"):
        assert cells.phone(form) == (said, None)


@given(st.sampled_from(["1900", "1800"]), st.integers(1000, 999_999))
def test_a_hotline_is_nobodys_phone(prefix: str, rest: int) -> None:
    number, oddity = cells.phone(f"{prefix} {rest}")
    assert number == ""
    assert oddity is not None
    assert oddity.code == "phone_service"


@given(DAYS)
def test_a_day_survives_every_way_of_writing_it(day: date) -> None:
    serial = (day - cells.SPREADSHEET_DAY_ZERO).days
    forms = [
        day,
        datetime(day.year, day.month, day.day),
        day.isoformat(),
        f"{day:%d/%m/%Y}",
        f"{day.day}.{day.month}.{day.year}",
    ]
    forms += [
        f"{day:%d-%m-%Y}",
        f"ngày {day.day} tháng {day.month} năm {day.year}",
        f"{day:%d/%m/%Y} 00:00:00",
        f"{day:%d%m%Y}",
    ]
    forms += [serial] if serial >= 10_000 else []
    assert {cells.birth(form, YEAR) for form in forms} == {(day.isoformat(), None)}
    assert cells.birth(f"{day:%m/%d/%Y}", YEAR, month_first=True) == (day.isoformat(), None)


NUMBERS = st.one_of(
    st.integers(0, 99).map(str), st.integers(1890, 2030).map(str), st.sampled_from(["xx", "?", "..", "thg 5"])
)


@given(
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.sampled_from(["/", "-", ".", " ", " / ", "tháng ", ", "]),
    st.booleans(),
)
def test_no_birth_is_an_impossible_day(parts: list[str], between: str, month_first: bool) -> None:
    for text in (between.join(parts), f"sinh ngày {between.join(parts)}", f"{between.join(parts)} 00:00:00"):
        born = cells.birth(text, YEAR, month_first=month_first)[0]
        assert not born or (len(born) == 4 and 1900 <= int(born) <= YEAR) or date.fromisoformat(born).year <= YEAR


@given(st.integers(1900, YEAR), st.integers(1, 31), st.integers(1, 12))
def test_an_impossible_day_keeps_its_year(year: int, day: int, month: int) -> None:
    born, oddity = cells.birth(f"{day:02d}/{month:02d}/{year}", YEAR)
    try:
        assert (born, oddity) == (date(year, month, day).isoformat(), None)
    except ValueError:
        assert born == str(year)
        assert oddity is not None


@given(FULL_NAMES)
def test_a_name_survives_forms_spaces_and_numbers(name: str) -> None:
    decomposed = unicodedata.normalize("NFD", name)
    for form in (
        name,
        decomposed,
        f" {name}\u00a0",
        name.replace(" ", "\u00a0 "),
        f"1. {name}",
        f"- {name}",
        f"'{name}",
        f"{name}\n",
    ):
        assert cells.name(form) == name


@given(FULL_NAMES, st.sampled_from("=+@＝＋"))
def test_a_name_that_might_be_a_formula_is_refused(name: str, sign: str) -> None:
    for form in (sign + name, f" {sign}{name}", f"\u200b{sign} {name}"):
        with pytest.raises(CellError) as error:
            cells.name(form)
        assert error.value.code == "name_formula"


_SMALL = {capital: capital.lower() for capital in "ÁÀẢÃẠẤẨỔỞÍ"}  # .VnTime has no such capitals


def _in_tcvn3(name: str) -> str:
    return name.translate({new: old for old, new in _TCVN3.items()})


@given(st.lists(FULL_NAMES.filter(lambda name: not set("ÁÀẢÃẠẤẨỔỞÍ") & set(name)), min_size=3, max_size=9))
def test_old_fonts_are_told_apart_and_read(names: list[str]) -> None:
    old = [_in_tcvn3(name) for name in names]
    assert [from_tcvn3(name) for name in old] == names
    assert old_font(names) is None
    latin = ["".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in name.encode()) for name in names]
    assert [from_latin(name) for name in latin] == names


@given(FULL_NAMES)
def test_a_name_in_a_font_without_toned_capitals_gets_them_back(name: str) -> None:
    typed = "".join(_SMALL.get(letter, letter) for letter in f"Lê {name}")
    assert from_tcvn3(_in_tcvn3(typed)) == f"Lê {name}"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Nguyeãn Thò Ñöùc Höôøng", "Nguyễn Thị Đức Hường"),
        ("Huyønh Vaên Thuûy", "Huỳnh Văn Thủy"),
        ("Traàn Thuyeát Nghóa", "Trần Thuyết Nghĩa"),
        ("Ñaëng Quyù Kyõ", "Đặng Quý Kỹ"),
        ("HOAØNG THÒ KIEÀU", "HOÀNG THỊ KIỀU"),
        ("Ngöôøi khuyeát taät naëng", "Người khuyết tật nặng"),
    ],
)
def test_vni_is_read(typed: str, read: str) -> None:
    assert from_vni(typed) == read


def test_tcvn3_is_read() -> None:
    assert from_tcvn3("hép møt tÕt") == "hộp mứt tết"
    assert from_tcvn3("NGUYÔN V¡N A") == "NGUYỄN VĂN A"
