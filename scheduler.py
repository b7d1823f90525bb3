"""When: everything that happens by itself, in one table. Carried by APScheduler.

Each process runs the same table; leases in the database decide who really acts (campaigns/ledger.py).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

import jobs
from channels.transport import Transport
from register.home import VIETNAM, Home

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Row:
    """One line of the table. ``what``: for the console's page and the README."""

    job: Callable[[jobs.Work], Awaitable[Any]]
    when: BaseTrigger
    what: str
    at_start: bool = False  # also once as soon as the process runs


TABLE = (
    Row(jobs.drain_lanes, IntervalTrigger(seconds=1), "Gửi các tin đến lượt, theo nhịp của từng kênh"),
    Row(jobs.heal, IntervalTrigger(seconds=15), "Nhận lại việc dở dang, mở các tin đến giờ, lập bước nhắc"),
    Row(jobs.renew_tokens, IntervalTrigger(hours=12), "Gia hạn khóa truy cập Zalo trước khi hết hạn"),
    Row(jobs.read_prices, IntervalTrigger(hours=24), "Đọc lại giá một tin của từng kênh, cho chạy thử", at_start=True),
    Row(
        jobs.tidy,
        CronTrigger(hour=2, minute=30, timezone=VIETNAM),
        "Xóa phiên đăng nhập, mã và vết hộp thư hết hạn",
    ),
    Row(
        jobs.let_go,
        CronTrigger(hour=3, minute=30, timezone=VIETNAM),
        "Xóa danh tính, lời trò chuyện đã hết thời hạn lưu giữ",
    ),
)


def make_scheduler(work: jobs.Work) -> AsyncIOScheduler:
    """The table as a scheduler; start it inside a running loop. A job never overlaps itself."""
    scheduler = AsyncIOScheduler(timezone=VIETNAM)
    for row in TABLE:
        settings: dict[str, Any] = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        if row.at_start:
            settings["next_run_time"] = datetime.now(VIETNAM)
        scheduler.add_job(row.job, row.when, args=[work], id=row.job.__name__, **settings)
    return scheduler


async def work_forever(home: Home) -> None:
    """`tungnha worker`: the scheduler's table, until SIGINT or SIGTERM."""
    transport, stopped = Transport(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    scheduler = make_scheduler(jobs.new_work(home, transport))
    scheduler.start()
    log.info("worker_started")
    await stopped.wait()
    scheduler.shutdown()
    await transport.close()
