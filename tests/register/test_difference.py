"""What a list changes, told before it is taken in."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from register.difference import FactChange
from register.home import Home
from register.importing import Imported, SourceInfo, import_list

COMMUNE = "22945"
HEAD = (
    "Họ và tên",
    "Số CCCD",
    "Số điện thoại",
    "Thôn",
    "Loại đối tượng",
    "Tài khoản ASXH",
    "Định danh mức 2",
    "Ghi chú",
)
NOV, DEC, JAN = date(2026, 11, 5), date(2026, 12, 5), date(2027, 1, 5)
Bring = Callable[..., Imported]
Row = tuple[str, ...]


def person(n: int, name: str = "Lê Thị Mai", asxh: str = "", eid: str = "x", note: str = "", phone: str = "") -> Row:
    return name, f"060150{n + 1:06d}", phone or f"09{n:08d}", "Thôn 1", "Thương binh", asxh, eid, note


@pytest.fixture
def bring(home: Home, tmp_path: Path) -> Bring:
    def bring(rows: list[Row], as_of: date = NOV, head: Row = HEAD, **options: Any) -> Imported:
        file = tmp_path / "list.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([head, *rows])
        return import_list(home, file, COMMUNE, source=SourceInfo(as_of), by="lan", **options)

    return bring


def codes(imported: Imported) -> list[str]:
    return [remark.code for remark in imported.difference.suspicious]


def test_the_difference_says_who_is_new_who_changed_and_how_and_who_left(bring: Bring) -> None:
    bring([person(n, asxh="x"[: n == 0]) for n in range(20)])
    following = [
        person(0, asxh="x", note="chết tháng 10"),
        *(person(n, asxh="x") for n in (1, 2)),
        person(3, name="Lê Thị Mây", phone="0392999188"),
        *(person(n) for n in range(4, 19)),
        person(77),
    ]
    dry = bring(following, DEC, dry_run=True)
    done = bring(following, DEC)
    assert dry.difference == done.difference
    found = done.difference
    assert (found.new, found.came_back, found.identity) == (1, 0, 1)
    assert found.facts == (FactChange("asxh_account", "no", "yes", 2),)
    assert found.left == {"left_list": 1, "died": 1}
    assert found.suspicious == ()
    assert (done.new, done.changed, done.left) == (1, 3, 2)
    back = bring([person(n) for n in range(1, 21)], JAN).difference
    assert back.came_back == 1


def test_single_changes_are_told_masked(bring: Bring) -> None:
    bring([person(n) for n in range(6)])
    changes = bring(
        [person(0, name="Lê Thị Mây", asxh="x", phone="0392999188"), *map(person, range(1, 6))], DEC
    ).changes_of
    assert [(c.row, c.kind, c.before, c.after) for c in changes] == [
        (2, "name", "Lê T. M.", "Lê T. M."),
        (2, "phone", "•••••••000", "•••••••188"),
        (2, "asxh_account", "unknown", "yes"),
        *((n, "asxh_account", "unknown", "no") for n in range(3, 8)),
    ]
    assert "0392" not in repr(changes)


def test_half_the_commune_vanished(bring: Bring) -> None:
    bring([person(n) for n in range(10)])
    assert codes(bring([person(n) for n in range(5)], DEC)) == ["many_left"]


def test_everyone_lost_a_fact(bring: Bring) -> None:
    bring([person(n, asxh="x"[: n < 8]) for n in range(10)])
    found = bring([person(n, asxh="x"[: n == 0]) for n in range(10)], DEC)
    assert codes(found) == ["fact_lost"]
    assert "7 người trước đây có tài khoản hưởng An sinh xã hội" in found.difference.suspicious[0].message


def test_a_column_that_had_values_is_empty_or_gone(bring: Bring) -> None:
    bring([person(n, asxh="x") for n in range(10)])
    assert codes(bring([person(n, eid="") for n in range(10)], DEC)) == ["column_empty", "column_empty"]
    assert codes(bring([person(n)[:5] for n in range(10)], JAN, HEAD[:5])) == ["column_empty", "column_empty"]


def test_a_list_of_another_commune(bring: Bring) -> None:
    bring([person(n) for n in range(10)])
    assert codes(bring([person(n) for n in range(90, 100)], DEC, dry_run=True)) == ["many_left", "other_commune"]


def test_far_more_new_people_than_there_were(bring: Bring) -> None:
    bring([person(n) for n in range(10)])
    assert codes(bring([person(n) for n in range(30)], DEC)) == ["many_new"]


def test_an_older_list(bring: Bring) -> None:
    bring([person(n) for n in range(10)], DEC)
    found = bring([person(n, name="Lê Thị Mây", asxh="x") for n in range(9)], NOV)
    assert codes(found) == ["older_list"]
    assert "05/12/2026" in found.difference.suspicious[0].message
    assert (found.difference.identity, found.difference.left) == (0, {})


def test_a_first_list_and_an_ordinary_month_are_not_suspicious(bring: Bring) -> None:
    assert codes(bring([person(n) for n in range(10)])) == []
    assert codes(bring([person(n, asxh="x"[: n % 2]) for n in range(1, 11)], DEC)) == []
