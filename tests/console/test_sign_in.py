"""Sign-in, forms and headers: what stands before any page. The second step and links: test_second_step.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from console.assets import assets
from console.security import HEADERS, MAX_UPLOAD_BYTES, csrf_ok, csrf_token

Browse = Callable[[str], Any]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def browse(browse: Browse) -> Browse:
    """Here the form is what is tested: everybody types the password, and the code."""
    return lambda role: browse("").sign_in(role) if role else browse("")


def code(village: Any, steps: int) -> str:
    """What the officer's phone shows ``steps`` half minutes from now."""
    return str(pyotp.TOTP(SECRET).at(village.home.now() + steps * timedelta(seconds=30)))


def test_the_right_password_opens_the_first_page(browse: Browse) -> None:
    page = browse("officer").get("/")
    assert page.status_code == 200
    assert "Hôm nay, thứ Hai 23/11/2026" in page.text
    assert "Phường Phan Thiết" in page.text


def test_a_wrong_password_says_so_and_five_close_the_login(browse: Browse) -> None:
    browser = browse("")
    form = {"ten": "officer", "mat_khau": "không phải", "ma_trang": browser.token("/dang-nhap")}
    answers = [browser.post("/dang-nhap", data=form) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "chưa đúng" in answers[0].text
    assert "15 phút" in answers[5].text
    assert "không phải" not in answers[0].text


def test_nobody_is_sent_to_another_site_after_signing_in(browse: Browse, village: Any) -> None:
    for path in ("https://ke-gian.example/", "//ke-gian.example", "/\\ke-gian.example"):
        browser = browse("")
        form = {"ten": "officer", "mat_khau": "mật khẩu thử 2026", "ma_trang": browser.token("/dang-nhap")}
        answer = browser.post("/dang-nhap", data=form | {"tiep": path}, follow_redirects=False)
        assert answer.headers["location"] == "/dang-nhap/ma"
        form = {"ma": code(village, 0), "ma_trang": browser.token("/dang-nhap/ma"), "tiep": path}
        browser.forget_used_codes()
        answer = browser.post("/dang-nhap/ma", data=form, follow_redirects=False)
        assert answer.headers["location"] == "/"


def test_a_page_asked_for_before_signing_in_comes_after_it(browse: Browse) -> None:
    answer = browse("").get("/tien-do?bac=bank", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/dang-nhap?tiep=/tien-do%3Fbac%3Dbank"


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browse: Browse) -> None:
    browser = browse("")
    form = {"ten": "officer", "mat_khau": "mật khẩu thử 2026", "ma_trang": browser.token("/dang-nhap")}
    cookie = browser.post("/dang-nhap", data=form, follow_redirects=False).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_signing_out_ends_the_session_itself(browse: Browse) -> None:
    browser = browse("officer")
    cookie = browser.cookies["tungnha"]
    browser.submit("/dang-xuat")
    browser.cookies.set("tungnha", cookie)
    assert browser.get("/", follow_redirects=False).status_code == 303


def test_a_form_without_its_token_or_from_elsewhere_is_refused(browse: Browse) -> None:
    browser = browse("officer")
    assert browser.post("/thong-bao", data={"so": "1/TB", "ngay_ky": "20/11/2026"}).status_code == 403
    foreign = browse("approver").token()
    answer = browser.post("/thong-bao", data={"so": "1/TB", "ngay_ky": "20/11/2026", "ma_trang": foreign})
    assert answer.status_code == 403
    form = {"so": "1/TB", "ngay_ky": "20/11/2026", "ma_trang": browser.token()}
    assert browser.post("/thong-bao", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert "1/TB" not in browser.get("/thong-bao").text


def test_a_token_fits_its_secret_only() -> None:
    assert csrf_ok("bí mật", csrf_token("bí mật"))
    assert csrf_token("bí mật") != csrf_token("bí mật")
    assert not csrf_ok("khác", csrf_token("bí mật"))
    assert not csrf_ok("", csrf_token(""))
    assert not csrf_ok("bí mật", "")


@pytest.mark.parametrize("path", ["/", "/dang-nhap", "/khong-co", "/healthz", "/tien-do"])
def test_every_answer_carries_the_security_headers(browse: Browse, path: str) -> None:
    answer = browse("officer").get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["cache-control"] == "no-store"


def test_a_fault_of_ours_is_one_sentence_with_headers_and_no_trace(browse: Browse, monkeypatch: Any) -> None:
    import console.pages.progress as progress

    def broken(*_: Any) -> None:
        raise RuntimeError("tên một người")

    monkeypatch.setattr(progress, "ladder", broken)
    answer = browse("officer").get("/tien-do")
    assert answer.status_code == 500
    assert "tên một người" not in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_body_that_is_too_large_is_turned_away(browse: Browse) -> None:
    browser = browse("officer")
    file = {"tep": ("a.csv", b"x" * (MAX_UPLOAD_BYTES + 1))}
    answer = browser.submit("/danh-sach/moi", {"ngay_chot": "15/11/2026"}, files=file)
    assert answer.status_code == 413
    assert "20 MB" in answer.text


def test_no_page_holds_a_script_or_a_style_of_its_own(browse: Browse, village: Any) -> None:
    browser = browse("owner")
    for path in ("/", "/tien-do", "/nguoi", f"/nguoi/{village.people[0]}", "/danh-sach", "/dot-van-dong/moi"):
        text = browser.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        assert "<script>" not in text


def test_the_first_view_is_small(browse: Browse) -> None:
    """Page, stylesheet, font and mark together, as they go over the line."""
    page = browse("officer").get("/", headers={"Accept-Encoding": "identity"})
    parts = [len(asset.zipped) for name, asset in assets()[1].items() if name != "htmx.js"]
    assert len(page.content) + sum(parts) <= 120_000


def test_assets_are_kept_for_a_year_under_their_own_version_only(browse: Browse) -> None:
    browser, version = browse(""), assets()[0]
    assert "immutable" in browser.get(f"/tinh/{version}/console.css").headers["cache-control"]
    assert browser.get("/tinh/cu/console.css").headers["cache-control"] == "no-cache"
    assert browser.get(f"/tinh/{version}/khong-co.js").status_code == 404


def test_health_and_metrics_need_nobody_and_name_nobody(browse: Browse) -> None:
    browser = browse("")
    assert browser.get("/healthz").json() == {"ok": True}
    text = browser.get("/metrics").text
    assert "tungnha_tickets_open 2.0" in text
    assert "officer" not in text
