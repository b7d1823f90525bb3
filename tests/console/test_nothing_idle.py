"""Nothing lies about that no page uses any more: templates, their macros, rules of the stylesheet, notices."""

from __future__ import annotations

import re

from console import words
from console.assets import HERE

TEMPLATES = {file.name: file.read_text() for file in (HERE / "templates").glob("*.html")}
PAGES = "\n".join(TEMPLATES.values())
CODE = "\n".join(file.read_text() for file in HERE.rglob("*.py") if file.name != "words.py")
QUOTED = re.findall(r"\"[^\"\n]*\"|'[^'\n]*'", PAGES + CODE)
NAMES = set(re.findall(r"[\w-]+", "\n".join(QUOTED)))  # a class, however a template chooses it, is quoted
CSS = re.sub(r"/\*.*?\*/", "", "\n".join(file.read_text() for file in (HERE / "static").glob("*.css")), flags=re.DOTALL)
RULED = set(re.findall(r"\.([a-z][\w-]*)", "\n".join(re.findall(r"([^{}]+)\{", CSS))))


def test_every_template_is_drawn() -> None:
    drawn = {re.sub(r"\{\w+\}", "N", name) for name in re.findall(r"[\w{}]+\.html", "\n".join(QUOTED))}
    assert {name for name in TEMPLATES if not {name, re.sub(r"\d", "N", name)} & drawn} == set()


def test_every_macro_is_called() -> None:
    macros = re.findall(r"{%-? macro (\w+)", PAGES)
    assert [name for name in macros if len(re.findall(rf"\b{name}\(", PAGES)) < 2] == []


def test_the_stylesheet_rules_what_is_on_the_pages() -> None:
    assert RULED <= NAMES, RULED - NAMES
    plain = {name for value in re.findall(r'class="([^"{}]*)"', PAGES) for name in value.split()}
    assert plain <= RULED, plain - RULED


def test_every_notice_is_given() -> None:
    assert set(words.DONE) <= NAMES, set(words.DONE) - NAMES
