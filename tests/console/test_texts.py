"""A commune words a text otherwise: checked, agreed to by a second person, and pinned to what a campaign sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from campaigns.engine.texts import place_of
from campaigns.tables import Campaign
from content import edits
from content.library import fields_of, library, message
from content.messages import first_message, zbs_params
from content.tables import TextEdit
from content.zbs import PARAMETERS, TEMPLATES

HERE, THERE = "22945", "22918"
Browse = Callable[[str], Any]
FIRST = library().messages["first"].lines
OWN = "\n".join([*FIRST, "Bà con cứ thong thả làm."])


def said(home: Any, commune: str, key: str = "first") -> str:
    _, text = edits.text_named(key)
    with home.db.read() as session:
        return message(text, fields_of(None, place_of(session, commune, None, home.now()))).text


def test_words_are_said_once_a_second_person_agreed(browse: Browse, village: Any) -> None:
    officer, approver, home = browse("officer"), browse("approver"), village.home
    assert officer.submit("/loi-van/first", {"loi": OWN}).status_code == 303
    assert "thong thả" not in said(home, HERE)
    assert officer.submit("/loi-van/ban/1/duyet").status_code == 403
    assert "Duyệt lời này" in approver.get("/loi-van/first").text
    approver.submit("/loi-van/ban/1/duyet")
    assert "thong thả" in said(home, HERE)
    assert "thong thả" not in said(home, THERE)
    page = officer.get("/loi-van/first").text
    assert "Lê Văn Officer" in page
    assert "Lê Văn Approver" in page
    officer.submit("/loi-van/ban/1/bo")
    assert "thong thả" not in said(home, HERE)


def test_a_province_words_for_its_communes_until_they_have_their_own(village: Any) -> None:
    home, now = village.home, village.home.now()

    def both(session: Any) -> None:
        for unit, word in (("68", "Lời của tỉnh."), (HERE, "Lời của phường.")):
            row = edits.propose(session, unit, "first", [*FIRST, word], "officer", now)
            edits.approve(session, row, "approver", now)

    home.db.write(both)
    assert "Lời của phường." in said(home, HERE)
    assert "Lời của tỉnh." in said(home, THERE)
    with home.db.read() as session:
        assert edits.wording_of(session, "00004") == ()


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([*FIRST, "Xin xem https://vneid.example"], "link"),
        ([*FIRST, "Ai làm xong sẽ nhận ngay 500.000 đồng."], "tiền"),
        ([*FIRST, "Bà con nhắn mật khẩu cho cán bộ."], "bí mật"),
        ([*FIRST, "Mời {nobody}."], "trường"),
        ([line for line in FIRST if "mật khẩu" not in line], "giữ nguyên"),
        ([], "dòng"),
    ],
)
def test_what_content_check_refuses_is_not_taken(lines: list[str], why: str) -> None:
    wrong = [one.message for one in edits.findings("first", lines) if one.level == "error"]
    assert any(why in one for one in wrong), wrong


def test_a_refused_text_comes_back_as_it_was_typed(browse: Browse, village: Any) -> None:
    answer = browse("officer").submit("/loi-van/first", {"loi": "Xin xem https://vneid.example"})
    assert answer.status_code == 422
    assert "có đường link" in answer.text
    assert "https://vneid.example</textarea>" in answer.text
    with village.home.db.read() as session:
        assert session.exec(select(TextEdit)).all() == []


def test_a_campaign_sends_the_words_that_its_approver_saw(browse: Browse, village: Any, make_campaign: Any) -> None:
    home, now = village.home, village.home.now()
    path = make_campaign(browse("officer"))
    browse("approver").submit(f"{path}/duyet")

    def reword(session: Any) -> None:
        row = edits.propose(session, HERE, "first", OWN.splitlines(), "officer", now)
        edits.approve(session, row, "approver", now)

    home.db.write(reword)
    with home.db.read() as session:
        campaign = session.exec(select(Campaign).order_by(Campaign.id.desc())).first()
        assert campaign.texts["first"] == list(FIRST)
        assert "reminder" in campaign.texts
    assert edits.as_wording(campaign.texts) == ()  # the shipped words: their recordings still fit


def test_pinned_words_are_those_that_go_out(village: Any) -> None:
    wording = edits.as_wording({"first": OWN.splitlines()})
    place = fields_of(None, library_place(wording))
    assert message(library().messages["first"], place).reading == ""
    assert "thong thả" in first_message("first", None, library_place(wording)).text


def library_place(wording: Any) -> Any:
    from content.message import Place

    return Place("phường Phan Thiết", "UBND phường Phan Thiết", wording=wording)


def test_the_conversation_can_be_tried_and_leaves_nothing(browse: Browse, village: Any) -> None:
    officer = browse("officer")
    page = officer.get("/loi-van/thu").text
    assert 'value="guide.start"' in page
    more = officer.submit("/loi-van/thu", {"nut": "guide.start"}).text
    assert more.count('class="bubble') > page.count('class="bubble')
    secret = officer.submit("/loi-van/thu", {"chu": "mật khẩu của tôi là Abc@12345"}).text
    assert "Abc@12345" not in secret


def test_every_text_is_shown_as_both_phones_show_it(browse: Browse) -> None:
    officer = browse("officer")
    listed = officer.get("/loi-van").text
    for key in edits.editable():
        assert f'href="/loi-van/{key}"' in listed
    for key in ("first", "session", "asxh.open", "ask.fee"):
        page = officer.get(f"/loi-van/{key}").text
        assert "Trên Zalo" in page
        assert "Trên Telegram" in page
    assert officer.get("/loi-van/nothing").status_code == 404


def test_the_shipped_words_pass_their_own_checks() -> None:
    for key, (_, text) in edits.editable().items():
        assert [one.message for one in edits.findings(key, text.lines) if one.level == "error"] == [], key


def test_zalos_templates_have_the_parameters_that_are_filled_in() -> None:
    from content.message import Addressee

    place = library_place(())
    named, unnamed = TEMPLATES
    assert set(named.parameters) == set(zbs_params(Addressee("bà", "Mai"), place, "TN1"))
    assert set(unnamed.parameters) == set(zbs_params(None, place, "TN1"))
    for template in TEMPLATES:
        assert set(template.parameters) <= set(PARAMETERS)
