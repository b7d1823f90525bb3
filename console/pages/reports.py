"""Báo cáo tháng: look at it, and take it away as Excel, Word, PDF or data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from campaigns.report_figures import Report
from campaigns.reports import monthly, write
from console import words
from console.web import Missing, Seen, render, see, take_away

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("reports"))]
MONTHS = 12  # that can be chosen
FILES = {
    "docx": "Word",
    "pdf": "PDF",
    "xlsx": "Excel",
    "json": "dữ liệu JSON",
}


@router.get("/bao-cao")
def reports(request: Request, seen: Viewing, thang: str = "") -> Response:
    """The figures of one month (``thang``: 2026-11; default this one) and the files to take away."""
    chosen = thang or f"{words.local(seen.now):%Y-%m}"
    with seen.home.db.read() as session:
        report = monthly(session, seen.here, *_month(chosen), seen.now)
    page = {"report": report, "chosen": chosen, "months": _months(words.local(seen.now).date()), "files": FILES}
    return render(request, "reports.html", seen, at="reports", **page)


@router.get("/bao-cao/{name}")
def download(name: str, seen: Viewing) -> Response:
    """bao-cao/2026-11.docx and so on: the file's name says month and unit, nothing of a person."""
    month, _, suffix = name.partition(".")
    if suffix not in FILES:
        raise Missing
    with seen.home.db.read() as session:
        report = monthly(session, seen.here, *_month(month), seen.now)
    return take_away(_file(seen, report, suffix), f"bao-cao-{seen.here}-{month}.{suffix}")


def _file(seen: Seen, report: Report, suffix: str) -> bytes:
    with TemporaryDirectory(dir=seen.home.path / "reports") as folder:
        file = Path(folder) / f"report.{suffix}"
        write(report, file)
        return file.read_bytes()


def _month(text: str) -> tuple[int, int]:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Missing from None
    return first.year, first.month


def _months(today: date) -> list[tuple[str, str]]:
    found, first = [], today.replace(day=1)
    for _ in range(MONTHS):
        found.append((f"{first:%Y-%m}", f"Tháng {first:%m/%Y}"))
        first = (first - timedelta(days=1)).replace(day=1)
    return found
