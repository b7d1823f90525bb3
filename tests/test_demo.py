"""The whole job of one commune, from a fresh home to results, as `make demo` tells it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from audio.measure import check


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """`tungnha demo --once --json`, run once for this file by a real process in an empty HOME."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [Path(sys.executable).parent / "tungnha", "demo", "--once", "--json"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_everybody_of_the_list_is_there(told: dict[str, Any]) -> None:
    assert told["people"] == 447
    assert told["segment"] == "nq418-ready"


def test_everybody_planned_is_accounted_for(told: dict[str, Any]) -> None:
    counted = told["accepted"] + told["held"] + sum(told["skipped"].values()) + told["failed"] + told["unknown"]
    assert told["planned"] == counted > 100


def test_the_sandbox_itself_counted_nobody_outside_nobody_after_a_stop_and_nobody_twice(told: dict[str, Any]) -> None:
    counted = told["sandbox"]
    assert counted["campaign_messages"] > 100
    assert counted["outside_segment"] == 0
    assert counted["to_stopped"] == 0
    assert counted["twice_for_one_step"] == 0
    assert counted["accepted_but_not_arrived"] == 0


def test_the_line_that_died_left_one_unknown_and_no_second_message(told: dict[str, Any]) -> None:
    counted = {key: told[key] for key in ("planned", "accepted", "held", "skipped", "failed", "unknown", "sandbox")}
    assert told["unknown"] == 1, counted


def test_linking_lets_more_people_be_reached(told: dict[str, Any]) -> None:
    before, after = told["reach"]["before"], told["reach"]["after"]
    assert before["chat"] == 0 < after["chat"]
    assert after["none"] < before["none"]


def test_there_are_results_at_each_level_and_one_claim_is_contradicted(told: dict[str, Any]) -> None:
    results = told["results"]
    assert min(results["self"], results["officer"], results["register"]) >= 1
    assert results["contradicted"] == 1
    assert results["had_before"] >= 1


def test_the_bulletin_passes_the_check(told: dict[str, Any]) -> None:
    assert check(Path(told["recording"])).ok


def test_the_report_is_a_spreadsheet(told: dict[str, Any]) -> None:
    import openpyxl

    assert openpyxl.load_workbook(told["report"]).sheetnames


def test_a_typed_secret_is_nowhere_on_disk(told: dict[str, Any]) -> None:
    """One of the demo's citizens types "ma otp la 482913"."""
    home = Path(told["report"]).parent.parent
    for file in home.rglob("*"):
        if file.is_file():
            assert b"482913" not in file.read_bytes(), file.name


def test_a_home_with_real_data_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "tungnha.db").write_text("thật")
    done = subprocess.run(
        [Path(sys.executable).parent / "tungnha", "demo", "--once"],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TUNGNHA_HOME": str(tmp_path)},
        timeout=60,
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert (tmp_path / "tungnha.db").read_text() == "thật"
