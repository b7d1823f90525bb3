"""What a campaign came to is kept at its end, and stays so: three more lists, a visit and an erasure change nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from audio.tables import AirEntry, Airing, Bulletin, Recording
from campaigns import campaigns
from campaigns.results.keeping import keep_due, kept
from campaigns.results.results import results
from campaigns.results.touches import Paths, paths
from campaigns.tables import Attempt, Attendance, Campaign, Delivery, HelpSession, KeptResults, SeatOrder, Visit
from register.arrivals import note_arrival, payload
from register.contacts import contact_for, make_link_code, use_link_code
from register.erase import erase
from register.facts import record
from register.home import Clock, Home
from register.tables import Fact

COMMUNE = "22945"
DAY = timedelta(days=1)


@pytest.fixture
def ended(home: Home, clock: Clock, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]) -> Any:
    """Four people, written to on the first day. One says so, one is seen at home, one is in a list, one is silent."""
    now = home.now()

    def begin(session: Session) -> tuple[Campaign, list[int]]:
        people = [make_person(session, now=now - DAY, zalo=f"z{n}") for n in range(4)]
        campaign = make_campaign(session, now=now, channels=("zalo", "visit"))
        campaigns.approve(session, campaign, "minh", now)
        campaigns.launch(session, home, campaign, "lan", now)
        for row in session.exec(select(Delivery).where(Delivery.step == 1)).all():
            row.state = "accepted"
            session.add(row)
            at = now + timedelta(hours=1)
            session.add(Attempt(delivery=row.id, channel="zalo", lane="zalo:main", at=at, result="accepted"))
        return campaign, people

    campaign, people = home.db.write(begin)

    def said(who: int, evidence: Any, value: str = "yes", as_of: date | None = None) -> None:
        at = home.now()
        day = as_of or at.date()
        home.db.write(lambda s: record(s, who, "asxh_account", value, evidence, as_of=day, now=at, since="during"))

    def on_paper(session: Session) -> None:
        code = make_link_code(session, home, people[0], home.now(), "qr")
        chat = contact_for(session, home, "zalo", "zalo:main", "new", home.now())
        use_link_code(session, home, code, chat.id or 0, "self", home.now())
        for who, way in (("z1", "link"), ("z2", "qr")):
            came = contact_for(session, home, "zalo", "zalo:main", who, home.now())
            note_arrival(session, came.id or 0, payload(way, COMMUNE), home.now())
        now, about = home.now(), {"text_hash": "", "created_at": home.now()}
        bulletin = Bulletin(**about, commune=COMMUNE, title="", text="", author="lan")
        session.add(bulletin)
        session.flush()
        measures = dict.fromkeys(("duration_s", "lufs", "true_peak_dbtp", "syllables_per_minute"), 1.0)
        recording = Recording(**about, **measures, bulletin=bulletin.id, voice="v", draft=False, file="", sha256="")
        session.add(recording)
        session.flush()
        session.add(Airing(id=1, commune=COMMUNE, recording=recording.id, planned_at=now, seconds=60, planned_by="lan"))
        session.flush()
        for hours in (1, 2, 30):
            entry = {"commune": COMMUNE, "airing": 1, "key": f"k{hours}", "what": "played", "by": "loa"}
            at = home.now() + timedelta(hours=hours)
            session.add(AirEntry(**entry, planned_at=at, at=at, received_at=at))

    def at_home(session: Session) -> None:
        place = {"commune": COMMUNE, "hamlet": f"{COMMUNE}-01", "place": "nhà văn hóa", "capacity": 9}
        held = HelpSession(**place, starts_at=home.now() - timedelta(hours=3))
        session.add(held)
        session.flush()
        session.add(Attendance(session=held.id, person=people[1], by="cap", at=home.now()))
        session.add(SeatOrder(session=held.id, person=people[1], by="lan", at=home.now() - DAY))
        visit = session.exec(select(Visit).where(Visit.person == people[1])).one()
        visit.outcome, visit.by, visit.at = "done", "cap", home.now()
        session.add(visit)

    clock.advance(2 * DAY)
    home.db.write(on_paper)
    clock.advance(2 * DAY)
    said(people[0], "self")
    clock.advance(6 * DAY)
    home.db.write(at_home)
    said(people[1], "officer")
    clock.advance(10 * DAY)
    said(people[2], "register", as_of=home.now().date() - 5 * DAY)
    clock.set(datetime.combine(campaign.ends_on + DAY, datetime.min.time(), now.tzinfo))  # type: ignore[attr-defined]
    home.db.write(lambda s: campaigns.finish_over(s, home.now()))
    with home.db.read() as session:
        campaign = session.get_one(Campaign, campaign.id)
    return campaign, people, said


def test_how_long_it_took_and_what_came_before(home: Home, ended: Any) -> None:
    campaign, _, _ = ended
    with home.db.read() as session:
        found = paths(session, campaign, home.now())
    nothing = dict.fromkeys(("message", "qr", "link", "chat", "session", "came", "visit", "bulletin"), 0)
    seen_at_home = nothing | dict.fromkeys(("message", "link", "session", "came", "visit", "bulletin"), 1)
    hours = 1 / 24
    assert found["self"] == Paths(
        1, round(4 - hours, 1), {"qr": 1}, nothing | {"message": 1, "qr": 1, "chat": 1, "bulletin": 1}, 2
    )
    assert found["officer"] == Paths(1, round(10 - hours, 1), {"visit": 1}, seen_at_home, 2)
    assert found["register"].last == {"qr": 1}
    assert 14 < (found["register"].median_days or 0) < 16  # as of its day, not of the day it was read


def test_nobody_has_no_median(home: Home, ended: Any) -> None:
    campaign, _, _ = ended
    with home.db.read() as session:
        found = paths(session, campaign, campaign.launched_at)
    assert found["self"] == Paths(0, None, {}, dict.fromkeys(found["self"].touched, 0), None)


def test_what_is_kept_stays_whatever_comes_later(home: Home, clock: Clock, ended: Any) -> None:
    campaign, people, said = ended
    assert home.db.write(lambda s: keep_due(s, home.now())) == 1
    assert home.db.write(lambda s: keep_due(s, home.now())) == 0
    with home.db.read() as session:
        first = kept(session, campaign)["end"]
    assert (first.results.self_, first.results.officer, first.results.register) == (1, 1, 1)
    assert first.same
    for month in range(3):  # three more lists: one more is in, one is not, one is corrected for an earlier day
        clock.advance(9 * DAY)
        said(people[3], "register")
        said(people[0], "register", "no")
        said(people[1], "register", "no", as_of=date(2026, 11, 28 + month))
    erase(home, people[0], "lan", home.now())
    erase(home, people[2], "lan", home.now())
    clock.advance(30 * DAY)
    assert home.db.write(lambda s: keep_due(s, home.now())) == 1
    with home.db.read() as session:
        after = kept(session, campaign)
        assert session.exec(select(Fact).where(col(Fact.person) == people[0])).first() is not None
    assert after["end"] == first  # the same figures, the same ways there, and reckoned again the same
    assert after["lists"].same
    assert (after["lists"].results.register, after["lists"].results.contradicted) == (2, 1)
    assert (after["lists"].results.self_, after["lists"].results.officer) == (1, 1)


def test_a_figure_that_facts_no_longer_give_is_told(home: Home, ended: Any) -> None:
    campaign, _, _ = ended
    home.db.write(lambda s: keep_due(s, home.now()))

    def forge(session: Session) -> None:
        row = session.get_one(KeptResults, (campaign.id, "end"))
        row.figures = row.figures | {"results": row.figures["results"] | {"self": 3}}
        session.add(row)

    home.db.write(forge)
    with home.db.read() as session:
        told = kept(session, campaign)["end"]
        assert told.results.self_ == 3
        assert results(session, campaign, told.at).self_ == 1
    assert not told.same


def test_a_campaign_that_never_ran_or_still_runs_keeps_nothing(
    home: Home, clock: Clock, make_campaign: Callable[..., Campaign]
) -> None:
    def two(session: Session) -> None:
        campaigns.cancel(session, make_campaign(session, now=home.now()), "lan", home.now())
        running = make_campaign(session, now=home.now(), name="đợt 2")
        campaigns.approve(session, running, "minh", home.now())
        campaigns.launch(session, home, running, "lan", home.now())

    home.db.write(two)
    clock.advance(100 * DAY)
    assert home.db.write(lambda s: keep_due(s, home.now())) == 0
