"""Lập đợt vận động: five short steps with a draft between them; a second person approves exactly what is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update
from sqlmodel import col, select

from campaigns import drafts
from campaigns.tables import Campaign, Delivery
from register.tables import AuditEvent, Inquiry, InquiryRow

Browse = Callable[[str], Any]
Make = Callable[..., str]


def newest(village: Any) -> Campaign:
    with village.home.db.read() as session:
        return session.exec(select(Campaign).order_by(col(Campaign.id).desc())).first()  # type: ignore[no-any-return]


def begin(browser: Any) -> str:
    answer = browser.submit("/dot-van-dong", {"ten": "Đợt mới", "nhom": "unlinked"})
    assert answer.headers["location"].split("?")[0].endswith("/noi-dung")
    return str(answer.headers["location"].rpartition("/")[0])


def test_after_the_first_step_a_draft_waits_and_another_officer_goes_on(browse: Browse, village: Any) -> None:
    path = begin(browse("officer"))
    approver = browse("approver")
    assert "Làm tiếp bước 2" in approver.get(path).text
    assert "đợt vận động đang soạn dở" in approver.get("/").text
    form = {"tin": "first", "nhac": ["reminder", "session"], "sau": ["3", "5"]}
    assert approver.submit(f"{path}/noi-dung", form).headers["location"].startswith(f"{path}/kenh")
    assert newest(village).steps == [
        {"message": "first"}, {"message": "reminder", "after_days": 3}, {"message": "session", "after_days": 5},
    ]  # fmt: skip


def test_going_back_loses_nothing(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    path = begin(browser)
    browser.submit(f"{path}/noi-dung", {"tin": "session", "nhac": [""], "sau": ["4"]})
    form = {"kenh": ["telegram", "visit"], "tu": "24/11/2026", "den": "20/12/2026", "kinh_phi": "500.000"}
    browser.submit(f"{path}/kenh", form | {"lan_luot": "9"})
    browser.submit(f"{path}/nhom", {"ten": "Tên khác", "nhom": "unlinked"})
    kept = newest(village)
    assert (kept.name, kept.channels, kept.budget_vnd) == ("Tên khác", ["telegram", "visit"], 500_000)
    assert kept.spread_days == 9
    assert kept.steps == [{"message": "session"}]
    page = browser.get(f"{path}/kenh").text
    assert 'value="24/11/2026"' in page
    assert '<option value="telegram" selected>' in page


def test_a_trial_is_wanted_again_after_any_change(browse: Browse, village: Any, make_campaign: Make) -> None:
    browser = browse("officer")
    path = make_campaign(browser)
    browser.submit(f"{path}/nhom", {"ten": "Đợt thử", "nhom": "unlinked"})
    assert newest(village).submitted_at is None
    answer = browser.submit(f"{path}/trinh")
    assert answer.status_code == 422
    assert "chạy thử" in answer.text


def test_neither_the_author_nor_who_handed_it_in_approves(browse: Browse, village: Any) -> None:
    officer, approver = browse("officer"), browse("approver")
    path = begin(officer)
    for step, form in (
        ("noi-dung", {"tin": "first"}),
        ("kenh", {"kenh": ["visit"], "tu": "23/11/2026", "den": "31/12/2026"}),
        ("chay-thu", {}),
    ):
        assert officer.submit(f"{path}/{step}", form).status_code == 303
    assert approver.submit(f"{path}/duyet").status_code == 422  # not handed in yet
    assert approver.submit(f"{path}/trinh").status_code == 303
    assert officer.submit(f"{path}/duyet").status_code == 403
    assert approver.submit(f"{path}/duyet").status_code == 403
    owner = browse("owner")
    owner.submit("/xa", {"xa": "22945"})
    assert "Duyệt đợt này" in owner.get(f"{path}/duyet").text


def test_a_change_after_approval_takes_it_back(browse: Browse, village: Any, make_campaign: Make) -> None:
    officer, approver = browse("officer"), browse("approver")
    path = make_campaign(officer)
    approver.submit(f"{path}/duyet", {"ban": drafts.version(newest(village))})
    assert newest(village).state == "approved"
    same = {"kenh": ["zalo", "visit"], "tu": "23/11/2026", "den": "31/12/2026"}
    officer.submit(f"{path}/kenh", same)
    assert newest(village).state == "approved"  # nothing was changed
    officer.submit(f"{path}/kenh", same | {"kinh_phi": "9.000.000"})
    changed = newest(village)
    assert (changed.state, changed.approver, changed.submitted_at) == ("draft", None, None)
    assert officer.submit(f"{path}/chay").status_code == 422


def test_what_was_changed_meanwhile_is_not_approved_unseen(browse: Browse, village: Any, make_campaign: Make) -> None:
    officer, approver = browse("officer"), browse("approver")
    path = make_campaign(officer)
    seen = approver.get(f"{path}/duyet").text.split('name="ban" value="')[1].split('"')[0]
    officer.submit(f"{path}/nhom", {"ten": "Đợt thử", "nhom": "unlinked"})
    officer.submit(f"{path}/chay-thu")
    officer.submit(f"{path}/trinh")
    answer = approver.submit(f"{path}/duyet", {"ban": seen})
    assert answer.status_code == 422
    assert "vừa được sửa" in answer.text
    assert newest(village).state == "draft"


def test_it_is_given_back_with_a_few_words(browse: Browse, village: Any, make_campaign: Make) -> None:
    officer, approver = browse("officer"), browse("approver")
    path = make_campaign(officer)
    assert "cần sửa điều gì" in approver.submit(f"{path}/tra-lai", {"loi_nhan": " "}).text
    approver.submit(f"{path}/tra-lai", {"loi_nhan": "Thêm số CCCD 060201000777 vào?"})
    kept = newest(village)
    assert kept.submitted_at is None
    assert "060201000777" not in kept.note
    assert "Lê Văn Approver" in officer.get(path).text
    assert "được trả lại để sửa" in officer.get("/").text
    with village.home.db.read() as session:
        actions = session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id))).all()
    assert [a for a in actions if a in ("campaign_submitted", "campaign_returned")] == [
        "campaign_submitted", "campaign_returned",
    ]  # fmt: skip


def test_a_launched_campaign_is_not_changed_any_more(browse: Browse, village: Any, make_campaign: Make) -> None:
    officer = browse("officer")
    path = make_campaign(officer)
    browse("approver").submit(f"{path}/duyet")
    officer.submit(f"{path}/chay")
    answer = officer.submit(f"{path}/nhom", {"ten": "Đợt thử", "nhom": "unlinked"})
    assert answer.status_code == 422
    assert "không sửa được nữa" in answer.text
    for step in ("nhom", "noi-dung", "kenh", "chay-thu"):
        assert officer.get(f"{path}/{step}", follow_redirects=False).headers["location"] == path


@pytest.mark.parametrize(
    ("step", "form", "field", "told"),
    [
        ("nhom", {"ten": " ", "nhom": "unlinked"}, "ten", "Hãy đặt tên đợt"),
        ("nhom", {"ten": "Đợt tháng 12", "nhom": "unlinked"}, "ten", "Đã có đợt tên"),
        ("noi-dung", {"tin": "first", "nhac": ["reminder"], "sau": ["40"]}, "sau", "sau 2 đến 14 ngày"),
        ("kenh", {"kenh": [""], "tu": "23/11/2026", "den": "31/12/2026"}, "kenh", "ít nhất một cách"),
        ("kenh", {"kenh": ["visit", "zalo"], "tu": "23/11/2026", "den": "31/12/2026"}, "kenh", "phải đứng cuối"),
        ("kenh", {"kenh": ["visit"], "tu": "mai", "den": "31/12/2026"}, "tu", "Ngày bắt đầu"),
        ("kenh", {"kenh": ["visit"], "tu": "23/11/2026", "den": "20/11/2026"}, "den", "sau ngày bắt đầu"),
        ("kenh", {"kenh": ["visit"], "tu": "1/11/2026", "den": "20/11/2026"}, "den", "đã qua"),
        ("kenh", {"kenh": ["zbs"], "tu": "23/11/2026", "den": "31/12/2026", "kinh_phi": "ít"}, "kinh_phi", "một số"),
        ("kenh", {"kenh": ["zbs"], "tu": "23/11/2026", "den": "1/12/2026", "lan_luot": "5"}, "lan_luot", "khu cuối"),
        ("kenh", {"kenh": ["zbs"], "tu": "23/11/2026", "den": "1/12/2026", "lan_luot": "vài"}, "lan_luot", "0 đến 4"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field_and_on_top(
    browse: Browse, village: Any, step: str, form: dict[str, Any], field: str, told: str
) -> None:
    browser = browse("officer")
    path = begin(browser)
    before = newest(village)
    answer = browser.submit(f"{path}/{step}", form)
    assert answer.status_code == 422
    assert "<title>Cần sửa:" in answer.text
    assert f'<a href="#{field}">' in answer.text
    assert f'id="{field}-loi"' in answer.text
    assert told in answer.text
    assert newest(village) == before


def test_messages_are_tried_on_without_being_kept(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    path = begin(browser)
    page = browser.submit(f"{path}/noi-dung", {"tin": "session", "xem": "1"})
    assert page.status_code == 200
    assert "chưa lưu" in page.text
    assert "Có buổi giúp tạo" in page.text
    assert newest(village).steps[0] == {"message": "first"}


def test_the_trial_shows_a_few_masked_people_and_the_hamlets(browse: Browse, village: Any) -> None:
    page = browse("officer").get(f"/dot-van-dong/{village.campaign}/chay-thu").text
    assert "người làm ví dụ" in page
    assert "Theo khu dân cư" in page
    assert "Khu phố 1" in page
    for name in ("Mai", "Đức", "0602"):
        assert name not in page
    province = browse("province")
    province.submit("/xa", {"xa": "22945"})
    assert "người làm ví dụ" not in province.get(f"/dot-van-dong/{village.campaign}/chay-thu").text


def test_who_may_only_look_changes_no_step(browse: Browse, village: Any) -> None:
    province = browse("province")
    province.submit("/xa", {"xa": "22945"})
    path = f"/dot-van-dong/{village.campaign}"
    assert province.get(f"{path}/nhom", follow_redirects=False).headers["location"] == path
    for step in ("nhom", "noi-dung", "kenh", "chay-thu", "trinh", "duyet", "tra-lai"):
        assert province.submit(f"{path}/{step}", {"ten": "x", "nhom": "unlinked", "loi_nhan": "x"}).status_code == 403


def test_a_group_is_narrowed_by_plain_boxes_and_shown_at_once(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    form = {"ten": "Đợt thu hẹp", "nhom": "everyone", "khu": [village.hamlets[0]], "tuoi_tu": "60", "da_nhan": "no"}
    page = browser.submit("/dot-van-dong", form | {"ngay": "7", "biet": ["bank_account=no"], "xem": "1"})
    assert page.status_code == 200
    assert "Chưa được nhắn trong 7 ngày qua" in page.text
    assert "Tài khoản ngân hàng: chưa có" in page.text
    assert "Ví dụ:" in page.text
    assert newest(village).name != "Đợt thu hẹp"  # nothing is kept yet
    browser.submit("/dot-van-dong", form | {"ngay": "7"})
    kept = newest(village)
    assert kept.narrowed == [
        {"is": "hamlet", "codes": [village.hamlets[0]]},
        {"is": "age", "least": 60, "most": None, "unknown": False},
        {"is": "written", "days": 7, "yes": False},
    ]
    again = browser.get(f"/dot-van-dong/{kept.id}/nhom").text
    assert 'name="tuoi_tu" type="text" value="60"' in again
    assert "Từ 60" in again or "Tuổi từ 60" in again


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"tuoi_tu": "già"}, "hãy ghi một số"),
        ({"da_nhan": "no", "ngay": "0"}, "Số ngày phải từ 1"),
        ({"khu": ["00000-1"]}, "không thuộc xã, phường"),
        ({"biet": ["iq=yes"]}, "Không có thông tin"),
        ({"dot_truoc": "99999", "ket_qua": ["silent"]}, "Không có đợt trước này"),
    ],
)
def test_a_wrong_box_is_told_in_one_sentence(browse: Browse, village: Any, form: dict[str, Any], told: str) -> None:
    answer = browse("officer").submit("/dot-van-dong", {"ten": "Đợt sai", "nhom": "everyone"} | form)
    assert answer.status_code == 422
    assert told in answer.text
    assert newest(village).name != "Đợt sai"


def test_a_group_with_another_goal_has_its_own_messages(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    path = begin(browser)
    browser.submit(f"{path}/nhom", {"ten": "Đợt ngân hàng", "nhom": "no-bank"})
    kept = newest(village)
    assert (kept.goal, [step["message"] for step in kept.steps]) == ("bank_account", ["first-bank", "reminder-bank"])
    form = {"tin": "first-bank", "nhac": ["reminder-bank"], "sau": ["3"], "ai": ["silent"]}
    browser.submit(f"{path}/noi-dung", form)
    assert newest(village).steps[1] == {"message": "reminder-bank", "after_days": 3, "only": "silent"}
    assert browser.submit(f"{path}/noi-dung", {"tin": "first"}).status_code == 422


def test_the_trial_can_be_taken_along_masked(browse: Browse, village: Any) -> None:
    answer = browse("officer").get(f"/dot-van-dong/{village.campaign}/chay-thu.xlsx")
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[2][:2] == ("Số người", "Họ tên (che bớt)")
    assert len(rows) > 5
    assert all("*" in str(row[1]) or "." in str(row[1]) for row in rows[3:])
    assert "Mai" not in str(rows)
    province = browse("province")
    province.submit("/xa", {"xa": "22945"})
    bare = load_workbook(BytesIO(province.get(f"/dot-van-dong/{village.campaign}/chay-thu.xlsx").content)).active
    assert {row[1] for row in list(bare.iter_rows(values_only=True))[3:]} == {None}


def test_a_group_that_tells_of_health_is_told_by_hamlet_only_to_who_serves_it(browse: Browse, village: Any) -> None:
    group = {"segment": "everyone", "narrowed": [{"is": "category", "codes": ["nkt_nang"]}]}
    village.home.db.write(lambda s: s.execute(update(Campaign).where(col(Campaign.commune) == "22945").values(group)))
    officer, province, told = browse("officer"), browse("province"), {}
    province.submit("/xa", {"xa": "22945"})
    for who, browser in (("officer", officer), ("province", province)):
        trial = browser.get(f"/dot-van-dong/{village.campaign}/chay-thu").text
        sheet = load_workbook(BytesIO(browser.get(f"/dot-van-dong/{village.campaign}/chay-thu.xlsx").content)).active
        rows = list(sheet.iter_rows(min_row=4, values_only=True))  # type: ignore[union-attr]
        told[who] = ("Theo khu dân cư" in trial, "con số của cả xã" in trial, {bool(row[2]) for row in rows})
    assert told == {"officer": (True, False, {True}), "province": (False, True, {False})}
    now = {"state": "running", "launched_at": village.home.now()}
    village.home.db.write(lambda s: s.execute(update(Campaign).where(col(Campaign.id) == village.campaign).values(now)))
    row = {"campaign": village.campaign, "step": 1, "state": "due", "changed_at": village.home.now()}
    village.home.db.write(lambda s: s.add(Delivery(person=village.people[2], **row)))
    for page in ("", "/so-lieu"):
        path = f"/dot-van-dong/{village.campaign}{page}"
        assert ["Khu phố 3" in browser.get(path).text for browser in (officer, province)] == [True, False]


def launched(browse: Browse, make_campaign: Make) -> tuple[Any, str]:
    officer = browse("officer")
    path = make_campaign(officer, ways=["zalo", "visit"])
    browse("approver").submit(f"{path}/duyet")
    officer.submit(f"{path}/chay")
    return officer, path


def test_reminders_of_a_running_campaign_are_changed_at_once(browse: Browse, village: Any, make_campaign: Make) -> None:
    officer, path = launched(browse, make_campaign)
    assert "Đổi các lần nhắc" in officer.get(path).text
    assert "Lần 2" in officer.get(f"{path}/nhac-lai").text
    form = {"nhac": ["session", "reminder"], "sau": ["3", "6"], "ai": ["", "silent"]}
    looked = officer.submit(f"{path}/nhac-lai", form | {"xem": "1"})
    assert "(chưa lưu)" in looked.text
    before = newest(village)
    assert officer.submit(f"{path}/nhac-lai", form).headers["location"].startswith(path)
    after = newest(village)
    assert after.steps == [
        before.steps[0],
        {"message": "session", "after_days": 3},
        {"message": "reminder", "after_days": 6, "only": "silent"},
    ]
    assert (after.state, after.approver) == ("running", before.approver)
    assert after.texts.keys() - before.texts.keys() == {"session"}  # its words are kept like those that were approved
    with village.home.db.read() as session:
        assert "campaign_changed" in session.exec(select(AuditEvent.action)).all()


def test_a_reminder_that_somebody_is_planned_for_stays_as_it_is(
    browse: Browse, village: Any, make_campaign: Make
) -> None:
    officer, path = launched(browse, make_campaign)
    officer.submit(f"{path}/nhac-lai", {"nhac": ["reminder", "session"], "sau": ["3", "4"], "ai": ["", ""]})
    person = {"campaign": newest(village).id, "step": 2, "person": 1, "state": "due", "changed_at": village.home.now()}
    village.home.db.write(lambda s: s.add(Delivery(**person)))
    page = officer.get(f"{path}/nhac-lai").text
    assert "Lần nhắc 1 đã bắt đầu nên giữ nguyên" in page
    assert "Lần 1" not in page
    officer.submit(f"{path}/nhac-lai", {"nhac": [""], "sau": [""], "ai": [""]})
    assert newest(village).steps[1:] == [{"message": "reminder", "after_days": 3}]
    answer = officer.submit(f"{path}/nhac-lai", {"nhac": ["reminder"], "sau": ["40"], "ai": [""]})
    assert (answer.status_code, "sau 2 đến 14 ngày" in answer.text) == (422, True)
    answer = officer.submit(f"{path}/nhac-lai", {"nhac": ["reminder"] * 2, "sau": ["3", "3"], "ai": ["", ""]})
    assert "nhắc nhiều nhất 2 lần" in answer.text
    officer.submit(f"{path}/huy")
    assert officer.get(f"{path}/nhac-lai", follow_redirects=False).headers["location"] == path
    assert officer.submit(f"{path}/nhac-lai", {"nhac": [""]}).status_code == 422


def test_the_page_says_who_waits_for_an_office_and_that_nothing_moves(
    browse: Browse, village: Any, make_campaign: Make
) -> None:
    officer, path = launched(browse, make_campaign)
    assert "Đang chờ nơi khác giúp" not in officer.get(path).text
    now, number, here = village.home.now(), newest(village).id, newest(village).commune

    def hand_over(session: Any) -> None:
        persons = session.exec(select(Delivery.person).where(Delivery.campaign == number).limit(2)).all()
        asked = Inquiry(
            commune=here, kind="police", office="Công an", why="level2", people=2, by="lan", made_at=now, sent_at=now,
            answer_by=now.date() + timedelta(days=9), expires_at=now + timedelta(days=90),
        )  # fmt: skip
        session.add(asked)
        session.flush()
        for code, person in enumerate(persons):
            session.add(InquiryRow(code=f"R{code}", inquiry=asked.id, person=person))

    village.home.db.write(hand_over)
    page = officer.get(path).text
    assert "Đang chờ nơi khác giúp: Công an 2 người" in page
    assert "đứng yên" not in page
    hour_ago = {"planned_to": 1, "launched_at": now - timedelta(hours=1)}
    village.home.db.write(lambda s: s.execute(update(Campaign).where(col(Campaign.id) == number).values(**hour_ago)))
    assert "đang đứng yên hơn mười phút" in officer.get(path).text
