"""What each sender makes of what providers answer."""

from datetime import timedelta

import pytest

from channels.outcome import Accepted, Later, Lost, Refused
from channels.senders import build_senders
from content.message import Button, Message
from settings import Settings

HELLO = Message("Kính gửi bà Mai.", (Button("guide.start", "Bắt đầu"), Button("stop", "Dừng nhận tin")))
PARAMS = {
    "customer_name": "Nguyễn Thị Mai",
    "ten_xa": "phường Phan Thiết",
    "ma_thong_bao": "TN-01",
    "thoi_gian": "8 giờ 01/12/2026",
    "dia_diem": "Nhà văn hóa khu phố 1",
}
UNNAMED = {name: value for name, value in PARAMS.items() if name != "customer_name"}


@pytest.fixture
def senders(wired, transport):
    return build_senders(wired, transport)


@pytest.fixture
def telegram(senders):
    return senders["telegram:main"]


@pytest.fixture
def zalo(senders):
    return senders["zalo:main"]


@pytest.fixture
def zbs(senders):
    return senders["zbs:main"]


def started(sandbox, name="Bà Mai"):
    uid = sandbox.add_user("telegram", name)
    sandbox.telegram_start(uid)
    return uid


def follower(sandbox, phone="0912345678"):
    uid = sandbox.add_user("zalo", "Bà Mai", phone=phone)
    sandbox.follow(uid)
    return uid


def test_a_channel_that_is_not_set_up_has_no_sender(home, transport):
    home.settings = Settings(home=home.path)
    assert build_senders(home, transport) == {}


def test_sender_tells_its_channel_and_lane(senders):
    assert {(s.channel, s.lane) for s in senders.values()} == {
        ("telegram", "telegram:main"),
        ("zalo", "zalo:main"),
        ("zbs", "zbs:main"),
        ("zalo_bot", "zalo_bot:main"),
    }


# --- Telegram -----------------------------------------------------------------------------------


async def test_telegram_message_arrives_with_its_buttons(sandbox, telegram):
    uid = started(sandbox)
    outcome = await telegram.send(uid, HELLO)
    assert isinstance(outcome, Accepted)
    assert outcome.cost_vnd == 0
    (arrival,) = sandbox.arrivals()
    assert (arrival["to"], arrival["text"], arrival["id"]) == (uid, HELLO.text, outcome.provider_id)
    assert [button["id"] for button in arrival["buttons"]] == ["guide.start", "stop"]


async def test_telegram_recipient_errors(sandbox, telegram):
    blocked, never, gone = started(sandbox), sandbox.add_user("telegram", "Ông Ba"), started(sandbox)
    sandbox.block(blocked)
    sandbox.deactivate(gone)
    assert await telegram.send(blocked, HELLO) == Refused("recipient", "blocked")
    assert await telegram.send(never, HELLO) == Refused("recipient", "never_started")
    assert await telegram.send(gone, HELLO) == Refused("recipient", "deactivated")
    assert await telegram.send("99", HELLO) == Refused("recipient", "chat_not_found")


async def test_telegram_payload_that_cannot_go_is_refused_before_it_leaves(sandbox, telegram):
    uid = started(sandbox)
    assert await telegram.send(uid, Message("a" * 4097)) == Refused("payload", "text_length")
    assert await telegram.send(uid, Message("a", (Button("x" * 65, "A"),))) == Refused("payload", "button_id")
    assert sandbox.arrivals() == []


async def test_telegram_429_holds_the_whole_lane_as_long_as_it_says(sandbox, telegram, clock):
    sandbox.fault("429", "telegram", seconds=17)
    outcome = await telegram.send(started(sandbox), HELLO)
    assert outcome == Later(clock() + timedelta(seconds=17), "429", whole_lane=True)


async def test_telegram_wrong_token_is_our_config(wired, sandbox, transport):
    wired.settings = wired.settings.model_copy(update={"telegram_token": type(wired.settings.telegram_token)("1:no")})
    sender = build_senders(wired, transport)["telegram:main"]
    assert await sender.send(started(sandbox), HELLO) == Refused("config", "401")


@pytest.mark.parametrize(("kind", "arrived"), [("500", 0), ("html502", 0), ("drop_before", 0), ("drop_after", 1)])
async def test_what_may_have_been_sent_is_lost_and_never_called_failed(sandbox, telegram, kind, arrived):
    uid = started(sandbox)
    sandbox.fault(kind, "telegram")
    assert isinstance(await telegram.send(uid, HELLO), Lost)
    assert len(sandbox.arrivals()) == arrived


async def test_server_that_is_down_is_asked_again_later(sandbox, telegram, clock):
    uid = started(sandbox)
    await sandbox.stop()
    outcome = await telegram.send(uid, HELLO)
    assert isinstance(outcome, Later)
    assert outcome.until > clock()


# --- Zalo ---------------------------------------------------------------------------------------


async def test_zalo_message_in_the_free_window(sandbox, zalo):
    uid = follower(sandbox)
    outcome = await zalo.send(uid, HELLO)
    assert isinstance(outcome, Accepted)
    assert outcome.cost_vnd == 0
    (arrival,) = sandbox.arrivals()
    assert (arrival["route"], arrival["to"], arrival["id"]) == ("cs", uid, outcome.provider_id)
    assert [button["id"] for button in arrival["buttons"]] == ["guide.start", "stop"]


async def test_zalo_message_after_48_hours_costs(sandbox, zalo, clock):
    uid = follower(sandbox)
    clock.advance(timedelta(hours=49))
    assert (await zalo.send(uid, HELLO)).cost_vnd == 55


async def test_zalo_after_seven_days_falls_to_the_template(sandbox, zalo, clock):
    uid = follower(sandbox)
    clock.advance(timedelta(days=8))
    assert await zalo.send(uid, HELLO) == Refused("recipient", "-230")
    outcome = await zalo.send(uid, HELLO, PARAMS)
    assert isinstance(outcome, Accepted)
    assert outcome.cost_vnd == 84  # price_uid of the template, read from Zalo
    (arrival,) = sandbox.arrivals()
    assert arrival["route"] == "template_uid"
    assert "Kính gửi Nguyễn Thị Mai" in arrival["text"]


async def test_zalo_user_who_never_interacted_gets_the_template(sandbox, zalo):
    uid = sandbox.add_user("zalo", "Ông Ba")
    assert await zalo.send(uid, HELLO) == Refused("recipient", "-232")
    assert isinstance(await zalo.send(uid, HELLO, PARAMS), Accepted)


async def test_zalo_recipient_errors(sandbox, zalo):
    blocked, gone = follower(sandbox), follower(sandbox, "0912345679")
    sandbox.block(blocked)
    sandbox.deactivate(gone)
    assert await zalo.send(blocked, HELLO) == Refused("recipient", "-217")
    assert await zalo.send(gone, HELLO) == Refused("recipient", "-227")


async def test_zalo_too_long_is_refused_before_it_leaves(sandbox, zalo):
    assert await zalo.send(follower(sandbox), Message("a" * 2001)) == Refused("payload", "text_length")


async def test_length_is_measured_in_nfc(sandbox, zalo):
    assert isinstance(await zalo.send(follower(sandbox), Message("e\u0302\u0301" * 1500)), Accepted)


async def test_zalo_rate_limit_holds_the_lane(sandbox, zalo, clock):
    sandbox.fault("429", "zalo")
    outcome = await zalo.send(follower(sandbox), HELLO)
    assert outcome == Later(clock() + timedelta(seconds=60), "-32", whole_lane=True)


async def test_zbs_reaches_a_phone_and_picks_the_template_by_the_name(sandbox, zbs):
    uid = follower(sandbox)
    outcome = await zbs.send("0912345678", HELLO, PARAMS | {"tracking_id": "d42"})
    assert isinstance(outcome, Accepted)
    assert outcome.cost_vnd == 120
    assert isinstance(await zbs.send("0912345678", HELLO, UNNAMED), Accepted)
    named, unnamed = sandbox.phone(uid)
    assert "Nguyễn Thị Mai" in named["text"]
    assert "Kính gửi" not in unnamed["text"]
    assert named["kind"] == "template"


async def test_zbs_tells_its_price_before_anything_is_sent(sandbox, zbs):
    assert await zbs.price() == 120
    sandbox.templates["518001"].price_phone = 800
    assert await zbs.price() == 120  # read again after some hours


async def test_zbs_without_a_named_template_uses_its_twin(wired, sandbox, transport):
    wired.settings = wired.settings.model_copy(update={"zalo_template_id": ""})
    uid = follower(sandbox)
    assert isinstance(await build_senders(wired, transport)["zbs:main"].send("0912345678", HELLO, PARAMS), Accepted)
    assert "Kính gửi" not in sandbox.phone(uid)[0]["text"]


async def test_zalos_price_is_that_of_the_dearest_way(wired, sandbox, transport):
    sandbox.templates["518002"].price_user = 90
    assert await build_senders(wired, transport)["zalo:main"].price() == 90
    wired.settings = wired.settings.model_copy(update={"zalo_template_id": "", "zalo_template_id_unnamed": ""})
    assert await build_senders(wired, transport)["zalo:main"].price() == 55


async def test_zbs_phone_without_zalo_is_the_recipients_reason(sandbox, zbs):
    sandbox.add_user("phone", "Ông Ba", phone="0987654321", has_zalo=False)
    assert await zbs.send("0987654321", HELLO, PARAMS) == Refused("recipient", "-118")
    assert await zbs.send("12", HELLO, PARAMS) == Refused("recipient", "-108")


async def test_zbs_user_who_refuses_templates(sandbox, zbs):
    sandbox.refuse_templates(follower(sandbox))
    assert await zbs.send("0912345678", HELLO, PARAMS) == Refused("recipient", "-141")


async def test_zbs_at_night_waits_for_the_morning(sandbox, zbs, clock):
    follower(sandbox)
    clock.advance(timedelta(hours=15))  # 23:00 in Viet Nam
    outcome = await zbs.send("0912345678", HELLO, PARAMS)
    assert isinstance(outcome, Later)
    assert (outcome.code, outcome.until - clock()) == ("-133", timedelta(hours=7, minutes=5))


async def test_zbs_daily_quota_waits_for_the_next_day(sandbox, zbs, clock):
    follower(sandbox)
    sandbox.zbs.daily_quota = 1
    assert isinstance(await zbs.send("0912345678", HELLO, PARAMS), Accepted)
    outcome = await zbs.send("0912345678", HELLO, PARAMS)
    assert isinstance(outcome, Later)
    assert outcome.until - clock() == timedelta(hours=16, minutes=5)


async def test_zbs_without_money_is_billing(sandbox, zbs):
    follower(sandbox)
    sandbox.zbs.wallet_vnd = 100
    assert await zbs.send("0912345678", HELLO, PARAMS) == Refused("billing", "-115")


async def test_zbs_template_data_is_checked_before_anything_is_sent(sandbox, zbs):
    follower(sandbox)
    assert await zbs.send("0912345678", HELLO, {**PARAMS, "dia_diem": ""}) == Refused("payload", "-1122")
    assert await zbs.send("0912345678", HELLO, {**PARAMS, "dia_diem": "a" * 201}) == Refused("payload", "-1121")
    assert sandbox.arrivals() == []


async def test_zbs_template_that_was_disabled_is_config(sandbox, zbs):
    follower(sandbox)
    sandbox.templates["518001"].status = "DISABLE"
    assert await zbs.send("0912345678", HELLO, PARAMS) == Refused("config", "-146")


# --- Tokens ---------------------------------------------------------------------------------------


async def test_expired_token_is_renewed_once_and_the_message_goes(sandbox, zalo):
    uid = follower(sandbox)
    await zalo.send(uid, HELLO)
    sandbox.expire_tokens()
    assert isinstance(await zalo.send(uid, HELLO), Accepted)
    assert len(sandbox.arrivals()) == 2
    assert len(sandbox.zalo.oauth.used) == 2


async def test_many_at_once_refresh_only_once(sandbox, zalo):
    import asyncio

    uids = [follower(sandbox, f"09123456{n:02d}") for n in range(30)]
    outcomes = await asyncio.gather(*(zalo.send(uid, HELLO) for uid in uids))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(sandbox.zalo.oauth.used) == 1


async def test_two_processes_do_not_burn_the_refresh_token(wired, sandbox, transport):
    import asyncio

    first, second = build_senders(wired, transport)["zalo:main"], build_senders(wired, transport)["zalo:main"]
    uid = follower(sandbox)
    outcomes = await asyncio.gather(first.send(uid, HELLO), second.send(uid, HELLO))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(sandbox.zalo.oauth.used) == 1


async def test_the_pair_outlives_the_process(wired, sandbox, transport):
    uid = follower(sandbox)
    await build_senders(wired, transport)["zalo:main"].send(uid, HELLO)
    assert isinstance(await build_senders(wired, transport)["zalo:main"].send(uid, HELLO), Accepted)
    assert len(sandbox.zalo.oauth.used) == 1


async def test_dead_refresh_token_is_config_and_is_not_hammered(sandbox, zalo):
    sandbox.zalo.app.refresh_token = "another"
    uid = follower(sandbox)
    assert await zalo.send(uid, HELLO) == Refused("config", "oauth")
    sandbox.zalo.app.refresh_token = sandbox.settings()["zalo_refresh_token"]
    assert await zalo.send(uid, HELLO) == Refused("config", "oauth")


async def test_a_new_refresh_token_in_the_settings_takes_over(wired, sandbox, transport):
    secret = type(wired.settings.zalo_refresh_token)
    wired.settings = wired.settings.model_copy(update={"zalo_refresh_token": secret("dead")})
    uid = follower(sandbox)
    zalo = build_senders(wired, transport)["zalo:main"]
    assert await zalo.send(uid, HELLO) == Refused("config", "oauth")
    wired.settings = wired.settings.model_copy(update={"zalo_refresh_token": secret(sandbox.zalo.app.refresh_token)})
    assert isinstance(await zalo.send(uid, HELLO), Accepted)


async def test_line_down_during_refresh_means_nothing_was_sent(sandbox, zalo):
    uid = follower(sandbox)
    sandbox.fault("html502", "oauth")
    assert isinstance(await zalo.send(uid, HELLO), Later)
    assert isinstance(await zalo.send(uid, HELLO), Accepted)


async def test_tokens_are_renewed_before_they_end(wired, sandbox, transport, clock):
    from channels.zalo.oauth import Tokens

    tokens = Tokens(wired, transport)
    await tokens.access()
    await tokens.renew_early()
    assert len(sandbox.zalo.oauth.used) == 1
    clock.advance(timedelta(hours=21))
    await tokens.renew_early()
    assert len(sandbox.zalo.oauth.used) == 2


async def test_no_token_lies_open_in_the_database(wired, sandbox, transport):
    from sqlmodel import select

    from channels.tables import OAuthToken

    await build_senders(wired, transport)["zalo:main"].send(follower(sandbox), HELLO)
    with wired.db.read() as session:
        sealed = session.execute(select(OAuthToken)).scalar_one().sealed
    assert sandbox.zalo.app.refresh_token.encode() not in sealed


# --- Zalo Bot -------------------------------------------------------------------------------------


async def test_zalo_bot_answers_people_who_wrote_first(sandbox, senders):
    bot = senders["zalo_bot:main"]
    uid = sandbox.add_user("zalo_bot", "Bà Mai")
    assert await bot.send(uid, HELLO) == Refused("recipient", "404")
    sandbox.type_text(uid, "chào")
    assert isinstance(await bot.send(uid, HELLO), Accepted)
    assert "• Bắt đầu" in sandbox.arrivals()[0]["text"]
