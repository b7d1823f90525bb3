"""The folder of lists: what each file must read as stands in lists/expected.yaml (see make_lists.py)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from register.errors import BadInput
from register.lists import Habits, read_list

FOLDER = Path(__file__).parent / "lists"
EXPECTED: dict[str, Any] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
EMPTY = {"birth": "", "sex": "", "phone": "", "hamlet": "", "categories": [], "nq418": None, "bank": None, "eid2": None,
         "asxh": None}  # fmt: skip


def _pairs(remarks: Iterable[Any]) -> list[list[Any]]:
    return [[remark.row, remark.code] for remark in remarks]


def test_there_are_lists_of_every_kind() -> None:
    assert len(EXPECTED) >= 25
    assert {Path(name).suffix for name in EXPECTED} == {".xlsx", ".xls", ".ods", ".csv", ".tsv"}
    assert {path.name for path in FOLDER.iterdir()} >= {*EXPECTED, "expected.yaml"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_list_reads_as_a_human_reads_it(name: str) -> None:
    must = EXPECTED[name]
    habits = Habits(must.get("own", {}), must.get("old_cards", False))
    if "says" in must:
        with pytest.raises(BadInput, match=must["says"]):
            read_list(FOLDER / name, 2026, habits)
        return
    read = read_list(FOLDER / name, 2026, habits)
    passed_over = must.get("ignore", [])
    for person, said in zip(read.people, must["people"], strict=False):
        for key, value in {**EMPTY, **said}.items():
            assert key in passed_over or getattr(person, key) == value, (name, person.row, key)
    assert len(read.people) == len(must["people"])
    assert _pairs(read.rejected) == must["rejected"]
    if "warnings" in must:
        assert _pairs(read.warnings) == must["warnings"]
    assert all(remark.message.endswith(".") for remark in (*read.rejected, *read.warnings))
