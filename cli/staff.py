"""``tungnha staff``: logins, each by a one-time link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import completing
from cli.common import USER, group, opened

if TYPE_CHECKING:
    from sqlmodel import Session

    from register.home import Home

staff_app = group("staff", "Tài khoản cán bộ.", 'owner nam --name "Trần Văn Nam"', "link hoa --new-phone")


@staff_app.command("owner")
def staff_owner(
    login: Annotated[str, typer.Argument(metavar="TÊN_ĐĂNG_NHẬP", help="Tên đăng nhập.")],
    name: Annotated[str, typer.Option(help="Họ tên.")],
) -> None:
    """Thêm người quản trị; in một đường dẫn dùng một lần để tự đặt mật khẩu.

    Ví dụ:
      tungnha staff owner nam --name "Trần Văn Nam"
    """
    staff_add(login, name, "owner", None)


@staff_app.command("add")
def staff_add(
    login: Annotated[str, typer.Argument(metavar="TÊN_ĐĂNG_NHẬP", help="Tên đăng nhập.")],
    name: Annotated[str, typer.Option(help="Họ tên.")],
    role: Annotated[
        str,
        typer.Option(
            help="officer, approver, volunteer, radio, province, auditor, owner.",
            autocompletion=completing.of(completing.ROLES),
        ),
    ],
    unit: Annotated[str | None, typer.Option(help="Mã đơn vị.")] = None,
) -> None:
    """Thêm cán bộ; in một đường dẫn dùng một lần để người ấy tự đặt mật khẩu.

    Ví dụ:
      tungnha staff add hoa --name "Lê Thị Hoa" --role officer --unit 22945
    """
    from register.invitations import invite
    from register.staff import add_staff

    with opened(create=True) as home:

        def write(session: Session) -> str:
            staff = add_staff(session, login, name, role, unit, "", home.now(), USER)
            return invite(session, home, staff, USER, home.now())

        show_link(home, f"Đã thêm {login}.", home.db.write(write))


@staff_app.command("link")
def staff_link(
    login: Annotated[
        str, typer.Argument(metavar="TÊN_ĐĂNG_NHẬP", help="Tên đăng nhập.", autocompletion=completing.logins)
    ],
    new_phone: Annotated[bool, typer.Option("--new-phone", help="Bỏ cả mã hai bước cũ.")] = False,
) -> None:
    """In đường dẫn đặt lại mật khẩu, dùng một lần; cả khi tài khoản đang bị chặn vì sai nhiều lần.

    Ví dụ:
      tungnha staff link hoa
      tungnha staff link hoa --new-phone
    """
    from register import second_step
    from register.invitations import invite
    from register.staff import end_sessions, staff_named

    with opened() as home:

        def write(session: Session) -> str:
            staff = staff_named(session, login)
            if new_phone:
                second_step.remove(session, staff, home.now(), USER)
                end_sessions(session, staff)
            return invite(session, home, staff, USER, home.now())

        show_link(home, "", home.db.write(write))


def show_link(home: Home, before: str, code: str) -> None:
    """A one-time link on stdout, and what to do with it."""
    from register.invitations import invitation_link

    typer.echo(
        f"{before} Đường dẫn đặt mật khẩu, dùng một lần trong 24 giờ, chỉ hiện lần này; hãy trao tận tay:\n".lstrip()
        + invitation_link(home.settings, code)
    )
