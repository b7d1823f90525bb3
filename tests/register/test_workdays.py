from datetime import date
from pathlib import Path

import pytest

from register.errors import BadInput
from register.home import Home, open_home
from register.workdays import LOCAL_FILE, is_holiday, is_working_day, read_local, use_local


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 24), False),  # Ngày Văn hóa Việt Nam
        (date(2026, 11, 28), False),  # Saturday
        (date(2026, 9, 2), False),  # Quốc khánh
        (date(2027, 2, 8), False),  # mùng 3 Tết
    ],
)
def test_weekends_and_holidays_are_no_working_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


TET, SATURDAY, MONDAY = date(2027, 2, 8), date(2027, 1, 9), date(2026, 12, 28)


def test_the_installations_own_table_stands_over_the_package(home: Home) -> None:
    (home.path / LOCAL_FILE).write_text("nghỉ: [28/12/2026]\nlàm: [08/02/2027, 2027-01-09]\n", encoding="utf-8")
    assert (is_holiday(MONDAY), is_working_day(SATURDAY)) == (False, False)
    open_home(home.settings, now=home.now, migrate=False).close()
    try:
        assert (is_holiday(MONDAY), is_holiday(TET)) == (True, False)
        assert [is_working_day(day) for day in (MONDAY, TET, SATURDAY)] == [False, True, True]
    finally:
        use_local({})
    assert is_holiday(TET)


@pytest.mark.parametrize("text", ["nghỉ: [mai]", "nghỉ: 5", "off: [28/12/2026]", "- 28/12/2026", "nghỉ: ["])
def test_a_wrong_line_of_the_table_is_told_in_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / LOCAL_FILE
    assert read_local(file) == {}
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"ngay-nghi.yaml: hãy ghi"):
        read_local(file)
