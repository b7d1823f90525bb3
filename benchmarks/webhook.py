"""Telegram's webhook from end to end: our whole `serve` beside a bare aiogram echo bot, in the same run.

    python -m benchmarks.webhook ours HOME BASE [DATABASE]   # a process each: prints its port, "cpu" → its CPU
    python -m benchmarks.webhook echo - BASE                 # seconds, ends when its standard input does

Chats in this process write or press, each its next thing once its answer came: real HTTP into the webhook, and
the answer posted to a Telegram that says yes at once. Ours stores each event in the inbox, takes the turn in the
database and answers, with the steps' pictures as `serve` draws them; the lane's pace is off. The echo bot is
aiogram's own webhook server (SimpleRequestHandler).
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from pydantic import SecretStr

from benchmarks.lists import postgres_server
from scheduler import run_long
from settings import Settings

SECRET = "bench"  # noqa: S105 — invented
TOKEN = "1:bench"  # noqa: S105 — invented
CHATS = 64  # that talk side by side
ROUNDS = 3
ON_POSTGRES = "ours_on_postgres"
PEERS = ("echo", "echo_on_uvloop")
SERVERS = (*PEERS, "ours", ON_POSTGRES)
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
# A walk through the guide: half of it typed, half of it pressed.
TYPED = (
    "xin chào",
    "bắt đầu",
    "tôi tự làm",
    "xong rồi",
    "tiep tuc",
    "nhắc lại",
    "có mất tiền không",
    "ok",
    "không được",
)
PRESSED = ("guide.start", "who.self", "guide.next", "guide.next", "guide.repeat", "guide.stuck", "guide.resume")


class Phones:
    """The chats of the bench, and the Telegram to which the answers are posted."""

    def __init__(self) -> None:
        self._numbers, self._waiting = count(1), dict[str, asyncio.Future[None]]()
        self.base = ""

    @asynccontextmanager
    async def telegram(self) -> AsyncIterator[None]:
        """A Bot API that says yes at once."""

        async def yes(request: web.Request) -> web.Response:
            if not request.path.endswith(("/sendMessage", "/sendPhoto")):
                return web.Response(text='{"ok":true,"result":true}', content_type="application/json")
            told = await request.json() if request.content_type == "application/json" else await request.post()
            if waiting := self._waiting.pop(str(told["chat_id"]), None):
                waiting.set_result(None)
            sent = f'"message_id":{next(self._numbers)},"date":1795395600,"chat":{{"id":1,"type":"private"}}'
            if request.path.endswith("/sendPhoto"):
                sent += ',"photo":[{"file_id":"p","file_unique_id":"p","width":1,"height":1}]'
            return web.Response(text=f'{{"ok":true,"result":{{{sent}}}}}', content_type="application/json")

        app = web.Application()
        app.router.add_post("/{token}/{method}", yes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield
        await runner.cleanup()

    async def talk(self, url: str, turns: int, *, pressed: bool) -> float:
        """Seconds until ``turns`` turns of all chats together were answered."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=HEADERS) as session:
            start = time.perf_counter()
            async with asyncio.timeout(600):
                await asyncio.gather(*(self._chat(session, url, n, turns // CHATS, pressed) for n in range(CHATS)))
            return time.perf_counter() - start

    async def _chat(self, session: aiohttp.ClientSession, url: str, number: int, turns: int, pressed: bool) -> None:
        chat = str(1_000 + number)
        for turn in range(turns):
            answered = self._waiting[chat] = asyncio.get_running_loop().create_future()
            body = orjson.dumps(_update(next(self._numbers), int(chat), turn, pressed))
            async with session.post(url, data=body) as response:
                if response.status != 200:
                    raise AssertionError(response.status)
            await answered


def _update(number: int, chat: int, turn: int, pressed: bool) -> dict[str, Any]:
    who = {"id": chat, "is_bot": False, "first_name": "Mai"}
    message = {"message_id": number, "date": 1795395600, "chat": {"id": chat, "type": "private"}, "from": who}
    if not pressed:
        return {"update_id": number, "message": message | {"text": TYPED[turn % len(TYPED)]}}
    query = {"id": str(number), "from": who, "chat_instance": "1", "data": PRESSED[turn % len(PRESSED)]}
    return {"update_id": number, "callback_query": query | {"message": message | {"text": "."}}}


def compare(folder: Path, turns: int) -> tuple[dict[str, float], dict[str, float]]:
    """Figures and ratios: answers a second, and a second of the process's own CPU time, ours over the echo bot's.

    The second is what a core can do: on a machine that others use too, the first tells little. The servers are asked
    in turns, ``turns`` each time, so that whatever else goes on meets all of them; medians of ROUNDS.
    """
    with postgres_server(folder) if ON_POSTGRES in SERVERS else nullcontext("") as postgres:
        return asyncio.run(_compare(folder, turns, postgres))


async def _compare(folder: Path, turns: int, postgres: str) -> tuple[dict[str, float], dict[str, float]]:
    phones, rounds = Phones(), [dict[str, float]() for _ in range(ROUNDS)]
    async with phones.telegram():
        with ExitStack() as stack:
            servers = {
                who: stack.enter_context(_process(who, folder / who, phones.base, postgres))
                for who in SERVERS
                if postgres or who != ON_POSTGRES
            }
            for way in ("typed", "pressed"):
                for _, url in servers.values():
                    await phones.talk(url, CHATS * 4, pressed=way == "pressed")  # connections, the model, the caches
                for figures in rounds:
                    for who, (ask, url) in servers.items():
                        before = float(ask("cpu"))
                        taken = await phones.talk(url, turns, pressed=way == "pressed")
                        figures[f"{who}_{way}_per_s"] = turns / taken
                        figures[f"{who}_{way}_per_cpu_s"] = turns / (float(ask("cpu")) - before)
    ratios = {
        f"webhook_{way}_over_{peer}{kind}": median(
            figures[f"ours_{way}_per{kind}_s"] / figures[f"{peer}_{way}_per{kind}_s"] for figures in rounds
        )
        for peer in PEERS
        for way in ("typed", "pressed")
        for kind in ("", "_cpu")
    }
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}, ratios


@contextmanager
def _process(who: str, home: Path, base: str, postgres: str) -> Iterator[tuple[Any, str]]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.webhook",
        who,
        str(home),
        base,
        *([postgres] if who == ON_POSTGRES else []),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 — ourselves
    assert process.stdin
    assert process.stdout
    port = process.stdout.readline().strip()

    def ask(word: str) -> str:
        print(word, file=process.stdin, flush=True)
        return process.stdout.readline()  # type: ignore[union-attr]

    try:
        yield ask, f"http://127.0.0.1:{port}/hooks/telegram/main"
    finally:
        process.communicate()


# --- The two servers, a process each ---------------------------------------------------------------


async def _until_told() -> None:
    """Answer questions on standard input until it ends."""
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_utime + used.ru_stime, flush=True)


async def _ours(path: Path, base: str, database: str) -> None:
    from bot.citizen import telegram
    from channels.files import PICTURES
    from console.serving import Serving
    from content.screens import draw_missing
    from register.home import open_home

    telegram.REPLIES_PER_SECOND, telegram.REPLIES_PLACES = 1e6, None  # type: ignore[assignment]
    settings = Settings.model_construct(
        home=path,
        database_url=database,
        telegram_token=SecretStr(TOKEN),
        telegram_api_base=base,
        telegram_webhook_secret=SecretStr(SECRET),
    )
    home = open_home(settings, create=True)
    draw_missing(home.path / PICTURES)
    async with Serving(home, port=0) as serving:
        handling = asyncio.create_task(serving.inbox.serve(serving.handlers))
        print(serving.address.rsplit(":", 1)[1], flush=True)
        await _until_told()
        handling.cancel()
    home.close()


async def _echo(base: str) -> None:
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import CallbackQuery, Message
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler

    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer(message.text or "")

    @dispatcher.callback_query()
    async def pressed(query: CallbackQuery) -> None:
        await query.answer()
        await query.message.answer(query.data or "")  # type: ignore[union-attr]

    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, path="/hooks/telegram/main")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await _until_told()
    await runner.cleanup()
    await bot.session.close()


if __name__ == "__main__":
    who, path, base, *database = sys.argv[1:]
    # each as it is run: `serve` on uvloop, a bot as aiogram's documents have it on asyncio, and on uvloop beside it
    run = asyncio.run if who == "echo" else run_long
    run(_ours(Path(path), base, *(database or [""])) if who.startswith("ours") else _echo(base))
