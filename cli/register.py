"""``tungnha register``, ``audit`` and ``erase``: lists in, the ladder out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli import completing
from cli.common import USER, By, Commune, Json, app, day, fail, group, opened, show
from register.errors import BadInput

register_app = group(
    "register",
    "Sổ người thụ hưởng: nhập danh sách, xem tiến độ.",
    "import danh-sach.xlsx --commune 22945 --dry-run",
    "status",
)
audit_app = group("audit", "Nhật ký truy cập.", "verify")
register_app.add_typer(audit_app, name="audit", hidden=True)


@register_app.command("import")
def register_import(
    file: Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp .xlsx .xls .ods .csv .tsv.")],
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
    """Nhập danh sách của xã. Dòng sai được nêu rõ; tệp lưu trọn vẹn hoặc không lưu gì.

    Ví dụ:
      tungnha register import danh-sach.xlsx --commune 22945 --dry-run
      tungnha register import danh-sach.xlsx --commune 22945
      tungnha register import nq418.xlsx --commune 22945 --nq418 --as-of 01/12/2026
    """
    from cli.list_lines import CANCELLED, Watch, column_lines, import_lines
    from register.apart import run_apart
    from register.audit import note
    from register.home import VIETNAM, utc_now
    from register.importing import SourceInfo, import_list
    from register.lists import check_list
    from settings import get_settings

    if file.exists() and not os.access(file, os.R_OK):
        raise BadInput(f"Không có quyền đọc tệp “{file}”. Hãy chép tệp sang thư mục khác, hoặc sửa quyền của tệp.")
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


@register_app.command("communes")
def register_communes(
    words: Annotated[list[str], typer.Argument(metavar="TÊN", help="Tên xã, phường, đặc khu; có thể thêm tên tỉnh.")],
    json: Json = False,
) -> None:
    """Tìm mã của xã, phường, đặc khu theo tên, có dấu hay không dấu.

    Ví dụ:
      tungnha register communes phan thiet
      tungnha register communes "Tân An" "Cần Thơ"
    """
    from register.home import VIETNAM, utc_now
    from register.units import look_up

    found = look_up(" ".join(words), utc_now().astimezone(VIETNAM).date())
    if not found:
        raise BadInput("Không có xã, phường nào mang tên ấy. Hãy thử ít chữ hơn, hoặc bỏ tên tỉnh cũ.")
    if json:
        show(dict(found))
    else:
        typer.echo("\n".join(f"{code}  {name}" for code, name in found))


@register_app.command("ask")
def register_ask(
    out: Annotated[Path, typer.Option("-o", help="Thư mục để ghi công văn và bảng trả lời.")],
    commune: Commune = None,
    to: Annotated[
        str,
        typer.Option(
            help="police: công an; bank: các ngân hàng; payer: bưu điện.",
            autocompletion=completing.of(completing.OFFICES),
        ),
    ] = "police",
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
    """Chuyển nơi giúp được: công văn và bảng có mã dòng cho công an, ngân hàng, hoặc bưu điện và nơi chi trả.

    Ví dụ:
      tungnha register ask -o cong-van
      tungnha register ask -o cong-van --to bank --document 12/UBND-VHXH
    """
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
    file: Annotated[Path, typer.Argument(metavar="TỆP", help="Bảng rà soát được trả lại.")],
    as_of: Annotated[str, typer.Option(help="Ngày của văn bản trả lời; bỏ trống: hôm nay.")] = "",
    document: Annotated[str, typer.Option(help="Số văn bản trả lời.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem, không lưu.")] = False,
    commune: Commune = None,
    by: By = USER,
    json: Json = False,
) -> None:
    """Nhận trả lời của bảng rà soát: lưu trọn vẹn hoặc không lưu gì.

    Ví dụ:
      tungnha register answers bang-tra-loi.xlsx --dry-run
      tungnha register answers bang-tra-loi.xlsx --document 9/CAP --as-of 05/12/2026
    """
    from register.answering import About, take_in
    from register.apart import run_apart
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
    """Tiến độ của xã theo từng bậc, kể cả số chưa rõ.

    Ví dụ:
      tungnha register status
      tungnha register status --commune 22945 --json
    """
    from register.ladder import ladder
    from register.units import the_commune

    with opened() as home, home.db.read() as session:
        code = the_commune(session, commune)
        rungs = ladder(session, code)
    if json:
        show({"commune": code, "ladder": [rung.__dict__ for rung in rungs]})
        return
    for rung in rungs:
        typer.echo(f"{rung.label:<42} có {rung.yes:>6}   chưa {rung.no:>6}   chưa rõ {rung.unknown:>6}")


@audit_app.command("verify")
def audit_verify(json: Json = False) -> None:
    """Kiểm tra chuỗi nhật ký: có dòng nào bị sửa, thêm, bớt không.

    Ví dụ:
      tungnha audit verify
    """
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
    person: Annotated[str, typer.Argument(metavar="NGƯỜI", help="Mã số người, số định danh hoặc số điện thoại.")],
    commune: Commune = None,
    by: By = USER,
    json: Json = False,
) -> None:
    """Xóa danh tính một người theo yêu cầu; in bằng chứng đã xóa.

    Ví dụ:
      tungnha erase 1024
      tungnha erase 0912345678 --commune 22945
    """
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
