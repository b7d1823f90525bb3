"""A Telegram Bot API that says yes at once: a process of its own, so that it shares no loop with who sends.

python -m benchmarks.telegram_stub [SECONDS]     prints its base URL, ends when its standard input does

SECONDS: how long each answer takes. GET /count says how many messages it took.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from aiohttp import web


async def serve(latency_s: float) -> None:
    """Answer sendMessage until standard input ends."""
    numbers = itertools.count(1)
    taken = 0

    async def yes(request: web.Request) -> web.Response:
        nonlocal taken
        await request.read()
        if latency_s:
            await asyncio.sleep(latency_s)
        taken = next(numbers)
        message = f'{{"message_id":{taken},"date":1795395600,"chat":{{"id":1,"type":"private"}}}}'
        return web.Response(text=f'{{"ok":true,"result":{message}}}', content_type="application/json")

    async def count(_request: web.Request) -> web.Response:
        return web.Response(text=str(taken))

    app = web.Application()
    app.router.add_post("/{token}/{method}", yes)
    app.router.add_get("/count", count)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run  # type: ignore[assignment]
    run(serve(float(sys.argv[1]) if len(sys.argv) > 1 else 0))
