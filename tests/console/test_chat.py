"""Hỏi đáp over HTTP: nobody is signed in, so nothing is believed; and an old phone without a script gets through."""

from __future__ import annotations

import gzip
import html
import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from bot.tables import Conversation, Ticket
from channels.files import PICTURES, VOICES
from console.app import create_app
from console.assets import assets
from console.chat import BODY_BYTES, CHAT_COOKIE, Limits
from content.library import library
from content.screens import described, picture, screens
from register import contacts
from register.people import Identity, citizen_lookup, seal_identity
from register.staff import add_staff
from register.tables import Arrival, Person, PersonContact
from register.units import set_setting

HERE = "22945"
PAGE = f"/hoi-dap/{HERE}"
MOST_BYTES = 60_000
pytestmark = pytest.mark.parametrize("home", ["sqlite"], indirect=True)


class Phone(TestClient):
    """A browser that sends the forms of the page it looks at."""

    def look(self) -> str:
        self.page = self.get(PAGE).text
        return html.unescape(self.page)

    def form(self, **fields: str) -> dict[str, str]:
        hidden = dict(re.findall(r'name="(ma_trang|luot)" value="([^"]*)"', self.get(PAGE).text))
        return hidden | fields

    def say(self, **fields: str):
        return self.post(PAGE, data=self.form(**fields))


@pytest.fixture
def app(home):
    home.settings = home.settings.model_copy(update={"web_chat": True})

    def settle(session):
        add_staff(session, "lan", "Lê Thị Lan", "officer", HERE, "", home.now())
        set_setting(session, HERE, "landline", "0252 3821 234")

    home.db.write(settle)
    app = create_app(home)
    app.state.chat_limits = Limits(ticks=iter(range(0, 10**9, 3)).__next__)  # three seconds between any two forms
    return app


@pytest.fixture
def phone(app):
    return Phone(app)


def test_it_is_off_until_it_is_switched_on(home):
    browser = TestClient(create_app(home))
    for path in ("/hoi-dap", PAGE, f"{PAGE}/moi", f"{PAGE}/xoa"):
        answer = browser.get(path)
        assert (answer.status_code, "chưa mở" in answer.text) == (404, True), path
    assert browser.post(PAGE, data={"chu": "xin chào"}).status_code == 404


def test_an_old_phone_goes_through_a_step_without_a_script(phone):
    assert "Kính chào ông/bà" in phone.look()
    for button, shown in (("guide.start", "ai đang cầm máy"), ("who.self", "Bước 1 trên 8"), ("guide.next", "Bước 2")):
        answer = phone.say(nut=button)
        assert (answer.status_code, answer.url.path) == (200, PAGE)
        assert shown in phone.look()
    assert phone.say(chu="quen passcode roi").status_code == 200
    assert "Quên passcode" in phone.look()
    assert phone.get("/hoi-dap", follow_redirects=False).headers["location"] == PAGE


def test_the_page_can_be_read_out_and_walked_with_keys(phone):
    phone.say(nut="guide.start")
    page = phone.look()
    assert '<html lang="vi">' in page
    assert 'role="log" aria-live="polite" aria-label="Cuộc trò chuyện"' in page
    assert '<label for="chu">' in page
    assert page.index('id="loi"') < page.index('id="nut"') < page.index('id="chu"') < page.index("<footer>")
    assert len(re.findall("<h1>", page)) == 1
    assert "style=" not in page
    assert not re.findall(r"<script(?![^>]* src=)|\son\w+=", page)


def test_a_step_shows_its_picture_and_lets_it_be_heard(phone, home):
    (home.path / PICTURES).mkdir()
    (home.path / PICTURES / "asxh-1.png").write_bytes(picture("asxh-1"))
    for key in ("asxh.open", "asxh.menu"):
        (home.path / VOICES / "vi").mkdir(parents=True, exist_ok=True)
        (home.path / VOICES / "vi" / f"{key}.mp3").write_bytes(b"ID3 read by a person")
    phone.say(nut="guide.start")
    phone.say(nut="who.self")
    page = phone.look()
    assert f'<img src="/tep/hinh/asxh-1.png" alt="{described("asxh-1")}" width="' in page
    assert phone.get("/tep/hinh/asxh-1.png").content == picture("asxh-1")
    heard = phone.get(re.findall(r'<audio controls preload="none" src="([^"]+)"', page)[-1])
    assert (heard.content, heard.headers["content-type"]) == (b"ID3 read by a person", "audio/mpeg")
    phone.say(nut="guide.next")
    assert "<img" not in phone.look()  # the newest alone; the others are a touch away
    assert "Xem lại hình bước này" in phone.look()


def test_with_everything_a_page_weighs_little(phone, home):
    (home.path / PICTURES).mkdir()
    for name in screens():
        (home.path / PICTURES / f"{name}.png").write_bytes(picture(name))
    phone.say(nut="guide.start")
    phone.say(nut="who.self")
    heaviest = 0
    for _ in library().guides["asxh"].steps:
        page = phone.get(PAGE, headers={"Accept-Encoding": "gzip"})
        around = sum(len(gzip.compress(text.encode())) for text in (page.text, str(page.headers)))
        shown = sum(len(phone.get(src).content) for src in re.findall(r'<img src="([^"]+)"', page.text))
        heaviest = max(heaviest, around + shown)
        phone.say(nut="guide.next")
    files = assets()[1]
    heaviest += sum(len(files[name].zipped) for name in ("chat.css", "chat.js", "mark.svg"))
    assert 40_000 < heaviest <= MOST_BYTES, heaviest


def mai(session, home) -> int:
    """Bà Mai, born 1945."""
    sealed = seal_identity(home.keys, Identity("060145000123", "NGUYỄN THỊ MAI", "1945"))
    person = Person(
        commune=HERE, sealed=sealed, lookup=citizen_lookup(home.keys, "060145000123"), birth_year=1945, sex="nữ",
        created_at=home.now(), updated_at=home.now(),
    )  # fmt: skip
    session.add(person)
    session.flush()
    return person.id


def test_a_code_from_the_sheet_links_this_browser_and_no_other(phone, app, home):
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai(s, home), home.now()))
    phone.say(chu=code)
    assert "Trợ lý đã nhận mã" in phone.look()
    assert "Mai" not in phone.look()
    phone.say(nut="who.self")
    assert "bà mở ứng dụng" in phone.look().lower()
    assert "đã nhận mã" not in Phone(app).look()
    with home.db.read() as session:
        assert len(session.exec(select(PersonContact)).all()) == 1


def test_a_scanned_qr_is_noted_with_the_first_word_and_not_by_looking(phone, home):
    def ways():
        with home.db.read() as session:
            return session.exec(select(Arrival.way)).all()

    page = phone.get(f"{PAGE}?tu=qr-{HERE}").text
    assert ways() == []
    hidden = dict(re.findall(r'name="(ma_trang|luot|tu)" value="([^"]*)"', page))
    assert hidden["tu"] == f"qr-{HERE}"
    phone.post(PAGE, data=hidden | {"chu": "xin chào"})
    assert ways() == ["qr"]
    assert 'name="tu"' not in phone.get(f"{PAGE}?tu=%22%3E%3Cscript%3E").text
    phone.post(f"{PAGE}/xoa", data=phone.form())
    assert ways() == []


def test_an_officers_answer_comes_onto_the_page(village, browse):
    home = village.home
    home.settings = home.settings.model_copy(update={"web_chat": True})
    officer = browse("officer")
    phone = Phone(officer.app)
    phone.say(chu="cho tôi gặp cán bộ")
    said = int(re.findall(r'data-said="(\d+)"', phone.look())[0])
    assert phone.get(f"{PAGE}/moi?sau={said}").status_code == 204
    with home.db.read() as session:
        ticket = session.exec(select(Ticket).order_by(col(Ticket.id).desc())).first()
    assert "Trang web" in officer.get(f"/viec/{ticket.id}").text
    answer = officer.submit(f"/viec/{ticket.id}/tra-loi", {"tra_loi": "Mời bà đến Trung tâm sáng mai."})
    assert "da-tra-loi" in answer.headers["location"]
    news = phone.get(f"{PAGE}/moi?sau={said}")
    assert "Mời bà đến Trung tâm sáng mai." in news.text
    assert "<html" not in news.text
    assert "Mời bà" not in Phone(officer.app).look()
    for strange in ("", "-1", "x", "9" * 40, "٣"):
        assert phone.get(f"{PAGE}/moi", params={"sau": strange}).status_code == 204


def test_everything_goes_when_the_citizen_says_so(phone, home):
    phone.say(chu="tôi quên passcode")
    token = phone.cookies[CHAT_COOKIE]
    asked = phone.get(f"{PAGE}/xoa").text
    found = re.findall(r'name="ma_trang" value="([^"]*)"', asked)[0]
    assert "Đã xóa" in phone.post(f"{PAGE}/xoa", data={"ma_trang": found}).text
    with home.db.read() as session:
        assert session.exec(select(Conversation)).all() == []
    assert "passcode" not in phone.look()
    assert phone.cookies[CHAT_COOKIE] != token


# --- Whoever means ill ------------------------------------------------------------------------------


def kept(home) -> int:
    with home.db.read() as session:
        return len(session.exec(select(Conversation)).all())


def test_a_secret_stands_on_no_page_in_no_address_and_in_no_file(phone, home, capfd):
    answer = phone.say(chu="ma otp cua toi la 482913, mk hoalan77")
    everywhere = phone.look() + str([str(step.url) for step in (*answer.history, answer)]) + str(capfd.readouterr())
    assert "[đã xóa]" in everywhere
    for secret in ("482913", "hoalan77"):
        assert secret not in everywhere
        for file in home.path.rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes(), file


def test_a_form_that_is_not_ours_is_refused(phone, app, home):
    good = phone.form(nut="guide.start")
    strangers = Phone(app).form(nut="guide.start")
    for data, headers in (
        ({**good, "ma_trang": ""}, {}),
        ({**good, "ma_trang": "0" * 80}, {}),
        (strangers, {}),
        (good, {"Sec-Fetch-Site": "cross-site"}),
        (good, {"Cookie": f"{CHAT_COOKIE}=short"}),
        (good, {"Cookie": f"{CHAT_COOKIE}={'x' * 5_000}"}),
    ):
        answer = phone.post(PAGE, data=data, headers=headers)
        assert (answer.status_code, "Quay lại" in answer.text) == (403, True)
    multipart = phone.post(PAGE, files={"chu": ("a.txt", b"x")}, data=good)
    assert multipart.status_code == 403
    assert phone.post(PAGE, json=good).status_code == 403
    assert kept(home) == 0


def test_a_body_too_large_or_too_crooked_is_refused(phone, home):
    good = phone.form()
    assert phone.post(PAGE, data=good | {"chu": "a" * BODY_BYTES}).status_code == 413
    assert phone.post(PAGE, data=good | {"chu": "a" * 1_001}).status_code == 413
    crooked = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"\xff\xfe=%ff", b"&".join(b"a=%d" % n for n in range(50)), b"chu=%00%ff%fe", b""):
        assert phone.post(PAGE, content=body, headers=crooked).status_code == 403
    assert kept(home) == 0


def test_what_is_typed_stays_text(phone):
    phone.say(chu='<script>alert(1)</script> "quotes" <img src=x onerror=alert(1)>')
    page = phone.get(PAGE).text
    assert "&lt;script&gt;" in page
    assert page.count("<script") == 1
    assert "<img src=x" not in page


@pytest.mark.parametrize("button", ["linked", "phone_linked", "contact", "nudge", "start", "../../etc", "", "stop\n"])
def test_only_buttons_of_ours_can_be_pressed(phone, home, button):
    phone.post(PAGE, data=phone.form(nut=button), follow_redirects=False)
    assert kept(home) == 0


def test_odd_text_is_taken_calmly(phone):
    for text in ("\x00", "🤷" * 300, "\u202e đảo", "a\r\nSet-Cookie: x=1", "%0d%0a", "…", "٤٨٢٩١٣"):
        answer = phone.say(chu=text)
        assert answer.status_code == 200
        assert "x" not in answer.cookies
    assert "٤٨٢٩١٣" not in phone.get(PAGE).text


def test_two_taps_are_one_turn(phone):
    form = phone.form(nut="guide.start")
    for _ in range(2):
        phone.post(PAGE, data=form)
    assert phone.look().count("ai đang cầm máy") == 1


@pytest.mark.parametrize("commune", ["22918", "68", "99999", "abc", "٢٢٩٤٥", "22945 ", "%00", "2294500000000000000000"])
def test_a_commune_that_is_not_here_has_no_page(phone, commune):
    answer = phone.get(f"/hoi-dap/{commune}")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "name",
    ["../keys.json", "..%2fkeys.json", "vi/../../keys.json", "%2e%2e/keys.json", "/etc/passwd", "keys.json", "a.mp3",
     "vi/..mp3", "VI/a.mp3", "vi//a.mp3", "x" * 3_000 + ".mp3", "..%5ckeys.json"],
)  # fmt: skip
def test_nothing_but_pictures_and_readings_is_handed_out(phone, home, name):
    (home.path / VOICES).mkdir(exist_ok=True)
    for kind in ("hinh", "nghe"):
        assert phone.get(f"/tep/{kind}/{name}").status_code == 404


def test_whoever_posts_too_fast_waits_and_is_told(app, home):
    app.state.chat_limits = Limits(ticks=lambda: 0.0)
    phone, other = Phone(app), Phone(app)
    answers = [phone.say(chu="xin chào").status_code for _ in range(13)]
    assert answers == [200] * 12 + [429]
    last = phone.say(chu="xin chào")
    assert ("Xin chờ" in last.text, last.headers["retry-after"]) == (True, "30")
    assert other.say(chu="xin chào").status_code == 200
    limits = app.state.chat_limits
    assert sum(limits.let(str(n), str(n), False, False) for n in range(200)) <= 100
    assert sum(limits.let(str(n), "one house", False, False) for n in range(200)) <= 60


def test_guessing_at_codes_gets_nowhere_and_others_go_on(app):
    limits = app.state.chat_limits = Limits(ticks=lambda: 0.0)
    for _ in range(60):
        limits.guessed()
    phone = Phone(app)
    assert phone.say(chu="ABCD-EF23").status_code == 429
    assert phone.say(chu="xin chào").status_code == 200
    assert phone.say(nut="guide.start").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(phone, app, home):
    given = phone.get(PAGE).headers["set-cookie"]
    assert re.search(r"tungnha_chat=[\w-]{43};", given)
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(given.split("; "))
    home.settings = home.settings.model_copy(update={"public_url": "https://tungnha.example.vn"})
    secure = TestClient(create_app(home), base_url="https://tungnha.example.vn").get(PAGE).headers["set-cookie"]
    assert secure.startswith("__Host-tungnha_chat=")
    assert "Secure" in secure


def test_every_answer_carries_the_strict_policy(phone):
    for answer in (
        phone.get(PAGE),
        phone.say(nut="guide.start"),
        phone.get("/hoi-dap/1"),
        phone.get("/tep/hinh/x.png"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
