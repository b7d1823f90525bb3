"""The inbox: views, waits, two officers at one ticket, handing on, and sentences to start an answer from."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.ready import OWN
from bot.tables import Ticket
from bot.tickets import KINDS
from bot.tickets import answer as write
from content.library import library
from register.staff import add_staff
from register.tables import AuditEvent
from register.units import set_setting, setting

HERE = "22945"
Browse = Callable[[str], Any]
pytestmark = pytest.mark.parametrize("home", ["sqlite"], indirect=True)


@pytest.fixture
def path(village: Any) -> str:
    """The village's ticket, and a second officer of the commune."""
    home = village.home
    home.db.write(lambda s: add_staff(s, "nga", "Phạm Thị Nga", "officer", HERE, "", home.now()))
    return f"/viec/{village.ticket}"


def ticket(village: Any) -> Ticket:
    with village.home.db.read() as session:
        return session.get_one(Ticket, village.ticket)  # type: ignore[no-any-return]


def give_to(village: Any, login: str) -> None:
    def store(session: Session) -> None:
        row = session.get_one(Ticket, village.ticket)
        row.taken_by, row.taken_at = login, village.home.now()

    village.home.db.write(store)


def field_of(page: str) -> str:
    found = re.search(r"<textarea id=\"tra_loi\"[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found
    return found.group(1)


def test_the_inbox_is_seen_by_who_holds_what(browse: Browse, village: Any, path: str) -> None:
    browser = browse("officer")
    page = browser.get("/viec").text
    for label in ("Đang mở (1)", "Chưa ai nhận (1)", "Tôi đang giúp (0)", "Đã xong trong tháng (0)"):
        assert label in page
    assert "Bạn chưa nhận việc nào" in browser.get("/viec?xem=toi").text
    assert "Không có việc nào thuộc loại này" in browser.get("/viec?kieu=scam").text
    assert f'href="{path}"' in browser.get("/viec?kieu=human").text
    browser.submit(f"{path}/nhan")
    assert f'href="{path}"' in browser.get("/viec?xem=toi").text
    assert f'href="{path}"' not in browser.get("/viec?xem=cho").text
    browser.submit(f"{path}/dong")
    assert f'href="{path}"' in browser.get("/viec?xem=xong").text


def test_who_waits_beyond_what_was_told_stands_out(browse: Browse, village: Any, path: str) -> None:
    assert "quá hẹn" not in browse("officer").get("/viec").text
    assert "Ai hỏi lúc này được báo" in browse("officer").get("/viec").text

    def long_ago(session: Session) -> None:
        session.get_one(Ticket, village.ticket).opened_at = village.home.now() - timedelta(days=5)

    village.home.db.write(long_ago)
    assert "quá hẹn" in browse("officer").get("/viec").text
    assert "quá hẹn" in browse("officer").get(path).text


def test_the_second_to_take_a_ticket_is_told_who_was_first(browse: Browse, village: Any, path: str) -> None:
    give_to(village, "nga")
    answer = browse("officer").submit(f"{path}/nhan")
    assert answer.status_code == 409
    assert "Phạm Thị Nga đã nhận việc này lúc 08:00" in answer.text
    assert ticket(village).taken_by == "nga"


def test_a_ticket_is_handed_to_a_colleague_and_to_nobody_else(browse: Browse, village: Any, path: str) -> None:
    browser = browse("officer")
    browser.submit(f"{path}/nhan")
    assert "Phạm Thị Nga" in browser.get(path).text
    for stranger in ("volunteer", "owner", "nobody", "officer"):
        assert browser.submit(f"{path}/chuyen", {"cho": stranger, "dang": "officer"}).status_code == 422
    handed = browser.submit(f"{path}/chuyen", {"cho": "nga", "dang": "officer", "loi": "Chị gọi giúp bác nhé."})
    assert handed.headers["location"].endswith("xong=da-chuyen")
    assert ticket(village).taken_by == "nga"
    assert "Chuyển việc này cho người khác. Chị gọi giúp bác nhé." in browser.submit(f"{path}/doc").text
    # a page that still shows the one before does not take it from whoever has it now
    late = browser.submit(f"{path}/chuyen", {"cho": "approver", "dang": "officer"})
    assert "vừa đổi người giúp" in late.text
    with village.home.db.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "ticket_handed")).one()
    assert event.detail == {"kind": "human", "to": "nga"}


def test_an_answer_waits_when_somebody_wrote_meanwhile_and_keeps_what_was_typed(
    browse: Browse, village: Any, path: str
) -> None:
    home = village.home
    home.db.write(lambda s: write(s, home, village.ticket, "Tôi gọi bác rồi.", "nga", home.now()))
    browser = browse("officer")
    late = browser.submit(f"{path}/tra-loi", {"tra_loi": "Mời bà đến Trung tâm.", "luot": "0"})
    assert late.status_code == 409
    assert "Phạm Thị Nga vừa ghi vào việc này lúc 08:00" in late.text
    assert field_of(late.text) == "Mời bà đến Trung tâm."
    assert 'name="luot" value="1"' in late.text
    assert "gọi bác rồi" not in late.text  # words stay covered until somebody asks for them
    sent = browser.submit(f"{path}/tra-loi", {"tra_loi": "Mời bà đến Trung tâm.", "luot": "1"})
    assert sent.status_code == 303


def test_a_refused_answer_is_not_lost(browse: Browse, path: str) -> None:
    text = "UBND phường đây ạ. Mật khẩu của bác là gì?"
    answer = browse("officer").submit(f"{path}/tra-loi", {"tra_loi": text})
    assert (answer.status_code, field_of(answer.text)) == (422, text)


def test_a_ready_sentence_goes_into_the_field_and_not_to_the_citizen(browse: Browse, village: Any, path: str) -> None:
    village.home.db.write(lambda s: set_setting(s, HERE, "landline", "0252 3821 234"))
    browser = browse("officer")
    page = browser.get(path).text
    assert "Mời ông/bà đến buổi hỗ trợ: 8 giờ" in page or "Mời bà đến buổi hỗ trợ: 8 giờ" in page
    assert "{" not in "".join(re.findall(r'name="cau" value="([^"]*)"', page))
    sentence = next(s for s in re.findall(r'name="cau" value="([^"]*)"', page) if "0252 3821 234" in s)
    chosen = browser.submit(f"{path}/tra-loi", {"tra_loi": "Chào bác.", "cau": sentence})
    assert (chosen.status_code, field_of(chosen.text)) == (200, f"Chào bác.\n{sentence}")
    assert browser.submit(f"{path}/tra-loi", {"tra_loi": field_of(chosen.text)}).status_code == 303


def test_a_sentence_that_could_only_be_half_said_is_not_offered(browse: Browse, path: str) -> None:
    assert "gọi UBND phường Phan Thiết theo số" not in browse("officer").get(path).text


def test_the_commune_keeps_its_own_sentences(browse: Browse, village: Any, path: str) -> None:
    browser = browse("officer")
    saved = browser.submit(
        "/viec/cau-san", {"cau": "Mời bác ghé tổ một cửa.\r\n\r\n  Sáng thứ Bảy vẫn có người trực. "}
    )
    assert saved.status_code == 303
    with village.home.db.read() as session:
        assert setting(session, HERE, OWN).split("\n\n") == [
            "Mời bác ghé tổ một cửa.",
            "Sáng thứ Bảy vẫn có người trực.",
        ]
    assert browser.get(path).text.index("Mời bác ghé tổ một cửa.") < browser.get(path).text.index("đã nhận được lời")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Bác đọc mã OTP cho cán bộ nhé.", "xin điều bí mật"),
        ("Làm xong bác được nhận ngay tiền trợ cấp.", "hứa tiền"),
        ("Bác vào https://vidu.vn/abc để làm.", "đường link"),
    ],
)
def test_an_own_sentence_keeps_the_promises(browse: Browse, village: Any, text: str, why: str) -> None:
    answer = browse("officer").submit("/viec/cau-san", {"cau": text})
    assert answer.status_code == 422
    assert why in answer.text
    assert text in answer.text
    with village.home.db.read() as session:
        assert setting(session, HERE, OWN) == ""


def test_every_ready_sentence_is_for_a_kind_of_ticket_and_may_be_sent(village: Any) -> None:
    kinds = {kind for one in library().ready.sentences.values() for kind in one.kinds}
    assert kinds <= set(KINDS)
    assert set(KINDS) - kinds <= {"phone"}
