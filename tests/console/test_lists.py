"""A list's four steps: choose the file, its columns, the check, taking it in. Nothing is stored before the last."""

from __future__ import annotations

import io
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import col, func, select

from console import uploads
from console.audit_words import sentence
from console.running import Progress, Running
from register.ladder import ladder
from register.tables import AuditEvent, Person, Source

Browse = Callable[[str], Any]
HERE, THERE = "22945", "22918"
HEADINGS = "STT,Họ và tên,Số định danh cá nhân,Ngày sinh,Giới tính,Khu phố,Số điện thoại,Có tài khoản ASXH"
LIST = f"""{HEADINGS}
1,Đặng Thị Thử,060201000777,01/02/1950,Nữ,Khu phố 1,0901234567,x
2,Bùi Văn Nháp,060201000778,03/04/1948,Nam,Khu phố 2,,
3,Hồ Thị Sai,12345,05/06/1952,Nữ,Khu phố 2,,
"""
STRANGE = LIST.replace("Có tài khoản ASXH", "Ví phường")
NOBODY_KNOWS = """Kỳ tháng 11,Xã Ea Thử,
Danh xưng,Dãy số,Ví phường
Rmah Thử,060201000777,x
Rmah Nháp,060201000778,
Rmah Sai,060201000779,
"""


def rows(village: Any, table: Any) -> list[Any]:
    with village.home.db.read() as session:
        found = list(session.exec(select(table).order_by(col(table.id))).all())
        session.expunge_all()
        return found


def lists_here(village: Any) -> int:
    return len([row for row in rows(village, Source) if row.commune == HERE])


def people_here(village: Any) -> int:
    with village.home.db.read() as session:
        return session.exec(select(func.count()).select_from(Person).where(Person.commune == HERE)).one()


def figures(village: Any) -> Any:
    with village.home.db.read() as session:
        return [(rung.key, rung.yes, rung.no, rung.unknown) for rung in ladder(session, HERE)]


def kinds(village: Any, action: str) -> list[AuditEvent]:
    return [event for event in rows(village, AuditEvent) if event.action == action]


def choice(page: str, heading: str) -> str:
    """The name of the select that stands in the row of a heading."""
    return page.split(f">{heading}</td>")[1].split('<select id="')[1].split('"')[0]


# --- The way of a list ------------------------------------------------------------------------------


def test_a_list_that_raises_no_question_goes_straight_to_the_check(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(LIST)
    answer = browser.get(steps)
    assert answer.url.path == f"{steps}/kiem-tra", answer.text.split("<main")[1]
    page = answer.text
    assert "Chưa lưu gì" in page
    assert "Đặng T. T." in page
    assert "060201000777" not in page
    assert "dòng 4" in page  # the row whose id has five digits, by its number in the file
    assert "Không thấy cột Định danh mức 2: sẽ để là chưa rõ" in page
    assert lists_here(village) == 1


def test_a_list_is_taken_in_once_and_leaves_no_file(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(LIST, noi_gui="Sở Nội vụ", so="77/SNV")
    folder = village.home.path / "uploads"
    assert "Đặng".encode() not in b"".join(file.read_bytes() for file in folder.iterdir())
    path = browser.take_in_list(steps)
    assert path.endswith("?xong=nhan-danh-sach")
    assert not list(folder.glob("*.list"))
    page = browser.get(path).text
    assert "Đã nhận danh sách." in page
    assert "dòng 4" in page
    assert "77/SNV" in browser.get("/danh-sach").text
    assert lists_here(village) == 2
    browser.submit(f"{steps}/nhan")
    browser.rest()
    assert browser.get(steps, follow_redirects=False).headers["location"] == path
    assert lists_here(village) == 2


def test_what_is_kept_of_a_list_is_sealed(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    browser.take_in_list(browser.send_list(LIST))
    (kept,) = (village.home.path / "lists").iterdir()
    assert b"id_length" not in kept.read_bytes()


# --- Columns ------------------------------------------------------------------------------------------


def test_a_column_is_corrected_and_the_next_list_asks_nothing(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(STRANGE)
    page = browser.get(steps).text
    assert "Có 1 cột chưa rõ nghĩa" in page
    assert "Không thấy cột Tài khoản ASXH: sẽ để là chưa rõ" in page
    assert browser.submit(f"{steps}/cot", {choice(page, "Ví phường"): "asxh"}).status_code == 303
    browser.rest()
    assert "Không thấy cột Tài khoản ASXH" not in browser.get(f"{steps}/kiem-tra").text
    assert "đã nhớ" in browser.get(f"{steps}/cot").text
    (event,) = kinds(village, "columns_learnt")
    assert (event.actor, event.subject, event.detail) == ("officer", HERE, {"said": ["asxh"], "forgotten": 0})
    again = browser.send_list(STRANGE.replace("060201000777", "060201000771"))
    assert browser.get(again).url.path.endswith("/kiem-tra")


def test_what_was_remembered_can_be_forgotten(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(STRANGE)
    name = choice(browser.get(steps).text, "Ví phường")
    browser.submit(f"{steps}/cot", {name: "ignored"})
    browser.rest()
    browser.submit(f"{steps}/cot", {"quen": name[1:]})
    browser.rest()
    assert "đã nhớ" not in browser.get(f"{steps}/cot").text
    assert browser.get(browser.send_list(STRANGE)).url.path.endswith("/cot")


def test_a_column_nobody_knows_may_be_left_out_once(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(STRANGE)
    browser.submit(f"{steps}/cot", {choice(browser.get(steps).text, "Ví phường"): ""})
    browser.rest()
    assert browser.get(steps).url.path.endswith("/kiem-tra")
    assert kinds(village, "columns_learnt") == []
    assert browser.get(browser.send_list(STRANGE)).url.path.endswith("/cot")


def test_a_file_without_known_headings_is_mended_on_the_page(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(NOBODY_KNOWS)
    answer = browser.get(steps)
    assert answer.url.path.endswith("/cot")
    assert "Chưa thấy bảng danh sách" in answer.text
    page = browser.get(f"{steps}/cot?trang=0&dong=2").text
    assert "Lấy dòng 2 làm dòng tiêu đề" in page
    form = {choice(page, "Danh xưng"): "name", choice(page, "Dãy số"): "citizen_id", choice(page, "Ví phường"): "asxh"}
    browser.submit(f"{steps}/cot", form)
    browser.rest()
    page = browser.get(f"{steps}/kiem-tra").text
    assert "Đọc được</dt><dd>3<" in page
    assert "Rmah N." in page


@pytest.mark.parametrize("text", [LIST, STRANGE, NOBODY_KNOWS])
def test_the_page_of_columns_shows_no_whole_name_id_or_phone(browse: Browse, text: str) -> None:
    browser = browse("officer")
    page = browser.get(browser.send_list(text) + "/cot").text
    wholes = ("Đặng Thị Thử", "Bùi Văn", "Hồ Thị Sai", "Rmah Thử", "Rmah Nháp", "0602", "0901", "01/02/1950")
    assert not [whole for whole in wholes if whole in page]
    assert "•••••••••777" in page


def test_old_cards_are_allowed_with_a_tick(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(LIST.replace("060201000778", "260123456"))
    assert "chỉ có số CMND" in browser.get(f"{steps}/kiem-tra").text
    browser.submit(f"{steps}/cot", {"cmnd": "co"})
    browser.rest()
    assert "chỉ có số CMND" not in browser.get(f"{steps}/kiem-tra").text
    assert [event.detail for event in kinds(village, "old_cards_allowed")] == [{"allowed": True}]


# --- Check ------------------------------------------------------------------------------------------------


def test_thousands_of_refused_rows_make_a_small_page(browse: Browse, village: Any) -> None:
    bad = "\n".join(f"{n},Trần Văn Nhầm,{n},01/02/1950,Nam,Khu phố {n % 7},," for n in range(1, 5001))
    browser = browse("officer")
    steps = browser.send_list(f"{LIST}{bad}\n")
    answer = browser.get(f"{steps}/kiem-tra", headers={"Accept-Encoding": "identity"})
    assert "5.001 dòng" in answer.text
    assert len(answer.content) < 60_000
    path = browser.take_in_list(steps)
    assert len(browser.get(path, headers={"Accept-Encoding": "identity"}).content) < 60_000


def test_the_marked_copy_is_made_on_demand_and_logged(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(LIST)
    answer = browser.submit(f"{steps}/ban-danh-dau")
    browser.rest()
    book = load_workbook(io.BytesIO(answer.content))
    cell = book["Danh sách"]["C4"]
    assert cell.comment is not None
    assert "12 chữ số" in cell.comment.text
    assert book.sheetnames[0] == "Cần sửa"
    assert [event.detail for event in kinds(village, "list_exported")] == [{"rows": 1}]
    left = [file.suffix for file in (village.home.path / "uploads").iterdir()]
    assert sorted(left) == [".list", ".sealed"]


def test_the_difference_tells_which_fact_from_what_to_what_and_who_left_why(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    heading = "STT,Họ và tên,CCCD,Khu phố,Có tài khoản ASXH,Ghi chú"
    people = [f"{n},Trần Văn Thử,06004800{n},Khu phố {1 + n % 2},,".split(",") for n in range(1001, 1011)]
    listed = lambda: "\n".join([heading, *map(",".join, people)])  # noqa: E731
    people[9][4] = "x"
    browser.take_in_list(browser.send_list(listed()))
    people[0][4], people[1][3], people[2][5] = "x", "Khu phố 2", "đã chết"
    del people[3]
    steps = browser.send_list(listed(), ngay_chot="21/11/2026")
    text = " ".join(re.sub(r"<[^>]+>", " ", browser.get(f"{steps}/kiem-tra").text).split())
    assert "Tài khoản ASXH trên VNeID chưa có có 1" in text
    assert "Không còn trong danh sách Vì sao Số người Đã qua đời 1 Không còn trong danh sách mới nhất 1" in text
    assert "dòng 3 Thôn, khu phố Khu phố 1 Khu phố 2" in text
    path = browser.take_in_list(steps)
    kept = browser.get(path).text
    assert "Tài khoản ASXH trên VNeID" in kept
    assert "Người số" not in kept


def test_a_doubtful_list_is_taken_in_only_with_a_tick(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(LIST)  # the sixty people of the village are not in it
    assert "Có điều đáng ngờ" in browser.get(f"{steps}/kiem-tra").text
    answer = browser.submit(f"{steps}/nhan")
    assert answer.status_code == 422
    assert "đánh dấu xác nhận" in answer.text
    assert lists_here(village) == 1
    browser.take_in_list(steps)
    assert lists_here(village) == 2


def test_what_was_shown_is_what_is_taken_in(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    first, second = browser.send_list(LIST), browser.send_list(LIST.replace("Nháp", "Khác"))
    browser.take_in_list(second)
    browser.submit(f"{first}/nhan", {"chac": "co"})
    browser.rest()
    assert lists_here(village) == 2
    assert "đã được kiểm tra lại" in browser.get(f"{first}/kiem-tra").text
    browser.take_in_list(first)
    assert lists_here(village) == 3


# --- Long work, stops, crashes ------------------------------------------------------------------------------


class Stepping(Running):
    """Work goes on only while the gate is open: a test looks at it in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.reached = threading.Event(), threading.Event()
        self.gate.set()

    def start(self, key: str, by: str, now: Any, work: Callable[[Progress], Any], about: str = "") -> Any:
        def watched(progress: Progress) -> Any:
            def step(done: int = 0, total: int = 0) -> None:
                self.reached.set()
                assert self.gate.wait(60)
                progress(done, total)

            return work(step)

        self.reached.clear()
        return super().start(key, by, now, watched, about)


@pytest.fixture
def slow(browse: Browse) -> Iterator[tuple[Any, Stepping]]:
    browser = browse("officer")
    browser.app.state.running = running = Stepping()
    yield browser, running
    running.gate.set()
    running.close()


def test_stopping_midway_leaves_the_figures_as_before(slow: Any, village: Any) -> None:
    browser, running = slow
    steps, before, people = browser.send_list(LIST), figures(village), people_here(village)
    running.gate.clear()
    browser.submit(f"{steps}/nhan", {"chac": "co"})
    assert running.reached.wait(60)
    page = browser.get(steps).text
    assert "Đang nhận danh sách" in page
    assert "Lê Văn Officer bắt đầu lúc 08:00" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    browser.submit(f"{steps}/dung")
    assert "Đang dừng" in browser.get(steps).text
    running.gate.set()
    browser.rest()
    page = browser.get(steps).text
    assert "Đã dừng. Chưa lưu gì vào sổ." in page
    assert (figures(village), people_here(village), lists_here(village)) == (before, people, 1)
    browser.take_in_list(steps)  # and it can still be taken in
    assert lists_here(village) == 2


def test_a_closed_tab_does_not_matter_and_one_list_runs_at_a_time(slow: Any, browse: Browse, village: Any) -> None:
    browser, running = slow
    running.gate.clear()
    answer = browser.submit("/danh-sach/moi", {"ngay_chot": "20/11/2026"}, files={"tep": ("ds.csv", LIST.encode())})
    assert running.reached.wait(60)
    colleague = browse("owner")
    colleague.submit("/xa", {"xa": HERE})
    colleague.app.state.running = running
    page = colleague.get("/danh-sach").text
    assert "đang chạy" in page
    assert "Lê Văn Officer" in page
    other = colleague.submit("/danh-sach/moi", {"ngay_chot": "20/11/2026"}, files={"tep": ("b.csv", LIST.encode())})
    assert other.status_code == 422
    assert "Lê Văn Officer đang xử lý một danh sách" in other.text
    running.gate.set()
    browser.rest()
    assert browser.get(answer.headers["location"]).url.path.endswith("/kiem-tra")


def test_the_watching_page_is_led_on_when_it_is_done(browse: Browse) -> None:
    browser = browse("officer")
    steps = browser.send_list(LIST)
    answer = browser.get(steps, headers={"hx-request": "true"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, steps)


@pytest.mark.parametrize("doing", [uploads.COLUMNS, uploads.CHECK, uploads.TAKE_IN])
def test_after_a_restart_the_page_says_what_became_of_it(browse: Browse, village: Any, doing: str) -> None:
    browser, home = browse("officer"), village.home
    steps = browser.send_list(LIST)
    upload = uploads.load(home, steps.rsplit("/", 1)[1])
    assert upload is not None
    upload.doing, upload.since = doing, home.now().isoformat()
    uploads.save(home, upload)  # as a killed process leaves it
    browser.app.state.running = Running()
    page = browser.get(steps).text
    assert "Hệ thống khởi động lại" in page
    assert "Chưa lưu gì vào sổ" in page
    assert "bị ngắt" in browser.get("/danh-sach").text
    browser.submit(f"{steps}/doc-lai")
    browser.rest()
    assert browser.get(steps).url.path.endswith("/kiem-tra")


def test_a_list_that_was_stored_just_before_a_restart_is_not_called_lost(browse: Browse, village: Any) -> None:
    browser, home = browse("officer"), village.home
    steps = browser.send_list(LIST)
    upload = uploads.load(home, steps.rsplit("/", 1)[1])
    assert upload is not None
    with uploads.laid_open(home, upload) as file:
        body = file.read_bytes()
    path = browser.take_in_list(steps)
    again = uploads.keep(home, body, home.now(), **{
        name: getattr(upload, name)
        for name in ("commune", "by", "suffix", "as_of", "issuer", "document", "purpose", "nq418")
    })  # fmt: skip
    again.doing, again.since, again.report = uploads.TAKE_IN, home.now().isoformat(), upload.report
    uploads.save(home, again)
    assert browser.get(f"/danh-sach/tep/{again.key}", follow_redirects=False).headers["location"] == path


def test_a_file_that_is_no_list_says_so_in_one_sentence(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    for body in (b"PK\x03\x04", b"\x00" * 100):
        steps = browser.send_list(body, "a.xlsx")
        page = browser.get(steps).text
        assert "Không mở được tệp" in page
        assert "Chọn tệp khác" in page
        browser.submit(f"{steps}/bo")
        assert browser.get(steps).status_code == 404
    assert list((village.home.path / "uploads").iterdir()) == []


def test_an_upload_that_nobody_went_on_with_is_thrown_away(browse: Browse, village: Any) -> None:
    browser, folder = browse("officer"), village.home.path / "uploads"
    browser.send_list(LIST)
    (folder / "left by a crash").mkdir()
    long_ago = time.time() - timedelta(days=2).total_seconds()
    for old in folder.iterdir():
        os.utime(old, (long_ago, long_ago))
    browser.send_list(LIST)
    assert len(list(folder.iterdir())) == 2


# --- Whose it is, and what it may hold ------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["", "31/02/2026", "24/11/2026"])
def test_an_impossible_or_future_date_of_a_list_is_refused(browse: Browse, day: str) -> None:
    answer = browse("officer").submit("/danh-sach/moi", {"ngay_chot": day}, files={"tep": ("ds.csv", LIST.encode())})
    assert answer.status_code == 422
    assert "Ngày chốt số liệu" in answer.text


def test_a_phone_number_among_the_words_of_a_document_is_refused_at_once(browse: Browse, village: Any) -> None:
    form = {"ngay_chot": "20/11/2026", "so": "gọi 0901234567"}
    answer = browse("officer").submit("/danh-sach/moi", form, files={"tep": ("ds.csv", LIST.encode())})
    assert answer.status_code == 422
    assert "số di động" in answer.text


def test_the_log_says_what_was_learnt(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    steps = browser.send_list(STRANGE)
    browser.submit(f"{steps}/cot", {choice(browser.get(steps).text, "Ví phường"): "asxh", "cmnd": "co"})
    browser.rest()
    learnt, cards = kinds(village, "columns_learnt") + kinds(village, "old_cards_allowed")
    assert sentence(learnt) == "Sửa cách hiểu cột của danh sách đơn vị 22945: nhớ Tài khoản ASXH, quên 0."
    assert sentence(cards) == "Cho nhận số CMND trong danh sách của đơn vị 22945: có."


STEPS = ("", "/cot", "/kiem-tra")
PRESSES = ("/dung", "/doc-lai", "/bo", "/cot", "/ban-danh-dau", "/nhan")


def test_another_commune_finds_no_upload_and_changes_none(browse: Browse, village: Any) -> None:
    steps = browse("officer").send_list(LIST)
    stranger = browse("owner")
    stranger.submit("/xa", {"xa": THERE})
    assert [stranger.get(steps + step).status_code for step in STEPS] == [404] * len(STEPS)
    assert [stranger.submit(steps + press).status_code for press in PRESSES] == [404] * len(PRESSES)
    assert "chờ kiểm tra" not in stranger.get("/danh-sach").text
    assert uploads.load(village.home, steps.rsplit("/", 1)[1]) is not None


@pytest.mark.parametrize("role", ["approver", "volunteer", "radio", "auditor", "province"])
def test_who_may_not_take_in_lists_sees_no_step(browse: Browse, role: str) -> None:
    steps = browse("officer").send_list(LIST)
    other = browse(role)
    assert [other.get(steps + step).status_code for step in STEPS] == [403] * len(STEPS)
    assert [other.submit(steps + press).status_code for press in PRESSES] == [403] * len(PRESSES)


NASTY = '=HYPERLINK("http://x.example")<script>alert(1)</script>'


def nasty_book() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "<b>KP1"
    headings = ["Họ và tên", "CCCD", NASTY, "<img src=x onerror=alert(1)>", "W" * 10_000]
    for at, text in enumerate(headings[:4], 1):
        sheet.cell(1, at).value = text
        sheet.cell(1, at).data_type = "s"
    for at, text in enumerate(["Đặng Thị Thử", "060201000777", "x", NASTY], 1):
        sheet.cell(2, at).value = text
        sheet.cell(2, at).data_type = "s"
    other = book.create_sheet("dài")
    other.append([*headings[:2], headings[4]])
    other.append(["Đặng Thị Thử", "060201000777", "x"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_nasty_headings_and_file_names_do_no_harm(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    name = "../../<script>alert(1)</script>" + "a" * 200 + ".xlsx"
    steps = browser.send_list(nasty_book(), name)
    pages = [browser.get(f"{steps}/cot").text, browser.get(steps).text, browser.get("/danh-sach").text]
    assert "&lt;script&gt;alert" in pages[0]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "WWWWWWWWWW" * 20 not in page
    browser.submit(f"{steps}/cot", {choice(pages[0], "&lt;img src=x onerror=alert(1)&gt;"): "note"})
    browser.rest()
    path = browser.take_in_list(steps)
    assert "<b>KP1" not in browser.get(path).text
    assert "<script>alert" not in browser.get(path).text


def test_a_key_that_was_never_given_is_no_path(village: Any, browse: Browse) -> None:
    browser = browse("officer")
    for key in ("x" * 500, "..%2F..%2Fkeys", "é" * 32, "A" * 32, "0" * 32):
        assert browser.get(f"/danh-sach/tep/{key}").status_code == 404
        assert browser.submit(f"/danh-sach/tep/{key}/nhan").status_code == 404
