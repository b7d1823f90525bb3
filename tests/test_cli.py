"""Every command of the contract exists and keeps its exit code and the shape of its JSON."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from register.home import VIETNAM, Home
from register.sample import sample_workbook

TUNGNHA = Path(sys.executable).parent / "tungnha"
Run = Callable[..., subprocess.CompletedProcess[str]]
DAY = "2030-01-02", "2030-02-02"


def call(home: Path, *arguments: object, text: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TUNGNHA, *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TUNGNHA_HOME": str(home), "USER": "lan", **env},
    )


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "danh-sach.xlsx"
    sample_workbook(path)
    return path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, lists: Path) -> Path:
    """A home with the sample list in it."""
    home = tmp_path_factory.mktemp("cli") / "home"
    assert call(home, "register", "import", lists, "--commune", "22945", "--nq418").returncode == 0
    return home


@pytest.fixture(scope="module")
def run(filled: Path) -> Run:
    return lambda *arguments, **more: call(filled, *arguments, **more)


def data(done: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON document on stdout."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Bad input: exit 2, one line on stderr, no traceback, nothing on stdout."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    return done.stderr


# --- register -------------------------------------------------------------------------------------


def test_import_masks_unless_asked(tmp_path: Path, lists: Path) -> None:
    arguments = ("register", "import", lists, "--commune", "22945", "--dry-run", "--json")
    masked, shown = data(call(tmp_path / "h", *arguments)), data(call(tmp_path / "h", *arguments, "--reveal"))
    assert set(shown) == {"people", "rejected", "warnings", "changes"}
    assert set(shown["changes"]) == {"new", "changed", "left"}
    keys = ["citizen_id", "full_name", "birth", "sex", "phone", "hamlet", "categories", "nq418", "bank", "eid2", "asxh"]
    assert list(shown["people"][0]) == keys
    assert len(shown["people"]) == len(masked["people"]) == 447
    assert not {p["citizen_id"] for p in masked["people"]} & {p["citizen_id"] for p in shown["people"]}
    assert {p["nq418"] for p in shown["people"]} == {None}


def test_a_dry_run_stores_nothing(tmp_path: Path, lists: Path) -> None:
    home = tmp_path / "h"
    assert call(home, "register", "import", lists, "--commune", "22945", "--dry-run").returncode == 0
    assert not home.exists()


def test_the_same_list_again_changes_nothing(run: Run, lists: Path) -> None:
    found = data(run("register", "import", lists, "--commune", "22945", "--nq418", "--json"))
    assert found["changes"] == {"new": 0, "changed": 0, "left": 0}


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n....", b"xin chao\n"])
def test_a_file_that_is_no_list_makes_no_home(tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "anh.xlsx"
    wrong.write_bytes(content)
    refused(call(tmp_path / "h", "register", "import", wrong, "--commune", "22945"))
    refused(call(tmp_path / "h", "register", "import", tmp_path / "khong-co.xlsx", "--commune", "22945"))
    assert not (tmp_path / "h").exists()


def test_a_wrong_commune_is_named(run: Run, lists: Path) -> None:
    assert "99999" in refused(run("register", "import", lists, "--commune", "99999"))


def test_status_is_the_ladder(run: Run) -> None:
    found = data(run("register", "status", "--json"))
    assert set(found["ladder"][0]) == {"key", "label", "yes", "no", "unknown"}
    assert found["ladder"][0]["yes"] == 447


def test_audit_verify(run: Run) -> None:
    assert data(run("audit", "verify", "--json"))["ok"] is True


def test_a_home_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "tungnha" in refused(call(tmp_path / "h", "register", "status"))


# --- campaigns ------------------------------------------------------------------------------------

COUNTS = {"segment", "planned", "accepted", "held", "skipped", "failed", "unknown", "cost_vnd", "by_channel"}


def new(run: Run, name: str) -> None:
    window = ("--from", DAY[0], "--to", DAY[1])
    done = run("campaign", "new", name, "--segment", "nq418-ready", "--channels", "zalo,telegram,visit", *window)
    assert done.returncode == 0, done.stderr


def test_a_campaigns_life(run: Run) -> None:
    new(run, "đợt 1")
    tried = data(run("campaign", "rehearse", "đợt 1", "--json"))
    assert tried.keys() >= COUNTS
    assert tried["planned"] == tried["accepted"] + tried["held"] + sum(tried["skipped"].values()) > 100
    assert "lập đợt" in refused(run("campaign", "approve", "đợt 1", "--by", "lan"))
    assert run("campaign", "approve", "đợt 1", "--by", "minh").returncode == 0
    launched = run("campaign", "launch", "đợt 1", "--wait")
    assert launched.returncode == 0
    assert "tungnha serve" in launched.stderr  # nobody is there to send, and it says so
    found = data(run("campaign", "status", "đợt 1", "--json"))
    assert found.keys() >= COUNTS
    assert found["skipped"] == tried["skipped"]
    for action, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert run("campaign", action, "đợt 1").returncode == 0
        assert data(run("campaign", "status", "đợt 1", "--json"))["state"] == state
    refused(run("campaign", "resume", "đợt 1"))
    assert run("campaign", "why", "đợt 1", "1").stdout.strip().endswith(".")


def test_what_a_campaign_may_not_be(run: Run) -> None:
    window = ("--from", DAY[0], "--to", DAY[1])
    refused(run("campaign", "new", "x", "--segment", "khong-co", "--channels", "zalo", *window))
    refused(run("campaign", "new", "x", "--segment", "nq418-ready", "--channels", "fax", *window))
    refused(run("campaign", "new", "x", "--segment", "nq418-ready", "--channels", "zalo", "--from", "mai", "--to", "x"))
    refused(run("campaign", "status", "khong-co"))
    refused(run("campaign", "why", "khong-co", "1"))
    refused(run("campaign", "new"))
    refused(run("campaign", "no-such-thing"))


# --- bot, content, audio --------------------------------------------------------------------------


def test_classify_gives_an_intent_and_a_confidence_per_line(run: Run) -> None:
    lines = run("bot", "classify", text="đừng nhắn nữa\nlam sao de bat dau\n").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["stop", "guide.start"]
    assert all(0 <= float(line.split("\t")[1]) <= 1 for line in lines)


def test_chat_answers_each_turn_with_one_document(run: Run) -> None:
    turns = run("bot", "chat", "--json", text="xin chào\nma otp la 482913\n").stdout.splitlines()
    first, second = map(json.loads, turns)
    assert set(first) == {"intent", "step", "replies", "redacted"}
    assert set(first["replies"][0]) == {"text", "buttons", "voice"}
    assert (first["redacted"], second["redacted"]) == (False, True)


def test_content_check(run: Run) -> None:
    assert data(run("content", "check", "--json"))["ok"] is True


def test_normalize_leaves_no_digit(run: Run) -> None:
    said = run("audio", "normalize", text="7h30 ngày 01/12/2026\n418/NQ-CP\n").stdout
    assert len(said.splitlines()) == 2
    assert not any(character.isdigit() for character in said)


def test_say_and_check_agree(run: Run, tmp_path: Path) -> None:
    text = "Kính thưa bà con! Việc này miễn phí và tự nguyện. Ai làm rồi không phải làm lại."
    out, words = tmp_path / "loi.mp3", tmp_path / "loi.txt"
    words.write_text(text, "utf-8")
    assert run("audio", "say", words, "--voice", "espeak", "-o", out).returncode == 0
    found = data(run("audio", "check", out, "--text", words, "--json"))
    assert set(found) == {
        "lufs", "true_peak_dbtp", "duration_s", "syllables_per_minute", "clipped", "silence_s", "ok", "problems",
    }  # fmt: skip
    assert found["ok"] is True
    refused(run("audio", "check", words, "--json"))
    refused(run("audio", "package", "-o", tmp_path / "usb.zip"))  # nothing was recorded yet


# --- reports, keys, backup, bench -------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["xlsx", "docx", "pdf", "json"])
def test_the_monthly_report(run: Run, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"bao-cao.{suffix}"
    assert run("report", "monthly", "--commune", "22945", "--month", this_month(), "-o", out).returncode == 0
    assert out.stat().st_size > 500


def this_month() -> str:
    return datetime.now(VIETNAM).strftime("%Y-%m")


def test_a_report_of_no_kind_or_month_is_refused(run: Run, tmp_path: Path) -> None:
    refused(run("report", "monthly", "--month", "2030-13", "-o", tmp_path / "x.xlsx"))
    refused(run("report", "monthly", "--month", this_month(), "-o", tmp_path / "x.odt"))


def test_backup_and_restore_and_keys(run: Run, tmp_path: Path) -> None:
    before = data(run("register", "status", "--json"))
    assert run("backup", tmp_path / "sao-luu.bin").returncode == 0
    assert run("keys", "rotate").returncode == 0
    erased = run("erase", "5", "--json")
    assert data(erased)["ok"] is True
    assert run("restore", tmp_path / "sao-luu.bin").returncode == 0
    after = data(run("register", "status", "--json"))
    assert after["ladder"][0]["yes"] == before["ladder"][0]["yes"] - 1  # erased stays erased
    refused(run("erase", "5"))
    refused(run("restore", tmp_path / "khong-co.bin"))


def test_staff_get_a_link_and_no_password(run: Run) -> None:
    done = run("staff", "add", "hoa", "--name", "Lê Hoa", "--role", "officer", "--unit", "22945")
    assert done.returncode == 0
    assert re.search(r"http://127.0.0.1:8000/moi/(\w{4}-){3}\w{4}\n$", done.stdout)
    refused(run("staff", "add", "hoa", "--name", "Lê Hoa", "--role", "officer", "--unit", "22945"))
    again = run("staff", "link", "hoa", "--new-phone")
    assert again.returncode == 0
    assert again.stdout.split("/moi/")[1] != done.stdout.split("/moi/")[1]
    refused(run("staff", "link", "khong-co"))
    owner = run("staff", "owner", "nam", "--name", "Trần Nam")
    assert owner.returncode == 0
    assert "/moi/" in owner.stdout


def test_bench_knows_its_names(run: Run) -> None:
    refused(run("bench", "khong-co"))
    found = data(run("bench", "import", "--quick", "--json"))
    assert set(found) == {"bench", "machine", "figures", "ratios", "targets", "ok", "misses"}


# --- what runs for long -----------------------------------------------------------------------------


def test_a_port_in_use_is_said_in_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in refused(run("sandbox", "--port", port))
        assert port in refused(run("serve", TUNGNHA_PORT=port))


def test_a_wrong_setting_is_named(run: Run) -> None:
    assert "TUNGNHA_PORT" in refused(run("register", "status", TUNGNHA_PORT="abc"))


def test_a_database_that_does_not_answer_is_said_in_one_line(run: Run) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    assert "TUNGNHA_DATABASE_URL" in refused(run("register", "status", TUNGNHA_DATABASE_URL=url))


def test_an_unwritable_home_is_said_in_one_line(tmp_path: Path, lists: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(call(tmp_path / "file" / "home", "register", "import", lists, "--commune", "22945"))


def test_a_worker_starts_and_ends_and_on_sqlite_says_that_serve_does_the_work(home: Home) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(home.path.parent), "TUNGNHA_HOME": str(home.path)}
    env |= {"TUNGNHA_LOG_LEVEL": "INFO", "TUNGNHA_DATABASE_URL": home.settings.database_url}
    worker = subprocess.Popen([TUNGNHA, "worker"], env=env, stderr=subprocess.PIPE, text=True)
    assert worker.stderr is not None
    if home.settings.database_url.startswith("postgresql"):
        assert any("worker_started" in line for line in worker.stderr)
        worker.terminate()
        assert worker.wait(30) == 0
    else:
        said = worker.stderr.read().splitlines()
        assert worker.wait(30) == 2
        assert len(said) == 1
        assert "tungnha serve" in said[0]


def test_the_police_are_asked_by_letter_and_their_answer_is_taken_in(run: Run, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    asked = data(run("register", "ask", "-o", tmp_path, "--document", "12/UBND", "--json"))
    assert asked["people"] > 0
    letter, sheet = map(Path, asked["files"])
    assert (letter.suffix, sheet.suffix) == (".docx", ".xlsx")
    assert {oct(file.stat().st_mode)[-3:] for file in (letter, sheet)} == {"600"}
    book = load_workbook(sheet)
    for row in book.active.iter_rows(min_row=6):
        row[8].value = "Có"
    book.save(sheet)
    looked = data(run("register", "answers", sheet, "--dry-run", "--json"))
    taken = data(run("register", "answers", sheet, "--document", "9/CAP", "--json"))
    assert looked == taken
    assert taken["rows"] == asked["people"]
    assert set(taken) == {"rows", "changed", "changes", "denied", "rejected", "warnings"}
    assert data(run("register", "answers", sheet, "--json"))["changed"] == 0
    for wrong in (("ask", "-o", tmp_path / "no"), ("ask", "-o", tmp_path, "--to", "C06"), ("answers", letter)):
        done = run("register", *wrong)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_a_report_of_any_period_and_a_provinces_form(run: Run, tmp_path: Path) -> None:
    year, here = this_month()[:4], ("--commune", "22945")
    assert run("report", "make", *here, "--period", year, "--one-page", "-o", tmp_path / "hop.pdf").returncode == 0
    province = ("--province", "68", "--period", this_month())
    assert run("report", "make", *province, "-o", tmp_path / "tinh.docx").returncode == 0
    book = Workbook()
    book.active["A1"] = "{{people}}"  # type: ignore[index]
    book.save(tmp_path / "mau.xlsx")
    (tmp_path / "o.yaml").write_text("Sheet!B2: a.denominator\n", encoding="utf-8")
    form = ("--form", tmp_path / "mau.xlsx", "--cells", tmp_path / "o.yaml")
    filled = tmp_path / "dien.xlsx"
    assert run("report", "make", *here, "--period", this_month(), *form, "-o", filled).returncode == 0
    sheet = load_workbook(filled).active
    assert sheet["A1"].value == sheet["B2"].value > 0  # type: ignore[index]
    refused(run("report", "close", *here, "--period", this_month()))
