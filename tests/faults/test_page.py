"""The page of faults is true: each names who sees what, what bears it, and a test that is there."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """docs/faults.py, which writes the page."""
    spec = importlib.util.spec_from_file_location("docs_faults", ROOT / "docs" / "faults.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def every(writer: ModuleType) -> list[dict[str, Any]]:
    return [one for faults in writer.FAULTS.values() for one in faults]


def test_the_page_is_the_one_that_would_be_written(writer: ModuleType) -> None:
    assert writer.PAGE.read_text("utf-8") == writer.page(), "out of date: run python docs/faults.py"


def test_no_fault_leaves_a_cell_empty(writer: ModuleType) -> None:
    for one in every(writer):
        assert set(one) == {*writer.COLUMNS, "bears", "test"}, one["fault"]
        assert all(one.values()), one["fault"]


def test_what_bears_it_exists(writer: ModuleType) -> None:
    for name in {name for one in every(writer) for name in one["bears"]}:
        module, _, path = name.partition(":")
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            assert hasattr(found, part), name
            found = getattr(found, part)


def test_every_test_that_is_named_exists(writer: ModuleType) -> None:
    test = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
    known = {name for file in (ROOT / "tests").rglob("test_*.py") for name in test.findall(file.read_text("utf-8"))}
    assert {name for one in every(writer) for name in one["test"]} - known == set()
