"""What python-telegram-bot's own limiter does with a broadcast: all at once through AIORateLimiter as it comes.

    python -m benchmarks.ptb_peer BASE TOKEN CHAT…      # prints {"sent": …, "lost": …}

A process of its own: the process that sends campaigns never imports telegram.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys

from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest


async def broadcast(base: str, token: str, chats: list[str]) -> dict[str, int]:
    """Send one message to each chat; those that the limiter gives up on are lost."""
    bot = ExtBot(
        token,
        base_url=f"{base}/bot",
        request=HTTPXRequest(connection_pool_size=64, pool_timeout=120),
        rate_limiter=AIORateLimiter(),
    )
    async with bot:
        told = await asyncio.gather(*(bot.send_message(int(chat), "x") for chat in chats), return_exceptions=True)
    for one in told:
        if isinstance(one, BaseException) and not isinstance(one, RetryAfter):
            raise one
    lost = sum(isinstance(one, RetryAfter) for one in told)
    return {"sent": len(told) - lost, "lost": lost}


if __name__ == "__main__":
    logging.disable()  # it prints a traceback for every message that it loses
    base, token, *chats = sys.argv[1:]
    print(json.dumps(asyncio.run(broadcast(base, token, chats))))
