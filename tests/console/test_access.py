"""Every route × every role × somebody else's commune: nothing is seen or changed that should not be.

One home per database, with the same rows in two communes of one province; whatever could be shown of either
carries its mark. A route that is not in ROUTES fails the first test: say there who may open it and whose row
its number is.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlmodel import Session, SQLModel, col, select, update
from starlette.routing import Mount

from audio.pronounce import teach
from audio.tables import Bulletin
from bot.tables import StaffAlarm, Ticket
from campaigns.tables import Announcement, Campaign, HelpSession, NoticePhoto, Visit
from console import uploads
from console.access import PAGES, ROLES
from console.app import create_app
from console.security import csrf_token
from content.edits import propose
from content.library import library
from register.api_keys import make_key
from register.entering import open_session
from register.home import Home
from register.people import identity_of, seal_identity
from register.staff import add_staff, staff_named
from register.tables import Inquiry, Person, Source, StaffSession, Unit
from register.units import set_setting

HERE, THERE = "22945", "22918"  # both in province 68
OURS, THEIRS = "Quênhà", "Kẻlạ"  # stand in every word of a commune that a page could show

# Method, path, page of console.access.PAGES, who ("see" or "do" of that page; "all": whoever is signed in; "open":
# nobody needs to be), and whose number stands in the path.
TABLE = """
GET  /                                  today      see
GET  /tinh/{version}/{name}             -          open
GET  /hoi-dap                           -          open
GET  /hoi-dap/{commune}                 -          open
POST /hoi-dap/{commune}                 -          open
GET  /hoi-dap/{commune}/moi             -          open
GET  /hoi-dap/{commune}/xoa             -          open
POST /hoi-dap/{commune}/xoa             -          open
GET  /tep/hinh/{name}                   -          open
GET  /tep/nghe/{name:path}              -          open
GET  /healthz                           -          open
GET  /metrics                           -          open
GET  /dang-nhap                         -          open
POST /dang-nhap                         -          open
GET  /dang-nhap/ma                      -          open
POST /dang-nhap/ma                      -          open
POST /dang-xuat                         -          open
GET  /moi                               -          open
GET  /moi/{ma}                          -          open
POST /moi                               -          open
POST /moi/mat-khau                      -          open
POST /xa                                -          all
GET  /tro-giup                          -          all
POST /tro-giup/da-xem                   -          all
GET  /hai-buoc                          -          all
POST /hai-buoc                          -          all
GET  /hai-buoc/ma-qr.svg                -          all
GET  /tai-khoan                         account    see
POST /tai-khoan/thoat                   account    do
POST /tai-khoan/hai-buoc                account    do
POST /tai-khoan/bo-hai-buoc             account    do
POST /tai-khoan/ma-du-phong             account    do
POST /tai-khoan/telegram                account    do
GET  /mat-khau                          account    see
POST /mat-khau                          account    do
GET  /viec                              tickets    see
GET  /viec/cau-san                      tickets    see
POST /viec/cau-san                      tickets    do
GET  /viec/{number}                     tickets    see  ticket
POST /viec/{number}/chuyen              tickets    do   ticket
POST /viec/{number}/doc                 tickets    do   ticket
POST /viec/{number}/nhan                tickets    do   ticket
POST /viec/{number}/tra-loi             tickets    do   ticket
POST /viec/{number}/dong                tickets    do   ticket
POST /viec/{number}/hen-den-nha         tickets    do   ticket
POST /viec/{number}/giu-cho             tickets    do   ticket
POST /viec/{number}/xuat                audit      do   ticket
GET  /tien-do                           progress   see
GET  /tien-do/cac-xa                    progress   see
GET  /cac-xa                            province   see
GET  /danh-sach                         lists      see
GET  /danh-sach/{number}                lists      see  list
GET  /danh-sach/moi                     lists      do
POST /danh-sach/moi                     lists      do
GET  /danh-sach/tep/{key}               lists      do   upload
POST /danh-sach/tep/{key}/dung          lists      do   upload
POST /danh-sach/tep/{key}/doc-lai       lists      do   upload
POST /danh-sach/tep/{key}/bo            lists      do   upload
GET  /danh-sach/tep/{key}/cot           lists      do   upload
POST /danh-sach/tep/{key}/cot           lists      do   upload
GET  /danh-sach/tep/{key}/kiem-tra      lists      do   upload
POST /danh-sach/tep/{key}/ban-danh-dau  lists      do   upload
POST /danh-sach/tep/{key}/nhan          lists      do   upload
GET  /de-nghi                           asking     see
POST /de-nghi                           asking     do
GET  /de-nghi/ngan-hang.docx            asking     see
POST /de-nghi/tra-loi                   asking     do
POST /de-nghi/nhan                      asking     do
GET  /de-nghi/{number}                  asking     see  inquiry
GET  /de-nghi/{number}/cong-van.docx    asking     see  inquiry
POST /de-nghi/{number}/bang.xlsx        asking     do   inquiry
POST /de-nghi/{number}/da-gui           asking     do   inquiry
GET  /nguoi                             people     see
POST /nguoi                             people     see
GET  /nguoi/{number}                    people     see  person
POST /nguoi/{number}/xem                people     do   person
POST /nguoi/{number}/ma                 people     do   person
POST /nguoi/{number}/ghi                people     do   person
POST /nguoi/{number}/den-nha            people     do   person
POST /nguoi/{number}/xoa                people     do   person
GET  /dot-van-dong                      campaigns  see
POST /dot-van-dong                      campaigns  do
GET  /dot-van-dong/moi                  campaigns  do
GET  /dot-van-dong/{number}             campaigns  see  campaign
GET  /dot-van-dong/{number}/so-lieu     campaigns  see  campaign
GET  /dot-van-dong/{number}/nhom        campaigns  see  campaign
POST /dot-van-dong/{number}/nhom        campaigns  do   campaign
GET  /dot-van-dong/{number}/noi-dung    campaigns  see  campaign
POST /dot-van-dong/{number}/noi-dung    campaigns  do   campaign
GET  /dot-van-dong/{number}/kenh        campaigns  see  campaign
POST /dot-van-dong/{number}/kenh        campaigns  do   campaign
GET  /dot-van-dong/{number}/chay-thu    campaigns  see  campaign
GET  /dot-van-dong/{number}/chay-thu.xlsx campaigns see campaign
POST /dot-van-dong/{number}/chay-thu    campaigns  do   campaign
GET  /dot-van-dong/{number}/duyet       campaigns  see  campaign
POST /dot-van-dong/{number}/trinh       campaigns  do   campaign
POST /dot-van-dong/{number}/duyet       campaigns  do   campaign
POST /dot-van-dong/{number}/tra-lai     campaigns  do   campaign
GET  /dot-van-dong/{number}/nhac-lai    campaigns  do   campaign
POST /dot-van-dong/{number}/nhac-lai    campaigns  do   campaign
POST /dot-van-dong/{number}/chua-ro     campaigns  do   campaign
POST /dot-van-dong/{number}/doi-chung   province   do   campaign
POST /dot-van-dong/{number}/{action}    campaigns  do   campaign
GET  /thong-bao                         campaigns  see
GET  /thong-bao/mau.docx                campaigns  see
POST /thong-bao                         campaigns  do
GET  /thong-bao/{number:int}            campaigns  see  notice
POST /thong-bao/{number:int}/pho-bien   campaigns  do   notice
POST /thong-bao/anh                     campaigns  do
GET  /thong-bao/anh/{number}.jpg        campaigns  see  photo
POST /thong-bao/anh/{number}/bo         campaigns  do   photo
GET  /loi-van                           texts      see
GET  /loi-van/zbs                       texts      see
GET  /loi-van/thu                       texts      see
POST /loi-van/thu                       texts      see
GET  /loi-van/{key}                     texts      see
POST /loi-van/{key}                     texts      do
POST /loi-van/ban/{number}/{verb}       texts      do   text_edit
GET  /buoi-ho-tro                       sessions   see
POST /buoi-ho-tro                       sessions   do
POST /buoi-ho-tro/theo-goi-y            sessions   do
POST /buoi-ho-tro/{number}/sua          sessions   do   session
POST /buoi-ho-tro/{number}/bo           sessions   do   session
POST /buoi-ho-tro/{number}/ket-qua      sessions   do   session
GET  /buoi-ho-tro/{number}/nguoi-den    sessions   see  session
POST /buoi-ho-tro/{number}/nguoi-den    sessions   do   session
POST /buoi-ho-tro/{number}/ho-ten       sessions   do   session
POST /buoi-ho-tro/{number}/them-nguoi   sessions   do   session
GET  /di-nha/tho.js                     -          open
GET  /di-nha/                           rounds     see
POST /di-nha/nhan                       rounds     do
POST /di-nha/tra                        rounds     do
POST /di-nha/gui                        rounds     do
POST /di-nha/nha/{number}               rounds     do   visit
GET  /di-nha/buoi/{number}              rounds     see  session
POST /di-nha/buoi/{number}              rounds     do   session
GET  /phieu-den-nha                     visits     see
POST /phieu-den-nha/in                  visits     do
GET  /phieu-den-nha/ghi                 visits     do
POST /phieu-den-nha/ghi                 visits     do
POST /phieu-den-nha/{number}            visits     do   visit
POST /phieu-den-nha/{number}/chon       visits     do   visit
GET  /ban-tin                           bulletins  see
GET  /ban-tin/moi/{name}                bulletins  do
POST /ban-tin/moi/{name}                bulletins  do
GET  /ban-tin/{number}                  bulletins  see  bulletin
POST /ban-tin/{number}/ghi-am           bulletins  do   bulletin
GET  /ban-ghi/{number}.mp3              bulletins  see  recording
GET  /ban-ghi/{number}.zip              bulletins  see  recording
POST /ban-tin/{number}/loi              bulletins  do   bulletin
POST /ban-ghi/{number}/duyet            bulletins  do   recording
POST /ban-ghi/{number}/duyet-giong      bulletins  do   recording
POST /ban-ghi/{number}/lich             bulletins  do   recording
POST /ban-ghi/{number}/khan-cap         bulletins  do   recording
POST /luot-phat/{number}                bulletins  do   airing
GET  /giong-doc                         bulletins  see
POST /giong-doc/chu                     bulletins  do
POST /giong-doc/cau                     bulletins  do
POST /giong-doc/tai-len                 bulletins  do
GET  /to-in                             papers     see
GET  /to-in/thong-bao.pdf               papers     see
GET  /to-in/ap-phich.pdf                papers     see
GET  /to-in/to-roi.pdf                  papers     see
GET  /to-in/hinh-nhom.png               papers     see
POST /to-in/da-dang                     papers     do
GET  /lich-phat                         airtime    see
POST /lich-phat                         airtime    do
GET  /lich-phat.ics                     airtime    see
GET  /lich-phat/{ngay}.{kind}           airtime    see
POST /luot-phat/{number}/bo             airtime    do   airing
GET  /nhat-ky-phat                      airtime    see
GET  /nhat-ky-phat.csv                  airtime    see
GET  /phat-thanh                        airtime    see
GET  /phat-thanh/lich.json              airtime    see
GET  /phat-thanh/am/{number}.mp3        airtime    see  recording
POST /phat-thanh/ban                    airtime    do
POST /phat-thanh/nhat-ky                airtime    do
GET  /phat-thanh-tho.js                 -          open
GET  /ket-qua                           results    see
GET  /ket-qua/dung-o-dau                results    see
GET  /ket-qua/dung-o-dau.xlsx           results    see
POST /ket-qua/dung-o-dau/den-nha        visits     do
GET  /ket-qua/{number}                  results    see  campaign
GET  /bao-cao                           reports    see
GET  /bao-cao/{name}                    reports    see
GET  /bao-cao/cai-dat                   reports    see
POST /bao-cao/cai-dat                   reports    do
POST /bao-cao/mau                       reports    do
POST /bao-cao/chot                      reports    do
GET  /cac-xa/bao-cao                    province   see
POST /cac-xa/bao-cao                    province   do
POST /cac-xa/mau                        province   do
GET  /cac-xa/bao-cao/{name}             province   see
GET  /nhat-ky                           audit      see
GET  /kenh                              channels   see
POST /kenh/zalo/noi                     channels   do
POST /kenh/{channel}                    channels   do
GET  /xa-phuong                         commune    see
POST /xa-phuong                         commune    do
POST /xa-phuong/cach-lam                commune    do
POST /xa-phuong/ngay-nghi               commune    do
GET  /ho-so-du-lieu                     data_sheet see
GET  /dia-ban                           units      see
GET  /can-bo                            staff      see
POST /can-bo                            staff      do
GET  /can-bo/{number}                   staff      see  staff
POST /can-bo/{number}/sua               staff      do   staff
POST /can-bo/{number}/dong              staff      do   staff
POST /can-bo/{number}/mo                staff      do   staff
POST /can-bo/{number}/thoat             staff      do   staff
POST /can-bo/{number}/bo-ma             staff      do   staff
POST /can-bo/{number}/lien-ket          staff      do   staff
GET  /khoa-ket-noi                      api_keys   see
POST /khoa-ket-noi                      api_keys   do
GET  /khoa-ket-noi/cach-dung            api_keys   see
POST /khoa-ket-noi/{number}/thu-hoi     api_keys   do   api_key
GET  /dien-thoai-thu                    phones     see
GET  /dien-thoai-thu/tep/{file}          phones     see
POST /dien-thoai-thu/moi                phones     do
GET  /dien-thoai-thu/{uid}/man-hinh     phones     see
POST /dien-thoai-thu/{uid}              phones     do
"""


@dataclass(frozen=True)
class Entry:
    """One line of TABLE."""

    method: str
    path: str
    page: str
    who: str
    row: str = ""

    def lets(self, login: str) -> bool:
        role = "province" if login == ELSEWHERE else login
        if self.who in ("all", "open"):
            return True
        return role in (PAGES[self.page].see if self.who == "see" else PAGES[self.page].do)


ENTRIES = [Entry(*line.split()) for line in TABLE.strip().splitlines()]
INSIDE = [entry for entry in ENTRIES if entry.who in ("see", "do")]
ELSEWHERE = "province_01"  # the officers of another province
LOGINS = [*ROLES, ELSEWHERE]
OF_ONE_COMMUNE = ["officer", "approver", "volunteer", "radio"]
OUTSIDE = ["nobody", "closed", "idle", "over", "code", "enrol"]
# nothing to see without the simulators
PHONES = "/dien-thoai-thu"
# what forms need, so that a refusal is about whose the row is and not about what was filled in
VALID = {
    "ly_do": "call", "den": "3", "xong": "2", "ket_qua": "done", "tra_loi": "Mời bà đến Trung tâm.", "gio": "17:00",
    "ngay": "01/12/2026", "giong_nhap": "co", "chac": "co", "noi": "đình làng", "suc": "20", "person": "1",
    "toi": "co", "vai_tro": "radio", "ten": "Đợt mới", "ho_ten": "Trần Thị Hoa", "nhom": "nq418-ready", "tin": "first",
    "kenh": "visit", "tu": "01/12/2026", "moi_ngay": "20", "so": "46/TB", "ngay_ky": "20/11/2026", "tim": "Mai",
    "buoi": "1",
}  # fmt: skip
FILES = {"{name}": "2026-11.json", "{ngay}": "2026-11-23", "{kind}": "pdf",
         "{action}": "huy", "{uid}": "1",
         "{file}": "1", "{version}": "x", "{ma}": "ABCD", "{channel}": "zalo", "{key}": "first",
         "{verb}": "bo"}  # fmt: skip


def app_routes(app: Any) -> Iterator[APIRoute]:
    def walk(found: Any) -> Iterator[APIRoute]:
        for route in found:
            if isinstance(route, Mount):
                continue  # /api/v1: test_api.py walks it
            if isinstance(route, APIRoute):
                yield route
            elif hasattr(route, "original_router"):
                yield from walk(route.original_router.routes)
            elif hasattr(route, "routes"):
                yield from walk(route.routes)

    yield from walk(app.routes)


# --- The two communes ----------------------------------------------------------------------------


@dataclass
class Walk:
    """The home, the application, and the numbers of the rows of both communes."""

    home: Home
    app: Any
    rows: dict[str, dict[str, Any]]
    words: dict[str, tuple[str, ...]]  # what must not be seen, by commune
    hamlets: dict[str, str]
    portal: Any = None  # one event loop for all browsers, not a new one for every page

    def nobody(self) -> Browser:
        """A browser in which nobody is signed in."""
        browser = Browser(self.app, follow_redirects=False)
        browser.portal = self.portal
        return browser

    def browser(self, login: str) -> Browser:
        """A browser signed in as this login (no slow password), which looks at HERE where it may choose."""
        home = self.home
        opened = home.db.write(lambda s: open_session(s, staff_named(s, login), home.now()))
        browser = self.nobody()
        browser.cookies.set("tungnha", opened.token)
        browser.cookies.set("tungnha_xa", HERE)
        browser.secret = opened.viewer.csrf
        return browser

    def path(self, entry: Entry, commune: str) -> str:
        """The entry's path with this commune's number."""
        path = entry.path
        if entry.row:
            path = re.sub(r"\{(number|key)(:\w+)?\}", str(self.rows[commune][entry.row]), path)
        if path.startswith("/ban-tin/moi/"):
            path = "/ban-tin/moi/scam_warning"
        for name, value in FILES.items():
            path = path.replace(name, value)
        return path

    def stray(self, answer: Any, commune: str) -> list[str]:
        """The marks of this commune in an answer: its text, or what is inside a zipped file, and its headers."""
        text = html.unescape(readable(answer)) + str(answer.headers)
        return [word for word in self.words[commune] if word in text]


class Browser(TestClient):
    """A browser whose forms carry the right token."""

    secret = ""

    def submit(self, path: str, data: dict[str, Any]) -> Any:
        return self.post(path, data=data | {"ma_trang": csrf_token(self.secret)})


def readable(answer: Any) -> str:
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return str(answer.content.decode("utf-8", "replace"))


def _mark(session: Session, home: Home, commune: str, word: str) -> None:
    """Put the word into everything of this commune that a page could show."""
    for unit in session.exec(select(Unit).where(Unit.parent == commune)).all():
        unit.name += f" {word}"
    for kind, columns in (
        (Source, ("issuer", "document")), (Campaign, ("name",)), (Announcement, ("document",)),
        (HelpSession, ("place",)), (Bulletin, ("title", "text")),
    ):  # fmt: skip
        for row in session.exec(select(kind).where(kind.commune == commune)).all():
            for column in columns:
                setattr(row, column, f"{getattr(row, column)} {word}")
    for person in session.exec(select(Person).where(Person.commune == commune)).all():
        identity = identity_of(home, person)
        assert identity is not None
        named = replace(identity, full_name=f"{word} {identity.full_name} {word}")
        person.sealed = seal_identity(home.keys, named)
    for ticket in session.exec(select(Ticket).where(Ticket.commune == commune)).all():
        ticket.taken_by = word
    set_setting(session, commune, "hamlet_head", f"trưởng khu {word}")
    teach(session, commune, f"BCH{word}", "Ban Chấp hành", "an", home.now())
    set_setting(session, commune, f"column:{word.lower()}", "full_name")


def _more(session: Session, home: Home, commune: str, word: str, hamlet: str) -> dict[str, Any]:
    """Rows that the village has not: a volunteer of the hamlet, an inquiry, an upload."""
    now, login = home.now(), f"nguoi.{commune}"
    staff = add_staff(session, login, f"Người {word}", "volunteer", hamlet, "", now)
    inquiry = Inquiry(
        commune=commune, office=f"Công an {word}", why="unknown", people=1, by=login, made_at=now,
        expires_at=now + timedelta(days=30),
    )  # fmt: skip
    session.add(inquiry)
    session.flush()
    notice = session.exec(select(Announcement).where(Announcement.commune == commune)).one()
    session.add(StaffAlarm(cause=f"step:{commune}.x", commune=commune, text=f"{word}: nhiều người dừng", at=now))
    photo = NoticePhoto(announcement=notice.id or 0, image=b"x", sha256="", by=login, at=now)
    session.add(photo)
    session.flush()
    edit = propose(session, commune, "first", [*library().messages["first"].lines, f"{word} mời."], login, now)
    key, _ = make_key(session, commune, f"Phần mềm {word}", False, 30, "owner", now)
    made = {"staff": staff, "inquiry": inquiry, "api_key": key, "text_edit": edit, "notice": notice, "photo": photo}
    return {name: row.id for name, row in made.items()}


@pytest.fixture(scope="module")
def walk(shared_village: Any) -> Iterator[Walk]:
    home, village = shared_village.home, shared_village
    kinds = ("campaign", "session", "ticket", "bulletin", "recording", "visit", "airing", "list")
    rows: dict[str, dict[str, Any]] = {
        HERE: {kind: getattr(village, kind) for kind in kinds} | {"person": village.people[0]},
        THERE: {kind: getattr(village, f"foreign_{kind}") for kind in kinds} | {"person": village.stranger},
    }
    hamlets = {HERE: village.hamlets[0], THERE: f"{THERE}-01"}

    def fill(session: Session) -> None:
        for commune, word in ((HERE, OURS), (THERE, THEIRS)):
            _mark(session, home, commune, word)
            rows[commune] |= _more(session, home, commune, word, hamlets[commune])
        add_staff(session, ELSEWHERE, "Cán bộ tỉnh khác", "province", "01", "", home.now())
        for login in OUTSIDE[1:]:
            add_staff(session, login, login, "officer", HERE, "", home.now())

    home.db.write(fill)
    for commune, word in ((HERE, OURS), (THERE, THEIRS)):
        body = f"Họ và tên,CCCD\n{word} Mai,060150000017\n".encode()
        said = {"suffix": ".csv", "as_of": str(date(2026, 11, 15)), "issuer": word, "document": word, "purpose": word}
        kept = uploads.keep(home, body, home.now(), commune=commune, by="ai đó", nq418=False, **said)
        rows[commune]["upload"] = kept.key
    with home.db.read() as session:
        stranger = identity_of(home, session.get_one(Person, village.stranger))
        neighbour = identity_of(home, session.get_one(Person, village.people[0]))
    assert stranger
    assert neighbour
    words = {
        THERE: (THEIRS, THEIRS.lower(), stranger.citizen_id, stranger.phone),
        HERE: (OURS, OURS.lower(), neighbour.citizen_id, neighbour.phone),
    }
    app = create_app(home)
    with TestClient(app) as running:
        yield Walk(home, app, rows, words, hamlets, running.portal)


def rows_of(home: Home, commune: str) -> dict[str, list[str]]:
    """Every row of this commune, by table: its own, and whatever refers to one."""
    inside: dict[str, set[Any]] = {}
    found: dict[str, list[str]] = {}
    with home.db.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name == "audit_event":
                continue
            keys = [column.name for column in table.primary_key.columns]
            inside[table.name] = set()
            for row in session.execute(select(*table.columns)).mappings():
                own = table.name == "unit" and commune in (row["code"], row["parent"])
                refers = any(
                    row[column.name] in inside.get(key.column.table.name, ())
                    for column in table.columns
                    for key in column.foreign_keys
                )
                if own or refers:
                    inside[table.name].add(row[keys[0]])
                    found.setdefault(table.name, []).append(repr(tuple(row.values())))
    return {name: sorted(rows) for name, rows in found.items()}


def everything(home: Home) -> dict[str, list[str]]:
    """Every row but those that signing in, wrong attempts and the log itself leave behind."""
    left_out = {"unit", "staff_session", "sign_in_try", "second_step", "audit_event"}
    with home.db.read() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(select(*table.columns)))
            for table in SQLModel.metadata.sorted_tables
            if table.name not in left_out
        }


# --- The table itself ----------------------------------------------------------------------------


def test_every_route_is_in_the_table(walk: Walk) -> None:
    known = {(entry.method, entry.path) for entry in ENTRIES}
    assert len(known) == len(ENTRIES), "a line stands twice"
    there = {(method, route.path) for route in app_routes(walk.app) for method in route.methods or ()}
    assert there - known == set(), "say in TABLE who may open it and whose row it shows"
    assert known - there == set(), "gone"
    assert {entry.page for entry in ENTRIES} - {"-"} == set(PAGES)


def test_rows_are_planted_in_every_table_that_belongs_to_a_commune(walk: Walk) -> None:
    of_communes = {table.name for table in SQLModel.metadata.sorted_tables if "commune" in table.c}
    assert of_communes <= set(rows_of(walk.home, THERE))
    assert set(rows_of(walk.home, THERE)) <= set(rows_of(walk.home, HERE))


def test_the_marks_are_found_where_they_may_be(walk: Walk) -> None:
    officer = walk.browser("officer")
    seen = [
        entry for entry in INSIDE if entry.method == "GET" and walk.stray(officer.get(walk.path(entry, HERE)), HERE)
    ]
    assert len(seen) > 15


# --- The own commune -----------------------------------------------------------------------------


@pytest.mark.parametrize("login", ROLES)
def test_a_role_opens_its_own_pages_and_no_other(walk: Walk, login: str) -> None:
    browser = walk.browser(login)
    wrong = []
    for entry in INSIDE:
        if entry.method != "GET" or entry.path.startswith(PHONES):
            continue
        answer = browser.get(walk.path(entry, HERE))
        allowed = (200, 303) if entry.row in ("upload", "campaign") else (200,)
        if answer.status_code not in (allowed if entry.lets(login) else (403,)):
            wrong.append((entry.path, answer.status_code))
        if login in OF_ONE_COMMUNE and (stray := walk.stray(answer, THERE)):
            wrong.append((entry.path, stray))
    assert not wrong


@pytest.mark.parametrize("login", ROLES)
def test_a_role_changes_nothing_that_it_may_not(walk: Walk, login: str) -> None:
    browser = walk.browser(login)
    before = everything(walk.home)
    wrong = []
    for entry in INSIDE:
        if entry.method == "POST" and not entry.lets(login):
            answer = browser.submit(walk.path(entry, HERE), VALID)
            if answer.status_code != 403:
                wrong.append((entry.path, answer.status_code))
    assert not wrong
    assert everything(walk.home) == before


# --- Nobody is signed in -------------------------------------------------------------------------


def outside(walk: Walk, state: str) -> Browser:
    """A browser whose sign-in is not, no longer, or not yet good."""
    browser, home = walk.nobody(), walk.home
    if state != "nobody":

        def enter(session: Session) -> str:
            staff = staff_named(session, state)
            opened = open_session(session, staff, home.now(), state if state in ("code", "enrol") else "")
            session.flush()
            row = session.exec(select(StaffSession).where(StaffSession.staff == staff.id)).one()
            if state == "idle":
                row.seen_at -= timedelta(minutes=31)
            elif state == "over":
                row.expires_at = home.now()
            elif state == "closed":
                staff.active = False
            return opened.token

        browser.cookies.set("tungnha", home.db.write(enter))
    page = browser.get("/dang-nhap").text
    browser.secret = browser.cookies["tungnha_truoc"]
    assert "Mật khẩu" in page
    return browser


@pytest.mark.parametrize("state", OUTSIDE)
def test_whoever_is_not_wholly_signed_in_sees_and_changes_nothing(walk: Walk, state: str) -> None:
    browser = outside(walk, state)
    before = everything(walk.home)
    wrong = []
    for entry in INSIDE:
        for commune in (HERE, THERE):
            path = walk.path(entry, commune)
            answers = [browser.submit(path, VALID)] if entry.method == "POST" else [browser.get(path)]
            if entry.method == "GET":
                answers.append(browser.get(path, headers={"HX-Request": "true"}))
            for answer in answers:
                leads = answer.headers.get("location", answer.headers.get("hx-redirect", ""))
                if answer.status_code not in (303, 204) or not leads.startswith("/dang-nhap"):
                    wrong.append((entry.path, answer.status_code))
                if walk.stray(answer, HERE) + walk.stray(answer, THERE):
                    wrong.append((entry.path, "a mark"))
    assert not wrong
    assert everything(walk.home) == before


# --- Somebody else's commune ---------------------------------------------------------------------


@pytest.mark.parametrize("login", LOGINS)
def test_guessed_numbers_of_another_commune_lead_nowhere(walk: Walk, login: str) -> None:
    browser = walk.browser(login)
    before = rows_of(walk.home, THERE)
    wrong = []
    for entry in INSIDE:
        if not entry.row or (entry.row == "staff" and login in ("owner", "province", "auditor")):
            continue  # those know of the logins of both communes
        if entry.row == "person" and login in ("owner", "province"):
            continue  # tested below: they must choose the commune first
        path = walk.path(entry, THERE)
        answers = [browser.submit(path, VALID)] if entry.method == "POST" else [browser.get(path)]
        if entry.method == "GET":
            answers.append(browser.get(path, headers={"HX-Request": "true"}))
        for answer in answers:
            if answer.status_code not in ((403, 404) if entry.lets(login) else (403,)):
                wrong.append((entry.path, answer.status_code))
            if stray := walk.stray(answer, THERE):
                wrong.append((entry.path, stray))
    assert not wrong
    assert rows_of(walk.home, THERE) == before


@pytest.mark.parametrize("login", [*OF_ONE_COMMUNE, ELSEWHERE])
def test_guessed_units_and_numbers_in_a_query_show_nothing(walk: Walk, login: str) -> None:
    browser = walk.browser(login)
    browser.cookies.set("tungnha_xa", THERE)
    guesses = [THERE, walk.hamlets[THERE], "68", THEIRS, *map(str, set(walk.rows[THERE].values()))]
    routes = {route.path: route for route in app_routes(walk.app) if "GET" in (route.methods or ())}
    wrong = []
    for entry in INSIDE:
        if entry.method != "GET" or not entry.lets(login) or entry.path.startswith(PHONES):
            continue
        for parameter in routes[entry.path].dependant.query_params:
            for guess in guesses:
                answer = browser.get(walk.path(entry, HERE), params={parameter.name: guess})
                if answer.status_code >= 500:
                    wrong.append((entry.path, parameter.name, answer.status_code))
                echoed = readable(answer).replace(html.escape(guess), "") if guess == THEIRS else readable(answer)
                if [word for word in walk.words[THERE] if word in html.unescape(echoed)]:
                    wrong.append((entry.path, parameter.name, guess))
    assert not wrong


@pytest.mark.parametrize("kind", ["xlsx", "docx", "json"])
def test_a_report_tells_of_the_own_commune_alone(walk: Walk, kind: str) -> None:
    answer = walk.browser("officer").get(f"/bao-cao/2026-11.{kind}")
    assert answer.status_code == 200
    assert walk.stray(answer, HERE)
    assert not walk.stray(answer, THERE)


@pytest.mark.parametrize("login", [*OF_ONE_COMMUNE, ELSEWHERE])
def test_guessed_units_and_numbers_in_a_form_change_nothing_there(walk: Walk, login: str) -> None:
    """The last of the walk: what a role may do in its own commune is done here, many times over."""
    browser = walk.browser(login)
    before = rows_of(walk.home, THERE)
    routes = {route.path: route for route in app_routes(walk.app) if "POST" in (route.methods or ())}
    guesses = [THERE, walk.hamlets[THERE], str(walk.rows[THERE]["person"]), str(walk.rows[THERE]["visit"])]
    wrong = []
    for entry in INSIDE:
        if (
            entry.method != "POST"
            or not entry.lets(login)
            or entry.path.startswith((PHONES, "/mat-khau", "/tai-khoan"))
        ):
            continue
        if entry.path.endswith(("/ghi-am", "/nhan")) and entry.page in ("bulletins", "lists"):
            continue  # slow, and they take no unit
        for parameter in routes[entry.path].dependant.body_params or [None]:
            for guess in guesses if parameter is not None else [THERE]:
                form = VALID | ({parameter.name: guess} if parameter is not None else {})
                answer = browser.submit(walk.path(entry, HERE), form)
                if answer.status_code >= 500 or walk.stray(answer, THERE):
                    wrong.append((entry.path, parameter and parameter.name, guess, answer.status_code))
    assert browser.get("/").status_code == 200
    assert not wrong
    assert rows_of(walk.home, THERE) == before


# --- Particular rules ----------------------------------------------------------------------------


def test_a_volunteer_stays_in_the_own_hamlet(browse: Any, village: Any) -> None:
    browser = browse("volunteer")
    assert "Khu phố 2" not in browser.get("/phieu-den-nha?khu=" + village.hamlets[1]).text
    assert browser.submit(f"/buoi-ho-tro/{village.other_session}/ket-qua", VALID).status_code == 404
    elsewhere = update(Visit).where(col(Visit.id) == village.visit).values(hamlet=village.hamlets[1])
    for hamlet, status in ((village.hamlets[1], 404), (None, 404), (village.hamlets[0], 303)):
        village.home.db.write(lambda s, h=hamlet: s.execute(elsewhere.values(hamlet=h)))  # type: ignore[misc]
        for path in (f"/phieu-den-nha/{village.visit}", f"/di-nha/nha/{village.visit}"):
            assert browser.submit(path, VALID).status_code == status, (path, hamlet)


def test_a_commune_is_chosen_only_from_the_own(browse: Any) -> None:
    assert browse("officer").submit("/xa", {"xa": "22918"}).status_code == 404
    owner = browse("owner")
    owner.submit("/xa", {"xa": "22918"})
    assert '<option value="22918" selected>' in owner.get("/").text
