"""What is taken out, what is left, and that guarding twice changes nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.guard import REMOVED, guard

SECRETS = [
    ("482913", "otp"),
    ("mã otp là 482913", "otp"),
    ("ma xac thuc gui ve may 4829 13", "otp"),
    ("otp: 4829", "otp"),
    ("4 8 2 9 1 3", "otp"),
    ("4-8-2-9-1-3", "otp"),
    ("bốn tám hai chín một ba", "otp"),
    ("otp la bon tam hai chin mot ba", "otp"),
    ("４８２９１３", "otp"),
    ("4️⃣8️⃣2️⃣9️⃣1️⃣3️⃣", "otp"),
    ("mã là 48\u200b29\u200b13", "otp"),
    ("123.456", "otp"),
    ("passcode của tôi 135790", "passcode"),
    ("ma pin 1357", "passcode"),
    ("mã: 4829", "otp"),
    ("ma la 48291", "otp"),
    ("482913 k biết mã gì", "otp"),
    ("482913 đó", "otp"),
    ("nó gửi mã 482913 đó mà", "otp"),
    ("số tài khoản là không một hai ba bốn năm sáu bảy tám chín", "account"),
    ("dạ 1, 2, 3, 4, 5, 6 ạ", "otp"),
    ("pass code: 246810", "passcode"),
    ("mật khẩu của tôi là Hoa@1945", "password"),
    ("mk la hoalan nhe", "password"),
    ("pass: anhyeuem", "password"),
    ("mat khau vneid hoalan1945", "password"),
    ("stk 0071001234567", "account"),
    ("số tài khoản của tôi là 0912345678", "account"),
    ("so tk 19 0345 6789", "account"),
    ("711A12345678 stk nè", "account"),
    ("079145001234", "id"),
    ("0 7 9 1 4 5 0 0 1 2 3 4", "id"),
    ("cccd 079 145 001 234", "id"),
    ("cmnd cũ 260123456", "id"),
    ("079145oo1234 cccd", "id"),
    ("thẻ 4111 1111 1111 1111", "card"),
    ("họ gửi http://qua-tet.example/x", "link"),
    ("bam vao vneid-nhanqua.com", "link"),
    ("www.vneid.xyz", "link"),
    ("vneid . com", "link"),
    ("vneid chấm com", "link"),
    ("bit.ly/abc", "link"),
    ("nó kêu tải VNeID.apk về", "apk"),
    ("nhanqua[.]com", "link"),
    ("nhanqua．com", "link"),
    ("4/8/2/9/1/3", "otp"),
    ("4_8_2_9_1_3", "otp"),
    ("482,913", "otp"),
    ("482 xong rồi 913 nha con", "otp"),
    ("số 4 số 8 số 2 số 9 số 1 số 3", "otp"),
    ("mã là bốn tám hai rồi chín một ba", "otp"),
    ("mã là bốn mươi tám, hai chín, mười ba", "otp"),
    ("l23456", "otp"),
    ("12345O", "otp"),
    ("số bí mật là 4829", "otp"),
    ("mã cvv là 482", "card"),
    ("cvv ba hai một", "card"),
    ("mã là bốn trăm tám mươi hai nghìn chín trăm mười ba", "otp"),
    ("otp bon tram 82 ngan chin tram 13", "otp"),
    ("file cài đặt vssid . apk", "apk"),
    ("tai vneid cham apk", "apk"),
    ("CCCD 07914500I234", "id"),
    ("momo 0912345678", "account"),
    ("mk hoalan nhe", "password"),
    ("mật khẩu của bà con đặt là hoalan", "password"),
]

HARMLESS = [
    "Tôi sinh năm 1945",
    "1945",
    "sinh ngày 01/01/1945",
    "01011945",
    "8h30 thứ ba ngày 1/12/2026",
    "có được 400.000 đồng không",
    "nghe nói 400000 đ",
    "cho 500k phải không",
    "được 2 triệu hay 500 nghìn",
    "gọi tôi số 0912 345 678",
    "0252 3821234 là số của phường à",
    "+84912345678",
    "gọi 1900 0368 hay 156, 113, 5656",
    "nghị quyết 418/NQ-CP, văn bản 5004/TCT",
    "K7P2-9XQ4",
    "mật khẩu là gì vậy",
    "mk la j",
    "tôi quên mật khẩu rồi",
    "mật khẩu của tôi là quên rồi",
    "ba hai năm nay không khỏe",
    "Năm nay ba tôi tám mươi tuổi",
    "tôi bảy mươi lăm tuổi, có ba con",
    "không, hai ba bữa nữa",
    "ok. vâng. cảm ơn",
    "Bước 5 rồi, còn 2 bước",
    "sinh ngày 3 tháng 2 năm 1945",
    "tháng 12 năm 2026 mới có mà",
    "tôi 1945 mà chưa được hưởng",
    "nhà số 1234 tổ 5 khu phố 3",
    "tôi 81 tuổi, 5 năm nay ở với 2 con",
    "từ 7 giờ 30 đến 11 giờ",
    "hai ba năm nay không ra xã",
    "mạng chậm app treo hoài",
    "tìm ở app store . app nào mới đúng",
    "mật khẩu là sao",
    "mã passcode là mã nào",
    "quên mật khẩu facebook",
    "mk vietcombank",
    "nhà tôi số nhà 123/45/6",
    "gọi 156 với 113 được không",
    "có mười hai đứa cháu, ba mươi mấy chắt",
    "năm một chín bốn lăm",
    "chị Hai với anh Ba, cô Tư, chú Năm, dì Sáu, cậu Bảy",
]


@pytest.mark.parametrize(("text", "kind"), SECRETS)
def test_a_secret_is_taken_out(text: str, kind: str) -> None:
    guarded = guard(text)
    assert guarded.secrets == (kind,)
    assert REMOVED in guarded.text
    for planted in ("482913", "135790", "Hoa@1945", "hoalan", "0071001234567", "079145001234", "4111", "http", ".com"):
        assert planted not in guarded.text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_people_need_to_say_is_left(text: str) -> None:
    guarded = guard(text)
    assert guarded.secrets == ()
    assert guarded.text == text


def test_two_secrets_in_one_message_are_both_taken_out() -> None:
    guarded = guard("cccd 079145001234, otp 482913 đó")
    assert set(guarded.secrets) == {"id", "otp"}
    assert not any(char.isdigit() for char in guarded.text)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_the_unicode_form_hides_nothing(form: str) -> None:
    for text, _ in SECRETS:
        assert guard(unicodedata.normalize(form, text)).secrets, text


def test_a_password_beside_a_number_goes_with_it() -> None:
    assert guard("079145001234 Hoa12345").text == f"{REMOVED} {REMOVED}"


@pytest.mark.parametrize("piece", ["a.", "x1y2", "mk ", "1/2/", "ba so ", "1 , "])
def test_a_very_long_message_is_read_in_one_go(piece: str) -> None:
    """No pattern tries every start against every end: some would need hours for such a text."""
    text = piece * (200_000 // len(piece))
    guarded = guard(text)
    assert (guarded.text == text) is not bool(guarded.secrets)


@given(st.text(max_size=60))
def test_guarding_twice_changes_nothing(text: str) -> None:
    once = guard(text)
    assert guard(once.text).text == once.text


@given(st.integers(10**9, 97 * 10**9), st.sampled_from(["", " ", ".", "-", " . "]))
def test_every_citizen_id_is_taken_out_however_spaced(number: int, between: str) -> None:
    guarded = guard("số của tôi " + between.join(f"{number:012}") + " nhé")
    assert guarded.secrets
    assert not any(char.isdigit() for char in guarded.text)
