"""When: everything that happens by itself, in one table. APScheduler keeps the time.

Each process has the same table, and the one that holds the lease "scheduler" acts by it. With SQLite it does the work
itself, on APScheduler's own executors. With PostgreSQL it only puts jobs into the queue, and whichever process is free
does them (carrier.py).
"""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

import jobs
from campaigns.engine import ledger
from channels.transport import Transport
from database import SCHEMA
from register.errors import BadInput
from register.home import VIETNAM, Home

log = structlog.get_logger(__name__)
T = TypeVar("T")

LOOK_S, PUT_BACK_S = 5.0, 2.0  # how often the clock is looked at; what is more than a correction
COLLECT = 20_000, 20, 50  # new objects before garbage is looked for (700, 10, 10): a message makes dozens, in no cycles


class Every(IntervalTrigger):
    """So long from now on, whatever the clock did meanwhile.

    APScheduler's own counts on from the last time: a clock put on by a year would be a year of seconds to be listed.
    """

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self.interval


@dataclass(frozen=True)
class Row:
    """One line of the table. ``what``: for the console's page and the README."""

    job: Callable[[jobs.Work], Awaitable[Any]]
    when: BaseTrigger
    what: str
    at_start: bool = False  # also once as soon as the process runs


TABLE = (
    Row(jobs.drain_lanes, Every(seconds=1), "Gửi các tin đến lượt, theo nhịp của từng kênh"),
    Row(jobs.heal, Every(seconds=15), "Nhận lại việc dở dang, mở các tin đến giờ, lập bước nhắc"),
    Row(jobs.nudge, Every(minutes=10), "Nhắc một lần người đang làm dở từ hôm trước"),
    Row(jobs.raise_alarms, Every(minutes=1), "Báo cán bộ: việc quá hẹn, chờ duyệt, kênh hỏng, đợt chậm"),
    Row(jobs.take_back, Every(seconds=10), "Giao lại việc của tiến trình đã chết cho tiến trình khác"),
    Row(jobs.renew_tokens, Every(hours=12), "Gia hạn khóa truy cập Zalo trước khi hết hạn"),
    Row(jobs.read_prices, Every(hours=24), "Đọc lại giá một tin của từng kênh, cho chạy thử", at_start=True),
    Row(
        jobs.tidy,
        CronTrigger(hour=2, minute=30, timezone=VIETNAM),
        "Xóa phiên đăng nhập, mã và vết hộp thư hết hạn",
    ),
    Row(
        jobs.let_go,
        CronTrigger(hour=3, minute=30, timezone=VIETNAM),
        "Chốt kết quả đợt, số liệu báo cáo đã qua; xóa danh tính, lời trò chuyện đã hết thời hạn lưu giữ",
    ),
)


async def act(row: Row, work: jobs.Work) -> None:
    """A row's time has come: nothing where another process is the scheduler."""
    if not work.leads or work.stopping:
        return
    with work.under_way(), jobs.bearing(row.job.__name__):
        if work.carrier is None:
            await row.job(work)
        elif row.job is jobs.drain_lanes:
            await work.carrier.put_lanes(await jobs.due_lanes(work))
        else:
            await work.carrier.put(row.job.__name__)


async def lead(work: jobs.Work) -> None:
    """Take or renew the lease of the one scheduler, when the database is there."""
    with jobs.bearing("lead"):
        await jobs.lead(work)


def ahead_s() -> float:
    """How far the machine's clock is ahead of one that nobody can put back."""
    return time.time() - time.monotonic()


async def watch_clock(scheduler: AsyncIOScheduler, look_s: float = LOOK_S) -> None:
    """Where the clock is put back, reckon anew when each row is due: else all waits until it is what it was."""
    known = ahead_s()
    while True:
        await asyncio.sleep(look_s)
        back_s, known = known - ahead_s(), ahead_s()
        if back_s > PUT_BACK_S:
            log.warning("clock_put_back", seconds=round(back_s))
            for job in scheduler.get_jobs():
                job.reschedule(job.trigger)


def make_scheduler(work: jobs.Work) -> AsyncIOScheduler:
    """The table as a scheduler; start it inside a running loop. A job never overlaps itself."""
    scheduler = AsyncIOScheduler(timezone=VIETNAM)
    always: dict[str, Any] = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    often = Every(seconds=ledger.LEASE.total_seconds() / 4)
    scheduler.add_job(lead, often, args=[work], id="lead", **always)
    for row in TABLE:
        settings = {"next_run_time": datetime.now(VIETNAM)} if row.at_start else {}
        scheduler.add_job(act, row.when, args=[row, work], id=row.job.__name__, **always, **settings)
    return scheduler


@asynccontextmanager
async def by_itself(work: jobs.Work) -> AsyncIterator[None]:
    """All of the table happens until the end of the block; then what is on its way comes to its end first."""
    async with AsyncExitStack() as stack:
        if not stack.enter_context(work.home.db.together(SCHEMA)):
            raise BadInput("Cơ sở dữ liệu đang được nâng cấp. Hãy chạy lại sau ít phút.")
        if not work.home.db.is_sqlite:
            from carrier import Carrier  # procrastinate is there for those who have PostgreSQL

            work.carrier = await stack.enter_async_context(Carrier(work, [row.job for row in TABLE]))
        await jobs.lead(work)
        scheduler = make_scheduler(work)
        scheduler.start()
        watching = asyncio.create_task(watch_clock(scheduler))
        carrying = asyncio.create_task(work.carrier.run()) if work.carrier is not None else None
        try:
            yield
        finally:
            work.stopping = True
            watching.cancel()
            scheduler.pause()
            if carrying is not None and work.carrier is not None:
                work.carrier.end()  # it fetches nothing more, and ends when its jobs have
                work.doing.add(carrying)
            if work.doing:
                await asyncio.wait(work.doing, timeout=jobs.END_S)
            scheduler.shutdown()
            with jobs.bearing("stop_leading"):
                await jobs.stop_leading(work)


def run_long(main: Coroutine[Any, Any, T]) -> T:
    """Run what stays for days, on uvloop where there is one.

    What is loaded by now stays too: looking through it for garbage again and again was a third of a message's work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.run(main)
    return uvloop.run(main)


async def work_forever(home: Home) -> None:
    """`tungnha worker`: the scheduler's table, until SIGINT or SIGTERM. BadInput where one process must do all."""
    if home.db.is_sqlite:
        raise BadInput("Dữ liệu nằm trong SQLite nên chỉ một tiến trình được gửi tin: hãy chạy tungnha serve. "
                       "Muốn chạy thêm worker, hãy đặt TUNGNHA_DATABASE_URL đến PostgreSQL.")  # fmt: skip
    transport, stopped = Transport(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with by_itself(jobs.new_work(home, transport)):
        log.info("worker_started")
        await stopped.wait()
    await transport.close()
