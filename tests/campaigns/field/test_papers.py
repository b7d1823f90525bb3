"""One text, many forms: the same facts on each, nobody named in a group, a QR on stamped paper alone."""

import re
import struct
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.field.papers import (
    facts_of,
    family_text,
    group_text,
    link_address,
    note_posted,
    notice_pdf,
    paper,
    posts_of,
    qr_address,
    text_key,
)
from campaigns.tables import Announcement, HelpSession
from content.guard import guard
from register.errors import BadInput
from register.home import Home
from register.units import hamlet_named, set_setting

pytestmark = pytest.mark.parametrize("home", ["sqlite"], indirect=True)
HERE = "22945"
AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def hamlets(home: Home) -> list[str]:
    """Two hamlets with a session each, the office's phone; no notice yet."""

    def fill(session: Any) -> list[str]:
        set_setting(session, HERE, "landline", "0252 3 821 234")
        set_setting(session, HERE, "hamlet_head", "trưởng khu phố")
        found = [hamlet_named(session, HERE, f"Khu phố {n}") for n in (1, 2)]
        for day, hamlet in enumerate(found):
            starts = AT + timedelta(days=2 * day)
            session.add(HelpSession(commune=HERE, hamlet=hamlet, place="nhà văn hóa", starts_at=starts, capacity=30))
        return found

    return home.db.write(fill)


def sign(home: Home) -> None:
    row = Announcement(commune=HERE, document="45/TB-UBND", signed_on=date(2026, 11, 16))
    home.db.write(lambda s: s.add(row))


def facts(home: Home, hamlet: str | None = None) -> Any:
    with home.db.read() as session:
        return facts_of(session, HERE, hamlet, home.now())


def test_every_form_says_the_same_facts(home: Home, hamlets: list[str]) -> None:
    sign(home)
    found = facts(home, hamlets[0])
    assert found.sessions == ("8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1",)
    for text in (group_text(found), family_text(found)):
        for fact in (*found.sessions, found.sure, "0252 3 821 234", "trưởng khu phố", "phường Phan Thiết"):
            assert fact in text
    assert "Thông báo số 45/TB-UBND ngày 16/11/2026" in group_text(found)
    assert "khu phố 2" not in group_text(found)
    assert len(facts(home).sessions) == 2


def test_what_goes_into_a_group_holds_no_link_no_qr_and_nobodys_number(home: Home, hamlets: list[str]) -> None:
    home.settings = home.settings.model_copy(update={"web_chat": True, "public_url": "https://phanthiet.example"})
    for text in (group_text(facts(home, hamlets[0])), family_text(facts(home, hamlets[0]))):
        assert not re.search(r"https?:|www\.|\.vn\b|zalo\.me|@", text)
        assert guard(text.replace("0252 3 821 234", "")).text == text.replace("0252 3 821 234", "")
        assert not re.search(r"\b(?:ông|bà|anh|chị|cụ) [A-ZĐ]", text)
    assert "Xin không viết số điện thoại, số căn cước" in group_text(facts(home))


def test_a_qr_is_of_the_hamlet_and_only_where_there_is_something_to_open(home: Home, hamlets: list[str]) -> None:
    def address(hamlet: str | None, **settings: Any) -> str:
        return qr_address(home.settings.model_copy(update=settings), HERE, hamlet)

    assert address(hamlets[0]) == ""
    assert address(hamlets[0], zalo_oa_id="123") == "https://zalo.me/123"
    chat = {"web_chat": True, "public_url": "https://phanthiet.example"}
    assert address(hamlets[0], **chat) == "https://phanthiet.example/hoi-dap/22945?tu=qr-22945-01"
    assert address(None, **chat).endswith("/hoi-dap/22945?tu=qr-22945")
    assert address(hamlets[1], **chat) != address(hamlets[0], **chat)


def test_the_link_of_the_official_site_is_no_qr(home: Home) -> None:
    assert link_address(home.settings, HERE) == ""
    chat = {"web_chat": True, "public_url": "https://phanthiet.example"}
    told = link_address(home.settings.model_copy(update=chat), HERE)
    assert told == "https://phanthiet.example/hoi-dap/22945?tu=link-22945"


def test_a_hamlet_of_another_commune_is_refused(home: Home, hamlets: list[str]) -> None:
    with home.db.read() as session, pytest.raises(BadInput):
        facts_of(session, "22918", hamlets[0], home.now())


def test_a_tick_is_for_the_text_of_today(home: Home, hamlets: list[str]) -> None:
    for who in ("an", "binh"):
        home.db.write(lambda s, who=who: note_posted(s, HERE, hamlets[0], who, home.now()))

    def standing() -> Any:
        with home.db.read() as session:
            return posts_of(session, HERE).get((hamlets[0], text_key(group_text(facts(home, hamlets[0])))))

    assert standing().by == "an"
    starts = AT + timedelta(days=4)
    more = HelpSession(commune=HERE, hamlet=hamlets[0], place="đình làng", starts_at=starts, capacity=9)
    home.db.write(lambda s: s.add(more))
    assert standing() is None, "another session, another text: it has to be posted again"


def test_the_papers_are_made_and_the_picture_is_a_square(home: Home, hamlets: list[str], tmp_path: Path) -> None:
    home.settings = home.settings.model_copy(update={"web_chat": True, "public_url": "https://phanthiet.example"})
    with home.db.read() as session:
        for kind in ("poster", "leaflet"):
            paper(home, session, kind, HERE, list(hamlets), tmp_path / f"{kind}.pdf")
            assert (tmp_path / f"{kind}.pdf").read_bytes().startswith(b"%PDF")
        notice_pdf(home, session, HERE, tmp_path / "thong-bao.pdf")
        paper(home, session, "picture", HERE, [hamlets[0]], tmp_path / "hinh.png")
    assert (tmp_path / "thong-bao.pdf").read_bytes().startswith(b"%PDF")
    width, height = struct.unpack(">II", (tmp_path / "hinh.png").read_bytes()[16:24])
    assert width == height
    assert 1_000 < width < 1_200
