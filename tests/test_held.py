"""The pages of threats and of faults are true: what stands against each is there, and so is the test that shows it."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
MAY_BE_EMPTY = {"remains"}
both = pytest.mark.parametrize("name", ["threats", "faults"])


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """docs/held.py, which writes both pages."""
    spec = importlib.util.spec_from_file_location("docs_held", ROOT / "docs" / "held.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(writer: ModuleType, name: str) -> list[dict[str, Any]]:
    return [row for group in writer.read(name).values() for row in group]


@both
def test_the_page_is_the_one_that_would_be_written(writer: ModuleType, name: str) -> None:
    assert (ROOT / "docs" / f"{name}.md").read_text("utf-8") == writer.page(name), "out of date: python docs/held.py"


@both
def test_no_row_leaves_a_cell_open(writer: ModuleType, name: str) -> None:
    assert rows(writer, name)
    for row in rows(writer, name):
        assert set(row) == set(writer.PAGES[name]), row
        assert all(value for column, value in row.items() if column not in MAY_BE_EMPTY), row


@both
def test_what_stands_against_it_exists(writer: ModuleType, name: str) -> None:
    for part in {part for row in rows(writer, name) for part in row["control" if name == "threats" else "bears"]}:
        if "/" in part or part.endswith(".lock"):
            assert (ROOT / part).is_file(), part
            continue
        module, _, inside = part.partition(":")
        found: Any = importlib.import_module(module)
        for step in filter(None, inside.split(".")):
            assert hasattr(found, step) or step in getattr(found, "model_fields", {}), part
            found = getattr(found, step, None)


@both
def test_every_test_that_is_named_exists(writer: ModuleType, name: str) -> None:
    test = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
    known = {found for file in (ROOT / "tests").rglob("test_*.py") for found in test.findall(file.read_text("utf-8"))}
    assert {one for row in rows(writer, name) for one in row["test"]} - known == set()
