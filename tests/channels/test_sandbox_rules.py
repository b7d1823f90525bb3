"""More rules of the providers that the sandbox keeps, its faults, and its page of phones. One test a rule."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from channels.sandbox.zalo_app import challenge_of
from channels.zalo.oauth import Tokens

PNG = b"\x89PNG" + b"0" * 100


class Letterbox:
    """A webhook on 127.0.0.1 that keeps what comes and answers what it is told to."""

    def __init__(self):
        self.got, self.raw, self.headers, self.statuses, self.answer = [], [], [], [], None

    async def take(self, request):
        if await request.read() != b"{}":
            self.raw.append(await request.read())
            self.got.append(await request.json())
            self.headers.append(dict(request.headers))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        return self.answer() if self.answer else web.Response()


@pytest.fixture
async def letterbox():
    box = Letterbox()
    app = web.Application()
    app.router.add_post("/hooks/{name}/main", box.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    box.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield box
    await runner.cleanup()


# --- OAuth: the first code -------------------------------------------------------------------------


async def test_a_code_works_once_within_ten_minutes_and_with_its_verifier(sandbox, raw, clock):
    form = {"grant_type": "authorization_code", "app_id": sandbox.zalo.app.app_id, "code_verifier": "v" * 43}
    code = sandbox.zalo.oauth.consent(challenge_of("v" * 43))
    assert "access_token" in await raw.form(form | {"code": code})
    assert "access_token" not in await raw.form(form | {"code": code})
    late = sandbox.zalo.oauth.consent(challenge_of("v" * 43))
    clock.advance(timedelta(minutes=11))
    assert "access_token" not in await raw.form(form | {"code": late})
    other = sandbox.zalo.oauth.consent(challenge_of("w" * 43))
    assert "access_token" not in await raw.form(form | {"code": other})


async def consented(sandbox, link):
    async with aiohttp.ClientSession() as session, session.get(link, allow_redirects=False) as response:
        return response


async def test_the_first_code_becomes_a_pair_and_the_settings_need_no_refresh_token(wired, sandbox, transport):
    from channels.senders import build_senders
    from content.message import Message
    from settings import Settings

    kept = wired.settings.model_dump() | {"zalo_refresh_token": ""}
    wired.settings = Settings.model_validate(kept)
    assert "zalo:main" not in build_senders(wired, transport)
    tokens = Tokens(wired, transport)
    answer = await consented(sandbox, tokens.link("https://xa.example.vn/zalo"))
    assert answer.status == 302
    code = answer.headers["Location"].split("code=")[1].split("&")[0]
    assert not await tokens.use_code("wrong")
    assert await tokens.use_code(code)
    uid = sandbox.add_user("zalo", "Mai")
    sandbox.follow(uid)
    await build_senders(wired, transport)["zalo:main"].send(uid, Message("Kính gửi bà Mai."))
    assert len(sandbox.arrivals()) == 1


async def test_a_challenge_saved_in_the_console_fits_this_homes_verifier(wired, sandbox, transport):
    tokens = Tokens(wired, transport)
    sandbox.zalo.app.fixed_challenge = tokens.challenge()
    link = tokens.link("https://xa.example.vn/zalo").replace(tokens.challenge(), "another")
    code = (await consented(sandbox, link)).headers["Location"].split("code=")[1].split("&")[0]
    assert await tokens.use_code(code)


async def test_another_redirect_uri_or_app_is_refused(sandbox, wired, transport):
    sandbox.zalo.app.redirect_uri = "https://xa.example.vn/zalo"
    link = Tokens(wired, transport).link("https://elsewhere.example.vn")
    async with aiohttp.ClientSession() as session:
        async with session.get(link) as response:
            assert (await response.json())["error"] == -14003
        async with session.get(link.replace(sandbox.zalo.app.app_id, "1")) as response:
            assert (await response.json())["error"] == -14002


async def test_an_oauth_error_without_a_number_is_an_error_too(wired, sandbox, transport):
    from channels.outcome import Refused
    from channels.tables import Lane

    sandbox.zalo.app.numberless_errors = True
    sandbox.zalo.app.refresh_token = "another"
    assert await Tokens(wired, transport).access() == Refused("config", "oauth")
    with wired.db.read() as session:
        assert session.get_one(Lane, "zalo:main").trouble == "oauth"  # the alarm


async def test_the_alarm_ends_with_the_next_good_token(wired, sandbox, transport, clock):
    from channels.tables import Lane

    good, sandbox.zalo.app.refresh_token = sandbox.zalo.app.refresh_token, "another"
    await Tokens(wired, transport).access()
    sandbox.zalo.app.refresh_token = good
    clock.advance(timedelta(minutes=11))
    assert isinstance(await Tokens(wired, transport).access(), str)
    with wired.db.read() as session:
        assert [session.get_one(Lane, lane).trouble for lane in ("zalo:main", "zbs:main")] == ["", ""]


# --- Official Account: media, uploads, lists -------------------------------------------------------


async def test_uploads_have_a_size_and_a_kind(sandbox, raw):
    assert (await raw.upload("image", "a.png", PNG))["data"]["attachment_id"]
    assert (await raw.upload("image", "a.png", b"text"))["error"] == -201
    assert (await raw.upload("image", "a.png", PNG + b"0" * 1_000_000))["error"] == -201
    assert (await raw.upload("gif", "a.gif", b"GIF89a"))["data"]["attachment_id"]
    assert (await raw.upload("file", "a.pdf", b"%PDF"))["data"]["token"]
    assert (await raw.upload("file", "a.exe", b"MZ"))["error"] == -201


async def test_five_thousand_uploads_a_month(sandbox, raw):
    sandbox.zalo.assets.uploads["2026-11"] = 5_000
    assert (await raw.upload("image", "a.png", PNG))["error"] == -211


async def test_an_uploaded_picture_dies_after_seven_days(sandbox, raw, mai, clock):
    number = (await raw.upload("image", "a.png", PNG))["data"]["attachment_id"]
    assert await raw.media(mai, media_type="image", attachment_id=number) == 0
    assert await raw.media(mai, media_type="image", attachment_id="1") == -201
    clock.advance(timedelta(days=7))
    sandbox.follow(mai)
    await raw.refresh()
    assert await raw.media(mai, media_type="image", attachment_id=number) == -100


async def test_a_picture_has_an_address_or_an_id_never_both(raw, mai):
    assert await raw.media(mai, media_type="image", url="https://a", attachment_id="1") == -201
    assert await raw.media(mai, media_type="image") == -201
    assert await raw.media(mai, media_type="film", url="https://a") == -201
    assert await raw.media(mai, media_type="gif", url="https://a") == -201  # width and height are missing
    assert await raw.media(mai, media_type="gif", url="https://a", width=9, height=9) == 0


async def test_the_account_takes_no_sound_and_a_file_only_by_its_token(raw, mai):
    assert (await raw.say(mai, {"attachment": {"type": "audio"}}))["error"] == -233
    token = (await raw.upload("file", "a.pdf", b"%PDF"))["data"]["token"]
    assert (await raw.say(mai, {"attachment": {"type": "file", "payload": {"token": token}}}))["error"] == 0
    assert (await raw.say(mai, {"attachment": {"type": "file", "payload": {"token": "1"}}}))["error"] == -201


async def test_asking_for_the_phone_has_limits(raw, mai):
    async def error(**element):
        payload = {"template_type": "request_user_info", "elements": [element]}
        return (await raw.say(mai, {"attachment": {"type": "template", "payload": payload}}))["error"]

    assert await error(title="Xin số", subtitle="Để gọi lại", image_url="https://a") == 0
    assert await error(title="a" * 101) == -210
    assert await error(title="a", subtitle="a" * 501) == -210


async def test_quota_of_a_user_and_of_the_account(sandbox, raw, mai, clock):
    assert (await raw.post("/v3.0/oa/quota/message", {"user_id": mai}))["data"]["last_interaction"]
    assert (await raw.post("/v3.0/oa/quota/message", {"quota_owner": "OA"}))["data"][0]["remain"] == 0
    sandbox.zalo.package = 1
    clock.advance(timedelta(hours=49))
    await raw.refresh()
    paid = [(await raw.say(mai, {"text": "x"}))["data"]["quota"]["quota_type"] for _ in range(2)]
    assert paid == ["sub_quota", "purchase_quota"]


async def test_users_are_listed_fifty_at_a_time(sandbox, raw):
    for number in range(60):
        sandbox.follow(sandbox.add_user("zalo", str(number)))
    page = (await raw.get("/v3.0/oa/user/getlist", data='{"offset":50,"count":50}'))["data"]
    assert (page["total"], page["count"]) == (60, 10)
    assert (await raw.get("/v3.0/oa/user/getlist", data='{"offset":0,"count":51}'))["error"] == -201


async def test_quality_quota_and_templates_of_zbs(sandbox, raw, wired, transport):
    from channels.errors import body_of
    from channels.senders import zalo_client

    client = zalo_client(wired, transport)
    assert body_of(await client.zbs_quality())["data"]["oaCurrentQuality"] == "HIGH"
    assert body_of(await client.zbs_quota())["data"]["dailyQuota"] == 20_000
    assert body_of(await client.account())["data"]["is_verified"]
    await raw.refresh()
    assert len((await raw.get("/template/all", offset=0, limit=100, status=1))["data"]) == 2
    assert (await raw.get("/template/all", offset=0, limit=101))["error"] == -132


async def test_zbs_modes_are_for_those_whom_zalo_let(sandbox, raw, mai):
    data = {"ten_xa": "x", "ma_thong_bao": "x", "thoi_gian": "x", "dia_diem": "x"}
    body = {"phone": "84912345678", "template_id": "518002", "template_data": data}
    assert (await raw.post("/message/template", body | {"mode": "development"}))["error"] == -127
    sandbox.zbs.admins.add("84912345678")
    assert (await raw.post("/message/template", body | {"mode": "development"}))["error"] == 0
    assert (await raw.post("/message/template", body | {"sending_mode": "3"}))["error"] == -161
    assert (await raw.post("/message/template", body | {"sending_mode": "9"}))["error"] == -132


async def test_a_template_in_review_or_rejected_is_not_sent(sandbox, raw, mai):
    body = {"phone": "84912345678", "template_id": "518002", "template_data": {}}
    for status in ("PENDING_REVIEW", "REJECT"):
        sandbox.templates["518002"].status = status
        assert (await raw.post("/message/template", body))["error"] == -131
    sandbox.templates["518002"].status = "ENABLE"
    sandbox.templates["518002"].daily_limit = 0
    data = {"ten_xa": "x", "ma_thong_bao": "x", "thoi_gian": "x", "dia_diem": "x"}
    assert (await raw.post("/message/template", body | {"template_data": data}))["error"] == -147


# --- webhooks --------------------------------------------------------------------------------------


async def test_a_message_is_echoed_and_receipted_to_the_app(sandbox, raw, mai, letterbox):
    await sandbox.connect(letterbox.base)
    sent = await raw.say(mai, {"text": "Kính gửi bà Mai."})
    await sandbox.quiet()
    by_name = {event["event_name"]: event for event in letterbox.got}
    assert by_name["oa_send_text"]["recipient"]["id"] == mai
    assert by_name["user_received_message"]["message"]["msg_id"] == sent["data"]["message_id"]


async def test_zalo_retries_when_nobody_answers_and_then_gives_up(sandbox, mai, letterbox, clock):
    await sandbox.connect(letterbox.base)
    sandbox.zalo.app.hook = sandbox.zalo.app.hook.__class__(
        "http://127.0.0.1:9/", sandbox.zalo.app.hook.ladder, 2, False, sandbox.zalo._unsubscribe
    )
    sandbox.type_text(mai, "chào")
    for seconds in (30, 300, 900, 1800, 3600):
        await sandbox.quiet()
        assert sandbox.zalo.app.hook is not None
        clock.advance(timedelta(seconds=seconds))
    await sandbox.quiet()
    assert sandbox.zalo.app.hook is None  # unsubscribed
    assert sandbox.counts()["given_up"] == 1


async def test_a_retry_says_which_one_it_is_and_the_body_is_the_same(sandbox, mai, letterbox, clock):
    await sandbox.connect(letterbox.base)
    letterbox.statuses = [500]
    sandbox.type_text(mai, "chào")
    await sandbox.quiet()
    clock.advance(timedelta(seconds=30))
    await sandbox.quiet()
    assert letterbox.got[0] == letterbox.got[1]
    assert [headers.get("num_retry") for headers in letterbox.headers] == [None, "1"]
    assert letterbox.headers[0]["X-ZEvent-Signature"].startswith("mac=")


async def test_a_401_is_not_retried_by_zalo(sandbox, mai, letterbox):
    await sandbox.connect(letterbox.base)
    letterbox.statuses = [401]
    sandbox.type_text(mai, "chào")
    await sandbox.quiet()
    assert sandbox.counts()["refused"] == 1


async def test_a_webhook_that_does_not_answer_the_probe_is_not_taken(sandbox, letterbox):
    letterbox.statuses = [404]
    assert not await sandbox.connect(letterbox.base)
    assert await sandbox.connect(letterbox.base)


async def test_the_mac_may_begin_with_the_accounts_id(sandbox, mai, letterbox, wired):
    from channels.zalo.webhook import verify

    await sandbox.connect(letterbox.base)
    for first in ("app_id", "oa_id"):
        sandbox.zalo.app.mac_first_term = first
        sandbox.type_text(mai, "chào")
        await sandbox.quiet()
        heard = {name: wired.settings.model_copy(update={"zalo_mac_first_term": name}) for name in ("app_id", "oa_id")}
        args = (dict(letterbox.headers[-1]), letterbox.raw[-1], letterbox.got[-1])
        assert [name for name, settings in heard.items() if verify(*args, settings)] == [first]


async def test_one_event_in_ten_comes_twice_and_one_in_ten_late(sandbox, mai, letterbox):
    await sandbox.connect(letterbox.base)
    sandbox.events(repeat_every=10, late_every=7)
    for number in range(100):
        sandbox.type_text(mai, str(number))
    await sandbox.quiet()
    texts = [int(event["message"]["text"]) for event in letterbox.got]
    assert set(texts) == set(range(100))
    assert 105 <= len(texts) <= 110
    first_seen = list(dict.fromkeys(texts))
    assert first_seen != sorted(first_seen)


@pytest.fixture
async def telegram_box(sandbox, letterbox):
    token = sandbox.settings()["telegram_token"]
    url = f"{sandbox.base}/bot{token}/setWebhook"
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"url": f"{letterbox.base}/hooks/telegram/main", "secret_token": "s"})
    return letterbox


async def test_a_method_in_the_answer_to_a_webhook_is_carried_out(sandbox, telegram_box):
    uid = sandbox.add_user("telegram", "Mai")
    telegram_box.answer = lambda: web.json_response({"method": "sendMessage", "chat_id": uid, "text": "chào bà"})
    sandbox.telegram_start(uid)
    await sandbox.quiet()
    assert sandbox.phone(uid)[-1]["text"] == "chào bà"


async def test_aiograms_multipart_answer_is_carried_out(sandbox, telegram_box):
    uid = sandbox.add_user("telegram", "Mai")

    def answer():
        form = aiohttp.FormData()
        for name, value in {"method": "sendMessage", "chat_id": uid, "text": "chào bà"}.items():
            form.add_field(name, value, content_type="text/plain")
        multipart = form()
        return web.Response(body=multipart)

    telegram_box.answer = answer
    sandbox.telegram_start(uid)
    await sandbox.quiet()
    assert sandbox.phone(uid)[-1]["text"] == "chào bà"


async def test_telegram_retries_what_was_refused_and_takes_https_only(sandbox, telegram_box, clock, transport):
    uid = sandbox.add_user("telegram", "Mai")
    telegram_box.statuses = [401]
    sandbox.telegram_start(uid)
    await sandbox.quiet()
    clock.advance(timedelta(seconds=1))
    await sandbox.quiet()
    assert len(telegram_box.got) == 2
    token = sandbox.settings()["telegram_token"]
    reply = await transport.post_json(f"{sandbox.base}/bot{token}/setWebhook", {"url": "http://xa.example.vn"})
    assert reply.status == 400
    reply = await transport.post_json(
        f"{sandbox.base}/bot{token}/setWebhook", {"url": "https://xa.example.vn", "secret_token": "a b"}
    )
    assert reply.status == 400


async def test_on_telegram_nothing_overtakes_a_message_that_was_refused(sandbox, telegram_box, clock):
    """As the Bot API server does it: a line for each chat and kind of update, and its first is tried again."""
    mai, ba = sandbox.add_user("telegram", "Mai"), sandbox.add_user("telegram", "Ba")
    telegram_box.statuses = [500, 500]  # the second: tried again at once
    for text in ("", "một", "hai"):
        sandbox.type_text(mai, text) if text else sandbox.telegram_start(mai)
    await sandbox.quiet()
    await sandbox.quiet()
    sandbox.telegram_start(ba)  # another chat's go on
    await sandbox.quiet()
    assert [event["message"]["chat"]["id"] for event in telegram_box.got] == [int(mai), int(mai), int(ba)]
    clock.advance(timedelta(seconds=2))
    sandbox.type_text(mai, "ba")
    await sandbox.quiet()
    texts = [event["message"]["text"] for event in telegram_box.got if event["message"]["chat"]["id"] == int(mai)]
    assert texts == ["/start", "/start", "/start", "một", "hai", "ba"]


async def test_a_press_overtakes_a_refused_message_and_is_forgotten_after_150_seconds(
    sandbox, telegram_box, clock, transport
):
    uid, token = sandbox.add_user("telegram", "Mai"), sandbox.settings()["telegram_token"]
    sandbox.telegram_start(uid)
    await sandbox.quiet()
    buttons = {"inline_keyboard": [[{"text": "Bắt đầu", "callback_data": "go"}]]}
    fields = {"chat_id": uid, "text": "chào", "reply_markup": buttons}
    assert (await transport.post_json(f"{sandbox.base}/bot{token}/sendMessage", fields)).status == 200
    telegram_box.statuses = [500, 500]
    sandbox.type_text(uid, "một")
    await sandbox.quiet()
    await sandbox.quiet()
    sandbox.press(uid, "go")
    await sandbox.quiet()
    assert "callback_query" in telegram_box.got[-1]
    telegram_box.statuses = [500] * 20
    sandbox.press(uid, "go")
    for _ in range(10):
        await sandbox.quiet()
        clock.advance(timedelta(seconds=64))
    telegram_box.statuses = []
    await sandbox.quiet()
    assert sandbox.counts()["given_up"] == 1
    assert telegram_box.got[-1]["message"]["text"] == "một"


async def test_on_zalo_what_was_refused_is_overtaken(sandbox, mai, letterbox, clock):
    await sandbox.connect(letterbox.base)
    letterbox.statuses = [500]
    for text in ("một", "hai"):
        sandbox.type_text(mai, text)
    await sandbox.quiet()
    clock.advance(timedelta(seconds=30))
    await sandbox.quiet()
    assert [event["message"]["text"] for event in letterbox.got] == ["một", "hai", "một"]


# --- Zalo Bot ---------------------------------------------------------------------------------------


async def bot_call(sandbox, transport, method, **fields):
    settings = sandbox.settings()
    return await transport.post_json(f"{settings['zalo_bot_base']}/bot{settings['zalo_bot_token']}/{method}", fields)


async def test_zalo_bot_polls_one_event_at_a_time_or_408(sandbox, transport):
    assert (await bot_call(sandbox, transport, "getUpdates", timeout="0")).status == 408
    uid = sandbox.add_user("zalo_bot", "Mai")
    sandbox.type_text(uid, "một")
    sandbox.type_text(uid, "hai")
    texts = []
    for _ in range(2):
        body = (await bot_call(sandbox, transport, "getUpdates", timeout="0")).body
        texts.append(body["result"]["message"]["text"])
    assert texts == ["một", "hai"]


async def test_zalo_bot_webhook_excludes_polling_and_wants_a_long_secret(sandbox, transport):
    assert (
        await bot_call(sandbox, transport, "setWebhook", url="https://a.example.vn", secret_token="7")
    ).status == 400
    assert (await bot_call(sandbox, transport, "getWebhookInfo")).status == 404
    sandbox.zalo_bot.public_only = True
    for url in ("http://a.example.vn", "https://127.0.0.1/x", "https://192.168.1.2/x"):
        assert (await bot_call(sandbox, transport, "setWebhook", url=url, secret_token="12345678")).status == 400
    url = "https://xa.example.vn/hooks/zalo-bot/main"
    assert (await bot_call(sandbox, transport, "setWebhook", url=url, secret_token="12345678")).body["ok"]
    assert (await bot_call(sandbox, transport, "getUpdates", timeout="0")).status == 400
    assert (await bot_call(sandbox, transport, "deleteWebhook")).body["ok"]
    assert (await bot_call(sandbox, transport, "getUpdates", timeout="0")).status == 408


async def test_zalo_bot_limits_quota_and_kinds(sandbox, transport):
    uid = sandbox.add_user("zalo_bot", "Mai")
    sandbox.type_text(uid, "chào")

    async def status(method="sendMessage", **fields):
        return (await bot_call(sandbox, transport, method, chat_id=uid, **fields)).status

    assert await status(text="a" * 2000) == 200
    assert await status(text="a" * 2001) == 400
    assert await status("sendPhoto", photo="https://a/x.png", caption="x") == 200
    assert await status("sendVoice", voice_url="https://a/x.mp3") == 400
    assert await status("sendVoice", voice_url="https://a/x.aac") == 200
    assert await status("sendChatAction", action="typing") == 200
    sandbox.zalo_bot.quota = 0
    assert await status(text="a") == 429
    assert (await transport.post_json(f"{sandbox.base}/zalo-bot/bot1:no/getMe", {})).status == 401


# --- faults and the clock ----------------------------------------------------------------------------


async def test_an_expired_token_in_the_middle_is_met_and_renewed(wired, sandbox, transport, mai):
    from channels.outcome import Accepted
    from channels.senders import build_senders
    from content.message import Message

    zalo = build_senders(wired, transport)["zalo:main"]
    await zalo.send(mai, Message("một"))
    sandbox.fault("token_expired", "zalo")
    assert isinstance(await zalo.send(mai, Message("hai")), Accepted)
    assert len(sandbox.zalo.oauth.used) == 2


async def test_any_code_can_be_asked_for(sandbox, raw, mai):
    sandbox.fault("code", "zalo", code=-204)
    assert await raw.say(mai, {"text": "x"}) == {"error": -204, "message": "Offical Account is disable"}
    with pytest.raises(ValueError, match="unknown fault"):
        sandbox.fault("earthquake")


async def test_a_slow_answer_comes_after_all(sandbox, raw, mai):
    sandbox.fault("slow", "zalo", seconds=0.05)
    assert (await raw.say(mai, {"text": "x"}))["error"] == 0


async def test_the_clock_is_moved_over_http(sandbox, raw, clock):
    before = clock()
    await raw.post("/__sim/advance", {"seconds": 3600})
    assert clock() - before == timedelta(hours=1)
    assert "result" in await raw.post("/__sim/fault", {"kind": "html502", "channel": "zalo"})
    assert "result" in await raw.post("/__sim/events", {"repeat_every": 10, "late_every": 10})


async def test_quota_wallet_quality_and_review_are_set_over_http(sandbox, raw, mai):
    body = {"phone": "84912345678", "template_id": "518002"}

    async def error():
        data = dict.fromkeys(sandbox.templates["518002"].parameters, "x")
        return (await raw.post("/message/template", body | {"template_data": data}))["error"]

    async with raw.session.post(f"{sandbox.base}/__sim/stock", json={"quality": "BAD"}) as answer:
        assert answer.status == 400
    await raw.post("/__sim/stock", {"templates": 1, "quality": "LOW", "package": 3, "bot_messages": 0})
    assert [await error(), await error()] == [0, -144]
    assert (await raw.get("/quality"))["data"]["oaCurrentQuality"] == "LOW"
    assert (sandbox.zalo.package, sandbox.zalo_bot.quota) == (3, 0)
    await raw.post("/__sim/stock", {"templates": 9, "vnd": 1})
    assert await error() == -115
    await raw.post("/__sim/review", {"template": "518002", "status": "REJECT"})
    assert await error() == -131


@pytest.mark.parametrize("body", [1, [1], {"chat_id": 1}, {"template_data": 1}, {"recipient": 1}, {"offset": "x"}])
async def test_a_body_of_a_strange_shape_is_refused_as_the_service_would(sandbox, raw, mai, body):
    token, bot = sandbox.settings()["telegram_token"], sandbox.settings()["zalo_bot_token"]
    if isinstance(body, dict) and "template_data" in body:
        body = body | {"user_id": mai, "phone": "84912345678", "template_id": "518002"}
    for path in ("/v3.0/oa/message/cs", "/v3.0/oa/message/template", "/message/template"):
        assert (await raw.post(path, body))["error"] < 0
    for path in (f"/bot{token}/sendMessage", f"/bot{token}/getUpdates", f"/zalo-bot/bot{bot}/sendMessage"):
        async with raw.session.post(sandbox.base + path, json=body) as answer:
            told = await answer.json()
        assert told["ok"] or (answer.status, told["error_code"]) in ((400, 400), (404, 404))


# --- the page of phones -------------------------------------------------------------------------------


async def test_a_phone_is_seen_pressed_and_typed_on_without_scripts(sandbox, raw):
    base = sandbox.base

    async def page(path, **form):
        call = raw.session.post(base + path, data=form) if form else raw.session.get(base + path)
        async with call as response:
            return response.status, str(response.url.path), await response.text()

    status, here, body = await page("/phones", channel="zalo", name="<b>Bà Mai</b>", phone="0912345678")
    assert (status, "&lt;b&gt;Bà Mai" in body, "<script" in body) == (200, True, False)
    await page(here, act="follow")
    uid = here.rsplit("/", 1)[1]
    payload = {"buttons": [{"title": "Tiếp", "type": "oa.query.hide", "payload": "#guide.next"}]}
    await raw.say(uid, {"text": "Bước 1", "attachment": {"type": "template", "payload": payload}})
    assert 'value="press:guide.next"' in (await page(here))[2]
    await page(here, act="press:guide.next")
    await page(here, act="type", text="xong rồi")
    assert [line["text"] for line in sandbox.phone(uid)] == ["Bước 1", "Tiếp", "xong rồi"]
    assert "Bà Mai" in (await page("/phones"))[2]
    assert (await page("/phones/1"))[0] == 404
    _, stranger, _ = await page("/phones", channel="telegram", name="Hai", phone="")
    assert (await page(stranger, act="type", text="x"))[0] == 400  # Start comes first
    assert (await page(stranger, act="telegram_start"))[0] == 200
