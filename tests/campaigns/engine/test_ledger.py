"""Nobody is forgotten and nobody is written to twice: the ledger's moves, one by one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import Session, col

from campaigns import campaigns
from campaigns.engine import healing, ledger
from campaigns.engine.plan import plan
from campaigns.field.visits import add_visits, list_for_visits, waiting
from campaigns.rehearsal import rehearse
from campaigns.segments import segment_named
from campaigns.tables import Attempt, Campaign, Delivery, Visit
from campaigns.why import why
from channels import lanes
from channels.outcome import Accepted, Later, Lost, Refused
from channels.tables import Lane
from register import contacts
from register.errors import BadInput, NotAllowed
from register.facts import record
from register.home import Clock, Home
from register.tables import Contact, Person, Standing

LANE = "zalo:main"


@pytest.fixture
def running(home: Home, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]) -> Campaign:
    """A launched campaign: two on Zalo, one on Telegram, one to visit, one who stopped, one who has it."""
    home.settings.zalo_app_id, home.settings.zalo_app_secret = "1", SecretStr("s")
    home.settings.telegram_token = SecretStr("1:t")
    now = home.now()

    def make(session: Session) -> Campaign:
        make_person(session, now=now, zalo="z1")
        make_person(session, now=now, zalo="z2")
        make_person(session, now=now, telegram="101")
        make_person(session, now=now)
        make_person(session, now=now, zalo="z5")
        make_person(session, now=now, zalo="z6", asxh="yes")
        quiet = session.execute(select(Contact).where(Contact.lookup == _lookup(home, "z5"))).scalar_one()
        contacts.stop(session, quiet.id or 0, now)
        campaign = make_campaign(session, now=now)
        campaigns.approve(session, campaign, "minh", now)
        assert campaigns.launch(session, home, campaign, "lan", now) == 5
        return campaign

    return home.db.write(make)


def _lookup(home: Home, address: str) -> bytes:
    from register.people import contact_lookup

    return contact_lookup(home.keys, LANE, address)


def claim(home: Home, holder: str = "a", limit: int = 10) -> tuple[int, list[Delivery]]:
    def run(session: Session) -> tuple[int, list[Delivery]]:
        fence = ledger.hold_lane(session, LANE, holder, home.now())
        assert fence is not None
        return fence, ledger.claim(session, LANE, holder, fence, home.now(), limit)

    return home.db.write(run)


def states(home: Home) -> dict[int, str]:
    with home.db.read() as session:
        return dict(session.execute(select(Delivery.person, Delivery.state).order_by(Delivery.person)).all())  # type: ignore[arg-type]


def test_a_launch_writes_a_row_for_everybody_with_the_reason(home: Home, running: Campaign) -> None:
    with home.db.read() as session:
        found = campaigns.status(session, running)
        assert (found["planned"], found["held"], found["skipped"]) == (5, 3, {"visit": 1, "stopped": 1})
        assert found["by_channel"] == {"zalo": 3, "telegram": 1, "visit": 1}
        assert session.execute(select(Visit.person)).scalars().all() == [4]


def test_planning_again_adds_nobody(home: Home, running: Campaign) -> None:
    def again(session: Session) -> int:
        return plan(session, running, campaigns.moment_for(session, home, running, home.now()))

    assert home.db.write(again) == 0


def test_the_author_may_not_approve(home: Home, make_campaign: Callable[..., Campaign]) -> None:
    campaign = home.db.write(lambda s: make_campaign(s, now=home.now()))
    with pytest.raises(NotAllowed):
        home.db.write(lambda s: campaigns.approve(s, campaign, "lan", home.now()))
    with pytest.raises(BadInput, match="bản nháp"):
        home.db.write(lambda s: campaigns.launch(s, home, campaign, "lan", home.now()))


def test_a_lane_has_one_holder_and_a_new_one_gets_a_new_fence(home: Home, clock: Clock) -> None:
    def hold(holder: str) -> int | None:
        return home.db.write(lambda s: ledger.hold_lane(s, LANE, holder, home.now()))

    assert (hold("a"), hold("b"), hold("a")) == (1, None, 1)
    clock.advance(timedelta(minutes=2))
    assert (hold("b"), hold("a")) == (2, None)


def test_two_workers_never_claim_the_same_row(home: Home, running: Campaign) -> None:
    _, first = claim(home, limit=1)
    _, rest = claim(home)
    assert len(first) == 1
    assert len(rest) == 1
    assert first[0].person != rest[0].person
    assert claim(home)[1] == []


def test_a_lapsed_lease_gives_back_what_was_claimed_and_doubts_what_was_sent(
    home: Home, running: Campaign, clock: Clock
) -> None:
    fence, rows = claim(home)
    sent = rows[0].id or 0
    assert home.db.write(lambda s: ledger.mark_sending(s, [sent], "a", fence, home.now())) == {sent}
    assert home.db.write(lambda s: healing.sweep(s, home.now())) == {}
    clock.advance(timedelta(minutes=2))
    assert home.db.write(lambda s: healing.sweep(s, home.now())) == {"taken_back": 1, "unknown": 1}
    assert [d.person for d in claim(home, "b")[1]] == [rows[1].person]
    with home.db.read() as session:
        assert session.execute(select(Attempt.result)).scalars().all() == ["unknown"]


def test_a_worker_that_lost_its_lane_marks_nothing(home: Home, running: Campaign, clock: Clock) -> None:
    fence, rows = claim(home)
    clock.advance(timedelta(minutes=2))
    home.db.write(lambda s: healing.sweep(s, home.now()))
    claim(home, "b")
    ids = [d.id or 0 for d in rows]
    assert home.db.write(lambda s: ledger.mark_sending(s, ids, "a", fence, home.now())) == set()


def test_a_paused_campaign_sends_nothing_and_forgets_nobody(home: Home, running: Campaign) -> None:
    fence, rows = claim(home, limit=1)
    home.db.write(lambda s: campaigns.pause(s, running, "lan", home.now()))
    assert claim(home)[1] == []
    ids = [d.id or 0 for d in rows]
    assert home.db.write(lambda s: ledger.mark_sending(s, ids, "a", fence, home.now())) == set()
    home.db.write(lambda s: campaigns.resume(s, running, "lan", home.now()))
    assert home.db.write(lambda s: ledger.mark_sending(s, ids, "a", fence, home.now())) == set(ids)
    assert len(claim(home)[1]) == 1


def answer(home: Home, outcome: object, following: tuple[str, int] | None = None) -> Delivery:
    fence, rows = claim(home, limit=1)
    row = rows[0]

    def run(session: Session) -> None:
        ledger.mark_sending(session, [row.id or 0], "a", fence, home.now())
        ledger.record_all(session, [(row, outcome, following)], home.now())  # type: ignore[arg-type]

    home.db.write(run)
    with home.db.read() as session:
        return session.get_one(Delivery, row.id)


def test_each_answer_moves_the_row_to_its_state(home: Home, running: Campaign) -> None:
    later = home.now() + timedelta(minutes=5)
    row = answer(home, Later(later, "429"))
    assert (row.state, row.due_at) == ("due", later)
    with home.db.read() as session:
        assert session.get_one(Lane, LANE).not_before == later
    row = answer(home, Refused("recipient", "-213"), ("visit", 0))
    assert (row.state, row.reason, row.tried) == ("skipped", "visit", ["zalo"])
    with home.db.read() as session:
        assert row.person in session.execute(select(Visit.person)).scalars().all()


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Accepted("m1", 55), "accepted"), (Lost("timeout"), "unknown"), (Refused("payload", "-210"), "failed")],
)
def test_a_settled_row_is_never_claimed_again(
    home: Home, running: Campaign, clock: Clock, outcome: object, state: str
) -> None:
    row = answer(home, outcome)
    assert row.state == state
    clock.advance(timedelta(hours=1))
    home.db.write(lambda s: healing.sweep(s, home.now()))
    assert row.id not in {d.id for d in claim(home)[1]}


def test_a_refused_recipient_goes_on_by_the_next_channel(home: Home, running: Campaign) -> None:
    row = answer(home, Refused("recipient", "-217"), ("telegram", 3))
    assert (row.state, row.channel, row.lane, row.tried) == ("due", "telegram", "telegram:main", ["zalo"])


def test_a_receipt_settles_what_was_unknown(home: Home, running: Campaign) -> None:
    row = answer(home, Lost("timeout"))
    tracking = ledger.tracking_of(row.id or 0)
    assert home.db.write(lambda s: healing.settle_receipt(s, LANE, "m77", home.now(), tracking))
    assert states(home)[row.person] == "accepted"
    assert not home.db.write(lambda s: healing.settle_receipt(s, LANE, "m78", home.now(), "tn999999"))


def test_a_cancelled_campaign_leaves_everybody_a_reason(home: Home, running: Campaign) -> None:
    answer(home, Accepted("m1"))
    home.db.write(lambda s: campaigns.cancel(s, running, "lan", home.now()))
    with home.db.read() as session:
        found = campaigns.status(session, running)
    assert found["skipped"] == {"visit": 1, "stopped": 1, "cancelled": 2}
    assert found["planned"] == found["accepted"] + sum(found["skipped"].values())


def test_a_reminder_goes_only_to_those_who_got_the_first_and_have_no_account(
    home: Home, running: Campaign, clock: Clock
) -> None:
    row = answer(home, Accepted("m1"))
    assert home.db.write(lambda s: campaigns.plan_due_steps(s, home, home.now())) == 0
    clock.advance(timedelta(days=4))
    assert home.db.write(lambda s: campaigns.plan_due_steps(s, home, home.now())) == 1
    with home.db.read() as session:
        second = session.execute(select(Delivery).where(Delivery.step == 2)).scalar_one()
    assert (second.person, second.state) == (row.person, "due")


def test_why_explains_each_silence_in_a_sentence(home: Home, running: Campaign) -> None:
    with home.db.read() as session:
        said = {p: why(session, running, session.get_one(Person, p), home.now()) for p in range(1, 7)}
    assert said[1] == "Bước 1: đang chờ tới lượt gửi.\nBước 2: tin trước chưa gửi xong."
    assert said[4].startswith("Bước 1: không nhắn tin; có tên trong danh sách đến nhà.\n")
    assert said[5].startswith("Bước 1: người này đã đề nghị dừng nhận tin.\n")
    assert said[6].startswith("Không thuộc nhóm cần giúp của đợt khi phát động")


def test_a_rehearsal_says_what_the_launch_then_does(
    home: Home, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]
) -> None:
    home.settings.zalo_app_id, home.settings.zalo_app_secret = "1", SecretStr("s")
    home.settings.zalo_template_id_unnamed = "t2"
    now: datetime = home.now()

    def make(session: Session) -> Campaign:
        make_person(session, now=now, zalo="z1")
        make_person(session, now=now, phone="0912345678")
        make_person(session, now=now)
        lanes.set_price(session, "zalo:main", 85)
        return make_campaign(session, now=now)

    campaign = home.db.write(make)
    with home.db.read() as session:
        tried = rehearse(session, home, campaign, now)
        assert session.execute(select(Delivery)).first() is None
    assert (tried.planned, tried.accepted, tried.held, tried.skipped) == (3, 1, 1, {"visit": 1})
    assert tried.held_reasons == {"not_announced": 1}
    assert (tried.cost_vnd, tried.cost_vnd_all_steps, tried.price_unknown) == (85, 170, ["zbs"])
    assert tried.to_json()["by_channel"] == {"zalo": 1, "zbs": 1, "visit": 1}


def test_a_door_of_an_earlier_visit_list_becomes_the_campaigns_and_nobody_stands_on_two_sheets(
    home: Home, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]
) -> None:
    now = home.now()

    def make(session: Session) -> tuple[Campaign, int]:
        person = make_person(session, now=now)
        add_visits(session, None, [person], now)
        campaign = make_campaign(session, now=now)
        campaigns.approve(session, campaign, "minh", now)
        campaigns.launch(session, home, campaign, "lan", now)
        return campaign, person

    campaign, person = home.db.write(make)
    with home.db.read() as session:
        rows = list_for_visits(session, "22945")
        assert [(row.person, row.campaign, row.sheet) for row in rows] == [(person, campaign.id, 1)]


def test_nobody_is_visited_who_has_made_the_account_meanwhile(home: Home, make_person: Callable[..., int]) -> None:
    now = home.now()
    person = home.db.write(lambda s: make_person(s, now=now))
    home.db.write(lambda s: add_visits(s, None, [person], now))
    today = now.date()
    home.db.write(lambda s: record(s, person, "asxh_account", "yes", "self", as_of=today, now=now))
    with home.db.read() as session:
        assert list_for_visits(session, "22945") == []
        assert waiting(session, "22945") == 0


def test_whoever_is_ready_is_found_without_the_nq418_list_too(home: Home, make_person: Callable[..., int]) -> None:
    now = home.now()

    def make(session: Session) -> tuple[int, int]:
        listed, unlisted = make_person(session, now=now), make_person(session, now=now)
        record(session, unlisted, "nq418", "unknown", "register", as_of=now.date(), now=now)
        return listed, unlisted

    listed, unlisted = home.db.write(make)
    with home.db.read() as session:
        found = {
            name: set(
                session.execute(
                    select(col(Person.id))
                    .join(Standing, col(Standing.person) == Person.id)
                    .where(segment_named(name).sql())
                ).scalars()
            )
            for name in ("nq418-ready", "asxh-ready")
        }
    assert found == {"nq418-ready": {listed}, "asxh-ready": {listed, unlisted}}


def test_a_stop_between_the_claim_and_the_request_is_heeded(home: Home, running: Campaign, clock: Clock) -> None:
    fence, rows = claim(home)
    home.db.write(lambda s: contacts.stop(s, rows[0].contact or 0, home.now()))
    ids = [d.id or 0 for d in rows]
    assert home.db.write(lambda s: ledger.mark_sending(s, ids, "a", fence, home.now())) == {ids[1]}


@pytest.mark.parametrize(("arrived", "state"), [(True, "accepted"), (False, "due")])
def test_a_person_settles_what_nobody_knew(home: Home, running: Campaign, arrived: bool, state: str) -> None:
    row = answer(home, Lost("timeout"))
    home.db.write(lambda s: campaigns.settle(s, running, row.person, arrived, "lan", home.now()))
    assert states(home)[row.person] == state
    with pytest.raises(BadInput, match="không có tin nào"):
        home.db.write(lambda s: campaigns.settle(s, running, row.person, arrived, "lan", home.now()))
