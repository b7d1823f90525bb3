"""What staff are told by itself of troubles that only many rows show: told once, and of its end, in bot and console."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.staff import alarms, watching
from bot.staff.watching import Quota
from bot.tables import Conversation, StaffAlarm, Ticket
from campaigns.tables import Attempt, Campaign, Delivery
from channels.outcome import Accepted
from channels.transport import Answer
from register.facts import record
from register.home import Home
from register.tables import Contact, Person, PersonContact
from register.units import hamlet_named

COMMUNE = "22945"


def people(session: Session, how_many: int, now: Any, hamlet: str = "Khu phố 1") -> list[tuple[int, int]]:
    """(person, contact) of so many people of one hamlet, each with a chat."""
    place, made = hamlet_named(session, COMMUNE, hamlet), []
    for number in range(how_many):
        person = Person(commune=COMMUNE, hamlet=place, created_at=now, updated_at=now)
        contact = Contact(channel="zalo", lane="zalo:main", lookup=f"{hamlet}{number}".encode(), created_at=now)
        session.add_all([person, contact])
        session.flush()
        session.add(PersonContact(person=person.id, contact=contact.id, at=now))
        made.append((person.id or 0, contact.id or 0))
    return made


def standing(home: Home, quota: Quota | None = None) -> dict[str, str]:
    """What stands now, as it would be told: kind → text."""
    with home.db.read() as session:
        found = alarms.causes(session, home.now(), quota)
    return {key: cause.begins for key, cause in found.items()}


@pytest.mark.parametrize(("reports", "told"), [(2, False), (3, True)])
def test_a_wave_of_scams_in_one_hamlet_is_told_without_naming_it(home: Home, reports: int, told: bool) -> None:
    def report(session: Session) -> None:
        for _, contact in people(session, reports, home.now()):
            session.add(Ticket(commune=COMMUNE, contact=contact, kind="scam", opened_at=home.now()))
        for _, contact in people(session, 2, home.now(), "Khu phố 2"):
            session.add(Ticket(commune=COMMUNE, contact=contact, kind="scam", opened_at=home.now()))

    home.db.write(report)
    found = standing(home)
    assert (f"scam:{COMMUNE}-01" in found) is told
    assert not [text for text in found.values() if "Khu phố" in text]


def test_one_phone_that_reports_three_times_is_no_wave(home: Home) -> None:
    def report(session: Session) -> None:
        ((_, contact),) = people(session, 1, home.now())
        session.add_all([Ticket(commune=COMMUNE, contact=contact, kind="scam", opened_at=home.now()) for _ in range(3)])

    home.db.write(report)
    assert standing(home) == {}


@pytest.mark.parametrize(("stand", "go_on", "told"), [(10, 15, True), (10, 16, False), (9, 0, False)])
def test_a_step_where_many_stop_is_told(home: Home, stand: int, go_on: int, told: bool) -> None:
    def talk(session: Session) -> None:
        for number, (_, contact) in enumerate(people(session, stand + go_on, home.now())):
            still = number < stand
            state = {"at": "guide", "guide": "asxh", "step": 3 if still else 1 + number % 2}
            at = home.now() - (watching.STOOD + timedelta(minutes=1) if still else timedelta(minutes=5))
            session.add(Conversation(contact=contact, state=state, updated_at=at))

    home.db.write(talk)
    found = standing(home)
    assert (f"step:{COMMUNE}.asxh.3" in found) is told
    if told:
        assert "10 người đứng ở bước 4" in found[f"step:{COMMUNE}.asxh.3"]


@pytest.mark.parametrize(("gained", "told"), [(2, True), (3, False)])
def test_a_campaign_under_its_path_is_told(home: Home, clock: Any, gained: int, told: bool) -> None:
    """20 people, 60 % wanted: 12 in 10 days; after 5 days 6 are on the path, and 3 are half of it."""
    start = home.now()

    def launch(session: Session) -> list[int]:
        campaign = Campaign(
            commune=COMMUNE, name="Đợt 1", segment="nq418-ready", channels=["visit"], steps=[], author="lan",
            starts_on=start.date(), ends_on=date(2026, 12, 2), launched_at=start, created_at=start, state="running",
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        made = [person for person, _ in people(session, 20, start)]
        for person in made:
            record(session, person, "asxh_account", "no", "register", as_of=date(2026, 11, 1), now=start)
            row = Delivery(campaign=campaign.id, step=1, person=person, state="held", changed_at=start)
            session.add(row)
        return made

    made = home.db.write(launch)
    assert standing(home) == {}
    clock.advance(timedelta(days=5))

    def reach(session: Session) -> None:
        for person in made[:gained]:
            record(session, person, "asxh_account", "yes", "self", as_of=date(2026, 11, 25), now=home.now())

    home.db.write(reach)
    assert any(key.startswith("path:") for key in standing(home)) is told


def test_a_refused_template_is_told_until_one_goes_through(home: Home) -> None:
    def attempt(session: Session, result: str, code: str = "") -> None:
        row = session.exec(select(Delivery)).first()
        if row is None:
            ((person, _),) = people(session, 1, home.now())
            campaign = Campaign(
                commune=COMMUNE, name="Đợt", segment="nq418-ready", channels=["zbs"], steps=[], author="lan",
                starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1), created_at=home.now(),
            )  # fmt: skip
            session.add(campaign)
            session.flush()
            row = Delivery(campaign=campaign.id, step=1, person=person, state="failed", changed_at=home.now())
            session.add(row)
            session.flush()
        session.add(
            Attempt(delivery=row.id, channel="zbs", lane="zbs:main", at=home.now(), result=result, error_code=code)
        )

    home.db.write(lambda s: attempt(s, "failed", "-131"))
    assert "template:zbs:main" in standing(home)
    home.db.write(lambda s: attempt(s, "accepted"))
    assert standing(home) == {}


@pytest.mark.parametrize(("left", "told"), [("50", True), ("51", False), ("?", False)])
def test_a_quota_that_is_nearly_used_is_told(home: Home, left: str, told: bool) -> None:
    said = Answer(200, {"error": 0, "data": {"dailyQuota": "500", "remainingQuota": left}})
    assert ("quota:zbs:main" in standing(home, watching.quota_of(said))) is told
    assert watching.quota_of(Accepted("1")) is None


def test_it_is_told_once_and_nobody_takes_it_back_between_two_looks(home: Home, clock: Any) -> None:
    def turn(quota: Quota | None) -> list[str]:
        def step(session: Session) -> list[str]:
            alarms.letters_of(session, home, home.now(), alarms.causes(session, home.now(), quota))
            return [alarm.cause for alarm in session.exec(select(StaffAlarm)).all()]

        return home.db.write(step)

    nearly = Quota(500, 10)
    assert turn(nearly) == ["quota:zbs:main"]
    clock.advance(timedelta(minutes=1))
    assert turn(None) == ["quota:zbs:main"]  # nobody looked
    clock.advance(timedelta(minutes=9))
    assert turn(None) == ["quota:zbs:main"]  # Zalo did not answer
    assert turn(Quota(500, 400)) == []
