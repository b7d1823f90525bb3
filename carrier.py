"""Carrier: once the database is PostgreSQL, jobs reach any number of processes through procrastinate.

How does a job get to exactly one process, and what becomes of it when that process dies?

    1. The one scheduler (the lease "scheduler") puts a job into the queue when scheduler.TABLE says so.
    2. A process fetches it. ``lock``: no second job of its kind runs meanwhile. ``queueing_lock``: no second one waits.
    3. A lane's drain works for jobs.DRAIN_S and then puts itself back, so that lanes move between processes.
    4. A process that dies leaves its jobs as "doing". Its heartbeat stops, and ``take_back`` puts them back
       (docs/howto/production/retry_stalled_jobs). What it was sending is settled by the lane's lease, not here.

The queue holds nothing that the ledger does not know: names of lanes and jobs, no person. It may be lost.

Two things are not carried. When something runs stands in scheduler.TABLE alone: procrastinate's own periodic tasks
know only cron's minutes and would be a second table. A list that an officer is taking in, and a report that somebody
waits for, stay in the `serve` that has the file, its page and its "stop" (console/running.py): another machine has
neither the sealed file nor the officer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from procrastinate.worker import Worker

import jobs
from database import QUEUE_SCHEMA, Database

if TYPE_CHECKING:
    from jobs import Work

log = structlog.get_logger(__name__)

HEARTBEAT_S = 10.0
STALLED_S = 30.0  # three beats missed: the process is dead, or as good as
LANES, DUTIES = "lanes", "duties"  # the queues; a long drain must not keep duties waiting
DUTIES_AT_ONCE = 2
POLL_S = 2.0  # a notice comes at once; this is for one that got lost
AGAIN_S = 5.0  # the database went away: ask again after this
CONNECTION_S = 10.0  # so long a question waits for a connection: no longer than the process may wait at its end
KEPT_HOURS = 72  # jobs that failed are kept this long for whoever looks why


class Carrier:
    """The queue as one process sees it. ``duties``: the table's jobs, by their names."""

    def __init__(self, work: Work, duties: Iterable[Callable[[Work], Awaitable[Any]]]) -> None:
        self._work = work
        self.app = App(connector=_connector(work.home.db))
        self.manager = self.app.job_manager
        self._workers: dict[str, Worker] = {}
        self._ends = asyncio.Event()
        self.app.task(name="drain", queue=LANES)(self._drain)
        for duty in duties:
            name = duty.__name__
            # the one that frees others must not wait behind a dead one of its kind: no lock (their issue 1408)
            lock = None if duty is jobs.take_back else name
            self.app.task(name=name, queue=DUTIES, queueing_lock=name, lock=lock)(_with(duty, work))

    async def __aenter__(self) -> Carrier:
        await self.app.open_async()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.app.close_async()

    async def put(self, name: str) -> None:
        """Put a duty into the queue, unless one of its kind waits there."""
        with _bearing(name):
            waiting = await self.manager.list_jobs_async(queueing_lock=name, status=Status.TODO.value)
            if not waiting:
                await self._defer(name)

    async def put_lanes(self, lanes: Iterable[str]) -> None:
        """A drain for each of these lanes that has none yet."""
        with _bearing("drain"):
            there = {job.queueing_lock for job in await self.manager.list_jobs_async(queue=LANES) if _lives(job.status)}
            for lane in set(lanes) - there:
                await self._defer("drain", lane)

    async def take_back(self) -> int:
        """Put back what dead processes were doing. Returns how many jobs."""
        number = 0
        for job in await self.manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            try:
                try:
                    await self.manager.retry_job(job)
                except UniqueViolation:  # one of its kind waits already and will do it (their issue 1446)
                    await self.manager.finish_job(job, Status.FAILED, delete_job=True)
            except ConnectorException:
                continue  # it was only slow and has ended, or another process was faster
            number += 1
        return number

    async def cut_off(self, lanes: Iterable[str]) -> set[str]:
        """End what drains of these lanes are doing, in whichever process. Returns the lanes of which one was."""
        jobs_ = [job for lane in lanes for job in await self.manager.list_jobs_async(queue=LANES, lock=lane)]
        doing = {job.lock: job.id for job in jobs_ if job.status == Status.DOING.value}
        for number in filter(None, doing.values()):
            await self.manager.cancel_job_by_id_async(number, abort=True)
        return {lane for lane in doing if lane}

    async def forget_old(self) -> None:
        """Jobs that failed some days ago; those that went well are gone at once."""
        await self.manager.delete_old_jobs(
            KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )

    async def run(self) -> None:
        """Fetch and do jobs until ``end``; then nothing new is begun, and what is under way comes to its end."""
        async with asyncio.TaskGroup() as both:  # it waits for both; gather would leave with the first that ends
            both.create_task(self._fetch(LANES, self._work.home.settings.lanes_at_once))
            both.create_task(self._fetch(DUTIES, DUTIES_AT_ONCE))

    def end(self) -> None:
        """Let ``run`` come to its end.

        Said, not done by cancelling: a cancellation that comes while a worker signs on can get lost on its way through
        the pool of connections, and the process then stood there until its last bound, for the best part of a minute.
        """
        self._ends.set()
        for worker in self._workers.values():
            worker.stop()

    async def _fetch(self, queue: str, at_once: int) -> None:
        while not self._ends.is_set():  # procrastinate's worker ends by itself when the database does not answer
            worker = self._workers[queue] = Worker(
                self.app,
                name=queue,
                queues=[queue],
                concurrency=at_once,
                fetch_job_polling_interval=POLL_S,
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=STALLED_S,
                shutdown_graceful_timeout=jobs.ANSWERED_S,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
            try:
                await worker.run()
            except ConnectorException as error:  # also while we are ending: our end is not to be forgotten
                log.warning("queue_not_reached", error=type(error.__cause__ or error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), AGAIN_S)

    async def _drain(self, lane: str) -> None:
        done: Counter[str] = Counter()
        with jobs.bearing("drain"):
            done = await jobs.drain_lane(self._work, lane)
        if done.keys() & jobs.SENT and not self._work.stopping:
            await self._defer("drain", lane)  # more may be due: to whichever process is free

    async def _defer(self, name: str, lane: str = "") -> None:
        try:
            if lane:
                task = self.app.configure_task(name, lock=lane, queueing_lock=lane)
                await task.defer_async(lane=lane)
            else:
                await self.app.configure_task(name).defer_async()
        except AlreadyEnqueued:  # by another process, since we looked
            pass


@contextmanager
def _bearing(job: str) -> Iterator[None]:
    """The queue cannot be reached: the scheduler puts the job in again when its time comes again."""
    try:
        yield
    except ConnectorException as error:
        log.warning("queue_not_reached", job=job, error=type(error.__cause__ or error).__name__)


def _lives(status: str | None) -> bool:
    return status in (Status.TODO.value, Status.DOING.value)


def _with(duty: Callable[[Work], Awaitable[Any]], work: Work) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        with jobs.bearing(duty.__name__):
            await duty(work)

    return run


def _connector(db: Database) -> PsycopgConnector:
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    options = {"options": f"-c search_path={QUEUE_SCHEMA}"}
    return PsycopgConnector(conninfo=url, kwargs=options, min_size=1, max_size=4, timeout=CONNECTION_S)
