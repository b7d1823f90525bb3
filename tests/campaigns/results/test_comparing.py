"""What a campaign's lots can tell, from the ledger and the facts, once with a file that came in and real messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from campaigns import campaigns, drafts
from campaigns.engine.turns import turns_of
from campaigns.lots import arm_of
from campaigns.rehearsal import rehearse
from campaigns.results.comparing import comparisons
from campaigns.results.holding_out import MOST_PERCENT, hold_out
from campaigns.tables import Campaign, Delivery
from register.errors import BadInput, NotAllowed
from register.facts import Said, record_many
from register.home import VIETNAM, Clock, Home
from register.tables import AuditEvent, Person, Staff, Standing
from register.units import hamlet_named

COMMUNE = "22945"
PEOPLE, HAMLETS = 1_200, 12
DAY = timedelta(days=1)
LOT = [418, 805, 1_918, 2_256, 6, 37, 141, 410]  # a test draws the same lots every day


def peopled(session: Session, home: Home) -> list[int]:
    """PEOPLE who are all ready, in HAMLETS hamlets."""
    now = home.now()
    places = [hamlet_named(session, COMMUNE, f"Khu phố {n}") for n in range(1, HAMLETS + 1)]
    rows = [
        Person(commune=COMMUNE, hamlet=places[n % HAMLETS], birth_year=1950, created_at=now, updated_at=now)
        for n in range(PEOPLE)
    ]
    session.add_all(rows)
    session.flush()
    people = [row.id or 0 for row in rows]
    ready = {"nq418": "yes", "bank_account": "yes", "eid_level": "2_active", "asxh_account": "no"}
    said = [Said(person, kind, value) for person in people for kind, value in ready.items()]
    record_many(session, said, "register", as_of=date(2026, 11, 1), now=now)
    return people


@pytest.fixture
def launched(home: Home, make_campaign: Callable[..., Campaign]) -> Callable[..., tuple[Campaign, list[int]]]:
    """``launched(spread_days=10)``: a campaign over PEOPLE, launched; no chat is linked, so all are to be visited."""

    def make(**changes: Any) -> tuple[Campaign, list[int]]:
        def store(session: Session) -> tuple[Campaign, list[int]]:
            people = peopled(session, home)
            campaign = make_campaign(session, now=home.now(), channels=("zalo", "visit"))
            for name, value in ({"lot": LOT} | changes).items():
                setattr(campaign, name, value)
            session.add(campaign)
            campaigns.approve(session, campaign, "minh", home.now())
            campaigns.launch(session, home, campaign, "lan", home.now())
            return campaign, people

        return home.db.write(store)

    return make


def tell(home: Home, people: list[int], evidence: Any) -> None:
    said = [Said(person, "asxh_account", "yes", "during") for person in people]
    now = home.now()
    home.db.write(lambda s: record_many(s, said, evidence, as_of=now.astimezone(VIETNAM).date(), now=now))


def test_hamlets_take_turns_in_an_order_drawn_by_lot(
    home: Home, make_campaign: Callable[..., Campaign], make_person: Callable[..., int]
) -> None:
    def draft(session: Session) -> Campaign:
        for n in range(1, 6):
            make_person(session, now=home.now(), hamlet=f"Khu phố {n}", zalo=f"z{n}")
        campaign = make_campaign(session, now=home.now(), channels=("zalo",))
        campaign.spread_days = 10
        session.add(campaign)
        return campaign

    campaign = home.db.write(draft)
    with home.db.read() as session:
        turns = turns_of(session, campaign)
        days = sorted((at.astimezone(VIETNAM).date() - campaign.starts_on).days for at in turns.values())
        assert days[0] == 0
        assert days[-1] < 10  # everybody within the days, so inside the window
        assert days == [n * 10 // len(turns) for n in range(len(turns))]
        assert turns_of(session, campaign) == turns


async def test_everybody_is_written_to_inside_the_window_hamlet_by_hamlet(
    home: Home, sandbox: Any, make_campaign: Callable[..., Campaign], make_person: Callable[..., int]
) -> None:
    def draft(session: Session) -> Campaign:
        for n in range(24):
            make_person(session, now=home.now() - 2 * DAY, hamlet=f"Khu phố {n % 8 + 1}", zalo=f"z{n}")
        campaign = make_campaign(session, now=home.now(), channels=("zalo",))
        campaign.spread_days, campaign.starts_on = 8, home.now().date() + 2 * DAY  # 24/11 is a day off
        session.add(campaign)
        return campaign

    campaign = home.db.write(draft)
    with home.db.read() as session:
        trial = rehearse(session, home, campaign, home.now())
    assert (trial.planned, trial.accepted, trial.held, trial.too_late) == (24, 24, 0, 0)
    first = campaign.starts_on
    assert trial.by_day == {(first + n * DAY).isoformat(): 3 for n in range(8)}  # a hamlet a day


def test_the_order_is_a_comparison_until_the_second_half_begins(home: Home, clock: Clock, launched: Any) -> None:
    campaign, _ = launched(spread_days=12)
    with home.db.read() as session:
        order = list(turns_of(session, campaign))
        begins = turns_of(session, campaign)[order[HAMLETS // 2]]
        assert comparisons(session, campaign, home.now()) == []  # too early to say anything
        hamlets = dict(session.execute(select(col(Person.id), col(Person.hamlet))).all())
    early = [person for person, hamlet in sorted(hamlets.items()) if hamlet in order[: HAMLETS // 2]]
    late = [person for person in sorted(hamlets) if person not in set(early)]
    clock.advance(2 * DAY)
    tell(home, early[: len(early) * 3 // 10], "self")
    tell(home, late[: len(late) // 10], "self")
    tell(home, early[:30], "register")
    clock.set(begins + DAY)  # type: ignore[attr-defined]
    tell(home, late, "officer")  # after their turn: no part of the comparison
    with home.db.read() as session:
        (asked,) = comparisons(session, campaign, home.now())
    said = asked.by_level["self"]
    assert [arm.totals for arm in said.arms] == [(180, 600), (60, 600)]
    assert len(said.arms[0].people) == HAMLETS // 2
    assert said.difference == pytest.approx(0.2)
    assert "Korn" in said.method
    assert [arm.totals for arm in asked.by_level["register"].arms] == [(30, 600), (0, 600)]
    assert asked.by_level["officer"].arms[1].totals == (0, 600)
    assert f"{begins.astimezone(VIETNAM):%d/%m/%Y}" in asked.title


def test_doors_do_not_wait_for_a_turn_so_their_order_compares_nothing(home: Home, clock: Clock, launched: Any) -> None:
    campaign, people = launched(spread_days=12, channels=["visit"])
    clock.advance(13 * DAY)
    tell(home, people[:100], "officer")
    with home.db.read() as session:
        assert comparisons(session, campaign, home.now()) == []


def test_two_wordings_are_held_beside_each_other(home: Home, clock: Clock, launched: Any) -> None:
    steps = [{"message": "first", "variants": ["session"]}]
    campaign, people = launched(steps=steps)

    def sent(session: Session) -> dict[int, int]:
        for row in session.exec(select(Delivery)).all():
            row.state = "accepted"
            session.add(row)
        return {row.person: row.variant for row in session.exec(select(Delivery)).all()}

    variant = home.db.write(sent)
    assert variant == {person: arm_of(person, campaign.lot, 2) for person in people}  # the set's face and the one's
    clock.advance(DAY)
    first = [person for person in people if variant[person] == 0]
    tell(home, first[: len(first) // 2], "self")
    with home.db.read() as session:
        (asked,) = comparisons(session, campaign, home.now())
    assert asked.by_level["self"].sound
    assert (asked.by_level["self"].low or 0) > 0.4
    assert "hơn" in asked.by_level["self"].said


@pytest.mark.parametrize(("hamlets", "days"), [(7, 0), (8, 9)])
def test_hamlets_take_turns_by_default_where_there_are_enough(home: Home, hamlets: int, days: int) -> None:
    def store(session: Session) -> int:
        for n in range(1, hamlets + 1):
            hamlet_named(session, COMMUNE, f"Khu phố {n}")
        first = home.now().astimezone(VIETNAM).date()
        window = (first, first + timedelta(days=27))
        return drafts.start(session, COMMUNE, "đợt 1", "nq418-ready", ["zalo"], *window, "lan", home.now()).spread_days

    assert home.db.write(store) == days


# --- Holdout ----------------------------------------------------------------------------------------


def allowing(session: Session, home: Home) -> None:
    """Logins: of the commune's own province, of another one, and of an officer of the commune."""
    for login, role, unit in (("hoa", "province", "68"), ("khac", "province", "01"), ("xa", "officer", COMMUNE)):
        session.add(Staff(login=login, name=login, role=role, unit=unit, created_at=home.now()))


def test_nobody_is_held_out_without_the_province(home: Home, make_campaign: Callable[..., Campaign]) -> None:
    campaign = home.db.write(lambda s: make_campaign(s, now=home.now()))
    home.db.write(lambda s: allowing(s, home))
    for by in ("lan", "xa", "khac", "ai đó"):
        with pytest.raises(NotAllowed, match="tỉnh"):
            home.db.write(lambda s, by=by: hold_out(s, campaign, 10, "12/SYT", by, home.now()))
    for percent, document in ((0, "12/SYT"), (MOST_PERCENT + 1, "12/SYT"), (10, " ")):
        with pytest.raises(BadInput):
            home.db.write(lambda s, p=percent, d=document: hold_out(s, campaign, p, d, "hoa", home.now()))


def test_who_is_held_out_gets_nothing_and_is_compared(home: Home, clock: Clock, launched: Any) -> None:
    campaign, people = launched(holdout_percent=20, holdout_document="12/SYT-XH", holdout_by="hoa")
    with home.db.read() as session:
        skipped = campaigns.status(session, campaign)["skipped"]
        out = set(session.exec(select(Delivery.person).where(Delivery.reason == "holdout")).all())
        assert session.exec(select(Standing).where(col(Standing.person).in_(out))).first() is not None
    assert skipped == {"holdout": len(out), "visit": PEOPLE - len(out)}
    assert abs(len(out) - PEOPLE / 5) < 4 * (PEOPLE * 0.16) ** 0.5
    clock.advance(DAY)
    tell(home, [person for person in people if person not in out][:400], "officer")
    tell(home, sorted(out)[:20], "officer")
    with home.db.read() as session:
        (asked,) = comparisons(session, campaign, home.now())
    found = asked.by_level["officer"]
    assert [arm.totals[0] for arm in found.arms] == [400, 20]
    assert found.sound
    assert (found.low or 0) > 0.2
    assert "12/SYT-XH" in asked.title


def test_the_provinces_leave_is_on_record_and_wants_a_new_approval(
    home: Home, make_campaign: Callable[..., Campaign]
) -> None:
    def store(session: Session) -> Campaign:
        campaign = make_campaign(session, now=home.now())
        campaigns.approve(session, campaign, "minh", home.now())
        allowing(session, home)
        hold_out(session, campaign, 15, "12/SYT-XH", "hoa", home.now())
        return campaign

    campaign = home.db.write(store)
    assert (campaign.state, campaign.approver) == ("draft", None)
    assert (campaign.holdout_percent, campaign.holdout_document, campaign.holdout_by) == (15, "12/SYT-XH", "hoa")
    with home.db.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "campaign_held_out")).one()
    assert (event.actor, event.detail) == ("hoa", {"percent": 15, "document": "12/SYT-XH"})
