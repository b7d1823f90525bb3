"""The channels' two promises: webhooks are answered at once whatever goes on, and a broadcast keeps its pace.

Doors: 200 webhooks a second into a whole `serve` that takes each turn and answers it, beside the same 200 a
second into a bare FastAPI endpoint. Pace: a lane's bulk turns and replies in between against the sandbox's
bucket (30 in any second, not one more), beside python-telegram-bot's AIORateLimiter in the same bucket.

    python -m benchmarks.channels bare|lane …      # the processes that are measured; prints what they found
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from benchmarks.dispatch import telegram
from benchmarks.run import Measured
from campaigns.engine.dispatch import turns_of
from channels.gate import ReplyGate, Turns
from channels.sandbox import Sandbox
from channels.senders import TelegramSender
from channels.telegram.client import TelegramClient
from channels.telegram.limits import (
    BULK_PER_SECOND,
    BULK_PLACES,
    LANE,
    REPLIES_BURST,
    REPLIES_PER_SECOND,
    REPLIES_PLACES,
)
from channels.transport import Transport
from content.message import Message
from register.home import open_home
from settings import Settings

EVENTS_PER_S, CHATS = 200, 400
DOORS_S, DOORS_S_QUICK = 20, 5
PACE_S, PACE_S_QUICK = 40, 10
PEER_MESSAGES = 150
REPLY_EVERY_S = 0.5
SECRET = "bench"  # noqa: S105 — invented
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}


def measure(quick: bool) -> Measured:
    """Answers of the doors in ms; the share of the pace that was used, and how many were refused with 429."""
    seconds = DOORS_S_QUICK if quick else DOORS_S
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder, telegram() as base:
        ours = asyncio.run(_doors("ours", [folder, base], "/hooks/telegram/main", seconds))
        bare = asyncio.run(_doors("bare", [], "/", seconds))
    lane, peer = asyncio.run(_lane(PACE_S_QUICK if quick else PACE_S)), asyncio.run(_peer())
    return Measured(
        figures={
            "webhooks_per_s": ours["per_s"],
            "webhook_p50_ms": ours["p50"],
            "webhook_p99_ms": ours["p99"],
            "bare_p99_ms": bare["p99"],
            "pace_used": lane["pace_used"],
            "floods": lane["floods"],
            "replies": lane["replies"],
            "ptb_lost": peer["lost"],
            "ptb_floods": peer["floods"],
            "ptb_first_second": peer["first_second"],
        },
        ratios={"webhook_over_bare": ours["p99"] / bare["p99"]},
        targets={"webhook_p99_ms": ("most", 250), "pace_used": ("least", 0.98), "floods": ("most", 0)},
    )


# --- The doors -------------------------------------------------------------------------------------


async def _doors(who: str, given: list[str], path: str, seconds: float) -> dict[str, float]:
    """200 a second, each at its time, whether those before were answered or not."""
    process = await _start(who, *given)
    url = f"http://127.0.0.1:{await _line(process)}{path}"
    took: list[float] = []
    numbers = count(1)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=HEADERS) as session:

        async def knock(number: int) -> None:
            body, began = orjson.dumps(_update(number)), time.perf_counter()
            async with session.post(url, data=body) as response:
                if response.status != 200:
                    raise AssertionError(response.status)
            took.append(time.perf_counter() - began)

        await asyncio.gather(*(knock(next(numbers)) for _ in range(20)))  # connections, caches
        took.clear()
        began = time.perf_counter()
        async with asyncio.TaskGroup() as going:
            for sent in range(int(seconds * EVENTS_PER_S)):
                await asyncio.sleep(began + sent / EVENTS_PER_S - time.perf_counter())
                going.create_task(knock(next(numbers)))
        lasted = time.perf_counter() - began
    process.kill()  # what it has still to answer is of no interest
    await process.wait()
    ms = statistics.quantiles(took, n=100)
    return {"per_s": len(took) / lasted, "p50": ms[49] * 1000, "p99": ms[98] * 1000}


def _update(number: int) -> dict[str, Any]:
    who = {"id": 1_000 + number % CHATS, "is_bot": False, "first_name": "Mai"}
    message = {"message_id": number, "date": 1795395600, "chat": {"id": who["id"], "type": "private"}, "from": who}
    return {"update_id": number, "message": message | {"text": f"tôi hỏi câu thứ {number}"}}


async def _ours(folder: str, base: str) -> None:
    """`serve` as it is, but for the pace of replies: what is measured is the work."""
    from bot.citizen import telegram as citizen
    from console.serving import Serving

    citizen.REPLIES_PER_SECOND, citizen.REPLIES_PLACES = 1e6, None  # type: ignore[assignment]
    home = open_home(_settings(folder, base, "1:bench"), create=True)
    async with Serving(home, port=0) as serving:
        handling = asyncio.create_task(serving.inbox.serve(serving.handlers))
        await _until_told(serving.address.rsplit(":", 1)[1])
        handling.cancel()
    home.close()


async def _bare() -> None:
    """What FastAPI and uvicorn cost by themselves: the body is read as JSON, and 200 is said."""
    import uvicorn

    from console.serving import listen

    app = FastAPI()

    @app.post("/")
    async def yes(request: Request) -> Response:
        await request.json()
        return Response()

    listening = listen("127.0.0.1", 0)
    listening.listen()  # who knocks before uvicorn is ready waits
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    await _until_told(str(listening.getsockname()[1]))
    server.should_exit = True
    await serving


# --- The pace --------------------------------------------------------------------------------------


async def _in_sandbox(use: Callable[[Sandbox], Any], chats: int) -> dict[str, float]:
    sandbox = Sandbox()
    await sandbox.start()
    try:
        for number in range(chats):
            sandbox.world.user(sandbox.add_user("telegram", f"T{number}")).started.add("main")
        found: dict[str, float] = await use(sandbox)
        return found | {"floods": sandbox.telegram.floods}
    finally:
        await sandbox.stop()


async def _lane(seconds: float) -> dict[str, float]:
    """Bulk and replies of one token, as the drain and the doors send them, from a process of their own."""

    async def use(sandbox: Sandbox) -> dict[str, float]:
        with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder:
            token = sandbox.telegram.bots["main"].token
            process = await _start("lane", folder, sandbox.base, token, str(seconds), *sandbox.world.users)
            found: dict[str, float] = json.loads(await _line(process))
            await process.communicate()
        return found

    return await _in_sandbox(use, int(seconds * (BULK_PER_SECOND + 1 / REPLY_EVERY_S)) + 100)


async def _send(folder: str, base: str, token: str, lasting: str, *chats: str) -> None:
    home, transport, seconds = open_home(_settings(folder, base, token), create=True), Transport(), float(lasting)
    sender = TelegramSender(home, TelegramClient(transport, base, token))
    gate = ReplyGate(home, LANE, REPLIES_PER_SECOND, REPLIES_BURST, REPLIES_PLACES)
    free, began, done = iter(chats), time.perf_counter(), {"bulk": 0, "replies": 0}

    async def one(turns: Turns, kind: str) -> None:
        async with turns:
            await sender.send(next(free), Message("Kính gửi bà Mai."))
        done[kind] += 1

    async def bulk(turns: Turns) -> None:
        while time.perf_counter() - began < seconds:
            await one(turns, "bulk")

    async def replies() -> None:
        while time.perf_counter() - began < seconds:
            await asyncio.gather(one(gate, "replies"), asyncio.sleep(REPLY_EVERY_S))

    turns = turns_of("telegram")
    await asyncio.gather(*(bulk(turns) for _ in range(BULK_PLACES)), replies())
    used = done["bulk"] / (BULK_PER_SECOND * (time.perf_counter() - began))
    await transport.close()
    home.close()
    print(json.dumps({"pace_used": used, "replies": done["replies"]}), flush=True)


async def _peer() -> dict[str, float]:
    async def use(sandbox: Sandbox) -> dict[str, float]:
        token, users = sandbox.telegram.bots["main"].token, list(sandbox.world.users)
        process = await _start("benchmarks.ptb_peer", sandbox.base, token, *users)
        found: dict[str, float] = json.loads(await _line(process))
        await process.communicate()
        first = sandbox.world.accepted[0].at.timestamp()
        return found | {"first_second": sum(one.at.timestamp() < first + 1 for one in sandbox.world.accepted)}

    return await _in_sandbox(use, PEER_MESSAGES)


# --- Processes -------------------------------------------------------------------------------------


def _settings(folder: str, base: str, token: str) -> Settings:
    return Settings.model_construct(
        home=Path(folder),
        telegram_token=SecretStr(token),
        telegram_api_base=base,
        telegram_webhook_secret=SecretStr(SECRET),
    )


async def _start(who: str, *given: str) -> asyncio.subprocess.Process:
    module = [who] if "." in who else ["benchmarks.channels", who]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", *module, *given, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def _until_told(port: str) -> None:
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    who, *given = sys.argv[1:]
    work: dict[str, Callable[..., Any]] = {"ours": _ours, "bare": _bare, "lane": _send}
    asyncio.run(work[who](*given))
