"""The radio page's addresses: what an armed PC may do after its sign-in has ended, and what it may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select, update

from audio.tables import AirEntry, Airing
from register.home import Clock
from register.tables import Staff

pytestmark = pytest.mark.parametrize("home", ["sqlite"], indirect=True)
QUIET = {"HX-Request": "true"}


@pytest.fixture
def armed(browse: Callable[[str], Any], village: Any) -> Any:
    """The operator's browser, armed; the village's recording approved."""
    approver = browse("approver")
    for step in ("duyet", "duyet-giong"):
        assert approver.submit(f"/ban-ghi/{village.recording}/{step}", {"giong_nhap": "co"}).status_code == 303
    radio = browse("radio")
    assert radio.submit("/phat-thanh/ban").json() == {"ok": True}
    return radio


def line(village: Any, **other: Any) -> str:
    with village.home.db.read() as session:
        planned = round(session.get_one(Airing, village.airing).planned_at.timestamp() * 1000)
    told = {"key": "may-a-0001", "airing": village.airing, "what": "played", "planned": planned, "at": planned}
    return json.dumps(told | other)


def told(radio: Any, dong: str) -> Any:
    plan = radio.get("/phat-thanh/lich.json", headers=QUIET).json()
    form = {"ma_trang": plan["token"], "dong": dong}
    return radio.post("/phat-thanh/nhat-ky", data=form, follow_redirects=False)


def test_an_armed_pc_goes_on_when_the_sign_in_is_over(armed: Any, village: Any, clock: Clock) -> None:
    clock.advance(timedelta(days=1))
    assert armed.get("/ban-tin", follow_redirects=False).status_code == 303, "the sign-in itself is over"
    plan = armed.get("/phat-thanh/lich.json", headers=QUIET)
    assert plan.json()["here"] == "22945"
    assert armed.get(f"/phat-thanh/am/{village.recording}.mp3").content == b"ID3"
    assert armed.get(f"/phat-thanh/am/{village.foreign_recording}.mp3").status_code == 404
    assert told(armed, line(village)).json() == {"new": 1}
    assert told(armed, line(village)).json() == {"new": 0}, "the same line again"
    with village.home.db.read() as session:
        lines = session.exec(select(AirEntry).where(AirEntry.airing == village.airing, AirEntry.what == "played")).all()
        assert [entry.by for entry in lines] == ["radio"]
    for other in ("/lich-phat", "/nhat-ky-phat", "/phat-thanh", f"/ban-ghi/{village.recording}.mp3"):
        assert armed.get(other, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "end", ["nine days later", "the account is closed", "another token", "another commune", "another role"]
)
def test_an_armed_pc_does_not_go_on_for_ever(armed: Any, village: Any, clock: Clock, end: str) -> None:
    clock.advance(timedelta(days=9 if end == "nine days later" else 1))
    if end == "the account is closed":
        village.home.db.write(lambda s: s.execute(update(Staff).where(Staff.login == "radio").values(active=False)))
    elif end == "another commune":
        village.home.db.write(lambda s: s.execute(update(Staff).where(Staff.login == "radio").values(unit="22918")))
    elif end == "another role":
        village.home.db.write(lambda s: s.execute(update(Staff).where(Staff.login == "radio").values(role="auditor")))
    elif end == "another token":
        armed.cookies.set("tungnha_dai", "x" * 43)
    assert armed.get("/phat-thanh/lich.json", headers=QUIET).status_code == 204


def test_the_plan_holds_what_may_be_played_and_how_it_ended(armed: Any, village: Any) -> None:
    (item,) = armed.get("/phat-thanh/lich.json").json()["items"]
    assert (item["airing"], item["title"], item["what"], item["urgent"]) == (village.airing, "Mời bà con", "", False)
    told(armed, line(village, what="late"))  # from the future: an hour that has not come is not believed
    assert armed.get("/phat-thanh/lich.json").json()["items"][0]["what"] == ""
    village.home.now.advance(timedelta(hours=10))
    assert told(armed, line(village, what="late")).json() == {"new": 1}
    assert armed.get("/phat-thanh/lich.json").json()["items"][0]["what"] == "late"


@pytest.mark.parametrize(
    "dong", ["", "{}", "[1]", "x", '{"key":"may-a-0001","airing":1,"what":"played","planned":1e30,"at":1}']
)
def test_a_line_that_says_nothing_is_refused(armed: Any, dong: str) -> None:
    assert told(armed, dong).status_code == 422


def test_the_page_names_nobody_and_may_ask_for_the_microphone(armed: Any) -> None:
    answer = armed.get("/phat-thanh")
    assert "Lê Văn" not in answer.text
    assert "ma_trang" not in answer.text
    assert "microphone=(self)" in answer.headers["permissions-policy"]
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "microphone=()" in armed.get("/lich-phat").headers["permissions-policy"]
    files = answer.text.split('data-files="')[1].split('"')[0].split()
    assert [armed.get(file).status_code for file in files] == [200] * len(files)
