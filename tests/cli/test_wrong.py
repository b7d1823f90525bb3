"""Wrong surroundings: each is one Vietnamese line and exit code 2."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
