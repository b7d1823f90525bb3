"""Before a first cold message: a notice signed, posted, aired twice, hamlet heads told. And what raises the reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, col, select

from campaigns.campaigns import approve, launch
from campaigns.reach import advice
from campaigns.rehearsal import Rehearsal
from campaigns.tables import Announcement, Campaign, Delivery
from campaigns.why import why
from register.home import Home
from register.tables import Person

DONE = {"aired": 2, "hamlets_told": 1}


@pytest.mark.parametrize(
    ("notice", "cold"),
    [
        ({**DONE, "posted_on": True}, "due"),
        ({**DONE, "posted_on": True, "aired": 1}, "held"),
        ({**DONE, "posted_on": True, "hamlets_told": 0}, "held"),
        (DONE, "held"),  # not posted
        (None, "held"),  # not signed
    ],
)
def test_a_first_cold_message_waits_for_all_of_the_announcement(
    home: Home,
    make_person: Callable[..., int],
    make_campaign: Callable[..., Campaign],
    notice: dict[str, Any] | None,
    cold: str,
) -> None:
    """Whoever wrote to us before is not cold and waits for nothing."""
    home.settings.zalo_app_id = "1"
    home.settings.zalo_app_secret = type(home.settings.zalo_app_secret)("x")
    home.settings.zalo_template_id_unnamed = "7"

    def make(session: Session) -> None:
        now, day = home.now(), home.now().date()
        make_person(session, now=now, zalo="z1")
        make_person(session, now=now, phone="0912345678")
        if notice is not None:
            said = notice | {"posted_on": day if "posted_on" in notice else None}
            session.add(Announcement(commune="22945", document="45/TB", signed_on=day, **said))
        campaign = make_campaign(session, now=now)
        approve(session, campaign, "minh", now)
        launch(session, home, campaign, "lan", now)

    home.db.write(make)
    with home.db.read() as session:
        assert session.exec(select(Delivery.state).order_by(col(Delivery.id))).all() == ["due", cold]
        waits = why(session, session.get_one(Campaign, 1), session.get_one(Person, 2), home.now())
        assert ("thông báo của UBND" in waits) == (cold == "held")


def test_the_way_that_reaches_most_people_is_advised_first() -> None:
    trial = Rehearsal("nq418-ready")
    trial.ways = {"people": 100, "zalo": 30, "telegram": 10, "zbs": 55, "chat": 35, "none": 25}
    trial.skipped = {"no_channel": 60}
    trial.held_reasons = {"not_announced": 12, "session_full": 7}
    trial.too_late = 3
    found = advice(trial, ["zalo"])
    assert [int(sentence.split()[0]) for sentence in found] == [60, 40, 25, 12, 7, 3]
    assert "thêm “Đến nhà”" in found[0]
    assert "tin mẫu Zalo theo số" in found[1]
    assert "mã liên kết" in found[2]
    assert advice(Rehearsal("everyone", ways=trial.ways | {"chat": 100, "none": 0}), ["zalo"]) == []
