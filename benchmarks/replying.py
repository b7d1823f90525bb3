"""Does whoever writes wait behind a broadcast? One whole `serve`, its bulk lane at full speed, and people who write.

Measured from the moment the message is written on a phone of the sandbox until the answer is on it: the webhook, the
inbox, aiogram, the engine, the reply's own budget and the way back. The sandbox counts as Telegram
does, thirty a second.

    python -m benchmarks.replying '{"home": …, "offset": …, …}'      the serve that is measured
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from sqlmodel import Session

from benchmarks.world import bench_home, draft, settle
from campaigns.campaigns import approve, launch
from channels.sandbox.server import Sandbox
from channels.telegram.limits import BULK_PER_SECOND
from cli.logs import logs
from register.home import Clock, Home, open_home
from scheduler import run_long
from settings import Settings

EVERY_S = 0.5  # somebody writes this often: half of what replies may
WARM_S = 2.0
PATIENCE_S = 20.0
START_S = 90.0  # a busy machine takes long to load all that a serve holds


async def replies(seconds: float) -> dict[str, float]:
    """Milliseconds until an answer is there, p50 and p99, and how much of the bulk's pace was used meanwhile."""
    with bench_home() as home:
        sandbox = Sandbox(now=home.now)
        await sandbox.start()
        people = round(BULK_PER_SECOND * (seconds + WARM_S + PATIENCE_S))
        phones = [sandbox.add_user("telegram", f"T{n}") for n in range(people)]
        writers = [sandbox.add_user("telegram", f"W{n}") for n in range(int(seconds / EVERY_S) + 1)]
        for uid in (*phones, *writers):
            sandbox.world.user(uid).started.add("main")
        settle(home, people, phones)
        home.db.write(lambda session: _start(session, home))
        process = await _serve(home, sandbox)
        try:
            await _until(lambda: len(sandbox.world.accepted) > WARM_S * BULK_PER_SECOND, START_S)
            began, before = time.perf_counter(), len(sandbox.world.accepted)
            async with asyncio.TaskGroup() as asking:
                waits = []
                for n, uid in enumerate(writers[: max(int(seconds / EVERY_S), 2)]):
                    waits.append(asking.create_task(_ask(sandbox, uid)))
                    await asyncio.sleep(began + (n + 1) * EVERY_S - time.perf_counter())
                lasted, wanted = time.perf_counter() - began, set(phones)
                bulk = sum(arrival.to in wanted for arrival in sandbox.world.accepted[before:])
        finally:
            process.kill()
            await process.wait()
            await sandbox.stop()
    took = [one.result() * 1000 for one in waits]
    return {
        "replies": len(took),
        "reply_p50_ms": statistics.median(took),
        "reply_p99_ms": statistics.quantiles(took, n=100, method="inclusive")[98],
        "bulk_pace_used": bulk / lasted / BULK_PER_SECOND,
        "floods": sandbox.telegram.floods,
    }


def _start(session: Session, home: Home) -> None:
    campaign = draft(session, home)
    approve(session, campaign, "minh", home.now())
    launch(session, home, campaign, "lan", home.now())


async def _ask(sandbox: Sandbox, uid: str) -> float:
    """Seconds from writing until the first answer."""
    began = time.perf_counter()
    sandbox.type_text(uid, "xin chào")
    await _until(lambda: any(arrival.to == uid for arrival in reversed(sandbox.world.accepted[-200:])))
    return time.perf_counter() - began


async def _until(true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(patience_s):
        while not true():  # noqa: ASYNC110 — the sandbox tells nobody
            await asyncio.sleep(0.002)


async def _serve(home: Home, sandbox: Sandbox) -> asyncio.subprocess.Process:
    clock = home.now
    assert isinstance(clock, Clock)
    given = {**sandbox.settings(), "home": str(home.path), "log_level": "ERROR", "port": 0}
    told = json.dumps({"settings": given, "offset": clock.offset.total_seconds()})
    program = (sys.executable, "-m", "benchmarks.replying", told)
    return await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.DEVNULL)


if __name__ == "__main__":
    from console.serving import serve_forever

    told = json.loads(sys.argv[1])
    logs("ERROR")
    home = open_home(Settings(**told["settings"]), now=Clock(timedelta(seconds=told["offset"])), migrate=False)
    run_long(serve_forever(home))
