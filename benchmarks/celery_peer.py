"""What a task queue does: Celery with a task per message. The bench starts its worker; the broker is Valkey.

    BENCH_BROKER=redis+socket://… celery -A benchmarks.celery_peer worker

A task is as lean as can be: it keeps no result, and posts by the standard library over a kept connection.
"""

from __future__ import annotations

import http.client
import json
import os
import threading

from celery import Celery

app = Celery("bench", broker=os.environ.get("BENCH_BROKER", ""))
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=64, broker_connection_retry_on_startup=True)
_kept = threading.local()


@app.task(name="send")
def send(host: str, port: int, chat: int, text: str) -> None:
    """One sendMessage."""
    if not hasattr(_kept, "line"):
        _kept.line = http.client.HTTPConnection(host, port)
    body = json.dumps({"chat_id": chat, "text": text})
    _kept.line.request("POST", "/bot1:bench/sendMessage", body, {"Content-Type": "application/json"})
    if not json.loads(_kept.line.getresponse().read())["ok"]:
        raise AssertionError
