"""The page of the channels: their state, their switch, and how the Official Account is linked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select, update

from channels import lanes
from channels.sandbox import Sandbox
from channels.senders import build_senders
from channels.transport import Transport
from channels.zalo.oauth import Tokens, is_linked
from register.tables import AuditEvent, Source

Browse = Callable[[str], Any]
PUBLIC = "https://xa.example.vn"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox in a loop of its own: the pages of these tests run in another one."""
    loop, box = asyncio.new_event_loop(), Sandbox()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(box.start(), loop).result()
    yield box
    asyncio.run_coroutine_threadsafe(box.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def wired(village: Any, sandbox: Sandbox, browse: Browse) -> Any:
    """The village with every channel set up; its pages know the senders as `serve` does."""
    home = village.home
    home.settings = home.settings.model_validate(home.settings.model_dump() | sandbox.settings())
    browse("").app.state.senders |= build_senders(home, Transport())
    return village


def alone(village: Any) -> None:
    """Only one commune lives in this installation."""
    village.home.db.write(lambda s: s.execute(update(Source).values(commune="22945")))


def switched(village: Any) -> set[str]:
    with village.home.db.read() as session:
        return lanes.switched_off(session)


def test_the_page_shows_what_stands_and_asks_nobody(wired: Any, browse: Browse) -> None:
    home = wired.home

    def trouble(session: Any) -> None:
        lanes.hold(session, "zbs:main", home.now() + timedelta(hours=9), replies=False)
        lanes.alarm(session, "zalo:main", "oauth")

    home.db.write(trouble)
    page = browse("approver").get("/kenh").text
    assert page.count("đã thiết lập") == 4
    assert "Đợt vận động nghỉ đến</dt><dd>17:00" in page
    assert "Trả lời cũng nghỉ đến" not in page
    assert "Chủ Official Account cần nối lại" in page
    assert "<button" not in page.split("<main")[1]  # an approver looks


def test_the_providers_are_asked_when_somebody_wants_it(wired: Any, browse: Browse, sandbox: Sandbox) -> None:
    page = browse("officer").get("/kenh?hoi=1").text
    assert page.count("trả lời tốt") == 4
    assert "20.000 tin" in page
    assert "Khóa truy cập hết hạn" in page


def test_a_channel_that_is_not_set_up_is_said_to_be(browse: Browse) -> None:
    assert browse("owner").get("/kenh").text.count("chưa thiết lập") == 4


def test_an_officer_switches_a_channel_and_it_is_written_down(wired: Any, browse: Browse) -> None:
    alone(wired)
    officer = browse("officer")
    assert "Tắt kênh Telegram" in officer.get("/kenh").text
    assert officer.submit("/kenh/telegram").headers["location"] == "/kenh?xong=da-tat"
    assert switched(wired) == {"telegram"}
    assert "Bật lại kênh Telegram" in officer.get("/kenh").text
    officer.submit("/kenh/telegram", {"bat": "1"})
    assert switched(wired) == set()
    with wired.home.db.read() as session:
        log = session.exec(select(AuditEvent).where(AuditEvent.action == "channel_switched")).all()
        assert [(one.actor, one.subject, one.detail) for one in log] == [
            ("officer", "telegram", {"on": False}),
            ("officer", "telegram", {"on": True}),
        ]


def test_what_several_communes_share_only_the_owner_switches(wired: Any, browse: Browse) -> None:
    officer = browse("officer")
    assert "Tắt kênh" not in officer.get("/kenh").text
    assert officer.submit("/kenh/zalo").status_code == 422
    assert switched(wired) == set()
    assert browse("owner").submit("/kenh/zalo").status_code == 303
    assert switched(wired) == {"zalo"}


def test_mended_trouble_is_over_when_somebody_says_so_but_a_dead_token_is_not(wired: Any, browse: Browse) -> None:
    home, owner = wired.home, browse("owner")
    for channel, trouble in (("zbs", "billing"), ("zalo", "oauth")):
        home.db.write(lambda s, c=channel, t=trouble: lanes.alarm(s, f"{c}:main", t))
    assert owner.get("/kenh").text.count("Đã khắc phục, dùng lại") == 1
    for channel in ("zbs", "zalo"):
        owner.submit(f"/kenh/{channel}", {"bat": "1"})
    page = owner.get("/kenh").text
    assert page.count("đang vướng") == 1
    assert "nối lại" in page


def test_the_owner_links_the_official_account_with_the_address_that_zalo_sent_back(
    wired: Any, browse: Browse, sandbox: Sandbox
) -> None:
    home = wired.home
    home.settings = home.settings.model_copy(update={"public_url": PUBLIC})
    page = browse("owner").get("/kenh").text
    link = page.split('" rel="noreferrer"')[0].split('<a href="')[-1].replace("&amp;", "&")
    asked = parse_qs(urlsplit(link).query)
    assert (asked["redirect_uri"], urlsplit(link).path) == ([f"{PUBLIC}/kenh"], "/v4/oa/permission")
    code = sandbox.zalo.oauth.consent(asked["code_challenge"][0])
    back = browse("owner")
    assert f'value="{code}"' in back.get(f"/kenh?code={code}&oa_id=1").text  # Zalo leads back here: nothing to copy
    assert browse("officer").submit("/kenh/zalo/noi", {"dia_chi": code}).status_code == 422
    answer = back.submit("/kenh/zalo/noi", {"dia_chi": f"{PUBLIC}/kenh?code={code}&oa_id=1"})
    assert answer.headers["location"] == "/kenh?xong=da-noi"
    with home.db.read() as session:
        assert is_linked(session)
    assert "không nhận mã" in back.submit("/kenh/zalo/noi", {"dia_chi": code}).text  # once


def test_before_zalos_app_is_known_nobody_can_link(browse: Browse) -> None:
    owner = browse("owner")
    assert "TUNGNHA_ZALO_APP_ID" in owner.get("/kenh").text
    assert owner.submit("/kenh/zalo/noi", {"dia_chi": "x"}).status_code == 422


def test_a_kept_home_goes_on_with_a_sandbox_that_was_opened_again(wired: Any, sandbox: Sandbox) -> None:
    async def token() -> Any:
        transport = Transport()
        try:
            return await Tokens(wired.home, transport).access(stale="x")
        finally:
            await transport.close()

    for _ in range(2):
        assert isinstance(asyncio.run(token()), str)
    app, oauth = sandbox.zalo.app, sandbox.zalo.oauth
    oauth.used.clear()  # a new one knows nothing of what it gave out before
    app.access.clear()
    app.refresh_token = "sandbox-refresh-0"
    wired.home.db.write(lambda s: s.execute(update(lanes.Lane).values(trouble="")))
    assert isinstance(asyncio.run(token()), str)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ENABLE", "Zalo đã duyệt"),
        ("PENDING_REVIEW", "Zalo đang duyệt"),
        ("REJECT", "Zalo từ chối"),
        ("DISABLE", "Zalo đã khóa mẫu"),
    ],
)
def test_zalo_is_asked_what_it_decided_of_a_template(
    wired: Any, browse: Browse, sandbox: Sandbox, status: str, said: str
) -> None:
    template = sandbox.templates[wired.home.settings.zalo_template_id]
    template.status, template.reason = status, "Thiếu giấy tờ chứng minh tên cơ quan." if status == "REJECT" else ""
    officer = browse("officer")
    assert "Xem tình trạng duyệt" in officer.get("/loi-van/zbs").text
    named, unnamed = officer.get("/loi-van/zbs?hoi=1").text.split("<section")[1:]
    assert said in named
    assert ("Thiếu giấy tờ chứng minh" in named) == (status == "REJECT")
    assert "Zalo đã duyệt" in unnamed


def test_a_zalo_that_is_silent_is_said_to_be(wired: Any, browse: Browse) -> None:
    settings = wired.home.settings
    wired.home.settings = settings.model_copy(update={"zalo_template_id": "999", "zalo_template_id_unnamed": ""})
    page = browse("officer").get("/loi-van/zbs?hoi=1").text
    assert "Zalo chưa trả lời" in page
    assert "chưa có số mẫu" in page
