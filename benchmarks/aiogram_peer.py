"""What a plain bot does: aiogram's Bot in a loop, no ledger. Prints messages a second.

    python -m benchmarks.aiogram_peer BASE NUMBER IN_FLIGHT TEXT

A process of its own: the process that sends campaigns never imports aiogram.
"""

from __future__ import annotations

import asyncio
import sys
import time

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer


async def send(base: str, number: int, in_flight: int, text: str) -> float:
    """Seconds for ``number`` messages, ``in_flight`` at a time."""
    bot = Bot("1:bench", session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
    await bot.send_message(1, text)  # the first one opens the connection
    start = time.perf_counter()
    for first in range(0, number, in_flight):
        await asyncio.gather(*(bot.send_message(n, text) for n in range(first, min(first + in_flight, number))))
    taken = time.perf_counter() - start
    await bot.session.close()
    return taken


if __name__ == "__main__":
    base, number, in_flight, text = sys.argv[1:]
    print(int(number) / asyncio.run(send(base, int(number), int(in_flight), text)))
