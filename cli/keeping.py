"""Backups, keys, and what is kept how long."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import USER, By, Json, app, group, opened, show
from cli.register import register_app
from register.errors import BadInput

if TYPE_CHECKING:
    from sqlmodel import Session

keys_app = group("keys", "Khóa mã hóa.", "rotate")


@register_app.command("retention")
def register_retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem đêm tới sẽ xóa gì, không xóa.")] = False,
    by: By = USER,
    json: Json = False,
) -> None:
    """Xóa ngay những gì đã hết thời hạn lưu giữ (mỗi đêm cũng tự làm); --dry-run: chỉ xem.

    Ví dụ:
      tungnha register retention --dry-run
    """
    from register import retention

    with opened() as home:
        if dry_run:
            with home.db.read() as session:
                found = retention.due(session, home, home.now())
        else:
            found = retention.let_go(home, home.now(), by)
        kept = retention.words(home)
    if json:
        show({"dry_run": dry_run, **found.to_json()})
        return
    typer.echo(
        f"{'Đêm tới sẽ xóa' if dry_run else 'Đã xóa'}: danh tính của {found.people} người "
        f"({found.people_left} đã rời danh sách), {found.contacts} liên lạc không thuộc về ai, "
        f"{found.conversations} cuộc trò chuyện, lời trong {found.tickets} việc đã đóng. Số liệu cũ giữ nguyên."
    )
    for what, how_long in kept:
        typer.echo(f"  {what}: {how_long}.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp sao lưu sẽ tạo.")]) -> None:
    """Sao lưu đã mã hóa: cơ sở dữ liệu và âm thanh. Tệp khóa phải cất riêng.

    Ví dụ:
      tungnha backup /media/usb/tungnha-2026-12-01.bin
    """
    from register.backup import backup as make_backup

    with opened() as home:
        done = make_backup(home, file)
    typer.echo(f"Đã sao lưu {done.rows} dòng, {done.files} tệp vào {file}. Tệp khóa keys.json phải cất riêng.")


def _moment(text: str) -> datetime:
    """``23/11/2026 09:30`` in Viet Nam, aware: the end of that minute (with seconds: of that second)."""
    from register.home import VIETNAM

    forms = {"%d/%m/%Y %H:%M": 60, "%Y-%m-%d %H:%M": 60, "%d/%m/%Y %H:%M:%S": 1, "%Y-%m-%d %H:%M:%S": 1}
    for form, seconds in forms.items():
        try:
            return datetime.strptime(text, form).replace(tzinfo=VIETNAM) + timedelta(seconds=seconds)
        except ValueError:
            continue
    raise BadInput(f"Lúc “{text}” chưa đúng. Hãy ghi như “23/11/2026 09:30”, giờ Việt Nam.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp sao lưu.")],
    moved: Annotated[
        bool,
        typer.Option("--moved", help="Chuyển máy: máy cũ dừng trước khi sao lưu, không gửi gì sau đó; đợt đi tiếp."),
    ] = False,
    lost_at: Annotated[
        str, typer.Option(help="Lúc mất máy, giờ Việt Nam, ví dụ “23/11/2026 09:30”; bỏ trống: không rõ.")
    ] = "",
) -> None:
    """Khôi phục từ bản sao lưu; người đã xóa vẫn được xóa; tin có thể đã gửi thì không tự gửi lại.

    Ví dụ:
      tungnha restore /media/usb/tungnha-2026-12-01.bin
      tungnha restore /media/usb/tungnha-2026-12-01.bin --lost-at "01/12/2026 09:30"
    """
    from campaigns.restored import HeldBack, hold_back
    from register.backup import restore as put_back
    from register.lock import lock
    from settings import get_settings

    lost = _moment(lost_at) if lost_at else None
    found = HeldBack()

    def look(session: Session, made: datetime) -> None:
        nonlocal found
        if lost and not made <= lost <= home.now() + timedelta(minutes=1):
            raise BadInput("Lúc mất máy phải sau lúc sao lưu và không ở tương lai. Hãy xem lại, hoặc bỏ trống.")
        found = hold_back(session, home, USER, home.now(), lost)

    folder = get_settings().home.expanduser()
    if not (folder / "keys.json").exists():
        raise BadInput(f"Hãy chép tệp khóa keys.json đã cất riêng vào {folder} trước, rồi khôi phục.")
    with opened() as home, closing(lock(home.path)):
        done = put_back(home, file, then=None if moved else look)
    typer.echo(f"Đã khôi phục {done.rows} dòng, {done.files} tệp. Đã xóa lại {done.erased} người.")
    if found.paused:
        typer.echo(
            f"Đã tạm dừng đợt {', '.join(found.paused)}: {found.unknown} tin đến lượt sau lúc sao lưu, không rõ máy cũ "
            "đã gửi chưa. Hãy xem lại, ghi rõ bằng tungnha campaign settle --restored, rồi cho đợt chạy tiếp."
        )
    if found.not_begun:
        typer.echo(f"Có thể đã phát động sau lúc sao lưu, hãy hỏi trước khi làm: {', '.join(found.not_begun)}.")
    if done.list_is_older:
        typer.echo(
            f"Không thấy danh sách xóa mới hơn bản sao lưu. Nếu có tệp {file.name}.erased hoặc erased.list, "
            "hãy đặt tệp đó cạnh bản sao lưu (tên tệp sao lưu thêm .erased) rồi khôi phục lần nữa.",
            err=True,
        )


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Đổi khóa mã hóa khi mọi thứ vẫn chạy; dữ liệu được mã hóa lại bằng khóa mới.

    Ví dụ:
      tungnha keys rotate
    """
    from register.rotation import rotate_keys

    with opened() as home:
        typer.echo(f"Đã đổi khóa, mã hóa lại {rotate_keys(home, home.now())} mục.")
