# ruff: noqa: E501
"""Shapes: titles, groups, headings of several rows, sheets, hidden columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from made.formats import HEAD, plain_people, plain_rows
from made.making import IDS, MOTTO, NAMES, PHONES, SIGNED, YEARS, Row, case, must, person, text, xlsx
from old_formats import write_ods


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
