"""The dispatcher: how one lane's due messages go out. What happens if we die in the middle of it?

    1. Hold the lane: a lease with a fencing number, so that two drains never both send.
    2. Claim a batch of due rows. (Dying here: the lease lapses, the rows are due again.)
    3. Ask the rules again for each, since time has passed; hold or skip whom they strike.
    4. Mark the next few as ``sending`` and commit. (Dying from here on: these few become ``unknown``.)
    5. Send them, at the lane's pace; record each answer as an attempt.

No more than IN_FLIGHT rows are ever marked and unanswered: that bounds what a crash leaves unknown.
This module and all it imports know neither aiogram nor telegram nor sklearn.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlmodel import Session

from campaigns import ledger
from campaigns.campaigns import moment_for
from campaigns.candidates import LANE_OF, load
from campaigns.decide import RECHECK, Hold, Send, Skip, decide, tomorrow
from campaigns.tables import Campaign, Delivery
from campaigns.texts import Letter, letters
from channels import lanes
from channels.gate import Turns
from channels.outcome import Later, Lost, Outcome, Refused
from channels.pace import Pace
from channels.senders import Sender
from channels.telegram.limits import BULK_PER_SECOND as TELEGRAM_PER_SECOND
from channels.telegram.limits import BULK_PLACES as TELEGRAM_PLACES
from channels.zalo.limits import BULK_PER_SECOND as ZALO_PER_SECOND
from content.message import Message
from register.home import Home

log = structlog.get_logger(__name__)

IN_FLIGHT = 8
BATCH = 64
LATE = 1.5  # burst of a bulk pace: makes up for timers that wake late, lets no two leave at once
DRAIN_S = 30.0  # a drain ends by itself after this, and is asked for again


def turns_of(channel: str) -> Turns:
    """The bulk turns of a channel's lane: evenly, and where the provider counts by the second never too many in one."""
    if channel == "telegram":
        return Turns(Pace(TELEGRAM_PER_SECOND, LATE), TELEGRAM_PLACES)
    return Turns(Pace(ZALO_PER_SECOND, LATE))


@dataclass
class ClosedLane:
    """Stands for the sender of a channel that is switched off or no longer set up: its rows go to other lanes."""

    channel: str
    lane: str

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        """Never asked: no rule chooses a closed channel."""
        return Refused("config", "channel_off")

    async def price(self) -> int | None:
        return None


@dataclass
class Drain:
    """One run over one lane. ``turns`` outlive it when given, so that runs never bunch."""

    home: Home
    sender: Sender
    holder: str
    turns: Turns = field(default_factory=lambda: Turns(Pace(ZALO_PER_SECOND)))
    seconds: float = DRAIN_S
    ticks: Callable[[], float] = time.monotonic
    stopping: Callable[[], bool] = lambda: False  # the process ends: what is on its way is answered, no batch is begun
    done: Counter[str] = field(default_factory=Counter)
    _served: str | None = None  # the commune whose rows were claimed last
    _going_to: set[int] = field(default_factory=set, repr=False)  # contacts of the newest batch

    @property
    def _closed(self) -> bool:
        return isinstance(self.sender, ClosedLane)

    async def run(self) -> Counter[str]:
        """Send until nothing is due, the lane is held up, or the time is over. Returns outcomes counted."""
        db, lane = self.home.db, self.sender.lane
        ends = self.ticks() + self.seconds
        fence = await db.awrite(lambda s: ledger.hold_lane(s, lane, self.holder, self.home.now()))
        if fence is None:
            return self.done
        try:
            ready = await self._next(fence)
            while ready is not None and self.ticks() < ends and not self.stopping():
                following = asyncio.create_task(self._next(fence))  # asked while this batch goes out: no gap between
                go_on = await self._send_batch(ready, fence)
                ready = await following
                if not go_on:
                    break
        finally:
            await db.awrite(lambda s: ledger.free_lane(s, lane, self.holder))
        return self.done

    async def _next(self, fence: int) -> list[tuple[Delivery, Letter]] | None:
        """The next batch, asked and ready to go; None: nothing is due, or the lane is held."""
        now = self.home.now()
        held = await self.home.db.aread(lambda s: lanes.held_until(s, self.sender.lane, now))
        if held and not self._closed:
            return None
        return await self.home.db.awrite(lambda s: self._claim_and_ask(s, fence, now))

    async def _send_batch(self, ready: list[tuple[Delivery, Letter]], fence: int) -> bool:
        """Two groups are on their way at any time, so that one is marked while the other goes out."""
        going: list[asyncio.Task[bool]] = []
        go_on, size = True, IN_FLIGHT // 2
        for start in range(0, len(ready), size):
            if len(going) == 2:
                go_on = await going.pop(0)
            if not go_on:
                break
            going.append(asyncio.create_task(self._send_some(ready[start : start + size], fence)))
        return all([await one for one in going]) and go_on

    def _claim_and_ask(self, session: Session, fence: int, now: datetime) -> list[tuple[Delivery, Letter]] | None:
        """Steps 2 and 3. None: nothing was due; rows that a rule struck are already put back."""
        if ledger.hold_lane(session, self.sender.lane, self.holder, now) != fence:
            return None
        claimed = ledger.claim(session, self.sender.lane, self.holder, fence, now, BATCH, self._served)
        if not claimed:
            return None
        self._served = session.get_one(Campaign, claimed[-1].campaign).commune
        ready: list[Delivery] = []
        # a chat of this batch or of the one that is still going out: its attempt is not recorded yet
        before, contacts_used = self._going_to, set[int]()
        for campaign, step in sorted({(d.campaign, d.step) for d in claimed}):
            rows = [d for d in claimed if (d.campaign, d.step) == (campaign, step)]
            ready += self._ask(session, campaign, step, rows, contacts_used, now, before)
        self._going_to = contacts_used
        return letters(session, self.home, ready, now)

    def _ask(
        self,
        session: Session,
        campaign: int,
        step: int,
        rows: list[Delivery],
        used: set[int],
        now: datetime,
        before: set[int],
    ) -> list[Delivery]:
        found = session.get_one(Campaign, campaign)
        moment = moment_for(session, self.home, found, now, step)
        candidates = load(session, found, moment, [d.person for d in rows])
        go = []
        for row in rows:
            assert row.id is not None
            decision = decide(candidates[row.person], moment, row.tried)
            if isinstance(decision, Send) and decision.contact in used | before:
                # two people behind one chat in one batch: the second waits, as the cap will say
                decision = Hold(tomorrow(None, moment), "cap_phone")
            if self._closed and decision == Skip("no_channel"):
                decision = Hold(now + RECHECK, "channel_off")
            if isinstance(decision, Hold | Skip):
                ledger.put_back(session, row.id, decision, now)
                self.done[decision.reason] += 1
            elif (decision.channel, decision.contact) != (row.channel, row.contact):
                ledger.reroute(session, row.id, decision.channel, decision.contact, now)
            else:
                used.add(decision.contact)
                go.append(row)
        return go

    async def _send_some(self, some: list[tuple[Delivery, Letter]], fence: int) -> bool:
        """Steps 4 and 5 for half of IN_FLIGHT rows. False: the lane must pause."""
        db = self.home.db
        ids = [d.id for d, _ in some if d.id is not None]
        marked = await db.awrite(lambda s: ledger.mark_sending(s, ids, self.holder, fence, self.home.now()))
        going = [(d, letter) for d, letter in some if d.id in marked]
        outcomes = await asyncio.gather(*(self._send(letter) for _, letter in going))
        now = self.home.now()

        def write(session: Session) -> None:
            for (delivery, _), outcome in zip(going, outcomes, strict=True):
                following = self._next_channel(session, delivery, outcome, now)
                ledger.record(session, delivery, outcome, following, now)

        await db.awrite(write)
        self.done.update(type(outcome).__name__.lower() for outcome in outcomes)
        log.info("sent", lane=self.sender.lane, **Counter(type(o).__name__.lower() for o in outcomes))
        return not any(isinstance(o, Later) and o.whole_lane for o in outcomes)

    async def _send(self, letter: Letter) -> Outcome:
        async with self.turns:
            try:
                return await self.sender.send(letter.address, letter.message, letter.params)
            except Exception as error:  # a fault of our own must not lose the row: nobody knows whether it left
                # neither the error's text nor its frames' values: they hold the address and the letter
                log.error("sender_fault", lane=self.sender.lane, error=type(error).__name__)
                return Lost("fault")

    def _next_channel(
        self, session: Session, delivery: Delivery, outcome: Outcome, now: datetime
    ) -> tuple[str, int] | None:
        if not isinstance(outcome, Refused) or outcome.error_class == "payload":
            return None
        campaign = session.get_one(Campaign, delivery.campaign)
        moment = moment_for(session, self.home, campaign, now, delivery.step)
        candidate = load(session, campaign, moment, [delivery.person])[delivery.person]
        chosen = candidate.by(moment.channels, [*delivery.tried, delivery.channel])
        return (chosen.channel, chosen.contact) if chosen.channel else None


async def drain_all(
    home: Home,
    senders: Mapping[str, Sender],
    holder: str,
    turns: dict[str, Turns],
    seconds: float = DRAIN_S,
    *,
    only: str = "",
    stopping: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Drain every lane (or ``only`` this one) once, side by side. ``turns`` is kept by the caller between runs.

    What waits for a lane that is closed is asked again, and goes on by another channel.
    """
    closed = await home.db.aread(lambda session: _closed_lanes(session, senders, home.now()))
    open_ = [sender for lane, sender in senders.items() if lane in LANE_OF.values() and lane not in closed]
    going: list[Sender] = [*open_, *(ClosedLane(channel, lane) for lane, channel in closed.items() if channel)]
    runs = [
        Drain(
            home,
            sender,
            holder,
            turns.setdefault(sender.lane, turns_of(sender.channel)),
            seconds,
            stopping=stopping,
        ).run()
        for sender in going
        if only in ("", sender.lane)
    ]
    total: Counter[str] = Counter()
    for done in await asyncio.gather(*runs):
        total.update(done)
    return total


def _closed_lanes(session: Session, senders: Mapping[str, Sender], now: datetime) -> dict[str, str]:
    """Lanes that are switched off or have no sender, with their channel where something waits for them, else ""."""
    off = lanes.switched_off(session)
    closed = {lane: channel for channel, lane in LANE_OF.items() if lane and (channel in off or lane not in senders)}
    return {lane: channel if ledger.anything_due(session, lane, now) else "" for lane, channel in closed.items()}
