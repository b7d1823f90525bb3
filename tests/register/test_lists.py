from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from register.columns import find_heading, meaning
from register.errors import BadInput
from register.lists import ListRead, hamlet_name, read_list

HEAD = ["TT", "Họ và tên", "Năm sinh", "Số CCCD", "Số điện thoại", "Thôn", "Loại đối tượng", "Tài khoản ASXH"]
A, B, C = "060046303054", "060139001068", "060151938159"
Row = Sequence[Any]
ReadRows = Callable[..., ListRead]


@pytest.fixture
def read(tmp_path: Path) -> ReadRows:
    """Write rows into a workbook (one sheet, or several by name) and read it as a list."""

    def read(*rows: Row, merge: str = "", **sheets: list[Row]) -> ListRead:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, lines in (sheets or {"Danh sách": list(rows)}).items():
            sheet = book.create_sheet(title)
            for number, line in enumerate(lines, 1):
                for column, value in enumerate(line, 1):
                    sheet.cell(number, column).value = value
                    if isinstance(value, str) and value.startswith("="):
                        sheet.cell(number, column).data_type = "s"
            for cells in merge.split():
                sheet.merge_cells(cells)
        file = tmp_path / "list.xlsx"
        book.save(file)
        return read_list(file, 2026)

    return read


def codes(remarks: Sequence[Any]) -> list[tuple[int, str, str]]:
    return [(remark.row, remark.column, remark.code) for remark in remarks]


def test_titles_groups_totals_and_signatures_are_passed_over(read: ReadRows) -> None:
    found = read(
        ["ỦY BAN NHÂN DÂN XÃ HÒA BÌNH", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["DANH SÁCH CHI TRẢ TRỢ CẤP AN SINH XÃ HỘI THÁNG 11 NĂM 2026"],
        [],
        HEAD,
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
        ["I", "Người có công", None, None, None, None, 2],
        ["Thôn Đông"],
        [1, "Lê Văn Đực", 1946, A, None, None, "Thương binh", "x"],
        HEAD,
        [2, "Trần Thị Nga", 1939, B, None, None, "Thương binh", None],
        [None, "Cộng", None, None, None, None, 2],
        ["II. Thôn Đoài"],
        [3, "Võ Thị Hoa", 1951, C, None, None, "Người khuyết tật nặng", None],
        [None, "Tổng cộng: 03 người"],
        [None, "(Bằng chữ: ba người)"],
        [],
        [None, None, None, "Hòa Bình, ngày 05 tháng 11 năm 2026"],
        [None, "NGƯỜI LẬP BIỂU", None, None, "KT. CHỦ TỊCH"],
        [],
        [None, "Nguyễn Văn Ký", None, None, "Trần Văn Duyệt"],
    )
    assert [(p.full_name, p.hamlet, p.asxh) for p in found.people] == [
        ("Lê Văn Đực", "Thôn Đông", True),
        ("Trần Thị Nga", "Thôn Đông", False),
        ("Võ Thị Hoa", "Thôn Đoài", False),
    ]
    assert found.rejected == []


def test_years_below_nam_and_nu_give_birth_and_sex(read: ReadRows) -> None:
    found = read(
        ["TT", "Họ và tên", "Năm sinh", None, "CCCD"],
        [None, None, "Nam", "Nữ", None],
        [1, "Lê Văn Đực", 1946, None, A],
        [2, "Trần Thị Nga", None, "12/05/1939", B],
        merge="A1:A2 B1:B2 C1:D1 E1:E2",
    )
    assert [(p.birth, p.sex) for p in found.people] == [("1946", "nam"), ("1939-05-12", "nữ")]


def test_ticks_below_nam_and_nu_give_the_sex(read: ReadRows) -> None:
    found = read(
        ["TT", "Họ và tên", "Giới tính", None, "Ngày sinh", "CCCD"],
        [None, None, "Nam", "Nữ", None, None],
        [1, "Lê Văn Đực", "x", None, date(1946, 5, 12), A],
        [2, "Trần Thị Nga", None, "x", "31/02/1939", B],
    )
    assert [(p.birth, p.sex) for p in found.people] == [("1946-05-12", "nam"), ("1939", "nữ")]
    assert codes(found.warnings) == [(4, "Ngày sinh", "birth_day")]


def test_headings_of_three_rows_and_a_name_over_two_columns(read: ReadRows) -> None:
    found = read(
        ["STT", "Thông tin người hưởng", None, None, None, "Người nhận thay", None, "Chi trả"],
        [None, "Họ và tên", None, "Năm sinh", "Số định danh", "Họ tên", "CCCD", "Hình thức"],
        [None, None, None, None, None, None, None, None],
        [1, "Nguyễn Thị", "Mai", 1939, B, "Lê Văn Con", "060070000001", "Tiền mặt"],
        [2, "Lê Văn", "Đực", 1946, A, None, None, "Chuyển khoản"],
    )
    assert [(p.full_name, p.citizen_id, p.payout) for p in found.people] == [
        ("Nguyễn Thị Mai", B, "delegated"),
        ("Lê Văn Đực", A, "own_account"),
    ]


def test_rejected_rows_say_where_and_why_and_name_nobody(read: ReadRows) -> None:
    found = read(
        HEAD,
        [1, "Lê Văn Đực", 1946, 60046303054, "0917768030", "Thôn Đông", "", ""],
        [2, "Trần Thị Nga", 1939, "1.23E+11", None, "Thôn Đông", "", ""],
        [3, "Võ Thị Hoa", 1951, "260123456", None, "Thôn Đông", "", ""],
        [4, "=HYPERLINK(1)", 1951, C, None, "Thôn Đông", "", ""],
        [5, None, 1951, C, None, "Thôn Đông", "", ""],
        [6, "Phan Thị Út", 1951, None, None, "Thôn Đông", "", ""],
        [7, "Phan Thị Ba", 1951, "06015193815", None, "Thôn Đông", "", ""],
    )
    assert [p.citizen_id for p in found.people] == [A]
    assert codes(found.rejected) == [
        (3, "Số CCCD", "id_rounded"),
        (4, "Số CCCD", "id_cmnd"),
        (5, "Họ và tên", "name_formula"),
        (6, "Họ và tên", "name_missing"),
        (7, "Số CCCD", "id_missing"),
        (8, "Số CCCD", "id_length"),
    ]
    told = " ".join(remark.message for remark in found.rejected)
    assert not any(word in told for word in ("Nga", "Hoa", "260123456", "HYPERLINK"))


def test_odd_cells_warn_and_keep_the_row(read: ReadRows) -> None:
    found = read(
        HEAD,
        [1, "Lê Văn Đực", "31/02/1946", A, "1900 0368", "Thôn Đông", "", "x"],
        [2, "Trần Thị Nga", 1940, B, "01697768030", "Thôn Đông", "", "đang chờ"],
    )
    assert [(p.birth, p.phone, p.asxh) for p in found.people] == [("1946", "", True), ("1940", "0397768030", None)]
    assert codes(found.warnings) == [
        (2, "Năm sinh", "birth_day"),
        (2, "Số điện thoại", "phone_service"),
        (3, "Số CCCD", "birth_differs"),
        (3, "Tài khoản ASXH", "mark_bad"),
    ]


def test_a_column_without_any_entry_says_nothing_and_an_empty_cell_beside_ticks_says_no(read: ReadRows) -> None:
    head = ["Họ và tên", "CCCD", "NQ 418", "Định danh mức 2", "Có tài khoản ngân hàng"]
    found = read(
        head,
        ["Lê Văn Đực", A, None, "x", "Agribank"],
        ["Trần Thị Nga", B, None, "đã cấp, chưa kích hoạt", "chưa rõ"],
        ["Võ Thị Hoa", C, None, None, None],
    )
    assert [(p.nq418, p.eid2, p.eid_level, p.bank, p.asxh) for p in found.people] == [
        (None, True, "2_active", True, None),
        (None, False, "2_granted", None, None),
        (None, False, "below_2", False, None),
    ]


def test_an_account_column_counts_only_where_the_account_is_the_person_s_own(read: ReadRows) -> None:
    found = read(
        ["Họ và tên", "CCCD", "Tên chủ tài khoản", "Số tài khoản", "Ngân hàng", "Hình thức chi trả"],
        ["Lê Văn Đực", A, "LE VAN DUC", "4800205261234", "Agribank", "CK"],
        ["Trần Thị Nga", B, "LE VAN CON", "4800205269999", "Agribank", "CK"],
        ["Võ Thị Hoa", C, None, None, None, "Tiền mặt"],
    )
    assert [p.bank for p in found.people] == [True, None, False]
    assert "48002052" not in repr(found)


def test_one_person_under_two_categories_is_one_person(read: ReadRows) -> None:
    found = read(
        **{
            "Người có công": [HEAD, [1, "Lê Văn Đực", 1946, A, None, "Thôn Đông", "Thương binh", None],
                              [2, "Trần Thị Nga", 1939, B, None, "Thôn Đông", "Thương binh", "x"]],
            "Bảo trợ": [HEAD, [1, "LÊ VĂN ĐỰC", 1946, A, "0917768030", "Thôn Đông", "Người khuyết tật nặng", "x"],
                        [2, "Phan Văn Khác", 1939, B, None, "Thôn Đông", "Người khuyết tật nặng", None]],
        }
    )  # fmt: skip
    first, second = found.people
    assert (first.categories, first.phone, first.asxh) == (["Thương binh", "Người khuyết tật nặng"], "0917768030", True)
    assert second.full_name == "Trần Thị Nga"
    assert [(r.sheet, r.row, r.code) for r in found.rejected] == [("Bảo trợ", 3, "id_twice")]
    assert [(w.sheet, w.row, w.code) for w in found.warnings] == [("Bảo trợ", 2, "person_twice")]


def test_group_rows_and_sheets_name_the_category_where_no_column_does(read: ReadRows) -> None:
    head = ["TT", "Họ và tên", "CCCD"]
    found = read(
        head, ["I. Người khuyết tật nặng"], [1, "Lê Văn Đực", A], ["II", "Đơn thân nghèo"], [2, "Vũ Thị Nga", B]
    )
    assert [p.categories for p in found.people] == [["Người khuyết tật nặng"], ["Đơn thân nghèo"]]
    found = read(**{"Hưu trí xã hội": [head, [1, "Lê Văn Đực", A]], "NCC": [head, [1, "Vũ Thị Nga", B]]})
    assert [p.categories for p in found.people] == [
        ["Người hưởng hưu trí xã hội"],
        ["Người có công với cách mạng và thân nhân"],
    ]


def test_text_in_any_form_is_read_alike(read: ReadRows) -> None:
    found = read(
        ["HO\u0323 VA\u0300 TE\u0302N", "So\u0302\u0301 CCCD\u00a0", "THÔN/XÓM"],
        ["Tra\u0302\u0300n\u00a0 Thi\u0323 Nga", "'060139001068", "Thôn  Đông "],
    )
    assert [(p.full_name, p.citizen_id, p.hamlet) for p in found.people] == [("Trần Thị Nga", B, "Thôn Đông")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_with_any_separator(tmp_path: Path, separator: str) -> None:
    file = tmp_path / "list.csv"
    lines = [
        ["Họ và tên", "CCCD", "Năm sinh"],
        ["Lê Văn Đực", "60046303054", "1946"],
        ["Vũ Thị Nga", "1.23E+11", "1939"],
    ]
    file.write_text("\n".join(separator.join(line) for line in lines), encoding="utf-8-sig")
    found = read_list(file, 2026)
    assert ([p.citizen_id for p in found.people], codes(found.rejected)) == ([A], [(3, "CCCD", "id_rounded")])


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet, person in ((book.worksheets[0], ["Lê Văn Đực", A]), (book.create_sheet("cũ"), ["Vũ Thị Nga", B])):
        sheet.append(["Họ và tên", "CCCD"])
        sheet.append(person)
    book.worksheets[1].sheet_state = "hidden"
    book.save(tmp_path / "list.xlsx")
    found = read_list(tmp_path / "list.xlsx", 2026)
    assert ([p.citizen_id for p in found.people], [w.code for w in found.warnings]) == ([A], ["sheet_hidden"])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"", "Tệp trống"),
        ("a.xlsx", b"PK\x03\x04 broken", "Không mở được tệp"),
        ("a.xls", b"<html><table></table></html>", "Không thấy bảng danh sách"),
        ("a.pdf", b"%PDF-1.7", "xin bản Excel"),
        ("a.csv", "Hóa đơn;Số tiền\nĐiện;100".encode(), "cột Họ và tên và cột Số định danh"),
        ("a.csv", b"\xd0\xcf\x11\xe0\x00\x00", "không phải tệp csv"),
        ("a.csv", "Họ và tên;CCCD\n".encode(), "không có dòng nào"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said) as error:
        read_list(tmp_path / name, 2026)
    assert "\n" not in str(error.value)
    with pytest.raises(BadInput, match="Không thấy tệp"):
        read_list(tmp_path / "none.xlsx", 2026)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (["Họ và tên đối tượng"], "name"),
        (["Số định danh cá nhân/CCCD"], "citizen_id"),
        (["Mã số định danh"], "citizen_id"),
        (["Ngày cấp CCCD"], "ignored"),
        (["CCCD người nhận thay"], "ignored"),
        (["Người nhận thay"], "payee"),
        (["Người nhận thay", "Họ tên"], "payee"),
        (["Định danh mức 2"], "eid"),
        (["Tài khoản định danh điện tử mức 2"], "eid"),
        (["Mức độ định danh"], "eid_level"),
        (["Tài khoản ASXH"], "asxh"),
        (["TK hưởng an sinh xã hội trên VNeID"], "asxh"),
        (["Có tài khoản ngân hàng"], "bank"),
        (["Số tài khoản"], "account"),
        (["Tên chủ tài khoản"], "holder"),
        (["Hình thức chi trả"], "payout"),
        (["Số ĐT liên hệ"], "phone"),
        (["Ngày, tháng, năm sinh"], "birth"),
        (["Năm sinh", "Nam"], "male"),
        (["Giới tính", "Nữ"], "female"),
        (["Địa chỉ (khu phố)"], "hamlet"),
        (["Ấp"], "hamlet"),
        (["Nơi ở hiện nay"], "address"),
        (["Nhóm đối tượng"], "category"),
        (["Thuộc danh sách NQ 418"], "nq418"),
        (["Họ và tên", "Tên"], "given"),
        (["Ghi chú"], "note"),
        (["Mức trợ cấp (đồng)"], "ignored"),
        (["Thời tiết"], ""),
        (["Số định danh trên VNeID"], "citizen_id"),
        (["Số CCCD, ngày cấp"], "citizen_id"),
        (["Họ và tên người được chi trả"], "name"),
        (["Họ tên (theo CCCD)"], "name"),
        (["Năm/ngày sinh"], "birth"),
        (["Đã đăng ký nhận ASXH"], "asxh"),
        (["Tài khoản nhận hỗ trợ ASXH"], "asxh"),
        (["Số điện thoại đăng ký VNeID"], "phone"),
        (["SĐT người giám hộ"], "ignored"),
        (["Lý do chưa có TK ASXH"], "note"),
        (["SoDienThoai"], "phone"),
        (["Đ.thoại"], "phone"),
        (["Điện thoại (ghi chú nếu của con)"], "phone"),
        (["Ghi chú (SĐT người nhà)"], "note"),
        (["Họ và tên lót"], "family"),
        (["Họ, tên đệm và tên"], "name"),
        (["Nữ (đánh dấu x)"], "female"),
        (["Dạng khuyết tật"], "ignored"),
        (["Người đại diện hợp pháp", "Họ và tên"], "ignored"),
        (["Tài khoản định danh đã tích hợp trên VNeID"], "eid"),
        (["Liên kết TK hưởng trợ cấp trên VNeID"], "asxh"),
        (["Trạng thái kích hoạt"], "active"),
        (["Kết quả đối chiếu CSDLQG về DC"], "note"),
    ],
)
def test_headings(parts: list[str], said: str) -> None:
    assert meaning(parts) == said


def test_a_table_without_ids_is_no_list() -> None:
    assert find_heading([["Họ và tên", "Năm sinh"], ["Lê Văn Đực", 1946]]) is None


@pytest.mark.parametrize(
    ("value", "title", "name"),
    [
        ("KP1", "", "Khu phố 1"),
        ("KP. 2", "", "Khu phố 2"),
        (3.0, "Thôn", "Thôn 3"),
        ("04", "Địa chỉ (khu phố)", "Khu phố 4"),
        ("Thôn Đông.", "", "Thôn Đông"),
        ("", "Thôn", ""),
    ],
)
def test_hamlet_names(value: object, title: str, name: str) -> None:
    assert hamlet_name(value, title) == name


def test_a_hamlet_is_found_inside_an_address(read: ReadRows) -> None:
    found = read(
        ["Họ và tên", "CCCD", "Địa chỉ"], ["Lê Văn Đực", A, "12 Trần Hưng Đạo, tổ 5, khu phố 2, phường Phan Thiết"]
    )
    assert (found.people[0].hamlet, found.people[0].address[:2]) == ("Khu phố 2", "12")


def test_the_old_card_counts_only_where_there_is_no_other_column(read: ReadRows) -> None:
    both = read(["Họ và tên", "Số CMND", "Số CCCD"], ["Lê Văn Đực", "260123456", A], ["Vũ Thị Nga", "260123457", None])
    assert ([p.citizen_id for p in both.people], codes(both.rejected)) == ([A], [(3, "Số CCCD", "id_missing")])
    only = read(["Họ và tên", "Số CMND"], ["Lê Văn Đực", A], ["Vũ Thị Nga", "260123457"])
    assert ([p.citizen_id for p in only.people], codes(only.rejected)) == ([A], [(3, "Số CMND", "id_cmnd")])


def test_a_name_alone_is_a_person_without_an_id(read: ReadRows) -> None:
    found = read(
        ["TT", "Họ và tên", "CCCD"], [1, "Lê Văn Đực", A], [None, "Vũ Thị Nga"], [None, "(Danh sách có 1 người)"]
    )
    assert codes(found.rejected) == [(3, "CCCD", "id_missing")]


def test_a_note_tells_of_death_moving_mismatch_and_special_cases(read: ReadRows) -> None:
    people = read(
        ["Họ và tên", "CCCD", "Ghi chú"],
        ["Lê Văn An", A, "Chết 10/2026"],
        ["Lê Văn Ba", B, "chuyển đi tỉnh khác"],
        ["Lê Văn Cư", C, "Lệch tên so với CSDL dân cư"],
        ["Lê Văn Du", "060051938150", "Không có điện thoại thông minh"],
    ).people
    assert [(p.gone, p.mismatch, p.special) for p in people] == [
        ("died", False, ""),
        ("moved", False, ""),
        ("", True, ""),
        ("", False, "no_smartphone"),
    ]


def test_a_row_that_lacks_nearly_everything_is_rejected_not_lost(read: ReadRows) -> None:
    found = read(
        HEAD,
        [1, "Lê Văn Đực", None, "1.23E+11", None, "Thôn Đông", "Người khuyết tật nặng", None],
        [2, "Vũ Thị Nga", None, None, None, "Thôn Đông", "Người khuyết tật nặng", None],
        [None, "Vũ Thị Hoa", None, None, None, "Thôn Đông", None, None],
        [4, "Lê Văn An", None, A, None, "Thôn Đông", "Cán bộ hưu trí", None],
    )
    assert codes(found.rejected) == [
        (2, "Số CCCD", "id_rounded"),
        (3, "Số CCCD", "id_missing"),
        (4, "Số CCCD", "id_missing"),
    ]
    assert [p.citizen_id for p in found.people] == [A]
