"""Dừng ở đâu as a workbook to take along: the page's three tables, counts only."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from bot.funnel import Funnel, Part
from register.words import safe

STEPS = ("Bước", "Đã tới", "Đứng ở đây", "Đang vướng", "Im lặng, một nửa quá (ngày)",
         "Một nửa đi tiếp trong (phút)", "Tính trên (người)", "Sang hôm khác mới tiếp (người)")  # fmt: skip
PARTS = ("Nhóm", "Vào trò chuyện", "Làm hết các bước", "Báo làm xong", "Đang vướng")
TOO_FEW, HIDDEN = "chưa đủ người", "số nhỏ, không hiện"
WIDEST = 44


def funnel_sheet(found: Funnel, parts: Sequence[tuple[str, Sequence[Part | str]]], title: str, made: str) -> bytes:
    """An .xlsx. ``parts``: the page's tables by title, a line as its name alone where it is hidden from the viewer."""
    book = Workbook(write_only=True)
    steps = _sheet(book, "Từng bước", title, made, STEPS)
    for one in found.stages:
        took = TOO_FEW if one.took is None else round(one.took / 60, 1)
        days = "" if one.days is None else one.days
        steps.append([one.label, one.reached, one.here, one.stuck, days, took, one.went_on, one.other_day])
    groups = _sheet(book, "Theo nhóm", title, made, PARTS)
    for heading, lines in parts:
        groups.append([_bold(groups, heading)])
        for line in lines:
            groups.append([safe(line), HIDDEN] if isinstance(line, str) else [safe(line.label), *_counts(line)])
    problems = _sheet(book, "Hay vướng", title, made, ("Việc", "Số lần"))
    for label, number in found.problems:
        problems.append([safe(label), number])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _counts(part: Part) -> list[int]:
    return [part.begun, part.checked, part.claimed, part.stuck]


def _sheet(book: Workbook, name: str, title: str, made: str, headings: Sequence[str]) -> Any:
    sheet = book.create_sheet(name)
    for at, heading in enumerate(headings):
        sheet.column_dimensions["ABCDEFGH"[at]].width = WIDEST if at == 0 else max(10, len(heading) + 2)
    sheet.append([safe(title)])
    sheet.append([made])
    sheet.append([_bold(sheet, heading) for heading in headings])
    return sheet


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell
