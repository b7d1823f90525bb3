"""Every route × every role × somebody else's commune: nothing is seen or changed that should not be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlmodel import SQLModel, select

from console.access import PAGES, ROLES
from console.app import create_app

Browse = Callable[[str], Any]
OPEN = {"/healthz", "/metrics", "/dang-nhap", "/dang-xuat", "/tinh/{version}/{name}", "/xa"}
# which page of the table in console.access a route belongs to, where its path does not say so
BELONGS = {"/thong-bao": "campaigns", "/ban-ghi": "bulletins", "/luot-phat": "bulletins"}
# routes that need more than the page's "see" or that whoever sees may POST to
SEEING_IS_ENOUGH = {"/nguoi"}  # POST: a search
DOING_IS_NEEDED = {"/dot-van-dong/moi", "/ban-tin/moi/{name}"}  # GET: forms


def page_of(path: str) -> str:
    for prefix, key in BELONGS.items():
        if path.startswith(prefix):
            return key
    found = [page for page in PAGES.values() if page.path != "/" and path.startswith(page.path)]
    return max(found, key=lambda page: len(page.path)).key if found else "today"


def routes(home: Any) -> Iterator[tuple[str, str]]:
    def walk(found: Any) -> Iterator[APIRoute]:
        for route in found:
            if isinstance(route, APIRoute):
                yield route
            elif hasattr(route, "routes"):
                yield from walk(route.routes)
            elif hasattr(route, "original_router"):
                yield from walk(route.original_router.routes)

    for route in walk(create_app(home).routes):
        for method in route.methods or ():
            if route.path not in OPEN:
                yield method, route.path


def test_the_walk_finds_every_page(village: Any) -> None:
    found = set(routes(village.home))
    assert len(found) > 45
    assert {page_of(path) for _, path in found} == set(PAGES)


def filled(path: str, village: Any, foreign: bool) -> str:
    """The path with numbers of this commune, or of the other one."""
    numbers = {
        "/nguoi": village.stranger if foreign else village.people[0],
        "/dot-van-dong": village.foreign_campaign if foreign else village.campaign,
        "/viec": village.foreign_ticket if foreign else village.ticket,
        "/buoi-ho-tro": village.foreign_session if foreign else village.session,
        "/phieu-den-nha": village.foreign_visit if foreign else village.visit,
        "/danh-sach": village.foreign_list if foreign else village.list,
        "/ban-tin": village.foreign_bulletin if foreign else village.bulletin,
        "/ban-ghi": village.foreign_recording if foreign else village.recording,
        "/luot-phat": village.foreign_airing if foreign else village.airing,
    }
    number = next((value for prefix, value in numbers.items() if path.startswith(prefix)), 1)
    path = re.sub(r"\{(number)(:\w+)?\}", str(number), path)
    path = path.replace("{action}", "huy").replace("{uid}", "1")
    return path.replace("/ban-tin/moi/{name}", "/ban-tin/moi/scam_warning").replace("{name}", "2026-11.json")


def fingerprint(home: Any) -> str:
    """A hash over every row of every table but the staff's own sessions."""
    digest = hashlib.sha256()
    with home.db.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in ("staff_session", "unit"):
                rows = sorted(repr(tuple(row)) for row in session.execute(select(*table.columns)))
                digest.update(repr((table.name, rows)).encode())
    return digest.hexdigest()


def at_home(browse: Browse, role: str) -> Any:
    """A browser of this role that looks at the first commune."""
    browser = browse(role)
    if role in ("owner", "auditor", "province"):
        browser.submit("/xa", {"xa": "22945"})
    return browser


def may(role: str, method: str, path: str) -> bool:
    page = PAGES[page_of(path)]
    doing = (method == "POST" and path not in SEEING_IS_ENOUGH) or path in DOING_IS_NEEDED
    return role in (page.do if doing else page.see)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_own_pages_and_no_other(browse: Browse, village: Any, role: str) -> None:
    browser = at_home(browse, role)
    for method, path in routes(village.home):
        if method != "GET" or path.startswith("/dien-thoai-thu"):
            continue
        answer = browser.get(filled(path, village, foreign=False))
        expected = 200 if may(role, method, path) else 403
        assert answer.status_code == expected, (role, path, answer.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_changes_nothing_that_it_may_not(browse: Browse, village: Any, role: str) -> None:
    browser = at_home(browse, role)
    before = fingerprint(village.home)
    for method, path in routes(village.home):
        if method == "POST" and not may(role, method, path):
            answer = browser.submit(filled(path, village, foreign=False))
            assert answer.status_code in (403, 422), (role, path, answer.status_code)
    assert fingerprint(village.home) == before


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("owner", "auditor", "province")])
def test_guessed_numbers_of_another_commune_lead_nowhere(browse: Browse, village: Any, role: str) -> None:
    browser = browse(role)
    before = fingerprint(village.home)
    for method, path in routes(village.home):
        if "{number}" not in path:
            continue
        target = filled(path, village, foreign=True)
        answer = browser.get(target) if method == "GET" else browser.submit(target, VALID)
        assert answer.status_code in (403, 404, 422), (role, method, path, answer.status_code)
        if method == "POST" and may(role, method, path):
            assert answer.status_code in (403, 404), (role, path, answer.status_code)
    assert fingerprint(village.home) == before


# what the forms need, so that a refusal is about whose the row is and not about what was filled in
VALID = {
    "ly_do": "call", "den": "3", "xong": "2", "ket_qua": "done", "tra_loi": "Mời bà đến Trung tâm.",
    "ngay": "01/12/2026", "gio": "17:00", "giong_nhap": "co", "chac": "co", "noi": "đình làng", "suc": "20",
    "person": "1", "toi": "co",
}  # fmt: skip


def test_whoever_is_not_signed_in_sees_and_changes_nothing(browse: Browse, village: Any) -> None:
    browser = browse("")
    before = fingerprint(village.home)
    for method, path in routes(village.home):
        target = filled(path, village, foreign=False)
        if method == "GET":
            answer = browser.get(target, follow_redirects=False)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/dang-nhap")
        else:
            form = VALID | {"ma_trang": browser.token("/dang-nhap")}
            assert browser.post(target, data=form, follow_redirects=False).status_code in (303, 403, 422), path
    assert fingerprint(village.home) == before


def test_a_volunteer_stays_in_the_own_hamlet(browse: Browse, village: Any) -> None:
    browser = browse("volunteer")
    assert "Khu phố 2" not in browser.get("/phieu-den-nha?khu=" + village.hamlets[1]).text
    answer = browser.submit(f"/buoi-ho-tro/{village.other_session}/ket-qua", VALID)
    assert answer.status_code == 404


def test_a_commune_is_chosen_only_from_the_own(browse: Browse) -> None:
    assert browse("officer").submit("/xa", {"xa": "22918"}).status_code == 404
    owner = browse("owner")
    owner.submit("/xa", {"xa": "22918"})
    assert '<option value="22918" selected>' in owner.get("/").text
