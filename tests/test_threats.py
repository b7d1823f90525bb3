"""The page of threats is true: each control is there, each test is there, nothing is left open without a word."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
THREATS = yaml.safe_load((ROOT / "docs" / "threats.yaml").read_text("utf-8"))
EVERY = [one for threats in THREATS.values() for one in threats]


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """docs/threats.py, which writes the page."""
    spec = importlib.util.spec_from_file_location("docs_threats", ROOT / "docs" / "threats.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_the_one_that_would_be_written(writer: ModuleType) -> None:
    assert writer.PAGE.read_text("utf-8") == writer.page(), "out of date: run python docs/threats.py"


def test_each_threat_has_somebody_a_control_and_a_test() -> None:
    for one in EVERY:
        assert set(one) == {"who", "wants", "control", "test", "remains"}, one["who"]
        assert all(one[key] for key in ("who", "wants", "control", "test")), one["who"]


def test_every_control_that_is_named_exists() -> None:
    for control in {control for one in EVERY for control in one["control"]}:
        if "/" in control or control.endswith(".lock"):
            assert (ROOT / control).is_file(), control
            continue
        module, _, name = control.partition(":")
        found: Any = importlib.import_module(module)
        for part in filter(None, name.split(".")):
            assert hasattr(found, part) or part in getattr(found, "model_fields", {}), control
            found = getattr(found, part, None)


def test_every_test_that_is_named_exists() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    test = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
    known = {name for file in files for name in test.findall(file.read_text("utf-8"))}
    assert {name for one in EVERY for name in one["test"]} - known == set()
