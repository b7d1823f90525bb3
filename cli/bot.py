"""``tungnha bot``: try the assistant, read its steps aloud."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli import completing
from cli.common import Json, group, opened, show

bot_app = group("bot", "Trợ lý tự động: thử hiểu câu, thử trò chuyện.", "chat", "voices --missing")


@bot_app.command("voices")
def bot_voices(
    voice: Annotated[
        str, typer.Option(help="auto, gtts, espeak.", autocompletion=completing.of(completing.VOICES))
    ] = "auto",
    missing: Annotated[bool, typer.Option("--missing", help="Chỉ liệt kê đoạn chưa có tiếng đọc.")] = False,
    json: Json = False,
) -> None:
    """Đọc sẵn các bước hướng dẫn thành tiếng (Telegram, trang hỏi đáp, Zalo Bot); kể đoạn nào chưa có.

    Ví dụ:
      tungnha bot voices
      tungnha bot voices --missing
    """
    from bot import readings
    from content.library import library

    with opened(create=True) as home:
        if not missing:
            number = readings.make(home, voice, lambda _path: typer.echo(".", nl=False, err=True))
            aac = readings.make_aac(home)
            typer.echo(f"\nĐã đọc {number} đoạn, để ở thư mục voices.", err=json)
            if aac is None:
                typer.echo("Chưa có ffmpeg trên máy, nên Zalo Bot chưa có tiếng đọc (.aac).", err=True)
        lacks = readings.missing(home)
    if json:
        show(lacks.to_json())
        return
    typer.echo(f"Tiếng Việt: {lacks.unread} trong {lacks.texts} đoạn chưa có tiếng đọc.")
    typer.echo(f"Zalo Bot (.aac): {lacks.no_aac} trong {lacks.texts} đoạn chưa có.")
    for code, names in lacks.languages.items():
        told = f"còn thiếu {len(names)} trong {len(lacks.names)} bản ghi" if names else "đã đủ bản ghi"
        typer.echo(f"{library().languages[code].name} (voices/{code}): {told}.")
        if missing and names:
            typer.echo("  " + ", ".join(names))
    if missing and not lacks.languages:
        typer.echo("Tiếng khác: chưa có bản ghi nào. Tên các bản ghi cần có: " + ", ".join(lacks.names))


@bot_app.command("classify")
def bot_classify() -> None:
    """Mỗi dòng một câu; in ý định và độ tin cậy.

    Ví dụ:
      echo 'lam sao de bat dau' | tungnha bot classify
    """
    from bot.chat import classify_lines

    classify_lines(sys.stdin, sys.stdout)


@bot_app.command("chat")
def bot_chat(json: Json = False) -> None:
    """Trò chuyện thử với trợ lý, mỗi dòng một lượt; không lưu gì.

    Ví dụ:
      tungnha bot chat
      echo 'xin chào' | tungnha bot chat --json
    """
    from bot.chat import chat_lines
    from register.home import utc_now

    chat_lines(sys.stdin, sys.stdout, utc_now(), as_json=json)
