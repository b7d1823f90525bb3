"""From a figure to the people behind it, from a name or number to a person, from a province to its communes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from register.ladder import RUNG_LABELS, ladder
from register.tables import AuditEvent, Source

Browse = Callable[[str], Any]
LINKED = re.compile(r'<a href="(/nguoi\?[^"]*)">([\d.]+)</a>')


def people_at(browser: Any, path: str) -> int:
    """How many people a list shows, page after page."""
    number = 0
    while path:
        page = browser.get(path).text
        number += page.count('<th scope="row"><a href="/nguoi/')
        following = re.search(r'href="(/nguoi\?[^"]*sau=[^"]*)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    return number


def sought(village: Any) -> list[AuditEvent]:
    with village.home.db.read() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.action == "person_sought")).all())


@pytest.mark.parametrize("rung", [key for key in RUNG_LABELS if key != "listed"])
def test_every_figure_leads_to_as_many_people(browse: Browse, rung: str) -> None:
    browser = browse("officer")
    page = browser.get(f"/tien-do?bac={rung}").text
    linked = LINKED.findall(page)
    assert len(linked) > 5
    for path, figure in linked:
        assert people_at(browser, path.replace("&amp;", "&")) == int(figure), path


def test_who_may_see_no_people_gets_figures_without_links(browse: Browse) -> None:
    province = browse("province")
    assert LINKED.findall(province.get("/tien-do").text) == []
    assert 'class="chart"' in province.get("/tien-do").text


def test_a_province_sees_each_commune_and_all_together(browse: Browse, village: Any) -> None:
    page = browse("province").get("/tien-do/cac-xa?xep=it").text
    with village.home.db.read() as session:
        both = [ladder(session, code)[0].yes for code in ("22945", "22918")]
    rows = page.split("<tbody>")[1]
    assert [int(n) for n in re.findall(r'data-label="Người">(\d+)<', rows)] == [*sorted(both), sum(both)]
    shown = browse("province").get("/tien-do?xa=22945").text
    assert "Tiến độ của phường Phan Thiết" in shown
    assert "Chuyển hẳn sang" in shown


def test_an_officer_turns_to_no_other_commune(browse: Browse) -> None:
    assert browse("officer").get("/tien-do?xa=22918").status_code == 404


@pytest.mark.parametrize("words", ["duc", "Đức", "tran duc", "đức trần"])
def test_parts_of_a_name_are_found_in_any_order_with_or_without_accents(browse: Browse, words: str) -> None:
    page = browse("officer").submit("/nguoi", {"tim": words}).text
    assert "Trần V. Đ." in page
    assert "Nguyễn T. M." not in page


def test_a_citizen_id_is_found_across_communes_only_by_who_may_and_that_is_noted(browse: Browse, village: Any) -> None:
    officer = browse("officer").submit("/nguoi", {"tim": "0602 0000 0900"})
    assert officer.status_code == 422
    assert "Không tìm thấy" in officer.text
    assert sought(village) == []
    owner = browse("owner")
    owner.submit("/xa", {"xa": "22945"})
    page = owner.submit("/nguoi", {"tim": "060200000900"}).text
    assert f"mở người số {village.stranger}" in page
    (event,) = sought(village)
    assert (event.actor, event.subject, event.detail) == ("owner", "", {"found": 1, "elsewhere": 1})
    form = {"xa": "22918", "tiep": f"/nguoi/{village.stranger}"}
    assert owner.submit("/xa", form).headers["location"] == f"/nguoi/{village.stranger}"
    assert owner.get(f"/nguoi/{village.stranger}").status_code == 200


def test_a_name_is_sought_in_one_commune_only(browse: Browse, village: Any) -> None:
    owner = browse("owner")
    owner.submit("/xa", {"xa": "22918"})
    page = owner.submit("/nguoi", {"tim": "nguyen"}).text
    assert page.count('<th scope="row"><a href="/nguoi/') <= 1
    assert sought(village) == []


def test_no_other_site_is_gone_to_after_turning_to_a_commune(browse: Browse) -> None:
    answer = browse("owner").submit("/xa", {"xa": "22945", "tiep": "https://ke-gian.example/"})
    assert answer.headers["location"] == "/"


def test_a_new_commune_is_shown_three_steps(browse: Browse, village: Any) -> None:
    def forget_lists(session: Any) -> None:
        for source in session.exec(select(Source)).all():
            source.kind = "forgotten"
            session.add(source)

    village.home.db.write(forget_lists)
    page = browse("officer").get("/").text
    steps = ("Nhận danh sách đầu tiên", "Ghi số máy bàn của UBND", "Xếp buổi hỗ trợ đầu tiên")
    assert [step for step in steps if step in page] == list(steps)
    assert "Bắt đầu với ba bước" in page


def test_the_story_names_the_list_and_why_no_message_came(browse: Browse, village: Any, make_campaign: Any) -> None:
    officer = browse("officer")
    path = make_campaign(officer)
    browse("approver").submit(f"{path}/duyet")
    officer.submit(f"{path}/chay")
    page = officer.get(f"/nguoi/{village.people[1]}").text
    for words in ("chốt 15/11/2026, UBND, số 12/DS", "Đợt thử", "Đến nhà"):
        assert words in page, words
