"""Help sessions in the console: asked for in the campaign's steps, counted at the door; the notice before all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from docx import Document
from sqlmodel import select

from campaigns.field.notice import notice_text
from campaigns.tables import Campaign, HelpSession
from content.check import check_text

Browse = Callable[[str], Any]


def test_people_are_counted_at_the_door_one_by_one(browse: Browse, village: Any) -> None:
    def begins(session: Any) -> None:
        session.get_one(HelpSession, village.session).starts_at = village.home.now() + timedelta(minutes=30)

    browser, path = browse("volunteer"), f"/di-nha/buoi/{village.session}"
    assert "chưa tới giờ" in browser.get(path).text
    assert browser.submit(path, {"dem": "den"}).status_code == 422
    village.home.db.write(begins)
    for press in ("den", "den", "xong", "bot-den"):
        assert browser.submit(path, {"dem": press}).status_code == 303
    assert browser.submit(path, {"dem": "bot-den"}).status_code == 422  # who was helped has come
    with village.home.db.read() as session:
        row = session.get_one(HelpSession, village.session)
        assert (row.came, row.helped) == (1, 1)
    assert browser.get(f"/di-nha/buoi/{village.other_session}").status_code == 404  # another hamlet's


def test_the_third_step_asks_how_many_a_day_can_be_helped_and_comes_back(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    made = browser.submit("/dot-van-dong", {"ten": "Đợt mới", "nhom": "unlinked"})
    path = made.headers["location"].rpartition("/")[0]
    browser.submit(f"{path}/noi-dung", {"tin": "first"})
    form = {"kenh": ["visit"], "tu": "24/11/2026", "den": "20/12/2026", "moi_ngay": "20"}
    kept = browser.submit(f"{path}/kenh", form)
    assert kept.status_code == 303
    assert kept.headers["location"].startswith("/buoi-ho-tro?moi_ngay=20&dot=")
    page = browser.get(kept.headers["location"]).text
    assert "Gợi ý:" in page
    number = path.rpartition("/")[2]
    taken = browser.submit("/buoi-ho-tro/theo-goi-y", {"moi_ngay": "20", "tu": "24/11/2026", "dot": number})
    assert taken.headers["location"].startswith(f"{path}/kenh")
    with village.home.db.read() as session:
        assert session.get_one(Campaign, int(number)).channels == ["visit"]  # what was chosen is not lost
        assert len(session.exec(select(HelpSession)).all()) > 4
    assert "moi_ngay" in browser.submit(f"{path}/kenh", form | {"moi_ngay": "nhiều"}).text


def test_the_notice_is_ready_to_be_posted_and_says_what_is_still_to_do(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    page = browser.get("/thong-bao").text
    for missing in ("niêm yết", "phát loa thêm 2 lần", "trưởng khu, thôn còn lại"):
        assert missing in page
    document = Document(BytesIO(browser.get("/thong-bao/mau.docx").content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "không hỏi mật khẩu, mã OTP, số tài khoản" in text
    with village.home.db.read() as session:
        paragraphs = notice_text(session, "22945", village.home.now())
    assert [finding.message for text in paragraphs for finding in check_text("", text)] == []
