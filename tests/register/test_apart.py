"""Files that were made to harm: they are refused with one sentence, and the process that asked lives on."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from openpyxl import Workbook

from register.apart import AT_ONCE, parts_apart, run_apart
from register.errors import BadInput
from register.lists import check_list, read_list, read_parts
from register.sheets import _hidden_columns

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TIES = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(file: Path, rows: Iterator[bytes], before: str = "") -> Path:
    """An xlsx of one sheet whose rows are given as they stand in the XML."""
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{TIES}"><Relationship Id="r" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{TIES}"><Relationship Id="r" Type="{OFFICE}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="r"/></sheets></workbook>',
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{before}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for row in rows:
                sheet.write(row)
            sheet.write(b"</sheetData></worksheet>")
    return file


def cell(place: str, text: str) -> bytes:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def test_two_cells_far_apart(tmp_path: Path) -> None:
    rows = [b'<row r="1">' + cell("A1", "a") + b"</row>", b'<row r="1048576">' + cell("XFD1048576", "z") + b"</row>"]
    with pytest.raises(BadInput):
        run_apart(read_list, workbook(tmp_path / "far.xlsx", iter(rows)), 2026)


def test_a_small_file_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    def rows() -> Iterator[bytes]:
        yield b'<row r="1"><c r="A1" t="inlineStr"><is><t>'
        for _ in range(2500):
            yield b"a" * 1_000_000
        yield b"</t></is></c></row>"

    file = workbook(tmp_path / "bomb.xlsx", rows())
    assert file.stat().st_size < 5_000_000
    with pytest.raises(BadInput):
        run_apart(read_list, file, 2026)


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("KHÔNG AI ĐƯỢC ĐỌC")
    before = f'<!DOCTYPE x [<!ENTITY xxe SYSTEM "{secret.as_uri()}">]>'
    titles = b'<row r="1">' + cell("A1", "Họ và tên") + cell("B1", "CCCD") + b"</row>"
    row = b'<row r="2">' + cell("A2", "Mai &xxe;") + cell("B2", "060150000017") + b"</row>"
    file, said = workbook(tmp_path / "xxe.xlsx", iter([titles, row]), before), ""
    with suppress(BadInput):  # refusing it is as good
        said = " ".join(person.full_name for person in run_apart(read_list, file, 2026).people)
    assert "KHÔNG AI" not in said


def test_a_workbook_of_ten_thousand_columns_and_a_text_of_a_million_lines(tmp_path: Path) -> None:
    book, wide, long = Workbook(), tmp_path / "wide.xlsx", tmp_path / "long.csv"
    book.active.append(["Họ và tên", "CCCD", *["x"] * 10_000])  # type: ignore[union-attr]
    book.active.append(["Nguyễn Thị Mai", "060150000017", *["x"] * 10_000])  # type: ignore[union-attr]
    book.save(wide)
    long.write_text("Họ và tên,CCCD\nNguyễn Thị Mai,060150000017\n" + "\n" * 1_000_000, "utf-8")
    for file in (wide, long):
        assert [person.full_name for person in run_apart(read_list, file, 2026).people] == ["Nguyễn Thị Mai"]


def test_a_text_of_a_million_columns_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("Họ và tên,CCCD" + ",x" * 1_000_000 + "\n", "utf-8")
    with pytest.raises(BadInput, match="csv"):
        read_list(tmp_path / "wide.csv", 2026)


def test_what_is_wrong_with_a_file_is_said_as_before(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(BadInput, match="Họ và tên"):
        run_apart(read_list, file, 2026)


def test_the_child_takes_no_code_from_the_folder_it_starts_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "register").mkdir()
    (tmp_path / "register" / "apart.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "list.csv"
    file.write_text("Họ và tên,CCCD\nNguyễn Thị Mai,060150000017\n", "utf-8")
    assert len(run_apart(read_list, file, 2026).people) == 1


def test_the_child_is_told_no_key_and_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TUNGNHA_SECRET_KEY", "TUNGNHA_TELEGRAM_TOKEN", "TUNGNHA_DATABASE_URL"):
        monkeypatch.setenv(name, "bí mật")
    assert run_apart(os.getenv, "PATH")
    assert [name for name in os.environ if name.startswith("TUNGNHA_") and run_apart(os.getenv, name)] == []


def test_a_list_comes_in_parts_in_the_order_of_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    rows = [f"Nguyễn Thị Mai,0601500{n % 4990 + 1:05d}" for n in range(1, 5001)]
    file.write_text("Họ và tên,CCCD\n" + "\n".join(rows) + "\n", "utf-8")
    run_apart(check_list, file, 2026)
    parts = list(parts_apart(read_parts, file, 2026))
    people = [person for part in parts for person in part.people]
    assert len(people) == 4990  # ten stand twice
    assert [person.row for person in people] == sorted(person.row for person in people)
    assert max(len(part.people) for part in parts) <= 2000
    assert [part.done for part in parts] == sorted(part.done for part in parts)
    assert {part.total for part in parts} == {parts[-1].done}
    assert sum(remark.code == "person_twice" for part in parts for remark in part.warnings) == 10
    assert [guess.said for part in parts for guess in part.columns] == ["name", "citizen_id"]


def test_who_reads_no_further_ends_the_child(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Họ và tên,CCCD\n" + "Nguyễn Thị Mai,060150000017\n" * 5000, "utf-8")
    parts = parts_apart(read_parts, file, 2026)
    next(parts)
    parts.close()
    with pytest.raises(StopIteration):
        next(parts)


def test_more_files_at_once_than_the_machine_holds_wait_for_another_try(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Họ và tên,CCCD\nNguyễn Thị Mai,060150000017\n", "utf-8")
    begun = [parts_apart(read_parts, file, 2026) for _ in range(AT_ONCE)]
    for parts in begun:
        next(parts)
    with pytest.raises(BadInput, match="thử lại"):
        run_apart(read_list, file, 2026)
    for parts in begun:
        parts.close()
    assert len(run_apart(read_list, file, 2026).people) == 1


def test_thousands_of_torn_tags_are_read_once_each(tmp_path: Path) -> None:
    """Two megabytes of tags that never end: looked for from each beginning anew, they take hours."""
    file = workbook(tmp_path / "torn.xlsx", iter([b'<row r="1">' + cell("A1", "a") + b"</row>"]))
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(tmp_path / "made.xlsx", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b"<Relationship " * 150_000 if name.endswith("xml.rels") else b""))
    assert _hidden_columns(tmp_path / "made.xlsx") == {"A": frozenset()}


def test_the_child_that_reads_lists_loads_no_database() -> None:
    """It is started for every list; a database's libraries would take it longer than the list of a commune."""
    heavy = "{'sqlalchemy', 'pydantic', 'sqlmodel'}"
    code = f"import sys, register.lists, register.apart; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"
