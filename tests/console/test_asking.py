"""Đề nghị rà soát in the console: letter and sheet go out, answers are looked at before they are taken in."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from register.tables import AuditEvent, Fact, Inquiry, InquiryRow, Source

HEAD = "Mã dòng"


@pytest.fixture
def inquiry(browse: Callable[[str], Any], village: Any) -> tuple[Any, str]:
    """An officer's browser and the page of the inquiry that the officer has just made."""
    browser = browse("officer")
    made = browser.submit("/de-nghi", {"vi_sao": ["unknown", "mismatch"], "noi_nhan": "", "so": "12/UBND"})
    assert made.status_code == 303, made.text
    return browser, made.headers["location"].partition("?")[0]


def answered(content: bytes, *cells: str) -> bytes:
    """The sheet with every row answered like this."""
    book = load_workbook(io.BytesIO(content))
    rows = list(book.active.iter_rows())  # type: ignore[union-attr]
    top = next(n for n, row in enumerate(rows) if row[0].value == HEAD)
    for row in rows[top + 1 :]:
        for cell, value in zip(row[5:], cells, strict=False):
            cell.value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def counts(home: Any) -> list[int]:
    with home.db.read() as session:
        return [len(session.exec(select(table)).all()) for table in (Fact, Source)]


def test_letter_and_sheet_go_out_and_only_the_sheet_has_names(inquiry: tuple[Any, str], village: Any) -> None:
    browser, path = inquiry
    assert "12/UBND" in browser.get(path).text
    letter = browser.get(f"{path}/cong-van.docx")
    assert letter.content[:2] == b"PK"
    sheet = browser.submit(f"{path}/bang.xlsx")
    assert "no-store" in sheet.headers["cache-control"]
    rows = list(load_workbook(io.BytesIO(sheet.content)).active.values)  # type: ignore[union-attr]
    with village.home.db.read() as session:
        codes = set(session.exec(select(InquiryRow.code)).all())
        asked = session.exec(select(Inquiry.people)).one()
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "inquiry_sheet_taken")).all()
    assert {row[0] for row in rows} & codes == codes
    assert len(codes) == asked > 0
    assert [(event.actor, event.detail["rows"]) for event in events] == [("officer", asked)]
    assert not list(village.home.path.rglob("*.xlsx"))


def test_an_answer_is_read_outside_the_home_and_one_at_a_time(
    inquiry: tuple[Any, str], village: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, path = inquiry
    sheet = browser.submit(f"{path}/bang.xlsx").content
    send = lambda: browser.submit("/de-nghi/tra-loi", {"ngay": "23/11/2026"}, files={"tep": ("a.xlsx", sheet)})  # noqa: E731
    met = []

    def reading(work: Any, file: Path) -> Any:
        if not met:
            met.append(file)
            met.append(send())
        return work(file)

    monkeypatch.setattr("console.pages.asking.run_apart", reading)
    assert send().status_code == 200
    assert not met[0].is_relative_to(village.home.path)
    assert "đang đọc một bảng trả lời khác" in met[1].text
    assert send().status_code == 200


def test_answers_are_looked_at_first_and_then_taken_in_once(inquiry: tuple[Any, str], village: Any) -> None:
    browser, path = inquiry
    sheet = answered(browser.submit(f"{path}/bang.xlsx").content, "có", "có", "có", "có")
    before = counts(village.home)
    form = {"ngay": "23/11/2026", "so": "9/CAP"}
    looked = browser.submit("/de-nghi/tra-loi", form, files={"tep": ("tra loi.xlsx", sheet)})
    assert looked.status_code == 200, looked.text
    assert "Chưa lưu gì" in looked.text
    assert counts(village.home) == before
    assert not list(village.home.path.rglob("tra-loi*"))
    sealed = looked.text.split('name="khoa" value="')[1].split('"')[0]
    taken = browser.submit("/de-nghi/nhan", {"khoa": sealed})
    assert taken.status_code == 303
    after = counts(village.home)
    assert after[0] > before[0]
    assert after[1] == before[1] + 1
    assert "đã có trả lời" in browser.get("/de-nghi").text
    browser.submit("/de-nghi/nhan", {"khoa": sealed})
    assert counts(village.home) == after


def test_what_was_looked_at_cannot_be_changed_lent_or_kept(
    inquiry: tuple[Any, str], village: Any, browse: Callable[[str], Any], clock: Any
) -> None:
    browser, path = inquiry
    sheet = answered(browser.submit(f"{path}/bang.xlsx").content, "", "", "", "có")
    looked = browser.submit("/de-nghi/tra-loi", {"ngay": "23/11/2026"}, files={"tep": ("a.xlsx", sheet)})
    sealed = looked.text.split('name="khoa" value="')[1].split('"')[0]
    before = counts(village.home)
    for wrong in ("", "không", sealed[:-8] + "AAAAAAA=", sealed[:40]):
        assert browser.submit("/de-nghi/nhan", {"khoa": wrong}).status_code == 422
    assert browse("approver").submit("/de-nghi/nhan", {"khoa": sealed}).status_code == 403
    assert counts(village.home) == before


@pytest.mark.parametrize("file", [("a.pdf", b"%PDF"), ("a.xlsx", b"PK\x03\x04"), ("a.csv", "Mã dòng;x\n".encode())])
def test_a_file_that_is_no_answer_gets_one_sentence(
    inquiry: tuple[Any, str], village: Any, file: tuple[str, bytes]
) -> None:
    before = counts(village.home)
    answer = inquiry[0].submit("/de-nghi/tra-loi", {"ngay": "23/11/2026"}, files={"tep": file})
    assert answer.status_code == 422
    assert counts(village.home) == before


def test_a_letter_is_marked_as_sent_once_and_the_other_offices_have_their_own_list(
    inquiry: tuple[Any, str], village: Any
) -> None:
    browser, path = inquiry
    with village.home.db.read() as session:
        people = session.exec(select(Inquiry.people)).one()
    assert f'<span class="tag wait">chưa gửi</span> 1 đề nghị, {people} người' in browser.get("/de-nghi").text
    assert "đề nghị đã lập, chưa gửi" in browser.get("/").text
    assert browser.submit(f"{path}/da-gui").status_code == 303
    assert f'<span class="tag go">đã gửi, đang chờ</span> 1 đề nghị, {people} người' in browser.get("/de-nghi").text
    assert "chưa gửi</span>" not in browser.get("/de-nghi").text
    assert "chưa gửi" not in browser.get("/").text
    assert browser.submit(f"{path}/da-gui").status_code == 422
    for kind, words in (("bank", "điểm danh"), ("payer", "không có số định danh")):
        page = browser.get(f"/de-nghi?noi={kind}").text
        assert words in page
        assert "Thông tin chưa khớp" not in page


def test_the_page_pretends_no_connection_and_the_banks_get_no_names(browse: Callable[[str], Any], village: Any) -> None:
    browser = browse("approver")
    page = browser.get("/de-nghi").text
    assert "không nối với dữ liệu của công an" in page
    assert "Lập đề nghị</button>" not in page
    letter = browser.get("/de-nghi/ngan-hang.docx")
    assert letter.status_code == 200
    assert letter.content[:2] == b"PK"
