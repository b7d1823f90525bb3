"""``tungnha report``: of a month, a half year, a year; of a commune or its province."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from cli.common import Commune, day, group, opened
from register.errors import BadInput

report_app = group("report", "Báo cáo của xã, phường.", "monthly --month 2026-11 -o bao-cao.docx")

ReportFile = Annotated[Path, typer.Option("-o", help="Tệp .xlsx .docx .pdf .json.")]
KnownUntil = Annotated[str, typer.Option(help="Như đã biết đến hết ngày này; bỏ trống: đến nay.")]
Anew = Annotated[bool, typer.Option("--anew", help="Tính lại theo mọi điều đã biết, không lấy số đã chốt; không chốt.")]


@report_app.command("monthly")
def report_monthly(
    month: Annotated[str, typer.Option(help="Tháng, như 2026-11.")],
    out: ReportFile,
    known: KnownUntil = "",
    anew: Anew = False,
    commune: Commune = None,
) -> None:
    """Báo cáo tháng của xã, phường.

    Ví dụ:
      tungnha report monthly --month 2026-11 -o bao-cao.docx
    """
    year, _, number = month.partition("-")
    if not (year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12 and len(year) == 4):
        raise BadInput(f"Tháng “{month}” chưa đúng. Hãy ghi như 2026-11.")
    report_make(f"{year}-{int(number):02d}", out, known=known, anew=anew, commune=commune)


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
    anew: Anew = False,
    commune: Commune = None,
) -> None:
    """Báo cáo tháng, 6 tháng, năm của xã, phường hoặc của tỉnh. Kỳ đã qua của xã, phường được chốt số liệu khi lập.

    Ví dụ:
      tungnha report make --period 2026-H1 -o bao-cao.xlsx
      tungnha report make --period 2026-11 --one-page -o hop.pdf
      tungnha report make --period 2026 --province 68 -o tinh.docx
      tungnha report make --period 2026-11 --form mau.xlsx -o dien.xlsx
    """
    from campaigns.reports import closing as report_closing
    from campaigns.reports import reports
    from campaigns.reports.province import province_report
    from register.home import VIETNAM
    from register.units import the_commune

    if province and anew:
        raise BadInput("--anew dùng cho một xã, phường, không dùng cho cả tỉnh.")
    with opened() as home:
        now = home.now()
        if known:  # as it was handed in that day
            now = min(now, datetime.combine(day(known), time.max, VIETNAM))
        with home.db.read() as session:
            here = "" if province else the_commune(session, commune)
        if here and not known and not anew:
            home.db.write(lambda s: report_closing.close_if_over(s, here, period, "cli", now))
        with home.db.read() as session:
            if province:
                made = province_report(session, province, period, now, part)
            else:
                made = reports.report(session, here, period, now, part, anew=anew)
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
    """Chốt số liệu một kỳ đã qua. Chốt lại thì giữ cả bản trước.

    Ví dụ:
      tungnha report close --period 2026-10
      tungnha report close --period 2026-10 --why "Bổ sung danh sách thôn 3"
    """
    from campaigns.reports.closing import close
    from register.units import the_commune

    with opened() as home:
        with home.db.read() as session:
            here = the_commune(session, commune)
        version = home.db.write(lambda s: close(s, here, period, "cli", home.now(), why))
    typer.echo(f"Số liệu kỳ {period} đã chốt, bản {version}.")
