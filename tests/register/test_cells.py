from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register import cells
from register.cells import CellError

YEAR = 2026
anything = st.one_of(st.text(), st.integers(), st.floats(), st.dates(), st.booleans(), st.none())
PROVINCES = st.integers(1, 96).map("{:03d}".format)
IDS = st.tuples(PROVINCES, st.integers(0, 3), st.integers(0, 99), st.integers(1, 999_999)).map(
    lambda p: f"{p[0]}{p[1]}{p[2]:02d}{p[3]:06d}"
)


@given(IDS)
def test_an_id_comes_through_however_it_was_stored(digits: str) -> None:
    spaced = f"{digits[:3]} {digits[3:6]} {digits[6:9]} {digits[9:]}"
    for stored in (digits, f"'{digits}", f" {digits}\u00a0", spaced, int(digits), float(digits), str(int(digits))):
        assert cells.citizen_id(stored) == digits


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ("", "id_missing"),
        (None, "id_missing"),
        ("\u00a0", "id_missing"),
        ("1.23E+11", "id_rounded"),
        ("6,01519E+10", "id_rounded"),
        (60151000000.0, "id_rounded"),
        (1.23e11, "id_rounded"),
        ("260123456", "id_cmnd"),
        (260123456.0, "id_cmnd"),
        ("06015193815", "id_length"),
        ("0601519381599", "id_length"),
        (99999999999, "id_length"),
        ("0917768030", "id_length"),
        ("06015193815a", "id_letters"),
        ("không có", "id_missing"),
    ],
)
def test_an_id_that_cannot_be_one_is_rejected(stored: object, code: str) -> None:
    with pytest.raises(CellError) as error:
        cells.citizen_id(stored)
    assert error.value.code == code


def test_an_id_tells_sex_and_birth_year() -> None:
    assert (cells.sex_of("060151938159"), cells.birth_year_of("060151938159")) == ("nữ", 1951)
    assert (cells.sex_of("060215938159"), cells.birth_year_of("060215938159")) == ("nam", 2015)


@pytest.mark.parametrize(
    ("stored", "number", "warning"),
    [
        ("0917768030", "0917768030", None),
        (917768030.0, "0917768030", None),
        ("+84 917 768 030", "0917768030", None),
        ("84917768030", "0917768030", None),
        ("0084917768030", "0917768030", None),
        ("+84 (0)917768030", "0917768030", None),
        ("0917.768.030", "0917768030", None),
        ("01697768030", "0397768030", None),
        (1237768030, "0837768030", None),
        ("0252 3821 234", "02523821234", None),
        (2523821234.0, "02523821234", None),
        ("024-38212345", "02438212345", None),
        ("ĐT: 0917768030", "0917768030", None),
        ("0917768030 / 0392999188", "0917768030", "phone_several"),
        ("0917768030, con gái", "0917768030", None),
        ("19000368", "", "phone_service"),
        ("1900 0368", "", "phone_service"),
        ("1800 1091", "", "phone_service"),
        ("", "", None),
        (None, "", None),
        ("không có", "", None),
        ("091776803", "", "phone_bad"),
        ("0417768030", "", "phone_bad"),
        ("9.18E+08", "", "phone_bad"),
        ("hỏi con", "", "phone_bad"),
    ],
)
def test_phones(stored: object, number: str, warning: str | None) -> None:
    found, oddity = cells.phone(stored)
    assert (found, oddity.code if oddity else None) == (number, warning)


@pytest.mark.parametrize(
    ("stored", "birth", "warning"),
    [
        (1946.0, "1946", None),
        ("1946", "1946", None),
        ("12/05/1946", "1946-05-12", None),
        ("1/2/1946", "1946-02-01", None),
        ("12-05-1946", "1946-05-12", None),
        ("12.5.1946", "1946-05-12", None),
        ("1946-05-12", "1946-05-12", None),
        ("12/05/1946 00:00:00", "1946-05-12", None),
        ("ngày 12 tháng 5 năm 1946", "1946-05-12", None),
        (date(1946, 5, 12), "1946-05-12", None),
        (datetime(1946, 5, 12), "1946-05-12", None),
        (16934, "1946-05-12", None),
        ("05/1946", "1946", None),
        ("00/00/1946", "1946", None),
        ("31/02/1950", "1950", "birth_day"),
        ("05/25/1946", "1946", "birth_day"),
        ("30/02/1944", "1944", "birth_day"),
        ("46", "", "birth_bad"),
        ("12/05/46", "", "birth_bad"),
        ("2046", "", "birth_bad"),
        ("86 tuổi", "", "birth_bad"),
        (1812, "", "birth_bad"),
        ("", "", None),
        (None, "", None),
    ],
)
def test_births(stored: object, birth: str, warning: str | None) -> None:
    found, oddity = cells.birth(stored, YEAR)
    assert (found, oddity.code if oddity else None) == (birth, warning)


@pytest.mark.parametrize(
    ("stored", "said", "warning"),
    [
        ("x", True, None),
        ("X ", True, None),
        ("✓", True, None),
        ("có", True, None),
        ("Rồi", True, None),
        (1.0, True, None),
        (True, True, None),
        ("Đã tạo ngày 12/11", True, None),
        ("co\u0301", True, None),
        ("không", False, None),
        ("Chưa", False, None),
        ("-", False, None),
        (0, False, None),
        ("chưa có", False, None),
        ("chưa tạo được", False, None),
        ("", None, None),
        (None, None, None),
        ("?", None, None),
        ("chưa rõ", None, None),
        ("Không rõ", None, None),
        ("đang chờ", None, "mark_bad"),
    ],
)
def test_marks(stored: object, said: bool | None, warning: str | None) -> None:
    found, oddity = cells.mark(stored)
    assert (found, oddity.code if oddity else None) == (said, warning)


def test_an_account_number_is_only_a_yes() -> None:
    assert cells.account_mark("4800 2052 61234") == (True, None)
    assert cells.account_mark("Agribank", named=True) == (True, None)
    assert cells.account_mark("chưa", named=True) == (False, None)
    assert cells.account_mark("Agribank") == (True, None)
    assert cells.account_mark("chính chủ") == (True, None)
    assert cells.account_mark("hỏi con")[0] is None


@pytest.mark.parametrize(
    ("stored", "level"),
    [("x", "2_active"), ("chưa", "below_2"), ("đã cấp, chưa kích hoạt", "2_granted"), ("Mức 2", "2_active"), ("", "")],
)
def test_eid_level_2(stored: str, level: str) -> None:
    assert cells.eid(stored) == (level, None)


@pytest.mark.parametrize(("stored", "level"), [(2.0, "2_active"), ("Mức độ 1", "1"), ("0", "0"), ("", "")])
def test_eid_levels(stored: object, level: str) -> None:
    assert cells.eid_level(stored) == (level, None)


@pytest.mark.parametrize(
    ("stored", "way"),
    [
        ("Tiền mặt", "cash"),
        ("TM", "cash"),
        ("Tài khoản", "own_account"),
        ("CK", "own_account"),
        ("Ủy quyền", "delegated"),
        ("Tài khoản ủy quyền", "delegated"),
        ("TK ASXH", "asxh"),
        ("", ""),
    ],
)
def test_payouts(stored: str, way: str) -> None:
    assert cells.payout(stored) == (way, None)


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ("  Lê   Văn\u00a0Đực ", "Lê Văn Đực"),
        ("Nguye\u0302\u0303n Thi\u0323 Hoa\u0300", "Nguyễn Thị Hoà"),
        ("H'Rin Niê", "H'Rin Niê"),
        ("NGUYỄN VĂN A", "NGUYỄN VĂN A"),
    ],
)
def test_names_are_kept_in_nfc(stored: str, kept: str) -> None:
    assert cells.name(stored) == kept


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ("", "name_missing"),
        (None, "name_missing"),
        ("=SUM(A1:A9)", "name_formula"),
        (" =cmd|'/c calc'!A1", "name_formula"),
        ("＝1+1", "name_formula"),
        ("+84917", "name_formula"),
        ("12", "name_bad"),
        ("060151938159 x", "name_bad"),
        ("a" * 101, "name_bad"),
        ("NguyÔn V¨n B×nh", "name_font"),
    ],
)
def test_what_is_no_name_is_rejected(stored: object, code: str) -> None:
    with pytest.raises(CellError) as error:
        cells.name(stored)
    assert error.value.code == code


@given(anything)
def test_no_cell_breaks_the_reading(value: object) -> None:
    for read in (cells.citizen_id, cells.name):
        with suppress(CellError):
            assert read(value)
    number = cells.phone(value)[0]
    assert number == "" or (number.startswith("0") and len(number) in (10, 11))
    birth = cells.birth(value, YEAR)[0]
    assert birth == "" or 1900 <= int(birth[:4]) <= YEAR
    assert cells.mark(value)[0] in (True, False, None)
    cells.eid(value), cells.eid_level(value), cells.payout(value), cells.sex(value), cells.account_mark(value)


def test_a_megabyte_in_a_birth_cell_is_no_work() -> None:
    assert cells.birth("T" * 1_000_000, 2026)[0] == ""


def test_a_letter_means_what_the_column_answers_it_with() -> None:
    assert cells.mark("C")[0] is True
    assert cells.mark("C", "tk asxh =d")[0] is False  # Đ and C below one heading: đã, chưa
    assert cells.mark("Có VNeID, chưa có TK ASXH", "tai khoan asxh")[0] is False
    assert cells.mark("Có tài khoản, chưa nhận tiền", "tai khoan asxh")[0] is True


def test_figures_and_noughts_mean_what_the_heading_or_the_column_says() -> None:
    assert cells.mark("2", "tk asxh 1 co 2 chua") == (False, None)
    assert cells.mark("0", "tk asxh co 1 chua 0") == (False, None)
    assert cells.mark("1", "tk asxh co 1 chua 0") == (True, None)
    assert cells.mark("3", "tk asxh 1 co 2 chua 3 khong ro") == (None, None)
    assert cells.mark("O", "asxh x") == (False, None)
    assert cells.mark("O")[0] is None
    assert cells.mark("Dạ chưa") == (False, None)
