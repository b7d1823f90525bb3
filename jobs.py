"""Jobs: small idempotent functions that run by themselves. When they run stands in scheduler.py.

A job may run twice, late or not at all in one round; the ledger's states make that harmless. Who asks for jobs is
one process at a time: it holds the lease of the lane named "scheduler". Who does them: carrier.py where the database
is PostgreSQL, else the same process.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from campaigns.campaigns import campaign_named, finish_over, plan_due_steps, plan_one_part
from campaigns.engine import healing, ledger
from campaigns.engine.candidates import LANE_OF
from campaigns.engine.dispatch import all_of, drain_all
from campaigns.reports.closing import close_due
from campaigns.results.keeping import keep_due
from campaigns.states import DeliveryState
from campaigns.tables import Delivery
from channels import lanes, senders
from channels.gate import Turns
from channels.inbox import Inbox
from channels.line import CONNECT_S
from channels.senders import Sender
from channels.tables import Lane
from channels.transport import ANSWER_TIMEOUT_S, Transport
from database import away
from register import entering, retention
from register.asking import forget_ended
from register.errors import BadInput
from register.facts import grow_up
from register.home import Home
from register.rotation import seal_the_rest
from register.tables import Arrival, LinkCode

if TYPE_CHECKING:
    from carrier import Carrier

log = structlog.get_logger(__name__)

SCHEDULER = "scheduler"  # the lease that says who heals and plans, and that somebody is alive
KEEP_USED_CODES = timedelta(days=7)
SENT = {"accepted", "refused", "lost"}
EVERY_LANE = sorted({lane for lane in LANE_OF.values() if lane})
LOOK_AGAIN_S = 1.0
# A drain that has more to send ends after this, so that lanes move between processes. From one drain to the next up to
# 0.7 s of the lane's pace is lost: 0.6 % of it; every 30 s it was more than the 2 % that may be lost.
DRAIN_S = 120.0
ANSWERED_S = CONNECT_S + ANSWER_TIMEOUT_S + 2  # what was asked last is answered by then, and written down
END_S = ANSWERED_S + 5  # so long a process that ends waits for what is under way: jobs are cut off before


@dataclass
class Work:
    """What the jobs of one process work with. ``holder`` names the process in leases."""

    home: Home
    senders: dict[str, Sender]
    holder: str
    inbox: Inbox | None = None  # only `serve` has one
    turns: dict[str, Turns] = field(default_factory=dict)
    stopping: bool = False  # the process ends: nothing new is begun
    leads_until: datetime | None = None  # this process is the one scheduler, until then
    carrier: Carrier | None = None  # on PostgreSQL: the queue by which processes share the work
    doing: set[asyncio.Task[Any]] = field(default_factory=set, repr=False)

    @property
    def leads(self) -> bool:
        """Whether this process is the one scheduler now."""
        return self.leads_until is not None and self.home.now() < self.leads_until

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """What the running task does in this block is waited for when the process ends."""
        task = asyncio.current_task()
        assert task is not None
        self.doing.add(task)
        try:
            yield
        finally:
            self.doing.discard(task)


@contextmanager
def bearing(job: str) -> Iterator[None]:
    """While the database is away a job ends in one line of the log; it is asked for again when its time comes."""
    try:
        yield
    except DBAPIError as error:
        if not away(error):
            raise
        log.warning("database_away", job=job, error=type(error.orig).__name__)


async def lead(work: Work) -> None:
    """Take or renew the lease of the one scheduler."""
    now = work.home.now()
    fence = await work.home.db.awrite(lambda session: ledger.hold_lane(session, SCHEDULER, work.holder, now))
    if (fence is not None) != work.leads:
        log.info("scheduler", leads=fence is not None)
    work.leads_until = None if fence is None else now + ledger.LEASE


async def stop_leading(work: Work) -> None:
    """Give the lease back, so that the next process need not wait for its end."""
    work.leads_until = None
    await work.home.db.awrite(lambda session: ledger.free_lane(session, SCHEDULER, work.holder, work.home.now()))


async def drain_lanes(work: Work) -> Counter[str]:
    """Send what is due on every lane that is set up, until nothing is. One that has much to send holds up no other:
    while it goes on, the others look again every LOOK_AGAIN_S.
    """
    busy, idle = set(EVERY_LANE), asyncio.Event()

    def rest(lane: str) -> None:
        busy.discard(lane)
        if not busy:
            idle.set()

    async def drain(lane: str) -> Counter[str]:
        total: Counter[str] = Counter()
        try:
            while not (idle.is_set() or work.stopping):
                done = await drain_lane(work, lane)
                total.update(done)
                if done.keys() & SENT:
                    busy.add(lane)
                    continue  # the timer's next second would be a gap
                rest(lane)
                with suppress(TimeoutError):
                    await asyncio.wait_for(idle.wait(), LOOK_AGAIN_S)
        finally:  # also when it failed: the others must not wait for it
            rest(lane)
        return total

    return sum(await all_of(drain(lane) for lane in EVERY_LANE), Counter())


async def drain_lane(work: Work, lane: str) -> Counter[str]:
    """Send what is due on this lane ("": on every lane), for so long as one job may last. Counts what became of it."""
    done = await drain_all(
        work.home,
        work.senders,
        work.holder,
        work.turns,
        DRAIN_S,
        only=lane,
        stopping=lambda: work.stopping,
    )
    if done:
        log.info("drained", **done)
    return done


async def due_lanes(work: Work) -> list[str]:
    """The lanes on which something waits."""
    now = work.home.now()
    return await work.home.db.aread(lambda session: [n for n in EVERY_LANE if ledger.anything_due(session, n, now)])


async def heal(work: Work) -> Counter[str]:
    """Lapsed leases, holds whose time has come, campaigns that are over, launches that a crash cut, later steps due."""
    now = work.home.now()

    def go_on(session: Session) -> Counter[str]:
        finished = finish_over(session, now)
        return +Counter(finished=finished, planned=plan_due_steps(session, work.home, now))

    # two writes: whoever cancels holds the campaign and waits for its rows, so nobody may hold rows and wait for it
    healed = await work.home.db.awrite(lambda session: healing.sweep(session, now))
    healed += await work.home.db.awrite(go_on)
    if work.carrier is not None:
        await begin_anew(work, now)
    while (part := await work.home.db.awrite(lambda s: plan_one_part(s, work.home, now))) is not None:
        healed["planned"] += part
    if healed:
        log.info("healed", **healed)
    return healed


async def begin_anew(work: Work, now: datetime) -> None:
    """A drain that hangs in a process that lives is cut off, so that the lane's next one may begin."""
    assert work.carrier is not None
    still = await work.home.db.aread(lambda session: healing.still_lanes(session, now))
    for lane in still.keys() & await work.carrier.cut_off(still):
        campaigns = dict.fromkeys(still[lane], 1)
        await work.home.db.awrite(lambda s, of=campaigns: healing.note_healed(s, "begun_anew", of, now))  # type: ignore[misc]


async def tidy(work: Work) -> None:
    """Drop sign-ins, linking codes, ways in, row codes and inbox traces whose time is over; children have grown up."""
    now, keep_chats_days = work.home.now(), work.home.settings.keep_chats_days

    def write(session: Session) -> None:
        entering.tidy_up(session, now)
        session.execute(delete(LinkCode).where(col(LinkCode.expires_at) < now - KEEP_USED_CODES))
        session.execute(delete(Arrival).where(col(Arrival.at) < now - timedelta(days=keep_chats_days)))
        forget_ended(session, now)
        grow_up(session, now)

    await work.home.db.awrite(write)
    if work.carrier is not None:
        await work.carrier.forget_old()
    if work.inbox is not None:
        await work.inbox.tidy(now)


async def take_back(work: Work) -> int:
    """Jobs of processes that died go to those that live. Without a queue there are none."""
    number = await work.carrier.take_back() if work.carrier is not None else 0
    if number:
        log.info("jobs_taken_back", jobs=number)
    return number


async def let_go(work: Work) -> None:
    """Keep what campaigns came to and what reports say; then remove identities, chats and words whose time is over, and
    seal anew what carries an older key.
    """
    home, now = work.home, work.home.now()
    await home.db.awrite(lambda session: keep_due(session, now))
    await asyncio.to_thread(close_due, home, now)
    await asyncio.to_thread(retention.let_go, home, now)
    try:
        await asyncio.to_thread(seal_the_rest, home, now)
    except BadInput:
        log.info("keys_are_being_rotated")


async def nudge(work: Work) -> Counter[str]:
    """Talks that were left in the middle: one reminder, the day after."""
    from bot import nudging  # the whole conversation; who only sends need not hold it

    return await nudging.nudge_all(work.home, work.senders, stopping=lambda: work.stopping)


async def raise_alarms(work: Work) -> Counter[str]:
    """Tell staff of what waits for them or is broken, once a cause, and of its end."""
    from bot.staff import alarms, watching

    quota = None
    zbs: Any = work.senders.get("zbs:main")
    if zbs is not None and watching.is_time(work.home.now()):
        quota = watching.quota_of(await zbs.client.zbs_quota())
    return await alarms.tell(work.home, quota=quota)


async def renew_tokens(work: Work) -> None:
    """Zalo's tokens, well before they end."""
    await senders.renew_tokens(work.senders)


async def read_prices(work: Work) -> None:
    """What a message costs on each lane, for rehearsals."""
    found = {lane: await sender.price() for lane, sender in work.senders.items()}
    known = {lane: price for lane, price in found.items() if price is not None}

    def write(session: Session) -> None:
        for lane, price in known.items():
            lanes.set_price(session, lane, price)

    await work.home.db.awrite(write)


def somebody_alive(session: Session, home: Home) -> bool:
    """Whether a `serve` or `worker` is there to send what a launch plans."""
    lane = session.get(Lane, SCHEDULER)
    return lane is not None and ledger.holds(lane.lease_until, home.now())


def new_work(home: Home, transport: Transport, inbox: Inbox | None = None) -> Work:
    """The work of this process, with every lane that is set up. The holder's name is unlike any other."""
    holder = f"{os.getpid()}-{secrets.token_hex(4)}"
    return Work(home, senders.build_senders(home, transport), holder, inbox)


def wait_until_sent(home: Home, name: str, commune: str | None, poll_s: float = 0.5) -> None:
    """Return when nobody of the campaign is due, claimed or being sent any more."""
    busy = (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING)
    while True:
        with home.db.read() as session:
            campaign = campaign_named(session, name, commune)
            waiting = select(col(Delivery.id)).where(
                col(Delivery.campaign) == campaign.id, col(Delivery.state).in_(busy)
            )
            if campaign.state != "running" or session.execute(waiting.limit(1)).first() is None:
                return
        time.sleep(poll_s)
