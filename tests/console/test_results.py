"""The results of a campaign, and where people stop: what the pages say, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlmodel import Session, select

from bot.stages import STAYS
from bot.state import State
from bot.tables import Conversation
from campaigns import campaigns
from campaigns.results.keeping import keep_due
from campaigns.tables import Campaign, Delivery, KeptResults, Visit
from register.contacts import contact_for, link
from register.facts import record
from register.home import Home
from register.tables import Person
from register.units import hamlets_of

Browse = Callable[[str], Any]
HERE = "22945"


@pytest.fixture
def ran(village: Any) -> int:
    """A campaign of the village over all its people: two said so, one of them is in a list as having none."""
    home: Home = village.home
    now = home.now()

    def store(session: Session) -> int:
        days = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 12, 1)}
        campaign = Campaign(
            commune=HERE, name="Đợt đã chạy", segment="asxh-ready", channels=["zalo", "visit"], **days,
            steps=[{"message": "first"}], state="running", author="lan", created_at=now,
            launched_at=now - timedelta(days=20), spread_days=9,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        for person in village.people:
            row = {"person": person, "state": "skipped", "reason": "visit", "changed_at": now}
            session.add(Delivery(campaign=campaign.id, step=1, **row))
        for number in (1, 2):
            at = now - timedelta(days=3)
            told = {"as_of": at.date(), "now": at, "since": "during"}
            record(session, village.people[-number], "asxh_account", "yes", "self", **told)
        record(session, village.people[-1], "asxh_account", "no", "register", as_of=now.date(), now=now)
        return campaign.id or 0

    return home.db.write(store)


def test_one_campaign_is_told_with_numerators_and_denominators(browse: Browse, ran: int) -> None:
    page = browse("officer").get(f"/ket-qua/{ran}").text
    assert "2/60 = 3,3 %" in page
    assert "0/60 = 0 %" in page
    assert "Cần xem lại: 1 người" in page
    assert "không cộng vào nhau" in page
    assert "17,0 ngày" in page  # from the launch, since nobody was written to
    assert "chưa phải là nguyên nhân" in page


def test_sixty_people_are_too_few_to_compare(browse: Browse, ran: int) -> None:
    page = browse("officer").get(f"/ket-qua/{ran}").text
    assert "thứ tự do bốc thăm" in page
    assert page.count("Quá ít người để kết luận.") == 3  # at each level of evidence
    assert "Newcombe (1998" in page
    assert "Korn và Graubard" in page


def test_kept_figures_stand_beside_what_is_known_now(village: Any, browse: Browse, ran: int) -> None:
    home, browser = village.home, browse("officer")

    def end(session: Session) -> None:
        campaigns.cancel(session, session.get_one(Campaign, ran), "lan", home.now())
        assert keep_due(session, home.now()) == 1

    home.db.write(end)
    page = browser.get(f"/ket-qua/{ran}").text
    assert "Khi đợt kết thúc" in page
    assert "tính lại từ hồ sơ hôm nay vẫn đúng như vậy" in page

    def forge(session: Session) -> None:
        row = session.exec(select(KeptResults)).one()
        row.figures = row.figures | {"results": row.figures["results"] | {"self": 9}}
        session.add(row)

    home.db.write(forge)
    page = browser.get(f"/ket-qua/{ran}").text
    assert "9/60 = 15 %" in page
    assert "không còn khớp" in page


def test_a_campaign_that_was_never_launched_has_no_results(village: Any, browse: Browse) -> None:
    assert "chưa có kết quả" in browse("officer").get(f"/ket-qua/{village.campaign}").text
    assert browse("officer").get(f"/ket-qua/{village.foreign_campaign}").status_code == 404


# --- Where people stop ------------------------------------------------------------------------------


@pytest.fixture
def talked(village: Any) -> list[int]:
    """Eight chats in the first hamlet and two in the second; three of the first are stuck at the passcode."""
    home: Home = village.home
    now = home.now()

    def store(session: Session) -> list[int]:
        first, second = (unit.code for unit in hamlets_of(session, HERE)[:2])
        for number, person in enumerate(village.people[:10]):
            row = session.get_one(Person, person)
            row.hamlet = first if number < 8 else second
            session.add(row)
            chat = contact_for(session, home, "zalo", "zalo:main", f"t{number}", now)
            link(session, person, chat.id or 0, "self", now)
            stuck = number in (0, 1, 3)  # of whom the list says that they have no account
            state = State(at="guide", guide="asxh", step=3) if stuck else State(at="rest", claimed=True)
            at = now - timedelta(days=2)
            session.add(Conversation(contact=chat.id, state=state.to_dict(), updated_at=at))
        return [village.people[number] for number in (0, 1, 3)]

    return home.db.write(store)


def test_who_is_stuck_goes_on_the_visit_list_with_one_button(village: Any, browse: Browse, talked: list[int]) -> None:
    officer = browse("officer")
    page = officer.get("/ket-qua/dung-o-dau").text
    assert "3 người đang vướng" in page
    assert "Gõ passcode" in page
    before = set(_listed(village.home))
    answer = officer.submit("/ket-qua/dung-o-dau/den-nha")
    assert answer.headers["location"].startswith("/phieu-den-nha")
    assert set(_listed(village.home)) == before | set(talked)
    assert "Tất cả đã có trong danh sách đến nhà" in officer.get("/ket-qua/dung-o-dau").text
    assert browse("volunteer").submit("/ket-qua/dung-o-dau/den-nha").status_code == 403


def _listed(home: Home) -> list[int]:
    with home.db.read() as session:
        return list(session.exec(select(Visit.person).where(Visit.commune == HERE)).all())


def test_small_lines_are_hidden_from_whoever_does_not_serve_these_people(browse: Browse, talked: list[int]) -> None:
    hidden = "số nhỏ, không hiện"
    assert hidden not in browse("officer").get("/ket-qua/dung-o-dau").text
    province = browse("province")
    province.submit("/xa", {"xa": HERE})
    province = province.get("/ket-qua/dung-o-dau").text
    assert hidden in province
    assert "den-nha" not in province  # nor does the province send anybody to a door


def test_the_tables_can_be_taken_along_with_how_long_each_step_took(
    village: Any, browse: Browse, talked: list[int]
) -> None:
    def keep(session: Session) -> None:
        for number, chat in enumerate(session.exec(select(Conversation)).all()):
            chat.state = chat.state | {STAYS: {"open": [0, 60 * number]}}  # 0 to 9 minutes
            session.add(chat)

    village.home.db.write(keep)
    officer = browse("officer")
    assert "chưa đủ người" in officer.get("/ket-qua/dung-o-dau").text
    assert "4 phút" in officer.get("/ket-qua/dung-o-dau").text  # 4,5 of ten people, rounded to even
    book = openpyxl.load_workbook(BytesIO(officer.get("/ket-qua/dung-o-dau.xlsx").content))
    steps = {row[0]: row[5:] for row in book["Từng bước"].iter_rows(values_only=True)}
    assert steps["Mở VNeID, đăng nhập"] == (4.5, 10, 0)
    assert steps["Gõ passcode"] == ("chưa đủ người", 0, 0)
    province = browse("province")
    province.submit("/xa", {"xa": HERE})
    outside = openpyxl.load_workbook(BytesIO(province.get("/ket-qua/dung-o-dau.xlsx").content))
    assert "số nhỏ, không hiện" in {cell for row in outside["Theo nhóm"].values for cell in row}


def test_nobody_has_talked_yet(browse: Browse) -> None:
    page = browse("officer").get("/ket-qua/dung-o-dau").text
    assert "Chưa có ai" in page


# --- Who is held out --------------------------------------------------------------------------------


def test_only_the_provinces_officer_allows_a_holdout_and_the_paper_is_kept(village: Any, browse: Browse) -> None:
    path = f"/dot-van-dong/{village.campaign}"
    form = {"phan_tram": "10", "van_ban": "12/SYT-XH", "dong_y": "1"}
    assert "doi-chung" not in browse("officer").get(path).text
    assert browse("officer").submit(f"{path}/doi-chung", form).status_code == 403
    owner, province = browse("owner"), browse("province")
    for browser in (owner, province):
        browser.submit("/xa", {"xa": HERE})
    assert owner.submit(f"{path}/doi-chung", form).status_code == 403  # runs the system, is no province
    assert "Tỉnh cho phép một nhóm đối chứng" in province.get(path).text
    for wrong in ({"dong_y": ""}, {"van_ban": " "}, {"phan_tram": "50"}):
        assert province.submit(f"{path}/doi-chung", form | wrong).status_code == 422
    assert province.submit(f"{path}/doi-chung", form).status_code == 303
    assert "10 % không nhận gì, tỉnh cho phép ở văn bản 12/SYT-XH" in browse("officer").get(path).text
    with village.home.db.read() as session:
        campaign = session.get_one(Campaign, village.campaign)
        assert (campaign.holdout_percent, campaign.holdout_by, campaign.approver) == (10, "province", None)
