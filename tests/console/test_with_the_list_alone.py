"""Mức 0: a commune with its list and nothing else. Each page says what to do next, and no figure misleads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, delete, select

from audio.tables import AirEntry, Airing, Bulletin, Recording
from campaigns.tables import Announcement, HelpSession
from console.pages.progress import hidden_rows
from console.words import about, rate
from register.ladder import Rung
from register.tables import Source

Browse = Callable[[str], Any]
HERE = "22945"
PASSWORD = "mật khẩu thử 2026"
LIST = """STT,Họ và tên,Số định danh cá nhân,Ngày sinh,Giới tính,Khu phố,Số điện thoại,Có tài khoản ASXH
1,Đặng Thị Thử,060201000777,01/02/1950,Nữ,Khu phố 1,0901234567,x
2,Bùi Văn Nháp,060201000778,03/04/1948,Nam,Khu phố 2,,
"""


def look(browser: Any, **form: str) -> str:
    """What the trial reading of LIST shows."""
    return str(browser.get(browser.send_list(LIST, **form)).text)


def test_an_empty_commune_is_led_to_its_first_list(browse: Browse, village: Any) -> None:
    def forget_lists(session: Any) -> None:
        for source in session.exec(select(Source).where(Source.commune == HERE)).all():
            source.kind = "forgotten"
            session.add(source)

    village.home.db.write(forget_lists)
    page = browse("officer").get("/").text
    assert "Nhận danh sách đầu tiên" in page
    assert '<dl class="figures">' not in page  # no row of zeros that means "unknown"
    assert "Nhận danh sách đầu tiên" not in browse("approver").get("/").text  # who may not take one in


def test_after_the_list_the_next_steps_stand_on_the_first_page(browse: Browse, village: Any) -> None:
    def nothing_done(session: Any) -> None:
        session.execute(delete(AirEntry))
        session.execute(delete(Airing))
        session.execute(delete(Recording))
        for table in (Bulletin, HelpSession, Announcement):
            session.execute(delete(table).where(col(table.commune) == HERE))

    village.home.db.write(nothing_done)
    page = browse("officer").get("/").text
    steps = ("Ghi số máy bàn của UBND", "Ra thông báo của UBND", "Xếp lịch buổi hỗ trợ", "Làm bản tin truyền thanh")
    assert [step for step in steps if step in page] == list(steps)
    assert "Nên chuẩn bị" not in browse("radio").get("/").text


def test_a_recording_waits_for_somebody_else_than_its_author(browse: Browse) -> None:
    assert "bản ghi chờ bạn nghe và duyệt" in browse("approver").get("/").text
    assert "bản ghi chờ người khác nghe và duyệt" in browse("officer").get("/").text
    assert "bản ghi chờ người khác nghe và duyệt" in browse("radio").get("/").text


def test_the_radio_sees_today_and_tomorrow_and_what_was_not_confirmed(browse: Browse, village: Any) -> None:
    def air(session: Any) -> None:
        session.execute(delete(AirEntry))
        session.execute(delete(Airing))
        for day, hour in ((22, 10), (24, 10), (26, 10)):
            at = datetime(2026, 11, day, hour, tzinfo=UTC)
            session.add(
                Airing(commune=HERE, recording=village.recording, planned_at=at, seconds=165, planned_by="radio")
            )

    village.home.db.write(air)
    page = browse("radio").get("/").text
    assert "thứ Ba 24/11/2026" in page
    assert "thứ Năm 26/11/2026" not in page
    assert "lượt phát loa đã qua giờ, chưa ghi đã phát" in page


def test_a_campaign_of_visits_alone_speaks_of_no_messages(browse: Browse, village: Any, make_campaign: Any) -> None:
    officer = browse("officer")
    path = make_campaign(officer, "Chỉ đến nhà", group="unlinked", ways=["visit"])
    trial = officer.get(f"{path}/chay-thu").text
    assert "Sẽ có phiếu đến nhà." in trial
    assert "Sẽ gửi tin" not in trial
    browse("approver").submit(f"{path}/duyet")
    officer.submit(f"{path}/chay")
    page = officer.get(path).text
    assert "Đến tận nhà" in page
    assert "Đợt này chỉ đến nhà, không nhắn tin cho ai." in page
    assert "Đã gửi tin" not in page
    assert "tin lần đầu chưa gửi" not in page


def test_the_first_group_that_has_people_is_chosen(browse: Browse, village: Any) -> None:
    page = browse("officer").get("/dot-van-dong/moi").text
    chosen = page.split(" checked")[0].rsplit('value="', 1)[1].split('"')[0]
    assert chosen != ""
    ways = browse("officer").get(f"/dot-van-dong/{village.campaign}/kenh").text
    assert "lập phiếu đến nhà cho cả nhóm" in ways


def test_without_a_chat_no_code_is_offered_that_leads_nowhere(browse: Browse, village: Any) -> None:
    page = browse("officer").get(f"/nguoi/{village.people[5]}").text
    assert "Tạo mã liên kết" not in page
    assert "chưa thiết lập Zalo, Telegram" in page


# --- Danh sách -------------------------------------------------------------------------------------


def test_a_list_that_does_not_say_who_is_on_nq_418_is_remarked_upon(browse: Browse) -> None:
    browser, remark = browse("officer"), "Tệp không ghi ai thuộc danh sách NQ 418"
    assert remark in look(browser)
    assert remark not in look(browser, nq418="co")


def test_the_as_of_date_is_asked_and_today_is_remarked_upon(browse: Browse) -> None:
    browser = browse("officer")
    assert 'name="ngay_chot" type="text" value=""' in browser.get("/danh-sach/moi").text
    assert "Ngày chốt là hôm nay" in look(browser, ngay_chot="23/11/2026")
    assert "Ngày chốt là hôm nay" not in look(browser)


def test_a_list_that_came_twice_still_shows_whom_it_brought(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    for nq418 in ("", "co"):
        done = browser.take_in_list(browser.send_list(LIST, nq418=nq418))
    figures = browser.get(done).text.split("Người mới</dt><dd>")[1]
    assert figures.startswith("2<")


# --- Buổi hỗ trợ, bản tin --------------------------------------------------------------------------


def test_a_session_is_changed_and_called_off_by_who_plans(browse: Browse, village: Any) -> None:
    path, form = f"/buoi-ho-tro/{village.session}", {"ngay": "02/12/2026", "gio": "9:15", "suc": "12"}
    assert browse("volunteer").submit(f"{path}/sua", form | {"noi": "đình làng"}).status_code == 403
    assert browse("volunteer").submit(f"{path}/bo").status_code == 403
    officer = browse("officer")
    assert officer.submit(f"{path}/sua", form | {"noi": "đình làng"}).status_code == 303
    with village.home.db.read() as session:
        row = session.get_one(HelpSession, village.session)
        assert (row.place, row.capacity) == ("đình làng", 12)
    assert "9 giờ 15" in officer.get("/buoi-ho-tro").text
    assert officer.submit(f"{path}/bo").status_code == 303
    with village.home.db.read() as session:
        assert session.get(HelpSession, village.session) is None


def test_every_coming_session_can_be_read_out_and_few_are_chosen_beforehand(browse: Browse, village: Any) -> None:
    officer = browse("officer")
    for day in range(1, 12):
        form = {
            "khu": village.hamlets[2],
            "noi": "nhà văn hóa",
            "ngay": f"{day:02d}/12/2026",
            "gio": "8:00",
            "suc": "9",
        }
        assert officer.submit("/buoi-ho-tro", form).status_code == 303
    page = officer.get("/ban-tin/moi/invitation").text
    assert page.count('name="buoi"') >= 11
    assert 1 <= page.count(" checked") <= 5


def test_the_bulletin_of_thanks_offers_the_number_it_needs(browse: Browse) -> None:
    page = browse("officer").get("/ban-tin/moi/progress").text
    field = page.split('id="done" name="done"')[1].split(">")[0]
    assert " required" in field


# --- Con số ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "unknown", "said"),
    [(35, 447, 0, "7,8 %"), (35, 447, 100, "≥ 7,8 %"), (0, 447, 419, "–"), (0, 0, 0, "–"), (2, 4, 2, "≥ 50,0 %")],
)
def test_a_share_says_when_it_leaves_people_open(part: int, whole: int, unknown: int, said: str) -> None:
    assert rate(part, whole, unknown) == said


def test_one_hidden_row_takes_another_with_it() -> None:
    rung = {
        "Người khuyết tật nặng": Rung("asxh", "", 3, 97, 0),
        "Người hưởng hưu trí xã hội": Rung("asxh", "", 15, 183, 0),
        "Người đơn thân nghèo nuôi con": Rung("asxh", "", 3, 29, 0),
    }
    assert hidden_rows("province", rung) == {"Người khuyết tật nặng", "Người đơn thân nghèo nuôi con"}
    assert hidden_rows("officer", rung) == set()


def test_the_log_says_what_its_numbers_are_of() -> None:
    assert about("campaign_made", "1") == "đợt số 1"
    assert about("identity_shown", "57") == "người số 57"
    assert about("list_imported", HERE) == HERE
    assert about("signed_in", "lan") == "lan"


# --- Mật khẩu --------------------------------------------------------------------------------------


def test_everybody_chooses_a_password_of_their_own(browse: Browse, village: Any) -> None:
    here, elsewhere = browse("volunteer"), browse("volunteer")
    new = "con mèo trèo cây cau"
    wrong = here.submit("/mat-khau", {"cu": "không phải", "moi": new, "lai": new})
    assert "Mật khẩu hiện nay chưa đúng" in wrong.text
    assert "chưa giống nhau" in here.submit("/mat-khau", {"cu": PASSWORD, "moi": new, "lai": "khác"}).text
    assert "Mật khẩu cần từ" in here.submit("/mat-khau", {"cu": PASSWORD, "moi": "ngắn", "lai": "ngắn"}).text
    answer = here.submit("/mat-khau", {"cu": PASSWORD, "moi": new, "lai": new})
    assert answer.status_code == 303
    assert "Đã đổi mật khẩu" in here.get(answer.headers["location"]).text
    assert "/dang-nhap" in elsewhere.get("/", follow_redirects=False).headers["location"]


def test_a_person_outside_the_group_is_told_so_in_proper_words(
    browse: Browse, village: Any, make_campaign: Any
) -> None:
    officer = browse("officer")
    path = make_campaign(officer, ways=["visit"])
    browse("approver").submit(f"{path}/duyet")
    officer.submit(f"{path}/chay")
    pages = [officer.get(f"/nguoi/{number}").text for number in village.people[:12]]
    told = next(page for page in pages if "Không thuộc nhóm cần giúp" in page)
    assert "có trong danh sách NQ 418" in told
