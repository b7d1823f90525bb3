"""From the list that comes in to the report that goes out, with nothing but paper and one chat in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import Session, col, select

from campaigns import campaigns
from campaigns.engine import healing
from campaigns.engine.dispatch import drain_all
from campaigns.field.sessions import count_at_door, plan_session
from campaigns.field.visits import record_visit, sheet_numbered, visit_sheets_pdf
from campaigns.reports.reports import monthly
from campaigns.results.keeping import keep_due, kept
from campaigns.tables import Announcement, Campaign, Delivery, HelpSession, Visit
from campaigns.why import why
from channels.sandbox.server import Sandbox
from channels.senders import build_senders
from channels.transport import Transport
from register.contacts import contact_for, link
from register.errors import BadInput
from register.home import VIETNAM, Clock, Home
from register.importing import SourceInfo, import_list
from register.tables import Person, Standing
from register.units import hamlets_of

COMMUNE = "22945"
HEAD = ["Họ và tên", "Số CCCD", "Thôn", "Loại đối tượng", "Tài khoản ngân hàng", "Tài khoản ASXH", "Định danh mức 2"]
NAMES = ("Lê Văn Đực", "Trần Thị Nga", "Võ Thị Hoa", "Phạm Văn Út", "Đặng Thị Tư")
THURSDAY = datetime(2026, 11, 26, 8, 0, tzinfo=VIETNAM)


def brought(home: Home, folder: Path) -> list[int]:
    """Five people of one hamlet, all with a bank account and level 2, none with an ASXH account."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(HEAD)
    for n, name in enumerate(NAMES):
        book.worksheets[0].append([name, f"06004630305{n}", "Khu phố 1", "Thương binh", "x", "chưa", "x"])
    book.save(folder / "ds.xlsx")
    import_list(home, folder / "ds.xlsx", COMMUNE, source=SourceInfo(date(2026, 11, 5), "Sở Y tế"), by="lan")
    with home.db.read() as session:
        return list(session.exec(select(Person.id).order_by(col(Person.id))).all())  # type: ignore[arg-type]


async def test_list_campaign_session_sheet_door_and_report(
    home: Home, sandbox: Sandbox, clock: Clock, tmp_path: Path, make_campaign: Callable[..., Campaign]
) -> None:
    people = brought(home, tmp_path)
    uids = [sandbox.add_user("zalo", f"Người {n}") for n in range(3)]

    def prepare(session: Session) -> Campaign:
        now = home.now()
        for person, uid in zip(people, uids, strict=False):
            sandbox.follow(uid)
            chat = contact_for(session, home, "zalo", "zalo:main", uid, now)
            link(session, person, chat.id or 0, "self", now)
        hamlet = hamlets_of(session, COMMUNE)[0].code
        plan_session(session, COMMUNE, hamlet, "nhà văn hóa", THURSDAY, 2, 2, now)
        campaign: Campaign = make_campaign(session, now=now, channels=("zalo", "visit"))
        campaign.segment = "asxh-ready"
        session.add(Announcement(commune=COMMUNE, document="45/TB", signed_on=now.date(), aired=2, hamlets_told=1))
        campaigns.approve(session, campaign, "minh", now)
        campaigns.launch(session, home, campaign, "lan", now)
        return campaign

    campaign = home.db.write(prepare)
    transport = Transport(answer_timeout_s=2)
    senders = build_senders(home, transport)

    async def go_on() -> dict[str, Any]:
        home.db.write(lambda s: healing.sweep(s, home.now()))
        await drain_all(home, senders, "a", {})
        with home.db.read() as session:
            return campaigns.status(session, campaign)

    # nobody hears anything before the notice hangs
    found = await go_on()
    assert (found["held_reasons"], found["skipped"]) == ({"not_announced": 3}, {"visit": 2})

    def post(session: Session) -> None:
        row = session.exec(select(Announcement)).one()
        row.posted_on = home.now().date()
        session.add(row)

    home.db.write(post)
    clock.advance(timedelta(hours=2))
    # the session has two places: two are invited, the third waits for the next one
    found = await go_on()
    assert (found["accepted"], found["held_reasons"]) == (2, {"session_full": 1})
    with home.db.read() as session:
        assert {d.session for d in session.exec(select(Delivery).where(Delivery.state == "accepted"))} == {1}
        assert "đủ người" in why(session, campaign, session.get_one(Person, people[2]), home.now())
    # paper for the two without a chat, and what came of it
    assert visit_sheets_pdf(home, COMMUNE, None, tmp_path / "phieu.pdf", home.now(), by="lan") == 2

    def doors(session: Session) -> None:
        for sheet, outcome in ((1, "done"), (2, "died")):
            visit = sheet_numbered(session, COMMUNE, sheet)
            assert visit is not None
            record_visit(session, home, visit.id, outcome, "cap", home.now())

    home.db.write(doors)
    # the session is held; who was waiting is told of the next one
    clock.set(THURSDAY + timedelta(minutes=5))  # type: ignore[attr-defined]
    for came, helped in ((1, 0), (1, 0), (0, 1)):
        home.db.write(lambda s, came=came, helped=helped: count_at_door(s, 1, came, helped, "lan", home.now()))
    with pytest.raises(BadInput, match="người đến trước"):
        home.db.write(lambda s: count_at_door(s, 1, -2, 0, "lan", home.now()))
    hamlet = "22945-01"
    home.db.write(
        lambda s: plan_session(s, COMMUNE, hamlet, "nhà văn hóa", THURSDAY + timedelta(days=1), 5, 2, home.now())
    )
    found = await go_on()
    assert (found["accepted"], found["held_reasons"]) == (3, {})
    await transport.close()
    # what is known, and what is reported
    with home.db.read() as session:
        seen = session.exec(select(Visit.person).where(Visit.outcome == "done")).one()
        assert session.get_one(Standing, seen).asxh_account == "yes"
        gone = session.exec(select(Visit.person).where(Visit.outcome == "died")).one()
        assert session.get_one(Person, gone).closed_reason == "died"
        held = session.exec(select(HelpSession).where(HelpSession.id == 1)).one()
        assert (held.came, held.helped) == (2, 1)
        report = monthly(session, COMMUNE, 2026, 11, home.now()).to_json()
    assert report["visits"]["done"] == 1
    assert report["sessions"]["came"] == 2
    # the campaign ends, and what it came to is kept: one was seen at home, nobody is in a list yet
    clock.set(datetime.combine(campaign.ends_on + timedelta(days=1), time(8), VIETNAM))  # type: ignore[attr-defined]
    home.db.write(lambda s: campaigns.finish_over(s, home.now()))
    home.db.write(lambda s: keep_due(s, home.now()))
    with home.db.read() as session:
        told = kept(session, session.get_one(Campaign, campaign.id))["end"]
    assert {level: ratio.said for level, ratio in told.results.levels.items()} == {
        "self": "0/5 = 0 %",
        "officer": "1/5 = 20 %",
        "register": "0/5 = 0 %",
    }
    assert told.same
    assert (told.paths["officer"].people, told.paths["officer"].last) == (1, {"visit": 1})
