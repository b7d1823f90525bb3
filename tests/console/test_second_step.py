"""The second step, one-time links, the limits on guessing and the end of sessions, as a browser meets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.staff.access import link_chat, viewer_of_chat
from console.app import create_app
from register.audit import verify
from register.entering import ADDRESS_FAILURES, FAILURES, open_session
from register.invitations import invite
from register.staff import staff_named
from register.tables import AuditEvent, RecoveryCode, SecondStep, Staff

Browse = Callable[[str], Any]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "mật khẩu thử 2026"


@pytest.fixture
def browse(browse: Browse) -> Browse:
    """Here the form is what is tested: everybody types the password, and the code."""
    return lambda role: browse("").sign_in(role) if role else browse("")


def code(village: Any, steps: int = 0, secret: str = SECRET) -> str:
    """What the phone shows ``steps`` half minutes from now."""
    return str(pyotp.TOTP(secret).at(village.home.now() + steps * timedelta(seconds=30)))


def half(browse: Browse, login: str = "officer") -> Any:
    """A browser after the right password."""
    browser = browse("")
    form = {"ten": login, "mat_khau": PASSWORD, "ma_trang": browser.token("/dang-nhap")}
    answer = browser.post("/dang-nhap", data=form, follow_redirects=False)
    assert answer.status_code == 303
    return browser


def give(browser: Any, typed: str) -> Any:
    form = {"ma": typed, "ma_trang": browser.token("/dang-nhap/ma")}
    return browser.post("/dang-nhap/ma", data=form, follow_redirects=False)


def inside(browser: Any) -> bool:
    return bool(browser.get("/", follow_redirects=False).status_code == 200)


def bare(village: Any, login: str) -> None:
    """Take a login's second step away, as if it had never been set up."""

    def write(session: Any) -> None:
        staff = staff_named(session, login)
        session.delete(session.get_one(SecondStep, staff.id))

    village.home.db.write(write)


def events(village: Any) -> list[str]:
    with village.home.db.read() as session:
        return list(session.exec(select(AuditEvent.action).order_by(AuditEvent.id)).all())


# --- The code ------------------------------------------------------------------------------------


def test_a_password_alone_opens_nothing(browse: Browse, village: Any) -> None:
    browser = half(browse)
    for path in ("/", "/nguoi", "/tai-khoan", "/hai-buoc"):
        assert browser.get(path, follow_redirects=False).status_code == 303, path
    page = browser.get("/dang-nhap/ma").text
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    before = browser.cookies["tungnha"]
    assert give(browser, code(village)).headers["location"] == "/"
    assert browser.cookies["tungnha"] != before
    assert inside(browser)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_phone_half_a_minute_off_is_still_right(browse: Browse, village: Any, steps: int) -> None:
    assert give(half(browse), " ".join(code(village, steps))).status_code == 303


@pytest.mark.parametrize("typed", ["", "abc", "12345", "1234567", "０", "\x00"])
def test_a_wrong_code_says_to_look_at_the_phones_clock(browse: Browse, village: Any, typed: str) -> None:
    answer = give(half(browse), typed)
    assert answer.status_code == 422
    assert "bật Tự động" in answer.text
    assert "08:00 ngày 23/11/2026" in answer.text


def test_a_code_works_once_and_an_older_one_not_after_it(browse: Browse, village: Any) -> None:
    now = code(village)
    assert give(half(browse), now).status_code == 303
    assert give(half(browse), now).status_code == 422
    assert give(half(browse), code(village, -1)).status_code == 422
    assert give(half(browse), code(village, 2)).status_code == 422
    assert give(half(browse), code(village, 1)).status_code == 303


def test_wrong_codes_count_towards_the_limit_and_a_right_password_does_not_reset_it(
    browse: Browse, village: Any, clock: Any
) -> None:
    for _ in range(FAILURES):
        assert give(half(browse), "000000").status_code == 422
    browser = browse("")
    form = {"ten": "officer", "mat_khau": PASSWORD, "ma_trang": browser.token("/dang-nhap")}
    assert browser.post("/dang-nhap", data=form).status_code == 429
    clock.advance(timedelta(minutes=16))
    assert give(half(browse), code(village)).status_code == 303


def test_whoever_waits_too_long_for_the_code_begins_again(browse: Browse, village: Any, clock: Any) -> None:
    browser = half(browse)
    clock.advance(timedelta(minutes=16))
    form = {"ma": code(village), "ma_trang": browser.token("/dang-nhap")}
    assert browser.post("/dang-nhap/ma", data=form, follow_redirects=False).headers["location"] == "/dang-nhap?het=1"
    assert not inside(browser)


# --- Setting it up -------------------------------------------------------------------------------


def test_the_first_sign_in_sets_the_second_step_up(browse: Browse, village: Any) -> None:
    bare(village, "officer")
    browser = half(browse)
    assert browser.get("/nguoi", follow_redirects=False).status_code == 303
    page = browser.get("/hai-buoc").text
    secret = re.sub(r"\s", "", page.split('class="code secret">')[1].split("<")[0])
    picture = browser.get("/hai-buoc/ma-qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "no-store"
    assert "style=" not in picture.text
    form = {"ma_trang": browser.token("/dang-nhap")}
    slow = browser.post("/hai-buoc", data=form | {"ma": code(village, -10, secret)})
    assert slow.status_code == 422
    assert "chậm khoảng 5 phút" in slow.text
    fast = browser.post("/hai-buoc", data=form | {"ma": code(village, 6, secret)})
    assert "nhanh khoảng 3 phút" in fast.text
    assert not inside(browser)
    right = browser.post("/hai-buoc", data=form | {"ma": code(village, 0, secret)})
    assert len(set(re.findall(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", right.text))) == 10
    assert inside(browser)
    assert browser.get("/hai-buoc/ma-qr.svg").status_code == 404
    assert browser.get("/hai-buoc", follow_redirects=False).headers["location"] == "/tai-khoan"
    for event in ("second_step_set", "recovery_codes_made", "signed_in"):
        assert event in events(village)


def shown_secret(browser: Any) -> str:
    page = browser.get("/hai-buoc").text
    return re.sub(r"\s", "", page.split('class="code secret">')[1].split("<")[0])


def test_who_knows_the_password_alone_cannot_ride_along_while_the_second_step_is_set_up(
    browse: Browse, village: Any
) -> None:
    bare(village, "officer")
    thief, officer = half(browse), half(browse)
    stolen, secret = shown_secret(thief), shown_secret(officer)
    assert stolen != secret
    form = {"ma_trang": officer.token("/dang-nhap"), "ma": code(village, 0, secret)}
    assert officer.post("/hai-buoc", data=form).status_code == 200
    assert inside(officer)
    late = {"ma_trang": thief.token("/dang-nhap"), "ma": code(village, 0, stolen)}
    assert thief.get("/hai-buoc", follow_redirects=False).status_code == 303
    assert thief.post("/hai-buoc", data=late, follow_redirects=False).status_code == 303
    assert not inside(thief)
    assert inside(officer)


def test_a_new_phone_signs_the_other_browsers_out(browse: Browse, village: Any) -> None:
    browser, other = browse("officer"), browse("officer")
    browser.forget_used_codes()
    assert browser.submit("/tai-khoan/hai-buoc", {"mat_khau": PASSWORD, "ma": code(village)}).status_code == 303
    assert other.get("/hai-buoc", follow_redirects=False).headers["location"] == "/tai-khoan"  # not its secret
    assert browser.submit("/hai-buoc", {"ma": code(village, 0, shown_secret(browser))}).status_code == 200
    assert inside(browser)
    assert not inside(other)


def test_strangers_who_guess_keep_nobody_from_changing_the_password(browse: Browse) -> None:
    browser, stranger = browse("officer"), browse("")
    form = {"ten": "officer", "mat_khau": "đoán bừa một lần", "ma_trang": stranger.token("/dang-nhap")}
    for _ in range(FAILURES + 1):
        stranger.post("/dang-nhap", data=form)
    new = "bốn con trâu qua sông"
    answer = browser.submit("/mat-khau", {"cu": PASSWORD, "moi": new, "lai": new})
    assert answer.status_code == 303, answer.text


def test_the_secret_is_in_no_file_in_the_clear(browse: Browse, village: Any) -> None:
    bare(village, "officer")
    browser = half(browse)
    page = browser.get("/hai-buoc").text
    secret = re.sub(r"\s", "", page.split('class="code secret">')[1].split("<")[0])
    with village.home.db.read() as session:
        assert all(secret.encode() not in row.sealed for row in session.exec(select(SecondStep)).all())
    for file in village.home.path.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()


def test_a_role_without_the_duty_may_have_one_too(browse: Browse, village: Any) -> None:
    browser = browse("volunteer")
    assert inside(browser)
    wrong = browser.submit("/tai-khoan/hai-buoc", {"mat_khau": "không phải"})
    assert wrong.status_code == 422
    assert browser.get("/hai-buoc", follow_redirects=False).headers["location"] == "/tai-khoan"
    assert browser.submit("/tai-khoan/hai-buoc", {"mat_khau": PASSWORD}).headers["location"] == "/hai-buoc"
    page = browser.get("/hai-buoc").text
    secret = re.sub(r"\s", "", page.split('class="code secret">')[1].split("<")[0])
    assert half(browse, "volunteer").get("/", follow_redirects=False).status_code == 200  # not in force yet
    assert browser.submit("/hai-buoc", {"ma": code(village, 0, secret)}).status_code == 200
    again = half(browse, "volunteer")
    assert not inside(again)
    assert give(again, code(village, 1, secret)).status_code == 303
    browser.forget_used_codes()
    proof = {"mat_khau": PASSWORD, "ma": code(village, 0, secret)}
    assert browser.submit("/tai-khoan/bo-hai-buoc", proof).headers["location"] == "/tai-khoan?xong=da-luu"
    assert half(browse, "volunteer").get("/", follow_redirects=False).status_code == 200


def test_the_old_phone_holds_until_the_new_one_is_confirmed(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    assert browser.submit("/tai-khoan/hai-buoc", {"mat_khau": PASSWORD, "ma": "000000"}).status_code == 422
    browser.forget_used_codes()
    assert browser.submit("/tai-khoan/hai-buoc", {"mat_khau": PASSWORD, "ma": code(village)}).status_code == 303
    browser.forget_used_codes()
    assert give(half(browse), code(village)).status_code == 303
    assert browser.submit("/tai-khoan/bo-hai-buoc", {"mat_khau": PASSWORD, "ma": code(village)}).status_code == 422


# --- Recovery codes ------------------------------------------------------------------------------


def test_a_recovery_code_stands_in_once(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    browser.forget_used_codes()
    page = browser.submit("/tai-khoan/ma-du-phong", {"mat_khau": PASSWORD, "ma": code(village)}).text
    codes = re.findall(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", page)
    assert len(codes) == 10
    with village.home.db.read() as session:
        kept = session.exec(select(RecoveryCode.lookup)).all()
        assert len(kept) == 10
        assert not {one.replace("-", "").encode() for one in codes} & set(kept)
    assert give(half(browse), codes[0].lower().replace("-", " ")).status_code == 303
    assert give(half(browse), codes[0]).status_code == 422
    assert give(half(browse, "approver"), codes[1]).status_code == 422
    assert "còn 9 mã" in browser.get("/tai-khoan").text
    assert "recovery_code_used" in events(village)


# --- The staff's bot -----------------------------------------------------------------------------


def test_a_chat_is_linked_with_a_code_from_the_own_page_after_password_and_code(browse: Browse, village: Any) -> None:
    browser, chat = browse("officer"), 4711
    browser.forget_used_codes()
    assert "Telegram" not in browser.get("/tai-khoan").text  # there is no such bot here
    village.home.settings.staff_telegram_token = SecretStr("1:staff")
    assert browser.submit("/tai-khoan/telegram", {"mat_khau": PASSWORD, "ma": "000000"}).status_code == 422
    page = browser.submit("/tai-khoan/telegram", {"mat_khau": PASSWORD, "ma": code(village)}).text
    (shown,) = re.findall(r"/start ([A-Z2-9]{8})\b", page)
    assert village.home.db.write(lambda s: link_chat(s, village.home, shown, chat, village.home.now()))
    with village.home.db.read() as session:
        assert viewer_of_chat(session, village.home, chat).login == "officer"
    assert shown not in browser.get("/tai-khoan").text


# --- One-time links ------------------------------------------------------------------------------


def added(village: Any, browse: Browse, role: str = "officer") -> tuple[Any, str]:
    """The owner adds somebody; the page of the slip and its code."""
    form = {"ho_ten": "Trần Thị Hoa", "ten": "hoa", "vai_tro": role, "don_vi": "22945"}
    page = browse("owner").submit("/can-bo", form)
    assert page.status_code == 200, page.text
    return page, re.findall(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", page.text)[0]


def test_a_new_officer_chooses_the_password_alone_and_sets_the_second_step_up(browse: Browse, village: Any) -> None:
    village.home.settings.public_url = "http://testserver"
    page, letters = added(village, browse)
    assert 'class="qr"><svg' in page.text
    assert "style=" not in page.text
    browser = browse("")
    answer = browser.get(f"/moi/{letters}", follow_redirects=False)
    assert answer.headers["location"] == "/moi"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "Trần Thị Hoa" in browser.get("/moi").text
    form = {"ma_trang": browser.token("/moi"), "moi": "ngắn quá", "lai": "ngắn quá"}
    assert browser.post("/moi/mat-khau", data=form).status_code == 422
    form |= {"moi": "bốn từ rất lạ", "lai": "bốn từ rất lạ"}
    answer = browser.post("/moi/mat-khau", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/hai-buoc"
    secret = re.sub(r"\s", "", browser.get("/hai-buoc").text.split('class="code secret">')[1].split("<")[0])
    form["ma"] = code(village, 0, secret)
    assert browser.post("/hai-buoc", data=form).status_code == 200
    assert inside(browser)
    again = browse("")
    again.get(f"/moi/{letters}")
    assert "không còn dùng được" in again.get("/moi").text
    form = {"ma_trang": again.token("/moi"), "moi": "năm từ khác lạ", "lai": "năm từ khác lạ"}
    assert again.post("/moi/mat-khau", data=form).status_code == 422
    with village.home.db.read() as session:
        assert verify(session).ok


def test_a_link_ends_after_a_day_with_a_newer_one_and_with_the_login(browse: Browse, village: Any, clock: Any) -> None:
    _, letters = added(village, browse)
    browser = browse("")
    typed = {"ma_trang": browser.token("/moi")}

    def works(one: str) -> bool:
        return bool(browser.post("/moi", data=typed | {"ma": one.lower()}, follow_redirects=False).status_code == 303)

    assert works(letters)
    newer = village.home.db.write(lambda s: invite(s, village.home, staff_named(s, "hoa"), "owner", village.home.now()))
    assert not works(letters)
    assert works(newer)
    with village.home.db.read() as session:
        number = staff_named(session, "hoa").id
    owner = browse("owner")
    owner.submit(f"/can-bo/{number}/dong")
    assert not works(newer)
    owner.submit(f"/can-bo/{number}/mo")
    page = owner.submit(f"/can-bo/{number}/lien-ket").text
    newest = re.findall(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", page)[0]
    assert works(newest)
    clock.advance(timedelta(hours=24))
    assert not works(newest)


def test_nobody_signs_in_before_a_password_was_chosen(browse: Browse, village: Any) -> None:
    added(village, browse)
    browser = browse("")
    for password in ("", "x"):
        form = {"ten": "hoa", "mat_khau": password, "ma_trang": browser.token("/dang-nhap")}
        assert browser.post("/dang-nhap", data=form).status_code == 422


def test_guessing_links_ends_soon(browse: Browse, village: Any) -> None:
    browser = browse("")
    form = {"ma_trang": browser.token("/moi"), "ma": "ABCD-EFGH-JKMN-PQRS"}
    answers = [browser.post("/moi", data=form).status_code for _ in range(ADDRESS_FAILURES + 1)]
    assert answers == [422] * ADDRESS_FAILURES + [429]


# --- Limits --------------------------------------------------------------------------------------


def test_an_address_waits_whatever_logins_it_tries_and_is_kept_as_a_hash(browse: Browse, village: Any) -> None:
    browser = browse("")
    token = browser.token("/dang-nhap")
    for number in range(ADDRESS_FAILURES):
        form = {"ten": f"nguoi{number}", "mat_khau": "sai", "ma_trang": token}
        assert browser.post("/dang-nhap", data=form).status_code == 422
    form = {"ten": "officer", "mat_khau": PASSWORD, "ma_trang": token}
    assert browser.post("/dang-nhap", data=form).status_code == 429
    for file in village.home.path.rglob("*"):
        assert not file.is_file() or b"testclient" not in file.read_bytes()


def test_a_login_that_does_not_exist_is_closed_just_as_one_that_does(browse: Browse) -> None:
    browser = browse("")
    token = browser.token("/dang-nhap")
    for login in ("khong-co", "officer"):
        form = {"ten": login, "mat_khau": "sai", "ma_trang": token}
        answers = [browser.post("/dang-nhap", data=form).status_code for _ in range(FAILURES + 1)]
        assert answers == [422] * FAILURES + [429], login


def test_a_stranger_who_guesses_locks_nobody_out_of_the_own_browser(browse: Browse, village: Any) -> None:
    own = browse("owner")
    own.submit("/dang-xuat")
    stranger = browse("")
    form = {"ten": "owner", "mat_khau": "sai", "ma_trang": stranger.token("/dang-nhap")}
    for _ in range(FAILURES):
        stranger.post("/dang-nhap", data=form)
    assert stranger.post("/dang-nhap", data=form).status_code == 429
    own.kept = ""
    own.sign_in("owner")
    assert inside(own)
    own.submit("/dang-xuat")
    form = {"ten": "owner", "mat_khau": "sai", "ma_trang": own.token("/dang-nhap")}
    answers = [own.post("/dang-nhap", data=form).status_code for _ in range(FAILURES + 1)]
    assert answers == [422] * FAILURES + [429]  # a stolen browser is no way around
    made_up = browse("")
    made_up.cookies.set("tungnha_may", "0" * 32 + "." + "0" * 32)
    form = {"ten": "owner", "mat_khau": PASSWORD, "ma_trang": made_up.token("/dang-nhap")}
    assert made_up.post("/dang-nhap", data=form).status_code == 429


def test_a_link_opens_a_login_that_was_closed_by_guessing(browse: Browse, village: Any) -> None:
    stranger = browse("")
    form = {"ten": "owner", "mat_khau": "sai", "ma_trang": stranger.token("/dang-nhap")}
    for _ in range(FAILURES + 1):
        stranger.post("/dang-nhap", data=form)
    letters = village.home.db.write(
        lambda s: invite(s, village.home, staff_named(s, "owner"), "system", village.home.now())
    )
    browser = browse("")
    browser.get(f"/moi/{letters}")
    form = {"ma_trang": browser.token("/moi"), "moi": "bốn từ rất lạ", "lai": "bốn từ rất lạ"}
    answer = browser.post("/moi/mat-khau", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/dang-nhap/ma"
    for _ in range(FAILURES):
        stranger.post("/dang-nhap", data={"ten": "owner", "mat_khau": "sai", "ma_trang": stranger.token("/dang-nhap")})
    assert give(browser, code(village)).status_code == 303
    assert inside(browser)


# --- Sessions ------------------------------------------------------------------------------------


def test_a_session_ends_without_use_and_anyway_after_half_a_day(browse: Browse, village: Any, clock: Any) -> None:
    idle, busy = browse("officer"), browse("officer")
    for _ in range(2):
        clock.advance(timedelta(minutes=20))
        assert inside(busy)
    answer = idle.get("/nguoi", follow_redirects=False)
    assert answer.headers["location"] == "/dang-nhap?tiep=/nguoi&het=1"
    assert "Phiên làm việc đã hết" in idle.get(answer.headers["location"]).text
    for _ in range(38):
        clock.advance(timedelta(minutes=20))
        busy.get("/")
    assert not inside(busy)


def test_a_page_that_renews_itself_does_not_keep_a_session_alive(browse: Browse, clock: Any) -> None:
    browser = browse("officer")
    for _ in range(2):
        clock.advance(timedelta(minutes=16))
        browser.get("/", headers={"HX-Request": "true"})
    assert not inside(browser)


def test_the_other_browsers_are_signed_out_by_their_owner_and_all_by_the_one_who_manages(
    browse: Browse, village: Any
) -> None:
    here, there = browse("officer"), browse("officer")
    assert "máy khác" in here.get("/tai-khoan").text
    here.submit("/tai-khoan/thoat")
    assert inside(here)
    assert not inside(there)
    with village.home.db.read() as session:
        number = staff_named(session, "officer").id
    browse("owner").submit(f"/can-bo/{number}/thoat")
    assert not inside(here)


def test_an_owner_resets_a_lost_second_step_and_it_is_set_up_anew(browse: Browse, village: Any) -> None:
    here = browse("officer")
    with village.home.db.read() as session:
        number = staff_named(session, "officer").id
    assert browse("province").submit(f"/can-bo/{number}/bo-ma").status_code == 404
    assert browse("owner").submit(f"/can-bo/{number}/bo-ma").status_code == 303
    assert not inside(here)
    assert half(browse).get("/hai-buoc").status_code == 200
    with village.home.db.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "second_step_removed")).one()
        assert (event.actor, event.subject) == ("owner", "officer")


def test_behind_https_the_cookies_belong_to_this_host_alone(village: Any) -> None:
    from fastapi.testclient import TestClient

    village.home.settings.public_url = "https://asxh.example.vn"
    browser = TestClient(create_app(village.home), base_url="https://asxh.example.vn")
    page = browser.get("/dang-nhap")
    assert page.headers["set-cookie"].startswith("__Host-tungnha_truoc=")
    token = page.text.split('name="ma_trang" value="')[1].split('"')[0]
    form = {"ten": "volunteer", "mat_khau": PASSWORD, "ma_trang": token}
    cookies = browser.post("/dang-nhap", data=form, follow_redirects=False).headers.get_list("set-cookie")
    assert len(cookies) == 2
    for one in cookies:
        assert one.startswith("__Host-")
        assert "Secure" in one
        assert "HttpOnly" in one
        assert "Domain" not in one
    assert browser.get("/").status_code == 200


def test_nobody_closes_the_own_login_but_another_owner_does(browse: Browse, village: Any) -> None:
    owner = browse("owner")
    with village.home.db.read() as session:
        number = staff_named(session, "owner").id
    refused = owner.submit(f"/can-bo/{number}/dong")
    assert (refused.status_code, "Không tự sửa tài khoản của mình" in refused.text) == (422, True)
    assert owner.submit("/can-bo", {"ho_ten": "Lê Nam", "ten": "nam", "vai_tro": "owner"}).status_code == 200
    opened = village.home.db.write(lambda s: open_session(s, staff_named(s, "nam"), village.home.now()))
    other = browse("")
    other.cookies.set("tungnha", opened.token, domain="testserver.local")
    assert other.submit(f"/can-bo/{number}/dong").status_code == 303
    with village.home.db.read() as session:
        standing = session.exec(select(Staff.login).where(Staff.role == "owner", Staff.active)).all()
    assert standing == ["nam"]
