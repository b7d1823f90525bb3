"""Ten doors a day: who carries them, and presses that come late, twice, or from two people at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from campaigns.field.rounds import (
    DOORS,
    Press,
    Took,
    decide,
    disputes,
    doors_of,
    give_back,
    go_along,
    other_pairs,
    take_doors,
    take_press,
)
from campaigns.field.sessions import count_at_door, plan_session, tally
from campaigns.field.visits import add_visits
from campaigns.tables import DoorCount, HelpSession, Visit, VisitNote
from register.errors import BadInput
from register.home import VIETNAM, Clock, Home
from register.people import Identity, seal_identity
from register.tables import AuditEvent, Fact, Person, Standing
from register.units import hamlet_named

COMMUNE = "22945"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hamlet(home: Home) -> str:
    """Twelve doors of khu phố 1 on the visit list."""

    def store(session: Session) -> str:
        code = hamlet_named(session, COMMUNE, "Khu phố 1")
        for number in range(12):
            identity = Identity(f"0601366801{number:02d}", f"Nguyễn Thị {number}", "1936", "", f"nhà {number}")
            session.add(
                Person(
                    commune=COMMUNE, hamlet=code, sealed=seal_identity(home.keys, identity),
                    created_at=home.now(), updated_at=home.now(),
                )
            )  # fmt: skip
        session.flush()
        add_visits(session, None, session.scalars(select(Person.id)), home.now())
        return code

    return home.db.write(store)


def take(home: Home, hamlet: str, by: str) -> int:
    return home.db.write(lambda s: take_doors(s, COMMUNE, hamlet, by, home.now() + 30 * MINUTE, home.now()))


def press(home: Home, key: str, outcome: str, by: str, ago: int = 0, visit: int = 1) -> Took:
    one = Press(key, visit, outcome, home.now() - ago * MINUTE)
    return home.db.write(lambda s: take_press(s, home, one, by, home.now()))


def stands(home: Home, visit: int = 1) -> tuple[str, str]:
    with home.db.read() as session:
        row = session.get_one(Visit, visit)
        return row.outcome, row.by


def notes(home: Home) -> list[tuple[str, str, bool]]:
    with home.db.read() as session:
        rows = session.exec(select(VisitNote).order_by(col(VisitNote.pressed_at))).all()
        return [(row.by, row.outcome, row.disputed) for row in rows]


def test_a_pair_takes_ten_doors_with_times_and_nobody_else_gets_the_same(home: Home, hamlet: str) -> None:
    assert take(home, hamlet, "an") == DOORS
    with pytest.raises(BadInput, match="còn nhà chưa đến"):
        take(home, hamlet, "an")
    assert take(home, hamlet, "binh") == 2
    with home.db.read() as session:
        mine = doors_of(session, home, COMMUNE, hamlet, "an", home.now())
        theirs = doors_of(session, home, COMMUNE, hamlet, "binh", home.now())
        assert [pair.left for pair in other_pairs(session, COMMUNE, hamlet, "binh", home.now())] == [10]
        exports = session.exec(select(AuditEvent).where(AuditEvent.action == "list_exported")).all()
    assert [e.actor for e in exports] == ["an", "binh"]
    assert {door.visit for door in mine} & {door.visit for door in theirs} == set()
    assert mine[1].at - mine[0].at == 30 * MINUTE
    assert (mine[0].name, mine[0].address) == ("Nguyễn Thị 0", "nhà 0")


def test_a_name_is_gone_from_the_list_once_the_door_is_done_and_all_are_gone_tomorrow(
    home: Home, hamlet: str, clock: Clock
) -> None:
    take(home, hamlet, "an")
    press(home, "p1", "done", "an")
    press(home, "p2", "absent", "an", visit=2)

    def shown() -> list[tuple[str, bool]]:
        with home.db.read() as session:
            return [(d.address, d.to_go) for d in doors_of(session, home, COMMUNE, hamlet, "an", home.now())]

    # the first got what the visit was for: it left the list of those to be gone to, and was told so
    assert [row for row in shown() if not row[1]] == [("", False), ("", False)]
    clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    assert shown() == []
    assert take(home, hamlet, "an") == DOORS  # whoever was absent yesterday is gone to again


def test_the_second_of_a_pair_carries_the_same_doors_and_what_is_left_can_be_given_back(
    home: Home, hamlet: str
) -> None:
    take(home, hamlet, "an")
    assert home.db.write(lambda s: go_along(s, COMMUNE, hamlet, "an", "binh", home.now())) == DOORS
    with home.db.read() as session:  # whoever goes along has nothing more to go along with
        assert other_pairs(session, COMMUNE, hamlet, "binh", home.now()) == []
    press(home, "p1", "refused", "an")
    for login in ("an", "binh"):
        home.db.write(lambda s, login=login: give_back(s, COMMUNE, login, home.now()))
    with home.db.read() as session:
        assert [d.visit for d in doors_of(session, home, COMMUNE, hamlet, "an", home.now())] == [1]
    assert take(home, hamlet, "chi") == DOORS
    with pytest.raises(BadInput, match="không giữ nhà nào"):
        home.db.write(lambda s: go_along(s, COMMUNE, hamlet, "nobody", "binh", home.now()))


def test_a_list_that_is_taken_late_ends_with_the_day(home: Home, hamlet: str) -> None:
    late = home.now() + timedelta(hours=15)  # 23:00
    assert home.db.write(lambda s: take_doors(s, COMMUNE, hamlet, "an", late, home.now())) == DOORS
    with home.db.read() as session:
        doors = doors_of(session, home, COMMUNE, hamlet, "an", home.now())
        assert other_pairs(session, COMMUNE, hamlet, "an", home.now()) == []
    assert len(doors) == DOORS
    assert {door.at.astimezone(VIETNAM).date() for door in doors} == {home.now().astimezone(VIETNAM).date()}


def test_a_press_that_comes_twice_is_taken_in_once(home: Home, hamlet: str) -> None:
    assert [press(home, "p1", "done", "an").state for _ in range(3)] == ["taken", "again", "again"]
    assert notes(home) == [("an", "done", False)]
    with home.db.read() as session:
        assert len(session.exec(select(Fact).where(Fact.kind == "asxh_account")).all()) == 1


def test_presses_of_one_phone_count_by_when_they_were_pressed_not_by_when_they_came(home: Home, hamlet: str) -> None:
    press(home, "late", "refused", "an", ago=5)
    assert press(home, "early", "done", "an", ago=60).state == "kept"
    assert stands(home) == ("refused", "an")
    with home.db.read() as session:  # what does not stand became no fact
        assert session.exec(select(Fact).where(Fact.kind == "asxh_account")).all() == []


def test_a_press_of_yesterday_becomes_a_fact_of_yesterday(home: Home, hamlet: str) -> None:
    press(home, "p1", "done", "an", ago=24 * 60)
    with home.db.read() as session:
        fact = session.exec(select(Fact).where(Fact.kind == "asxh_account")).one()
    assert fact.as_of == (home.now() - timedelta(days=1)).date()


def test_a_phone_with_a_wrong_clock_writes_no_later_than_now(home: Home, hamlet: str) -> None:
    press(home, "p1", "done", "an", ago=-600)
    press(home, "p2", "absent", "an", ago=500_000, visit=2)
    with home.db.read() as session:
        assert session.get_one(Visit, 1).at == home.now()
        assert session.get_one(Visit, 2).at == home.now() - timedelta(days=7)


def test_nothing_more_is_written_about_whoever_was_erased_meanwhile(home: Home, hamlet: str) -> None:
    def erased(session: Session) -> None:
        session.get_one(Person, session.get_one(Visit, 1).person).sealed = None

    take(home, hamlet, "an")
    home.db.write(erased)
    assert press(home, "p1", "done", "an").state == "kept"
    with home.db.read() as session:
        assert session.exec(select(Fact)).all() == []
        assert 1 not in {d.visit for d in doors_of(session, home, COMMUNE, hamlet, "an", home.now())}
    assert notes(home) == []


def test_two_who_saw_it_otherwise_are_both_told_and_an_officer_decides(home: Home, hamlet: str) -> None:
    press(home, "a", "refused", "an", ago=30)
    took = press(home, "b", "done", "binh", ago=10)
    assert (took.state, took.stands) == ("differs", "done")
    assert took.other is not None
    assert (took.other.by, took.other.outcome) == ("an", "refused")
    assert notes(home) == [("an", "refused", True), ("binh", "done", True)]
    with home.db.read() as session:
        ((visit, both),) = disputes(session, COMMUNE, hamlet)
        assert [note.id for note in both] == ["a", "b"]
    home.db.write(lambda s: decide(s, home, visit.id or 0, "a", "lan", home.now()))
    assert stands(home) == ("refused", "lan")
    with home.db.read() as session:
        assert disputes(session, COMMUNE) == []
        # what was seen wrongly is taken back, and stays in the history
        assert session.get_one(Standing, visit.person).asxh_account == "unknown"
    assert len(notes(home)) == 3
    with pytest.raises(BadInput, match="đã có người quyết định"):
        home.db.write(lambda s: decide(s, home, visit.id or 0, "b", "lan", home.now()))


@pytest.mark.parametrize("first", ["met", "absent"], ids=["the later came first", "the earlier came first"])
def test_of_one_day_having_met_somebody_outweighs_having_met_nobody(home: Home, hamlet: str, first: str) -> None:
    come = {"met": ("m", "done", "an", 60), "absent": ("n", "absent", "binh", 5)}
    order = ["met", "absent"] if first == "met" else ["absent", "met"]
    states = [press(home, *come[name]).state for name in order]
    assert stands(home) == ("done", "an")
    assert states == (["taken", "kept"] if first == "met" else ["taken", "taken"])
    assert {disputed for _, _, disputed in notes(home)} == {False}


def test_the_same_seen_by_two_is_no_dispute(home: Home, hamlet: str) -> None:
    press(home, "a", "done", "an", ago=30)
    assert press(home, "b", "done", "binh").state == "taken"
    assert {disputed for _, _, disputed in notes(home)} == {False}


def test_door_counts_that_come_late_or_twice_add_up(home: Home, hamlet: str) -> None:
    def count(came: int, helped: int, key: str, by: str) -> None:
        home.db.write(lambda s: count_at_door(s, 1, came, helped, by, home.now(), key))

    home.db.write(lambda s: plan_session(s, COMMUNE, hamlet, "đình làng", home.now() + 30 * MINUTE, 30, 2, home.now()))
    for key in ("h1", "h2", "h1"):  # the phone that counts who was helped finds its line first
        count(0, 1, key, "an")
    for key in ("c1", "c2", "c3", "c3"):
        count(1, 0, key, "binh")
    with home.db.read() as session:
        rows = session.exec(select(DoorCount)).all()
        assert len(rows) == 5
    held = home.db.write(lambda s: tally(s, 1, 4, 2, "lan", home.now()))
    assert (held.came, held.helped) == (4, 2)
    count(1, 0, "c4", "binh")
    with home.db.read() as session:
        row = session.get_one(HelpSession, 1)
        assert (row.came, row.helped) == (5, 2)
