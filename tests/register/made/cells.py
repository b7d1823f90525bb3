# ruff: noqa: E501
"""Cells: ids, phones, births, ticks and levels as people type them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from made.making import GIVEN, IDS, NAMES, PHONES, Row, case, must, person, text, xlsx

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
