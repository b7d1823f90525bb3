"""Help stands on every page, a first sign-in gets a short tour, and the keys are listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from console.access import PAGES, ROLES
from console.web import ENVIRONMENT

Browse = Callable[[str], Any]
HELPS: dict[str, str] = ENVIRONMENT.globals["HELPS"]  # type: ignore[assignment]


def test_every_page_has_its_help_and_it_is_short() -> None:
    assert set(HELPS) == set(PAGES)
    assert max(len(text) for text in HELPS.values()) <= 220


def test_the_tour_stands_there_until_it_is_put_away(browse: Browse) -> None:
    officer = browse("officer")
    assert "Lần đầu ở đây?" in officer.get("/").text
    assert officer.submit("/tro-giup/da-xem").status_code == 303
    assert "Lần đầu ở đây?" not in officer.get("/").text
    assert "Lần đầu ở đây?" in browse("approver").get("/").text


@pytest.mark.parametrize("role", ["officer", "volunteer", "owner"])
def test_the_keys_that_are_listed_are_those_of_the_menu(browse: Browse, role: str) -> None:
    browser = browse(role)
    page = browser.get("/tro-giup").text
    listed = dict(re.findall(r"<dt>Alt \+ (\d)</dt><dd>([^<]+)</dd>", page))
    keys = dict(re.findall(r'accesskey="([1-9])"[^>]*>([^<]+)<', page))
    assert keys
    assert {key: title for key, title in listed.items() if key != "0"} == keys
    assert role in ROLES


def test_the_help_of_a_page_is_on_it(browse: Browse) -> None:
    officer = browse("officer")
    for key in ("progress", "lists", "campaigns", "texts"):
        assert HELPS[key] in officer.get(PAGES[key].path).text.replace("&#34;", '"')


def test_a_commune_sees_what_its_installation_has_set(browse: Browse, village: Any) -> None:
    village.home.settings.send_until = "19:30"
    page = browse("officer").get("/xa-phuong").text
    for words in ("đến 19:30", "01/01/2027", "60 tuổi", "TUNGNHA_VOICE"):
        assert words in page
