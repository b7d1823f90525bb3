"""What a tired officer stumbled over: each page says what is true and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import Session, delete, select, update

from campaigns.tables import Announcement, Attempt, Campaign, Delivery, HelpSession
from console.pages.account import CODE_LIFE
from register.home import Clock, utc_now
from register.tables import SecondStep, Source, Staff, Unit

Browse = Callable[[str], Any]
HEADINGS = "STT,Họ và tên,CCCD,Khu phố"
PEOPLE = [f"{n},Trần Văn Thử,06004800{n},Khu phố 1" for n in range(1001, 1011)]


def text_of(answer: Any) -> str:
    return " ".join(answer.text.split())


def test_the_first_owner_is_led_to_the_first_officer(browse: Browse, village: Any) -> None:
    owner = browse("owner")
    assert "Hãy thêm cán bộ" not in owner.get("/").text

    def forget_everybody_else(session: Session) -> None:
        session.execute(delete(Source))
        for staff in session.exec(select(Staff).where(Staff.login != "owner")).all():
            staff.unit, staff.active = None, False
            session.add(staff)

    village.home.db.write(forget_everybody_else)
    page = owner.get("/").text
    assert "Hãy thêm cán bộ của xã, phường đầu tiên" in page
    assert '<a class="button" href="/can-bo">Thêm cán bộ</a>' in page


def test_people_of_refused_rows_are_not_said_to_be_missing_from_the_file(browse: Browse) -> None:
    browser = browse("officer")
    browser.take_in_list(browser.send_list("\n".join([HEADINGS, *PEOPLE])))
    broken = [PEOPLE[0].replace("06004800", "0600480"), *PEOPLE[1:]]
    steps = browser.send_list("\n".join([HEADINGS, *broken]), ngay_chot="21/11/2026")
    page = text_of(browser.get(f"{steps}/kiem-tra"))
    assert "Trong số đó có thể có người ở 1 dòng không nhận được" in page
    steps = browser.send_list("\n".join([HEADINGS, *PEOPLE[1:]]), ngay_chot="21/11/2026")
    page = text_of(browser.get(f"{steps}/kiem-tra"))
    assert "1 người có trong danh sách trước mà không có trong danh sách này" in page
    assert "Trong số đó" not in page


def test_who_died_is_not_said_to_be_missing_from_the_file(browse: Browse) -> None:
    browser = browse("officer")
    heading = HEADINGS + ",Ghi chú"
    people = [row + "," for row in PEOPLE]
    browser.take_in_list(browser.send_list("\n".join([heading, *people])))
    people[0] += "đã chết"
    steps = browser.send_list("\n".join([heading, *people]), ngay_chot="21/11/2026")
    page = text_of(browser.get(f"{steps}/kiem-tra"))
    assert "Đã qua đời" in page
    assert "có trong danh sách trước mà không có trong danh sách này" not in page


def test_a_list_names_who_sent_it_not_their_login(browse: Browse) -> None:
    browser = browse("officer")
    steps = browser.send_list("\n".join([HEADINGS, *PEOPLE]))
    assert "Lê Văn Officer, " in browser.get("/danh-sach").text
    page = browser.get(browser.take_in_list(steps)).text
    assert "<dd>Lê Văn Officer, " in page
    assert "Việc nên làm tiếp" in page


def test_who_approves_is_not_told_that_unknown_prices_are_nothing(
    browse: Browse, village: Any, make_campaign: Any
) -> None:
    aired = update(Announcement).values(posted_on=date(2026, 11, 21), aired=2, hamlets_told=9)
    village.home.db.write(lambda session: session.execute(aired))
    settings = village.home.settings
    settings.zalo_app_id, settings.zalo_app_secret = "3147", SecretStr("thử")
    path = make_campaign(browse("officer"), group="everyone")
    page = browse("approver").get(f"{path}/duyet")
    assert page.status_code == 200
    assert "vì chưa đọc được giá" in text_of(page)


def test_it_is_told_how_many_are_visited_because_no_message_reached_them(browse: Browse, village: Any) -> None:
    home, now = village.home, village.home.now()
    officer, path = browse("officer"), f"/dot-van-dong/{village.campaign}"

    def went(session: Session) -> None:
        campaign = session.get(Campaign, village.campaign)
        assert campaign is not None
        campaign.state, campaign.launched_at = "running", now
        session.add(campaign)
        for number, person in enumerate(village.people[:3]):
            row = Delivery(
                campaign=village.campaign, step=1, person=person, state="skipped", reason="visit", changed_at=now
            )
            session.add(row)
            session.flush()
            if number < 2:  # a wrong number, twice; the third had none
                for channel in ("zbs", "telegram"):
                    tried = {"delivery": row.id, "channel": channel, "lane": f"{channel}:main"}
                    session.add(Attempt(**tried, at=now, result="failed"))

    home.db.write(went)
    for page in (path, f"{path}/so-lieu"):
        assert "Trong số đến tận nhà có 2 người đã được thử nhắn mà không tới được" in text_of(officer.get(page))


@pytest.mark.parametrize("same", [True, False], ids=["the same clock", "another calendar"])
def test_setting_up_codes_warns_only_where_the_clock_is_another(
    browse: Browse, village: Any, clock: Clock, same: bool
) -> None:
    village.home.db.write(lambda session: session.execute(delete(SecondStep)))
    clock.set(utc_now() if same else utc_now() - 3 * CODE_LIFE)
    page = browse("officer").get("/hai-buoc").text
    assert "Quét hình này" in page
    assert ("lịch riêng" in page) is not same


def test_sessions_wait_for_the_first_list(browse: Browse, village: Any) -> None:
    def no_hamlets(session: Session) -> None:
        session.execute(delete(HelpSession))
        for unit in session.exec(select(Unit).where(Unit.parent == "22945")).all():
            unit.parent = "22918"
            session.add(unit)

    officer = browse("officer")
    assert "Thêm một buổi" in officer.get("/buoi-ho-tro").text
    village.home.db.write(no_hamlets)
    page = officer.get("/buoi-ho-tro").text
    assert "Khu dân cư lấy theo danh sách" in page
    assert "Thêm một buổi" not in page


def test_a_request_to_the_police_says_where_the_answer_goes(browse: Browse) -> None:
    officer = browse("officer")
    made = officer.submit("/de-nghi", {"vi_sao": ["unknown", "mismatch"], "noi_nhan": "", "so": "12/UBND"})
    assert "Khi bảng được trả lại:" in officer.get(made.headers["location"]).text
