# ruff: noqa: E501
"""Lists as officers word and group them, seen once more by somebody who had not read the reader."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from made.making import IDS, MOTTO, NAMES, PHONES, SEXES, SIGNED, YEARS, case, must, person, text, xlsx
from old_formats import write_ods


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
