"""``tungnha campaign``: from a draft to the last message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import completing
from cli.common import USER, By, Commune, Json, day, group, opened, show
from cli.help import EXAMPLES
from register.errors import BadInput

if TYPE_CHECKING:
    from sqlmodel import Session


campaign_app = group(
    "campaign",
    "Đợt vận động: lập, chạy thử, duyệt, phát động, theo dõi.",
    'rehearse "Đợt 1"',
    'approve "Đợt 1" --by minh',
    'launch "Đợt 1"',
    'status "Đợt 1"',
)

Name = Annotated[str, typer.Argument(metavar="TÊN_ĐỢT", help="Tên đợt.", autocompletion=completing.campaigns)]


@campaign_app.command("new")
def campaign_new(
    name: Name,
    segment: Annotated[
        str, typer.Option(help="Nhóm cần giúp, ví dụ nq418-ready.", autocompletion=completing.of(completing.SEGMENTS))
    ],
    channels: Annotated[
        str, typer.Option(help="Các kênh theo thứ tự: zalo,telegram,zbs,visit.", autocompletion=completing.ways)
    ],
    start: Annotated[str, typer.Option("--from", help="Ngày bắt đầu.")],
    end: Annotated[str, typer.Option("--to", help="Ngày kết thúc.")],
    commune: Commune = None,
    budget: Annotated[int | None, typer.Option(min=0, help="Kinh phí, đồng.")] = None,
    narrow: Annotated[str, typer.Option(help='Thu hẹp nhóm, JSON: [{"is": "age", "least": 60}].')] = "[]",
    by: By = USER,
) -> None:
    r"""Lập một đợt (bản nháp).

    Ví dụ:
      tungnha campaign new "Đợt 1" --segment nq418-ready \
          --channels zalo,telegram,zbs,visit --from 01/12/2026 --to 31/12/2026
    """
    from campaigns.campaigns import new_campaign
    from campaigns.conditions import read
    from register.units import the_commune

    narrowed = read(narrow)

    wanted = [c.strip() for c in channels.split(",") if c.strip()]
    first, last = day(start), day(end)
    with opened() as home:
        home.db.write(
            lambda s: new_campaign(
                s,
                the_commune(s, commune),
                name,
                segment,
                wanted,
                first,
                last,
                by,
                home.now(),
                budget_vnd=budget,
                narrowed=narrowed,
            )
        )
    typer.echo(f'Đã lập đợt “{name}” (bản nháp). Tiếp theo: tungnha campaign rehearse "{name}"')


@campaign_app.command("rehearse")
def campaign_rehearse(name: Name, commune: Commune = None, json: Json = False) -> None:
    """Chạy thử: ai, khi nào, bằng gì, tốn bao nhiêu, ai không nhận gì và vì sao. Không gửi gì.

    Ví dụ:
      tungnha campaign rehearse "Đợt 1"
      tungnha campaign rehearse "Đợt 1" --json
    """
    from campaigns.campaigns import campaign_named
    from campaigns.rehearsal import rehearse
    from campaigns.words import rehearsal_words

    with opened() as home, home.db.read() as session:
        campaign = campaign_named(session, name, commune)
        rehearsal = rehearse(session, home, campaign, home.now())
        channels = list(campaign.channels)
    show(rehearsal.to_json()) if json else typer.echo(rehearsal_words(rehearsal, channels))


@campaign_app.command("approve")
def campaign_approve(
    name: Name,
    by: Annotated[str, typer.Option("--by", help="Tên đăng nhập của người duyệt.", autocompletion=completing.logins)],
    commune: Commune = None,
) -> None:
    """Duyệt một đợt; người lập không tự duyệt được.

    Ví dụ:
      tungnha campaign approve "Đợt 1" --by minh
    """
    from campaigns.campaigns import approve, campaign_named

    with opened() as home:
        home.db.write(lambda s: approve(s, campaign_named(s, name, commune), by, home.now()))
    typer.echo(f"Đã duyệt đợt “{name}”.")


@campaign_app.command("holdout")
def campaign_holdout(
    name: Name,
    percent: Annotated[int, typer.Option("--percent", help="Bao nhiêu % số người không nhận gì.")],
    document: Annotated[str, typer.Option("--document", help="Số văn bản của tỉnh cho phép.")],
    by: Annotated[str, typer.Option("--by", help="Tên đăng nhập của cán bộ tỉnh.", autocompletion=completing.logins)],
    commune: Commune = None,
) -> None:
    """Ghi việc tỉnh cho phép một nhóm đối chứng không nhận gì, để so sánh; sau đó phải duyệt lại.

    Ví dụ:
      tungnha campaign holdout "Đợt 1" --percent 10 --document 12/QĐ-UBND --by binh
    """
    from campaigns.campaigns import campaign_named
    from campaigns.results.holding_out import hold_out

    with opened() as home:
        home.db.write(lambda s: hold_out(s, campaign_named(s, name, commune), percent, document, by, home.now()))
    typer.echo(f"Đã ghi nhóm đối chứng {percent} % của đợt “{name}”. Đợt này cần được duyệt lại.")


@campaign_app.command("launch")
def campaign_launch(
    name: Name,
    wait: Annotated[bool, typer.Option("--wait", help="Đợi đến khi không còn ai đến lượt gửi.")] = False,
    commune: Commune = None,
    by: By = USER,
) -> None:
    """Phát động: chốt danh sách, lập việc cho từng người; `serve` hoặc `worker` sẽ gửi.

    Ví dụ:
      tungnha campaign launch "Đợt 1"
      tungnha campaign launch "Đợt 1" --wait
    """
    from campaigns.campaigns import campaign_named, launch, plan_rest
    from jobs import somebody_alive, wait_until_sent

    with opened() as home:
        planned = home.db.write(lambda s: launch(s, home, campaign_named(s, name, commune), by, home.now()))
        planned += plan_rest(home)  # of a very large group
        typer.echo(f"Đã phát động đợt “{name}”: {planned} người.")
        with home.db.read() as session:
            alive = somebody_alive(session, home)
        if not alive:
            typer.echo("Chưa có tiến trình gửi nào đang chạy. Hãy chạy: tungnha serve", err=True)
        elif wait:
            wait_until_sent(home, name, commune)


def _steer(action: str, verb: str) -> None:
    def command(name: Name, commune: Commune = None, by: By = USER) -> None:
        from campaigns import campaigns

        with opened() as home:
            steer = getattr(campaigns, action)
            home.db.write(lambda s: steer(s, campaigns.campaign_named(s, name, commune), by, home.now()))
        typer.echo(f"Đã {verb} đợt “{name}”.")

    example = f'tungnha campaign {action} "Đợt 1"'
    command.__doc__ = f"{verb.capitalize()} đợt; tức thì, không mất và không gửi lặp.\n\n{EXAMPLES}\n  {example}"
    campaign_app.command(action)(command)


for _action, _verb in (("pause", "tạm dừng"), ("resume", "chạy tiếp"), ("cancel", "hủy")):
    _steer(_action, _verb)


@campaign_app.command("status")
def campaign_status(name: Name, commune: Commune = None, json: Json = False) -> None:
    """Đợt đang ở đâu: bao nhiêu tin đã gửi, đang chờ, không gửi và vì sao.

    Ví dụ:
      tungnha campaign status "Đợt 1"
      tungnha campaign status "Đợt 1" --json
    """
    from campaigns.campaigns import campaign_named, status
    from campaigns.engine.healing import stands_still
    from campaigns.words import status_words

    with opened() as home, home.db.read() as session:
        campaign = campaign_named(session, name, commune)
        found = status(session, campaign) | {"stands_still": stands_still(session, campaign, home.now())}
    show(found) if json else typer.echo(status_words(found))


@campaign_app.command("why")
def campaign_why(
    name: Name,
    person: Annotated[str, typer.Argument(metavar="NGƯỜI", help="Mã số người, số định danh, số điện thoại.")],
    commune: Commune = None,
) -> None:
    """Vì sao người này nhận, hoặc không nhận gì.

    Ví dụ:
      tungnha campaign why "Đợt 1" 1024
    """
    from campaigns.campaigns import campaign_named
    from campaigns.why import why
    from register.people import find_person

    with opened() as home, home.db.read() as session:
        campaign = campaign_named(session, name, commune)
        typer.echo(why(session, campaign, find_person(session, home, person, campaign.commune), home.now()))


@campaign_app.command("settle")
def campaign_settle(
    name: Name,
    arrived: Annotated[bool, typer.Option("--arrived/--again", help="Đã tới, hay gửi lại.")],
    person: Annotated[str, typer.Argument(metavar="NGƯỜI", help="Mã số người, số định danh, số điện thoại.")] = "",
    restored: Annotated[
        bool, typer.Option("--restored", help="Mọi tin chưa rõ vì vừa khôi phục từ bản sao lưu.")
    ] = False,
    commune: Commune = None,
    by: By = USER,
) -> None:
    """Ghi rõ một tin chưa biết đã tới hay chưa: đã tới, hoặc gửi lại.

    Ví dụ:
      tungnha campaign settle "Đợt 1" 1024 --arrived
    """
    from campaigns.campaigns import campaign_named, settle
    from campaigns.restored import settle_restored
    from register.people import find_person

    if restored == bool(person):
        raise BadInput("Hãy ghi một người, hoặc --restored cho mọi tin chưa rõ vì vừa khôi phục.")
    with opened() as home:

        def write(session: Session) -> int:
            campaign = campaign_named(session, name, commune)
            if restored:
                return settle_restored(session, campaign, arrived, by, home.now())
            found = find_person(session, home, person, campaign.commune)
            settle(session, campaign, found.id or 0, arrived, by, home.now())
            return 1

        number = home.db.write(write)
    typer.echo(f"Đã ghi {number} tin: đã tới." if arrived else f"Đã ghi {number} tin: sẽ gửi lại khi đến lượt.")
