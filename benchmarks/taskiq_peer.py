"""taskiq with a task per message, on NATS JetStream: an asynchronous queue beside Celery.

BENCH_BROKER=nats://… taskiq worker benchmarks.taskiq_peer:broker
"""

from __future__ import annotations

import os

import aiohttp
from taskiq import TaskiqEvents, TaskiqState
from taskiq_nats import PullBasedJetStreamBroker

broker = PullBasedJetStreamBroker(os.environ.get("BENCH_BROKER", "nats://127.0.0.1:4222"), pull_consume_batch=100)
_kept: dict[str, aiohttp.ClientSession] = {}


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def _open(_state: TaskiqState) -> None:
    _kept["session"] = aiohttp.ClientSession()


@broker.task(task_name="send")
async def send(base: str, chat: int, text: str) -> None:
    """One sendMessage."""
    async with _kept["session"].post(f"{base}/bot1:bench/sendMessage", json={"chat_id": chat, "text": text}) as answer:
        if not (await answer.json())["ok"]:
            raise AssertionError
