"""Every file that can be taken away, found by walking all routes: no word of a list, a citizen or a colleague
becomes a formula, a field or a link in it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import Session, select

from audio.tables import Airing, Bulletin, Recording
from campaigns.tables import Announcement, Campaign, HelpSession
from console.app import create_app
from console.security import csrf_token
from register.entering import open_session
from register.home import Home
from register.people import Identity, identity_of, seal_identity
from register.staff import staff_named
from register.tables import Inquiry, Person, PersonCategory, Source, Staff, Unit
from register.units import set_setting
from register.words import FORMULA_STARTS, safe

EVIL = '=HYPERLINK("http://x.example";"bấm")'
FORM = {"ly_do": "call", "buoi": "1", "chac": "co", "vi_sao": ["unknown", "mismatch"], "noi_nhan": EVIL}
NOT_ASKED = ("/dang-nhap", "/dang-xuat", "/tai-khoan", "/mat-khau", "/moi", "/hai-buoc", "/dien-thoai-thu")
PAGES = ("text/html", "text/css", "text/javascript", "image/", "font/", "text/plain", "audio/")


@pytest.fixture(params=["sqlite"])
def home(home: Home) -> Home:
    """One database is enough here: what a file says does not depend on it."""
    return home


def plant(session: Session, home: Home) -> None:
    """The evil word wherever somebody may have written it."""
    for kind, columns in (
        (Unit, ("name",)), (Source, ("issuer", "document")), (Campaign, ("name",)), (Announcement, ("document",)),
        (HelpSession, ("place",)), (Bulletin, ("title",)), (Staff, ("name",)), (PersonCategory, ("name",)),
        (Airing, ("planned_by",)), (Recording, ("approved_by",)), (Inquiry, ("office",)),
    ):  # fmt: skip
        query = select(kind).where(Unit.parent == "22945") if kind is Unit else select(kind)
        for row in session.exec(query).all():
            for column in columns:
                setattr(row, column, EVIL)
    for person in session.exec(select(Person)).all():
        old = identity_of(home, person)
        assert old is not None
        person.sealed = seal_identity(home.keys, Identity(old.citizen_id, EVIL, old.birth, old.phone, EVIL))
    for key in ("hamlet_head", "landline", "signer", "address", "report_to_btxh"):
        set_setting(session, "22945", key, EVIL)


def routes(found: Any) -> Iterator[APIRoute]:
    for route in found:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router.routes)


def paths(route: APIRoute) -> list[str]:
    """The route's path with numbers that there are; a report and a day in each of their formats."""
    path = re.sub(r"\{number(:\w+)?\}", "1", route.path)
    if "{name}" in path:
        names = [f"2026-11{what}.{kind}" for what in ("", "-btxh") for kind in ("xlsx", "docx", "pdf", "json")]
        return [path.replace("{name}", name) for name in [*names, "2026-11-hop.pdf", "2026-11-mau.xlsx"]]
    kinds = ("pdf", "csv", "xlsx", "png", "txt") if "{kind}" in path else ("",)
    path = path.replace("{ngay}", "2026-11-23").replace("{kind}", "{0}")
    return [path.format(kind) if "{0}" in path else path for kind in kinds] if "{key}" not in path else []


def files_of(answer: Any) -> dict[str, bytes]:
    """An answer's files by kind: itself, or what is packed in it."""
    kind = answer.headers["content-type"].partition(";")[0].rpartition("/")[2].rpartition(".")[2]
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            return {name.rpartition(".")[2]: packed.read(name) for name in packed.namelist()}
    return {{"sheet": "xlsx", "document": "docx"}.get(kind, kind): answer.content}


def awake(kind: str, body: bytes) -> list[str]:
    """What a program that opens this file would reckon with, follow or run."""
    if kind == "xlsx":
        book = load_workbook(io.BytesIO(body))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        return [str(c.value) for c in cells if c.data_type == "f" or c.hyperlink]
    if kind == "csv":
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
        return [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]
    if kind == "docx":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            parts = {name: packed.read(name).decode("utf-8", "replace") for name in packed.namelist()}
        fields = [
            f for part in parts.values() for f in re.findall(r"<w:instrText[^>]*>([^<]*)|w:instr=\"([^\"]*)", part)
        ]
        links = [name for name, part in parts.items() if name.endswith(".rels") and 'TargetMode="External"' in part]
        return [str(told) for told in fields if "PAGE" not in str(told)] + links
    if kind == "pdf":
        return [mark.decode() for mark in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile") if mark in body]
    return []


def test_no_word_becomes_a_formula_in_any_file_that_is_taken_away(village: Any) -> None:
    home = village.home
    home.db.write(lambda s: plant(s, home))
    app = create_app(home)
    browser = TestClient(app, follow_redirects=False)
    opened = home.db.write(lambda s: open_session(s, staff_named(s, "officer"), home.now()))
    browser.cookies.set("tungnha", opened.token)
    token = {"ma_trang": csrf_token(opened.viewer.csrf)}
    list_ = f'Họ và tên,CCCD,Khu phố,Ghi chú\nTrần Thị Lan,12,"{EVIL}","{EVIL}"\n'
    sent = browser.post("/danh-sach/moi", data=token | {"ngay_chot": "20/11/2026"}, files={"tep": ("a.csv", list_)})
    assert app.state.running.rest(60)
    browser.post("/de-nghi", data=token | FORM)
    taken: dict[str, dict[str, bytes]] = {}
    asked = [(path, method) for route in routes(app.routes) for path in paths(route) for method in route.methods or ()]
    for path, method in [*asked, (f"{sent.headers['location']}/ban-danh-dau", "POST")]:
        if path.startswith(NOT_ASKED) or path.endswith(("/ghi-am", "/bo", "/dung", "/xoa", "/nhan", "/tra")):
            continue  # they give no file away, are slow, or end what others show
        answer = browser.get(path) if method == "GET" else browser.post(path, data=token | FORM)
        if answer.status_code == 200 and not answer.headers["content-type"].startswith(PAGES):
            taken[path] = files_of(answer)
    harm = {(path, kind): awake(kind, body) for path, files in taken.items() for kind, body in files.items()}
    assert {key: found[:3] for key, found in harm.items() if found} == {}
    there = {(path.rpartition("/")[2].rpartition(".")[0], kind) for path, kind in harm}
    assert {kind for _, kind in there} >= {"xlsx", "csv", "docx", "pdf", "json", "calendar"}
    assert {("chay-thu", "xlsx"), ("bang", "xlsx"), ("nhat-ky-phat", "csv"), ("1", "csv"), ("2026-11", "docx")} <= there


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_word_that_begins_like_a_formula_gets_its_apostrophe(start: str) -> None:
    assert safe(f"{start}1+1") == f"'{start}1+1"
    assert safe(f"Khu {start}1") == f"Khu {start}1"
