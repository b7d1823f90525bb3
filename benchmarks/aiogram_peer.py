"""What a plain bot does: aiogram's Bot in a loop, no ledger. Prints what it took as JSON.

    python -m benchmarks.aiogram_peer BASE NUMBER AT_ONCE TEXT [uvloop]

A process of its own: the process that sends campaigns never imports aiogram.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer


async def send(base: str, number: int, at_once: int, text: str) -> dict[str, float]:
    """Wall and CPU seconds for ``number`` messages, ``at_once`` at a time: one follows as soon as one is answered."""
    bot = Bot("1:bench", session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
    left = iter(range(1, number + 1))

    async def one_after_the_other() -> None:
        for chat in left:
            await bot.send_message(chat, text)

    await asyncio.gather(*(bot.send_message(1, text) for _ in range(at_once)))  # opens the connections
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    found = {"sent": number, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    await bot.session.close()
    return found


if __name__ == "__main__":
    base, number, at_once, text, *loop = sys.argv[1:]
    main = send(base, int(number), int(at_once), text)
    if loop:
        import uvloop

        print(json.dumps(uvloop.run(main)))
    else:
        print(json.dumps(asyncio.run(main)))
