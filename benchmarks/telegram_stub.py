"""A Telegram Bot API that says yes at once: a process of its own, so that it shares no loop with who sends.

python -m benchmarks.telegram_stub        prints its base URL, ends when its standard input does
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from aiohttp import web


async def serve() -> None:
    """Answer sendMessage until standard input ends."""
    numbers = itertools.count(1)

    async def yes(request: web.Request) -> web.Response:
        await request.read()
        message = f'{{"message_id":{next(numbers)},"date":1795395600,"chat":{{"id":1,"type":"private"}}}}'
        return web.Response(text=f'{{"ok":true,"result":{message}}}', content_type="application/json")

    app = web.Application()
    app.router.add_post("/{token}/{method}", yes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
