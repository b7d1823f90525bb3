# ruff: noqa: E501
"""Lists as other offices and programs keep them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from made.cells import many
from made.formats import plain_people, plain_rows
from made.making import IDS, MOTTO, NAMES, PHONES, SEXES, SIGNED, YEARS, Row, case, must, person, text, xlsx
from old_formats import write_xml


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
