"""Today's doors over HTTP: what a phone may send, and what it is told; the browser's part is in test_field_browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from campaigns.tables import HelpSession, Visit, VisitNote
from register.staff import add_staff
from register.tables import AuditEvent

Browse = Callable[[str], Any]
pytestmark = pytest.mark.parametrize("home", ["sqlite"], indirect=True)


def sent(to: str, number: int = 1, ago: float = 0, **fields: str) -> dict[str, Any]:
    return {"id": f"{number:032x}", "to": to, "ago": ago, "fields": fields}


def send(browser: Any, *presses: dict[str, Any]) -> Any:
    return browser.submit("/di-nha/gui", {"viec": json.dumps(presses)})


def notes(village: Any) -> list[VisitNote]:
    with village.home.db.read() as session:
        return list(session.exec(select(VisitNote)).all())


def test_presses_are_acknowledged_by_their_ids_and_taken_in_once(browse: Browse, village: Any) -> None:
    browser, door = browse("volunteer"), f"/di-nha/nha/{village.visit}"
    one = sent(door, 1, 60, ket_qua="again", hen="01/12/2026", nhan_tien="co")
    assert send(browser, one).json() == {"taken": [one["id"]], "told": []}
    assert send(browser, one, one).json()["taken"] == [one["id"]] * 2
    (note,) = notes(village)
    assert (note.outcome, f"{note.again_on:%d/%m/%Y}", note.by) == ("again", "01/12/2026", "volunteer")
    assert note.at - note.pressed_at == timedelta(minutes=1)


@pytest.mark.parametrize("day", ["", "mai", "01/12/2020", "32/13/2026"])
def test_a_day_that_cannot_be_read_loses_no_press(browse: Browse, village: Any, day: str) -> None:
    send(browse("volunteer"), sent(f"/di-nha/nha/{village.visit}", ket_qua="again", hen=day))
    assert [(note.outcome, note.again_on) for note in notes(village)] == [("again", None)]


def test_a_press_that_cannot_be_taken_does_not_hold_up_the_others(browse: Browse, village: Any) -> None:
    presses = (
        sent(f"/di-nha/nha/{village.foreign_visit}", 1, ket_qua="done"),  # another commune's
        sent("/di-nha/nha/999999", 2, ket_qua="done"),
        sent(f"/di-nha/buoi/{village.other_session}", 3, dem="den"),  # another hamlet's
        sent(f"/di-nha/buoi/{village.session}", 4, dem="den"),  # in two days
        sent(f"/di-nha/nha/{village.visit}", 5, ket_qua="bay"),
        sent(f"/di-nha/nha/{village.visit}", 6, ket_qua="absent"),
    )
    answer = send(browse("volunteer"), *presses).json()
    assert len(answer["taken"]) == 6
    assert sum("không thuộc khu của bạn" in text for text in answer["told"]) == 3
    assert [note.outcome for note in notes(village)] == ["absent"]


@pytest.mark.parametrize(
    "body",
    ["", "không", "{}", "[1]", "[{}]", '[{"id":"x","to":"/di-nha/nha/1","ago":0,"fields":{}}]',
     json.dumps([sent("/dang-xuat")]), json.dumps([sent("/di-nha/nha/1", ago=-1)]),
     json.dumps([sent("/di-nha/nha/1")]).replace('"ago": 0', '"ago": NaN'), json.dumps([sent("/di-nha/nha/1")] * 501)],
)  # fmt: skip
def test_what_no_phone_of_ours_sends_is_refused_in_one_sentence(browse: Browse, village: Any, body: str) -> None:
    answer = browse("volunteer").submit("/di-nha/gui", {"viec": body})
    assert answer.status_code == 422
    assert "Không đọc được kết quả" in answer.text
    assert notes(village) == []


def test_another_site_and_a_stranger_write_nothing(browse: Browse, village: Any) -> None:
    body = {"viec": json.dumps([sent(f"/di-nha/nha/{village.visit}", ket_qua="done")])}
    assert browse("volunteer").post("/di-nha/gui", data=body | {"ma_trang": "x"}).status_code == 403
    assert browse("").post("/di-nha/gui", data=body).status_code == 403
    assert notes(village) == []


def test_doors_are_taken_with_an_audit_event_and_nobody_without_them_sees_a_name(browse: Browse, village: Any) -> None:
    browser = browse("volunteer")
    assert "Nguyễn Thị Mai" not in browser.get("/di-nha/").text
    assert browser.submit("/di-nha/nhan", {"gio": "8h30", "khu": village.hamlets[1]}).status_code == 303
    page = browser.get("/di-nha/").text
    assert "Nguyễn Thị Mai" in page  # of the own hamlet, whatever was asked for
    assert "8:30" in page
    assert "060200000000" not in page
    assert "Nguyễn Thị Mai" not in browse("officer").get("/di-nha/").text
    with village.home.db.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "list_exported")).one()
    assert (event.actor, event.detail) == ("volunteer", {"rows": 1})
    assert browser.submit("/di-nha/tra").status_code == 303
    assert "Nguyễn Thị Mai" not in browser.get("/di-nha/").text


def test_of_two_volunteers_none_overrules_the_other_and_only_an_officer_decides(browse: Browse, village: Any) -> None:
    home, door = village.home, f"/di-nha/nha/{village.visit}"
    home.db.write(lambda s: add_staff(s, "second", "Trần Thị Hai", "volunteer", village.hamlets[0], "", home.now()))
    send(browse("volunteer"), sent(door, 1, 600, ket_qua="done"))
    browser = browse("officer")
    told = send(browser, sent(door, 2, ket_qua="refused")).json()["told"]
    assert "Lê Văn Volunteer đã ghi “Làm xong (đã thấy tận mắt)” lúc 07:50" in told[0]
    assert "Tạm tính “Chưa muốn làm”" in told[0]
    assert "nhà có hai người ghi khác nhau" in browser.get("/").text
    choose = f"/phieu-den-nha/{village.visit}/chon"
    assert browse("volunteer").submit(choose, {"ghi": f"{1:032x}"}).status_code == 403
    assert browser.submit(choose, {"ghi": f"{1:032x}"}).status_code == 303
    with home.db.read() as session:
        assert session.get_one(Visit, village.visit).outcome == "done"
    assert "hai người ghi khác nhau" not in browser.get("/phieu-den-nha").text
    assert browser.submit(choose, {"ghi": f"{2:032x}"}).status_code == 422


def test_counts_at_the_door_are_summed_from_all_phones(browse: Browse, village: Any) -> None:
    def begins(session: Any) -> None:
        session.get_one(HelpSession, village.session).starts_at = village.home.now() + timedelta(minutes=30)

    village.home.db.write(begins)
    door, browser = f"/di-nha/buoi/{village.session}", browse("volunteer")
    presses = [
        sent(door, 1, dem="xong"),
        sent(door, 2, dem="den"),
        sent(door, 3, dem="den"),
        sent(door, 4, dem="bot-den"),
    ]
    for _ in range(2):
        assert send(browser, *presses).json()["told"] == []
    with village.home.db.read() as session:
        row = session.get_one(HelpSession, village.session)
    assert (row.came, row.helped) == (1, 1)


def test_the_worker_is_for_everybody_always_fresh_and_answers_for_its_own_folder_alone(browse: Browse) -> None:
    answer = browse("").get("/di-nha/tho.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "service-worker-allowed" not in answer.headers
