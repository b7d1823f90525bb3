"""Running: long work of this process outside its requests, with progress, a stop and a truthful end.

    task = running.start("list:22945", "Nguyễn Thị Lan", now, work)   # work(progress) in a thread
    task.percent, task.state                                          # waiting running done stopped failed
    running.stop("list:22945")                                        # the next progress() raises Stopped

One task per key at a time, two threads for all. Nothing here outlives the process: what must, the work
itself keeps (sealed, where it holds personal data). `serve` closes it before it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from typing import Any

import structlog
from fastapi import Request

from console.security import where
from register.errors import BadInput, Problem

log = structlog.get_logger(__name__)
THREADS = 2  # a commune's office has a machine of two cores; requests are answered meanwhile
KEPT = 200  # ended tasks that are still known by their key
BROKEN = "Hệ thống gặp lỗi nên việc này đã dừng. Xin thử lại; nếu vẫn lỗi, hãy báo người quản trị."
Progress = Callable[[int, int], None]


class Stopped(Exception):
    """Somebody pressed stop, or the process ends."""


@dataclass
class Task:
    """One piece of work. ``by``: who started it, as people read it; ``about``: what of theirs it works on."""

    key: str
    by: str
    started_at: datetime
    about: str = ""
    state: str = "waiting"
    done: int = 0
    total: int = 0
    trouble: str = ""  # one sentence for people, where it failed
    result: Any = field(default=None, repr=False)
    _stop: Event = field(default_factory=Event, repr=False)
    _over: Event = field(default_factory=Event, repr=False)

    @property
    def live(self) -> bool:
        return not self._over.is_set()

    @property
    def stopping(self) -> bool:
        return self.live and self._stop.is_set()

    @property
    def percent(self) -> int | None:
        """0 to 100; None while nobody can say."""
        return min(100, 100 * self.done // self.total) if self.total else None

    def progress(self, done: int = 0, total: int = 0) -> None:
        """Called by the work now and then. Raises Stopped once somebody wants it to end."""
        self.done, self.total = done, total
        if self._stop.is_set():
            raise Stopped

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        return self._over.wait(seconds)


class Running:
    """The tasks of one process."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="running")
        self._tasks: dict[str, Task] = {}
        self._lock = Lock()

    def start(self, key: str, by: str, now: datetime, work: Callable[[Progress], Any], about: str = "") -> Task:
        """Do ``work(progress)`` in a thread. BadInput while the same key is under way."""
        task = Task(key, by, now, about)
        with self._lock:
            standing = self._tasks.pop(key, None)
            if standing is not None and standing.live:
                self._tasks[key] = standing
                raise BadInput(f"{standing.by} đang làm việc này. Hãy đợi xong rồi làm lại.")
            ended = [old for old, other in self._tasks.items() if not other.live]
            for old in ended[: max(0, len(ended) - KEPT)]:
                del self._tasks[old]
            try:
                self._pool.submit(self._run, task, work)
            except RuntimeError:
                raise BadInput("Hệ thống đang tắt. Xin thử lại sau ít phút.") from None
            self._tasks[key] = task
        return task

    def state(self, key: str) -> Task | None:
        """The last task with this key: under way, or how it ended."""
        return self._tasks.get(key)

    def stop(self, key: str) -> None:
        """Ask a task to end; it does so at its next step."""
        task = self._tasks.get(key)
        if task is not None:
            task._stop.set()

    def forget(self, key: str) -> None:
        """Let go of an ended task and its result."""
        with self._lock:
            task = self._tasks.get(key)
            if task is not None and not task.live:
                del self._tasks[key]

    def rest(self, seconds: float) -> bool:
        """Wait until nothing is under way, each task at most so long; whether it came to that."""
        return all(task.wait(seconds) for task in list(self._tasks.values()))

    def close(self) -> None:
        """Ask everything to end, and wait until it has."""
        for task in list(self._tasks.values()):
            task._stop.set()
        self._pool.shutdown(wait=True)

    def _run(self, task: Task, work: Callable[[Progress], Any]) -> None:
        task.state = "running"
        try:
            task.progress()
            task.result = work(task.progress)
            task.state = "done"
        except Stopped:
            task.state = "stopped"
        except Problem as problem:
            task.state, task.trouble = "failed", str(problem)
        except Exception as error:
            log.error("running.broken", error=type(error).__name__, at=where(error))
            task.state, task.trouble = "failed", BROKEN
        finally:
            task._over.set()


def running_of(request: Request) -> Running:
    """The tasks of the process that answers this request."""
    running: Running = request.app.state.running
    return running
