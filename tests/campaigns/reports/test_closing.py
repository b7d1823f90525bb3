"""A period that is over says next year what it says today: three more lists and an erasure change nothing in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from audio.tables import AirEntry, Airing, Bulletin, Recording
from campaigns.reports import closing
from campaigns.reports.figures import Report
from campaigns.reports.pages import Para, letterhead, pages
from campaigns.reports.periods import earlier, keys_until, period
from campaigns.reports.province import province_report
from campaigns.reports.reports import report
from campaigns.reports.rules import set_rules
from register import facts
from register.erase import erase
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.importing import SourceInfo, import_list
from register.tables import Person

COMMUNE, OTHER = "22945", "22918"
HEAD = "Họ và tên,Số định danh,Năm sinh,Khu phố,Loại đối tượng,Hình thức chi trả,Tài khoản ASXH"
NAMES = ("Lê Văn Đực", "Trần Thị Ba", "Võ Tư", "Phạm Thị Năm", "Bùi Thị Tám", "Đỗ Thị Bảy")
OCTOBER = date(2026, 10, 15)


@pytest.fixture
def take(home: Home, tmp_path: Path) -> Any:
    """``take(as_of, "Tiền mặt", …)``: a list with one person for each way of being paid."""

    def store(as_of: date, *ways: str, commune: str = COMMUNE, kind: str = "Người có công") -> None:
        rows = [
            f"{NAMES[n]},{'060' if commune == COMMUNE else '061'}{'0' if n in (0, 2) else '1'}50{n + 101:06d},1950,"
            f"Khu phố {1 + n % 2},{kind},{way},{'x' if way == 'Tài khoản' else 'chưa'}"
            for n, way in enumerate(ways)
        ]
        file = tmp_path / "ds.csv"
        file.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
        import_list(home, file, commune, source=SourceInfo(as_of), by="lan")

    return store


def told(home: Home, key: str = "2026-10", part: str = "") -> Report:
    with home.db.read() as session:
        return report(session, COMMUNE, key, home.now(), part)


def words(made: Report) -> str:
    return " ".join(block.text for block in pages(made) if isinstance(block, Para))


def close(home: Home, key: str = "2026-10", why: str = "") -> int:
    return home.db.write(lambda s: closing.close(s, COMMUNE, key, "lan", home.now(), why))


def test_three_more_lists_and_an_erasure_change_nothing_in_a_closed_month(home: Home, clock: Any, take: Any) -> None:
    take(OCTOBER, "Tài khoản", "Tiền mặt", "Ủy quyền", "Tiền mặt")
    close(home)
    then = {part: told(home, part=part) for part in ("", "btxh", "ncc", "asxh")}
    assert (then[""].paid.numerator, then[""].people, then[""].version) == (2, 4, 1)
    for late in (OCTOBER, date(2026, 10, 30), date(2026, 11, 20)):  # two of them tell of October itself
        clock.advance(timedelta(days=1))
        take(late, *["Tài khoản"] * (4 + (late.day == 30)))
    with home.db.read() as session:
        first = session.exec(select(Person.id).order_by(Person.id)).first()  # type: ignore[arg-type]
    erase(home, first or 0, "lan", home.now())
    assert {part: told(home, part=part) for part in then} == then
    assert told(home, "2026-11").paid.numerator > 2  # what runs goes on
    with home.db.read() as session:
        (standing,) = closing.versions(session, COMMUNE, "2026-10")
    assert not [name for name in NAMES if name in str(standing.figures)]  # counts, and of nobody


def test_closing_again_takes_a_reason_and_keeps_what_was_handed_in(home: Home, clock: Any, take: Any) -> None:
    take(OCTOBER, "Tiền mặt", "Tiền mặt")
    assert "tạm tính, chưa chốt" in words(told(home))
    assert (close(home), close(home)) == (1, 1)
    handed_in = home.now()
    clock.advance(timedelta(days=1))
    take(date(2026, 10, 30), "Tài khoản", "Tiền mặt")
    assert close(home, why="Bổ sung danh sách của khu phố 1") == 2
    made = told(home)
    assert (made.paid.numerator, made.version) == (1, 2)
    assert "Số liệu chốt lại lần 2." in words(made)
    with home.db.read() as session:
        assert report(session, COMMUNE, "2026-10", handed_in).paid.numerator == 0
        as_known_then = report(session, COMMUNE, "2026-10", handed_in, anew=True)
        anew = report(session, COMMUNE, "2026-10", home.now(), anew=True)
        assert (as_known_then.paid.numerator, anew.paid.numerator) == (0, 1)
        assert "không phải số đã chốt" in words(anew)
        assert [(row.version, row.why) for row in closing.versions(session, COMMUNE, "2026-10")] == [
            (2, "Bổ sung danh sách của khu phố 1"),
            (1, ""),
        ]


def test_a_period_that_runs_is_not_closed_and_the_night_closes_what_is_long_over(home: Home, take: Any) -> None:
    take(OCTOBER, "Tiền mặt")
    with pytest.raises(BadInput, match="30/11/2026"):
        close(home, "2026-11")
    home.db.write(lambda s: _entered(s, datetime(2026, 10, 15, 8, tzinfo=VIETNAM)))
    with home.db.read() as session:
        assert closing.to_close(session, home.now()) == [(COMMUNE, "2026-10")]
        assert closing.to_close(session, home.now() + timedelta(days=12)) == [(COMMUNE, "2026-10")]  # 5/12: not yet
        assert (COMMUNE, "2026-11") in closing.to_close(session, home.now() + timedelta(days=14))
    close(home)
    with home.db.read() as session:
        assert closing.to_close(session, home.now()) == []


def _entered(session: Session, moment: datetime) -> None:
    for person in session.exec(select(Person)).all():
        person.created_at = moment
        session.add(person)


def test_the_month_before_is_compared_with_as_it_was_handed_in(home: Home, clock: Any, take: Any) -> None:
    take(OCTOBER, "Tiền mặt", "Tiền mặt")
    close(home)
    clock.advance(timedelta(days=1))
    take(date(2026, 10, 30), "Tài khoản", "Tài khoản")
    before = told(home, "2026-11").before
    assert before is not None
    assert (before.as_of, before.paid.numerator, before.people) == (date(2026, 10, 31), 0, 2)


def test_a_commune_closes_on_its_own_day_or_on_the_provinces(home: Home, take: Any) -> None:
    take(date(2026, 11, 10), "Tiền mặt")
    home.db.write(lambda s: set_rules(s, "68", "14", "", {}, {"btxh": "Phòng Bảo trợ xã hội tỉnh"}))
    made = told(home, "2026-11")
    assert (made.first, made.as_of) == (date(2026, 10, 15), date(2026, 11, 14))
    assert letterhead(made).recipients[0].startswith("Phòng Bảo trợ xã hội tỉnh")
    assert close(home, "2026-11") == 1  # over since the 15th
    home.db.write(lambda s: set_rules(s, COMMUNE, "20", "", {}, {"btxh": "Sở Y tế"}))
    assert told(home, "2026-12").first == date(2026, 11, 21)
    assert letterhead(told(home, "2026-12", "btxh")).recipients[0] == "Sở Y tế (để báo cáo);"


@pytest.mark.parametrize("wrong", [{"closing_day": "31"}, {"target": "0"}, {"quotas": {"ncc": "-1"}}])
def test_a_wrong_rule_is_refused(home: Home, wrong: dict[str, Any]) -> None:
    rules: dict[str, Any] = {"closing_day": "", "target": "", "quotas": {}, "to": {}} | wrong
    with pytest.raises(BadInput):
        home.db.write(lambda s: set_rules(s, COMMUNE, **rules))
    with pytest.raises(BadInput, match="số điện thoại"):
        home.db.write(lambda s: set_rules(s, COMMUNE, "", "", {}, {"ncc": "Chị Hà 0912345678"}))


def test_each_part_goes_to_its_office(home: Home, take: Any) -> None:
    take(OCTOBER, "Tài khoản")
    first = {part: letterhead(told(home, part=part)).recipients[0] for part in ("btxh", "ncc", "asxh")}
    assert first == {
        "btxh": "Sở Y tế tỉnh Lâm Đồng (Phòng Xã hội) (để báo cáo);",
        "ncc": "Sở Nội vụ tỉnh Lâm Đồng (để báo cáo);",
        "asxh": "Tổ Đề án 06 tỉnh Lâm Đồng (để báo cáo);",
    }
    assert len([name for name in letterhead(told(home)).recipients if "để báo cáo" in name]) == 3
    assert "Chi trả qua tài khoản" not in words(told(home, part="asxh"))
    assert told(home, part="btxh").people == 0


def test_delegated_payments_are_told_with_how_many_were_confirmed(home: Home, take: Any) -> None:
    take(date(2026, 11, 10), "Ủy quyền", "Ủy quyền", "Ủy quyền", "Tiền mặt")

    def confirm(session: Session) -> None:
        for person, value in ((1, "yes"), (2, "no"), (4, "yes")):
            day = date(2026, 11, 20)
            facts.record(session, person, "receipt_confirmed", value, "officer", as_of=day, now=home.now())

    home.db.write(confirm)
    said = words(told(home, "2026-11"))
    assert "ủy quyền: 3 người, trong đó 1 người đã xác nhận nhận đủ tiền, 1 người báo chưa nhận, 1 người" in said


def test_airings_are_told_as_planned_and_apart_as_confirmed(home: Home, take: Any) -> None:
    take(OCTOBER, "Tiền mặt")

    def plan(session: Session) -> None:
        bulletin = Bulletin(commune=COMMUNE, title="Lịch", text="x", text_hash="x", author="lan", created_at=home.now())
        session.add(bulletin)
        session.flush()
        recording = Recording(
            bulletin=bulletin.id, voice="nguoi", draft=False, file="a.mp3", text_hash="x", sha256="x", duration_s=60,
            lufs=-16, true_peak_dbtp=-1, syllables_per_minute=200, created_at=home.now(),
        )  # fmt: skip
        session.add(recording)
        session.flush()
        for day in (2, 3, 4, 5):
            at = datetime(2026, 11, day, 5, 0, tzinfo=VIETNAM)
            airing = Airing(commune=COMMUNE, recording=recording.id, planned_at=at, seconds=60, planned_by="lan")
            if day == 5:
                airing.cancelled_at = at - timedelta(hours=1)
            session.add(airing)
            session.flush()
            if day != 4:
                what = "played" if day == 2 else "failed"
                session.add(
                    AirEntry(
                        commune=COMMUNE, airing=airing.id, key=f"nhat-ky-{day}", what=what, planned_at=at, at=at,
                        by="radio", received_at=at + timedelta(days=1),
                    )
                )  # fmt: skip

    home.db.write(plan)
    assert told(home, "2026-11").air == {"planned": 3, "confirmed": 1, "bulletins": 1}
    assert "3 lượt trong lịch; 1 lượt có trong nhật ký phát sóng" in words(told(home, "2026-11"))


def test_a_province_counts_a_commune_as_it_closed_and_marks_the_others(home: Home, clock: Any, take: Any) -> None:
    take(OCTOBER, "Tài khoản", "Tiền mặt")
    take(OCTOBER, "Tài khoản", "Tài khoản", "Tài khoản", commune=OTHER)
    close(home)
    clock.advance(timedelta(days=1))
    take(date(2026, 10, 30), "Tài khoản", "Tài khoản")
    with home.db.read() as session:
        made = province_report(session, "68", "2026-10", home.now())
    assert (made.paid.numerator, made.people) == (4, 5)
    assert [(one.code, one.paid, one.version) for one in made.communes] == [(OTHER, 3, 0), (COMMUNE, 1, 1)]
    head = letterhead(made)
    assert head.agency == ("UBND TỈNH LÂM ĐỒNG", "SỞ Y TẾ")
    assert head.place_and_date.startswith("Lâm Đồng, ngày")


def test_a_provinces_sum_does_not_tell_what_one_small_commune_has_hidden(home: Home, take: Any) -> None:
    take(OCTOBER, *["Tài khoản"] * 6, kind="Người nhiễm HIV/AIDS")
    take(OCTOBER, *["Tài khoản"] * 2, commune=OTHER, kind="Người nhiễm HIV/AIDS")
    with home.db.read() as session:
        made = province_report(session, "68", "2026-10", home.now())
    assert [line.people for line in made.categories] == ["ẩn"]  # 8 less the 6 that the other commune prints


def test_half_years_and_years(home: Home, take: Any) -> None:
    take(OCTOBER, "Tài khoản")
    half, year = told(home, "2026-H2"), told(home, "2026")
    assert (half.label, half.first, half.month) == ("6 tháng cuối năm 2026", date(2026, 7, 1), 0)
    assert (year.label, year.people) == ("năm 2026", 1)
    assert "Kỳ trước chưa có số liệu" in words(year)
    assert letterhead(replace(half, last=date(2026, 12, 31))).place_and_date.endswith("năm 2027")
    assert earlier(period("2026-H1")) == "2025-H2"
    assert keys_until(date(2026, 11, 22), "month", 2, 14) == ["2026-12", "2026-11"]
    with pytest.raises(BadInput, match="chưa tới"):
        told(home, "2027-H1")
    with pytest.raises(BadInput, match="chưa đúng"):
        told(home, "2026-13")
