"""Files that are no lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from made.making import case, xlsx
from old_formats import write_locked_xls, write_locked_xlsx


@case("bills.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(file, {"Hóa đơn": [["Hóa đơn", "Số tiền"], ["Điện", 100000], ["Nước", 50000]]})
    return {"says": "Không thấy bảng danh sách nào"}


@case("no_table.csv")
def _(file: Path) -> dict[str, Any]:
    file.write_bytes(bytes(range(128, 256)) * 4)
    return {"says": "csv"}


@case("torn.xlsx")
def _(file: Path) -> dict[str, Any]:
    file.write_bytes(b"PK\x03\x04 torn")
    return {"says": "Không mở được tệp"}


@case("locked.xlsx")
def _(file: Path) -> dict[str, Any]:
    write_locked_xlsx(file)
    return {"says": "mật khẩu"}


@case("locked.xls")
def _(file: Path) -> dict[str, Any]:
    write_locked_xls(file)
    return {"says": "mật khẩu"}
