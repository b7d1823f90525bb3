"""`backup`, `restore`, `keys`, `erase`, `staff`."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from register.home import VIETNAM
from register.lock import lock

Run = Callable[..., Any]


def test_backup_and_restore_and_keys(run: Run, tmp_path: Path) -> None:
    before = run("register", "status", "--json").data()
    assert run("backup", tmp_path / "sao-luu.bin").returncode == 0
    assert run("keys", "rotate").returncode == 0
    erased = run("erase", "5", "--json")
    assert erased.data()["ok"] is True
    assert run("restore", tmp_path / "sao-luu.bin").returncode == 0
    after = run("register", "status", "--json").data()
    assert after["ladder"][0]["yes"] == before["ladder"][0]["yes"] - 1  # erased stays erased
    run("erase", "5").refused()
    run("restore", tmp_path / "khong-co.bin").refused()


def test_nothing_is_restored_over_a_home_that_somebody_serves(run: Any, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "b.bin").returncode == 0
    with lock(run.home):
        assert "serve" in run("restore", tmp_path / "b.bin").refused()


def test_a_restore_takes_no_moment_of_loss_that_cannot_be(run: Any, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "b.bin").returncode == 0
    for moment, why in (
        ("hôm qua", "chưa đúng"),
        ("01/01/2020 08:00", "sau lúc sao lưu"),
        ("01/01/2099 08:00", "tương lai"),
    ):
        assert why in run("restore", tmp_path / "b.bin", "--lost-at", moment).refused()
    this_minute = datetime.now(VIETNAM).strftime("%d/%m/%Y %H:%M")  # is over at its end, not before the backup
    assert run("restore", tmp_path / "b.bin", "--lost-at", this_minute).returncode == 0
    assert run("restore", tmp_path / "b.bin", "--moved").returncode == 0


def test_whatever_a_command_writes_is_its_owners_alone(run: Any, tmp_path: Path) -> None:
    """A home that is copied, a report, a backup: no other login of the machine reads it."""
    assert run("audio", "say", "-o", tmp_path / "a.mp3", text="Mời bà con.").returncode == 0
    assert run("backup", tmp_path / "b.bin").returncode == 0
    written = [tmp_path / "a.mp3", tmp_path / "b.bin", run.home, *run.home.rglob("*")]
    assert {"keys.json", "tungnha.db", "audio"} <= {file.name for file in written}
    assert [file.name for file in written if file.stat().st_mode & 0o077] == []


def test_staff_get_a_link_and_no_password(run: Run) -> None:
    done = run("staff", "add", "hoa", "--name", "Lê Hoa", "--role", "officer", "--unit", "22945")
    assert done.returncode == 0
    assert re.search(r"http://127.0.0.1:8000/moi/(\w{4}-){3}\w{4}\n$", done.stdout)
    run("staff", "add", "hoa", "--name", "Lê Hoa", "--role", "officer", "--unit", "22945").refused()
    again = run("staff", "link", "hoa", "--new-phone")
    assert again.returncode == 0
    assert again.stdout.split("/moi/")[1] != done.stdout.split("/moi/")[1]
    run("staff", "link", "khong-co").refused()
    owner = run("staff", "owner", "nam", "--name", "Trần Nam")
    assert owner.returncode == 0
    assert "/moi/" in owner.stdout
