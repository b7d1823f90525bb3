"""The figures over time, folded in SQL, are those that the reports fold person by person."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from campaigns.results.history import everyone
from campaigns.results.trend import Point, days_between, trend
from register.facts import record
from register.home import Home
from register.ladder import FACT_OF_RUNG, ladder
from register.tables import Person

HERE = "22945"
TODAY = date(2026, 11, 23)
VALUES = {"asxh_account": ("yes", "no", "unknown"), "eid_level": ("0", "2_granted", "2_active", "unknown")}


def a_year_of_facts(session: Session, home: Home, make_person: Callable[..., int], chance: random.Random) -> None:
    """Forty people of whom lists, chats and officers say this and that; some leave."""
    for _ in range(40):
        person = make_person(session, now=home.now() - timedelta(days=chance.randrange(200)))
        for _ in range(chance.randrange(6)):
            kind = chance.choice(list(VALUES))
            as_of = TODAY - timedelta(days=chance.randrange(0, 240, 8))
            evidence: Any = chance.choice(("self", "officer", "register"))
            record(session, person, kind, chance.choice(VALUES[kind]), evidence, as_of=as_of, now=home.now())
        if chance.random() < 0.3:
            row = session.get_one(Person, person)
            row.closed_at, row.closed_reason = home.now() - timedelta(days=chance.randrange(60)), "left_list"
            session.add(row)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rung", ["asxh", "eid2"])
def test_the_trend_is_what_the_reports_say_of_each_day(
    home: Home, make_person: Callable[..., int], seed: int, rung: str
) -> None:
    home.db.write(lambda session: a_year_of_facts(session, home, make_person, random.Random(seed)))
    with home.db.read() as session:
        points = trend(session, HERE, rung, TODAY)
        people = everyone(session, HERE)
        now = next(r for r in ladder(session, HERE) if r.key == rung)
    kind, yes = FACT_OF_RUNG[rung]
    for point in points:
        said = [p.known(kind, point.day)[0] for p in people if p.present(point.day)]
        unknown = said.count("unknown")
        assert point == Point(point.day, said.count(yes), len(said) - said.count(yes) - unknown, unknown)
    assert len(points) > 5
    assert points[-1].day == TODAY
    assert (points[-1].yes, points[-1].no, points[-1].unknown) == (now.yes, now.no, now.unknown)


def test_without_people_there_is_no_trend(home: Home) -> None:
    with home.db.read() as session:
        assert trend(session, HERE, "asxh", TODAY) == []


def test_a_short_story_goes_by_weeks_and_a_long_one_by_months() -> None:
    weeks = days_between(date(2026, 11, 2), TODAY)
    assert weeks == [date(2026, 11, 8), date(2026, 11, 15), date(2026, 11, 22), TODAY]
    months = days_between(date(2025, 1, 10), TODAY)
    assert (months[0], months[-2], len(months)) == (date(2025, 11, 30), date(2026, 10, 31), 13)
    assert days_between(TODAY, TODAY) == [TODAY]
