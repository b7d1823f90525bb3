"""Webhooks while something else goes on: how long each one waits for its answer, and a small write for its turn.

    python -m benchmarks.hooks HOME [DATABASE URL]    # until its input ends, then one line of JSON

A process of its own on the same home, as `serve` is: the real doors, the real inbox, uvicorn. Beside them another
thread writes one setting now and then, as the bot's answers do.
"""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from benchmarks.world import COMMUNE
from channels.hooks import Hooks
from channels.inbox import Inbox
from register.home import Home, open_home
from register.units import set_setting
from settings import Settings

SECRET = "bench"  # noqa: S105 — invented
EVERY_S = 0.04  # 25 webhooks a second: a busy evening
WRITE_EVERY_S = 0.25


@contextmanager
def webhooks(home: Home) -> Iterator[dict[str, float]]:
    """Webhooks come in during the block; afterwards the figures stand in what it was given."""
    command = [sys.executable, "-m", "benchmarks.hooks", str(home.path), home.settings.database_url]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 — ourselves
    assert process.stdout
    process.stdout.readline()  # it listens
    figures: dict[str, float] = {}
    try:
        yield figures
    finally:
        figures |= json.loads(process.communicate()[0])


def _main() -> None:
    settings = Settings.model_construct(
        home=Path(sys.argv[1]), database_url=sys.argv[2], telegram_webhook_secret=SecretStr(SECRET)
    )
    home = open_home(settings, migrate=False)
    inbox = Inbox(home)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Hooks(home, inbox, FastAPI()), log_level="critical", lifespan="off"))
    serving = threading.Thread(target=server.run, args=([listening],))
    serving.start()
    done, hooks, writes = threading.Event(), list[float](), list[float]()
    port = listening.getsockname()[1]
    asking = [
        threading.Thread(target=_knock, args=(port, done, hooks)),
        threading.Thread(target=_write, args=(home, done, writes)),
    ]
    for thread in asking:
        thread.start()
    print("listening", flush=True)
    sys.stdin.read()
    done.set()
    for thread in asking:
        thread.join()
    server.should_exit = True
    serving.join()
    inbox.close()
    home.close()
    print(json.dumps({"webhooks": len(hooks), **_told("webhook", hooks), **_told("other_write", writes)}))


def _knock(port: int, done: threading.Event, waits: list[float]) -> None:
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    number = 0
    while not done.wait(EVERY_S):
        number += 1
        who = {"id": number % 500 + 1, "first_name": "Mai"}
        message = {"message_id": number, "date": 1, "chat": {"id": who["id"], "type": "private"}, "from": who}
        start = time.perf_counter()
        body = json.dumps({"update_id": number, "message": {**message, "text": "Tôi làm xong rồi"}})
        door.request("POST", "/hooks/telegram/main", body, headers)
        answer = door.getresponse()
        answer.read()
        waits.append(time.perf_counter() - start)
        if answer.status != 200:
            raise AssertionError(answer.status)


def _write(home: Home, done: threading.Event, waits: list[float]) -> None:
    number = 0
    while not done.wait(WRITE_EVERY_S):
        number += 1
        start = time.perf_counter()
        home.db.write(lambda session, n=number: set_setting(session, COMMUNE, "bench", str(n)))  # type: ignore[misc]
        waits.append(time.perf_counter() - start)


def _told(name: str, waits: list[float]) -> dict[str, float]:
    if len(waits) < 2:
        return {}
    return {f"{name}_p99_ms": statistics.quantiles(waits, n=100)[98] * 1000, f"{name}_longest_ms": max(waits) * 1000}


if __name__ == "__main__":
    _main()
