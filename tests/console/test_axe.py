"""Whoever sees badly, or uses no mouse, can use every page: axe-core finds no serious fault, for any role, on any
page that links lead to, on a desk and on a phone.

Looking at a page takes a browser a quarter of a second, and most pages differ in their words only. So every role
walks every page by HTTP, and the browser is shown one page of each shape: the longest. Two pages are of one shape
when all that axe judges by is the same in both (``shape``).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from lxml import html
from playwright.async_api import BrowserContext, Page, async_playwright

from benchmarks.console import reachable
from console.serving import Serving

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="NO CHROMIUM: the pages were not checked for those who see badly"),
]
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"]
DESK, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
LEAST = {  # pages that a role must have come by; "": nobody signed in
    "": 1, "officer": 25, "approver": 25, "volunteer": 3, "radio": 3, "province": 6, "auditor": 6, "owner": 25,
}  # fmt: skip
GRAVE = ("serious", "critical")
NOT_PAGES = (".json", ".xlsx", ".docx", ".pdf", ".mp3", ".zip", ".csv")

# Of these only whether anything stands there matters; what refers to an id must find it.
WORDS = {"alt", "aria-label", "content", "placeholder", "title", "value"}
ADDRESSES = {"action", "formaction", "href", "hx-get", "hx-post", "name", "src"}
REFERENCES = {"aria-controls", "aria-describedby", "aria-labelledby", "aria-owns", "for", "form", "headers", "list"}
DRAWN = {"cx", "cy", "d", "height", "points", "r", "width", "x", "x1", "x2", "y", "y1", "y2"}  # inside a picture

Shape = tuple[Any, ...]


def shape(text: str) -> tuple[Shape, Shape]:
    """What axe judges a page by, in two parts: the frame around the page, and the page in it.

    Elements with their attributes, whether there are words, whether references lead somewhere, ids that stand twice;
    of siblings that are alike, one. The words themselves are left out.
    """
    tree = html.document_fromstring(text)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    ids = [element.get("id") for element in elements if element.get("id")]
    named = {word for one in elements for name in REFERENCES for word in one.get(name, "").split()}

    def attribute(name: str, value: str) -> object:
        if name in WORDS | ADDRESSES | DRAWN or name.startswith("data-"):
            return bool(value.strip())
        if name in REFERENCES:
            return [ids.count(word) for word in value.split()].count(1)
        return value in named if name == "id" else re.sub(r"\d+", "0", value)

    def of(element: Any) -> Shape:
        inside = [child for child in element if isinstance(child.tag, str)]
        words = [element.text, *(child.tail for child in element)]
        attributes = tuple((name, attribute(name, value)) for name, value in sorted(element.attrib.items()))
        alike = tuple(dict.fromkeys(of(child) for child in inside if child.tag != "main"))
        return element.tag, attributes, any((word or "").strip() for word in words), alike

    around = tuple((one.tag, tuple(one.attrib.items())) for main in tree.iter("main") for one in main.iterancestors())
    twice = len(ids) - len(set(ids))
    return (twice, of(tree)), (twice, around, *(of(main) for main in tree.iter("main")))


@dataclass
class Seen:
    """A page that a role came by. ``length``: of its HTML."""

    role: str
    path: str
    length: int
    shapes: tuple[Shape, Shape]


async def walk(browser: Any, role: str) -> list[Seen]:
    """All pages that links lead this role to."""
    found: list[Seen] = []

    async def opened(path: str) -> list[str] | None:
        if path.split("?")[0].endswith(NOT_PAGES):
            return None
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        if not answer.headers["content-type"].startswith("text/html"):
            return None
        found.append(Seen(role, path, len(answer.text), shape(answer.text)))
        return [link for link in html.document_fromstring(answer.text).xpath("//a/@href") if link.startswith("/")]

    pages = await reachable(opened, "/" if role else "/dang-nhap")
    assert len(pages) >= LEAST[role], pages
    return found


def one_of_each_shape(pages: list[Seen]) -> list[Seen]:
    """The longest page of each shape of frame and of page."""
    met, chosen = set[Shape](), []
    for page in sorted(pages, key=lambda page: -page.length):
        if not met.issuperset(page.shapes):
            met |= set(page.shapes)
            chosen.append(page)
    return chosen


async def faults(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:120]}"
        for one in found.response["violations"]
        if one["impact"] in GRAVE
    ]


async def test_a_fault_would_be_found() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page()
        await page.set_content("<html lang=vi><title>x</title><main><h1>x</h1><input><img src=x></main>")
        assert {fault.split()[0] for fault in await faults(page)} >= {"label", "image-alt"}
        await browser.close()


WHOLE = (
    '<html lang="vi"><title>Người</title><body class="a"><nav><a href="/viec">Việc</a></nav><main><h1>Một</h1>'
    '<label for="ten">Tên</label><input id="ten" value="Mai"><img alt="Hình" src="/1.png"><ul><li>1</li></ul></main>'
)


@pytest.mark.parametrize(
    ("good", "other"),
    [
        (">Tên<", "><"), ('for="ten"', 'for="te"'), ('id="ten"', 'id="te"'), ('alt="Hình"', 'alt=""'),
        (' alt="Hình"', ""), ('<input id="ten"', '<input id="ten" disabled'), ("<li>1</li>", "<li>1</li>2"),
        (">Việc<", "><"), ('class="a"', 'class="b"'), ('lang="vi"', 'lang="xx"'), ("<h1>", '<h1 class="quiet">'),
        ("<li>1</li>", '<li role="row">1</li>'), ("<li>1</li>", "<li><b>1</b></li>"), ("<nav>", '<nav id="ten">'),
    ],
)  # fmt: skip
def test_a_page_that_may_have_another_fault_is_of_another_shape(good: str, other: str) -> None:
    assert good in WHOLE
    assert set(shape(WHOLE.replace(good, other))) - set(shape(WHOLE))


def test_pages_that_differ_in_words_only_are_of_one_shape() -> None:
    other = WHOLE.replace("Mai", "Lan").replace("<li>1</li>", "<li>1</li><li>22</li>").replace("/viec", "/viec/7")
    assert shape(other) == shape(WHOLE)


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_no_page_has_a_serious_fault(village: Any, browse: Callable[[str], Any]) -> None:
    signed_in, pages = {role: browse(role) for role in LEAST}, list[Seen]()
    for role, browser in signed_in.items():
        if role in ("province", "auditor", "owner"):
            browser.submit("/xa", {"xa": "22945"})
        pages += await walk(browser, role)
    chosen, found = one_of_each_shape(pages), dict[tuple[str, str], list[str]]()
    assert {page.role for page in chosen} == set(LEAST)
    async with Serving(village.home, port=0) as serving, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for role, browser in signed_in.items():
            context: BrowserContext = await chromium.new_context(base_url=serving.address, locale="vi-VN")
            cookies = [{"name": c.name, "value": c.value, "url": serving.address} for c in browser.cookies.jar]
            await context.add_cookies(cookies)  # type: ignore[arg-type]
            page = await context.new_page()
            for seen in (one for one in chosen if one.role == role):
                answer = await page.goto(seen.path.partition("#")[0])
                assert answer is not None
                assert answer.status == 200, (seen.path, answer.status)
                for screen in (DESK, PHONE):  # no script of ours asks how wide it is
                    await page.set_viewport_size(screen)  # type: ignore[arg-type]
                    if grave := await faults(page):
                        found[role, seen.path] = grave
            await context.close()
        await chromium.close()
    print(f"{len(pages)} pages, {len(chosen)} shapes")
    assert found == {}
