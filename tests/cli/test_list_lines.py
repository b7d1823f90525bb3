"""The import's lines on a terminal: progress, Ctrl-C, columns nobody knows, what it came to."""

from __future__ import annotations

import io
import os
import signal
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import func, select

from cli.list_lines import Cancelled, Watch, column_lines, import_lines
from register.home import Home
from register.importing import SourceInfo, import_list
from register.listed import ColumnGuess, Remark
from register.tables import Person, Source

LIST = """Họ và tên,CCCD,Khu phố
Đặng Thị Thử,060150000777,Khu phố 1
Hồ Thị Sai,12345,Khu phố 2
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_on_a_terminal_and_nothing_elsewhere() -> None:
    for out, expected in ((Terminal(), "\rĐang đọc và so với sổ: 50 %\r\033[K"), (io.StringIO(), "")):
        with Watch(out) as watch:
            watch.step(1, 2)
            watch.step(1, 2)
        assert out.getvalue() == expected


def test_ctrl_c_ends_an_import_and_stores_nothing(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "ds.csv"
    file.write_text(LIST)
    before = signal.getsignal(signal.SIGINT)
    with Watch(io.StringIO()) as watch:

        def step(done: int, total: int) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            watch.step(done, total)

        with pytest.raises(Cancelled):
            import_list(home, file, "22945", source=SourceInfo(date(2026, 11, 15)), by="lan", progress=step)
    assert watch.cancelled
    assert signal.getsignal(signal.SIGINT) is before
    with home.db.read() as session:
        assert session.exec(select(func.count()).select_from(Person)).one() == 0
        assert session.exec(select(func.count()).select_from(Source)).one() == 0


def test_what_it_came_to_names_rows_and_no_person(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "ds.csv"
    file.write_text(LIST)
    done = import_list(home, file, "22945", source=SourceInfo(date(2026, 11, 15)), by="lan")
    done.rejected.append(Remark("", 0, "", "whole", "Cả tệp cần xem lại."))
    lines = import_lines(done)
    assert "Đọc được 1 người: 1 mới, 0 thay đổi, 0 rời danh sách." in lines
    assert "Không nhận: ds, dòng 3, cột CCCD: " in lines
    assert "Không nhận: cả tệp: Cả tệp cần xem lại." in lines
    assert "Thử" not in lines


def test_columns_are_shown_only_where_one_is_not_known() -> None:
    known = ColumnGuess("DS", 0, "A", "Họ và tên", "name", "Họ và tên", True)
    strange = ColumnGuess("DS", 1, "B", "Ví phường" * 50, "", "Chưa rõ", False)
    assert column_lines([known]) == []
    lines = column_lines([known, strange])
    assert lines[1] == "  DS, cột A “Họ và tên”: Họ và tên"
    assert lines[2].startswith("  DS, cột B “Ví phường")
    assert len(lines[2]) < 120
