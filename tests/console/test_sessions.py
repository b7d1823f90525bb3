"""Help sessions in the console: asked for in the campaign's steps, counted at the door; the notice before all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from docx import Document
from sqlmodel import select

from campaigns.field.attending import ticked
from campaigns.field.notice import notice_text
from campaigns.field.visits import add_visits
from campaigns.tables import Campaign, HelpSession, SeatOrder, Visit
from content.check import check_text
from register.erase import erase
from register.people import identity_of
from register.tables import AuditEvent, Person

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


def test_who_came_is_ticked_by_name_only_on_request_and_by_number(browse: Browse, village: Any) -> None:
    """Masks until the names are asked for, and the asking is in the log; a walk-in by the number of the visit sheet."""
    home, path = village.home, f"/buoi-ho-tro/{village.session}/nguoi-den"
    invited, walk_in, elsewhere = village.people[0], village.people[1], village.stranger

    def prepare(session: Any) -> tuple[str, int]:
        now, meeting = home.now(), session.get_one(HelpSession, village.session)
        for number in (invited, walk_in):
            session.get_one(Person, number).hamlet = meeting.hamlet
        session.add(SeatOrder(session=village.session, person=invited, by="lan", at=now))
        add_visits(session, None, [walk_in], now)
        identity = identity_of(home, session.get_one(Person, invited))
        assert identity
        return identity.full_name, session.exec(select(Visit.sheet).where(Visit.person == walk_in)).one()

    def begin(session: Any) -> None:
        session.get_one(HelpSession, village.session).starts_at = home.now() - timedelta(minutes=30)

    def came() -> set[int]:
        with home.db.read() as session:
            return ticked(session, village.session)

    name, sheet = home.db.write(prepare)
    browser = browse("volunteer")
    assert browser.submit(path, {"hien": str(invited), "den": str(invited)}).status_code == 422  # not begun
    home.db.write(begin)
    assert name not in browser.get(path).text
    assert name in browser.submit(f"/buoi-ho-tro/{village.session}/ho-ten").text
    assert browser.submit(path, {"hien": str(invited), "den": [str(invited), str(elsewhere)]}).status_code == 303
    assert came() == {invited}  # nobody of another commune, whatever was sent
    assert browser.submit(f"/buoi-ho-tro/{village.session}/them-nguoi", {"so": str(sheet)}).status_code == 303
    assert came() == {invited, walk_in}
    assert "2 người đến" in browser.get(path).text
    for number, kind in ((elsewhere, "nguoi"), (invited, "nguoi"), (9_999, "phieu"), (village.ticket, "viec")):
        added = browser.submit(f"/buoi-ho-tro/{village.session}/them-nguoi", {"so": str(number), "loai": kind})
        assert added.status_code == 422, "a volunteer knows the numbers of visit sheets alone"
    browser.submit(path, {"hien": str(invited)})
    assert came() == {walk_in}  # who did not stand on that page stays
    with home.db.read() as session:
        assert session.get_one(HelpSession, village.session).came is None  # the tally is counted by itself
        logged = session.exec(select(AuditEvent).where(AuditEvent.subject == str(village.session))).all()
    found = [(event.action, event.detail) for event in logged if event.action.startswith("session_")]
    assert found == [
        ("session_names_shown", {"rows": 1}),
        ("session_attendance", {"came": 1, "taken_back": 0}),
        ("session_attendance", {"came": 1, "taken_back": 0}),
        ("session_attendance", {"came": 0, "taken_back": 1}),
    ]
    assert erase(home, walk_in, "lan", home.now()).ok
    assert came() == {walk_in}  # a row that leads to nobody: past figures stand
    assert "Chưa mời ai" not in browse("officer").get(path).text


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
