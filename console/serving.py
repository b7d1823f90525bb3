"""`tungnha serve`: one process with the console, the webhooks, the bot's doors, the inbox and the scheduler.

1. Lock the home: two of us on one SQLite home would hold the same leases.
2. Listen. Webhooks are stored in the inbox and answered at once.
3. Handle the inbox: Telegram by aiogram, Zalo by its door.
4. Run the scheduler's table.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import structlog
import uvicorn

from bot import understanding
from bot.citizen.telegram import TelegramDoor
from bot.citizen.zalo import ZaloDoor
from bot.citizen.zalo_bot import ZaloBotDoor
from bot.staff.telegram import StaffDoor
from campaigns.engine import healing
from channels.files import PICTURES
from channels.hooks import Hooks
from channels.inbox import Handler, Inbox
from channels.telegram.poll import receive_updates
from channels.transport import Answer, Transport
from channels.zalo_bot import poll as zalo_bot
from console.app import create_app
from console.uploads import forget_crashed
from content.screens import draw_missing
from jobs import Work, new_work
from register.errors import BadInput, reason
from register.home import Home
from register.lock import lock
from scheduler import by_itself

log = structlog.get_logger(__name__)


class Serving:
    """A started process. ``async with Serving(home) as serving: …``"""

    def __init__(self, home: Home, *, port: int | None = None) -> None:
        self.home = home
        self._port = home.settings.port if port is None else port
        self._closers: list[Callable[[], Any]] = []
        self.address = ""
        self.work: Work
        self.inbox: Inbox
        self.handlers: dict[str, Handler] = {}

    async def __aenter__(self) -> Serving:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def _start(self) -> None:
        home = self.home
        self._closers.append(lock(home.path).close)
        forget_crashed(home)
        if home.db.is_sqlite:  # we have the lock, so nobody else sends: whoever held a lease is dead
            home.db.write(lambda session: healing.nobody_lives(session, home.now()))
        listening = listen(home.settings.host, self._port)
        self.address = f"http://{home.settings.host}:{listening.getsockname()[1]}"
        self._transport = Transport()
        self._closers.append(self._transport.close)
        self.inbox = Inbox(home)
        self._closers.append(self.inbox.close)
        self.work = new_work(home, self._transport, self.inbox)
        self._open_doors()
        app = create_app(home, inbox=self.inbox, senders=self.work.senders)
        self._closers.append(lambda: asyncio.to_thread(app.state.running.close))  # once no request can start more
        config = uvicorn.Config(
            Hooks(home, self.inbox, app),
            log_level="warning",
            access_log=False,  # a path can hold a one-time link
            lifespan="off",
            server_header=False,
            forwarded_allow_ips=home.settings.proxies,
        )
        server = _Quiet(config)
        task = asyncio.create_task(server.serve([listening]))
        self._closers.append(lambda: _finish(server, task))
        while not server.started:  # uvicorn sets it once its sockets accept
            if task.done():
                await task
            await asyncio.sleep(0.01)

    def _open_doors(self) -> None:
        telegram = self.home.settings.telegram_token.get_secret_value()
        if telegram:
            door = TelegramDoor(self.home)
            self._closers.append(door.close)
            self.handlers["telegram"] = door.feed
        if "zalo:main" in self.work.senders:
            self.handlers["zalo"] = ZaloDoor(self.home, self.work.senders["zalo:main"]).feed
        if "zalo_bot:main" in self.work.senders:
            self.handlers["zalo_bot"] = ZaloBotDoor(self.home, self.work.senders["zalo_bot:main"]).feed

    async def receive_updates(self) -> None:
        """Telegram's and the Zalo Bot's: by webhook where there is a public address (returns), else by asking."""
        await asyncio.gather(
            receive_updates(self.home, self._transport, self.inbox),
            zalo_bot.receive_updates(self.home, self._transport, self.inbox),
        )

    async def _meet_sandbox(self) -> None:
        """What a person enters in Zalo's console by hand is told to the sandbox: where we listen."""
        base = self.home.settings.sandbox_base.rstrip("/")
        reply = await self._transport.post_json(f"{base}/__sim/connect", {"url": self.address})
        if not (isinstance(reply, Answer) and reply.status == 200):
            log.warning("sandbox.not_reached")

    async def _draw_screens(self) -> None:
        """The guide's pictures that this home has not got yet; without them the guide goes on in words."""
        try:
            drawn = await asyncio.to_thread(draw_missing, self.home.path / PICTURES)
        except Exception as error:
            log.warning("screens.not_drawn", error=type(error).__name__)
        else:
            if drawn:
                log.info("screens.drawn", screens=drawn)

    async def settle(self) -> int:
        """Handle all that waits in the inbox now (the demo's clock stands still meanwhile)."""
        return await self.inbox.drain(self.handlers)

    async def run_by_itself(self) -> None:
        """Start the scheduler's table, the inbox's handling and the staff's bot."""
        table = AsyncExitStack()
        await table.enter_async_context(by_itself(self.work))
        self._closers.append(table.aclose)
        begun = [asyncio.create_task(self._draw_screens()), asyncio.create_task(asyncio.to_thread(understanding.model))]
        self._closers.append(lambda: asyncio.wait(begun))  # a thread cannot be stopped in the middle of a file
        work = [self.inbox.serve(self.handlers), self.receive_updates()]
        if self.home.settings.sandbox_base:
            work.append(self._meet_sandbox())
        if self.home.settings.staff_telegram_token.get_secret_value():
            staff = StaffDoor(self.home, self.work.senders)
            self._closers.append(staff.close)
            work.append(staff.run())
        tasks = [asyncio.create_task(one) for one in work]

        async def end() -> None:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._closers.append(end)

    async def stop(self) -> None:
        """Close everything in the reverse order."""
        while self._closers:
            try:
                closing = self._closers.pop()()
                if asyncio.iscoroutine(closing):
                    await closing
            except Exception as error:  # what else is open must be closed all the same
                log.error("serve.not_closed", error=type(error).__name__)


class _Quiet(uvicorn.Server):
    """Leaves signals to us."""

    def capture_signals(self) -> Any:
        from contextlib import nullcontext

        return nullcontext()


async def _finish(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    server.should_exit = True
    await task


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; BadInput when the port is taken."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise BadInput(
            f"Không mở được cổng {port} trên {host} ({reason(error)}). "
            "Hãy đặt TUNGNHA_PORT thành cổng khác, ví dụ 8001."
        ) from None
    return listening


async def serve_forever(home: Home) -> None:
    """`tungnha serve`, until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with Serving(home) as serving:
        await serving.run_by_itself()
        print(f"Từng Nhà đang chạy ở {serving.address} (dừng: Ctrl+C)", flush=True)
        await stopped.wait()
