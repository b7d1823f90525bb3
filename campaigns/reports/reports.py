"""Báo cáo: what a commune hands in for a month, a half year or a year.

A report never reads what stands now. It is reckoned from the history of facts as of the period's last day
(report_reckoning.py); once the period is over its figures are closed (report_closing.py) and come out again as they
were handed in. Every ratio carries its numerator, denominator, date and evidence: "141/150" and "141/410" are both
true, and not the same. Words: report_pages.py; files: report_files.py; a province's own form: report_form.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from campaigns.reports.closing import begun, closed, reckoned
from campaigns.reports.figures import Report
from campaigns.reports.rules import PARTS, rules_of
from register.errors import BadInput
from register.units import commune_of


def monthly(session: Session, commune: str, year: int, month: int, now: datetime) -> Report:
    """The whole report of one month: as of its last day, or of today while the month runs."""
    return report(session, commune, f"{year}-{month:02d}", now)


def report(session: Session, commune: str, key: str, now: datetime, part: str = "", *, anew: bool = False) -> Report:
    """A commune's report for the period ``key`` as it stood at ``now``: the closed one if there is one by then.

    ``anew``: reckoned from all that is known at ``now``, beside what was closed. BadInput for no such period or
    commune, or one that is still to come.
    """
    if part not in PARTS:
        raise BadInput("Không có phần báo cáo này.")
    unit = commune_of(session, commune)
    rules = rules_of(session, unit)
    one = begun(key, rules, now)
    standing = closed(session, commune, key, now)
    found = reckoned(session, unit, one, rules, now, part) if anew or not standing else standing
    return replace(found[part], to=rules.to, anew=bool(standing) and anew)


def write(made: Report, out: Path) -> None:
    """Write the report by its suffix: .xlsx, .docx, .pdf or .json. At once, or not at all; BadInput otherwise."""
    import campaigns.reports.files as report_files  # Word and Excel are needed only here

    writers = {
        ".xlsx": report_files.to_xlsx,
        ".docx": report_files.to_docx,
        ".pdf": report_files.to_pdf,
        ".json": report_files.to_json,
    }
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise BadInput(f"Không ghi được báo cáo dạng “{out.suffix}”: hãy dùng .xlsx, .docx, .pdf hoặc .json.")
    writer(made, out)


def write_one_page(made: Report, out: Path) -> None:
    """The page for the meeting, a PDF. BadInput for another kind of file."""
    from campaigns.reports.files import to_meeting_pdf

    if out.suffix.lower() != ".pdf":
        raise BadInput("Trang để họp là tệp .pdf: hãy đặt tên tệp có đuôi .pdf.")
    to_meeting_pdf(made, out)


def write_form(made: Report, form: Path, cells: Path | None, out: Path) -> None:
    """A province's own spreadsheet, filled in (report_form.py). BadInput with one sentence when it cannot be."""
    from campaigns.reports.form import MOST_BYTES, fill, read_cells
    from content.typeset import put

    if out.suffix.lower() != ".xlsx":
        raise BadInput("Mẫu biểu điền xong là tệp .xlsx: hãy đặt tên tệp có đuôi .xlsx.")
    try:
        with form.open("rb") as file:
            template = file.read(MOST_BYTES + 1)
        listed = read_cells(cells.read_text(encoding="utf-8-sig")) if cells else {}
    except (OSError, UnicodeDecodeError):
        raise BadInput("Không đọc được tệp mẫu biểu hoặc bảng ô. Hãy kiểm tra đường dẫn.") from None
    put(out, fill(template, listed, made))
