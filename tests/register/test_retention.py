"""What nobody needs any more goes by itself, and no figure of the past changes by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

import jobs
import scheduler
from bot.tables import Conversation, Ticket
from campaigns.reports.reports import monthly
from campaigns.tables import Delivery
from channels.transport import Transport
from register.audit import verify
from register.contacts import contact_for, link, stop
from register.home import Home
from register.importing import SourceInfo, import_list
from register.people import citizen_lookup
from register.retention import due, let_go
from register.sample import sample_workbook
from register.tables import AuditEvent, Contact, Person, Source, Tombstone

COMMUNE = "22945"
PEOPLE, CHATS = timedelta(days=181), timedelta(days=91)


def left(home: Home, number: int, reason: str = "moved") -> None:
    def close(session: Session) -> None:
        person = session.get_one(Person, number)
        person.closed_at, person.closed_reason = home.now(), reason

    home.db.write(close)


def known(home: Home) -> set[int]:
    """Whose identity is still there."""
    with home.db.read() as session:
        return {n or 0 for n in session.exec(select(Person.id).where(col(Person.sealed).is_not(None)))}


def listed(home: Home) -> None:
    """A list came in just now."""
    source = Source(commune=COMMUNE, kind="list", as_of=home.now().date(), at=home.now())
    home.db.write(lambda session: session.add(source))


def test_who_left_is_forgotten_half_a_year_later(home: Home, clock: Any, add_person: Callable[..., int]) -> None:
    gone, here = add_person("060046303054"), add_person("060139001068")
    left(home, gone)
    clock.advance(timedelta(days=179))
    listed(home)
    assert let_go(home, home.now()).people == 0
    clock.advance(timedelta(days=2))
    with home.db.read() as session:
        assert due(session, home, home.now()).to_json() | {"contacts": 0} == {
            "people_left": 1, "people_over": 0, "contacts": 0, "conversations": 0, "tickets": 0
        }  # fmt: skip
    assert known(home) == {gone, here}  # looking removes nothing
    assert let_go(home, home.now()).people_left == 1
    assert known(home) == {here}
    with home.db.read() as session:
        assert session.get_one(Person, gone).closed_reason == "moved"
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "identities_removed")).one()
        assert (event.subject, event.detail["rows"]) == (COMMUNE, 1)
        assert verify(session, home).ok
    assert let_go(home, home.now()).people == 0


def test_the_days_count_from_the_end_of_the_last_campaign_they_were_in(
    home: Home, clock: Any, add_person: Callable[..., int], add_campaign: Callable[..., int]
) -> None:
    planned, not_planned = add_person("060046303054"), add_person("060139001068")
    campaign = add_campaign(date(2026, 11, 23), date(2027, 3, 31))
    row = Delivery(campaign=campaign, step=1, person=planned, state="accepted", changed_at=home.now())
    home.db.write(lambda session: session.add(row))
    for number in (planned, not_planned):
        left(home, number)
    clock.advance(PEOPLE)
    let_go(home, home.now())
    assert known(home) == {planned}
    clock.set(home.now().replace(year=2027, month=9, day=28))
    let_go(home, home.now())
    assert known(home) == set()


def test_who_stands_in_the_lists_stays_while_lists_come_or_a_campaign_runs(
    home: Home, clock: Any, add_person: Callable[..., int], add_campaign: Callable[..., int]
) -> None:
    number = add_person("060046303054")
    listed(home)
    clock.advance(PEOPLE)
    add_campaign(home.now().date(), home.now().date() + timedelta(days=30))
    assert let_go(home, home.now()).people == 0
    clock.advance(timedelta(days=100))
    assert let_go(home, home.now()).people == 0
    clock.advance(timedelta(days=112))
    assert let_go(home, home.now()).people_over == 1
    with home.db.read() as session:
        person = session.get_one(Person, number)
        assert (person.closed_reason, person.closed_at) == ("retention", home.now())


def test_one_commune_s_silence_is_not_another_s(home: Home, clock: Any, add_person: Callable[..., int]) -> None:
    here, there = add_person("060046303054"), add_person("060139001068", commune="22960")
    clock.advance(PEOPLE)
    listed(home)
    let_go(home, home.now())
    assert known(home) == {here}
    assert there


def test_past_figures_stay_exactly_as_they_were(home: Home, clock: Any, tmp_path: Path) -> None:
    sample_workbook(tmp_path / "a.xlsx")
    import_list(home, tmp_path / "a.xlsx", COMMUNE, source=SourceInfo(date(2026, 11, 1)), by="lan")
    with home.db.read() as session:
        some = [n or 0 for n in session.exec(select(Person.id).order_by(col(Person.id)).limit(30))]
    for number in some:
        left(home, number, "died" if number % 2 else "left_list")
    clock.advance(timedelta(days=365))

    def figures() -> list[dict[str, Any]]:
        months = ((2026, 11), (2026, 12), (2027, 1))
        with home.db.read() as session:
            return [monthly(session, COMMUNE, *month, home.now()).to_json() for month in months]

    before = figures()
    assert let_go(home, home.now()).people == 447
    assert known(home) == set()
    assert figures() == before
    assert before[0]["people"] == 417


def test_a_later_list_may_bring_somebody_back(home: Home, clock: Any, tmp_path: Path) -> None:
    sample_workbook(tmp_path / "a.xlsx")
    import_list(home, tmp_path / "a.xlsx", COMMUNE, source=SourceInfo(date(2026, 11, 1)), by="lan")
    clock.advance(PEOPLE)
    let_go(home, home.now())
    again = import_list(home, tmp_path / "a.xlsx", COMMUNE, source=SourceInfo(date(2027, 6, 1)), by="lan")
    assert again.new == 447
    assert len(known(home)) == 447


def test_talk_is_forgotten_and_a_stop_is_not(home: Home, clock: Any, add_person: Callable[..., int]) -> None:
    number = add_person("060046303054")

    def talk(session: Session) -> list[int]:
        chats = [contact_for(session, home, "zalo", "zalo:main", f"77{n}", home.now()).id or 0 for n in range(2)]
        link(session, number, chats[0], "self", home.now())  # the other leads to nobody
        stop(session, chats[1], home.now())
        words = home.keys.seal([{"text": "chân tôi đau"}], "ticket")
        for contact in chats:
            session.add(Conversation(contact=contact, state={"at": "guide"}, updated_at=home.now()))
            for closed in (home.now(), None):
                row = Ticket(contact=contact, kind="human", sealed=words, opened_at=home.now(), closed_at=closed)
                session.add(row)
        return chats

    linked, stray = home.db.write(talk)
    clock.advance(timedelta(days=89))
    with home.db.read() as session:
        assert not any(due(session, home, home.now()).to_json().values())
    clock.advance(timedelta(days=2))
    done = let_go(home, home.now())
    assert (done.contacts, done.tickets, done.people) == (1, 1, 0)
    with home.db.read() as session:
        assert session.exec(select(Conversation)).all() == []
        open_words = [t.contact for t in session.exec(select(Ticket)) if t.sealed]
        assert open_words == [linked]  # nobody has answered yet
        assert session.get_one(Contact, linked).sealed
        assert session.get_one(Contact, stray).sealed is None
        assert session.exec(select(Tombstone.kind)).all() == ["stopped"]
    again = home.db.write(lambda s: contact_for(s, home, "zalo", "zalo:main", "771", home.now()))
    assert again.stopped_at is not None


async def test_it_happens_every_night_in_one_process_only(
    home: Home, clock: Any, add_person: Callable[..., int]
) -> None:
    number = add_person("060046303054")
    left(home, number)
    clock.advance(PEOPLE)
    transport = Transport()
    first, second = jobs.new_work(home, transport), jobs.new_work(home, transport)
    night = next(row for row in scheduler.TABLE if row.job is jobs.let_go)
    await jobs.lead(second)
    await jobs.lead(first)
    await scheduler.act(night, first)
    assert known(home) == {number}
    await scheduler.act(night, second)
    assert known(home) == set()
    await transport.close()
    with home.db.read() as session:
        assert (
            session.exec(select(Person).where(Person.lookup == citizen_lookup(home.keys, "060046303054"))).all() == []
        )


@pytest.mark.parametrize("days", ["0", "30", "9999"])
def test_a_time_too_short_or_too_long_is_refused(days: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from settings import Settings

    monkeypatch.setenv("TUNGNHA_KEEP_PEOPLE_DAYS", days)
    with pytest.raises(ValueError, match="keep_people_days"):
        Settings()
