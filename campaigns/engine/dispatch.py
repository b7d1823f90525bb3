"""The dispatcher: how one lane's due messages go out. What happens if we die in the middle of it?

    1. Hold the lane: a lease with a fencing number, so that two drains never both send.
    2. Claim a batch of due rows. (Dying here: the lease lapses, the rows are due again.)
    3. Ask the rules again, since time has passed; hold or skip whom they strike. Write the others' letters.
    4. Mark the next few as ``sending`` and commit. (Dying from here on: these few become ``unknown``.)
    5. Send them, at the lane's pace, and record each answer as an attempt.

A turn of the loop is one commit: it records what was answered since the last one, claims where few are left, and marks
the next. No more than ``in_flight`` rows are ever marked and not recorded: that bounds what a crash leaves unknown.
This module and all it imports know neither aiogram nor telegram nor sklearn.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from math import inf
from operator import attrgetter

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from campaigns.campaigns import moment_for
from campaigns.engine import ledger, tallies
from campaigns.engine.candidates import LANE_OF, load
from campaigns.engine.decide import RECHECK, Hold, Moment, Send, Skip, tomorrow
from campaigns.engine.ledger import Claimed
from campaigns.engine.texts import Letter, letters
from campaigns.engine.verdicts import verdicts
from campaigns.field import seats
from campaigns.tables import Campaign
from channels import lanes
from channels.gate import Turns
from channels.outcome import Later, Lost, Outcome, Refused
from channels.pace import Pace
from channels.senders import Sender
from channels.telegram.limits import BULK_PER_SECOND as TELEGRAM_PER_SECOND
from channels.telegram.limits import BULK_PLACES as TELEGRAM_PLACES
from channels.zalo.limits import BULK_PER_SECOND as ZALO_PER_SECOND
from content.message import Message
from database import away, crossed
from register.home import Home

log = structlog.get_logger(__name__)

IN_FLIGHT_S, IN_FLIGHT, IN_FLIGHT_MOST = 0.15, 8, 256  # what the lane sends in so long, but not fewer, not more
BATCH_S, BATCH, BATCH_MOST = 5.0, 16, 2_048  # claimed at once: short enough that what the rules said still holds
POUR_S = 0.001  # answers that come closer than this are waited for
LOOK_S = 0.25  # so long an answer waits at the most until others fill its commit
PRICE_AGAIN = timedelta(minutes=1)  # a lane's price is not known yet: soon somebody has asked the provider
AWAY_S = 1.0  # while the database is away: so long until what was answered is written down again
# A lane whose answers get lost, one after the other: each is a message that nobody may send again by itself. After so
# many it rests; then one goes alone, and the rest grows with each that is lost.
MANY_LOST, LOST_REST_S, LOST_REST_MOST_S = 8, 30.0, 600.0
LATE = 1.5  # burst of a bulk pace: makes up for timers that wake late, lets no two leave at once
OF_STEP = attrgetter("campaign", "step")


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
    seconds: float = inf  # then the run ends by itself, and is asked for again
    ticks: Callable[[], float] = time.monotonic
    stopping: Callable[[], bool] = lambda: False  # the process ends: what is on its way is answered, no batch is begun
    done: Counter[str] = field(default_factory=Counter)
    _served: str | None = None  # the commune whose rows were claimed last
    _ready: deque[Letter] = field(default_factory=deque, repr=False)  # claimed and asked
    _dry: bool = False  # nothing was due when last asked
    _going_to: dict[int, int] = field(default_factory=dict, repr=False)  # contact → row that is ready or on its way
    _out: int = 0  # marked and not recorded
    _answered: list[tuple[Letter, Outcome | None]] = field(default_factory=list, repr=False)
    _wanted: int = 0  # answers that are worth a commit
    _enough: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _resting: bool = False  # the provider wants rest, or the lane is somebody else's
    _struck: bool = False  # so many answers got lost that the lane is to rest
    _counted: Counter[str] = field(default_factory=Counter, repr=False)  # what the commit under way records
    _unsure: bool = False  # whether the last commit was one: the database went away
    _leaves_until: datetime = field(init=False)  # what was marked last may leave no later than its lease

    def __post_init__(self) -> None:
        self._leaves_until = self.home.now()
        a_second = self.turns.pace.per_second
        self.in_flight = int(min(max(a_second * IN_FLIGHT_S, IN_FLIGHT), IN_FLIGHT_MOST))
        self.batch = int(min(max(a_second * BATCH_S, BATCH), BATCH_MOST))

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
            async with asyncio.TaskGroup() as sending:
                going = True
                while going or self._out:
                    going = not self._resting and self.ticks() < ends and not self.stopping()
                    for letter in await self._turn(fence, going):
                        sending.create_task(self._send(letter, self._leaves_until))
                    going = going and bool(self._out or self._ready or not self._dry)
                    await self._some_answers()
        finally:
            try:
                await db.awrite(lambda s: ledger.free_lane(s, lane, self.holder, self.home.now()))
            except DBAPIError as error:
                if not away(error):
                    raise
                log.warning("lane_not_freed", lane=lane)  # its lease ends by itself
        return self.done

    async def _turn(self, fence: int, going: bool) -> list[Letter]:
        """One commit. Returns what may leave now."""
        answered, self._answered = self._answered, []
        most = 1 if self.turns.strikes else self.in_flight
        room = max(most - self._out + len(answered), 0) if going else 0
        next_few: list[Letter] = []

        def write(session: Session) -> list[Letter]:
            now = self.home.now()
            self._leaves_until = now + ledger.LEASE
            self._record(session, answered, now)
            if room and not self._closed and lanes.held_until(session, self.sender.lane, now):
                self._resting = True
                return []
            if len(self._ready) < room:
                self._claim_and_ask(session, fence, now)
            next_few.extend(self._ready.popleft() for _ in range(min(room, len(self._ready))))
            return self._mark(session, next_few, fence, now)

        try:
            marked = await self.home.db.awrite(write)
        except DBAPIError as error:
            again = isinstance(error, OperationalError) and crossed(error)
            if not (again or away(error)):
                raise
            log.warning("turn_not_written", lane=self.sender.lane, crossed=again)  # what was answered is kept
            self._answered = answered + self._answered
            self._ready.extendleft(reversed(next_few))
            if not again:
                self._unsure = self._resting = True  # nothing new leaves before what came back is written down
                await asyncio.sleep(AWAY_S)
            return []
        self._unsure = False
        if answered:  # now that it is written down
            self.done.update(self._counted)
            log.info("sent", lane=self.sender.lane, **self._counted)
        self._out += len(marked) - len(answered)
        return marked

    async def _some_answers(self) -> None:
        """Return when enough came back for a commit of their own, or any did a moment ago."""
        self._wanted = min(self._out, max(self.in_flight // 3, 1))
        while len(self._answered) < self._wanted:
            self._enough.clear()
            try:
                await asyncio.wait_for(self._enough.wait(), LOOK_S)
            except TimeoutError:
                if self._answered:
                    return
        seen = 0
        while seen < len(self._answered) < self._out:  # they pour in: one commit can take them all
            seen = len(self._answered)
            await asyncio.sleep(POUR_S)

    def _claim_and_ask(self, session: Session, fence: int, now: datetime) -> None:
        """Steps 2 and 3."""
        if ledger.hold_lane(session, self.sender.lane, self.holder, now) != fence:
            self._resting = True
            return
        claimed = ledger.claim(session, self.sender.lane, self.holder, fence, now, self.batch, self._served)
        self._dry = not claimed
        if self._dry:
            return
        of = {number: session.get_one(Campaign, number) for number in {row.campaign for row in claimed}}
        self._served = of[claimed[-1].campaign].commune
        seats.one_after_another(session, {campaign.commune for campaign in of.values()}, now)
        go: list[Claimed] = []
        for (number, step), rows in groupby(sorted(claimed, key=OF_STEP), OF_STEP):
            go += self._ask(session, of[number], moment_for(session, self.home, of[number], now, step), list(rows))
        for campaign in of.values():
            if campaign.budget_vnd is not None:
                go = self._paid_for(session, campaign, go, now)
        self._ready += letters(session, self.home, go, now)

    def _ask(self, session: Session, campaign: Campaign, moment: Moment, rows: Sequence[Claimed]) -> list[Claimed]:
        decisions = verdicts(session, campaign, moment, rows)
        go = []
        for row in rows:
            decision = decisions[row.person]
            if isinstance(decision, Send) and self._going_to.get(decision.contact) == row.id:
                continue  # its lease had lapsed while it was waiting here, and now it is ours again
            if isinstance(decision, Send) and decision.contact in self._going_to:
                # two people behind one chat: the first one's attempt is not recorded yet; the second waits
                decision = Hold(tomorrow(None, moment), "cap_phone")
            if self._closed and decision == Skip("no_channel"):
                decision = Hold(moment.now + RECHECK, "channel_off")
            if isinstance(decision, Hold | Skip):
                ledger.put_back(session, row.id, decision, moment.now)
                self.done[decision.reason] += 1
            elif (decision.channel, decision.contact) != (row.channel, row.contact):
                ledger.reroute(session, row.id, decision.channel, decision.contact, moment.now)
            else:
                self._going_to[row.contact] = row.id
                go.append(row)
        if moment.seats and go:
            seats.take(session, moment.seats, [row.id for row in go])
        return go

    def _paid_for(self, session: Session, campaign: Campaign, go: list[Claimed], now: datetime) -> list[Claimed]:
        """Without those for whom the budget does not last. It is passed by less than what one message costs.

        What other batches and lanes have under way is counted at its highest price. While nobody has told a lane's
        price, a message may cost all there is: then they go one by one.
        """
        budget, known = campaign.budget_vnd or 0, lanes.prices(session)
        prices = {channel: known.get(channel, budget) for channel in LANE_OF}
        mine = [row for row in go if row.campaign == campaign.id]
        price = prices[self.sender.channel]
        if not mine or not price:
            return go
        others = tallies.on_its_way(session, campaign.id or 0, prices) - len(mine) * price
        left = budget - tallies.spent(session, campaign.id or 0) - others
        over = mine[max(-(-left // price), 0) :]
        until = now + (RECHECK if self.sender.channel in known else PRICE_AGAIN)
        for row in over:
            ledger.put_back(session, row.id, Hold(until, "budget"), now)
            self.done["budget"] += 1
            self._going_to.pop(row.contact, None)
        left_out = {row.id for row in over}
        return [row for row in go if row.id not in left_out]

    def _mark(self, session: Session, some: Sequence[Letter], fence: int, now: datetime) -> list[Letter]:
        """Step 4. What was paused, stopped or switched off since the claim stays claimed, and is freed at the end."""
        if not some:
            return []
        marked = ledger.mark_sending(session, [letter.row.id for letter in some], self.holder, fence, now)
        self._no_longer(letter for letter in some if letter.row.id not in marked)
        return [letter for letter in some if letter.row.id in marked]

    def _no_longer(self, some: Iterable[Letter]) -> None:
        for letter in some:
            self._going_to.pop(letter.row.contact, None)

    async def _send(self, letter: Letter, until: datetime) -> None:
        outcome: Outcome | None = None
        async with self.turns:
            if not self._resting and self.home.now() < until:  # later another may hold the lane: we were stopped
                try:
                    outcome = await self.sender.send(letter.address, letter.message, letter.params)
                except Exception as error:  # a fault of our own must not lose the row: nobody knows whether it left
                    # neither the error's text nor its frames' values: they hold the address and the letter
                    log.error("sender_fault", lane=self.sender.lane, error=type(error).__name__)
                    outcome = Lost("fault")
        if isinstance(outcome, Later) and outcome.whole_lane:
            self._resting = True
        self._heard(outcome)
        self._answered.append((letter, outcome))
        if len(self._answered) >= self._wanted:
            self._enough.set()

    def _heard(self, outcome: Outcome | None) -> None:
        """Count what got lost in a row; any real answer ends the row."""
        if isinstance(outcome, Lost):
            self.turns.lost += 1
            if not self._struck and (self.turns.strikes or self.turns.lost >= MANY_LOST):
                self.turns.strikes += 1
                self._struck = self._resting = True
        elif outcome is not None and not (isinstance(outcome, Later) and outcome.code == "not_sent"):
            self.turns.lost = self.turns.strikes = 0

    def _record(self, session: Session, answered: Sequence[tuple[Letter, Outcome | None]], now: datetime) -> None:
        """Step 5."""
        if not answered:
            return
        some = [letter for letter, _ in answered]
        if self._unsure:
            left = ledger.on_their_way(session, [letter.row.id for letter in some])
            answered = [(letter, said) for letter, said in answered if letter.row.id in left]
        answers = [(letter.row, said, self._next_channel(session, letter.row, said, now)) for letter, said in answered]
        ledger.record_all(session, answers, now)
        if self._struck:
            rest_s = min(LOST_REST_S * 2 ** max(self.turns.strikes - 1, 0), LOST_REST_MOST_S)
            lanes.hold(session, self.sender.lane, now + timedelta(seconds=rest_s), replies=False)
        self._no_longer(some)
        self._counted = Counter(type(said).__name__.lower() for _, said in answered if said is not None)

    def _next_channel(
        self, session: Session, row: Claimed, outcome: Outcome | None, now: datetime
    ) -> tuple[str, int] | None:
        if not isinstance(outcome, Refused) or outcome.error_class == "payload":
            return None
        campaign = session.get_one(Campaign, row.campaign)
        moment = moment_for(session, self.home, campaign, now, row.step)
        candidate = load(session, campaign, moment, [row.person])[row.person]
        chosen = candidate.by(moment.channels, [*row.tried, row.channel])
        return (chosen.channel, chosen.contact) if chosen.channel else None


async def drain_all(
    home: Home,
    senders: Mapping[str, Sender],
    holder: str,
    turns: dict[str, Turns],
    seconds: float = inf,
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
    for done in await all_of(runs):
        total.update(done)
    return total


async def all_of(runs: Iterable[Awaitable[Counter[str]]]) -> list[Counter[str]]:
    """What all of them came to. One that fails is told when the others have ended: none goes on with nobody waiting."""
    ended = await asyncio.gather(*runs, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]


def _closed_lanes(session: Session, senders: Mapping[str, Sender], now: datetime) -> dict[str, str]:
    """Lanes that are switched off or have no sender, with their channel where something waits for them, else ""."""
    off = lanes.switched_off(session)
    closed = {lane: channel for channel, lane in LANE_OF.items() if lane and (channel in off or lane not in senders)}
    return {lane: channel if ledger.anything_due(session, lane, now) else "" for lane, channel in closed.items()}
