"""`report`: any period, any kind of file."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from register.home import VIETNAM

Run = Callable[..., Any]


@pytest.mark.parametrize("suffix", ["xlsx", "docx", "pdf", "json"])
def test_the_monthly_report(run: Run, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"bao-cao.{suffix}"
    assert run("report", "monthly", "--commune", "22945", "--month", this_month(), "-o", out).returncode == 0
    assert out.stat().st_size > 500


def this_month() -> str:
    return datetime.now(VIETNAM).strftime("%Y-%m")


def test_a_report_of_no_kind_or_month_is_refused(run: Run, tmp_path: Path) -> None:
    run("report", "monthly", "--month", "2030-13", "-o", tmp_path / "x.xlsx").refused()
    run("report", "monthly", "--month", this_month(), "-o", tmp_path / "x.odt").refused()


def test_a_report_of_any_period_and_a_provinces_form(run: Run, tmp_path: Path) -> None:
    year, here = this_month()[:4], ("--commune", "22945")
    assert run("report", "make", *here, "--period", year, "--one-page", "-o", tmp_path / "hop.pdf").returncode == 0
    province = ("--province", "68", "--period", this_month())
    assert run("report", "make", *province, "-o", tmp_path / "tinh.docx").returncode == 0
    book = Workbook()
    book.active["A1"] = "{{people}}"  # type: ignore[index]
    book.save(tmp_path / "mau.xlsx")
    (tmp_path / "o.yaml").write_text("Sheet!B2: a.denominator\n", encoding="utf-8")
    form = ("--form", tmp_path / "mau.xlsx", "--cells", tmp_path / "o.yaml")
    filled = tmp_path / "dien.xlsx"
    assert run("report", "make", *here, "--period", this_month(), *form, "-o", filled).returncode == 0
    sheet = load_workbook(filled).active
    assert sheet["A1"].value == sheet["B2"].value > 0  # type: ignore[index]
    run("report", "close", *here, "--period", this_month()).refused()
