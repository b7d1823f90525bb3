"""An invented list, in the very shape of a commune's own: for the demo, the tests and the sandbox.

Phường Phan Thiết (22945): 37 người có công and 410 on social protection, on two sheets with the
national heading, merged headings, group rows, totals and signatures. 37 of 37 and 141 of 410 are paid
into an account (their own or a delegate's), as the ward reported. Ids that are numbers have lost
their zero, some have no phone. Every name, id and phone is made up here from a seed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from register.cells import citizen_id
from register.errors import BadInput

COMMUNE = "22945"
PROVINCE_OF_IDS = "060"  # Bình Thuận, before the provinces were merged
HEADINGS = (
    "TT", "Họ và tên", "Năm sinh", None, "Số định danh cá nhân/CCCD", "Số điện thoại", "Địa chỉ (khu phố)",
    "Loại đối tượng", "Mức trợ cấp (đồng)", "Hình thức chi trả", "Có tài khoản ngân hàng", "Định danh mức 2",
    "Tài khoản ASXH", "Người nhận thay", "Ghi chú",
)  # fmt: skip
FIRST_ROW = 9  # of the table, below the headings
ID_COLUMN, ASXH_COLUMN = 5, 13

NCC = "Thương binh, gia đình liệt sĩ và người có công"
HTXH = "Người cao tuổi từ đủ 75 tuổi không có lương hưu (hưu trí xã hội)"
NKT, NKT_DBN = "Người khuyết tật nặng", "Người khuyết tật đặc biệt nặng"
POOR_ELDER, LONE_PARENT = "Người cao tuổi hộ nghèo", "Người đơn thân nghèo nuôi con"
ALLOWANCE_VND = {
    NCC: 2_789_000, HTXH: 500_000, NKT: 750_000, NKT_DBN: 1_000_000, POOR_ELDER: 750_000, LONE_PARENT: 500_000,
}  # fmt: skip

# (how paid, bank account, level 2, ASXH account) → how many
_WAYS_NCC = {
    ("Tài khoản", 1, 1, 0): 11, ("Tài khoản", 1, 0, 0): 10, ("Tài khoản", 1, 1, 1): 7,
    ("Ủy quyền", 1, 1, 0): 7, ("Ủy quyền", 1, 0, 0): 2,
}  # fmt: skip
_WAYS_BTXH = {
    ("Tiền mặt", 0, 1, 0): 153, ("Tiền mặt", 1, 1, 0): 62, ("Tiền mặt", 0, 0, 0): 40, ("Tiền mặt", 1, 0, 0): 14,
    ("Tài khoản", 1, 1, 0): 49, ("Tài khoản", 1, 0, 0): 21, ("Tài khoản", 1, 1, 1): 28,
    ("Ủy quyền", 1, 1, 0): 32, ("Ủy quyền", 1, 0, 0): 11,
}  # fmt: skip
_NOTES_NCC = {"Không có điện thoại thông minh": 2, "Lệch tên so với CSDL dân cư": 1}
_NOTES_BTXH = {"Không có điện thoại thông minh": 34, "Đi lại khó khăn": 33, "Lệch tên so với CSDL dân cư": 27}


def _words(text: str) -> list[str]:
    return text.split()


_FAMILY = _words("Nguyễn Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý")
_MEN = (
    _words("Văn Hữu Công Minh Đức Quang"),
    _words("An Bình Chín Dũng Hải Hòa Hùng Long Phước Quý Sơn Tâm Thành"),
)
_WOMEN = (
    ["Thị", "Thị Ngọc", "Thị Kim", "Thị Thanh", "Thị Bích"],
    _words("Ánh Cúc Đào Gái Hạnh Hoa Hường Lan Mai Nga Phượng Thủy Út Vân Xuân Yến"),
)
_MOBILE = _words("032 033 034 035 036 037 038 039 070 076 077 078 079 081 082 083 084 085 086 088 089 090 091 093 097")


def sample_workbook(path: Path, seed: int = 418) -> None:
    """Write the list of November 2026. The same seed gives the same people."""
    random = Random(seed)
    serials = iter(random.sample(range(1, 1_000_000), 447))  # no two people with one id
    book = openpyxl.Workbook()
    first, second = book.worksheets[0], book.create_sheet()
    _sheet(
        first, "Người có công", "DANH SÁCH NGƯỜI CÓ CÔNG HƯỞNG CHẾ ĐỘ THÁNG 11 NĂM 2026",
        _people(random, serials, {NCC: 37}, _WAYS_NCC, _NOTES_NCC, (10, 6, 8, 7, 6), number_ids=9, no_phone=7, men=16),
    )  # fmt: skip
    kinds = {HTXH: 198, NKT: 100, POOR_ELDER: 43, NKT_DBN: 37, LONE_PARENT: 32}
    _sheet(
        second, "Bảo trợ xã hội", "DANH SÁCH ĐỐI TƯỢNG BẢO TRỢ XÃ HỘI HƯỞNG CHẾ ĐỘ THÁNG 11 NĂM 2026",
        _people(
            random, serials, kinds, _WAYS_BTXH, _NOTES_BTXH, (80, 79, 80, 90, 81),
            number_ids=136, no_phone=106, men=184,
        ),
    )  # fmt: skip
    book.save(path)


def second_workbook(path: Path, first: Path, asxh_done: Collection[str], month: int = 12) -> None:
    """Write the next month's list: ``first`` with an ASXH tick for each citizen id in ``asxh_done``.

    Raises BadInput when one of them is not in ``first``.
    """
    book = openpyxl.load_workbook(first)
    left = set(asxh_done)
    for sheet in book.worksheets:
        title = sheet.cell(4, 1)
        title.value = str(title.value).replace("THÁNG 11", f"THÁNG {month}")
        for row in range(FIRST_ROW, sheet.max_row + 1):
            value = sheet.cell(row, ID_COLUMN).value
            if value and citizen_id(value) in left:
                left.remove(citizen_id(value))
                sheet.cell(row, ASXH_COLUMN).value = "x"
    if left:
        raise BadInput(f"{len(left)} người không có trong danh sách thứ nhất.")
    book.save(path)


def _spread(random: Random, parts: dict[Any, int], total: int) -> list[Any]:
    """Each key as often as its number says, None for the rest, shuffled."""
    values = [key for key, times in parts.items() for _ in range(times)]
    values += [None] * (total - len(values))
    random.shuffle(values)
    return values


def _people(
    random: Random,
    serials: Iterator[int],
    kinds: dict[str, int],
    ways: dict[tuple[str, int, int, int], int],
    notes: dict[str, int],
    hamlets: tuple[int, ...],
    *,
    number_ids: int,
    no_phone: int,
    men: int,
) -> list[list[list[Any]]]:
    """The rows of one sheet, by hamlet."""
    total = sum(kinds.values())
    columns = zip(
        _spread(random, kinds, total),
        _spread(random, ways, total),
        _spread(random, notes, total),
        _spread(random, {True: number_ids}, total),
        _spread(random, {True: no_phone}, total),
        _spread(random, {"nam": men}, total),
        strict=True,
    )
    rows = [_row(random, next(serials), *column) for column in columns]
    for number, row in enumerate(rows, 1):
        row[0] = number
    random.shuffle(rows)
    groups: list[list[list[Any]]] = []
    for hamlet, size in enumerate(hamlets, 1):
        group, rows = sorted(rows[:size], key=lambda row: int(row[0])), rows[size:]
        for row in group:
            row[6] = f"Khu phố {hamlet}"
        groups.append(group)
    return groups


def _row(
    random: Random, serial: int, kind: str, way: tuple[str, int, int, int], note: str | None, as_number: bool | None,
    no_phone: bool | None, sex: str | None,
) -> list[Any]:  # fmt: skip
    paid, bank, level2, asxh = way
    elder = kind in (NCC, HTXH, POOR_ELDER) or random.random() < 0.6
    year = random.randint(1936, 1951) if elder else random.randint(1955, 2005)
    century_and_sex = (0 if year < 2000 else 2) + (0 if sex == "nam" else 1)
    number = f"{PROVINCE_OF_IDS}{century_and_sex}{year % 100:02d}{serial:06d}"
    phone = None if no_phone else f"{random.choice(_MOBILE)}{random.randint(0, 9_999_999):07d}"
    return [
        0, _name(random, sex), year if sex == "nam" else None, None if sex == "nam" else year,
        int(number) if as_number else number, phone, "", kind, ALLOWANCE_VND[kind], paid,
        "x" if bank else None, "x" if level2 else None, "x" if asxh else None,
        _name(random, random.choice(("nam", None))) if paid == "Ủy quyền" else None, note,
    ]  # fmt: skip


def _name(random: Random, sex: str | None) -> str:
    middle, given = _MEN if sex == "nam" else _WOMEN
    return f"{random.choice(_FAMILY)} {random.choice(middle)} {random.choice(given)}"


def _sheet(sheet: Worksheet, name: str, title: str, groups: list[list[list[Any]]]) -> None:
    bold, centre = Font(bold=True), Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.title = name
    sheet["A1"], sheet["H1"] = "ỦY BAN NHÂN DÂN PHƯỜNG PHAN THIẾT", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    sheet["H2"] = "Độc lập - Tự do - Hạnh phúc"
    sheet["A4"], sheet["A5"] = title, "(Số liệu minh họa, không phải người thật)"
    for column, heading in enumerate(HEADINGS, 1):
        cell = sheet.cell(7, column, heading)
        cell.font, cell.alignment = bold, centre
    sheet["C8"], sheet["D8"] = "Nam", "Nữ"
    sheet.merge_cells("C7:D7")
    for letter in "ABEFGHIJKLMNO":
        sheet.merge_cells(f"{letter}7:{letter}8")
    row = FIRST_ROW
    for hamlet, people in enumerate(groups, 1):
        sheet.cell(row, 1, f"Khu phố {hamlet}").font = bold
        row += 1
        for person in people:
            for column, value in enumerate(person, 1):
                sheet.cell(row, column, value)
            row += 1
    sheet.cell(row, 2, "Tổng cộng")
    sheet.cell(row, 9, sum(person[8] for people in groups for person in people))
    sheet.cell(row + 2, 2, "NGƯỜI LẬP BIỂU")
    sheet.cell(row + 2, 9, "CHỦ TỊCH UBND PHƯỜNG")
