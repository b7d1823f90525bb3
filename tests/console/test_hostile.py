"""What a hostile or careless browser sends: never a broken page, a foreign address, or a script that runs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from console.app import create_app
from console.security import MAX_FORM_BYTES, MAX_STRANGER_BYTES, MAX_UPLOAD_BYTES, here
from register import units

NASTY = '=HYPERLINK("http://x.example")<script>alert(1)</script>\x01"\'&'
BEYOND = ("2147483648", "99999999999999999999", "-1", "0")  # more than an INTEGER column holds, and nobody's number
Browse = Callable[[str], Any]


@pytest.mark.parametrize("number", BEYOND)
def test_numbers_beyond_every_column(browse: Browse, number: str) -> None:
    browser = browse("officer")
    for path in ("/nguoi", "/viec", "/dot-van-dong", "/danh-sach", "/ban-tin"):
        assert browser.get(f"{path}/{number}").status_code in (403, 404), path
    for path in ("/viec/{}/nhan", "/nguoi/{}/ma", "/luot-phat/{}", "/phieu-den-nha/{}"):
        assert browser.submit(path.format(number)).status_code in (403, 404, 422), path
    assert browser.get(f"/nguoi?sau={number}").status_code in (200, 404)


def test_days_and_letters_that_no_column_holds(browse: Browse) -> None:
    browser = browse("officer")
    for day in ("01/01/0001", "31/12/9999"):
        form = {"ngay": day, "gio": "08:00", "khu": "22945-01", "noi": "nhà văn hóa", "cho": "10", "nguoi": "2"}
        assert browser.submit("/buoi-ho-tro", form).status_code in (303, 422)
    stranger = browse("")
    form = {"ten": "officer\x00", "mat_khau": "x\x00", "ma_trang": stranger.token("/dang-nhap")}
    assert stranger.post("/dang-nhap", data=form).status_code == 422


@pytest.mark.parametrize(
    "after",
    ["//x.example", "/\\x.example", "https://x.example", "/\t/x.example", "javascript:a()", "\n//x.example"],
)
def test_signing_in_leads_to_no_other_site(browse: Browse, after: str) -> None:
    browser = browse("")
    form = {"ten": "officer", "mat_khau": "mật khẩu thử 2026", "tiep": after, "ma_trang": browser.token("/dang-nhap")}
    answer = browser.post("/dang-nhap", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/")
    assert not answer.headers["location"].startswith(("//", "/\\", "/\t"))


@pytest.mark.parametrize("path", ["/viec/", "/di-nha", "/api/v1", "/dang-nhap/?tiep=/viec", "/hoi-dap//x.example/"])
def test_a_redirect_stays_here_whatever_host_was_claimed(browse: Browse, path: str) -> None:
    claimed = {"host": "x.example", "x-forwarded-host": "x.example", "x-forwarded-proto": "https"}
    answer = browse("").get(path, headers=claimed, follow_redirects=False)
    assert answer.status_code in (307, 404)
    location = answer.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith("//")
    assert "x.example" not in location.replace(path, "")


@pytest.mark.parametrize(
    "location", [b"http://x.example//y.example/", b"//x.example/a", b"https:\\\\x.example", b"/\\x.example"]
)
def test_what_a_redirect_could_say_becomes_a_path(location: bytes) -> None:
    assert here(location).startswith(b"/")
    assert not here(location).startswith((b"//", b"/\\"))
    assert here(b"http://claimed/viec?a=1#moi") == b"/viec?a=1#moi"


def test_a_page_of_trouble_leads_back_to_no_other_site(browse: Browse) -> None:
    page = browse("officer").get("/khong-co", headers={"referer": "http://testserver//x.example/"}).text
    assert 'href="//x.example' not in page


def test_a_sign_in_makes_a_session_of_its_own(browse: Browse, village: Any) -> None:
    browser = browse("")
    browser.cookies.set("tungnha", "gieo-san-boi-ke-khac")
    browser.sign_in("officer")
    assert browser.cookies.get("tungnha", domain="testserver.local") != "gieo-san-boi-ke-khac"
    first = browse("officer")
    old = dict(first.cookies)
    first.submit("/dang-xuat")
    again = browse("")
    again.cookies.update(old)
    assert again.get("/nguoi", follow_redirects=False).status_code == 303


def test_another_browsers_token_is_not_taken(browse: Browse) -> None:
    officer, approver = browse("officer"), browse("approver")
    form = {"ma_trang": approver.token(), "ket_qua": "done"}
    assert officer.post("/nguoi/1/ghi", data=form).status_code == 403
    ours = {"ma_trang": officer.token(), "ket_qua": "done"}
    assert officer.post("/nguoi/1/ghi", data=ours, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_an_upload_that_is_too_large_is_refused(browse: Browse) -> None:
    files = {"tep": ("a.xlsx", b"0" * (MAX_UPLOAD_BYTES + 1))}
    assert browse("officer").submit("/danh-sach/moi", {"ngay_chot": "20/11/2026"}, files=files).status_code == 413


def test_only_who_is_signed_in_may_send_much_and_only_where_a_file_is_taken(browse: Browse) -> None:
    stranger, officer, files = browse(""), browse("officer"), {"tep": ("a.csv", b"0" * (MAX_STRANGER_BYTES + 1))}
    for path in ("/dang-nhap", "/danh-sach/moi"):
        refused = stranger.post(path, files=files)
        assert (refused.status_code, "Xin đăng nhập" in refused.text) == (413, True), path
    assert officer.submit("/danh-sach/moi", {"ngay_chot": "20/11/2026"}, files=files).status_code == 303
    officer.rest()
    refused = officer.submit("/xa-phuong", files={"a": ("a", b"0" * (MAX_FORM_BYTES + 1))})
    assert (refused.status_code, "tối đa 2 MB" in refused.text) == (413, True)


def test_a_commune_keeps_only_so_many_files_at_a_time(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.uploads.MOST_KEPT", 2)
    browser, list_ = browse("officer"), "Họ và tên,CCCD\nTrần Thị Lan,060150000017\n"
    kept = [browser.send_list(list_) for _ in range(2)]
    files = {"tep": ("ds.csv", list_.encode())}
    refused = browser.submit("/danh-sach/moi", {"ngay_chot": "20/11/2026"}, files=files)
    assert refused.status_code == 422
    assert "tệp chờ nhận" in refused.text
    browser.submit(f"{kept[0]}/bo")
    browser.send_list(list_)


def test_a_workbook_that_claims_billions_of_cells_is_refused(browse: Browse) -> None:
    book, content, torn = Workbook(), io.BytesIO(), io.BytesIO()
    book.active["A1"], book.active["XFD1048576"] = "Họ và tên", "CCCD"  # type: ignore[index]
    book.save(content)
    with zipfile.ZipFile(torn, "w") as other:
        other.writestr("xl/workbook.xml", "<workbook/>")
    browser = browse("officer")
    for body in (content.getvalue(), torn.getvalue(), b"PK\x03\x04", b"\x00" * 100):
        assert "Danh sách chưa nhận được" in browser.get(browser.send_list(body, "a.xlsx")).text
    assert browser.get("/").status_code == 200


def test_nasty_words_are_shown_as_words(browse: Browse, village: Any) -> None:
    """A hamlet, a campaign, a place, a commune's own words and a file with nasty cells: on pages and in reports."""
    home, browser = village.home, browse("officer")
    home.db.write(lambda s: units.hamlet_named(s, "22945", NASTY))
    for key in ("landline", "signer", "hamlet_head", "address"):
        home.db.write(lambda s, key=key: units.set_setting(s, "22945", key, NASTY))  # type: ignore[misc]
    browser.submit("/dot-van-dong", {"ten": NASTY[:80], "nhom": "nq418-ready"})
    rows = ["Họ và tên,CCCD,Khu phố,Ghi chú", f'"Nguyễn {NASTY}",060150000017,"{NASTY}","{NASTY}"'.replace('""', '"')]
    steps = browser.send_list("\n".join(rows))
    pages = [browser.get(steps).text, browser.get(f"{steps}/cot").text]
    paths = ("/", "/tien-do", "/nguoi", "/dot-van-dong", "/buoi-ho-tro", "/phieu-den-nha", "/bao-cao", "/xa-phuong")
    pages += [browser.get(path).text for path in paths]
    assert sum("&lt;script&gt;alert" in page for page in pages) >= 3
    assert not [page for page in pages if "<script>alert" in page]
    for suffix in ("xlsx", "docx", "pdf", "json"):
        answer = browser.get(f"/bao-cao/2026-11.{suffix}")
        assert answer.status_code == 200, suffix
        if suffix == "xlsx":
            book = load_workbook(io.BytesIO(answer.content))
            cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
            assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert browser.submit("/phieu-den-nha/in", {"khu": village.hamlets[0]}).status_code == 200
    answer = browser.submit("/phieu-den-nha/in", {"khu": "22945-01\r\nX-Evil: 1"})
    assert "x-evil" not in answer.headers
    assert not any("\n" in value or "\r" in value for value in answer.headers.values())


def test_every_page_forbids_foreign_scripts(village: Any, browse: Browse) -> None:
    for path in ("/dang-nhap", "/khong-co", "/healthz"):
        answer = browse("").get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert create_app(village.home).openapi_url is None
