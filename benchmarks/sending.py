"""The process that is measured while it sends: what `tungnha worker` loads, and nothing of the bench's own data.

python -m benchmarks.sending '{"home": …, "database_url": …, "base": …, "offset": …, "lanes": […],
                               "per_second": …, "number": …}'       drains; prints what it took as JSON
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from campaigns.engine.dispatch import LATE, Drain
from channels.gate import Turns
from channels.pace import Pace
from channels.senders import TelegramSender
from channels.telegram.client import TelegramClient
from channels.transport import Transport
from cli.logs import logs
from register.home import Clock, Home, open_home
from scheduler import run_long
from settings import Settings

TOKEN = "1:bench"  # noqa: S105 — invented
ENDLESS_S = 3_600.0
WARM = 100  # messages, at least


async def drain(home: Home, base: str, lanes: list[str], per_second: float, number: int) -> dict[str, float]:
    """Send ``number`` messages over these lanes, each at its pace, and say what it took."""
    transport = Transport()
    drains: list[Drain] = []

    def sent() -> int:
        return sum(one.done["accepted"] for one in drains)

    for lane in lanes:
        sender = TelegramSender(home, TelegramClient(transport, base, TOKEN))
        sender.lane = lane
        turns = Turns(Pace(per_second, LATE))
        drains.append(Drain(home, sender, "bench", turns, ENDLESS_S, stopping=lambda: sent() >= number))
    began, cpu = time.perf_counter(), time.process_time()
    sending = asyncio.gather(*(one.run() for one in drains))
    first, early_mb = 0, 0.0  # the first quarter is to warm up: statements are compiled, lines are opened
    while not sending.done():
        await asyncio.sleep(0.02)
        if not first and sent() >= max(number / 4, WARM):
            first, began, cpu, early_mb = sent(), time.perf_counter(), time.process_time(), memory_mb("VmRSS")
    await sending
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    await transport.close()
    found = {"accepted": sent(), "sent": sent() - first, "seconds": seconds, "cpu": cpu}
    return found | {"early_mb": early_mb or memory_mb("VmRSS"), "peak_mb": memory_mb("VmHWM")}


def memory_mb(name: str) -> float:
    """VmRSS: resident now; VmHWM: the most there was. Linux only; elsewhere 0."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def opened(given: dict[str, Any]) -> Home:
    """The bench's home, as another process sees it."""
    settings = Settings.model_construct(
        home=Path(given["home"]),
        database_url=given["database_url"],
        telegram_token=SecretStr(TOKEN),
        telegram_api_base=given["base"],
    )
    return open_home(settings, now=Clock(timedelta(seconds=given["offset"])), migrate=False)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    logs("ERROR")
    home = opened(given)
    print(json.dumps(run_long(drain(home, given["base"], given["lanes"], given["per_second"], given["number"]))))
    home.close()
