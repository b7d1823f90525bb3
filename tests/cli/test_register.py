"""`register`, `audit`: lists in, the ladder out, answers of the police."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

Run = Callable[..., Any]


def test_import_masks_unless_asked(call: Run, tmp_path: Path, lists: Path) -> None:
    arguments = ("register", "import", lists, "--commune", "22945", "--dry-run", "--json")
    masked, shown = call(tmp_path / "h", *arguments).data(), call(tmp_path / "h", *arguments, "--reveal").data()
    assert set(shown) == {"people", "rejected", "warnings", "changes"}
    assert set(shown["changes"]) == {"new", "changed", "left"}
    keys = ["citizen_id", "full_name", "birth", "sex", "phone", "hamlet", "categories", "nq418", "bank", "eid2", "asxh"]
    assert list(shown["people"][0]) == keys
    assert len(shown["people"]) == len(masked["people"]) == 447
    assert not {p["citizen_id"] for p in masked["people"]} & {p["citizen_id"] for p in shown["people"]}
    assert {p["nq418"] for p in shown["people"]} == {None}


def test_a_dry_run_stores_nothing(call: Run, tmp_path: Path, lists: Path) -> None:
    home = tmp_path / "h"
    assert call(home, "register", "import", lists, "--commune", "22945", "--dry-run").returncode == 0
    assert not home.exists()


def test_the_same_list_again_changes_nothing(run: Run, lists: Path) -> None:
    found = run("register", "import", lists, "--commune", "22945", "--nq418", "--json").data()
    assert found["changes"] == {"new": 0, "changed": 0, "left": 0}


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n....", b"xin chao\n"])
def test_a_file_that_is_no_list_makes_no_home(call: Run, tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "anh.xlsx"
    wrong.write_bytes(content)
    call(tmp_path / "h", "register", "import", wrong, "--commune", "22945").refused()
    call(tmp_path / "h", "register", "import", tmp_path / "khong-co.xlsx", "--commune", "22945").refused()
    assert not (tmp_path / "h").exists()


def test_a_wrong_commune_is_named(run: Run, lists: Path) -> None:
    assert "99999" in run("register", "import", lists, "--commune", "99999").refused()


def test_status_is_the_ladder(run: Run) -> None:
    found = run("register", "status", "--json").data()
    assert set(found["ladder"][0]) == {"key", "label", "yes", "no", "unknown"}
    assert found["ladder"][0]["yes"] == 447


def test_audit_verify(run: Run) -> None:
    assert run("audit", "verify", "--json").data()["ok"] is True


def test_the_police_are_asked_by_letter_and_their_answer_is_taken_in(run: Run, tmp_path: Path) -> None:

    asked = run("register", "ask", "-o", tmp_path, "--document", "12/UBND", "--json").data()
    assert asked["people"] > 0
    letter, sheet = map(Path, asked["files"])
    assert (letter.suffix, sheet.suffix) == (".docx", ".xlsx")
    assert {oct(file.stat().st_mode)[-3:] for file in (letter, sheet)} == {"600"}
    book = load_workbook(sheet)
    for row in book.active.iter_rows(min_row=6):
        row[8].value = "Có"
    book.save(sheet)
    looked = run("register", "answers", sheet, "--dry-run", "--json").data()
    taken = run("register", "answers", sheet, "--document", "9/CAP", "--json").data()
    assert looked == taken
    assert taken["rows"] == asked["people"]
    assert set(taken) == {"rows", "changed", "changes", "denied", "rejected", "warnings"}
    assert run("register", "answers", sheet, "--json").data()["changed"] == 0
    for wrong in (("ask", "-o", tmp_path / "no"), ("ask", "-o", tmp_path, "--to", "C06"), ("answers", letter)):
        done = run("register", *wrong)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
