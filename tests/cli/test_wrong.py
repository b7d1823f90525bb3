"""Wrong surroundings: each is one Vietnamese line and exit code 2."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_a_home_that_is_not_there_is_said(call: Run, tmp_path: Path) -> None:
    assert "tungnha" in call(tmp_path / "h", "register", "status").refused()


def test_a_wrong_setting_is_named(run: Run) -> None:
    assert "TUNGNHA_PORT" in run("register", "status", TUNGNHA_PORT="abc").refused()


def test_a_database_that_does_not_answer_is_said_in_one_line(run: Run) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    assert "TUNGNHA_DATABASE_URL" in run("register", "status", TUNGNHA_DATABASE_URL=url).refused()


def test_an_unwritable_home_is_said_in_one_line(call: Run, tmp_path: Path, lists: Path) -> None:
    (tmp_path / "file").write_text("")
    call(tmp_path / "file" / "home", "register", "import", lists, "--commune", "22945").refused()


def test_a_group_without_a_command_shows_its_help(tmp_path: Path, call: Run) -> None:
    done = call(tmp_path / "h", "campaign")
    assert (done.returncode, done.stdout) == (2, "")
    assert "tungnha campaign rehearse" in done.stderr


def test_a_full_disk_and_a_closed_stdout_leave_no_traceback(run: Run) -> None:
    with open("/dev/full", "w") as full:
        done = run("register", "status", stdout=full.fileno())
    assert (done.returncode, done.stderr) == (1, "Không đọc hoặc ghi được tệp: ổ đĩa đã đầy.\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of somebody else")
def test_root_does_not_leave_its_files_in_a_services_home(run: Run) -> None:
    os.chown(run.home / "keys.json", 65534, 65534)  # type: ignore[attr-defined]
    try:
        assert "sudo -u " in run("register", "status").refused()
    finally:
        os.chown(run.home / "keys.json", 0, 0)  # type: ignore[attr-defined]
