"""The reports' pages: what is closed stays, settings hold, a form is filled, a figure leads to the people behind it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import Session, select

from register import facts
from register.tables import Person

Browse = Callable[[str], Any]
NAMED = ("{{people}}", "{{a.numerator}}", "{{ a.percent }}", "=B1*2", "{{hamlet.99.paid}}", "Kỳ: {{period}}")


def workbook(*cells: str) -> bytes:
    book = Workbook()
    for column, text in enumerate(cells, 1):
        book.active.cell(1, column, text)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def paid(village: Any, how_many: int, day: date) -> None:
    said = [facts.Said(person, "payout", "own_account") for person in village.people[:how_many]]
    now = village.home.now()
    village.home.db.write(lambda s: facts.record_many(s, said, "register", as_of=day, now=now))


def test_a_period_that_is_over_is_closed_by_whoever_takes_it_away(browse: Browse, village: Any, clock: Any) -> None:
    paid(village, 6, date(2026, 11, 20))
    clock.advance(timedelta(days=9))
    officer = browse("officer")
    assert "số liệu chưa chốt" in officer.get("/bao-cao?thang=2026-11").text
    first = officer.get("/bao-cao/2026-11.json").json()
    clock.advance(timedelta(days=1))
    paid(village, 40, date(2026, 11, 25))
    officer = browse("officer")  # a day later
    assert officer.get("/bao-cao/2026-11.json").json() == first
    assert first["paid"]["numerator"] == 6
    page = officer.get("/bao-cao?thang=2026-11").text
    assert "Đã chốt lúc" in page
    assert "Số đã chốt:" not in page
    anew = officer.get("/bao-cao?thang=2026-11&tinh=lai").text
    assert "Số đã chốt: nhận qua tài khoản 6/" in anew
    assert re.search(r'Nhận tiền qua tài khoản</dt><dd>.*?<small><a href="[^"]*">40</a>/', anew)
    answer = officer.submit("/bao-cao/chot", {"ky": "2026-11", "ly_do": "Sở yêu cầu bổ sung"})
    assert answer.headers["location"] == "/bao-cao?thang=2026-11&xong=da-chot"
    assert officer.get("/bao-cao/2026-11.json").json()["paid"]["numerator"] == 40
    assert "bản 2 (Sở yêu cầu bổ sung)" in officer.get("/bao-cao?thang=2026-11").text


def test_who_only_reads_closes_nothing(browse: Browse, clock: Any) -> None:
    clock.advance(timedelta(days=9))
    auditor = browse("auditor")
    assert auditor.get("/bao-cao/2026-11.json").json()["version"] == 0
    assert "Chốt số liệu</button>" not in auditor.get("/bao-cao?thang=2026-11").text


def test_a_month_that_runs_is_not_closed(browse: Browse) -> None:
    assert browse("officer").submit("/bao-cao/chot", {"ky": "2026-11"}).status_code == 422


def test_what_a_commune_sets_stands_in_its_report(browse: Browse) -> None:
    officer = browse("officer")
    form = {"ngay_chot": "20", "phan_tram": "70", "chi_tieu_ncc": "10", "noi_nhan_btxh": "Phòng Văn hóa - Xã hội"}
    assert officer.submit("/bao-cao/cai-dat", form).status_code == 303
    made = officer.get("/bao-cao/2026-11.json").json()
    assert (made["first"], made["last"], made["target_percent"]) == ("2026-10-21", "2026-11-20", 70)
    assert made["quotas"][0]["quota"] == 10
    assert officer.submit("/bao-cao/cai-dat", {"ngay_chot": "31"}).status_code == 422


def test_a_provinces_form_is_filled_and_its_formulas_stay(browse: Browse, village: Any) -> None:
    paid(village, 15, date(2026, 11, 20))
    officer = browse("officer")
    answer = officer.submit(
        "/bao-cao/mau", {"o": "Sheet!H3,b.denominator"}, files={"tep": ("mau.xlsx", workbook(*NAMED))}
    )
    assert answer.status_code == 303
    filled = officer.get("/bao-cao/2026-11-mau.xlsx")
    sheet = load_workbook(io.BytesIO(filled.content)).active
    assert [cell.value for cell in sheet[1]][:6] == [60, 15, 0.25, "=B1*2", None, "Kỳ: tháng 11 năm 2026"]  # type: ignore[index, union-attr]
    assert sheet["H3"].value == 60  # type: ignore[index]


@pytest.mark.parametrize(
    ("cells", "listed", "why"),
    [
        (("{{people.names}}",), "", "không có số liệu nào tên"),
        (("",), "Sheet!H3,__class__", "không có số liệu nào tên"),
        (("",), "Sheet!H3,{{7*7}}", "chưa đúng"),
        (("",), "Khác!H3,people", "không có trang"),
        (("",), "ô nào đó", "Bảng ô"),
        (("",), "[" * 5000 + ": ", "Bảng ô"),
        (("",), "a: &a {x: y}\nb: &b {<<: [*a, *a]}\nSheet!H3: *b", "Bảng ô"),
        (("",), "\n".join(f"Sheet!H{n},people" for n in range(1, 2003)), "Bảng ô"),
    ],
)
def test_a_form_that_wants_what_there_is_not_is_refused(browse: Browse, cells: Any, listed: str, why: str) -> None:
    officer = browse("officer")
    answer = officer.submit("/bao-cao/mau", {"o": listed}, files={"tep": ("mau.xlsx", workbook(*cells))})
    assert answer.status_code == 422
    assert why in answer.text
    assert officer.get("/bao-cao/2026-11-mau.xlsx").status_code == 404


def merged(where: str) -> bytes:
    """A form of two kilobytes; its one merged range is drawn afterwards, for openpyxl would write every cell."""
    plain, out = workbook("{{people}}"), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            range_ = f'</sheetData><mergeCells count="1"><mergeCell ref="{where}"/></mergeCells>'.encode()
            new.writestr(name, part.replace(b"</sheetData>", range_) if "sheet1" in name else part)
    return out.getvalue()


@pytest.mark.slow
def test_a_form_that_claims_billions_of_cells_ends_no_process_but_its_own(browse: Browse) -> None:
    officer = browse("officer")
    assert officer.submit("/bao-cao/mau", {}, files={"tep": ("mau.xlsx", merged("B2:C3"))}).status_code == 303
    answer = officer.submit("/bao-cao/mau", {}, files={"tep": ("mau.xlsx", merged("B1:XFD1048576"))})
    assert answer.status_code == 422
    assert officer.get("/").status_code == 200


def test_what_is_no_form_is_refused(browse: Browse) -> None:
    officer = browse("officer")
    for body in (b"PK\x03\x04", b"<html>", b""):
        assert officer.submit("/bao-cao/mau", {}, files={"tep": ("mau.xlsx", body)}).status_code == 422


def test_a_figure_leads_to_the_people_behind_it_for_those_who_may_see_them(browse: Browse, village: Any) -> None:
    paid(village, 7, date(2026, 11, 20))
    officer = browse("officer")
    page = officer.get("/bao-cao").text
    path = re.search(r'<a href="(/nguoi\?tra=tai-khoan)">7</a>', page)
    assert path is not None
    assert officer.get(path[1]).text.count('<a href="/nguoi/') == 7
    hamlet = village.hamlets[0]
    with village.home.db.read() as session:
        there = _of(session, village.people[:7], hamlet)
    rows = officer.get(f"/nguoi?khu={hamlet}&tra=tai-khoan").text.count('<a href="/nguoi/')
    assert rows == there > 0
    assert "/nguoi?" not in browse("province").get("/bao-cao").text


def _of(session: Session, people: list[int], hamlet: str) -> int:
    found = session.exec(select(Person).where(Person.hamlet == hamlet)).all()
    return len({person.id for person in found} & set(people))


def test_a_province_takes_away_the_sum_and_sets_what_holds_everywhere(browse: Browse) -> None:
    province = browse("province")
    assert province.submit("/cac-xa/bao-cao", {"ngay_chot": "20"}).status_code == 303
    made = province.get("/cac-xa/bao-cao/2026-11.json").json()
    assert (made["people"], made["last"], len(made["communes"])) == (61, "2026-11-20", 2)
    assert province.get("/cac-xa/bao-cao/2026-11-hop.pdf").content.startswith(b"%PDF")
    assert "Báo cáo toàn tỉnh" in province.get("/cac-xa/bao-cao").text
    assert browse("officer").get("/bao-cao/2026-11.json").json()["last"] == "2026-11-20"


@pytest.mark.parametrize("name", ["2026-11-hop.docx", "2026-11-x.pdf", "2026-H3.pdf", "2026-11-mau.xlsx"])
def test_a_file_that_there_is_none_of_leads_nowhere(browse: Browse, name: str) -> None:
    assert browse("officer").get(f"/bao-cao/{name}").status_code == 404
