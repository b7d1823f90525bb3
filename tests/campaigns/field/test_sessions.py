from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from campaigns.field.sessions import (
    cancel_session,
    change_session,
    hamlet_words,
    next_sessions,
    plan_session,
    session_words,
    suggest_sessions,
    tally,
)
from campaigns.tables import HelpSession
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.tables import Person, Standing
from register.units import hamlet_named

COMMUNE = "22945"
TUESDAY = datetime(2026, 12, 1, 8, 0, tzinfo=VIETNAM)


def hamlets(home: Home, count: int = 2) -> list[str]:
    return home.db.write(lambda s: [hamlet_named(s, COMMUNE, f"Khu phố {n}") for n in range(1, count + 1)])


def people(home: Home, hamlet: str | None, count: int, **standing: str) -> None:
    def add(session: Session) -> None:
        for _ in range(count):
            person = Person(commune=COMMUNE, hamlet=hamlet, created_at=home.now(), updated_at=home.now())
            session.add(person)
            session.flush()
            session.add(Standing(person=person.id, **standing))

    home.db.write(add)


def plan(home: Home, hamlet: str, starts_at: datetime = TUESDAY, capacity: int = 20) -> HelpSession:
    return home.db.write(lambda s: plan_session(s, COMMUNE, hamlet, "nhà văn hóa", starts_at, capacity, 2, home.now()))


def test_the_words_are_those_a_person_says(home: Home) -> None:
    first, _ = hamlets(home)
    assert session_words(plan(home, first), "Khu phố 1") == "8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1"
    late = HelpSession(
        commune=COMMUNE,
        hamlet=first,
        place="Trường Lê Lợi",
        starts_at=datetime(2026, 12, 3, 14, 30, tzinfo=VIETNAM),
        capacity=9,
    )
    assert session_words(late, "Thôn Đông") == "14 giờ 30 thứ Năm 03/12/2026, Trường Lê Lợi, thôn Đông"
    late.place = "nhà văn hóa thôn Đông"
    assert session_words(late, "Thôn Đông").endswith(", nhà văn hóa thôn Đông")
    assert hamlet_words("Đông Hòa") == "Đông Hòa"


def test_the_next_session_of_a_hamlet_is_the_first_that_has_not_begun(home: Home) -> None:
    first, second = hamlets(home)
    for days in (7, 0):
        plan(home, first, TUESDAY + timedelta(days=days))
    plan(home, second, TUESDAY + timedelta(days=1))
    with home.db.read() as session:
        coming = next_sessions(session, COMMUNE, home.now())
        assert {h: s.starts_at for h, s in coming.items()} == {first: TUESDAY, second: TUESDAY + timedelta(days=1)}
        assert next_sessions(session, COMMUNE, TUESDAY)[first].starts_at == TUESDAY + timedelta(days=7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hamlet": "00001-01"}, "không thuộc xã"),
        ({"place": "  "}, "nơi tổ chức"),
        ({"starts_at": datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)}, "sau lúc này"),
        ({"capacity": 0}, "từ 1 đến"),
        ({"helpers": 0}, "ít nhất một người"),
        ({"starts_at": TUESDAY + timedelta(hours=2)}, "Khu phố 1 đã có"),
    ],
)
def test_a_session_that_cannot_be_held_is_refused(home: Home, change: dict[str, object], message: str) -> None:
    first, _ = hamlets(home)
    plan(home, first)
    given = {
        "hamlet": first,
        "place": "nhà văn hóa",
        "starts_at": TUESDAY + timedelta(days=9),
        "capacity": 5,
        "helpers": 2,
    }
    with pytest.raises(BadInput, match=message):
        home.db.write(lambda s: plan_session(s, COMMUNE, now=home.now(), **(given | change)))  # type: ignore[arg-type]


def test_a_session_that_has_not_begun_is_changed_or_called_off(home: Home) -> None:
    first, _ = hamlets(home)
    number = plan(home, first).id or 0
    plan(home, first, TUESDAY + timedelta(days=1))
    later = TUESDAY + timedelta(hours=1)  # over its own old time, which is no hindrance
    home.db.write(lambda s: change_session(s, number, "đình làng", later, 12, 3, home.now()))
    with home.db.read() as session:
        assert next_sessions(session, COMMUNE, home.now())[first].place == "đình làng"
    day_after = TUESDAY + timedelta(days=1)
    with pytest.raises(BadInput, match="Khu phố 1 đã có"):
        home.db.write(lambda s: change_session(s, number, "đình làng", day_after, 12, 3, home.now()))
    with pytest.raises(BadInput, match="đã bắt đầu"):
        home.db.write(lambda s: cancel_session(s, number, later))
    home.db.write(lambda s: cancel_session(s, number, home.now()))
    with home.db.read() as session:
        assert next_sessions(session, COMMUNE, home.now())[first].starts_at == TUESDAY + timedelta(days=1)


def test_the_tally_never_helps_more_people_than_came(home: Home) -> None:
    planned = plan(home, hamlets(home)[0])
    assert planned.id is not None
    number = planned.id
    with pytest.raises(BadInput, match="không thể nhiều hơn"):
        home.db.write(lambda s: tally(s, number, came=3, helped=4))
    home.db.write(lambda s: tally(s, number, came=18, helped=15))
    with home.db.read() as session:
        stored = session.get(HelpSession, number)
        assert stored is not None
        assert (stored.came, stored.helped) == (18, 15)


def test_sessions_are_suggested_for_everyone_who_can_come(home: Home) -> None:
    """25 and 12 people, ten a day: five in a morning, five in an afternoon, the fuller hamlet first."""
    first, second = hamlets(home)
    people(home, first, 12, asxh_account="no")
    people(home, second, 25, asxh_account="unknown")
    people(home, second, 9, asxh_account="yes")
    people(home, first, 4, asxh_account="no", special="frail")  # helped at home
    people(home, None, 3, asxh_account="no")
    with home.db.read() as session:
        plan = suggest_sessions(session, home, COMMUNE, 10, date(2026, 11, 27), home.now())
    assert [(s.hamlet, s.invited) for s in plan.sessions] == [(second, 5)] * 5 + [(first, 5), (first, 5), (first, 2)]
    starts = [s.starts_at.astimezone(VIETNAM) for s in plan.sessions]
    assert [f"{m:%d/%m %H}" for m in starts[:4]] == ["27/11 08", "27/11 14", "30/11 08", "30/11 14"]
    assert (plan.days, plan.without_hamlet) == (4, 3)


def test_a_session_that_stands_is_counted_and_its_half_day_kept_free(home: Home) -> None:
    first, second = hamlets(home)
    people(home, first, 8, asxh_account="no")
    people(home, second, 3, asxh_account="no")
    plan(home, first, datetime(2026, 11, 27, 8, 30, tzinfo=VIETNAM), capacity=6)
    with home.db.read() as session:
        suggested = suggest_sessions(session, home, COMMUNE, 10, date(2026, 11, 27), home.now()).sessions
    assert [(s.hamlet, s.invited) for s in suggested] == [(second, 3), (first, 2)]
    assert f"{suggested[0].starts_at:%d/%m %H}" == "27/11 14"


def test_the_first_session_leaves_a_day_for_its_invitations(home: Home) -> None:
    first, _ = hamlets(home)
    people(home, first, 1, asxh_account="no")

    def first_day(now: datetime) -> str:
        with home.db.read() as session:
            plan = suggest_sessions(session, home, COMMUNE, 10, date(2026, 1, 1), now)
        return f"{plan.sessions[0].starts_at:%d/%m}"

    evening = datetime(2026, 11, 24, 21, 30, tzinfo=VIETNAM)
    assert first_day(evening - timedelta(hours=1)) == "25/11"
    assert first_day(evening) == "26/11"
    with home.db.read() as session, pytest.raises(BadInput, match="từ 1 đến"):
        suggest_sessions(session, home, COMMUNE, 0, date(2026, 12, 1), evening)
