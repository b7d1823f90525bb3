from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from docx import Document
from openpyxl import load_workbook
from sqlmodel import Session

from bot.tables import Ticket
from campaigns.reports.blocks import Para, Table, number
from campaigns.reports.figures import Report
from campaigns.reports.files import pdf_data
from campaigns.reports.pages import letterhead, pages
from campaigns.reports.reports import monthly, write
from campaigns.reports.rules import province_words
from campaigns.reports.small_cells import Line, protect
from campaigns.tables import Campaign, Delivery, HelpSession, Visit
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.tables import Contact, Fact, Person, PersonCategory
from register.units import hamlet_named
from register.words import safe

COMMUNE = "22945"
OCTOBER, NOVEMBER = date(2026, 10, 15), date(2026, 11, 15)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=VIETNAM)


def people(
    home: Home,
    count: int,
    *,
    category: str = "htxh",
    hamlet: str | None = "Khu phố 1",
    entered: date = NOVEMBER,
    left: tuple[date, str] | None = None,
    birth_year: int = 1940,
    evidence: str = "register",
    **values: str,
) -> list[int]:
    """``count`` people who are alike; ``values``: kind → value, as of the day they entered."""

    def store(session: Session) -> list[int]:
        ids = []
        for _ in range(count):
            person = Person(
                commune=COMMUNE,
                hamlet=hamlet_named(session, COMMUNE, hamlet) if hamlet else None,
                birth_year=birth_year,
                created_at=noon(entered),
                updated_at=noon(entered),
                closed_at=noon(left[0]) if left else None,
                closed_reason=left[1] if left else "",
            )
            session.add(person)
            session.flush()
            assert person.id is not None
            session.add(PersonCategory(person=person.id, code=category))
            ids.append(person.id)
        return ids

    ids = home.db.write(store)
    for kind, value in values.items():
        tell(home, ids, kind, value, evidence, entered)
    return ids


def tell(home: Home, persons: list[int], kind: str, value: str, evidence: str, as_of: date) -> None:
    facts = [Fact(person=p, kind=kind, value=value, evidence=evidence, as_of=as_of, at=noon(as_of)) for p in persons]
    home.db.write(lambda s: s.add_all(facts))


def report(home: Home, month: int = 11, now: datetime | None = None) -> Report:
    with home.db.read() as session:
        return monthly(session, COMMUNE, 2026, month, now or home.now())


# --- figures --------------------------------------------------------------------------------------


def test_the_denominator_is_everyone_who_is_managed(home: Home) -> None:
    """37 of 37 and 141 of 410: 178 of 447, whatever the target list of 150 says."""
    people(home, 37, category="ncc", payout="own_account")
    people(home, 100, category="btxh", payout="delegated")
    people(home, 41, category="btxh", payout="asxh")
    people(home, 269, category="btxh", payout="cash")
    made = report(home)
    assert (made.paid.numerator, made.paid.denominator, made.paid.as_of) == (178, 447, date(2026, 11, 23))
    assert made.paid.evidence == {"self": 0, "officer": 0, "register": 178}
    assert [(g.label, g.paid, g.people) for g in made.groups] == [
        ("Người có công", 37, 37),
        ("Bảo trợ xã hội", 141, 410),
    ]
    assert (made.target_met, made.target_missing) == (False, 91)  # 60 % of 447 is 268,2: 269 people
    assert made.payout == {"asxh": 41, "cash": 269, "delegated": 100, "own_account": 37}


@pytest.mark.parametrize(("by_account", "met", "missing"), [(6, True, 0), (5, False, 1), (10, True, 0)])
def test_the_target_is_60_percent_of_everyone(home: Home, by_account: int, met: bool, missing: int) -> None:
    people(home, by_account, payout="own_account")
    people(home, 10 - by_account, payout="cash")
    made = report(home)
    assert (made.target_met, made.target_missing) == (met, missing)


def test_unknown_is_not_no_and_special_is_not_a_failure(home: Home) -> None:
    people(home, 2, asxh_account="yes", special="frail")
    people(home, 3, asxh_account="no", special="no_smartphone")
    people(home, 4, asxh_account="no")
    people(home, 5)
    people(home, 1, birth_year=2023)  # under six: cannot have an account
    made = report(home)
    asxh = made.classes[2]
    assert (asxh.yes, asxh.no, asxh.unknown, asxh.special) == (2, 4, 5, 4)
    assert (made.asxh.numerator, made.asxh.denominator, made.cannot_have) == (2, 14, 1)


def words_of(made: Report) -> str:
    """All sentences and notes of the report."""
    blocks = pages(made)
    return " ".join(b.text if isinstance(b, Para) else b.note if isinstance(b, Table) else "" for b in blocks)


def test_a_target_is_not_missed_while_most_is_unknown(home: Home) -> None:
    people(home, 3, payout="own_account", asxh_account="yes")
    people(home, 2, payout="cash", asxh_account="no")
    people(home, 5)
    said = words_of(report(home))
    assert "Chưa rõ cách nhận của 5 người, nên chưa nói được đã đạt" in said
    assert "chưa đạt chỉ tiêu" not in said
    assert "Chưa rõ 5 người ở A và 5 người ở B: không tính vào tử số" in said


def test_sessions_without_a_tally_are_not_told_as_nobody_came(home: Home) -> None:
    people(home, 1, payout="cash")

    def store(session: Session) -> None:
        hamlet = hamlet_named(session, COMMUNE, "Khu phố 1")
        at = noon(date(2026, 11, 20))
        session.add(HelpSession(commune=COMMUNE, hamlet=hamlet, place="nhà văn hóa", starts_at=at, capacity=9))

    home.db.write(store)
    said = words_of(report(home))
    assert "1 buổi trong lịch, chưa buổi nào có số liệu." in said
    assert "0 người đến" not in said


def test_the_newest_date_stands_and_on_a_tie_the_stronger_evidence(home: Home) -> None:
    one, two, three = people(home, 3, asxh_account="no")
    tell(home, [one], "asxh_account", "yes", "self", date(2026, 11, 20))
    tell(home, [two], "asxh_account", "yes", "self", NOVEMBER)  # the list of that day says no
    tell(home, [three], "asxh_account", "yes", "officer", date(2026, 11, 20))
    tell(home, [three], "asxh_account", "no", "self", date(2026, 11, 20))
    assert report(home).asxh.evidence == {"self": 1, "officer": 1, "register": 0}


def test_last_month_says_next_year_what_it_says_today(home: Home) -> None:
    stay = people(home, 4, entered=OCTOBER, payout="cash")
    people(home, 2, entered=OCTOBER, left=(date(2026, 11, 10), "died"))
    people(home, 1, entered=OCTOBER, left=(date(2026, 11, 12), "left_list"))
    people(home, 3, entered=NOVEMBER, payout="cash")
    tell(home, stay[:1], "payout", "own_account", "register", NOVEMBER)
    october = report(home, 10)
    assert (october.people, october.paid.numerator, october.as_of, october.before) == (7, 0, date(2026, 10, 31), None)
    november = report(home, 11)
    assert (november.people, november.paid.numerator) == (7, 1)
    assert (november.came_in, november.left) == (3, {"died": 2, "left_list": 1})
    assert november.before is not None
    assert (november.before.people, november.before.paid) == (7, october.paid)
    tell(home, stay, "payout", "asxh", "register", date(2026, 12, 5))
    assert report(home, 11, noon(date(2027, 3, 1))).paid.numerator == 1


def test_a_list_counts_from_its_own_date_not_from_the_day_it_was_read(home: Home) -> None:
    late = people(home, 2, entered=date(2026, 11, 3))
    assert report(home, 10).people == 0
    tell(home, late, "payout", "cash", "register", date(2026, 10, 31))
    assert report(home, 10).people == 2


def test_a_person_under_two_groups_is_counted_once(home: Home) -> None:
    both = people(home, 6, category="btxh")
    home.db.write(lambda s: s.add_all([PersonCategory(person=p, code="ncc") for p in both]))
    made = report(home)
    assert [(g.label, g.people) for g in made.groups] == [("Người có công", 6)]
    assert {c.label: c.people for c in made.categories} == {
        "Người có công với cách mạng và thân nhân": 6,
        "Bảo trợ xã hội (chưa rõ loại)": 6,
    }


def test_people_without_a_hamlet_are_shown_as_such(home: Home) -> None:
    people(home, 5)
    people(home, 2, hamlet=None)
    assert [(h.label, h.people) for h in report(home).hamlets] == [("Khu phố 1", 5), ("Chưa rõ địa bàn", 2)]


def test_the_work_of_the_month_is_counted(home: Home) -> None:
    first, second = people(home, 2, asxh_account="no")
    (friend,) = people(home, 1)
    day = noon(date(2026, 11, 20))

    def store(session: Session) -> None:
        hamlet = hamlet_named(session, COMMUNE, "Khu phố 1")
        for days, came in ((0, 18), (5, None), (20, None)):
            session.add(
                HelpSession(
                    commune=COMMUNE, hamlet=hamlet, place="nhà văn hóa", starts_at=day + timedelta(days=days),
                    capacity=20, came=came, helped=came,
                )
            )  # fmt: skip
        campaign = Campaign(
            commune=COMMUNE, name="Đợt 1", segment="nq418-ready", channels=["zalo"], steps=[], author="lan",
            starts_on=day.date(), ends_on=date(2026, 12, 20), launched_at=day, created_at=day,
        )  # fmt: skip
        chat = Contact(channel="zalo", lane="zalo:main", lookup=b"x", created_at=day)
        session.add_all([campaign, chat])
        session.flush()
        assert campaign.id is not None
        assert chat.id is not None
        for person in (first, second):
            session.add(Delivery(campaign=campaign.id, step=1, person=person, state="accepted", changed_at=day))
        for person, outcome in ((first, "done"), (second, "refused")):
            session.add(Visit(commune=COMMUNE, person=person, outcome=outcome, at=day, created_at=day))
        for kind, days in (("stuck", 0), ("stuck", 1), ("scam", 2), ("stuck", -40)):
            session.add(Ticket(commune=COMMUNE, contact=chat.id, kind=kind, opened_at=day + timedelta(days=days)))

    home.db.write(store)
    tell(home, [first, friend], "asxh_account", "yes", "officer", date(2026, 11, 21))
    made = report(home)
    assert made.sessions == {"planned": 2, "held": 1, "came": 18, "helped": 18}
    assert made.visits == {"done": 1, "refused": 1}
    assert made.difficulties == {"stuck": 2, "scam": 1, "visit.refused": 1}
    assert [(c["name"], c["planned"], c["officer"], c["register"]) for c in made.campaigns] == [("Đợt 1", 2, 1, 0)]
    assert made.campaigns[0]["as_of"] == "2026-11-23"


@pytest.mark.parametrize("month", [0, 12, 13])
def test_a_month_to_come_is_refused(home: Home, month: int) -> None:
    with pytest.raises(BadInput, match="Kỳ báo cáo"):
        report(home, month)


# --- small cells ----------------------------------------------------------------------------------


def cell(label: str, people: int, paid: int, sensitive: bool = False) -> Line:
    return Line(label, "btxh", people, paid, 0, people, sensitive)


def test_a_small_cell_of_a_sensitive_category_is_hidden_and_cannot_be_worked_out() -> None:
    lines = protect([cell("HIV", 3, 1, True), cell("trẻ em", 30, 12), cell("đơn thân", 20, 4)])
    assert [(n.people, n.paid) for n in lines] == [("<5", "<5"), (30, 12), ("ẩn", "ẩn")]


def test_what_is_missing_to_the_whole_tells_as_much_as_the_count() -> None:
    lines = protect([cell("khuyết tật", 20, 17, True), cell("trẻ em", 30, 12)])
    assert [(n.people, n.paid) for n in lines] == [(20, "ẩn"), (30, "ẩn")]


def test_small_cells_of_other_categories_are_shown() -> None:
    lines = [cell("trẻ em", 3, 1), cell("khuyết tật", 40, 20, True)]
    assert protect(lines) == lines


def test_as_many_lines_are_hidden_as_it_takes() -> None:
    """Two that are hidden and add up to 2 would be 1 and 1: the sum is what the others leave of the whole."""
    lines = protect([cell("HIV", 1, 0, True), cell("tâm thần", 1, 0, True), cell("trẻ em", 30, 12)])
    assert [n.people for n in lines] == ["<5", "<5", "ẩn"]


def test_a_hidden_group_does_not_come_out_by_adding_up_its_categories() -> None:
    groups = protect([Line("Khuyết tật", "btxh", 3, 0, 0, 3, True, "btxh"), Line("Hưu trí", "btxh", 40, 9, 0, 40)])
    assert [line.people for line in groups] == ["<5", "ẩn"]
    kinds = [replace(cell("từ 75 tuổi", 30, 9), group="htxh"), replace(cell("cận nghèo", 10, 0), group="htxh")]
    assert [n.people for n in protect(kinds, [replace(groups[1], code="htxh")])] == [30, "ẩn"]
    assert protect(kinds, [replace(groups[1], code="htxh", people=40, can_have=40, paid=9)]) == kinds


def test_no_file_of_the_report_tells_a_small_sensitive_count(home: Home, tmp_path: Path) -> None:
    people(home, 3, category="hiv", payout="cash")
    people(home, 9, category="don_than", payout="cash")
    people(home, 14, category="tre_em", birth_year=2015, payout="own_account")
    made = report(home)
    shown = {line.label: line.people for line in made.categories}
    assert shown == {
        "Người nhiễm HIV/AIDS": "<5",
        "Người đơn thân nghèo nuôi con": "ẩn",
        "Trẻ em không có nguồn nuôi dưỡng": 14,
    }
    rows = [row for block in pdf_data(made)["blocks"] for row in block.get("rows", []) if "HIV" in row[0]]
    assert rows == [["Người nhiễm HIV/AIDS", "<5", "ẩn", "–", "ẩn", "<5", "–"]]


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def full(home: Home) -> Report:
    people(home, 1_200, payout="own_account", asxh_account="no")
    people(home, 300, category="nkt_nang", hamlet="=Khu phố 2", payout="cash")
    return report(home)


def test_the_workbook_holds_numbers_and_no_formula(full: Report, tmp_path: Path) -> None:
    out = tmp_path / "bao-cao.xlsx"
    write(full, out)
    cells = [c for row in load_workbook(out).active.iter_rows() for c in row if c.value is not None]  # type: ignore[union-attr]
    assert {c.data_type for c in cells} <= {"s", "n"}
    assert "'=Khu phố 2" in [c.value for c in cells]
    values = [c.value for c in cells]
    assert {1_200, 1_500, 0.8} <= {v for v in values if not isinstance(v, str)}
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in values


@pytest.mark.parametrize("text", ["=1+1", "+84", "-1", "@SUM(A1)", "\tx"])
def test_text_that_a_spreadsheet_would_reckon_with_is_made_harmless(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe("Khu phố 1") == "Khu phố 1"


def test_the_document_has_the_form_of_an_administrative_report(full: Report, tmp_path: Path) -> None:
    out = tmp_path / "bao-cao.docx"
    write(full, out)
    document = Document(str(out))
    top = [cell.text for cell in document.tables[0].rows[0].cells]
    assert "PHƯỜNG PHAN THIẾT" in top[0]
    assert "Độc lập - Tự do - Hạnh phúc" in top[1]
    assert "BÁO CÁO" in [p.text for p in document.paragraphs]
    foot = [cell.text for cell in document.tables[-1].rows[0].cells]
    assert foot[0].startswith("Nơi nhận:\n- Sở Y tế tỉnh Lâm Đồng")
    assert foot[1] == "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH"
    indicators = document.tables[1]
    assert [c.text for c in indicators.rows[1].cells][1:4] == ["1.200", "1.500", "80,0%"]


def test_the_pdf_and_the_json_are_written(full: Report, tmp_path: Path) -> None:
    write(full, tmp_path / "bao-cao.pdf")
    assert (tmp_path / "bao-cao.pdf").read_bytes().startswith(b"%PDF")
    write(full, tmp_path / "bao-cao.JSON")
    data: dict[str, Any] = orjson.loads((tmp_path / "bao-cao.JSON").read_bytes())
    paid = data["paid"]
    assert (paid["numerator"], paid["denominator"], paid["percent"]) == (1_200, 1_500, 80.0)
    assert (paid["as_of"], paid["evidence"]["register"]) == ("2026-11-23", 1_200)


def test_another_form_or_place_is_refused_and_nothing_is_left_behind(full: Report, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.xlsx, \.docx"):
        write(full, tmp_path / "bao-cao.odt")
    with pytest.raises(BadInput, match="Không ghi được"):
        write(full, tmp_path / "no" / "bao-cao.json")
    assert list(tmp_path.glob("bao-cao*")) == []


def test_a_commune_without_people_still_gets_a_report(home: Home, tmp_path: Path) -> None:
    made = report(home)
    assert (made.people, made.paid.share, made.target_met) == (0, None, False)
    for suffix in ("pdf", "docx", "xlsx", "json"):
        write(made, tmp_path / f"trong.{suffix}")


@pytest.mark.parametrize(
    ("name", "agency", "place"),
    [
        ("Phường Phan Thiết", "PHƯỜNG PHAN THIẾT", "Phan Thiết, ngày"),
        ("Xã Tân Tiến", "XÃ TÂN TIẾN", "Tân Tiến, ngày"),
        ("Đặc khu Phú Quý", "ĐẶC KHU PHÚ QUÝ", "Phú Quý, ngày"),
    ],
)
def test_the_letterhead_names_commune_and_province(home: Home, name: str, agency: str, place: str) -> None:
    made = replace(report(home), commune_name=name)
    head = letterhead(made)
    assert head.agency[1] == agency
    assert head.place_and_date.startswith(place)
    assert head.recipients[0].startswith("Sở Y tế tỉnh Lâm Đồng (Phòng Xã hội)")
    assert province_words("Thành phố Huế") == "thành phố Huế"


def test_numbers_are_written_as_people_here_read_them() -> None:
    assert [number(n) for n in (1890, 0.344, "ẩn")] == ["1.890", "34,4%", "ẩn"]
