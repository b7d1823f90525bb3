"""Chạy thử as a list to take along: of each person what, when, by which way, at what cost, or why nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from campaigns.campaigns import CHANNEL_WORDS
from campaigns.reasons import REASONS
from campaigns.rehearsal import Line
from register.home import VIETNAM
from register.words import safe

HEADINGS = ("Số người", "Họ tên (che bớt)", "Thôn, khu phố", "Tin", "Sẽ thế nào", "Ngày giờ", "Cách gửi", "Tiền (đồng)")
WIDTHS = (10, 24, 20, 6, 60, 18, 26, 12)


def rehearsal_sheet(
    lines: Iterable[Line], names: Mapping[int, str], hamlets: Mapping[int, str], title: str, made: str
) -> bytes:
    """An .xlsx with a line for each step of each person. ``names``: masked; who is missing there stays a number."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Chạy thử")
    for at, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDEFGH"[at]].width = width
    sheet.append([safe(title)])
    sheet.append([made])
    sheet.append([_bold(sheet, heading) for heading in HEADINGS])
    for line in sorted(lines, key=lambda line: (line.person, line.step)):
        local = line.at.astimezone(VIETNAM) if line.at is not None and line.state != "skipped" else None
        sheet.append(
            [
                line.person,
                safe(names.get(line.person, "")),
                safe(hamlets.get(line.person, "")),
                line.step,
                became(line),
                f"{local:%H:%M %d/%m/%Y}" if local else "",
                CHANNEL_WORDS[line.channel] if line.channel else "",
                line.cost_vnd or "",
            ]
        )
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def became(line: Line) -> str:
    """What a line comes to, in a sentence."""
    if line.state == "due":
        return "Sẽ gửi."
    return REASONS.get(line.reason, line.reason)


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell
