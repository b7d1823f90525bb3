from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from register.errors import BadInput
from register.habits import allow_old_cards, habits, remember_column
from register.home import Home
from register.importing import SourceInfo, import_list
from register.lists import read_list
from register.marking import marked_copy

COMMUNE = "22945"
A, B = "060046303054", "060139001068"


def _list(file: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "DS"
    for row in (
        ["Danh xưng", "CCCD", "Ví phường"],
        ["Lê Văn Đực", A, "x"],
        ["Vũ Thị Nga", B, None],
        ["Vũ Thị Hoa", "1.23E+11", "ờ"],
    ):
        sheet.append(row)
    book.save(file)
    return file


def test_a_guess_is_shown_corrected_and_remembered(home: Home, tmp_path: Path) -> None:
    file = _list(tmp_path / "list.xlsx")
    before = read_list(file, 2026, habits(home, COMMUNE))
    assert [(c.letter, c.heading, c.said, c.used) for c in before.columns] == [
        ("A", "Danh xưng", "name", True),  # by what the cells hold
        ("B", "CCCD", "citizen_id", True),
        ("C", "Ví phường", "", False),
    ]
    assert [person.asxh for person in before.people] == [None, None]
    home.db.write(lambda session: remember_column(session, COMMUNE, "VÍ  phường", "asxh"))
    after = read_list(file, 2026, habits(home, COMMUNE))
    assert [person.asxh for person in after.people] == [True, False]
    assert after.columns[2].label == "Tài khoản ASXH"
    assert habits(home, "22918").columns == {}  # another commune's lists are its own
    home.db.write(lambda session: remember_column(session, COMMUNE, "Ví phường", ""))
    assert habits(home, COMMUNE).columns == {}


def test_the_home_has_a_table_of_its_own(home: Home, tmp_path: Path) -> None:
    (home.path / "columns.yaml").write_text('asxh: ["Ví phường", "Thẻ X"]\n', encoding="utf-8")
    assert habits(home, COMMUNE).columns == {"vi phuong": "asxh", "the x": "asxh"}
    for wrong in ("asxh: 1", "- a", "no_such: [a]", "a: [b"):
        (home.path / "columns.yaml").write_text(wrong, encoding="utf-8")
        with pytest.raises(BadInput, match=r"columns\.yaml"):
            habits(home, COMMUNE)


def test_a_meaning_nobody_knows_is_refused(home: Home) -> None:
    for heading, said in (("Ví", "wallet"), ("  ", "asxh")):
        with pytest.raises(BadInput):
            home.db.write(lambda session, h=heading, s=said: remember_column(session, COMMUNE, h, s))


def test_a_commune_may_let_old_cards_stand(home: Home) -> None:
    home.db.write(lambda session: allow_old_cards(session, COMMUNE, True))
    assert habits(home, COMMUNE).old_cards
    home.db.write(lambda session: allow_old_cards(session, COMMUNE, False))
    assert not habits(home, COMMUNE).old_cards


def test_bad_cells_are_marked_in_a_copy(tmp_path: Path) -> None:
    file = _list(tmp_path / "list.xlsx")
    read = read_list(file, 2026)
    assert marked_copy(read, file, tmp_path / "marked.xlsx") == 1
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    cell = book["DS"]["B4"]
    assert (cell.value, cell.fill.start_color.rgb[-6:], cell.comment is not None) == ("1.23E+11", "FFC7CE", True)
    assert "làm tròn" in cell.comment.text
    assert book["DS"]["B3"].comment is None
    assert [c.value for c in book.worksheets[0][2]][:4] == ["Không nhận", "DS", 4, "CCCD"]


@pytest.mark.parametrize("name", ["ids.xlsx", "tcvn3.xls", "ods.ods", "semicolon.csv", "names.xlsx"])
def test_any_format_gets_a_copy_and_no_formula_wakes(tmp_path: Path, name: str) -> None:
    file = Path(__file__).parent / "lists" / name
    read = read_list(file, 2026)
    assert marked_copy(read, file, tmp_path / "out.xlsx") == len(
        {(r.sheet, r.row, r.column) for r in [*read.rejected, *read.warnings]}
    )
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)


def test_an_import_heeds_what_is_remembered(home: Home, tmp_path: Path) -> None:
    file = _list(tmp_path / "list.xlsx")
    home.db.write(lambda session: remember_column(session, COMMUNE, "Ví phường", "asxh"))
    imported = import_list(home, file, COMMUNE, source=SourceInfo(date(2026, 11, 1)), by="lan")
    assert [person.asxh for person in imported.people] == [True, False]


def test_who_has_only_an_old_card_comes_in_where_that_is_allowed(home: Home) -> None:
    file = Path(__file__).parent / "lists" / "old_cards_allowed.xlsx"
    home.db.write(lambda session: allow_old_cards(session, COMMUNE, True))
    imported = import_list(home, file, COMMUNE, source=SourceInfo(date(2026, 11, 1)), by="lan")
    assert (imported.new, [remark.code for remark in imported.rejected]) == (2, ["birth_missing"])
    assert import_list(home, file, COMMUNE, source=SourceInfo(date(2026, 11, 1)), by="lan").changed == 0


def test_a_copy_is_made_whatever_signs_a_file_holds(tmp_path: Path) -> None:
    file = tmp_path / "ds.csv"
    file.write_text("Họ và tên,CCCD,Ghi chú\n=1+1,12,\x01\x0bx\nTrần Thị Lan,060150000017,=1+1\n")
    marked_copy(read_list(file, 2026), file, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
