"""Help sessions pace a campaign: no more people are invited than can be helped, and nobody is forgotten over it."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from campaigns import campaigns
from campaigns.engine import healing
from campaigns.engine.dispatch import drain_all
from campaigns.field import seats
from campaigns.field.sessions import cancel_session, change_session, plan_session
from campaigns.tables import Announcement, Campaign, Delivery, HelpSession
from campaigns.why import why
from channels.sandbox.server import Sandbox
from channels.senders import Sender, build_senders
from channels.transport import Transport
from register.home import VIETNAM, Clock, Home
from register.tables import Person

COMMUNE = "22945"
THURSDAY = datetime(2026, 11, 26, 8, 0, tzinfo=VIETNAM)  # three days from now: its wave has begun


@pytest.fixture
async def senders(home: Home, sandbox: Sandbox) -> AsyncIterator[dict[str, Sender]]:
    transport = Transport(answer_timeout_s=2)
    yield build_senders(home, transport)
    await transport.close()


@pytest.fixture
def commune(
    home: Home, sandbox: Sandbox, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]
) -> Callable[..., Campaign]:
    """``commune({THURSDAY: 3}, people=5)``: sessions of khu phố 1 with places, that many people on Zalo, a launch."""

    def make(sessions: dict[datetime, int], people: int) -> Campaign:
        now = home.now()
        uids = [sandbox.add_user("zalo", f"Người {n}") for n in range(people)]
        for uid in uids:
            sandbox.follow(uid)

        def write(session: Session) -> Campaign:
            numbers = [make_person(session, now=now, zalo=uid) for uid in uids]
            hamlet = session.get_one(Person, numbers[0]).hamlet or ""
            for begins, places in sessions.items():
                plan_session(session, COMMUNE, hamlet, "nhà văn hóa", begins, places, 2, now)
            notice = {"posted_on": now.date(), "aired": 2, "hamlets_told": 9}
            session.add(Announcement(commune=COMMUNE, document="12/TB", signed_on=now.date(), **notice))
            campaign = make_campaign(session, now=now, channels=("zalo",))
            campaigns.approve(session, campaign, "minh", now)
            campaigns.launch(session, home, campaign, "lan", now)
            return campaign

        return home.db.write(write)

    return make


def ledger_of(home: Home) -> Counter[tuple[str, str, int | None]]:
    """(state, reason, session) of the first step → people."""
    with home.db.read() as session:
        rows = select(col(Delivery.state), col(Delivery.reason), col(Delivery.session)).where(col(Delivery.step) == 1)
        return Counter((str(state), reason, place) for state, reason, place in session.execute(rows))


async def go_on(home: Home, senders: dict[str, Sender]) -> None:
    home.db.write(lambda s: healing.sweep(s, home.now()))
    for _ in range(2):
        await drain_all(home, senders, "a", {})


async def test_whoever_is_over_the_places_waits_and_is_told_why(
    home: Home, senders: dict[str, Sender], commune: Callable[..., Campaign]
) -> None:
    campaign = commune({THURSDAY: 3}, people=5)
    assert ledger_of(home) == {("due", "", None): 3, ("held", "session_full", None): 2}
    await go_on(home, senders)
    assert ledger_of(home) == {("accepted", "", 1): 3, ("held", "session_full", None): 2}
    with home.db.read() as session:
        last = session.execute(select(Person).order_by(col(Person.id).desc()).limit(1)).scalar_one()
        assert "đã đủ người" in why(session, campaign, last, home.now())


async def test_another_session_takes_those_who_waited_each_hears_of_the_own_one(
    home: Home, senders: dict[str, Sender], commune: Callable[..., Campaign], sandbox: Sandbox
) -> None:
    commune({THURSDAY: 3}, people=5)
    await go_on(home, senders)

    def another(session: Session) -> None:
        hamlet = session.execute(select(col(HelpSession.hamlet))).scalar_one()
        plan_session(session, COMMUNE, hamlet, "nhà văn hóa", THURSDAY + timedelta(hours=6), 1, 2, home.now())

    home.db.write(another)
    await go_on(home, senders)
    assert ledger_of(home) == {("accepted", "", 1): 3, ("accepted", "", 2): 1, ("held", "session_full", None): 1}


async def test_a_later_session_begins_its_wave_later_and_a_reminder_keeps_the_place(
    home: Home, senders: dict[str, Sender], commune: Callable[..., Campaign], clock: Clock, sandbox: Sandbox
) -> None:
    commune({THURSDAY: 2, THURSDAY + timedelta(days=5): 2}, people=5)
    assert ledger_of(home)["held", "wave", None] == 2
    await go_on(home, senders)
    clock.advance(timedelta(days=5))  # the first session is over, the second one's wave has begun
    await go_on(home, senders)
    found = ledger_of(home)
    assert (found["accepted", "", 1], found["accepted", "", 2], found["held", "session_full", None]) == (2, 2, 1)
    home.db.write(lambda s: campaigns.plan_due_steps(s, home, home.now()))
    with home.db.read() as session:
        second = select(col(Delivery.state), col(Delivery.reason)).where(col(Delivery.step) == 2)
        assert {tuple(row) for row in session.execute(second)} == {("due", "")}  # nobody is kept from a reminder


async def test_changing_or_calling_off_a_session_asks_everybody_anew(
    home: Home, senders: dict[str, Sender], commune: Callable[..., Campaign]
) -> None:
    commune({THURSDAY: 2, THURSDAY + timedelta(days=5): 9}, people=4)
    await go_on(home, senders)
    assert ledger_of(home) == {("accepted", "", 1): 2, ("held", "wave", None): 2}
    home.db.write(lambda s: change_session(s, 1, "nhà văn hóa", THURSDAY, 3, 2, home.now()))
    await go_on(home, senders)
    assert ledger_of(home) == {("accepted", "", 1): 3, ("held", "wave", None): 1}
    home.db.write(lambda s: cancel_session(s, 2, home.now()))
    await go_on(home, senders)
    assert ledger_of(home)["held", "session_full", None] == 1
    with home.db.read() as session:
        assert seats.invited(session, [1, 2]) == {1: 3}


async def test_a_hamlet_without_sessions_is_not_held_up(
    home: Home, senders: dict[str, Sender], commune: Callable[..., Campaign]
) -> None:
    commune({}, people=3)
    await go_on(home, senders)
    assert ledger_of(home) == {("accepted", "", None): 3}
