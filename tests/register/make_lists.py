# ruff: noqa: E501
"""Make the lists of tests/register/lists/ and what each must read as (expected.yaml).

Run: python tests/register/make_lists.py. Every person is invented. What a file must read as is written
beside it here, by hand, from what the file shows a human; never from what the reader says.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from old_formats import write_locked_xls, write_locked_xlsx, write_ods, write_xls, write_xml

FOLDER = Path(__file__).parent / "lists"
Row = Sequence[Any]
MOTTO = [
    ["ỦY BAN NHÂN DÂN XÃ HÒA BÌNH", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    [None, None, None, None, "Độc lập - Tự do - Hạnh phúc"],
    [],
    ["DANH SÁCH CHI TRẢ TRỢ CẤP THÁNG 11 NĂM 2026"],
    ["(Kèm theo Công văn số 12/UBND-VX ngày 05 tháng 11 năm 2026)"],
]
SIGNED = [
    [],
    [None, None, None, None, "Hòa Bình, ngày 05 tháng 11 năm 2026"],
    [None, "NGƯỜI LẬP BIỂU", None, None, "TM. ỦY BAN NHÂN DÂN"],
    [None, None, None, None, "KT. CHỦ TỊCH"],
    [],
    [None, "Đỗ Thị Lập", None, None, "Trịnh Văn Ký"],
]
# id, name, sex, birth year, phone
P = [
    ("060046303054", "Lê Văn Đực", "nam", "1946", "0917768030"),
    ("060139001068", "Trần Thị Nga", "nữ", "1939", "0392999188"),
    ("001151938159", "Võ Thị Hoà", "nữ", "1951", "0868123456"),
    ("079058004477", "Nguyễn Hữu Phước", "nam", "1958", "0708112233"),
    ("036160009911", "Phạm Ngọc Ánh", "nữ", "1960", "0562334455"),
    ("060062007788", "Huỳnh Công Thành", "nam", "1962", "0599887766"),
    ("066145001234", "H'Rin Niê", "nữ", "1945", "0335667788"),
    ("060040123321", "Đặng Quý Ẩn", "nam", "1940", "0941222333"),
]
IDS, NAMES, SEXES, YEARS, PHONES = (list(column) for column in zip(*P, strict=True))

GIVEN = ("An", "Bình", "Cường", "Dũng", "Em", "Giang", "Hải", "Kiên", "Lâm")

CASES: dict[str, Callable[[Path], dict[str, Any]]] = {}


def case(file: str) -> Callable[[Callable[[Path], dict[str, Any]]], None]:
    def keep(make: Callable[[Path], dict[str, Any]]) -> None:
        CASES[file] = make

    return keep


def person(n: int, **said: Any) -> dict[str, Any]:
    """What must come out for the n-th invented person; what is not given here is not stated in the file."""
    return {"citizen_id": IDS[n], "full_name": NAMES[n], **said}


def must(people: list[dict[str, Any]], rejected: Sequence[tuple[int, str]] = (), **more: Any) -> dict[str, Any]:
    """``rejected``: (row, code); ``warnings`` likewise, where the case is about them."""
    return {"people": people, "rejected": [list(pair) for pair in rejected], **more}


def xlsx(file: Path, sheets: dict[str, Sequence[Row]], merge: str = "", hide: str = "", hidden_sheet: str = "") -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row, 1):
                if value is None:
                    continue
                cell = sheet.cell(r, c)
                cell.value = value
                if isinstance(value, str) and value.startswith("="):
                    cell.data_type = "s"
        for cells in merge.split():
            sheet.merge_cells(cells)
        for letter in hide:
            sheet.column_dimensions[letter].hidden = True
        sheet.sheet_state = "hidden" if name == hidden_sheet else "visible"
    book.save(file)
    _without_clock(file)


def _without_clock(file: Path) -> None:
    """Take the moment of writing out of a workbook: the same list is the same file."""
    with zipfile.ZipFile(file) as parts:
        bodies = {name: parts.read(name) for name in parts.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, body in bodies.items():
            if name == "docProps/core.xml":
                body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-11-23T01:00:00Z", body)
            about = zipfile.ZipInfo(name, (2026, 11, 23, 8, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            parts.writestr(about, body)


def text(file: Path, rows: Sequence[Row], separator: str, encoding: str) -> None:
    kept = io.StringIO(newline="")
    csv.writer(kept, delimiter=separator).writerows([["" if c is None else c for c in row] for row in rows])
    words = kept.getvalue()
    if encoding == "cp1258":  # Windows writes â ê ô ă ơ ư whole and the five tones as marks behind them
        words = "".join(_cp1258(letter) for letter in words)
    file.write_bytes(words.encode(encoding))


def _cp1258(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    tones = [c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323"]
    base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones))
    return base + "".join(tones)


# --- Formats -----------------------------------------------------------------------------------

HEAD = ["TT", "Họ và tên", "Năm sinh", "Số CCCD", "Số điện thoại", "Thôn", "Tài khoản ASXH"]


def plain_rows(n: int = 5) -> list[Row]:
    return [HEAD] + [
        [i + 1, NAMES[i], YEARS[i], IDS[i], PHONES[i], f"Thôn {i % 2 + 1}", "x" if i % 2 else None] for i in range(n)
    ]


def plain_people(n: int = 5) -> list[dict[str, Any]]:
    return [person(i, birth=YEARS[i], phone=PHONES[i], hamlet=f"Thôn {i % 2 + 1}", asxh=bool(i % 2)) for i in range(n)]


@case("xls.xls")
def _(file: Path) -> dict[str, Any]:
    rows = [[*row[:3], int(row[3]) if str(row[3]).isdigit() else row[3], *row[4:]] for row in plain_rows()]
    write_xls(file, {"Danh sách": [*MOTTO, *rows, *SIGNED]})
    return must(plain_people())


@case("ods.ods")
def _(file: Path) -> dict[str, Any]:
    rows = [[*row[:3], int(row[3]) if str(row[3]).isdigit() else row[3], *row[4:]] for row in plain_rows()]
    write_ods(file, {"Danh sách": [*MOTTO, *rows, *SIGNED]})
    return must(plain_people())


@case("semicolon.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, [*MOTTO, *plain_rows(), [None, "Cộng: 5 người"], *SIGNED], ";", "utf-8-sig")
    return must(plain_people())


@case("comma_in_quotes.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ, tên", "CCCD", "Địa chỉ"]] + [
        [NAMES[i], IDS[i], f'Số {i}, "hẻm" 2, thôn Đông, xã Hòa Bình'] for i in range(3)
    ]
    text(file, rows, ",", "utf-8")
    return must([person(i, hamlet="Thôn Đông") for i in range(3)])


@case("tabs.tsv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), "\t", "utf-8")
    return must(plain_people())


@case("utf16.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), "\t", "utf-16")
    return must(plain_people())


@case("utf16_without_mark.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), ";", "utf-16-le")
    return must(plain_people())


@case("windows1258.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(8), ";", "cp1258")
    return must(plain_people(8))


@case("text_called_xls.xls")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), "\t", "utf-16")
    return must(plain_people())


@case("opened_as_latin.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [[_latin(cell) if isinstance(cell, str) else cell for cell in row] for row in plain_rows()]
    text(file, rows, ";", "utf-8")
    return must(plain_people())


def _latin(words: str) -> str:
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in words.encode())


@case("excel_keeps_zeros.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [["sep=;"], ["Họ tên", "Số CCCD", "SĐT"]] + [[NAMES[i], f'="{IDS[i]}"', f'="{PHONES[i]}"'] for i in range(3)]
    text(file, rows, ";", "utf-8-sig")
    return must([person(i, phone=PHONES[i]) for i in range(3)])


# --- Old fonts ---------------------------------------------------------------------------------

TCVN3 = [
    ["TT", "Hä vµ tªn", "N¨m sinh", "Sè CMND/CCCD", "Th«n", "Lo¹i ®èi t­îng", "Tµi kho¶n ASXH"],
    [1, "NguyÔn V¨n B×nh", 1946, IDS[0], "Th«n §«ng", "Th­¬ng binh", "Cã"],
    [2, "TrÇn ThÞ Nga", 1939, IDS[1], "Th«n §«ng", "Ng­êi khuyÕt tËt nÆng", "Ch­a"],
    [3, "Vâ ThÞ Hoµ", 1951, IDS[2], "Th«n §oµi", "Ng­êi khuyÕt tËt nÆng", "Ch­a râ"],
    [4, "Lª Hai", 1958, IDS[3], "Th«n §oµi", "Th­¬ng binh", ""],
    ["", "Céng: 4 ng­êi"],
    ["", "Ng­êi lËp biÓu", "", "", "Chñ tÞch"],
]
OLD = [
    ("Nguyễn Văn Bình", "1946", "Thôn Đông", "Thương binh", True),
    ("Trần Thị Nga", "1939", "Thôn Đông", "Người khuyết tật nặng", False),
    ("Võ Thị Hoà", "1951", "Thôn Đoài", "Người khuyết tật nặng", None),
    ("Lê Hai", "1958", "Thôn Đoài", "Thương binh", False),
]
VNI = [
    ["TT", "Hoï vaø teân", "Naêm sinh", "Soá CMND/CCCD", "Thoân", "Loaïi ñoái töôïng", "Taøi khoaûn ASXH"],
    [1, "Nguyeãn Vaên Bình", 1946, IDS[0], "Thoân Ñoâng", "Thöông binh", "Coù"],
    [2, "Traàn Thò Nga", 1939, IDS[1], "Thoân Ñoâng", "Ngöôøi khuyeát taät naëng", "Chöa"],
    [3, "Voõ Thò Hoaø", 1951, IDS[2], "Thoân Ñoaøi", "Ngöôøi khuyeát taät naëng", "Chöa roõ"],
    [4, "Leâ Hai", 1958, IDS[3], "Thoân Ñoaøi", "Thöông binh", ""],
    ["", "Coäng: 4 ngöôøi"],
]


def old_people() -> list[dict[str, Any]]:
    return [
        person(n, full_name=name, birth=year, hamlet=hamlet, categories=[category], asxh=asxh)
        for n, (name, year, hamlet, category, asxh) in enumerate(OLD)
    ]


@case("tcvn3.xls")
def _(file: Path) -> dict[str, Any]:
    write_xls(file, {"Sheet1": TCVN3})
    return must(old_people())


@case("tcvn3.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, TCVN3, ";", "latin-1")
    return must(old_people())


@case("vni.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(file, {"Sheet1": VNI})
    return must(old_people())


@case("vni.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, VNI, ",", "cp1252")
    return must(old_people())


@case("unicode_with_some_tcvn3.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [
        ["Họ và tên", "CCCD"],
        *([NAMES[i], IDS[i]] for i in range(4)),
        *([TCVN3[n][1], IDS[n + 3]] for n in (1, 2, 3)),
    ]
    xlsx(file, {"Sheet1": rows})
    return must([person(i) for i in range(4)] + [person(n + 3, full_name=OLD[n - 1][0]) for n in (1, 2, 3)])


@case("decomposed.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [[unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in row] for row in plain_rows(8)]
    rows = [[c.replace(" ", "\u00a0", 1) + "\u200b" if isinstance(c, str) else c for c in row] for row in rows]
    xlsx(file, {"Sheet1": rows})
    return must(plain_people(8))


# --- Shapes ------------------------------------------------------------------------------------


@case("titles_groups_totals.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {"Tháng 11": [
            *MOTTO, ["TT", "Họ và tên", "Năm sinh", "Số định danh", "Loại đối tượng", "Số tiền"],
            ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
            ["I", "THÔN ĐÔNG", None, None, None, 2],
            [1, NAMES[0], 1946, IDS[0], "Thương binh 2/4", 500000], [2, NAMES[1], 1939, IDS[1], "NKT nặng", 500000],
            [None, "Cộng thôn Đông", None, None, None, 1000000],
            ["II", "Thôn Đoài: 03 người"],
            [3, NAMES[2], 1951, IDS[2], "NKT nặng", 500000], [4, NAMES[3], 1958, None, "NKT nặng", 500000],
            [5, None, 1960, IDS[4], "NKT nặng", 500000],
            [None, "Tổng cộng", None, None, None, 2500000],
            [None, "(Bằng chữ: Hai triệu năm trăm nghìn đồng)"], *SIGNED,
        ]},
    )  # fmt: skip
    return must(
        [person(0, birth="1946", hamlet="Thôn Đông", categories=["Thương binh 2/4"]),
         person(1, birth="1939", hamlet="Thôn Đông", categories=["NKT nặng"]),
         person(2, birth="1951", hamlet="Thôn Đoài", categories=["NKT nặng"])],
        [(14, "id_missing"), (15, "name_missing")],
    )  # fmt: skip


@case("three_rows_of_headings.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {"DS": [
            *MOTTO,
            ["STT", "Thông tin người hưởng", None, None, None, None, "Tài khoản ASXH", None, None, "Hình thức chi trả", None, None],
            [None, "Họ và tên", "Năm sinh", None, "Số định danh cá nhân", "Điện thoại", "Có", "Chưa", "Không rõ",
             "Tiền mặt", "Tài khoản", "Ủy quyền"],
            [None, None, "Nam", "Nữ", None, None, None, None, None, None, None, None],
            [1, NAMES[0], 1946, None, IDS[0], PHONES[0], "x", None, None, None, "x", None],
            [2, NAMES[1], None, 1939, IDS[1], PHONES[1], None, "x", None, "x", None, None],
            [3, NAMES[2], None, "12/05/1951", IDS[2], None, None, None, "x", None, None, "x"],
            [4, NAMES[3], 1958, None, IDS[3], None, None, None, None, None, "x", None],
        ]},
        merge="A6:A8 B6:F6 G6:I6 J6:L6 B7:B8 C7:D7 E7:E8 F7:F8 G7:G8 H7:H8 I7:I8 J7:J8 K7:K8 L7:L8",
    )  # fmt: skip
    return must(
        [person(0, birth="1946", sex="nam", phone=PHONES[0], asxh=True, payout="own_account"),
         person(1, birth="1939", sex="nữ", phone=PHONES[1], asxh=False, payout="cash"),
         person(2, birth="1951-05-12", sex="nữ", asxh=None, payout="delegated"),
         person(3, birth="1958", sex="nam", asxh=None, payout="own_account")]
    )  # fmt: skip


@case("a_sheet_for_each_hamlet.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {
            "Thôn 1": [["STT", "Họ tên người hưởng", "Ngày, tháng, năm sinh", "Số CCCD/Định danh", "SĐT liên hệ", "VNeID mức 2"],
                       [1, NAMES[0], "05/09/1946", IDS[0], PHONES[0], "có"], [2, NAMES[1], "1939", IDS[1], None, "không"]],
            "KP2": [["Số TT", "Tên đối tượng", "Sinh năm", "Mã định danh", "Số máy", "Định danh điện tử mức độ 2"],
                    [1, NAMES[2], 1951, IDS[2], PHONES[2], "rồi"], [2, NAMES[3], 1958, IDS[3], None, "chưa"]],
            "DS ấp Bình An": [MOTTO[3], ["HỌ VÀ TÊN", "NS", "Căn cước công dân", "ĐTDĐ", "TK định danh M2"],
                              [NAMES[4], 1960, IDS[4], PHONES[4], 1], [NAMES[5], 1962, IDS[5], None, 0]],
        },
    )  # fmt: skip
    return must(
        [person(0, birth="1946-09-05", phone=PHONES[0], hamlet="Thôn 1", eid2=True),
         person(1, birth="1939", hamlet="Thôn 1", eid2=False),
         person(2, birth="1951", phone=PHONES[2], hamlet="Khu phố 2", eid2=True),
         person(3, birth="1958", hamlet="Khu phố 2", eid2=False),
         person(4, birth="1960", phone=PHONES[4], hamlet="Ấp Bình An", eid2=True),
         person(5, birth="1962", hamlet="Ấp Bình An", eid2=False)]
    )  # fmt: skip


@case("a_sheet_for_each_category.ods")
def _(file: Path) -> dict[str, Any]:
    head = ["TT", "Họ và tên", "Năm sinh", "CCCD", "Khu phố", "Có TK ngân hàng"]
    write_ods(
        file,
        {
            "NCC": [head, [1, NAMES[0], 1946, IDS[0], 1, "BIDV"], [2, NAMES[1], 1939, IDS[1], 2, None]],
            "NKT": [head, ["I. Người khuyết tật nặng"], [1, NAMES[2], 1951, IDS[2], "KP1", "chưa"],
                    ["II. Người khuyết tật đặc biệt nặng"], [2, NAMES[3], 1958, IDS[3], "Khu phố 02", "Vietcombank CN Phan Thiết"]],
            "HTXH": [["Họ và tên", "CCCD"], [NAMES[4], IDS[4]]],
            "Tổng hợp": [["Loại", "Số người"], ["NCC", 2], ["NKT", 2]],
        },
    )  # fmt: skip
    return must(
        [person(0, birth="1946", hamlet="Khu phố 1", categories=["Người có công với cách mạng và thân nhân"], bank=True),
         person(1, birth="1939", hamlet="Khu phố 2", categories=["Người có công với cách mạng và thân nhân"], bank=False),
         person(2, birth="1951", hamlet="Khu phố 1", categories=["Người khuyết tật nặng"], bank=False),
         person(3, birth="1958", hamlet="Khu phố 2", categories=["Người khuyết tật đặc biệt nặng"], bank=True),
         person(4, categories=["Người hưởng hưu trí xã hội"])]
    )  # fmt: skip


@case("hidden_columns_and_sheets.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ và tên", "CCCD", "Tài khoản ASXH", "Số điện thoại", "Tài khoản ASXH"]]
    rows += [[NAMES[i], IDS[i], "x", PHONES[i], "x" if i == 1 else "chưa"] for i in range(3)]
    xlsx(file, {"DS": rows, "cũ": [["Họ và tên", "CCCD"], [NAMES[7], IDS[7]]]}, hide="CD", hidden_sheet="cũ")
    return must([person(i, phone=PHONES[i], asxh=i == 1) for i in range(3)], warnings=[[0, "sheet_hidden"]])


@case("merged_down.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Thôn", "Họ và tên", "CCCD"]] + [
        ["Thôn Đông" if i == 0 else "Thôn Đoài" if i == 2 else None, NAMES[i], IDS[i]] for i in range(5)
    ]
    xlsx(file, {"DS": rows}, merge="A2:A3 A4:A6")
    return must([person(i, hamlet="Thôn Đông" if i < 2 else "Thôn Đoài") for i in range(5)])


@case("two_tables_on_a_sheet.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {"DS": [
            ["A. NGƯỜI CÓ CÔNG"], ["STT", "Họ và tên", "CCCD", "Điện thoại"], [1, NAMES[0], IDS[0], PHONES[0]], [2, NAMES[1], IDS[1], None],
            [None, "Cộng: 2"], [], ["B. BẢO TRỢ XÃ HỘI"],
            ["STT", "Số điện thoại", "Số định danh cá nhân", "Họ và tên", "Đã có TK ASXH"],
            [1, PHONES[2], IDS[2], NAMES[2], "x"], [2, None, IDS[3], NAMES[3], None],
        ]},
    )  # fmt: skip
    return must(
        [person(0, phone=PHONES[0]), person(1), person(2, phone=PHONES[2], asxh=True), person(3, asxh=False)],
        ignore=["categories"],
    )


@case("printed_pages.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = plain_rows(6)
    xlsx(
        file,
        {
            "DS": [
                *MOTTO,
                *rows[:4],
                [None, "Cộng trang 1"],
                [],
                ["Trang 2"],
                HEAD,
                ["A", "B", "1", "2", "3", "4", "5"],
                *rows[4:],
            ]
        },
    )
    return must(plain_people(6))


@case("name_and_birth_in_parts.csv")
def _(file: Path) -> dict[str, Any]:
    rows: list[Row] = [["TT", "Họ và tên", None, "Ngày tháng năm sinh", None, None, "Giới tính", None, "Số CCCD"],
                       [None, "Họ đệm", "Tên", "Ngày", "Tháng", "Năm", "Nam", "Nữ", None]]  # fmt: skip
    rows += [
        [1, "Lê Văn", "Đực", "5", "9", "1946", "x", None, IDS[0]],
        [2, "Trần Thị", "Nga", None, None, "1939", None, "x", IDS[1]],
    ]
    text(file, rows, ";", "utf-8")
    return must([person(0, birth="1946-09-05", sex="nam"), person(1, birth="1939", sex="nữ")])


@case("three_columns_for_a_name.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows: list[Row] = [["Họ", "Chữ đệm", "Tên", "Năm sinh nam", "Năm sinh nữ", "CCCD", "Tài khoản ASXH"]]
    rows += [
        ["Lê", "Văn", "Đực", 1946, None, IDS[0], "x"],
        ["Trần", "Thị", "Nga", None, 1939, IDS[1], None],
        ["Võ", None, "Hoà", None, 1951, IDS[2], None],
    ]
    xlsx(file, {"DS": rows})
    return must(
        [person(0, birth="1946", sex="nam", asxh=True), person(1, birth="1939", sex="nữ", asxh=False),
         person(2, full_name="Võ Hoà", birth="1951", sex="nữ", asxh=False)]
    )  # fmt: skip


@case("a_column_for_women.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {"DS": [["Họ tên", "Nữ", "CCCD"], [NAMES[0], None, IDS[0]], [NAMES[1], "x", IDS[1]], [NAMES[2], "x", IDS[2]]]},
    )
    return must([person(0, sex="nam"), person(1, sex="nữ"), person(2, sex="nữ")])


@case("nobody_headed_it.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, [[i + 1, NAMES[i], YEARS[i], IDS[i], PHONES[i]] for i in range(6)], ",", "utf-8")
    return must([person(i, birth=YEARS[i], phone=PHONES[i]) for i in range(6)])


@case("strange_headings.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["#", "Đối tượng", "Mã BQP", "DĐ", "Số nhà"]] + [
        [i, NAMES[i], IDS[i], None, f"{i} đường Hùng Vương, khu phố {i + 1}"] for i in range(4)
    ]
    xlsx(file, {"DS": rows})
    return must([person(i, hamlet=f"Khu phố {i + 1}") for i in range(4)])


@case("own_wording.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Danh xưng", "CCCD", "An sinh 4.0?"], [NAMES[0], IDS[0], "x"], [NAMES[1], IDS[1], None]]
    rows[0][2] = "Ví phường"
    xlsx(file, {"DS": rows})
    return must([person(0, asxh=True), person(1, asxh=False)], own={"danh xung": "name", "vi phuong": "asxh"})


# --- Cells -------------------------------------------------------------------------------------

MARKS = [
    ("x", True), ("X", True), ("có", True), ("Rồi", True), (1, True), ("✓", True), ("đã có", True), ("Vietcombank", True),
    ("không", False), ("chưa", False), (0, False), ("-", False), ("chưa tạo được", False), (None, False),
    ("?", None), ("chưa rõ", None), ("Không rõ", None), ("chưa liên hệ được", None),
]  # fmt: skip


def many(n: int) -> tuple[str, str]:
    """The id and name of the n-th of many."""
    return (
        f"0600{n + 30:02d}{n + 100200:06d}",
        f"Nguyễn Văn {GIVEN[n % 9]}",
    )


@case("marks.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ và tên", "CCCD", "Tài khoản ASXH", "Có tài khoản ngân hàng"]]
    rows += [[many(n)[1], many(n)[0], cell, cell] for n, (cell, _) in enumerate(MARKS)]
    xlsx(file, {"DS": rows})
    return must(
        [
            {"citizen_id": many(n)[0], "full_name": many(n)[1], "asxh": said, "bank": said}
            for n, (_, said) in enumerate(MARKS)
        ]
    )


@case("ticks_for_no.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ và tên", "CCCD", "Chưa có tài khoản ASXH", "Định danh mức 2", "NQ 418"],
            [NAMES[0], IDS[0], "x", "Mức 2", None], [NAMES[1], IDS[1], None, "mức 1", None],
            [NAMES[2], IDS[2], "x", "đã cấp, chưa kích hoạt", None]]  # fmt: skip
    xlsx(file, {"DS": rows})
    return must([person(0, asxh=False, eid2=True), person(1, asxh=None, eid2=False), person(2, asxh=False, eid2=False)])


ID_CELLS: list[tuple[Any, str]] = [  # what stands there; the id, or why the row is rejected
    ("060046303054", "060046303054"), (60049303055, "060049303055"), (1151938159, "001151938159"),
    ("'079058004477", "079058004477"), ("036 160 009 911", "036160009911"), ("060.062.007.788", "060062007788"),
    ("66145001234.0", "066145001234"), ("CCCD: 060040123321", "060040123321"), ("060041123322\u00a0", "060041123322"),
    ("261234567/060043123324", "060043123324"), ("6.0044123325E+10", "060044123325"), ("060,045,123,326", "060045123326"),
    ("1.23E+11", "id_rounded"), ("1,23457E+11", "id_rounded"), (60151000000, "id_rounded"), ("123457000000", "id_rounded"),
    ("261234567", "id_cmnd"), (12345678, "id_cmnd"), ("06004630305", "id_length"), ("0600463030541", "id_length"),
    ("06004630305O", "id_letters"), ("chưa có", "id_missing"), (None, "id_missing"), ("060047123327 060048123328", "id_several"),
]  # fmt: skip


@case("ids.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(file, {"DS": [["TT", "Họ và tên", "CCCD"]] + [[n, many(n)[1], cell] for n, (cell, _) in enumerate(ID_CELLS)]})
    good = [{"citizen_id": said, "full_name": many(n)[1]} for n, (_, said) in enumerate(ID_CELLS) if said[0] != "i"]
    return must(good, [(n + 2, said) for n, (_, said) in enumerate(ID_CELLS) if said[0] == "i"])


@case("old_cards_allowed.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ và tên", "Số CMND", "Năm sinh", "Giới tính"], [NAMES[0], "261234567", 1946, "Nam"],
            [NAMES[1], 12345678, 1939, "Nữ"], [NAMES[2], "261234569", None, "Nữ"]]  # fmt: skip
    xlsx(file, {"DS": rows})
    return must(
        [person(0, citizen_id="261234567", birth="1946", sex="nam"), person(1, citizen_id="012345678", birth="1939", sex="nữ")],
        [(4, "birth_missing")], old_cards=True,
    )  # fmt: skip


@case("old_and_new_cards.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ và tên", "CMND", "CCCD", "Ngày cấp CCCD", "Nơi cấp"], [NAMES[0], "261234567", IDS[0], "01/01/2022", "Cục CS"],
            [NAMES[1], IDS[1], None, None, None], [NAMES[2], "261234568", None, None, None]]  # fmt: skip
    xlsx(file, {"DS": rows})
    return must([person(0), person(1)], [(4, "id_missing")])


PHONE_CELLS: list[tuple[Any, str]] = [
    ("0912345678", "0912345678"), (912345668, "0912345668"), ("+84 912 345 679", "0912345679"), ("84912345670", "0912345670"),
    ("0912.345.671", "0912345671"), ("01687654321", "0387654321"), ("01201234567", "0701234567"), ("0121 1234567", "0791234567"),
    ("01221234567", "0771234567"), ("01261234567", "0761234567"), ("01281234567", "0781234567"), ("01231234567", "0831234567"),
    ("01241234567", "0841234567"), ("01251234567", "0851234567"), ("01271234567", "0811234567"), ("01291234567", "0821234567"),
    ("01621234567", "0321234567"), ("01631234567", "0331234567"), ("01641234567", "0341234567"), ("01651234567", "0351234567"),
    ("01661234567", "0361234567"), ("01671234567", "0371234567"), ("01691234567", "0391234567"), ("01861234567", "0561234567"),
    (1881234567, "0581234567"), ("+841991234567", "0591234567"), ("(0252) 3821234", "02523821234"), ("024.38251234", "02438251234"),
    ("0912345672 (con)", "0912345672"), ("0912345673/0987654321", "0912345673"), ("09123456740987654322", "0912345674"),
    ("19000368", ""), ("1900 6068", ""), ("1800 1091", ""), ("113", ""), ("không có", ""), ("091234567", ""), ("9.12E+08", ""), (None, ""),
]  # fmt: skip


@case("phones.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ và tên", "CCCD", "Số ĐT"]] + [
        [many(n)[1], many(n)[0], cell] for n, (cell, _) in enumerate(PHONE_CELLS)
    ]
    xlsx(file, {"DS": rows})
    return must(
        [{"citizen_id": many(n)[0], "full_name": many(n)[1], "phone": said} for n, (_, said) in enumerate(PHONE_CELLS)],
        warnings=[[31, "phone_several"], [32, "phone_several"], [33, "phone_service"], [34, "phone_service"],
                  [35, "phone_service"], [36, "phone_service"], [38, "phone_bad"], [39, "phone_bad"]],
    )  # fmt: skip


BIRTH_CELLS: list[tuple[Any, str]] = [
    (date(1946, 5, 12), "1946-05-12"), ("12/05/1946", "1946-05-12"), ("1/2/1946", "1946-02-01"), ("12-05-1946", "1946-05-12"),
    (1946, "1946"), ("1946", "1946"), ("1946-05-12", "1946-05-12"), ("ngày 12 tháng 5 năm 1946", "1946-05-12"),
    ("30/02/1946", "1946"), ("31/04/1946", "1946"), ("05/1946", "1946"), ("00/00/1946", "1946"), ("01/01/1946", "1946-01-01"),
    ("12.5.1946", "1946-05-12"), ("12/05/1946 00:00:00", "1946-05-12"), (16934, "1946-05-12"), ("12051946", "1946-05-12"),
    ("??/??/1946", "1946"), ("không rõ", ""), ("86 tuổi", ""), ("1846", ""), (None, ""),
]  # fmt: skip


@case("births.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ và tên", "CCCD", "Ngày sinh"]]
    rows += [[NAMES[0], f"060046{n:06d}", cell] for n, (cell, _) in enumerate(BIRTH_CELLS, 1)]
    xlsx(file, {"DS": rows})
    return must(
        [{"citizen_id": f"060046{n:06d}", "full_name": NAMES[0], "birth": said} for n, (_, said) in enumerate(BIRTH_CELLS, 1)],
        warnings=[[10, "birth_day"], [11, "birth_day"], [21, "birth_bad"], [22, "birth_bad"]],
    )  # fmt: skip


@case("month_first.csv")
def _(file: Path) -> dict[str, Any]:
    births = ["05/25/1946", "12/05/1939", "01/31/1951", "3/4/1958"]
    text(file, [["Họ tên", "CCCD", "Ngày sinh"]] + [[NAMES[i], IDS[i], births[i]] for i in range(4)], ",", "utf-8")
    read = ["1946-05-25", "1939-12-05", "1951-01-31", "1958-03-04"]
    return must([person(i, birth=read[i]) for i in range(4)])


@case("half_swapped_dates.xlsx")
def _(file: Path) -> dict[str, Any]:
    days = [(5, 12), (3, 4), (11, 2), (8, 7), (1, 10), (25, 12), (13, 1), (30, 6), (31, 8), (17, 3)]
    rows: list[Row] = [["Họ và tên", "CCCD", "Ngày sinh"]]
    for n, (day, month) in enumerate(days):
        rows.append([many(n)[1], many(n)[0], date(1930 + n, day, month) if day <= 12 else f"{day}/{month}/{1930 + n}"])
    xlsx(file, {"DS": rows})
    return must(
        [{"citizen_id": many(n)[0], "full_name": many(n)[1], "birth": date(1930 + n, month, day).isoformat()}
         for n, (day, month) in enumerate(days)]
    )  # fmt: skip


@case("one_person_twice.xlsx")
def _(file: Path) -> dict[str, Any]:
    head = ["TT", "Họ và tên", "CCCD", "SĐT"]
    xlsx(
        file,
        {"Người có công": [head, [1, NAMES[0], IDS[0], PHONES[0]], [2, NAMES[1], IDS[1], PHONES[0]]],
         "Khuyết tật": [head, [1, "LE VAN DUC", int(IDS[0]), None], [2, "Trần Thị Ngà", IDS[1], None], [3, "Lê Hoàng Khác", IDS[0], None],
                        [4, NAMES[1][:4] + " Thị Ngân", IDS[1], None]]},
    )  # fmt: skip
    both = ["Người có công với cách mạng và thân nhân", "Người khuyết tật nặng"]
    return must(
        [person(0, phone=PHONES[0], categories=both), person(1, phone=PHONES[0], categories=both)],
        [(4, "id_twice")],
        warnings=[
            [2, "person_twice"],
            [3, "person_twice"],
            [5, "person_twice"],
            [5, "name_differs"],
            [3, "phone_shared"],
        ],
    )


NAME_CELLS: list[tuple[Any, str]] = [
    ("  Lê   Văn\u00a0Đực ", "Lê Văn Đực"), ("NGUYỄN THỊ HOA", "NGUYỄN THỊ HOA"), ("1. Trần Văn Bé", "Trần Văn Bé"), ("- Võ Thị Út", "Võ Thị Út"),
    ("H'Rin Niê", "H'Rin Niê"), ("Y Blô Êban", "Y Blô Êban"), ("Lê Văn Đực\n", "Lê Văn Đực"),
    ("=Lê Văn", "name_formula"), ("=1+1", "name_formula"), ("@Lê Văn", "name_formula"), (None, "name_missing"), ("...", "name_missing"),
    (12345, "name_bad"),
]  # fmt: skip


@case("names.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["TT", "Họ và tên", "CCCD"]] + [[n, cell, many(n)[0]] for n, (cell, _) in enumerate(NAME_CELLS)]
    xlsx(file, {"DS": rows})
    good = [
        {"citizen_id": many(n)[0], "full_name": said}
        for n, (_, said) in enumerate(NAME_CELLS)
        if not said.startswith("name_")
    ]
    return must(good, [(n + 2, said) for n, (_, said) in enumerate(NAME_CELLS) if said.startswith("name_")])


@case("accounts.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {"DS": [
            ["Họ và tên", "CCCD", "Tên chủ TK", "Số TK", "Ngân hàng", "Hình thức chi trả (TM/CK)", "Người được ủy quyền", "Quan hệ",
             "CCCD người được ủy quyền"],
            [NAMES[0], IDS[0], "LE VAN DUC", "4800205261234", "Agribank", "CK", None, None, None],
            [NAMES[1], IDS[1], "LE VAN CON", "4800205261235", "Agribank", "CK", None, None, None],
            [NAMES[2], IDS[2], None, None, None, "TM", "Không", None, None],
            [NAMES[3], IDS[3], None, None, None, "TM", "Lê Thị Cháu", "cháu", IDS[7]],
        ]},
    )  # fmt: skip
    return must(
        [person(0, bank=True, payout="own_account"), person(1, bank=None, payout="own_account"),
         person(2, bank=False, payout="cash"), person(3, bank=None, payout="delegated")]
    )  # fmt: skip


# --- As other offices and programs keep them ---------------------------------------------------


@case("web_page.xls")
def _(file: Path) -> dict[str, Any]:
    rows = "".join(
        f'<tr><td>{i + 1}<td>{NAMES[i].replace("ễ", "&#7877;").replace("à", "&agrave;")}<td x:num="{int(IDS[i])}">'
        f"{float(IDS[i]):.0E}</td><td>{'' if SEXES[i] != 'nam' else YEARS[i]}<td>{'' if SEXES[i] == 'nam' else YEARS[i]}"
        f"<td align=center>{'x' if i % 2 else '&nbsp;'}"
        for i in range(6)
    )
    file.write_text(
        "<html xmlns:x='urn:schemas-microsoft-com:office:excel'><head><title>Báo cáo</title><style>td{color:red}</style>"
        "</head><body><table><tr><td>UBND PHƯỜNG PHAN THIẾT</td></tr></table><h3>DANH SÁCH HƯU TRÍ XÃ HỘI - THÔN ĐÔNG</h3>"
        "<table border=1><tr><th rowspan=2>STT<th rowspan=2>Họ và tên<th rowspan=2>Số CCCD<th colspan=2>Năm sinh"
        f"<th rowspan=2>TK ASXH<tr><th>Nam<th>Nữ{rows}</table><p>Người lập biểu</p></body></html>",
        encoding="utf-8",
    )
    return must(
        [person(i, birth=YEARS[i], sex=SEXES[i], hamlet="Thôn Đông", categories=["Người hưởng hưu trí xã hội"], asxh=bool(i % 2)) for i in range(6)]
    )  # fmt: skip


@case("excel_2003.xls")
def _(file: Path) -> dict[str, Any]:
    head = ["TT", "Họ và tên", "Ngày sinh", "Số CCCD", None, "Bản", "TK ASXH"]
    rows = [
        [
            i + 1,
            NAMES[i],
            date(int(YEARS[i]), 5, 12),
            int(IDS[i]) if i % 2 else IDS[i],
            None,
            "Nà Lốc",
            "x" if i else None,
        ]
        for i in range(4)
    ]
    write_xml(
        file, {"Danh sách": [*MOTTO, head, *rows[:2], [], *rows[2:], *SIGNED], "Nháp": [head, *rows]}, hidden="Nháp"
    )
    return must(
        [person(i, birth=f"{YEARS[i]}-05-12", hamlet="Nà Lốc", asxh=bool(i)) for i in range(4)], warnings=[[0, "sheet_hidden"]]
    )  # fmt: skip


AREAS = {
    "062 3821234": "02523821234", "(062) 3.821.235": "02523821235", "04 38212345": "02438212345", "0650 3821234": "02743821234",
    "0240.3821234": "02043821234", "075 3821234": "02753821234", "0511-3821234": "02363821234", "061 6250111": "02516250111",
    "0252 3821234": "02523821234", "0383821234": "0383821234", "+84 62 3821236": "02523821236",
}  # fmt: skip


@case("area_codes_of_before_2017.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [["TT", "Họ và tên", "CCCD", "ĐT"]] + [[n, NAMES[0], many(n)[0], cell] for n, cell in enumerate(AREAS)]
    xlsx(file, {"DS": [*rows, [99, NAMES[0], many(20)[0], 623821237]]})
    good = [{"citizen_id": many(n)[0], "full_name": NAMES[0], "phone": said} for n, said in enumerate(AREAS.values())]
    return must([*good, {"citizen_id": many(20)[0], "full_name": NAMES[0], "phone": "02523821237"}])


@case("households.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {"Hộ nghèo": [
            ["STT hộ", "Chủ hộ", "Họ và tên thành viên", "Quan hệ với chủ hộ", "Ngày sinh", "Số định danh", "Địa chỉ hộ", "Điện thoại chủ hộ"],
            [1, NAMES[0], NAMES[0], "Chủ hộ", YEARS[0], IDS[0], "Thôn Séo, xã Mường Hum", PHONES[0]],
            [None, None, NAMES[1], "Vợ", YEARS[1], IDS[1], None, None],
            [2, NAMES[2], NAMES[2], "Chủ hộ", YEARS[2], IDS[2], "Bản Pho, xã Mường Hum", None],
            [None, None, NAMES[3], "Con", YEARS[3], IDS[3], None, None],
            [3, NAMES[4], NAMES[4], "Chủ hộ", YEARS[4], IDS[4], None, None],
        ]},
    )  # fmt: skip
    hamlets = ["Thôn Séo", "Thôn Séo", "Bản Pho", "Bản Pho", ""]
    return must([person(i, birth=YEARS[i], hamlet=hamlets[i]) for i in range(5)])


@case("ticks_under_categories.xlsx")
def _(file: Path) -> dict[str, Any]:
    kinds = ["Người có công", "Người khuyết tật", "Người cao tuổi"]
    xlsx(
        file,
        {"DS": [
            *MOTTO,
            ["STT", "Họ và tên", "CCCD", "Đối tượng", None, None, "Tài khoản ASXH", None],
            [None, None, None, *kinds, "Có", "Chưa"],
            [1, NAMES[0], IDS[0], "x", None, None, "x", None],
            [2, NAMES[1], IDS[1], None, "x", None, None, "x"],
            [3, NAMES[2], IDS[2], "x", None, "x", None, None],
            *SIGNED,
        ]},
        merge="D6:F6 G6:H6",
    )  # fmt: skip
    return must(
        [person(0, categories=kinds[:1], asxh=True), person(1, categories=kinds[1:2], asxh=False),
         person(2, categories=[kinds[0], kinds[2]], asxh=None)]
    )  # fmt: skip


@case("failed_formulas.xlsx")
def _(file: Path) -> dict[str, Any]:
    head = ["STT", "Họ và tên", "Ngày sinh", "Số CCCD", "SĐT", "Thôn", "Đối tượng", "TK ASXH"]
    rows: list[Row] = [[i + 1, NAMES[i], YEARS[i], IDS[i], PHONES[i], "Thôn Đoài", "HTXH", "x"] for i in range(5)]
    failed = [(0, 2, "#VALUE!"), (1, 4, "#N/A"), (2, 5, "#N/A"), (3, 6, "#REF!"), (4, 3, "#N/A")]
    for at, column, word in failed:
        rows[at] = [*rows[at][:column], word, *rows[at][column + 1 :]]
    xlsx(file, {"DS": [head, *rows, *[[n] for n in range(7, 20)]]})
    whole = [
        person(i, birth=YEARS[i], phone=PHONES[i], hamlet="Thôn Đoài", categories=["HTXH"], asxh=True) for i in range(4)
    ]
    for said, key, nothing in zip(whole, ("birth", "phone", "hamlet", "categories"), ("", "", "", []), strict=True):
        said[key] = nothing
    return must(whole, [(6, "id_missing")], warnings=[])


@case("titles_and_births_in_the_name.xlsx")
def _(file: Path) -> dict[str, Any]:
    cells = [
        f"Ông {NAMES[0]} ({YEARS[0]})",
        f"Bà: {NAMES[1]}, {YEARS[1]}",
        f"cụ {NAMES[2]} - SN {YEARS[2]}",
        f"Ông Ích Khiêm\n{YEARS[3]}",
        NAMES[4],
    ]
    xlsx(file, {"DS": [["TT", "Họ tên, năm sinh", "CCCD"]] + [[i + 1, cell, IDS[i]] for i, cell in enumerate(cells)]})
    people = [person(i, birth=YEARS[i] if i < 4 else "") for i in range(5)]
    people[3]["full_name"] = "Ông Ích Khiêm"
    return must(people)


@case("headings_in_other_words.xlsx")
def _(file: Path) -> dict[str, Any]:
    head = ["Số TT", "Họ, chữ đệm và tên (theo CCCD)", "Sinh ngày, tháng, năm", "Phái", "Căn cước/ĐDCN", "SĐT của đối tượng hoặc người thân",
            "Thôn/tổ", "Hưởng trợ cấp theo diện", "Có trong DS theo NQ 418", "Đã cài VNeID mức 2", "Thẻ ATM/TK ngân hàng", "Đã thêm TK ASXH trên VNeID",
            "Trả qua"]  # fmt: skip
    rows = [[i + 1, NAMES[i], f"12.5.{YEARS[i]}", SEXES[i].upper(), IDS[i], PHONES[i], i + 1, "Vợ liệt sĩ", "x" if i else None, "Mức 2" if i else "Mới cấp mức 1",
             "MB Bank" if i else "không có", "Thành công" if i else "chưa", "Bưu điện" if i else "ATM"] for i in range(4)]  # fmt: skip
    xlsx(
        file,
        {
            "Biểu 02": [
                *MOTTO,
                head,
                [f"({n})" for n in range(1, 14)],
                *rows,
                [None, "Danh sách này có 4 người."],
                *SIGNED,
            ]
        },
    )
    return must(
        [person(i, birth=f"{YEARS[i]}-05-12", sex=SEXES[i], phone=PHONES[i], hamlet=f"Thôn {i + 1}", categories=["Vợ liệt sĩ"], nq418=bool(i),
                eid2=bool(i), bank=bool(i), asxh=bool(i), payout="cash" if i else "own_account") for i in range(4)]
    )  # fmt: skip


@case("shortened_headings.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [
        [
            "S.T.T",
            "H.tên",
            "NgaySinh",
            "G.Tính",
            "S.CCCD",
            "SoDienThoai",
            "Đ/c",
            "Đ/tượng",
            "T.khoản NH",
            "TKASXH",
            "GC",
        ]
    ]
    rows += [
        [
            str(i + 1),
            NAMES[i],
            YEARS[i],
            SEXES[i],
            IDS[i],
            PHONES[i],
            "Ấp 3, xã Bình An",
            "TNXP",
            "có",
            "đã" if i else "chưa",
            "già yếu",
        ]
        for i in range(3)
    ]
    text(file, rows, ",", "utf-8")
    return must(
        [person(i, birth=YEARS[i], sex=SEXES[i], phone=PHONES[i], hamlet="Ấp 3", categories=["TNXP"], bank=True, asxh=bool(i), special="frail") for i in range(3)]
    )  # fmt: skip


@case("numbered_groups.xlsx")
def _(file: Path) -> dict[str, Any]:
    def row(i: int) -> Row:
        return [i + 1, NAMES[i], IDS[i], "ở với con"]

    xlsx(
        file,
        {"DS": [
            ["TT", "Họ và tên", "CCCD", "Địa chỉ"],
            ["A. THÔN HỘI NGHĨA (3 người)"], [None, "I. Người có công"], row(0), row(1), ["II", "Bảo trợ xã hội"], row(2), [None, "Cộng (II)", None, 1],
            ["B", None, None, "Thôn Vĩnh Hanh"], ["1.1 Hưu trí xã hội"], row(3), ["Tổng thôn Vĩnh Hanh", None, None, 1],
            ["1.2. Xóm 4 - Trưởng xóm: Đỗ Thị Sen, 0912000222"], row(4), ["Tổng cộng: 5 người"],
        ]},
    )  # fmt: skip
    said = [("Thôn Hội Nghĩa", "Người có công"), ("Thôn Hội Nghĩa", "Người có công"), ("Thôn Hội Nghĩa", "Bảo trợ xã hội"),
            ("Thôn Vĩnh Hanh", "Hưu trí xã hội"), ("Xóm 4", "Hưu trí xã hội")]  # fmt: skip
    return must([person(i, hamlet=hamlet, categories=[kind]) for i, (hamlet, kind) in enumerate(said)])


@case("cells_tell_their_columns.xlsx")
def _(file: Path) -> dict[str, Any]:
    head = ["#", "Cá nhân", "Mốc", "Ai", "Số máy bàn giao", "Ở đâu", "Tiền về", "Hưởng gì"]
    rows = [
        [
            i + 1,
            NAMES[i],
            f"12/05/{YEARS[i]}",
            SEXES[i],
            PHONES[i],
            "Thôn Giữa",
            "TM" if i else "CK",
            "Thương binh 4/4",
            IDS[i],
        ]
        for i in range(4)
    ]
    xlsx(file, {"DS": [[*head, "Số CCCD"], *rows]})
    return must(
        [person(i, birth=f"{YEARS[i]}-05-12", sex=SEXES[i], phone=PHONES[i], hamlet="Thôn Giữa", categories=["Thương binh 4/4"], payout="cash" if i else "own_account") for i in range(4)]
    )  # fmt: skip


@case("guardians_and_relatives.xlsx")
def _(file: Path) -> dict[str, Any]:
    head = [
        "TT",
        "Họ và tên",
        "Số định danh",
        "Họ tên cha/mẹ/người giám hộ",
        "CCCD người giám hộ",
        "SĐT người giám hộ",
        "SĐT",
        "Họ tên người thân",
        "SĐT người thân",
    ]
    rows: list[Row] = [[1, NAMES[0], IDS[0], NAMES[5], IDS[5], PHONES[5], PHONES[0], NAMES[6], PHONES[6]],
            [2, NAMES[1], IDS[1], NAMES[5], IDS[5], PHONES[5], None, NAMES[6], PHONES[6]],
            [3, NAMES[2], None, NAMES[5], IDS[5], PHONES[5], None, NAMES[6], None]]  # fmt: skip
    xlsx(file, {"DS": [head, *rows]})
    return must([person(0, phone=PHONES[0]), person(1, phone=PHONES[6])], [(4, "id_missing")])


@case("answers_in_words.xlsx")
def _(file: Path) -> dict[str, Any]:
    answers = [("Mức 2", "Có, Agribank", "Đã cập nhật", True, True, True), ("M1", "chưa mở", "Chưa cập nhật", False, False, False),
               ("đã KH mức 2", "VCB 0451000123456", "Đã cập nhật 12/11", True, True, True), ("chưa định danh", "không có", "chưa rõ", False, False, None),
               ("Mức 2, chưa kích hoạt", "?", "đang chờ", False, None, None)]  # fmt: skip
    xlsx(
        file,
        {
            "DS": [["Họ và tên", "CCCD", "Định danh điện tử", "TK ở ngân hàng", "Tình trạng TK ASXH"]]
            + [[NAMES[i], IDS[i], *said[:3]] for i, said in enumerate(answers)]
        },
    )
    return must(
        [person(i, eid2=said[3], bank=said[4], asxh=said[5]) for i, said in enumerate(answers)], warnings=[[6, "mark_bad"]]
    )  # fmt: skip


@case("help_and_summaries_beside_the_list.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(
        file,
        {
            "Hướng dẫn": [
                ["HƯỚNG DẪN NHẬP LIỆU"],
                ["Họ và tên", "Ghi theo giấy khai sinh"],
                ["Số CCCD", "Đủ 12 số"],
                ["TK ASXH", "Đánh dấu x nếu có"],
            ],
            "Cán bộ": [["STT", "Họ và tên", "Chức vụ", "SĐT"], [1, NAMES[5], "Công chức VH-XH", PHONES[5]]],
            "Tổng hợp": [["STT", "Thôn", "Số người", "Có TK ASXH"], [1, "Thôn 1", 5, 2], [None, "Cộng", 5, 2]],
            "Danh sách": plain_rows(),
        },
    )
    return must(plain_people())


# --- As officers word and group them, seen once more by somebody who had not read the reader ----


@case("family_name_lot.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [["STT", "Họ và tên lót", "Tên", "Năm sinh", "Phái", "Số CCCD", "Khu phố", "Diện hưởng"]]
    for i in range(6):
        family, _, given = NAMES[i].rpartition(" ")
        rows.append([str(i + 1), family, given, YEARS[i], SEXES[i].capitalize(), IDS[i].lstrip("0"), "12", "Con LS"])
    text(file, rows, ",", "utf-8-sig")
    return must([person(i, birth=YEARS[i], sex=SEXES[i], hamlet="Khu phố 12", categories=["Con LS"]) for i in range(6)])


@case("birth_in_three_columns_of_one_row.ods")
def _(file: Path) -> dict[str, Any]:
    head = ["STT", "Họ đệm", "Tên", "Ngày sinh", "Tháng sinh", "Năm sinh", "Giới tính (1: Nam, 0: Nữ)", "CCCD",
            "Điện thoại (ghi chú nếu của con)"]  # fmt: skip
    rows = [[i + 1, NAMES[i].rpartition(" ")[0], NAMES[i].rpartition(" ")[2], 5 + i, 12, int(YEARS[i]),
             int(SEXES[i] == "nam"), int(IDS[i]), f"{PHONES[i]} (con)"] for i in range(4)]  # fmt: skip
    write_ods(file, {"Thôn Hạ": [head, *rows]})
    return must(
        [
            person(i, birth=f"{YEARS[i]}-12-{5 + i:02d}", sex=SEXES[i], phone=PHONES[i], hamlet="Thôn Hạ")
            for i in range(4)
        ]
    )


@case("headings_that_ask.tsv")
def _(file: Path) -> dict[str, Any]:
    """ "ASXH làm chưa" is a question, "Chưa mở TK ngân hàng" is said by a tick."""
    rows = [["TT", "Họ tên", "Năm sinh", "Số căn cước", "KP", "VNeID mức mấy", "ASXH làm chưa", "Chưa mở TK ngân hàng"]]
    rows += [
        [
            f"{i + 1}.",
            NAMES[i],
            YEARS[i],
            IDS[i],
            "KP 3",
            ["2", "1", "Chưa", "2"][i],
            ["Rồi", "Chưa"][i % 2],
            ["", "x"][i % 2],
        ]
        for i in range(4)
    ]
    text(file, rows, "\t", "utf-8")
    return must(
        [person(i, birth=YEARS[i], hamlet="Khu phố 3", eid2=i in (0, 3), asxh=i % 2 == 0, bank=[None, False][i % 2])
         for i in range(4)]
    )  # fmt: skip


@case("delegate_under_the_same_headings.xlsx")
def _(file: Path) -> dict[str, Any]:
    """Two groups of columns worded alike: the account and the phone of who collects the money are not the person's."""
    other = ["060185003344", "0977000111", "Con", "5400205123456"]
    xlsx(
        file,
        {
            "UQ": [
                ["DANH SÁCH NGƯỜI HƯỞNG VÀ NGƯỜI ĐƯỢC ỦY QUYỀN NHẬN TRỢ CẤP"],
                [],
                ["TT", "NGƯỜI HƯỞNG TRỢ CẤP", None, None, None, None, "NGƯỜI ĐƯỢC ỦY QUYỀN NHẬN THAY", None, None, None,
                 None, "Nhóm ĐT", "TK ASXH"],
                [None, "Họ và tên", "Ngày sinh", "CCCD", "Điện thoại", "TDP", "Họ và tên", "CCCD", "Điện thoại",
                 "Quan hệ", "Số tài khoản", None, None],
                [1, NAMES[0], "12/05/1946", IDS[0], PHONES[0], "Đá Bạc", None, None, None, None, None, "NCC", "x"],
                [2, NAMES[1], 1939, int(IDS[1]), None, "Phú Sơn", "Trần Văn Con", *other, "NKT", None],
                [3, NAMES[2], 1951, IDS[2], None, "Phú Sơn", "Võ Thị Cháu", *other, "NCT", None],
            ]
        },
        merge="A3:A4 B3:F3 G3:K3 L3:L4 M3:M4",
    )  # fmt: skip
    return must(
        [person(0, birth="1946-05-12", phone=PHONES[0], hamlet="Đá Bạc", categories=["NCC"], asxh=True),
         person(1, birth="1939", hamlet="Phú Sơn", categories=["NKT"], asxh=False),
         person(2, birth="1951", hamlet="Phú Sơn", categories=["NCT"], asxh=False)]
    )  # fmt: skip


@case("figures_for_sex.xlsx")
def _(file: Path) -> dict[str, Any]:
    """Headings that say what a figure means, and a row below that numbers and adds up the columns."""
    xlsx(
        file,
        {
            "Biểu 02": [
                ["STT", "Họ và tên", "Ngày tháng năm sinh", None, None, "Giới tính (Nam=1; Nữ=2)", "Số CCCD", "Xóm",
                 "Mức chuẩn", "Hệ số", "Thành tiền"],
                [None, None, "Ngày", "Tháng", "Năm", None, None, None, None, None, None],
                ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)", "(10)", "(11) = (9) x (10)"],
                *([i + 1, NAMES[i], 5 + i, 12, int(YEARS[i]), 1 if SEXES[i] == "nam" else 2, IDS[i], "Bắc Lợi", 500000,
                   1.5, 750000] for i in range(4)),
            ]
        },
        merge="A1:A2 B1:B2 C1:E1 F1:F2 G1:G2 H1:H2 I1:I2 J1:J2 K1:K2",
    )  # fmt: skip
    return must([person(i, birth=f"{YEARS[i]}-12-{5 + i:02d}", sex=SEXES[i], hamlet="Bắc Lợi") for i in range(4)])


@case("how_severe_a_disability.xlsx")
def _(file: Path) -> dict[str, Any]:
    severities = ["Nặng", "ĐBN", "Đặc biệt nặng", "Nặng"]
    xlsx(
        file,
        {
            "NKT": [
                ["TỔNG HỢP NGƯỜI KHUYẾT TẬT VÀ NGƯỜI CHĂM SÓC"],
                ["TT", "Họ tên NKT", "Ngày sinh", "CCCD NKT", "Dạng khuyết tật", "Mức độ", "SĐT NKT",
                 "Người trực tiếp chăm sóc", None, None],
                [None, None, None, None, None, None, None, "Họ tên", "CCCD", "SĐT"],
                *([i + 1, NAMES[i], YEARS[i], IDS[i], "Vận động", severities[i], PHONES[i] if i % 2 else None,
                   "Lê Thị Chăm", "060185003344", "0977000111"] for i in range(4)),
            ]
        },
        merge="A2:A3 B2:B3 C2:C3 D2:D3 E2:E3 F2:F3 G2:G3 H2:J2",
    )  # fmt: skip
    kinds = ["Khuyết tật nặng", "Khuyết tật đặc biệt nặng", "Khuyết tật đặc biệt nặng", "Khuyết tật nặng"]
    return must([person(i, birth=YEARS[i], phone=PHONES[i] if i % 2 else "", categories=[kinds[i]]) for i in range(4)])


@case("a_bank_or_what_else_stands_there.csv")
def _(file: Path) -> dict[str, Any]:
    said = ["DongA", "Nhận tiền mặt", "", "Con nhận thay", "Kien Long Bank", "Nhận TM"]
    rows = [
        ["TT", "Người hưởng", "Năm sinh", "Số giấy tờ", "Xóm", "Tài khoản ngân hàng"],
        *([str(i + 1), NAMES[i], YEARS[i], IDS[i], "Xóm 4", said[i]] for i in range(6)),
        ["", "", "", "", "", ""],
        ["", "Giao dịch viên", "", "", "", "Kiểm soát viên"],
        ["", "Đỗ Thị Lập", "", "", "", "Trịnh Văn Ký"],
    ]
    text(file, rows, ";", "cp1258")
    banks = [True, False, False, None, True, False]
    return must([person(i, birth=YEARS[i], hamlet="Xóm 4", bank=banks[i]) for i in range(6)])


@case("granted_and_activated.xlsx")
def _(file: Path) -> dict[str, Any]:
    """Level 2 counts when it is in use; an account linked on VNeID is the ASXH account in other words."""
    xlsx(
        file,
        {
            "Công an xã": [
                ["STT", "Họ, chữ đệm và tên", "Nữ (x)", "Số định danh", "Mức độ ĐDĐT", "Kích hoạt",
                 "Đã liên kết tài khoản ngân hàng trên VNeID"],
                [1, NAMES[0].upper(), None, IDS[0], "Mức 2", "x", "Có"],
                [2, NAMES[1].upper(), "x", IDS[1], "Mức 2", None, "Chưa"],
                [3, NAMES[2].upper(), "x", IDS[2], "Mức 1", None, "Chưa"],
                [4, NAMES[3].upper(), None, IDS[3], "Chưa cấp", None, None],
            ]
        },
    )  # fmt: skip
    return must(
        [{"citizen_id": IDS[i], "full_name": NAMES[i].upper(), "sex": SEXES[i], "eid2": i == 0, "asxh": i == 0}
         for i in range(4)]
    )  # fmt: skip


@case("tcvn3_and_its_shortenings.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [["TT", "Hä vµ tªn", "N¨m sinh", "Sè CCCD", "Lo¹i ®èi t­îng"]]
    rows += [[str(i + 1), "NguyÔn ThÞ Hång", YEARS[i], IDS[i], ["C§HH", "NKT §BN"][i % 2]] for i in range(4)]
    text(file, rows, ",", "latin-1")
    return must(
        [{"citizen_id": IDS[i], "full_name": "Nguyễn Thị Hồng", "birth": YEARS[i], "categories": [["CĐHH", "NKT ĐBN"][i % 2]]}
         for i in range(4)]
    )  # fmt: skip


@case("answers_to_a_form.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows: list[list[Any]] = [[
        "Dấu thời gian", "1. Họ và tên của ông/bà (ghi đầy đủ như trên căn cước)", "2. Ông/bà sinh ngày tháng năm nào?",
        "3. Số căn cước công dân (12 số) của ông/bà là gì?",
        "Câu 4. Số điện thoại ông/bà đang dùng, hoặc của người thân sống cùng nhà để địa phương liên hệ khi cần",
        "5. Ông/bà đã có tài khoản ngân hàng do chính mình đứng tên chưa?",
        "6. Ông/bà đã được cấp tài khoản định danh điện tử mức 2 (VNeID) chưa?",
        "7. Ông/bà đã đăng ký tài khoản hưởng an sinh xã hội trên VNeID chưa?",
    ]]  # fmt: skip
    answers = [
        ("Đã có", "Dạ rồi", "Chưa, cần hướng dẫn"),
        ("Chưa có", "Dạ chưa", "Chưa đăng ký"),
        ("Hổng có", "Không nhớ", "Đã đăng ký"),
    ]
    for i, said in enumerate(answers):
        rows += [[datetime(2026, 10, 20 + i, 8, 15, 7), NAMES[i], date(int(YEARS[i]), 5, 12), IDS[i], PHONES[i], *said]]
    xlsx(file, {"Câu trả lời biểu mẫu 1": rows})
    facts = [(True, True, False), (False, False, False), (False, None, True)]
    return must(
        [person(i, birth=f"{YEARS[i]}-05-12", phone=PHONES[i], bank=bank, eid2=eid2, asxh=asxh)
         for i, (bank, eid2, asxh) in enumerate(facts)]
    )  # fmt: skip


@case("headings_written_as_one_word.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [["HoTen", "NgaySinh", "SoCCCD", "DIENTHOAI", "TT_DINHDANH", "CoTKNganHang", "TKASXH", "NgayTao"]]
    for i in range(3):
        rows += [
            [
                NAMES[i],
                f"12/05/{YEARS[i]}",
                IDS[i].lstrip("0"),
                PHONES[i].lstrip("0"),
                str(i),
                ["TRUE", "FALSE"][i % 2],
                str(i % 2),
                "01/06/2025",
            ]
        ]
    text(file, rows, ";", "utf-8-sig")
    return must(
        [person(i, birth=f"{YEARS[i]}-05-12", phone=PHONES[i], eid2=i == 2, bank=i != 1, asxh=i == 1) for i in range(3)]
    )  # fmt: skip


@case("days_instead_of_ticks.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows: list[list[Any]] = [
        [
            "STT",
            "Họ tên",
            "Ngày sinh",
            None,
            "Số CCCD",
            "Ngày cấp CCCD",
            "TKNH (X: có, O: không)",
            "Ngày kích hoạt mức 2",
            "Ngày tạo TK ASXH",
            "Chưa đăng ký nhận quà NQ 418",
        ],
        [None, None, "Nam", "Nữ"],
    ]
    born = ["10/07/2006", "12/05/1939", "12/05/1951"]
    ids = ["060206303054", IDS[1], IDS[2]]
    for i, facts in enumerate(
        [("X", "04/03/2026", date(2026, 4, 5), None), ("O", date(2026, 3, 4), None, "x"), ("O", None, "chưa", "x")]
    ):
        rows += [
            [i + 1, NAMES[i], born[i] if i == 0 else None, born[i] if i else None, ids[i], date(2021, 7, 9), *facts]
        ]
    xlsx(file, {"Ấp": rows}, merge="C1:D1")
    return must([
        {**person(0, birth="2006-07-10", sex="nam", bank=True, eid2=True, asxh=True), "citizen_id": ids[0]},
        person(1, birth="1939-05-12", sex="nữ", bank=False, eid2=True, asxh=False, nq418=False),
        person(2, birth="1951-05-12", sex="nữ", bank=False, eid2=False, asxh=False, nq418=False),
    ])  # fmt: skip


@case("village_head_asks.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [
        ["Bản Huổi Luông, xã Bản Lầu"], ["Danh sách các cụ bản Huổi Luông được hưởng tiền 500 nghìn"], [],
        ["STT", "Họ tên các cụ", "Số thẻ căn cước", "Số điện thoại", "TK riêng", "Đã có TK ASXH chưa?", "Làm được trên điện thoại chưa (mức 2)"],
    ]  # fmt: skip
    said = [
        ("có", "rồi", "được rồi"),
        ("không", "chưa", "chưa được"),
        ("có", "chưa có", "làm được"),
        ("nhờ con", "có rồi", "rồi"),
    ]
    rows += [[i + 1, NAMES[i], IDS[i], f"{PHONES[i]} (con trai)", *said[i]] for i in range(4)]
    xlsx(file, {"Sheet1": [*rows, [], [None, "Trưởng bản"], [None, "Lò Văn Ún"]]})
    return must(
        [person(i, phone=PHONES[i], hamlet="Bản Huổi Luông", bank=(True, False, True, None)[i], asxh=(True, False, False, True)[i],
                eid2=(True, False, True, True)[i]) for i in range(4)]
    )  # fmt: skip


@case("installed_and_wished.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [
        *MOTTO, ["TT", "Họ và tên", "Số CCCD", "Số DĐ", "Đã cài VNeID", "Mức TK định danh", "Có nhu cầu mở TK ASXH", "Kết quả mở TK ASXH", "Đồng ý nhận qua tài khoản"],
    ]  # fmt: skip
    levels = ["Mức 1", "MĐ2", None, "Mức 2", "Mức 2"]
    results = ["Không thành công", "Thành công", "Thất bại", "Đã có mức 2, chưa có TK ASXH", "Đã có TK, chưa nhận tiền"]
    rows += [
        [i + 1, NAMES[i], IDS[i], PHONES[i], "x", levels[i], "x" if i % 2 else None, results[i], "x"] for i in range(5)
    ]
    xlsx(file, {"Bản Nậm Cầy": [*rows, *SIGNED]})
    return must(
        [person(i, phone=PHONES[i], hamlet="Bản Nậm Cầy", eid2=i in (1, 3, 4), asxh=i in (1, 4)) for i in range(5)]
    )  # fmt: skip


@case("not_yet_yes_or_no.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [*MOTTO, ["TT", "Họ tên", "CCCD", "Bản", "Chưa có mức 2 (có/không)", "Tài khoản ASXH"]]
    rows += [
        [i + 1, NAMES[i], IDS[i], "Bó Nhàng", ["Có", "Không", "có", "chưa"][i], "ASXH" if i == 1 else None]
        for i in range(4)
    ]
    xlsx(file, {"DS": [*rows, *SIGNED]})
    return must(
        [person(i, hamlet="Bó Nhàng", eid2=(False, None, False, False)[i], asxh=i == 1) for i in range(4)]
    )  # fmt: skip


# --- No lists ----------------------------------------------------------------------------------


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


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    expected = {name: make(FOLDER / name) for name, make in CASES.items()}
    words = yaml.safe_dump(expected, allow_unicode=True, sort_keys=False, width=160)
    (FOLDER / "expected.yaml").write_text(words, encoding="utf-8")


if __name__ == "__main__":
    main()
