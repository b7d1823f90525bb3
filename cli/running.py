"""The whole story, and what runs for long: demo, serve, worker, sandbox."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.common import Json, app, opened, show
from cli.logs import logs


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Chạy hết câu chuyện rồi dừng, không mở trang web.")] = False,
    json: Json = False,
) -> None:
    """Chạy trọn một câu chuyện mẫu: từ danh sách 447 người đến kết quả và bản tin, trên kênh giả lập.

    Ví dụ:
      tungnha demo
      tungnha demo --once
      tungnha demo --once --json
    """
    import asyncio

    from demo import run_demo

    outcome = asyncio.run(run_demo(once=once, quiet=json))
    if json:
        show(outcome)


@app.command()
def serve() -> None:
    """Chạy ứng dụng: trang web, trợ lý tự động, gửi tin.

    Ví dụ:
      tungnha serve
      TUNGNHA_HOME=/srv/tungnha TUNGNHA_PORT=8080 tungnha serve
    """
    if sys.stderr.isatty():
        typer.echo("Đang khởi động, mất vài giây…", err=True)
    from console.serving import serve_forever
    from scheduler import run_long
    from settings import get_settings

    logs(get_settings().log_level, get_settings().log_format)
    with opened(create=True) as home:
        run_long(serve_forever(home))


@app.command()
def worker() -> None:
    """Chạy thêm một tiến trình gửi tin (cần PostgreSQL).

    Ví dụ:
      TUNGNHA_DATABASE_URL=postgresql+psycopg://tungnha@/tungnha tungnha worker
    """
    from scheduler import run_long, work_forever
    from settings import get_settings

    logs(get_settings().log_level, get_settings().log_format)
    with opened() as home:
        run_long(work_forever(home))


@app.command()
def sandbox(port: Annotated[int, typer.Option(help="Cổng; 0: cổng trống bất kỳ.")] = 8081) -> None:
    """Chạy riêng các kênh giả lập: Telegram, Zalo OA, ZBS, OAuth, Zalo Bot.

    Ví dụ:
      tungnha sandbox
      tungnha sandbox --port 0
    """
    import asyncio
    import contextlib

    from channels.sandbox.server import run_sandbox

    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it ends
        asyncio.run(run_sandbox(port))
