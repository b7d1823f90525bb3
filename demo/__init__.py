"""`tungnha demo`: the whole job of one commune on simulated channels, and then the console to look around."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path
from typing import Any

from channels.sandbox.server import Sandbox
from console.serving import Serving
from demo.story import OFFICE, Story, marker
from demo.telling import Telling
from register.errors import BadInput, reason
from register.home import Clock, open_home
from register.lock import lock
from settings import Settings


def fresh_home(path: Path) -> Path:
    """An empty home for the demo. A home that holds anything else is never touched: BadInput."""
    if path.exists() and any(path.iterdir()):
        if not marker(path).exists():
            raise BadInput(f"Thư mục {path} đã có dữ liệu thật. Hãy đặt TUNGNHA_HOME sang thư mục trống để chạy thử.")
        lock(path).close()  # BadInput while another demo is open there
        shutil.rmtree(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        marker(path).touch()
    except OSError as error:
        raise BadInput(f"Không ghi được vào thư mục {path}: {reason(error)}. Hãy đổi TUNGNHA_HOME.") from None
    return path


async def run_demo(*, once: bool, quiet: bool) -> dict[str, Any]:
    """Tell the story; without ``once`` keep the console open afterwards. Returns the figures."""
    named = os.environ.get("TUNGNHA_HOME")
    path = fresh_home(Path(named) if named else Path.home() / ".tungnha-demo")
    clock, tell = Clock(), Telling(quiet)
    sandbox = Sandbox(now=clock, limits=True)
    await sandbox.start()
    home = None
    try:
        # the demo's clock is no phone's clock
        own = {"home": path, "database_url": "", "second_step_roles": "", "web_chat": True}
        settings = Settings(**{**sandbox.settings(), **own})
        home = open_home(settings, create=True, now=clock)
        async with Serving(home, port=0 if once else None) as serving:
            settings.public_url = serving.address
            await serving.receive_updates()
            await sandbox.connect(serving.address)
            story = Story(home, clock, sandbox, serving, tell)
            passwords = story.add_people_of_the_office()
            outcome = await story.run()
            if not once:
                tell.step(9, "Xem trên trình duyệt")
                tell.line(f"Địa chỉ: {serving.address}")
                tell.line(f"Người dân hỏi đáp trên web: {serving.address}/hoi-dap")
                for login, password in passwords.items():
                    tell.line(f"Đăng nhập: {login}   Mật khẩu: {password}   ({OFFICE[login][2]})")
                tell.line("Bản thử không hỏi mã hai bước, vì lịch của nó chạy trước. Khi dùng thật thì có.")
                tell.line("Dừng: Ctrl+C")
                await serving.run_by_itself()
                await stopped()
            return outcome
    finally:
        await sandbox.stop()
        if home is not None:
            home.close()


async def stopped() -> None:
    """Wait for SIGINT or SIGTERM."""
    event = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    await event.wait()
