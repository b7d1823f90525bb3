from datetime import date

import pytest

from register.workdays import is_working_day


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
