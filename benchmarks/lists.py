"""Importing a list: our whole import, beside only reading the same file with openpyxl.

The import reads, cleans, seals every identity, finds who was there before, keeps facts and contacts, and
commits. It is asked twice: a first list, and the next month's where little has changed. Whether it grows
faster than the list is seen from a list four times as long.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from benchmarks.run import Measured, seconds
from benchmarks.world import COMMUNE, bench_home
from register.home import Home
from register.importing import Imported, SourceInfo, import_list

ROWS, ROWS_QUICK = 25_000, 1_500
LONGER = 4
A_WARD = 447  # people of the first ward's list: within a second
HEADINGS = (
    "TT", "Họ và tên", "Năm sinh", "Số định danh cá nhân/CCCD", "Số điện thoại", "Địa chỉ (khu phố)",
    "Loại đối tượng", "Hình thức chi trả", "Có tài khoản ngân hàng", "Định danh mức 2", "Tài khoản ASXH",
)  # fmt: skip
SOURCE = SourceInfo(date(2026, 11, 1), "UBND", "đo", "đo")


def measure(quick: bool) -> Measured:
    """Rows a second for a first list, for the next one, and for openpyxl's reading alone."""
    rows = ROWS_QUICK if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder:
        first, following, long = (Path(folder) / f"{name}.xlsx" for name in ("first", "next", "long"))
        write_list(first, rows)
        write_list(following, rows, changed=100)
        write_list(long, rows * LONGER)
        with bench_home() as home:
            taken = seconds(lambda: _import(home, first, rows))
            again = seconds(lambda: _import(home, following, rows, later=True))
        with bench_home() as home:
            taken_long = seconds(lambda: _import(home, long, rows * LONGER))
        peer = seconds(lambda: _read_plainly(first), 3)
    return Measured(
        figures={
            "rows": rows,
            "import_s": taken,
            "import_rows_per_s": rows / taken,
            "next_list_rows_per_s": rows / again,
            "openpyxl_read_rows_per_s": rows / peer,
        },
        ratios={
            "import_over_openpyxl_read": peer / taken,
            "seconds_per_row_when_4x_longer": taken_long / LONGER / taken,
        },
        targets={"import_rows_per_s": ("least", 447), "seconds_per_row_when_4x_longer": ("most", 2)},
    )


def write_list(file: Path, rows: int, changed: int = 0) -> None:
    """An invented list; ``changed``: how many have got an account since."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Bảo trợ xã hội")
    sheet.append(HEADINGS)
    for n in range(1, rows + 1):
        account = "x" if n % 9 == 0 or n <= changed else None
        sheet.append(_row(n, account))
    book.save(file)


def _row(n: int, account: str | None) -> tuple[Any, ...]:
    return (
        n, f"Nguyễn Thị Mai {'ABCDEGHIKL'[n % 10]}", 1930 + n % 50, f"060{1 + n % 2}{30 + n % 50:02d}{n:06d}",
        f"09{n:08d}", f"Khu phố {1 + n % 5}", "Người khuyết tật nặng", "Tiền mặt" if n % 3 else "Tài khoản",
        "x" if n % 3 == 0 else None, "x" if n % 2 else None, account,
    )  # fmt: skip


def _import(home: Home, file: Path, rows: int, later: bool = False) -> Imported:
    source = replace(SOURCE, as_of=date(2026, 12, 1)) if later else SOURCE
    done = import_list(home, file, COMMUNE, source=source, by="lan")
    if len(done.people) != rows:
        raise AssertionError(f"{len(done.rejected)} rows were rejected")
    return done


def _read_plainly(file: Path) -> int:
    book = openpyxl.load_workbook(file, read_only=True)
    return sum(1 for sheet in book for _ in sheet.iter_rows(values_only=True))
