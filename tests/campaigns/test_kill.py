"""The kill drill: real processes die in the middle of a campaign, and nobody is forgotten or written to twice.

`tungnha serve` (or `worker`) is killed with SIGKILL while it sends to the sandbox, three times; then it runs to the
end. Every start is two minutes later on the processes' clock, so that leases of the dead have lapsed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from campaigns import ledger
from campaigns.campaigns import approve, launch, status
from campaigns.states import DeliveryState
from campaigns.tables import Announcement, Campaign, Delivery
from channels.sandbox.server import Sandbox
from register.contacts import address_of
from register.home import Clock, Home
from register.tables import Contact
from settings import Settings

pytestmark = pytest.mark.slow

PEOPLE = {"zalo": 90, "telegram": 60, "phone": 50}
LANES = 3
KILLS = 3
IN_FLIGHT = 8  # rows of one lane whose request may be on its way (campaigns/dispatch.py)
SLOW_S = 0.05  # so that a kill meets requests on their way
END_S = 60.0
LATER = timedelta(minutes=2)  # a lease is one minute
BUSY = (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING)

RUN = """
import asyncio, sys
from datetime import timedelta
from register.home import Clock, open_home
from settings import Settings
import scheduler
from console.serving import serve_forever
from apscheduler.triggers.interval import IntervalTrigger
scheduler.TABLE = tuple(  # heal sooner than every 15 s: a drill must end
    scheduler.Row(row.job, IntervalTrigger(seconds=1), row.what) if row.job.__name__ == "heal" else row
    for row in scheduler.TABLE
)
home = open_home(Settings(), now=Clock(timedelta(seconds=float(sys.argv[2]))), migrate=False)
asyncio.run(serve_forever(home) if sys.argv[1] == "serve" else scheduler.work_forever(home))
"""


class Drill:
    """A running campaign against the sandbox, and the processes that send it."""

    def __init__(self, home: Home, sandbox: Sandbox, clock: Clock, campaign: int) -> None:
        self.home, self.sandbox, self.clock, self.campaign = home, sandbox, clock, campaign
        self.running: list[asyncio.subprocess.Process] = []

    async def start(self, command: str = "serve") -> asyncio.subprocess.Process:
        names = {name: value for name, value in os.environ.items() if not name.startswith("TUNGNHA_")}
        settings = {**self.sandbox.settings(), "home": self.home.path, "port": 0, "log_level": "ERROR"}
        settings["database_url"] = self.home.settings.database_url
        names |= {f"TUNGNHA_{name.upper()}": str(value) for name, value in settings.items()}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", RUN, command, str(self.clock.offset.total_seconds()), env=names,
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self.running.append(process)
        return process

    async def end(self, process: asyncio.subprocess.Process, how: signal.Signals = signal.SIGKILL) -> None:
        if process.returncode is None:
            process.send_signal(how)
        await process.wait()
        self.running.remove(process)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a condition while every process is alive."""
        async with asyncio.timeout(END_S):
            while not true():
                assert all(process.returncode is None for process in self.running)
                await asyncio.sleep(0.005)

    def arrived(self) -> int:
        return len(self.sandbox.arrivals())

    def rows(self) -> list[Delivery]:
        with self.home.db.read() as session:
            return list(session.exec(select(Delivery).where(Delivery.campaign == self.campaign)).all())

    def sent(self) -> bool:
        return not any(row.state in BUSY for row in self.rows())

    def settled(self) -> dict[str, Any]:
        with self.home.db.read() as session:
            return status(session, session.get_one(Campaign, self.campaign))

    def check(self, kills: int) -> None:
        """Nobody twice, nobody forgotten, and the ledger says what the phones show."""
        arrivals = Counter(line["to"] for line in self.sandbox.arrivals())
        assert [number for number in arrivals.values() if number > 1] == []
        found, everybody = self.settled(), sum(PEOPLE.values())
        assert found["planned"] == everybody
        parts = (found["accepted"], found["held"], sum(found["skipped"].values()), found["failed"], found["unknown"])
        assert sum(parts) == everybody, parts
        assert not found["held"]
        assert found["unknown"] <= kills * LANES * IN_FLIGHT
        with self.home.db.read() as session:
            ways = {row.id: session.get_one(Contact, row.contact) for row in self.rows() if row.contact}
        got = {to.removeprefix("84").lstrip("0") for to in arrivals}
        for row in self.rows():
            address = address_of(self.home, ways[row.id]).lstrip("0")
            if row.state == DeliveryState.ACCEPTED:
                assert address in got
            elif row.state != DeliveryState.UNKNOWN:
                assert address not in got, row.state


@pytest.fixture
async def drill(home: Home, make_person: Any, make_campaign: Any) -> AsyncIterator[Drill]:
    start = home.now()
    clock = Clock()
    clock.set(start)
    sandbox = Sandbox(now=clock, limits=True)
    await sandbox.start()
    home.settings = Settings(home=home.path, database_url=home.settings.database_url, **sandbox.settings())
    ways: list[dict[str, str]] = []
    for number in range(PEOPLE["zalo"]):
        uid = sandbox.add_user("zalo", f"Z{number}")
        sandbox.follow(uid)
        ways.append({"zalo": uid})
    for number in range(PEOPLE["telegram"]):
        uid = sandbox.add_user("telegram", f"T{number}")
        sandbox.world.user(uid).started.add("main")
        ways.append({"telegram": uid})
    for number in range(PEOPLE["phone"]):
        phone = f"09{number:08d}"
        sandbox.add_user("zalo", f"P{number}", phone=phone)
        ways.append({"phone": phone})

    def prepare(session: Session) -> int:
        day = start.date()
        session.add(Announcement(commune="22945", document="12/TB", signed_on=day, posted_on=day, aired=9))
        for way in ways:
            make_person(session, now=start, **way)
        campaign = make_campaign(session, now=start)
        approve(session, campaign, "minh", start)
        launch(session, home, campaign, "lan", start)
        return campaign.id or 0

    sandbox.fault("slow", count=1_000_000, seconds=SLOW_S)
    made = Drill(home, sandbox, clock, home.db.write(prepare))
    assert sum(row.state in BUSY for row in made.rows()) == sum(PEOPLE.values())
    yield made
    for process in list(made.running):
        await made.end(process)
    await sandbox.stop()


async def test_serve_is_killed_three_times(drill: Drill) -> None:
    everybody = sum(PEOPLE.values())
    for kill in range(1, KILLS + 1):
        process = await drill.start()
        await drill.until(lambda kill=kill: drill.arrived() >= kill * everybody // (KILLS + 1))  # type: ignore[misc]
        await drill.end(process)
        at_death = Counter((row.lane, row.state) for row in drill.rows())
        assert all(at_death[lane, DeliveryState.SENDING] <= IN_FLIGHT for lane, _ in list(at_death))
        drill.clock.advance(LATER)
    process = await drill.start()
    await drill.until(drill.sent)
    await drill.end(process, signal.SIGTERM)
    drill.check(KILLS)


async def test_two_processes_at_once(drill: Drill) -> None:
    """`serve` with two workers beside it, on both databases. One is killed, and the one that takes over has a clock
    two minutes ahead: it believes that those who live are dead too. That costs certainty, never a second message.
    """
    first = await drill.start("serve")
    others = [await drill.start("worker") for _ in range(2)]
    await drill.until(lambda: drill.arrived() >= sum(PEOPLE.values()) // 3)
    await drill.end(first)
    drill.clock.advance(LATER)
    last = await drill.start("worker")
    await drill.until(drill.sent)
    for process in (*others, last):
        await drill.end(process, signal.SIGTERM)
    drill.check(2)


async def test_a_receipt_settles_what_a_kill_left_unknown(drill: Drill) -> None:
    process = await drill.start()
    await drill.until(lambda: any(row.state == DeliveryState.SENDING for row in drill.rows()))
    await drill.end(process)
    drill.clock.advance(LATER)
    now = drill.clock()
    drill.home.db.write(lambda s: ledger.sweep(s, now))
    lost = [row for row in drill.rows() if row.state == DeliveryState.UNKNOWN]
    assert lost
    assert not any(row.state == DeliveryState.SENDING for row in drill.rows())
    for row in lost:
        tracking = ledger.tracking_of(row.id or 0)
        assert drill.home.db.write(lambda s, t=tracking, r=row: ledger.settle_receipt(s, r.lane, "", now, t))  # type: ignore[misc]
    assert not any(row.state == DeliveryState.UNKNOWN for row in drill.rows())
