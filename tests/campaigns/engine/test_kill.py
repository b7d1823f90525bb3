"""The kill drill: real processes die at random moments of large campaigns; nobody is forgotten or written to twice.

`tungnha serve` on SQLite and three `tungnha worker` on PostgreSQL send to the sandbox at 50 messages a second and lane.
One of them is killed with SIGKILL every few seconds, a hundred times in all on each database, and started again. In
between campaigns are paused and resumed, a list is imported again, and two operators launch one campaign at the same
moment. At the end everybody has one end, and the ledger says what the phones show.

Leases, beats and batches are all shorter here by the same factor, so that a hundred deaths fit into minutes. Processes
are forked from one that has imported everything: what dies is the program, only its start is quicker. A drill prints
what it saw (`make test-slow ARGS="-s -k kill"`).
"""

from __future__ import annotations

import asyncio
import csv
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert
from sqlmodel import Session, col, select

from campaigns.campaigns import approve, launch, new_campaign, pause, resume, status
from campaigns.states import CampaignState, DeliveryState
from campaigns.tables import Announcement, Attempt, Campaign, Delivery
from channels.sandbox.server import Sandbox
from channels.transport import Transport
from channels.zalo.oauth import Tokens
from database import reserve_ids
from register.contacts import address_of, new_contact
from register.errors import BadInput
from register.home import Clock, Home, open_home
from register.importing import SourceInfo, import_list
from register.people import citizen_lookup
from register.tables import Contact, Person, PersonContact, Unit
from settings import Settings

pytestmark = pytest.mark.slow

KILLS = 100
HOMES = 3  # on SQLite a home has one sender, so that a drill has several homes side by side
PEOPLE = 5_000  # of a campaign
CAMPAIGNS = 6  # PEOPLE each, in as many communes; on SQLite they are spread over the homes
PER_SECOND = 50  # of a lane
IN_FLIGHT = 8  # rows of one lane whose request may be on its way (campaigns/engine/dispatch.py)
MOST_UNKNOWN = 0.03
SLOW_S = 0.05  # how long the sandbox takes to answer
LEASE_S = 4.0  # instead of 60, and all else that waits for a death accordingly
WORKERS = 3
MEAN_S = {"sqlite": 5.0, "postgres": 2.5}  # between two deaths in one home
END_S = 900.0
LEFT, DONE = 40, 60  # who is not on the list any more, and who has the account by now, when it is imported again
HEAD = ("Họ và tên", "Số CCCD", "Số điện thoại", "Thôn", "Tài khoản ngân hàng", "Định danh mức 2", "Tài khoản ASXH")
BUSY = (DeliveryState.HELD, DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING)

NURSERY = """
import asyncio, json, os, signal, sys, traceback
from datetime import timedelta
from apscheduler.triggers.interval import IntervalTrigger
import carrier, scheduler
from campaigns.engine import dispatch, ledger
from channels.gate import Turns
from channels.pace import Pace
from console.serving import serve_forever
from register.home import Clock, open_home
from settings import Settings

def live(command, offset, lease, per_second, settings):
    ledger.LEASE = timedelta(seconds=lease)
    dispatch.BATCH_S = lease / 4
    carrier.HEARTBEAT_S, carrier.STALLED_S, carrier.POLL_S, carrier.AGAIN_S = lease / 8, lease / 2, 0.5, 0.5
    dispatch.turns_of = lambda channel: Turns(Pace(per_second, dispatch.LATE))
    sooner = {"heal", "take_back"}
    scheduler.TABLE = tuple(
        scheduler.Row(row.job, IntervalTrigger(seconds=1), row.what) if row.job.__name__ in sooner else row
        for row in scheduler.TABLE
    )
    home = open_home(Settings(**settings), now=Clock(timedelta(seconds=offset)), migrate=False)
    asyncio.run(serve_forever(home) if command == "serve" else scheduler.work_forever(home))

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need no burial
print("ready", flush=True)
for line in sys.stdin:
    task, pid = json.loads(line), os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(task.pop("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (1, 2):
            os.dup2(log, number)
        try:
            live(**task)
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stdout.flush()
            os._exit(0)
    print(pid, flush=True)
"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """The process from which the others are forked."""
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@dataclass
class Drill:
    """One home with its campaigns, the sandbox, and the processes that send."""

    home: Home
    sandbox: Sandbox
    clock: Clock
    nursery: subprocess.Popen[str]
    command: str
    given: dict[str, Any]  # the sandbox's settings of the beginning: Zalo's refresh token is another one later
    campaigns: list[int] = field(default_factory=list)
    communes: list[str] = field(default_factory=list)
    running: list[int] = field(default_factory=list)
    left_sending: list[int] = field(default_factory=list)  # at each death
    seen: Counter[str] = field(default_factory=Counter)
    dice: random.Random = field(default_factory=random.Random)

    @property
    def log(self) -> Path:
        return self.home.path / "drill.log"

    def start(self) -> None:
        settings = {"home": str(self.home.path), "port": 0, "lanes_at_once": 1, "log_level": "INFO"}
        settings |= {"database_url": self.home.settings.database_url, **self.given, "staff_telegram_token": ""}
        offset = self.clock.offset.total_seconds()
        task = {"command": self.command, "offset": offset, "lease": LEASE_S, "per_second": PER_SECOND}
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(task | {"settings": settings, "log": str(self.log)}) + "\n")
        self.nursery.stdin.flush()
        self.running.append(int(self.nursery.stdout.readline()))

    async def end(self, pid: int, how: signal.Signals = signal.SIGKILL) -> None:
        os.kill(pid, how)
        self.running.remove(pid)
        async with asyncio.timeout(60):
            while alive(pid):  # noqa: ASYNC110 — what is waited for is another process
                await asyncio.sleep(0.005)

    async def kill_one(self) -> None:
        victim = self.dice.choice(self.running)
        await self.end(victim)
        self.left_sending.append(await asyncio.to_thread(self.sending_of, victim))
        self.start()

    def sending_of(self, pid: int) -> int:
        with self.home.db.read() as session:
            mine = (col(Delivery.state) == DeliveryState.SENDING) & col(Delivery.claimer).like(f"{pid}-%")
            return int(session.scalar(select(func.count()).select_from(Delivery).where(mine)) or 0)

    def busy(self) -> int:
        with self.home.db.read() as session:
            waiting = select(func.count()).select_from(Delivery).where(col(Delivery.state).in_(BUSY))
            return int(session.scalar(waiting) or 0)

    def steer(self, act: Callable[..., Any], campaign: int) -> bool:
        """Pause, resume or launch from outside, as a second operator does. Whether it was to be done."""
        now = self.clock()
        try:
            self.home.db.write(lambda s: act(s, s.get_one(Campaign, campaign), "hoa", now))
        except BadInput:
            return False
        self.seen[act.__name__] += 1
        return True

    def launch_twice(self, campaign: int) -> None:
        """Two operators press the button at the same moment, in two processes' homes."""
        other = open_home(self.home.settings, now=self.clock, migrate=False)

        def go(home: Home) -> Any:
            now = self.clock()
            return home.db.submit(lambda s: launch(s, home, s.get_one(Campaign, campaign), "hoa", now))

        both = [go(home) for home in (self.home, other)]
        refused = [isinstance(one.exception(), BadInput) for one in both]
        other.close()
        assert sorted(refused) == [False, True], [one.exception() for one in both]
        self.seen["launched by two"] += 1

    def import_again(self, commune: str) -> None:
        number = self.communes.index(commune)
        file = self.home.path / "again.csv"
        write_list(file, number, self.command, again=True)
        done = import_list(self.home, file, commune, source=source(date(2026, 11, 22)), by="lan", nq418=True)
        assert done.to_json(False)["changes"]["left"] == LEFT
        self.seen["imported again"] += 1

    async def run(self, kills: int, mean_s: float) -> None:
        """Kill so many times; what an operator does in between stands at fixed deaths."""
        *first, last = self.campaigns
        for _ in range(WORKERS if self.command == "worker" else 1):
            self.start()
        for death in range(kills):
            await asyncio.sleep(self.dice.uniform(0.2, 2 * mean_s - 0.2))
            await self.kill_one()
            assert all(alive(pid) for pid in self.running), self.log.read_text()[-4000:]
            share = 100 * death // kills
            if share % 10 == 2:
                await asyncio.to_thread(self.steer, pause, self.dice.choice(first))
            if share % 10 == 5:
                for campaign in first:
                    await asyncio.to_thread(self.steer, resume, campaign)
            if share >= 30 and not self.seen["imported again"]:
                await asyncio.to_thread(self.import_again, self.communes[0])
            if share >= 40 and not self.seen["launched by two"]:
                await asyncio.to_thread(self.launch_twice, last)
        for campaign in self.campaigns:
            await asyncio.to_thread(self.steer, resume, campaign)
        async with asyncio.timeout(END_S):
            while await asyncio.to_thread(self.busy):
                assert all(alive(pid) for pid in self.running), self.log.read_text()[-4000:]
                await asyncio.sleep(0.2)
        for pid in list(self.running):
            await self.end(pid, signal.SIGTERM)

    def check(self) -> Counter[str]:
        """Nobody twice, nobody forgotten, and the ledger says what the phones show. Counts what became of everybody."""
        arrivals = Counter(arrival.to for arrival in self.sandbox.world.accepted)
        assert [number for number in arrivals.values() if number > 1] == []
        ends: Counter[str] = Counter()
        with self.home.db.read() as session:
            for number in self.campaigns:
                found = status(session, session.get_one(Campaign, number))
                assert found["planned"] == PEOPLE
                assert found["state"] == CampaignState.RUNNING
                skipped = sum(found["skipped"].values())
                assert found["accepted"] + found["failed"] + found["unknown"] + skipped == PEOPLE, found
                assert "" not in found["skipped"]
                assert not found["failed"], session.exec(
                    select(Attempt.lane, Attempt.error_class, Attempt.error_code, func.count())
                    .where(Attempt.result == "failed")
                    .group_by(Attempt.lane, Attempt.error_class, Attempt.error_code)
                ).all()
                ends += Counter(skipped=skipped, **{k: found[k] for k in ("accepted", "failed", "unknown")})
            rows = session.exec(select(Delivery.state, Contact).join(Contact, col(Contact.id) == Delivery.contact))
            accepted, unknown = set(), set()
            for state, contact in rows:
                address = address_of(self.home, contact).lstrip("0")
                if state == DeliveryState.ACCEPTED:
                    accepted.add(address)
                elif state == DeliveryState.UNKNOWN:
                    unknown.add(address)
        got = {to.removeprefix("84") if len(to) < 12 else to for to in arrivals}
        assert len(accepted) == ends["accepted"]
        assert accepted <= got, len(accepted - got)
        assert got - accepted <= unknown, len(got - accepted - unknown)
        return ends


def source(day: date) -> SourceInfo:
    return SourceInfo(day, "UBND", "12/DS", "Vận động tạo tài khoản ASXH")


def citizen(commune: int, n: int) -> str:
    return f"060150{commune + 11}{n + 1:04d}"


def way_of(command: str, n: int) -> str:
    """By what a person is reached: on SQLite all by one lane, for one process sends on all of them."""
    return ("zalo", "telegram", "phone")[n % 3] if command == "worker" else "telegram"


def write_list(file: Path, commune: int, command: str, *, again: bool = False) -> None:
    """A commune's list, and the next month's: some have left, some have the account by now."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEAD)
        for n in range(LEFT if again else 0, PEOPLE):
            phone = f"09{commune:02d}{n:06d}" if way_of(command, n) == "phone" else ""
            done = "x" if again and n < LEFT + DONE else "chưa"
            rows.writerow(("Nguyễn Thị Mai", citizen(commune, n), phone, f"Thôn {n % 5 + 1}", "x", "x", done))


def settle(drill: Drill, number: int) -> None:
    """So many communes: their list, their people's chats, an approved campaign each; all but the last are launched."""
    home, sandbox = drill.home, drill.sandbox
    with home.db.read() as session:
        codes = session.exec(select(Unit.code).where(Unit.kind == "commune").order_by(Unit.code).limit(number)).all()
    drill.communes = list(codes)
    for at, commune in enumerate(codes):
        file = home.path / "list.csv"
        write_list(file, at, drill.command)
        import_list(home, file, commune, source=source(date(2026, 11, 1)), by="lan", nq418=True)
        home.db.write(lambda s, at=at: link_chats(s, drill, at))  # type: ignore[misc]

        def make(session: Session, commune: str = commune, at: int = at) -> int:
            now, day = drill.clock(), drill.clock().date()
            said = {"signed_on": day, "posted_on": day, "aired": 9, "hamlets_told": 9}
            session.add(Announcement(commune=commune, document="12/TB", **said))
            window, steps = (day, date(2026, 12, 22)), [{"message": "first"}]
            by, name = ("zalo", "telegram", "zbs"), f"đợt {at}"
            made = new_campaign(session, commune, name, "nq418-ready", by, *window, "lan", now, steps=steps)
            approve(session, made, "minh", now)
            if at < number - 1:
                launch(session, home, made, "lan", now)
            assert made.id is not None
            return made.id

        drill.campaigns.append(home.db.write(make))
    sandbox.fault("slow", count=10_000_000, seconds=SLOW_S)


def link_chats(session: Session, drill: Drill, commune: int) -> None:
    """Everybody has a chat or, by the list, a phone that Zalo knows."""
    home, sandbox, now = drill.home, drill.sandbox, drill.clock()
    known = dict(session.exec(select(Person.lookup, Person.id)).all())
    free = iter(reserve_ids(session, Contact, PEOPLE))
    contacts, links = [], []
    for n in range(PEOPLE):
        way = way_of(drill.command, n)
        if way == "phone":
            sandbox.add_user("zalo", f"P{n}", phone=f"09{commune:02d}{n:06d}")
            continue
        uid = sandbox.add_user(way, f"{way}{n}")
        if way == "zalo":
            sandbox.follow(uid)
        else:
            sandbox.world.user(uid).started.add("main")
        contact = new_contact(home, way, f"{way}:main", uid, now)
        contacts.append(contact | {"id": next(free), "linked_at": now, "last_inbound_at": now})
        person = known[citizen_lookup(home.keys, citizen(commune, n))]
        link = PersonContact(person=person or 0, contact=contacts[-1]["id"], relation="self", at=now)
        links.append(link.model_dump())
    session.execute(insert(Contact), contacts)
    session.execute(insert(PersonContact), links)


@asynccontextmanager
async def drill_in(home: Home, nursery: subprocess.Popen[str], number: int) -> AsyncIterator[Drill]:
    clock = Clock()
    clock.set(home.now())
    sandbox = Sandbox(now=clock, limits=False)
    await sandbox.start()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a line that a kill cut is no news here
    home.now = clock
    given = sandbox.settings()
    home.settings = Settings(home=home.path, database_url=home.settings.database_url, **given)
    transport = Transport()  # Zalo's pair is exchanged before: a token is good once, and a death in between loses it
    assert isinstance(await Tokens(home, transport).access(), str)
    await transport.close()
    made = Drill(home, sandbox, clock, nursery, "serve" if home.db.is_sqlite else "worker", given)
    settle(made, number)
    try:
        yield made
    finally:
        for pid in list(made.running):
            os.kill(pid, signal.SIGKILL)
        await sandbox.stop()


@contextmanager
def told(what: str) -> Iterator[Callable[[list[Drill]], None]]:
    """Judge the drills, and print what was seen."""
    begun = time.monotonic()

    def judge(drills: list[Drill]) -> None:
        left = [number for drill in drills for number in drill.left_sending]
        ends: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        for drill in drills:
            ends += drill.check()
            seen += drill.seen
        people = sum(ends.values())
        print(
            f"\n{what}: {len(left)} kills in {time.monotonic() - begun:.0f} s, {people} people, "
            f"{dict(ends)}, on their way at a death: most {max(left)}, mean {sum(left) / len(left):.1f}; "
            f"unknown {ends['unknown'] / len(left):.1f} a kill, {100 * ends['unknown'] / people:.2f} %; {dict(seen)}"
        )
        assert max(left) <= IN_FLIGHT
        assert ends["unknown"] <= IN_FLIGHT * len(left)
        assert ends["unknown"] <= MOST_UNKNOWN * people
        assert ends["accepted"] > 0.9 * people
        for drill in drills:
            assert {"pause", "resume", "imported again", "launched by two"} <= drill.seen.keys()

    yield judge


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
async def test_workers_on_postgresql_are_killed_a_hundred_times(home: Home, nursery: subprocess.Popen[str]) -> None:
    with told("PostgreSQL, three workers") as judge:
        async with drill_in(home, nursery, CAMPAIGNS) as drill:
            await drill.run(KILLS, MEAN_S["postgres"])
            judge([drill])


async def test_serve_on_sqlite_is_killed_a_hundred_times(
    ready_home: Path, tmp_path: Path, clock: Clock, nursery: subprocess.Popen[str]
) -> None:
    import shutil
    from contextlib import AsyncExitStack

    with told(f"SQLite, {HOMES} homes") as judge:
        async with AsyncExitStack() as stack:
            drills = []
            for number in range(HOMES):
                shutil.copytree(ready_home, tmp_path / str(number))
                home = open_home(Settings(home=tmp_path / str(number)), now=clock, migrate=False)
                stack.callback(home.close)
                drills.append(await stack.enter_async_context(drill_in(home, nursery, CAMPAIGNS // HOMES)))
            shares = [KILLS // HOMES + (number < KILLS % HOMES) for number in range(HOMES)]
            runs = (one.run(share, MEAN_S["sqlite"]) for one, share in zip(drills, shares, strict=True))
            await asyncio.gather(*runs)
            judge(drills)
