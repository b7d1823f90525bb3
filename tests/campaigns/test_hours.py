"""A commune's own hours and days off: inside what the installation allows, obeyed where messages are decided."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from campaigns.campaigns import circumstances, moment_for
from campaigns.hours import hours_of, resting, set_hours, within
from campaigns.tables import Campaign
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.units import set_setting
from register.workdays import LOCAL_FILE, is_holiday, use_local, write_local
from settings import Settings

HERE = "22945"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


def campaign(session: Session, now: datetime) -> Campaign:
    found = Campaign(
        commune=HERE, name="Đợt", segment="everyone", channels=["telegram"], steps=[{"message": "first"}],
        starts_on=date(2026, 11, 20), ends_on=date(2026, 12, 31), author="lan", created_at=now,
    )  # fmt: skip
    session.add(found)
    session.flush()
    return found


@pytest.mark.parametrize(
    ("own", "here"),
    [
        ("", ("07:00", "21:00")),
        ("08:00-17:00", ("08:00", "17:00")),
        ("05:00-23:00", ("07:00", "21:00")),  # the owner narrowed meanwhile
        ("05:00-06:00", ("07:00", "21:00")),
    ],
)
def test_a_communes_hours_lie_inside_the_installations(own: str, here: tuple[str, str]) -> None:
    assert within(own, Settings(send_from="07:00", send_until="21:00")) == here


@pytest.mark.parametrize("hours", [("06:59", "20:00"), ("8:00", "21:01"), ("9", "9:30"), ("20:00", "8:00"), ("x", "")])
def test_hours_that_cannot_be_are_refused(home: Home, hours: tuple[str, str]) -> None:
    with pytest.raises(BadInput, match="Giờ nhắn tin"):
        home.db.write(lambda session: set_hours(session, home, HERE, *hours))


def test_the_system_owner_alone_widens_them(home: Home) -> None:
    home.settings = home.settings.model_copy(update={"send_from": "06:00"})
    home.db.write(lambda session: set_hours(session, home, HERE, "6h15", "20"))
    with home.db.read() as session:
        assert hours_of(session, home, HERE) == ("06:15", "20:00")


def test_a_campaign_obeys_its_commune_and_asks_no_more_of_the_database(home: Home) -> None:
    now, asked = at(25, 18, 30), []

    def listen(*args: Any) -> None:
        asked.append(args[2])

    def opens(session: Session) -> tuple[datetime, int]:
        mine = session.exec(select(Campaign)).one()
        asked.clear()
        return circumstances(session, home, mine, now).at(now).opens_at, len(asked)

    home.db.write(lambda session: campaign(session, now))
    event.listen(home.db.engine, "before_cursor_execute", listen)
    try:
        shipped = home.db.write(opens)
        home.db.write(lambda session: set_hours(session, home, HERE, "8:00", "18:00"))
        own = home.db.write(opens)
    finally:
        event.remove(home.db.engine, "before_cursor_execute", listen)
    assert shipped[0] == now
    assert own[0] == at(26, 8)
    assert own[1] == shipped[1]
    home.db.write(lambda session: set_hours(session, home, HERE, "", ""))
    with home.db.read() as session:
        assert hours_of(session, home, HERE) == ("07:00", "21:00")
        assert resting(session, home, now) == set()


def test_only_the_commune_that_rests_is_passed_over(home: Home) -> None:
    home.db.write(lambda session: set_hours(session, home, HERE, "8:00", "18:00"))
    home.db.write(lambda session: set_setting(session, "22918", "hours", "08:00-20:00"))
    with home.db.read() as session:
        assert resting(session, home, at(25, 18, 30)) == {HERE}


def test_a_day_off_written_meanwhile_is_obeyed_by_the_next_decision(home: Home) -> None:
    now = at(25, 9)
    mine = home.db.write(lambda session: campaign(session, now))
    try:
        with home.db.read() as session:
            assert moment_for(session, home, mine, now).opens_at == now
            # another process's form, or a hand
            (home.path / LOCAL_FILE).write_text("nghỉ: [25/11/2026]\n", encoding="utf-8")
            assert moment_for(session, home, mine, now).opens_at == at(26, 7)
            (home.path / LOCAL_FILE).write_text("nghỉ: 25/11 hỏng [", encoding="utf-8")
            assert moment_for(session, home, mine, now).opens_at == at(26, 7)  # spoilt: what stood before holds
        write_local(home.path, [], [])
        assert not is_holiday(now.date())
        with pytest.raises(BadInput, match="vừa nghỉ vừa làm"):
            write_local(home.path, [now.date()], [now.date(), now.date() + timedelta(days=1)])
    finally:
        use_local({})
