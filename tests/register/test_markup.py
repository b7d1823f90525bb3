"""Pages and XML called .xls: the badly written is read as a browser does, the malicious does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.errors import BadInput
from register.lists import read_list
from register.markup import MOST_COLUMNS, pages_of

PIECES = st.sampled_from(
    ["<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th rowspan=3 colspan=2>", "<td rowspan=2>", "<br>", "x",
     "<Worksheet ss:Name='a'>", "<Row ss:Index='4'>", "<Cell ss:Index='3' ss:MergeDown='1'>", "<Data ss:Type='Number'>",
     "7", "</Data>", "<style>", "</style>", "<![CDATA[y]]>", "<!--", "-->", "&nbsp;", "&#0;", "&amp",
     "<Column ss:Hidden='1'/>"]
)  # fmt: skip


def rows_of(text: str) -> list[list[object]]:
    [page] = pages_of(text, "trang")
    return page.rows


def test_cells_that_nobody_closed_stand_where_a_browser_shows_them() -> None:
    assert rows_of("<table><tr><td>a<td>b<tr><td>c</td>d<td>e</table>") == [["a", "b"], ["c", "e"]]


def test_a_cell_over_rows_stands_in_each_of_them_and_one_over_columns_once() -> None:
    text = "<table><tr><td rowspan=2>Thôn<td colspan=2>Năm sinh<td>CCCD<tr><td>Nam<td>Nữ<td>Số</table>"
    assert rows_of(text) == [["Thôn", "Năm sinh", "", "CCCD"], ["Thôn", "Nam", "Nữ", "Số"]]


def test_words_between_tables_are_rows_and_lines_in_a_cell_stay_apart() -> None:
    text = "<h3>DANH SÁCH</h3><p>Thôn Đông</p><table><tr><td>0912345678<br>0987654321</table>"
    assert rows_of(text) == [["DANH SÁCH"], ["Thôn Đông"], ["0912345678\n0987654321"]]


def test_a_number_that_is_shown_shortened_is_read_whole() -> None:
    assert rows_of('<table><tr><td x:num="60046303054">6E+10</table>') == [[60046303054.0]]


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_page_breaks_the_reading(text: str) -> None:
    for page in pages_of(f"<html>{text}", "trang"):
        assert all(isinstance(row, list) for row in page.rows)


def test_entities_are_not_expanded_and_no_file_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("LEAKED", encoding="utf-8")
    bomb = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE Workbook [<!ENTITY b0 "ha"><!ENTITY file SYSTEM "{secret}">{bomb}]>'
        "<Workbook><Worksheet ss:Name='a'><Table><Row><Cell><Data>&b11;&file;</Data></Cell></Row></Table>"
    )
    said = str([page.rows for page in pages_of(text, "trang")])
    assert len(said) < 1000
    assert "LEAKED" not in said


@pytest.mark.parametrize(
    "text",
    [
        "<table>" + "<tr><td colspan=9999999 rowspan=9999999>a" * 20_000,
        "<Workbook><Worksheet ss:Name='a'><Table>"
        + "<Row><Cell ss:Index='9999999'><Data>1</Data></Cell></Row>" * 20_000,
    ],
)
def test_a_page_that_claims_too_many_cells_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="quá lớn"):
        pages_of(text, "trang")


def test_a_row_far_below_costs_no_more_than_a_spreadsheet() -> None:
    text = (
        "<Workbook><Worksheet ss:Name='a'><Table><Row ss:Index='9999999'><Cell ss:Index='5'><Data>1</Data></Cell></Row>"
    )
    assert rows_of(text) == [["", "", "", "", "1"]]
    assert MOST_COLUMNS >= 256


def test_a_page_without_a_list_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.xls"
    file.write_text("<html><body><table><tr><td>0912345678<td>Nguyễn Thị Bí Mật</table>", encoding="utf-8")
    with pytest.raises(BadInput) as error:
        read_list(file, 2026)
    assert "Bí Mật" not in str(error.value)
    assert "\n" not in str(error.value)
