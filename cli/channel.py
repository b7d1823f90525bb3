"""``tungnha channel``: ask, switch and link the channels."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import completing
from cli.common import USER, By, Json, group, opened, show
from register.errors import BadInput, Problem

channel_app = group("channel", "Kênh nhắn tin: kiểm tra, bật, tắt, nối tài khoản Zalo.", "check", "off telegram")

Channel = Annotated[
    str,
    typer.Argument(
        metavar="KÊNH", help="zalo, zbs, telegram, zalo_bot.", autocompletion=completing.of(completing.LANES)
    ),
]


@channel_app.command("check")
def channel_check(json: Json = False) -> None:
    """Hỏi từng kênh xem có hoạt động không, còn hạn mức bao nhiêu, có đang tắt hay vướng gì.

    Ví dụ:
      tungnha channel check
    """
    import asyncio

    from channels.checking import check, check_words
    from channels.transport import Transport

    async def ask() -> dict[str, Any]:
        transport = Transport()
        try:
            return await check(home, transport)
        finally:
            await transport.close()

    with opened() as home:
        found = asyncio.run(ask())
    show(found) if json else typer.echo(check_words(found))


def _switch(name: str, on: bool, by: str) -> None:
    from channels import lanes

    with opened() as home:
        home.db.write(lambda session: lanes.switch(session, name, on=on, by=by, now=home.now()))
    typer.echo(f"Đã {'bật' if on else 'tắt'} kênh {name}. Người nhắn đến vẫn được trả lời.")


@channel_app.command("off")
def channel_off(
    name: Channel,
    by: By = USER,
) -> None:
    """Tắt một kênh: đợt vận động đi tiếp bằng các kênh khác.

    Ví dụ:
      tungnha channel off zalo
    """
    _switch(name, False, by)


@channel_app.command("on")
def channel_on(
    name: Channel,
    by: By = USER,
) -> None:
    """Bật lại một kênh.

    Ví dụ:
      tungnha channel on zalo
    """
    _switch(name, True, by)


@channel_app.command("link")
def channel_link(
    redirect: Annotated[str, typer.Option(help="Địa chỉ quay về đã khai trong ứng dụng Zalo.")] = "",
    code: Annotated[str, typer.Option(help="Mã trong địa chỉ quay về (code=…), dùng một lần trong 10 phút.")] = "",
) -> None:
    """Nối Official Account: in đường dẫn để chủ tài khoản đồng ý, rồi đổi mã lấy khóa.

    Ví dụ:
      tungnha channel link --redirect https://tungnha.example.vn/
      tungnha channel link --code MÃ
    """
    import asyncio

    from channels.transport import Transport
    from channels.zalo.oauth import Tokens

    if not redirect and not code:
        raise BadInput("Hãy ghi --redirect ĐỊA_CHỈ để lấy đường dẫn, hoặc --code MÃ để đổi mã lấy khóa.")

    async def exchange() -> bool:
        transport = Transport()
        try:
            return await Tokens(home, transport).use_code(code)
        finally:
            await transport.close()

    with opened(create=True) as home:
        if not home.settings.zalo_app_id or not home.settings.zalo_app_secret.get_secret_value():
            raise BadInput("Hãy đặt TUNGNHA_ZALO_APP_ID và TUNGNHA_ZALO_APP_SECRET trước.")
        if not code:
            tokens = Tokens(home, Transport())
            typer.echo(f"Đường dẫn để chủ tài khoản mở và đồng ý:\n{tokens.link(redirect)}")
            typer.echo(f"Nếu trang quản lý Zalo hỏi code challenge, hãy điền: {tokens.challenge()}")
        elif asyncio.run(exchange()):
            typer.echo("Đã nối tài khoản Zalo.")
        else:
            raise Problem("Zalo không nhận mã này. Mã dùng được một lần trong 10 phút; hãy lấy đường dẫn mới.")
