"""The one-time code of a visit sheet: in any case and spacing it is read, and no words are taken for one."""

from __future__ import annotations

import pytest

from bot.meaning import code_in
from content.guard import guard


@pytest.mark.parametrize(
    "said",
    ["K7MN-4QRT", "k7mn-4qrt", "K7mn-4qrt", "k7mn4qrt", "k7mn 4qrt", "k7mn - 4qrt", "k7mn–4qrt", "K 7 M N 4 Q R T",
     "k.7.m.n.4.q.r.t", "mã k7mn-4qrt", "mã của bà là k7mn 4qrt nhé", "Bà nhập mã k7mn-4qrt mà không được",
     "/start k7mn4qrt"],
)  # fmt: skip
def test_a_code_is_read_however_it_is_typed(said: str) -> None:
    assert code_in(guard(said).text.removeprefix("/start ")) == "K7MN4QRT"


@pytest.mark.parametrize(
    "said",
    ["thay chua", "THAY CHUA", "Dung-Nhan", "thưa-cháu", "tks ad nha", "app mb 2345", "b3 xong roi", "5tr ngay 20/11",
     "bước 3 xong 4 lần", "2345 6789", "khum thay"],
)  # fmt: skip
def test_words_are_no_code(said: str) -> None:
    assert code_in(guard(said).text) == ""
