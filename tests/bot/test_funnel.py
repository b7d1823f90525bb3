"""Where people stop: by step, channel, hamlet and age, and who is stuck now."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot import service
from bot.funnel import STEPS, Funnel, Part, funnel, hide_small, not_yet_visited
from bot.stages import CHECK, CLAIMED, STAYS, Stay, Stays, stage_of, stages, stayed, stays_of
from bot.state import Input, State
from bot.tables import Conversation, Ticket
from campaigns.field.visits import add_visits
from campaigns.tables import Visit
from register.contacts import contact_for, link
from register.facts import record
from register.home import Home
from register.tables import Person
from register.units import hamlet_named

COMMUNE = "22945"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        (State(), "begun"),
        (State(at="rest"), "begun"),
        (State(at="guide", guide="asxh", step=0), "open"),
        (State(at="guide", guide="asxh", step=7), "send"),
        (State(at="guide", guide="problem.level1", step=1, back=2), "account"),  # the problem came between
        (State(at="human", back=3), "passcode"),
        (State(at="check"), CHECK),
        (State(at="since"), CHECK),
        (State(at="rest", claimed=True), CLAIMED),
        (State(at="stopped", stopped=True, back=4), "bank"),
    ],
)
def test_a_chat_has_come_so_far(state: State, stage: str) -> None:
    assert stages()[stage_of(state)] == stage


def test_every_step_of_the_guide_has_words() -> None:
    assert stages()[1:-2] == list(STEPS)


def told(home: Home) -> list[int]:
    """Chats: two at the passcode (one stuck, one just now), past all steps, done, stopped, passed away."""
    now = home.now()
    rows: list[tuple[State, datetime, str, str | None, int | None]] = [
        (State(at="guide", guide="asxh", step=3), now - 3 * DAY, "zalo", "Khu phố 1", 1950),
        (State(at="guide", guide="problem.forgot_passcode", step=0, back=3), now - HOUR, "zalo", "Khu phố 1", 1941),
        (State(at="check"), now - 5 * DAY, "telegram", "Khu phố 2", 1960),
        (State(at="rest", claimed=True), now - 9 * DAY, "zalo", "Khu phố 2", 1985),
        (State(at="stopped", stopped=True, back=5), now - 9 * DAY, "zalo", None, None),
        (State(at="mourning"), now - 9 * DAY, "zalo", "Khu phố 1", 1930),
    ]

    def store(session: Session) -> list[int]:
        people = []
        for number, (state, at, channel, hamlet, born) in enumerate(rows):
            place = hamlet_named(session, COMMUNE, hamlet) if hamlet else None
            person = Person(commune=COMMUNE, hamlet=place, birth_year=born, created_at=now, updated_at=now)
            session.add(person)
            session.flush()
            chat = contact_for(session, home, channel, f"{channel}:main", f"u{number}", now - 10 * DAY)
            link(session, person.id or 0, chat.id or 0, "self", now - 10 * DAY)
            session.add(Conversation(contact=chat.id, state=state.to_dict(), updated_at=at))
            people.append(person.id or 0)
        session.add(Ticket(commune=COMMUNE, contact=1, person=people[0], kind="stuck", opened_at=now - DAY))
        session.add(Ticket(commune=COMMUNE, contact=1, person=people[0], kind="stuck", opened_at=now - 40 * DAY))
        visit = {"commune": COMMUNE, "created_at": now, "outcome": "no_phone", "at": now - DAY}
        session.add(Visit(person=people[2], sheet=1, **visit))
        nobody = contact_for(session, home, "zalo", "zalo:main", "stranger", now)
        session.flush()
        session.add(Conversation(contact=nobody.id, state={}, updated_at=now))
        at = now - 9 * DAY
        record(session, people[3], "asxh_account", "yes", "self", as_of=at.date(), now=at, since="during")
        return people

    return home.db.write(store)


def of(home: Home) -> Funnel:
    with home.db.read() as session:
        return funnel(session, COMMUNE, home.now())


def test_a_commune_without_chats(home: Home) -> None:
    found = of(home)
    assert (found.chats, found.stuck, found.problems, found.days) == (0, [], [], None)
    assert {stage.reached for stage in found.stages} == {0}


def test_where_people_stop(home: Home) -> None:
    people = told(home)
    found = of(home)
    reached = {stage.name: stage.reached for stage in found.stages}
    assert found.chats == 6  # the stranger is in no commune
    assert [reached[name] for name in stages()] == [6, 5, 5, 5, 5, 3, 3, 2, 2, 2, 1]
    passcode = next(stage for stage in found.stages if stage.name == "passcode")
    assert (passcode.here, passcode.stuck, passcode.problem) == (2, 1, "Quên passcode")
    assert passcode.days == pytest.approx(1.5, abs=0.1)
    assert found.stuck == [people[2], people[0]]  # the longest silence first; not who is done, stopped or gone
    assert found.days == 1.0
    assert dict(found.problems) == {
        "Vướng khi đang làm": 1,
        "Quên passcode": 1,
        "Tại nhà: Không có máy thông minh": 1,
    }


def test_who_stops_by_channel_hamlet_and_age(home: Home) -> None:
    told(home)
    found = of(home)
    assert found.channels == [Part("zalo", 5, 1, 1, 1), Part("telegram", 1, 1, 0, 1)]
    assert found.hamlets == [
        Part("Khu phố 1", 3, 0, 0, 1),
        Part("Khu phố 2", 2, 2, 1, 1),
        Part("Chưa rõ địa bàn", 1, 0, 0, 0),
    ]
    assert [(part.label, part.begun) for part in found.bands] == [
        ("Dưới 60 tuổi", 1),
        ("60–69 tuổi", 1),
        ("70–79 tuổi", 1),
        ("Từ 80 tuổi", 2),
        ("Chưa rõ năm sinh", 1),
    ]


def test_whoever_said_so_is_stuck_at_once_and_whoever_has_the_account_is_not(home: Home) -> None:
    people = told(home)
    now = home.now()

    def change(session: Session) -> None:
        record(session, people[2], "asxh_account", "yes", "officer", as_of=date(2026, 11, 23), now=now)
        chat = contact_for(session, home, "zalo", "zalo:main", "u1", now)
        chat.stuck_at = now - HOUR
        session.add(chat)

    home.db.write(change)
    assert of(home).stuck == [people[0], people[1]]


def test_who_stands_on_a_visit_list_is_not_put_there_again(home: Home) -> None:
    people = told(home)
    home.db.write(lambda s: add_visits(s, None, [people[0]], home.now()))
    with home.db.read() as session:
        assert not_yet_visited(session, of(home).stuck) == [people[2]]


def test_small_lines_are_hidden_from_viewers_outside(home: Home) -> None:
    def parts(*counts: int) -> Any:
        return hide_small([Part(f"khu {number}", count, 0, 0, 0) for number, count in enumerate(counts)])

    assert parts(9, 5) == [Part("khu 0", 9, 0, 0, 0), Part("khu 1", 5, 0, 0, 0)]
    assert parts(9, 4, 7) == [Part("khu 0", 9, 0, 0, 0), "khu 1", "khu 2"]  # one alone could be worked out
    assert parts(9, 4, 3) == [Part("khu 0", 9, 0, 0, 0), "khu 1", "khu 2"]
    assert parts(4) == ["khu 0"]


# --- How long a step takes -------------------------------------------------------------------------

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 8:00 in Viet Nam


def walk(*turns: tuple[timedelta, State]) -> tuple[Stays, State]:
    """What is kept after these turns, each so long after 8:00."""
    kept: Stays = {}
    for after, state in turns:
        kept = stayed(kept, state, AT + after)
    return kept, state


def at_step(step: int, after: timedelta = timedelta(0), **more: Any) -> State:
    return State(at="guide", guide="asxh", step=step, last=int((AT + after).timestamp()), **more)


def test_a_stay_is_from_first_coming_to_first_going_beyond() -> None:
    kept, state = walk(
        (timedelta(0), State()),
        (timedelta(minutes=1), at_step(0)),
        (timedelta(minutes=3), at_step(1)),
        (timedelta(minutes=4), State(at="guide", guide="problem.level1", back=1)),  # a problem is part of its step
        (timedelta(minutes=5), at_step(0)),  # a step back and on again: the first stay stands
        (timedelta(minutes=9), at_step(1)),
        (timedelta(minutes=13), State(at="check")),  # past all the others
        (timedelta(minutes=14), State(claimed=True)),
        (timedelta(minutes=90), State(at="guide", guide="asxh", claimed=True)),
    )
    found = {name: stay.seconds for name, stay in stays_of(kept, state).items()}
    assert found == {"begun": 60, "open": 120, "menu": 600, CHECK: 60}
    assert not any(stay.other_day for stay in stays_of(kept, state).values())


def test_nights_count_and_whoever_is_still_there_has_no_time() -> None:
    kept, state = walk((timedelta(0), at_step(3)), (20 * HOUR, at_step(4)), (21 * HOUR, at_step(4, 21 * HOUR)))
    assert stays_of(kept, state) == {"passcode": Stay(20 * 3600, True), "bank": Stay(None, False)}
    kept, state = walk((timedelta(0), at_step(3)), (30 * HOUR, at_step(3, 30 * HOUR)))
    assert stays_of(kept, state) == {"passcode": Stay(None, True)}  # another day, and not beyond it yet


def test_a_guide_with_other_steps_reads_what_was_kept_before(home: Home) -> None:
    assert stays_of({"a step of last year": [0, 60]}, State()) == {"a step of last year": Stay(60, False)}
    assert {stage.took for stage in of(home).stages} == {None}


def test_the_median_of_a_step_needs_five_people_and_goes_with_their_chats(home: Home, clock: Any) -> None:
    """Turns of the service itself: five chats, of which each takes a minute longer for the first step."""

    def chat(session: Session, number: int) -> int:
        now = home.now()
        person = Person(commune=COMMUNE, created_at=now, updated_at=now)
        session.add(person)
        session.flush()
        contact = contact_for(session, home, "zalo", "zalo:main", f"s{number}", now)
        link(session, person.id or 0, contact.id or 0, "self", now)
        return contact.id or 0

    def turn(contact: int, button: str) -> None:
        inp = Input("button", button=button)
        home.db.write(lambda s: service.take_turn(s, home, contact, inp, home.now()))

    opened = []
    for number in range(1, 6):
        contact = home.db.write(lambda s, n=number: chat(s, n))  # type: ignore[misc]
        opened.append(contact)
        turn(contact, "guide.start")
        turn(contact, "who.self")
        assert next(stage for stage in of(home).stages if stage.name == "open").took is None
        clock.advance(number * timedelta(minutes=1))
        turn(contact, "guide.next")
    step = next(stage for stage in of(home).stages if stage.name == "open")
    assert (step.took, step.went_on, step.other_day) == (180, 5, 0)
    clock.advance(DAY)
    turn(opened[0], "guide.next")
    menu = next(stage for stage in of(home).stages if stage.name == "menu")
    assert (menu.took, menu.went_on, menu.other_day) == (None, 1, 1)
    with home.db.read() as session:
        kept = session.get_one(Conversation, opened[0]).state[STAYS]
    assert [len(stay) for stay in kept.values()].count(2) == len(kept) - 1
    home.db.write(lambda s: service.withdraw(s, home, "zalo", "zalo:main", "s1", home.now()))
    assert next(stage for stage in of(home).stages if stage.name == "open").took is None
