"""The command ``tungnha``. Exit codes: 0 done; 2 bad input or usage, one line; 1 anything else.

Commands import what they need when they run: ``tungnha --help`` answers at once.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError  # typer carries its own click

from register.errors import BadInput, Problem

if TYPE_CHECKING:
    from sqlmodel import Session

    from register.home import Home

USER = os.environ.get("USER") or "cán bộ"
HELP = "Từng Nhà: đến từng nhà, giúp từng người."
app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False)


def group(name: str, text: str) -> typer.Typer:
    sub = typer.Typer(help=text, no_args_is_help=True)
    app.add_typer(sub, name=name)
    return sub


register_app = group("register", "Sổ người thụ hưởng: nhập danh sách, xem tiến độ.")
audit_app = group("audit", "Nhật ký truy cập.")
register_app.add_typer(audit_app, name="audit", hidden=True)
campaign_app = group("campaign", "Đợt vận động: lập, chạy thử, duyệt, phát động, theo dõi.")
bot_app = group("bot", "Trợ lý tự động: thử hiểu câu, thử trò chuyện.")
content_app = group("content", "Nội dung: hướng dẫn, tin nhắn, bản tin.")
audio_app = group("audio", "Loa truyền thanh: lời đọc, bản ghi, kiểm tra, đóng gói.")
report_app = group("report", "Báo cáo của xã, phường.")
keys_app = group("keys", "Khóa mã hóa.")
staff_app = group("staff", "Tài khoản cán bộ.")
channel_app = group("channel", "Kênh nhắn tin: kiểm tra, bật, tắt, nối tài khoản Zalo.")

Json = Annotated[bool, typer.Option("--json", help="In một tài liệu JSON.")]
Commune = Annotated[str | None, typer.Option("--commune", help="Mã xã, phường: 5 chữ số.")]
Loudness = Annotated[str | None, typer.Option("--loudness", help="Độ to, LUFS: -16 (loa), -18, -23.")]
By = Annotated[str, typer.Option("--by", help="Tên đăng nhập của người làm.", envvar="TUNGNHA_USER")]
Name = Annotated[str, typer.Argument(help="Tên đợt.")]


def show(value: Any) -> None:
    """One JSON document on stdout."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")


@contextmanager
def opened(create: bool = False, passing: bool = False) -> Iterator[Home]:
    """The home of the settings. ``passing``: where there is none yet, one that is gone afterwards."""
    from register.home import open_home
    from settings import get_settings

    settings = get_settings()
    with ExitStack() as stack:
        if passing and not settings.home.expanduser().exists():
            folder = stack.enter_context(TemporaryDirectory(prefix="tungnha-"))
            settings = settings.model_copy(update={"home": Path(folder), "database_url": ""})
        yield stack.enter_context(closing(open_home(settings, create=create)))


def day(text: str) -> date:
    """``2026-11-23`` or ``23/11/2026``."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise BadInput(f"Ngày “{text}” chưa đúng. Hãy ghi như 23/11/2026 hoặc 2026-11-23.")


# --- the whole story, and what runs for long ------------------------------------------------------


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Chạy hết câu chuyện rồi dừng, không mở trang web.")] = False,
    json: Json = False,
) -> None:
    """Chạy trọn một câu chuyện mẫu: từ danh sách 447 người đến kết quả và bản tin, trên kênh giả lập."""
    from demo import run_demo

    outcome = asyncio.run(run_demo(once=once, quiet=json))
    if json:
        show(outcome)


@app.command()
def serve() -> None:
    """Chạy ứng dụng: trang web, trợ lý tự động, gửi tin."""
    from console.serving import serve_forever
    from scheduler import run_long
    from settings import get_settings

    logs(get_settings().log_level)
    with opened(create=True) as home:
        run_long(serve_forever(home))


@app.command()
def worker() -> None:
    """Chạy thêm một tiến trình gửi tin (cần PostgreSQL)."""
    from scheduler import run_long, work_forever
    from settings import get_settings

    logs(get_settings().log_level)
    with opened() as home:
        run_long(work_forever(home))


@app.command()
def sandbox(port: Annotated[int, typer.Option(help="Cổng; 0: cổng trống bất kỳ.")] = 8081) -> None:
    """Chạy riêng các kênh giả lập: Telegram, Zalo OA, ZBS, OAuth, Zalo Bot."""
    from channels.sandbox.server import run_sandbox

    asyncio.run(run_sandbox(port))


# --- register -------------------------------------------------------------------------------------


@register_app.command("import")
def register_import(
    file: Annotated[Path, typer.Argument(help="Tệp .xlsx .xls .ods .csv .tsv.")],
    commune: Annotated[str, typer.Option(help="Mã xã, phường: 5 chữ số, ví dụ 22945.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đọc thử, không lưu.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Hiện đủ họ tên, số định danh, số điện thoại.")] = False,
    nq418: Annotated[bool, typer.Option("--nq418", help="Danh sách này là danh sách NQ 418.")] = False,
    issuer: Annotated[str, typer.Option(help="Cơ quan lập danh sách.")] = "",
    document: Annotated[str, typer.Option(help="Số văn bản.")] = "",
    as_of: Annotated[str, typer.Option(help="Ngày chốt số liệu; bỏ trống: hôm nay.")] = "",
    purpose: Annotated[str, typer.Option(help="Mục đích được phép dùng.")] = "Vận động tạo tài khoản ASXH",
    by: By = USER,
    json: Json = False,
) -> None:
    """Nhập danh sách của xã. Dòng sai được nêu rõ; tệp lưu trọn vẹn hoặc không lưu gì."""
    from console.list_lines import CANCELLED, Watch, column_lines, import_lines
    from register.apart import run_apart
    from register.audit import note
    from register.home import VIETNAM, utc_now
    from register.importing import SourceInfo, import_list
    from register.lists import check_list
    from settings import get_settings

    today = utc_now().astimezone(VIETNAM).date()
    if not get_settings().home.expanduser().exists():
        run_apart(check_list, file, today.year)  # a wrong file makes no home
    source = SourceInfo(day(as_of) if as_of else today, issuer, document, purpose)
    with opened(create=True, passing=dry_run) as home, Watch() as watch:
        try:
            done = import_list(
                home, file, commune, source=source, by=by, dry_run=dry_run, nq418=nq418, progress=watch.step
            )
        except BaseException:
            if watch.cancelled:  # the reader of the file may have heard Ctrl-C before us
                fail(CANCELLED, 1)
            raise
        if reveal and json:
            home.db.write(lambda s: note(s, by, "list_shown", commune, home.now(), rows=len(done.people)))
    for line in column_lines(done.columns):
        typer.echo(line, err=True)
    if json:
        show(done.to_json(reveal))
    else:
        typer.echo(import_lines(done))


@register_app.command("ask")
def register_ask(
    out: Annotated[Path, typer.Option("-o", help="Thư mục để ghi công văn và bảng trả lời.")],
    commune: Commune = None,
    to: Annotated[str, typer.Option(help="police: công an; bank: các ngân hàng; payer: bưu điện.")] = "police",
    why: Annotated[
        str,
        typer.Option(help="Về ai: unknown,mismatch,claimed,level2; no_bank; delegated,cash. Bỏ trống: như thường."),
    ] = "",
    hamlet: Annotated[list[str] | None, typer.Option(help="Chỉ địa bàn này; ghi được nhiều lần.")] = None,
    document: Annotated[str, typer.Option(help="Số văn bản, nếu đã có.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Hỏi cả người đang chờ trả lời.")] = False,
    by: By = USER,
    json: Json = False,
) -> None:
    """Chuyển nơi giúp được: công văn và bảng có mã dòng cho công an, ngân hàng, hoặc bưu điện và nơi chi trả."""
    from campaigns.field.inquiry_letters import letter_of
    from content.typeset import put
    from register.asking import ask, sheet_of
    from register.offices import OFFICES
    from register.units import the_commune

    if to not in OFFICES:
        raise BadInput("--to là police (công an), bank (ngân hàng) hoặc payer (bưu điện, nơi chi trả).")
    if not out.is_dir() or not os.access(out, os.W_OK):
        raise BadInput(f"Không có thư mục {out}, hoặc không ghi được vào đó. Hãy chọn thư mục khác.")
    with opened() as home:
        now = home.now()
        with home.db.read() as session:
            code = the_commune(session, commune)
        reasons = [part for part in why.split(",") if part] or OFFICES[to].usual
        days = home.settings.inquiry_days
        inquiry = home.db.write(
            lambda s: ask(
                s, code, reasons, by, now, days=days, kind=to, document=document, hamlets=hamlet or (), again=again
            )
        )
        assert inquiry.id is not None
        with home.db.read() as session:
            letter = letter_of(session, inquiry)
        stem = f"{to}-{code}-{inquiry.id}"
        files = {out / f"cong-van-{stem}.docx": letter}
        files[out / f"bang-tra-loi-{stem}.xlsx"] = sheet_of(home, inquiry.id, by, now)
        told = {"commune": code, "to": to, "inquiry": inquiry.id, "people": inquiry.people}
        told["expires"] = inquiry.expires_at.isoformat()
    for file, content in files.items():
        put(file, content)
    if json:
        show(told | {"files": [str(file) for file in files]})
        return
    typer.echo("\n".join(f"Đã ghi {file}" for file in files))
    typer.echo(f"Bảng có dữ liệu cá nhân của {told['people']} người: chỉ giao cho người làm việc này, xong thì xóa.")


@register_app.command("answers")
def register_answers(
    file: Annotated[Path, typer.Argument(help="Bảng rà soát được trả lại.")],
    as_of: Annotated[str, typer.Option(help="Ngày của văn bản trả lời; bỏ trống: hôm nay.")] = "",
    document: Annotated[str, typer.Option(help="Số văn bản trả lời.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem, không lưu.")] = False,
    commune: Commune = None,
    by: By = USER,
    json: Json = False,
) -> None:
    """Nhận trả lời của bảng rà soát: lưu trọn vẹn hoặc không lưu gì."""
    from register.apart import run_apart
    from register.asking import About, take_in
    from register.home import VIETNAM
    from register.return_sheet import read_answers
    from register.units import the_commune

    answers = run_apart(read_answers, file)
    with opened() as home:
        now = home.now()
        with home.db.read() as session:
            code = the_commune(session, commune)
        about = About(day(as_of) if as_of else now.astimezone(VIETNAM).date(), document)
        taken = take_in(home, code, answers, about, by, now, apply=not dry_run)
    if json:
        show(taken.to_json())
        return
    typer.echo(f"Bảng trả lời {taken.rows} dòng: {taken.changed} người có thay đổi, {taken.denied} người trái lời báo.")
    for kind, remarks in (("Không nhận", taken.rejected), ("Lưu ý", taken.warnings)):
        for remark in remarks:
            typer.echo(f"  {kind}: {remark.sheet}, dòng {remark.row}: {remark.message}")


@register_app.command("status")
def register_status(commune: Commune = None, json: Json = False) -> None:
    """Tiến độ của xã theo từng bậc, kể cả số chưa rõ."""
    from register.ladder import ladder
    from register.units import the_commune

    with opened() as home, home.db.read() as session:
        code = the_commune(session, commune)
        rungs = ladder(session, code)
    if json:
        show({"commune": code, "ladder": [rung.__dict__ for rung in rungs]})
        return
    for rung in rungs:
        typer.echo(f"{rung.label:<40} có {rung.yes:>6}   chưa {rung.no:>6}   chưa rõ {rung.unknown:>6}")


@register_app.command("retention")
def register_retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem đêm tới sẽ xóa gì, không xóa.")] = False,
    by: By = USER,
    json: Json = False,
) -> None:
    """Xóa ngay những gì đã hết thời hạn lưu giữ (mỗi đêm cũng tự làm); --dry-run: chỉ xem."""
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


@audit_app.command("verify")
def audit_verify(json: Json = False) -> None:
    """Kiểm tra chuỗi nhật ký: có dòng nào bị sửa, thêm, bớt không."""
    from register.audit import verify

    with opened() as home, home.db.read() as session:
        proof = verify(session, home)
    if json:
        show({"ok": proof.ok, "events": proof.events, "first_bad": proof.first_bad, "cut": proof.cut})
    else:
        bad = "bị cắt bớt ở cuối" if proof.cut else f"bị thay đổi từ dòng {proof.first_bad}"
        typer.echo(f"Nhật ký {'nguyên vẹn' if proof.ok else bad}, {proof.events} dòng.")
    raise typer.Exit(0 if proof.ok else 1)


@app.command()
@register_app.command("erase", hidden=True)
def erase(
    person: Annotated[str, typer.Argument(help="Mã số người, số định danh hoặc số điện thoại.")],
    commune: Commune = None,
    by: By = USER,
    json: Json = False,
) -> None:
    """Xóa danh tính một người theo yêu cầu; in bằng chứng đã xóa."""
    from register.erase import erase as erase_person
    from register.people import find_person

    with opened() as home:
        with home.db.read() as session:
            found = find_person(session, home, person, commune).id
        assert found is not None
        proof = erase_person(home, found, by, home.now())
    if json:
        show({"ok": proof.ok, **proof.__dict__})
    elif proof.ok:
        looked = f"{proof.tables} bảng, {proof.columns} cột và {proof.files} tệp"
        typer.echo(f"Đã xóa. Đã tìm trong {looked}: không còn dữ liệu của người này.")
    else:
        typer.echo(f"CHƯA xóa hết, còn ở: {', '.join(proof.found)}.", err=True)
    for sentence in () if json else proof.unseen:
        typer.echo(f"Không tìm được từ đây: {sentence}")
    raise typer.Exit(0 if proof.ok else 1)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Tệp sao lưu sẽ tạo.")]) -> None:
    """Sao lưu đã mã hóa: cơ sở dữ liệu và âm thanh. Tệp khóa phải cất riêng."""
    from register.backup import backup as make_backup

    with opened() as home:
        done = make_backup(home, file)
    typer.echo(f"Đã sao lưu {done.rows} dòng, {done.files} tệp vào {file}. Tệp khóa keys.json phải cất riêng.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="Tệp sao lưu.")]) -> None:
    """Khôi phục từ bản sao lưu; người đã xóa vẫn được xóa."""
    from register.backup import restore as put_back

    with opened() as home:
        done = put_back(home, file)
    typer.echo(f"Đã khôi phục {done.rows} dòng, {done.files} tệp. Đã xóa lại {done.erased} người.")
    if done.list_is_older:
        typer.echo(
            f"Không thấy danh sách xóa mới hơn bản sao lưu. Nếu có tệp {file.name}.erased hoặc erased.list, "
            "hãy đặt tệp đó cạnh bản sao lưu (tên tệp sao lưu thêm .erased) rồi khôi phục lần nữa.",
            err=True,
        )


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Đổi khóa mã hóa khi mọi thứ vẫn chạy; dữ liệu được mã hóa lại bằng khóa mới."""
    from register.rotation import rotate_keys

    with opened() as home:
        typer.echo(f"Đã đổi khóa, mã hóa lại {rotate_keys(home, home.now())} mục.")


@staff_app.command("owner")
def staff_owner(
    login: Annotated[str, typer.Argument(help="Tên đăng nhập.")],
    name: Annotated[str, typer.Option(help="Họ tên.")],
) -> None:
    """Thêm người quản trị; in một đường dẫn dùng một lần để tự đặt mật khẩu."""
    staff_add(login, name, "owner", None)


@staff_app.command("add")
def staff_add(
    login: Annotated[str, typer.Argument(help="Tên đăng nhập.")],
    name: Annotated[str, typer.Option(help="Họ tên.")],
    role: Annotated[str, typer.Option(help="officer approver volunteer radio province auditor owner")],
    unit: Annotated[str | None, typer.Option(help="Mã đơn vị.")] = None,
) -> None:
    """Thêm cán bộ; in một đường dẫn dùng một lần để người ấy tự đặt mật khẩu."""
    from register.invitations import invite
    from register.staff import add_staff

    with opened(create=True) as home:

        def write(session: Session) -> str:
            staff = add_staff(session, login, name, role, unit, "", home.now(), USER)
            return invite(session, home, staff, USER, home.now())

        show_link(home, f"Đã thêm {login}.", home.db.write(write))


@staff_app.command("link")
def staff_link(
    login: Annotated[str, typer.Argument(help="Tên đăng nhập.")],
    new_phone: Annotated[bool, typer.Option("--new-phone", help="Bỏ cả mã hai bước cũ.")] = False,
) -> None:
    """In đường dẫn đặt lại mật khẩu, dùng một lần; cả khi tài khoản đang bị chặn vì sai nhiều lần."""
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


# --- campaigns ------------------------------------------------------------------------------------


@campaign_app.command("new")
def campaign_new(
    name: Name,
    segment: Annotated[str, typer.Option(help="Nhóm cần giúp, ví dụ nq418-ready.")],
    channels: Annotated[str, typer.Option(help="Các kênh theo thứ tự: zalo,telegram,zbs,visit.")],
    start: Annotated[str, typer.Option("--from", help="Ngày bắt đầu.")],
    end: Annotated[str, typer.Option("--to", help="Ngày kết thúc.")],
    commune: Commune = None,
    budget: Annotated[int | None, typer.Option(min=0, help="Kinh phí, đồng.")] = None,
    narrow: Annotated[str, typer.Option(help='Thu hẹp nhóm, JSON: [{"is": "age", "least": 60}].')] = "[]",
    by: By = USER,
) -> None:
    """Lập một đợt (bản nháp)."""
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
    """Chạy thử: ai, khi nào, bằng gì, tốn bao nhiêu, ai không nhận gì và vì sao. Không gửi gì."""
    from campaigns.campaigns import campaign_named
    from campaigns.rehearsal import rehearse
    from campaigns.words import rehearsal_words

    with opened() as home, home.db.read() as session:
        rehearsal = rehearse(session, home, campaign_named(session, name, commune), home.now())
    show(rehearsal.to_json()) if json else typer.echo(rehearsal_words(rehearsal))


@campaign_app.command("approve")
def campaign_approve(name: Name, by: Annotated[str, typer.Option("--by")], commune: Commune = None) -> None:
    """Duyệt một đợt; người lập không tự duyệt được."""
    from campaigns.campaigns import approve, campaign_named

    with opened() as home:
        home.db.write(lambda s: approve(s, campaign_named(s, name, commune), by, home.now()))
    typer.echo(f"Đã duyệt đợt “{name}”.")


@campaign_app.command("holdout")
def campaign_holdout(
    name: Name,
    percent: Annotated[int, typer.Option("--percent", help="Bao nhiêu % số người không nhận gì.")],
    document: Annotated[str, typer.Option("--document", help="Số văn bản của tỉnh cho phép.")],
    by: Annotated[str, typer.Option("--by", help="Tên đăng nhập của cán bộ tỉnh.")],
    commune: Commune = None,
) -> None:
    """Ghi việc tỉnh cho phép một nhóm đối chứng không nhận gì, để so sánh; sau đó phải duyệt lại."""
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
    """Phát động: chốt danh sách, lập việc cho từng người; `serve` hoặc `worker` sẽ gửi."""
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

    command.__doc__ = f"{verb.capitalize()} đợt; tức thì, không mất và không gửi lặp."
    campaign_app.command(action)(command)


for _action, _verb in (("pause", "tạm dừng"), ("resume", "chạy tiếp"), ("cancel", "hủy")):
    _steer(_action, _verb)


@campaign_app.command("status")
def campaign_status(name: Name, commune: Commune = None, json: Json = False) -> None:
    """Đợt đang ở đâu: bao nhiêu tin đã gửi, đang chờ, không gửi và vì sao."""
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
    person: Annotated[str, typer.Argument(help="Mã số người, số định danh, số điện thoại.")],
    commune: Commune = None,
) -> None:
    """Vì sao người này nhận, hoặc không nhận gì."""
    from campaigns.campaigns import campaign_named
    from campaigns.why import why
    from register.people import find_person

    with opened() as home, home.db.read() as session:
        campaign = campaign_named(session, name, commune)
        typer.echo(why(session, campaign, find_person(session, home, person, campaign.commune), home.now()))


@campaign_app.command("settle")
def campaign_settle(
    name: Name,
    person: Annotated[str, typer.Argument(help="Mã số người, số định danh, số điện thoại.")],
    arrived: Annotated[bool, typer.Option("--arrived/--again", help="Đã tới, hay gửi lại.")],
    commune: Commune = None,
    by: By = USER,
) -> None:
    """Ghi rõ một tin chưa biết đã tới hay chưa: đã tới, hoặc gửi lại."""
    from campaigns.campaigns import campaign_named, settle
    from register.people import find_person

    with opened() as home:

        def write(session: Session) -> None:
            campaign = campaign_named(session, name, commune)
            found = find_person(session, home, person, campaign.commune)
            settle(session, campaign, found.id or 0, arrived, by, home.now())

        home.db.write(write)
    typer.echo("Đã ghi: tin đã tới." if arrived else "Đã ghi: tin sẽ gửi lại khi đến lượt.")


# --- channels -------------------------------------------------------------------------------------


@channel_app.command("check")
def channel_check(json: Json = False) -> None:
    """Hỏi từng kênh xem có hoạt động không, còn hạn mức bao nhiêu, có đang tắt hay vướng gì."""
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
def channel_off(name: Annotated[str, typer.Argument(help="zalo telegram zbs")], by: By = USER) -> None:
    """Tắt một kênh: đợt vận động đi tiếp bằng các kênh khác."""
    _switch(name, False, by)


@channel_app.command("on")
def channel_on(name: Annotated[str, typer.Argument(help="zalo telegram zbs")], by: By = USER) -> None:
    """Bật lại một kênh."""
    _switch(name, True, by)


@channel_app.command("link")
def channel_link(
    redirect: Annotated[str, typer.Option(help="Địa chỉ quay về đã khai trong ứng dụng Zalo.")] = "",
    code: Annotated[str, typer.Option(help="Mã trong địa chỉ quay về (code=…), dùng một lần trong 10 phút.")] = "",
) -> None:
    """Nối Official Account: in đường dẫn để chủ tài khoản đồng ý, rồi đổi mã lấy khóa."""
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


# --- bot, content, audio --------------------------------------------------------------------------


@bot_app.command("voices")
def bot_voices(
    voice: Annotated[str, typer.Option(help="auto gtts espeak")] = "auto",
    missing: Annotated[bool, typer.Option("--missing", help="Chỉ liệt kê đoạn chưa có tiếng đọc.")] = False,
    json: Json = False,
) -> None:
    """Đọc sẵn các bước hướng dẫn thành tiếng (Telegram, trang hỏi đáp, Zalo Bot); kể đoạn nào chưa có."""
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
    """Mỗi dòng một câu; in ý định và độ tin cậy."""
    from bot.chat import classify_lines

    classify_lines(sys.stdin, sys.stdout)


@bot_app.command("chat")
def bot_chat(json: Json = False) -> None:
    """Trò chuyện thử với trợ lý, mỗi dòng một lượt; không lưu gì."""
    from bot.chat import chat_lines
    from register.home import utc_now

    chat_lines(sys.stdin, sys.stdout, utc_now(), as_json=json)


@content_app.command("check")
def content_check(json: Json = False) -> None:
    """Kiểm tra mọi hướng dẫn, tin nhắn, bản tin."""
    from content.check import check_all

    findings = check_all()
    faults = [f for f in findings if f.level == "error"]
    if json:
        show({"ok": not faults, "findings": [f.to_json() for f in findings]})
    else:
        for finding in findings:
            typer.echo(f"{finding.level}: {finding.where}: {finding.message}")
        typer.echo(f"{len(faults)} lỗi, {len(findings) - len(faults)} lưu ý.")
    raise typer.Exit(1 if faults else 0)


@audio_app.command("normalize")
def audio_normalize(commune: Commune = None) -> None:
    """Từng dòng: chữ viết thành lời đọc; có mã xã thì theo cách đọc riêng của xã."""
    from audio.spoken import normalize_lines

    normalize_lines(sys.stdin, sys.stdout, sys.stderr, words_of(commune))


def words_of(commune: str | None) -> dict[str, str]:
    """How this commune says its own words; without one, nothing is asked of any database."""
    from audio.pronounce import own_words

    if not commune:
        return {}
    with opened() as home, home.db.read() as session:
        return own_words(session, commune)


@audio_app.command("word")
def audio_word(
    written: Annotated[str, typer.Argument(help="Chữ như đã viết, ví dụ BCHQS.")],
    said: Annotated[str, typer.Argument(help="Cách đọc, viết đủ từng tiếng; bỏ trống để quên.")] = "",
    commune: Commune = None,
    by: By = "",
) -> None:
    """Sửa cách đọc một chữ, và nhớ từ đó về sau."""
    from audio.pronounce import teach
    from register.units import the_commune

    with opened() as home:
        home.db.write(lambda s: teach(s, the_commune(s, commune), written, said, by, home.now()))
    typer.echo(f"Từ nay “{written}” đọc là “{said}”." if said else f"Đã quên cách đọc riêng của “{written}”.")


@audio_app.command("say")
def audio_say(
    out: Annotated[Path, typer.Option("-o", help="Tệp .mp3 sẽ tạo.")],
    file: Annotated[Path | None, typer.Argument(help="Tệp chữ; bỏ trống: đọc từ bàn phím.")] = None,
    voice: Annotated[str | None, typer.Option("--voice", help="auto, piper, gtts, espeak.")] = None,
    loudness: Loudness = None,
    commune: Commune = None,
) -> None:
    """Đọc một văn bản thành tệp MP3 đã chỉnh âm."""
    from audio.bulletins import say
    from audio.measure import profile
    from settings import get_settings

    if file is not None and not file.is_file():
        raise BadInput(f"Không thấy tệp {file}.")
    text = file.read_text("utf-8") if file else sys.stdin.read()
    target = profile(loudness or get_settings().loudness)
    typer.echo(say(text, out, voice or get_settings().voice, target, words_of(commune)))


@audio_app.command("check")
def audio_check(
    file: Annotated[Path, typer.Argument(help="Tệp âm thanh.")],
    text: Annotated[Path | None, typer.Option("--text", help="Tệp chữ, để tính tốc độ đọc.")] = None,
    loudness: Loudness = None,
    json: Json = False,
) -> None:
    """Đo một bản ghi: độ to, đỉnh, tốc độ, khoảng lặng."""
    from audio.measure import check, profile
    from settings import get_settings

    if text is not None and not text.is_file():
        raise BadInput(f"Không thấy tệp {text}.")
    target = profile(loudness or get_settings().loudness)
    found = check(file, text.read_text("utf-8") if text else None, target)
    show(found.to_json()) if json else typer.echo(found.summary())
    raise typer.Exit(0 if found.ok else 1)


@audio_app.command("province")
def audio_province(
    template: Annotated[str, typer.Argument(help="Mẫu bản tin, ví dụ scam_warning.")],
    out: Annotated[Path, typer.Option("-o", help="Thư mục sẽ chứa mỗi xã một tệp MP3.")],
    province: Annotated[str, typer.Option(help="Mã tỉnh: 2 chữ số.")],
    voice: Annotated[str, typer.Option("--voice", help="piper, gtts, espeak.")] = "auto",
) -> None:
    """Một lời cho mọi xã, phường của tỉnh: câu chung chỉ đọc một lần."""
    from audio.bulletins import province_texts, templates
    from audio.pronounce import all_own_words
    from audio.province import record_all
    from settings import get_settings

    settings = get_settings()
    texts = province_texts(template, province)
    kept, title = settings.home / "audio" / "sentences", templates()[template].title
    with opened(passing=True) as home, home.db.read() as session:
        own = all_own_words(session)
    found = record_all(texts, voice, settings, out, kept=kept, own=own, title=title)
    for code, made in found.items():
        if not made.ok:
            typer.echo(f"{code}: {made.summary()}", err=True)
    bad = sum(not made.ok for made in found.values())
    typer.echo(f"Đã ghi {len(found)} bản tin vào {out}; {bad} bản chưa đạt.")
    raise typer.Exit(1 if bad else 0)


@audio_app.command("package")
def audio_package(
    out: Annotated[Path, typer.Option("-o", help="Tệp .zip sẽ tạo.")],
    recordings: Annotated[list[int] | None, typer.Argument(help="Số bản ghi; bỏ trống: bản mới nhất.")] = None,
    on: Annotated[str, typer.Option("--day", help="Mọi lượt phát của ngày này, như 24/11/2026.")] = "",
    commune: Commune = None,
) -> None:
    """Đóng gói bản ghi cho USB hoặc đài: MP3, danh sách phát, tờ phát sóng A4, lịch, lời đọc, mã kiểm."""
    from audio.package import package, package_day
    from register.units import the_commune

    if on and recordings:
        raise BadInput("Hãy chọn số bản ghi, hoặc --day; không dùng cả hai.")
    with opened() as home:
        if on:
            with home.db.read() as session:
                chosen = the_commune(session, commune)
            typer.echo(package_day(home, chosen, day(on), out))
        else:
            typer.echo(package(home, recordings or [], out))


# --- reports and measures -------------------------------------------------------------------------


ReportFile = Annotated[Path, typer.Option("-o", help="Tệp .xlsx .docx .pdf .json.")]
KnownUntil = Annotated[str, typer.Option(help="Như đã biết đến hết ngày này; bỏ trống: đến nay.")]


@report_app.command("monthly")
def report_monthly(
    month: Annotated[str, typer.Option(help="Tháng, như 2026-11.")],
    out: ReportFile,
    known: KnownUntil = "",
    commune: Commune = None,
) -> None:
    """Báo cáo tháng của xã, phường."""
    year, _, number = month.partition("-")
    if not (year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12 and len(year) == 4):
        raise BadInput(f"Tháng “{month}” chưa đúng. Hãy ghi như 2026-11.")
    report_make(f"{year}-{int(number):02d}", out, known=known, commune=commune)


@report_app.command("make")
def report_make(
    period: Annotated[str, typer.Option(help="Tháng 2026-11, 6 tháng 2026-H1, năm 2026.")],
    out: ReportFile,
    part: Annotated[str, typer.Option(help="btxh, ncc, asxh; bỏ trống: toàn bộ.")] = "",
    one_page: Annotated[bool, typer.Option("--one-page", help="Một trang PDF để họp.")] = False,
    form: Annotated[Path | None, typer.Option(help="Mẫu biểu .xlsx của tỉnh, điền số vào đó.")] = None,
    cells: Annotated[Path | None, typer.Option(help="Bảng ô cho mẫu biểu: CSV hoặc YAML.")] = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh, 2 chữ số: cộng các xã, phường.")] = "",
    known: KnownUntil = "",
    commune: Commune = None,
) -> None:
    """Báo cáo tháng, 6 tháng, năm của xã, phường hoặc của tỉnh. Kỳ đã qua của xã, phường được chốt số liệu khi lập."""
    from campaigns.reports import closing as report_closing
    from campaigns.reports import reports
    from campaigns.reports.province import province_report
    from register.home import VIETNAM
    from register.units import the_commune

    with opened() as home:
        now = home.now()
        if known:  # as it was handed in that day
            now = min(now, datetime.combine(day(known), time.max, VIETNAM))
        with home.db.read() as session:
            here = "" if province else the_commune(session, commune)
        if here and not known:
            home.db.write(lambda s: report_closing.close_if_over(s, here, period, "cli", now))
        with home.db.read() as session:
            if province:
                made = province_report(session, province, period, now, part)
            else:
                made = reports.report(session, here, period, now, part)
        if form is not None:
            reports.write_form(made, form, cells, out)
        elif one_page:
            reports.write_one_page(made, out)
        else:
            reports.write(made, out)
    typer.echo(f"Đã ghi báo cáo {made.label}: {out}")


@report_app.command("close")
def report_close(
    period: Annotated[str, typer.Option(help="Tháng 2026-11, 6 tháng 2026-H1, năm 2026.")],
    why: Annotated[str, typer.Option(help="Lý do chốt lại; bỏ trống: giữ số liệu đã chốt.")] = "",
    commune: Commune = None,
) -> None:
    """Chốt số liệu một kỳ đã qua. Chốt lại thì giữ cả bản trước."""
    from campaigns.reports.closing import close
    from register.units import the_commune

    with opened() as home:
        with home.db.read() as session:
            here = the_commune(session, commune)
        version = home.db.write(lambda s: close(s, here, period, "cli", home.now(), why))
    typer.echo(f"Số liệu kỳ {period} đã chốt, bản {version}.")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="import, plan, dispatch, bot, audio, console.")],
    quick: Annotated[bool, typer.Option("--quick", help="Dưới một phút.")] = False,
    json: Json = False,
) -> None:
    """Đo tốc độ trên máy này, bên cạnh một chương trình khác trong cùng lần chạy."""
    from benchmarks.run import bench as run_bench

    found = run_bench(name, quick=quick)
    if json:
        show(found)
    else:
        for figure, value in {**found["figures"], **found["ratios"]}.items():
            typer.echo(f"{figure:<48} {value}")
    raise typer.Exit(0 if found["ok"] else 1)


def logs(level: str) -> None:
    """Logs go to stderr, one line each; below ``level`` nothing."""
    import logging

    import structlog

    number = logging.getLevelNamesMapping().get(level.upper(), logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper("%Y-%m-%d %H:%M:%S", utc=False),
            # structlog's own choice prints the local variables of every frame: names, addresses, tokens
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr)


def no_core_dumps() -> None:
    """A crash must not leave this process's memory, keys and names in it, on a disk."""
    try:
        import ctypes
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE: no collector is handed a dump either (Linux)
    except (ImportError, OSError, ValueError, AttributeError):
        return


def fail(sentence: str, code: int) -> None:
    """One line on stderr, and out."""
    print(" ".join(sentence.split()), file=sys.stderr)
    sys.exit(code)


def main() -> None:
    """Entry point: turns every error into one line and its exit code."""
    no_core_dumps()
    logs(os.environ.get("TUNGNHA_LOG_LEVEL", "WARNING"))  # `serve` and `worker` say more
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except Problem as error:
        fail(str(error), 2)
    except NoArgsIsHelpError:
        sys.exit(2)  # the help was printed
    except UsageError as error:
        fail(f"Lệnh chưa đúng: {error.format_message()} Xem cách dùng: tungnha --help", 2)
    except (typer.Abort, KeyboardInterrupt):
        fail("Đã dừng.", 1)
    except Exception as error:
        if os.environ.get("TUNGNHA_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        from pydantic import ValidationError

        if isinstance(error, ValidationError):
            names = ", ".join(f"TUNGNHA_{str(e['loc'][0]).upper()}" for e in error.errors())
            fail(f"Thiết lập chưa đúng: {names}. Xem danh sách thiết lập trong README.", 2)
        fail(f"Có lỗi ngoài dự kiến ({type(error).__name__}). Chạy lại với TUNGNHA_LOG_LEVEL=DEBUG để xem chi tiết.", 1)


if __name__ == "__main__":
    main()
