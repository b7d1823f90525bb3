from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from campaigns.results.results import Results, results
from campaigns.tables import Campaign, Delivery
from register.home import Home
from register.tables import Fact, Person

COMMUNE = "22945"
LAUNCH = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)

# (evidence, value, day of as_of counted from the launch day, since)
Told = tuple[str, str, int, str]


def told(evidence: str, day: int, value: str = "yes", since: str = "during") -> Told:
    return evidence, value, day, since


def outcome(home: Home, *facts: Told, now: datetime = LATER, goal: str = "asxh_account") -> Results:
    """Results of a campaign (23/11 to 20/12) with one planned person of whom ``facts`` were told, in order."""

    def store(session: Session) -> Campaign:
        campaign = Campaign(
            commune=COMMUNE,
            name="Đợt 1",
            segment="nq418-ready",
            goal=goal,
            channels=["zalo"],
            steps=[{"message": "first", "after_days": 0}],
            starts_on=date(2026, 11, 23),
            ends_on=date(2026, 12, 20),
            author="lan",
            launched_at=LAUNCH,
            created_at=LAUNCH,
        )
        person = Person(commune=COMMUNE, created_at=LAUNCH, updated_at=LAUNCH)
        other = Person(commune=COMMUNE, created_at=LAUNCH, updated_at=LAUNCH)
        session.add_all([campaign, person, other])
        session.flush()
        assert campaign.id is not None
        assert person.id is not None
        assert other.id is not None
        for step in (1, 2):
            session.add(Delivery(campaign=campaign.id, step=step, person=person.id, state="skipped", changed_at=LAUNCH))
        for evidence, value, day, since in facts:
            at = LAUNCH + timedelta(days=day, hours=1 if day >= 0 else 0)
            for who in (person.id, other.id):
                session.add(
                    Fact(person=who, kind=goal, value=value, evidence=evidence, since=since, as_of=at.date(), at=at)
                )
        return campaign

    campaign = home.db.write(store)
    with home.db.read() as session:
        found = results(session, campaign, now)
    assert found.planned == 1  # the other person was not planned, and a reminder is no second person
    return found


def counted(found: Results) -> tuple[int, int, int, int, int]:
    """self, officer, register, had before, contradicted"""
    return found.self_, found.officer, found.register, found.had_before, found.contradicted


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("nothing is known", [], (0, 0, 0, 0, 0)),
        ("the list said no, the person says yes", [told("register", -5, "no"), told("self", 2)], (1, 0, 0, 0, 0)),
        ("each level counts for itself", [told("self", 2), told("officer", 3), told("register", 30)], (1, 1, 1, 0, 0)),
        ("had it before, says the person", [told("self", 2, since="before")], (0, 0, 0, 1, 0)),
        ("had it before, says an older list", [told("register", -5), told("self", 2)], (0, 0, 0, 1, 0)),
        ("a chat after the last day", [told("self", 28)], (0, 0, 0, 0, 0)),
        ("a list 31 days after the last day", [told("register", 27 + 31)], (0, 0, 1, 0, 0)),
        ("a list later still", [told("register", 27 + 32)], (0, 0, 0, 0, 0)),
        ("took the claim back", [told("self", 2), told("self", 4, "no")], (0, 0, 0, 0, 0)),
        ("a later list says no", [told("self", 2), told("register", 20, "no")], (1, 0, 0, 0, 1)),
        ("an older list says no", [told("register", 1, "no"), told("officer", 2)], (0, 1, 0, 0, 0)),
        (
            "the list says no, then yes",
            [told("self", 2), told("register", 8, "no"), told("register", 30)],
            (1, 0, 1, 0, 0),
        ),
    ],
)
def test_a_result_is(home: Home, name: str, facts: list[Told], expected: tuple[int, ...]) -> None:
    assert counted(outcome(home, *facts)) == expected, name


def test_a_list_imported_after_the_launch_but_older_tells_what_was_before(home: Home) -> None:
    found = outcome(home, told("self", 3), told("register", -4))
    assert counted(found) == (0, 0, 0, 1, 0)


def test_nothing_counts_before_it_was_known(home: Home) -> None:
    found = outcome(home, told("self", 2), told("officer", 9), now=LAUNCH + timedelta(days=5))
    assert counted(found) == (1, 0, 0, 0, 0)
    assert found.to_json() == {
        "self": 1,
        "officer": 0,
        "register": 0,
        "planned": 1,
        "had_before": 0,
        "contradicted": 0,
        "as_of": "2026-11-28",
    }


def test_a_campaign_for_the_identity_level_counts_active_level_two(home: Home) -> None:
    found = outcome(home, told("register", -2, "below_2"), told("officer", 6, "2_active"), goal="eid_level")
    assert counted(found) == (0, 1, 0, 0, 0)
