"""`audio`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_normalize_leaves_no_digit(run: Run) -> None:
    said = run("audio", "normalize", text="7h30 ngày 01/12/2026\n418/NQ-CP\n").stdout
    assert len(said.splitlines()) == 2
    assert not any(character.isdigit() for character in said)


def test_say_and_check_agree(run: Run, tmp_path: Path) -> None:
    text = "Kính thưa bà con! Việc này miễn phí và tự nguyện. Ai làm rồi không phải làm lại."
    out, words = tmp_path / "loi.mp3", tmp_path / "loi.txt"
    words.write_text(text, "utf-8")
    assert run("audio", "say", words, "--voice", "espeak", "-o", out).returncode == 0
    found = run("audio", "check", out, "--text", words, "--json").data()
    assert set(found) == {
        "lufs", "true_peak_dbtp", "duration_s", "syllables_per_minute", "clipped", "silence_s", "ok", "problems",
    }  # fmt: skip
    assert found["ok"] is True
    run("audio", "check", words, "--json").refused()
    run("audio", "package", "-o", tmp_path / "usb.zip").refused()  # nothing was recorded yet
