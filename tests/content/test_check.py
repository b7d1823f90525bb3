"""The shipped content keeps the promises, and the checker sees when a text does not."""

from __future__ import annotations

import shutil
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from content.check import broken_promises, check_all, check_text
from content.library import FOLDER

TODAY = date(2026, 11, 23)


def test_the_shipped_content_has_no_errors() -> None:
    assert [f for f in check_all(today=TODAY) if f.level == "error"] == []


def test_labels_that_nobody_saw_on_a_device_are_warned_about() -> None:
    assert any(f.level == "warning" and f.where == "guides/asxh" for f in check_all(today=TODAY))


def test_old_content_is_warned_about() -> None:
    assert any("cần xem lại" in f.message for f in check_all(today=date(2027, 9, 1)))


@pytest.mark.parametrize(
    "text",
    [
        "Ông/bà gửi mật khẩu cho chúng tôi.",
        "Xin ông/bà đọc mã OTP vừa về máy.",
        "Số tài khoản của ông/bà là gì?",
        "Làm xong ông/bà sẽ được nhận tiền.",
        "Ông/bà được 400.000 đồng.",
        "Xin bấm vneid.gov.vn để làm.",
        "Cháu chào ông/bà.",
        "Ông/bà thuộc hộ nghèo của phường.",
        "Việc này rất khẩn, xin làm ngay.",
        "Bấm để hủy.",
        "Ông bà mở máy rồi bấm vào ô thứ nhất sau đó bấm tiếp vào ô thứ hai rồi lại bấm ô thứ ba nữa.",
    ],
)
def test_a_text_that_breaks_a_promise_is_found(text: str) -> None:
    assert [f for f in check_text("x", text) if f.level == "error"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("Bác thuộc hộ nghèo.", "không nêu diện"), ("Bác đọc mã OTP cho tôi.", "câu hỏi xin"),
     ("Bác sẽ được nhận tiền ngay.", "câu hứa tiền")],
)  # fmt: skip
def test_an_officers_own_words_are_held_to_the_promises_and_not_to_the_style(text: str, said: str) -> None:
    for typed in (text, unicodedata.normalize("NFD", text)):
        assert [why[: len(said)] for why in broken_promises(typed)] == [said]
    assert list(broken_promises("Cháu chào bác, việc này khẩn, bác gọi lại giúp.")) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("guides/asxh.yaml", "problem.level1", "problem.nowhere"),
        ("guides/asxh.yaml", "Không đọc, không chụp, ", ""),
        ("guides/asxh.yaml", "picture: asxh-3", "picture: nowhere"),
        ("guides/level1.yaml", "buttons: [problem.activate, guide.later, help.human, stop]", "buttons: [help.human]"),
        ("guides/rejected.yaml", "guide.resume, help.human", "guide.resume"),
        ("guides/new_sim.yaml", "asked:\n", "asked:\n  - 'đổi số'\n"),
        ("guides/activate.yaml", "guide.next, guide.repeat, ", ""),
        ("talk.yaml", "ask.safe, ", "ask.nobody, "),
        ("messages/first.yaml", ", stop]", "]"),
        ("faq/ask_who.yaml", "source:", "sauce:"),
        ("talk.yaml", "{wait}", "{weight}"),
        ("talk.yaml", "texts:", "texts: ["),
    ],
)
def test_a_broken_file_is_found(tmp_path: Path, file: str, old: str, new: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    assert [f for f in check_all(folder, TODAY) if f.level == "error"]
