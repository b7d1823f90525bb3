"""Planning a campaign: one INSERT … SELECT for everybody, beside deciding and inserting row by row.

Both write the same rows by the same rules: campaigns/decide.py has one face for the set, one for a person.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from benchmarks.run import Measured, seconds
from benchmarks.world import bench_home, draft, settle
from campaigns import ledger
from campaigns.campaigns import moment_for
from campaigns.candidates import LANE_OF, load
from campaigns.decide import Hold, Send, decide
from campaigns.plan import plan
from campaigns.segments import segment_named
from campaigns.tables import Campaign, Delivery
from register.home import Home
from register.tables import Person, Standing

PEOPLE, PEOPLE_QUICK = 50_000, 3_000
PEER_PEOPLE = 300  # row by row is slow and even: a sample is enough
RUNS = 3


def measure(quick: bool) -> Measured:
    """People planned a second, by the set and one by one."""
    people = PEOPLE_QUICK if quick else PEOPLE
    with bench_home() as home:
        settle(home, people)
        campaign = home.db.write(lambda s: draft(s, home))
        by_set = seconds(lambda: home.db.write(lambda s: _by_set(s, home, campaign)), RUNS)
        with home.db.read() as session:
            planned = ledger.counts(session, campaign.id or 0).planned
        one_by_one = seconds(lambda: home.db.write(lambda s: _one_by_one(s, home, campaign)))
    rate, peer = planned / by_set, PEER_PEOPLE / one_by_one
    return Measured(
        figures={"people": people, "planned": planned, "plan_s": by_set, "per_s": rate, "row_by_row_per_s": peer},
        ratios={"set_over_row_by_row": rate / peer},
        targets={"set_over_row_by_row": ("least", 10)},
    )


def _by_set(session: Session, home: Home, campaign: Campaign) -> None:
    session.execute(delete(Delivery))
    plan(session, campaign, moment_for(session, home, campaign, home.now()))


def _one_by_one(session: Session, home: Home, campaign: Campaign) -> None:
    session.execute(delete(Delivery))
    moment = moment_for(session, home, campaign, home.now())
    members = select(col(Person.id)).join(Standing, col(Standing.person) == Person.id)
    for person in session.execute(members.where(segment_named(campaign.segment).sql()).limit(PEER_PEOPLE)).scalars():
        candidate = load(session, campaign, moment, [person])[person]
        decision = decide(candidate, moment)
        row = {"campaign": campaign.id, "step": 1, "person": person, "changed_at": moment.now, "tried": []}
        if isinstance(decision, Send):
            row |= {"state": "due", "channel": decision.channel, "lane": LANE_OF[decision.channel]}
            row |= {"contact": decision.contact, "due_at": moment.now}
        else:
            row |= {"state": "held" if isinstance(decision, Hold) else "skipped", "reason": decision.reason}
        session.execute(insert(Delivery).values(**row))
